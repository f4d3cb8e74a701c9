/*
 * lte_pss_seen.h - whether there may be a primary synchronization signal at a
 * known frequency, by function pss_correlate: where it sees none, a search
 * there is spared.
 */
#ifndef SDR_FN_LTE_RX_LTE_PSS_SEEN_H
#define SDR_FN_LTE_RX_LTE_PSS_SEEN_H

#include "sdr/dsp/decimate.h"
#include "sdr/fn/lte_rx/lte_pss.h"

enum {
    LTE_SEEN_RATE = 2, /* 1.92 Msps to 0.96 */
    LTE_SEEN_PERIOD = LTE_HALF_FRAME / LTE_SEEN_RATE,
    LTE_SEEN_FOLD = 6, /* half-frames of a block: 58 kB */
    LTE_SEEN_BLOCK = LTE_SEEN_FOLD * LTE_SEEN_PERIOD + LTE_FFT / LTE_SEEN_RATE,
    LTE_SEEN_ALL = 7, /* a bit for each N_ID2 */
};

struct lte_pss_seen {
    const struct fn_kernel *kernel; /* pss_correlate, at reset; or NULL */
    struct decimate low;
    float complex line[LTE_SEEN_BLOCK + DECIMATE_BLOCK];
    int8_t block[LTE_SEEN_BLOCK][2];
};

/*
 * Bit n: N_ID2 n may have a signal at 'cfo_hz' whose PSS is 'pss_min'
 * deviations of noise (lte_pss.h) above it or more, in the first half-frames.
 * LTE_SEEN_ALL when nobody says otherwise: without the function, without an
 * answer, or with samples for less than a block.
 */
unsigned lte_pss_seen(struct lte_pss_seen *s, const struct lte_iq *iq,
                      double cfo_hz, float pss_min);

#endif
