/*
 * lte_seq.h - the known sequences and the resource grid of LTE (3GPP
 * TS 36.211), for the 72 subcarriers and 128-point transform of 1.92 Msps.
 *
 * Subcarrier k is 0..71 from the lowest frequency to the highest; the carrier
 * itself lies between 35 and 36.
 */
#ifndef SDR_DSP_LTE_SEQ_H
#define SDR_DSP_LTE_SEQ_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LTE_RATE_HZ = 1920000,
    LTE_FFT = 128,
    LTE_N_SC = 72,         /* subcarriers of the six central resource blocks */
    LTE_SLOT = 960,        /* samples */
    LTE_HALF_FRAME = 9600, /* samples */
    LTE_FRAME = 19200,     /* samples */
    LTE_N_SYNC = 62,       /* subcarriers of PSS and SSS: k = 5..66 */
    LTE_SYNC_K = 5,
    LTE_N_CRS = 12,    /* reference signals of one symbol: every sixth k */
    LTE_N_CELLS = 504, /* cell_id = 3 n_id_1 + n_id_2 */
    LTE_N_PBCH = 240,  /* largest number of PBCH symbols of a frame */
};

/* What every sequence and position depends on. */
struct lte_id {
    uint16_t cell_id; /* 0..503 */
    bool extended;    /* cyclic prefix */
};

/* One symbol that carries reference signals of 'port'. */
struct lte_pilot {
    unsigned port;  /* 0..3 */
    unsigned slot;  /* 0..19 */
    bool is_second; /* of the slot; never set for ports 2 and 3 */
};

/* PSS of n_id_2 0..2, 6.11.1.1: values on k = 5..66. */
void lte_pss(unsigned n_id_2, float complex d[LTE_N_SYNC]);

/* SSS of subframe 0 (half 0) or 5 (half 1), 6.11.2.1: +1, -1 on k = 5..66. */
void lte_sss(unsigned cell_id, unsigned half, float d[LTE_N_SYNC]);

/* First 'n' bits of the pseudo-random sequence, 7.2; one bit a byte. */
void lte_gold(uint32_t c_init, uint8_t *c, size_t n);

/* Frequency of subcarrier k in units of 15 kHz: -36..-1, 1..36. */
static inline int lte_sc_freq(size_t k)
{
    return (int)k - (k < LTE_N_SC / 2 ? 36 : 35);
}

/* Transform bin of subcarrier k. */
static inline size_t lte_sc_bin(size_t k)
{
    return k < LTE_N_SC / 2 ? LTE_FFT - 36 + k : k - 35;
}

/* Symbols of a slot, and the sample of a frame where symbol l begins after its
 * cyclic prefix, 6.12. */
unsigned lte_n_symbols(bool extended);
size_t lte_symbol_at(bool extended, unsigned slot, unsigned l);

/* c_init of a symbol's reference signals, 6.10.1.1. */
uint32_t lte_crs_init(const struct lte_id *id, const struct lte_pilot *p);

/* Symbol of the slot, first subcarrier (0..5), and values on every sixth
 * subcarrier from it, 6.10.1. */
unsigned lte_crs_symbol(const struct lte_id *id, const struct lte_pilot *p);
unsigned lte_crs_first(const struct lte_id *id, const struct lte_pilot *p);
void lte_crs(const struct lte_id *id, const struct lte_pilot *p,
             float complex r[LTE_N_CRS]);

/*
 * PBCH positions in slot 1, 6.6.4, in the order they are filled: l * 72 + k.
 * Returns their number, 240 (normal prefix) or 216 (extended).
 */
size_t lte_pbch_at(const struct lte_id *id, uint16_t at[LTE_N_PBCH]);

/* exp(j 2 pi turns). */
float complex lte_phasor(double turns);

#endif
