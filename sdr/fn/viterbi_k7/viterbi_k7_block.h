/* viterbi_k7_block.h - what the parts of the function share. */
#ifndef SDR_FN_VITERBI_K7_VITERBI_K7_BLOCK_H
#define SDR_FN_VITERBI_K7_VITERBI_K7_BLOCK_H

#include "core/fn.h"

enum {
    VITERBI_K7_BLOCK_MAX = 16384, /* steps, whatever LIMIT says */
};

/* What becomes of a block; its mark. */
enum viterbi_k7_fate {
    VITERBI_K7_DECODED,
    VITERBI_K7_ODD,
    VITERBI_K7_LONG,
    VITERBI_K7_EMPTY,
    VITERBI_K7_FATES
};

int viterbi_k7_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void viterbi_k7_stimulus_packet(struct rng *r, struct pkt *p);

#endif
