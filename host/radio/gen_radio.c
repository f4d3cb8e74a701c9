/* gen_radio.c - see gen_radio.h. */
#include "host/radio/gen_radio.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/radio/gen_file.h"
#include "host/radio/gen_take.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/dsp/nr_seq.h"
#include "sdr/radio/impair.h"
#include "sdr/radio/resample.h"

enum {
    WIFI_RATE_HZ = 20000000,
    LTE_RE_PER_SAMPLE = 72, /* resource elements, over 128 bins */
};

/* Of a cell's truth. */
static const char start_key[] = "frame_start_sample";

static void take_free(struct gen_take *t)
{
    free(t->x);
    json_decref(t->frames);
    json_decref(t->cells);
    json_decref(t->nr);
}

int gen_take_no_memory(const struct gen_radio *g)
{
    return err_say(ERR_NO_MEM, "%s: not enough memory for so long a recording",
                   g->out);
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

/* Carries the sample numbers of a truth over to another rate. */
static void scale_truth(json_t *list, double ratio)
{
    static const char *const keys[] = {"start_sample", "end_sample"};

    for (size_t k = 0; k < json_array_size(list); k++) {
        json_t *o = json_array_get(list, k);
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++) {
            const json_t *at = json_object_get(o, keys[j]);
            if (at != NULL) {
                (void)json_object_set_new(
                    o, keys[j],
                    json_integer((json_int_t)llround(
                        (double)json_integer_value(at) * ratio)));
            }
        }
        const json_t *start = json_object_get(o, start_key);
        if (start != NULL) {
            (void)json_object_set_new(
                o, start_key, json_real(json_number_value(start) * ratio));
        }
    }
}

/* The same of an NR cell, or none. */
static void scale_nr(json_t *o, double ratio)
{
    static const char *const keys[] = {"frame_start_sample",
                                       "ssb_start_sample"};

    for (size_t k = 0; o != NULL && k < sizeof keys / sizeof keys[0]; k++) {
        double at = json_number_value(json_object_get(o, keys[k]));
        (void)json_object_set_new(o, keys[k], json_real(at * ratio));
    }
}

/* The recording at the rate that is asked for. */
static int change_rate(const struct gen_radio *g, struct gen_take *t)
{
    struct resample *to = NULL;
    int err = resample_open(t->rate_hz, g->rate_hz, &to);

    if (err < 0) {
        return gen_take_no_memory(g);
    }
    float complex *x = calloc(
        resample_most(to, t->n) + resample_most(to, RESAMPLE_FLUSH), sizeof *x);
    if (x != NULL) {
        size_t n = resample_push(to, t->x, t->n, x);
        n += resample_flush(to, x + n);
        free(t->x);
        t->x = x;
        t->n = n;
        scale_truth(t->frames, g->rate_hz / t->rate_hz);
        scale_truth(t->cells, g->rate_hz / t->rate_hz);
        scale_nr(t->nr, g->rate_hz / t->rate_hz);
        t->rate_hz = g->rate_hz;
    }
    resample_close(to);
    return x != NULL ? 0 : gen_take_no_memory(g);
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
    if (t->nr != NULL) {
        (void)json_object_set(truth, "nr", t->nr);
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
        err = change_rate(g, &t);
    }
    if (err == 0) {
        /* As much noise in 20 MHz at any rate. */
        double noise = impair_noise_power(1, g->snr_db);
        err = finish(g, &t, noise * g->rate_hz / WIFI_RATE_HZ, &r);
    }
    take_free(&t);
    return err;
}

/* A cell with system information, all of its band. */
static int radio_lte_si(const struct gen_radio *g)
{
    struct gen_take t = {0};
    struct rng r = {g->seed};
    int err = gen_cells_check(g);

    if (err == 0) {
        err = begin(g, &t, LTE_RATE_HZ);
    }
    if (err == 0) {
        err = gen_take_lte(g, &t);
    }
    if (err == 0) {
        /* A resource element has 1 / (12 prb) of the power, noise 1 / bins. */
        double bins = LTE_FFT * t.rate_hz / LTE_RATE_HZ;
        err = finish(g, &t, impair_noise_power(bins / (12 * g->prb), g->snr_db),
                     &r);
    }
    take_free(&t);
    return err;
}

int gen_radio_lte(const struct gen_radio *g)
{
    if (g->sib1_hex != NULL) {
        return radio_lte_si(g);
    }

    struct gen_take t = {0};
    struct rng r = {g->seed};
    int err = gen_cells_check(g);

    if (err == 0) {
        err = begin(g, &t, LTE_RATE_HZ);
    }
    if (err == 0) {
        err = gen_cells_make(g, g->count, &t);
    }
    if (err == 0) {
        /* A resource element has 1/72 of the power, noise 1/128. */
        err = finish(g, &t,
                     impair_noise_power(128.0 / LTE_RE_PER_SAMPLE, g->snr_db),
                     &r);
    }
    take_free(&t);
    return err;
}

int gen_radio_nr(const struct gen_radio *g)
{
    struct gen_take t = {0};
    struct rng r = {g->seed};
    double own_hz = (double)g->scs_khz * 1e3 * NR_FFT;
    int err = begin(g, &t, own_hz);

    if (err == 0) {
        err = gen_take_nr(g, &t);
    }
    if (err == 0 && g->rate_hz > 0) {
        err = change_rate(g, &t);
    }
    if (err == 0) {
        /* A resource element has 1/240 of the power, noise 1/256 at the rate
         * that has so many bins. */
        double noise = impair_noise_power((double)NR_FFT / NR_N_SC, g->snr_db);
        err = finish(g, &t, noise * t.rate_hz / own_hz, &r);
    }
    take_free(&t);
    return err;
}

/* Appends cells at 20 Msps. */
static int add_cells(const struct gen_radio *g, struct gen_take *t)
{
    struct gen_take c = {0};
    struct gen_radio only = *g;
    float complex *x = NULL;

    only.delay = 0;
    only.rate_hz = WIFI_RATE_HZ;
    int err = begin(&only, &c, LTE_RATE_HZ);
    err = err < 0 ? err : gen_cells_make(&only, g->count, &c);
    err = err < 0 ? err : change_rate(&only, &c);
    if (err == 0) {
        x = realloc(t->x, (t->n + c.n) * sizeof *x);
        err = x != NULL ? 0 : gen_take_no_memory(g);
    }
    if (err == 0) {
        memcpy(x + t->n, c.x, c.n * sizeof *x);
        for (size_t k = 0; k < json_array_size(c.cells); k++) {
            json_t *o = json_array_get(c.cells, k);
            double at = json_number_value(json_object_get(o, start_key));
            (void)json_object_set_new(o, start_key,
                                      json_real(at + (double)t->n));
        }
        (void)json_array_extend(t->cells, c.cells);
        t->x = x;
        t->n += c.n;
    }
    take_free(&c);
    return err;
}

int gen_radio_mix(const struct gen_radio *g)
{
    enum { MIX_LTE_FRAMES = 8 };
    struct gen_take t = {0};
    struct rng r = {g->seed};
    struct gen_radio cell = *g;
    int err;

    cell.count = MIX_LTE_FRAMES;
    err = gen_cells_check(&cell);
    if (err == 0) {
        err = begin(g, &t, WIFI_RATE_HZ);
    }
    if (err == 0) {
        err = add_cells(&cell, &t);
    }
    if (err == 0) {
        err = gen_take_wifi(g, &t, &r);
    }
    if (err == 0) {
        err = change_rate(g, &t);
    }
    if (err == 0) {
        /* As much noise in 20 MHz at any rate. */
        double noise = impair_noise_power(1, g->snr_db);
        err = finish(g, &t, noise * g->rate_hz / WIFI_RATE_HZ, &r);
    }
    take_free(&t);
    return err;
}
