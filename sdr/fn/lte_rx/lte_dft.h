/*
 * lte_dft.h - the receiver's 128-point transforms: in floating point, or by
 * function fft128 when it is lent, several at a time (sdr/fft/fft_lent.h).
 */
#ifndef SDR_FN_LTE_RX_LTE_DFT_H
#define SDR_FN_LTE_RX_LTE_DFT_H

#include <complex.h>

#include <liquid/liquid.h>

#include "core/fn.h"
#include "sdr/dsp/lte_seq.h"

enum { LTE_DFT_BLOCKS = 16 };

struct lte_dft {
    fftplan plan[LTE_DFT_BLOCKS];   /* in[k] to out[k] */
    const struct fn_kernel *kernel; /* fft128; NULL: 'plan' does it */
    float complex in[LTE_DFT_BLOCKS][LTE_FFT];
    float complex out[LTE_DFT_BLOCKS][LTE_FFT];
};

/* ERR_NO_MEM; lte_dft_close() takes one that failed, or all zeros. */
int lte_dft_open(struct lte_dft *d);
void lte_dft_close(struct lte_dft *d);

/* out[k], by bin, becomes the transform of in[k] for the first 'n' blocks. */
void lte_dft_run(struct lte_dft *d, size_t n);

#endif
