/*
 * fir_decim_some.h - the samples of fir_decim.c: one product at a time, and
 * eight.
 */
#ifndef SDR_FN_FIR_DECIM_FIR_DECIM_SOME_H
#define SDR_FN_FIR_DECIM_FIR_DECIM_SOME_H

#include "core/fn.h"

enum {
    FIR_DECIM_TAPS = 128, /* most */
    FIR_DECIM_MAX = 32,   /* most samples for one that leaves */
};

struct fir_decim_filter {
    /* The oldest sample's first; behind n_taps zeros. */
    int16_t tap[FIR_DECIM_TAPS];
    size_t n_taps;     /* 1..128 */
    size_t decimation; /* 1..32 */
    uint32_t shift;    /* 0..31 */
    /* What fir_decim_some_avx2() needs: no sum of every eighth pair of products
     * leaves 32 bits; no sum of all, rounded, does. */
    bool fits, narrow;
};

/* Sets 'fits' and 'narrow' by the other members. */
void fir_decim_fit(struct fir_decim_filter *f);

/* Emits the registers and the table that make the function this filter. */
int fir_decim_emit(const struct fir_decim_filter *f, fn_emit *emit, void *ctx);

/* A part that leaves, of its sum with what rounds it; whether it clips. */
static inline int16_t fir_decim_part(int64_t sum, uint32_t shift, bool *clipped)
{
    int64_t y = sum >> shift;

    if (y > INT16_MAX || y < INT16_MIN) {
        *clipped = true;
        return y > 0 ? INT16_MAX : INT16_MIN;
    }
    return (int16_t)y;
}

/*
 * The 'n' samples that leave, from the first of 'x', to 'y', which may be x;
 * returns how many clip.  Samples are little-endian int16, I then Q, and need
 * not be aligned; (n - 1) decimation + n_taps are read.  The sums of each, with
 * what rounds them, go to sums[n][2], unless that is NULL.
 */
uint32_t fir_decim_some(const struct fir_decim_filter *f, const uint8_t *x,
                        size_t n, uint8_t *y, int64_t (*sums)[2]);

/* Has this machine what fir_decim_some_avx2() needs? */
bool fir_decim_has_avx2(void);

/* The same samples, of a filter that 'fits'; faster when it is 'narrow'. */
uint32_t fir_decim_some_avx2(const struct fir_decim_filter *f, const uint8_t *x,
                             size_t n, uint8_t *y);

int fir_decim_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void fir_decim_stimulus_packet(struct rng *r, struct pkt *p);

#endif
