/*
 * wifi_dsss_test.c - 802.11b bits and chips against the standard's example and
 * its formulas, written out again here.
 */
#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "sdr/dsp/wifi_dsss.h"

/* 15.2.3.7: the example of a header of 1 Mbit/s and 192 us. */
static void header_of_the_example_has_its_crc(void **state)
{
    static const char sent[] = "010100000000000000000011000000000"
                               "101101101010111";
    struct wifi_dsss_header h = {.signal = 0x0a, .length = 192}, back;
    uint8_t bits[WIFI_DSSS_HEADER_BITS];

    (void)state;
    wifi_dsss_header_pack(&h, bits);
    for (size_t k = 0; k < sizeof bits; k++) {
        assert_int_equal(bits[k], sent[k] - '0');
    }
    assert_int_equal(wifi_dsss_header_parse(bits, &back), 0);
    assert_int_equal(back.signal, 0x0a);
    assert_int_equal(back.service, 0);
    assert_int_equal(back.length, 192);
    for (size_t k = 0; k < sizeof bits; k++) {
        bits[k] ^= 1;
        assert_int_equal(wifi_dsss_header_parse(bits, &back), ERR_BAD_INPUT);
        bits[k] ^= 1;
    }
}

/* Periodic autocorrelation of a Barker code: 11, and -1 everywhere else. */
static void barker_sequence_has_its_autocorrelation(void **state)
{
    (void)state;
    for (int lag = 0; lag < WIFI_DSSS_BARKER; lag++) {
        int sum = 0;
        for (int k = 0; k < WIFI_DSSS_BARKER; k++) {
            sum += wifi_dsss_barker[k] *
                   wifi_dsss_barker[(k + lag) % WIFI_DSSS_BARKER];
        }
        assert_int_equal(sum, lag == 0 ? WIFI_DSSS_BARKER : -1);
    }
}

/* LENGTH and its extension bit, Table 16-3: bytes, us, bit. */
static void lengths_are_those_of_the_table(void **state)
{
    static const struct {
        uint32_t kbps;
        size_t bytes;
        unsigned us;
        bool extended;
    } row[] = {
        {11000, 1023, 744, false},  {11000, 1024, 745, false},
        {11000, 1025, 746, false},  {11000, 1026, 747, true},
        {11000, 1, 1, false},       {11000, 2, 2, false},
        {11000, 3, 3, true},        {11000, 4, 3, false},
        {11000, 4095, 2979, true},  {5500, 1, 2, false},
        {5500, 11, 16, false},      {5500, 4095, 5957, false},
        {2000, 4095, 16380, false}, {1000, 4095, 32760, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct wifi_dsss_rate *rate = wifi_dsss_rate_find(row[k].kbps);
        struct wifi_dsss_header h = wifi_dsss_describe(rate, row[k].bytes);
        print_message("row %zu\n", k);
        assert_int_equal(h.length, row[k].us);
        assert_int_equal((h.service & WIFI_DSSS_EXTENSION) != 0,
                         row[k].extended);
    }
}

static void every_length_comes_back_and_others_are_refused(void **state)
{
    (void)state;
    for (size_t r = 0; r < WIFI_DSSS_RATES; r++) {
        const struct wifi_dsss_rate *rate = &wifi_dsss_rate[r], *back;
        for (size_t n = 1; n <= WIFI_DSSS_PSDU_MAX; n++) {
            struct wifi_dsss_header h = wifi_dsss_describe(rate, n);
            assert_int_equal(wifi_dsss_announced(&h, &back), n);
            assert_ptr_equal(back, rate);
        }
        struct wifi_dsss_header h = {.signal = rate->signal};
        assert_int_equal(wifi_dsss_announced(&h, &back), 0);
        h.length = 0xffff; /* more bytes than there may be */
        assert_int_equal(wifi_dsss_announced(&h, &back), 0);
        assert_ptr_equal(back, rate);
    }
    const struct wifi_dsss_rate *rate;
    struct wifi_dsss_header pbcc = {
        .signal = 0x6e, .service = WIFI_DSSS_PBCC, .length = 100};
    assert_int_equal(wifi_dsss_announced(&pbcc, &rate), 0);
    assert_int_equal(rate->kbps, 11000);
    struct wifi_dsss_header odd = {.signal = 0x0a, .length = 1001};
    assert_int_equal(wifi_dsss_announced(&odd, &rate), 0); /* 125.1 bytes */
    struct wifi_dsss_header other = {.signal = 0xdc, .length = 100};
    assert_int_equal(wifi_dsss_announced(&other, &rate), 0); /* 22 Mbit/s */
    assert_null(rate);
}

/* The polynomial is z^-7 + z^-4 + 1: by a second way, over the bits sent. */
static void scrambler_is_its_polynomial_and_synchronizes_itself(void **state)
{
    enum { N = 200 };
    struct rng r = {3};
    uint8_t plain[N], sent[N + 7] = {0, 0, 1, 1, 0, 1, 1}; /* Z7 .. Z1 */
    unsigned tx = WIFI_DSSS_LONG_SEED, rx = 0;

    (void)state;
    for (size_t k = 0; k < N; k++) {
        plain[k] = (uint8_t)rng_below(&r, 2);
        sent[k + 7] = plain[k] ^ sent[k + 3] ^ sent[k];
        assert_int_equal(wifi_dsss_scramble(plain[k], &tx), sent[k + 7]);
        uint8_t back = wifi_dsss_descramble(sent[k + 7], &rx);
        if (k >= 7) { /* whatever it began with */
            assert_int_equal(back, plain[k]);
        }
    }
}

/* Chips of a word by the formula of 16.4.6.6, phases in quarter turns. */
static void formula(unsigned p2, unsigned p3, unsigned p4, unsigned *c)
{
    c[0] = p2 + p3 + p4;
    c[1] = p3 + p4;
    c[2] = p2 + p4;
    c[3] = p4 + 2;
    c[4] = p2 + p3;
    c[5] = p3;
    c[6] = p2 + 2;
    c[7] = 0;
}

static void code_words_are_those_of_the_formula_and_are_found(void **state)
{
    (void)state;
    for (unsigned n_bits = 2; n_bits <= 6; n_bits += 4) {
        for (unsigned w = 0; w < 1u << n_bits; w++) {
            uint8_t bits[6], chip[WIFI_DSSS_CCK], got[6];
            unsigned c[WIFI_DSSS_CCK], quarter;
            float complex z[WIFI_DSSS_CCK];
            for (unsigned k = 0; k < n_bits; k++) {
                bits[k] = w >> k & 1;
            }
            if (n_bits == 2) { /* d2, d3 */
                formula(bits[0] ? 3 : 1, 0, bits[1] ? 2 : 0, c);
            } else { /* Table 16-6: 00, 01, 10, 11 in quarters 0, 1, 2, 3 */
                formula(2u * bits[0] + bits[1], 2u * bits[2] + bits[3],
                        2u * bits[4] + bits[5], c);
            }
            wifi_dsss_cck(bits, n_bits, chip);
            for (unsigned turn = 0; turn < 4; turn++) {
                for (size_t k = 0; k < WIFI_DSSS_CCK; k++) {
                    assert_int_equal(chip[k], c[k] & 3);
                    z[k] = wifi_dsss_quarter(2, c[k] + turn);
                }
                float complex level =
                    wifi_dsss_cck_find(z, n_bits, got, &quarter);
                assert_memory_equal(got, bits, n_bits);
                assert_int_equal(quarter, turn);
                assert_float_equal(cabsf(level), 2, 1e-5);
            }
        }
    }
}

/* Tables 15-2 and 15-3: 0 and 1; 00, 01, 11, 10 turn by 0, 1, 2, 3 quarters. */
static void turns_are_those_of_the_tables(void **state)
{
    static const uint8_t dibit[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    static const uint8_t zero = 0, one = 1;

    (void)state;
    assert_int_equal(wifi_dsss_turn(&zero, 1), 0);
    assert_int_equal(wifi_dsss_turn(&one, 1), 2);
    for (unsigned k = 0; k < 4; k++) {
        uint8_t back[2];
        assert_int_equal(wifi_dsss_turn(dibit[k], 2), k);
        wifi_dsss_turned(k, 2, back);
        assert_memory_equal(back, dibit[k], 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_of_the_example_has_its_crc),
        cmocka_unit_test(barker_sequence_has_its_autocorrelation),
        cmocka_unit_test(lengths_are_those_of_the_table),
        cmocka_unit_test(every_length_comes_back_and_others_are_refused),
        cmocka_unit_test(scrambler_is_its_polynomial_and_synchronizes_itself),
        cmocka_unit_test(code_words_are_those_of_the_formula_and_are_found),
        cmocka_unit_test(turns_are_those_of_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
