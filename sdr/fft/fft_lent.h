/*
 * fft_lent.h - transforms in floating point by function fft64 or fft128, which
 * works in 16 bits.
 *
 * Each block is scaled to a power at which nothing can clip, so its noise is
 * 60 dB or so below the block, whatever came (sdr/fn/fft64/README.md).
 */
#ifndef SDR_FFT_FFT_LENT_H
#define SDR_FFT_FFT_LENT_H

#include <complex.h>

#include "core/fn.h"

enum {
    FFT_LENT_SAMPLES = 2048, /* at most, of all blocks */
    FFT_LENT_BLOCKS = 32,
};

/*
 * out[k << log2_n], by bin, becomes the forward transform of in[k << log2_n]
 * for the n_blocks blocks of 1 << log2_n samples, 6 or 7, by the function at
 * reset.  False, with 'out' undefined: it does not answer.
 */
bool fft_lent(const struct fn_kernel *kernel, unsigned log2_n,
              const float complex *in, size_t n_blocks, float complex *out);

#endif
