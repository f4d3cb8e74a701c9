/*
 * link_host.h - the host's end of docs/LINK.md, written for the tests of the
 * RTL and by itself, so that a misunderstanding is not shared.  It is strict:
 * what the fabric sends against the protocol fails the test.
 */
#ifndef TESTS_LINK_LINK_HOST_H
#define TESTS_LINK_LINK_HOST_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "sim/board.h"
#include "tests/check.h"

enum {
    HEADER = 20,
    PAYLOAD = 1024,
    DATA = 0,
    HELLO = 1,
    WELCOME = 2,
    RESEND = 3,
    PKT = 1,
    PART = 2,
    WRITE = 3,
    READ = 4,
    LOAD = 5,
    EVENT = 6,
    TELEMETRY = 7,
    SELF = 255,
    RESEND_CLOCKS = 16384,
    PIPE = 1 << 26, /* most bytes a test sends either way */
};

/* Per 100,000 bytes of the wire, in either direction. */
struct faults {
    uint32_t flip, drop, repeat, insert;
    uint32_t cut;    /* up to 1,500 bytes are lost */
    uint32_t replay; /* some of the last 4,096 bytes come once more */
};

struct wire {
    struct faults f;
    struct rng rng;
    uint8_t past[4096];
    size_t n_past;
    uint32_t cut_left;
    uint64_t n_faults;
};

struct host {
    void *lib;
    const struct sim_board *board;
    void *model;
    uint32_t step; /* clocks of one exchange */
    uint8_t session;
    bool open;
    /* giving */
    uint8_t *give;
    uint32_t n_give, tail, send, sent_max, limit;
    uint64_t moved_at, hello_at, resend_at;
    uint32_t frame; /* payload of a full one */
    bool owe, resend, gap;
    /* taking */
    uint8_t *got;
    uint32_t n_got, used, window, said_limit;
    bool hold;            /* nothing is consumed: the limit stands still */
    uint32_t fabric_sent; /* how far it ever went */
    bool mute;            /* frames are built and lost */
    /* the wires */
    uint8_t raw[1 << 16], out[1 << 16];
    size_t n_raw, n_out, at_out;
    struct wire up, down;
    uint64_t n_frames_in, n_welcome, n_resend_in, n_bad_in, n_repeat_in,
        n_data_in;
    uint64_t last_at; /* clocks when the last good frame came */
};

static uint32_t crc32c(const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffff;

    for (size_t k = 0; k < n; k++) {
        c ^= p[k];
        for (int j = 0; j < 8; j++) {
            c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
        }
    }
    return ~c;
}

/* --- wires that go wrong --- */

static bool strikes(struct wire *w, uint32_t rate)
{
    return rate > 0 && rng_below(&w->rng, 100000) < rate;
}

/* Puts 'n' bytes behind '*n_to' of 'to', with what happens on the way. */
static void wire_carry(struct wire *w, const uint8_t *p, size_t n, uint8_t *to,
                       size_t *n_to, size_t cap)
{
    for (size_t k = 0; k < n; k++) {
        uint8_t c = p[k];
        assert_true(*n_to + 5000 < cap);
        w->past[w->n_past++ % sizeof w->past] = c;
        if (w->cut_left > 0) {
            w->cut_left--;
            continue;
        }
        if (strikes(w, w->f.drop)) {
            w->n_faults++;
            continue;
        }
        if (strikes(w, w->f.flip)) {
            w->n_faults++;
            c ^= (uint8_t)(1 << rng_below(&w->rng, 8));
        }
        to[(*n_to)++] = c;
        if (strikes(w, w->f.repeat)) {
            w->n_faults++;
            to[(*n_to)++] = c;
        }
        if (strikes(w, w->f.insert)) {
            w->n_faults++;
            to[(*n_to)++] = (uint8_t)rng_next(&w->rng);
        }
        if (strikes(w, w->f.cut)) {
            w->n_faults++;
            w->cut_left = rng_below(&w->rng, 1500);
        }
        if (strikes(w, w->f.replay) && w->n_past > sizeof w->past) {
            size_t from = rng_below(&w->rng, sizeof w->past);
            size_t m = sizeof w->past - from;
            w->n_faults++;
            for (size_t j = 0; j < m; j++) {
                to[(*n_to)++] = w->past[(w->n_past - m + j) % sizeof w->past];
            }
        }
    }
}

/* --- frames out --- */

static size_t frame_make(uint8_t *p, uint8_t kind, uint8_t session,
                         uint32_t seq, uint32_t ack, uint32_t limit,
                         const uint8_t *data, size_t n)
{
    p[0] = 0xa5;
    p[1] = (uint8_t)(session << 4 | kind);
    le16_store(p + 2, (uint16_t)n);
    le32_store(p + 4, seq);
    le32_store(p + 8, ack);
    le32_store(p + 12, limit);
    le32_store(p + 16, crc32c(p, 16));
    if (n == 0) {
        return HEADER;
    }
    memcpy(p + HEADER, data, n);
    le32_store(p + HEADER + n, crc32c(data, n));
    return HEADER + n + 4;
}

static uint32_t host_limit(struct host *h)
{
    if (!h->hold) {
        h->used = h->n_got;
    }
    return h->used + h->window;
}

static void host_say(struct host *h, uint8_t kind, size_t n)
{
    uint8_t f[HEADER + PAYLOAD + 4];
    uint32_t ack = kind == HELLO ? 0 : h->n_got;
    uint32_t limit = kind == HELLO ? h->window : host_limit(h);
    size_t len = frame_make(f, kind, h->session, kind == HELLO ? 0 : h->send,
                            ack, limit, h->give + h->send, n);

    h->said_limit = limit;
    h->owe = false;
    if (!h->mute) {
        wire_carry(&h->down, f, len, h->out, &h->n_out, sizeof h->out);
    }
}

static uint64_t now(struct host *h)
{
    return h->board->clocks(h->model);
}

/* Builds the next frame when the wire is free. */
static void host_give(struct host *h)
{
    uint32_t n = h->n_give - h->send;

    if (!h->open) {
        if (now(h) - h->hello_at > RESEND_CLOCKS || h->hello_at == 0) {
            host_say(h, HELLO, 0);
            h->hello_at = now(h) + 1;
        }
        return;
    }
    if (h->tail != h->n_give && now(h) - h->moved_at > RESEND_CLOCKS) {
        if (h->limit == h->tail) {
            h->resend = true; /* asks for a limit */
        }
        h->send = h->tail;
        h->moved_at = now(h);
    }
    if (h->resend) {
        h->resend = false;
        host_say(h, RESEND, 0);
        return;
    }
    if (n > h->frame) {
        n = h->frame;
    }
    if (n > h->limit - h->send) {
        n = h->limit - h->send;
    }
    if (n > 0) {
        host_say(h, DATA, n);
        h->send += n;
        h->moved_at = now(h);
        if (h->send > h->sent_max) {
            h->sent_max = h->send;
        }
    } else if (h->owe || host_limit(h) - h->said_limit >= h->window / 2) {
        host_say(h, DATA, 0);
    }
}

/* --- frames in --- */

static void host_open(struct host *h)
{
    h->session = (uint8_t)((h->session + 1) & 15);
    h->open = false;
    h->hello_at = 0;
    h->n_give = h->tail = h->send = h->sent_max = h->limit = 0;
    h->n_got = h->used = h->fabric_sent = 0;
    h->said_limit = h->window;
    h->owe = h->resend = h->gap = false;
    h->n_raw = h->n_out = h->at_out = 0;
}

static void host_take(struct host *h, const uint8_t *f, size_t n, bool fits)
{
    uint8_t kind = f[1] & 15;
    uint32_t seq = le32_load(f + 4);
    uint32_t ack = le32_load(f + 8);
    uint32_t limit = le32_load(f + 12);

    if (f[1] >> 4 != h->session) {
        return;
    }
    h->n_frames_in++;
    h->last_at = now(h);
    assert_int_not_equal(kind, HELLO);
    assert_true(kind == DATA || n == 0);
    if (kind == WELCOME) {
        h->n_welcome++;
        if (!h->open) {
            assert_int_equal(seq, 0);
            assert_int_equal(ack, 0);
            h->open = true;
            h->limit = limit;
            h->moved_at = now(h);
        }
        return;
    }
    if (!h->open) {
        return; /* the WELCOME was lost: HELLO comes again */
    }
    /* It never acknowledges what was not sent. */
    assert_true((int32_t)(ack - h->sent_max) <= 0);
    if ((int32_t)(ack - h->tail) > 0) {
        h->tail = ack;
        h->moved_at = now(h);
        if ((int32_t)(h->send - h->tail) < 0) {
            h->send = h->tail;
        }
    }
    if ((int32_t)(limit - h->limit) > 0) {
        h->limit = limit;
    }
    if (kind == RESEND) {
        h->n_resend_in++;
        h->send = h->tail;
        h->owe = true;
        return;
    }
    /* Nor beyond what it was told. */
    assert_true((int32_t)(seq + (uint32_t)n - h->said_limit) <= 0);
    h->n_data_in += n;
    if (seq == h->n_got && fits) {
        if (n > 0) {
            assert_true(h->n_got + n < PIPE);
            memcpy(h->got + h->n_got, f + HEADER, n);
            h->n_got += (uint32_t)n;
            h->owe = true;
            h->gap = false;
        }
    } else if (fits && (int32_t)(seq + (uint32_t)n - h->n_got) <= 0) {
        h->owe = true;
        h->n_repeat_in++;
    } else if (!h->gap || now(h) - h->resend_at > RESEND_CLOCKS) {
        h->gap = true;
        h->resend = true;
        h->resend_at = now(h);
    }
}

static void host_parse(struct host *h)
{
    size_t at = 0;

    while (h->n_raw - at >= HEADER) {
        const uint8_t *f = h->raw + at;
        size_t n = le16_load(f + 2);
        size_t len = n > 0 ? HEADER + n + 4 : HEADER;
        if (f[0] != 0xa5 || (f[1] & 15) > 3 || n > PAYLOAD ||
            le32_load(f + 16) != crc32c(f, 16)) {
            h->n_bad_in++;
            at++;
            continue;
        }
        if (h->n_raw - at < len) {
            break;
        }
        host_take(h, f, n,
                  n == 0 || le32_load(f + HEADER + n) == crc32c(f + HEADER, n));
        at += len;
    }
    memmove(h->raw, h->raw + at, h->n_raw - at);
    h->n_raw -= at;
}

/* One exchange of at most h->step clocks. */
static void host_step(struct host *h)
{
    uint8_t in[4096];
    size_t taken = 0, n_in = 0;

    if (h->n_out - h->at_out < 64) {
        memmove(h->out, h->out + h->at_out, h->n_out - h->at_out);
        h->n_out -= h->at_out;
        h->at_out = 0;
        host_give(h);
    }
    h->board->exchange(h->model, h->out + h->at_out, h->n_out - h->at_out,
                       &taken, in, sizeof in, &n_in, h->step);
    h->at_out += taken;
    wire_carry(&h->up, in, n_in, h->raw, &h->n_raw, sizeof h->raw);
    host_parse(h);
}

static void host_run(struct host *h, uint64_t clocks)
{
    uint64_t end = now(h) + clocks;

    while (now(h) < end) {
        host_step(h);
    }
}

/* Until all is acknowledged and nothing comes for a while. */
static void host_settle(struct host *h)
{
    uint64_t start = now(h);

    for (;;) {
        host_run(h, 2000);
        if (h->open && h->tail == h->n_give && now(h) - h->last_at > 12000) {
            return;
        }
        if (now(h) - start > 20000000) {
            fail_msg("no end: tail %u of %u, send %u, limit %u, got %u",
                     h->tail, h->n_give, h->send, h->limit, h->n_got);
        }
    }
}

static void host_hello(struct host *h)
{
    uint64_t start = now(h);

    host_open(h);
    while (!h->open) {
        host_step(h);
        assert_true(now(h) - start < 5000000);
    }
}

/* A board of 'name', NULL (and the test is skipped) when it is not built. */
static struct host *host_create(const char *name)
{
    const char *dir = getenv("PRECAST_IMAGES");
    struct host *h = calloc(1, sizeof *h);
    char path[4096];

    assert_non_null(h);
    assert_true(snprintf(path, sizeof path, "%s/%s.so",
                         dir != NULL ? dir : "build/image",
                         name) < (int)sizeof path);
    h->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (h->lib == NULL) {
        print_message("skipped: %s\n", dlerror());
        free(h);
        return NULL;
    }
    h->board = dlsym(h->lib, "sim_board");
    assert_non_null(h->board);
    assert_int_equal(h->board->abi, SIM_BOARD_ABI);
    h->model = h->board->create();
    assert_non_null(h->model);
    h->give = malloc(PIPE);
    h->got = malloc(PIPE);
    assert_non_null(h->give);
    assert_non_null(h->got);
    h->step = 32;
    h->frame = PAYLOAD;
    h->window = 65536;
    return h;
}

static void host_destroy(struct host *h)
{
    h->board->destroy(h->model);
    (void)dlclose(h->lib); /* nothing to be done about a failure */
    free(h->give);
    free(h->got);
    free(h);
}

/* --- records --- */

static void put(struct host *h, const void *p, size_t n)
{
    assert_true(h->n_give + n < PIPE);
    if (h->tail == h->n_give) {
        h->moved_at = now(h);
    }
    memcpy(h->give + h->n_give, p, n);
    h->n_give += (uint32_t)n;
}

static void put_head(struct host *h, uint8_t op, uint8_t slot, size_t n)
{
    uint8_t head[4] = {op, slot, (uint8_t)n, (uint8_t)(n >> 8)};

    put(h, head, sizeof head);
}

static void put_packet(struct host *h, uint8_t op, uint64_t user,
                       const uint8_t *data, size_t n)
{
    uint8_t u[8];

    put_head(h, op, 0, n + 6);
    le32_store(u, (uint32_t)user);
    le32_store(u + 4, (uint32_t)(user >> 32));
    put(h, u, 6);
    put(h, data, n);
}

static void put_write(struct host *h, uint8_t slot, uint8_t addr,
                      const uint32_t *v, size_t n)
{
    uint8_t b[4] = {addr, 0, 0, 0};

    put_head(h, WRITE, slot, 4 + 4 * n);
    put(h, b, 4);
    for (size_t k = 0; k < n; k++) {
        le32_store(b, v[k]);
        put(h, b, 4);
    }
}

static void put_read(struct host *h, uint8_t slot, uint8_t addr, uint16_t count)
{
    uint8_t b[4] = {addr, 0, (uint8_t)count, (uint8_t)(count >> 8)};

    put_head(h, READ, slot, 4);
    put(h, b, 4);
}

/* A record at '*at' of what was taken, NULL when it is not whole. */
struct record {
    uint8_t op, slot;
    size_t n;
    const uint8_t *data;
};

static bool next_record(const struct host *h, uint32_t *at, struct record *r)
{
    const uint8_t *p = h->got + *at;

    if (h->n_got - *at < 4 || h->n_got - *at < 4u + le16_load(p + 2)) {
        return false;
    }
    *r = (struct record){p[0], p[1], le16_load(p + 2), p + 4};
    *at += 4 + (uint32_t)r->n;
    return true;
}

#endif
