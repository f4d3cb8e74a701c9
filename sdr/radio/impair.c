/* impair.c - delay, sample clock, paths, carrier offset and noise. */
#include "sdr/radio/impair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

enum {
    REACH = 32, /* samples of the interpolator on either side */
    PATHS = 64, /* of a channel */
    PROFILE_PATHS = 9,
    PROFILE_TAPS = 2 * REACH + 160, /* 5 us at 30.72 Msps between */
};

double impair_power(const float complex *x, size_t n)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++) {
        sum += (double)cf_norm(x[k]);
    }
    return n > 0 ? sum / (double)n : 0;
}

/* sin(pi t) / (pi t), faded out by a Hann window at +-REACH. */
static double tap(double t)
{
    if (fabs(t) < 1e-9) {
        return 1;
    }
    if (fabs(t) >= REACH) {
        return 0;
    }
    return sin(M_PI * t) / (M_PI * t) * (0.5 + 0.5 * cos(M_PI * t / REACH));
}

/* x at the time t, in samples; zero outside x. */
static float complex sample_at(const float complex *x, size_t n, double t)
{
    double whole = floor(t);
    double complex sum = 0;

    if (t == whole) {
        return t >= 0 && t < (double)n ? x[(size_t)t] : 0;
    }
    for (int k = 1 - REACH; k <= REACH; k++) {
        double at = whole + k;

        if (at >= 0 && at < (double)n) {
            sum += tap(t - at) * (double complex)x[(size_t)at];
        }
    }
    return (float complex)sum;
}

void impair_place(const float complex *x, size_t n, double delay,
                  double clock_ppm, float complex *y, size_t n_y)
{
    double step = 1 + clock_ppm * 1e-6;
    double first = fmax(ceil(delay - REACH), 0);
    double last = delay + ((double)n + REACH) / step;

    if (first >= (double)n_y) {
        return;
    }
    for (size_t k = (size_t)first; k < n_y && (double)k <= last; k++) {
        y[k] += sample_at(x, n, ((double)k - delay) * step);
    }
}

void impair_cfo(float complex *x, size_t n, double cfo_hz, double rate_hz)
{
    double cycles = cfo_hz / rate_hz; /* a sample */

    for (size_t k = 0; k < n; k++) {
        double turn = cycles * (double)k;
        turn -= floor(turn);
        x[k] = cf_mul(x[k], cf_polar((float)(2 * M_PI * turn)));
    }
}

/* Uniform in (0, 1]. */
static double uniform(struct rng *r)
{
    return ((double)(rng_next(r) >> 11) + 1) * 0x1p-53;
}

void impair_multipath(float complex *x, size_t n, double rms, struct rng *r)
{
    float complex gain[PATHS];
    double power = 0;

    for (int k = 0; k < PATHS; k++) {
        power += exp(-k / rms);
    }
    for (int k = 0; k < PATHS; k++) {
        gain[k] = 0;
        impair_noise(&gain[k], 1, exp(-k / rms) / power, r);
    }
    for (size_t at = n; at-- > 0;) {
        float complex sum = 0;
        for (size_t k = 0; k < PATHS && k <= at; k++) {
            sum += cf_mul(x[at - k], gain[k]);
        }
        x[at] = sum;
    }
}

/* Adds a path of 'gain' to a filter whose tap REACH is without delay. */
static void add_path(float complex h[PROFILE_TAPS], double delay,
                     float complex gain)
{
    for (int k = 0; k < PROFILE_TAPS; k++) {
        double t = k - REACH - delay;
        if (fabs(t) < REACH) {
            h[k] += (float)tap(t) * gain;
        }
    }
}

int impair_profile(float complex *x, size_t n, enum impair_profile_name name,
                   double rate_hz, struct rng *r)
{
    static const struct {
        double ns, db; /* excess delay, relative power */
    } path[][PROFILE_PATHS] = {
        [IMPAIR_EPA] = {{0, 0},
                        {30, -1},
                        {70, -2},
                        {90, -3},
                        {110, -8},
                        {190, -17.2},
                        {410, -20.8},
                        {0, -300},
                        {0, -300}},
        [IMPAIR_EVA] = {{0, 0},
                        {30, -1.5},
                        {150, -1.4},
                        {310, -3.6},
                        {370, -0.6},
                        {710, -9.1},
                        {1090, -7},
                        {1730, -12},
                        {2510, -16.9}},
        [IMPAIR_ETU] = {{0, -1},
                        {50, -1},
                        {120, -1},
                        {200, 0},
                        {230, 0},
                        {500, 0},
                        {1600, -3},
                        {2300, -5},
                        {5000, -7}},
    };
    float complex h[PROFILE_TAPS] = {0};
    float complex *from = malloc((n + 1) * sizeof *from);
    double power = 0;

    if (from == NULL) {
        return ERR_NO_MEM;
    }
    memcpy(from, x, n * sizeof *x);
    for (size_t k = 0; k < PROFILE_PATHS; k++) {
        power += pow(10, path[name][k].db / 10);
    }
    for (size_t k = 0; k < PROFILE_PATHS; k++) {
        float complex gain = 0;
        impair_noise(&gain, 1, pow(10, path[name][k].db / 10) / power, r);
        add_path(h, path[name][k].ns * 1e-9 * rate_hz, gain);
    }
    for (size_t k = 0; k < n; k++) {
        float complex sum = 0;
        for (size_t j = 0; j < PROFILE_TAPS; j++) {
            size_t at = k + REACH - j; /* beyond n also when below 0 */
            sum += at < n ? cf_mul(from[at], h[j]) : 0;
        }
        x[k] = sum;
    }
    free(from);
    return 0;
}

void impair_noise(float complex *x, size_t n, double power, struct rng *r)
{
    for (size_t k = 0; k < n; k++) { /* Box and Muller */
        double radius = sqrt(-power * log(uniform(r)));
        double angle = 2 * M_PI * uniform(r);

        x[k] += cf((float)(radius * cos(angle)), (float)(radius * sin(angle)));
    }
}

double impair_noise_power(double signal, double snr_db)
{
    return signal * pow(10, -snr_db / 10);
}
