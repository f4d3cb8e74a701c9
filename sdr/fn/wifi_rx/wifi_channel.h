/*
 * wifi_channel.h - the channel of a frame, by tone, from its long training
 * field and its SIGNAL symbol.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_CHANNEL_H
#define SDR_FN_WIFI_RX_WIFI_CHANNEL_H

#include <complex.h>

#include "sdr/dsp/ofdm20.h"

enum {
    WIFI_CHANNEL_LEVELS = 4,
    /* How long before the first path the receiver's FFT window begins. */
    WIFI_CHANNEL_BACKOFF = 3,
};

/*
 * Wiener filters over the used tones for an impulse response that fits into the
 * cyclic prefix, one for each level of noise.
 */
struct wifi_smoother {
    int n;                        /* tones: 52, or 56 in HT */
    uint8_t bin[OFDM20_HT_TONES]; /* in the order of their frequencies */
    float complex m[WIFI_CHANNEL_LEVELS][OFDM20_HT_TONES][OFDM20_HT_TONES];
};

struct wifi_channel {
    float complex raw[OFDM20_FFT]; /* by FFT bin; 0 on unused bins */
    float complex h[OFDM20_FFT];   /* the same, smoothed */
    float noise;                   /* power of the noise in a bin */
    float power;                   /* mean |h|^2 of the used bins */
};

/* 'n' tones in bins bin[n]. */
void wifi_smoother_init(struct wifi_smoother *s, const uint8_t *bin, int n);

/*
 * Channel from the FFTs of the two long training symbols, a and b.  'power'
 * comes out 0 when there is nothing to work with.
 */
void wifi_channel_estimate(struct wifi_channel *c, const float complex *a,
                           const float complex *b);

/* The same from one training symbol whose bins sent[64] are +-1 or 0; the noise
 * is known. */
void wifi_channel_estimate_one(struct wifi_channel *c, const float complex *y,
                               const float complex *sent);

/*
 * Adds a third look: 'y' are the bins of a symbol with its carrier phase
 * removed, 'sent' their values, +-1 or 0.
 */
void wifi_channel_refine(struct wifi_channel *c, const float complex *y,
                         const float *sent);

/* Makes 'h' of 'raw', an average of 'looks' noisy ones. */
void wifi_channel_smooth(struct wifi_channel *c, const struct wifi_smoother *s,
                         int looks);

#endif
