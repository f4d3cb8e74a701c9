/*
 * wifi_front.h - from the samples of one frame to equalized tones, a symbol at
 * a time: preamble, carrier and clock offset, channel, pilots.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_FRONT_H
#define SDR_FN_WIFI_RX_WIFI_FRONT_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/fn/wifi_rx/wifi_channel.h"
#include "sdr/fn/wifi_rx/wifi_fft.h"
#include "sdr/fn/wifi_rx/wifi_sync.h"
#include "sdr/fn/wifi_rx/wifi_track.h"

/* The data tones of a symbol. */
struct wifi_tones {
    int n; /* 48, or 52 in HT */
    uint8_t bin[OFDM20_HT_DATA_TONES];
};

struct wifi_front {
    struct wifi_sync sync;
    struct wifi_smoother smoother, ht_smoother;
    struct wifi_tones legacy, ht;
    int8_t polarity[OFDM20_POLARITY];
    struct wifi_fft fft;

    /* The frame at hand. */
    const float complex *x;
    size_t origin; /* the FFT window of the first long training symbol */
    float cfo;     /* rad a sample */
    size_t window; /* where the next symbol's FFT window begins */
    size_t step;   /* samples a symbol */
    size_t slack;  /* samples that are left after the last window */
    /* The last windows that were transformed at a time: n_done from 'done' on,
     * 'done_step' samples apart, and the bins of the one at hand. */
    size_t done, done_step, n_done;
    size_t n_coming; /* windows sure to be transformed, 'step' apart */
    const float complex *bins;
    struct wifi_channel channel;
    struct wifi_channel second; /* from the other antenna, with STBC */
    struct wifi_track track;
    const struct wifi_tones *tones;   /* of the symbols to come */
    float gain[OFDM20_HT_DATA_TONES]; /* |h|^2 of these, over both antennas */
    float mean_gain;                  /* of all tones */
};

/* ERR_NO_MEM. */
int wifi_front_open(struct wifi_front *f);
void wifi_front_close(struct wifi_front *f);

/*
 * Finds the preamble of the frame that begins within WIFI_SYNC_REACH samples of
 * x[start] and estimates its channel; false: there is none.  Reads x[0 .. start
 * + 448].  'look' 1 looks in another way than 0, at the end of the STF only:
 * for when another frame lies over its beginning.
 */
enum { WIFI_FRONT_LOOKS = 2 };
bool wifi_front_acquire(struct wifi_front *f, const float complex *x,
                        size_t start, int look);

/* First sample of the frame, behind wifi_front_acquire(). */
size_t wifi_front_start(const struct wifi_front *f);

/*
 * Receives the next symbol, whose pilots are 'pilot' times the polarity of
 * number 'm' (0 is SIGNAL): z[tones->n], |h|^2 times the points sent.
 */
void wifi_front_symbol(struct wifi_front *f, const int8_t *pilot, size_t m,
                       float complex *z);

/* The next 'n' symbols are all there and will be received: they may be
 * transformed together. */
void wifi_front_expect(struct wifi_front *f, size_t n);

/*
 * Takes SIGNAL, just received and known by now, as one more training symbol:
 * sent[48] are its data tones, +-1.
 */
void wifi_front_learn(struct wifi_front *f, const int8_t *sent);

/* Passes the HT-STF, takes the HT-LTF behind it, with STBC both, as the
 * channel; DATA is next. */
void wifi_front_learn_ht(struct wifi_front *f, bool short_gi, bool stbc);

/*
 * The next two symbols, numbers m and m + 1 of DATA from 0, that carry a pair
 * of points on each tone (Alamouti's code, 19.3.11.9.2): a[tones->n] and
 * b[tones->n] as of wifi_front_symbol().
 */
void wifi_front_pair(struct wifi_front *f, size_t m, float complex *a,
                     float complex *b);

/* Moves the window by a sample when the sample clocks have come apart. */
void wifi_front_follow_clock(struct wifi_front *f);

/* The channel by tone, mean power 1, to csi[OFDM20_HT_TONES], 0 where it was
 * measured on samples that are no numbers; how many tones. */
size_t wifi_front_csi(const struct wifi_front *f, float complex *csi);

/* Carrier offset as tracked by now. */
float wifi_front_cfo_hz(const struct wifi_front *f);

/* Signal over noise, over 20 MHz, power ratio. */
float wifi_front_snr(const struct wifi_front *f);

#endif
