/*
 * viterbi_k7_test.c - verdicts and bytes of blocks made by hand, in both
 * bodies; blocks of many windows, which the decisions' memory does not hold,
 * and what they take on the fabric.
 */
#include "tests/block_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "sdr/dsp/viterbi_k7.h"
#include "sdr/fn/viterbi_k7/viterbi_k7_block.h"
#include "viterbi_k7_csr.h"

enum { TAIL = 6 };

static int bench_open(void **state)
{
    return bench_load(*state, "viterbi_k7");
}

/*
 * Sent: 1011000 and six zeros, by hand: the sums of the impulse response
 * 11 01 11 11 00 10 11 begun at steps 0, 2 and 3.
 */
static const uint8_t pairs[13] = {3, 2, 0, 2, 1, 1, 0, 1, 2, 3, 0, 0, 0};

static uint32_t store_pairs(int8_t level)
{
    for (size_t k = 0; k < sizeof pairs; k++) {
        block_in[2 * k] = (uint8_t)(pairs[k] & 1 ? level : -level);
        block_in[2 * k + 1] = (uint8_t)(pairs[k] & 2 ? level : -level);
    }
    return 2 * sizeof pairs;
}

static void a_block_by_hand_comes_back_packed(void **state)
{
    struct body *b = bench_body(state);
    uint32_t len = store_pairs(7);
    struct pkt y;

    block_in[4] = (uint8_t)-block_in[4]; /* a bit that is wrong */
    block_in[13] = 0;                    /* and one that was not sent */
    y = block_run(b, len, PKT_MIRROR);
    assert_int_equal(y.len_bytes, 2); /* of 13 bits */
    assert_int_equal(y.data[0], 0x0d);
    assert_int_equal(y.data[1], 0);
    assert_int_equal(y.flags, PKT_MIRROR);
    assert_int_equal(y.mark, VITERBI_K7_DECODED);
}

static void verdicts_and_counters_say_what_is_wrong(void **state)
{
    static const struct {
        const char *why;
        uint32_t limit, len, out_len;
        enum viterbi_k7_fate fate;
        uint32_t counter;
    } row[] = {
        {"just as long as it may be", 13, 26, 2, VITERBI_K7_DECODED,
         VITERBI_K7_N_DECODED},
        {"a step longer", 12, 26, 2, VITERBI_K7_LONG, VITERBI_K7_N_LONG},
        {"much longer", 3, 26, 1, VITERBI_K7_LONG, VITERBI_K7_N_LONG},
        {"nothing is allowed", 0, 26, 0, VITERBI_K7_LONG, VITERBI_K7_N_LONG},
        {"a byte is missing", 13, 25, 2, VITERBI_K7_ODD, VITERBI_K7_N_ODD},
        {"odd comes before long", 12, 27, 2, VITERBI_K7_ODD, VITERBI_K7_N_ODD},
        {"one byte", 13, 1, 0, VITERBI_K7_ODD, VITERBI_K7_N_ODD},
        {"no bytes", 13, 0, 0, VITERBI_K7_EMPTY, VITERBI_K7_N_EMPTY},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t before, after;
        bool dropped = row[k].fate != VITERBI_K7_DECODED;
        struct pkt y;
        (void)store_pairs(15);
        assert_int_equal(body_write(b, VITERBI_K7_LIMIT, row[k].limit), 0);
        assert_int_equal(body_read(b, row[k].counter, &before), 0);
        y = block_run(b, row[k].len, 0);
        assert_int_equal(body_read(b, row[k].counter, &after), 0);
        if (y.mark != row[k].fate || y.len_bytes != row[k].out_len) {
            print_message("%s\n", row[k].why);
        }
        assert_int_equal(y.mark, row[k].fate);
        assert_int_equal(y.flags, dropped ? PKT_DROP : 0);
        assert_int_equal(y.len_bytes, row[k].out_len);
        assert_int_equal(after - before, 1);
    }
}

/* --- long blocks ---------------------------------------------------------- */

/* n steps of random bits with tail and noise to block_in; the bits, packed. */
static void make_block(uint64_t seed, uint32_t n, uint8_t *bytes)
{
    struct rng r = {seed};
    unsigned s = 0;

    memset(bytes, 0, (n + 7) / 8);
    for (uint32_t k = 0; k < n; k++) {
        uint8_t coded[2];
        uint8_t bit = k + TAIL < n ? (uint8_t)rng_below(&r, 2) : 0;
        bytes[k / 8] |= (uint8_t)(bit << k % 8);
        s = viterbi_k7_encode(s, &bit, 1, coded);
        for (size_t j = 0; j < 2; j++) {
            int noise = (int)rng_below(&r, 9) + (int)rng_below(&r, 9) - 8;
            block_in[2 * k + j] = (uint8_t)(noise + (coded[j] ? 8 : -8));
        }
    }
}

/* Where windows begin and end, and where the memory of decisions is full. */
static void blocks_of_many_windows_come_back(void **state)
{
    static const uint32_t near[] = {
        VITERBI_K7_WINDOW,
        VITERBI_K7_WINDOW + VITERBI_K7_REACH,
        1024,
        2 * VITERBI_K7_WINDOW + VITERBI_K7_REACH,
        2048 + 6,
        5 * VITERBI_K7_WINDOW + VITERBI_K7_REACH,
        VITERBI_K7_BLOCK_MAX - 1,
    };
    static uint8_t bytes[VITERBI_K7_BLOCK_MAX / 8];
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(near); k++) {
        for (uint32_t n = near[k] - 1; n <= near[k] + 1; n++) {
            make_block(n, n, bytes);
            struct pkt y = block_run(b, 2 * n, 0);
            assert_int_equal(y.mark, VITERBI_K7_DECODED);
            assert_int_equal(y.len_bytes, (n + 7) / 8);
            assert_memory_equal(y.data, bytes, y.len_bytes);
        }
    }
    /* One step more than any block may have. */
    block_in[(size_t)2 * VITERBI_K7_BLOCK_MAX] = 1;
    block_in[(size_t)2 * VITERBI_K7_BLOCK_MAX + 1] = 1;
    assert_int_equal(body_write(b, VITERBI_K7_LIMIT, 0xffff), 0);
    struct pkt y = block_run(b, 2 * VITERBI_K7_BLOCK_MAX + 2, 0);
    assert_int_equal(y.mark, VITERBI_K7_LONG);
    assert_int_equal(y.len_bytes, VITERBI_K7_BLOCK_MAX / 8);
}

/* Clocks for a block of n steps. */
static uint64_t clocks_of(struct bench *b, uint32_t n)
{
    static uint8_t bytes[VITERBI_K7_BLOCK_MAX / 8];
    make_block(1, n, bytes);
    return block_clocks(b, 2 * n);
}

/*
 * A step a clock, each traced back one and a half times: 384 bits in 576
 * clocks; behind a block what is less than a window, and the answer.
 */
static void a_bit_takes_one_and_a_half_clocks(void **state)
{
    enum { FEW = 40 };
    uint64_t some, more, answer = 10 * VITERBI_K7_WINDOW / 32 * 3;

    (void)bench_body(state); /* or skips */
    some = clocks_of(*state, 10 * VITERBI_K7_WINDOW);
    more = clocks_of(*state, 20 * VITERBI_K7_WINDOW);
    print_message("%llu clocks for %d bits, %llu for %d\n",
                  (unsigned long long)some, 10 * VITERBI_K7_WINDOW,
                  (unsigned long long)more, 20 * VITERBI_K7_WINDOW);
    assert_in_range(more - some,
                    10 * (VITERBI_K7_WINDOW + VITERBI_K7_REACH - TAIL),
                    10 * (VITERBI_K7_WINDOW + VITERBI_K7_REACH) + answer);
    /* One that is held as a whole: there and back. */
    assert_in_range(clocks_of(*state, 500), 1000, 1000 + 500 / 32 * 3 + FEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_ON(a_block_by_hand_comes_back_packed, C),
        BLOCK_ON(a_block_by_hand_comes_back_packed, RTL64),
        BLOCK_ON(verdicts_and_counters_say_what_is_wrong, C),
        BLOCK_ON(verdicts_and_counters_say_what_is_wrong, RTL32),
        BLOCK_ON(verdicts_and_counters_say_what_is_wrong, RTL256),
        BLOCK_ON_ALL(what_was_dropped_or_punted_passes),
        BLOCK_ON_ALL(blocks_of_many_windows_come_back),
        BLOCK_ON(a_bit_takes_one_and_a_half_clocks, RTL64),
        BLOCK_ON(a_bit_takes_one_and_a_half_clocks, RTL256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
