/*
 * lte_fft.h - forward Fourier transform of 128 n points, n a product of 2, 3
 * and 5 up to 16, and OFDM symbols out of a stretch of samples by it.
 */
#ifndef SDR_FN_LTE_RX_LTE_FFT_H
#define SDR_FN_LTE_RX_LTE_FFT_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/fn.h"
#include "sdr/dsp/lte_ctrl.h"

enum {
    LTE_FACTOR_MAX = 16, /* 30.72 Msps */
};

struct lte_fft;

/* False: a sample rate of 'factor' times 1.92 Msps cannot be worked on. */
bool lte_fft_factor_valid(unsigned factor);

/* ERR_NO_MEM; takes NULL to close. */
int lte_fft_open(struct lte_fft **out);
void lte_fft_close(struct lte_fft *f);

/* Function fft128 does the 128 points; 'kernel' stays the caller's. */
void lte_fft_lend(struct lte_fft *f, const struct fn_kernel *kernel);

/* What follows is of 128 * factor points, factor valid. */
void lte_fft_set(struct lte_fft *f, unsigned factor);

/*
 * Samples at factor x 1.92 Msps, owned by the caller; parts that are not
 * finite, or beyond 1e6, count as 0.
 */
struct lte_samples {
    const float complex *x; /* [n] */
    size_t n;
    unsigned factor;
};

/*
 * Subcarriers y[12 prb], lowest frequency first, of the symbol whose useful
 * part begins at sample 'at', turned back by 'cfo_hz'; phases of all symbols
 * refer to sample 0.  s->factor is that of lte_fft_set().  False, with 'y'
 * unchanged: it lies outside the samples.
 */
bool lte_fft_symbol(struct lte_fft *f, const struct lte_samples *s, double at,
                    double cfo_hz, unsigned prb, float complex *y);

#endif
