/*
 * lte_sched.h - one assignment of system information in one subframe: CFI,
 * common search space, and the soft bits of its transport block.
 */
#ifndef SDR_FN_LTE_RX_LTE_SCHED_H
#define SDR_FN_LTE_RX_LTE_SCHED_H

#include "sdr/dsp/lte_dci.h"
#include "sdr/fn/lte_rx/lte_est.h"
#include "sdr/fn/lte_rx/lte_viterbi.h"

enum { LTE_SCHED_TRIES = 12 }; /* candidates times formats */

struct lte_sched_count {
    uint32_t n_found;   /* messages with the SI-RNTI ... */
    uint32_t n_refused; /* ... that cannot be, or point outside the grid */
};

/* An assignment; soft[n] are its bits, descrambled, positive for 0. */
struct lte_sched {
    struct lte_dci dci;
    size_t n;
    float soft[2 * LTE_RE_MAX];

    /* what it is made with */
    struct lte_viterbi viterbi; /* all zeros at first, but its function */
    enum lte_dci_format format[LTE_SCHED_TRIES]; /* of what is put there */
    struct lte_control control;
    uint16_t re[LTE_RE_MAX];
    uint8_t scramble[2 * LTE_RE_MAX];
};

/* CFI of an open subframe, 1..3; 0: its symbols are not all there. */
unsigned lte_sched_cfi(struct lte_subframe *s);

/*
 * Looks for an assignment in an open subframe when the PHICH has phich_factor
 * (m_i) times its groups; false: there is none that can be.
 */
bool lte_sched_find(struct lte_subframe *s, unsigned cfi, unsigned phich_factor,
                    struct lte_sched *out, struct lte_sched_count *count);

#endif
