/* gen_radio.c - see gen_radio.h. */
#include "host/radio/gen_radio.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/radio/gen_file.h"
#include "host/radio/gen_take.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"
#include "sdr/radio/resample.h"

enum {
    WIFI_RATE_HZ = 20000000,
    LTE_RE_PER_SAMPLE = 72, /* resource elements, over 128 bins */
};

static void take_free(struct gen_take *t)
{
    free(t->x);
    json_decref(t->frames);
    json_decref(t->cells);
}

int gen_take_no_memory(const struct gen_radio *g)
{
    return err_say(ERR_NO_MEM, "%s: not enough memory for so long a recording",
                   g->out);
}

/* --- LTE --- */

static json_t *cell_truth(const struct gen_radio *g, double start)
{
    return json_pack(
        "{si, si, si, ss, ss, si, si, ss, ss, si, sf, sf, sf, sb, ss}",
        "cell_id", (int)g->cell_id, "n_id_1", (int)g->cell_id / 3, "n_id_2",
        (int)g->cell_id % 3, "duplex", "FDD", "cp", "normal", "ports",
        (int)g->ports, "prb", (int)g->prb, "phich_duration", "normal",
        "phich_resources", "1", "sfn_first_frame", (int)g->sfn,
        "frame_start_sample", start, "cfo_hz", g->cfo_hz, "snr_re_db",
        g->snr_db, "mib_expected", 1, "score", "required");
}

static int lte_check(const struct gen_radio *g)
{
    static const uint32_t prb[] = {6, 15, 25, 50, 75, 100};
    bool known = false;

    for (size_t k = 0; k < sizeof prb / sizeof prb[0]; k++) {
        known = known || prb[k] == g->prb;
    }
    if (g->cell_id > 503 || g->ports < 1 || g->ports > 2 || g->sfn > 1023 ||
        !known || g->count == 0 || g->count > GEN_FRAMES_MAX) {
        return err_say(ERR_USAGE,
                       "expected --cell 0..503, --ports 1 or 2, --prb 6, 15, "
                       "25, 50, 75 or 100, --sfn 0..1023, --count 1..%d",
                       GEN_FRAMES_MAX);
    }
    return 0;
}

/* Writes a cell of 'n_frames' to new memory at '*x', 1.92 Msps. */
static int make_cell(const struct gen_radio *g, size_t n_frames,
                     float complex **x)
{
    struct gen_lte cell = {
        .id = {.cell_id = (uint16_t)g->cell_id},
        .ports = g->ports,
        .gain = {1, 0.8f * I},
        .mib = {.prb = g->prb, .phich_resources = 2, .sfn = g->sfn},
        .loaded = true,
        .seed = g->seed,
    };

    *x = calloc(n_frames * LTE_FRAME, sizeof **x);
    return *x == NULL ? ERR_NO_MEM : gen_lte_run(&cell, n_frames, *x);
}

/* --- recordings --- */

/* Silence before the first frame. */
static int begin(const struct gen_radio *g, struct gen_take *t, double rate_hz)
{
    t->rate_hz = rate_hz;
    t->frames = json_array();
    t->cells = json_array();
    t->n = (size_t)g->delay;
    t->x = calloc(t->n + 1, sizeof *t->x);
    return t->x != NULL && t->frames != NULL && t->cells != NULL
               ? 0
               : gen_take_no_memory(g);
}

/* Offset and noise of 'power' a sample over everything; writes the files. */
static int finish(const struct gen_radio *g, struct gen_take *t, double power,
                  struct rng *r)
{
    impair_cfo(t->x, t->n, g->cfo_hz, t->rate_hz);
    impair_noise(t->x, t->n, power, r);
    json_t *truth =
        json_pack("{sf, ss, sI}", "sample_rate", t->rate_hz, "datatype",
                  "ci16_le", "samples", (json_int_t)t->n);
    if (json_array_size(t->frames) > 0) {
        (void)json_object_set(truth, "frames", t->frames);
    }
    if (json_array_size(t->cells) > 0) {
        (void)json_object_set(truth, "cells", t->cells);
    }
    int err = gen_file_write(g->out, t->rate_hz, t->x, t->n, truth);
    json_decref(truth);
    return err;
}

int gen_radio_wifi(const struct gen_radio *g)
{
    struct gen_take t = {0};
    struct rng r = {g->seed};
    int err = begin(g, &t, WIFI_RATE_HZ);

    if (err == 0) {
        err = gen_take_wifi(g, &t, &r);
    }
    if (err == 0) {
        err = finish(g, &t, impair_noise_power(1, g->snr_db), &r);
    }
    take_free(&t);
    return err;
}

int gen_radio_lte(const struct gen_radio *g)
{
    struct gen_take t = {0};
    struct rng r = {g->seed};
    float complex *cell = NULL;
    int err = lte_check(g);

    if (err == 0) {
        err = begin(g, &t, LTE_RATE_HZ);
    }
    if (err == 0) {
        err = make_cell(g, g->count, &cell);
    }
    if (err == 0) {
        size_t n = g->count * (size_t)LTE_FRAME;
        free(t.x);
        t.x = calloc(t.n + n, sizeof *t.x);
        err = t.x != NULL ? 0 : gen_take_no_memory(g);
        if (err == 0) {
            memcpy(t.x + t.n, cell, n * sizeof *t.x);
            (void)json_array_append_new(t.cells, cell_truth(g, (double)t.n));
            t.n += n;
            /* A resource element has 1/72 of the power, noise 1/128. */
            err = finish(
                g, &t, impair_noise_power(128.0 / LTE_RE_PER_SAMPLE, g->snr_db),
                &r);
        }
    }
    free(cell);
    take_free(&t);
    return err;
}

/* Appends the cell at 20 Msps. */
static int add_cell(const struct gen_radio *g, struct gen_take *t,
                    size_t n_frames)
{
    struct resample *up = NULL;
    float complex *cell = NULL;
    size_t n = n_frames * LTE_FRAME;
    int err = make_cell(g, n_frames, &cell);

    if (err == 0) {
        err = resample_open(LTE_RATE_HZ, WIFI_RATE_HZ, &up);
    }
    if (err == 0) {
        size_t most = resample_most(up, n) + resample_most(up, RESAMPLE_FLUSH);
        float complex *x = realloc(t->x, (t->n + most) * sizeof *x);
        err = x != NULL ? 0 : ERR_NO_MEM;
        t->x = x != NULL ? x : t->x;
    }
    if (err == 0) {
        (void)json_array_append_new(t->cells, cell_truth(g, (double)t->n));
        t->n += resample_push(up, cell, n, t->x + t->n);
        t->n += resample_flush(up, t->x + t->n);
    }
    resample_close(up);
    free(cell);
    return err == ERR_NO_MEM ? gen_take_no_memory(g) : err;
}

int gen_radio_mix(const struct gen_radio *g)
{
    enum { MIX_LTE_FRAMES = 8 };
    struct gen_take t = {0};
    struct rng r = {g->seed};
    struct gen_radio cell = *g;
    int err;

    cell.count = MIX_LTE_FRAMES;
    err = lte_check(&cell);
    if (err == 0) {
        err = begin(g, &t, WIFI_RATE_HZ);
    }
    if (err == 0) {
        err = add_cell(&cell, &t, MIX_LTE_FRAMES);
    }
    if (err == 0) {
        err = gen_take_wifi(g, &t, &r);
    }
    if (err == 0) {
        err = finish(g, &t, impair_noise_power(1, g->snr_db), &r);
    }
    take_free(&t);
    return err;
}
