/*
 * impair.h - what a radio channel does to a generated signal.  Any sample
 * rate; the same seed gives the same result.
 */
#ifndef SDR_RADIO_IMPAIR_H
#define SDR_RADIO_IMPAIR_H

#include <complex.h>
#include <stddef.h>

#include "core/base/rng.h"

/* Mean power of x[n]; 0 when n is 0. */
double impair_power(const float complex *x, size_t n);

/*
 * Adds x[n] to y[n_y] from sample 'delay' (>= 0) on, as a receiver sees it
 * whose sample clock is slow by 'clock_ppm': its sample k is x at the time
 * (k - delay) (1 + clock_ppm / 10^6).  What lies outside y is left out.
 * Between samples x is interpolated, good to 0.9 of the band.
 */
void impair_place(const float complex *x, size_t n, double delay,
                  double clock_ppm, float complex *y, size_t n_y);

/* Turns x[n] by 'cfo_hz'; positive moves the signal up. */
void impair_cfo(float complex *x, size_t n, double cfo_hz, double rate_hz);

/*
 * Puts x[n] through paths that are a sample apart, each with a Gaussian gain
 * (Rayleigh), the mean power of which falls exponentially: 'rms' is the delay
 * spread in samples, 0.1..10.  Mean power stays, on average; what is later than
 * x[n - 1] is lost.
 */
void impair_multipath(float complex *x, size_t n, double rms, struct rng *r);

/* Extended Pedestrian A, Vehicular A, Typical Urban: 3GPP TS 36.101, B.2.1. */
enum impair_profile_name { IMPAIR_EPA, IMPAIR_EVA, IMPAIR_ETU };

/*
 * Puts x[n] through the paths of a profile, each with a Gaussian gain
 * (Rayleigh) that stays; mean power stays, on average.  'rate_hz' is at
 * most 30.72e6. ERR_NO_MEM.
 */
int impair_profile(float complex *x, size_t n, enum impair_profile_name name,
                   double rate_hz, struct rng *r);

/* Adds white Gaussian noise of a mean power to x[n]. */
void impair_noise(float complex *x, size_t n, double power, struct rng *r);

/* Power of noise that is 'snr_db' below 'signal'. */
double impair_noise_power(double signal, double snr_db);

#endif
