/*
 * viterbi_tb.h - Viterbi decoder of the tail-biting rate-1/3 code of LTE (3GPP
 * TS 36.212, 5.1.3.1), bit for bit that of function viterbi_tb, whose README
 * says how it goes.
 */
#ifndef SDR_DSP_VITERBI_TB_H
#define SDR_DSP_VITERBI_TB_H

#include <stddef.h>
#include <stdint.h>

enum {
    VITERBI_TB_STATES = 64,
    VITERBI_TB_CODED = 3,      /* coded bits a bit */
    VITERBI_TB_BITS_MAX = 128, /* of a block */
    VITERBI_TB_LEAD = 64,      /* least steps before those that are kept */
    VITERBI_TB_REACH = 64,     /* steps behind the block's */
    VITERBI_TB_KEPT_MAX = VITERBI_TB_BITS_MAX + VITERBI_TB_REACH,
    VITERBI_TB_STEPS_MAX = VITERBI_TB_BITS_MAX + VITERBI_TB_KEPT_MAX,
    VITERBI_TB_WORDS = VITERBI_TB_BITS_MAX / 32,
};

/*
 * Decodes soft[3 * n], 1 <= n <= VITERBI_TB_BITS_MAX, into word[], the first
 * bit lowest, what is behind the last is 0.  A soft value is positive for 1, up
 * to 15, as in sdr/dsp/viterbi_k7.h.  Returns how many steps there were; unless
 * it is NULL, decision[] is that of each: bit s of the way into state s.
 */
size_t viterbi_tb_decode(const int8_t *soft, size_t n,
                         uint32_t word[VITERBI_TB_WORDS],
                         uint64_t decision[VITERBI_TB_STEPS_MAX]);

#endif
