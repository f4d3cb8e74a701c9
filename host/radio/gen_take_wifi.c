/* gen_take_wifi.c - Wi-Fi frames of a recording: bytes, samples, truth. */
#include "host/radio/gen_take.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/dsp/wifi_ampdu.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/radio/gen_dsss.h"
#include "sdr/radio/gen_wifi.h"
#include "sdr/radio/impair.h"

enum {
    GAP_LEAST = 200, /* samples between frames ... */
    GAP_MORE = 2000, /* ... and up to so many more */
    TAIL = 2000,     /* samples of noise at the end */
    MAC_MOST = 1500, /* bytes of a random frame */
    MPDUS_MAX = 16,  /* of MAC_MOST bytes each: MCS 0 has time for no more */
    AROUND = 64,     /* samples that the channel spreads a frame by */
};

/* What a frame carries. */
struct mac {
    uint8_t bytes[WIFI_HT_PSDU_MAX];
    size_t n; /* with FCS */
    size_t n_mpdus;
    struct {
        size_t at, n;
    } mpdu[MPDUS_MAX];
};

/* A frame to be sent, of one kind or the other. */
struct frame {
    bool is_dsss; /* 802.11b */
    struct gen_wifi_frame ofdm;
    struct gen_dsss_frame dsss;
};

/* The bytes that the user gave, behind what is there. */
static int mac_parse(const char *hex, struct mac *m)
{
    size_t n = strlen(hex);

    for (size_t k = 0; k < n; k++) {
        if (gen_hex_digit(hex[k]) < 0 || n % 2 != 0 ||
            n / 2 > WIFI_PHY_PSDU_MAX - 4) {
            return err_say(ERR_USAGE, "--mac: expected an even number of hex "
                                      "digits, at most 4091 bytes");
        }
        uint8_t *b = &m->bytes[m->n + k / 2];
        *b = (uint8_t)(*b << 4 | gen_hex_digit(hex[k]));
    }
    m->n += n / 2;
    return 0;
}

/* A data frame from one random station to another. */
static void mac_random(struct rng *r, uint32_t sequence, struct mac *m)
{
    uint8_t *b = m->bytes + m->n;
    size_t n = 24 + rng_below(r, MAC_MOST);

    for (size_t k = 0; k < n; k++) {
        b[k] = (uint8_t)rng_next(r);
    }
    b[0] = 0x08; /* data; IEEE 802.11-2020 9.2.4.1 */
    b[1] = 0x01; /* to the distribution system */
    for (size_t k = 4; k < 22; k += 6) {
        b[k] = 0x02; /* locally administered, one station */
    }
    b[22] = (uint8_t)(sequence << 4);
    b[23] = (uint8_t)(sequence >> 4);
    m->n += n;
}

/* Frame number k; ERR_USAGE. */
static int make_mac(const struct gen_radio *g, uint32_t k, struct rng *r,
                    struct mac *m)
{
    size_t mpdus = g->ampdu != 0 ? g->ampdu : 1;

    memset(m, 0, sizeof *m);
    for (size_t j = 0; j < mpdus; j++) {
        size_t delimiter = (m->n + 3) / 4 * 4;
        size_t from = g->ampdu != 0 ? delimiter + WIFI_AMPDU_DELIMITER : 0;
        int err = 0;
        m->n = from;
        if (g->mac_hex != NULL) {
            err = mac_parse(g->mac_hex, m);
        } else {
            mac_random(r, (uint32_t)(k * mpdus + j), m);
        }
        if (err < 0) {
            return err;
        }
        gen_wifi_fcs(m->bytes + from, m->n - from);
        m->n += 4;
        if (g->ampdu != 0) {
            m->mpdu[j].at = from;
            m->mpdu[j].n = m->n - from;
            wifi_ampdu_delimiter((unsigned)m->mpdu[j].n, m->bytes + delimiter);
            m->n_mpdus++;
        }
    }
    return 0;
}

static json_t *hex_text(const uint8_t *bytes, size_t n)
{
    char *hex = calloc(2 * n + 1, 1);

    for (size_t k = 0; hex != NULL && k < n; k++) {
        (void)snprintf(hex + 2 * k, 3, "%02x", bytes[k]); /* fits */
    }
    json_t *o = json_string(hex != NULL ? hex : "");
    free(hex);
    return o;
}

static json_t *mpdu_truth(const struct mac *m)
{
    json_t *list = json_array();

    for (size_t k = 0; k < m->n_mpdus; k++) {
        (void)json_array_append_new(
            list, json_pack("{sI, sb, so}", "mpdu_len",
                            (json_int_t)m->mpdu[k].n, "fcs_ok", 1, "mpdu_hex",
                            hex_text(m->bytes + m->mpdu[k].at, m->mpdu[k].n)));
    }
    return list;
}

/* What is known of every frame. */
static json_t *any_truth(const struct mac *m, const char *standard,
                         const char *format, double mbps, double start,
                         double end)
{
    return json_pack("{ss, ss, sf, sI, so, sb, sI, sI}", "standard", standard,
                     "format", format, "rate_mbps", mbps, "psdu_len",
                     (json_int_t)m->n, "psdu_hex", hex_text(m->bytes, m->n),
                     "fcs_ok", 1, "start_sample", (json_int_t)llround(start),
                     "end_sample", (json_int_t)llround(end));
}

static json_t *dsss_truth(const struct gen_dsss_frame *f, const struct mac *m,
                          double start, double end)
{
    json_t *o = any_truth(m, "802.11b",
                          f->rate->chips == WIFI_DSSS_CCK ? "CCK" : "DSSS",
                          f->rate->kbps / 1000.0, start, end);

    (void)json_object_set_new(o, "mcs", json_null());
    (void)json_object_set_new(o, "short_preamble",
                              json_boolean(f->short_preamble));
    return o;
}

static json_t *frame_truth(const struct gen_wifi_frame *f, const struct mac *m,
                           double start, double end)
{
    bool ht = f->rate->mbps == 0;
    double mbps = round(wifi_phy_kbps(f->rate, f->short_gi) / 100.0) / 10;
    json_t *o = any_truth(m, ht ? "802.11n" : "802.11a",
                          ht ? "HT-mixed" : "non-HT", mbps, start, end);

    (void)json_object_set_new(o, "mcs",
                              ht ? json_integer(f->rate->code) : json_null());
    if (ht) {
        (void)json_object_set_new(o, "sgi", json_integer(f->short_gi));
        (void)json_object_set_new(o, "aggregation",
                                  json_integer(f->aggregated));
        (void)json_object_set_new(o, "fec_ldpc", json_integer(f->ldpc));
        (void)json_object_set_new(o, "stbc", json_integer(f->stbc));
    } else {
        (void)json_object_set_new(o, "rate_mbps", json_integer(f->rate->mbps));
    }
    if (m->n_mpdus > 0) {
        (void)json_object_set_new(o, "mpdus", mpdu_truth(m));
    }
    return o;
}

static const struct wifi_phy_rate *rate_of(const struct gen_radio *g,
                                           uint32_t k)
{
    return g->ht         ? &wifi_phy_ht[g->mcs]
           : g->mbps > 0 ? wifi_phy_rate_find((unsigned)g->mbps)
                         : &wifi_phy_rate[k % WIFI_PHY_RATES];
}

/* The rate of 802.11b, if that is what is asked for. */
static const struct wifi_dsss_rate *dsss_rate_of(const struct gen_radio *g)
{
    return g->ht ? NULL : wifi_dsss_rate_find((uint32_t)lround(g->mbps * 1000));
}

static size_t length(const struct frame *f)
{
    return f->is_dsss ? gen_dsss_length(&f->dsss) : gen_wifi_length(&f->ofdm);
}

/* What one antenna sends, through a channel of its own, added to x[len]. */
static int add_antenna(const struct gen_radio *g, struct gen_wifi *sender,
                       const struct frame *f, struct rng *r, float complex *x,
                       size_t len)
{
    float complex *frame = calloc(len, sizeof *frame);
    float gain = f->ofdm.stbc ? 0.70710678f : 1; /* half of the power each */
    float complex turn = 1;
    int err = frame != NULL ? 0 : ERR_NO_MEM;

    if (err == 0 && f->is_dsss) {
        err = gen_dsss(&f->dsss, frame);
    } else if (err == 0) {
        gen_wifi(sender, &f->ofdm, frame);
    }
    if (err < 0) {
        free(frame);
        return err;
    }
    if (f->ofdm.second) {
        turn = cf_polar((float)rng_below(r, 6283) / 1000);
    }
    if (g->delay_spread_ns > 0) {
        impair_multipath(frame, len, g->delay_spread_ns * 1e-9 * OFDM20_RATE_HZ,
                         r);
    }
    for (size_t k = 0; k < len; k++) {
        x[k] += cf_mul(frame[k], turn) * gain;
    }
    free(frame);
    return 0;
}

/* The frame as its channel leaves it, at x[AROUND] of x[len + 2 * AROUND]. */
static int send(const struct gen_radio *g, struct gen_wifi *sender,
                struct frame f, struct rng *r, float complex *x)
{
    size_t len = length(&f) + AROUND;
    float complex *sum = calloc(len, sizeof *sum);
    int err = ERR_NO_MEM;

    if (sum != NULL) {
        err = add_antenna(g, sender, &f, r, sum, len);
    }
    if (err == 0 && f.ofdm.stbc) {
        f.ofdm.second = true;
        err = add_antenna(g, sender, &f, r, sum, len);
    }
    if (err == 0) {
        impair_place(sum, len, AROUND, g->clock_ppm, x, len + AROUND);
    }
    free(sum);
    return err;
}

/* Appends frame number k; ERR_NO_MEM, ERR_USAGE. */
static int add_frame(const struct gen_radio *g, struct gen_take *t,
                     struct gen_wifi *sender, uint32_t k, struct rng *r)
{
    static struct mac m;
    int err = make_mac(g, k, r, &m);

    if (err < 0) {
        return err;
    }
    size_t gap = GAP_LEAST + rng_below(r, GAP_MORE);
    struct frame f = {.ofdm = {.rate = rate_of(g, k),
                               .psdu = m.bytes,
                               .psdu_len = m.n,
                               .scrambler = 1 + rng_below(r, 127),
                               .short_gi = g->short_gi,
                               .aggregated = g->ampdu != 0,
                               .stbc = g->stbc,
                               .ldpc = g->ldpc},
                      .dsss = {.rate = dsss_rate_of(g),
                               .short_preamble = g->short_preamble,
                               .psdu = m.bytes,
                               .psdu_len = m.n}};
    f.is_dsss = f.dsss.rate != NULL;
    size_t len = length(&f);
    if (len > WIFI_HT_SAMPLES_MAX && g->ht) {
        return err_say(ERR_USAGE,
                       "--ampdu: %u MPDUs last longer than the 5.484 ms that "
                       "a frame of MCS %u may, expected fewer",
                       g->ampdu, g->mcs);
    }
    float complex *x = realloc(t->x, (t->n + gap + len + TAIL) * sizeof *x);
    if (x == NULL) {
        return ERR_NO_MEM;
    }
    t->x = x;
    memset(x + t->n, 0, (gap + len + TAIL) * sizeof *x);
    err = send(g, sender, f, r, x + t->n + gap - AROUND);
    double start = (double)(t->n + gap), end = start + (double)len;
    (void)json_array_append_new(
        t->frames, f.is_dsss ? dsss_truth(&f.dsss, &m, start, end)
                             : frame_truth(&f.ofdm, &m, start, end));
    t->n += gap + len;
    return err;
}

static int check(const struct gen_radio *g)
{
    const struct wifi_dsss_rate *dsss = dsss_rate_of(g);

    if (g->mbps > 0 && dsss == NULL &&
        (g->mbps > floor(g->mbps) ||
         wifi_phy_rate_find((unsigned)g->mbps) == NULL)) {
        return err_say(ERR_USAGE,
                       "--mbps: %g, expected 1, 2, 5.5, 11, 6, 9, 12, 18, 24, "
                       "36, 48 or 54",
                       g->mbps);
    }
    if (g->short_preamble && (dsss == NULL || dsss->kbps == 1000)) {
        return err_say(ERR_USAGE, "--preamble: short, expected --mbps 2, 5.5 "
                                  "or 11, too");
    }
    if (g->count == 0 || g->count > GEN_FRAMES_MAX) {
        return err_say(ERR_USAGE, "--count: expected 1 to %d frames",
                       GEN_FRAMES_MAX);
    }
    if (!g->ht && (g->short_gi || g->ldpc || g->stbc || g->ampdu != 0)) {
        return err_say(ERR_USAGE, "--gi, --fec, --antennas and --ampdu are "
                                  "of HT frames, expected --mcs 0..7, too");
    }
    if (g->ampdu > MPDUS_MAX) {
        return err_say(ERR_USAGE, "--ampdu: expected 1 to %d MPDUs", MPDUS_MAX);
    }
    return 0;
}

int gen_take_wifi(const struct gen_radio *g, struct gen_take *t, struct rng *r)
{
    struct gen_wifi *sender = NULL;
    int err = check(g);

    if (err < 0) {
        return err;
    }
    if (gen_wifi_open(&sender) < 0) {
        return gen_take_no_memory(g);
    }
    for (uint32_t k = 0; err == 0 && k < g->count; k++) {
        err = add_frame(g, t, sender, k, r);
    }
    gen_wifi_close(sender);
    t->n += err == 0 ? TAIL : 0;
    return err == ERR_NO_MEM ? gen_take_no_memory(g) : err;
}
