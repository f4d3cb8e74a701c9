/* gen_nr.c - transmitter of a cell's synchronization blocks. */
#include "sdr/radio/gen_nr.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"

enum { SLOT_SYMBOLS = 14 };

/* State of one run. */
struct gen_run {
    const struct gen_nr *g;
    struct rng rng;
    float complex block[NR_SYMBOLS][NR_N_SC]; /* the one at hand */
    float complex freq[NR_FFT], time[NR_FFT];
    fftplan plan;
};

size_t gen_nr_frame(const struct gen_nr *g)
{
    return 2 * nr_half_frame(g->scs_khz);
}

/* What symbol l of the block has on subcarrier k; 7.4.3.1. */
static void put(struct gen_run *r, size_t at, float complex v)
{
    r->block[at / NR_N_SC][at % NR_N_SC] = v;
}

/* Fills r->block: block 'index' of a frame with 'mib'. */
static void make_block(struct gen_run *r, unsigned index,
                       const struct nr_mib *mib)
{
    const struct gen_nr *g = r->g;
    struct nr_bch bch = {.half_frame = g->half_frame};
    uint8_t e[NR_POLAR_E], c[NR_PBCH_BITS];
    uint16_t dmrs_at[NR_N_DMRS], pbch_at[NR_N_PBCH];
    float complex dmrs[NR_N_DMRS];
    float sync[NR_N_SYNC];

    memset(r->block, 0, sizeof r->block);
    nr_pss(g->cell_id % 3, sync);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        put(r, NR_SYNC_K + k, sync[k]);
    }
    nr_sss(g->cell_id, sync);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        put(r, 2 * NR_N_SC + NR_SYNC_K + k, sync[k]);
    }
    nr_dmrs_at(g->cell_id, dmrs_at);
    nr_dmrs(g->cell_id, index + (g->four && g->half_frame ? 4 : 0), dmrs);
    for (size_t k = 0; k < NR_N_DMRS; k++) {
        put(r, dmrs_at[k], dmrs[k]);
    }
    nr_mib_write(mib, &bch);
    nr_bch_encode(&bch, g->cell_id, e);
    nr_pbch_scrambling(g->cell_id, index, c);
    nr_pbch_at(g->cell_id, pbch_at);
    for (size_t k = 0; k < NR_N_PBCH; k++) {
        put(r, pbch_at[k],
            cf((e[2 * k] ^ c[2 * k]) != 0 ? -1.0f : 1.0f,
               (e[2 * k + 1] ^ c[2 * k + 1]) != 0 ? -1.0f : 1.0f) *
                (float)M_SQRT1_2);
    }
}

/* Writes a symbol y[] and its prefix; x[at] is behind the prefix. */
static void modulate(struct gen_run *r, const float complex y[NR_N_SC],
                     double turns, size_t prefix, float complex *x)
{
    float complex scale = lte_phasor(turns) / sqrtf(NR_N_SC);

    memset(r->freq, 0, sizeof r->freq);
    for (size_t k = 0; k < NR_N_SC; k++) {
        r->freq[(k + NR_FFT - NR_N_SC / 2) % NR_FFT] = cf_mul(y[k], scale);
    }
    fft_execute(r->plan);
    memcpy(x, r->time, sizeof r->time);
    memcpy(x - prefix, r->time + NR_FFT - prefix, prefix * sizeof *x);
}

/* All symbols of a half-frame but blocks: load. */
static void load_half_frame(struct gen_run *r, float complex *x)
{
    unsigned khz = r->g->scs_khz;
    unsigned n_slots = (unsigned)(nr_half_frame(khz) / NR_SLOT);
    size_t end = 0;

    for (unsigned i = 0; i < n_slots * SLOT_SYMBOLS; i++) {
        float complex y[NR_N_SC];
        size_t at = nr_symbol_at(khz, i / SLOT_SYMBOLS, i % SLOT_SYMBOLS);
        for (size_t k = 0; k < NR_N_SC; k++) {
            uint32_t two = rng_below(&r->rng, 4);
            y[k] = cf(two & 1 ? -1.0f : 1.0f, two & 2 ? -1.0f : 1.0f) *
                   (float)M_SQRT1_2;
        }
        modulate(r, y, 0, at - end, x + at);
        end = at + NR_FFT;
    }
}

static void burst(struct gen_run *r, const struct nr_mib *mib, float complex *x)
{
    const struct gen_nr *g = r->g;

    for (unsigned index = 0; index < NR_N_INDEX; index++) {
        if ((g->blocks >> index & 1) == 0) {
            continue;
        }
        size_t at = nr_block_at(g->scs_khz, g->case_b, index);
        make_block(r, index, mib);
        for (size_t l = 0; l < NR_SYMBOLS; l++) {
            modulate(r, r->block[l], g->step * (double)l, NR_PREFIX,
                     x + at + l * NR_SYMBOL);
        }
    }
}

int gen_nr_run(const struct gen_nr *g, size_t n_frames, float complex *x)
{
    struct gen_run *r = calloc(1, sizeof *r);
    struct nr_mib mib = g->mib;
    size_t half = nr_half_frame(g->scs_khz);

    assert(g->cell_id < NR_N_CELLS && g->mib.sfn < 1024 && g->period > 0);
    assert(!g->four || g->blocks < 16);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->g = g;
    r->rng = (struct rng){g->seed};
    r->plan = fft_create_plan(NR_FFT, r->freq, r->time, LIQUID_FFT_BACKWARD, 0);
    if (r->plan == NULL) {
        free(r);
        return ERR_NO_MEM;
    }
    memset(x, 0, n_frames * 2 * half * sizeof *x);
    for (size_t f = 0; f < n_frames; f++) {
        mib.sfn = (uint16_t)((g->mib.sfn + f) % 1024);
        for (size_t h = 0; h < 2; h++) {
            float complex *at = x + (2 * f + h) * half;
            if (g->loaded) {
                load_half_frame(r, at);
            }
            if (h == (g->half_frame ? 1u : 0) && f % g->period == 0) {
                burst(r, &mib, at);
            }
        }
    }
    fft_destroy_plan(r->plan);
    free(r);
    return 0;
}
