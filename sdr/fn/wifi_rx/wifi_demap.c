/*
 * wifi_demap.c - piecewise linear soft bits, in units of half the distance
 * between neighbouring points.
 */
#include "sdr/fn/wifi_rx/wifi_demap.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/ofdm20.h"
#include "sdr/dsp/viterbi_k7.h"

/* Half the distance between points of power 1. */
static float half_distance(int bpsc)
{
    switch (bpsc) {
    case 1: return 1;
    case 2: return 0.707106781f;  /* 1 / sqrt(2) */
    case 4: return 0.316227766f;  /* 1 / sqrt(10) */
    default: return 0.154303350f; /* 1 / sqrt(42) */
    }
}

/* Soft value of a point at half the distance, on a tone of mean gain. */
static float full_scale(int bpsc)
{
    return bpsc <= 2 ? 5.0f : bpsc == 4 ? 6.0f : 5.0f;
}

/*
 * Loops run over all places, used or not, so that the compiler knows their
 * length and makes vectors of them.  An axis is the real or the imaginary part
 * of a tone.
 */
enum { AXES = 2 * OFDM20_HT_DATA_TONES };

/* |x|, at most 'top', which is above 0; also of a NaN.  By its bits: as numbers
 * they would be compared with branches. */
static float magnitude(float x, float top)
{
    int32_t bits, most;

    memcpy(&bits, &x, sizeof bits);
    memcpy(&most, &top, sizeof most);
    bits &= INT32_MAX;
    bits = bits < most ? bits : most;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The nearest of the decoder's soft values. */
static int clip(float x)
{
    int level = (int)(magnitude(x, VITERBI_K7_SOFT_MAX) + 0.5f);
    int32_t sign;

    memcpy(&sign, &x, sizeof sign);
    sign >>= 31; /* 0 or -1 */
    return (level ^ sign) - sign;
}

/* Copies the parts of n tones times 'scale'; zeros behind them. */
static void take_axes(const float complex *z, size_t n, float scale, float *y)
{
    memset(y, 0, AXES * sizeof *y);
    for (size_t t = 0; t < n; t++) {
        y[2 * t] = crealf(z[t]) * scale;
        y[2 * t + 1] = cimagf(z[t]) * scale;
    }
}

/* The same for what both axes of a tone share. */
static void take_gains(const float *gain, size_t n, float scale, float *u)
{
    memset(u, 0, AXES * sizeof *u);
    for (size_t t = 0; t < n; t++) {
        u[2 * t] = gain[t] * scale;
        u[2 * t + 1] = u[2 * t];
    }
}

/* Bits of an axis; u is the soft value of a unit. */
static void first_bits(const float *restrict y, int *restrict bit)
{
    for (size_t k = 0; k < AXES; k++) {
        bit[k] = clip(y[k]);
    }
}

static void second_bits(const float *restrict y, const float *restrict u,
                        float units, int *restrict bit)
{
    for (size_t k = 0; k < AXES; k++) {
        bit[k] = clip(units * u[k] - fabsf(y[k]));
    }
}

static void third_bits(const float *restrict y, const float *restrict u,
                       int *restrict bit)
{
    for (size_t k = 0; k < AXES; k++) {
        bit[k] = clip(2 * u[k] - fabsf(fabsf(y[k]) - 4 * u[k]));
    }
}

void wifi_demap(const struct wifi_demap *d, const float complex *z,
                const float *gain, int8_t *soft)
{
    const uint16_t *map = d->map;
    float unit = full_scale(d->bpsc) / d->mean_gain;
    float scale = unit / half_distance(d->bpsc);
    float y[AXES], u[AXES];
    int bit[3][AXES];
    size_t n_bits = d->bpsc == 1 ? 1 : (size_t)d->bpsc / 2; /* of an axis */
    size_t step = d->bpsc == 1 ? 2 : 1; /* BPSK leaves every other axis out */

    take_axes(z, d->n, scale, y);
    first_bits(y, bit[0]);
    if (n_bits > 1) {
        take_gains(gain, d->n, unit, u);
        second_bits(y, u, n_bits == 2 ? 2 : 4, bit[1]);
    }
    if (n_bits > 2) {
        third_bits(y, u, bit[2]);
    }
    for (size_t k = 0; k < 2 * d->n; k += step) {
        for (size_t b = 0; b < n_bits; b++) {
            soft[*map++] = (int8_t)bit[b][k];
        }
    }
}

/* Distances of axes from the nearest of the odd numbers up to 'top', squared.
 */
static void axis_errors(const float *restrict y, float top,
                        float *restrict error)
{
    for (size_t k = 0; k < AXES; k++) {
        float e = fabsf(y[k]);
        float near = (float)((int)magnitude(e, top) | 1);
        error[k] = (e - near) * (e - near);
    }
}

float wifi_demap_error(int bpsc, size_t n, const float complex *z,
                       const float *gain)
{
    float unit = half_distance(bpsc);
    float top = bpsc <= 2 ? 1.0f : bpsc == 4 ? 3.0f : 7.0f;
    float y[AXES], error[AXES];
    float sum = 0;

    memset(y, 0, sizeof y);
    for (size_t t = 0; t < n; t++) {
        float scale = 1 / (gain[t] * unit);
        y[2 * t] = crealf(z[t]) * scale;
        y[2 * t + 1] = cimagf(z[t]) * scale;
    }
    axis_errors(y, top, error);
    for (size_t t = 0; t < n; t++) {
        float q = y[2 * t + 1];
        sum +=
            (error[2 * t] + (bpsc == 1 ? q * q : error[2 * t + 1])) * gain[t];
    }
    return sum * unit * unit;
}
