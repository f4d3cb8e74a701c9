/*
 * nr_pss.c - see nr_pss.h.  A group is eight blocks of 1,792 new samples, one
 * in each lane of a transform; an offset is a shift of their spectra.  Results
 * are made at every other sample, which holds the whole PSS, and two neighbours
 * are added, so that no place between them is lost.
 *
 * The correlation is normalized by the energy under it, as in lte_rx: a burst
 * counts no more than any other 256 samples.
 */
#include "sdr/fn/nr_rx/nr_pss.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/fft_lanes.h"
#include "sdr/dsp/lte_seq.h"

enum {
    BLOCK = 2048,
    FRESH = BLOCK - NR_FFT,
    USED = BLOCK / 2,               /* bins of a product */
    RESULTS = FRESH / 2,            /* of a lane */
    STEP = BLOCK / NR_FFT / 2,      /* bins: half a subcarrier */
    SHIFT_MAX = 8 * BLOCK / NR_FFT, /* bins */
    KEPT = USED + 2 * SHIFT_MAX,
    FOUND_MAX = 512, /* results of one correlation */
    AROUND = 3,      /* samples on either side when it is refined */
    ECHOES = 300,    /* samples: nearer, a peak far below another is its own */
};

_Static_assert(NR_PSS_GROUP == FFT_LANES * FRESH, "lanes fill a group");

/* Noise is above this once in 80,000 places. */
static const float z_min = 14;
static const float echo = 0.2f;
/* Windows with less of the group's mean energy than this are silence. */
static const float energy_min = 1e-4f;

struct nr_pss_search {
    struct fft_lanes forward, inverse;
    struct fft_value work[2][BLOCK];
    struct fft_value bins[KEPT]; /* the carrier is in the middle */
    float least[RESULTS][FFT_LANES];
    struct fft_found found[FOUND_MAX];
    float complex time[3][NR_FFT]; /* the roots' samples, energy 1 */
    float complex root[3][USED];   /* their spectra, for products */
};

/* The root's samples and spectrum. */
static void make_root(struct nr_pss_search *s, unsigned n_id_2)
{
    float scale = 1.0f / sqrtf((float)NR_N_SYNC * NR_FFT);
    float d[NR_N_SYNC];

    nr_pss(n_id_2, d);
    for (size_t n = 0; n < BLOCK; n++) {
        float complex v = 0;
        for (size_t k = 0; n < NR_FFT && k < NR_N_SYNC; k++) {
            int freq = (int)k + NR_SYNC_K - NR_N_SC / 2;
            v += d[k] * lte_phasor((double)freq * (double)n / NR_FFT);
        }
        v *= scale;
        s->work[0][n] =
            (struct fft_value){.re = {crealf(v)}, .im = {cimagf(v)}};
        if (n < NR_FFT) {
            s->time[n_id_2][n] = v;
        }
    }
    const struct fft_value *y =
        fft_lanes_run(&s->forward, s->work[0], s->work[1]);
    for (size_t k = 0; k < USED; k++) {
        const struct fft_value *bin = &y[(k + BLOCK - USED / 2) % BLOCK];
        s->root[n_id_2][k] = cf(bin->re[0], -bin->im[0]) / BLOCK;
    }
}

int nr_pss_open(struct nr_pss_search **out)
{
    size_t bytes = (sizeof **out + 63) / 64 * 64; /* lanes are aligned */
    struct nr_pss_search *s = aligned_alloc(64, bytes);

    if (s == NULL) {
        return ERR_NO_MEM;
    }
    fft_lanes_init(&s->forward, BLOCK);
    fft_lanes_init(&s->inverse, USED);
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        make_root(s, n_id_2);
    }
    *out = s;
    return 0;
}

void nr_pss_close(struct nr_pss_search *s)
{
    free(s);
}

/* What a result has to be more than, from the energy under it. */
static void set_least(struct nr_pss_search *s, const float complex *x)
{
    double total = 0, window = 0;

    for (size_t k = 0; k < NR_PSS_NEEDS; k++) {
        total += (double)cf_norm(x[k]);
    }
    double quiet = total / NR_PSS_NEEDS * NR_FFT * (double)energy_min;
    for (size_t k = 0; k < NR_FFT - 1; k++) {
        window += (double)cf_norm(x[k]);
    }
    for (size_t at = 0; at < NR_PSS_GROUP; at++) {
        window += (double)cf_norm(x[at + NR_FFT - 1]);
        if (at % 2 == 0) {
            s->least[at % FRESH / 2][at / FRESH] =
                window > quiet ? z_min * (float)(window / NR_FFT) : INFINITY;
        }
        window -= (double)cf_norm(x[at]);
    }
}

void nr_pss_load(struct nr_pss_search *s, const float complex *x)
{
    for (size_t l = 0; l < FFT_LANES; l++) {
        for (size_t k = 0; k < BLOCK; k++) {
            s->work[0][k].re[l] = crealf(x[l * FRESH + k]);
            s->work[0][k].im[l] = cimagf(x[l * FRESH + k]);
        }
    }
    const struct fft_value *y =
        fft_lanes_run(&s->forward, s->work[0], s->work[1]);
    for (size_t k = 0; k < KEPT; k++) {
        s->bins[k] = y[(k + BLOCK - KEPT / 2) % BLOCK];
    }
    set_least(s, x);
}

/* Are both of one signal, of which only the clearer counts? */
static bool is_same(const struct nr_peak *clear, const struct nr_peak *p)
{
    size_t apart = p->at > clear->at ? p->at - clear->at : clear->at - p->at;

    return (apart <= 4 && fabs(p->turns - clear->turns) < 1.6 / NR_FFT) ||
           (apart <= ECHOES && p->z < echo * clear->z);
}

/* Puts a peak into the list, sorted by z, each signal once; its new length. */
static size_t insert(struct nr_peak *list, size_t n, struct nr_peak p)
{
    size_t k = 0;

    while (k < n && list[k].z >= p.z) {
        if (is_same(&list[k], &p)) {
            return n;
        }
        k++;
    }
    if (k == NR_PSS_PEAKS) {
        return n;
    }
    size_t kept = k; /* of those behind it, what is not the same stays */
    struct nr_peak held = p;
    for (size_t i = k; i < n; i++) {
        struct nr_peak was = list[i];
        if (!is_same(&p, &was)) {
            list[kept++] = held;
            held = was;
        }
    }
    if (kept < NR_PSS_PEAKS) {
        list[kept++] = held;
    }
    return kept;
}

size_t nr_pss_find(struct nr_pss_search *s, unsigned n_id_2, double turns_max,
                   struct nr_peak peak[NR_PSS_PEAKS])
{
    int n_steps = (int)ceil(turns_max * BLOCK / STEP - 0.5);
    size_t n = 0;

    assert(n_id_2 < 3 && n_steps >= 0 && n_steps * STEP <= SHIFT_MAX);
    for (int h = -n_steps; h <= n_steps; h++) {
        int first = SHIFT_MAX + h * STEP;
        struct fft_query q = {s->bins + first, s->root[n_id_2],
                              (const float(*)[FFT_LANES])s->least, RESULTS};
        size_t n_found = fft_lanes_find(&s->inverse, &q, s->found, FOUND_MAX);
        for (size_t i = 0; i < n_found; i++) {
            const struct fft_found *f = &s->found[i];
            n = insert(peak, n,
                       (struct nr_peak){
                           .at = f->lane * (size_t)FRESH + 2 * (size_t)f->m + 1,
                           .turns = (double)(h * STEP) / BLOCK,
                           .z = z_min * f->power / s->least[f->m][f->lane],
                       });
        }
    }
    return n;
}

void nr_pss_refine(const struct nr_pss_search *s, const float complex *x,
                   unsigned n_id_2, struct nr_peak *peak)
{
    float complex turned[NR_FFT];
    float best = -1;
    double slope = 0;
    size_t peak_at = peak->at;

    assert(peak->at >= AROUND);
    nr_turn(peak->turns, turned);
    for (size_t n = 0; n < NR_FFT; n++) {
        turned[n] = cf_mul(turned[n], s->time[n_id_2][n]);
    }
    for (size_t at = peak_at - AROUND; at <= peak_at + AROUND; at++) {
        float complex half[2] = {0, 0};
        for (size_t n = 0; n < NR_FFT; n++) {
            half[n / (NR_FFT / 2)] += cf_mul_conj(x[at + n], turned[n]);
        }
        float power = cf_norm(half[0] + half[1]);
        if (power > best) {
            best = power;
            peak->at = at;
            slope = (double)cargf(cf_mul_conj(half[1], half[0]));
        }
    }
    peak->turns += slope / (2 * M_PI) / (NR_FFT / 2.0);
}
