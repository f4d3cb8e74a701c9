/* gen_lte.c - transmitter of a cell's always-on signals. */
#include "sdr/radio/gen_lte.h"

#include <assert.h>
#include <math.h>

#include <liquid/liquid.h>

#include "core/base/err.h"
#include "core/base/rng.h"

enum {
    N_TTI = 4,    /* frames that share one MIB */
    N_SLOTS = 20, /* of a frame */
};

/* One symbol of the frame, and what fills it. */
struct gen_symbol {
    unsigned slot, l;
    float complex grid[GEN_LTE_PORTS][LTE_N_SC];
};

/* State of one run. */
struct gen_run {
    const struct gen_lte *g;
    struct rng rng;
    float complex pss[LTE_N_SYNC];
    float sss[2][LTE_N_SYNC];
    uint16_t at[LTE_N_PBCH];
    size_t n_at;                            /* PBCH symbols of a frame */
    float complex pbch[N_TTI * LTE_N_PBCH]; /* of the present MIB */
    float complex freq[LTE_FFT], time[LTE_FFT];
    fftplan plan;
};

static float complex gen_qpsk(unsigned first, unsigned second)
{
    return (first ? -1.0f : 1.0f) * (float)M_SQRT1_2 +
           I * ((second ? -1.0f : 1.0f) * (float)M_SQRT1_2);
}

/* Symbols of the four frames that carry the MIB of 'sfn'. */
static void gen_pbch(struct gen_run *r, unsigned sfn)
{
    uint8_t coded[LTE_BCH_CODED];
    uint8_t order[LTE_BCH_CODED];
    uint8_t scramble[2 * N_TTI * LTE_N_PBCH];
    struct lte_mib_fields f = r->g->mib;

    f.sfn = sfn;
    lte_bch_encode(lte_mib_pack(&f), r->g->ports, coded);
    lte_bch_order(order);
    lte_gold(r->g->id.cell_id, scramble, sizeof scramble);
    for (size_t k = 0; k < N_TTI * r->n_at; k++) {
        unsigned a = coded[order[2 * k % LTE_BCH_CODED]];
        unsigned b = coded[order[(2 * k + 1) % LTE_BCH_CODED]];
        r->pbch[k] = gen_qpsk(a ^ scramble[2 * k], b ^ scramble[2 * k + 1]);
    }
}

static void gen_load(struct gen_run *r, struct gen_symbol *s)
{
    for (size_t k = 0; k < LTE_N_SC; k++) {
        uint32_t two = r->g->loaded ? rng_below(&r->rng, 4) : 0;
        s->grid[0][k] = r->g->loaded ? gen_qpsk(two & 1, two >> 1) : 0;
        s->grid[1][k] = 0;
    }
}

/* Puts a pair on subcarriers k and n, by transmit diversity with two ports. */
static void gen_pair(const struct gen_run *r, struct gen_symbol *s, size_t k,
                     size_t n, const float complex *x)
{
    float scale = r->g->ports == 2 ? (float)M_SQRT1_2 : 1.0f;

    s->grid[0][k] = x[0] * scale;
    s->grid[0][n] = x[1] * scale;
    if (r->g->ports == 2) {
        s->grid[1][k] = -conjf(x[1]) * scale;
        s->grid[1][n] = conjf(x[0]) * scale;
    }
}

/* x: the frame's PBCH symbols. */
static void gen_put_pbch(const struct gen_run *r, const float complex *x,
                         struct gen_symbol *s)
{
    if (s->slot != 1 || s->l >= 4) {
        return;
    }
    for (size_t i = 0; i < r->n_at; i += 2) {
        if (r->at[i] / LTE_N_SC == s->l) {
            gen_pair(r, s, r->at[i] % LTE_N_SC, r->at[i + 1] % LTE_N_SC, x + i);
        }
    }
}

/* PSS in the last symbol of slots 0 and 10, SSS in the one before. */
static void gen_put_sync(const struct gen_run *r, struct gen_symbol *s)
{
    unsigned n = lte_n_symbols(r->g->id.extended);

    if (s->slot % 10 != 0 || s->l + 2 < n) {
        return;
    }
    for (size_t k = 0; k < LTE_N_SC; k++) {
        s->grid[0][k] = 0;
    }
    for (size_t i = 0; i < LTE_N_SYNC; i++) {
        s->grid[0][LTE_SYNC_K + i] =
            s->l == n - 1 ? r->pss[i] : r->sss[s->slot / 10][i];
    }
}

/* Reference signals; where one port has them the others are silent. */
static void gen_put_crs(const struct gen_run *r, struct gen_symbol *s)
{
    const struct lte_id *id = &r->g->id;

    for (unsigned k = 0; k < 2 * r->g->ports; k++) {
        struct lte_pilot p = {k / 2, s->slot, k % 2 != 0};
        float complex value[LTE_N_CRS];
        if (lte_crs_symbol(id, &p) != s->l) {
            continue;
        }
        lte_crs(id, &p, value);
        for (size_t m = 0; m < LTE_N_CRS; m++) {
            size_t at = lte_crs_first(id, &p) + 6 * m;
            s->grid[0][at] = p.port == 0 ? value[m] : 0;
            s->grid[1][at] = p.port == 1 ? value[m] : 0;
        }
    }
}

/* Adds the ports up, transforms, and writes prefix and symbol; frame: [19200].
 */
static void gen_modulate(struct gen_run *r, const struct gen_symbol *s,
                         float complex *frame)
{
    bool extended = r->g->id.extended;
    size_t at = lte_symbol_at(extended, s->slot, s->l);
    size_t before = s->l == 0
                        ? s->slot * (size_t)LTE_SLOT
                        : lte_symbol_at(extended, s->slot, s->l - 1) + LTE_FFT;
    float scale = 1 / sqrtf(LTE_N_SC);

    for (size_t k = 0; k < LTE_FFT; k++) {
        r->freq[k] = 0;
    }
    for (size_t k = 0; k < LTE_N_SC; k++) {
        float complex sum = s->grid[0][k] * r->g->gain[0];
        if (r->g->ports == 2) {
            sum += s->grid[1][k] * r->g->gain[1];
        }
        r->freq[lte_sc_bin(k)] = sum * scale;
    }
    fft_execute(r->plan);
    for (size_t n = before; n < at + LTE_FFT; n++) {
        frame[n] = r->time[(n + LTE_FFT - at) % LTE_FFT];
    }
}

static void gen_frame(struct gen_run *r, unsigned sfn, float complex *frame)
{
    unsigned n_symbols = lte_n_symbols(r->g->id.extended);

    for (unsigned k = 0; k < N_SLOTS * n_symbols; k++) {
        struct gen_symbol s = {.slot = k / n_symbols, .l = k % n_symbols};
        gen_load(r, &s);
        gen_put_pbch(r, r->pbch + sfn % N_TTI * r->n_at, &s);
        gen_put_sync(r, &s);
        gen_put_crs(r, &s);
        gen_modulate(r, &s, frame);
    }
}

int gen_lte_run(const struct gen_lte *g, size_t n_frames, float complex *x)
{
    struct gen_run r = {.g = g, .rng = {g->seed}};

    assert(g->id.cell_id < LTE_N_CELLS && g->mib.sfn < 1024);
    assert(g->ports >= 1 && g->ports <= GEN_LTE_PORTS);
    r.plan = fft_create_plan(LTE_FFT, r.freq, r.time, LIQUID_FFT_BACKWARD, 0);
    if (r.plan == NULL) {
        return ERR_NO_MEM;
    }
    lte_pss(g->id.cell_id % 3u, r.pss);
    lte_sss(g->id.cell_id, 0, r.sss[0]);
    lte_sss(g->id.cell_id, 1, r.sss[1]);
    r.n_at = lte_pbch_at(&g->id, r.at);
    for (size_t f = 0; f < n_frames; f++) {
        unsigned sfn = (unsigned)((g->mib.sfn + f) % 1024);
        if (f == 0 || sfn % N_TTI == 0) {
            gen_pbch(&r, sfn);
        }
        gen_frame(&r, sfn, x + f * LTE_FRAME);
    }
    fft_destroy_plan(r.plan);
    return 0;
}
