/*
 * gen_dsss_test.c - chips of the sender against IEEE 802.11-2020 15.2.3 and
 * 16.4.6, written out again from the text, in degrees.
 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/radio/gen_dsss.h"
#include "sdr/radio/impair.h"

enum { CHIPS_MAX = 5000 };

/* The frame as it should be: bits go in, chips come out. */
struct expected {
    int chip[CHIPS_MAX]; /* degrees */
    size_t n;
    int phase;
    int z[8]; /* of the scrambler, z[1] to z[7] */
};

static int scrambled(struct expected *e, int bit)
{
    int out = bit ^ e->z[4] ^ e->z[7];

    for (int k = 7; k > 1; k--) {
        e->z[k] = e->z[k - 1];
    }
    e->z[1] = out;
    return out;
}

static void barker(struct expected *e, int turn)
{
    static const char sign[] = "+-++-+++---"; /* 15.4.6.4 */

    e->phase = (e->phase + turn) % 360;
    for (int k = 0; k < 11; k++) {
        e->chip[e->n++] = (e->phase + (sign[k] == '-' ? 180 : 0)) % 360;
    }
}

static void dbpsk(struct expected *e, const char *bits)
{
    for (; *bits != '\0'; bits++) {
        if (*bits != ' ') {
            barker(e, scrambled(e, *bits - '0') ? 180 : 0);
        }
    }
}

/* Tables 15-3 and 16-5. */
static int dqpsk(int a, int b)
{
    return !a && !b ? 0 : !a && b ? 90 : a && b ? 180 : 270;
}

/* 16.4.6.6, symbol 'number' of a byte at 11 Mbit/s. */
static void cck11(struct expected *e, unsigned byte, int number)
{
    int d[8], p[5];

    for (int k = 0; k < 8; k++) {
        d[k] = scrambled(e, byte >> k & 1);
    }
    e->phase = (e->phase + dqpsk(d[0], d[1]) + (number % 2 ? 180 : 0)) % 360;
    p[1] = e->phase;
    for (int k = 2; k <= 4; k++) { /* Table 16-6 */
        p[k] = 180 * d[2 * k - 2] + 90 * d[2 * k - 1];
    }
    int c[8] = {p[1] + p[2] + p[3] + p[4], p[1] + p[3] + p[4],
                p[1] + p[2] + p[4],        p[1] + p[4] + 180,
                p[1] + p[2] + p[3],        p[1] + p[3],
                p[1] + p[2] + 180,         p[1]};
    for (int k = 0; k < 8; k++) {
        e->chip[e->n++] = c[k] % 360;
    }
}

static void compare(const struct expected *e, const struct gen_dsss_frame *f)
{
    static uint8_t chip[CHIPS_MAX];

    assert_int_equal(gen_dsss_chips_max(f), e->n);
    assert_int_equal(gen_dsss_chips(f, chip), e->n);
    for (size_t k = 0; k < e->n; k++) {
        assert_int_equal(90 * chip[k], e->chip[k]);
    }
}

/* SYNC, SFD and the header of the standard's example, 24 bytes at 1 Mbit/s. */
static void long_preamble_is_the_standards(void **state)
{
    static const uint8_t psdu[24] = {0x81};
    struct expected e = {.z = {0, 1, 1, 0, 1, 1, 0, 0}};

    (void)state;
    for (int k = 0; k < 128; k++) {
        dbpsk(&e, "1");
    }
    dbpsk(&e, "0000 0101 1100 1111");
    dbpsk(&e, "0101 0000 0000 0000 0000 0011 0000 0000 0101 1011 0101 0111");
    dbpsk(&e, "1000 0001");
    for (int k = 8; k < 192; k++) {
        dbpsk(&e, "0");
    }
    compare(&e, &(struct gen_dsss_frame){.rate = &wifi_dsss_rate[0],
                                         .psdu = psdu,
                                         .psdu_len = sizeof psdu});
}

/* Short preamble, its header by DQPSK, and CCK behind it. */
static void short_preamble_and_cck_are_the_standards(void **state)
{
    static const uint8_t psdu[11] = {0x00, 0xff, 0x1b, 0xe4, 0x27, 0x93,
                                     0x5a, 0xc6, 0x81, 0x7e, 0x36};
    struct wifi_dsss_header h = {.signal = 0x6e, .length = 8};
    uint8_t bits[WIFI_DSSS_HEADER_BITS];
    struct expected e = {.z = {0, 0, 0, 1, 1, 0, 1, 1}};

    (void)state;
    for (int k = 0; k < 56; k++) {
        dbpsk(&e, "0");
    }
    dbpsk(&e, "1111 0011 1010 0000");
    wifi_dsss_header_pack(&h, bits);
    for (size_t k = 0; k < WIFI_DSSS_HEADER_BITS; k += 2) {
        int a = scrambled(&e, bits[k]);
        barker(&e, dqpsk(a, scrambled(&e, bits[k + 1])));
    }
    for (size_t k = 0; k < sizeof psdu; k++) {
        cck11(&e, psdu[k], (int)k);
    }
    compare(&e, &(struct gen_dsss_frame){.rate = &wifi_dsss_rate[3],
                                         .short_preamble = true,
                                         .psdu = psdu,
                                         .psdu_len = sizeof psdu});
}

static void power_is_one(void **state)
{
    static const uint8_t psdu[400] = {9, 8, 7};

    (void)state;
    for (size_t r = 0; r < WIFI_DSSS_RATES; r++) {
        struct gen_dsss_frame f = {
            .rate = &wifi_dsss_rate[r], .psdu = psdu, .psdu_len = sizeof psdu};
        size_t n = gen_dsss_length(&f);
        float complex *x = calloc(n, sizeof *x);
        assert_non_null(x);
        assert_int_equal(gen_dsss(&f, x), 0);
        assert_float_equal(impair_power(x, n), 1, 0.05);
        free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_preamble_is_the_standards),
        cmocka_unit_test(short_preamble_and_cck_are_the_standards),
        cmocka_unit_test(power_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
