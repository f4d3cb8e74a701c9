/* viterbi_k7_steps.h - what the variants of viterbi_k7_steps() share. */
#ifndef SDR_DSP_VITERBI_K7_STEPS_H
#define SDR_DSP_VITERBI_K7_STEPS_H

#include "sdr/dsp/viterbi_k7.h"

enum {
    VITERBI_K7_GROUP = 4,  /* steps between two normalizations */
    VITERBI_K7_PIECE = 64, /* steps whose costs are worked out at a time */
};

/* What is coded from state 2j to j: bit 0 of 133, bit 1 of 171. */
extern const uint8_t viterbi_k7_pair[VITERBI_K7_STATES / 2];

/*
 * By AVX2: costs of the pairs 00, 10, 01, 11 of each of n steps, at most
 * VITERBI_K7_PIECE, of first and second bit; bits 8 p to 8 p + 7 are of pair p.
 */
void viterbi_k7_costs_avx2(const int8_t *soft, size_t n,
                           uint32_t cost[VITERBI_K7_PIECE]);

#endif
