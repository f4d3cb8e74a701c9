/*
 * link.c - see link.h.
 *
 * Positions are modulo 2^32 and compared by their difference.
 *
 *   tx:  acked <= next <= sent <= written       next goes back to acked
 *   rx:  read <= expected <= read + rx_bytes    the last is the limit
 */
#include "drivers/link/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/link/link_frame.h"

enum {
    SESSIONS = 16,
    BUFFER_LEAST = 4096,
    BUFFER_MOST = 1 << 30,
    DISTANCE_MOST = 0x7fffffff, /* between ack and limit */
};

struct link {
    struct link_config config;
    crc32c_fn *crc;
    struct link_frames frames; /* from the wire */
    struct link_counters count;
    uint8_t session;
    bool up;
    bool restarted;   /* link_take_restart() has not said so yet */
    bool hello_due;   /* host */
    bool welcome_due; /* fabric */
    bool ack_due;
    bool resend_due;
    bool resend_asked; /* and no frame was taken since */
    uint64_t now_us;
    uint64_t asked_us; /* when the last RESEND or HELLO was sent */
    uint64_t moved_us; /* when this end last got on, or began to wait */

    uint8_t *tx; /* [tx_bytes], ring of positions */
    uint32_t acked, next, sent, written;
    uint32_t tx_limit; /* the other end takes bytes below it */

    uint8_t *rx; /* [rx_bytes], ring of positions */
    uint32_t read, expected;
    uint32_t told_limit; /* the last one sent */

    size_t n_stage, stage_at; /* a frame longer than the room there was */
    uint8_t stage[LINK_FRAME_BYTES];
};

/* --- both rings ----------------------------------------------------------- */

static void ring_in(uint8_t *ring, uint32_t size, uint32_t at, const void *from,
                    size_t n)
{
    size_t offset = at & (size - 1);
    size_t first = n < size - offset ? n : size - offset;

    memcpy(ring + offset, from, first);
    memcpy(ring, (const uint8_t *)from + first, n - first);
}

static void ring_out(const uint8_t *ring, uint32_t size, uint32_t at, void *to,
                     size_t n)
{
    size_t offset = at & (size - 1);
    size_t first = n < size - offset ? n : size - offset;

    memcpy(to, ring + offset, first);
    memcpy((uint8_t *)to + first, ring, n - first);
}

/* --- sessions ------------------------------------------------------------- */

static void pipe_reset(struct link *l)
{
    l->acked = l->next = l->sent = l->written = l->tx_limit = 0;
    l->read = l->expected = 0;
    l->told_limit = l->config.rx_bytes;
    l->ack_due = l->resend_due = l->resend_asked = false;
    l->welcome_due = false;
    l->moved_us = l->now_us;
}

int link_open(const struct link_config *config, struct link **out)
{
    struct link *l = calloc(1, sizeof *l);

    assert(config->rx_bytes >= BUFFER_LEAST && config->rx_bytes <= BUFFER_MOST);
    assert(config->tx_bytes >= BUFFER_LEAST && config->tx_bytes <= BUFFER_MOST);
    assert((config->rx_bytes & (config->rx_bytes - 1)) == 0);
    assert((config->tx_bytes & (config->tx_bytes - 1)) == 0);
    assert(config->session < SESSIONS);
    if (l == NULL) {
        return ERR_NO_MEM;
    }
    l->config = *config;
    l->crc = l->frames.crc = crc32c_best();
    l->session = config->session;
    l->tx = malloc(config->tx_bytes);
    l->rx = malloc(config->rx_bytes);
    if (l->tx == NULL || l->rx == NULL) {
        link_close(l);
        return ERR_NO_MEM;
    }
    pipe_reset(l);
    l->hello_due = config->role == LINK_HOST;
    *out = l;
    return 0;
}

void link_close(struct link *l)
{
    if (l != NULL) {
        free(l->tx);
        free(l->rx);
        free(l);
    }
}

void link_restart(struct link *l)
{
    assert(l->config.role == LINK_HOST);
    l->session = (uint8_t)((l->session + 1) % SESSIONS);
    l->up = false;
    l->hello_due = true;
    pipe_reset(l);
}

bool link_is_up(const struct link *l)
{
    return l->up;
}

bool link_take_restart(struct link *l)
{
    bool restarted = l->restarted;

    l->restarted = false;
    return restarted;
}

/* --- taking --------------------------------------------------------------- */

/* What a header says of the bytes that this end gives.  Neither counts when one
 * of them is old, or cannot be. */
static void take_ack(struct link *l, const struct link_frame *f)
{
    uint32_t acked = f->ack - l->acked;
    uint32_t opened = f->limit - l->tx_limit;

    if (acked > l->sent - l->acked || opened > DISTANCE_MOST ||
        f->limit - f->ack > DISTANCE_MOST) {
        return;
    }
    if (acked > l->next - l->acked) {
        l->next = f->ack; /* it went back, and need not have */
    }
    l->acked = f->ack;
    l->tx_limit = f->limit;
    l->count.bytes_acked += acked;
    if (acked > 0 || opened > 0) {
        l->moved_us = l->now_us;
    }
}

static void go_back(struct link *l)
{
    if (l->next != l->acked) {
        l->next = l->acked;
        l->count.resends++;
    }
    l->moved_us = l->now_us;
}

/* A frame is missing before one that came, or was damaged. */
static void take_gap(struct link *l)
{
    if (!l->resend_asked || l->now_us - l->asked_us >= l->config.resend_us) {
        l->resend_asked = true;
        l->resend_due = true;
    }
}

static void take_data(struct link *l, const struct link_frame *f)
{
    uint32_t before = l->expected - f->seq; /* bytes that came before */
    uint32_t room = l->config.rx_bytes - (l->expected - l->read);

    if (!f->payload_ok) {
        l->count.bad_payloads++;
        take_gap(l);
    } else if (before == 0 && f->length <= room) {
        if (f->length > 0) {
            ring_in(l->rx, l->config.rx_bytes, f->seq, f->payload, f->length);
            l->expected += f->length;
            l->count.bytes_in += f->length;
            l->resend_asked = false;
            l->ack_due = true;
        }
    } else if (before <= DISTANCE_MOST && before >= f->length) {
        l->count.repeats++;
        l->ack_due = l->ack_due || f->length > 0;
    } else {
        l->count.gaps++;
        take_gap(l);
    }
}

static void take_hello(struct link *l, const struct link_frame *f)
{
    if (!l->up || f->session != l->session) {
        l->session = f->session;
        l->up = true;
        l->restarted = true;
        pipe_reset(l);
        take_ack(l, f);
    }
    l->welcome_due = true;
}

static void take_welcome(struct link *l, const struct link_frame *f)
{
    if (l->up) {
        return; /* to a HELLO that was repeated */
    }
    if (f->seq != 0 || f->ack != 0) {
        link_restart(l); /* a session of that number was there before */
        return;
    }
    l->up = true;
    l->hello_due = false;
    take_ack(l, f);
}

static void take(struct link *l, const struct link_frame *f)
{
    enum link_kind for_other =
        l->config.role == LINK_HOST ? LINK_HELLO : LINK_WELCOME;
    bool is_mine = f->kind != for_other && f->session == l->session &&
                   (l->up || f->kind == LINK_WELCOME);

    if (f->kind == LINK_HELLO && l->config.role == LINK_FABRIC) {
        l->count.frames_in++;
        take_hello(l, f);
        return;
    }
    if (!is_mine) {
        l->count.strays++;
        return;
    }
    l->count.frames_in += f->payload_ok;
    if (f->kind == LINK_WELCOME) {
        take_welcome(l, f);
        return;
    }
    bool is_old = f->ack - l->acked > DISTANCE_MOST;
    take_ack(l, f);
    if (f->kind == LINK_DATA) {
        take_data(l, f);
    } else {
        l->ack_due = true; /* who asks hears something, and be it a limit */
        if (!is_old) {
            go_back(l);
        }
    }
}

void link_wire_in(struct link *l, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    struct link_frame f;

    while (link_frames_next(&l->frames, &p, &n, &f)) {
        take(l, &f);
    }
}

/* --- giving --------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The next frame to give, without its payload; false: none. */
static bool give(struct link *l, struct link_frame *f)
{
    *f = (struct link_frame){
        .session = l->session,
        .seq = l->next,
        .ack = l->expected,
        .limit = l->read + l->config.rx_bytes,
    };
    if (l->hello_due || l->welcome_due) {
        f->kind = l->hello_due ? LINK_HELLO : LINK_WELCOME;
        l->hello_due = l->welcome_due = false;
        l->asked_us = l->now_us;
        return true;
    }
    if (!l->up) {
        return false;
    }
    if (l->resend_due) {
        f->kind = LINK_RESEND;
        l->resend_due = false;
        l->asked_us = l->now_us;
    } else {
        uint32_t n = least(l->written - l->next, l->tx_limit - l->next);
        f->kind = LINK_DATA;
        f->length = (uint16_t)least(n, LINK_PAYLOAD_BYTES);
        if (f->length == 0 && !l->ack_due) {
            return false;
        }
    }
    l->ack_due = false;
    l->told_limit = f->limit;
    return true;
}

/* The frame as bytes; its payload moves on in the pipe. */
static size_t give_bytes(struct link *l, const struct link_frame *f,
                         uint8_t *bytes)
{
    if (f->length > 0) {
        uint32_t fresh = 0;
        ring_out(l->tx, l->config.tx_bytes, f->seq, bytes + LINK_HEADER_BYTES,
                 f->length);
        if (l->sent == l->acked) {
            l->moved_us = l->now_us; /* nothing waited until now */
        }
        l->next += f->length;
        if (l->next - l->acked > l->sent - l->acked) {
            fresh = l->next - l->sent;
            l->sent = l->next;
        }
        l->count.bytes_out += fresh;
        l->count.bytes_resent += f->length - fresh;
    }
    link_frame_seal(f, l->crc, bytes);
    l->count.frames_out++;
    return link_frame_bytes(f->length);
}

size_t link_wire_out(struct link *l, void *bytes, size_t cap)
{
    uint8_t *to = bytes;
    struct link_frame f;
    size_t at = 0;

    for (;;) {
        size_t n =
            least((uint32_t)(l->n_stage - l->stage_at),
                  (uint32_t)(cap - at < LINK_FRAME_BYTES ? cap - at
                                                         : LINK_FRAME_BYTES));
        memcpy(to + at, l->stage + l->stage_at, n);
        l->stage_at += n;
        at += n;
        /* A frame is cut only to fill what would else stay empty. */
        bool cut = cap - at < LINK_FRAME_BYTES;
        if (l->stage_at < l->n_stage || (cut && at > 0) || cap == 0 ||
            !give(l, &f)) {
            return at;
        }
        n = give_bytes(l, &f, cut ? l->stage : to + at);
        l->n_stage = cut ? n : 0;
        l->stage_at = 0;
        at += cut ? 0 : n;
    }
}

/* --- the pipe ------------------------------------------------------------- */

size_t link_writable(const struct link *l)
{
    return l->up ? l->config.tx_bytes - (l->written - l->acked) : 0;
}

size_t link_readable(const struct link *l)
{
    return l->expected - l->read;
}

size_t link_unsettled(const struct link *l)
{
    return l->written - l->acked;
}

size_t link_write(struct link *l, const void *data, size_t n)
{
    size_t room = link_writable(l);

    n = n < room ? n : room;
    if (n > 0) {
        ring_in(l->tx, l->config.tx_bytes, l->written, data, n);
        l->written += (uint32_t)n;
    }
    return n;
}

size_t link_read(struct link *l, void *data, size_t n)
{
    size_t held = link_readable(l);

    n = n < held ? n : held;
    if (n > 0) {
        ring_out(l->rx, l->config.rx_bytes, l->read, data, n);
        l->read += (uint32_t)n;
        uint32_t freed = l->read + l->config.rx_bytes - l->told_limit;
        l->ack_due = l->ack_due || freed >= l->config.rx_bytes / 2;
    }
    return n;
}

/* --- time ----------------------------------------------------------------- */

void link_tick(struct link *l, uint64_t now_us)
{
    l->now_us = now_us;
    if (!l->up) {
        bool asks = l->config.role == LINK_HOST &&
                    now_us - l->asked_us >= l->config.resend_us;
        l->hello_due = l->hello_due || asks;
        return;
    }
    if (now_us - l->moved_us < l->config.resend_us) {
        return;
    }
    if (l->sent != l->acked) {
        go_back(l);
    } else if (l->written != l->next && l->next == l->tx_limit) {
        /* Bytes wait for room that may have been told in a frame now lost. */
        l->resend_due = true;
        l->moved_us = now_us;
    }
}

struct link_counters link_counted(const struct link *l)
{
    struct link_counters c = l->count;

    c.bad_headers = l->frames.bad_headers;
    c.hunts = l->frames.hunts;
    c.hunted = l->frames.hunted;
    return c;
}
