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

#include "sdr/fn/lte_rx/lte_kernel.h"
#include "sdr/fn/lte_rx/lte_pss.h"

enum {
    LTE_SEARCH_MAX = 32, /* candidates of one search */
    LTE_SEARCH_RANGES = 4,
};

struct lte_search;

/* ERR_NO_MEM.  lte_search_close() takes NULL. */
int lte_search_open(struct lte_search **out);
void lte_search_close(struct lte_search *s);

/* Function fft128 transforms symbols, pss_correlate says where nothing is
 * (lte_pss_seen.h); 'kernel' stays the caller's. */
void lte_search_lend(struct lte_search *s, enum lte_kernel which,
                     const struct fn_kernel *kernel);

/*
 * Cells whose frequency lies in one of 'n_ranges': their number, the clearest
 * first, each cell_id once.  Of more than LTE_PSS_MAX samples the first are
 * searched.  From 10 ms on; 40 to 80 ms find weak cells.  PSS below 'pss_min'
 * deviations of noise, or far below the strongest, are not looked at.
 */
size_t lte_search_run(struct lte_search *s, const struct lte_iq *iq,
                      const struct lte_pss_range *range, size_t n_ranges,
                      float pss_min, struct lte_cand cand[LTE_SEARCH_MAX]);

#endif
