/*
 * nr_bch.h - what the NR broadcast channel carries: the master information
 * block (MIB; 3GPP TS 38.331 6.2.2) and eight bits more, their order,
 * scrambling and coding (TS 38.212 7.1).
 */
#ifndef SDR_DSP_NR_BCH_H
#define SDR_DSP_NR_BCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sdr/dsp/nr_polar.h"

enum {
    NR_MIB_BITS = 24, /* BCCH-BCH-Message */
    NR_BCH_BITS = 32,
};

/* Below 6 GHz, where a half-frame has at most eight blocks. */
struct nr_bch {
    uint32_t mib;     /* 24 bits, first sent highest */
    uint8_t sfn_low;  /* the four lower bits of the frame number */
    bool half_frame;  /* the second half of the frame */
    uint8_t k_ssb_16; /* 0, 1: how many 16s k_SSB has */
    uint8_t reserved; /* two bits */
};

struct nr_mib {
    bool extension;            /* no MIB but a message class of later times */
    uint16_t sfn;              /* 0..1023, with those of struct nr_bch */
    bool scs_common_30;        /* else 15 kHz; below 6 GHz */
    uint8_t k_ssb;             /* 0..31, with that of struct nr_bch */
    uint8_t dmrs_type_a_pos;   /* 2, 3 */
    uint8_t pdcch_config_sib1; /* CORESET 0 and its search space, four bits
                                  each */
    bool barred;
    bool reselection; /* within the frequency is allowed */
    bool spare;
};

/* The fields that 'b' carries, and the same back; asserts that they fit. */
void nr_mib_read(const struct nr_bch *b, struct nr_mib *m);
void nr_mib_write(const struct nr_mib *m, struct nr_bch *b);

/* Payload bits in their sent order, first sent highest, and back, 7.1.1. */
uint32_t nr_bch_pack(const struct nr_bch *b);
void nr_bch_unpack(uint32_t payload, struct nr_bch *b);

/* Scrambles a packed payload, or takes that back, 7.1.2. */
uint32_t nr_bch_scramble(uint32_t payload, unsigned cell_id);

/* Bits as they are before they are scrambled again (nr_pbch_scrambling()). */
void nr_bch_encode(const struct nr_bch *b, unsigned cell_id,
                   uint8_t e[NR_POLAR_E]);

/* False, with '*b' unchanged: no path's CRC is right; nr_polar_decode(). */
bool nr_bch_decode(const float llr[NR_POLAR_E], unsigned cell_id,
                   struct nr_bch *b);

#endif
