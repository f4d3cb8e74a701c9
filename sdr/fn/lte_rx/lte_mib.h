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

#include "sdr/fn/lte_rx/lte_ofdm.h"

/* Fixed size, no pointers: fit for a message. */
struct lte_cell {
    uint16_t cell_id;   /* 0..503 */
    bool tdd, extended; /* duplex mode, cyclic prefix */
    double cfo_hz;      /* positive when the signal is above the centre */
    double frame_start_sample; /* of the first whole frame, at 1.92 Msps */
    bool mib_valid;            /* what follows was decoded, else it is 0 */
    unsigned ports, prb;
    bool phich_extended;
    unsigned phich_resources; /* 0..3: lte_phich_text() */
    unsigned sfn;             /* of the frame at frame_start_sample */
};

struct lte_mib;

/* ERR_NO_MEM.  lte_mib_close() takes NULL. */
int lte_mib_open(struct lte_mib **out);
void lte_mib_close(struct lte_mib *m);

/*
 * Decodes the first 16 frames of 'cand' in 'iq', the samples it was found in.
 * False, with '*cell' unchanged, when there is no MIB to be sure of.
 */
bool lte_mib_decode(struct lte_mib *m, const struct lte_iq *iq,
                    const struct lte_cand *cand, struct lte_cell *cell);

/* "1/6", "1/2", "1", "2". */
const char *lte_phich_text(unsigned phich_resources);

#endif
