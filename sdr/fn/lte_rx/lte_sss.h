/*
 * lte_sss.h - which cells stand behind a PSS: SSS detection for both duplex
 * modes and both cyclic prefixes.
 */
#ifndef SDR_FN_LTE_RX_LTE_SSS_H
#define SDR_FN_LTE_RX_LTE_SSS_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_SSS_MAX = 12, /* cells of one PSS: three for each mode and prefix */
};

/* The sequences of one n_id_2. */
struct lte_sss_table {
    float d[2][LTE_N_SYNC][LTE_N_CELLS / 3]; /* [half][k][n_id_1] */
    unsigned n_id_2;
};

/* A PSS that was found. */
struct lte_sss_seed {
    double at; /* useful part in the first half-frame */
    double cfo_hz;
    float z;
};

void lte_sss_init(struct lte_sss_table *t, unsigned n_id_2);

/* Cells whose SSS fits the seed: their number, in no order. */
size_t lte_sss_find(const struct lte_sss_table *t, struct lte_ofdm *o,
                    const struct lte_iq *iq, const struct lte_sss_seed *seed,
                    struct lte_cand cand[LTE_SSS_MAX]);

#endif
