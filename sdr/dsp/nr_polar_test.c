/*
 * nr_polar_test.c - the polar code: its tables by what they must be, its
 * encoder against the definition, its decoder in noise.
 */
#include "sdr/dsp/nr_polar.h"

#include <math.h>
#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

static uint64_t random_block(struct rng *r)
{
    uint64_t a = rng_next(r) >> 32;

    return a << NR_POLAR_CRC | nr_crc24c(a, 32);
}

/* A sum of twelve uniform values: near enough to Gaussian, deviation 1. */
static float gauss(struct rng *r)
{
    float sum = -6;

    for (int k = 0; k < 12; k++) {
        sum += (float)rng_below(r, 1 << 20) / (1 << 20);
    }
    return sum;
}

static void crc_of_one_bit_is_its_polynomial(void **state)
{
    (void)state;
    assert_int_equal(nr_crc24c(1, 1), 0xb2b117);
    assert_int_equal(nr_crc24c(1, 40),
                     0xb2b117); /* zeros before change nothing */
    assert_int_equal(nr_crc24c((uint64_t)1 << 24 | 0xb2b117, 56), 0);
}

/* Whatever the channel, a position is no better than one that has all its ones
 * and more: so what carries bits is closed upwards. */
static void positions_with_more_ones_carry_bits_too(void **state)
{
    /* Those of table 5.3.1.2-1 by their number. */
    static const uint16_t table[NR_POLAR_K] = {
        247, 253, 254, 255, 367, 375, 379, 381, 382, 383, 415, 431, 439, 441,
        443, 444, 445, 446, 447, 463, 469, 470, 471, 473, 474, 475, 476, 477,
        478, 479, 483, 485, 486, 487, 489, 490, 491, 492, 493, 494, 495, 497,
        498, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 511};
    uint16_t at[NR_POLAR_K];
    bool carries[NR_POLAR_N] = {false};

    (void)state;
    nr_polar_positions(at);
    assert_memory_equal(at, table, sizeof at);
    for (size_t k = 0; k < NR_POLAR_K; k++) {
        carries[at[k]] = true;
    }
    for (unsigned n = 0; n < NR_POLAR_N; n++) {
        for (unsigned bit = 1; carries[n] && bit < NR_POLAR_N; bit *= 2) {
            assert_true(carries[n | bit]);
        }
    }
}

static void orders_leave_nothing_out(void **state)
{
    uint8_t order[NR_POLAR_K];
    uint64_t bits = 0;
    bool sent[NR_POLAR_N] = {false};

    (void)state;
    nr_polar_order(order);
    for (size_t k = 0; k < NR_POLAR_K; k++) {
        bits |= (uint64_t)1 << order[k];
    }
    assert_true(bits == ((uint64_t)1 << NR_POLAR_K) - 1);
    for (size_t n = 0; n < NR_POLAR_N; n++) {
        sent[nr_polar_sent(n)] = true;
    }
    for (size_t n = 0; n < NR_POLAR_N; n++) {
        assert_true(sent[n]);
    }
    /* Table 5.4.1.1-1, pieces of 16: the fourth and fifth are exchanged. */
    assert_int_equal(nr_polar_sent(3 * 16 + 5), 4 * 16 + 5);
    assert_int_equal(nr_polar_sent(9 * 16), 16 * 16);
}

/* With the order as it is every bit of the CRC comes behind all it depends on;
 * for one information bit: those of the CRC it changes are later. */
static void crc_bits_come_behind_what_they_check(void **state)
{
    uint8_t order[NR_POLAR_K];
    size_t place[NR_POLAR_K];

    (void)state;
    nr_polar_order(order);
    for (size_t k = 0; k < NR_POLAR_K; k++) {
        place[order[k]] = k;
    }
    for (unsigned k = 0; k < 32; k++) {
        uint32_t crc = nr_crc24c((uint64_t)1 << (31 - k), 32);
        for (unsigned j = 0; j < NR_POLAR_CRC; j++) {
            if ((crc >> (NR_POLAR_CRC - 1 - j) & 1) != 0) {
                assert_true(place[32 + j] > place[k]);
            }
        }
    }
}

/* Bit k of the code word is the sum of all bits of u at places that have all
 * ones of k; 5.3.1.2 with the power of [1 0; 1 1]. */
static void encoding_is_what_the_definition_says(void **state)
{
    struct rng r = {1};
    uint16_t at[NR_POLAR_K];
    uint8_t order[NR_POLAR_K];

    (void)state;
    nr_polar_positions(at);
    nr_polar_order(order);
    for (int trial = 0; trial < 20; trial++) {
        uint64_t block = random_block(&r);
        uint8_t e[NR_POLAR_E];
        nr_polar_encode(block, e);
        for (size_t n = 0; n < NR_POLAR_E; n++) {
            size_t k = nr_polar_sent(n % NR_POLAR_N);
            uint64_t sum = 0;
            for (size_t j = 0; j < NR_POLAR_K; j++) {
                sum ^= (at[j] & k) == k
                           ? block >> (NR_POLAR_K - 1 - order[j]) & 1
                           : 0;
            }
            assert_int_equal(e[n], sum);
        }
    }
}

/* Of 'trials' blocks whose bits have 'snr_db', how many come back. */
static unsigned blocks_through(double snr_db, unsigned trials)
{
    struct rng r = {2};
    float deviation = (float)pow(10, -snr_db / 20);
    unsigned right = 0;

    for (unsigned t = 0; t < trials; t++) {
        uint64_t block = random_block(&r), got;
        uint8_t e[NR_POLAR_E];
        float llr[NR_POLAR_E];
        nr_polar_encode(block, e);
        for (size_t k = 0; k < NR_POLAR_E; k++) {
            llr[k] = (e[k] ? -1.0f : 1.0f) + deviation * gauss(&r);
        }
        bool found = nr_polar_decode(llr, &got);
        assert_true(!found || got == block); /* no false one */
        right += found ? 1 : 0;
    }
    return right;
}

static void blocks_come_back_out_of_noise(void **state)
{
    (void)state;
    assert_int_equal(blocks_through(20, 20), 20);
    /* Of 864 bits -8.5 dB is Eb/N0 2.8 dB for 32. */
    assert_true(blocks_through(-8.5, 100) >= 95);
    assert_true(blocks_through(-14, 100) < 50);
}

static void noise_has_no_right_crc(void **state)
{
    struct rng r = {3};

    (void)state;
    for (int t = 0; t < 300; t++) {
        uint64_t block;
        float llr[NR_POLAR_E];
        for (size_t k = 0; k < NR_POLAR_E; k++) {
            llr[k] = gauss(&r);
        }
        assert_false(nr_polar_decode(llr, &block));
    }
}

static void values_that_are_not_finite_give_nothing(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    uint64_t block = 7;
    uint8_t e[NR_POLAR_E];
    float llr[NR_POLAR_E];

    (void)state;
    nr_polar_encode(0x123456000000 | nr_crc24c(0x123456, 32), e);
    for (size_t i = 0; i < CHECK_ROWS(odd); i++) {
        for (size_t k = 0; k < NR_POLAR_E; k++) {
            llr[k] = e[k] ? -1 : 1;
        }
        llr[700] = odd[i];
        assert_false(nr_polar_decode(llr, &block));
        assert_true(block == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_of_one_bit_is_its_polynomial),
        cmocka_unit_test(positions_with_more_ones_carry_bits_too),
        cmocka_unit_test(orders_leave_nothing_out),
        cmocka_unit_test(crc_bits_come_behind_what_they_check),
        cmocka_unit_test(encoding_is_what_the_definition_says),
        cmocka_unit_test(blocks_come_back_out_of_noise),
        cmocka_unit_test(noise_has_no_right_crc),
        cmocka_unit_test(values_that_are_not_finite_give_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
