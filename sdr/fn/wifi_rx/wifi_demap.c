/*
 * wifi_demap.c - piecewise linear soft bits, in units of half the distance
 * between neighbouring points.
 */
#include "sdr/fn/wifi_rx/wifi_demap.h"

#include <math.h>

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

/* The nearest of the decoder's soft values; a NaN becomes the lowest. */
static int8_t clip(float x)
{
    const float top = VITERBI_K7_SOFT_MAX;

    return (int8_t)((int)(fminf(fmaxf(x, -top), top) + top + 0.5f) -
                    VITERBI_K7_SOFT_MAX);
}

/* The bits of one axis: y in units, scaled by u, the soft value of a unit. */
static void axis16(float y, float u, const uint16_t *map, int8_t *soft)
{
    soft[map[0]] = clip(y);
    soft[map[1]] = clip(2 * u - fabsf(y));
}

static void axis64(float y, float u, const uint16_t *map, int8_t *soft)
{
    soft[map[0]] = clip(y);
    soft[map[1]] = clip(4 * u - fabsf(y));
    soft[map[2]] = clip(2 * u - fabsf(fabsf(y) - 4 * u));
}

void wifi_demap(const struct wifi_demap *d, const float complex *z,
                const float *gain, int8_t *soft)
{
    const uint16_t *map = d->map;
    float unit = full_scale(d->bpsc) / d->mean_gain;
    float scale = unit / half_distance(d->bpsc);

    switch (d->bpsc) {
    case 1:
        for (size_t t = 0; t < d->n; t++) {
            soft[map[t]] = clip(crealf(z[t]) * scale);
        }
        return;
    case 2:
        for (size_t t = 0; t < d->n; t++) {
            soft[map[2 * t]] = clip(crealf(z[t]) * scale);
            soft[map[2 * t + 1]] = clip(cimagf(z[t]) * scale);
        }
        return;
    case 4:
        for (size_t t = 0; t < d->n; t++) {
            float u = gain[t] * unit;
            axis16(crealf(z[t]) * scale, u, map + 4 * t, soft);
            axis16(cimagf(z[t]) * scale, u, map + 4 * t + 2, soft);
        }
        return;
    default:
        for (size_t t = 0; t < d->n; t++) {
            float u = gain[t] * unit;
            axis64(crealf(z[t]) * scale, u, map + 6 * t, soft);
            axis64(cimagf(z[t]) * scale, u, map + 6 * t + 3, soft);
        }
        return;
    }
}

/* Distance of y from the nearest of the odd numbers up to 'top', squared. */
static float axis_error(float y, float top)
{
    float e = fabsf(y);
    float near = fminf(2 * floorf(e / 2) + 1, top);

    return (e - near) * (e - near);
}

float wifi_demap_error(int bpsc, size_t n, const float complex *z,
                       const float *gain)
{
    float unit = half_distance(bpsc);
    float top = bpsc <= 2 ? 1.0f : bpsc == 4 ? 3.0f : 7.0f;
    float sum = 0;

    for (size_t t = 0; t < n; t++) {
        float scale = 1 / (gain[t] * unit);
        float q = cimagf(z[t]) * scale;
        float e = axis_error(crealf(z[t]) * scale, top);

        e += bpsc == 1 ? q * q : axis_error(q, top);
        sum += e * gain[t];
    }
    return sum * unit * unit;
}
