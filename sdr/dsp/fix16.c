/* fix16.c - see fix16.h. */
#include "sdr/dsp/fix16.h"

#include <math.h>

enum { BITS = 14 }; /* of the peak */

static const float peak_min = 1e-30f;

static float finite_part(float x)
{
    return isfinite(x) ? x : 0;
}

float fix16(const float complex *x, size_t n, int16_t (*y)[2])
{
    float peak = 0, gain = 1;
    int exponent;

    for (size_t k = 0; k < n; k++) {
        peak = fmaxf(peak, fabsf(finite_part(crealf(x[k]))));
        peak = fmaxf(peak, fabsf(finite_part(cimagf(x[k]))));
    }
    if (peak > peak_min) {
        (void)frexpf(peak, &exponent); /* the peak is below 2^exponent */
        gain = ldexpf(1, BITS - exponent);
    }
    for (size_t k = 0; k < n; k++) {
        y[k][0] = (int16_t)lrintf(finite_part(crealf(x[k])) * gain);
        y[k][1] = (int16_t)lrintf(finite_part(cimagf(x[k])) * gain);
    }
    return gain;
}
