/* wifi_phy_test.c - SIGNAL, scrambler and interleaver. */
#include "tests/check.h"

#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/wifi_phy.h"

static void signal_of_every_rate_and_length_is_read_back(void **state)
{
    (void)state;
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        for (unsigned n = 1; n <= WIFI_PHY_PSDU_MAX; n++) {
            struct wifi_phy_signal s = {&wifi_phy_rate[k], n};
            struct wifi_phy_signal t = {NULL, 0};
            uint8_t bits[WIFI_PHY_SIGNAL_BITS];

            wifi_phy_signal_pack(&s, bits);
            assert_int_equal(wifi_phy_signal_parse(bits, &t), 0);
            assert_ptr_equal(t.rate, s.rate);
            assert_int_equal(t.length, n);
        }
    }
}

static void signal_with_any_one_wrong_bit_is_refused(void **state)
{
    struct wifi_phy_signal s = {&wifi_phy_rate[5], 100};
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];

    (void)state;
    wifi_phy_signal_pack(&s, bits);
    for (size_t k = 0; k < WIFI_PHY_SIGNAL_BITS; k++) {
        bits[k] ^= 1;
        assert_int_equal(wifi_phy_signal_parse(bits, &s), ERR_BAD_INPUT);
        bits[k] ^= 1;
    }
}

static void
signal_without_length_or_with_an_unknown_rate_is_refused(void **state)
{
    struct wifi_phy_rate unknown = {1, 0x0, 1, 48, 24, 16};
    struct wifi_phy_signal s = {&wifi_phy_rate[0], 0};
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];

    (void)state;
    wifi_phy_signal_pack(&s, bits);
    assert_int_equal(wifi_phy_signal_parse(bits, &s), ERR_BAD_INPUT);
    s = (struct wifi_phy_signal){&unknown, 100};
    wifi_phy_signal_pack(&s, bits);
    assert_int_equal(wifi_phy_signal_parse(bits, &s), ERR_BAD_INPUT);
}

static void scrambler_from_all_ones_begins_as_in_the_standard(void **state)
{
    /* 17.3.5.5: the first 32 bits of the sequence of 127. */
    static const uint8_t expected[32] = {0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1,
                                         1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0,
                                         0, 1, 0, 0, 0, 0, 0, 0, 1, 0};
    uint8_t bits[127] = {0};

    (void)state;
    assert_int_equal(wifi_phy_scramble(bits, 127, 0x7f), 0x7f);
    assert_memory_equal(bits, expected, sizeof expected);
    (void)wifi_phy_scramble(bits, 127, 0x7f);
    for (size_t k = 0; k < sizeof bits; k++) {
        assert_int_equal(bits[k], 0);
    }
}

static void every_coded_bit_is_sent_once_and_the_punctured_never(void **state)
{
    (void)state;
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        const struct wifi_phy_rate *rate = &wifi_phy_rate[k];
        uint16_t map[WIFI_PHY_CBPS_MAX];
        uint8_t seen[2 * WIFI_PHY_DBPS_MAX] = {0};

        wifi_phy_map(rate, map);
        for (size_t j = 0; j < rate->cbps; j++) {
            assert_true(map[j] < 2 * rate->dbps);
            assert_int_equal(seen[map[j]], 0);
            seen[map[j]] = 1;
        }
    }
}

static void neighbours_in_the_code_are_three_tones_apart_at_6_mbps(void **state)
{
    uint16_t map[WIFI_PHY_CBPS_MAX];

    (void)state; /* 17.3.5.7 with one bit a tone: k is sent at 3 (k mod 16) */
    wifi_phy_map(&wifi_phy_rate[0], map);
    assert_int_equal(map[0], 0);
    assert_int_equal(map[3], 1);
    assert_int_equal(map[6], 2);
    assert_int_equal(map[1], 16);
    assert_int_equal(map[47], 47);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signal_of_every_rate_and_length_is_read_back),
        cmocka_unit_test(signal_with_any_one_wrong_bit_is_refused),
        cmocka_unit_test(
            signal_without_length_or_with_an_unknown_rate_is_refused),
        cmocka_unit_test(scrambler_from_all_ones_begins_as_in_the_standard),
        cmocka_unit_test(every_coded_bit_is_sent_once_and_the_punctured_never),
        cmocka_unit_test(
            neighbours_in_the_code_are_three_tones_apart_at_6_mbps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
