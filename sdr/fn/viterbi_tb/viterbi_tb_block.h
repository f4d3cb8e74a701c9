/* viterbi_tb_block.h - what the parts of the function share; see README.md. */
#ifndef SDR_FN_VITERBI_TB_VITERBI_TB_BLOCK_H
#define SDR_FN_VITERBI_TB_VITERBI_TB_BLOCK_H

#include "core/fn.h"
#include "sdr/dsp/viterbi_tb.h"

/* What becomes of a block; its mark. */
enum viterbi_tb_fate { VITERBI_TB_DECODED, VITERBI_TB_LENGTH };

int viterbi_tb_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void viterbi_tb_stimulus_packet(struct rng *r, struct pkt *p);

#endif
