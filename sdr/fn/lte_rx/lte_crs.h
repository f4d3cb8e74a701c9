/*
 * lte_crs.h - cell-specific reference signals: the witness that a cell is
 * there, its exact frequency and time, and the channel for its broadcast
 * channel.
 */
#ifndef SDR_FN_LTE_RX_LTE_CRS_H
#define SDR_FN_LTE_RX_LTE_CRS_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

/* Channel at the reference signals of one symbol: h[12]; false: not there. */
bool lte_crs_pilots(struct lte_ofdm *o, const struct lte_iq *iq,
                    const struct lte_cand *c, double frame_start,
                    const struct lte_pilot *p, float complex h[LTE_N_CRS]);

/*
 * Measures port 0 in subframes 0 and 5 of all frames; sets c->coherence and
 * c->evidence, and refines c->cfo_hz (from within 1.7 kHz) and c->start (from
 * within 5 samples).
 */
void lte_crs_measure(struct lte_ofdm *o, const struct lte_iq *iq,
                     struct lte_cand *c);

#endif
