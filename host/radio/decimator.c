/*
 * decimator.c - see decimator.h.  Blocks begin at the same samples wherever the
 * stream is cut, since each has a scale of its own.
 */
#include "host/radio/decimator.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/decimate.h"
#include "sdr/dsp/fix16.h"
#include "sdr/fn/fir_decim/fir_decim_some.h"

enum {
    OUT = DECIMATOR_OUT,
    HALF_MAX = 63, /* taps on either side of the middle one, at most */
    IN_MAX = (OUT - 1) * DECIMATOR_MAX + 2 * HALF_MAX + 1, /* of a block */
};

static const double pass = 0.445; /* of the output's rate */

struct decimator {
    struct kernels *kernels;
    size_t kernel;
    double in_hz;
    struct fir_decim_filter filter;
    uint64_t n_in, n_out; /* samples of the stream */
    size_t n; /* of 'line', with the first of which a block begins */
    float complex line[IN_MAX + DECIMATOR_PUSH];
    int16_t block[IN_MAX][2];
    struct iq16 made[OUT];
};

unsigned decimator_factor(double in_hz, double out_hz)
{
    double factor = round(in_hz / out_hz);

    if (fabs(in_hz / out_hz - factor) > 1e-9 || factor < 2 ||
        factor > DECIMATOR_MAX) {
        return 0;
    }
    return (unsigned)factor;
}

static void design(struct fir_decim_filter *f, unsigned factor)
{
    unsigned half = decimate_half((1 - 2 * pass) / factor);
    float tap[2 * HALF_MAX + 1];
    uint32_t shift = factor == 2 ? 15 : 16; /* the middle tap is 1 / factor */

    half = half < HALF_MAX ? half : HALF_MAX;
    decimate_taps(factor, half, tap);
    *f = (struct fir_decim_filter){
        .n_taps = 2 * half + 1, .decimation = factor, .shift = shift};
    for (size_t k = 0; k < f->n_taps; k++) {
        f->tap[k] = (int16_t)lrintf(tap[k] * (float)(1 << shift));
    }
}

int decimator_open(struct kernels *kernels, size_t kernel, double in_hz,
                   unsigned factor, struct decimator **out)
{
    struct decimator *d = calloc(1, sizeof *d);
    struct write_list set = {0};
    int err = ERR_NO_MEM;

    assert(factor >= 2 && factor <= DECIMATOR_MAX);
    if (d != NULL) {
        d->kernels = kernels;
        d->kernel = kernel;
        d->in_hz = in_hz;
        design(&d->filter, factor);
        d->n = d->filter.n_taps / 2; /* zeros before the first sample */
        err = fir_decim_emit(&d->filter, write_list_emit, &set);
    }
    if (err >= 0) {
        kernels_set(kernels, kernel, &set);
        *out = d;
    } else {
        free(d);
    }
    write_list_close(&set);
    return err < 0 ? err : 0;
}

void decimator_close(struct decimator *d)
{
    free(d);
}

/* Samples of a block that gives 'n'. */
static size_t block_in(const struct decimator *d, size_t n)
{
    return (n - 1) * d->filter.decimation + d->filter.n_taps;
}

/* By the function: the first block of the line, which gives made[n]; false when
 * it does not answer. */
static bool ask(struct decimator *d, size_t n)
{
    uint32_t len = (uint32_t)(block_in(d, n) * sizeof d->block[0]);
    struct pkt block = {
        .data = (uint8_t *)d->block, .len_bytes = len, .room_bytes = len};
    struct pkt answer = {.data = NULL};
    struct fn_span in = {.type = FN_PKT, .items = &block, .n = 1, .cap = 1};
    struct fn_span out = {.type = FN_PKT, .items = &answer, .cap = 1};
    double at = (double)(d->n_out * d->filter.decimation);

    if (!kernels_run(d->kernels, d->kernel, at / d->in_hz, &in, &out) ||
        answer.len_bytes != n * sizeof d->made[0]) {
        return false;
    }
    memcpy(d->made, answer.data, answer.len_bytes);
    return true;
}

/* Makes y[n] of the first block of the line. */
static void make(struct decimator *d, size_t n, float complex *y)
{
    size_t used = n * d->filter.decimation;
    float gain = fix16(d->line, block_in(d, n), d->block);

    if (!ask(d, n)) {
        (void)fix16(d->line, block_in(d, n), d->block); /* it may be edited */
        (void)fir_decim_some(&d->filter, (const uint8_t *)d->block, n,
                             (uint8_t *)d->made, NULL);
    }
    for (size_t k = 0; k < n; k++) {
        y[k] = cf((float)d->made[k].i / gain, (float)d->made[k].q / gain);
    }
    d->n_out += n;
    d->n -= used;
    memmove(d->line, d->line + used, d->n * sizeof d->line[0]);
}

size_t decimator_push(struct decimator *d, const float complex *x, size_t n,
                      float complex *y)
{
    size_t made = 0;

    assert(n <= DECIMATOR_PUSH);
    memcpy(d->line + d->n, x, n * sizeof *x);
    d->n += n;
    d->n_in += n;
    for (; d->n >= block_in(d, OUT); made += OUT) {
        make(d, OUT, y + made);
    }
    return made;
}

size_t decimator_flush(struct decimator *d, float complex *y)
{
    size_t factor = d->filter.decimation;
    size_t owed = (size_t)((d->n_in + factor - 1) / factor - d->n_out);
    size_t made = 0;

    while (made < owed) {
        size_t n = owed - made < OUT ? owed - made : OUT;
        size_t more = block_in(d, n) > d->n ? block_in(d, n) - d->n : 0;
        memset(d->line + d->n, 0, more * sizeof d->line[0]);
        d->n += more;
        make(d, n, y + made);
        made += n;
    }
    return made;
}
