/* lte_pss.c - spectra of what is searched and of what is searched for. */
#include "sdr/fn/lte_rx/lte_pss_inner.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

static const float energy_min = 1e-4f; /* of the mean, or it is silence */

/* The root's 128 samples, with unit energy, and the conjugate of their
 * spectrum, scaled for transforms without a factor. */
static void pss_root(struct lte_pss_search *s, unsigned n_id_2)
{
    float complex d[LTE_N_SYNC];
    float scale = 1.0f / sqrtf((float)LTE_N_SYNC * LTE_FFT);

    lte_pss(n_id_2, d);
    for (size_t n = 0; n < PSS_BLOCK; n++) {
        float complex v = 0;
        for (size_t k = 0; n < LTE_FFT && k < LTE_N_SYNC; k++) {
            double turns =
                (double)lte_sc_freq(k + LTE_SYNC_K) * (double)n / LTE_FFT;
            v += cf_mul(d[k], lte_phasor(turns));
        }
        s->work[0][n] = (struct fft_value){.re = {crealf(v) * scale},
                                           .im = {cimagf(v) * scale}};
        if (n < LTE_FFT) {
            s->time[n_id_2][n] = v;
        }
    }
    const struct fft_value *y =
        fft_lanes_run(&s->forward, s->work[0], s->work[1]);
    for (size_t k = 0; k < PSS_USED; k++) {
        const struct fft_value *bin =
            &y[(k + PSS_BLOCK - PSS_USED / 2) % PSS_BLOCK];
        s->root[n_id_2][k] = cf(bin->re[0], -bin->im[0]) / PSS_BLOCK;
    }
}

int lte_pss_open(struct lte_pss_search **out)
{
    size_t bytes = (sizeof **out + 63) / 64 * 64; /* lanes are aligned */
    struct lte_pss_search *s = aligned_alloc(64, bytes);

    if (s == NULL) {
        return ERR_NO_MEM;
    }
    s->n = 0;
    fft_lanes_init(&s->forward, PSS_BLOCK);
    fft_lanes_init(&s->inverse, PSS_USED);
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        pss_root(s, n_id_2);
    }
    *out = s;
    return 0;
}

void lte_pss_close(struct lte_pss_search *s)
{
    free(s);
}

static float complex pss_sample(const struct lte_iq *iq, size_t k)
{
    return lte_clean(crealf(iq->x[k])) + I * lte_clean(cimagf(iq->x[k]));
}

/* Inverse energy of the 128 samples from each on; 0 for silence and the end. */
static void pss_energy(struct lte_pss_search *s)
{
    double window = 0;
    double total = 0;

    for (size_t k = 0; k < s->n; k++) {
        total += (double)cf_norm(s->x[k]);
        s->inverse_energy[k] = 0;
    }
    double floor_energy = total / (double)s->n * LTE_FFT * (double)energy_min;
    for (size_t k = 0; k < s->n; k++) {
        window += (double)cf_norm(s->x[k]);
        if (k + 1 < LTE_FFT) {
            continue;
        }
        size_t at = k + 1 - LTE_FFT;
        s->inverse_energy[at] =
            window > floor_energy ? (float)(1 / window) : 0.0f;
        window -= (double)cf_norm(s->x[at]);
    }
}

/* Weights of the results from sample 'first' on, of one lane. */
static void pss_weights(struct lte_pss_search *s, size_t first, size_t place,
                        struct pss_block *b, size_t lane)
{
    for (size_t m = 0; m < PSS_RESULTS; m++) {
        size_t at = first + 2 * m;
        bool is_there = at + LTE_FFT <= s->n;
        b->weight[m][lane] = is_there ? s->inverse_energy[at] : 0;
        s->count[place + m] += is_there ? 1 : 0;
    }
}

/* Spectrum and weights of block 'b' of eight half-frames. */
static void pss_load_block(struct lte_pss_search *s, size_t group, size_t b)
{
    struct pss_block *block = &s->block[group][b];

    for (size_t l = 0; l < FFT_LANES; l++) {
        size_t first = (group * FFT_LANES + l) * LTE_HALF_FRAME + b * PSS_FRESH;
        for (size_t k = 0; k < PSS_BLOCK; k++) {
            float complex v = first + k < s->n ? s->x[first + k] : 0;
            s->work[0][k].re[l] = crealf(v);
            s->work[0][k].im[l] = cimagf(v);
        }
        pss_weights(s, first, b * PSS_RESULTS, block, l);
    }
    const struct fft_value *y =
        fft_lanes_run(&s->forward, s->work[0], s->work[1]);
    for (size_t k = 0; k < PSS_KEPT; k++) {
        block->bins[k] = y[(k + PSS_BLOCK - PSS_KEPT / 2) % PSS_BLOCK];
    }
}

void lte_pss_load(struct lte_pss_search *s, const struct lte_iq *iq)
{
    size_t half_frames;

    s->n = iq->n < LTE_PSS_MAX ? iq->n : LTE_PSS_MAX;
    s->clock_per_hz = lte_clock(iq, 1) - 1;
    for (size_t k = 0; k < s->n; k++) {
        s->x[k] = pss_sample(iq, k);
    }
    pss_energy(s);
    half_frames = (s->n + LTE_HALF_FRAME - 1) / LTE_HALF_FRAME;
    s->n_groups = (half_frames + FFT_LANES - 1) / FFT_LANES;
    for (size_t i = 0; i < PSS_PLACES; i++) {
        s->count[i] = 0;
    }
    for (size_t g = 0; g < s->n_groups; g++) {
        for (size_t b = 0; b < PSS_BLOCKS; b++) {
            pss_load_block(s, g, b);
        }
    }
    for (size_t i = 0; i < PSS_PLACES; i++) {
        s->least[i] =
            (s->count[i] + LTE_PSS_Z_MIN * sqrtf(s->count[i])) / LTE_FFT;
    }
}
