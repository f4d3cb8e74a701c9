/*
 * nr_pss.h - search for the primary synchronization signal (PSS) of NR in a
 * group of samples: overlap-save correlation over a range of carrier offsets.
 *
 * Samples and offsets count as in sdr/dsp/nr_seq.h; frequencies are turns a
 * sample.
 */
#ifndef SDR_FN_NR_RX_NR_PSS_H
#define SDR_FN_NR_RX_NR_PSS_H

#include <complex.h>
#include <stddef.h>

#include "sdr/dsp/nr_seq.h"

enum {
    NR_PSS_GROUP = 14336,                 /* places searched at once */
    NR_PSS_NEEDS = NR_PSS_GROUP + NR_FFT, /* samples for that */
    NR_PSS_PEAKS = 8,                     /* at most, of each n_id_2 */
};

/* The largest offset, in turns: eight subcarriers. */
#define NR_PSS_TURNS_MAX (8.0 / NR_FFT)

struct nr_peak {
    size_t at;    /* sample of the group where the symbol begins, +-1 */
    double turns; /* carrier offset, to a quarter of a subcarrier */
    float z;      /* power, over the mean that noise has; never above 512 */
};

struct nr_pss_search;

/* ERR_NO_MEM.  nr_pss_close() takes NULL. */
int nr_pss_open(struct nr_pss_search **out);
void nr_pss_close(struct nr_pss_search *s);

/* x[NR_PSS_NEEDS], every part finite and below 1e6. */
void nr_pss_load(struct nr_pss_search *s, const float complex *x);

/* Peaks of the loaded group, the clearest first; their number. */
size_t nr_pss_find(struct nr_pss_search *s, unsigned n_id_2, double turns_max,
                   struct nr_peak peak[NR_PSS_PEAKS]);

/*
 * Makes a peak exact: the sample, and the offset by the turn from one half of
 * the symbol to the other.  peak->at counts in 'x', which has at least three
 * samples before it and 260 from it on.
 */
void nr_pss_refine(const struct nr_pss_search *s, const float complex *x,
                   unsigned n_id_2, struct nr_peak *peak);

#endif
