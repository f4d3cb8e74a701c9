/*
 * lte_mib.h - from a candidate of the search to a cell with its master
 * information block.
 *
 * A MIB counts with a second witness only: the reference signals of its cell,
 * and another MIB from other frames whose SFN agrees, or clearer reference
 * signals and a content without spare bits.
 */
#ifndef SDR_FN_LTE_RX_LTE_MIB_H
#define SDR_FN_LTE_RX_LTE_MIB_H

#include "sdr/fn/lte_rx/lte_cell.h"
#include "sdr/fn/lte_rx/lte_kernel.h"
#include "sdr/fn/lte_rx/lte_ofdm.h"

struct lte_mib;

/* ERR_NO_MEM.  lte_mib_close() takes NULL. */
int lte_mib_open(struct lte_mib **out);
void lte_mib_close(struct lte_mib *m);

/* The function does blocks of the work; 'kernel' stays the caller's. */
void lte_mib_lend(struct lte_mib *m, enum lte_kernel which,
                  const struct fn_kernel *kernel);

/*
 * Decodes the first 17 frames of 'cand' in 'iq', the samples it was found in.
 * False, with '*cell' unchanged, when there is no MIB to be sure of.
 */
bool lte_mib_decode(struct lte_mib *m, const struct lte_iq *iq,
                    const struct lte_cand *cand, struct lte_cell *cell);

#endif
