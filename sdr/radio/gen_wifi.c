/* gen_wifi.c - from PSDU bytes to samples, a symbol at a time. */
#include "sdr/radio/gen_wifi.h"

#include <stdlib.h>
#include <string.h>

#include <liquid/liquid.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/crc32.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/dsp/viterbi_k7.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/dsp/wifi_ldpc.h"

enum {
    N = OFDM20_FFT,
    /* Cyclic shifts of a second antenna in samples: 200 ns in fields that all
     * understand, 400 ns in those of HT (Tables 19-9 and 19-10). */
    AHEAD = 4,
    HT_AHEAD = 8,
};

/* What the symbols of a field have in common. */
struct field {
    size_t tones; /* that carry data */
    uint8_t bin[OFDM20_HT_DATA_TONES];
    float scale; /* of a tone */
};

struct gen_wifi {
    float complex stf[OFDM20_STF_PERIOD];
    float complex ltf[N];
    struct field legacy, ht;
    int8_t polarity[OFDM20_POLARITY];
    fftplan ifft; /* bins to wave */
    float complex bins[N];
    float complex wave[N];
    uint8_t payload[WIFI_PHY_SERVICE_BITS + 8 * WIFI_HT_PSDU_MAX];
    uint8_t coded[(WIFI_HT_SAMPLES_MAX / OFDM20_SHORT_SYMBOL + 1) *
                  WIFI_PHY_CBPS_MAX]; /* of all DATA symbols */
};

int gen_wifi_open(struct gen_wifi **out)
{
    struct gen_wifi *g = calloc(1, sizeof *g);

    if (g == NULL) {
        return ERR_NO_MEM;
    }
    g->ifft = fft_create_plan(N, g->bins, g->wave, LIQUID_FFT_BACKWARD, 0);
    if (g->ifft == NULL) {
        gen_wifi_close(g);
        return ERR_NO_MEM;
    }
    ofdm20_stf_time(g->stf);
    ofdm20_ltf_time(g->ltf);
    g->legacy.tones = OFDM20_DATA_TONES;
    g->legacy.scale = OFDM20_SCALE;
    ofdm20_data_tones(g->legacy.bin);
    g->ht.tones = OFDM20_HT_DATA_TONES;
    g->ht.scale = OFDM20_HT_SCALE;
    ofdm20_ht_data_tones(g->ht.bin);
    ofdm20_polarity(g->polarity);
    *out = g;
    return 0;
}

void gen_wifi_close(struct gen_wifi *g)
{
    if (g != NULL && g->ifft != NULL) {
        (void)fft_destroy_plan(g->ifft); /* frees; has nothing to say */
    }
    free(g);
}

static bool is_ht(const struct gen_wifi_frame *f)
{
    return f->rate->mbps == 0;
}

static size_t n_symbols(const struct gen_wifi_frame *f)
{
    if (f->ldpc) {
        return wifi_ldpc_plan(f->rate, f->psdu_len, f->stbc ? 2 : 1).n_symbols;
    }
    return f->stbc ? wifi_phy_symbols_stbc(f->rate, f->psdu_len)
                   : wifi_phy_symbols(f->rate, f->psdu_len);
}

static size_t data_at(const struct gen_wifi_frame *f)
{
    return !is_ht(f) ? OFDM20_DATA_AT
           : f->stbc ? OFDM20_HT_DATA_AT_2
                     : OFDM20_HT_DATA_AT;
}

size_t gen_wifi_length(const struct gen_wifi_frame *f)
{
    return data_at(f) +
           n_symbols(f) * (f->short_gi ? OFDM20_SHORT_SYMBOL : OFDM20_SYMBOL);
}

void gen_wifi_scrambled(const struct gen_wifi_frame *f, size_t m, uint8_t *bits)
{
    size_t first = m * f->rate->dbps;
    size_t tail = WIFI_PHY_SERVICE_BITS + 8 * f->psdu_len;
    unsigned state = f->scrambler;
    uint8_t skipped[127] = {0};

    for (size_t k = 0; k < f->rate->dbps; k++) {
        size_t at = first + k - WIFI_PHY_SERVICE_BITS; /* wraps in SERVICE */
        unsigned byte = at < 8 * f->psdu_len ? f->psdu[at / 8] : 0;

        bits[k] = (uint8_t)(byte >> at % 8 & 1);
    }
    state = wifi_phy_scramble(skipped, first % 127, state); /* its period */
    (void)wifi_phy_scramble(bits, f->rate->dbps, state); /* no more to come */
    for (size_t k = 0; k < f->rate->dbps; k++) {
        if (first + k >= tail && first + k < tail + WIFI_PHY_TAIL_BITS) {
            bits[k] = 0;
        }
    }
}

void gen_wifi_interleaved(const struct wifi_phy_rate *rate, const uint8_t *bits,
                          unsigned *state, uint8_t *out)
{
    uint8_t coded[2 * WIFI_PHY_DBPS_MAX] = {0};
    uint16_t map[WIFI_PHY_CBPS_MAX] = {0};

    wifi_phy_map(rate, map);
    *state = viterbi_k7_encode(*state, bits, rate->dbps, coded);
    for (size_t k = 0; k < rate->cbps; k++) {
        out[k] = coded[map[k]];
    }
}

/* Level of one axis, 17.3.5.8: Gray-coded odd numbers. */
static float axis(const uint8_t *b, int n)
{
    static const int8_t four[4] = {-3, -1, 3, 1};
    static const int8_t eight[8] = {-7, -5, -1, -3, 7, 5, 1, 3};

    switch (n) {
    case 1: return b[0] ? 1 : -1;
    case 2: return four[b[0] << 1 | b[1]];
    default: return eight[b[0] << 2 | b[1] << 1 | b[2]];
    }
}

static float complex point(const uint8_t *b, size_t bpsc)
{
    switch (bpsc) {
    case 1: return axis(b, 1);
    case 2: return cf(axis(b, 1), axis(b + 1, 1)) * 0.707106781f;
    case 4: return cf(axis(b, 2), axis(b + 2, 2)) * 0.316227766f;
    default: return cf(axis(b, 3), axis(b + 3, 3)) * 0.154303350f;
    }
}

/* A symbol of g->bins, 'ahead' samples early (cyclically), behind a prefix of
 * 'cp' samples. */
static void wave(struct gen_wifi *g, size_t cp, size_t ahead, float complex *x)
{
    (void)fft_execute(g->ifft); /* cannot fail with a plan */
    for (size_t k = 0; k < cp + N; k++) {
        x[k] = g->wave[(k + N - cp + ahead) % N];
    }
}

/* Pilots of a symbol into g->bins. */
static void set_pilots(struct gen_wifi *g, const int8_t *pilot, size_t m,
                       float scale)
{
    float p = g->polarity[m % OFDM20_POLARITY];

    for (int k = 0; k < OFDM20_PILOTS; k++) {
        g->bins[ofdm20_pilot_bin[k]] = p * (float)pilot[k] * scale;
    }
}

/* A header: 'n' symbols at 6 Mbit/s from number 'm' on, turned. */
static void header(struct gen_wifi *g, const uint8_t *bits, size_t n, size_t m,
                   float complex turn, size_t ahead, float complex *x)
{
    uint8_t sent[WIFI_PHY_CBPS_MAX] = {0};
    unsigned state = 0;

    for (size_t k = 0; k < n; k++) {
        gen_wifi_interleaved(&wifi_phy_rate[0], bits + k * WIFI_PHY_SIGNAL_BITS,
                             &state, sent);
        memset(g->bins, 0, sizeof g->bins);
        for (size_t t = 0; t < OFDM20_DATA_TONES; t++) {
            g->bins[g->legacy.bin[t]] =
                point(sent + t, 1) * turn * OFDM20_SCALE;
        }
        set_pilots(g, ofdm20_pilot, m + k, OFDM20_SCALE);
        wave(g, OFDM20_CP, ahead, x + k * OFDM20_SYMBOL);
    }
}

static void preamble(const struct gen_wifi *g, size_t ahead, float complex *x)
{
    for (size_t k = 0; k < OFDM20_STF; k++) {
        x[k] = g->stf[(k + ahead) % OFDM20_STF_PERIOD];
    }
    for (size_t k = OFDM20_STF; k < OFDM20_SIGNAL; k++) {
        x[k] = g->ltf[(k + ahead - OFDM20_LTF + N) % N];
    }
}

/* LENGTH of the L-SIG of an HT frame: those who know no HT wait as long,
 * 19.3.9.3.5. */
static unsigned lsig_length(const struct gen_wifi_frame *f)
{
    size_t us4 = (gen_wifi_length(f) - OFDM20_DATA_AT + OFDM20_SYMBOL - 1) /
                 OFDM20_SYMBOL;

    return (unsigned)(3 * us4 - 3);
}

/* HT-SIG and training fields; with STBC there are two HT-LTFs, the second of
 * which the first antenna sends inverted (19.3.9.4.6). */
static void ht_header(struct gen_wifi *g, const struct gen_wifi_frame *f,
                      float complex *x)
{
    uint8_t bits[WIFI_HT_SIG_BITS];
    size_t ahead = f->second ? HT_AHEAD : 0;

    wifi_ht_sig_pack(&(struct wifi_ht_sig){.mcs = f->rate->code,
                                           .length = (uint16_t)f->psdu_len,
                                           .smoothing = true,
                                           .aggregated = f->aggregated,
                                           .stbc = f->stbc,
                                           .ldpc = f->ldpc,
                                           .short_gi = f->short_gi},
                     bits);
    header(g, bits, 2, 1, I, f->second ? AHEAD : 0, x + OFDM20_HT_SIG_AT);
    for (size_t k = 0; k < OFDM20_SYMBOL; k++) {
        x[OFDM20_HT_STF_AT + k] = g->stf[(k + ahead) % OFDM20_STF_PERIOD];
    }
    for (size_t at = OFDM20_HT_LTF_AT; at < data_at(f); at += OFDM20_SYMBOL) {
        bool inverted = at > OFDM20_HT_LTF_AT && !f->second;
        ofdm20_ht_ltf(g->bins);
        for (int k = 0; k < N; k++) {
            g->bins[k] *= inverted ? -OFDM20_HT_SCALE : OFDM20_HT_SCALE;
        }
        wave(g, OFDM20_CP, ahead, x + at);
    }
}

/* All coded bits of the DATA field to g->coded. */
static void code(struct gen_wifi *g, const struct gen_wifi_frame *f)
{
    uint8_t bits[WIFI_PHY_DBPS_MAX] = {0};
    size_t n = n_symbols(f);
    unsigned state = 0;

    if (!f->ldpc) {
        for (size_t m = 0; m < n; m++) {
            gen_wifi_scrambled(f, m, bits);
            gen_wifi_interleaved(f->rate, bits, &state,
                                 g->coded + m * f->rate->cbps);
        }
        return;
    }
    struct wifi_ldpc_plan p =
        wifi_ldpc_plan(f->rate, f->psdu_len, f->stbc ? 2 : 1);
    memset(g->payload, 0, WIFI_PHY_SERVICE_BITS);
    for (size_t k = 0; k < 8 * f->psdu_len; k++) {
        g->payload[WIFI_PHY_SERVICE_BITS + k] = f->psdu[k / 8] >> k % 8 & 1;
    }
    (void)wifi_phy_scramble(g->payload, p.n_payload, f->scrambler); /* ends */
    wifi_ldpc_send(&p, g->payload, g->coded);
}

/* What an antenna sends on tone t in DATA symbol m.  Of a pair (a, b) the
 * second sends -b*, a* (Table 19-18). */
static float complex data_point(const struct gen_wifi *g,
                                const struct gen_wifi_frame *f, size_t m,
                                size_t t)
{
    const struct wifi_phy_rate *rate = f->rate;
    size_t from = f->second ? m ^ 1 : m;
    float complex d =
        point(g->coded + from * rate->cbps + t * rate->bpsc, rate->bpsc);

    return !f->second ? d : m % 2 == 0 ? -conjf(d) : conjf(d);
}

void gen_wifi(struct gen_wifi *g, const struct gen_wifi_frame *f,
              float complex *x)
{
    bool ht = is_ht(f);
    const struct wifi_phy_signal s = {ht ? &wifi_phy_rate[0] : f->rate,
                                      ht ? lsig_length(f)
                                         : (unsigned)f->psdu_len};
    const struct field *field = ht ? &g->ht : &g->legacy;
    size_t n = n_symbols(f), cp = f->short_gi ? OFDM20_SHORT_CP : OFDM20_CP;
    size_t ahead = f->second ? AHEAD : 0;
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];
    int8_t pilot[OFDM20_PILOTS];

    preamble(g, ahead, x);
    wifi_phy_signal_pack(&s, bits);
    header(g, bits, 1, 0, 1, ahead, x + OFDM20_SIGNAL);
    if (ht) {
        ht_header(g, f, x);
    }
    code(g, f);
    x += data_at(f);
    memcpy(pilot, ofdm20_pilot, sizeof pilot);
    for (size_t m = 0; m < n; m++) {
        memset(g->bins, 0, sizeof g->bins);
        for (size_t t = 0; t < field->tones; t++) {
            g->bins[field->bin[t]] = data_point(g, f, m, t) * field->scale;
        }
        if (f->stbc) {
            ofdm20_ht_pilots_of_two((unsigned)m, f->second, pilot);
        } else if (ht) {
            ofdm20_ht_pilots((unsigned)m, pilot);
        }
        set_pilots(g, pilot, ht ? m + 3 : m + 1, field->scale);
        wave(g, cp, f->second ? HT_AHEAD : 0, x);
        x += cp + N;
    }
}

void gen_wifi_fcs(uint8_t *mpdu, size_t n)
{
    le32_store(mpdu + n, crc32_update(0, mpdu, n));
}
