/* lte_bch_test.c - CRC, code, rate matching and MIB by hand and round trip. */
#include "tests/check.h"

#include "core/base/rng.h"
#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_tbcc_check.h"

static void crc16_divides_by_x16_x12_x5_1(void **state)
{
    (void)state;
    assert_int_equal(lte_crc16(0, 24), 0);
    assert_int_equal(lte_crc16(1, 1), 0x1021);
    assert_int_equal(lte_crc16(8, 4), 0x8108);
    assert_int_equal(lte_crc16(16, 5), 0x1231); /* 0x10210 ^ 0x11021 */
    assert_int_equal(lte_crc16('A', 8), 0x58e5);
}

static void crc_masks_are_those_of_table_5_3_1_1_1(void **state)
{
    (void)state;
    assert_int_equal(lte_crc_mask(1), 0x0000);
    assert_int_equal(lte_crc_mask(2), 0xffff);
    assert_int_equal(lte_crc_mask(4), 0x5555);
}

static void mib_fields_have_their_bits(void **state)
{
    /* 101 0 10 00111101 0000000000 */
    struct lte_mib_fields f = {
        .prb = 100, .phich_resources = 2, .sfn = 247, .spare = 0};
    struct lte_mib_fields g;

    (void)state;
    assert_int_equal(lte_mib_pack(&f), 0xa8f400);
    assert_true(lte_mib_unpack(0xa8f400, &g));
    assert_int_equal(g.prb, 100);
    assert_false(g.phich_extended);
    assert_int_equal(g.phich_resources, 2);
    assert_int_equal(g.sfn, 244);
    assert_int_equal(g.spare, 0);
    f = (struct lte_mib_fields){6, true, 3, 1023, 0x3ff};
    assert_int_equal(lte_mib_pack(&f), 0x1fffff);
}

static void a_bandwidth_that_does_not_exist_is_refused(void **state)
{
    struct lte_mib_fields f;

    (void)state;
    assert_false(lte_mib_unpack(0xc00000, &f));
    assert_false(lte_mib_unpack(0xe00000, &f));
}

static void one_bit_makes_the_generators_and_bites_its_tail(void **state)
{
    static const uint8_t response[3][7] = {{1, 0, 1, 1, 0, 1, 1},  /* 133 */
                                           {1, 1, 1, 1, 0, 0, 1},  /* 171 */
                                           {1, 1, 1, 0, 1, 0, 1}}; /* 165 */

    (void)state;
    for (size_t first = 0; first < LTE_BCH_BITS; first++) {
        uint8_t coded[LTE_BCH_CODED];
        lte_bch_code((uint64_t)1 << (LTE_BCH_BITS - 1 - first), coded);
        for (size_t k = 0; k < LTE_BCH_CODED; k++) {
            size_t after =
                (k % LTE_BCH_BITS + LTE_BCH_BITS - first) % LTE_BCH_BITS;
            uint8_t want = after < 7 ? response[k / LTE_BCH_BITS][after] : 0;
            assert_int_equal(coded[k], want);
        }
    }
}

static void rate_matching_reads_each_coded_bit_once(void **state)
{
    uint8_t order[LTE_BCH_CODED];
    unsigned seen[LTE_BCH_CODED] = {0};

    (void)state;
    lte_bch_order(order);
    /* Columns 1, 17, 9, 25 of two rows, the first 24 places empty. */
    assert_int_equal(order[0], 9);
    assert_int_equal(order[1], 25);
    assert_int_equal(order[2], 17);
    assert_int_equal(order[3], 1);
    assert_int_equal(order[4], 33);
    for (size_t k = 0; k < LTE_BCH_CODED; k++) {
        assert_int_equal(order[k] / LTE_BCH_BITS, k / LTE_BCH_BITS);
        seen[order[k]]++;
    }
    for (size_t k = 0; k < LTE_BCH_CODED; k++) {
        assert_int_equal(seen[k], 1);
    }
}

static void the_code_comes_back_with_a_tenth_of_its_bits_wrong(void **state)
{
    struct rng rng = {.state = 7};

    (void)state;
    for (size_t run = 0; run < 200; run++) {
        uint64_t block = rng_next(&rng) & 0xffffffffff;
        uint8_t coded[LTE_BCH_CODED];
        float soft[LTE_BCH_CODED];
        lte_bch_code(block, coded);
        for (size_t k = 0; k < LTE_BCH_CODED; k++) {
            /* Errors every ten bits: no two within the reach of the code. */
            bool wrong = k % 10 == run % 10;
            soft[k] = (coded[k] != 0) != wrong ? -1.0f : 1.0f;
            soft[k] *= wrong ? 0.5f : 1.0f;
        }
        assert_true(tbcc_decode(soft, LTE_BCH_BITS) == block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc16_divides_by_x16_x12_x5_1),
        cmocka_unit_test(crc_masks_are_those_of_table_5_3_1_1_1),
        cmocka_unit_test(mib_fields_have_their_bits),
        cmocka_unit_test(a_bandwidth_that_does_not_exist_is_refused),
        cmocka_unit_test(one_bit_makes_the_generators_and_bites_its_tail),
        cmocka_unit_test(rate_matching_reads_each_coded_bit_once),
        cmocka_unit_test(the_code_comes_back_with_a_tenth_of_its_bits_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
