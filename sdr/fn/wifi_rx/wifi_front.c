/*
 * wifi_front.c - synchronisation, channel, and one FFT a symbol.
 *
 * Phases are relative to the FFT window of the first long training symbol, at
 * 'origin'; the window of symbol m (0 is SIGNAL) begins 144 + 80 m later.
 */
#include "sdr/fn/wifi_rx/wifi_front.h"

#include <math.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

enum {
    N = OFDM20_FFT,
    FIRST_WINDOW = 2 * N + OFDM20_CP, /* SIGNAL's, from 'origin' */
    /* From 'origin' back to the frame's first sample. */
    TO_START = OFDM20_LTF - WIFI_CHANNEL_BACKOFF,
    /* From the middle of the two training symbols to that of SIGNAL. */
    LOOK_DISTANCE = FIRST_WINDOW + N / 2 - N,
};

static const float shift_at = 0.0736311f;     /* rad a tone: 0.75 sample */
static const float sample_slope = 0.0981748f; /* rad a tone: 1 sample */

int wifi_front_open(struct wifi_front *f)
{
    uint8_t bin[OFDM20_HT_TONES];

    memset(f, 0, sizeof *f);
    if (wifi_fft_open(&f->fft) < 0) {
        return ERR_NO_MEM;
    }
    wifi_sync_init(&f->sync);
    ofdm20_tones(bin);
    wifi_smoother_init(&f->smoother, bin, OFDM20_TONES);
    ofdm20_ht_tones(bin);
    wifi_smoother_init(&f->ht_smoother, bin, OFDM20_HT_TONES);
    f->legacy.n = OFDM20_DATA_TONES;
    ofdm20_data_tones(f->legacy.bin);
    f->ht.n = OFDM20_HT_DATA_TONES;
    ofdm20_ht_data_tones(f->ht.bin);
    ofdm20_polarity(f->polarity);
    return 0;
}

void wifi_front_close(struct wifi_front *f)
{
    wifi_fft_close(&f->fft);
}

/* FFTs of the 64 samples at 'at' and at so many windows behind, 'step' apart,
 * the carrier offset removed. */
static void transform_ahead(struct wifi_front *f, size_t at, size_t step,
                            size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double turned =
            (double)f->cfo * ((double)(at + k * step) - (double)f->origin);
        wifi_sync_derotate(f->x + at + k * step, N,
                           (float)fmod(turned, 2 * M_PI), f->cfo, f->fft.in[k]);
    }
    f->n_done = wifi_fft_run(&f->fft, n);
    f->done = at;
    f->done_step = step;
}

/* The same of the 64 at 'at' to f->bins, if that has not been done. */
static void transform(struct wifi_front *f, size_t at)
{
    size_t k = 0;

    while (k < f->n_done && f->done + k * f->done_step != at) {
        k++;
    }
    if (k == f->n_done) {
        size_t n =
            f->n_coming < WIFI_FFT_BLOCKS ? f->n_coming : WIFI_FFT_BLOCKS;
        bool one = f->fft.kernel == NULL || n < 1;
        transform_ahead(f, at, f->step, one ? 1 : n);
        k = 0;
    }
    f->n_coming -= f->n_coming > 0;
    f->bins = f->fft.out[k];
}

void wifi_front_expect(struct wifi_front *f, size_t n)
{
    f->n_coming = n;
}

static void set_tones(struct wifi_front *f, const struct wifi_tones *tones)
{
    f->tones = tones;
    for (int t = 0; t < tones->n; t++) {
        f->gain[t] = cf_norm(f->channel.h[tones->bin[t]]);
    }
    f->mean_gain = f->channel.power;
}

/* Variance of the acquired carrier offset, turned into one of SIGNAL's phase.
 */
static float signal_phase_var(const struct wifi_channel *c)
{
    float snr = c->power * OFDM20_TONES / (c->noise * N);
    float lag_var = (1 + 0.5f / snr) / (N * snr); /* of a phase over N */

    return lag_var * (float)(LOOK_DISTANCE * LOOK_DISTANCE) / (N * N);
}

bool wifi_front_acquire(struct wifi_front *f, const float complex *x,
                        size_t start, int look)
{
    /* Samples of the STF that give the carrier offset, with those a period
     * before: in it wherever it begins within the reach; and its last ones. */
    static const struct {
        int from, n;
    } part[WIFI_FRONT_LOOKS] = {
        {WIFI_SYNC_REACH + OFDM20_STF_PERIOD,
         OFDM20_STF - 2 * WIFI_SYNC_REACH - OFDM20_STF_PERIOD},
        {OFDM20_STF - 3 * OFDM20_STF_PERIOD, 2 * OFDM20_STF_PERIOD},
    };
    size_t guess = start + OFDM20_LTF - WIFI_SYNC_REACH;
    struct wifi_sync_found found;
    float complex first[N];
    float cfo;

    f->x = x;
    cfo = wifi_sync_cfo(x + start + part[look].from, part[look].n,
                        OFDM20_STF_PERIOD);
    if (!wifi_sync_find(&f->sync, x + guess, cfo, &found)) {
        return false;
    }
    f->origin = guess + (size_t)found.first - WIFI_CHANNEL_BACKOFF;
    f->cfo = found.cfo;
    f->window = f->origin + FIRST_WINDOW;
    f->slack = 0;
    f->n_done = 0;
    f->step = N; /* the two training symbols have one prefix */
    wifi_front_expect(f, 2);
    transform(f, f->origin);
    memcpy(first, f->bins, sizeof first);
    transform(f, f->origin + N);
    f->step = OFDM20_SYMBOL;
    wifi_channel_estimate(&f->channel, first, f->bins);
    wifi_channel_smooth(&f->channel, &f->smoother, 2);
    set_tones(f, &f->legacy);
    wifi_track_init(&f->track, 0, 0, signal_phase_var(&f->channel), 0);
    return f->channel.power > 0;
}

size_t wifi_front_start(const struct wifi_front *f)
{
    return f->origin - TO_START;
}

/* The next symbol's bins to f->bins; its pilots, as sent over the channel, tell
 * how it has turned. */
static void receive(struct wifi_front *f, const float complex *pilot)
{
    transform(f, f->window);
    f->window += f->step;
    wifi_track_symbol(&f->track, f->bins, pilot, f->channel.noise);
}

void wifi_front_symbol(struct wifi_front *f, const int8_t *pilot, size_t m,
                       float complex *z)
{
    float complex bins[N], sent[OFDM20_PILOTS];
    float p = f->polarity[m % OFDM20_POLARITY];

    for (int k = 0; k < OFDM20_PILOTS; k++) {
        sent[k] = f->channel.h[ofdm20_pilot_bin[k]] * (p * (float)pilot[k]);
    }
    receive(f, sent);
    wifi_track_equalize(&f->track, &f->channel, f->bins, bins);
    for (int t = 0; t < f->tones->n; t++) {
        z[t] = bins[f->tones->bin[t]];
    }
}

void wifi_front_pair(struct wifi_front *f, size_t m, float complex *a,
                     float complex *b)
{
    float complex bins[2][N], sent[OFDM20_PILOTS];

    for (size_t k = 0; k < 2; k++) {
        float p = f->polarity[(m + k + 3) % OFDM20_POLARITY];
        int8_t one[OFDM20_PILOTS], two[OFDM20_PILOTS];
        ofdm20_ht_pilots_of_two((unsigned)(m + k), 0, one);
        ofdm20_ht_pilots_of_two((unsigned)(m + k), 1, two);
        for (int j = 0; j < OFDM20_PILOTS; j++) {
            int bin = ofdm20_pilot_bin[j];
            sent[j] = f->channel.h[bin] * (p * (float)one[j]) +
                      f->second.h[bin] * (p * (float)two[j]);
        }
        receive(f, sent);
        wifi_track_turn(&f->track, f->bins, bins[k]);
        wifi_front_follow_clock(f);
    }
    for (int t = 0; t < f->tones->n; t++) {
        int bin = f->tones->bin[t];
        float complex h1 = f->channel.h[bin], h2 = f->second.h[bin];
        a[t] = cf_mul_conj(bins[0][bin], h1) + cf_mul_conj(h2, bins[1][bin]);
        b[t] = cf_mul_conj(bins[1][bin], h1) - cf_mul_conj(h2, bins[0][bin]);
    }
}

void wifi_front_learn(struct wifi_front *f, const int8_t *sent)
{
    float at_bin[N] = {0};
    float complex y[N];
    float complex sum = 0;

    for (int t = 0; t < f->legacy.n; t++) {
        at_bin[f->legacy.bin[t]] = sent[t];
    }
    for (int k = 0; k < OFDM20_PILOTS; k++) {
        at_bin[ofdm20_pilot_bin[k]] = ofdm20_pilot[k];
    }
    for (int k = 0; k < N; k++) {
        sum += cf_mul_conj(f->bins[k], f->channel.h[k]) * at_bin[k];
    }

    float off = isfinite(cabsf(sum)) ? cargf(sum) : 0;
    float prior = signal_phase_var(&f->channel);
    float var = f->channel.noise / (f->channel.power * OFDM20_TONES);
    float part = (float)OFDM20_SYMBOL / LOOK_DISTANCE;
    float trust = prior / (prior + var);

    for (int k = 0; k < N; k++) {
        y[k] = cf_mul(f->bins[k], cf_polar(-off));
    }
    wifi_channel_refine(&f->channel, y, at_bin);
    wifi_channel_smooth(&f->channel, &f->smoother, 3);
    set_tones(f, &f->legacy);
    wifi_track_init(&f->track, off, off * trust * part, var,
                    prior * (1 - trust) * part * part);
}

/* Two HT-LTFs: the second antenna sends both alike, the first the second one
 * inverted. */
static void learn_two(struct wifi_front *f, const float complex *first,
                      const float complex *ltf)
{
    float complex sum[N], difference[N];
    float complex turn = cf_polar(f->track.phase.v); /* from one to the next */

    for (int k = 0; k < N; k++) {
        float complex y = cf_mul(first[k], turn);
        sum[k] = (y + f->bins[k]) / 2;
        difference[k] = (y - f->bins[k]) / 2;
    }
    f->second.noise = f->channel.noise;
    wifi_channel_estimate_one(&f->channel, difference, ltf);
    wifi_channel_estimate_one(&f->second, sum, ltf);
    wifi_channel_smooth(&f->channel, &f->ht_smoother, 2);
    wifi_channel_smooth(&f->second, &f->ht_smoother, 2);
    set_tones(f, &f->ht);
    for (int t = 0; t < f->tones->n; t++) {
        f->gain[t] += cf_norm(f->second.h[f->tones->bin[t]]);
    }
    f->mean_gain += f->second.power;
}

void wifi_front_learn_ht(struct wifi_front *f, bool short_gi, bool stbc)
{
    float complex ltf[N], first[N];

    f->window += OFDM20_SYMBOL; /* HT-STF: only for gain control */
    transform(f, f->window);
    f->window += OFDM20_SYMBOL;
    ofdm20_ht_ltf(ltf);
    if (stbc) {
        memcpy(first, f->bins, sizeof first);
        transform(f, f->window);
        f->window += OFDM20_SYMBOL;
        learn_two(f, first, ltf);
    } else {
        wifi_channel_estimate_one(&f->channel, f->bins, ltf);
        wifi_channel_smooth(&f->channel, &f->ht_smoother, 1);
        set_tones(f, &f->ht);
    }
    /* Phase and clock are seen from here on: the channel holds them. */
    wifi_track_rebase(&f->track, stbc ? 3 : 2,
                      f->channel.noise / (f->mean_gain * OFDM20_HT_TONES));
    if (short_gi) {
        f->step = OFDM20_SHORT_SYMBOL;
        f->window -= OFDM20_CP - OFDM20_SHORT_CP;
    }
}

void wifi_front_follow_clock(struct wifi_front *f)
{
    struct wifi_drift *slope = &f->track.slope;

    if (slope->x > shift_at) {
        slope->x -= sample_slope;
        f->window--;
        f->slack++;
    } else if (slope->x < -shift_at && f->slack > 0) {
        slope->x += sample_slope;
        f->window++;
        f->slack--;
    }
}

size_t wifi_front_csi(const struct wifi_front *f, float complex *csi)
{
    const struct wifi_smoother *s =
        f->tones == &f->ht ? &f->ht_smoother : &f->smoother;
    float scale = f->channel.power > 0 ? 1 / sqrtf(f->channel.power) : 0;

    for (int k = 0; k < s->n; k++) {
        float complex v = f->channel.h[s->bin[k]] * scale;
        csi[k] = isfinite(crealf(v)) && isfinite(cimagf(v)) ? v : 0;
    }
    return (size_t)s->n;
}

float wifi_front_cfo_hz(const struct wifi_front *f)
{
    return (f->cfo + f->track.phase.v / (float)f->step) *
           (float)(OFDM20_RATE_HZ / (2 * M_PI));
}

float wifi_front_snr(const struct wifi_front *f)
{
    return f->channel.power * OFDM20_TONES / (f->channel.noise * N);
}
