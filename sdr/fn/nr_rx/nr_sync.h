/*
 * nr_sync.h - from the place of a PSS to the symbols of its block, the cell's
 * identity by SSS, and which block it is by its reference signals.
 */
#ifndef SDR_FN_NR_RX_NR_SYNC_H
#define SDR_FN_NR_RX_NR_SYNC_H

#include <stdbool.h>

#include "sdr/dsp/fft_lanes.h"
#include "sdr/dsp/nr_seq.h"

enum {
    NR_ADVANCE = 5, /* samples: a window begins inside the prefix */
    NR_SYNC_BEFORE = NR_ADVANCE,
};

/*
 * A block as far as it is known.  Symbols turn by more than the carrier offset
 * from one to the next: senders begin each with the phase of a carrier that is
 * not known, TS 38.211 5.4.
 */
struct nr_ssb {
    size_t at;    /* sample where the PSS begins behind its prefix */
    double turns; /* carrier offset, turns a sample */
    double step;  /* turns from symbol to symbol, besides those within */
    unsigned n_id_2;
    unsigned cell_id;
    unsigned index; /* of its reference signals, 0..7 */
};

struct nr_sync {
    struct fft_lanes fft;
    struct fft_value work[2][NR_FFT];
    float complex advance[NR_N_SC]; /* what the window's place does to them */
    float sss[3][NR_N_SYNC][NR_N_ID_1];   /* of all cells, by n_id_2 */
    float complex y[NR_SYMBOLS][NR_N_SC]; /* symbols of the block */
};

void nr_sync_init(struct nr_sync *s);

/* Fills s->y with the block, turned back, at a mean power of 1 a sample; x[]
 * has NR_SYNC_BEFORE samples before it. */
void nr_sync_symbols(struct nr_sync *s, const float complex *x,
                     const struct nr_ssb *b);

/*
 * Finds b->cell_id, b->index and b->step from b->at, b->turns and b->n_id_2,
 * and fills s->y.  False: neither is clear; chance lets through
 * about one place in 18.
 */
bool nr_sync_run(struct nr_sync *s, const float complex *x, struct nr_ssb *b);

/*
 * Makes b->turns exact with the help of all symbols as they were sent through
 * the channel: 'sent', as s->y.  Overwrites s->work.
 */
void nr_sync_offset(struct nr_sync *s, const float complex *x,
                    float complex sent[NR_SYMBOLS][NR_N_SC], struct nr_ssb *b);

#endif
