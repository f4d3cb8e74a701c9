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

enum { N = OFDM20_FFT, TONES = OFDM20_DATA_TONES };

struct gen_wifi {
    float complex stf[OFDM20_STF_PERIOD];
    float complex ltf[N];
    uint8_t data_bin[TONES];
    int8_t polarity[OFDM20_POLARITY];
    fftplan ifft; /* bins to wave */
    float complex bins[N];
    float complex wave[N];
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
    ofdm20_data_tones(g->data_bin);
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

size_t gen_wifi_length(const struct wifi_phy_rate *rate, size_t psdu_len)
{
    return OFDM20_DATA_AT + OFDM20_SYMBOL * wifi_phy_symbols(rate, psdu_len);
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

/* One symbol with its prefix: interleaved bits, pilots of polarity p_m. */
static void symbol(struct gen_wifi *g, const uint8_t *bits, size_t bpsc,
                   size_t m, float complex *x)
{
    float p = g->polarity[m % OFDM20_POLARITY];

    memset(g->bins, 0, sizeof g->bins);
    for (size_t t = 0; t < TONES; t++) {
        g->bins[g->data_bin[t]] = point(bits + t * bpsc, bpsc) * OFDM20_SCALE;
    }
    for (int k = 0; k < OFDM20_PILOTS; k++) {
        g->bins[ofdm20_pilot_bin[k]] =
            p * (float)ofdm20_pilot[k] * OFDM20_SCALE;
    }
    (void)fft_execute(g->ifft); /* cannot fail with a plan */
    memcpy(x, g->wave + N - OFDM20_CP, OFDM20_CP * sizeof *x);
    memcpy(x + OFDM20_CP, g->wave, N * sizeof *x);
}

static void preamble(const struct gen_wifi *g, float complex *x)
{
    for (size_t k = 0; k < OFDM20_STF; k++) {
        x[k] = g->stf[k % OFDM20_STF_PERIOD];
    }
    for (size_t k = OFDM20_STF; k < OFDM20_SIGNAL; k++) {
        x[k] = g->ltf[(k - OFDM20_LTF + N) % N];
    }
}

void gen_wifi(struct gen_wifi *g, const struct gen_wifi_frame *f,
              float complex *x)
{
    const struct wifi_phy_signal s = {f->rate, (unsigned)f->psdu_len};
    size_t n = wifi_phy_symbols(f->rate, f->psdu_len);
    uint8_t bits[WIFI_PHY_DBPS_MAX] = {0};
    uint8_t sent[WIFI_PHY_CBPS_MAX] = {0};
    unsigned state = 0;

    preamble(g, x);
    wifi_phy_signal_pack(&s, bits);
    gen_wifi_interleaved(&wifi_phy_rate[0], bits, &state, sent);
    symbol(g, sent, 1, 0, x + OFDM20_SIGNAL);
    state = 0;
    for (size_t m = 0; m < n; m++) {
        gen_wifi_scrambled(f, m, bits);
        gen_wifi_interleaved(f->rate, bits, &state, sent);
        symbol(g, sent, f->rate->bpsc, m + 1,
               x + OFDM20_DATA_AT + OFDM20_SYMBOL * m);
    }
}

void gen_wifi_fcs(uint8_t *mpdu, size_t n)
{
    le32_store(mpdu + n, crc32_update(0, mpdu, n));
}
