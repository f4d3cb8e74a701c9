/*
 * stf_detect_block.h - finds short training fields in a block of samples, in
 * integers; README.md says exactly what is computed.
 *
 * IEEE 802.11-2020, 17.3.3 (the field); T. M. Schmidl, D. C. Cox, "Robust
 * frequency and timing synchronization for OFDM", IEEE Trans. Commun. 45 (1997)
 * 1613 (correlation against energy).
 */
#ifndef SDR_FN_STF_DETECT_STF_DETECT_BLOCK_H
#define SDR_FN_STF_DETECT_STF_DETECT_BLOCK_H

#include "core/fn.h"

enum {
    STF_DETECT_GROUP = 8,     /* samples that share an exponent */
    STF_DETECT_WINDOW = 16,   /* groups of a window */
    STF_DETECT_FIRST = 17,    /* group that ends the first whole window */
    STF_DETECT_SETTLE = 8,    /* groups without a better window */
    STF_DETECT_LIST = 16,     /* most candidates of a block */
    STF_DETECT_WORDS = 3,     /* of 32 bits, a candidate */
    STF_DETECT_SUMS = 5,      /* energy; re, im at lag 16; re, im at lag 8 */
    STF_DETECT_RHO_MAX = 1023 /* 1, in 1/1024 */
};

/* What becomes of a block; its mark. */
enum stf_detect_fate {
    STF_DETECT_FOUND,
    STF_DETECT_QUIET,
    STF_DETECT_ODD,
    STF_DETECT_FATES
};

struct stf_detect_setting {
    uint32_t threshold; /* 0..1023 */
    uint32_t veto;      /* 0..31 */
    uint32_t plateau;   /* 0..255 */
};

struct stf_detect_candidate {
    uint32_t end;  /* samples of the block up to the end of its best window */
    uint32_t rho2; /* squared correlation there, in 1/1024 */
    uint32_t n_windows; /* above the threshold, at most 255 */
    int32_t re, im;     /* correlation there at lag 16, to one scale: 13 bits */
};

struct stf_detect_list {
    struct stf_detect_candidate at[STF_DETECT_LIST]; /* in order of 'end' */
    uint32_t n;
    uint32_t n_lost; /* for which there was no room */
};

/*
 * Candidates of the n samples at 'bytes' (little-endian int16, I then Q; need
 * not be aligned).  'taps', when not NULL, are advanced.
 */
void stf_detect_block(const uint8_t *bytes, size_t n,
                      const struct stf_detect_setting *set,
                      struct stf_detect_list *list, struct fn_taps *taps);

int stf_detect_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void stf_detect_stimulus_packet(struct rng *r, struct pkt *p);

#endif
