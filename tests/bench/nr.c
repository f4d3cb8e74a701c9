/*
 * nr.c - `make bench-nr`: the NR receiver on one core, and the noise that it
 * stands.
 *
 * Speeds are times of the signal, 7.68 Msps, a second of CPU time: noise,
 * searched over +-240 kHz (+-120 kHz at 15 kHz) as the receiver does it at
 * reset, and with no group skipped.  Sensitivity is
 * the signal to noise ratio of a resource element, in white noise, at which one
 * in ten single blocks gives no MIB: nothing about the cell is known.
 */
#include "nr_rx_csr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "host/cli/bench.h"
#include "sdr/radio/gen_nr.h"
#include "sdr/radio/impair.h"

enum {
    FRAME = 76800, /* samples at 7.68 Msps */
    NOISE = 6 * FRAME,
    RECS = 8,
    TRIALS = 60,
};

struct work {
    struct bench bench;
    struct body *body;
    uint64_t item;
    struct rec rec[RECS];
    size_t n_rec;
    float complex x[NOISE];
    float complex frame[FRAME];
};

/* Gives x[n] as a stretch of its own. */
static int stretch(struct work *w, size_t n)
{
    bool more = true;
    int err = 0;

    w->item += 2 * NOISE; /* not the next one */
    w->n_rec = 0;
    for (size_t at = 0; err == 0 && (at < n || more);) {
        size_t part = n - at < FN_BURST_IQ ? n - at : FN_BURST_IQ;
        struct fn_span in = {FN_CF32, w->x + at, part, part, w->item + at};
        struct fn_span out = {.items = w->rec, .cap = RECS};
        err = body_run(w->body, &in, &out);
        w->n_rec += out.n;
        more = part > 0 || out.n > 0;
        at += part;
    }
    return err;
}

static int noise(void *ctx)
{
    return stretch(ctx, NOISE);
}

static int speed(struct work *w, const char *name, uint32_t scs_khz,
                 uint32_t skip)
{
    double ns;
    uint64_t calls;
    int err = body_write(w->body, NR_RX_SCS_KHZ, scs_khz);

    err = err < 0 ? err : body_write(w->body, NR_RX_SKIP, skip);
    err = err < 0 ? err : bench_median(noise, w, &ns, &calls);
    if (err == 0) {
        bench_print(&w->bench, name, NOISE / 7.68e6 * 1e9 / ns, "x real time");
    }
    return err;
}

/* A frame with one block; all that a receiver does not know comes from 'r'.
 * Whether the cell alone is found, with its MIB. */
static bool trial(struct work *w, double snr_db, struct rng *r)
{
    double cfo_hz = (double)rng_below(r, 460001) - 230000;
    double delay = rng_below(r, 1000) / 100.0;
    struct gen_nr g = {
        .cell_id = rng_below(r, NR_N_CELLS),
        .scs_khz = 30,
        .blocks = (uint8_t)(1u << rng_below(r, 8)),
        .half_frame = rng_below(r, 2) != 0,
        .period = 1,
        .mib = {.sfn = (uint16_t)rng_below(r, 1024), .dmrs_type_a_pos = 2},
        .step = rng_below(r, 1000) / 1000.0,
        .loaded = true,
        .seed = rng_next(r),
    };

    if (gen_nr_run(&g, 1, w->frame) < 0) {
        return false;
    }
    memset(w->x, 0, FRAME * sizeof w->x[0]);
    impair_place(w->frame, FRAME, delay, 0, w->x, FRAME);
    impair_cfo(w->x, FRAME, cfo_hz, 7.68e6);
    impair_noise(w->x, FRAME, 256.0 / 240 * pow(10, -snr_db / 10), r);
    return stretch(w, FRAME) == 0 && w->n_rec == 1 &&
           w->rec[0].nr.cell_id == g.cell_id && w->rec[0].nr.sfn == g.mib.sfn;
}

/* Goes down in steps of 0.5 dB until 10% are lost; between the last two. */
static void sensitivity(struct work *w, double from_db)
{
    const double step_db = 0.5;
    double snr_db = from_db, was = 0, rate = 0;

    while (snr_db > from_db - 10) {
        struct rng r = {7};
        unsigned wrong = 0;
        for (unsigned k = 0; k < TRIALS; k++) {
            wrong += trial(w, snr_db, &r) ? 0 : 1;
        }
        was = rate;
        rate = (double)wrong / TRIALS;
        if (rate >= 0.1) {
            break;
        }
        snr_db -= step_db;
    }
    if (rate > was) {
        snr_db += step_db * (rate - 0.1) / (rate - was);
    }
    bench_print(&w->bench, "nr_rx.mib90_1block", snr_db, "dB");
}

int main(int argc, char **argv)
{
    struct work *w = calloc(1, sizeof *w);
    struct rng r = {1};
    int err = ERR_NO_MEM;

    if (w != NULL) {
        w->bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
        err = body_open_c(registry_find("nr_rx"), &w->body);
    }
    if (err == 0) {
        impair_noise(w->x, NOISE, 1, &r);
        err = speed(w, "nr_rx.noise_30kHz", 30, 21);
    }
    err = err < 0 ? err : speed(w, "nr_rx.noise_15kHz", 15, 21);
    err = err < 0 ? err : speed(w, "nr_rx.noise_30kHz_all", 30, 0);
    if (err == 0) {
        sensitivity(w, -3);
    }
    if (w != NULL) {
        body_close(w->body);
    }
    free(w);
    return err < 0 ? 1 : 0;
}
