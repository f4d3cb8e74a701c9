/*
 * lte_si.c - `make bench`: the turbo decoder, and system information of a 20
 * MHz cell with two ports at 30.72 Msps, on one core.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "host/cli/bench.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/dsp/lte_turbo.h"
#include "sdr/fn/lte_rx/lte_si.h"
#include "sdr/radio/gen_lte_wide.h"
#include "sdr/radio/impair.h"

enum {
    K = LTE_TURBO_K_MAX,
    ITERATIONS = 5,
    FACTOR = 16,
    FRAMES = 32, /* 320 ms: windows of three messages twice or once */
    N = FRAMES * LTE_FRAME * FACTOR,
    MESSAGE_BYTES = 40,
    MESSAGES = 3,
};

/* SIB1 of a cell on the air: windows of 40 ms each 160, 320 and 640 ms. */
static const uint8_t sib1[] = {0x40, 0x51, 0x80, 0x03, 0x10, 0x24,
                               0x04, 0x87, 0x87, 0x98, 0x14, 0x21,
                               0x10, 0x81, 0x04, 0x4c, 0x23, 0xd4};

struct work {
    struct bench bench;
    struct lte_turbo turbo;
    uint8_t bits[K], out[K];
    int8_t soft[3 * LTE_TURBO_STREAM_MAX];
    struct lte_si_work *si_work;
    struct lte_si si;
    struct lte_samples samples;
    size_t n_messages;
};

static void make_block(struct work *w)
{
    static uint8_t coded[3 * LTE_TURBO_STREAM_MAX];
    struct rng r = {1};

    for (size_t k = 0; k < K; k++) {
        w->bits[k] = (uint8_t)rng_below(&r, 2);
    }
    lte_turbo_encode(w->bits, K, coded);
    for (size_t k = 0; k < sizeof coded; k++) {
        int noise = 0;
        for (int j = 0; j < 6; j++) { /* of variance 300: Eb/N0 is 1 dB */
            noise += (int)rng_below(&r, 25) - 12;
        }
        w->soft[k] = (int8_t)((coded[k] ? -16 : 16) + noise);
    }
}

static int by_turbo(void *ctx)
{
    struct work *w = ctx;

    lte_turbo_load(&w->turbo, K, w->soft);
    for (int n = 0; n < ITERATIONS; n++) {
        lte_turbo_iterate(&w->turbo);
    }
    lte_turbo_bits(&w->turbo, w->out);
    return memcmp(w->bits, w->out, K) == 0 ? 0 : ERR_BAD_INPUT;
}

static void take(void *ctx, const struct lte_si_message *m)
{
    struct work *w = ctx;

    w->n_messages += m->n > 0;
}

/* All messages of the stretch, as of a cell that is new. */
static int by_si(void *ctx)
{
    struct work *w = ctx;
    struct lte_cell cell = {
        .pci = 301, .prb = 100, .ports = 2, .phich_ng = 2, .sfn = 0};

    memset(&w->si, 0, sizeof w->si);
    w->n_messages = 0;
    lte_si_run(w->si_work, &w->si, &cell, &w->samples, take, w);
    return 0;
}

/* The cell with 'n_sent' of its three messages, in noise at 15 dB. */
static int make_cell(struct work *w, size_t n_sent, float complex *x)
{
    static uint8_t message[MESSAGES][MESSAGE_BYTES];
    struct rng r = {2};
    struct gen_lte_wide g = {
        .si = {.layout = {.pci = 301,
                          .prb = 100,
                          .ports = 2,
                          .ng = 2,
                          .tdd_config = LTE_TDD_UNKNOWN},
               .cfi = 2,
               .dci = {.format = LTE_DCI_1A, .first = 10, .n = 8},
               .aggregation = 4,
               .sib1 = {sib1, sizeof sib1}},
        .factor = FACTOR,
        .gain = {1, I},
        .loaded = true,
        .seed = 1,
    };

    for (size_t k = 0; k < n_sent; k++) {
        memset(message[k], 0, sizeof message[k]);
        message[k][1] = (uint8_t)(0x08 + k);
        g.si.si[k] = (struct gen_lte_message){message[k], MESSAGE_BYTES};
    }
    int err = gen_lte_wide_run(&g, FRAMES, x);
    if (err == 0) {
        double re = (double)LTE_FFT * FACTOR / 1200;
        impair_noise(x, N, impair_noise_power(re, 15), &r);
        w->samples = (struct lte_samples){x, N, FACTOR};
    }
    return err;
}

static int bench_si(struct work *w, size_t n_sent, const char *name,
                    float complex *x)
{
    double ns;
    int err = make_cell(w, n_sent, x);

    if (err == 0) {
        err = bench_median(by_si, w, &ns, NULL);
    }
    if (err == 0 && w->n_messages != 1 + n_sent) {
        return err_say(ERR_BAD_INPUT, "%s: %zu messages", name, w->n_messages);
    }
    if (err == 0) {
        bench_print(&w->bench, name, FRAMES * 10e6 / ns, "x real time");
    }
    return err;
}

int main(int argc, char **argv)
{
    struct work *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    float complex *x = malloc(N * sizeof *x);
    int err = ERR_NO_MEM;
    double ns;

    if (w != NULL && x != NULL) {
        memset(w, 0, sizeof *w);
        w->bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
        make_block(w);
        err = bench_median(by_turbo, w, &ns, NULL);
    }
    if (err == 0) {
        bench_print(&w->bench, "lte_turbo.k6144", 1e3 * K / ns, "Mbit/s");
        err = lte_si_open(&w->si_work);
    }
    if (err == 0) {
        err = bench_si(w, MESSAGES, "lte_si.20MHz", x);
    }
    if (err == 0) { /* what it takes to look for what is not sent */
        err = bench_si(w, 0, "lte_si.20MHz.silent", x);
    }
    if (w != NULL) {
        lte_si_close(w->si_work);
    }
    free(w);
    free(x);
    return err_exit_status(err);
}
