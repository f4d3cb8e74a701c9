/*
 * pss_correlate_block.h - the correlations of windows, in two ways that give
 * the same; the arithmetic is in README.md.
 */
#ifndef SDR_FN_PSS_CORRELATE_PSS_CORRELATE_BLOCK_H
#define SDR_FN_PSS_CORRELATE_PSS_CORRELATE_BLOCK_H

#include "core/fn.h"

enum {
    PSS_CORRELATE_IDS = 3,    /* N_ID2 0, 1, 2 */
    PSS_CORRELATE_FFT = 64,   /* samples of a symbol's useful part */
    PSS_CORRELATE_PAIRS = 32, /* taps: 31 pairs of samples and one twice */
    PSS_CORRELATE_PERIOD_MAX = 5461, /* samples of a half-frame */
    PSS_CORRELATE_SAMPLE = 2,        /* bytes: I, Q */
    PSS_CORRELATE_ANSWER = 48,       /* bytes */
};

/* What becomes of a block; its mark. */
enum pss_correlate_fate { PSS_CORRELATE_FOUND, PSS_CORRELATE_SHORT };

/*
 * Taps {re, im} of N_ID2 0 and 1: [j] is sample 1 + j of the useful part and
 * sample 63 - j, which are equal; of sample 32 it is half.  N_ID2 2 has the
 * conjugates of 1.
 */
extern const int16_t pss_correlate_taps[2][PSS_CORRELATE_PAIRS][2];

/*
 * Sizes of the correlations of n windows, of which window k is the 64 samples
 * from sample k of x on: x has n + 63 of them, int8 I and Q.
 */
typedef void pss_correlate_sizes_fn(const uint8_t *x, size_t n,
                                    uint32_t (*size)[PSS_CORRELATE_IDS]);

/* On every machine; the other, which is equal, where it runs, else NULL. */
pss_correlate_sizes_fn pss_correlate_sizes_portable;
pss_correlate_sizes_fn *pss_correlate_sizes_avx2(void);

/* x. */
static inline uint32_t pss_correlate_size(int32_t re, int32_t im)
{
    uint32_t a = (uint32_t)(re < 0 ? -re : re);
    uint32_t b = (uint32_t)(im < 0 ? -im : im);
    uint32_t big = a > b ? a : b, small = a > b ? b : a;
    uint32_t near = big - (big >> 3) + (small >> 1);

    return near > big ? near : big;
}

int pss_correlate_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void pss_correlate_stimulus_packet(struct rng *r, struct pkt *p);

#endif
