/*
 * viterbi_k7.h - the rate-1/2 convolutional code of constraint length 7 with
 * generators 133 and 171 octal (IEEE 802.11-2020 17.3.5.6): encoder, and soft
 * decoder of blocks of any length in constant memory.
 *
 * Punctured rates: the caller leaves bits out after encoding and inserts soft
 * values of 0 (erasures) before decoding.
 *
 * What the decoder does is fixed to the bit; sdr/fn/viterbi_k7 has it in RTL:
 * - A state is the last six bits, the newest in bit 5.  A block begins in state
 *   0; the others begin VITERBI_K7_START worse.
 * - A coded bit costs the magnitude of its soft value when it differs from the
 *   value's sign, else nothing.  The way of least cost into a state survives;
 *   of two that cost the same that from the state whose oldest bit is 0.
 * - Bits k * WINDOW and on, WINDOW of them, are traced back from state 0 after
 *   step (k + 1) * WINDOW + REACH; when the block has no more steps than that,
 *   all that are left are, from state 0 after its last step.
 */
#ifndef SDR_DSP_VITERBI_K7_H
#define SDR_DSP_VITERBI_K7_H

#include <stddef.h>
#include <stdint.h>

enum {
    VITERBI_K7_STATES = 64,
    VITERBI_K7_SOFT_MAX = 15, /* 5 bits; -16 and all beyond count as this */
    /*
     * With the same last six bits two ways differ in at most 10 of the 12 bits
     * that were coded meanwhile: one that did not begin in state 0 cannot win.
     */
    VITERBI_K7_START = 10 * VITERBI_K7_SOFT_MAX + 1,
    VITERBI_K7_WINDOW = 384, /* bits */
    VITERBI_K7_REACH = 192,  /* steps behind a window before it is traced */
    VITERBI_K7_LANES = 2, /* windows traced at a time: no part of the result */
    VITERBI_K7_HELD = VITERBI_K7_LANES * VITERBI_K7_WINDOW + VITERBI_K7_REACH,
    /* Longest block of 802.11: SERVICE, 65535 bytes of an A-MPDU, tail. */
    VITERBI_K7_BITS_MAX = 16 + 8 * 65535 + 6,
};

/*
 * Path metrics of the states, smaller is better, and each step's decisions: bit
 * s tells that the way into state s came from a state whose oldest bit is 1.
 */
struct viterbi_k7 {
    uint8_t metric[VITERBI_K7_STATES];
    uint64_t decision[VITERBI_K7_HELD];
    uint64_t word[VITERBI_K7_HELD / 64]; /* decoded bits, the first lowest */
};

/*
 * Encodes bits[n] (0 or 1) into coded[2 * n]: for each bit the output of 133,
 * then that of 171.  A block begins with 'state' 0; returns the state after it,
 * with which the next part of a block goes on.
 */
unsigned viterbi_k7_encode(unsigned state, const uint8_t *bits, size_t n,
                           uint8_t *coded);

/*
 * Decodes soft[2 * n] into bits[n] (0 or 1), n >= 1.  A soft value is the
 * reliability of a coded bit: positive for 1, negative for 0, 0 for unknown, up
 * to VITERBI_K7_SOFT_MAX.  The encoder starts in state 0 and, because the block
 * ends with six zero bits, ends in it.
 */
void viterbi_k7_decode(struct viterbi_k7 *v, const int8_t *soft, size_t n,
                       uint8_t *bits);

/* The same into bytes[(n + 7) / 8], the first bit lowest; the last has zeros.
 */
void viterbi_k7_decode_packed(struct viterbi_k7 *v, const int8_t *soft,
                              size_t n, uint8_t *bytes);

/* Sets the metrics to those of the beginning of a block. */
void viterbi_k7_begin(uint8_t metric[VITERBI_K7_STATES]);

/*
 * n steps on: soft[2 * n] to decision[n].  A block may be done in parts, of
 * which all but the last are of a multiple of 4 steps.
 */
typedef void viterbi_k7_steps_fn(uint8_t metric[VITERBI_K7_STATES],
                                 const int8_t *soft, size_t n,
                                 uint64_t *decision);

/* By the fastest way of this machine. */
viterbi_k7_steps_fn *viterbi_k7_steps(void);

/* On every machine; the others, which are equal, where they run, else NULL. */
viterbi_k7_steps_fn viterbi_k7_steps_portable;
viterbi_k7_steps_fn *viterbi_k7_steps_avx2(void);
viterbi_k7_steps_fn *viterbi_k7_steps_avx512(void);

#endif
