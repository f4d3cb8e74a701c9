/*
 * lte_grid.h - what a cell always sends on its 72 central subcarriers, symbol
 * by symbol: PSS, SSS, cell-specific reference signals (CRS) and broadcast
 * channel (PBCH); 3GPP TS 36.211 6.6, 6.10.1, 6.11.
 */
#ifndef SDR_DSP_LTE_GRID_H
#define SDR_DSP_LTE_GRID_H

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_seq.h"

enum {
    LTE_GRID_PORTS = 4,
    LTE_GRID_SLOTS = 20, /* of a frame */
    LTE_GRID_TTI = 4,    /* frames that carry one MIB */
};

/* A cell's sequences. */
struct lte_grid {
    struct lte_id id;
    bool tdd;
    unsigned ports; /* 1, 2, 4 */
    float complex pss[LTE_N_SYNC];
    float sss[2][LTE_N_SYNC]; /* [half of the frame] */
    /* By slot, and symbol: first and second of ports 0 and 1, that of 2, 3. */
    float complex crs[LTE_GRID_SLOTS][3][LTE_N_CRS];
    uint16_t pbch_at[LTE_N_PBCH];
    size_t n_pbch; /* symbols of a frame */
};

/* One OFDM symbol; 0 where nothing known is sent. */
struct lte_grid_symbol {
    float complex port[LTE_GRID_PORTS][LTE_N_SC]; /* CRS and PBCH */
    float complex sync[LTE_N_SC]; /* PSS or SSS: from ports of its own choice */
    bool has_crs, has_pbch, has_sync;
};

/* 'ports' is 1, 2 or 4. */
void lte_grid_init(struct lte_grid *g, const struct lte_id *id, bool tdd,
                   unsigned ports);

/* CRS of a pilot's symbol, as lte_crs() gives them. */
const float complex *lte_grid_crs(const struct lte_grid *g,
                                  const struct lte_pilot *p);

/* QPSK symbols of the frames sfn % 4 = 0..3 that carry 'mib'. */
void lte_grid_pbch(const struct lte_grid *g, const struct lte_mib_fields *mib,
                   float complex x[LTE_GRID_TTI][LTE_N_PBCH]);

/* Symbol 'l' of 'slot'; pbch: of the frame; NULL: not known. */
void lte_grid_symbol(const struct lte_grid *g, unsigned slot, unsigned l,
                     const float complex *pbch, struct lte_grid_symbol *s);

#endif
