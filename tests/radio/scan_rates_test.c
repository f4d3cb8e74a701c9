/*
 * scan_rates_test.c - `precast scan` on recordings of 802.11b, and of every
 * kind of frame at other sample rates.
 */
#include "tests/cli_check.h"

#include <math.h>

/* DSSS and CCK, and every kind at other sample rates. */
static void generated_frames_of_802_11b_and_other_rates_come_back(void **state)
{
    static const struct {
        const char *how, *format;
        double mbps;
        bool is_short;
    } row[] = {
        {"--mbps 1 --count 3 --snr 5 --cfo 200000", "dsss", 1, false},
        {"--mbps 2 --preamble short --count 3 --ppm 40", "dsss", 2, true},
        {"--mbps 5.5 --multipath 50 --snr 28", "cck", 5.5, false},
        {"--mbps 11 --preamble short --ppm -40 --cfo -99e3", "cck", 11, true},
        {"--mbps 11 --rate 19.2e6", "cck", 11, false},
        {"--mbps 1 --rate 40e6 --count 2", "dsss", 1, false},
        {"--mbps 54 --rate 40e6 --ppm 40", "non-ht", 54, false},
        {"--mbps 24 --rate 30.72e6 --cfo 50e3", "non-ht", 24, false},
        {"--mbps 6 --rate 19.2e6 --ppm -40 --snr 12", "non-ht", 6, false},
        {"--mcs 7 --rate 30.72e6 --snr 30", "ht", 65, false},
        {"--mcs 3 --rate 19.2e6", "ht", 26, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        json_error_t error;
        char args[512];
        print_message("row %zu\n", k);
        (void)snprintf(args, sizeof args, "gen wifi --out b %s", row[k].how);
        cli_ok(args);
        struct cli_result r = cli("scan --json b");
        assert_int_equal(r.status, 0);
        json_t *truth = json_load_file(cli_path("b.truth.json"), 0, &error);
        assert_non_null(truth);
        json_t *got = cli_records(r.out, "wifi_frame");
        json_t *frames = json_object_get(truth, "frames");
        assert_int_equal(json_array_size(got), json_array_size(frames));
        for (size_t j = 0; j < json_array_size(got); j++) {
            const json_t *one = json_array_get(got, j);
            const json_t *sent = json_array_get(frames, j);
            assert_string_equal(cli_str(one, "psdu_hex"),
                                cli_str(sent, "psdu_hex"));
            assert_true(json_is_true(json_object_get(one, "fcs_ok")));
            const json_t *is_short = json_object_get(one, "short_preamble");
            assert_string_equal(cli_str(one, "format"), row[k].format);
            assert_float_equal(
                json_number_value(json_object_get(one, "rate_mbps")),
                row[k].mbps, 0.01);
            assert_int_equal(json_is_true(is_short), row[k].is_short);
            assert_int_equal(is_short != NULL,
                             row[k].mbps < 6 || row[k].mbps == 11);
            assert_true(llabs(cli_int(one, "start_sample") -
                              cli_int(sent, "start_sample")) <= 6);
        }
        json_decref(got);
        json_decref(truth);
        cli_free(&r);
    }
}

/* What the headers in front of the frames say, as another reads them: rate,
 * CCK, OFDM, short preamble. */
static void tshark_knows_dsss_and_cck(void **state)
{
    static const struct {
        const char *mbps, *seen;
    } row[] = {{"1", "1\t1\t0\t0\n"},
               {"5.5 --preamble short", "5.5\t1\t0\t1\n"},
               {"11", "11\t1\t0\t0\n"},
               {"12", "12\t0\t1\t0\n"}};

    (void)state;
    struct cli_result r = cli_shell("command -v tshark");
    int status = r.status;
    cli_free(&r);
    if (status != 0) {
        print_message("skipped: no tshark, package tshark\n");
        skip();
    }
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[512];
        (void)snprintf(args, sizeof args,
                       "gen wifi --out t --count 1 --mbps %s", row[k].mbps);
        cli_ok(args);
        cli_ok("scan --pcap t.pcapng t");
        r = cli_shell(
            "tshark -r t.pcapng -T fields -e radiotap.datarate "
            "-e radiotap.channel.flags.cck -e radiotap.channel.flags.ofdm "
            "-e radiotap.flags.preamble 2>/dev/null");
        assert_string_equal(r.out, row[k].seen);
        cli_free(&r);
    }
}

/*
 * A frame is told of when no more than 12,000 samples (0.6 ms) behind its last
 * one have come, and before any others: the pipe's writer waits for it.
 */
static void a_record_comes_before_more_samples(void **state)
{
    static const char *const mbps[] = {"54", "6", "11 --preamble short", "1"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(mbps); k++) {
        json_error_t error;
        char args[1024];
        print_message("%s Mbit/s\n", mbps[k]);
        (void)snprintf(args, sizeof args,
                       "gen wifi --out q --count 1 --mbps %s", mbps[k]);
        cli_ok(args);
        json_t *truth = json_load_file(cli_path("q.truth.json"), 0, &error);
        assert_non_null(truth);
        long long end = cli_int(
            json_array_get(json_object_get(truth, "frames"), 0), "end_sample");
        json_decref(truth);
        (void)snprintf(
            args, sizeof args,
            "rm -f hold && mkfifo hold && timeout 120 sh -c '"
            "( cat q.sigmf-data /dev/zero | head -c %lld; read x <hold ) | "
            "$PRECAST scan --json --format ci16_le --rate 20e6 - | "
            "( grep -m1 wifi_frame; echo >hold; cat >/dev/null )'",
            4 * (end + 12000));
        struct cli_result r = cli_shell(args);
        assert_int_equal(r.status, 0);
        assert_non_null(strstr(r.out, "\"fcs_ok\":true"));
        cli_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_frames_of_802_11b_and_other_rates_come_back),
        cmocka_unit_test(tshark_knows_dsss_and_cck),
        cmocka_unit_test(a_record_comes_before_more_samples),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
