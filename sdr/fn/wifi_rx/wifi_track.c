/* wifi_track.c - pilot tracking. */
#include "sdr/fn/wifi_rx/wifi_track.h"

#include <math.h>

#include "sdr/dsp/cf.h"

/* Variances that a symbol adds: oscillator noise, and change of a drift. */
static const float phase_walk = 1e-3f;       /* rad^2 */
static const float phase_drift_walk = 1e-6f; /* rad^2 */
static const float slope_walk = 1e-9f;       /* (rad / tone)^2 */
static const float slope_drift_walk = 1e-13f;
/* Sample clock: 40 ppm of 80 samples turn a tone by this in a symbol. */
static const float slope_drift_start = 3.1e-4f;

static void drift_predict(struct wifi_drift *d, float walk, float drift_walk)
{
    d->x += d->v;
    d->xx += 2 * d->xv + d->vv + walk;
    d->xv += d->vv;
    d->vv += drift_walk;
}

/* Takes in that x is 'off' from where it was predicted, with a variance. */
static void drift_update(struct wifi_drift *d, float off, float variance)
{
    float gain = 1 / (d->xx + variance);
    float kx = d->xx * gain;
    float kv = d->xv * gain;

    d->x += kx * off;
    d->v += kv * off;
    d->vv -= kv * d->xv;
    d->xv -= kx * d->xv;
    d->xx -= kx * d->xx;
}

void wifi_track_init(struct wifi_track *t, float phase, float drift,
                     float phase_var, float drift_var)
{
    *t = (struct wifi_track){
        .phase = {.x = phase, .v = drift, .xx = phase_var, .vv = drift_var},
        .slope = {.vv = slope_drift_start * slope_drift_start / 2},
    };
}

void wifi_track_rebase(struct wifi_track *t, int symbols, float phase_var)
{
    for (int k = 0; k < symbols; k++) {
        drift_predict(&t->phase, phase_walk, phase_drift_walk);
        drift_predict(&t->slope, slope_walk, slope_drift_walk);
    }
    t->phase = (struct wifi_drift){
        .v = t->phase.v, .xx = phase_var, .vv = t->phase.vv};
    t->slope = (struct wifi_drift){.v = t->slope.v, .vv = t->slope.vv};
}

/* e^(-j (phase + slope tone)) */
static float complex correction(const struct wifi_track *t, int tone)
{
    return cf_polar(-t->phase.x - t->slope.x * (float)tone);
}

void wifi_track_symbol(struct wifi_track *t, const float complex *y,
                       const float complex *pilot, float noise)
{
    float complex z[OFDM20_PILOTS] = {0};
    float complex sum = 0;
    float gain = 0;   /* sum of |pilot|^2 */
    float spread = 0; /* the same, weighted with the tone squared */
    float tilt = 0;

    drift_predict(&t->phase, phase_walk, phase_drift_walk);
    drift_predict(&t->slope, slope_walk, slope_drift_walk);
    for (int k = 0; k < OFDM20_PILOTS; k++) {
        float tone = ofdm20_pilot_tone[k];
        float weight = cf_norm(pilot[k]);

        z[k] = cf_mul(cf_mul_conj(y[ofdm20_pilot_bin[k]], pilot[k]),
                      correction(t, ofdm20_pilot_tone[k]));
        sum += z[k];
        gain += weight;
        spread += weight * tone * tone;
    }

    float off = cargf(sum);
    float complex turn = cf_polar(-off);

    drift_update(&t->phase, off, noise / (2 * gain));
    for (int k = 0; k < OFDM20_PILOTS; k++) {
        tilt += (float)ofdm20_pilot_tone[k] * cimagf(cf_mul(z[k], turn));
    }
    drift_update(&t->slope, tilt / spread, noise / (2 * spread));
}

void wifi_track_turn(const struct wifi_track *t, const float complex *y,
                     float complex *z)
{
    float complex turn = cf_polar(-t->slope.x);
    float complex up = correction(t, 0);
    float complex down = up;

    for (int k = 1; k <= OFDM20_HT_TONES / 2; k++) {
        int low = OFDM20_FFT - k;

        up = cf_mul(up, turn);
        down = cf_mul_conj(down, turn);
        z[k] = cf_mul(y[k], up);
        z[low] = cf_mul(y[low], down);
    }
}

void wifi_track_equalize(const struct wifi_track *t,
                         const struct wifi_channel *c, const float complex *y,
                         float complex *z)
{
    float complex turn = cf_polar(-t->slope.x);
    float complex up = correction(t, 0);
    float complex down = up;

    for (int k = 1; k <= OFDM20_HT_TONES / 2; k++) {
        int low = OFDM20_FFT - k;

        up = cf_mul(up, turn);
        down = cf_mul_conj(down, turn);
        z[k] = cf_mul(cf_mul_conj(y[k], c->h[k]), up);
        z[low] = cf_mul(cf_mul_conj(y[low], c->h[low]), down);
    }
}
