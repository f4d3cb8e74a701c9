/*
 * lte_est.h - one subframe of a cell on all of its subcarriers: symbols, the
 * channel from each antenna port, and soft bits of any resource elements.
 */
#ifndef SDR_FN_LTE_RX_LTE_EST_H
#define SDR_FN_LTE_RX_LTE_EST_H

#include "sdr/fn/lte_rx/lte_fft.h"

enum {
    LTE_EST_TAPS = 12,                     /* pilots that serve a value */
    LTE_EST_PLACES = 3 * LTE_EST_TAPS + 2, /* of it, from the first pilot */
    LTE_EST_BEFORE = 2,                    /* of these, before that one */
    LTE_EST_PORTS = 4,
};

/* Filter and reference signals that many subframes share. */
struct lte_est_table {
    float w[LTE_EST_PLACES][LTE_EST_TAPS];
    struct lte_layout grid;              /* that of 'crs' */
    uint8_t crs[20][3][4 * LTE_PRB_MAX]; /* [slot][first, other, middle] */
    bool has_crs;
};

void lte_est_table_init(struct lte_est_table *t);
/* Takes the reference signals of a cell, if it has not those already. */
void lte_est_table_cell(struct lte_est_table *t, const struct lte_layout *g);

/* Where a subframe is; the symbols of one cell are worked on in its order. */
struct lte_subframe {
    const struct lte_est_table *table;
    struct lte_fft *fft;
    const struct lte_samples *samples;
    struct lte_layout grid;
    unsigned subframe; /* 0..9 */
    double start;      /* sample of its first prefix */
    double clock;      /* received samples for each nominal one */
    double cfo_hz;

    /* made by lte_subframe_open() */
    unsigned n_symbols;
    uint32_t have;  /* bit l: y[l] is there */
    uint32_t lost;  /* bit l: it lies outside the samples */
    float noise;    /* power in each resource element */
    float power;    /* of port 0, as received */
    float rotation; /* residual carrier offset, rad for each 1/1920 ms */
    float delay;    /* mean of the paths, turns for each subcarrier */
    float complex y[LTE_SYMBOLS_MAX][LTE_SC_MAX];
    float complex h[LTE_EST_PORTS][LTE_SC_MAX];
};

/*
 * The fields above 'n_symbols' are set; 'noise', 'rotation' and 'delay' are
 * those of the cell's subframe before, or 0.  Demodulates the symbols with
 * reference signals and makes the channel.  False: it is an uplink subframe,
 * or not in the samples.
 */
bool lte_subframe_open(struct lte_subframe *s);

/*
 * Soft bits soft[2 * n] of the QPSK symbols on re[n], in units of the noise;
 * positive is bit 0.  With 2 ports n is even: pairs of transmit diversity.
 * False: a symbol lies outside the samples.
 */
bool lte_subframe_soft(struct lte_subframe *s, const uint16_t *re, size_t n,
                       float *soft);

#endif
