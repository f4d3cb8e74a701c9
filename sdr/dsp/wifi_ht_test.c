/* wifi_ht_test.c - HT-SIG and what a wrong bit does to it. */
#include "tests/check.h"

#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/dsp/wifi_phy.h"

static const struct wifi_ht_sig example = {
    .mcs = 0x25,
    .wide = true,
    .length = 0xbeef,
    .smoothing = true,
    .sounding = true,
    .aggregated = true,
    .stbc = 2,
    .ldpc = true,
    .short_gi = true,
    .extra_ltfs = 1,
};

/* Figures 19-6 and 19-7, written down field by field, the first bit first. */
static void fields_stand_where_the_standard_puts_them(void **state)
{
    static const char sent[] = "1010010"
                               "1"
                               "1111011101111101"
                               "1"
                               "0"
                               "1"
                               "1"
                               "01"
                               "1"
                               "1"
                               "10";
    uint8_t bits[WIFI_HT_SIG_BITS];

    (void)state;
    wifi_ht_sig_pack(&example, bits);
    for (size_t k = 0; k < sizeof sent - 1; k++) {
        assert_int_equal(bits[k], sent[k] - '0');
    }
    for (size_t k = 42; k < WIFI_HT_SIG_BITS; k++) {
        assert_int_equal(bits[k], 0); /* tail */
    }
}

/* 19.3.9.4.4 by long division: the message with its first eight bits inverted,
 * times x^8, modulo x^8 + x^2 + x + 1; the remainder inverted. */
static void crc_is_the_remainder_of_a_division(void **state)
{
    uint8_t bits[WIFI_HT_SIG_BITS], left[34 + 8];

    (void)state;
    wifi_ht_sig_pack(&example, bits);
    memset(left, 0, sizeof left);
    memcpy(left, bits, 34);
    for (size_t k = 0; k < 8; k++) {
        left[k] ^= 1;
    }
    for (size_t k = 0; k < 34; k++) {
        if (left[k] != 0) {
            left[k] ^= 1;
            left[k + 6] ^= 1;
            left[k + 7] ^= 1;
            left[k + 8] ^= 1;
        }
    }
    for (size_t k = 0; k < 8; k++) {
        assert_int_equal(bits[34 + k], left[34 + k] ^ 1);
    }
}

static void what_is_packed_is_parsed(void **state)
{
    uint8_t bits[WIFI_HT_SIG_BITS];
    struct wifi_ht_sig s = {0};

    (void)state;
    wifi_ht_sig_pack(&example, bits);
    assert_int_equal(wifi_ht_sig_parse(bits, &s), 0);
    assert_int_equal(s.mcs, example.mcs);
    assert_int_equal(s.length, example.length);
    assert_true(s.wide && s.smoothing && s.sounding && s.aggregated && s.ldpc &&
                s.short_gi);
    assert_int_equal(s.stbc, 2);
    assert_int_equal(s.extra_ltfs, 1);
}

static void every_wrong_bit_is_noticed(void **state)
{
    uint8_t bits[WIFI_HT_SIG_BITS];
    struct wifi_ht_sig s;

    (void)state;
    wifi_ht_sig_pack(&example, bits);
    for (size_t k = 0; k < WIFI_HT_SIG_BITS; k++) {
        bits[k] ^= 1;
        assert_int_equal(wifi_ht_sig_parse(bits, &s), ERR_BAD_INPUT);
        bits[k] ^= 1;
    }
}

/* Table 19-27. */
static void rates_are_those_of_the_table(void **state)
{
    static const uint32_t kbps[WIFI_PHY_HT_RATES][2] = {
        {6500, 7222},   {13000, 14444}, {19500, 21667}, {26000, 28889},
        {39000, 43333}, {52000, 57778}, {58500, 65000}, {65000, 72222}};

    (void)state;
    for (size_t k = 0; k < WIFI_PHY_HT_RATES; k++) {
        assert_int_equal(wifi_phy_kbps(&wifi_phy_ht[k], false), kbps[k][0]);
        assert_int_equal(wifi_phy_kbps(&wifi_phy_ht[k], true), kbps[k][1]);
        assert_int_equal(wifi_phy_ht[k].cbps, 52 * wifi_phy_ht[k].bpsc);
        assert_int_equal(wifi_phy_ht[k].code, k);
    }
    assert_int_equal(wifi_phy_kbps(&wifi_phy_rate[7], false), 54000);
}

/* Each coded bit that is sent comes from a place of its own (19.3.11.6, 8). */
static void interleaving_is_a_one_to_one_map(void **state)
{
    (void)state;
    for (size_t r = 0; r < WIFI_PHY_HT_RATES; r++) {
        const struct wifi_phy_rate *rate = &wifi_phy_ht[r];
        uint16_t map[WIFI_PHY_CBPS_MAX];
        uint8_t seen[2 * WIFI_PHY_DBPS_MAX] = {0};
        wifi_phy_map(rate, map);
        for (size_t k = 0; k < rate->cbps; k++) {
            assert_in_range(map[k], 0, 2 * rate->dbps - 1);
            assert_int_equal(seen[map[k]], 0);
            seen[map[k]] = 1;
        }
        if (r == 7) { /* 5/6: of ten coded bits, these are sent */
            for (size_t k = 0; k < 2u * rate->dbps; k++) {
                assert_int_equal(seen[k], "1110011001"[k % 10] - '0');
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_where_the_standard_puts_them),
        cmocka_unit_test(crc_is_the_remainder_of_a_division),
        cmocka_unit_test(what_is_packed_is_parsed),
        cmocka_unit_test(every_wrong_bit_is_noticed),
        cmocka_unit_test(rates_are_those_of_the_table),
        cmocka_unit_test(interleaving_is_a_one_to_one_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
