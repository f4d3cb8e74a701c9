/*
 * lte_sib2.c - see lte_sib.h: what phones share, TS 36.331 6.3.1 and 6.3.2.
 * Fields stand in the order of the bits.
 */
#include "sdr/dsp/lte_sib.h"

static void get_barring(struct uper *u, struct lte_barring *b)
{
    static const uint8_t percent[16] = {0,  5,  10, 15, 20, 25, 30, 40,
                                        50, 60, 70, 75, 80, 85, 90, 95};

    b->known = true;
    b->factor_percent = percent[uper_get(u, 4)];
    b->time_s = (uint16_t)(4u << uper_get(u, 3));
    b->special = (uint8_t)uper_get(u, 5);
}

static void get_access(struct uper *u, struct lte_common *c)
{
    bool has_signalling = uper_flag(u);
    bool has_data = uper_flag(u);

    c->bars_emergency = uper_flag(u);
    if (has_signalling) {
        get_barring(u, &c->signalling);
    }
    if (has_data) {
        get_barring(u, &c->data);
    }
}

static void get_preambles(struct uper *u, struct lte_rach *r)
{
    static const uint16_t bits[4] = {56, 144, 208, 256};
    static const int8_t offset[8] = {LTE_NO_OFFSET_DB, 0, 5, 8, 10, 12, 15, 18};
    bool has_groups = uper_flag(u);

    r->n_preambles = (uint8_t)(4 * (uper_get(u, 4) + 1));
    if (has_groups) {
        bool is_extended = uper_flag(u);
        r->n_group_a = (uint8_t)(4 * (uper_below(u, 4, 15) + 1));
        r->group_a_bits = bits[uper_get(u, 2)];
        r->group_b_offset_db = offset[uper_get(u, 3)];
        if (is_extended) {
            uper_additions(u, NULL);
        }
    }
}

static void get_rach(struct uper *u, struct lte_rach *r)
{
    static const uint8_t tries[11] = {3, 4, 5, 6, 7, 8, 10, 20, 50, 100, 200};
    static const uint8_t window[8] = {2, 3, 4, 5, 6, 7, 8, 10};
    bool is_extended = uper_flag(u);

    get_preambles(u, r);
    r->ramping_db = (uint8_t)(2 * uper_get(u, 2));
    r->target_dbm = (int8_t)(2 * (int)uper_get(u, 4) - 120);
    r->n_tries = tries[uper_below(u, 4, 11)];
    r->window_subframes = window[uper_get(u, 3)];
    r->timer_subframes = (uint8_t)(8 * (uper_get(u, 3) + 1));
    r->n_msg3 = (uint8_t)(uper_get(u, 3) + 1);
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

static void get_prach(struct uper *u, struct lte_rach *r)
{
    r->root_sequence = (uint16_t)uper_below(u, 10, 838);
    r->config_index = (uint8_t)uper_get(u, 6);
    r->high_speed = uper_flag(u);
    r->zero_correlation_zone = (uint8_t)uper_get(u, 4);
    r->freq_offset = (uint8_t)uper_below(u, 7, 95);
}

static void get_pusch(struct uper *u, struct lte_uplink *l)
{
    l->n_sb = (uint8_t)(uper_get(u, 2) + 1);
    l->hops_within = uper_flag(u);
    l->hopping_offset = (uint8_t)uper_below(u, 7, 99);
    l->has_64qam = uper_flag(u);
    l->group_hopping = uper_flag(u);
    l->group = (uint8_t)uper_below(u, 5, 30);
    l->sequence_hopping = uper_flag(u);
    l->cyclic_shift = (uint8_t)uper_get(u, 3);
}

static void get_pucch(struct uper *u, struct lte_uplink *l)
{
    l->delta_shift = (uint8_t)(uper_below(u, 2, 3) + 1);
    l->n_rb_cqi = (uint8_t)uper_below(u, 7, 99);
    l->n_cs_an = (uint8_t)uper_get(u, 3);
    l->n1_an = (uint16_t)uper_get(u, 11);
}

static void get_srs(struct uper *u, struct lte_uplink *l)
{
    l->has_srs = uper_flag(u);
    if (l->has_srs) {
        l->srs_max_up_pts = uper_flag(u); /* one value: no bits */
        l->srs_bandwidth = (uint8_t)uper_get(u, 3);
        l->srs_subframes = (uint8_t)uper_get(u, 4);
        l->srs_with_ack = uper_flag(u);
    }
}

static void get_power(struct uper *u, struct lte_uplink *l)
{
    l->p0_pusch_dbm = (int8_t)((int)uper_below(u, 8, 151) - 126);
    uint32_t alpha = uper_get(u, 3);
    l->alpha_tenths = (uint8_t)(alpha == 0 ? 0 : alpha + 3);
    l->p0_pucch_dbm = (int8_t)((int)uper_get(u, 5) - 127);
    (void)uper_below(u, 2, 3); /* deltaF-PUCCH-Format1 */
    (void)uper_below(u, 2, 3); /* 1b */
    (void)uper_get(u, 2);      /* 2 */
    (void)uper_below(u, 2, 3); /* 2a */
    (void)uper_below(u, 2, 3); /* 2b */
    l->delta_msg3_db = (int8_t)(2 * ((int)uper_get(u, 3) - 1));
}

/* RadioResourceConfigCommonSIB. */
static void get_radio(struct uper *u, struct lte_common *c)
{
    bool is_extended = uper_flag(u);

    get_rach(u, &c->rach);
    c->modification_coeff = (uint8_t)(2u << uper_get(u, 2));
    c->paging_frames = (uint16_t)(32u << uper_get(u, 2));
    c->nb_32nds = (uint8_t)(128u >> uper_get(u, 3));
    get_prach(u, &c->rach);
    c->reference_dbm = (int8_t)((int)uper_below(u, 7, 111) - 60);
    c->p_b = (uint8_t)uper_get(u, 2);
    get_pusch(u, &c->uplink);
    get_pucch(u, &c->uplink);
    get_srs(u, &c->uplink);
    get_power(u, &c->uplink);
    c->uplink.extended_cp = uper_flag(u);
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

static void get_timers(struct uper *u, struct lte_timers *t)
{
    static const uint16_t t300[8] = {100, 200, 300, 400, 600, 1000, 1500, 2000};
    static const uint16_t t310[7] = {0, 50, 100, 200, 500, 1000, 2000};
    static const uint16_t t311[7] = {1000,  3000,  5000, 10000,
                                     15000, 20000, 30000};
    static const uint8_t n310[8] = {1, 2, 3, 4, 6, 8, 10, 20};
    static const uint8_t n311[8] = {1, 2, 3, 4, 5, 6, 8, 10};
    bool is_extended = uper_flag(u);

    t->t300_ms = t300[uper_get(u, 3)];
    t->t301_ms = t300[uper_get(u, 3)];
    t->t310_ms = t310[uper_below(u, 3, 7)];
    t->n310 = n310[uper_get(u, 3)];
    t->t311_ms = t311[uper_below(u, 3, 7)];
    t->n311 = n311[uper_get(u, 3)];
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

static void get_freq(struct uper *u, struct lte_common *c)
{
    static const uint8_t prb[6] = {6, 15, 25, 50, 75, 100};
    bool has_prb;

    c->has_ul_earfcn = uper_flag(u);
    has_prb = uper_flag(u);
    c->ul_earfcn = (uint16_t)(c->has_ul_earfcn ? uper_get(u, 16) : 0);
    c->ul_prb = has_prb ? prb[uper_below(u, 3, 6)] : 0;
    c->emission = (uint8_t)(uper_get(u, 5) + 1);
}

static void get_mbsfn(struct uper *u, struct lte_common *c)
{
    c->n_mbsfn = (uint8_t)(uper_get(u, 3) + 1);
    for (unsigned k = 0; k < c->n_mbsfn; k++) {
        (void)uper_below(u, 3, 6); /* radioframeAllocationPeriod */
        uper_skip(u, 3);           /* radioframeAllocationOffset */
        uper_skip(u, uper_flag(u) ? 24 : 6);
    }
}

void lte_sib2(struct uper *u, struct lte_common *c)
{
    static const uint16_t alignment[8] = {500,  750,  1280,  1920,
                                          2560, 5120, 10240, 0};
    bool is_extended = uper_flag(u);
    bool has_mbsfn;

    c->known = true;
    c->has_barring = uper_flag(u);
    has_mbsfn = uper_flag(u);
    if (c->has_barring) {
        get_access(u, c);
    }
    get_radio(u, c);
    get_timers(u, &c->timers);
    get_freq(u, c);
    if (has_mbsfn) {
        get_mbsfn(u, c);
    }
    c->alignment_subframes = alignment[uper_get(u, 3)];
    if (is_extended) {
        uper_additions(u, NULL);
    }
}
