/*
 * dsss_sync.h - finds the preamble of 802.11b frames (IEEE 802.11-2020 15.2.3,
 * 16.2.3): Barker symbols by correlation, then the start frame delimiter.
 * Samples are at 20 Msps, so a symbol has 20 of them.
 */
#ifndef SDR_FN_WIFI_RX_DSSS_SYNC_H
#define SDR_FN_WIFI_RX_DSSS_SYNC_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/wifi_dsss.h"

enum {
    DSSS_SYMBOL = 20, /* samples */
    /* A look takes so many samples, of twice 8 symbols that may begin anywhere;
     * looks DSSS_LOOK_STEP apart do not miss a preamble. */
    DSSS_LOOK_PART = 8 * DSSS_SYMBOL,
    DSSS_LOOK = 2 * DSSS_LOOK_PART + DSSS_SYMBOL + 4,
    DSSS_LOOK_STEP = 16 * DSSS_SYMBOL,
    /* Symbols from a look's place on in which the header must begin. */
    DSSS_SYNC_SYMBOLS = WIFI_DSSS_LONG_SYNC + WIFI_DSSS_SFD_BITS + 8,
};

struct dsss_sync {
    float barker[DSSS_SYMBOL]; /* a symbol, energy 1 */
};

struct dsss_synced {
    size_t at;        /* first sample of symbol 0 */
    size_t n;         /* symbols from there to the header, all known */
    bool is_short;    /* preamble */
    float cfo;        /* rad a sample */
    unsigned history; /* of the descrambler, before the header */
    /* Symbols as sent, +-1, but for the phase of the first. */
    int8_t sent[DSSS_SYNC_SYMBOLS];
};

void dsss_sync_init(struct dsss_sync *s);

/*
 * Are there Barker symbols at one place of x[DSSS_LOOK]?  Then '*place' is
 * about where one begins, of those from x[DSSS_LOOK_PART] on; a frame may begin
 * before that.  Correlation against the energy, which in white noise deceives
 * less than once in 10^7 looks; a tone has no more of it than noise.
 */
bool dsss_look(const struct dsss_sync *s, const float complex *x,
               size_t *place);

/*
 * Finds the delimiter behind a look at x[0] that gave 'place'; false: there is
 * none, or it does not end within DSSS_SYNC_SYMBOLS.  Reads x[0 .. n - 1].
 */
bool dsss_sync_find(const struct dsss_sync *s, const float complex *x, size_t n,
                    size_t place, struct dsss_synced *out);

#endif
