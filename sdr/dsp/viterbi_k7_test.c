/* viterbi_k7_test.c - against every code word, and over noisy long blocks. */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/dsp/viterbi_k7.h"

enum { FREE = 9, TAIL = 6, SHORT = FREE + TAIL };

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

/* How well the word with the free bits 'word' fits, and its bits. */
static int fit(unsigned word, const int8_t *soft, uint8_t *bits)
{
    uint8_t coded[2 * SHORT];
    int sum = 0;

    for (unsigned k = 0; k < SHORT; k++) {
        bits[k] = (uint8_t)(word >> k & 1);
    }
    (void)viterbi_k7_encode(0, bits, SHORT, coded);
    for (size_t k = 0; k < sizeof coded; k++) {
        sum += coded[k] ? soft[k] : -soft[k];
    }
    return sum;
}

static void impulse_response_is_the_two_generators(void **state)
{
    static const uint8_t bits[7] = {1};
    static const uint8_t expected[14] = {1, 1, 0, 1, 1, 1, 1,
                                         1, 0, 0, 1, 0, 1, 1};
    uint8_t coded[14];

    (void)state; /* 133 octal is 1011011, 171 octal is 1111001 */
    (void)viterbi_k7_encode(0, bits, 7, coded);
    assert_memory_equal(coded, expected, sizeof coded);
}

static void decoder_finds_a_best_word_of_all(void **state)
{
    struct rng r = {1};

    for (int round = 0; round < 300; round++) {
        int8_t soft[2 * SHORT];
        uint8_t bits[SHORT];
        uint8_t found[SHORT];
        unsigned word = 0;
        int best = -100000;

        for (size_t k = 0; k < sizeof soft; k++) {
            soft[k] = (int8_t)((int)rng_below(&r, 255) - 127);
        }
        for (unsigned w = 0; w < 1u << FREE; w++) {
            int sum = fit(w, soft, bits);
            best = sum > best ? sum : best;
        }
        viterbi_k7_decode(*state, soft, SHORT, found);
        for (unsigned k = 0; k < SHORT; k++) {
            word |= (unsigned)found[k] << k;
        }
        assert_int_equal(word >> FREE, 0);
        assert_int_equal(fit(word, soft, bits), best);
    }
}

/* A block of n random bits with tail, coded, as soft values of +-level. */
static void random_block(struct rng *r, size_t n, int level, uint8_t *bits,
                         int8_t *soft)
{
    uint8_t *coded = malloc(2 * n);

    assert_non_null(coded);
    for (size_t k = 0; k < n; k++) {
        bits[k] = k + TAIL < n ? (uint8_t)rng_below(r, 2) : 0;
    }
    (void)viterbi_k7_encode(0, bits, n, coded);
    for (size_t k = 0; k < 2 * n; k++) {
        soft[k] = (int8_t)(coded[k] ? level : -level);
    }
    free(coded);
}

static void longest_block_survives_three_percent_of_wrong_bits(void **state)
{
    static const int levels[] = {1, 20, 127};
    size_t n = VITERBI_K7_BITS_MAX;
    uint8_t *bits = malloc(n);
    uint8_t *found = malloc(n);
    int8_t *soft = malloc(2 * n);
    struct rng r = {2};

    assert_true(bits != NULL && found != NULL && soft != NULL);
    for (size_t row = 0; row < CHECK_ROWS(levels); row++) {
        random_block(&r, n, levels[row], bits, soft);
        for (size_t k = 0; k < 2 * n; k++) {
            if (k % 32 == 7) {
                soft[k] = (int8_t)-soft[k];
            }
        }
        viterbi_k7_decode(*state, soft, n, found);
        assert_memory_equal(found, bits, n);
    }
    free(bits);
    free(found);
    free(soft);
}

static void erasures_of_three_quarters_rate_are_filled_in(void **state)
{
    enum { N = 606 };
    uint8_t bits[N];
    uint8_t found[N];
    int8_t soft[2 * N];
    struct rng r = {3};

    random_block(&r, N, 30, bits, soft);
    for (size_t k = 0; k < sizeof soft; k++) {
        if (k % 6 == 3 || k % 6 == 4) {
            soft[k] = 0;
        }
    }
    viterbi_k7_decode(*state, soft, N, found);
    assert_memory_equal(found, bits, N);
}

static void extreme_soft_values_do_no_harm(void **state)
{
    enum { N = 1000 };
    static const int8_t value[] = {-128, 127, 0};
    int8_t soft[2 * N];
    uint8_t found[N];

    for (size_t row = 0; row < CHECK_ROWS(value); row++) {
        memset(soft, value[row], sizeof soft);
        viterbi_k7_decode(*state, soft, N, found);
        for (size_t k = 0; k < N; k++) {
            assert_true(found[k] <= 1);
        }
    }
    memset(soft, -128, sizeof soft);
    viterbi_k7_decode(*state, soft, 1, found);
    assert_int_equal(found[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impulse_response_is_the_two_generators),
        cmocka_unit_test(decoder_finds_a_best_word_of_all),
        cmocka_unit_test(longest_block_survives_three_percent_of_wrong_bits),
        cmocka_unit_test(erasures_of_three_quarters_rate_are_filled_in),
        cmocka_unit_test(extreme_soft_values_do_no_harm),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
