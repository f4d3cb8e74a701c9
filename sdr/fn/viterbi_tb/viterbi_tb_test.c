/*
 * viterbi_tb_test.c - blocks by hand, against a decoder in floats and
 * against all words that could have been sent, in both bodies.
 */
#include "tests/block_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_tbcc_check.h"
#include "sdr/fn/viterbi_tb/viterbi_tb_block.h"
#include "viterbi_tb_csr.h"

static int bench_open(void **state)
{
    return bench_load(*state, "viterbi_tb");
}

/* The answer to a block of n bits in block_in, the first bit lowest. */
static void ask(struct body *b, uint32_t n, uint8_t bytes[16])
{
    struct pkt y = block_run(b, 3 * n, 0);

    assert_int_equal(y.mark, VITERBI_TB_DECODED);
    assert_int_equal(y.flags, 0);
    assert_int_equal(y.len_bytes, (n + 7) / 8);
    memset(bytes, 0, 16);
    memcpy(bytes, y.data, y.len_bytes);
}

/* 36.212 5.1.3.1: d_i(k) is the sum of c(k - j) where g_i has a 1, c(-j) is
 * c(n - j); g_0 = 1011011, g_1 = 1111001, g_2 = 1110101 for j = 0..6. */
static void code(const uint8_t *bytes, uint32_t n, uint8_t *coded)
{
    static const char *const g[3] = {"1011011", "1111001", "1110101"};

    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = 0; i < 3; i++) {
            unsigned sum = 0;
            for (uint32_t j = 0; j < 7; j++) {
                uint32_t at = (k + 7 * n - j) % n;
                sum += g[i][j] == '1' ? bytes[at / 8] >> at % 8 & 1 : 0;
            }
            coded[3 * k + i] = sum % 2;
        }
    }
}

/* Random bits, coded, with noise; 'level' is a soft value without. */
static void make(struct rng *r, uint32_t n, double level, double sigma,
                 uint8_t bytes[16])
{
    uint8_t coded[3 * VITERBI_TB_BITS_MAX];

    memset(bytes, 0, 16);
    for (uint32_t k = 0; k < n; k++) {
        bytes[k / 8] |= (uint8_t)(rng_below(r, 2) << k % 8);
    }
    code(bytes, n, coded);
    for (uint32_t k = 0; k < 3 * n; k++) {
        double x = (coded[k] ? level : -level) + sigma * block_gauss(r);
        block_in[k] = (uint8_t)lround(fmax(-128, fmin(127, x)));
    }
}

/* --- what was sent -------------------------------------------------------- */

/* 1 and seven zeros: each generator's own bits, and a zero. */
static void an_impulse_by_hand_comes_back(void **state)
{
    static const uint8_t sent[24] = {1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0,
                                     0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0};
    struct body *b = bench_body(state);
    uint8_t bytes[16];

    for (uint32_t turn = 0; turn < 8; turn++) {
        for (uint32_t k = 0; k < 24; k++) {
            block_in[(k + 3 * turn) % 24] = (uint8_t)(sent[k] ? 9 : -9);
        }
        block_in[3] = 0; /* not sent */
        ask(b, 8, bytes);
        assert_int_equal(bytes[0], 1 << turn);
    }
}

static void blocks_of_all_lengths_come_back(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {.state = 21};
    uint8_t want[16], got[16];

    for (uint32_t n = 7; n <= VITERBI_TB_BITS_MAX; n++) {
        make(&r, n, 10, n < 20 ? 0 : 4, want);
        ask(b, n, got);
        assert_memory_equal(got, want, 16);
    }
}

/* --- against others ------------------------------------------------------- */

/*
 * Blocks of the broadcast channel at levels where some are wrong: nearly all
 * come out as of a decoder in floating point, and as many
 * are right.
 */
static void as_a_decoder_in_floats(void **state)
{
    static const struct {
        double sigma; /* of an amplitude of 1 */
        uint32_t n;
        double differ_max, right_min;
    } row[] = {
        {0.9, 2000, 0.005, 0.99}, /* Eb/N0 2.7 dB */
        {1.2, 2000, 0.1, 0.7},    /* 0.2 dB */
    };
    struct body *b = bench_body(state);
    struct rng r = {.state = 22};

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t ours = 0, theirs = 0, differ = 0;
        uint32_t n = ((struct bench *)*state)->width_bits == 0 ? row[k].n
                                                               : row[k].n / 10;
        for (uint32_t block = 0; block < n; block++) {
            uint8_t want[16], got[16];
            float soft[LTE_BCH_CODED];
            uint64_t bits = 0, sent = 0, mine = 0;
            make(&r, LTE_BCH_BITS, 5, 5 * row[k].sigma, want);
            for (uint32_t j = 0; j < LTE_BCH_CODED; j++) {
                soft[j % 3 * LTE_BCH_BITS + j / 3] =
                    -(float)(int8_t)block_in[j];
            }
            bits = tbcc_decode(soft, LTE_BCH_BITS);
            ask(b, LTE_BCH_BITS, got);
            for (uint32_t j = 0; j < LTE_BCH_BITS; j++) {
                sent = sent << 1 | (want[j / 8] >> j % 8 & 1);
                mine = mine << 1 | (got[j / 8] >> j % 8 & 1);
            }
            ours += mine == sent;
            theirs += bits == sent;
            differ += mine != bits;
        }
        printf("  sigma %.1f: %u of %u right, with floats %u; %u differ\n",
               row[k].sigma, ours, n, theirs, differ);
        assert_true(ours >= row[k].right_min * n);
        assert_true(ours + 2 + n / 200 >= theirs);
        assert_true(differ <= row[k].differ_max * n);
    }
}

/* What a word costs. */
static uint32_t cost_of(const uint8_t *bytes, uint32_t n)
{
    uint8_t coded[3 * VITERBI_TB_BITS_MAX];
    uint32_t cost = 0;

    code(bytes, n, coded);
    for (uint32_t k = 0; k < 3 * n; k++) {
        int x = (int8_t)block_in[k];
        int size = abs(x) < 15 ? abs(x) : 15;
        cost += (x > 0) != (coded[k] != 0) ? (uint32_t)size : 0;
    }
    return cost;
}

/*
 * Of 10 bits all 1,024 words are tried.  A way around that is cheaper than
 * each word need not end where it began, and the answer then is no word; that
 * is rare.
 */
static void nearly_always_the_likeliest_word(void **state)
{
    enum { N = 10, BLOCKS = 1000 };
    struct body *b = bench_body(state);
    struct rng r = {.state = 23};
    uint32_t likeliest = 0;

    for (int block = 0; block < BLOCKS; block++) {
        uint8_t sent[16], got[16];
        uint32_t least = UINT32_MAX;
        make(&r, N, 6, 4, sent);
        ask(b, N, got);
        for (uint32_t word = 0; word < 1U << N; word++) {
            uint8_t bytes[2] = {(uint8_t)word, (uint8_t)(word >> 8)};
            uint32_t cost = cost_of(bytes, N);
            least = cost < least ? cost : least;
        }
        likeliest += cost_of(got, N) == least;
    }
    printf("  %u of %d\n", likeliest, BLOCKS);
    assert_true(likeliest >= BLOCKS * 98 / 100);
}

/* --- what is no block ----------------------------------------------------- */

static void other_lengths_are_dropped(void **state)
{
    static const struct {
        uint32_t len;
        bool decoded;
    } row[] = {{0, false},   {1, false},   {2, false},   {3, true},
               {4, false},   {120, true},  {121, false}, {122, false},
               {384, true},  {385, false}, {386, false}, {387, false},
               {1000, false}};
    struct body *b = bench_body(state);
    uint32_t n = 0;

    memset(block_in, 0xf1, 1000);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt y = block_run(b, row[k].len, PKT_MIRROR);
        n += row[k].decoded;
        assert_int_equal(y.mark, row[k].decoded ? VITERBI_TB_DECODED
                                                : VITERBI_TB_LENGTH);
        assert_int_equal(y.flags, PKT_MIRROR | (row[k].decoded ? 0 : PKT_DROP));
        assert_int_equal(y.len_bytes,
                         row[k].decoded ? (row[k].len / 3 + 7) / 8 : 0);
        assert_string_equal(registry_find("viterbi_tb")->verdict(&y),
                            row[k].decoded ? "decoded" : "length");
        assert_int_equal(read_reg(b, VITERBI_TB_N_DECODED), n);
        assert_int_equal(read_reg(b, VITERBI_TB_N_LENGTH), k + 1 - n);
    }
}

/* --- taps ------------------------------------------------------------------
 */

static struct fn_taps taps_of(struct body *c, struct pkt x)
{
    struct pkt y = {.data = block_out, .room_bytes = BLOCK_ROOM};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0}, out = {FN_PKT, &y, 0, 1, 0};
    struct fn_taps taps = {0};

    assert_int_equal(body_run_taps(c, &in, &out, &taps), 0);
    return taps;
}

/* A soft value that turns bits around has turned decisions around before: in
 * blocks with erasures in pairs, of states that are far apart. */
static void a_wrong_value_shows_in_its_steps(void **state)
{
    struct body *c = bench_body(state);
    struct rng r = {.state = 11};
    int seen = 0, hidden = 0;

    for (int k = 0; k < 10000; k++) {
        struct pkt x = {.data = block_in, .room_bytes = BLOCK_ROOM};
        viterbi_tb_stimulus_packet(&r, &x);
        x.flags = 0;
        struct fn_taps good = taps_of(c, x);
        block_in[rng_below(&r, x.len_bytes + 1)] ^=
            (uint8_t)(1 << rng_below(&r, 8));
        struct fn_taps bad = taps_of(c, x);
        bool bits = good.digest[VITERBI_TB_TAP_TRACE] !=
                    bad.digest[VITERBI_TB_TAP_TRACE];
        seen += bits;
        hidden += bits && good.digest[VITERBI_TB_TAP_STEPS] ==
                              bad.digest[VITERBI_TB_TAP_STEPS];
    }
    printf("  %d of %d only in the bits\n", hidden, seen);
    assert_true(seen > 500 && 20 * hidden < seen);
}

/* 120 in, 80 and 104 forwards, 98 back, and what is between. */
static void a_mib_takes_about_420_clocks(void **state)
{
    uint64_t clocks;

    (void)bench_body(state); /* or skips */
    clocks = block_clocks(*state, 120);
    printf("  %u clocks\n", (unsigned)clocks);
    assert_in_range(clocks, 402, 440);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_ON_ALL(an_impulse_by_hand_comes_back),
        BLOCK_ON_ALL(blocks_of_all_lengths_come_back),
        BLOCK_ON(as_a_decoder_in_floats, C),
        BLOCK_ON(as_a_decoder_in_floats, RTL64),
        BLOCK_ON(nearly_always_the_likeliest_word, C),
        BLOCK_ON_ALL(other_lengths_are_dropped),
        BLOCK_ON_ALL(what_was_dropped_or_punted_passes),
        BLOCK_ON(a_wrong_value_shows_in_its_steps, C),
        BLOCK_ON(a_mib_takes_about_420_clocks, RTL32),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
