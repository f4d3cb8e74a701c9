/*
 * link_expect.h - what the records that come from a fabric must be, for the
 * tests of the RTL: packets in order, answers in order, frames of telemetry.
 */
#ifndef TESTS_LINK_LINK_EXPECT_H
#define TESTS_LINK_LINK_EXPECT_H

#include "tests/link/link_host.h"

enum { FRAME_BYTES = 76, GIVE_FRAMES = 0xec }; /* of slot_echo.v */

static inline struct host *board(const char *name)
{
    struct host *h = host_create(name);

    if (h == NULL) {
        skip();
    }
    host_hello(h);
    return h;
}

/* The answer of one READ of one value. */
static inline uint32_t read_one(struct host *h, uint8_t slot, uint8_t addr,
                                uint8_t status)
{
    uint32_t at = h->n_got;
    struct record r;

    put_read(h, slot, addr, 1);
    host_settle(h);
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, READ);
    assert_int_equal(r.slot, slot);
    assert_int_equal(r.n, 8);
    assert_int_equal(r.data[0], addr);
    assert_int_equal(r.data[1], status);
    assert_int_equal(le16_load(r.data + 2), 1);
    assert_int_equal(at, h->n_got);
    return le32_load(r.data + 4);
}

static inline void fill(struct rng *rng, uint8_t *data, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        data[k] = (uint8_t)rng_next(rng);
    }
}

/* Gives 'n' bytes as one packet, in parts of up to 'most'. */
static inline void put_parts(struct host *h, uint64_t user, const uint8_t *data,
                             size_t n, size_t most)
{
    for (; n > most; data += most, n -= most) {
        put_packet(h, PART, user, data, most);
    }
    put_packet(h, PKT, user, data, n);
}

/* What is expected back: packets in order, answers in order. */
struct expect {
    uint8_t *bytes; /* of packets: user, length, data */
    size_t n_bytes, at_byte;
    uint32_t *value; /* of READ, 0xffffffff for whatever it is */
    size_t n_value, at_value;
    uint32_t at; /* in h->got */
    uint8_t part[16384];
    size_t n_part;
    size_t n_packets, n_parts, n_events;
    uint32_t event[64];          /* code << 24 | value */
    uint32_t n_frames, at_frame; /* of telemetry, of slot_echo.v */
    uint32_t *frames;            /* those before value k */
};

static inline struct expect *expect_create(void)
{
    struct expect *e = calloc(1, sizeof *e);

    assert_non_null(e);
    e->bytes = malloc(PIPE);
    e->value = malloc(PIPE);
    assert_non_null(e->bytes);
    e->frames = malloc(PIPE);
    assert_non_null(e->value);
    assert_non_null(e->frames);
    return e;
}

static inline void expect_destroy(struct expect *e)
{
    free(e->bytes);
    free(e->value);
    free(e->frames);
    free(e);
}

static inline void expect_packet(struct expect *e, uint64_t user,
                                 const uint8_t *data, size_t n)
{
    uint8_t *p = e->bytes + e->n_bytes;

    assert_true(e->n_bytes + n + 10 < PIPE);
    le32_store(p, (uint32_t)user);
    le16_store(p + 4, (uint16_t)(user >> 32));
    le32_store(p + 6, (uint32_t)n);
    memcpy(p + 10, data, n);
    e->n_bytes += 10 + n;
}

static inline void expect_word(struct expect *e, uint32_t v)
{
    assert_true((e->n_value + 1) * 4 < PIPE);
    e->frames[e->n_value] = e->n_frames;
    e->value[e->n_value++] = v;
}

/* 'n' more, as a write to GIVE_FRAMES brings them. */
static inline void expect_frames(struct expect *e, uint32_t n)
{
    e->n_frames += n;
}

static inline void take_packet(struct expect *e, const struct record *r)
{
    const uint8_t *want = e->bytes + e->at_byte;

    assert_true(r->n >= 6);
    assert_true(e->n_part + r->n < sizeof e->part);
    assert_memory_equal(r->data, want, 6);
    memcpy(e->part + e->n_part, r->data + 6, r->n - 6);
    e->n_part += r->n - 6;
    if (r->op == PART) {
        e->n_parts++;
        return;
    }
    assert_true(e->at_byte < e->n_bytes);
    assert_int_equal(e->n_part, le32_load(want + 6));
    assert_memory_equal(e->part, want + 10, e->n_part);
    e->at_byte += 10 + e->n_part;
    e->n_part = 0;
    e->n_packets++;
}

static inline void take_frame(struct expect *e, const struct record *r)
{
    assert_int_equal(r->slot, 0);
    assert_int_equal(r->n, FRAME_BYTES);
    for (size_t k = 0; k < FRAME_BYTES; k++) {
        assert_int_equal(r->data[k], (uint8_t)e->at_frame);
    }
    e->at_frame++;
}

/* Works off the records that came; every one must be the next expected. */
static inline void expect_came(struct expect *e, struct host *h)
{
    struct record r;

    while (next_record(h, &e->at, &r)) {
        if (r.op == PKT || r.op == PART) {
            assert_int_equal(r.slot, 0);
            take_packet(e, &r);
        } else if (r.op == READ) {
            uint16_t count = le16_load(r.data + 2);
            assert_int_equal(r.n, 4 + 4 * count);
            for (size_t k = 0; k < count; k++) {
                uint32_t v = le32_load(r.data + 4 + 4 * k);
                assert_true(e->at_value < e->n_value);
                assert_int_equal(e->at_frame, e->frames[e->at_value]);
                uint32_t want = e->value[e->at_value++];
                if (want != 0xffffffff) {
                    assert_int_equal(v, want);
                }
            }
        } else if (r.op == TELEMETRY) {
            take_frame(e, &r);
        } else if (r.op == EVENT) {
            assert_int_equal(r.n, 8);
            assert_int_equal(r.data[1] | r.data[2] | r.data[3], 0);
            e->event[e->n_events++ % 64] =
                (uint32_t)r.data[0] << 24 | (le32_load(r.data + 4) & 0xffffff);
        } else {
            fail_msg("record of op %u", r.op);
        }
    }
}

static inline void expect_all(struct expect *e, struct host *h)
{
    uint64_t start = now(h);

    while (e->at_byte != e->n_bytes || e->at_value != e->n_value ||
           e->at_frame != e->n_frames) {
        host_run(h, 500);
        expect_came(e, h);
        if (now(h) - start > 20000000) {
            fail_msg("no end: tail %u of %u, send %u, limit %u, got %u",
                     h->tail, h->n_give, h->send, h->limit, h->n_got);
        }
    }
    host_settle(h);
    expect_came(e, h);
    assert_int_equal(e->at, h->n_got);
    assert_int_equal(e->at_byte, e->n_bytes);
    assert_int_equal(e->at_value, e->n_value);
    assert_int_equal(e->at_frame, e->n_frames);
}

#endif
