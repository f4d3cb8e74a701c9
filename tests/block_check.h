/*
 * block_check.h - blocks, each a packet, through a body of a function, for the
 * tests of functions of blocks (sdr/fn): the C body and that of each width.
 * The test defines bench_open(), which calls bench_load().
 */
#ifndef TESTS_BLOCK_CHECK_H
#define TESTS_BLOCK_CHECK_H

#include "tests/fn_check.h"

#include <math.h>
#include <string.h>

#include "core/device.h"

enum {
    BLOCK_ROOM = 1 << 18, /* bytes of the longest packet */
    BLOCK_MARK = 0x5555,  /* that packets come with */
};

/* The packet that goes in, and what comes out. */
static uint8_t block_in[BLOCK_ROOM], block_out[BLOCK_ROOM];

/* What becomes of block_in[len] with 'flags'; its bytes are in block_out. */
static inline struct pkt block_run(struct body *b, uint32_t len, uint16_t flags)
{
    struct pkt x = {.data = block_in,
                    .len_bytes = len,
                    .room_bytes = BLOCK_ROOM,
                    .in_port = 3,
                    .out_port = 4,
                    .mark = BLOCK_MARK,
                    .flags = flags};
    struct pkt y = {.data = block_out, .room_bytes = BLOCK_ROOM};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0}, out = {FN_PKT, &y, 0, 1, 0};

    memset(block_out, 0xee, sizeof block_out);
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(y.in_port, 3);
    assert_int_equal(y.out_port, 4);
    return y;
}

/* Clocks that the slot takes for block_in[len]. */
static inline uint64_t block_clocks(struct bench *b, uint32_t len)
{
    struct slot_counters before, after;

    assert_int_equal(device_counters(b->device, 0, &before), 0);
    (void)block_run(b->body, len, 0);
    assert_int_equal(device_counters(b->device, 0, &after), 0);
    assert_int_equal(after.errors, 0);
    return after.cycles - before.cycles;
}

/* White noise of variance 1. */
static inline double block_gauss(struct rng *r)
{
    double u = ((double)rng_below(r, 1U << 30) + 1) / (1U << 30);
    double v = (double)rng_below(r, 1U << 30) / (1U << 30);

    return sqrt(-2 * log(u)) * cos(2 * acos(-1.0) * v);
}

/* A test: what a function before dropped or punted leaves as it came. */
static inline void what_was_dropped_or_punted_passes(void **state)
{
    enum { LEN = 301 };
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_PUNT | PKT_ERROR};
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(flags); k++) {
        for (size_t j = 0; j < LEN; j++) {
            block_in[j] = (uint8_t)(7 * j + k);
        }
        struct pkt y = block_run(b, LEN, flags[k]);
        assert_int_equal(y.len_bytes, LEN);
        assert_memory_equal(y.data, block_in, LEN);
        assert_int_equal(y.flags, flags[k]);
        assert_int_equal(y.mark, BLOCK_MARK);
        assert_string_equal(b->fn->verdict(&y), "done");
    }
}

/* The bodies, by bits: BLOCK_ON(a_test, RTL64) runs it as a_test_on_RTL64. */
enum { C = 0, RTL32 = 32, RTL64 = 64, RTL256 = 256 };

#define BLOCK_ON(test, bits)                                    \
    {                                                           \
        .name = #test "_on_" #bits, .test_func = test,          \
        .setup_func = bench_open, .teardown_func = bench_close, \
        .initial_state = &(struct bench)                        \
        {                                                       \
            .width_bits = bits                                  \
        }                                                       \
    }
#define BLOCK_ON_RTL(test) \
    BLOCK_ON(test, RTL32), BLOCK_ON(test, RTL64), BLOCK_ON(test, RTL256)
#define BLOCK_ON_ALL(test) BLOCK_ON(test, C), BLOCK_ON_RTL(test)

#endif
