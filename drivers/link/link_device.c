/*
 * link_device.c - see link_device.h.  A loaded slot and the body that it serves
 * are one object; closing the body unloads the slot.
 */
#include "drivers/link/link_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/bytes.h"
#include "core/base/err.h"
#include "drivers/link/link_talk.h"

enum {
    SLOTS_MAX = 255, /* 255 is the fabric */
    SLOT_MAGIC = 0x50435354,
    HANG_MS = 2000,
    RESEND_US = 100000,
    QUIET_US = 20000, /* after which a slot that owes packets is looked at */
    IDLE_LOOKS = 2,   /* that find it idle, before they count as lost */
};

struct link_slot {
    struct body body;
    struct link_device *device;
    uint32_t index;
    uint32_t capacity[CSR_TABLES_MAX];
    bool resident; /* it was there before, and stays */
};

struct link_device {
    struct device device;
    uint32_t width_bits;
    bool faults;
    struct link_talk talk;
    struct link_slot *slot[SLOTS_MAX];
};

/* --- registers ------------------------------------------------------------ */

/* What the status of an answer means for a register. */
static int status_error(uint8_t status)
{
    switch (status) {
    case RECORD_DONE: return 0;
    case RECORD_NO_SLOT: return ERR_NOT_FOUND;
    case RECORD_NO_ANSWER: return ERR_HANG;
    default: return ERR_DEVICE;
    }
}

static int slot_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                        size_t n)
{
    const struct link_slot *s = (struct link_slot *)b;
    struct link_talk *k = &s->device->talk;
    struct record r = {.op = RECORD_WRITE,
                       .slot = (uint8_t)s->index,
                       .address = (uint8_t)offset};
    uint8_t bytes[4 * LINK_TALK_VALUES];
    int err = 0;

    for (size_t at = 0, m; err == 0 && at < n; at += m) {
        m = n - at < LINK_TALK_VALUES ? n - at : LINK_TALK_VALUES;
        for (size_t j = 0; j < m; j++) {
            le32_store(bytes + 4 * j, values[at + j]);
        }
        err = link_talk_send(k, &r, bytes, 4 * m);
    }
    if (err == 0) {
        err = link_talk_turn(k); /* nothing more may come */
    }
    return err < 0 ? err : k->failed[s->index];
}

static int slot_read_n(struct body *b, uint32_t offset, uint32_t *values,
                       size_t n)
{
    const struct link_slot *s = (struct link_slot *)b;
    struct link_talk *k = &s->device->talk;
    int err = 0;

    for (size_t at = 0, m; err == 0 && at < n; at += m) {
        m = n - at < LINK_TALK_VALUES ? n - at : LINK_TALK_VALUES;
        err = link_talk_read(k, (uint8_t)s->index, (uint8_t)offset, m);
        if (err == 0) {
            err = status_error(k->status);
        }
        if (err == 0) {
            memcpy(values + at, k->values, m * sizeof *values);
        }
    }
    return err;
}

static uint32_t slot_capacity(struct body *b, size_t table)
{
    return ((struct link_slot *)b)->capacity[table];
}

/* --- items ---------------------------------------------------------------- */

/* Item k of 'in' as a record; a burst of samples is item 0. */
static void item_begin(struct link_talk *k, uint8_t slot,
                       const struct fn_span *in, size_t item)
{
    struct record r = {.op = RECORD_PKT, .slot = slot};

    if (in->type == FN_PKT) {
        const struct pkt *p = (const struct pkt *)in->items + item;
        r.user = pkt_user(p);
        record_begin(&k->out, false, &r, p->data, p->len_bytes);
    } else {
        /* iq16 is little-endian as tdata is. */
        record_begin(&k->out, false, &r, in->items,
                     in->n * sizeof(struct iq16));
    }
}

/*
 * Nothing has come for a while: is anything still to come?  1 when it may, 0
 * when the slot is idle and gives no more; ERR_DEVICE.
 */
static int slot_look(struct link_slot *s, int *idle)
{
    struct link_talk *k = &s->device->talk;
    uint64_t waits_since = k->progress_us;
    size_t n = k->sink->n;
    int err = link_talk_read(k, (uint8_t)s->index, COMMON_STATUS, 1);

    if (err < 0) {
        return err;
    }
    if (k->sink->n != n) {
        *idle = 0;
        return 1;
    }
    k->progress_us = waits_since; /* an answer about it is not from it */
    bool is_idle = k->status == RECORD_DONE &&
                   (k->values[0] & COMMON_STATUS_IDLE_MASK) != 0;
    *idle = is_idle ? *idle + 1 : 0;
    return *idle < IDLE_LOOKS;
}

/* Sends all items and takes what comes back; results are in k->sink. */
static int slot_exchange(struct link_slot *s, const struct fn_span *in,
                         size_t n_items)
{
    struct link_talk *k = &s->device->talk;
    uint64_t looked_us = 0;
    size_t sent = 0;
    int idle = 0;

    link_talk_begin(k);
    k->out = (struct record_out){0};
    while (sent < n_items || k->sink->n < n_items) {
        bool clear = record_push(&k->out, k->port.link);
        while (clear && sent < n_items) {
            item_begin(k, (uint8_t)s->index, in, sent++);
            clear = record_push(&k->out, k->port.link);
        }
        bool all_sent = clear && sent == n_items;
        int moved = link_talk_step(k);
        if (moved < 0 && moved != ERR_HANG) {
            return moved;
        }
        if (k->failed[s->index] < 0) {
            return k->failed[s->index];
        }
        if (moved == ERR_HANG && !all_sent) {
            return link_talk_give_up(k, "the fabric takes no more");
        }
        uint64_t now_us = link_port_now();
        if (moved <= 0 && all_sent && now_us - k->progress_us > QUIET_US &&
            now_us - looked_us > QUIET_US) {
            int more = slot_look(s, &idle);
            looked_us = now_us;
            if (more <= 0) {
                return more;
            }
            if (moved == ERR_HANG) {
                return k->failed[s->index] = ERR_HANG;
            }
        }
    }
    return 0;
}

/* What travels beside a packet is known by its number. */
static void beside(const struct fn_span *in, struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < out->n; k++) {
        y[k].wire_bytes = k < in->n ? x[k].wire_bytes : y[k].len_bytes;
        y[k].t_ns = k < in->n ? x[k].t_ns : 0;
        y[k].item = k < in->n ? x[k].item : 0;
    }
}

static int slot_run(struct body *b, const struct fn_span *in,
                    struct fn_span *out)
{
    struct link_slot *s = (struct link_slot *)b;
    struct link_talk *k = &s->device->talk;
    bool is_pkt = in->type == FN_PKT;
    size_t n_items = is_pkt ? in->n : in->n > 0;
    struct link_sink sink = {
        .slot = (uint8_t)s->index,
        .out = out,
        .cap = is_pkt ? out->cap : 1,
    };
    int err = k->failed[s->index];

    out->n = 0;
    if (err == 0) {
        k->sink = &sink;
        err = slot_exchange(s, in, n_items);
        k->sink = NULL;
    }
    if (is_pkt) {
        out->n = sink.n;
        beside(in, out);
    }
    return err;
}

/* --- loading -------------------------------------------------------------- */

static void slot_close(struct body *b)
{
    struct link_slot *s = (struct link_slot *)b;
    struct link_talk *k = &s->device->talk;
    struct record r = {.op = RECORD_LOAD, .slot = (uint8_t)s->index};

    if (!s->resident && !k->gone) {
        (void)link_talk_ask(k, &r, "", 1); /* says itself when it is gone */
    }
    s->device->slot[s->index] = NULL;
    free(s);
}

/* Is what answers in the slot the function that was asked for? */
static int slot_check(struct link_slot *s, const char *message)
{
    /* What was there before may have been in use. */
    static const uint32_t control[] = {
        COMMON_CONTROL_RESET_MASK << COMMON_CONTROL_RESET_SHIFT,
        COMMON_CONTROL_ENABLE_MASK,
    };
    const struct csr_layout *l = s->body.fn->csr;
    uint32_t magic = 0, id = 0, layout = 0;

    if (body_read(&s->body, COMMON_MAGIC, &magic) < 0 ||
        body_read(&s->body, COMMON_FN_ID, &id) < 0 ||
        body_read(&s->body, COMMON_LAYOUT, &layout) < 0 ||
        body_read(&s->body, COMMON_CAPACITY, &s->capacity[0]) < 0 ||
        body_read(&s->body, COMMON_CAPACITY_1, &s->capacity[1]) < 0) {
        return message[0] != '\0' && !s->device->talk.gone
                   ? err_say(ERR_MISSING, "slot %u: %s", s->index, message)
                   : err_say(ERR_DEVICE, "image of %s does not answer",
                             l->name);
    }
    if (magic != SLOT_MAGIC || id != l->id || layout != l->version) {
        bool other = s->resident && magic == SLOT_MAGIC;
        return err_say(other ? ERR_CAPACITY : ERR_DEVICE,
                       "slot %u has function 0x%08x, layout 0x%08x, "
                       "expected %s, 0x%08x, 0x%08x",
                       s->index, id, layout, l->name, l->id, l->version);
    }
    return body_write_n(&s->body, COMMON_CONTROL, control, 2);
}

/* Asks for the image; one that is there already will do. */
static int slot_load(struct link_slot *s)
{
    struct link_device *d = s->device;
    struct link_talk *k = &d->talk;
    struct record r = {.op = RECORD_LOAD, .slot = (uint8_t)s->index};
    char text[RECORD_TEXT_MAX];
    int n = snprintf(text, sizeof text, "%s w%u%s", s->body.fn->csr->name,
                     d->width_bits, d->faults ? " fault" : ""); /* fits */
    int err = link_talk_ask(k, &r, text, (size_t)n);

    if (err < 0) {
        return err;
    }
    k->failed[s->index] = 0;
    if (k->status == RECORD_NO_SLOT) {
        return err_say(ERR_NOT_FOUND, "no slot %u, the fabric has none",
                       s->index);
    }
    if (k->status == RECORD_NO_ANSWER) {
        return err_say(ERR_DEVICE, "image of %s does not answer",
                       s->body.fn->csr->name);
    }
    s->resident = k->status == RECORD_IMPOSSIBLE;
    memcpy(text, k->text, sizeof text);
    return slot_check(s, text);
}

static int link_device_load(struct device *d, uint32_t slot,
                            const struct fn *fn, struct body **out)
{
    static const struct body_ops ops = {
        .kind = "rtl",
        .write_n = slot_write_n,
        .read_n = slot_read_n,
        .run = slot_run,
        .capacity = slot_capacity,
        .close = slot_close,
    };
    struct link_device *ld = (struct link_device *)d;

    if (slot >= d->n_slots) {
        return err_say(ERR_NOT_FOUND, "no slot %u, the device has %u", slot,
                       d->n_slots);
    }
    if (ld->slot[slot] != NULL) {
        return err_say(ERR_DEVICE, "slot %u holds %s already", slot,
                       ld->slot[slot]->body.fn->csr->name);
    }
    struct link_slot *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return err_say(ERR_NO_MEM, "slot %u: not enough memory", slot);
    }
    *s = (struct link_slot){
        .body = {.ops = &ops, .fn = fn}, .device = ld, .index = slot};
    int err = slot_load(s);
    if (err < 0) {
        slot_close(&s->body);
        return err;
    }
    ld->slot[slot] = s;
    *out = &s->body;
    return 0;
}

/* --- the device ----------------------------------------------------------- */

static int link_device_counters(struct device *d, uint32_t slot,
                                struct slot_counters *out)
{
    struct link_device *ld = (struct link_device *)d;

    return slot >= d->n_slots || ld->slot[slot] == NULL
               ? ERR_NOT_FOUND
               : body_counters(&ld->slot[slot]->body, out);
}

/* What came before the answer to a read is there. */
static int link_device_telemetry(struct device *d, uint32_t slot, uint8_t *to,
                                 size_t room, size_t *n)
{
    struct link_device *ld = (struct link_device *)d;
    uint32_t status;
    int err = ERR_NOT_FOUND;

    if (slot < d->n_slots && ld->slot[slot] != NULL) {
        err = slot_read_n(&ld->slot[slot]->body, COMMON_STATUS, &status, 1);
        *n = link_talk_telemetry(&ld->talk, (uint8_t)slot, to, room);
    }
    return err;
}

static int link_device_flip(struct device *d, uint32_t slot, const char *where)
{
    (void)d;
    return err_say(ERR_MISSING,
                   "slot %u is behind a link: no fault can be injected in %s",
                   slot, where);
}

static int link_device_stalls(struct device *d, const struct device_stalls *s)
{
    (void)d;
    (void)s;
    return err_say(ERR_MISSING, "a device behind a link cannot be stalled");
}

static void link_device_close(struct device *d)
{
    struct link_device *ld = (struct link_device *)d;

    link_talk_close(&ld->talk);
    free(ld);
}

int link_device_open(const struct link_device_config *config,
                     struct device **out)
{
    static const struct device_ops ops = {
        .kind = "link",
        .load = link_device_load,
        .counters = link_device_counters,
        .telemetry = link_device_telemetry,
        .flip = link_device_flip,
        .stalls = link_device_stalls,
        .close = link_device_close,
    };
    struct link_device *d = calloc(1, sizeof *d);
    uint32_t hang_ms = config->hang_ms > 0 ? config->hang_ms : HANG_MS;
    int err;

    if (d == NULL) {
        transport_close(config->transport);
        return err_say(ERR_NO_MEM, "%s: not enough memory", config->where);
    }
    err = link_talk_open(&d->talk, config->transport, config->where,
                         1000 * hang_ms,
                         config->resend_us > 0 ? config->resend_us : RESEND_US);
    if (err < 0) {
        free(d);
        return err;
    }
    d->device = (struct device){
        .ops = &ops,
        .n_slots = config->n_slots < SLOTS_MAX ? config->n_slots : SLOTS_MAX,
    };
    d->width_bits = config->width_bits;
    d->faults = config->faults;
    *out = &d->device;
    return 0;
}

struct link_counters link_device_link(const struct device *d)
{
    return link_counted(((const struct link_device *)d)->talk.port.link);
}
