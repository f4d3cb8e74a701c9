/*
 * lte_crs.h - cell-specific reference signals: the witness that a cell is
 * there, its exact frequency and time, and the channel for its broadcast
 * channel.
 */
#ifndef SDR_FN_LTE_RX_LTE_CRS_H
#define SDR_FN_LTE_RX_LTE_CRS_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

/* Channel h[12] at the reference signals of 'p', whose symbol is y[72]. */
void lte_crs_pilots(const struct lte_cand *c, const struct lte_pilot *p,
                    const float complex *y, float complex h[LTE_N_CRS]);

/*
 * Measures ports 0 and 1 in all frames; sets c->coherence, c->evidence and the
 * levels of the clearer one, and refines c->cfo_hz (from within 1.7 kHz) and
 * c->start (from within 5 samples).
 */
void lte_crs_measure(struct lte_ofdm *o, const struct lte_iq *iq,
                     struct lte_cand *c);

#endif
