/* fft_lanes.c - see fft_lanes.h. */
#include "sdr/dsp/fft_lanes.h"

#include <assert.h>
#include <math.h>

#define FFT_ROW 4 /* what every machine of today has */
#define FFT_TARGET
#include "sdr/dsp/fft_lanes_steps.h"

void fft_lanes_init(struct fft_lanes *f, size_t n)
{
    assert(n >= 4 && n <= FFT_LANES_MAX && (n & (n - 1)) == 0);
    f->n = n;
    f->match = fft_lanes_match_avx2();
    if (f->match == NULL) {
        f->match = fft_lanes_match_plain;
    }
    f->find = fft_lanes_find_avx2();
    if (f->find == NULL) {
        f->find = fft_lanes_find_plain;
    }
    for (size_t k = 0; k < n; k++) {
        double phase = -2 * M_PI * (double)k / (double)n;
        f->w[k] = (float)cos(phase) + I * (float)sin(phase);
    }
}

struct fft_value *fft_lanes_run(const struct fft_lanes *f, struct fft_value *x,
                                struct fft_value *y)
{
    return fft_passes(f, x, y);
}

void fft_lanes_match_plain(const struct fft_lanes *f, const struct fft_value *x,
                           const struct fft_value *r,
                           const float (*weight)[FFT_LANES], float *sum,
                           size_t n_sum)
{
    fft_match(f, x, r, weight, sum, n_sum);
}

void fft_lanes_match(const struct fft_lanes *f, const struct fft_value *x,
                     const struct fft_value *r,
                     const float (*weight)[FFT_LANES], float *sum, size_t n_sum)
{
    assert(f->n <= FFT_LANES_MAX / 2 && n_sum <= f->n);
    f->match(f, x, r, weight, sum, n_sum);
}

size_t fft_lanes_find_plain(const struct fft_lanes *f,
                            const struct fft_query *q, struct fft_found *found,
                            size_t cap)
{
    return fft_find(f, q, found, cap);
}

size_t fft_lanes_find(const struct fft_lanes *f, const struct fft_query *q,
                      struct fft_found *found, size_t cap)
{
    assert(f->n <= FFT_LANES_MAX / 2 && q->n < f->n);
    return f->find(f, q, found, cap);
}
