/* lte_data.c - see lte_ctrl.h: PDSCH and reference signals. */
#include <assert.h>

#include "sdr/dsp/lte_ctrl.h"
#include "sdr/dsp/lte_seq.h"

enum {
    SC_PRB = 12,
    CRS_HALF = 110, /* blocks of the sequence's widest band */
};

bool lte_layout_crs(const struct lte_layout *g, unsigned port, unsigned l,
                    unsigned *first)
{
    unsigned per_slot = lte_layout_slot_symbols(g);
    struct lte_pilot p = {port, l / per_slot, l % per_slot != 0 && port < 2};
    struct lte_id id = {g->pci, g->extended};

    if (l % per_slot != lte_crs_symbol(&id, &p)) {
        return false;
    }
    *first = lte_crs_first(&id, &p);
    return true;
}

void lte_layout_crs_bits(const struct lte_layout *g, unsigned slot, unsigned l,
                         uint8_t *bits)
{
    uint8_t c[4 * CRS_HALF];
    uint32_t init = ((7 * (slot + 1) + l + 1) * (2u * g->pci + 1) << 10) +
                    2u * g->pci + (g->extended ? 0 : 1);
    unsigned skip = 2u * (CRS_HALF - g->prb);

    lte_gold(init, c, skip + 4u * g->prb);
    for (unsigned k = 0; k < 4u * g->prb; k++) {
        bits[k] = c[skip + k];
    }
}

uint32_t lte_pdsch_scramble(const struct lte_layout *g, unsigned subframe,
                            unsigned rnti)
{
    return (rnti << 14) + (subframe << 9) + g->pci;
}

/* True on the 72 central subcarriers of a synchronization signal or PBCH. */
static bool reserved(const struct lte_layout *g, unsigned subframe, unsigned l)
{
    unsigned n = lte_layout_slot_symbols(g);

    if (subframe == 0 && l >= n && l < n + 4) {
        return true; /* PBCH */
    }
    if (g->tdd) { /* SSS ends subframes 0 and 5, PSS is in those behind */
        return (subframe % 5 == 0 && l == 2 * n - 1) ||
               (subframe % 5 == 1 && l == 2);
    }
    return subframe % 5 == 0 && (l == n - 1 || l == n - 2);
}

/* Subcarriers k % 6 with reference signals of any port, as bits. */
static unsigned crs_mask(const struct lte_layout *g, unsigned l)
{
    unsigned mask = 0, first;

    for (unsigned port = 0; port < g->ports; port++) {
        if (lte_layout_crs(g, port, l, &first)) {
            mask |= 1u << first % 6;
        }
    }
    return mask;
}

size_t lte_pdsch_at(const struct lte_layout *g, unsigned subframe,
                    unsigned n_control, const uint8_t prb[2][LTE_PRB_MAX],
                    size_t n_prb, uint16_t *re)
{
    unsigned n_sc = SC_PRB * (unsigned)g->prb;
    unsigned low = n_sc / 2 - 36, high = n_sc / 2 + 36;
    unsigned n_slot = lte_layout_slot_symbols(g);
    size_t n = 0;

    assert(n_prb <= g->prb);
    for (unsigned l = n_control; l < lte_layout_symbols(g, subframe); l++) {
        unsigned mask = crs_mask(g, l);
        bool is_reserved = reserved(g, subframe, l);
        for (size_t i = 0; i < n_prb; i++) {
            unsigned from = SC_PRB * (unsigned)prb[l / n_slot][i];
            for (unsigned k = from; k < from + SC_PRB; k++) {
                bool sync = is_reserved && k >= low && k < high;
                if (!sync && (mask >> k % 6 & 1) == 0) {
                    re[n++] = (uint16_t)(l * n_sc + k);
                }
            }
        }
    }
    return n;
}
