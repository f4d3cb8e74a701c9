/* spectrum.c - see spectrum.h. */
#include "sdr/dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* liquid.h looks at the C library's complex type: after complex.h. */
#include <liquid/liquid.h>

#include "core/base/err.h"

enum { BINS = 512, GAP = 4 /* bins below the threshold within a band */ };

static const float above_floor = 4.0f; /* 6 dB */

struct spectrum {
    double rate_hz;
    fftplan plan;
    size_t held;
    float window[BINS];
    float complex x[BINS];
    float complex y[BINS];
    float complex block[BINS];
    double power[BINS]; /* bin 0 is the lowest frequency */
    double n_blocks;
};

int spectrum_open(double rate_hz, struct spectrum **out)
{
    struct spectrum *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return ERR_NO_MEM;
    }
    s->plan = fft_create_plan(BINS, s->x, s->y, LIQUID_FFT_FORWARD, 0);
    if (s->plan == NULL) {
        free(s);
        return ERR_NO_MEM;
    }
    s->rate_hz = rate_hz;
    for (size_t k = 0; k < BINS; k++) {
        s->window[k] = 0.5f - 0.5f * cosf(2 * (float)M_PI * (float)k / BINS);
    }
    *out = s;
    return 0;
}

void spectrum_close(struct spectrum *s)
{
    if (s != NULL) {
        (void)fft_destroy_plan(s->plan);
        free(s);
    }
}

static void add_block(struct spectrum *s)
{
    for (size_t k = 0; k < BINS; k++) {
        s->x[k] = s->block[k] * s->window[k];
    }
    (void)fft_execute(s->plan);
    for (size_t k = 0; k < BINS; k++) {
        float complex y = s->y[(k + BINS / 2) % BINS];
        float p = crealf(y) * crealf(y) + cimagf(y) * cimagf(y);
        s->power[k] += isfinite(p) ? (double)p : 0;
    }
    s->n_blocks++;
}

void spectrum_push(struct spectrum *s, const float complex *x, size_t n)
{
    while (n > 0) {
        size_t part = n < BINS - s->held ? n : BINS - s->held;
        memcpy(s->block + s->held, x, part * sizeof *x);
        s->held += part;
        x += part;
        n -= part;
        if (s->held == BINS) {
            add_block(s);
            s->held = 0;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

bool spectrum_strongest(const struct spectrum *s, struct spectrum_band *band)
{
    double sorted[BINS], best = 0;
    size_t first = 0, last = 0;

    memcpy(sorted, s->power, sizeof sorted);
    qsort(sorted, BINS, sizeof sorted[0], by_value);
    double floor = sorted[BINS / 4];
    for (size_t k = 0; k < BINS; k++) {
        if (floor <= 0 || s->power[k] <= above_floor * floor) {
            continue;
        }
        size_t end = k;
        double power = 0;
        for (size_t j = k; j < BINS && j <= end + GAP; j++) {
            if (s->power[j] > above_floor * floor) {
                end = j;
                power += s->power[j];
            }
        }
        if (power > best) {
            best = power;
            first = k;
            last = end;
        }
        k = end;
    }
    if (best <= 0) {
        return false;
    }
    double width = (double)(last - first + 1);
    double bin_hz = s->rate_hz / BINS;
    band->bandwidth_hz = width * bin_hz;
    band->offset_hz = ((double)(first + last) / 2 - BINS / 2.0) * bin_hz;
    band->snr_db = 10 * log10(best / (floor * width));
    return true;
}
