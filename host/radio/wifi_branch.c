/* wifi_branch.c - see wifi_branch.h. */
#include "host/radio/wifi_branch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/radio/decimator.h"
#include "sdr/fn/wifi_rx/dsss_sync.h"
#include "sdr/fn/wifi_rx/wifi_detect.h"
#include "sdr/radio/resample.h"

enum {
    BLOCK = 4096, /* native samples resampled at once */
    MADE_MAX = 4 * BLOCK,
    HISTORY = 2048, /* sent from before a preamble was confirmed */
    MARGIN = 256,   /* sent before its start */
    /* The longest frame, 4,095 bytes at 6 Mbit/s, and then some. */
    REACH = 400 + 1366 * 80 + 2048,
    /* The same of 802.11b, 4,095 bytes at 1 Mbit/s; and from where it is seen
     * back to before its start. */
    DSSS_REACH = (192 + 8 * WIFI_DSSS_PSDU_MAX) * DSSS_SYMBOL + 2048,
    DSSS_MARGIN = DSSS_LOOK_STEP + MARGIN,
};

struct wifi_branch {
    struct resample *resample;   /* to 20 Msps; NULL: ... */
    struct decimator *decimator; /* ... this does it */
    struct wifi_detect *detect;  /* NULL: all is sent, to where stf_detect is */
    struct dsss_sync dsss;
    struct decoder *decoder;
    uint64_t n;      /* samples at 20 Msps so far */
    uint64_t sent;   /* the next one to be sent */
    uint64_t until;  /* where sending ends */
    uint64_t looked; /* where 802.11b is looked for next */
    size_t held;     /* of 'samples', the last of which is number n - 1 */
    float complex samples[HISTORY + MADE_MAX];
};

/* By fir_decim, when it is lent and can. */
static int open_rate(struct wifi_branch *b, double rate_hz,
                     struct kernels *kernels)
{
    unsigned factor = decimator_factor(rate_hz, WIFI_BRANCH_RATE_HZ);
    int kernel = kernels != NULL ? kernels_find(kernels, DECIMATOR_KERNEL) : -1;

    if (factor > 0 && kernel >= 0) {
        return decimator_open(kernels, (size_t)kernel, rate_hz, factor,
                              &b->decimator);
    }
    return resample_open(rate_hz, WIFI_BRANCH_RATE_HZ, &b->resample);
}

int wifi_branch_open(double rate_hz, struct kernels *kernels,
                     decoder_take *take, void *ctx, struct wifi_branch **out)
{
    struct wifi_branch *b = calloc(1, sizeof *b);
    int err = ERR_NO_MEM;

    if (b != NULL) {
        err = open_rate(b, rate_hz, kernels);
    }
    if (err == 0 && kernels != NULL &&
        kernels_find(kernels, "stf_detect") >= 0) {
        b->until = UINT64_MAX;
    } else if (err == 0) {
        err = wifi_detect_open(&b->detect);
    }
    if (err == 0) {
        dsss_sync_init(&b->dsss);
    }
    if (err < 0) {
        err_say(err, "Wi-Fi front end: not enough memory");
    } else {
        err =
            decoder_start(&(struct decoder_work){.name = "wifi",
                                                 .fn = registry_find("wifi_rx"),
                                                 .kernels = kernels,
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

/* A stretch from 'margin' samples before a sample to 'reach' behind it is to be
 * sent. */
static void send_around(struct wifi_branch *b, uint64_t at, uint64_t margin,
                        uint64_t reach)
{
    uint64_t from = at > margin ? at - margin : 0;

    if (b->sent >= b->until && b->sent < from) {
        b->sent = from; /* nothing between the stretches is sent */
    }
    if (b->until < at + reach) {
        b->until = at + reach;
    }
}

static void detected(void *ctx, const struct wifi_detection *d)
{
    send_around(ctx, d->start_sample, MARGIN, REACH);
}

/* Looks for 802.11b in all samples but the last few. */
static void look_for_dsss(struct wifi_branch *b)
{
    const float complex *end = b->samples + b->held;

    for (; b->looked + DSSS_LOOK <= b->n; b->looked += DSSS_LOOK_STEP) {
        size_t place;
        if (dsss_look(&b->dsss, end - (b->n - b->looked), &place)) {
            send_around(b, b->looked, DSSS_MARGIN, DSSS_REACH);
        }
    }
}

/* Looks at the last 'n' samples and sends what belongs to a stretch. */
static int look(struct wifi_branch *b, size_t n)
{
    int err = 0;

    b->n += n;
    if (b->detect != NULL) {
        wifi_detect_push(b->detect, b->samples + b->held - n, n, detected, b);
        look_for_dsss(b);
    }
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
        float complex *to = b->samples + b->held;
        size_t made = b->decimator != NULL
                          ? decimator_push(b->decimator, x + at, part, to)
                          : resample_push(b->resample, x + at, part, to);
        b->held += made;
        err = look(b, made);
    }
    return err;
}

struct decoder *wifi_branch_decoder(const struct wifi_branch *b)
{
    return b->decoder;
}

int wifi_branch_close(struct wifi_branch *b)
{
    int err = 0;

    if (b == NULL) {
        return 0;
    }
    if (b->decoder != NULL) {
        float complex *to = b->samples + b->held;
        size_t made = b->decimator != NULL ? decimator_flush(b->decimator, to)
                                           : resample_flush(b->resample, to);
        b->held += made;
        err = look(b, made);
        int end_err = decoder_end(b->decoder);
        err = err < 0 ? err : end_err;
    }
    wifi_detect_close(b->detect);
    resample_close(b->resample);
    decimator_close(b->decimator);
    free(b);
    return err;
}
