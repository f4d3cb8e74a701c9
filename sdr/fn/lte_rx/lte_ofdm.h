/*
 * lte_ofdm.h - the samples a search or decoder works on, and single OFDM
 * symbols out of them.
 */
#ifndef SDR_FN_LTE_RX_LTE_OFDM_H
#define SDR_FN_LTE_RX_LTE_OFDM_H

#include "core/fn.h"
#include "sdr/dsp/lte_seq.h"

/*
 * Samples at 1.92 Msps, owned by the caller.  One crystal makes both clocks of
 * the receiver: its sample clock is off by the same ratio as its frequency.
 * Parts that are not finite, or beyond 1e6, count as 0.
 */
struct lte_iq {
    const float complex *x; /* [n] */
    size_t n;
    double carrier_hz; /* tuned frequency; 0: unknown, clock taken as exact */
};

/* Where a cell is, as found by the search and refined later. */
struct lte_cand {
    struct lte_id id;
    bool tdd;
    double cfo_hz;   /* positive when the signal is above the centre */
    double start;    /* sample of a radio frame's first CP; may be negative */
    float pss;       /* PSS correlation, in deviations of noise */
    float sss;       /* exp(-sss): probability of that SSS by chance */
    float coherence; /* 0..1, of the reference signals; about SNR / (1 + SNR) */
    float evidence;  /* exp(-evidence): probability of that 'coherence' by
                        chance */
    float snr_db, rsrp_db, rsrq_db; /* as in struct lte_cell */
};

enum { LTE_OFDM_SYMBOLS = 16 }; /* at once */

struct lte_ofdm;

/* ERR_NO_MEM.  lte_ofdm_close() takes NULL. */
int lte_ofdm_open(struct lte_ofdm **out);
void lte_ofdm_close(struct lte_ofdm *o);

/* Function fft128 transforms symbols; 'kernel' stays the caller's. */
void lte_ofdm_lend(struct lte_ofdm *o, const struct fn_kernel *kernel);

/* Sample clock: received samples for each nominal one, 1 when unknown. */
double lte_clock(const struct lte_iq *iq, double cfo_hz);

/* 0 for what is not a usable part of a sample. */
static inline float lte_clean(float part)
{
    return part > -1e6f && part < 1e6f ? part : 0;
}

/*
 * Subcarriers y[k][72] of the symbol whose useful part begins at sample at[k],
 * for each of n, at most LTE_OFDM_SYMBOLS; turned back by 'cfo_hz'; phases of
 * all symbols refer to sample 0.  Bit k of the result is 0, and y[k]
 * unchanged, when it lies outside the samples.
 */
uint32_t lte_ofdm_symbols(struct lte_ofdm *o, const struct lte_iq *iq,
                          const double *at, size_t n, double cfo_hz,
                          float complex (*y)[LTE_N_SC]);

/*
 * Takes the symbol with subcarriers y[72] out of x[n], from its prefix of
 * 'n_prefix' samples on: what lte_ofdm_symbols() said it was is 0 afterwards.
 */
void lte_ofdm_subtract(struct lte_ofdm *o, float complex *x, size_t n,
                       double at, size_t n_prefix, double cfo_hz,
                       const float complex y[LTE_N_SC]);

#endif
