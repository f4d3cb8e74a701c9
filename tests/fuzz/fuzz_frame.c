/*
 * fuzz_frame.c - the decoder of one OFDM frame of Wi-Fi: the input says what
 * L-SIG and HT-SIG are (also such as no sender makes), which symbols follow
 * (points of the input, or those of another frame) and which samples are moved.
 * A decoder keeps nothing: a sound frame behind it comes out right.
 */
#include <math.h>
#include <string.h>

#include "sdr/dsp/viterbi_k7.h"
#include "sdr/dsp/wifi_ampdu.h"
#include "sdr/fn/wifi_rx/wifi_decode.h"
#include "sdr/radio/gen_wifi.h"
#include "tests/fuzz/fuzz.h"

enum {
    PSDU_MAX = 400,
    SYMBOLS = 40, /* of DATA, at most; no more are there */
    ROOM = WIFI_DECODE_MIN + OFDM20_HT_DATA_AT_2 + SYMBOLS * OFDM20_SYMBOL,
    LAST_BYTES = 30,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct wifi_decoder *decoder;
static struct gen_wifi *sender;
static struct wifi_frame out;
static uint8_t last_psdu[LAST_BYTES];
static float complex last[ROOM], x[ROOM];
static size_t last_n;
static float complex wave[OFDM20_FFT][OFDM20_SYMBOL]; /* of each bin */
static uint16_t map[WIFI_PHY_CBPS_MAX];
static uint8_t legacy_bin[OFDM20_DATA_TONES], ht_bin[OFDM20_HT_DATA_TONES];
static int8_t polarity[OFDM20_POLARITY];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct gen_wifi_frame f = {.rate = &wifi_phy_rate[4],
                               .psdu = last_psdu,
                               .psdu_len = LAST_BYTES,
                               .scrambler = 1};

    (void)argc;
    (void)argv;
    CHECK(wifi_decode_open(&decoder) == 0);
    CHECK(gen_wifi_open(&sender) == 0);
    gen_wifi_fcs(last_psdu, LAST_BYTES - 4);
    gen_wifi(sender, &f, last + WIFI_DECODE_LEAD);
    last_n = WIFI_DECODE_LEAD + gen_wifi_length(&f) + 16;
    CHECK(last_n >= WIFI_DECODE_MIN && last_n <= ROOM);
    wifi_phy_map(&wifi_phy_rate[0], map);
    ofdm20_data_tones(legacy_bin);
    ofdm20_ht_data_tones(ht_bin);
    ofdm20_polarity(polarity);
    for (int b = 0; b < OFDM20_FFT; b++) {
        for (int k = 0; k < OFDM20_SYMBOL; k++) {
            float turn = (float)(b * (k - OFDM20_CP) % OFDM20_FFT) / OFDM20_FFT;
            wave[b][k] = cexpf(I * (float)(2 * M_PI) * turn) * OFDM20_SCALE;
        }
    }
    for (unsigned k = 0; k < 256; k++) { /* each kind, sent so and rewritten */
        uint8_t input[8] = {0, (uint8_t)k, 20, 1};
        seed(k, input, sizeof input);
        input[0] = 5;
        seed(256 + k, input, sizeof input);
    }
    return 0;
}

/* Writes 'n' samples, the last ones of a symbol. */
static void put_symbol(const float complex bins[OFDM20_FFT], size_t n,
                       float complex *to)
{
    memset(to, 0, n * sizeof *to);
    for (size_t b = 0; b < OFDM20_FFT; b++) {
        for (size_t k = 0; k < n && bins[b] != 0; k++) {
            to[k] += bins[b] * wave[b][OFDM20_SYMBOL - n + k];
        }
    }
}

/* Symbols of a header from number m on, 24 bits each. */
static void put_header(const uint8_t *bits, size_t n, size_t m,
                       float complex turn, float complex *to)
{
    uint8_t coded[2 * WIFI_HT_SIG_BITS];

    (void)viterbi_k7_encode(0, bits, n * WIFI_PHY_SIGNAL_BITS, coded);
    for (size_t k = 0; k < n; k++) {
        float complex bins[OFDM20_FFT] = {0};
        for (size_t t = 0; t < OFDM20_DATA_TONES; t++) {
            bins[legacy_bin[t]] = coded[k * 48 + map[t]] ? turn : -turn;
        }
        for (size_t t = 0; t < OFDM20_PILOTS; t++) {
            bins[ofdm20_pilot_bin[t]] =
                (float)(ofdm20_pilot[t] * polarity[m + k]);
        }
        put_symbol(bins, OFDM20_SYMBOL, to + k * OFDM20_SYMBOL);
    }
}

/* A symbol of points -7, -5 .. 7 as the input says, or of one corner. */
static void put_data(struct input *in, bool is_ht, size_t n, float complex *to)
{
    const uint8_t *bin = is_ht ? ht_bin : legacy_bin;
    size_t tones = is_ht ? OFDM20_HT_DATA_TONES : OFDM20_DATA_TONES;
    float complex bins[OFDM20_FFT] = {0};
    unsigned v = 0;

    for (size_t t = 0; t < tones; t++) {
        v = in->n > 0 ? take(in, 1) : v * 5 + 1;
        bins[bin[t]] = ((float)(2 * (v & 7)) - 7) / 6.5f +
                       I * ((float)(2 * (v >> 3 & 7)) - 7) / 6.5f;
    }
    for (size_t t = 0; t < OFDM20_PILOTS; t++) {
        bins[ofdm20_pilot_bin[t]] = (float)ofdm20_pilot[t];
    }
    put_symbol(bins, n, to);
}

/* A frame of the sender in x[WIFI_DECODE_LEAD ..]; its length. */
static size_t send(struct input *in, unsigned kind)
{
    static uint8_t psdu[PSDU_MAX + 1];
    struct gen_wifi_frame f = {
        .rate = kind & 8 ? &wifi_phy_ht[kind & 7] : &wifi_phy_rate[kind & 7],
        .psdu = psdu,
        .psdu_len = 1 + take(in, 1),
        .scrambler = 1 + take(in, 1) % 127,
        .short_gi = (kind & 16) != 0,
        .aggregated = (kind & 32) != 0,
        .stbc = (kind & 64) != 0,
        .ldpc = (kind & 128) != 0,
    };
    size_t at = 0;

    for (size_t k = 0; k < f.psdu_len; k++) {
        psdu[k] = (uint8_t)take(in, 1);
    }
    /* With delimiters now and then, and a right FCS. */
    for (unsigned k = take(in, 1) % 4; k > 0; k--) {
        size_t len = take(in, 1) % 32;
        if (at + WIFI_AMPDU_DELIMITER + len + 4 <= f.psdu_len) {
            wifi_ampdu_delimiter((unsigned)len + 4, psdu + at);
            gen_wifi_fcs(psdu + at + WIFI_AMPDU_DELIMITER, len);
            at += (WIFI_AMPDU_DELIMITER + len + 4 + 3) / 4 * 4;
        }
    }
    while (WIFI_DECODE_LEAD + gen_wifi_length(&f) > ROOM) {
        f.psdu_len /= 2;
    }
    gen_wifi(sender, &f, x + WIFI_DECODE_LEAD);
    return gen_wifi_length(&f);
}

/* L-SIG, and HT-SIG of 6 Mbit/s, as the input says, and DATA of the input. */
static size_t rewrite(struct input *in, unsigned how, size_t n)
{
    uint8_t bits[WIFI_HT_SIG_BITS] = {0};
    struct wifi_phy_signal s = {&wifi_phy_rate[how & 2 ? take(in, 1) & 7 : 0],
                                1 + take(in, 2) % WIFI_PHY_PSDU_MAX};
    float complex *frame = x + WIFI_DECODE_LEAD;
    unsigned flags = take(in, 1), many = take(in, 1);
    bool is_ht = (how & 2) == 0;
    struct wifi_ht_sig ht = {.mcs = (uint8_t)(take(in, 1) % 77),
                             .wide = (flags & 1) != 0,
                             .length = (uint16_t)take(in, 2),
                             .sounding = (flags & 2) != 0,
                             .aggregated = (flags & 4) != 0,
                             .stbc = flags >> 3 & 3,
                             .ldpc = (flags & 32) != 0,
                             .short_gi = (flags & 64) != 0,
                             .extra_ltfs = flags & 128 ? many & 3 : 0};

    ht.mcs = many & 64 ? ht.mcs : ht.mcs & 7; /* most are of one stream */
    ht.length = many & 128 ? ht.length : ht.length % 256;
    wifi_phy_signal_pack(&s, bits);
    put_header(bits, 1, 0, 1, frame + OFDM20_SIGNAL);
    size_t at = OFDM20_DATA_AT, step = OFDM20_SYMBOL;
    if (is_ht) {
        wifi_ht_sig_pack(&ht, bits);
        put_header(bits, 2, 1, I, frame + OFDM20_HT_SIG_AT);
        at = ht.stbc != 0 ? OFDM20_HT_DATA_AT_2 : OFDM20_HT_DATA_AT;
        step = ht.short_gi ? OFDM20_SHORT_SYMBOL : OFDM20_SYMBOL;
    }
    size_t n_new = how & 4 ? many % SYMBOLS : 0;
    for (size_t k = 0; k < n_new; k++, at += step) {
        put_data(in, is_ht, step, frame + at);
    }
    return at > n ? at : n;
}

/* Samples of 8 bits, of any bits, or moved from elsewhere. */
static void spoil(struct input *in, size_t n)
{
    for (unsigned k = take(in, 1) % 8; k > 0; k--) {
        unsigned how = take(in, 1);
        size_t at = take(in, 2) % n, from = take(in, 2) % n;
        size_t len = 1 + how / 4;
        len = at + len <= n && from + len <= n ? len : 1;
        for (size_t j = 0; j < len; j++) {
            float part[2] = {(float)(int8_t)take(in, 1) / 64,
                             (float)(int8_t)take(in, 1) / 64};
            if (how % 4 == 0) {
                uint32_t any = take(in, 2) << 16;
                memcpy(&part[0], &any, sizeof any);
            } else if (how % 4 != 1) {
                memcpy(part, &x[from + j], sizeof part);
            }
            memcpy(&x[at + j], part, sizeof part);
        }
    }
}

/* Exactly the samples given; no byte behind them is ours. */
static int decode(const float complex *samples, size_t n)
{
    float complex *copy = malloc(n * sizeof *copy + (n == 0));
    size_t needed = 0;

    CHECK(copy != NULL);
    memcpy(copy, samples, n * sizeof *copy);
    int got = wifi_decode(decoder, copy, n, &out, &needed);
    free(copy);
    CHECK(got == WIFI_DECODE_NONE || got == WIFI_DECODE_FRAME ||
          got == WIFI_DECODE_MORE);
    if (got == WIFI_DECODE_MORE) {
        CHECK(needed > n && needed <= WIFI_DECODE_MAX);
    }
    return got;
}

static void check(size_t n)
{
    CHECK(out.start < n && out.start < out.end);
    CHECK(out.psdu_len <= WIFI_HT_PSDU_MAX);
    CHECK(out.n_csi <= OFDM20_HT_TONES);
    CHECK(out.header_only == (out.psdu_len == 0));
    CHECK(isfinite(out.cfo_hz) && isfinite(out.snr_db) && isfinite(out.evm_db));
    for (size_t k = 0; k < out.n_csi; k++) {
        CHECK(isfinite(crealf(out.csi[k])) && isfinite(cimagf(out.csi[k])));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data)
{
    struct input in = {data, n_data};
    unsigned how = take(&in, 1);

    memset(x, 0, sizeof x);
    size_t n = send(&in, take(&in, 1));
    n = how & 1 ? rewrite(&in, how, n) : n;
    n += WIFI_DECODE_LEAD + (how & 8 ? 0u : 60u);
    n = n < WIFI_DECODE_MIN ? WIFI_DECODE_MIN : n < ROOM ? n : ROOM;
    if (how & 16) {
        spoil(&in, n);
    }
    if (how & 32) {
        n = take(&in, 2) % (n + 1);
    }
    if (decode(x, n) == WIFI_DECODE_FRAME) {
        check(n);
    }
    if (how & 64) {
        CHECK(decode(last, last_n) == WIFI_DECODE_FRAME);
        CHECK(out.fcs_ok && out.psdu_len == LAST_BYTES);
        CHECK(memcmp(out.psdu, last_psdu, LAST_BYTES) == 0);
    }
    return 0;
}
