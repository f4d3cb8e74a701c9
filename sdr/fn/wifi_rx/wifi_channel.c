/* wifi_channel.c - channel estimate and its Wiener filter. */
#include "sdr/fn/wifi_rx/wifi_channel.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

enum { TONES = OFDM20_TONES };

/* Noise of an estimate over the channel's power, strongest noise first. */
static const float level[WIFI_CHANNEL_LEVELS] = {0.3f, 0.06f, 0.012f, 0.002f};

/* The impulse response that the filters expect, samples of the FFT window. */
enum { TAP_FIRST = -1, TAP_LAST = 15 };

static int tone_of(int k)
{
    return k < 26 ? k - 26 : k - 25;
}

/* Correlation of the channel between tones 'd' apart; flat delay profile. */
static double complex tone_correlation(int d)
{
    double complex sum = 0;

    for (int t = TAP_FIRST; t <= TAP_LAST; t++) {
        double phase = -2 * M_PI * d * t / OFDM20_FFT;
        sum += cos(phase) + I * sin(phase);
    }
    return sum / (TAP_LAST - TAP_FIRST + 1);
}

/* Inverts a positive definite matrix in place (Gauss-Jordan, no pivoting). */
static void invert(double complex a[TONES][TONES])
{
    for (int p = 0; p < TONES; p++) {
        double complex pivot = 1 / a[p][p];

        a[p][p] = 1;
        for (int k = 0; k < TONES; k++) {
            a[p][k] *= pivot;
        }
        for (int r = 0; r < TONES; r++) {
            double complex f = a[r][p];

            if (r == p) {
                continue;
            }
            a[r][p] = 0;
            for (int k = 0; k < TONES; k++) {
                a[r][k] -= f * a[p][k];
            }
        }
    }
}

/* m = R (R + noise I)^-1 = I - noise (R + noise I)^-1 */
static void wiener(double noise, float complex m[TONES][TONES])
{
    double complex a[TONES][TONES];

    for (int r = 0; r < TONES; r++) {
        for (int k = 0; k < TONES; k++) {
            a[r][k] = tone_correlation(tone_of(r) - tone_of(k));
        }
        a[r][r] += noise;
    }
    invert(a);
    for (int r = 0; r < TONES; r++) {
        for (int k = 0; k < TONES; k++) {
            m[r][k] = (float complex)((r == k) - noise * a[r][k]);
        }
    }
}

void wifi_smoother_init(struct wifi_smoother *s)
{
    for (int k = 0; k < WIFI_CHANNEL_LEVELS; k++) {
        wiener((double)level[k], s->m[k]);
    }
}

void wifi_channel_estimate(struct wifi_channel *c, const float complex *a,
                           const float complex *b)
{
    float complex ltf[OFDM20_FFT];
    float noise = 0;
    float power = 0;

    ofdm20_ltf(ltf);
    for (int k = 0; k < OFDM20_FFT; k++) {
        float sign = crealf(ltf[k]);
        c->raw[k] = (a[k] + b[k]) * (sign / 2);
        noise += cf_norm(a[k] - b[k]) * fabsf(sign);
        power += cf_norm(c->raw[k]);
    }
    noise /= 2 * TONES;
    power = power / TONES - noise / 2;
    c->power = power > 0 && isfinite(power) ? power : 0;
    c->noise = fmaxf(noise, c->power * 1e-5f);
    memcpy(c->h, c->raw, sizeof c->h);
}

void wifi_channel_refine(struct wifi_channel *c, const float complex *y,
                         const float *sent)
{
    for (int k = 0; k < OFDM20_FFT; k++) {
        c->raw[k] = (2 * c->raw[k] + y[k] * sent[k]) / 3;
    }
}

void wifi_channel_smooth(struct wifi_channel *c, const struct wifi_smoother *s,
                         int looks)
{
    float noise = c->noise / (float)looks;
    uint8_t bin[TONES];
    int k = 0;

    ofdm20_tones(bin);
    while (k < WIFI_CHANNEL_LEVELS && level[k] * c->power > noise) {
        k++;
    }
    memcpy(c->h, c->raw, sizeof c->h);
    if (k == WIFI_CHANNEL_LEVELS) {
        return; /* so little noise that the filter would do harm */
    }
    for (int r = 0; r < TONES; r++) {
        float complex sum = 0;

        for (int t = 0; t < TONES; t++) {
            sum += cf_mul(s->m[k][r][t], c->raw[bin[t]]);
        }
        c->h[bin[r]] = sum;
    }
}
