/* lte_sib_lte.c - see lte_sib.h: when to leave the cell, for which of LTE. */
#include "sdr/dsp/lte_sib.h"

int8_t lte_sib_rx_lev_min(struct uper *u)
{
    return (int8_t)((int)uper_below(u, 6, 49) - 70);
}

/* Q-OffsetRange: -24, -22 .. -6, -5 .. 6, 8 .. 24 dB. */
static int8_t get_offset(struct uper *u)
{
    int k = (int)uper_below(u, 5, 31);

    return (int8_t)(k < 10 ? 2 * k - 24 : k < 22 ? k - 15 : 2 * k - 36);
}

void lte_sib3(struct uper *u, struct lte_serving *s)
{
    bool is_extended = uper_flag(u);
    bool has_speed = uper_flag(u);
    uint32_t hyst = uper_get(u, 4); /* 0 .. 6, 8 .. 24 dB */

    s->known = true;
    s->q_hyst_db = (uint8_t)(hyst < 7 ? hyst : 2 * hyst - 6);
    uper_skip(u, has_speed ? 3 + 3 + 4 + 4 + 2 + 2 : 0);
    s->s_non_intra = (int8_t)(uper_flag(u) ? (int)uper_get(u, 5) : -1);
    s->thresh_low = (uint8_t)uper_get(u, 5);
    s->priority = (uint8_t)uper_get(u, 3);
    uint32_t has = uper_get(u, 4);
    s->q_rx_lev_min = lte_sib_rx_lev_min(u);
    uper_skip(u, 1 + 2 + 3);
    uper_skip(u, has & 8 ? 6 : 0); /* p-Max */
    uper_skip(u, has & 4 ? 5 : 0); /* s-IntraSearch */
    uper_skip(u, has & 2 ? 3 : 0); /* allowedMeasBandwidth */
    uper_skip(u, has & 1 ? 4 : 0); /* t-ReselectionEUTRA-SF */
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

static uint16_t get_pci(struct uper *u)
{
    return (uint16_t)uper_below(u, 9, 504);
}

static void skip_black_cells(struct uper *u)
{
    uint32_t n = uper_get(u, 4) + 1;

    for (uint32_t k = 0; k < n; k++) {
        bool has_range = uper_flag(u);
        (void)get_pci(u);
        uper_skip(u, has_range ? 4 : 0);
    }
}

/* Neighbours: with an extension marker each in SIB4, without in SIB5. */
static void get_cells(struct uper *u, bool extensible, struct lte_carrier *c)
{
    c->n_cells = (uint8_t)(uper_get(u, 4) + 1);
    for (unsigned k = 0; k < c->n_cells; k++) {
        bool is_extended = extensible && uper_flag(u);
        c->pci[k] = get_pci(u);
        c->offset_db[k] = get_offset(u);
        if (is_extended) {
            uper_additions(u, NULL);
        }
    }
}

void lte_sib4(struct uper *u, struct lte_sibs *s)
{
    struct lte_carrier *c = &s->carrier[s->n_carriers++];
    bool is_extended = uper_flag(u);
    uint32_t has = uper_get(u, 3);

    if (has & 4) {
        get_cells(u, true, c);
    }
    if (has & 2) {
        skip_black_cells(u);
    }
    if (has & 1) { /* csg-PhysCellIdRange */
        bool has_range = uper_flag(u);
        (void)get_pci(u);
        uper_skip(u, has_range ? 4 : 0);
    }
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

static void get_carrier(struct uper *u, struct lte_carrier *c)
{
    bool is_extended = uper_flag(u);
    uint32_t has = uper_get(u, 6);
    static const uint8_t prb[6] = {6, 15, 25, 50, 75, 100};

    c->has_earfcn = true;
    c->earfcn = (uint16_t)uper_get(u, 16);
    c->q_rx_lev_min = lte_sib_rx_lev_min(u);
    uper_skip(u, has & 32 ? 6 : 0); /* p-Max */
    uper_skip(u, 3);                /* t-ReselectionEUTRA */
    uper_skip(u, has & 16 ? 4 : 0); /* t-ReselectionEUTRA-SF */
    c->thresh_high = (uint8_t)uper_get(u, 5);
    c->thresh_low = (uint8_t)uper_get(u, 5);
    c->prb = prb[uper_below(u, 3, 6)];
    uper_skip(u, 1); /* presenceAntennaPort1 */
    c->priority = (int8_t)(has & 8 ? (int)uper_get(u, 3) : -1);
    uper_skip(u, 2); /* neighCellConfig */
    if (has & 4) {
        c->q_offset_db = get_offset(u);
    }
    if (has & 2) {
        get_cells(u, false, c);
    }
    if (has & 1) {
        skip_black_cells(u);
    }
    if (is_extended) {
        uper_additions(u, NULL);
    }
}

void lte_sib5(struct uper *u, struct lte_sibs *s)
{
    bool is_extended = uper_flag(u);
    uint32_t n = uper_get(u, 3) + 1;

    for (uint32_t k = 0; k < n; k++) {
        get_carrier(u, &s->carrier[s->n_carriers++]);
    }
    if (is_extended) {
        uper_additions(u, NULL);
    }
}
