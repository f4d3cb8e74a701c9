/*
 * wifi_track.h - follows the carrier phase and the sample clock of a frame by
 * the four pilots of each symbol: two Kalman filters of value and drift.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_TRACK_H
#define SDR_FN_WIFI_RX_WIFI_TRACK_H

#include <complex.h>

#include "sdr/fn/wifi_rx/wifi_channel.h"

struct wifi_drift {
    float x;          /* value */
    float v;          /* change of x a symbol */
    float xx, xv, vv; /* covariance */
};

struct wifi_track {
    struct wifi_drift phase; /* of the carrier, rad */
    struct wifi_drift slope; /* over the tones, rad a tone */
};

/*
 * Begins at the symbol before the first to come, with a carrier phase 'phase'
 * that changes by 'drift' a symbol, and their variances.
 */
void wifi_track_init(struct wifi_track *t, float phase, float drift,
                     float phase_var, float drift_var);

/*
 * The channel was estimated anew 'symbols' later: phase and slope are measured
 * from there, the former with a variance of 'phase_var'; drifts go on.
 */
void wifi_track_rebase(struct wifi_track *t, int symbols, float phase_var);

/*
 * Next symbol: bins y[64] as received, what its pilots [4] would be without any
 * turn, the power of the noise in a bin.  Leaves the symbol's phase and slope
 * in 't'.
 */
void wifi_track_symbol(struct wifi_track *t, const float complex *y,
                       const float complex *pilot, float noise);

/* z[k] = y[k] with the tracked phase removed, for all used bins. */
void wifi_track_turn(const struct wifi_track *t, const float complex *y,
                     float complex *z);

/*
 * z[k] = y[k] conj(h[k]), the tracked phase removed, for all used bins; 'z' is
 * |h|^2 times the constellation point.
 */
void wifi_track_equalize(const struct wifi_track *t,
                         const struct wifi_channel *c, const float complex *y,
                         float complex *z);

#endif
