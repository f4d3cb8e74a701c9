/* nr_bch_test.c - payload of the NR broadcast channel, by its bits. */
#include "sdr/dsp/nr_bch.h"

#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

static struct nr_bch random_bch(struct rng *r)
{
    return (struct nr_bch){
        .mib = rng_below(r, 1 << 24),
        .sfn_low = (uint8_t)rng_below(r, 16),
        .half_frame = rng_below(r, 2) != 0,
        .k_ssb_16 = (uint8_t)rng_below(r, 2),
        .reserved = (uint8_t)rng_below(r, 4),
    };
}

static void assert_same(const struct nr_bch *a, const struct nr_bch *b)
{
    assert_int_equal(a->mib, b->mib);
    assert_int_equal(a->sfn_low, b->sfn_low);
    assert_int_equal(a->half_frame, b->half_frame);
    assert_int_equal(a->k_ssb_16, b->k_ssb_16);
    assert_int_equal(a->reserved, b->reserved);
}

static void each_bit_is_sent_where_the_table_says(void **state)
{
    /* By hand from 7.1.1 and table 7.1.1-1: bit and its place, from 0. */
    static const struct {
        struct nr_bch bch;
        unsigned place;
    } row[] = {
        {{.half_frame = true}, 0}, /* j_HRF = 10 */
        {{.mib = 1u << 23}, 1},    /* the first of the others, j = 14 */
        {{.mib = 1u << 22}, 16},   /* the frame number's highest, j = 0 */
        {{.mib = 1u << 17}, 30},   /* its sixth, j = 5 */
        {{.sfn_low = 8}, 10},      /* j = 6 */
        {{.sfn_low = 4}, 6},       {{.sfn_low = 2}, 24},
        {{.sfn_low = 1}, 7},       {{.k_ssb_16 = 1}, 5}, /* j_SSB = 11 */
        {{.reserved = 2}, 3},      {{.reserved = 1}, 2},
        {{.mib = 1u << 16}, 4}, /* the second of the others */
        {{.mib = 1}, 31},       /* and the last */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct nr_bch back;
        assert_int_equal(nr_bch_pack(&row[k].bch), 1u << (31 - row[k].place));
        nr_bch_unpack(1u << (31 - row[k].place), &back);
        assert_same(&back, &row[k].bch);
    }
}

static void scrambling_twice_is_none_and_spares_what_it_depends_on(void **state)
{
    struct rng r = {1};
    /* Half frame, and the frame number's bits of weight 4 and 2. */
    uint32_t spared = 1u << 31 | 1u << (31 - 6) | 1u << (31 - 24);
    uint32_t changed = 0;

    (void)state;
    for (int k = 0; k < 200; k++) {
        unsigned cell_id = rng_below(&r, 1008);
        uint32_t a = (uint32_t)rng_next(&r);
        uint32_t s = nr_bch_scramble(a, cell_id);
        assert_int_equal(nr_bch_scramble(s, cell_id), a);
        assert_int_equal((s ^ a) & spared, 0);
        changed |= s ^ a;
    }
    assert_int_equal(changed, ~spared);
}

static void payloads_come_back_through_the_code(void **state)
{
    struct rng r = {2};

    (void)state;
    for (int k = 0; k < 30; k++) {
        unsigned cell_id = rng_below(&r, 1008);
        struct nr_bch b = random_bch(&r), back;
        uint8_t e[NR_POLAR_E];
        float llr[NR_POLAR_E];
        nr_bch_encode(&b, cell_id, e);
        for (size_t j = 0; j < NR_POLAR_E; j++) {
            llr[j] = e[j] ? -3 : 3;
        }
        assert_true(nr_bch_decode(llr, cell_id, &back));
        assert_same(&back, &b);
    }
}

static void fields_of_a_mib_on_the_air(void **state)
{
    /* Of a cell of band 78, SFN 978, with no SIB1 (k_SSB 31). */
    static const struct nr_bch air = {
        .mib = 0x7af000, .sfn_low = 2, .k_ssb_16 = 1};
    struct nr_mib m;
    struct nr_bch back = {0};

    (void)state;
    nr_mib_read(&air, &m);
    assert_false(m.extension);
    assert_int_equal(m.sfn, 978);
    assert_false(m.scs_common_30);
    assert_int_equal(m.k_ssb, 31);
    assert_int_equal(m.dmrs_type_a_pos, 2);
    assert_int_equal(m.pdcch_config_sib1, 0);
    assert_true(m.barred);
    assert_true(m.reselection);
    assert_false(m.spare);
    nr_mib_write(&m, &back);
    assert_same(&back, &air);
}

static void fields_and_bits_are_the_same_thing(void **state)
{
    struct rng r = {3};

    (void)state;
    for (int k = 0; k < 200; k++) {
        struct nr_bch b = random_bch(&r), back = b;
        struct nr_mib m;
        nr_mib_read(&b, &m);
        back.mib = 0;
        back.sfn_low = 0;
        back.k_ssb_16 = 0;
        nr_mib_write(&m, &back);
        assert_same(&back, &b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_is_sent_where_the_table_says),
        cmocka_unit_test(
            scrambling_twice_is_none_and_spares_what_it_depends_on),
        cmocka_unit_test(payloads_come_back_through_the_code),
        cmocka_unit_test(fields_of_a_mib_on_the_air),
        cmocka_unit_test(fields_and_bits_are_the_same_thing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
