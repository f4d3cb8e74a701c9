/*
 * spectrum.h - the mean power spectrum of a stream (P. Welch, IEEE Trans. Audio
 * Electroacoust. AU-15, 1967), and the band that stands out of it.
 */
#ifndef SDR_DSP_SPECTRUM_H
#define SDR_DSP_SPECTRUM_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

struct spectrum;

struct spectrum_band {
    double offset_hz;    /* of its centre from the centre of the recording */
    double bandwidth_hz; /* between its outermost bins */
    double snr_db;       /* power in it over the noise floor in it */
};

/* ERR_NO_MEM; spectrum_close() takes NULL. */
int spectrum_open(double rate_hz, struct spectrum **out);
void spectrum_close(struct spectrum *s);

void spectrum_push(struct spectrum *s, const float complex *x, size_t n);

/*
 * The strongest contiguous band more than 6 dB above the floor, which is the
 * first quartile of the bins.  False when there is none.
 */
bool spectrum_strongest(const struct spectrum *s, struct spectrum_band *band);

#endif
