/*
 * lte_viterbi.h - the receiver's decoder of tail-biting blocks, many at a time:
 * sdr/dsp/viterbi_tb, or function viterbi_tb when it is lent, which gives the
 * same bits.
 */
#ifndef SDR_FN_LTE_RX_LTE_VITERBI_H
#define SDR_FN_LTE_RX_LTE_VITERBI_H

#include "core/fn.h"
#include "sdr/dsp/lte_tbcc.h"

enum { LTE_VITERBI_BLOCKS = 248 }; /* at a time */

/* All zeros at first. */
struct lte_viterbi {
    const struct fn_kernel *kernel; /* viterbi_tb; NULL: done here */
    size_t n;                       /* blocks put */
    unsigned n_bits[LTE_VITERBI_BLOCKS];
    int8_t soft[LTE_VITERBI_BLOCKS][3 * LTE_TBCC_MAX];
    uint64_t bits[LTE_VITERBI_BLOCKS];
};

/*
 * Puts a block of n bits, LTE_TBCC_MIN to LTE_TBCC_MAX: soft[3 * n] as coded
 * bits lie, positive where 0 is likelier, finite; 0 where none was sent.  At
 * most LTE_VITERBI_BLOCKS are put.
 */
void lte_viterbi_put(struct lte_viterbi *v, const float *soft, unsigned n);

/* Decodes what was put: bits[k] are block k's, the first sent highest.  How
 * many; none is left. */
size_t lte_viterbi_run(struct lte_viterbi *v);

#endif
