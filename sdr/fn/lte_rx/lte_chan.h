/*
 * lte_chan.h - channel of the 72 central subcarriers from 24 noisy values on
 * every third one: a Wiener filter for short and long echoes alike.
 */
#ifndef SDR_FN_LTE_RX_LTE_CHAN_H
#define SDR_FN_LTE_RX_LTE_CHAN_H

#include "sdr/dsp/lte_seq.h"

enum {
    LTE_CHAN_N = 24,
};

struct lte_chan {
    float complex w[3][LTE_N_SC][LTE_CHAN_N]; /* [first subcarrier][k][value] */
};

void lte_chan_init(struct lte_chan *c);

/*
 * h[72] from p[24], the values on k = first + 3 i, first 0..2; returns the mean
 * square of what does not fit, a measure of the noise.
 */
float lte_chan_estimate(const struct lte_chan *c, unsigned first,
                        const float complex p[LTE_CHAN_N],
                        float complex h[LTE_N_SC]);

#endif
