/*
 * lte_si_test.c - system information of the recordings in ../shared whose truth
 * has it: cells as the truth gives them, every byte of SIB1 and of the other
 * messages.  Skipped, with a message, where they are not.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sdr/dsp/lte_seq.h"
#include "sdr/fn/lte_rx/lte_si.h"
#include "sdr/radio/iq_file.h"
#include "tests/check.h"

#define FOLDER "../shared/data/lte"

enum {
    MESSAGES = 16,
    HEX = 2 * LTE_SI_BYTES_MAX + 1,
};

struct heard {
    char hex[MESSAGES][HEX];
    size_t n;
};

static void take(void *ctx, const struct lte_si_message *m)
{
    struct heard *h = ctx;

    assert_true(h->n < MESSAGES);
    for (size_t k = 0; k < m->n; k++) {
        (void)snprintf(h->hex[h->n] + 2 * k, 3, "%02x", m->bytes[k]);
    }
    h->n++;
}

static bool has(const struct heard *h, const char *hex)
{
    bool found = false;

    for (size_t k = 0; k < h->n; k++) {
        found = found || strncmp(h->hex[k], hex, strlen(hex)) == 0;
    }
    return found;
}

static double number(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static bool is(const json_t *o, const char *key, const char *text)
{
    const char *have = json_string_value(json_object_get(o, key));

    return have != NULL && strcmp(have, text) == 0;
}

static struct lte_cell cell_of(const json_t *c, double rate, double centre_hz)
{
    double cfo_hz = number(c, "cfo_hz");

    return (struct lte_cell){
        .pci = (int)number(c, "cell_id"),
        .tdd = is(c, "duplex", "TDD"),
        .ext_cp = is(c, "cp", "extended"),
        .cfo_hz = cfo_hz,
        .ppm = centre_hz > 0 ? -cfo_hz / centre_hz * 1e6 : 0,
        .frame_start = number(c, "frame_start_sample") * LTE_RATE_HZ / rate,
        .prb = (int)number(c, "prb"),
        .ports = (int)number(c, "ports"),
        .phich_dur = is(c, "phich_duration", "extended") ? 1 : 0,
        .phich_ng = is(c, "phich_resources", "1/6")   ? 0
                    : is(c, "phich_resources", "1/2") ? 1
                    : is(c, "phich_resources", "1")   ? 2
                                                      : 3,
        .sfn = (int)number(c, "sfn_first_frame"),
    };
}

/* All of a recording; *own is freed by the caller. */
static struct lte_samples read_all(const char *name, double *centre_hz,
                                   float complex **own)
{
    struct iq_source *source;
    char path[512];
    size_t n = 0;
    int got;

    (void)snprintf(path, sizeof path, FOLDER "/%s.sigmf-meta", name);
    assert_int_equal(iq_open(path, NULL, 0, &source), 0);
    const struct iq_info *info = iq_info(source);
    *own = malloc(((size_t)info->n_samples + 1) * sizeof **own);
    assert_non_null(*own);
    do {
        got = iq_read(source, *own + n, (size_t)info->n_samples - n);
        assert_true(got >= 0);
        n += (size_t)got;
    } while (got > 0 && n < info->n_samples);
    double factor = info->rate_hz / LTE_RATE_HZ;
    *centre_hz = info->centre_hz;
    assert_true(factor == (unsigned)factor);
    iq_close(source);
    return (struct lte_samples){*own, n, (unsigned)factor};
}

/* Messages the truth has of a cell, in the band: how many are missing. */
static size_t check_cell(struct lte_si_work *w, const json_t *truth,
                         const json_t *c, size_t *n_true)
{
    const char *name = json_string_value(json_object_get(truth, "name"));
    const json_t *sib1 = json_object_get(c, "sib1");
    const json_t *in_band = json_object_get(sib1, "in_band");
    const char *hex = json_string_value(json_object_get(sib1, "hex"));
    const json_t *si = json_object_get(c, "si"), *m;
    struct heard h = {.n = 0};
    double centre_hz;
    float complex *x;
    size_t k, missing = 0;

    if (hex == NULL || json_is_false(in_band)) {
        return 0;
    }
    struct lte_samples s = read_all(name, &centre_hz, &x);
    struct lte_cell cell = cell_of(c, number(truth, "sample_rate"), centre_hz);
    struct lte_si *state = calloc(1, sizeof *state);
    assert_non_null(state);
    lte_si_run(w, state, &cell, &s, take, &h);
    missing += !has(&h, hex);
    *n_true += 1 + json_array_size(si);
    json_array_foreach(si, k, m)
    {
        missing += !has(&h, json_string_value(json_object_get(m, "hex")));
    }
    print_message("%s, cell %d: %zu messages, %zu missing\n", name, cell.pci,
                  h.n, missing);
    free(state);
    free(x);
    return missing;
}

static void messages_of_the_recordings_are_decoded(void **state)
{
    DIR *dir = opendir(FOLDER);
    struct lte_si_work *w;
    size_t n_true = 0, missing = 0;

    (void)state;
    if (dir == NULL) {
        print_message("skipped: " FOLDER " is not here\n");
        skip();
    }
    assert_int_equal(lte_si_open(&w), 0);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[512];
        const json_t *c;
        size_t k;
        if (strstr(e->d_name, ".truth.json") == NULL) {
            continue;
        }
        (void)snprintf(path, sizeof path, FOLDER "/%s", e->d_name);
        json_t *truth = json_load_file(path, 0, NULL);
        assert_non_null(truth);
        json_array_foreach(json_object_get(truth, "cells"), k, c)
        {
            missing += check_cell(w, truth, c, &n_true);
        }
        json_decref(truth);
    }
    assert_true(n_true >= 15);
    assert_int_equal(missing, 0);
    (void)closedir(dir);
    lte_si_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_the_recordings_are_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
