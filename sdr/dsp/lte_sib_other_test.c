/* lte_sib_other_test.c - SIB6 and SIB7 by hand, with values that cannot be. */
#include "sdr/dsp/lte_sib_check.h"

/* SIB6: FDD with thresholds of quality and without anything, and TDD. */
static void make_sib6(struct writer *o, int lie)
{
    begin(o, 1, lie);
    w(o, 5, 4);
    w(o, 1 + 3, 15);
    w(o, 4, 2 - 1);
    w(o, 1 + 1, 3);
    w(o, 14 + 3, 10737u << 3 | 7);
    w(o, 5 + 5, 31u << 5 | 1);
    below(o, 6, 2, 48);
    below(o, 7, 83, 84);
    below(o, 5, 24, 25);
    w(o, 7, 0); /* one addition, of two bytes */
    w(o, 1, 1);
    w(o, 8, 2);
    w(o, 16, 1u << 15 | 30u << 10 | 3u << 5);
    w(o, 1 + 1, 0);
    w(o, 14, 16383);
    w(o, 5 + 5, 0);
    below(o, 6, 47, 63);
    below(o, 7, 0, 127);
    below(o, 5, 0, 31);
    w(o, 4, 1 - 1);
    w(o, 1 + 1, 2);
    w(o, 14, 10054);
    w(o, 5 + 5, 5u << 5 | 4);
    below(o, 6, 0, 48);
    below(o, 7, 50, 84);
    an_addition(o);
    w(o, 3 + 4, 2u << 4 | 15);
    an_addition(o);
}

static void sib6_is_read(void **state)
{
    struct writer o;
    struct lte_rrc m;

    (void)state;
    make_sib6(&o, NO_LIE);
    assert_int_equal(read_it(&o, &m), LTE_RRC_SI);
    const struct lte_utra *s = &m.sibs.utra;
    assert_true(s->known);
    assert_int_equal(s->t_reselection_s, 2);
    assert_int_equal(s->n_fdd, 2);
    assert_int_equal(s->n_tdd, 1);
    assert_int_equal(s->fdd[0].arfcn, 10737);
    assert_int_equal(s->fdd[0].priority, 7);
    assert_int_equal(s->fdd[0].thresh_high, 31);
    assert_int_equal(s->fdd[0].thresh_low, 1);
    assert_int_equal(s->fdd[0].q_rx_lev_min, -58);
    assert_int_equal(s->fdd[0].p_max_dbm, 33);
    assert_int_equal(s->fdd[0].q_qual_min_db, 0);
    assert_true(s->fdd[0].has_thresh_q);
    assert_int_equal(s->fdd[0].thresh_high_q_db, 30);
    assert_int_equal(s->fdd[0].thresh_low_q_db, 3);
    assert_int_equal(s->fdd[1].arfcn, 16383);
    assert_int_equal(s->fdd[1].priority, -1);
    assert_int_equal(s->fdd[1].q_rx_lev_min, -13);
    assert_int_equal(s->fdd[1].p_max_dbm, -50);
    assert_int_equal(s->fdd[1].q_qual_min_db, -24);
    assert_false(s->fdd[1].has_thresh_q);
    assert_int_equal(s->tdd[0].arfcn, 10054);
    assert_int_equal(s->tdd[0].p_max_dbm, 0);
    check_refused(make_sib6);
}

static void an_addition_shorter_than_what_is_in_it_is_refused(void **state)
{
    struct writer o;
    struct lte_rrc m;

    (void)state;
    begin(&o, 1, NO_LIE);
    w(&o, 5, 4);
    w(&o, 1 + 3, 4);
    w(&o, 4, 1 - 1);
    w(&o, 1 + 1, 2);
    w(&o, 14 + 5 + 5 + 6, 0);
    w(&o, 7 + 5, 0);
    w(&o, 7 + 1, 1);
    size_t length_at = o.at;
    w(&o, 8, 2);
    w(&o, 16, 1u << 15);
    w(&o, 3, 1);
    assert_int_equal(read_it(&o, &m), LTE_RRC_SI);
    assert_true(m.sibs.utra.fdd[0].has_thresh_q);
    o.at = length_at;
    w(&o, 8, 3); /* the bits of 2 and 3 make 3 */
    assert_int_equal(read_it(&o, &m), LTE_RRC_REFUSED);
    begin(&o, 1, NO_LIE);
    w(&o, 5, 4);
    w(&o, 1 + 3, 4);
    w(&o, 4, 1 - 1);
    w(&o, 1 + 1, 2);
    w(&o, 14 + 5 + 5 + 6, 0);
    w(&o, 7 + 5, 0);
    w(&o, 7 + 1, 1);
    w(&o, 8, 1);
    w(&o, 8, 0x80);
    w(&o, 3 + 16, 0);
    assert_int_equal(read_it(&o, &m), LTE_RRC_REFUSED);
}

/* SIB7: following ARFCNs in all three forms. */
static void make_sib7(struct writer *o, int lie)
{
    begin(o, 1, lie);
    w(o, 5, 5);
    w(o, 1 + 2, 7);
    w(o, 3 + 4, 5u << 4);
    w(o, 4, 3 - 1);
    w(o, 1, 0); /* one by one */
    w(o, 10 + 1, 1000u << 1);
    below(o, 2, 0, 3);
    w(o, 5, 2);
    w(o, 10 + 10, 3u << 10 | 1023);
    w(o, 2 + 8, 0xa5);
    below(o, 6, 45, 46);
    w(o, 5 + 5, 31u << 5 | 30);
    w(o, 1, 1); /* equally spaced, over the end */
    w(o, 10 + 1, 1020u << 1 | 1);
    below(o, 2, 1, 3);
    w(o, 3 + 5, (3u - 1) << 5 | 3);
    w(o, 2 + 3 + 8, 3u << 11 | 4u << 8 | 0xff);
    below(o, 6, 0, 63);
    below(o, 6, 39, 40);
    w(o, 5 + 5, 0);
    an_addition(o);
    w(o, 1, 0); /* a map of two bytes, over the end */
    w(o, 10 + 1, 1022u << 1);
    below(o, 2, 2, 3);
    w(o, 4, 2 - 1);
    w(o, 16, 0xc001);
    w(o, 2 + 8, 0);
    below(o, 6, 20, 46);
    w(o, 5 + 5, 0);
    an_addition(o);
}

static void sib7_is_read(void **state)
{
    static const uint16_t arfcn[3][4] = {
        {1000, 3, 1023}, {1020, 1023, 2, 5}, {1022, 1023, 0, 14}};
    static const uint8_t n[3] = {3, 4, 4};
    struct writer o;
    struct lte_rrc m;

    (void)state;
    make_sib7(&o, NO_LIE);
    assert_int_equal(read_it(&o, &m), LTE_RRC_SI);
    const struct lte_geran *s = &m.sibs.geran;
    assert_true(s->known);
    assert_int_equal(s->t_reselection_s, 5);
    assert_int_equal(s->n_groups, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(s->group[k].n_arfcns, n[k]);
        assert_memory_equal(s->group[k].arfcn, arfcn[k],
                            n[k] * sizeof arfcn[k][0]);
        assert_int_equal(s->group[k].pcs1900, k == 1);
    }
    assert_int_equal(s->group[0].priority, -1);
    assert_int_equal(s->group[0].ncc_permitted, 0xa5);
    assert_int_equal(s->group[0].q_rx_lev_min, 45);
    assert_int_equal(s->group[0].p_max_dbm, -1);
    assert_int_equal(s->group[0].thresh_high, 31);
    assert_int_equal(s->group[0].thresh_low, 30);
    assert_int_equal(s->group[1].priority, 4);
    assert_int_equal(s->group[1].p_max_dbm, 39);
    check_refused(make_sib7);
}

/* All bits of the longest map are set: as many ARFCNs as there is room for. */
static void the_longest_map_fits(void **state)
{
    struct writer o;
    struct lte_rrc m;

    (void)state;
    begin(&o, 1, NO_LIE);
    w(&o, 5, 5);
    w(&o, 1 + 2 + 3 + 4, 1u << 7);
    w(&o, 1 + 10 + 1 + 2, 512u << 3 | 2);
    w(&o, 4, 16 - 1);
    for (unsigned k = 0; k < 16; k++) {
        w(&o, 8, 0xff);
    }
    w(&o, 2 + 8 + 6 + 5 + 5, 0);
    assert_int_equal(read_it(&o, &m), LTE_RRC_SI);
    assert_int_equal(m.sibs.geran.n_groups, 1);
    assert_int_equal(m.sibs.geran.group[0].n_arfcns, LTE_GERAN_ARFCNS);
    assert_int_equal(m.sibs.geran.group[0].arfcn[128], 640);
}

static void a_block_that_comes_twice_is_refused(void **state)
{
    struct lte_rrc m;

    (void)state;
    for (unsigned other = 0; other < 2; other++) {
        struct writer o;
        begin(&o, 2, NO_LIE);
        w(&o, 5, 5);
        w(&o, 1 + 2 + 3, 0);
        w(&o, 5, 5 - other);
        w(&o, 1 + 3 + 3, 0);
        assert_int_equal(read_it(&o, &m), other ? LTE_RRC_SI : LTE_RRC_REFUSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sib6_is_read),
        cmocka_unit_test(an_addition_shorter_than_what_is_in_it_is_refused),
        cmocka_unit_test(sib7_is_read),
        cmocka_unit_test(the_longest_map_fits),
        cmocka_unit_test(a_block_that_comes_twice_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
