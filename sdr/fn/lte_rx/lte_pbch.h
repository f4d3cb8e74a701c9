/*
 * lte_pbch.h - soft bits of the broadcast channel of one radio frame, for each
 * number of antenna ports it may have been sent from.
 */
#ifndef SDR_FN_LTE_RX_LTE_PBCH_H
#define SDR_FN_LTE_RX_LTE_PBCH_H

#include "sdr/fn/lte_rx/lte_chan.h"
#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_PBCH_BITS = 2 * LTE_N_PBCH,
    LTE_N_PORT_SETS = 3, /* 1, 2, 4 ports */
};

struct lte_pbch_bits {
    size_t n; /* 480, or 432 with the extended prefix */
    float soft[LTE_N_PORT_SETS][LTE_PBCH_BITS]; /* scrambled; + is bit 0 */
};

/*
 * Demodulates the frame of cell 'c' that starts at sample 'frame_start'. False,
 * with '*out' undefined, when its slots 0 and 1 are not in the samples.
 */
bool lte_pbch_demod(const struct lte_chan *chan, struct lte_ofdm *o,
                    const struct lte_iq *iq, const struct lte_cand *c,
                    double frame_start, struct lte_pbch_bits *out);

#endif
