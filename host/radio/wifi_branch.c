/* wifi_branch.c - see wifi_branch.h. */
#include "host/radio/wifi_branch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "sdr/fn/wifi_rx/wifi_detect.h"
#include "sdr/radio/resample.h"

enum {
    BLOCK = 4096, /* native samples resampled at once */
    MADE_MAX = 4 * BLOCK,
    HISTORY = 2048, /* sent from before a preamble was confirmed */
    MARGIN = 256,   /* sent before its start */
    /* The longest frame, 4,095 bytes at 6 Mbit/s, and then some. */
    REACH = 400 + 1366 * 80 + 2048,
};

struct wifi_branch {
    struct resample *resample;
    struct wifi_detect *detect;
    struct decoder *decoder;
    uint64_t n;     /* samples at 20 Msps so far */
    uint64_t sent;  /* the next one to be sent */
    uint64_t until; /* where sending ends */
    size_t held;    /* of 'samples', the last of which is number n - 1 */
    float complex samples[HISTORY + MADE_MAX];
};

int wifi_branch_open(double rate_hz, decoder_take *take, void *ctx,
                     struct wifi_branch **out)
{
    struct wifi_branch *b = calloc(1, sizeof *b);
    int err = ERR_NO_MEM;

    if (b != NULL) {
        err = resample_open(rate_hz, WIFI_BRANCH_RATE_HZ, &b->resample);
    }
    if (err == 0) {
        err = wifi_detect_open(&b->detect);
    }
    if (err < 0) {
        err_say(err, "Wi-Fi front end: not enough memory");
    } else {
        err =
            decoder_start(&(struct decoder_work){.name = "wifi",
                                                 .fn = registry_find("wifi_rx"),
                                                 .take = take,
                                                 .ctx = ctx},
                          &b->decoder);
    }
    if (err < 0) {
        (void)wifi_branch_close(b); /* 'err' is the first error */
        return err;
    }
    *out = b;
    return 0;
}

static void detected(void *ctx, const struct wifi_detection *d)
{
    struct wifi_branch *b = ctx;
    uint64_t from = d->start_sample > MARGIN ? d->start_sample - MARGIN : 0;

    if (b->sent >= b->until && b->sent < from) {
        b->sent = from; /* nothing between the stretches is sent */
    }
    b->until = d->start_sample + REACH;
}

/* Looks at the last 'n' samples and sends what belongs to a stretch. */
static int look(struct wifi_branch *b, size_t n)
{
    int err = 0;

    b->n += n;
    wifi_detect_push(b->detect, b->samples + b->held - n, n, detected, b);
    uint64_t first = b->n - b->held;
    uint64_t from = b->sent > first ? b->sent : first;
    uint64_t to = b->until < b->n ? b->until : b->n;
    if (from < to) {
        err = decoder_send(b->decoder, from, b->samples + (from - first),
                           (size_t)(to - from));
        b->sent = to;
    }
    size_t keep = b->held < HISTORY ? b->held : HISTORY;
    memmove(b->samples, b->samples + b->held - keep,
            keep * sizeof b->samples[0]);
    b->held = keep;
    return err;
}

int wifi_branch_push(struct wifi_branch *b, const float complex *x, size_t n)
{
    int err = 0;

    for (size_t at = 0; err == 0 && at < n; at += BLOCK) {
        size_t part = n - at < BLOCK ? n - at : BLOCK;
        size_t made =
            resample_push(b->resample, x + at, part, b->samples + b->held);
        b->held += made;
        err = look(b, made);
    }
    return err;
}

int wifi_branch_close(struct wifi_branch *b)
{
    int err = 0;

    if (b == NULL) {
        return 0;
    }
    if (b->decoder != NULL) {
        size_t made = resample_flush(b->resample, b->samples + b->held);
        b->held += made;
        err = look(b, made);
        int end_err = decoder_end(b->decoder);
        err = err < 0 ? err : end_err;
    }
    wifi_detect_close(b->detect);
    resample_close(b->resample);
    free(b);
    return err;
}
