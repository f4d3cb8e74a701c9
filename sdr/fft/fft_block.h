/*
 * fft_block.h - the transform of one block of 64 or 128 samples, in two ways
 * that give the same bits; the arithmetic is in sdr/fn/fft64/README.md.
 *
 * A block's size is given by its logarithm, 6 or 7.
 */
#ifndef SDR_FFT_FFT_BLOCK_H
#define SDR_FFT_FFT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/iq.h"

enum {
    FFT_MAX = 128, /* samples of the largest block */
    FFT_PAIRS = 3, /* pairs of stages; of 128 samples there is a stage more */
};

/*
 * The rotations behind the first pair of stages, {cos, sin} of each place,
 * Q2.14, and the same as {-sin, cos}.  Place p of those behind the second pair
 * has what place 4 p has here, modulo the size, and 16 p behind the third.
 */
extern const int16_t fft_turn_64[2][64][2];
extern const int16_t fft_turn_128[2][128][2];

/*
 * x becomes its transform, bins in order; 'halve' has a bit for each stage.
 * Unless 'seen' is NULL it takes the block behind the first two pairs of
 * stages, and behind the last stage.  Returns how many samples were clipped on
 * the way.
 */
uint32_t fft_block(struct iq16 *x, unsigned log2_n, uint32_t halve,
                   struct iq16 seen[FFT_PAIRS][FFT_MAX]);

/* Has this machine what fft_block_avx2() needs? */
bool fft_has_avx2(void);

/*
 * The same from x to y.  False, and y is as it was, if a sample may have to be
 * clipped.
 */
bool fft_block_avx2(const struct iq16 *x, struct iq16 *y, unsigned log2_n,
                    uint32_t halve);

#endif
