/*
 * lte_bch.h - the broadcast channel's transport block and its coding: MIB
 * (3GPP TS 36.331 6.2.2), CRC-16, tail-biting code and rate matching (36.212).
 *
 * Coded bits lie as [stream 0..2][40]; sent bit k of a transmission time
 * interval is coded[order[k % 120]].
 */
#ifndef SDR_DSP_LTE_BCH_H
#define SDR_DSP_LTE_BCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LTE_MIB_BITS = 24,
    LTE_BCH_BITS = 40,     /* MIB and CRC */
    LTE_BCH_CODED = 120,   /* three streams of 40 */
    LTE_MIB_SFN_SHIFT = 10 /* of the eight SFN bits in the 24 */
};

struct lte_mib_fields {
    unsigned prb;             /* 6, 15, 25, 50, 75, 100 */
    bool phich_extended;      /* duration */
    unsigned phich_resources; /* 0..3: 1/6, 1/2, 1, 2 */
    unsigned sfn;   /* 0..1023; the MIB carries the upper eight bits */
    unsigned spare; /* ten bits */
};

/* CRC-16 of the lowest 'n' bits of 'bits', first sent highest, 36.212 5.1.1. */
uint16_t lte_crc16(uint64_t bits, unsigned n);

/* What the CRC is exclusive-ored with for 1, 2 or 4 ports, 5.3.1.1. */
uint16_t lte_crc_mask(unsigned ports);

/* 24 bits, first sent highest.  Asserts that prb is one of the six. */
uint32_t lte_mib_pack(const struct lte_mib_fields *f);

/* False, with '*f' unchanged, when the bandwidth is none of the six. */
bool lte_mib_unpack(uint32_t mib, struct lte_mib_fields *f);

/* Tail-biting code of the lowest 40 bits of 'block', 5.1.3.1. */
void lte_bch_code(uint64_t block, uint8_t coded[LTE_BCH_CODED]);

/* MIB with the CRC of 'ports', coded. */
void lte_bch_encode(uint32_t mib, unsigned ports, uint8_t coded[LTE_BCH_CODED]);

/* Order of the circular buffer without its dummies, 5.1.4.2. */
void lte_bch_order(uint8_t order[LTE_BCH_CODED]);

#endif
