/* lte_sib_other.c - see lte_sib.h: neighbours that are not of LTE, 6.3.1. */
#include "sdr/dsp/lte_sib.h"

enum {
    LISTED, /* following ARFCNs one by one */
    SPACED,
    MAPPED,
    ARFCNS = 1024,
};

static int8_t get_priority(struct uper *u, bool has)
{
    return (int8_t)(has ? (int)uper_get(u, 3) : -1);
}

/* FDD has a quality, and in release 9 thresholds of it. */
static void get_utra_carrier(struct uper *u, bool is_fdd,
                             struct lte_utra_carrier *c)
{
    bool is_extended = uper_flag(u);
    bool has_priority = uper_flag(u);
    struct uper q = {.n = 0};

    c->arfcn = (uint16_t)uper_get(u, 14);
    c->priority = get_priority(u, has_priority);
    c->thresh_high = (uint8_t)uper_get(u, 5);
    c->thresh_low = (uint8_t)uper_get(u, 5);
    c->q_rx_lev_min = (int8_t)((int)uper_below(u, 6, 48) - 60);
    c->p_max_dbm = (int8_t)((int)uper_below(u, 7, 84) - 50);
    if (is_fdd) {
        c->q_qual_min_db = (int8_t)((int)uper_below(u, 5, 25) - 24);
    }
    if (is_extended) {
        uper_additions(u, &q);
    }
    if (is_fdd && q.n > 0) {
        c->has_thresh_q = uper_flag(&q);
        c->thresh_high_q_db = (uint8_t)(c->has_thresh_q ? uper_get(&q, 5) : 0);
        c->thresh_low_q_db = (uint8_t)(c->has_thresh_q ? uper_get(&q, 5) : 0);
        u->failed = u->failed || q.failed;
    }
}

static uint8_t get_utra_carriers(struct uper *u, bool is_fdd,
                                 struct lte_utra_carrier *c)
{
    uint8_t n = (uint8_t)(uper_get(u, 4) + 1);

    for (unsigned k = 0; k < n; k++) {
        get_utra_carrier(u, is_fdd, &c[k]);
    }
    return n;
}

void lte_sib6(struct uper *u, struct lte_utra *s)
{
    bool is_extended = uper_flag(u);
    bool has_fdd = uper_flag(u);
    bool has_tdd = uper_flag(u);
    bool has_speed = uper_flag(u);

    s->known = true;
    s->n_fdd = has_fdd ? get_utra_carriers(u, true, s->fdd) : 0;
    s->n_tdd = has_tdd ? get_utra_carriers(u, false, s->tdd) : 0;
    s->t_reselection_s = (uint8_t)uper_get(u, 3);
    uper_skip(u, has_speed ? 4 : 0);
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

/* 'steps' behind the starting ARFCN. */
static void add_arfcn(struct lte_geran_group *g, uint32_t steps)
{
    g->arfcn[g->n_arfcns++] = (uint16_t)((g->arfcn[0] + steps) % ARFCNS);
}

static void get_following(struct uper *u, struct lte_geran_group *g)
{
    uint32_t n, space;

    switch (uper_below(u, 2, 3)) {
    case LISTED:
        n = uper_get(u, 5);
        for (uint32_t k = 0; k < n; k++) {
            g->arfcn[g->n_arfcns++] = (uint16_t)uper_get(u, 10);
        }
        return;
    case SPACED:
        space = uper_get(u, 3) + 1;
        n = uper_get(u, 5);
        for (uint32_t k = 1; k <= n; k++) {
            add_arfcn(g, k * space);
        }
        return;
    case MAPPED:
    default:
        n = 8 * (uper_get(u, 4) + 1);
        for (uint32_t k = 1; k <= n; k++) {
            if (uper_flag(u)) {
                add_arfcn(g, k);
            }
        }
        return;
    }
}

static void get_geran_group(struct uper *u, struct lte_geran_group *g)
{
    bool is_extended = uper_flag(u);

    g->arfcn[g->n_arfcns++] = (uint16_t)uper_get(u, 10);
    g->pcs1900 = uper_flag(u);
    get_following(u, g);
    bool has_priority = uper_flag(u);
    bool has_p_max = uper_flag(u);
    g->priority = get_priority(u, has_priority);
    g->ncc_permitted = (uint8_t)uper_get(u, 8);
    g->q_rx_lev_min = (uint8_t)uper_below(u, 6, 46);
    g->p_max_dbm = (int8_t)(has_p_max ? (int)uper_below(u, 6, 40) : -1);
    g->thresh_high = (uint8_t)uper_get(u, 5);
    g->thresh_low = (uint8_t)uper_get(u, 5);
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

void lte_sib7(struct uper *u, struct lte_geran *s)
{
    bool is_extended = uper_flag(u);
    bool has_speed = uper_flag(u);
    bool has_groups = uper_flag(u);

    s->known = true;
    s->t_reselection_s = (uint8_t)uper_get(u, 3);
    uper_skip(u, has_speed ? 4 : 0);
    if (has_groups) {
        s->n_groups = (uint8_t)(uper_get(u, 4) + 1);
    }
    for (unsigned k = 0; k < s->n_groups; k++) {
        get_geran_group(u, &s->group[k]);
    }
    if (is_extended) {
        uper_additions(u, NULL);
    }
}
