/* lte_branch.c - see lte_branch.h. */
#include "host/radio/lte_branch.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "sdr/fn/lte_rx/lte_fft.h"
#include "sdr/radio/resample.h"

enum {
    BLOCK = 4096, /* native samples resampled at once */
    MADE_MAX = 4 * BLOCK,
};

struct lte_branch {
    struct resample *resample;
    struct decoder *decoder;
    double centre_hz;
    unsigned factor; /* the decoder's rate in units of 1.92 Msps */
    uint64_t n;      /* samples sent */
    float complex made[MADE_MAX];
};

static int send(struct lte_branch *b, size_t n)
{
    int err = n > 0 ? decoder_send(b->decoder, b->n, b->made, n) : 0;

    b->n += n;
    return err;
}

/* The highest rate the decoder can have that the recording fills. */
static unsigned branch_factor(double rate_hz)
{
    unsigned factor = LTE_FACTOR_MAX;

    while (factor > 1 &&
           (!lte_fft_factor_valid(factor) ||
            factor * (double)LTE_BRANCH_RATE_HZ > rate_hz * (1 + 1e-6))) {
        factor--;
    }
    return factor;
}

/* Starts the decoder; the carrier tells how far its clock is off. */
static int start_decoder(struct lte_branch *b, struct kernels *kernels,
                         decoder_take *take, void *ctx)
{
    struct decoder_work work = {
        .name = "lte",
        .fn = registry_find("lte_rx"),
        .rate_hz = (double)b->factor * LTE_BRANCH_RATE_HZ,
        .kernels = kernels,
        .take = take,
        .ctx = ctx,
    };
    char khz[32], factor[32];
    int err;

    (void)snprintf(khz, sizeof khz, "%.0f", b->centre_hz / 1e3); /* fits */
    err = fn_set(work.fn, "carrier_khz", khz, "centre frequency", NULL,
                 &work.set);
    (void)snprintf(factor, sizeof factor, "%u", b->factor); /* fits */
    if (err == 0) {
        err = fn_set(work.fn, "rate_factor", factor, "sample rate", NULL,
                     &work.set);
    }
    if (err == 0) {
        err = decoder_start(&work, &b->decoder);
    }
    write_list_close(&work.set); /* the machine has its own copy */
    return err;
}

int lte_branch_open(double rate_hz, double centre_hz, struct kernels *kernels,
                    decoder_take *take, void *ctx, struct lte_branch **out)
{
    struct lte_branch *b = calloc(1, sizeof *b);
    int err = ERR_NO_MEM;

    if (b != NULL) {
        b->centre_hz = centre_hz > 0 && centre_hz < 4e12 ? centre_hz : 0;
        b->factor = branch_factor(rate_hz);
        err = resample_open(rate_hz, (double)b->factor * LTE_BRANCH_RATE_HZ,
                            &b->resample);
    }
    if (err < 0) {
        err_say(err, "LTE front end: not enough memory");
    } else {
        err = start_decoder(b, kernels, take, ctx);
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
        err = send(b, resample_push(b->resample, x + at, part, b->made));
    }
    return err;
}

struct decoder *lte_branch_decoder(const struct lte_branch *b)
{
    return b->decoder;
}

int lte_branch_close(struct lte_branch *b)
{
    int err = 0;

    if (b == NULL) {
        return 0;
    }
    if (b->decoder != NULL) {
        err = send(b, resample_flush(b->resample, b->made));
        int end_err = decoder_end(b->decoder);
        err = err < 0 ? err : end_err;
    }
    resample_close(b->resample);
    free(b);
    return err;
}
