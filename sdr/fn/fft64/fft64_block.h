/*
 * fft64_block.h - the transform of one block, in two ways that give the same
 * bits; the arithmetic is in README.md.
 */
#ifndef SDR_FN_FFT64_FFT64_BLOCK_H
#define SDR_FN_FFT64_FFT64_BLOCK_H

#include "core/fn.h"

enum {
    FFT64_N = 64,
    FFT64_BYTES = 256, /* of a packet that is a block */
    FFT64_PAIRS = 3,   /* pairs of stages */
};

/*
 * The rotations behind the first pair of stages, {cos, sin} of each place,
 * Q2.14, and the same as {-sin, cos}.  Place p of those behind the second pair
 * has what place p % 16 * 4 has here.
 */
extern const int16_t fft64_turn[2][FFT64_N][2];

/*
 * x becomes its transform, bins in order; 'halve' has a bit for each stage.
 * Unless 'seen' is NULL it takes the block behind each pair of stages.  Returns
 * how many samples were clipped on the way.
 */
uint32_t fft64_block(struct iq16 x[FFT64_N], uint32_t halve,
                     struct iq16 seen[FFT64_PAIRS][FFT64_N]);

/* Has this machine what fft64_block_avx2() needs? */
bool fft64_has_avx2(void);

/*
 * The same from x to y.  False, and y is as it was, if a sample may have to be
 * clipped.
 */
bool fft64_block_avx2(const struct iq16 x[FFT64_N], struct iq16 y[FFT64_N],
                      uint32_t halve);

int fft64_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void fft64_stimulus_packet(struct rng *r, struct pkt *p);

#endif
