/*
 * nr_polar.h - the polar code of the NR broadcast channel (3GPP TS 38.212):
 * 56 bits, of which the last 24 are their CRC, to 864.
 *
 * A block of bits has its first bit highest: bit k of 56 is block >> (55 - k).
 */
#ifndef SDR_DSP_NR_POLAR_H
#define SDR_DSP_NR_POLAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NR_POLAR_N = 512,
    NR_POLAR_K = 56,
    NR_POLAR_CRC = 24,
    NR_POLAR_E = 864, /* bits sent: 512 of them, and 352 once more */
};

/* CRC24C of the lowest 'n' bits of 'bits', 5.1. */
uint32_t nr_crc24c(uint64_t bits, unsigned n);

/* The positions of u that carry bits, in order, 5.3.1.2. */
void nr_polar_positions(uint16_t at[NR_POLAR_K]);

/* Which bit of the block comes at each of them, 5.3.1.1. */
void nr_polar_order(uint8_t order[NR_POLAR_K]);

/* Which bit of the code word is sent as bit n, 5.4.1.1. */
size_t nr_polar_sent(size_t n);

/* Interleaves, encodes and matches the rate of 'block', CRC included. */
void nr_polar_encode(uint64_t block, uint8_t e[NR_POLAR_E]);

/*
 * List decoding, eight paths.  llr[k] is positive when bit k is rather 0; its
 * scale does not matter.  True: '*block' is the likeliest of the list whose CRC
 * is right.  False: there is none, or a value is not finite.
 */
bool nr_polar_decode(const float llr[NR_POLAR_E], uint64_t *block);

#endif
