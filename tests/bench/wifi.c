/*
 * wifi.c - `make bench-wifi`: the Wi-Fi receiver (function wifi_rx, detector
 * and all) on one core, and the noise that it stands.
 *
 * Speeds are samples of the stream a second of CPU time: noise alone, and
 * frames of 1,000 bytes 40 samples apart.  Sensitivity is the signal to noise
 * ratio over 20 MHz, in white noise, at which 10% of frames of 500 bytes are
 * lost; and, with sample clocks 40 ppm apart, what part is lost of frames of
 * 4,000 bytes at 6 Mbit/s.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/cli/bench.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/radio/gen_dsss.h"
#include "sdr/radio/gen_wifi.h"
#include "sdr/radio/impair.h"

enum {
    SAMPLES = 1 << 20, /* of a stream for speed */
    DENSE_BYTES = 1000,
    DENSE_GAP = 40,
    PER_BYTES = 500,
    PER_FRAMES = 400,
    PER_GAP = 600,
    LONG_BYTES = 4000,
    RECS = 64,
};

/* A stream's frames: of OFDM or of 802.11b; neither: noise alone. */
struct kind {
    const struct wifi_phy_rate *ofdm;
    const struct wifi_dsss_rate *dsss;
    size_t bytes, gap, most; /* of a frame, between them, frames at most */
    double snr_db, cfo_hz, clock_ppm;
};

struct work {
    struct bench bench;
    struct body *body;
    uint64_t item;
    float complex *x; /* [n] */
    size_t n;
    size_t n_ok; /* frames with a right FCS */
    struct rec recs[RECS];
};

static size_t count_ok(const struct work *w, size_t n)
{
    size_t ok = 0;

    for (size_t k = 0; k < n; k++) {
        ok += w->recs[k].wifi.fcs_ok;
    }
    return ok;
}

/* The stream once, as the next samples of one that does not end. */
static int receive(void *ctx)
{
    struct work *w = ctx;

    for (size_t at = 0; at < w->n; at += FN_BURST_IQ) {
        size_t part = w->n - at < FN_BURST_IQ ? w->n - at : FN_BURST_IQ;
        struct fn_span in = {FN_CF32, w->x + at, part, part, w->item};
        struct fn_span out = {.items = w->recs, .cap = RECS};
        int err = body_run(w->body, &in, &out);
        if (err < 0) {
            return err;
        }
        w->item += part;
        w->n_ok += count_ok(w, out.n);
    }
    return 0;
}

/* What still waits at the end of the stream. */
static int flush(struct work *w)
{
    size_t n;

    do {
        struct fn_span in = {FN_CF32, w->x, 0, 0, w->item};
        struct fn_span out = {.items = w->recs, .cap = RECS};
        int err = body_run(w->body, &in, &out);
        if (err < 0) {
            return err;
        }
        n = out.n;
        w->n_ok += count_ok(w, n);
    } while (n > 0);
    return 0;
}

static void random_psdu(struct rng *r, uint8_t *psdu, size_t n)
{
    for (size_t k = 0; k < n - 4; k++) {
        psdu[k] = (uint8_t)rng_next(r);
    }
    gen_wifi_fcs(psdu, n - 4);
}

/* Samples of a frame that is written to x; with x NULL none is. */
static size_t frame(struct gen_wifi *g, const struct kind *k,
                    const uint8_t *psdu, unsigned scrambler, float complex *x)
{
    struct gen_wifi_frame ofdm = {.rate = k->ofdm,
                                  .psdu = psdu,
                                  .psdu_len = k->bytes,
                                  .scrambler = scrambler};
    struct gen_dsss_frame dsss = {
        .rate = k->dsss, .psdu = psdu, .psdu_len = k->bytes};

    if (x != NULL && k->dsss != NULL) {
        (void)gen_dsss(&dsss, x); /* without memory it is lost, and counted */
    } else if (x != NULL) {
        gen_wifi(g, &ofdm, x);
    }
    return k->dsss != NULL ? gen_dsss_length(&dsss) : gen_wifi_length(&ofdm);
}

/* Fills x[SAMPLES] with as many frames as fit, in noise; how many. */
static size_t fill(struct work *w, struct gen_wifi *g, const struct kind *k,
                   struct rng *r)
{
    static uint8_t psdu[LONG_BYTES];
    static float complex one[SAMPLES];
    size_t n = 0, at = k->gap, len = 0;

    memset(w->x, 0, SAMPLES * sizeof *w->x);
    if (k->ofdm != NULL || k->dsss != NULL) {
        len = frame(g, k, psdu, 1, NULL);
    }
    for (; len > 0 && n < k->most && at + len + k->gap <= SAMPLES; n++) {
        random_psdu(r, psdu, k->bytes);
        (void)frame(g, k, psdu, 1 + rng_below(r, 127), one); /* 'len' */
        impair_place(one, len, (double)at, k->clock_ppm, w->x, SAMPLES);
        at += len + k->gap;
    }
    w->n = len == 0 ? SAMPLES : at;
    impair_cfo(w->x, w->n, k->cfo_hz, OFDM20_RATE_HZ);
    impair_noise(w->x, w->n, impair_noise_power(1, k->snr_db), r);
    return n;
}

static int speed(struct work *w, struct gen_wifi *g, double mbps)
{
    struct kind k = {.ofdm = wifi_phy_rate_find((unsigned)mbps),
                     .dsss = wifi_dsss_rate_find((uint32_t)(mbps * 1000)),
                     .bytes = DENSE_BYTES,
                     .gap = DENSE_GAP,
                     .most = SAMPLES,
                     .snr_db = mbps > 53 ? 30 : 25};
    struct rng r = {(uint64_t)mbps};
    char name[64] = "wifi_rx.noise";
    double ns;
    uint64_t calls;
    size_t n = fill(w, g, &k, &r);

    w->n_ok = 0;
    int err = bench_median(receive, w, &ns, &calls);
    if (err == 0 && w->n_ok < (n > 0 ? n * calls - 1 : 0)) {
        (void)err_say(ERR_BAD_INPUT, "%g Mbit/s: %zu of %zu frames", mbps,
                      w->n_ok, n * (size_t)calls);
        return ERR_BAD_INPUT;
    }
    if (mbps > 0) {
        (void)snprintf(name, sizeof name, "wifi_rx.dense%g", mbps); /* fits */
    }
    if (err == 0) {
        bench_print(&w->bench, name, (double)w->n / ns * 1e3, "Msps");
    }
    return err;
}

/* Part of about 'frames' frames that is lost. */
static double error_rate(struct work *w, struct gen_wifi *g,
                         const struct kind *k, size_t frames)
{
    struct rng r = {k->ofdm != NULL ? k->ofdm->mbps : k->dsss->kbps};
    size_t sent = 0;

    w->n_ok = 0;
    while (sent < frames) {
        sent += fill(w, g, k, &r);
        if (receive(w) < 0) {
            return 1;
        }
    }
    (void)flush(w);
    return 1 - (double)w->n_ok / (double)sent;
}

/* Goes down in steps of 0.25 dB until 10% are lost; between the last two. */
static void sensitivity(struct work *w, struct gen_wifi *g, double mbps,
                        double from_db, double cfo_hz)
{
    struct kind k = {.ofdm = wifi_phy_rate_find((unsigned)mbps),
                     .dsss = wifi_dsss_rate_find((uint32_t)(mbps * 1000)),
                     .bytes = PER_BYTES,
                     .gap = PER_GAP,
                     .most = 20,
                     .cfo_hz = cfo_hz};
    double was = 0, per = 0;
    char name[64];

    for (k.snr_db = from_db; k.snr_db > from_db - 10; k.snr_db -= 0.25) {
        was = per;
        per = error_rate(w, g, &k, PER_FRAMES);
        if (per >= 0.1) {
            break;
        }
    }
    if (per > was) {
        k.snr_db += 0.25 * (per - 0.1) / (per - was);
    }
    (void)snprintf(name, sizeof name, "wifi_rx.per10_%g%s", mbps,
                   cfo_hz > 0 ? "_250kHz" : ""); /* fits */
    bench_print(&w->bench, name, k.snr_db, "dB");
}

/* Long frames whose clock runs away, a little above their sensitivity. */
static void clocks(struct work *w, struct gen_wifi *g, double clock_ppm)
{
    struct kind k = {.ofdm = wifi_phy_rate_find(6),
                     .bytes = LONG_BYTES,
                     .gap = PER_GAP,
                     .most = 20,
                     .snr_db = 2,
                     .clock_ppm = clock_ppm};
    char name[64];

    (void)snprintf(name, sizeof name, "wifi_rx.lost6_4000B_%+gppm", clock_ppm);
    bench_print(&w->bench, name, 100 * error_rate(w, g, &k, 100), "%");
}

int main(int argc, char **argv)
{
    static const struct {
        double mbps, from_db;
    } rates[] = {{6, 1.75}, {12, 4.75}, {24, 10.25}, {54, 19.25},
                 {1, -2.5}, {2, 0.25},  {5.5, 3},    {11, 5.5}};
    static const double dense[] = {0, 6, 24, 54, 1, 2, 5.5, 11};
    static const double ppm[] = {-40, 0, 40};
    struct work *w = calloc(1, sizeof *w);
    struct gen_wifi *g = NULL;
    int err = ERR_NO_MEM;

    if (w != NULL) {
        w->bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
        w->x = calloc(SAMPLES, sizeof *w->x);
    }
    if (w != NULL && w->x != NULL && gen_wifi_open(&g) == 0) {
        err = body_open_c(registry_find("wifi_rx"), &w->body);
    }
    for (size_t k = 0; err == 0 && k < sizeof dense / sizeof dense[0]; k++) {
        err = speed(w, g, dense[k]);
    }
    for (size_t k = 0; err == 0 && k < sizeof rates / sizeof rates[0]; k++) {
        sensitivity(w, g, rates[k].mbps, rates[k].from_db, 0);
        sensitivity(w, g, rates[k].mbps, rates[k].from_db, 250e3);
    }
    for (size_t k = 0; err == 0 && k < sizeof ppm / sizeof ppm[0]; k++) {
        clocks(w, g, ppm[k]);
    }
    if (w != NULL) {
        body_close(w->body);
        free(w->x);
    }
    gen_wifi_close(g);
    free(w);
    return err < 0 ? 1 : 0;
}
