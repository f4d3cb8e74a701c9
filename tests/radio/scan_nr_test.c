/*
 * scan_nr_test.c - NR cells through `precast scan`: generated ones, one on the
 * air in ../shared, and none where there is none.
 */
#include "tests/cli_check.h"

#include <glob.h>
#include <math.h>

#define FOLDER "../shared/data/lte"

static double number(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static json_t *truth_of(const char *path)
{
    json_error_t error;
    json_t *truth = json_load_file(path, 0, &error);

    assert_non_null(truth);
    return truth;
}

/* Record 'have' is the cell of n.truth.json. */
static void assert_cell(const json_t *have)
{
    json_t *truth = truth_of(cli_path("n.truth.json"));
    const json_t *want = json_object_get(truth, "nr");
    double rate = number(truth, "sample_rate");

    assert_int_equal(cli_int(have, "cell_id"), cli_int(want, "pci"));
    assert_int_equal(1000 * cli_int(have, "scs_khz"),
                     cli_int(want, "ssb_scs_hz"));
    assert_int_equal(cli_int(have, "ssb_index"), cli_int(want, "ssb_idx"));
    assert_int_equal(cli_int(have, "half_frame"),
                     cli_int(want, "ssb_pattern_half_frame"));
    assert_int_equal(cli_int(have, "sfn"), cli_int(want, "sfn_first_frame"));
    assert_string_equal(cli_str(have, "mib_hex"),
                        cli_str(want, "mib_hex_first_frame"));
    assert_true(fabs(number(have, "frame_start_sample") -
                     number(want, "frame_start_sample")) < 1e-7 * rate);
    assert_true(fabs(number(have, "cfo_hz") - number(want, "cfo_hz")) < 1500);
    assert_true(fabs(number(have, "snr_db") - number(want, "snr_re_db")) < 1.5);
    assert_int_equal(cli_int(have, "k_ssb"), 6);
    assert_int_equal(cli_int(have, "dmrs_type_a_pos"), 2);
    assert_int_equal(cli_int(have, "pdcch_config_sib1"), 0x41);
    assert_true(json_is_false(json_object_get(have, "cell_barred")));
    assert_true(json_is_true(json_object_get(have, "intra_freq_reselection")));
    json_decref(truth);
}

static void generated_cells_come_back_with_their_mib(void **state)
{
    static const char *const how[] = {
        "--cell 1007 --sfn 1021 --snr 10",
        "--cell 500 --ssb 7 --half 1 --sfn 978 --snr 0 --cfo 130000",
        "--cell 3 --scs 15 --ssb 3 --sfn 6 --snr 3 --cfo -60000",
        "--cell 100 --rate 20e6 --snr 6 --delay 5000 --cfo -3000",
        "--cell 101 --rate 15.36e6 --scs 15 --snr 6 --seed 4 --count 2",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(how); k++) {
        char args[512];
        print_message("row %zu\n", k);
        (void)snprintf(args, sizeof args, "gen nr --out n %s", how[k]);
        cli_ok(args);
        struct cli_result r = cli("scan --json --pcap n.pcapng n");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        json_t *cells = cli_records(r.out, "nr_cell");
        assert_int_equal(json_array_size(cells), 1);
        assert_cell(json_array_get(cells, 0));
        json_t *signals = cli_records(r.out, "signal");
        assert_int_equal(json_array_size(signals), 1);
        assert_string_equal(cli_str(json_array_get(signals, 0), "technology"),
                            "nr");
        json_t *summary = cli_records(r.out, "summary");
        assert_int_equal(cli_int(json_array_get(summary, 0), "nr_cells"), 1);
        assert_int_equal(cli_int(json_array_get(summary, 0), "lte_cells"), 0);
        json_decref(summary);
        json_decref(signals);
        json_decref(cells);
        cli_free(&r);
    }
    cli_ok("gen nr --out p --cell 9 --sfn 4");
    struct cli_result r = cli("scan p");
    assert_non_null(strstr(r.out, "NR cell 9: block 0 of 30 kHz, SFN 4 "));
    assert_non_null(strstr(r.out, "1 NR cells"));
    cli_free(&r);
}

static void bad_settings_are_refused_by_name(void **state)
{
    static const char *const args[] = {"--scs 20", "--cell 1008", "--ssb 8",
                                       "--period 15", "--count 0"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(args); k++) {
        char line[256], key[16];
        (void)snprintf(line, sizeof line, "gen nr --out q %s", args[k]);
        (void)sscanf(args[k], "%15s", key);
        struct cli_result r = cli(line);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, key));
        cli_free(&r);
    }
}

/* What a scan finds of 'type' in the recording with the truth 'path'. */
static json_t *scan(const char *path, const char *type)
{
    char args[2 * PATH_MAX], here[PATH_MAX];
    int stem = (int)(strlen(path) - strlen(".truth.json"));

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(args, sizeof args, "scan --json %s/%.*s.sigmf-meta", here,
                   stem, path);
    struct cli_result r = cli(args);
    assert_int_equal(r.status, 0);
    json_t *records = cli_records(r.out, type);
    cli_free(&r);
    return records;
}

static void need_shared(const char *folder)
{
    if (access(folder, R_OK) != 0) {
        print_message("skipped: %s is not here\n", folder);
        skip();
    }
}

static void a_cell_on_the_air_is_what_its_truth_says(void **state)
{
    static const char path[] = FOLDER "/nr01_n78_ssb_pci500.truth.json";

    (void)state;
    need_shared(FOLDER);
    json_t *truth = truth_of(path);
    const json_t *want = json_object_get(truth, "nr");
    json_t *cells = scan(path, "nr_cell");
    const json_t *have = json_array_get(cells, 0);
    assert_int_equal(json_array_size(cells), 1);
    assert_int_equal(cli_int(have, "cell_id"), 500);
    assert_int_equal(cli_int(have, "sfn"), 978);
    assert_string_equal(cli_str(have, "mib_hex"),
                        cli_str(want, "pbch_payload"));
    assert_int_equal(cli_int(have, "k_ssb"), cli_int(want, "ssb_offset"));
    assert_int_equal(cli_int(have, "ssb_index"), cli_int(want, "ssb_idx"));
    assert_int_equal(cli_int(have, "half_frame"), 0);
    /* Block 0 of case C: two symbols into the frame, its prefix included. */
    assert_true(fabs(number(have, "frame_start_sample") + 22 + 256 + 274 -
                     number(want, "ssb_start_sample")) < 1);
    assert_true(fabs(number(have, "cfo_hz") - number(want, "cfo_hz")) < 600);
    json_decref(cells);
    cells = scan(path, "lte_cell");
    assert_int_equal(json_array_size(cells), 0);
    json_decref(cells);
    json_decref(truth);
}

static void no_other_recording_has_an_nr_cell(void **state)
{
    static const char *const folders[] = {FOLDER, "../shared/data/wifi"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(folders); k++) {
        char pattern[PATH_MAX];
        glob_t g;
        need_shared(folders[k]);
        (void)snprintf(pattern, sizeof pattern, "%s/*.truth.json", folders[k]);
        assert_int_equal(glob(pattern, 0, NULL, &g), 0);
        for (size_t j = 0; j < g.gl_pathc; j++) {
            if (strstr(g.gl_pathv[j], "/nr") == NULL) {
                json_t *cells = scan(g.gl_pathv[j], "nr_cell");
                if (json_array_size(cells) > 0) {
                    fail_msg("%s has an NR cell", g.gl_pathv[j]);
                }
                json_decref(cells);
            }
        }
        globfree(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_cells_come_back_with_their_mib),
        cmocka_unit_test(bad_settings_are_refused_by_name),
        cmocka_unit_test(a_cell_on_the_air_is_what_its_truth_says),
        cmocka_unit_test(no_other_recording_has_an_nr_cell),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
