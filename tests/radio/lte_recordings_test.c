/*
 * lte_recordings_test.c - LTE cells in recordings of other people's radios and
 * transmitters, in ../shared: what a scan finds is what is in them.  Skipped,
 * with a message, where they are not.
 */
#include "tests/cli_check.h"

#include <glob.h>
#include <math.h>

#define FOLDER "../shared/data/lte"

/* NAME's truth and its cells as a scan finds them; skips without the folder. */
static json_t *truth_of(const char *name)
{
    char path[PATH_MAX];
    json_error_t error;

    (void)snprintf(path, sizeof path, FOLDER "/%s.truth.json", name);
    json_t *truth = json_load_file(path, 0, &error);
    assert_non_null(truth);
    return truth;
}

static json_t *scan(const char *name)
{
    char args[2 * PATH_MAX], here[PATH_MAX];

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(args, sizeof args, "scan --json %s/" FOLDER "/%s.sigmf-meta",
                   here, name);
    struct cli_result r = cli(args);
    assert_int_equal(r.status, 0);
    json_t *cells = cli_records(r.out, "lte_cell");
    cli_free(&r);
    return cells;
}

static double number(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static const json_t *cell_of(const json_t *cells, long long id)
{
    for (size_t k = 0; k < json_array_size(cells); k++) {
        const json_t *c = json_array_get(cells, k);
        if (cli_int(c, "cell_id") == id) {
            return c;
        }
    }
    return NULL;
}

/* The names of all recordings that match; their number. */
static size_t names(const char *pattern, glob_t *g)
{
    char path[PATH_MAX];

    if (access(FOLDER, R_OK) != 0) {
        print_message("skipped: " FOLDER " is not here\n");
        skip();
    }
    (void)snprintf(path, sizeof path, FOLDER "/%s.truth.json", pattern);
    assert_int_equal(glob(path, 0, NULL, g), 0);
    for (size_t k = 0; k < g->gl_pathc; k++) {
        char *name = g->gl_pathv[k];
        memmove(name, name + strlen(FOLDER) + 1, strlen(name));
        name[strlen(name) - strlen(".truth.json")] = '\0';
    }
    return g->gl_pathc;
}

/* The MIB is that of the truth, and so is the SFN where it is known. */
static void assert_mib(const json_t *truth, const json_t *want,
                       const json_t *have)
{
    static const char *const text[] = {"cp", "phich_duration",
                                       "phich_resources"};

    for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) {
        if (json_is_string(json_object_get(want, text[k]))) {
            assert_string_equal(cli_str(have, text[k]), cli_str(want, text[k]));
        }
    }
    assert_int_equal(
        strcasecmp(cli_str(have, "duplex"), cli_str(want, "duplex")), 0);
    assert_int_equal(cli_int(have, "ports"), cli_int(want, "ports"));
    assert_int_equal(cli_int(have, "prb"), cli_int(want, "prb"));
    if (json_is_integer(json_object_get(want, "sfn_first_frame"))) {
        double period = 0.01 * number(truth, "sample_rate");
        double frames = (number(have, "frame_start_sample") -
                         number(want, "frame_start_sample")) /
                        period;
        assert_true(fabs(frames - round(frames)) < 0.005);
        assert_int_equal((cli_int(want, "sfn_first_frame") + lround(frames)) %
                             1024,
                         cli_int(have, "sfn"));
    }
}

static void every_required_cell_has_its_mib(void **state)
{
    glob_t g;
    size_t n_cells = 0;

    (void)state;
    for (size_t k = 0, n = names("*", &g); k < n; k++) {
        json_t *truth = truth_of(g.gl_pathv[k]);
        json_t *cells = scan(g.gl_pathv[k]);
        json_t *want = json_object_get(truth, "cells");
        for (size_t i = 0; i < json_array_size(want); i++) {
            const json_t *w = json_array_get(want, i);
            if (strcmp(cli_str(w, "score"), "required") == 0) {
                print_message("%s: %lld\n", g.gl_pathv[k],
                              cli_int(w, "cell_id"));
                const json_t *have = cell_of(cells, cli_int(w, "cell_id"));
                assert_non_null(have);
                assert_mib(truth, w, have);
                n_cells++;
            }
        }
        json_decref(cells);
        json_decref(truth);
    }
    assert_true(n_cells >= 44);
    globfree(&g);
}

/* True when the truth knows of a cell, or says that it may be there. */
static bool is_known(const json_t *truth, long long id)
{
    const json_t *possible = json_object_get(truth, "possible_cells");

    for (size_t k = 0; k < json_array_size(possible); k++) {
        const json_t *p = json_array_get(possible, k);
        if ((json_is_integer(p) ? json_integer_value(p)
                                : cli_int(p, "cell_id")) == id) {
            return true;
        }
    }
    return cell_of(json_object_get(truth, "cells"), id) != NULL;
}

static void no_other_cell_is_found(void **state)
{
    glob_t g;

    (void)state;
    for (size_t k = 0, n = names("*", &g); k < n; k++) {
        json_t *truth = truth_of(g.gl_pathv[k]);
        json_t *cells = scan(g.gl_pathv[k]);
        for (size_t i = 0; i < json_array_size(cells); i++) {
            long long id = cli_int(json_array_get(cells, i), "cell_id");
            if (!is_known(truth, id)) {
                fail_msg("%s: cell %lld", g.gl_pathv[k], id);
            }
        }
        json_decref(cells);
        json_decref(truth);
    }
    globfree(&g);
}

static void cells_under_others_are_found(void **state)
{
    static const char *const name[] = {
        "syn20_multi3_diffnid2",   "syn21_multi3_samenid2",
        "syn22_multi2_sync_-12dB", "real04_fdd_50prb_300_115",
        "real09_tdd_028_027",      "real10_fdd_weak_142_086"};
    glob_t g;

    (void)state;
    (void)names("*", &g);
    globfree(&g);
    for (size_t k = 0; k < sizeof name / sizeof name[0]; k++) {
        json_t *truth = truth_of(name[k]);
        json_t *cells = scan(name[k]);
        json_t *want = json_object_get(truth, "cells");
        for (size_t i = 0; i < json_array_size(want); i++) {
            const json_t *w = json_array_get(want, i);
            print_message("%s: %lld\n", name[k], cli_int(w, "cell_id"));
            assert_non_null(cell_of(cells, cli_int(w, "cell_id")));
            assert_mib(truth, w, cell_of(cells, cli_int(w, "cell_id")));
        }
        json_decref(cells);
        json_decref(truth);
    }
}

/* Of the generated ones the truth is exact. */
static void time_and_frequency_are_exact(void **state)
{
    glob_t g;

    (void)state;
    for (size_t k = 0, n = names("syn*", &g); k < n; k++) {
        json_t *truth = truth_of(g.gl_pathv[k]);
        json_t *cells = scan(g.gl_pathv[k]);
        double rate_hz = number(truth, "sample_rate");
        for (size_t i = 0; i < json_array_size(cells); i++) {
            const json_t *have = json_array_get(cells, i);
            const json_t *want = cell_of(json_object_get(truth, "cells"),
                                         cli_int(have, "cell_id"));
            double period =
                0.01 * rate_hz * (1 - 1e-6 * number(want, "sfo_ppm"));
            double late = remainder(number(have, "frame_start_sample") -
                                        number(want, "frame_start_sample"),
                                    period);
            double off_hz = number(have, "cfo_hz") - number(want, "cfo_hz");
            print_message("%s: %lld: %+.2f us, %+.0f Hz\n", g.gl_pathv[k],
                          cli_int(have, "cell_id"), late / rate_hz * 1e6,
                          off_hz);
            assert_true(fabs(late) / rate_hz <= 0.5e-6);
            assert_true(fabs(off_hz) <= 50);
        }
        json_decref(cells);
        json_decref(truth);
    }
    globfree(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_required_cell_has_its_mib),
        cmocka_unit_test(no_other_cell_is_found),
        cmocka_unit_test(cells_under_others_are_found),
        cmocka_unit_test(time_and_frequency_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
