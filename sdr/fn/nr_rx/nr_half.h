/*
 * nr_half.h - half of a stream's samples: a low pass for blocks of 15 kHz at
 * 7.68 Msps.  Output k is the filtered input around sample 2 k.
 *
 * What lies within 0.22 of the input's rate passes; what would fold onto that
 * is 60 dB down.
 */
#ifndef SDR_FN_NR_RX_NR_HALF_H
#define SDR_FN_NR_RX_NR_HALF_H

#include <complex.h>
#include <stddef.h>

enum {
    NR_HALF_SIDE = 40,    /* taps on either side of the middle */
    NR_HALF_BLOCK = 4096, /* most samples of one push */
};

struct nr_half {
    float taps[NR_HALF_SIDE / 2]; /* those at 1, 3, 5 ... from the middle */
    size_t n;                     /* samples in 'line' */
    float complex line[2 * NR_HALF_SIDE + NR_HALF_BLOCK + 1];
};

/* The stream begins, behind zeros. */
void nr_half_begin(struct nr_half *h);

/* What x[n] gives, y[n / 2 + 1]; how many. */
size_t nr_half_push(struct nr_half *h, const float complex *x, size_t n,
                    float complex *y);

#endif
