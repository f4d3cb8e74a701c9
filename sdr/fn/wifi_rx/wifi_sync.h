/*
 * wifi_sync.h - finds the long training field of a clause 17 preamble near a
 * guessed place, and measures what it tells: timing, carrier offset, SNR.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_SYNC_H
#define SDR_FN_WIFI_RX_WIFI_SYNC_H

#include <complex.h>
#include <stdbool.h>

#include "sdr/dsp/ofdm20.h"

enum {
    WIFI_SYNC_REACH = 48, /* the guess may be this far off, either way */
    WIFI_SYNC_LAGS = 2 * WIFI_SYNC_REACH + 1,
    /* Samples that a search reads, from REACH before the guess. */
    WIFI_SYNC_SPAN = WIFI_SYNC_LAGS - 1 + 2 * OFDM20_FFT,
};

struct wifi_sync {
    float re[OFDM20_FFT]; /* one symbol of the field, mean power 1 */
    float im[OFDM20_FFT];
};

struct wifi_sync_found {
    int peak;  /* start of the first LTF symbol, from the segment's start */
    int first; /* the same for the first path, peak - 8 .. peak */
    float rho; /* correlation with the field, 0..1 */
    float cfo; /* carrier offset, rad a sample */
    float snr; /* power ratio, from the likeness of the two symbols */
};

void wifi_sync_init(struct wifi_sync *s);

/*
 * Searches x[WIFI_SYNC_SPAN], whose sample WIFI_SYNC_REACH is the guessed start
 * of the first LTF symbol, for a signal with a carrier offset of about 'cfo'
 * (rad a sample, +-0.04).  False when nothing there looks like the field.
 */
bool wifi_sync_find(const struct wifi_sync *s, const float complex *x,
                    float cfo, struct wifi_sync_found *found);

/* y[k] = x[k] e^(-j (phase + step k)); y may be x.  n up to a few hundred. */
void wifi_sync_derotate(const float complex *x, int n, float phase, float step,
                        float complex *y);

/* Carrier offset in rad a sample from 'n' samples of x and x[-lag]. */
float wifi_sync_cfo(const float complex *x, int n, int lag);

#endif
