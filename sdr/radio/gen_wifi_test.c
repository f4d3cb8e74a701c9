/*
 * gen_wifi_test.c - the worked example of IEEE 802.11-2020 annex I.1: a frame
 * of 100 bytes at 36 Mbit/s.
 */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/dsp/viterbi_k7.h"
#include "sdr/radio/gen_wifi.h"

enum { MESSAGE = 100, RATE_36 = 5 };

/* Table I-1: header, text and FCS. */
static const uint8_t header[24] = {
    0x04, 0x02, 0x00, 0x2e, 0x00, 0x60, 0x08, 0xcd, 0x37, 0xa6, 0x00, 0x20,
    0xd6, 0x01, 0x3c, 0xf1, 0x00, 0x60, 0x08, 0xad, 0x3b, 0xaf, 0x00, 0x00};
static const char text[] = "Joy, bright spark of divinity,\n"
                           "Daughter of Elysium,\nFire-insired we trea";
static const uint8_t fcs[4] = {0x67, 0x33, 0x21, 0xb6};

static void message(uint8_t psdu[MESSAGE])
{
    memcpy(psdu, header, sizeof header);
    memcpy(psdu + sizeof header, text, sizeof text - 1);
    memcpy(psdu + MESSAGE - 4, fcs, sizeof fcs);
}

/* Bits as text, blanks ignored, compared with 'n' bits. */
static void check_bits(const uint8_t *bits, size_t n, const char *expected)
{
    size_t k = 0;

    for (const char *p = expected; *p != '\0'; p++) {
        if (*p != ' ') {
            assert_true(k < n);
            assert_int_equal(bits[k], *p - '0');
            k++;
        }
    }
    assert_int_equal(k, n);
}

/* The same for bits packed into bytes, the first in the highest bit. */
static void check_packed(const uint8_t *bits, const uint8_t *packed, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(bits[k], packed[k / 8] >> (7 - k % 8) & 1);
    }
}

static void fcs_of_the_example_is_computed(void **state)
{
    uint8_t psdu[MESSAGE];

    (void)state;
    message(psdu);
    memset(psdu + MESSAGE - 4, 0, 4);
    gen_wifi_fcs(psdu, MESSAGE - 4);
    assert_memory_equal(psdu + MESSAGE - 4, fcs, 4);
}

static void signal_of_the_example_is_coded_and_interleaved(void **state)
{
    struct wifi_phy_signal s = {&wifi_phy_rate[RATE_36], MESSAGE};
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];
    uint8_t out[48];
    unsigned encoder = 0;

    (void)state;
    wifi_phy_signal_pack(&s, bits);
    check_bits(bits, sizeof bits, "1011 0001 0011 0000 0000 0000");
    (void)viterbi_k7_encode(0, bits, sizeof bits, out);
    check_bits(out, sizeof out,
               "1101 0001 1010 0001 0000 0010 0011 1110 "
               "0111 0000 0000 0000");
    gen_wifi_interleaved(&wifi_phy_rate[0], bits, &encoder, out);
    check_bits(out, sizeof out,
               "1001 0100 1101 0000 0001 0100 1000 0011 "
               "0010 0100 1001 0100");
}

static void
first_symbol_of_the_example_is_scrambled_and_interleaved(void **state)
{
    static const uint8_t scrambled[18] = {0x6c, 0x19, 0x89, 0x8f, 0x68, 0x21,
                                          0xf4, 0xa5, 0x61, 0x4f, 0xd7, 0xae,
                                          0x24, 0x0c, 0xf3, 0x3a, 0xe4, 0xbc};
    static const uint8_t interleaved[24] = {
        0x77, 0xf0, 0xef, 0xc4, 0x73, 0x00, 0xbf, 0x11, 0x10, 0x9a, 0x1d, 0x12,
        0x6e, 0x38, 0xf5, 0x69, 0x1b, 0x6b, 0x98, 0x43, 0x00, 0x0d, 0xb3, 0x6d};
    uint8_t psdu[MESSAGE];
    uint8_t bits[WIFI_PHY_DBPS_MAX];
    uint8_t out[WIFI_PHY_CBPS_MAX];
    unsigned encoder = 0;
    struct gen_wifi_frame f = {.rate = &wifi_phy_rate[RATE_36],
                               .psdu = psdu,
                               .psdu_len = MESSAGE,
                               .scrambler = 0x5d};

    (void)state;
    message(psdu);
    assert_int_equal(wifi_phy_symbols(f.rate, MESSAGE), 6);
    gen_wifi_scrambled(&f, 0, bits);
    check_packed(bits, scrambled, 144);
    gen_wifi_interleaved(f.rate, bits, &encoder, out);
    check_packed(out, interleaved, 192);
}

static void
tail_of_the_last_symbol_is_zero_and_its_padding_scrambled(void **state)
{
    uint8_t psdu[MESSAGE];
    uint8_t bits[WIFI_PHY_DBPS_MAX];
    struct gen_wifi_frame f = {.rate = &wifi_phy_rate[RATE_36],
                               .psdu = psdu,
                               .psdu_len = MESSAGE,
                               .scrambler = 0x5d};
    int ones = 0;

    (void)state;
    message(psdu);
    gen_wifi_scrambled(&f, 5, bits);
    for (size_t k = 96; k < 102; k++) { /* bits 816 to 821 of 864 */
        assert_int_equal(bits[k], 0);
    }
    for (size_t k = 102; k < 144; k++) {
        ones += bits[k];
    }
    assert_in_range(ones, 12, 30);
}

static void close_to(float complex x, double re, double im)
{
    assert_true(fabs((double)crealf(x) - re) < 0.0006);
    assert_true(fabs((double)cimagf(x) - im) < 0.0006);
}

static void training_fields_of_the_example_come_out(void **state)
{
    uint8_t psdu[MESSAGE];
    struct gen_wifi_frame f = {.rate = &wifi_phy_rate[RATE_36],
                               .psdu = psdu,
                               .psdu_len = MESSAGE,
                               .scrambler = 0x5d};
    size_t n = gen_wifi_length(&f);
    float complex *x = calloc(n, sizeof *x);
    struct gen_wifi *g = NULL;
    float scale = 0.112687234f; /* the annex divides by 64, not sqrt(52) */
    double power = 0;

    (void)state;
    assert_non_null(x);
    assert_int_equal(gen_wifi_open(&g), 0);
    message(psdu);
    gen_wifi(g, &f, x);
    close_to(x[0] * scale, 0.046, 0.046); /* Tables I-4 and I-6 */
    close_to(x[1] * scale, -0.132, 0.002);
    close_to(x[17] * scale, -0.132, 0.002);
    close_to(x[160] * scale, -0.156, 0.000);
    close_to(x[192] * scale, 0.156, 0.000);
    close_to(x[193] * scale, -0.005, -0.120);
    for (size_t k = 0; k < n; k++) {
        power += (double)cf_norm(x[k]) / (double)n;
    }
    assert_true(power > 0.9 && power < 1.1);
    gen_wifi_close(g);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fcs_of_the_example_is_computed),
        cmocka_unit_test(signal_of_the_example_is_coded_and_interleaved),
        cmocka_unit_test(
            first_symbol_of_the_example_is_scrambled_and_interleaved),
        cmocka_unit_test(
            tail_of_the_last_symbol_is_zero_and_its_padding_scrambled),
        cmocka_unit_test(training_fields_of_the_example_come_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
