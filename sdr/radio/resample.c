/* resample.c - see resample.h. */
#include "sdr/radio/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* liquid.h looks at the C library's complex type: after complex.h. */
#include <liquid/liquid.h>

#include "core/base/err.h"

enum {
    PUSH_SAMPLES = 1024,
    PREFIX_MAX = 64,  /* zeros tried before the first sample */
    PULSE_HALF = 300, /* samples of the pulse that measures the delay */
    PULSE_AT = 2048,  /* its centre */
    PULSE_SAMPLES = 4096,
};

struct resample {
    msresamp_crcf filter; /* NULL: the rates are equal */
    double ratio;         /* out / in */
    size_t skip;          /* outputs still to be dropped: the filter's delay */
    size_t flush;         /* zeros that push the last sample out */
    double n_in;          /* samples taken */
    double n_out;         /* samples given */
};

/* The filter's delay in output samples: the centre of a slow pulse.  The filter
 * is as new then. */
static int measure_delay(msresamp_crcf filter, double ratio, double *delay)
{
    size_t most = (size_t)(PULSE_SAMPLES * ratio * 2) + 64;
    float complex *x = calloc(PULSE_SAMPLES, sizeof *x);
    float complex *y = calloc(most, sizeof *y);
    double sum = 0, moment = 0;
    unsigned n = 0;
    bool ok = x != NULL && y != NULL;

    if (ok) {
        for (int k = -PULSE_HALF; k <= PULSE_HALF; k++) {
            x[PULSE_AT + k] =
                0.5f + 0.5f * cosf((float)M_PI * (float)k / (PULSE_HALF + 1));
        }
        (void)msresamp_crcf_execute(filter, x, PULSE_SAMPLES, y, &n);
        for (unsigned k = 0; k < n; k++) {
            sum += (double)crealf(y[k]);
            moment += (double)crealf(y[k]) * k;
        }
        *delay = moment / sum - PULSE_AT * ratio;
        (void)msresamp_crcf_reset(filter);
    }
    free(x);
    free(y);
    return ok ? 0 : ERR_NO_MEM;
}

/*
 * The delay is no whole number of outputs, but some zeros before the first
 * sample make it nearly one: as many as come closest.
 */
static size_t choose_prefix(double ratio, double delay)
{
    size_t best = 0;
    double least = 1;

    for (size_t k = 0; k < PREFIX_MAX; k++) {
        double total = delay + (double)k * ratio;
        double rest = fabs(total - round(total));
        if (rest < least - 1e-6) {
            least = rest;
            best = k;
        }
    }
    return best;
}

static int open_filter(struct resample *r)
{
    static const float complex zeros[PREFIX_MAX] = {0};
    float complex sink[PREFIX_MAX * 64];
    double delay = 0;
    unsigned n = 0;

    r->filter = msresamp_crcf_create((float)r->ratio, 60.0f);
    if (r->filter == NULL || measure_delay(r->filter, r->ratio, &delay) < 0) {
        return ERR_NO_MEM;
    }
    size_t prefix = choose_prefix(r->ratio, delay);
    for (size_t k = 0; k < prefix; k++) {
        unsigned made = 0;
        (void)msresamp_crcf_execute(
            r->filter, (float complex *)(uintptr_t)(zeros + k), 1, sink, &made);
        n += made;
    }
    r->skip = (size_t)lround(delay + (double)prefix * r->ratio) - n;
    r->flush = (size_t)ceil(delay / r->ratio) + PREFIX_MAX;
    return 0;
}

int resample_open(double in_hz, double out_hz, struct resample **out)
{
    struct resample *r = calloc(1, sizeof *r);
    int err = 0;

    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->ratio = out_hz / in_hz;
    if (fabs(r->ratio - 1) > 1e-9) {
        err = open_filter(r);
    }
    if (err < 0) {
        resample_close(r);
        return err;
    }
    *out = r;
    return 0;
}

void resample_close(struct resample *r)
{
    if (r != NULL) {
        if (r->filter != NULL) {
            (void)msresamp_crcf_destroy(r->filter);
        }
        free(r);
    }
}

size_t resample_most(const struct resample *r, size_t n)
{
    return (size_t)ceil((double)n * r->ratio * 2) + 64;
}

size_t resample_push(struct resample *r, const float complex *x, size_t n,
                     float complex *y)
{
    size_t done = 0;

    r->n_in += (double)n;
    if (r->filter == NULL) {
        memcpy(y, x, n * sizeof *y);
        r->n_out += (double)n;
        return n;
    }
    while (n > 0) {
        size_t part = n < PUSH_SAMPLES ? n : PUSH_SAMPLES;
        unsigned made = 0;
        (void)msresamp_crcf_execute(r->filter, (float complex *)(uintptr_t)x,
                                    (unsigned)part, y + done, &made);
        size_t drop = made < r->skip ? made : r->skip;
        memmove(y + done, y + done + drop, (made - drop) * sizeof *y);
        r->skip -= drop;
        done += made - drop;
        x += part;
        n -= part;
    }
    r->n_out += (double)done;
    return done;
}

size_t resample_flush(struct resample *r, float complex *y)
{
    static const float complex zeros[RESAMPLE_FLUSH] = {0};
    double owed = floor(r->n_in * r->ratio) - r->n_out;
    double n_in = r->n_in;
    size_t zeros_n = r->flush < RESAMPLE_FLUSH ? r->flush : RESAMPLE_FLUSH;

    if (r->filter == NULL || owed <= 0) {
        return 0;
    }
    size_t n = resample_push(r, zeros, zeros_n, y);
    r->n_in = n_in;
    return (double)n < owed ? n : (size_t)owed;
}
