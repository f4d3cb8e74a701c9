/*
 * viterbi_k7_test.c - against every code word, against a plain decoder that
 * knows nothing of windows and butterflies, and over noisy long blocks; all
 * variants of the steps.
 */
#include "tests/check.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/dsp/viterbi_k7.h"

enum {
    FREE = 9,
    TAIL = 6,
    SHORT = FREE + TAIL,
    WHOLE = VITERBI_K7_WINDOW + VITERBI_K7_REACH, /* steps for a window */
};

static int setup(void **state)
{
    *state = malloc(sizeof(struct viterbi_k7));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* --- the code, by its definition ------------------------------------------ */

/* Bit k of the code word of 'bits': taps of x[k], x[k - 1] .. x[k - 6]. */
static int coded_bit(const uint8_t *bits, size_t k, unsigned octal)
{
    int sum = 0;

    for (size_t d = 0; d <= TAIL && d <= k; d++) {
        sum += bits[k - d] & (int)(octal >> (TAIL - d) & 1);
    }
    return sum % 2;
}

/* What the word 'bits' costs. */
static long cost_of(const uint8_t *bits, size_t n, const int8_t *soft)
{
    static const unsigned octal[2] = {0133, 0171};
    long cost = 0;

    for (size_t k = 0; k < 2 * n; k++) {
        int x = soft[k] < -15 ? -15 : soft[k] > 15 ? 15 : soft[k];
        bool is_one = coded_bit(bits, k / 2, octal[k % 2]) != 0;
        cost += is_one ? (x < 0 ? -x : 0) : (x > 0 ? x : 0);
    }
    return cost;
}

static void encoder_and_definition_agree(void **state)
{
    enum { N = 100 };
    static const uint8_t impulse[7] = {1};
    static const uint8_t expected[14] = {1, 1, 0, 1, 1, 1, 1,
                                         1, 0, 0, 1, 0, 1, 1};
    uint8_t bits[N], coded[2 * N];
    struct rng r = {9};

    (void)state; /* 133 octal is 1011011, 171 octal is 1111001 */
    (void)viterbi_k7_encode(0, impulse, 7, coded);
    assert_memory_equal(coded, expected, sizeof expected);
    for (size_t k = 0; k < N; k++) {
        bits[k] = (uint8_t)rng_below(&r, 2);
    }
    (void)viterbi_k7_encode(0, bits, N, coded);
    for (size_t k = 0; k < N; k++) {
        assert_int_equal(coded[2 * k], coded_bit(bits, k, 0133));
        assert_int_equal(coded[2 * k + 1], coded_bit(bits, k, 0171));
    }
}

static void decoder_finds_a_best_word_of_all(void **state)
{
    struct rng r = {1};

    for (int round = 0; round < 300; round++) {
        int8_t soft[2 * SHORT];
        uint8_t bits[SHORT] = {0};
        uint8_t found[SHORT];
        long best = LONG_MAX;
        uint32_t n = TAIL + rng_below(&r, FREE + 1);
        uint32_t range = 1 + rng_below(&r, 40);

        for (size_t k = 0; k < sizeof soft; k++) {
            soft[k] = (int8_t)((int)rng_below(&r, 2 * range + 1) - (int)range);
        }
        for (unsigned w = 0; w < 1u << (n - TAIL); w++) {
            for (unsigned k = 0; k + TAIL < n; k++) {
                bits[k] = (uint8_t)(w >> k & 1);
            }
            memset(bits + n - TAIL, 0, TAIL);
            long cost = cost_of(bits, n, soft);
            best = cost < best ? cost : best;
        }
        viterbi_k7_decode(*state, soft, n, found);
        for (unsigned k = n - TAIL; k < n; k++) {
            assert_int_equal(found[k], 0);
        }
        assert_true(cost_of(found, n, soft) == best);
    }
}

/* --- long blocks ---------------------------------------------------------- */

/* A block, of which the decoder may see neither more nor less. */
struct block {
    size_t n;
    uint8_t *bits;  /* [n] */
    int8_t *soft;   /* [2 * n] */
    uint8_t *found; /* [n] */
};

/* n random bits with tail, coded, as soft values of +-level. */
static struct block block_open(struct rng *r, size_t n, int level)
{
    struct block b = {n, malloc(n), malloc(2 * n), malloc(n)};
    uint8_t *coded = malloc(2 * n);

    assert_true(b.bits != NULL && b.soft != NULL && b.found != NULL &&
                coded != NULL);
    for (size_t k = 0; k < n; k++) {
        b.bits[k] = k + TAIL < n ? (uint8_t)rng_below(r, 2) : 0;
    }
    (void)viterbi_k7_encode(0, b.bits, n, coded);
    for (size_t k = 0; k < 2 * n; k++) {
        b.soft[k] = (int8_t)(coded[k] ? level : -level);
    }
    free(coded);
    return b;
}

static void block_close(struct block *b)
{
    free(b->bits);
    free(b->soft);
    free(b->found);
}

/* Adds noise that is nearly Gaussian, of variance 4 * range * (range + 1). */
static void add_noise(struct block *b, struct rng *r, int range)
{
    for (size_t k = 0; k < 2 * b->n; k++) {
        int x = b->soft[k];
        for (int j = 0; j < 12; j++) {
            x += (int)rng_below(r, (uint32_t)(2 * range + 1)) - range;
        }
        b->soft[k] = (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x);
    }
}

static size_t errors(const struct block *b)
{
    size_t n = 0;

    for (size_t k = 0; k < b->n; k++) {
        n += b->found[k] != b->bits[k];
    }
    return n;
}

/*
 * The plainest decoder: a cost and a way for each state, which is the last six
 * bits, the newest in bit 0; ways are kept whole.
 */
static void decode_whole(const struct block *b, uint8_t *found)
{
    long cost[64], next[64];
    uint8_t pair[128]; /* coded by the last seven bits, the newest in bit 0 */
    uint8_t(*oldest)[64] = malloc(b->n * sizeof *oldest);
    unsigned s = 0;

    assert_non_null(oldest);
    for (unsigned w = 0; w < 128; w++) {
        uint8_t bits[7];
        for (unsigned d = 0; d < 7; d++) {
            bits[6 - d] = (uint8_t)(w >> d & 1);
        }
        pair[w] =
            (uint8_t)(coded_bit(bits, 6, 0133) | coded_bit(bits, 6, 0171) << 1);
    }
    for (int k = 0; k < 64; k++) {
        cost[k] = k == 0 ? 0 : INT_MAX;
    }
    for (size_t k = 0; k < b->n; k++) {
        int x = b->soft[2 * k], y = b->soft[2 * k + 1];
        x = x < -15 ? -15 : x > 15 ? 15 : x;
        y = y < -15 ? -15 : y > 15 ? 15 : y;
        for (unsigned to = 0; to < 64; to++) {
            next[to] = LONG_MAX;
            for (unsigned o = 0; o < 2; o++) {
                unsigned w = to | o << 6;
                long c = cost[w >> 1];
                c += pair[w] & 1 ? (x < 0 ? -x : 0) : (x > 0 ? x : 0);
                c += pair[w] & 2 ? (y < 0 ? -y : 0) : (y > 0 ? y : 0);
                if (c < next[to]) {
                    next[to] = c;
                    oldest[k][to] = (uint8_t)o;
                }
            }
        }
        memcpy(cost, next, sizeof cost);
    }
    for (size_t k = b->n; k-- > 0;) {
        found[k] = s & 1;
        s = (s | (unsigned)oldest[k][s] << 6) >> 1;
    }
    free(oldest);
}

static void windows_lose_nothing_to_a_whole_block(void **state)
{
    static const size_t near[] = {VITERBI_K7_WINDOW, WHOLE,
                                  WHOLE + VITERBI_K7_WINDOW,
                                  WHOLE + 2 * VITERBI_K7_WINDOW};
    struct rng r = {4};
    size_t wrong = 0, bits = 0;

    for (int round = 0; round < 60; round++) {
        size_t n = near[round % 4] - 1 + (size_t)(round / 4 % 3);
        struct block b = block_open(&r, n, 6);
        uint8_t *whole = malloc(n);
        assert_non_null(whole);
        add_noise(&b, &r, 2); /* Eb/N0 1.8 dB */
        decode_whole(&b, whole);
        viterbi_k7_decode(*state, b.soft, n, b.found);
        assert_memory_equal(b.found, whole, n);
        wrong += errors(&b);
        bits += n;
        free(whole);
        block_close(&b);
    }
    /* Else the noise would be none, or the decoder. */
    assert_true(wrong > 0 && wrong * 100 < bits);
}

/*
 * Of 5 bits sent in 6, as at 64-QAM: the hardest for windows.  Their bit errors
 * are at most 5 % more; 0.02 dB make as much.
 */
static void windows_lose_little_at_rate_five_sixths(void **state)
{
    static const char keep[] = "1110011001"; /* 802.11-2020 19.3.11.6 */
    enum { N = 4000, ROUNDS = 100 };
    struct rng r = {5};
    size_t wrong[2] = {0};

    for (int round = 0; round < ROUNDS; round++) {
        struct block b = block_open(&r, N, 10);
        uint8_t whole[N];
        add_noise(&b, &r, 2); /* Eb/N0 4.0 dB */
        for (size_t k = 0; k < (size_t)2 * N; k++) {
            b.soft[k] = keep[k % 10] == '1' ? b.soft[k] : 0;
        }
        viterbi_k7_decode(*state, b.soft, N, b.found);
        wrong[0] += errors(&b);
        decode_whole(&b, whole);
        memcpy(b.found, whole, N);
        wrong[1] += errors(&b);
        block_close(&b);
    }
    printf("bit errors: %zu, of a whole block %zu\n", wrong[0], wrong[1]);
    assert_true(wrong[1] > 500);
    assert_true(wrong[0] * 100 <= wrong[1] * 105);
}

static void longest_block_survives_three_percent_of_wrong_bits(void **state)
{
    static const int levels[] = {1, 6, 127};
    struct rng r = {2};

    for (size_t row = 0; row < CHECK_ROWS(levels); row++) {
        struct block b = block_open(&r, VITERBI_K7_BITS_MAX, levels[row]);
        for (size_t k = 7; k < 2 * b.n; k += 32) {
            b.soft[k] = (int8_t)-b.soft[k];
        }
        viterbi_k7_decode(*state, b.soft, b.n, b.found);
        assert_int_equal(errors(&b), 0);
        block_close(&b);
    }
}

static void erasures_of_three_quarters_rate_are_filled_in(void **state)
{
    struct rng r = {3};
    struct block b = block_open(&r, 606, 15);

    for (size_t k = 0; k < 2 * b.n; k++) {
        if (k % 6 == 3 || k % 6 == 4) {
            b.soft[k] = 0;
        }
    }
    viterbi_k7_decode(*state, b.soft, b.n, b.found);
    assert_int_equal(errors(&b), 0);
    block_close(&b);
}

/* Ways that cost the same: the oldest bit 0 wins, so all bits are 0. */
static void erasures_alone_are_zeros_whatever_the_length(void **state)
{
    struct rng r = {6};

    for (size_t n = 1; n < 3 * WHOLE; n += n < 20 ? 1 : 61) {
        struct block b = block_open(&r, n, 0);
        memset(b.found, 1, n);
        viterbi_k7_decode(*state, b.soft, n, b.found);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(b.found[k], 0);
        }
        block_close(&b);
    }
}

static void beyond_fifteen_is_fifteen(void **state)
{
    static const struct {
        int8_t far, near;
    } row[] = {{-16, -15}, {-128, -15}, {127, 15}, {16, 15}};
    enum { N = 1000 };
    struct rng r = {7};

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct block b = block_open(&r, N, 9);
        uint8_t far[N];
        for (size_t j = 0; j < (size_t)2 * N; j += 1 + rng_below(&r, 8)) {
            b.soft[j] = row[k].far;
        }
        viterbi_k7_decode(*state, b.soft, N, far);
        for (size_t j = 0; j < (size_t)2 * N; j++) {
            b.soft[j] = b.soft[j] == row[k].far ? row[k].near : b.soft[j];
        }
        viterbi_k7_decode(*state, b.soft, N, b.found);
        assert_memory_equal(far, b.found, N);
        block_close(&b);
    }
}

static void packed_bits_are_the_same_also_in_place(void **state)
{
    struct rng r = {8};

    for (size_t n = 1; n < 3 * WHOLE; n += 1 + rng_below(&r, 50)) {
        struct block b = block_open(&r, n, 5);
        uint8_t *at = (uint8_t *)b.soft;
        add_noise(&b, &r, 2);
        viterbi_k7_decode(*state, b.soft, n, b.found);
        viterbi_k7_decode_packed(*state, b.soft, n, at);
        for (size_t k = 0; k < (n + 7) / 8 * 8; k++) {
            assert_int_equal(at[k / 8] >> k % 8 & 1, k < n ? b.found[k] : 0);
        }
        block_close(&b);
    }
}

/* --- metrics -------------------------------------------------------------- */

/* The worst soft values that a search finds push the metrics far apart. */
static void metrics_stay_below_what_the_comment_says(void **state)
{
    enum { STEPS = 64 };
    struct rng r = {10};
    int widest = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        uint8_t metric[VITERBI_K7_STATES];
        viterbi_k7_begin(metric);
        for (int k = 0; k < STEPS; k++) {
            int8_t soft[2] = {(int8_t)(rng_below(&r, 2) ? 15 : -15),
                              (int8_t)(rng_below(&r, 2) ? 15 : -15)};
            uint64_t decision;
            int low = 255, high = 0;
            /* A step alone takes nothing off. */
            for (int s = 0; s < VITERBI_K7_STATES; s++) {
                low = metric[s] < low ? metric[s] : low;
            }
            for (int s = 0; k % 8 == 0 && s < VITERBI_K7_STATES; s++) {
                metric[s] = (uint8_t)(metric[s] - low);
            }
            viterbi_k7_steps_portable(metric, soft, 1, &decision);
            low = 255;
            for (int s = 0; s < VITERBI_K7_STATES; s++) {
                low = metric[s] < low ? metric[s] : low;
                high = metric[s] > high ? metric[s] : high;
            }
            assert_true(high < 255);
            assert_true(k < 8 || high - low <= 120);
            widest = k >= 8 && high - low > widest ? high - low : widest;
        }
    }
    assert_true(widest >= 90); /* the search is one */
}

static void all_variants_decide_alike(void **state)
{
    viterbi_k7_steps_fn *const variant[] = {viterbi_k7_steps_avx2(),
                                            viterbi_k7_steps_avx512()};
    enum { N = 1003 };
    struct rng r = {11};

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct block b = block_open(&r, N, 1 + (int)rng_below(&r, 30));
        uint8_t metric[2][VITERBI_K7_STATES];
        uint64_t decision[2][N];
        size_t cut = 4 * rng_below(&r, N / 4);
        add_noise(&b, &r, 1 + (int)rng_below(&r, 9));
        for (size_t k = 0; round % 4 == 0 && k < (size_t)2 * N; k++) {
            b.soft[k] = (int8_t)rng_next(&r);
        }
        viterbi_k7_begin(metric[0]);
        viterbi_k7_steps_portable(metric[0], b.soft, N, decision[0]);
        for (size_t v = 0; v < CHECK_ROWS(variant); v++) {
            if (variant[v] == NULL) {
                continue;
            }
            viterbi_k7_begin(metric[1]);
            variant[v](metric[1], b.soft, cut, decision[1]);
            variant[v](metric[1], b.soft + 2 * cut, N - cut, decision[1] + cut);
            assert_memory_equal(decision[1], decision[0], sizeof decision[0]);
            assert_memory_equal(metric[1], metric[0], sizeof metric[0]);
        }
        block_close(&b);
    }
    printf("avx2 %s, avx512 %s\n", variant[0] != NULL ? "compared" : "not here",
           variant[1] != NULL ? "compared" : "not here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoder_and_definition_agree),
        cmocka_unit_test(decoder_finds_a_best_word_of_all),
        cmocka_unit_test(windows_lose_nothing_to_a_whole_block),
        cmocka_unit_test(windows_lose_little_at_rate_five_sixths),
        cmocka_unit_test(longest_block_survives_three_percent_of_wrong_bits),
        cmocka_unit_test(erasures_of_three_quarters_rate_are_filled_in),
        cmocka_unit_test(erasures_alone_are_zeros_whatever_the_length),
        cmocka_unit_test(beyond_fifteen_is_fifteen),
        cmocka_unit_test(packed_bits_are_the_same_also_in_place),
        cmocka_unit_test(metrics_stay_below_what_the_comment_says),
        cmocka_unit_test(all_variants_decide_alike),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
