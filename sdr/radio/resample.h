/*
 * resample.h - changes the rate of a stream, by liquid-dsp, with sample numbers
 * that can be carried back: output sample k is the input at time k * in / out,
 * to a few hundredths of a sample, and 1e-7 of k: liquid keeps its step as a
 * float.
 */
#ifndef SDR_RADIO_RESAMPLE_H
#define SDR_RADIO_RESAMPLE_H

#include <complex.h>
#include <stddef.h>

enum { RESAMPLE_FLUSH = 2048 }; /* zeros that a flush pushes, at most */

struct resample;

/* From 'in_hz' to 'out_hz', both above 0. ERR_NO_MEM; takes NULL to close. */
int resample_open(double in_hz, double out_hz, struct resample **out);
void resample_close(struct resample *r);

/* Most samples that one push of 'n' makes. */
size_t resample_most(const struct resample *r, size_t n);

/* Makes what 'n' more samples give; how many. y[resample_most(r, n)]. */
size_t resample_push(struct resample *r, const float complex *x, size_t n,
                     float complex *y);

/*
 * At the end of the stream: makes the samples that the filter still holds, up
 * to the last input sample; how many.  y[resample_most(r, RESAMPLE_FLUSH)].
 */
size_t resample_flush(struct resample *r, float complex *y);

#endif
