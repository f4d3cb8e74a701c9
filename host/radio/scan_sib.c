/* scan_sib.c - see scan_sib.h.  What a cell does not say has no key. */
#include "host/radio/scan_sib.h"

#include <jansson.h>

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void set_number(json_t *o, const char *key, int value)
{
    set(o, key, json_integer(value));
}

/* The numbers of the bits that are set in the lowest n, the highest first. */
static json_t *bits(unsigned value, int n, int first)
{
    json_t *list = json_array();

    for (int k = 0; k < n; k++) {
        if ((value >> (n - 1 - k) & 1) != 0) {
            (void)json_array_append_new(list, json_integer(first + k));
        }
    }
    return list;
}

static json_t *barring(const struct lte_barring *b)
{
    return json_pack("{si, si, so}", "factor_percent", (int)b->factor_percent,
                     "time_s", (int)b->time_s, "special",
                     bits(b->special, 5, 11));
}

static json_t *access_barring(const struct lte_common *c)
{
    json_t *o = json_pack("{sb}", "emergency", c->bars_emergency);

    if (c->signalling.known) {
        set(o, "signalling", barring(&c->signalling));
    }
    if (c->data.known) {
        set(o, "data", barring(&c->data));
    }
    return o;
}

static json_t *rach(const struct lte_rach *r)
{
    json_t *o = json_pack(
        "{si, si, si, si, si, si, si}", "preambles", (int)r->n_preambles,
        "ramping_db", (int)r->ramping_db, "target_dbm", (int)r->target_dbm,
        "tries", (int)r->n_tries, "window_subframes", (int)r->window_subframes,
        "timer_subframes", (int)r->timer_subframes, "msg3", (int)r->n_msg3);

    if (r->n_group_a > 0) {
        json_t *a = json_pack("{si, si}", "preambles", (int)r->n_group_a,
                              "message_bits", (int)r->group_a_bits);
        if (r->group_b_offset_db != LTE_NO_OFFSET_DB) {
            set_number(a, "offset_b_db", r->group_b_offset_db);
        }
        set(o, "group_a", a);
    }
    return o;
}

static json_t *prach(const struct lte_rach *r)
{
    return json_pack("{si, si, sb, si, si}", "root_sequence",
                     (int)r->root_sequence, "config_index",
                     (int)r->config_index, "high_speed", r->high_speed,
                     "zero_correlation_zone", (int)r->zero_correlation_zone,
                     "freq_offset", (int)r->freq_offset);
}

static json_t *pusch(const struct lte_uplink *l)
{
    return json_pack("{si, sb, si, sb, sb, si, sb, si}", "n_sb", (int)l->n_sb,
                     "hops_within", l->hops_within, "hopping_offset",
                     (int)l->hopping_offset, "qam64", l->has_64qam,
                     "group_hopping", l->group_hopping, "group", (int)l->group,
                     "sequence_hopping", l->sequence_hopping, "cyclic_shift",
                     (int)l->cyclic_shift);
}

static json_t *pucch(const struct lte_uplink *l)
{
    return json_pack("{si, si, si, si}", "delta_shift", (int)l->delta_shift,
                     "n_rb_cqi", (int)l->n_rb_cqi, "n_cs_an", (int)l->n_cs_an,
                     "n1_an", (int)l->n1_an);
}

static json_t *srs(const struct lte_uplink *l)
{
    return json_pack("{si, si, sb, sb}", "bandwidth", (int)l->srs_bandwidth,
                     "subframes", (int)l->srs_subframes, "with_ack",
                     l->srs_with_ack, "max_up_pts", l->srs_max_up_pts);
}

static json_t *power(const struct lte_uplink *l)
{
    return json_pack("{si, sf, si, si}", "p0_pusch_dbm", (int)l->p0_pusch_dbm,
                     "alpha", l->alpha_tenths / 10.0, "p0_pucch_dbm",
                     (int)l->p0_pucch_dbm, "delta_msg3_db",
                     (int)l->delta_msg3_db);
}

static json_t *timers(const struct lte_timers *t)
{
    return json_pack("{si, si, si, si, si, si}", "t300_ms", (int)t->t300_ms,
                     "t301_ms", (int)t->t301_ms, "t310_ms", (int)t->t310_ms,
                     "n310", (int)t->n310, "t311_ms", (int)t->t311_ms, "n311",
                     (int)t->n311);
}

json_t *scan_sib_common(const struct lte_common *c)
{
    json_t *o = json_pack(
        "{so, so, so, so, so, so, si, si, sf, si, si, sb, si}", "rach",
        rach(&c->rach), "prach", prach(&c->rach), "pusch", pusch(&c->uplink),
        "pucch", pucch(&c->uplink), "power", power(&c->uplink), "timers",
        timers(&c->timers), "modification_coeff", (int)c->modification_coeff,
        "paging_frames", (int)c->paging_frames, "nb", c->nb_32nds / 32.0,
        "reference_dbm", (int)c->reference_dbm, "p_b", (int)c->p_b,
        "ul_extended_cp", c->uplink.extended_cp, "emission", (int)c->emission);

    if (c->has_barring) {
        set(o, "barring", access_barring(c));
    }
    if (c->uplink.has_srs) {
        set(o, "srs", srs(&c->uplink));
    }
    if (c->has_ul_earfcn) {
        set_number(o, "ul_earfcn", c->ul_earfcn);
    }
    if (c->ul_prb > 0) {
        set_number(o, "ul_prb", c->ul_prb);
    }
    if (c->n_mbsfn > 0) {
        set_number(o, "mbsfn_configs", c->n_mbsfn);
    }
    if (c->alignment_subframes > 0) {
        set_number(o, "alignment_subframes", c->alignment_subframes);
    }
    return o;
}

static json_t *utra_carriers(const struct lte_utra_carrier *carrier, size_t n,
                             bool is_fdd)
{
    json_t *list = json_array();

    for (size_t k = 0; k < n; k++) {
        const struct lte_utra_carrier *c = &carrier[k];
        json_t *o =
            json_pack("{si, si, si, si, si}", "arfcn", (int)c->arfcn,
                      "thresh_high_db", 2 * c->thresh_high, "thresh_low_db",
                      2 * c->thresh_low, "q_rx_lev_min_dbm",
                      2 * c->q_rx_lev_min + 1, "p_max_dbm", (int)c->p_max_dbm);
        if (c->priority >= 0) {
            set_number(o, "priority", c->priority);
        }
        if (is_fdd) {
            set_number(o, "q_qual_min_db", c->q_qual_min_db);
        }
        if (c->has_thresh_q) {
            set_number(o, "thresh_high_q_db", c->thresh_high_q_db);
            set_number(o, "thresh_low_q_db", c->thresh_low_q_db);
        }
        (void)json_array_append_new(list, o);
    }
    return list;
}

json_t *scan_sib_utra(const struct lte_utra *s)
{
    return json_pack("{si, so, so}", "t_reselection_s", (int)s->t_reselection_s,
                     "fdd", utra_carriers(s->fdd, s->n_fdd, true), "tdd",
                     utra_carriers(s->tdd, s->n_tdd, false));
}

static json_t *geran_group(const struct lte_geran_group *g)
{
    json_t *arfcns = json_array();

    for (size_t k = 0; k < g->n_arfcns; k++) {
        (void)json_array_append_new(arfcns, json_integer(g->arfcn[k]));
    }
    json_t *o = json_pack(
        "{ss, so, so, si, si, si}", "band", g->pcs1900 ? "pcs1900" : "dcs1800",
        "arfcns", arfcns, "ncc_permitted", bits(g->ncc_permitted, 8, 0),
        "q_rx_lev_min_dbm", 2 * g->q_rx_lev_min - 115, "thresh_high_db",
        2 * g->thresh_high, "thresh_low_db", 2 * g->thresh_low);
    if (g->priority >= 0) {
        set_number(o, "priority", g->priority);
    }
    if (g->p_max_dbm >= 0) {
        set_number(o, "p_max_dbm", g->p_max_dbm);
    }
    return o;
}

json_t *scan_sib_geran(const struct lte_geran *s)
{
    json_t *groups = json_array();

    for (size_t k = 0; k < s->n_groups; k++) {
        (void)json_array_append_new(groups, geran_group(&s->group[k]));
    }
    return json_pack("{si, so}", "t_reselection_s", (int)s->t_reselection_s,
                     "groups", groups);
}
