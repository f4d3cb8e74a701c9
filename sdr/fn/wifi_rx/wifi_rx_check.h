/* wifi_rx_check.h - frames on the air, for the tests of this folder. */
#ifndef SDR_FN_WIFI_RX_WIFI_RX_CHECK_H
#define SDR_FN_WIFI_RX_WIFI_RX_CHECK_H

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/ofdm20.h"
#include "sdr/fn/wifi_rx/wifi_decode.h"
#include "sdr/fn/wifi_rx/wifi_detect.h"
#include "sdr/radio/gen_wifi.h"
#include "sdr/radio/impair.h"

/* A frame in the middle of noise. */
struct air {
    struct rng rng;
    uint8_t psdu[WIFI_HT_PSDU_MAX];
    size_t psdu_len;
    float complex *x;
    size_t n;
};

struct air_setting {
    unsigned mbps;
    const struct wifi_phy_rate *ht; /* NULL: non-HT at 'mbps' */
    bool short_gi, ldpc, stbc;      /* of HT */
    size_t psdu_len;
    double delay; /* samples before the frame */
    double cfo_hz;
    double clock_ppm;
    double snr_db;
    size_t rest; /* samples after the frame */
};

static inline void air_close(struct air *a)
{
    free(a->x);
}

/* Random PSDU with FCS; a->rng is its seed. */
static inline void air_open(struct air *a, const struct air_setting *s)
{
    struct gen_wifi *g = NULL;
    struct gen_wifi_frame f = {
        .rate = s->ht != NULL ? s->ht : wifi_phy_rate_find(s->mbps),
        .psdu = a->psdu,
        .psdu_len = s->psdu_len,
        .scrambler = 1 + rng_below(&a->rng, 127),
        .short_gi = s->short_gi,
        .ldpc = s->ldpc,
        .stbc = s->stbc,
    };
    size_t n = gen_wifi_length(&f);
    float complex *frame = calloc(n, sizeof *frame);

    for (size_t k = 0; k < s->psdu_len; k++) {
        a->psdu[k] = (uint8_t)rng_below(&a->rng, 256);
    }
    gen_wifi_fcs(a->psdu, s->psdu_len - 4);
    a->psdu_len = s->psdu_len;
    a->n = (size_t)s->delay + n + s->rest;
    a->x = calloc(a->n, sizeof *a->x);
    assert_true(frame != NULL && a->x != NULL);
    assert_int_equal(gen_wifi_open(&g), 0);
    gen_wifi(g, &f, frame);
    if (s->stbc) { /* the other antenna's way is another */
        float complex *more = calloc(n, sizeof *more);
        assert_non_null(more);
        f.second = true;
        gen_wifi(g, &f, more);
        for (size_t k = 0; k < n; k++) {
            frame[k] = 0.8f * frame[k] + (0.3f - 0.52f * I) * more[k];
        }
        free(more);
    }
    impair_place(frame, n, s->delay, s->clock_ppm, a->x, a->n);
    impair_cfo(a->x, a->n, s->cfo_hz, OFDM20_RATE_HZ);
    impair_noise(a->x, a->n, impair_noise_power(1, s->snr_db), &a->rng);
    gen_wifi_close(g);
    free(frame);
}

struct air_seen {
    struct wifi_detection d[64];
    size_t n;
};

static inline void air_see(void *ctx, const struct wifi_detection *d)
{
    struct air_seen *s = ctx;

    if (s->n < CHECK_ROWS(s->d)) {
        s->d[s->n] = *d;
    }
    s->n++;
}

#endif
