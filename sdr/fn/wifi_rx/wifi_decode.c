/* wifi_decode.c - one frame, from its preamble to its FCS. */
#include "sdr/fn/wifi_rx/wifi_decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "sdr/dsp/crc32.h"
#include "sdr/dsp/viterbi_k7.h"
#include "sdr/dsp/wifi_ampdu.h"
#include "sdr/dsp/wifi_ldpc.h"
#include "sdr/fn/wifi_rx/wifi_demap.h"
#include "sdr/fn/wifi_rx/wifi_front.h"
#include "sdr/fn/wifi_rx/wifi_viterbi.h"

enum {
    TONES_MAX = OFDM20_HT_DATA_TONES,
    MPDU_MIN = 14, /* bytes: ACK and CTS, the shortest with an FCS */
    FCS_BYTES = 4,
    BITS_MAX =
        WIFI_PHY_SERVICE_BITS + 8 * WIFI_HT_PSDU_MAX + WIFI_PHY_TAIL_BITS,
};

struct wifi_decoder {
    struct wifi_front front;
    struct wifi_viterbi viterbi;
    uint16_t map[WIFI_PHY_RATES][WIFI_PHY_CBPS_MAX];
    uint16_t ht_map[WIFI_PHY_HT_RATES][WIFI_PHY_CBPS_MAX];
    uint16_t ldpc_map[WIFI_PHY_CBPS_MAX]; /* as they come */
    int8_t soft[2 * (BITS_MAX + WIFI_PHY_DBPS_MAX)];
    uint8_t bits[BITS_MAX];
};

int wifi_decode_open(struct wifi_decoder **out)
{
    struct wifi_decoder *w = calloc(1, sizeof *w);

    if (w == NULL || wifi_front_open(&w->front) < 0) {
        free(w);
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        wifi_phy_map(&wifi_phy_rate[k], w->map[k]);
    }
    for (size_t k = 0; k < WIFI_PHY_HT_RATES; k++) {
        wifi_phy_map(&wifi_phy_ht[k], w->ht_map[k]);
    }
    for (size_t k = 0; k < WIFI_PHY_CBPS_MAX; k++) {
        w->ldpc_map[k] = (uint16_t)k;
    }
    *out = w;
    return 0;
}

void wifi_decode_close(struct wifi_decoder *w)
{
    if (w != NULL) {
        wifi_front_close(&w->front);
    }
    free(w);
}

void wifi_decode_lend(struct wifi_decoder *w, enum wifi_kernel which,
                      const struct fn_kernel *kernel)
{
    if (which == WIFI_KERNEL_VITERBI) {
        w->viterbi.kernel = kernel;
    } else {
        w->front.fft.kernel = kernel;
    }
}

const char *wifi_format_name(enum wifi_format format)
{
    static const char *const name[] = {"non-ht", "ht", "vht"};

    return name[format];
}

bool wifi_mpdu_fcs_ok(const uint8_t *mpdu, size_t n)
{
    return n >= MPDU_MIN && crc32_update(0, mpdu, n - FCS_BYTES) ==
                                le32_load(mpdu + n - FCS_BYTES);
}

/* Soft bits of one symbol to 'soft', at the places of 'map'. */
static void demap(const struct wifi_front *f, const struct wifi_phy_rate *rate,
                  const uint16_t *map, const float complex *z, int8_t *soft)
{
    struct wifi_demap d = {
        .bpsc = rate->bpsc,
        .n = (size_t)f->tones->n,
        .mean_gain = f->mean_gain,
        .map = map,
    };

    wifi_demap(&d, z, f->gain, soft);
}

/* Decodes SIGNAL; ERR_BAD_INPUT when it is not valid. */
static int receive_signal(struct wifi_decoder *w, struct wifi_phy_signal *s)
{
    float complex z[TONES_MAX];
    int8_t soft[2 * WIFI_PHY_SIGNAL_BITS];
    uint8_t bits[WIFI_PHY_SIGNAL_BITS];
    uint8_t coded[OFDM20_DATA_TONES];
    int8_t sent[OFDM20_DATA_TONES];

    wifi_front_symbol(&w->front, ofdm20_pilot, 0, z);
    demap(&w->front, &wifi_phy_rate[0], w->map[0], z, soft);
    wifi_viterbi_decode(&w->viterbi, soft, WIFI_PHY_SIGNAL_BITS, bits);
    int err = wifi_phy_signal_parse(bits, s);
    if (err == 0) {
        (void)viterbi_k7_encode(0, bits, WIFI_PHY_SIGNAL_BITS, coded);
        for (int t = 0; t < OFDM20_DATA_TONES; t++) {
            sent[t] = coded[w->map[0][t]] ? 1 : -1;
        }
        wifi_front_learn(&w->front, sent);
    }
    return err;
}

/* Finds a preamble with a valid SIGNAL behind it. */
static bool find_signal(struct wifi_decoder *w, const float complex *x,
                        struct wifi_phy_signal *s)
{
    for (int look = 0; look < WIFI_FRONT_LOOKS; look++) {
        if (wifi_front_acquire(&w->front, x, WIFI_DECODE_LEAD, look) &&
            receive_signal(w, s) == 0) {
            return true;
        }
    }
    return false;
}

/* Do the points lie on the imaginary axis? */
static bool rotated(const float complex *z)
{
    float re = 0;
    float im = 0;

    for (int t = 0; t < OFDM20_DATA_TONES; t++) {
        re += crealf(z[t]) * crealf(z[t]);
        im += cimagf(z[t]) * cimagf(z[t]);
    }
    return im > re;
}

/* HT-SIG from its two symbols, turned by 90 degrees. */
static int parse_ht_sig(struct wifi_decoder *w,
                        float complex (*z)[OFDM20_HT_DATA_TONES],
                        struct wifi_ht_sig *ht)
{
    int8_t soft[2 * WIFI_HT_SIG_BITS];
    uint8_t bits[WIFI_HT_SIG_BITS];

    for (int m = 0; m < 2; m++) {
        for (int t = 0; t < OFDM20_DATA_TONES; t++) {
            z[m][t] *= -I;
        }
        demap(&w->front, &wifi_phy_rate[0], w->map[0], z[m],
              soft + m * WIFI_HT_SIG_BITS);
    }
    wifi_viterbi_decode(&w->viterbi, soft, WIFI_HT_SIG_BITS, bits);
    return wifi_ht_sig_parse(bits, ht);
}

/*
 * What follows an L-SIG of 6 Mbit/s: HT-SIG is rotated in both symbols,
 * VHT-SIG-A in its second, a DATA field in none.  Behind it the front is where
 * the format's next field begins.
 */
static void look_ahead(struct wifi_decoder *w, struct wifi_frame *out)
{
    float complex z[2][TONES_MAX];
    struct wifi_front *f = &w->front;
    struct wifi_track track = f->track;
    size_t window = f->window;

    wifi_front_expect(f, 2);
    wifi_front_symbol(f, ofdm20_pilot, 1, z[0]);
    wifi_front_symbol(f, ofdm20_pilot, 2, z[1]);
    if (!rotated(z[1])) {
        out->format = WIFI_NON_HT;
        f->track = track;
        f->window = window;
        return;
    }
    out->format = rotated(z[0]) ? WIFI_HT : WIFI_VHT;
    out->has_ht_sig =
        out->format == WIFI_HT && parse_ht_sig(w, z, &out->ht) == 0;
}

/* Decibels, -120 to 120 whatever the samples were. */
static float db(float ratio)
{
    return 10 * log10f(fminf(fmaxf(ratio, 1e-12f), 1e12f));
}

/* Descrambles the decoded bits and packs the PSDU. */
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
}

static bool any_fcs_ok(const struct wifi_frame *f)
{
    size_t at = 0, len = 0;

    if (!f->has_ht_sig || !f->ht.aggregated) {
        return wifi_mpdu_fcs_ok(f->psdu, f->psdu_len);
    }
    for (;;) {
        size_t from = wifi_ampdu_next(f->psdu, f->psdu_len, &at, &len);
        if (from == f->psdu_len) {
            return false;
        }
        if (wifi_mpdu_fcs_ok(f->psdu + from, len)) {
            return true;
        }
    }
}

/* The DATA field of a frame. */
struct data {
    const struct wifi_phy_rate *rate; /* NULL: it is not decoded */
    const struct wifi_ht_sig *ht;     /* NULL: non-HT */
    size_t n_bytes, n_symbols;
    size_t at, step; /* samples from the frame's start, and a symbol */
};

static size_t end_of(const struct data *d)
{
    return d->at + d->step * d->n_symbols;
}

/* Of an HT frame.  More than one antenna is needed, there is no data, or it
 * lasts longer than a frame can: no rate. */
static struct data ht_data(const struct wifi_ht_sig *ht)
{
    const struct wifi_phy_rate *rate =
        ht->mcs < WIFI_PHY_HT_RATES ? &wifi_phy_ht[ht->mcs] : NULL;
    struct data d = {.ht = ht, .n_bytes = ht->length};

    if (rate == NULL || ht->wide || ht->stbc > 1 || ht->extra_ltfs != 0 ||
        ht->length == 0) {
        return d;
    }
    d.at = ht->stbc != 0 ? OFDM20_HT_DATA_AT_2 : OFDM20_HT_DATA_AT;
    d.step = ht->short_gi ? OFDM20_SHORT_SYMBOL : OFDM20_SYMBOL;
    d.n_symbols = ht->ldpc
                      ? wifi_ldpc_plan(rate, ht->length, 1 + ht->stbc).n_symbols
                  : ht->stbc != 0 ? wifi_phy_symbols_stbc(rate, ht->length)
                                  : wifi_phy_symbols(rate, ht->length);
    d.rate = end_of(&d) <= WIFI_HT_SAMPLES_MAX ? rate : NULL;
    return d;
}

static struct data legacy_data(const struct wifi_phy_signal *s)
{
    return (struct data){
        .rate = s->rate,
        .n_bytes = s->length,
        .n_symbols = wifi_phy_symbols(s->rate, s->length),
        .at = OFDM20_DATA_AT,
        .step = OFDM20_SYMBOL,
    };
}

/* Receives symbol m, or with STBC that and the next, to z; how many. */
static size_t next_symbols(struct wifi_front *f, const struct data *d, size_t m,
                           float complex (*z)[TONES_MAX])
{
    int8_t pilot[OFDM20_PILOTS];

    if (d->ht == NULL) {
        wifi_front_symbol(f, ofdm20_pilot, m + 1, z[0]);
    } else if (d->ht->stbc == 0) {
        ofdm20_ht_pilots((unsigned)m, pilot);
        wifi_front_symbol(f, pilot, m + 3, z[0]);
    } else {
        wifi_front_pair(f, m, z[0], z[1]);
        return 2;
    }
    wifi_front_follow_clock(f);
    return 1;
}

/* Decodes DATA, the first symbol of which is next. */
static void receive_data(struct wifi_decoder *w, const struct data *d,
                         struct wifi_frame *out)
{
    struct wifi_front *f = &w->front;
    bool ldpc = d->ht != NULL && d->ht->ldpc;
    const uint16_t *map = ldpc            ? w->ldpc_map
                          : d->ht != NULL ? w->ht_map[d->rate - wifi_phy_ht]
                                          : w->map[d->rate - wifi_phy_rate];
    size_t soft_step = ldpc ? d->rate->cbps : 2u * d->rate->dbps;
    size_t tones = (size_t)f->tones->n;
    float complex z[2][TONES_MAX];
    float gain = 0, error = 0;

    wifi_front_expect(f, d->n_symbols);
    memset(w->soft, 0, d->n_symbols * soft_step); /* where punctured */
    for (size_t m = 0; m < d->n_symbols;) {
        size_t n = next_symbols(f, d, m, z);
        for (size_t k = 0; k < n; k++, m++) {
            demap(f, d->rate, map, z[k], w->soft + m * soft_step);
            error += wifi_demap_error(d->rate->bpsc, tones, z[k], f->gain);
        }
    }
    for (size_t t = 0; t < tones; t++) {
        gain += f->gain[t];
    }
    out->evm_db = db(error / (gain * (float)d->n_symbols));
    if (ldpc) {
        struct wifi_ldpc_plan p =
            wifi_ldpc_plan(d->rate, d->n_bytes, 1 + d->ht->stbc);
        wifi_ldpc_receive(&p, w->soft, w->bits);
    } else {
        wifi_viterbi_decode(&w->viterbi, w->soft,
                            WIFI_PHY_SERVICE_BITS + 8 * d->n_bytes +
                                WIFI_PHY_TAIL_BITS,
                            w->bits);
    }
    finish_psdu(w, out);
    out->fcs_ok = any_fcs_ok(out);
}

int wifi_decode(struct wifi_decoder *w, const float complex *x, size_t n,
                struct wifi_frame *out, size_t *n_needed)
{
    struct wifi_front *f = &w->front;
    struct wifi_phy_signal s;

    if (n < WIFI_DECODE_MIN) {
        *n_needed = WIFI_DECODE_MIN;
        return WIFI_DECODE_MORE;
    }
    if (!find_signal(w, x, &s)) {
        return WIFI_DECODE_NONE;
    }
    out->format = WIFI_NON_HT;
    out->has_ht_sig = false;
    out->start = wifi_front_start(f);

    struct data d = legacy_data(&s);
    size_t need =
        out->start + OFDM20_HT_STF_AT; /* the headers of all formats */

    out->end = out->start + end_of(&d); /* as L-SIG says */
    if (s.rate == &wifi_phy_rate[0]) {  /* 6 Mbit/s: it may be more than that */
        if (n < need) {
            *n_needed = need;
            return WIFI_DECODE_MORE;
        }
        look_ahead(w, out);
    }
    if (out->has_ht_sig) {
        d = ht_data(&out->ht);
    } else if (out->format != WIFI_NON_HT) {
        d.rate = NULL;
    }
    if (d.rate != NULL) {
        need = out->end = out->start + end_of(&d);
    }
    if (n < need) {
        *n_needed = need;
        return WIFI_DECODE_MORE;
    }
    f->slack = n - need + WIFI_CHANNEL_BACKOFF;
    out->header_only = d.rate == NULL;
    out->lsig_len = s.length;
    out->fcs_ok = false;
    out->rate_kbps = 0;
    out->evm_db = 0;
    out->psdu_len = 0;
    out->cfo_hz = wifi_front_cfo_hz(f);
    out->snr_db = db(wifi_front_snr(f));
    if (d.rate != NULL) {
        out->rate_kbps = wifi_phy_kbps(d.rate, d.step != OFDM20_SYMBOL);
        out->psdu_len = d.n_bytes;
        if (d.ht != NULL) {
            wifi_front_learn_ht(f, d.ht->short_gi, d.ht->stbc != 0);
        }
        receive_data(w, &d, out);
    }
    out->n_csi = wifi_front_csi(f, out->csi);
    return WIFI_DECODE_FRAME;
}
