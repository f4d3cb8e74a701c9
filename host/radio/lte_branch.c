/* lte_branch.c - see lte_branch.h. */
#include "host/radio/lte_branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "sdr/fn/lte_rx/lte_pss.h"
#include "sdr/radio/resample.h"

enum {
    BLOCK = 4096,    /* native samples resampled at once */
    WINDOW = 307200, /* 160 ms, looked at and sent as one */
    MADE_MAX = 4 * BLOCK,
    LEAST = 9600 * 2, /* a frame: nothing shorter is looked at */
};

/*
 * PSS peaks from here on make a window worth decoding, in deviations of noise:
 * low, because the decoder has better witnesses.
 */
static const float pss_least = 5.0f;
static const double cfo_max_hz = 150e3;

struct lte_branch {
    struct resample *resample;
    struct lte_pss_search *search;
    struct decoder *decoder;
    double centre_hz;
    uint64_t first; /* number of samples[0] at 1.92 Msps */
    size_t held;
    float complex samples[WINDOW + MADE_MAX];
};

/* True when any of the three roots stands out of the noise. */
static bool has_pss(struct lte_branch *b, size_t n)
{
    struct lte_iq iq = {b->samples, n, b->centre_hz};
    struct lte_pss_peak peak[LTE_PSS_PEAKS];
    bool found = false;

    lte_pss_load(b->search, &iq);
    for (unsigned root = 0; root < 3 && !found; root++) {
        found = lte_pss_find(b->search, root, cfo_max_hz, peak) > 0 &&
                peak[0].z >= pss_least;
    }
    return found;
}

/* Classifies the first 'n' samples held, sends them if it is worth it. */
static int end_window(struct lte_branch *b, size_t n)
{
    int err = 0;

    if (n >= LEAST && has_pss(b, n)) {
        err = decoder_send(b->decoder, b->first, b->samples, n);
    }
    memmove(b->samples, b->samples + n, (b->held - n) * sizeof b->samples[0]);
    b->held -= n;
    b->first += n;
    return err;
}

/* Starts the decoder; the carrier tells how far its clock is off. */
static int start_decoder(struct lte_branch *b, decoder_take *take, void *ctx)
{
    struct decoder_work work = {
        .name = "lte", .fn = registry_find("lte_rx"), .take = take, .ctx = ctx};
    char khz[32];
    int err;

    (void)snprintf(khz, sizeof khz, "%.0f", b->centre_hz / 1e3); /* fits */
    err = fn_set(work.fn, "carrier_khz", khz, "centre frequency", NULL,
                 &work.set);
    if (err == 0) {
        err = decoder_start(&work, &b->decoder);
    }
    write_list_close(&work.set); /* the machine has its own copy */
    return err;
}

int lte_branch_open(double rate_hz, double centre_hz, decoder_take *take,
                    void *ctx, struct lte_branch **out)
{
    struct lte_branch *b = calloc(1, sizeof *b);
    int err = ERR_NO_MEM;

    if (b != NULL) {
        b->centre_hz = centre_hz > 0 && centre_hz < 4e12 ? centre_hz : 0;
        err = resample_open(rate_hz, LTE_BRANCH_RATE_HZ, &b->resample);
    }
    if (err == 0) {
        err = lte_pss_open(WINDOW, &b->search);
    }
    if (err < 0) {
        err_say(err, "LTE front end: not enough memory");
    } else {
        err = start_decoder(b, take, ctx);
    }
    if (err < 0) {
        (void)lte_branch_close(b); /* 'err' is the first error */
        return err;
    }
    *out = b;
    return 0;
}

int lte_branch_push(struct lte_branch *b, const float complex *x, size_t n)
{
    int err = 0;

    for (size_t at = 0; err == 0 && at < n; at += BLOCK) {
        size_t part = n - at < BLOCK ? n - at : BLOCK;
        b->held +=
            resample_push(b->resample, x + at, part, b->samples + b->held);
        if (b->held >= WINDOW) {
            err = end_window(b, WINDOW);
        }
    }
    return err;
}

int lte_branch_close(struct lte_branch *b)
{
    int err = 0;

    if (b == NULL) {
        return 0;
    }
    if (b->decoder != NULL) {
        b->held += resample_flush(b->resample, b->samples + b->held);
        err = end_window(b, b->held < WINDOW ? b->held : WINDOW);
        int end_err = decoder_end(b->decoder);
        err = err < 0 ? err : end_err;
    }
    lte_pss_close(b->search);
    resample_close(b->resample);
    free(b);
    return err;
}
