/* gen_lte_wide.c - see gen_lte_wide.h. */
#include "sdr/radio/gen_lte_wide.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_seq.h"

enum {
    N_TTI = 4, /* frames that share one MIB */
    FACTOR_MAX = 16,
};

/* State of one run. */
struct wide_run {
    const struct gen_lte_wide *g;
    struct rng rng;
    float complex pbch[N_TTI * LTE_N_PBCH]; /* of the present MIB */
    uint16_t at[LTE_N_PBCH];
    size_t n_at;
    float complex freq[LTE_FFT * FACTOR_MAX], time[LTE_FFT * FACTOR_MAX];
    fftplan plan;
    float complex grid[GEN_LTE_SI_PORTS][LTE_RE_MAX];
};

static float complex wide_qpsk(unsigned first, unsigned second)
{
    return (first ? -1.0f : 1.0f) * (float)M_SQRT1_2 +
           I * ((second ? -1.0f : 1.0f) * (float)M_SQRT1_2);
}

/* Symbols of the four frames that carry the MIB of 'sfn'. */
static void wide_mib(struct wide_run *r, unsigned sfn)
{
    const struct lte_layout *l = &r->g->si.layout;
    struct lte_mib_fields f = {
        .prb = l->prb,
        .phich_extended = l->long_phich,
        .phich_resources = l->ng,
        .sfn = sfn,
    };
    struct lte_id id = {l->pci, l->extended};
    uint8_t coded[LTE_BCH_CODED], order[LTE_BCH_CODED];
    uint8_t scramble[2 * N_TTI * LTE_N_PBCH];

    r->n_at = lte_pbch_at(&id, r->at);
    lte_bch_encode(lte_mib_pack(&f), l->ports, coded);
    lte_bch_order(order);
    lte_gold(l->pci, scramble, sizeof scramble);
    for (size_t k = 0; k < N_TTI * r->n_at; k++) {
        unsigned a = coded[order[2 * k % LTE_BCH_CODED]];
        unsigned b = coded[order[(2 * k + 1) % LTE_BCH_CODED]];
        r->pbch[k] = wide_qpsk(a ^ scramble[2 * k], b ^ scramble[2 * k + 1]);
    }
}

/* The symbols' load behind the control region, from port 0. */
static void wide_load(struct wide_run *r, unsigned subframe)
{
    const struct lte_layout *l = &r->g->si.layout;
    unsigned n_sc = 12u * l->prb;

    memset(r->grid, 0, sizeof r->grid);
    for (unsigned i = lte_control_symbols(l, r->g->si.cfi) * n_sc;
         r->g->loaded && i < lte_layout_symbols(l, subframe) * n_sc; i++) {
        uint32_t two = rng_below(&r->rng, 4);
        r->grid[0][i] = wide_qpsk(two & 1, two >> 1);
    }
}

/* Element of the central subcarrier k (0..71) of symbol l. */
static unsigned wide_centre(const struct lte_layout *layout, unsigned l,
                            unsigned k)
{
    unsigned n_sc = 12u * layout->prb;

    return l * n_sc + n_sc / 2 - LTE_N_SC / 2 + k;
}

/* d[62] from port 0, nothing beside it. */
static void wide_sync(struct wide_run *r, unsigned l, const float complex *d)
{
    for (unsigned k = 0; k < LTE_N_SC; k++) {
        bool inside = k >= LTE_SYNC_K && k < LTE_SYNC_K + LTE_N_SYNC;
        for (unsigned p = 0; p < GEN_LTE_SI_PORTS; p++) {
            r->grid[p][wide_centre(&r->g->si.layout, l, k)] =
                p == 0 && inside ? d[k - LTE_SYNC_K] : 0;
        }
    }
}

/* PSS and SSS, 6.11.1.2 and 6.11.2.2. */
static void wide_syncs(struct wide_run *r, unsigned subframe)
{
    const struct lte_layout *l = &r->g->si.layout;
    unsigned n = lte_layout_slot_symbols(l);
    float complex pss[LTE_N_SYNC], d[LTE_N_SYNC];
    float sss[LTE_N_SYNC];

    lte_pss(l->pci % 3u, pss);
    lte_sss(l->pci, subframe / 5, sss);
    for (unsigned k = 0; k < LTE_N_SYNC; k++) {
        d[k] = sss[k];
    }
    if (l->tdd && subframe % 5 == 1) {
        wide_sync(r, 2, pss);
    } else if (subframe % 5 == 0) {
        wide_sync(r, l->tdd ? 2 * n - 1 : n - 2, d);
        if (!l->tdd) {
            wide_sync(r, n - 1, pss);
        }
    }
}

static void wide_pbch(struct wide_run *r, unsigned sfn)
{
    const struct lte_layout *l = &r->g->si.layout;
    unsigned n = lte_layout_slot_symbols(l);
    uint16_t re[LTE_N_PBCH];

    for (unsigned k = 0; k < 4 * LTE_N_SC; k++) {
        for (unsigned p = 0; p < GEN_LTE_SI_PORTS; p++) {
            r->grid[p][wide_centre(l, n + k / LTE_N_SC, k % LTE_N_SC)] = 0;
        }
    }
    for (size_t i = 0; i < r->n_at; i++) {
        re[i] = (uint16_t)wide_centre(l, n + r->at[i] / LTE_N_SC,
                                      r->at[i] % LTE_N_SC);
    }
    gen_lte_si_map(l, re, r->n_at, r->pbch + sfn % N_TTI * r->n_at, r->grid);
}

/* Reference signals; where one port has them the others are silent. */
static void wide_crs(struct wide_run *r, unsigned subframe, unsigned l)
{
    const struct lte_layout *layout = &r->g->si.layout;
    unsigned n = lte_layout_slot_symbols(layout);
    uint8_t bits[4 * LTE_PRB_MAX];
    unsigned first;

    for (unsigned port = 0; port < layout->ports; port++) {
        if (!lte_layout_crs(layout, port, l, &first)) {
            continue;
        }
        lte_layout_crs_bits(layout, 2 * subframe + l / n, l % n, bits);
        for (unsigned m = 0; m < 2u * layout->prb; m++) {
            unsigned i = l * 12u * layout->prb + first + 6 * m;
            for (unsigned p = 0; p < GEN_LTE_SI_PORTS; p++) {
                r->grid[p][i] =
                    p == port ? wide_qpsk(bits[2 * m], bits[2 * m + 1]) : 0;
            }
        }
    }
}

/* Adds the ports of symbol l up, transforms, writes prefix and symbol. */
static void wide_modulate(struct wide_run *r, unsigned slot, unsigned l,
                          float complex *frame)
{
    const struct lte_layout *layout = &r->g->si.layout;
    unsigned n_sc = 12u * layout->prb;
    unsigned per_slot = lte_layout_slot_symbols(layout);
    size_t f = r->g->factor, n = LTE_FFT * f;
    size_t at = lte_symbol_at(layout->extended, slot, l % per_slot) * f;
    size_t before =
        l % per_slot == 0
            ? slot * (size_t)LTE_SLOT * f
            : lte_symbol_at(layout->extended, slot, l % per_slot - 1) * f + n;

    memset(r->freq, 0, sizeof r->freq);
    for (unsigned k = 0; k < n_sc; k++) {
        float complex sum = 0;
        for (unsigned p = 0; p < layout->ports; p++) {
            sum += r->grid[p][l * n_sc + k] * r->g->gain[p];
        }
        r->freq[k < n_sc / 2 ? n - n_sc / 2 + k : k - n_sc / 2 + 1] =
            sum / sqrtf((float)n_sc);
    }
    fft_execute(r->plan);
    for (size_t i = before; i < at + n; i++) {
        frame[i] = r->time[(i + n - at) % n];
    }
}

static void wide_subframe(struct wide_run *r, unsigned sfn, unsigned subframe,
                          float complex *frame)
{
    const struct lte_layout *layout = &r->g->si.layout;
    unsigned per_slot = lte_layout_slot_symbols(layout);
    unsigned n = lte_layout_symbols(layout, subframe);

    wide_load(r, subframe);
    gen_lte_si_put(&r->g->si, sfn, subframe, r->grid);
    if (subframe == 0) {
        wide_pbch(r, sfn);
    }
    if (n > 0) {
        wide_syncs(r, subframe);
    }
    for (unsigned l = 0; l < n; l++) {
        wide_crs(r, subframe, l);
        wide_modulate(r, 2 * subframe + l / per_slot, l, frame);
    }
}

int gen_lte_wide_run(const struct gen_lte_wide *g, size_t n_frames,
                     float complex *x)
{
    struct wide_run *r = calloc(1, sizeof *r);
    size_t n_frame = (size_t)LTE_FRAME * g->factor;

    assert(gen_lte_si_valid(&g->si) && g->sfn < 1024 && g->factor >= 1 &&
           g->factor <= FACTOR_MAX &&
           12u * g->si.layout.prb < LTE_FFT * g->factor);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->g = g;
    r->rng.state = g->seed;
    r->plan = fft_create_plan((unsigned)LTE_FFT * g->factor, r->freq, r->time,
                              LIQUID_FFT_BACKWARD, 0);
    if (r->plan == NULL) {
        free(r);
        return ERR_NO_MEM;
    }
    memset(x, 0, n_frames * n_frame * sizeof *x);
    for (size_t f = 0; f < n_frames; f++) {
        unsigned sfn = (unsigned)((g->sfn + f) % 1024);
        if (f == 0 || sfn % N_TTI == 0) {
            wide_mib(r, sfn);
        }
        for (unsigned subframe = 0; subframe < 10; subframe++) {
            wide_subframe(r, sfn, subframe, x + f * n_frame);
        }
    }
    fft_destroy_plan(r->plan);
    free(r);
    return 0;
}
