/*
 * fabric_front_test.c - `precast scan --fabric` with what comes before the
 * decoder: stf_detect finds the preambles that the detector in floating point
 * finds, fir_decim makes 20 Msps of 40 and more; on the simulated fabric as in
 * C, byte for byte, also when they move or a slot errs.
 */
#include "tests/radio/fabric_check.h"

#include <math.h>

#include "sdr/radio/iq_file.h"
#include "sdr/radio/resample.h"

#define ALL "fir_decim,stf_detect,fft64,viterbi_k7"

/* Strong and weak, echoes, frames of 802.11b, blocks with many preambles. */
static const char *const recordings[] = {
    "--seed 2 --count 12 --cfo -150000",
    "--mbps 6 --snr 4 --count 8",
    "--mcs 3 --multipath 100 --count 6",
    "--mbps 11 --count 3",
    "--mbps 54 --mac d4000000e4907e152a16 --count 30 --delay 0",
};

/* Where it is looked for 802.11b begins elsewhere when all samples are sent to
 * the receiver, so that carrier offsets differ in the last digit. */
enum { DSSS = 3 };

static void the_preambles_are_those_of_floating_point(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(recordings); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "gen wifi --out w %s", recordings[k]);
        cli_ok(args);
        struct cli_result soft = scan("w", "soft", "");
        struct cli_result c = scan("w", "c", "--fabric stf_detect --body c");
        struct cli_result rtl =
            scan("w", "rtl", "--fabric stf_detect --width 32 --twin off");
        struct cli_result twin =
            scan("w", "twin", "--fabric stf_detect --twin checked");
        if (k != DSSS) {
            assert_same(&soft, "soft", &c, "c");
        }
        assert_same_but_noise(soft.out, c.out, "wifi_frame");
        assert_same(&c, "c", &rtl, "rtl");
        assert_same(&c, "c", &twin, "twin");
        assert_true(count(soft.out, "wifi_frame") > 2);
        assert_int_equal(moves(c.out), 0);
        assert_int_equal(moves(rtl.out), 1);
        assert_int_equal(moves(twin.out), 1);
        assert_int_equal(count(twin.out, "verdict"), 0);
        json_t *n = node(twin.out, "stf_detect");
        const json_t *counters = json_object_get(n, "counters");
        assert_string_equal(cli_str(n, "body"), "rtl");
        assert_int_equal(cli_int(n, "dropped"), 0);
        assert_int_equal(cli_int(counters, "N_LOST"), 0);
        assert_true(k == DSSS || cli_int(counters, "N_FOUND") > 5);
        json_decref(n);
        cli_free(&soft);
        cli_free(&c);
        cli_free(&rtl);
        cli_free(&twin);
    }
}

/* Other people's radios: the same frames, right or wrong, to the last digit. */
static void shared_recordings_have_the_same_preambles(void **state)
{
    glob_t g = {0};
    size_t n_frames = 0;

    (void)state;
    shared_recordings("wifi", "*", &g);
    for (size_t k = 0; k < g.gl_pathc; k++) {
        struct cli_result soft = scan(g.gl_pathv[k], "soft", "");
        struct cli_result rtl =
            scan(g.gl_pathv[k], "rtl", "--fabric stf_detect --twin checked");
        assert_same(&soft, "soft", &rtl, "rtl");
        assert_int_equal(count(rtl.out, "verdict"), 0);
        n_frames += count(rtl.out, "wifi_frame");
        cli_free(&soft);
        cli_free(&rtl);
    }
    print_message("%zu recordings, %zu frames\n", (size_t)g.gl_pathc, n_frames);
    assert_true(n_frames > 400);
    globfree(&g);
}

/* All of a chain at higher rates, which fir_decim lowers by 2, 3 and 4. */
static void rates_are_lowered_by_the_fabric_as_in_c(void **state)
{
    static const char *const how[] = {
        "--rate 40e6 --mbps 54 --count 4 --ppm 40",
        "--rate 40e6 --mcs 7 --snr 30 --count 3",
        "--rate 40e6 --mbps 11 --count 1",
        "--rate 60e6 --mbps 24 --count 2",
        "--rate 80e6 --mbps 36 --count 2 --snr 20",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(how); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "gen wifi --out w %s", how[k]);
        cli_ok(args);
        struct cli_result soft = scan("w", "soft", "");
        struct cli_result one = scan("w", "one", "--fabric fir_decim --body c");
        struct cli_result c = scan("w", "c", "--fabric " ALL " --body c");
        struct cli_result rtl = scan("w", "rtl", "--fabric " ALL);
        assert_same_but_noise(soft.out, one.out, "wifi_frame");
        assert_same_but_noise(soft.out, c.out, "wifi_frame");
        assert_same(&c, "c", &rtl, "rtl");
        assert_true(count(rtl.out, "wifi_frame") > 0);
        assert_int_equal(count(rtl.out, "verdict"), 0);
        json_t *n = node(rtl.out, "fir_decim");
        const json_t *counters = json_object_get(n, "counters");
        assert_string_equal(cli_str(n, "body"), "rtl");
        assert_true(cli_int(counters, "N_FILTERED") > 20);
        assert_int_equal(cli_int(counters, "N_CLIPPED"), 0);
        json_decref(n);
        cli_free(&soft);
        cli_free(&one);
        cli_free(&c);
        cli_free(&rtl);
    }
}

/* Writes the recording 'name' at twice its rate to FILE, raw cf32. */
static void write_twice_the_rate(const char *name, const char *file)
{
    enum { PUSH = 4096 };
    static float complex x[PUSH], y[4 * PUSH + 64];
    struct iq_source *in = NULL;
    struct resample *up = NULL;
    FILE *f = fopen(cli_path(file), "wb");
    int n;

    assert_non_null(f);
    assert_int_equal(iq_open(name, NULL, 0, &in), 0);
    assert_int_equal(resample_open(20e6, 40e6, &up), 0);
    assert_true(resample_most(up, PUSH) <= CHECK_ROWS(y));
    while ((n = iq_read(in, x, PUSH)) > 0) {
        size_t made = resample_push(up, x, (size_t)n, y);
        assert_int_equal(fwrite(y, sizeof y[0], made, f), made);
    }
    size_t made = resample_flush(up, y);
    assert_int_equal(fwrite(y, sizeof y[0], made, f), made);
    assert_int_equal(fclose(f), 0);
    resample_close(up);
    iq_close(in);
}

/* Recordings of other people's radios, their rate made twice as high. */
static void shared_recordings_at_40_msps_give_the_same_frames(void **state)
{
    static const char raw[] = "up --format cf32_le --rate 40e6";
    glob_t g = {0};
    size_t n_frames = 0;

    (void)state;
    shared_recordings("wifi", "openofdm_cond_[an][2356]*[0-9]", &g);
    for (size_t k = 0; k < g.gl_pathc; k++) {
        if (strstr(g.gl_pathv[k], "_rs") != NULL) {
            continue; /* not of 20 Msps */
        }
        write_twice_the_rate(g.gl_pathv[k], "up");
        struct cli_result soft = scan(raw, "soft", "");
        struct cli_result c =
            scan(raw, "c", "--fabric fir_decim,stf_detect --body c");
        struct cli_result rtl =
            scan(raw, "rtl", "--fabric fir_decim,stf_detect");
        assert_same_but_noise(soft.out, c.out, "wifi_frame");
        assert_same(&c, "c", &rtl, "rtl");
        n_frames += count(rtl.out, "wifi_frame");
        cli_free(&soft);
        cli_free(&c);
        cli_free(&rtl);
    }
    print_message("%zu frames\n", n_frames);
    assert_true(n_frames > 50);
    globfree(&g);
}

/* A fabric in another process: packets of 4 KiB and more go over the link. */
static void a_fabric_elsewhere_gives_the_same(void **state)
{
    (void)state;
    cli_ok("gen wifi --out w --rate 40e6 --mbps 54 --count 3");
    struct cli_result c = scan("w", "c", "--fabric " ALL " --body c");
    struct cli_result r =
        cli_shell("$PRECAST fabric --socket s --slots 4 >served & p=$!; "
                  "until [ -s served ]; do :; done; "
                  "$PRECAST scan --json --pcap r.pcapng --device socket:s "
                  "--fabric " ALL " w; s=$?; kill $p; wait $p; exit $s");
    assert_int_equal(r.status, 0);
    assert_same(&c, "c", &r, "r");
    assert_int_equal(moves(r.out), 4);
    cli_free(&c);
    cli_free(&r);
}

static void they_move_there_and_back_while_a_recording_is_read(void **state)
{
    (void)state;
    cli_ok("gen wifi --out w --rate 40e6 --mbps 24 --count 12 --seed 3");
    struct cli_result c = scan("w", "c", "--fabric " ALL " --body c");
    struct cli_result r =
        scan("w", "m",
             "--twin checked --fabric fir_decim@40000-100000,"
             "stf_detect@50000-110000,viterbi_k7@60000,fft64");
    assert_same(&c, "c", &r, "m");
    assert_int_equal(moves(r.out), 6);
    for (size_t k = 0; k < 2; k++) { /* 1,024 samples a block of either */
        static const char *const name[] = {"fir_decim", "stf_detect"};
        json_t *n = node(r.out, name[k]);
        assert_string_equal(cli_str(n, "body"), "c");
        json_decref(n);
        json_t *list = cli_records(r.out, "move");
        for (size_t j = 0; j < json_array_size(list); j++) {
            const json_t *m = json_array_get(list, j);
            if (strcmp(cli_str(m, "node"), name[k]) == 0) {
                bool up = strcmp(cli_str(m, "to"), "rtl") == 0;
                long long at = (up ? 40000 : 100000) + (k == 1 ? 10000 : 0);
                assert_in_range(cli_int(m, "at_item"), at / 1024,
                                at / 1024 + 16);
            }
        }
        json_decref(list);
    }
    cli_free(&c);
    cli_free(&r);
}

/* A bit of each one's settings, and of what it works with. */
static void a_fault_in_a_slot_is_repaired_and_no_frame_changes(void **state)
{
    static const struct {
        const char *flip, *where;
    } row[] = {{"stf_detect:csr.threshold_q[9]", "THRESHOLD"},
               {"stf_detect:csr.veto_q[2]", "VETO"},
               {"fir_decim:csr.shift_q[0]", "SHIFT"},
               {"fir_decim:csr.n_taps_q[1]", "N_TAPS"}};

    (void)state;
    cli_ok("gen wifi --out w --rate 40e6 --mbps 24 --count 8 --seed 5");
    struct cli_result c =
        scan("w", "c", "--fabric fir_decim,stf_detect --body c");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char how[256];
        (void)snprintf(how, sizeof how,
                       "--fabric fir_decim,stf_detect --twin checked "
                       "--flip 30000:%s",
                       row[k].flip);
        struct cli_result r = scan("w", "f", how);
        assert_same(&c, "c", &r, "f");
        assert_int_equal(count(r.out, "fault"), 1);
        json_t *list = cli_records(r.out, "verdict");
        assert_int_equal(json_array_size(list), 1);
        const json_t *v = json_array_get(list, 0);
        assert_string_equal(cli_str(v, "register"), row[k].where);
        assert_string_equal(cli_str(v, "class"), "state");
        json_decref(list);
        list = cli_records(r.out, "action");
        assert_int_equal(json_array_size(list), 3);
        assert_string_equal(cli_str(json_array_get(list, 0), "action"),
                            "scrub");
        assert_string_equal(cli_str(json_array_get(list, 2), "action"),
                            "return");
        json_decref(list);
        cli_free(&r);
    }
    /* Without a twin a fault of either shows. */
    for (size_t k = 1; k <= 2; k++) {
        char how[256];
        (void)snprintf(how, sizeof how,
                       "--fabric fir_decim,stf_detect --twin off "
                       "--flip 30000:%s",
                       row[k].flip);
        struct cli_result off = scan("w", "off", how);
        assert_int_equal(count(off.out, "verdict"), 0);
        assert_false(cli_same(cli_path("c.pcapng"), cli_path("off.pcapng")));
        cli_free(&off);
    }
    cli_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_preambles_are_those_of_floating_point),
        cmocka_unit_test(shared_recordings_have_the_same_preambles),
        cmocka_unit_test(rates_are_lowered_by_the_fabric_as_in_c),
        cmocka_unit_test(shared_recordings_at_40_msps_give_the_same_frames),
        cmocka_unit_test(a_fabric_elsewhere_gives_the_same),
        cmocka_unit_test(they_move_there_and_back_while_a_recording_is_read),
        cmocka_unit_test(a_fault_in_a_slot_is_repaired_and_no_frame_changes),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
