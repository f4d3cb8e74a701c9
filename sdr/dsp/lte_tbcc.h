/*
 * lte_tbcc.h - the tail-biting convolutional code of LTE's control and
 * broadcast channels, with its rate matching (3GPP TS 36.212 5.1.3.1, 5.1.4.2).
 *
 * Coded bits of n lie as [stream 0..2][n].
 */
#ifndef SDR_DSP_LTE_TBCC_H
#define SDR_DSP_LTE_TBCC_H

#include <stddef.h>
#include <stdint.h>

enum {
    LTE_TBCC_MIN = 6, /* bits of a block: the register's length */
    LTE_TBCC_MAX = 64,
    LTE_TBCC_COLUMNS = 32, /* of the interleaver */
};

/* Column permutation of the interleaver, Table 5.1.4-2. */
extern const uint8_t lte_tbcc_column[LTE_TBCC_COLUMNS];

/* Code of the lowest n bits of 'block', first sent highest; coded[3 * n]. */
void lte_tbcc_encode(uint64_t block, unsigned n, uint8_t *coded);

/* Order of the circular buffer: sent bit k is coded[order[k % (3 n)]]. */
void lte_tbcc_order(unsigned n, uint8_t *order);

#endif
