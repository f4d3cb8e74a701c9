/* decimate.c - see decimate.h: Kaiser-windowed low passes. */
#include "sdr/dsp/decimate.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double pass = 0.385; /* of the output's rate */
static const double attenuation_db = 60, beta = 5.65;

static double bessel_i0(double x)
{
    double sum = 1, term = 1;

    for (int k = 1; k < 40; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

unsigned decimate_half(double transition)
{
    return (unsigned)ceil((attenuation_db - 8) / (14.36 * transition) / 2);
}

void decimate_taps(unsigned by, unsigned n_half, float *taps)
{
    int half = (int)n_half;
    double sum = 0;

    for (int k = -half; k <= half; k++) {
        double x = (double)k / by; /* the cutoff is half the rate left */
        double u = (double)k / (half + 1);
        double ideal = k == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
        double tap = ideal * bessel_i0(beta * sqrt(1 - u * u));
        taps[k + half] = (float)tap;
        sum += tap;
    }
    for (int k = 0; k <= 2 * half; k++) {
        taps[k] /= (float)sum;
    }
}

/* From 'from' times the rate of the last output to from / by times. */
static void stage_init(struct decimate_stage *s, unsigned from, unsigned by)
{
    double out = (double)from / by;
    unsigned half = decimate_half((out - 2 * pass) / from);

    s->by = by;
    s->n_taps = 2 * half + 1;
    assert(s->n_taps <= DECIMATE_TAPS);
    decimate_taps(by, half, s->taps);
    s->n = half; /* zeros before the first sample */
    memset(s->line, 0, sizeof s->line);
}

bool decimate_init(struct decimate *d, unsigned factor)
{
    unsigned left = factor;

    d->n_stages = 0;
    while (left > 1 && factor <= 16) {
        unsigned by = left % 2 == 0 ? 2 : left % 3 == 0 ? 3 : 5;
        if (left % by != 0 || d->n_stages == DECIMATE_STAGES) {
            return false;
        }
        stage_init(&d->stage[d->n_stages++], left, by);
        left /= by;
    }
    return left == 1;
}

/* sum of taps[n] * x[n], the taps real and the same from both ends. */
static float complex stage_filter(const float *restrict taps, size_t n,
                                  const float complex *x)
{
    float complex sum = taps[n / 2] * x[n / 2];

    for (size_t k = 0; k < n / 2; k++) {
        sum += taps[k] * (x[k] + x[n - 1 - k]);
    }
    return sum;
}

/* y may be x. */
static size_t stage_push(struct decimate_stage *s, const float complex *x,
                         size_t n, float complex *y)
{
    size_t n_out = 0, at = 0;

    memcpy(s->line + s->n, x, n * sizeof *x);
    s->n += n;
    for (; at + s->n_taps <= s->n; at += s->by) {
        y[n_out++] = stage_filter(s->taps, s->n_taps, s->line + at);
    }
    memmove(s->line, s->line + at, (s->n - at) * sizeof s->line[0]);
    s->n -= at;
    return n_out;
}

size_t decimate_push(struct decimate *d, const float complex *x, size_t n,
                     float complex *y)
{
    assert(n <= DECIMATE_BLOCK);
    if (d->n_stages == 0) {
        memcpy(y, x, n * sizeof *x);
        return n;
    }
    n = stage_push(&d->stage[0], x, n, y);
    for (unsigned k = 1; k < d->n_stages; k++) {
        n = stage_push(&d->stage[k], y, n, y);
    }
    return n;
}
