/*
 * viterbi_k7.h - the rate-1/2 convolutional code of constraint length 7 with
 * generators 133 and 171 octal (IEEE 802.11-2020 17.3.5.6): encoder, and soft
 * maximum-likelihood decoder of a whole block.
 *
 * Punctured rates: the caller leaves bits out after encoding and inserts soft
 * values of 0 (erasures) before decoding.
 */
#ifndef SDR_DSP_VITERBI_K7_H
#define SDR_DSP_VITERBI_K7_H

#include <stddef.h>
#include <stdint.h>

enum {
    VITERBI_K7_STATES = 64,
    /* Longest block: SERVICE, PSDU and the tail of an HT frame. */
    VITERBI_K7_BITS_MAX = 16 + 8 * 49169 + 6,
};

struct viterbi_k7 {
    int16_t metric[VITERBI_K7_STATES]; /* larger is better */
    /* Whether the better way came from the upper 32 states, a row a step. */
    uint8_t upper[VITERBI_K7_BITS_MAX][VITERBI_K7_STATES];
};

/*
 * Encodes bits[n] (0 or 1) into coded[2 * n]: for each bit the output of 133,
 * then that of 171.  A block begins with 'state' 0; returns the state after it,
 * with which the next part of a block goes on.
 */
unsigned viterbi_k7_encode(unsigned state, const uint8_t *bits, size_t n,
                           uint8_t *coded);

/*
 * Decodes soft[2 * n] into bits[n] (0 or 1), 1 <= n <= VITERBI_K7_BITS_MAX.
 * A soft value is the reliability of a coded bit: positive for 1, negative for
 * 0, 0 for unknown; -128 counts as -127.  The encoder starts in state 0 and,
 * because the block ends with six zero bits, ends in it.
 */
void viterbi_k7_decode(struct viterbi_k7 *v, const int8_t *soft, size_t n,
                       uint8_t *bits);

#endif
