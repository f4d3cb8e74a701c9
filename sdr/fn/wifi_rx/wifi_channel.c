/* wifi_channel.c - channel estimate and its Wiener filter. */
#include "sdr/fn/wifi_rx/wifi_channel.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

enum { TONES = OFDM20_TONES, MOST = OFDM20_HT_TONES };

/* Noise of an estimate over the channel's power, strongest noise first. */
static const float level[WIFI_CHANNEL_LEVELS] = {0.3f, 0.06f, 0.012f, 0.002f};

/* The impulse response that the filters expect, samples of the FFT window. */
enum { TAP_FIRST = -1, TAP_LAST = 15 };

/* Subcarrier of an FFT bin. */
static int tone_of(uint8_t bin)
{
    return bin < OFDM20_FFT / 2 ? bin : bin - OFDM20_FFT;
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
static void invert(int n, double complex a[MOST][MOST])
{
    for (int p = 0; p < n; p++) {
        double complex pivot = 1 / a[p][p];

        a[p][p] = 1;
        for (int k = 0; k < n; k++) {
            a[p][k] *= pivot;
        }
        for (int r = 0; r < n; r++) {
            double complex f = a[r][p];

            if (r == p) {
                continue;
            }
            a[r][p] = 0;
            for (int k = 0; k < n; k++) {
                a[r][k] -= f * a[p][k];
            }
        }
    }
}

/* m = R (R + noise I)^-1 = I - noise (R + noise I)^-1 */
static void wiener(double noise, const struct wifi_smoother *s,
                   float complex m[MOST][MOST])
{
    double complex a[MOST][MOST];

    for (int r = 0; r < s->n; r++) {
        for (int k = 0; k < s->n; k++) {
            a[r][k] = tone_correlation(tone_of(s->bin[r]) - tone_of(s->bin[k]));
        }
        a[r][r] += noise;
    }
    invert(s->n, a);
    for (int r = 0; r < s->n; r++) {
        for (int k = 0; k < s->n; k++) {
            m[r][k] = (float complex)((r == k) - noise * a[r][k]);
        }
    }
}

void wifi_smoother_init(struct wifi_smoother *s, const uint8_t *bin, int n)
{
    s->n = n;
    memcpy(s->bin, bin, (size_t)n);
    for (int k = 0; k < WIFI_CHANNEL_LEVELS; k++) {
        wiener((double)level[k], s, s->m[k]);
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

void wifi_channel_estimate_one(struct wifi_channel *c, const float complex *y,
                               const float complex *sent)
{
    float power = 0, tones = 0;

    for (int k = 0; k < OFDM20_FFT; k++) {
        c->raw[k] = y[k] * crealf(sent[k]);
        power += cf_norm(c->raw[k]);
        tones += fabsf(crealf(sent[k]));
    }
    power = power / tones - c->noise;
    c->power = power > 0 && isfinite(power) ? power : 0;
    c->noise = fmaxf(c->noise, c->power * 1e-5f);
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
    int k = 0;

    while (k < WIFI_CHANNEL_LEVELS && level[k] * c->power > noise) {
        k++;
    }
    memcpy(c->h, c->raw, sizeof c->h);
    if (k == WIFI_CHANNEL_LEVELS) {
        return; /* so little noise that the filter would do harm */
    }
    for (int r = 0; r < s->n; r++) {
        float complex sum = 0;

        for (int t = 0; t < s->n; t++) {
            sum += cf_mul(s->m[k][r][t], c->raw[s->bin[t]]);
        }
        c->h[s->bin[r]] = sum;
    }
}
