/* nr_branch.c - see nr_branch.h. */
#include "host/radio/nr_branch.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "sdr/radio/resample.h"

enum {
    BLOCK = 4096,         /* native samples resampled at once */
    MADE_MAX = 5 * BLOCK, /* from half of the decoders' rate */
};

/* Spacings of subcarriers, the decoders' names, and the rate that holds their
 * blocks. */
static const struct {
    const char *khz, *name;
    double rate_hz;
} kinds[NR_BRANCH_DECODERS] = {{"30", "nr", 7.6e6},
                               {"15", "nr15", NR_BRANCH_LEAST_HZ}};

struct nr_branch {
    struct resample *resample;
    struct decoder *decoder[NR_BRANCH_DECODERS]; /* NULL: the rate is too low */
    uint64_t n;                                  /* samples sent */
    float complex made[MADE_MAX];
};

static int send(struct nr_branch *b, size_t n)
{
    int err = 0;

    for (size_t k = 0; n > 0 && k < NR_BRANCH_DECODERS; k++) {
        int one = b->decoder[k] != NULL
                      ? decoder_send(b->decoder[k], b->n, b->made, n)
                      : 0;
        err = one < 0 ? one : err;
    }
    b->n += n;
    return err;
}

/* Bands 5, 24 and 66, whose blocks of 30 kHz stand as in case B: TS 38.104
 * table 5.4.3.3-1. */
static bool is_case_b(double centre_hz)
{
    static const double band[][2] = {
        {869e6, 894e6}, {1525e6, 1559e6}, {2110e6, 2200e6}};
    bool is = false;

    for (size_t k = 0; k < sizeof band / sizeof band[0]; k++) {
        is = is || (centre_hz >= band[k][0] && centre_hz <= band[k][1]);
    }
    return is;
}

static int start_decoder(struct nr_branch *b, size_t k, double centre_hz,
                         decoder_take *take, void *ctx)
{
    struct decoder_work work = {
        .name = kinds[k].name,
        .fn = registry_find("nr_rx"),
        .take = take,
        .ctx = ctx,
    };
    int err = fn_set(work.fn, "scs_khz", kinds[k].khz, "subcarrier spacing",
                     NULL, &work.set);

    if (err == 0) {
        err = fn_set(work.fn, "case_b", is_case_b(centre_hz) ? "1" : "0",
                     "centre frequency", NULL, &work.set);
    }
    if (err == 0) {
        err = decoder_start(&work, &b->decoder[k]);
    }
    write_list_close(&work.set); /* the machine has its own copy */
    return err;
}

int nr_branch_open(double rate_hz, double centre_hz, decoder_take *take,
                   void *ctx, struct nr_branch **out)
{
    struct nr_branch *b = calloc(1, sizeof *b);
    int err = b == NULL
                  ? ERR_NO_MEM
                  : resample_open(rate_hz, NR_BRANCH_RATE_HZ, &b->resample);

    if (err < 0) {
        err_say(err, "NR front end: not enough memory");
    }
    for (size_t k = 0; err == 0 && k < NR_BRANCH_DECODERS; k++) {
        if (rate_hz >= kinds[k].rate_hz * (1 - 1e-6)) {
            err = start_decoder(b, k, centre_hz, take, ctx);
        }
    }
    if (err < 0) {
        (void)nr_branch_close(b); /* 'err' is the first error */
        return err;
    }
    *out = b;
    return 0;
}

int nr_branch_push(struct nr_branch *b, const float complex *x, size_t n)
{
    int err = 0;

    for (size_t at = 0; at < n; at += BLOCK) {
        size_t part = n - at < BLOCK ? n - at : BLOCK;
        int one = send(b, resample_push(b->resample, x + at, part, b->made));
        err = one < 0 ? one : err;
    }
    return err;
}

struct decoder *nr_branch_decoder(const struct nr_branch *b, size_t k)
{
    return b->decoder[k];
}

int nr_branch_close(struct nr_branch *b)
{
    int err = 0;

    if (b == NULL) {
        return 0;
    }
    if (b->resample != NULL) {
        err = send(b, resample_flush(b->resample, b->made));
    }
    for (size_t k = 0; k < NR_BRANCH_DECODERS; k++) {
        int end_err = decoder_end(b->decoder[k]); /* takes NULL */
        err = err < 0 ? err : end_err;
    }
    resample_close(b->resample);
    free(b);
    return err;
}
