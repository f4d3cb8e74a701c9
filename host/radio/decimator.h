/*
 * decimator.h - lowers the rate of a front end's stream by a small whole
 * number, by function fir_decim, wherever it is, in 16 bits.
 *
 * Output sample k is the input around its sample k times the factor.  What lies
 * within 0.445 of the output's rate of the centre passes, and what would fold
 * onto that is 59 dB down.
 */
#ifndef HOST_RADIO_DECIMATOR_H
#define HOST_RADIO_DECIMATOR_H

#include <complex.h>

#include "host/radio/kernels.h"

#define DECIMATOR_KERNEL "fir_decim"

enum {
    DECIMATOR_MAX = 4,     /* the largest factor */
    DECIMATOR_OUT = 512,   /* samples that a block gives */
    DECIMATOR_PUSH = 4096, /* most samples of a push */
};

struct decimator;

/* The factor from one rate to the other, if it is one that fir_decim is used
 * for; else 0. */
unsigned decimator_factor(double in_hz, double out_hz);

/*
 * By a factor of 2 to DECIMATOR_MAX, from 'in_hz', with kernel number 'kernel'
 * of 'kernels', which stay with the caller; its registers are set.  ERR_NO_MEM;
 * takes NULL to close.
 */
int decimator_open(struct kernels *kernels, size_t kernel, double in_hz,
                   unsigned factor, struct decimator **out);
void decimator_close(struct decimator *d);

/* Makes what x[n] completes, y[n]; how many.  The last wait for their block to
 * be whole. */
size_t decimator_push(struct decimator *d, const float complex *x, size_t n,
                      float complex *y);

/* At the end of the stream: makes those that wait, y[DECIMATOR_OUT + 64]; how
 * many. */
size_t decimator_flush(struct decimator *d, float complex *y);

#endif
