/*
 * lte_wide.h - the samples behind those of the search: a stream at a multiple
 * of 1.92 Msps, its 1.92 Msps, and the system information of the cells that
 * were found there.
 *
 * Sample numbers count at 1.92 Msps; sample k is number k * factor of the
 * stream.
 */
#ifndef SDR_FN_LTE_RX_LTE_WIDE_H
#define SDR_FN_LTE_RX_LTE_WIDE_H

#include "sdr/fn/lte_rx/lte_si.h"

enum {
    LTE_WIDE_CELLS = 32,   /* that are followed */
    LTE_WIDE_QUEUE = 64,   /* messages nobody has taken yet */
    LTE_WIDE_BURST = 4096, /* most samples of one push */
};

struct lte_wide;

/* Holds up to 'n_max' samples at 1.92 Msps, and as many times 16 of the
 * stream.  ERR_NO_MEM; takes NULL to close. */
int lte_wide_open(size_t n_max, struct lte_wide **out);
void lte_wide_close(struct lte_wide *w);

/* The function does blocks of the work; 'kernel' stays the caller's. */
void lte_wide_lend(struct lte_wide *w, enum lte_kernel which,
                   const struct fn_kernel *kernel);

/* A stretch begins with number 'item0' of a stream at factor x 1.92 Msps, an
 * invalid factor counts as 1; returns the number of the first sample out. */
uint64_t lte_wide_begin(struct lte_wide *w, unsigned factor, uint64_t item0);

/*
 * Takes x[n] of the stream; the samples it makes at 1.92 Msps go to y, n at
 * most; how many.  The caller lets go of samples before n_max are held.
 */
size_t lte_wide_push(struct lte_wide *w, const float complex *x, size_t n,
                     float complex *y);

/*
 * Looks for messages of 'cell' up to number 'end', from the end of the last
 * such call on.  cell->frame_start counts from 'first'.
 */
void lte_wide_run(struct lte_wide *w, const struct lte_cell *cell,
                  uint64_t first, uint64_t end);

/* State of a cell that was run; NULL: there is none. */
const struct lte_si *lte_wide_si(const struct lte_wide *w, int pci);

/* The next message, its frame_start a sample number; false: there is none. */
bool lte_wide_take(struct lte_wide *w, struct lte_si_message *m);
bool lte_wide_is_empty(const struct lte_wide *w);

/* Drops the messages that nobody has taken. */
void lte_wide_drop(struct lte_wide *w);

/* Assignments and messages refused so far, and messages that had no room. */
uint32_t lte_wide_n_refused(const struct lte_wide *w);

/* Lets go of what is before number 'first'. */
void lte_wide_forget(struct lte_wide *w, uint64_t first);

#endif
