/* gen_lte_si.c - see gen_lte_si.h. */
#include "sdr/radio/gen_lte_si.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/dsp/lte_tb.h"
#include "sdr/dsp/lte_tbcc.h"

enum {
    DCI_CRC = 16,
    BITS_MAX = 2 * LTE_RE_MAX,
    TB_MAX = LTE_SI_TBS_MAX + LTE_CRC24,
};

/* What a subframe takes to make. */
struct si_work {
    struct lte_control control;
    struct lte_rate rate;
    uint16_t re[LTE_RE_MAX];
    uint8_t bits[BITS_MAX], scramble[BITS_MAX];
    uint8_t block[TB_MAX];
    uint8_t coded[3 * (TB_MAX + LTE_TURBO_TAIL)];
    float complex x[LTE_RE_MAX];
};

void gen_lte_si_map(const struct lte_layout *layout, const uint16_t *re,
                    size_t n, const float complex *x,
                    float complex (*grid)[LTE_RE_MAX])
{
    if (layout->ports == 1) {
        for (size_t i = 0; i < n; i++) {
            grid[0][re[i]] = x[i];
        }
        return;
    }
    for (size_t i = 0; i + 1 < n; i += 2) {
        unsigned a = layout->ports == 4 ? i / 2 % 2 : 0;
        unsigned b = layout->ports == 4 ? a + 2 : 1;
        grid[a][re[i]] = x[i] * (float)M_SQRT1_2;
        grid[a][re[i + 1]] = x[i + 1] * (float)M_SQRT1_2;
        grid[b][re[i]] = -conjf(x[i + 1]) * (float)M_SQRT1_2;
        grid[b][re[i + 1]] = conjf(x[i]) * (float)M_SQRT1_2;
    }
}

/* Scrambles w->bits[2 n] and puts them on re[n]. */
static void si_send(const struct lte_layout *layout, struct si_work *w,
                    uint32_t c_init, size_t skip, const uint16_t *re, size_t n,
                    float complex (*grid)[LTE_RE_MAX])
{
    lte_gold(c_init, w->scramble, skip + 2 * n);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *c = w->scramble + skip + 2 * i;
        w->x[i] =
            (w->bits[2 * i] ^ c[0] ? -1.0f : 1.0f) * (float)M_SQRT1_2 +
            I * ((w->bits[2 * i + 1] ^ c[1] ? -1.0f : 1.0f) * (float)M_SQRT1_2);
    }
    gen_lte_si_map(layout, re, n, w->x, grid);
}

/* The CFI, and what stands for answers to an uplink. */
static void si_format(const struct gen_lte_si *g, unsigned sfn,
                      unsigned subframe, struct si_work *w,
                      float complex (*grid)[LTE_RE_MAX])
{
    struct rng r = {10 * sfn + subframe};
    uint16_t re[LTE_PCFICH_RE];

    lte_pcfich_at(&g->layout, re);
    lte_cfi_bits(g->cfi, w->bits);
    si_send(&g->layout, w, lte_pcfich_scramble(&g->layout, subframe), 0, re,
            LTE_PCFICH_RE, grid);
    for (size_t i = 0; i < 2 * LTE_REG_RE * w->control.n_phich; i++) {
        w->bits[i] = (uint8_t)rng_below(&r, 2);
    }
    si_send(&g->layout, w, 0, 0, w->control.phich,
            LTE_REG_RE * w->control.n_phich, grid);
}

static void si_assign(const struct gen_lte_si *g, const struct lte_dci *dci,
                      unsigned subframe, struct si_work *w,
                      float complex (*grid)[LTE_RE_MAX])
{
    unsigned size = lte_dci_size(&g->layout, dci->format);
    unsigned total = size + DCI_CRC;
    uint64_t message = lte_dci_pack(&g->layout, dci);
    uint64_t crc = lte_crc16(message, size) ^ LTE_SI_RNTI;
    uint8_t coded[3 * LTE_TBCC_MAX], order[3 * LTE_TBCC_MAX];
    size_t n = (size_t)LTE_CCE_BITS * g->aggregation;
    size_t skip = (size_t)LTE_CCE_BITS * g->first_cce;

    lte_tbcc_encode(message << DCI_CRC | crc, total, coded);
    lte_tbcc_order(total, order);
    for (size_t k = 0; k < n; k++) {
        w->bits[k] = coded[order[k % (3 * total)]];
    }
    si_send(&g->layout, w, lte_pdcch_scramble(&g->layout, subframe), skip,
            w->control.pdcch + skip / 2, n / 2, grid);
}

/* The smallest transport block that holds n bytes; false: none does. */
static bool si_fit(struct lte_dci *dci, size_t n)
{
    unsigned best = 0;

    for (unsigned mcs = 0; mcs < 32; mcs++) {
        for (unsigned three = 0; three < 2; three++) {
            unsigned tbs = lte_dci_tbs(dci->format, mcs, three != 0);
            if (tbs > 0 && tbs >= 8 * n && (best == 0 || tbs < best)) {
                best = tbs;
                dci->mcs = (uint8_t)mcs;
                dci->three = three != 0;
            }
        }
    }
    dci->tbs = (uint16_t)best;
    return best != 0;
}

static void si_block(const struct gen_lte_message *m, unsigned tbs,
                     struct si_work *w)
{
    memset(w->block, 0, sizeof w->block);
    for (size_t i = 0; i < 8 * m->n; i++) {
        w->block[i] = m->bytes[i / 8] >> (7 - i % 8) & 1;
    }
    lte_put_bits(w->block + tbs, LTE_CRC24, lte_crc24a(w->block, tbs));
    lte_turbo_encode(w->block, tbs + LTE_CRC24, w->coded);
    lte_rate_init(&w->rate, tbs + LTE_CRC24, 0);
}

/* Message 'm', for the k-th time. */
static void si_message(const struct gen_lte_si *g,
                       const struct gen_lte_message *m, unsigned k,
                       unsigned subframe, struct si_work *w,
                       float complex (*grid)[LTE_RE_MAX])
{
    static const uint8_t version[4] = {0, 2, 3, 1}; /* TS 36.321 5.3.1 */
    unsigned n_control = lte_control_symbols(&g->layout, g->cfi);
    struct lte_dci dci = g->dci;
    uint8_t prb[2][LTE_PRB_MAX];

    dci.rv = version[k % 4];
    if (!si_fit(&dci, m->n)) {
        return;
    }
    lte_dci_prbs(&g->layout, &dci, prb);
    size_t n = lte_pdsch_at(&g->layout, subframe, n_control, prb, dci.n, w->re);
    n -= g->layout.ports > 1 ? n % 2 : 0;
    if (n == 0) {
        return;
    }
    si_assign(g, &dci, subframe, w, grid);
    si_block(m, dci.tbs, w);
    lte_rate_match(&w->rate, dci.rv, w->coded, w->bits, 2 * n);
    si_send(&g->layout, w,
            lte_pdsch_scramble(&g->layout, subframe, LTE_SI_RNTI), 0, w->re, n,
            grid);
}

/* Which message of the scheduling list a subframe carries; its part. */
static const struct gen_lte_message *si_scheduled(const struct gen_lte_si *g,
                                                  unsigned at, unsigned *k)
{
    struct lte_rrc m;

    if (lte_rrc_read(g->sib1.bytes, g->sib1.n, &m) != LTE_RRC_SIB1) {
        return NULL;
    }
    for (unsigned n = 0; n < m.sib1.n_si && n < GEN_LTE_SI_MESSAGES; n++) {
        unsigned period = 10u * m.sib1.si[n].period;
        unsigned x = n * m.sib1.window_ms % period;
        *k = (at + period - x) % period;
        if (g->si[n].n > 0 && *k < m.sib1.window_ms) {
            return &g->si[n];
        }
    }
    return NULL;
}

bool gen_lte_si_valid(const struct gen_lte_si *g)
{
    struct lte_dci dci = g->dci;
    bool valid = lte_layout_valid(&g->layout) && g->cfi >= 1 && g->cfi <= 3 &&
                 (g->aggregation == 4 || g->aggregation == 8) &&
                 g->first_cce + g->aggregation <= LTE_COMMON_CCES &&
                 (!g->layout.tdd || g->layout.tdd_config >= 0) && dci.n >= 1 &&
                 dci.first + dci.n <=
                     (dci.distributed ? lte_dci_vrbs(&g->layout, dci.second_gap)
                                      : g->layout.prb);
    struct lte_control c;

    for (unsigned k = 0; valid && k <= GEN_LTE_SI_MESSAGES; k++) {
        size_t n = k == 0 ? g->sib1.n : g->si[k - 1].n;
        valid = si_fit(&dci, n);
    }
    for (unsigned subframe = 0; valid && subframe < 10; subframe++) {
        lte_control_at(&g->layout, subframe, g->cfi,
                       lte_phich_factor(&g->layout, subframe), &c);
        valid =
            (size_t)LTE_CCE_REGS * (g->first_cce + g->aggregation) <= c.n_pdcch;
    }
    return valid;
}

void gen_lte_si_put(const struct gen_lte_si *g, unsigned sfn, unsigned subframe,
                    float complex (*grid)[LTE_RE_MAX])
{
    const struct gen_lte_message *m = NULL;
    struct si_work w;
    unsigned k = 0;

    if (lte_layout_symbols(&g->layout, subframe) == 0) {
        return;
    }
    lte_control_at(&g->layout, subframe, g->cfi,
                   lte_phich_factor(&g->layout, subframe), &w.control);
    si_format(g, sfn, subframe, &w, grid);
    if (g->sib1.n == 0) {
        return;
    }
    if (subframe == 5 && sfn % 2 == 0) {
        m = &g->sib1;
        k = sfn / 2;
    } else {
        m = si_scheduled(g, 10 * sfn + subframe, &k);
    }
    if (m != NULL) {
        si_message(g, m, k, subframe, &w, grid);
    }
}
