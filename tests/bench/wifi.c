/*
 * wifi.c - `make bench-wifi`: the Wi-Fi receiver (function wifi_rx, detector
 * and all) on one core, and the noise that it stands.
 *
 * Speeds are samples of the stream a second of CPU time: noise alone, and
 * frames of 1,000 bytes 40 samples apart.  Sensitivity is the signal to noise
 * ratio over 20 MHz, in white noise, at which 10% of frames of 500 bytes are
 * lost.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/cli/bench.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/radio/gen_wifi.h"
#include "sdr/radio/impair.h"

enum {
    SAMPLES = 1 << 20, /* of a stream for speed */
    DENSE_BYTES = 1000,
    DENSE_GAP = 40,
    PER_BYTES = 500,
    PER_FRAMES = 400,
    PER_GAP = 600,
    RECS = 64,
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

/*
 * Fills x[room] with as many frames of 'bytes' as fit, at most 'most', 'gap'
 * samples apart, in noise; how many.  rate NULL: noise alone.
 */
static size_t fill(struct work *w, struct gen_wifi *g, size_t room,
                   const struct wifi_phy_rate *rate, size_t bytes, size_t gap,
                   size_t most, double snr_db, double cfo_hz, struct rng *r)
{
    static uint8_t psdu[DENSE_BYTES];
    size_t n = 0, at = gap;

    memset(w->x, 0, room * sizeof *w->x);
    while (rate != NULL && n < most) {
        struct gen_wifi_frame f = {.rate = rate,
                                   .psdu = psdu,
                                   .psdu_len = bytes,
                                   .scrambler = 1 + rng_below(r, 127)};
        size_t len = gen_wifi_length(&f);
        if (at + len + gap > room) {
            break;
        }
        random_psdu(r, psdu, bytes);
        gen_wifi(g, &f, w->x + at);
        at += len + gap;
        n++;
    }
    w->n = rate == NULL ? room : at;
    impair_cfo(w->x, w->n, cfo_hz, OFDM20_RATE_HZ);
    impair_noise(w->x, w->n, impair_noise_power(1, snr_db), r);
    return n;
}

static int speed(struct work *w, struct gen_wifi *g, unsigned mbps)
{
    struct rng r = {mbps};
    char name[64] = "wifi_rx.noise";
    double ns;
    uint64_t calls;
    size_t n = fill(w, g, SAMPLES, wifi_phy_rate_find(mbps), DENSE_BYTES,
                    DENSE_GAP, SAMPLES, mbps == 54 ? 30 : 25, 0, &r);

    w->n_ok = 0;
    int err = bench_median(receive, w, &ns, &calls);
    if (err == 0 && w->n_ok < (n > 0 ? n * calls - 1 : 0)) {
        (void)err_say(ERR_BAD_INPUT, "%u Mbit/s: %zu of %zu frames", mbps,
                      w->n_ok, n * (size_t)calls);
        return ERR_BAD_INPUT;
    }
    if (mbps != 0) {
        (void)snprintf(name, sizeof name, "wifi_rx.dense%u", mbps); /* fits */
    }
    if (err == 0) {
        bench_print(&w->bench, name, (double)w->n / ns * 1e3, "Msps");
    }
    return err;
}

/* Part of the frames that is lost. */
static double error_rate(struct work *w, struct gen_wifi *g,
                         const struct wifi_phy_rate *rate, double snr_db,
                         double cfo_hz)
{
    enum { AT_ONCE = 20 };
    struct rng r = {rate->mbps};
    size_t sent = 0;

    w->n_ok = 0;
    while (sent < PER_FRAMES) {
        sent += fill(w, g, SAMPLES, rate, PER_BYTES, PER_GAP, AT_ONCE, snr_db,
                     cfo_hz, &r);
        if (receive(w) < 0) {
            return 1;
        }
    }
    (void)flush(w);
    return 1 - (double)w->n_ok / (double)sent;
}

/* Goes down in steps of 0.25 dB until 10% are lost; between the last two. */
static void sensitivity(struct work *w, struct gen_wifi *g, unsigned mbps,
                        double from_db, double cfo_hz)
{
    const struct wifi_phy_rate *rate = wifi_phy_rate_find(mbps);
    double snr_db = from_db, was = 0, per = 0;
    char name[64];

    while (snr_db > from_db - 10) {
        was = per;
        per = error_rate(w, g, rate, snr_db, cfo_hz);
        if (per >= 0.1) {
            break;
        }
        snr_db -= 0.25;
    }
    if (per > was) {
        snr_db += 0.25 * (per - 0.1) / (per - was);
    }
    (void)snprintf(name, sizeof name, "wifi_rx.per10_%u%s", mbps,
                   cfo_hz != 0 ? "_250kHz" : ""); /* fits */
    bench_print(&w->bench, name, snr_db, "dB");
}

int main(int argc, char **argv)
{
    static const struct {
        unsigned mbps;
        double from_db;
    } rates[] = {{6, 1.75}, {12, 4.75}, {24, 10.25}, {54, 19.25}};
    static const unsigned dense[] = {0, 6, 24, 54};
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
    if (w != NULL) {
        body_close(w->body);
        free(w->x);
    }
    gen_wifi_close(g);
    free(w);
    return err < 0 ? 1 : 0;
}
