/* wifi_ampdu_test.c - delimiters, right ones and those that lie. */
#include "tests/check.h"

#include <string.h>

#include "sdr/dsp/wifi_ampdu.h"

enum { ROOM = 4096 };

/* Appends an MPDU of 'len' bytes of value 'fill'; the new length. */
static size_t append(uint8_t *psdu, size_t n, size_t len, uint8_t fill)
{
    wifi_ampdu_delimiter((unsigned)len, psdu + n);
    memset(psdu + n + 4, fill, len);
    return n + 4 + (len + 3) / 4 * 4;
}

/* The next one is psdu[from], 'len' bytes. */
static void next_is(const uint8_t *psdu, size_t n, size_t *at, size_t from,
                    size_t len)
{
    size_t got = 0;

    assert_int_equal(wifi_ampdu_next(psdu, n, at, &got), from);
    assert_int_equal(got, len);
}

/* 9.7.2: the CRC of 16 bits by long division, as of HT-SIG; lengths 480 and 402
 * are seen on the air with these. */
static void delimiter_is_made_as_others_make_it(void **state)
{
    static const uint8_t of_480[] = {0x00, 0x1e, 0xe2, 0x4e};
    static const uint8_t of_402[] = {0x20, 0x19, 0xbd, 0x4e};
    uint8_t d[WIFI_AMPDU_DELIMITER];

    (void)state;
    wifi_ampdu_delimiter(480, d);
    assert_memory_equal(d, of_480, sizeof d);
    wifi_ampdu_delimiter(402, d);
    assert_memory_equal(d, of_402, sizeof d);
}

static void mpdus_of_all_lengths_modulo_four_are_found(void **state)
{
    static uint8_t psdu[ROOM];
    size_t n = 0, at = 0, from = 0;

    (void)state;
    memset(psdu, 0, sizeof psdu);
    for (size_t len = 14; len < 22; len++) {
        n = append(psdu, n, len, (uint8_t)len);
    }
    for (size_t len = 14; len < 22; len++) {
        next_is(psdu, n, &at, from + 4, len);
        from = from + 4 + (len + 3) / 4 * 4;
    }
    assert_int_equal(wifi_ampdu_next(psdu, n, &at, &from), n);
}

/* Delimiters without an MPDU keep distance, 9.7.3. */
static void empty_delimiters_are_passed(void **state)
{
    static uint8_t psdu[ROOM];
    size_t n, at = 0;

    (void)state;
    memset(psdu, 0, sizeof psdu);
    n = append(psdu, 0, 0, 0);
    n = append(psdu, n, 0, 0);
    n = append(psdu, n, 30, 7);
    n = append(psdu, n, 0, 0);
    next_is(psdu, n, &at, 12, 30);
    size_t len;
    assert_int_equal(wifi_ampdu_next(psdu, n, &at, &len), n);
}

static void one_behind_a_spoiled_delimiter_is_found(void **state)
{
    static uint8_t psdu[ROOM];
    size_t n, at = 0;

    (void)state;
    memset(psdu, 0, sizeof psdu);
    n = append(psdu, 0, 41, 0);
    size_t second = n;
    n = append(psdu, n, 22, 0);
    psdu[1] ^= 0x40;
    next_is(psdu, n, &at, second + 4, 22);
}

/* Right CRC, but more bytes than are left; fewer than a frame has; cut off. */
static void delimiters_that_lie_give_nothing(void **state)
{
    static uint8_t psdu[64];
    size_t at = 0, len;

    (void)state;
    memset(psdu, 0, sizeof psdu);
    wifi_ampdu_delimiter(61, psdu);
    assert_int_equal(wifi_ampdu_next(psdu, 64, &at, &len), 64);
    at = 0;
    wifi_ampdu_delimiter(60, psdu); /* just fits */
    next_is(psdu, 64, &at, 4, 60);
    at = 0;
    wifi_ampdu_delimiter(13, psdu);
    assert_int_equal(wifi_ampdu_next(psdu, 64, &at, &len), 64);
    for (size_t n = 0; n < 4; n++) {
        at = 0;
        assert_int_equal(wifi_ampdu_next(psdu, n, &at, &len), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delimiter_is_made_as_others_make_it),
        cmocka_unit_test(mpdus_of_all_lengths_modulo_four_are_found),
        cmocka_unit_test(empty_delimiters_are_passed),
        cmocka_unit_test(one_behind_a_spoiled_delimiter_is_found),
        cmocka_unit_test(delimiters_that_lie_give_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
