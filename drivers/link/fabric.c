/*
 * fabric.c - see fabric.h.
 *
 *   records ──> one slot's packets, until there are no more or there is no room
 *                 └──> body_run() ──> answers, as the pipe takes them
 *
 * While answers wait, no record is taken: that is all the flow control there
 * is.
 */
#include "drivers/link/fabric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/link/fabric_burst.h"
#include "drivers/link/link_port.h"
#include "drivers/link/record.h"

enum {
    SLOTS_MAX = 255, /* 255 is the fabric */
    BUFFER_BYTES = 1 << 18,
    RESEND_US = 100000,
    SERVE_US = 50000,              /* after which should_stop() is asked */
    TELEMETRY_BYTES_MAX = 1 << 15, /* in a record */
    ARGS_BYTES = 4096, /* values of a WRITE at a time, whole words */
};

struct fabric_slot {
    struct body *body; /* NULL: empty */
    bool hung;
};

/* How far the record that comes is. */
enum fabric_stage {
    FABRIC_NEXT, /* its head is to come */
    FABRIC_WAIT, /* its head is there; packets before it leave first */
    FABRIC_DATA, /* its data comes */
};

struct fabric {
    struct fabric_config config;
    struct link_port port;
    struct record_in in;
    struct record record;
    enum fabric_stage stage;
    size_t n_args; /* bytes of its data that came */
    uint8_t args[ARGS_BYTES];

    struct fabric_burst *burst; /* packets of one slot */
    uint8_t burst_slot;

    struct record_out out; /* the answer that goes */
    uint32_t *values;      /* [RECORD_VALUES_MAX], of READ */
    char text[RECORD_TEXT_MAX];
    size_t n_telemetry; /* of the slot whose burst ran: goes behind it */
    uint8_t telemetry[TELEMETRY_BYTES_MAX];
    uint32_t n_events; /* that wait behind that */
    struct record events[4];
    struct fabric_slot slot[SLOTS_MAX];
};

/* --- answers -------------------------------------------------------------- */

/* An event goes when what is going has gone; too many at once are lost. */
static void say_event(struct fabric *f, uint8_t slot, enum record_event code,
                      uint32_t value)
{
    if (f->n_events < sizeof f->events / sizeof f->events[0]) {
        f->events[f->n_events++] = (struct record){.op = RECORD_EVENT,
                                                   .slot = slot,
                                                   .code = (uint8_t)code,
                                                   .value = value};
    }
}

/* Sends what waits, in order; true when nothing does. */
static bool push_answers(struct fabric *f)
{
    for (;;) {
        if (!record_push(&f->out, f->port.link)) {
            return false;
        }
        struct record r;
        const uint8_t *data;
        size_t n;
        if (fabric_burst_answer(f->burst, &r, &data, &n)) {
            r.slot = f->burst_slot;
            record_begin(&f->out, true, &r, data, n);
        } else if (f->n_telemetry > 0) {
            r = (struct record){.op = RECORD_TELEMETRY, .slot = f->burst_slot};
            record_begin(&f->out, true, &r, f->telemetry, f->n_telemetry);
            f->n_telemetry = 0;
        } else if (f->n_events > 0) {
            record_begin(&f->out, true, &f->events[0], NULL, 0);
            f->n_events--;
            memmove(f->events, f->events + 1,
                    f->n_events * sizeof f->events[0]);
        } else {
            return true;
        }
    }
}

/* --- records -------------------------------------------------------------- */

static struct fabric_slot *slot_of(struct fabric *f)
{
    return f->record.slot < f->config.device->n_slots ? &f->slot[f->record.slot]
                                                      : NULL;
}

/* Runs the packets collected, if there are any; answers wait afterwards. */
static void run_burst(struct fabric *f)
{
    struct fabric_slot *s = &f->slot[f->burst_slot];

    if (fabric_burst_held(f->burst) == 0) {
        return;
    }
    if (s->body == NULL || s->hung) {
        fabric_burst_drop(f->burst);
        return;
    }
    if (fabric_burst_run(f->burst, s->body) < 0) {
        s->hung = true;
        say_event(f, f->burst_slot, RECORD_HANG, 0);
    }
    /* A device without telemetry gives none. */
    (void)device_telemetry(f->config.device, f->burst_slot, f->telemetry,
                           sizeof f->telemetry, &f->n_telemetry);
}

static void do_write(struct fabric *f)
{
    const struct fabric_slot *s = slot_of(f);
    uint32_t values[ARGS_BYTES / 4];
    size_t n = f->n_args / 4;

    for (size_t k = 0; k < n; k++) {
        values[k] = le32_load(f->args + 4 * k);
    }
    if (s == NULL || s->body == NULL ||
        body_write_n(s->body, f->record.address, values, n) < 0) {
        say_event(f, f->record.slot, RECORD_NO_ACK, f->record.address);
    }
}

static void do_read(struct fabric *f)
{
    const struct fabric_slot *s = slot_of(f);
    struct record r = f->record;
    size_t n = r.count;

    r.status = RECORD_DONE;
    if (n > RECORD_VALUES_MAX) {
        n = 0;
        r.status = RECORD_IMPOSSIBLE;
    } else if (s == NULL) {
        r.status = RECORD_NO_SLOT;
    } else if (s->body == NULL ||
               body_read_n(s->body, r.address, f->values, n) < 0) {
        r.status = RECORD_NO_ANSWER;
    }
    if (r.status != RECORD_DONE) {
        memset(f->values, 0, n * sizeof *f->values);
    }
    for (size_t k = 0; k < n; k++) {
        le32_store((uint8_t *)&f->values[k], f->values[k]);
    }
    r.count = (uint16_t)n;
    record_begin(&f->out, true, &r, f->values, n * sizeof *f->values);
}

/* The function that "NAME wWIDTH" or "NAME wWIDTH fault" asks for, or NULL. */
static const struct fn *find_image(const struct fabric *f, const char *text)
{
    char want[RECORD_TEXT_MAX];

    for (size_t k = 0; registry[k] != NULL; k++) {
        int n =
            snprintf(want, sizeof want, "%s w%u%s", registry[k]->csr->name,
                     f->config.width_bits, f->config.faults ? " fault" : "");
        if (n > 0 && (size_t)n < sizeof want && strcmp(want, text) == 0) {
            return registry[k];
        }
    }
    return NULL;
}

static void unload(struct fabric_slot *s)
{
    body_close(s->body);
    *s = (struct fabric_slot){0};
}

/* Status of a LOAD; what stands against it is in f->text. */
static uint8_t load(struct fabric *f, struct fabric_slot *s, const char *text)
{
    const struct fn *fn = find_image(f, text);

    if (fn == NULL) {
        (void)snprintf(f->text, sizeof f->text,
                       "no image '%.80s' for a fabric %u bits wide%s", text,
                       f->config.width_bits,
                       f->config.faults ? " with faults" : ""); /* fits */
        return RECORD_IMPOSSIBLE;
    }
    unload(s);
    int err = device_load(f->config.device, f->record.slot, fn, &s->body);
    if (err == 0) {
        return RECORD_DONE;
    }
    s->body = NULL;
    (void)snprintf(f->text, sizeof f->text, "image '%.80s' cannot be loaded",
                   text); /* fits */
    return err == ERR_MISSING ? RECORD_IMPOSSIBLE : RECORD_NO_ANSWER;
}

static void do_load(struct fabric *f)
{
    struct fabric_slot *s = slot_of(f);
    struct record r = f->record;
    char text[RECORD_TEXT_MAX];

    f->text[0] = '\0';
    memcpy(text, f->args, f->n_args);
    text[f->n_args] = '\0';
    if (s == NULL) {
        r.status = RECORD_NO_SLOT;
    } else if (f->n_args == 1 && f->args[0] == 0) {
        unload(s);
        r.status = RECORD_DONE;
    } else {
        r.status = load(f, s, text);
    }
    record_begin(&f->out, true, &r, f->text, strlen(f->text));
}

/* Is a record what it has to be?  Its head is there. */
static bool is_good(const struct fabric *f)
{
    switch (f->record.op) {
    case RECORD_PKT:
    case RECORD_PART:
    case RECORD_WRITE:
    case RECORD_READ: return true;
    case RECORD_LOAD: return f->record.n_data < RECORD_TEXT_MAX;
    default: return false;
    }
}

static bool is_packet(const struct fabric *f)
{
    return f->record.op == RECORD_PKT || f->record.op == RECORD_PART;
}

/* The next record may be worked on: its packets' slot is the burst's. */
static bool record_may_start(struct fabric *f)
{
    bool joins = is_packet(f) && f->record.slot == f->burst_slot;

    if (fabric_burst_held(f->burst) > 0 && !joins) {
        run_burst(f);
        return false; /* its answers go first */
    }
    if (is_packet(f) && !joins) {
        fabric_burst_forget(f->burst); /* a packet without an end */
        f->burst_slot = f->record.slot;
    }
    return true;
}

static void record_starts(struct fabric *f)
{
    const struct fabric_slot *s = slot_of(f);

    f->n_args = 0;
    if (!is_good(f)) {
        f->record.op = RECORD_BAD;
        say_event(f, f->record.slot, RECORD_SKIPPED, f->record.raw_op);
    } else if (is_packet(f) && (s == NULL || s->body == NULL || s->hung)) {
        f->record.op = RECORD_BAD; /* nobody takes it */
    }
}

/* Takes data of a WRITE or LOAD; a long WRITE is done in pieces. */
static void take_args(struct fabric *f)
{
    f->n_args += record_data(&f->in, f->port.link, f->args + f->n_args,
                             sizeof f->args - f->n_args);
    if (f->record.op == RECORD_WRITE && f->in.left > 0 &&
        f->n_args == sizeof f->args) {
        do_write(f);
        f->n_args = 0;
    }
}

/* Takes data of a packet; false when packets have to leave first. */
static bool take_packet(struct fabric *f)
{
    const struct csr_layout *l = f->slot[f->record.slot].body->fn->csr;
    size_t n = f->in.left;
    size_t had = fabric_burst_held(f->burst);
    uint8_t *to = fabric_burst_room(f->burst, l->in, &n);

    if (to == NULL && had > 0) {
        run_burst(f);
        return false;
    }
    if (to == NULL) { /* longer than any packet: what is lost is told once */
        fabric_burst_forget(f->burst);
        f->record.op = RECORD_BAD;
        say_event(f, f->record.slot, RECORD_SKIPPED, f->record.raw_op);
        return true;
    }
    fabric_burst_add(f->burst, record_data(&f->in, f->port.link, to, n));
    return true;
}

static void record_ends(struct fabric *f)
{
    switch (f->record.op) {
    case RECORD_PKT:
        if (!fabric_burst_end(f->burst, f->record.user)) {
            say_event(f, f->record.slot, RECORD_SKIPPED, f->record.raw_op);
        }
        if (fabric_burst_full(f->burst)) {
            run_burst(f);
        }
        break;
    case RECORD_WRITE: do_write(f); break;
    case RECORD_READ: do_read(f); break;
    case RECORD_LOAD: do_load(f); break;
    default: break;
    }
}

/* Takes what there is of one record; false when nothing moved. */
static bool take_record(struct fabric *f)
{
    if (f->stage == FABRIC_NEXT) {
        if (record_next(&f->in, f->port.link, &f->record) == 0) {
            return false;
        }
        f->stage = FABRIC_WAIT;
    }
    if (f->stage == FABRIC_WAIT) {
        if (!record_may_start(f)) {
            return true;
        }
        record_starts(f);
        f->stage = FABRIC_DATA;
    }
    uint32_t left = f->in.left;
    if (is_packet(f) && !take_packet(f)) {
        return true;
    }
    if (f->record.op == RECORD_BAD) {
        (void)record_skip(&f->in, f->port.link); /* f->in.left tells */
    } else if (!is_packet(f)) {
        take_args(f);
    }
    if (f->in.left > 0) {
        return f->in.left < left;
    }
    f->stage = FABRIC_NEXT;
    record_ends(f);
    return true;
}

/* --- sessions ------------------------------------------------------------- */

static void reset(struct fabric *f)
{
    for (size_t k = 0; k < SLOTS_MAX; k++) {
        unload(&f->slot[k]);
    }
    f->in = (struct record_in){0};
    f->out = (struct record_out){0};
    f->stage = FABRIC_NEXT;
    f->n_events = 0;
    f->n_telemetry = 0;
    fabric_burst_reset(f->burst);
}

int fabric_open(struct transport *t, const struct fabric_config *config,
                struct fabric **out)
{
    struct link_config link = {
        .role = LINK_FABRIC,
        .rx_bytes = BUFFER_BYTES,
        .tx_bytes = BUFFER_BYTES,
        .resend_us = config->resend_us > 0 ? config->resend_us : RESEND_US,
    };
    struct fabric *f = calloc(1, sizeof *f);
    int err;

    if (f == NULL) {
        transport_close(t);
        return ERR_NO_MEM;
    }
    f->config = *config;
    err = link_port_open(t, &link, &f->port);
    f->burst = fabric_burst_create();
    f->values = calloc(RECORD_VALUES_MAX, sizeof *f->values);
    if (err < 0 || f->burst == NULL || f->values == NULL) {
        fabric_close(f);
        return ERR_NO_MEM;
    }
    *out = f;
    return 0;
}

void fabric_close(struct fabric *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t k = 0; k < SLOTS_MAX; k++) {
        unload(&f->slot[k]);
    }
    link_port_close(&f->port);
    fabric_burst_destroy(f->burst);
    free(f->values);
    free(f);
}

int fabric_step(struct fabric *f)
{
    int moved = link_port_pump(&f->port);

    if (moved < 0) {
        return moved;
    }
    if (link_take_restart(f->port.link)) {
        reset(f);
    }
    bool any = true;
    while (any && push_answers(f)) {
        any = take_record(f);
        moved = moved > 0 || any;
        if (!any && fabric_burst_held(f->burst) > 0) {
            run_burst(f); /* no more came: these go now */
            moved = 1;
            any = true;
        }
    }
    return moved;
}

int fabric_wait(struct fabric *f, uint32_t timeout_us)
{
    return link_port_wait(&f->port, timeout_us);
}

struct link_counters fabric_link(const struct fabric *f)
{
    return link_counted(f->port.link);
}

/* --- as a process --------------------------------------------------------- */

int fabric_serve(struct socket_listener *l, const struct fabric_config *config,
                 bool (*should_stop)(void *ctx), void *ctx)
{
    struct fabric *f = NULL;
    int err = 0;

    while (err >= 0 && !should_stop(ctx)) {
        struct transport *t = NULL;
        if (f == NULL) {
            err = socket_accept(l, SERVE_US, &t);
            if (err > 0) {
                err = fabric_open(t, config, &f);
            }
            continue;
        }
        int moved = fabric_step(f);
        if (moved == 0) {
            (void)fabric_wait(f, SERVE_US); /* the next step tells */
        }
        if (moved < 0) { /* this host has left: the next one */
            fabric_close(f);
            f = NULL;
        }
    }
    fabric_close(f);
    return err < 0 ? err : 0;
}
