/*
 * lte_search.h - LTE cells in a stretch of samples: PSS, SSS, reference
 * signals.
 *
 * What comes out are candidates with a witness: only reference signals that fit
 * the cell identity let one pass.  Chance lets through about one in 10^4 of
 * those tried; the MIB decides.
 */
#ifndef SDR_FN_LTE_RX_LTE_SEARCH_H
#define SDR_FN_LTE_RX_LTE_SEARCH_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_SEARCH_MAX = 32, /* candidates of one search */
};

struct lte_search;

/* For up to 'n_max' samples.  ERR_NO_MEM.  lte_search_close() takes NULL. */
int lte_search_open(size_t n_max, struct lte_search **out);
void lte_search_close(struct lte_search *s);

/*
 * Cells within cfo_max_hz (below 200 kHz) of the centre: their number, the
 * clearest first, each cell_id once.  Of more than n_max samples the first
 * n_max are searched.  From 10 ms on; 40 to 80 ms find weak cells.
 */
size_t lte_search_run(struct lte_search *s, const struct lte_iq *iq,
                      double cfo_max_hz, struct lte_cand cand[LTE_SEARCH_MAX]);

#endif
