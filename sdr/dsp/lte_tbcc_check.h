/*
 * lte_tbcc_check.h - a decoder of the tail-biting code for tests, in floating
 * point and otherwise than function viterbi_tb: gains instead of costs, three
 * laps, traced back from the best state.
 */
#ifndef SDR_DSP_LTE_TBCC_CHECK_H
#define SDR_DSP_LTE_TBCC_CHECK_H

#include <assert.h>

#include "sdr/dsp/lte_tbcc.h"

enum {
    TBCC_STATES = 64,
    TBCC_LAPS = 3, /* the middle one of them is the answer */
};

/* The three coded bits of registers 2 s, the first stream's lowest. */
static inline void tbcc_outputs(uint8_t output[TBCC_STATES / 2])
{
    static const unsigned generator[3] = {0133, 0171, 0165};

    for (unsigned s = 0; s < TBCC_STATES / 2; s++) {
        output[s] = 0;
        for (unsigned i = 0; i < 3; i++) {
            int bit = __builtin_parity(s << 1 & generator[i]);
            output[s] |= (uint8_t)(bit << i);
        }
    }
}

/*
 * One step of the trellis.  A state is the last six bits, the newest highest;
 * its predecessors differ in the bit that falls out at the bottom.  That one
 * and the newest are taps of all three generators: each turns all coded bits
 * over. gain: by the coded bits of a register; from, to: [64].  One bit of
 * choice a state.
 */
static inline uint64_t tbcc_step(const float gain[8], const uint8_t *output,
                                 const float *from, float *to)
{
    uint64_t choice = 0;

    for (unsigned s = 0; s < TBCC_STATES / 2; s++) {
        float g = gain[output[s]];
        float a = from[2 * s] + g, b = from[2 * s + 1] - g;
        float c = from[2 * s] - g, d = from[2 * s + 1] + g;
        to[s] = b > a ? b : a;
        to[s + TBCC_STATES / 2] = d > c ? d : c;
        choice |= (uint64_t)(b > a) << s | (uint64_t)(d > c) << (s + 32);
    }
    return choice;
}

/* Gain of each value of the three bits at step k of n. */
static inline void tbcc_gains(const float *soft, unsigned n, unsigned k,
                              float gain[8])
{
    for (unsigned c = 0; c < 8; c++) {
        gain[c] = 0;
        for (unsigned i = 0; i < 3; i++) {
            float bit = soft[i * n + k];
            gain[c] += c >> i & 1 ? -bit : bit;
        }
    }
}

/*
 * Maximum likelihood (by wrap-around Viterbi) of soft[3 * n], as coded bits
 * lie; positive where bit 0 is likelier, finite.  Returns the n bits.
 */
static inline uint64_t tbcc_decode(const float *soft, unsigned n)
{
    uint8_t output[TBCC_STATES / 2];
    uint64_t choice[TBCC_LAPS * LTE_TBCC_MAX];
    float metric[2][TBCC_STATES] = {{0}};
    unsigned n_steps = TBCC_LAPS * n;
    uint64_t block = 0;
    unsigned s = 0;

    assert(n >= LTE_TBCC_MIN && n <= LTE_TBCC_MAX);
    tbcc_outputs(output);
    for (unsigned t = 0; t < n_steps; t++) {
        float gain[8];
        tbcc_gains(soft, n, t % n, gain);
        choice[t] = tbcc_step(gain, output, metric[t % 2], metric[(t + 1) % 2]);
    }
    for (unsigned i = 1; i < TBCC_STATES; i++) {
        s = metric[n_steps % 2][i] > metric[n_steps % 2][s] ? i : s;
    }
    for (unsigned t = n_steps; t-- > n;) {
        if (t < 2 * n) {
            block |= (uint64_t)(s >> 5) << (2 * n - 1 - t);
        }
        s = (s << 1 | (unsigned)(choice[t] >> s & 1)) & (TBCC_STATES - 1);
    }
    return block;
}

#endif
