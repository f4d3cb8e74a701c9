/* wifi_sync.c - correlation with the long training field. */
#include "sdr/fn/wifi_rx/wifi_sync.h"

#include <math.h>

#include "sdr/dsp/cf.h"

enum {
    N = OFDM20_FFT,
    SINGLES = WIFI_SYNC_LAGS + N, /* lags at which one symbol is sought */
    PATH_REACH = 8, /* how far before the peak the first path may be */
};

static const float rho_min = 0.35f;    /* of both symbols together */
static const float balance_min = 0.4f; /* weaker symbol over the stronger */
static const float path_min = 0.5f;    /* first path over the peak */

void wifi_sync_init(struct wifi_sync *s)
{
    float complex x[N];

    ofdm20_ltf_time(x);
    for (int k = 0; k < N; k++) {
        s->re[k] = crealf(x[k]);
        s->im[k] = cimagf(x[k]);
    }
}

void wifi_sync_derotate(const float complex *x, int n, float phase, float step,
                        float complex *y)
{
    float complex r = cf_polar(-phase);
    float complex turn = cf_polar(-step);

    for (int k = 0; k < n; k++) {
        y[k] = cf_mul(x[k], r);
        r = cf_mul(r, turn);
    }
}

float wifi_sync_cfo(const float complex *x, int n, int lag)
{
    float complex sum = 0;

    for (int k = 0; k < n; k++) {
        sum += cf_mul_conj(x[k], x[k - lag]);
    }
    return cargf(sum) / (float)lag;
}

/* Amplitude of the correlation of one symbol with the samples at re, im. */
static float correlate(const struct wifi_sync *s, const float *re,
                       const float *im)
{
    float part_re[8] = {0};
    float part_im[8] = {0};

    for (int k = 0; k < N; k += 8) {
        for (int j = 0; j < 8; j++) {
            part_re[j] += re[k + j] * s->re[k + j] + im[k + j] * s->im[k + j];
            part_im[j] += im[k + j] * s->re[k + j] - re[k + j] * s->im[k + j];
        }
    }
    for (int j = 1; j < 8; j++) {
        part_re[0] += part_re[j];
        part_im[0] += part_im[j];
    }
    return sqrtf(part_re[0] * part_re[0] + part_im[0] * part_im[0]);
}

/* Lag at which both symbols together are strongest. */
static int strongest(const float *single)
{
    int best = 0;

    for (int d = 1; d < WIFI_SYNC_LAGS; d++) {
        if (single[d] + single[d + N] > single[best] + single[best + N]) {
            best = d;
        }
    }
    return best;
}

static int first_path(const float *single, int peak)
{
    float least = path_min * (single[peak] + single[peak + N]);
    int from = peak > PATH_REACH ? peak - PATH_REACH : 0;

    for (int d = from; d < peak; d++) {
        if (single[d] + single[d + N] >= least) {
            return d;
        }
    }
    return peak;
}

/* Fills in what the two symbols at 'peak' of y tell; y is derotated. */
static void measure(const float complex *y, float both,
                    struct wifi_sync_found *f)
{
    const float complex *a = y + f->peak;
    float complex likeness = 0;
    float energy = 0;

    for (int k = 0; k < N; k++) {
        likeness += cf_mul_conj(a[k + N], a[k]);
        energy += cf_norm(a[k]) + cf_norm(a[k + N]);
    }

    float same = cabsf(likeness);
    float noise = energy / 2 - same;

    f->rho = both / sqrtf(2 * N * energy);
    f->cfo = cargf(likeness) / N;
    f->snr = same / fmaxf(noise, same * 1e-6f);
}

bool wifi_sync_find(const struct wifi_sync *s, const float complex *x,
                    float cfo, struct wifi_sync_found *found)
{
    float complex y[WIFI_SYNC_SPAN] = {0};
    float re[WIFI_SYNC_SPAN];
    float im[WIFI_SYNC_SPAN];
    float single[SINGLES];
    struct wifi_sync_found f = {0};

    wifi_sync_derotate(x, WIFI_SYNC_SPAN, 0, cfo, y);
    for (int k = 0; k < WIFI_SYNC_SPAN; k++) {
        re[k] = crealf(y[k]);
        im[k] = cimagf(y[k]);
    }
    for (int d = 0; d < SINGLES; d++) {
        single[d] = correlate(s, re + d, im + d);
    }
    f.peak = strongest(single);
    f.first = first_path(single, f.peak);

    float a = single[f.peak];
    float b = single[f.peak + N];

    measure(y, a + b, &f);
    f.cfo += cfo;
    if (!(f.rho >= rho_min && fminf(a, b) >= balance_min * fmaxf(a, b) &&
          isfinite(f.cfo) && isfinite(f.snr))) {
        return false;
    }
    *found = f;
    return true;
}
