/*
 * fix16.h - a block of samples in 16 bits, for functions that work in them:
 * scaled to its own peak, so that no level is too low or too high.
 */
#ifndef SDR_DSP_FIX16_H
#define SDR_DSP_FIX16_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

/*
 * y[k], I and Q, is x[k] times the gain that is returned, a power of two, with
 * which no part is beyond +-2^14 and the largest not below half of that;
 * rounded to nearest.  What is not finite is 0, and so are blocks below 1e-30.
 */
float fix16(const float complex *x, size_t n, int16_t (*y)[2]);

#endif
