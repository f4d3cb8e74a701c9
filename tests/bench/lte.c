/*
 * lte.c - `make bench-lte`: the LTE receiver's search and master information
 * block (MIB) on one core, and the noise that they stand.
 *
 * Speeds are times of the signal, 1.92 Msps, a second of CPU time: noise that
 * is searched over +-150 kHz, and the stream of a cell that is known, followed
 * and searched under.  Sensitivity is the signal to noise ratio of a resource
 * element, in white noise, at which one in ten stretches gives no MIB: nothing
 * about the cell is known, nor where in its 40 ms a stretch begins.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/cli/bench.h"
#include "sdr/fn/lte_rx/lte_cells.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

enum {
    MS = LTE_RATE_HZ / 1000,
    STRETCH = 80 * MS,
    FRAMES = 10, /* generated for a stretch */
    TRIALS = 60,
};

static const struct lte_cells_limits limits = {150e3, 65};

struct work {
    struct bench bench;
    struct lte_cells *cells;
    bool forget; /* before each run */
    float complex x[STRETCH];
    float complex frames[FRAMES * LTE_FRAME];
};

static int look(void *ctx)
{
    struct work *w = ctx;
    struct lte_iq iq = {w->x, STRETCH, 0};

    if (w->forget) {
        lte_cells_clear(w->cells);
    }
    lte_cells_run(w->cells, &iq, &limits);
    return 0;
}

/* A stretch of 'n' samples of a cell with 'ports' ports; all that a receiver
 * does not know comes from 'r'. */
static int make(struct work *w, struct gen_lte *g, size_t n, unsigned ports,
                double snr_db, struct rng *r)
{
    double cfo_hz = (double)rng_below(r, 200001) - 100000;
    size_t skip = rng_below(r, LTE_FRAME);

    *g = (struct gen_lte){
        .id = {.cell_id = (uint16_t)rng_below(r, LTE_N_CELLS)},
        .ports = ports,
        .gain = {1, I, -1, -I},
        .mib = {.prb = 50, .phich_resources = 2, .sfn = rng_below(r, 1024)},
        .loaded = true,
        .seed = rng_next(r),
    };
    int err = gen_lte_run(g, FRAMES, w->frames);
    memcpy(w->x, w->frames + skip, n * sizeof w->x[0]);
    impair_cfo(w->x, n, cfo_hz, LTE_RATE_HZ);
    impair_noise(w->x, n, 128.0 / 72 * pow(10, -snr_db / 10), r);
    g->mib.sfn = (g->mib.sfn + (skip > 0 ? 1 : 0)) % 1024;
    return err;
}

/* Whether the cell alone was found, with its MIB. */
static bool is_right(const struct work *w, const struct gen_lte *g)
{
    size_t n;
    const struct lte_known *k = lte_cells_known(w->cells, &n);

    return n == 1 && k->cell.pci == g->id.cell_id &&
           k->cell.ports == (int)g->ports && k->cell.prb == (int)g->mib.prb &&
           k->cell.phich_ng == (int)g->mib.phich_resources &&
           k->cell.sfn == (int)g->mib.sfn;
}

/* Part of the stretches of n samples whose MIB is not decoded. */
static double error_rate(struct work *w, size_t n, unsigned ports,
                         double snr_db)
{
    struct rng r = {ports + n};
    unsigned wrong = 0;

    for (unsigned k = 0; k < TRIALS; k++) {
        struct gen_lte g;
        struct lte_iq iq = {w->x, n, 0};
        if (make(w, &g, n, ports, snr_db, &r) < 0) {
            return 1;
        }
        lte_cells_clear(w->cells);
        lte_cells_run(w->cells, &iq, &limits);
        wrong += is_right(w, &g) ? 0 : 1;
    }
    return (double)wrong / TRIALS;
}

/* Goes down in steps of 0.5 dB until 10% are lost; between the last two. */
static void sensitivity(struct work *w, unsigned ms, unsigned ports,
                        double from_db)
{
    const double step_db = 0.5;
    double snr_db = from_db, was = 0, rate = 0;
    char name[64];

    while (snr_db > from_db - 10) {
        was = rate;
        rate = error_rate(w, (size_t)ms * MS, ports, snr_db);
        if (rate >= 0.1) {
            break;
        }
        snr_db -= step_db;
    }
    if (rate > was) {
        snr_db += step_db * (rate - 0.1) / (rate - was);
    }
    (void)snprintf(name, sizeof name, "lte_rx.mib90_%uport_%ums", ports,
                   ms); /* fits */
    bench_print(&w->bench, name, snr_db, "dB");
}

static int speed(struct work *w, const char *name)
{
    double ns;
    uint64_t calls;
    int err = bench_median(look, w, &ns, &calls);

    if (err == 0) {
        bench_print(&w->bench, name, STRETCH / (double)LTE_RATE_HZ * 1e9 / ns,
                    "x real time");
    }
    return err;
}

/* Noise; a cell that appears; one that is known. */
static int speeds(struct work *w)
{
    struct rng r = {1};
    struct gen_lte g;
    int err;

    memset(w->x, 0, sizeof w->x);
    impair_noise(w->x, STRETCH, 1, &r);
    w->forget = true;
    err = speed(w, "lte_rx.noise_150kHz");
    if (err == 0) {
        err = make(w, &g, STRETCH, 2, 10, &r);
    }
    if (err == 0) {
        err = speed(w, "lte_rx.new_cell_150kHz");
    }
    w->forget = false;
    return err == 0 ? speed(w, "lte_rx.known_cell") : err;
}

int main(int argc, char **argv)
{
    static const struct {
        unsigned ms, ports;
        double from_db;
    } rows[] = {
        {40, 1, -5}, {80, 1, -7}, {40, 2, -2}, {80, 2, -4}, {40, 4, -1}};
    struct work *w = calloc(1, sizeof *w);
    int err = ERR_NO_MEM;

    if (w != NULL && lte_cells_open(&w->cells) == 0) {
        w->bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
        err = speeds(w);
    }
    for (size_t k = 0; err == 0 && k < sizeof rows / sizeof rows[0]; k++) {
        sensitivity(w, rows[k].ms, rows[k].ports, rows[k].from_db);
    }
    if (w != NULL) {
        lte_cells_close(w->cells);
    }
    free(w);
    return err < 0 ? 1 : 0;
}
