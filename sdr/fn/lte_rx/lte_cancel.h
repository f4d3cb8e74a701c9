/*
 * lte_cancel.h - takes what a decoded cell always sends out of the samples, so
 * that cells under it can be found.
 */
#ifndef SDR_FN_LTE_RX_LTE_CANCEL_H
#define SDR_FN_LTE_RX_LTE_CANCEL_H

#include "sdr/dsp/lte_grid.h"
#include "sdr/fn/lte_rx/lte_chan.h"
#include "sdr/fn/lte_rx/lte_ofdm.h"

struct lte_cancel;

/* ERR_NO_MEM.  lte_cancel_close() takes NULL. */
int lte_cancel_open(struct lte_cancel **out);
void lte_cancel_close(struct lte_cancel *w);

/* Function fft128 transforms symbols; 'kernel' stays the caller's. */
void lte_cancel_lend(struct lte_cancel *w, const struct fn_kernel *kernel);

/*
 * Takes reference signals, broadcast channel, PSS and SSS of cell 'c', with
 * 'ports' ports, out of x[iq->n], which iq->x may be.  'mib' is that of the
 * frame at c->start.
 */
void lte_cancel_run(struct lte_cancel *w, const struct lte_chan *chan,
                    const struct lte_iq *iq, const struct lte_cand *c,
                    unsigned ports, const struct lte_mib_fields *mib,
                    float complex *x);

#endif
