/* lte_pss_find.c - correlation of spectra, and its peaks. */
#include "sdr/fn/lte_rx/lte_pss_inner.h"

#include <assert.h>
#include <math.h>

#include "sdr/dsp/cf.h"

enum {
    APART = 12, /* samples between peaks of one root */
    BESIDE = 3, /* results a peak must top on either side */
    AROUND = 3, /* samples on either side when it is refined */
};

static const double apart_hz = 12e3; /* or as far apart in frequency */

/* Samples by which the results of a lane are later, on average. */
static double pss_lane_delay(void)
{
    return (FFT_LANES - 1.0) / FFT_LANES;
}

/* The root for each half-frame of a group: lane l is 2 l / 8 samples later,
 * and 'drift' more for each half-frame. */
static void pss_ramp(struct lte_pss_search *s, const float complex *root,
                     size_t group, double drift)
{
    struct fft_value w, step;

    for (size_t l = 0; l < FFT_LANES; l++) {
        double delay = 2.0 * (double)l / FFT_LANES +
                       drift * (double)(group * FFT_LANES + l);
        float complex turn = lte_phasor(delay / PSS_BLOCK);
        float complex first = lte_phasor(-delay * PSS_USED / 2 / PSS_BLOCK);
        step.re[l] = crealf(turn);
        step.im[l] = cimagf(turn);
        w.re[l] = crealf(first);
        w.im[l] = cimagf(first);
    }
    for (size_t k = 0; k < PSS_USED; k++) {
        struct fft_value *out = &s->ramped[k];
        float re = crealf(root[k]), im = cimagf(root[k]);
        for (size_t l = 0; l < FFT_LANES; l++) {
            float next = w.re[l] * step.re[l] - w.im[l] * step.im[l];
            out->re[l] = w.re[l] * re - w.im[l] * im;
            out->im[l] = w.re[l] * im + w.im[l] * re;
            w.im[l] = w.re[l] * step.im[l] + w.im[l] * step.re[l];
            w.re[l] = next;
        }
    }
}

/* Fills s->sum for an offset of 'bins'. */
static void pss_correlate(struct lte_pss_search *s, unsigned n_id_2, int bins)
{
    double cfo_hz = (double)bins * LTE_RATE_HZ / PSS_BLOCK;
    size_t first = (size_t)(bins + PSS_SHIFT_MAX);

    for (size_t i = 0; i < PSS_PLACES; i++) {
        s->sum[i] = 0;
    }
    for (size_t g = 0; g < s->n_groups; g++) {
        pss_ramp(s, s->root[n_id_2], g,
                 LTE_HALF_FRAME * s->clock_per_hz * cfo_hz);
        for (size_t b = 0; b < PSS_BLOCKS; b++) {
            const struct pss_block *block = &s->block[g][b];
            fft_lanes_match(&s->inverse, block->bins + first, s->ramped,
                            block->weight, s->sum + b * PSS_RESULTS,
                            PSS_RESULTS);
        }
    }
}

/* Deviations above the mean of noise at place i of the half-frame. */
static float pss_z(const struct lte_pss_search *s, size_t i)
{
    float count = s->count[i];

    return count > 0 ? (s->sum[i] * LTE_FFT - count) / sqrtf(count) : 0;
}

/* Two readings of one PSS. */
static bool pss_is_same(const struct lte_pss_peak *a,
                        const struct lte_pss_peak *b)
{
    double d = fabs(a->at - b->at);

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
        if (pss_z(s, (i + d) % PSS_PLACES) > pss_z(s, i) ||
            pss_z(s, (i + PSS_PLACES - d) % PSS_PLACES) > pss_z(s, i)) {
            return false;
        }
    }
    return true;
}

/* Puts the peaks of s->sum into the list of n; its new length. */
static size_t pss_peaks(const struct lte_pss_search *s, double cfo_hz,
                        struct lte_pss_peak *peak, size_t n)
{
    for (size_t i = 0; i < PSS_PLACES; i++) {
        float z = s->sum[i] > s->least[i] ? pss_z(s, i) : 0;
        if (z > LTE_PSS_Z_MIN && (n < LTE_PSS_PEAKS || z > peak[n - 1].z) &&
            pss_is_top(s, i)) {
            n = pss_insert(peak, n,
                           (struct lte_pss_peak){
                               2 * (double)i + pss_lane_delay(), cfo_hz, z});
        }
    }
    return n;
}

size_t lte_pss_find(struct lte_pss_search *s, unsigned n_id_2,
                    const struct lte_pss_range *range,
                    struct lte_pss_peak peak[LTE_PSS_PEAKS])
{
    const double bin_hz = (double)LTE_RATE_HZ / PSS_BLOCK;
    double middle = (range->from_hz + range->to_hz) / 2 / bin_hz;
    double half = (range->to_hz - range->from_hz) / 2 / bin_hz;
    int n_steps = (int)ceil(half / PSS_STEP_BINS);
    size_t n = 0;

    assert(half >= 0 && half <= PSS_SHIFT_MAX && fabs(middle) <= PSS_SHIFT_MAX);
    if (s->n < LTE_HALF_FRAME) {
        return 0;
    }
    for (int h = -n_steps; h <= n_steps; h++) {
        int bins = (int)lround(middle) + h * PSS_STEP_BINS;
        if (bins < -PSS_SHIFT_MAX || bins > PSS_SHIFT_MAX) {
            continue;
        }
        pss_correlate(s, n_id_2, bins);
        n = pss_peaks(s, bins * bin_hz, peak, n);
    }
    return n;
}

/* Correlation with half of the root's samples turned to the peak's frequency,
 * from sample 'first' of x. */
static float complex pss_half(const float complex *x,
                              const float complex *turned, size_t half)
{
    float complex sum = 0;

    for (size_t n = half * (LTE_FFT / 2); n < (half + 1) * (LTE_FFT / 2); n++) {
        sum += cf_mul_conj(x[n], turned[n]);
    }
    return sum;
}

/* All half-frames with the symbol 'at': their power, and their turns from the
 * first half to the second. */
static double pss_power(const struct lte_pss_search *s,
                        const float complex *turned, double at, double period,
                        float complex *turn)
{
    double power = 0;

    *turn = 0;
    for (size_t m = 0; m < PSS_GROUPS * FFT_LANES; m++) {
        double place = round(at + (double)m * period);
        if (place < 0 || place + LTE_FFT > (double)s->n) {
            continue;
        }
        const float complex *x = s->x + (size_t)place;
        float complex a = pss_half(x, turned, 0);
        float complex b = pss_half(x, turned, 1);
        float weight = s->inverse_energy[(size_t)place];
        power += (double)(cf_norm(a + b) * weight);
        *turn += cf_mul_conj(b, a) * weight;
    }
    return power;
}

void lte_pss_refine(const struct lte_pss_search *s, unsigned n_id_2,
                    struct lte_pss_peak *peak)
{
    double period = LTE_HALF_FRAME * (1 + s->clock_per_hz * peak->cfo_hz);
    double turns = peak->cfo_hz / LTE_RATE_HZ;
    float complex turned[LTE_FFT];
    float complex best_turn = 0;
    double best = 0;
    double at = round(peak->at);

    for (size_t n = 0; n < LTE_FFT; n++) {
        turned[n] = cf_mul(s->time[n_id_2][n], lte_phasor(turns * (double)n));
    }
    for (int d = -AROUND; d <= AROUND; d++) {
        float complex turn;
        double power = pss_power(s, turned, at + d, period, &turn);
        if (power > best) {
            best = power;
            best_turn = turn;
            peak->at = at + d;
        }
    }
    peak->cfo_hz +=
        (double)cargf(best_turn) / (2 * M_PI) * LTE_RATE_HZ * 2 / LTE_FFT;
}
