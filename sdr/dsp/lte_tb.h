/*
 * lte_tb.h - transport blocks of LTE's shared channels: CRC, code blocks and
 * turbo rate matching (3GPP TS 36.212 5.1.1, 5.1.2, 5.1.4.1).
 *
 * Bits are 0 or 1, one a byte.
 */
#ifndef SDR_DSP_LTE_TB_H
#define SDR_DSP_LTE_TB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/lte_turbo.h"

enum {
    LTE_CRC24 = 24,
    LTE_TB_BLOCKS_MAX = 13, /* of a transport block of 75376 bits */
    LTE_RATE_ROWS_MAX = 193,
    LTE_RATE_MAX = 3 * 32 * LTE_RATE_ROWS_MAX,
};

/* CRC of bits[n] with generator A (transport blocks), B (code blocks). */
uint32_t lte_crc24a(const uint8_t *bits, size_t n);
uint32_t lte_crc24b(const uint8_t *bits, size_t n);

/* Writes the lowest n bits of 'value', the highest first. */
void lte_put_bits(uint8_t *bits, size_t n, uint32_t value);

/* Code blocks of a transport block; the first 'n_minus' have k_minus bits. */
struct lte_segments {
    unsigned n, n_minus;
    unsigned k_plus, k_minus; /* bits of a code block */
    unsigned filler;          /* zeros before the first one's bits */
};

/*
 * For a transport block of 'tbs' bits without its CRC; false: it is empty, or
 * would have more than LTE_TB_BLOCKS_MAX code blocks.
 */
bool lte_segments_of(unsigned tbs, struct lte_segments *s);

/* Circular buffer of a code block, dummies and fillers left out. */
struct lte_rate {
    unsigned k;
    size_t n;                     /* of 'order' */
    size_t start[4];              /* by redundancy version */
    uint16_t order[LTE_RATE_MAX]; /* places in the coded bits */
};

/* For a block of k bits, the first 'filler' of which are fillers. */
void lte_rate_init(struct lte_rate *r, unsigned k, unsigned filler);

/* coded[3 * (k + 4)] to sent[n]. */
void lte_rate_match(const struct lte_rate *r, unsigned rv, const uint8_t *coded,
                    uint8_t *sent, size_t n);

/* Adds soft values sent[n] to sum[3 * (k + 4)]. */
void lte_rate_collect(const struct lte_rate *r, unsigned rv, const float *sent,
                      size_t n, float *sum);

#endif
