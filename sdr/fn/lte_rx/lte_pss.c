/*
 * lte_pss.c - PSS search by overlap-save: blocks are transformed once, and a
 * frequency offset is a shift of their spectrum.
 *
 * The correlation is normalized by the energy under it, so a burst or a change
 * of gain counts no more than any other 128 samples; for noise the squared
 * magnitude is Beta(1, 127), with mean and deviation 1/128.
 */
#include "sdr/fn/lte_rx/lte_pss.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include <liquid/liquid.h>

#include "core/base/err.h"

enum {
    BLOCK = 1024,
    FRESH = BLOCK - LTE_FFT + 1, /* valid results of a block */
    SHIFT_BINS = 3,              /* step of the frequency offset */
    APART = 12,                  /* samples between peaks of one root */
    BESIDE = 6,                  /* samples a peak must top on either side */
};

static const double apart_hz = 12e3; /* or as far apart in frequency */

static const float z_min = 7.0f;       /* of a peak worth a closer look */
static const float energy_min = 1e-4f; /* of the mean, or it is silence */

struct lte_pss_search {
    size_t n_max, n; /* samples of room, and loaded */
    double clock_per_hz;
    fftplan forward, inverse;
    float complex in[BLOCK], out[BLOCK];
    float complex *spectrum;     /* [blocks][BLOCK] */
    float *inverse_energy;       /* [n - 127], 0 for silence */
    float *rho;                  /* [n - 127], normalized |correlation|^2 */
    float complex time[LTE_FFT]; /* the root's samples */
    float complex root[BLOCK];   /* their spectrum, for a product */
    float sum[LTE_HALF_FRAME];
    uint16_t count[LTE_HALF_FRAME];
};

static size_t pss_blocks(size_t n)
{
    return n / FRESH + 1;
}

int lte_pss_open(size_t n_max, struct lte_pss_search **out)
{
    struct lte_pss_search *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return ERR_NO_MEM;
    }
    s->n_max = n_max;
    s->spectrum = calloc(pss_blocks(n_max) * BLOCK, sizeof *s->spectrum);
    s->inverse_energy = calloc(n_max + 1, sizeof *s->inverse_energy);
    s->rho = calloc(n_max + 1, sizeof *s->rho);
    s->forward = fft_create_plan(BLOCK, s->in, s->out, LIQUID_FFT_FORWARD, 0);
    s->inverse = fft_create_plan(BLOCK, s->in, s->out, LIQUID_FFT_BACKWARD, 0);
    if (s->spectrum == NULL || s->inverse_energy == NULL || s->rho == NULL ||
        s->forward == NULL || s->inverse == NULL) {
        lte_pss_close(s);
        return ERR_NO_MEM;
    }
    *out = s;
    return 0;
}

void lte_pss_close(struct lte_pss_search *s)
{
    if (s == NULL) {
        return;
    }
    if (s->forward != NULL) {
        fft_destroy_plan(s->forward);
    }
    if (s->inverse != NULL) {
        fft_destroy_plan(s->inverse);
    }
    free(s->spectrum);
    free(s->inverse_energy);
    free(s->rho);
    free(s);
}

static float complex pss_sample(const struct lte_iq *iq, size_t k)
{
    return lte_clean(crealf(iq->x[k])) + I * lte_clean(cimagf(iq->x[k]));
}

static float pss_power(float complex v)
{
    return crealf(v) * crealf(v) + cimagf(v) * cimagf(v);
}

/* Mean of the samples: a receiver's own carrier is in no cell. */
static float complex pss_mean(const struct lte_iq *iq, size_t n)
{
    double re = 0;
    double im = 0;

    for (size_t k = 0; k < n; k++) {
        float complex v = pss_sample(iq, k);
        re += crealf(v);
        im += cimagf(v);
    }
    return n > 0 ? (float)(re / (double)n) + I * (float)(im / (double)n) : 0;
}

/* Inverse energy of every 128 samples; 's->rho' holds the powers meanwhile. */
static void pss_energy(struct lte_pss_search *s)
{
    double window = 0;
    double total = 0;

    for (size_t k = 0; k < s->n; k++) {
        total += (double)s->rho[k];
    }
    double floor_energy = total / (double)s->n * LTE_FFT * (double)energy_min;
    for (size_t k = 0; k < s->n; k++) {
        window += (double)s->rho[k];
        if (k + 1 < LTE_FFT) {
            continue;
        }
        size_t at = k + 1 - LTE_FFT;
        s->inverse_energy[at] =
            window > floor_energy ? (float)(1 / window) : 0.0f;
        window -= (double)s->rho[at];
    }
}

void lte_pss_load(struct lte_pss_search *s, const struct lte_iq *iq)
{
    size_t n = iq->n < s->n_max ? iq->n : s->n_max;
    float complex mean = pss_mean(iq, n);

    s->n = n;
    s->clock_per_hz = lte_clock(iq, 1) - 1;
    for (size_t b = 0; b < pss_blocks(n); b++) {
        for (size_t k = 0; k < BLOCK; k++) {
            size_t at = b * FRESH + k;
            s->in[k] = at < n ? pss_sample(iq, at) - mean : 0;
            if (at < n) {
                s->rho[at] = pss_power(s->in[k]);
            }
        }
        fft_execute(s->forward);
        for (size_t k = 0; k < BLOCK; k++) {
            s->spectrum[b * BLOCK + k] = s->out[k];
        }
    }
    pss_energy(s);
}

/* Conjugate spectrum of the root's 128 samples, with unit energy, scaled for
 * an inverse transform without a factor. */
static void pss_root(struct lte_pss_search *s, unsigned n_id_2)
{
    float complex d[LTE_N_SYNC];
    float scale = 1.0f / sqrtf((float)LTE_N_SYNC * LTE_FFT) / BLOCK;

    lte_pss(n_id_2, d);
    for (size_t n = 0; n < BLOCK; n++) {
        s->in[n] = 0;
        for (size_t k = 0; n < LTE_FFT && k < LTE_N_SYNC; k++) {
            double turns =
                (double)lte_sc_freq(k + LTE_SYNC_K) * (double)n / LTE_FFT;
            s->in[n] += d[k] * lte_phasor(turns);
        }
        if (n < LTE_FFT) {
            s->time[n] = s->in[n];
        }
    }
    fft_execute(s->forward);
    for (size_t k = 0; k < BLOCK; k++) {
        s->root[k] = conjf(s->out[k]) * scale;
    }
}

/* y = x shifted down by 'shift' bins, times r; all [BLOCK]. */
static void pss_shifted_product(const float complex *x, const float complex *r,
                                size_t shift, float complex *y)
{
    for (size_t k = 0; k < BLOCK; k++) {
        float complex a = x[(k + shift) % BLOCK];
        float re = crealf(a) * crealf(r[k]) - cimagf(a) * cimagf(r[k]);
        float im = crealf(a) * cimagf(r[k]) + cimagf(a) * crealf(r[k]);
        y[k] = re + I * im;
    }
}

/* Fills s->rho for one frequency offset. */
static void pss_correlate(struct lte_pss_search *s, int bins)
{
    size_t n_valid = s->n - LTE_FFT + 1;
    size_t shift = (size_t)(bins + BLOCK) % BLOCK;

    for (size_t first = 0; first < n_valid; first += FRESH) {
        const float complex *block = s->spectrum + first / FRESH * BLOCK;
        pss_shifted_product(block, s->root, shift, s->in);
        fft_execute(s->inverse);
        for (size_t k = 0; k < FRESH && first + k < n_valid; k++) {
            s->rho[first + k] =
                pss_power(s->out[k]) * s->inverse_energy[first + k];
        }
    }
}

/* Adds up s->rho over half-frames of 'period' samples. */
static void pss_fold(struct lte_pss_search *s, double period)
{
    size_t n_valid = s->n - LTE_FFT + 1;

    for (size_t i = 0; i < LTE_HALF_FRAME; i++) {
        s->sum[i] = 0;
        s->count[i] = 0;
    }
    for (size_t m = 0; (double)m * period < (double)n_valid; m++) {
        size_t first = (size_t)lround((double)m * period);
        for (size_t i = 0; i < LTE_HALF_FRAME && first + i < n_valid; i++) {
            s->sum[i] += s->rho[first + i];
            s->count[i]++;
        }
    }
}

/* Deviations above the mean of noise at place i of the half-frame. */
static float pss_z(const struct lte_pss_search *s, size_t i)
{
    float count = (float)s->count[i];

    return count > 0 ? (s->sum[i] * LTE_FFT - count) / sqrtf(count) : 0;
}

/* Two readings of one PSS. */
static bool pss_is_same(const struct lte_pss_peak *a,
                        const struct lte_pss_peak *b)
{
    size_t d = a->at > b->at ? a->at - b->at : b->at - a->at;

    return (d <= APART || d >= LTE_HALF_FRAME - APART) &&
           fabs(a->cfo_hz - b->cfo_hz) < apart_hz;
}

/* Puts a peak into the list, sorted by z, each PSS once; returns n. */
static size_t pss_insert(struct lte_pss_peak *list, size_t n,
                         struct lte_pss_peak p)
{
    size_t k = 0;

    while (k < n && list[k].z >= p.z) {
        if (pss_is_same(&list[k], &p)) {
            return n; /* a stronger one is there */
        }
        k++;
    }
    size_t gone = k; /* the first weaker one in its place, or the last */
    while (gone < n && !pss_is_same(&list[gone], &p)) {
        gone++;
    }
    if (gone == n && n < LTE_PSS_PEAKS) {
        n++;
    } else if (gone == n) {
        gone = n - 1;
    }
    if (k >= LTE_PSS_PEAKS) {
        return n;
    }
    for (size_t i = gone; i > k; i--) {
        list[i] = list[i - 1];
    }
    list[k] = p;
    return n;
}

/* True when no neighbour of place i has a larger sum. */
static bool pss_is_top(const struct lte_pss_search *s, size_t i)
{
    for (size_t d = 1; d <= BESIDE; d++) {
        size_t after = (i + d) % LTE_HALF_FRAME;
        size_t before = (i + LTE_HALF_FRAME - d) % LTE_HALF_FRAME;
        if (pss_z(s, after) > pss_z(s, i) || pss_z(s, before) > pss_z(s, i)) {
            return false;
        }
    }
    return true;
}

size_t lte_pss_find(struct lte_pss_search *s, unsigned n_id_2,
                    double cfo_max_hz, struct lte_pss_peak peak[LTE_PSS_PEAKS])
{
    const double step_hz = (double)SHIFT_BINS * LTE_RATE_HZ / BLOCK;
    int n_steps = (int)ceil(cfo_max_hz / step_hz);
    size_t n = 0;

    assert(cfo_max_hz >= 0 && cfo_max_hz < 200e3);
    if (s->n < LTE_HALF_FRAME) {
        return 0;
    }
    pss_root(s, n_id_2);
    for (int h = -n_steps; h <= n_steps; h++) {
        double cfo_hz = h * step_hz;
        pss_correlate(s, h * SHIFT_BINS);
        pss_fold(s, LTE_HALF_FRAME * (1 + s->clock_per_hz * cfo_hz));
        for (size_t i = 0; i < LTE_HALF_FRAME; i++) {
            float z = pss_z(s, i);
            if (z > z_min && (n < LTE_PSS_PEAKS || z > peak[n - 1].z) &&
                pss_is_top(s, i)) {
                n = pss_insert(peak, n, (struct lte_pss_peak){i, cfo_hz, z});
            }
        }
    }
    return n;
}

/* Correlation with half of the root's samples, from sample 'first' of iq. */
static float complex pss_half(const struct lte_pss_search *s,
                              const struct lte_iq *iq, size_t first,
                              double cfo_hz, size_t half)
{
    float complex sum = 0;

    for (size_t k = 0; k < LTE_FFT / 2; k++) {
        size_t n = half * (LTE_FFT / 2) + k;
        sum += pss_sample(iq, first + n) * conjf(s->time[n]) *
               lte_phasor(-cfo_hz * (double)n / LTE_RATE_HZ);
    }
    return sum;
}

double lte_pss_cfo(const struct lte_pss_search *s, const struct lte_iq *iq,
                   const struct lte_pss_peak *peak)
{
    double period = LTE_HALF_FRAME * (1 + s->clock_per_hz * peak->cfo_hz);
    float complex turn = 0;

    for (size_t m = 0; (double)m * period < (double)iq->n; m++) {
        size_t first = peak->at + (size_t)lround((double)m * period);
        if (first + LTE_FFT > iq->n) {
            break;
        }
        turn += pss_half(s, iq, first, peak->cfo_hz, 1) *
                conjf(pss_half(s, iq, first, peak->cfo_hz, 0));
    }
    return peak->cfo_hz +
           (double)cargf(turn) / (2 * M_PI) * LTE_RATE_HZ * 2 / LTE_FFT;
}
