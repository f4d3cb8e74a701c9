/* lte_sib_test.c - SIB2 off the air, as another project's decoder reads it, and
 * by hand, with values that cannot be. */
#include <stdlib.h>

#include "sdr/dsp/lte_sib_check.h"

/* SIB2 and SIB3 of a cell on the air. */
static void sib2_off_the_air_is_read(void **state)
{
    static const char hex[] = "00801c31186fe1290c338496e2d000020078ee596aa13730"
                              "a060c941f28bc2780a09dc2a0100000000";
    uint8_t bytes[sizeof hex / 2];
    struct lte_rrc m;

    (void)state;
    for (size_t k = 0; k < sizeof bytes; k++) {
        char two[3] = {hex[2 * k], hex[2 * k + 1], 0};
        bytes[k] = (uint8_t)strtoul(two, NULL, 16);
    }
    assert_int_equal(lte_rrc_read(bytes, sizeof bytes, &m), LTE_RRC_SI);
    const struct lte_common *c = &m.sibs.common;
    assert_int_equal(m.sibs.n_sibs, 2);
    assert_int_equal(m.sibs.sib[0], 2);
    assert_int_equal(m.sibs.sib[1], 3);
    assert_true(c->known && !c->has_barring && !c->has_ul_earfcn);
    assert_int_equal(c->rach.n_preambles, 52);
    assert_int_equal(c->rach.n_group_a, 28);
    assert_int_equal(c->rach.group_a_bits, 56);
    assert_int_equal(c->rach.group_b_offset_db, 10);
    assert_int_equal(c->rach.ramping_db, 2);
    assert_int_equal(c->rach.target_dbm, -104);
    assert_int_equal(c->rach.n_tries, 10);
    assert_int_equal(c->rach.window_subframes, 10);
    assert_int_equal(c->rach.timer_subframes, 64);
    assert_int_equal(c->rach.n_msg3, 5);
    assert_int_equal(c->modification_coeff, 2);
    assert_int_equal(c->paging_frames, 128);
    assert_int_equal(c->nb_32nds, 32);
    assert_int_equal(c->rach.root_sequence, 579);
    assert_int_equal(c->rach.config_index, 3);
    assert_false(c->rach.high_speed);
    assert_int_equal(c->rach.zero_correlation_zone, 7);
    assert_int_equal(c->rach.freq_offset, 4);
    assert_int_equal(c->reference_dbm, 15);
    assert_int_equal(c->p_b, 1);
    assert_int_equal(c->uplink.n_sb, 4);
    assert_int_equal(c->uplink.hopping_offset, 22);
    assert_true(c->uplink.has_64qam && !c->uplink.hops_within);
    assert_int_equal(c->uplink.delta_shift, 1);
    assert_int_equal(c->uplink.n_rb_cqi, 1);
    assert_int_equal(c->uplink.n1_an, 15);
    assert_false(c->uplink.has_srs || c->uplink.extended_cp);
    assert_int_equal(c->uplink.p0_pusch_dbm, -67);
    assert_int_equal(c->uplink.alpha_tenths, 7);
    assert_int_equal(c->uplink.p0_pucch_dbm, -105);
    assert_int_equal(c->uplink.delta_msg3_db, 8);
    assert_int_equal(c->timers.t300_ms, 200);
    assert_int_equal(c->timers.t301_ms, 200);
    assert_int_equal(c->timers.t310_ms, 1000);
    assert_int_equal(c->timers.n310, 10);
    assert_int_equal(c->timers.t311_ms, 10000);
    assert_int_equal(c->timers.n311, 1);
    assert_int_equal(c->ul_prb, 25);
    assert_int_equal(c->emission, 1);
    assert_int_equal(c->n_mbsfn, 0);
    assert_int_equal(c->alignment_subframes, 10240);
    assert_int_equal(m.sibs.serving.priority, 6);
    /* Padding can go, nothing else. */
    assert_int_equal(lte_rrc_read(bytes, sizeof bytes - 3, &m), LTE_RRC_SI);
    for (size_t k = 0; k < sizeof bytes - 3; k++) {
        assert_int_equal(lte_rrc_read(bytes, k, &m), LTE_RRC_REFUSED);
    }
}

/* SIB2 with all that is optional, additions in each place. */
static void make_sib2(struct writer *o, int lie)
{
    begin(o, 1, lie);
    w(o, 5, 0);
    w(o, 1 + 2, 7);
    w(o, 2 + 1, 7); /* barring, emergency calls, too */
    w(o, 4 + 3 + 5, 0x8u << 8 | 2u << 5 | 0x15);
    w(o, 4 + 3 + 5, 0xfu << 8 | 7u << 5 | 0x02);
    w(o, 1 + 1, 3);
    w(o, 1 + 4 + 1, 1u << 5 | 15u << 1 | 1); /* RACH */
    below(o, 4, 14, 15);
    w(o, 2 + 3, 3u << 3 | 0);
    an_addition(o);
    w(o, 2 + 4, 3u << 4 | 15);
    below(o, 4, 10, 11);
    w(o, 3 + 3 + 3, 0);
    an_addition(o);
    w(o, 2 + 2 + 3, 3u << 5 | 0u << 3 | 7);
    below(o, 10, 837, 838);
    w(o, 6 + 1 + 4, 63u << 5 | 1u << 4 | 15);
    below(o, 7, 94, 95);
    below(o, 7, 110, 111);
    w(o, 2, 3);
    w(o, 2 + 1, 1); /* PUSCH */
    below(o, 7, 98, 99);
    w(o, 1 + 1, 1);
    below(o, 5, 29, 30);
    w(o, 1 + 3, 15);
    below(o, 2, 2, 3); /* PUCCH */
    below(o, 7, 98, 99);
    w(o, 3 + 11, 7u << 11 | 2047);
    w(o, 2, 3); /* SRS */
    w(o, 3 + 4 + 1, 5u << 5 | 9u << 1 | 1);
    below(o, 8, 150, 151);
    w(o, 3 + 5, 7u << 5 | 31);
    below(o, 2, 2, 3);
    below(o, 2, 0, 3);
    w(o, 2, 3);
    below(o, 2, 1, 3);
    below(o, 2, 2, 3);
    w(o, 3 + 1, 0u << 1 | 1);
    an_addition(o);
    w(o, 1 + 3 + 3, 1u << 6 | 7u << 3 | 5); /* timers */
    below(o, 3, 6, 7);
    w(o, 3, 7);
    below(o, 3, 6, 7);
    w(o, 3, 7);
    an_addition(o);
    w(o, 2 + 16, 3u << 16 | 18575);
    below(o, 3, 5, 6);
    w(o, 5, 31);
    w(o, 3, 2 - 1); /* MBSFN */
    below(o, 3, 5, 6);
    w(o, 3 + 1 + 6, 0);
    below(o, 3, 0, 7);
    w(o, 3 + 1 + 24, 1u << 24);
    w(o, 3, 7);
    an_addition(o);
}

static void sib2_with_all_there_is_is_read(void **state)
{
    struct writer o;
    struct lte_rrc m;

    (void)state;
    make_sib2(&o, NO_LIE);
    assert_int_equal(read_it(&o, &m), LTE_RRC_SI);
    const struct lte_common *c = &m.sibs.common;
    assert_true(c->has_barring && c->bars_emergency);
    assert_true(c->signalling.known && c->data.known);
    assert_int_equal(c->signalling.factor_percent, 50);
    assert_int_equal(c->signalling.time_s, 16);
    assert_int_equal(c->signalling.special, 0x15);
    assert_int_equal(c->data.factor_percent, 95);
    assert_int_equal(c->data.time_s, 512);
    assert_int_equal(c->rach.n_preambles, 64);
    assert_int_equal(c->rach.n_group_a, 60);
    assert_int_equal(c->rach.group_a_bits, 256);
    assert_int_equal(c->rach.group_b_offset_db, LTE_NO_OFFSET_DB);
    assert_int_equal(c->rach.target_dbm, -90);
    assert_int_equal(c->rach.n_tries, 200);
    assert_int_equal(c->nb_32nds, 1);
    assert_int_equal(c->rach.root_sequence, 837);
    assert_true(c->rach.high_speed);
    assert_int_equal(c->rach.freq_offset, 94);
    assert_int_equal(c->reference_dbm, 50);
    assert_true(c->uplink.hops_within && !c->uplink.has_64qam);
    assert_true(c->uplink.group_hopping && c->uplink.sequence_hopping);
    assert_int_equal(c->uplink.group, 29);
    assert_int_equal(c->uplink.delta_shift, 3);
    assert_int_equal(c->uplink.n1_an, 2047);
    assert_true(c->uplink.has_srs && c->uplink.srs_max_up_pts);
    assert_int_equal(c->uplink.srs_bandwidth, 5);
    assert_int_equal(c->uplink.srs_subframes, 9);
    assert_true(c->uplink.srs_with_ack && c->uplink.extended_cp);
    assert_int_equal(c->uplink.p0_pusch_dbm, 24);
    assert_int_equal(c->uplink.alpha_tenths, 10);
    assert_int_equal(c->uplink.p0_pucch_dbm, -96);
    assert_int_equal(c->uplink.delta_msg3_db, -2);
    assert_int_equal(c->timers.t300_ms, 2000);
    assert_int_equal(c->timers.t301_ms, 1000);
    assert_int_equal(c->timers.n310, 20);
    assert_true(c->has_ul_earfcn);
    assert_int_equal(c->ul_earfcn, 18575);
    assert_int_equal(c->ul_prb, 100);
    assert_int_equal(c->emission, 32);
    assert_int_equal(c->n_mbsfn, 2);
    assert_int_equal(c->alignment_subframes, 0);
    check_refused(make_sib2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sib2_off_the_air_is_read),
        cmocka_unit_test(sib2_with_all_there_is_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
