/*
 * lte_turbo.h - the turbo code of LTE (3GPP TS 36.212 5.1.3.2): encoder, and
 * iterative decoder (max-log-MAP with the extrinsic values scaled by 3/4).
 *
 * Coded bits lie as three streams of k + 4: systematic, first and second
 * parity, each with its four bits of the tails as the standard deals them out.
 *
 * What the decoder does is fixed to the bit.  Blocks of LTE_TURBO_WIDE_MIN bits
 * and more are worked on as LTE_TURBO_LANES parts at a time; the metrics at
 * their borders are those of the iteration before.
 */
#ifndef SDR_DSP_LTE_TURBO_H
#define SDR_DSP_LTE_TURBO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LTE_TURBO_K_MIN = 40,
    LTE_TURBO_K_MAX = 6144,
    LTE_TURBO_N_SIZES = 188,
    LTE_TURBO_TAIL = 4, /* coded bits of a stream behind the k */
    LTE_TURBO_STREAM_MAX = LTE_TURBO_K_MAX + LTE_TURBO_TAIL,
    LTE_TURBO_STATES = 8,
    LTE_TURBO_LANES = 16,
    LTE_TURBO_WIDE_MIN = 2048, /* bits; all sizes from here on divide by 64 */
    LTE_TURBO_SOFT_MAX = 127,  /* soft values beyond count as this */
    LTE_TURBO_EXTRINSIC_MAX = 1023,
};

/* Smallest block size of Table 5.1.3-3 that holds n bits; 0: none does. */
unsigned lte_turbo_size(unsigned n);

/* Interleaver pi(i) = (f1 i + f2 i^2) mod k; false: k is none of the sizes. */
bool lte_turbo_qpp(unsigned k, unsigned *f1, unsigned *f2);

/* bits[k] (0 or 1) to coded[3 * (k + 4)]; asserts that k is a size. */
void lte_turbo_encode(const uint8_t *bits, unsigned k, uint8_t *coded);

/* Metrics at the borders of the parts of one component code: [state][lane]. */
struct lte_turbo_border {
    _Alignas(32) int16_t first[LTE_TURBO_STATES][LTE_TURBO_LANES];
    _Alignas(32) int16_t last[LTE_TURBO_STATES][LTE_TURBO_LANES];
};

/*
 * Bit i lies at [i % steps][i / steps], 'steps' = k / lanes.  About 240 KB,
 * aligned to 32 bytes by itself.
 */
struct lte_turbo {
    unsigned k, steps, lanes;
    struct lte_turbo_border border[2];
    uint16_t place[LTE_TURBO_K_MAX]; /* of bit pi(i), by the place of bit i */
    _Alignas(32) int16_t systematic[LTE_TURBO_K_MAX];
    _Alignas(32) int16_t parity[2][LTE_TURBO_K_MAX];
    _Alignas(32) int16_t x[LTE_TURBO_K_MAX]; /* systematic and a priori */
    _Alignas(32) int16_t extrinsic[LTE_TURBO_K_MAX];
    _Alignas(32) int16_t sum[LTE_TURBO_K_MAX]; /* systematic, first extrinsic */
    _Alignas(32) int16_t prior[LTE_TURBO_K_MAX]; /* second extrinsic */
    _Alignas(32) int16_t alpha[LTE_TURBO_K_MAX * LTE_TURBO_STATES];
};

/*
 * Takes a block (the first time, of a '*t' of zeros): soft[3 * (k + 4)],
 * positive where bit 0 is likelier, 0 where nothing is known.  Asserts that k
 * is a size.
 */
void lte_turbo_load(struct lte_turbo *t, unsigned k, const int8_t *soft);

/* One more iteration, and bits[k] as they are known after it. */
void lte_turbo_iterate(struct lte_turbo *t);
void lte_turbo_bits(const struct lte_turbo *t, uint8_t *bits);

/*
 * Half of an iteration: extrinsic[] from x[] and parity[], border updated; all
 * [steps][lanes].  lte_turbo_half() is the fastest for that many lanes.
 */
typedef void lte_turbo_half_fn(struct lte_turbo *t, unsigned code);
lte_turbo_half_fn *lte_turbo_half(unsigned lanes);
lte_turbo_half_fn lte_turbo_half_portable;
lte_turbo_half_fn *lte_turbo_half_avx2(void); /* 16 lanes; NULL: not here */

#endif
