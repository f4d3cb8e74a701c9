/*
 * wifi_decode.c - one frame, from its preamble to its FCS.
 *
 * Phases are relative to the FFT window of the first long training symbol, at
 * 'origin'; the window of symbol m (0 is SIGNAL) begins 144 + 80 m later.
 */
#include "sdr/fn/wifi_rx/wifi_decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/crc32.h"
#include "sdr/dsp/viterbi_k7.h"
#include "sdr/fn/wifi_rx/wifi_channel.h"
#include "sdr/fn/wifi_rx/wifi_demap.h"
#include "sdr/fn/wifi_rx/wifi_sync.h"
#include "sdr/fn/wifi_rx/wifi_track.h"

enum {
    N = OFDM20_FFT,
    TONES = OFDM20_DATA_TONES,
    FIRST_WINDOW = 2 * N + OFDM20_CP, /* SIGNAL's, from 'origin' */
    /* From 'origin' back to the frame's first sample. */
    TO_START = OFDM20_LTF - WIFI_CHANNEL_BACKOFF,
    /* From the middle of the two training symbols to that of SIGNAL. */
    LOOK_DISTANCE = FIRST_WINDOW + N / 2 - N,
    MPDU_MIN = 14, /* bytes: ACK and CTS, the shortest with an FCS */
    FCS_BYTES = 4,
};

static const float shift_at = 0.0736311f;     /* rad a tone: 0.75 sample */
static const float sample_slope = 0.0981748f; /* rad a tone: 1 sample */

struct wifi_decoder {
    struct wifi_sync sync;
    struct wifi_smoother smoother;
    struct viterbi_k7 viterbi;
    uint8_t data_bin[TONES];
    int8_t polarity[OFDM20_POLARITY];
    uint16_t map[WIFI_PHY_RATES][WIFI_PHY_CBPS_MAX];
    fftplan fft; /* fft_in to fft_out */
    float complex fft_in[N];
    float complex fft_out[N];

    /* The frame at hand. */
    const float complex *x;
    size_t origin;
    float cfo;     /* rad a sample */
    size_t window; /* where the next symbol's FFT window begins */
    size_t slack;  /* samples that are left after the last window */
    float error;   /* sum of squared distances, see wifi_demap_error() */
    struct wifi_channel channel;
    struct wifi_track track;
    float gain[TONES]; /* |h|^2 of the data tones */
    int8_t soft[2 * (VITERBI_K7_BITS_MAX + WIFI_PHY_DBPS_MAX)];
    uint8_t bits[VITERBI_K7_BITS_MAX];
};

int wifi_decode_open(struct wifi_decoder **out)
{
    struct wifi_decoder *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return ERR_NO_MEM;
    }
    w->fft = fft_create_plan(N, w->fft_in, w->fft_out, LIQUID_FFT_FORWARD, 0);
    if (w->fft == NULL) {
        wifi_decode_close(w);
        return ERR_NO_MEM;
    }
    wifi_sync_init(&w->sync);
    wifi_smoother_init(&w->smoother);
    ofdm20_data_tones(w->data_bin);
    ofdm20_polarity(w->polarity);
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        wifi_phy_map(&wifi_phy_rate[k], w->map[k]);
    }
    *out = w;
    return 0;
}

void wifi_decode_close(struct wifi_decoder *w)
{
    if (w != NULL && w->fft != NULL) {
        (void)fft_destroy_plan(w->fft); /* frees; has nothing to say */
    }
    free(w);
}

const char *wifi_format_name(enum wifi_format format)
{
    static const char *const name[] = {"non-ht", "ht", "vht"};

    return name[format];
}

/* FFT of the 64 samples at 'at', the carrier offset removed, to fft_out. */
static void transform(struct wifi_decoder *w, size_t at)
{
    double turned = (double)w->cfo * ((double)at - (double)w->origin);

    wifi_sync_derotate(w->x + at, N, (float)fmod(turned, 2 * M_PI), w->cfo,
                       w->fft_in);
    (void)fft_execute(w->fft); /* cannot fail with a plan */
}

/* Moves the window by a sample when the sample clocks have come apart. */
static void follow_clock(struct wifi_decoder *w)
{
    struct wifi_drift *slope = &w->track.slope;

    if (slope->x > shift_at) {
        slope->x -= sample_slope;
        w->window--;
        w->slack++;
    } else if (slope->x < -shift_at && w->slack > 0) {
        slope->x += sample_slope;
        w->window++;
        w->slack--;
    }
}

/* Receives symbol m: bins in fft_out, equalized data tones to z[TONES]. */
static void symbol(struct wifi_decoder *w, size_t m, float complex *z)
{
    float complex bins[N];

    transform(w, w->window);
    w->window += OFDM20_SYMBOL;
    wifi_track_symbol(&w->track, &w->channel, w->fft_out,
                      w->polarity[m % OFDM20_POLARITY]);
    wifi_track_equalize(&w->track, &w->channel, w->fft_out, bins);
    for (int t = 0; t < TONES; t++) {
        z[t] = bins[w->data_bin[t]];
    }
}

static void set_gain(struct wifi_decoder *w)
{
    for (int t = 0; t < TONES; t++) {
        w->gain[t] = cf_norm(w->channel.h[w->data_bin[t]]);
    }
}

/* Soft bits of one symbol to 'soft' [2 * dbps]; erasures where punctured. */
static void demap(struct wifi_decoder *w, const struct wifi_phy_rate *rate,
                  const float complex *z, int8_t *soft)
{
    struct wifi_demap d = {
        .bpsc = rate->bpsc,
        .mean_gain = w->channel.power,
        .map = w->map[rate - wifi_phy_rate],
    };

    memset(soft, 0, (size_t)2 * rate->dbps);
    wifi_demap(&d, z, w->gain, soft);
}

/* Finds the preamble and estimates the channel; false: there is none. */
static bool acquire(struct wifi_decoder *w)
{
    size_t guess = WIFI_DECODE_LEAD + OFDM20_LTF - WIFI_SYNC_REACH;
    struct wifi_sync_found f;
    float complex first[N];
    float cfo;

    /* These samples are in the STF wherever it begins within the reach. */
    cfo = wifi_sync_cfo(w->x + WIFI_DECODE_LEAD + WIFI_SYNC_REACH +
                            OFDM20_STF_PERIOD,
                        OFDM20_STF - 2 * WIFI_SYNC_REACH - OFDM20_STF_PERIOD,
                        OFDM20_STF_PERIOD);
    if (!wifi_sync_find(&w->sync, w->x + guess, cfo, &f)) {
        return false;
    }
    w->origin = guess + (size_t)f.first - WIFI_CHANNEL_BACKOFF;
    w->cfo = f.cfo;
    w->window = w->origin + FIRST_WINDOW;
    w->slack = 0;
    w->error = 0;
    transform(w, w->origin);
    memcpy(first, w->fft_out, sizeof first);
    transform(w, w->origin + N);
    wifi_channel_estimate(&w->channel, first, w->fft_out);
    wifi_channel_smooth(&w->channel, &w->smoother, 2);
    set_gain(w);
    return w->channel.power > 0;
}

/* Variance of the acquired carrier offset, turned into one of SIGNAL's phase.
 */
static float signal_phase_var(const struct wifi_channel *c)
{
    float snr = c->power * OFDM20_TONES / (c->noise * N);
    float lag_var = (1 + 0.5f / snr) / (N * snr); /* of a phase over N */

    return lag_var * (float)(LOOK_DISTANCE * LOOK_DISTANCE) / (N * N);
}

/*
 * Takes SIGNAL, known by now to be 'bits', as one more training symbol: its
 * bins are in fft_out.  Sets channel, carrier phase and drift.
 */
static void learn_signal(struct wifi_decoder *w, const uint8_t *bits)
{
    uint8_t coded[OFDM20_DATA_TONES];
    float sent[N] = {0};
    float complex y[N];
    float complex sum = 0;
    const uint16_t *map = w->map[0];

    (void)viterbi_k7_encode(0, bits, WIFI_PHY_SIGNAL_BITS, coded); /* ends */
    for (int t = 0; t < TONES; t++) {
        sent[w->data_bin[t]] = coded[map[t]] ? 1 : -1;
    }
    for (int k = 0; k < OFDM20_PILOTS; k++) {
        sent[ofdm20_pilot_bin[k]] = ofdm20_pilot[k];
    }
    for (int k = 0; k < N; k++) {
        sum += cf_mul_conj(w->fft_out[k], w->channel.h[k]) * sent[k];
    }

    float off = isfinite(cabsf(sum)) ? cargf(sum) : 0;
    float prior = signal_phase_var(&w->channel);
    float var = w->channel.noise / (w->channel.power * OFDM20_TONES);
    float part = (float)OFDM20_SYMBOL / LOOK_DISTANCE;
    float trust = prior / (prior + var);

    for (int k = 0; k < N; k++) {
        y[k] = cf_mul(w->fft_out[k], cf_polar(-off));
    }
    wifi_channel_refine(&w->channel, y, sent);
    wifi_channel_smooth(&w->channel, &w->smoother, 3);
    set_gain(w);
    wifi_track_init(&w->track, off, off * trust * part, var,
                    prior * (1 - trust) * part * part);
}

/* Decodes SIGNAL; ERR_BAD_INPUT when it is not valid. */
static int receive_signal(struct wifi_decoder *w, struct wifi_phy_signal *s)
{
    float complex z[TONES];
    int8_t soft[2 * WIFI_PHY_SIGNAL_BITS];
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];
    float var = signal_phase_var(&w->channel);
    int err;

    wifi_track_init(&w->track, 0, 0, var, 0);
    symbol(w, 0, z);
    demap(w, &wifi_phy_rate[0], z, soft);
    viterbi_k7_decode(&w->viterbi, soft, WIFI_PHY_SIGNAL_BITS, bits);
    err = wifi_phy_signal_parse(bits, s);
    if (err == 0) {
        learn_signal(w, bits);
    }
    return err;
}

/* True when the next symbol's data tones lie on the imaginary axis. */
static bool rotated(struct wifi_decoder *w, size_t m)
{
    float complex z[TONES];
    float re = 0;
    float im = 0;

    symbol(w, m, z);
    for (int t = 0; t < TONES; t++) {
        re += crealf(z[t]) * crealf(z[t]);
        im += cimagf(z[t]) * cimagf(z[t]);
    }
    return im > re;
}

/*
 * What follows an L-SIG of 6 Mbit/s: HT-SIG is rotated in both symbols,
 * VHT-SIG-A in its second, a DATA field in none.
 */
static enum wifi_format look_ahead(struct wifi_decoder *w)
{
    struct wifi_track track = w->track;
    size_t window = w->window;
    bool one = rotated(w, 1);
    bool two = rotated(w, 2);

    w->track = track;
    w->window = window;
    return !two ? WIFI_NON_HT : one ? WIFI_HT : WIFI_VHT;
}

/* Decibels, -120 to 120 whatever the samples were. */
static float db(float ratio)
{
    return 10 * log10f(fminf(fmaxf(ratio, 1e-12f), 1e12f));
}

/* Descrambles the decoded bits and packs the PSDU; checks the FCS. */
static void finish_psdu(struct wifi_decoder *w, struct wifi_frame *out)
{
    size_t n_bits = WIFI_PHY_SERVICE_BITS + 8 * out->psdu_len;
    unsigned state = 0;

    for (size_t k = 0; k < 7; k++) { /* sent as zeros: the scrambler itself */
        state = state << 1 | w->bits[k];
    }
    (void)wifi_phy_scramble(w->bits + 7, n_bits - 7, state);
    for (size_t k = 0; k < out->psdu_len; k++) {
        const uint8_t *b = w->bits + WIFI_PHY_SERVICE_BITS + 8 * k;
        unsigned byte = 0;

        for (unsigned j = 0; j < 8; j++) {
            byte |= (unsigned)b[j] << j;
        }
        out->psdu[k] = (uint8_t)byte;
    }
    if (out->psdu_len >= MPDU_MIN) {
        size_t n = out->psdu_len - FCS_BYTES;

        out->fcs_ok = crc32_update(0, out->psdu, n) == le32_load(out->psdu + n);
    }
}

static void receive_data(struct wifi_decoder *w,
                         const struct wifi_phy_rate *rate,
                         struct wifi_frame *out)
{
    size_t n_symbols = wifi_phy_symbols(rate, out->lsig_len);
    float complex z[TONES];
    float gain = 0;

    for (size_t m = 1; m <= n_symbols; m++) {
        symbol(w, m, z);
        demap(w, rate, z, w->soft + 2 * (m - 1) * rate->dbps);
        w->error += wifi_demap_error(rate->bpsc, z, w->gain);
        follow_clock(w);
    }
    for (int t = 0; t < TONES; t++) {
        gain += w->gain[t];
    }
    out->evm_db = db(w->error / (gain * (float)n_symbols));
    out->psdu_len = out->lsig_len;
    viterbi_k7_decode(&w->viterbi, w->soft,
                      WIFI_PHY_SERVICE_BITS + 8 * out->psdu_len +
                          WIFI_PHY_TAIL_BITS,
                      w->bits);
    finish_psdu(w, out);
}

int wifi_decode(struct wifi_decoder *w, const float complex *x, size_t n,
                struct wifi_frame *out, size_t *n_needed)
{
    struct wifi_phy_signal s;

    if (n < WIFI_DECODE_MIN) {
        *n_needed = WIFI_DECODE_MIN;
        return WIFI_DECODE_MORE;
    }
    w->x = x;
    if (!acquire(w) || receive_signal(w, &s) < 0) {
        return WIFI_DECODE_NONE;
    }

    size_t start = w->origin - TO_START;
    size_t end = start + OFDM20_DATA_AT +
                 OFDM20_SYMBOL * wifi_phy_symbols(s.rate, s.length);

    if (n < end) {
        *n_needed = end;
        return WIFI_DECODE_MORE;
    }
    w->slack = n - end + WIFI_CHANNEL_BACKOFF;
    out->format = s.rate == &wifi_phy_rate[0] ? look_ahead(w) : WIFI_NON_HT;
    out->header_only = out->format != WIFI_NON_HT;
    out->fcs_ok = false;
    out->rate_mbps = s.rate->mbps;
    out->lsig_len = s.length;
    out->start = start;
    out->end = end;
    out->cfo_hz = (w->cfo + w->track.phase.v / OFDM20_SYMBOL) *
                  (float)(OFDM20_RATE_HZ / (2 * M_PI));
    out->snr_db = db(w->channel.power * OFDM20_TONES / (w->channel.noise * N));
    out->evm_db = 0;
    out->psdu_len = 0;
    if (!out->header_only) {
        receive_data(w, s.rate, out);
    }
    return WIFI_DECODE_FRAME;
}
