/*
 * decimate.h - lowers a sample rate by a small whole number, stage by stage:
 * output k is the filtered input around sample k * factor.
 *
 * What lies within 0.38 of the output's rate of the centre passes (to 0.1 dB),
 * and what would fold onto that is 60 dB down; the rest is not cared for.
 */
#ifndef SDR_DSP_DECIMATE_H
#define SDR_DSP_DECIMATE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DECIMATE_STAGES = 4,
    DECIMATE_TAPS = 81,
    DECIMATE_BLOCK = 4096, /* most samples of one push */
};

/*
 * The low passes of decimators: the ideal one under a Kaiser window for 60 dB
 * (A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 7.5).
 *
 * Taps on either side of the middle one that a transition band of so much of
 * the input's rate takes.
 */
unsigned decimate_half(double transition);

/* taps[2 half + 1], their sum 1, to lower a rate by 'by': the cutoff is half of
 * what is left. */
void decimate_taps(unsigned by, unsigned half, float *taps);

struct decimate_stage {
    unsigned by, n_taps;
    float taps[DECIMATE_TAPS];
    size_t n; /* samples in 'line', of which the first was not yet used up */
    float complex line[DECIMATE_TAPS + DECIMATE_BLOCK];
};

struct decimate {
    unsigned n_stages; /* 0: the rate stays */
    struct decimate_stage stage[DECIMATE_STAGES];
};

/* By 1 to 16, a product of 2, 3 and 5; false: it is not.  The stream begins. */
bool decimate_init(struct decimate *d, unsigned factor);

/* What x[n] gives, y[n]; how many.  The last outputs wait for more input. */
size_t decimate_push(struct decimate *d, const float complex *x, size_t n,
                     float complex *y);

#endif
