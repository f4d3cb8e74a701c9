/* gen_lte.c - transmitter of a cell's always-on signals. */
#include "sdr/radio/gen_lte.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include <liquid/liquid.h>

#include "core/base/err.h"
#include "core/base/rng.h"

enum {
    PRB_SC = 12,
    SC_MAX = 100 * PRB_SC,
    FFT_MAX = 2048,
    CRS_MIDDLE = 110, /* m' of the first value above the carrier, 6.10.1.2 */
};

/* State of one run. */
struct gen_run {
    const struct gen_lte *g;
    struct rng rng;
    struct lte_grid grid;
    float complex pbch[LTE_GRID_TTI][LTE_N_PBCH]; /* of the present MIB */
    size_t n_fft, n_sc;
    /* The symbol at hand; subcarriers from the lowest frequency up. */
    unsigned slot, l;
    float complex port[LTE_GRID_PORTS][SC_MAX];
    float complex freq[FFT_MAX], time[FFT_MAX];
    fftplan plan;
};

static size_t gen_fft(const struct gen_lte *g)
{
    return g->fft != 0 ? g->fft : LTE_FFT;
}

size_t gen_lte_frame(const struct gen_lte *g)
{
    return LTE_FRAME / LTE_FFT * gen_fft(g);
}

char gen_lte_subframe(const struct gen_lte *g, unsigned sf)
{
    /* Table 4.2-2. */
    static const char config[7][11] = {"DSUUUDSUUU", "DSUUDDSUUD", "DSUDDDSUDD",
                                       "DSUUUDDDDD", "DSUUDDDDDD", "DSUDDDDDDD",
                                       "DSUUUDSUUD"};

    assert(sf < 10 && g->tdd_config < 7);
    return g->tdd ? config[g->tdd_config][sf] : 'D';
}

/* Whether the symbol at hand is sent at all. */
static bool gen_is_sent(const struct gen_run *r)
{
    unsigned n = lte_n_symbols(r->g->id.extended);
    char what = gen_lte_subframe(r->g, r->slot / 2);
    unsigned i = r->slot % 2 * n + r->l;

    return what == 'D' || (what == 'S' && i < (n == 7 ? 9 : 8));
}

static void gen_load(struct gen_run *r)
{
    for (size_t k = 0; k < r->n_sc; k++) {
        uint32_t two = r->g->loaded ? rng_below(&r->rng, 4) : 0;
        float complex v = (two & 1 ? -1.0f : 1.0f) + I * (two & 2 ? -1 : 1);
        for (size_t p = 0; p < r->g->ports; p++) {
            r->port[p][k] = p == 0 && r->g->loaded ? v * (float)M_SQRT1_2 : 0;
        }
    }
}

/* Reference signals of the whole band; where one port has them the others are
 * silent. */
static void gen_put_crs(struct gen_run *r)
{
    const struct lte_id *id = &r->g->id;
    uint8_t c[4 * CRS_MIDDLE];

    for (unsigned i = 0; i < 2 * r->g->ports; i++) {
        struct lte_pilot p = {i / 2, r->slot, i % 2 != 0};
        if ((p.is_second && p.port >= 2) || lte_crs_symbol(id, &p) != r->l) {
            continue;
        }
        lte_gold(lte_crs_init(id, &p), c, sizeof c);
        for (size_t m = 0; m < r->n_sc / 6; m++) {
            const uint8_t *bit = &c[2 * (m + CRS_MIDDLE - r->n_sc / PRB_SC)];
            size_t k = lte_crs_first(id, &p) + 6 * m;
            for (size_t other = 0; other < r->g->ports; other++) {
                r->port[other][k] = 0;
            }
            r->port[p.port][k] =
                ((bit[0] ? -1.0f : 1.0f) + I * (bit[1] ? -1 : 1)) *
                (float)M_SQRT1_2;
        }
    }
}

/* PSS, SSS, from port 0 and with the five subcarriers beside them silent, and
 * broadcast channel. */
static void gen_put_grid(struct gen_run *r, const float complex *pbch)
{
    size_t low = (r->n_sc - LTE_N_SC) / 2;
    struct lte_grid_symbol s;

    lte_grid_symbol(&r->grid, r->slot, r->l, pbch, &s);
    for (size_t k = 0; k < LTE_N_SC; k++) {
        for (unsigned p = 0; p < r->g->ports; p++) {
            float complex *at = &r->port[p][low + k];
            bool is_pbch = false;
            for (unsigned q = 0; s.has_pbch && q < r->g->ports; q++) {
                is_pbch = is_pbch || s.port[q][k] != 0;
            }
            *at = s.has_sync ? (p == 0 ? s.sync[k] : 0)
                  : is_pbch  ? s.port[p][k]
                             : *at;
        }
    }
}

/* Adds the ports up, transforms, and writes prefix and symbol into a frame. */
static void gen_modulate(struct gen_run *r, float complex *frame)
{
    size_t wide = r->n_fft / LTE_FFT;
    bool extended = r->g->id.extended;
    size_t at = wide * lte_symbol_at(extended, r->slot, r->l);
    size_t before =
        r->l == 0
            ? r->slot * wide * LTE_SLOT
            : wide * (lte_symbol_at(extended, r->slot, r->l - 1) + LTE_FFT);
    float scale = 1 / sqrtf(LTE_N_SC);

    for (size_t k = 0; k < r->n_fft; k++) {
        r->freq[k] = 0;
    }
    for (size_t k = 0; k < r->n_sc; k++) {
        float complex sum = 0;
        for (unsigned p = 0; p < r->g->ports; p++) {
            sum += r->port[p][k] * r->g->gain[p];
        }
        size_t half = r->n_sc / 2;
        r->freq[k < half ? r->n_fft - half + k : k - half + 1] = sum * scale;
    }
    fft_execute(r->plan);
    for (size_t n = before; n < at + r->n_fft; n++) {
        frame[n] = r->time[(n + r->n_fft - at) % r->n_fft];
    }
}

static void gen_frame(struct gen_run *r, unsigned sfn, float complex *frame)
{
    unsigned n_symbols = lte_n_symbols(r->g->id.extended);

    for (size_t n = 0; n < gen_lte_frame(r->g); n++) {
        frame[n] = 0;
    }
    for (unsigned k = 0; k < LTE_GRID_SLOTS * n_symbols; k++) {
        r->slot = k / n_symbols;
        r->l = k % n_symbols;
        if (gen_is_sent(r)) {
            gen_load(r);
            gen_put_crs(r);
            gen_put_grid(r, r->pbch[sfn % LTE_GRID_TTI]);
            gen_modulate(r, frame);
        }
    }
}

int gen_lte_run(const struct gen_lte *g, size_t n_frames, float complex *x)
{
    struct gen_run *r = calloc(1, sizeof *r);
    struct lte_mib_fields mib = g->mib;
    size_t n_fft = gen_fft(g);

    assert(g->id.cell_id < LTE_N_CELLS && g->mib.sfn < 1024);
    assert(n_fft >= LTE_FFT && n_fft <= FFT_MAX && (n_fft & (n_fft - 1)) == 0);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->g = g;
    r->rng = (struct rng){g->seed};
    r->n_fft = n_fft;
    r->n_sc = g->mib.prb * PRB_SC < n_fft ? g->mib.prb * PRB_SC : LTE_N_SC;
    r->plan = fft_create_plan((unsigned)n_fft, r->freq, r->time,
                              LIQUID_FFT_BACKWARD, 0);
    if (r->plan == NULL) {
        free(r);
        return ERR_NO_MEM;
    }
    lte_grid_init(&r->grid, &g->id, g->tdd, g->ports);
    for (size_t f = 0; f < n_frames; f++) {
        mib.sfn = (unsigned)((g->mib.sfn + f) % 1024);
        if (f == 0 || mib.sfn % LTE_GRID_TTI == 0) {
            lte_grid_pbch(&r->grid, &mib, r->pbch);
        }
        gen_frame(r, mib.sfn, x + f * gen_lte_frame(g));
    }
    fft_destroy_plan(r->plan);
    free(r);
    return 0;
}
