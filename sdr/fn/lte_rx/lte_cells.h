/*
 * lte_cells.h - all cells in a stream of samples: search, MIB, tracking, and
 * what lies under them when they are taken out.
 */
#ifndef SDR_FN_LTE_RX_LTE_CELLS_H
#define SDR_FN_LTE_RX_LTE_CELLS_H

#include "sdr/fn/lte_rx/lte_cell.h"
#include "sdr/fn/lte_rx/lte_kernel.h"
#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_CELLS_MAX = 32,
    LTE_CELLS_WINDOW = 16 * LTE_FRAME, /* most samples of a window */
};

struct lte_known {
    struct lte_cell cell; /* samples count from the window's first */
    struct lte_cand cand; /* the same, as measured last */
    unsigned n_windows;   /* in which it was, 1 when new */
    unsigned n_missed;    /* the last windows in which it was not */
};

/* What is looked for. */
struct lte_cells_limits {
    double cfo_max_hz; /* from the centre, below 200 kHz */
    float pss_hidden;  /* least PSS, in deviations of noise, of a cell that
                          shows once others are taken out */
};

struct lte_cells;

/* ERR_NO_MEM.  lte_cells_close() takes NULL. */
int lte_cells_open(struct lte_cells **out);
void lte_cells_close(struct lte_cells *c);

/* The function does blocks of the work; 'kernel' stays the caller's. */
void lte_cells_lend(struct lte_cells *c, enum lte_kernel which,
                    const struct fn_kernel *kernel);

/* Forgets all cells: another stream begins. */
void lte_cells_clear(struct lte_cells *c);

/* The window moves on by 'n' samples. */
void lte_cells_move(struct lte_cells *c, size_t n);

/*
 * Follows the known cells in the samples of the window, at most
 * LTE_CELLS_WINDOW, and looks for new ones in the last 80 ms of them; once some
 * are known, mostly at their frequencies: one crystal moves them all.
 */
void lte_cells_run(struct lte_cells *c, const struct lte_iq *iq,
                   const struct lte_cells_limits *limits);

/* Known cells, and candidates without a MIB so far. */
const struct lte_known *lte_cells_known(const struct lte_cells *c, size_t *n);
size_t lte_cells_n_candidates(const struct lte_cells *c);

#endif
