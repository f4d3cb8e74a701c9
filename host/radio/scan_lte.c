/* scan_lte.c - see scan_lte.h. */
#include "host/radio/scan_lte.h"

#include <jansson.h>
#include <stdio.h>

#include "host/radio/scan_sib.h"
#include "sdr/dsp/lte_rrc.h"

static void digits(const uint8_t *digit, size_t n, char *text)
{
    for (size_t k = 0; k < n; k++) {
        text[k] = (char)('0' + digit[k]);
    }
    text[n] = '\0';
}

static json_t *plmn(const struct lte_plmn *p)
{
    char mcc[4], mnc[4];

    digits(p->mcc, sizeof p->mcc, mcc);
    digits(p->mnc, p->n_mnc, mnc);
    return json_pack("{ss, ss, sb}", "mcc", mcc, "mnc", mnc, "reserved",
                     p->reserved);
}

static json_t *numbers(const uint8_t *value, size_t n)
{
    json_t *list = json_array();

    for (size_t k = 0; k < n; k++) {
        (void)json_array_append_new(list, json_integer(value[k]));
    }
    return list;
}

static json_t *schedule(const struct lte_sib1 *s)
{
    json_t *list = json_array();

    for (size_t k = 0; k < s->n_si; k++) {
        (void)json_array_append_new(
            list, json_pack("{si, so}", "period_frames", (int)s->si[k].period,
                            "sibs", numbers(s->si[k].sib, s->si[k].n_sibs)));
    }
    return list;
}

static json_t *sib1(const struct lte_sib1 *s)
{
    json_t *o = plmn(&s->plmn[0]);
    json_t *plmns = json_array();

    (void)json_object_del(o, "reserved"); /* stands with each of 'plmns' */
    for (size_t k = 0; k < s->n_plmn; k++) {
        (void)json_array_append_new(plmns, plmn(&s->plmn[k]));
    }
    (void)json_object_update_new(
        o, json_pack("{si, sI, si, sb, si, si, si, so, so}", "tac", (int)s->tac,
                     "cell_identity", (json_int_t)s->cell_identity, "band",
                     (int)s->band, "barred", s->barred, "q_rx_lev_min_dbm",
                     2 * s->q_rx_lev_min, "si_window_ms", (int)s->window_ms,
                     "value_tag", (int)s->value_tag, "plmns", plmns, "schedule",
                     schedule(s)));
    if (s->tdd_config >= 0) {
        (void)json_object_set_new(o, "tdd_config", json_integer(s->tdd_config));
        (void)json_object_set_new(o, "tdd_special",
                                  json_integer(s->tdd_special));
    }
    return o;
}

/* What SIB5 says of another carrier. */
static void add_carrier(json_t *o, const struct lte_carrier *c)
{
    (void)json_object_update_new(
        o,
        json_pack("{si, si, si, si, si, si}", "earfcn", (int)c->earfcn, "prb",
                  (int)c->prb, "q_rx_lev_min_dbm", 2 * c->q_rx_lev_min,
                  "thresh_high_db", 2 * c->thresh_high, "thresh_low_db",
                  2 * c->thresh_low, "q_offset_db", (int)c->q_offset_db));
    if (c->priority >= 0) {
        (void)json_object_set_new(o, "priority", json_integer(c->priority));
    }
}

/* What SIB3 says of the cell's own carrier. */
static json_t *serving(const struct lte_serving *s)
{
    json_t *o =
        json_pack("{si, si, si, si}", "priority", (int)s->priority, "q_hyst_db",
                  (int)s->q_hyst_db, "thresh_low_db", 2 * s->thresh_low,
                  "q_rx_lev_min_dbm", 2 * s->q_rx_lev_min);

    if (s->s_non_intra >= 0) {
        (void)json_object_set_new(o, "s_non_intra_db",
                                  json_integer((json_int_t)2 * s->s_non_intra));
    }
    return o;
}

static json_t *blocks(const struct lte_sibs *s)
{
    json_t *carriers = json_array();

    for (size_t k = 0; k < s->n_carriers; k++) {
        const struct lte_carrier *c = &s->carrier[k];
        json_t *cells = json_array(), *offsets = json_array();
        for (size_t j = 0; j < c->n_cells; j++) {
            (void)json_array_append_new(cells, json_integer(c->pci[j]));
            (void)json_array_append_new(offsets, json_integer(c->offset_db[j]));
        }
        json_t *o =
            json_pack("{so, so}", "cells", cells, "cell_offsets_db", offsets);
        if (c->has_earfcn) {
            add_carrier(o, c);
        }
        (void)json_array_append_new(carriers, o);
    }
    json_t *all = json_pack("{so, so}", "sibs", numbers(s->sib, s->n_sibs),
                            "neighbours", carriers);
    if (s->common.known) {
        (void)json_object_set_new(all, "common", scan_sib_common(&s->common));
    }
    if (s->serving.known) {
        (void)json_object_set_new(all, "serving", serving(&s->serving));
    }
    if (s->utra.known) {
        (void)json_object_set_new(all, "utra", scan_sib_utra(&s->utra));
    }
    if (s->geran.known) {
        (void)json_object_set_new(all, "geran", scan_sib_geran(&s->geran));
    }
    return all;
}

json_t *scan_lte_rrc(const uint8_t *bytes, size_t n)
{
    struct lte_rrc m;

    switch (lte_rrc_read(bytes, n, &m)) {
    case LTE_RRC_SIB1: return sib1(&m.sib1);
    case LTE_RRC_SI: return blocks(&m.sibs);
    case LTE_RRC_OTHER: return json_pack("{ss}", "error", "unknown kind");
    default: return json_pack("{ss}", "error", "refused");
    }
}

void scan_lte_print(const uint8_t *bytes, size_t n)
{
    struct lte_rrc m;

    switch (lte_rrc_read(bytes, n, &m)) {
    case LTE_RRC_SIB1:
        printf("SIB1, PLMN %u%u%u-", m.sib1.plmn[0].mcc[0],
               m.sib1.plmn[0].mcc[1], m.sib1.plmn[0].mcc[2]);
        for (size_t k = 0; k < m.sib1.plmn[0].n_mnc; k++) {
            printf("%u", m.sib1.plmn[0].mnc[k]);
        }
        printf(", TAC %u, cell identity %lu, band %u\n", m.sib1.tac,
               (unsigned long)m.sib1.cell_identity, m.sib1.band);
        break;
    case LTE_RRC_SI:
        printf("SI with");
        for (size_t k = 0; k < m.sibs.n_sibs; k++) {
            printf(" SIB%u", m.sibs.sib[k]);
        }
        printf("\n");
        break;
    case LTE_RRC_OTHER: printf("of an unknown kind\n"); break;
    default: printf("refused, it is cut off or lies\n"); break;
    }
}
