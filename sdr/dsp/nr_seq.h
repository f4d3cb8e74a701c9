/*
 * nr_seq.h - the known sequences of an NR synchronization block (SSB; 3GPP
 * TS 38.211), its resource elements, and where blocks stand in a half-frame.
 *
 * Samples count at 256 times the subcarrier spacing: 7.68 Msps at 30 kHz, 3.84
 * Msps at 15 kHz.  Subcarrier k of a block is 0..239 from the lowest frequency
 * to the highest; 120 is the middle.  Symbols l are 0..3.
 */
#ifndef SDR_DSP_NR_SEQ_H
#define SDR_DSP_NR_SEQ_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NR_FFT = 256,
    NR_PREFIX = 18,              /* samples; no symbol of a block has more */
    NR_SYMBOL = 256 + NR_PREFIX, /* samples from one of its symbols to the
                                    next */
    NR_SYMBOLS = 4,              /* of a block */
    NR_BLOCK = 3 * NR_SYMBOL + NR_FFT, /* samples without the first prefix */
    NR_SLOT = 3840,                    /* samples */
    NR_N_SC = 240,                     /* subcarriers of a block */
    NR_N_SYNC = 127,                   /* of PSS and SSS: k = 56..182 */
    NR_SYNC_K = 56,
    NR_N_CELLS = 1008, /* cell_id = 3 n_id_1 + n_id_2 */
    NR_N_ID_1 = 336,
    NR_N_DMRS = 144, /* reference signals of a block */
    NR_N_PBCH = 432, /* its symbols of the broadcast channel */
    NR_PBCH_BITS = 2 * NR_N_PBCH,
    NR_N_INDEX = 8, /* what tells reference signals apart: i_SSB-bar */
};

/* PSS of n_id_2 0..2, 7.4.2.2: +1, -1 on k = 56..182. */
void nr_pss(unsigned n_id_2, float d[NR_N_SYNC]);

/* SSS, 7.4.2.3. */
void nr_sss(unsigned cell_id, float d[NR_N_SYNC]);

/* Reference signals of the broadcast channel, 7.4.1.4.1; 'index' 0..7. */
void nr_dmrs(unsigned cell_id, unsigned index, float complex r[NR_N_DMRS]);

/*
 * Places of reference signals and of broadcast channel, 7.4.3.1, in the order
 * they are filled: l * 240 + k.
 */
void nr_dmrs_at(unsigned cell_id, uint16_t at[NR_N_DMRS]);
void nr_pbch_at(unsigned cell_id, uint16_t at[NR_N_PBCH]);

/* What the coded bits are scrambled with, 7.3.3.1; 'v' 0..7. */
void nr_pbch_scrambling(unsigned cell_id, unsigned v, uint8_t c[NR_PBCH_BITS]);

/* w[n] = exp(j 2 pi turns n). */
void nr_turn(double turns, float complex w[NR_FFT]);

/* Samples of half a frame; 'scs_khz' is 15 or 30. */
size_t nr_half_frame(unsigned scs_khz);

/* The sample of a half-frame where symbol l 0..13 of a slot begins behind its
 * prefix, TS 38.211 5.3.1. */
size_t nr_symbol_at(unsigned scs_khz, unsigned slot, unsigned l);

/*
 * The sample of a half-frame where block 'index' 0..7 begins behind its first
 * prefix, TS 38.213 4.1: cases A (15 kHz) and C (30 kHz), or B (30 kHz) where
 * 'case_b'.
 */
size_t nr_block_at(unsigned scs_khz, bool case_b, unsigned index);

#endif
