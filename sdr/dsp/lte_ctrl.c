/* lte_ctrl.c - see lte_ctrl.h: PCFICH, PHICH, PDCCH. */
#include "sdr/dsp/lte_ctrl.h"

#include <assert.h>
#include <string.h>

#include "sdr/dsp/lte_tbcc.h"

enum {
    SC_PRB = 12,
    CONTROL_MAX = 4, /* symbols */
};

/* Bandwidths of the MIB. */
static const uint8_t layout_prb[6] = {6, 15, 25, 50, 75, 100};

/* Downlink subframes of the TDD configurations, bit 'subframe'; the special
 * ones are 1 and, in those with a second one, 6; TS 36.211 Table 4.2-2. */
static const uint16_t tdd_downlink[7] = {0x021, 0x231, 0x339, 0x3e1,
                                         0x3f1, 0x3f9, 0x221};
static const uint16_t tdd_special[7] = {0x042, 0x042, 0x042, 0x002,
                                        0x002, 0x002, 0x042};

bool lte_layout_valid(const struct lte_layout *g)
{
    bool prb = false;

    for (size_t k = 0; k < sizeof layout_prb; k++) {
        prb = prb || g->prb == layout_prb[k];
    }
    return prb && g->pci < 504 && g->ng < 4 &&
           (g->ports == 1 || g->ports == 2 || g->ports == 4) &&
           g->tdd_config >= LTE_TDD_UNKNOWN && g->tdd_config < 7 &&
           g->tdd_special >= 0 && g->tdd_special < 9;
}

unsigned lte_layout_slot_symbols(const struct lte_layout *g)
{
    return g->extended ? 6 : 7;
}

/* Length of DwPTS, TS 36.211 Table 4.2-1. */
static unsigned layout_dwpts(const struct lte_layout *g)
{
    static const uint8_t normal[9] = {3, 9, 10, 11, 12, 3, 9, 10, 11};
    static const uint8_t extended[9] = {3, 8, 9, 10, 3, 8, 9, 5, 5};

    return (g->extended ? extended : normal)[g->tdd_special];
}

unsigned lte_layout_symbols(const struct lte_layout *g, unsigned subframe)
{
    unsigned all = 2 * lte_layout_slot_symbols(g);

    if (!g->tdd || subframe == 0 || subframe == 5) {
        return all;
    }
    if (g->tdd_config < 0) {
        return 0;
    }
    if (tdd_special[g->tdd_config] >> subframe & 1) {
        return layout_dwpts(g);
    }
    return tdd_downlink[g->tdd_config] >> subframe & 1 ? all : 0;
}

unsigned lte_phich_factor(const struct lte_layout *g, unsigned subframe)
{
    static const uint8_t m[7][10] = {
        {2, 1, 0, 0, 0, 2, 1, 0, 0, 0}, {0, 1, 0, 0, 1, 0, 1, 0, 0, 1},
        {0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, {1, 0, 0, 0, 0, 0, 0, 0, 1, 1},
        {0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0},
        {1, 1, 0, 0, 0, 1, 1, 0, 0, 1},
    };

    if (!g->tdd) {
        return 1;
    }
    return g->tdd_config < 0 ? 0 : m[g->tdd_config][subframe];
}

unsigned lte_control_symbols(const struct lte_layout *g, unsigned cfi)
{
    return g->prb <= 10 ? cfi + 1 : cfi;
}

void lte_cfi_bits(unsigned cfi, uint8_t bits[LTE_CFI_BITS])
{
    assert(cfi >= 1 && cfi <= 3);
    for (unsigned k = 0; k < LTE_CFI_BITS; k++) {
        bits[k] = (k + 3 - cfi) % 3 != 2; /* 011.., 101.., 110.. */
    }
}

uint32_t lte_pcfich_scramble(const struct lte_layout *g, unsigned subframe)
{
    return ((subframe + 1) * (2u * g->pci + 1) << 9) + g->pci;
}

uint32_t lte_pdcch_scramble(const struct lte_layout *g, unsigned subframe)
{
    return (subframe << 9) + g->pci;
}

/* Resource-element groups a resource block has in control symbol l, 6.2.4;
 * symbol 0 has as many as with two ports even when there is one. */
static unsigned regs_per_prb(const struct lte_layout *g, unsigned l)
{
    bool has_crs =
        l == 0 || (l == 1 && g->ports == 4) || (l == 3 && g->extended);

    return has_crs ? 2 : 3;
}

/* The four elements of group n of symbol l. */
static void reg_at(const struct lte_layout *g, unsigned l, unsigned n,
                   uint16_t re[LTE_REG_RE])
{
    unsigned n_sc = SC_PRB * g->prb;

    if (regs_per_prb(g, l) == 3) {
        for (unsigned i = 0; i < LTE_REG_RE; i++) {
            re[i] = (uint16_t)(l * n_sc + 4 * n + i);
        }
        return;
    }
    unsigned i = 0;
    for (unsigned k = 6 * n; k < 6 * n + 6; k++) {
        if (k % 3 != g->pci % 3u) {
            re[i++] = (uint16_t)(l * n_sc + k);
        }
    }
}

/* Groups of symbol 0 that carry the PCFICH, 6.7.4. */
static void pcfich_regs(const struct lte_layout *g, unsigned n[4])
{
    unsigned first = g->pci % (2u * g->prb);

    for (unsigned i = 0; i < 4; i++) {
        n[i] = (first + i * g->prb / 2) % (2u * g->prb);
    }
}

void lte_pcfich_at(const struct lte_layout *g, uint16_t re[LTE_PCFICH_RE])
{
    unsigned n[4];

    pcfich_regs(g, n);
    for (unsigned i = 0; i < 4; i++) {
        reg_at(g, 0, n[i], re + i * LTE_REG_RE);
    }
}

/* Which groups of each control symbol are taken. */
struct control_map {
    bool taken[CONTROL_MAX][3 * LTE_PRB_MAX];
    uint16_t is_free[CONTROL_MAX][3 * LTE_PRB_MAX]; /* without the PCFICH's */
    unsigned n_free[CONTROL_MAX];
};

/* Groups n' of the PHICH's numbering: those without PCFICH, 6.9.3. */
static void control_free(const struct lte_layout *g, struct control_map *m)
{
    unsigned pcfich[4];

    memset(m, 0, sizeof *m);
    pcfich_regs(g, pcfich);
    for (unsigned i = 0; i < 4; i++) {
        m->taken[0][pcfich[i]] = true;
    }
    for (unsigned l = 0; l < CONTROL_MAX; l++) {
        for (unsigned n = 0; n < regs_per_prb(g, l) * g->prb; n++) {
            if (!m->taken[l][n]) {
                m->is_free[l][m->n_free[l]++] = (uint16_t)n;
            }
        }
    }
}

/* Mapping units of the PHICH: its groups, or pairs of them. */
static unsigned phich_units(const struct lte_layout *g, unsigned factor)
{
    static const unsigned sixths[4] = {1, 3, 6, 12};

    return factor * ((sixths[g->ng] * g->prb + 47) / 48);
}

static void phich_map(const struct lte_layout *g, unsigned subframe,
                      unsigned factor, struct control_map *m,
                      struct lte_control *c)
{
    bool turned = g->tdd && (subframe == 1 || subframe == 6);

    for (unsigned unit = 0; unit < phich_units(g, factor); unit++) {
        for (unsigned i = 0; i < 3; i++) {
            unsigned l = !g->long_phich ? 0
                         : turned       ? (unit / 2 + i + 1) % 2
                                        : i;
            unsigned base = g->long_phich && turned ? 1 : 0;
            unsigned n = m->n_free[l];
            unsigned at = (g->pci * n / m->n_free[base] + unit + i * n / 3) % n;
            at = m->is_free[l][at];
            m->taken[l][at] = true;
            reg_at(g, l, at, c->phich + LTE_REG_RE * c->n_phich++);
        }
    }
}

/* Free groups in the order of 6.8.5: by subcarrier, then by symbol. */
static size_t pdcch_regs(const struct lte_layout *g, unsigned n_symbols,
                         const struct control_map *m, uint16_t *re)
{
    size_t n = 0;

    for (unsigned k = 0; k < SC_PRB * (unsigned)g->prb; k += 2) {
        for (unsigned l = 0; l < n_symbols; l++) {
            unsigned width = regs_per_prb(g, l) == 3 ? 4 : 6;
            if (k % width == 0 && !m->taken[l][k / width]) {
                reg_at(g, l, k / width, re + LTE_REG_RE * n++);
            }
        }
    }
    return n;
}

void lte_control_at(const struct lte_layout *g, unsigned subframe, unsigned cfi,
                    unsigned phich_factor, struct lte_control *c)
{
    struct control_map m;
    uint16_t re[LTE_REG_RE * LTE_REGS_MAX];

    assert(lte_layout_valid(g) && subframe < 10 && cfi >= 1 && cfi <= 3);
    c->n_phich = 0;
    control_free(g, &m);
    phich_map(g, subframe, phich_factor, &m, c);
    unsigned n = (unsigned)pdcch_regs(g, lte_control_symbols(g, cfi), &m, re);
    c->n_pdcch = n;
    /* Quadruplets are interleaved, then turned by the cell's identity. */
    unsigned n_rows = (n + LTE_TBCC_COLUMNS - 1) / LTE_TBCC_COLUMNS;
    unsigned n_dummy = n_rows * LTE_TBCC_COLUMNS - n;
    unsigned i = 0;
    for (unsigned j = 0; j < n_rows * LTE_TBCC_COLUMNS; j++) {
        unsigned q =
            j % n_rows * LTE_TBCC_COLUMNS + lte_tbcc_column[j / n_rows];
        if (q >= n_dummy) {
            unsigned reg = (i++ + n - g->pci % n) % n;
            memcpy(c->pdcch + (size_t)LTE_REG_RE * (q - n_dummy),
                   re + (size_t)LTE_REG_RE * reg, LTE_REG_RE * sizeof re[0]);
        }
    }
}
