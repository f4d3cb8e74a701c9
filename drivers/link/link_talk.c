/* link_talk.c - see link_talk.h. */
#include "drivers/link/link_talk.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"

enum {
    BUFFER_BYTES = 1 << 18,
    WAIT_US = 1000,     /* at most, before the clock is read again */
    TELEMETRY_HEAD = 3, /* slot, bytes */
};

int link_talk_give_up(struct link_talk *k, const char *why)
{
    if (!k->gone) {
        k->gone = true;
        err_say(ERR_DEVICE, "%s: %s", k->where, why);
    }
    return ERR_DEVICE;
}

void link_talk_begin(struct link_talk *k)
{
    k->progress_us = link_port_now();
}

/* --- what comes ----------------------------------------------------------- */

static void packet_part(struct link_talk *k)
{
    struct link_sink *s = k->sink;

    if (s == NULL || s->slot != k->record.slot || s->n == s->cap) {
        k->strays += k->record.op == RECORD_PKT;
        k->record.op = RECORD_BAD; /* skipped */
        return;
    }
    s->unstable = s->unstable || (s->len > 0 && s->user != k->record.user);
    s->user = k->record.user;
}

static void event(struct link_talk *k)
{
    if (k->record.code == RECORD_HANG || k->record.code == RECORD_NO_ACK) {
        k->failed[k->record.slot] = ERR_HANG;
    }
}

static void telemetry_starts(struct link_talk *k)
{
    uint32_t n = k->record.n_data;
    uint8_t *at = k->telemetry + k->n_telemetry;

    if (sizeof k->telemetry - k->n_telemetry < TELEMETRY_HEAD + n) {
        k->record.op = RECORD_BAD; /* skipped */
        return;
    }
    at[0] = k->record.slot;
    le16_store(at + 1, (uint16_t)n);
    k->n_telemetry += TELEMETRY_HEAD;
}

static void telemetry_data(struct link_talk *k)
{
    k->n_telemetry +=
        record_data(&k->in, k->port.link, k->telemetry + k->n_telemetry,
                    sizeof k->telemetry - k->n_telemetry);
}

size_t link_talk_telemetry(struct link_talk *k, uint8_t slot, uint8_t *to,
                           size_t room)
{
    size_t keep = 0, n_to = 0;

    for (size_t at = 0, n; at < k->n_telemetry; at += n) {
        n = TELEMETRY_HEAD + le16_load(k->telemetry + at + 1);
        size_t n_data = n - TELEMETRY_HEAD;
        bool whole = n <= k->n_telemetry - at;
        n = whole ? n : k->n_telemetry - at;
        if (whole && k->telemetry[at] == slot && n_data <= room - n_to) {
            memcpy(to + n_to, k->telemetry + at + TELEMETRY_HEAD, n_data);
            n_to += n_data;
        } else {
            memmove(k->telemetry + keep, k->telemetry + at, n);
            keep += n;
        }
    }
    k->n_telemetry = keep;
    return n_to;
}

/* A record's head is there. */
static void record_starts(struct link_talk *k)
{
    switch (k->record.op) {
    case RECORD_PKT:
    case RECORD_PART: packet_part(k); break;
    case RECORD_READ:
    case RECORD_LOAD:
        if (k->answered == k->asked) {
            k->record.op = RECORD_BAD; /* nobody asked: skipped */
            break;
        }
        k->n_values = k->n_text = 0;
        k->text[0] = '\0';
        break;
    case RECORD_EVENT: event(k); break;
    case RECORD_TELEMETRY: telemetry_starts(k); break;
    default: break;
    }
}

/* Bytes of a packet, as far as there is room; what is longer is cut. */
static void packet_data(struct link_talk *k)
{
    struct link_sink *s = k->sink;
    bool is_pkt = s->out->type == FN_PKT;
    struct pkt *p = (struct pkt *)s->out->items + (is_pkt ? s->n : 0);
    uint8_t *data = is_pkt ? p->data : s->out->items;
    uint32_t room =
        is_pkt ? p->room_bytes : (uint32_t)(s->out->cap * sizeof(struct iq16));

    s->len += (uint32_t)record_data(&k->in, k->port.link, data + s->len,
                                    room - s->len);
    if (s->len == room) {
        (void)record_skip(&k->in, k->port.link); /* k->in.left tells */
    }
}

static void read_data(struct link_talk *k)
{
    uint8_t *at = (uint8_t *)k->values + k->n_values;

    k->n_values +=
        record_data(&k->in, k->port.link, at, sizeof k->values - k->n_values);
    if (k->n_values == sizeof k->values) {
        (void)record_skip(&k->in, k->port.link); /* k->in.left tells */
    }
}

static void load_data(struct link_talk *k)
{
    k->n_text += record_data(&k->in, k->port.link, k->text + k->n_text,
                             sizeof k->text - 1 - k->n_text);
    k->text[k->n_text] = '\0';
    if (k->n_text == sizeof k->text - 1) {
        (void)record_skip(&k->in, k->port.link); /* k->in.left tells */
    }
}

static void packet_ends(struct link_talk *k)
{
    struct link_sink *s = k->sink;

    if (s->out->type == FN_PKT) {
        struct pkt *p = (struct pkt *)s->out->items + s->n;
        p->len_bytes = s->len;
        pkt_set_user(p, s->user);
        p->flags |= s->unstable ? PKT_UNSTABLE : 0;
    } else {
        s->out->n = s->len / sizeof(struct iq16);
    }
    s->n++;
    s->len = 0;
    s->unstable = false;
}

static void record_ends(struct link_talk *k)
{
    switch (k->record.op) {
    case RECORD_PKT: packet_ends(k); break;
    case RECORD_READ:
        k->n_values /= sizeof k->values[0];
        for (size_t j = 0; j < k->n_values; j++) {
            k->values[j] = le32_load((const uint8_t *)&k->values[j]);
        }
        k->address = k->record.address;
        k->status = k->record.status;
        k->answered++;
        break;
    case RECORD_LOAD:
        k->status = k->record.status;
        k->answered++;
        break;
    default: break;
    }
}

/* Takes what there is of one record; true when it was whole. */
static bool take_record(struct link_talk *k)
{
    if (!k->within) {
        if (record_next(&k->in, k->port.link, &k->record) == 0) {
            return false;
        }
        k->within = true;
        record_starts(k);
    }
    switch (k->record.op) {
    case RECORD_PKT:
    case RECORD_PART: packet_data(k); break;
    case RECORD_READ: read_data(k); break;
    case RECORD_LOAD: load_data(k); break;
    case RECORD_TELEMETRY: telemetry_data(k); break;
    default: (void)record_skip(&k->in, k->port.link); break;
    }
    if (k->in.left > 0) {
        return false;
    }
    k->within = false;
    record_ends(k);
    return true;
}

/* --- time ----------------------------------------------------------------- */

int link_talk_turn(struct link_talk *k)
{
    int moved = k->gone ? ERR_DEVICE : link_port_pump(&k->port);
    bool took = false;

    if (moved < 0) {
        return link_talk_give_up(k, "the fabric is gone");
    }
    while (take_record(k)) {
        took = true;
    }
    uint64_t acked = link_counted(k->port.link).bytes_acked;
    if (took || acked != k->acked) {
        k->acked = acked;
        link_talk_begin(k);
    }
    return moved > 0 || took;
}

int link_talk_step(struct link_talk *k)
{
    int moved = link_talk_turn(k);

    if (moved != 0) {
        return moved;
    }
    if (link_port_now() - k->progress_us > k->hang_us) {
        return ERR_HANG;
    }
    (void)link_port_wait(&k->port, WAIT_US); /* the next turn tells */
    return 0;
}

/* --- what goes ------------------------------------------------------------ */

/* A step after which all is over when nothing moved for too long. */
static int step_or_give_up(struct link_talk *k)
{
    int moved = link_talk_step(k);

    return moved == ERR_HANG
               ? link_talk_give_up(k, "the fabric does not answer")
               : moved;
}

int link_talk_send(struct link_talk *k, const struct record *r,
                   const void *data, size_t n)
{
    int err = k->gone ? ERR_DEVICE : 0;

    link_talk_begin(k);
    record_begin(&k->out, false, r, data, n);
    while (err >= 0 && !record_push(&k->out, k->port.link)) {
        err = step_or_give_up(k);
    }
    return err < 0 ? err : 0;
}

int link_talk_ask(struct link_talk *k, const struct record *r, const void *data,
                  size_t n)
{
    int err = link_talk_send(k, r, data, n);

    k->asked++;
    while (err >= 0 && k->answered != k->asked) {
        err = step_or_give_up(k);
    }
    return err < 0 ? err : 0;
}

int link_talk_read(struct link_talk *k, uint8_t slot, uint8_t address, size_t n)
{
    struct record r = {.op = RECORD_READ,
                       .slot = slot,
                       .address = address,
                       .count = (uint16_t)n};

    assert(n <= LINK_TALK_VALUES);
    int err = link_talk_ask(k, &r, NULL, 0);
    if (err == 0 && k->status == RECORD_DONE &&
        (k->address != address || k->n_values != n)) {
        return link_talk_give_up(k, "the fabric answers what was not asked");
    }
    return err;
}

/* --- opening -------------------------------------------------------------- */

int link_talk_open(struct link_talk *k, struct transport *t, const char *where,
                   uint32_t hang_us, uint32_t resend_us)
{
    struct link_config config = {
        .role = LINK_HOST,
        .session = link_port_now() & 15,
        .rx_bytes = BUFFER_BYTES,
        .tx_bytes = BUFFER_BYTES,
        .resend_us = resend_us,
    };

    *k = (struct link_talk){.hang_us = hang_us, .in.from_fabric = true};
    (void)snprintf(k->where, sizeof k->where, "%s", where); /* cut is fine */
    int err = link_port_open(t, &config, &k->port);
    if (err < 0) {
        return err_say(err, "%s: not enough memory", where);
    }
    link_talk_begin(k);
    while (err >= 0 && !link_is_up(k->port.link)) {
        err = step_or_give_up(k);
    }
    if (err < 0) {
        link_talk_close(k);
        return err;
    }
    return 0;
}

void link_talk_close(struct link_talk *k)
{
    link_port_close(&k->port);
}
