/*
 * fabric_test.c - `precast scan --fabric`: blocks of the Wi-Fi receiver on the
 * simulated fabric give the frames that software gives, byte for byte, also
 * when they move or a slot errs while the recording is read.
 */
#include "tests/radio/fabric_check.h"

/* A bit of each kernel's settings, whose flip changes what it gives. */
#define FLIP_VITERBI "viterbi_k7:csr.limit_q[14]"
#define FLIP_FFT     "fft64:csr.scale_q[2]"

/* Frames of all rates; A-MPDUs, whose blocks are longer than a slot takes. */
static const char *const recordings[] = {
    "--seed 1 --count 16",
    "--mcs 5 --ampdu 3 --ppm 20 --snr 30 --count 4",
    "--mcs 2 --antennas 2 --multipath 20 --snr 28 --gi short --count 6",
    "--mcs 6 --fec ldpc --snr 32 --count 6",
};

static void
frames_are_those_of_software_with_each_and_all_on_fabric(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(recordings); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "gen wifi --out w %s", recordings[k]);
        cli_ok(args);
        struct cli_result soft = scan("w", "soft", "");
        struct cli_result one = scan("w", "one", "--fabric viterbi_k7");
        struct cli_result c = scan("w", "c", "--fabric fft64 --body c");
        struct cli_result rtl =
            scan("w", "rtl", "--fabric fft64 --width 32 --twin off");
        struct cli_result both =
            scan("w", "both", "--fabric fft64,viterbi_k7 --twin checked");
        assert_same(&soft, "soft", &one, "one");
        assert_same(&c, "c", &rtl, "rtl");
        assert_same(&c, "c", &both, "both");
        assert_int_equal(moves(one.out), 1);
        assert_int_equal(moves(c.out), 0);
        assert_int_equal(moves(rtl.out), 1);
        assert_int_equal(moves(both.out), 2);
        assert_int_equal(count(both.out, "verdict"), 0);
        json_t *n = node(both.out, "fft64");
        assert_string_equal(cli_str(n, "body"), "rtl");
        assert_true(cli_int(n, "in") > 100);
        assert_int_equal(cli_int(json_object_get(n, "counters"), "N_CLIPPED"),
                         0);
        json_decref(n);
        n = node(both.out, "viterbi_k7");
        assert_int_equal(cli_int(n, "dropped"), 0); /* none was too long */
        json_decref(n);
        cli_free(&soft);
        cli_free(&one);
        cli_free(&c);
        cli_free(&rtl);
        cli_free(&both);
    }
}

/* Recordings of other people's radios: also frames whose FCS is wrong. */
static void shared_recordings_give_the_same_frames_on_fabric(void **state)
{
    glob_t g = {0};
    size_t n_frames = 0;

    (void)state;
    shared_recordings("wifi", "*", &g);
    for (size_t k = 0; k < g.gl_pathc; k++) {
        struct cli_result soft = scan(g.gl_pathv[k], "soft", "");
        struct cli_result one =
            scan(g.gl_pathv[k], "one", "--fabric viterbi_k7 --twin checked");
        struct cli_result c =
            scan(g.gl_pathv[k], "c", "--fabric fft64 --body c");
        struct cli_result both =
            scan(g.gl_pathv[k], "both", "--fabric viterbi_k7,fft64");
        assert_same(&soft, "soft", &one, "one");
        assert_same(&c, "c", &both, "both");
        assert_same_but_noise(soft.out, c.out, "wifi_frame");
        assert_int_equal(count(both.out, "verdict"), 0);
        n_frames += count(both.out, "wifi_frame");
        cli_free(&soft);
        cli_free(&one);
        cli_free(&c);
        cli_free(&both);
    }
    print_message("%zu recordings, %zu frames\n", (size_t)g.gl_pathc, n_frames);
    assert_true(n_frames > 400);
    globfree(&g);
}

static void kernels_move_there_and_back_while_a_recording_is_read(void **state)
{
    (void)state;
    cli_ok("gen wifi --out w --mbps 24 --count 24 --seed 3");
    struct cli_result c = scan("w", "c", "--fabric viterbi_k7,fft64 --body c");
    struct cli_result r = scan(
        "w", "m",
        "--twin checked --fabric viterbi_k7@60000-140000,fft64@40000-120000");
    assert_same(&c, "c", &r, "m");
    assert_int_equal(moves(r.out), 4);
    json_t *list = cli_records(r.out, "move");
    for (size_t k = 0; k < 4; k++) { /* both up, then both down */
        const json_t *m = json_array_get(list, k);
        assert_string_equal(cli_str(m, "to"), k < 2 ? "rtl" : "c");
        assert_true(cli_int(m, "at_item") > 20);
    }
    json_decref(list);
    json_t *n = node(r.out, "viterbi_k7");
    assert_string_equal(cli_str(n, "body"), "c");
    json_decref(n);
    cli_free(&c);
    cli_free(&r);
}

/* The twin sees it, the slot is set right and serves again; in checked mode
 * nothing else can be told from it.  Without a twin it can: the fault is one.
 */
static void a_fault_in_a_slot_is_repaired_and_no_frame_changes(void **state)
{
    static const char *const flip[] = {FLIP_VITERBI, FLIP_FFT};

    (void)state;
    cli_ok("gen wifi --out w --mbps 24 --count 16 --seed 5");
    struct cli_result c = scan("w", "c", "--fabric viterbi_k7,fft64 --body c");
    for (size_t k = 0; k < CHECK_ROWS(flip); k++) {
        static const char *const mode[] = {"watched", "checked"};
        for (size_t t = 0; t < CHECK_ROWS(mode); t++) {
            char how[256];
            (void)snprintf(how, sizeof how,
                           "--fabric viterbi_k7,fft64 --twin %s "
                           "--flip 50000:%s",
                           mode[t], flip[k]);
            struct cli_result r = scan("w", "f", how);
            if (t == 1) {
                assert_same(&c, "c", &r, "f");
            }
            assert_int_equal(count(r.out, "fault"), 1);
            json_t *list = cli_records(r.out, "verdict");
            assert_int_equal(json_array_size(list), 1);
            const json_t *v = json_array_get(list, 0);
            assert_string_equal(cli_str(v, "register"),
                                k == 0 ? "LIMIT" : "SCALE");
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
    }
    struct cli_result off =
        scan("w", "off",
             "--fabric viterbi_k7,fft64 --twin off --flip 50000:" FLIP_FFT);
    assert_int_equal(count(off.out, "verdict"), 0);
    assert_false(cli_same(cli_path("c.pcapng"), cli_path("off.pcapng")));
    cli_free(&off);
    cli_free(&c);
}

/* Each of several recordings begins in software and moves. */
static void a_fabric_elsewhere_serves_recording_after_recording(void **state)
{
    (void)state;
    cli_ok("gen wifi --out a --mbps 12 --count 6");
    cli_ok("gen mix --out b --cell 77 --count 6 --seed 4");
    struct cli_result c =
        scan("a b", "c", "--fabric viterbi_k7,fft64 --body c");
    struct cli_result r =
        cli_shell("$PRECAST fabric --socket s --slots 2 >served & p=$!; "
                  "until [ -s served ]; do :; done; "
                  "$PRECAST scan --json --pcap r.pcapng --device socket:s "
                  "--fabric viterbi_k7,fft64 a b; s=$?; kill $p; wait $p; "
                  "exit $s");
    assert_int_equal(r.status, 0);
    assert_same(&c, "c", &r, "r");
    assert_int_equal(moves(r.out), 4);
    cli_free(&c);
    cli_free(&r);
}

static void what_cannot_be_gets_one_line_and_its_status(void **state)
{
    static const struct {
        const char *args, *says;
        int status;
    } row[] = {
        {"--fabric fft",
         "'fft', expected one of: viterbi_tb fft128 pss_correlate viterbi_k7 "
         "fft64",
         2},
        {"--fabric wifi_rx", "'wifi_rx', expected", 2},
        {"--fabric ''", "'', expected", 2},
        {"--fabric fft64,", "'', expected", 2},
        {"--fabric fft64,viterbi_k7,fft64", "'fft64', expected each name once",
         2},
        {"--fabric fft64@x", "NAME@FROM-TO", 2},
        {"--fabric fft64@9-9", "NAME@FROM-TO", 2},
        {"--fabric fft64@", "NAME@FROM-TO", 2},
        {"--fabric fft64@9-", "NAME@FROM-TO", 2},
        {"--fabric fft64 --twin on", "'on', expected off, watched or checked",
         2},
        {"--fabric fft64 --device usb", "'usb', expected sim, socket:PATH", 2},
        {"--fabric fft64 --device sim:x", "'sim:x', expected sim", 2},
        {"--fabric fft64 --device socket", "'socket', expected sim", 2},
        {"--fabric fft64 --device socket:none", "none", 3},
        {"--fabric fft64 --flip 1:viterbi_k7:a[0]", "a name of --fabric", 2},
        {"--fabric fft64 --flip 1:fft64:", "SAMPLE:NAME:BIT", 2},
        {"--fabric fft64 --flip fft64:a[0]", "SAMPLE:NAME:BIT", 2},
        {"--fabric fft64 --flip x:fft64:a[0]", "SAMPLE:NAME:BIT", 2},
        {"--fabric fft64 --flip 1:fft64:none_q[0]", "no bit 'none_q[0]'", 2},
        {"--twin checked", "--twin: '', expected --fabric NAME, too", 2},
        {"--flip 1:fft64:a", "expected --fabric NAME, too", 2},
        {"--body c", "expected --fabric NAME, too", 2},
    };

    (void)state;
    cli_ok("gen wifi --out w --count 2");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "scan w %s", row[k].args);
        struct cli_result r = cli(args);
        if (strstr(r.err, row[k].says) == NULL || r.status != row[k].status) {
            print_message("%s: status %d, %s", args, r.status, r.err);
        }
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(r.status, row[k].status);
        assert_int_equal(cli_lines(r.err), 1);
        cli_free(&r);
    }
    /* Nothing is read, and no capture begun, when an image is not there. */
    struct cli_result r =
        cli_shell("mkdir -p empty; rm -f n.pcapng; PRECAST_IMAGES=empty "
                  "$PRECAST scan --pcap n.pcapng w --fabric fft64; s=$?; "
                  "ls n.pcapng 2>/dev/null; exit $s");
    assert_int_equal(r.status, 4);
    assert_string_equal(r.out, "");
    assert_int_equal(cli_lines(r.err), 1);
    assert_non_null(strstr(r.err, "fft64.yaml"));
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            frames_are_those_of_software_with_each_and_all_on_fabric),
        cmocka_unit_test(shared_recordings_give_the_same_frames_on_fabric),
        cmocka_unit_test(kernels_move_there_and_back_while_a_recording_is_read),
        cmocka_unit_test(a_fault_in_a_slot_is_repaired_and_no_frame_changes),
        cmocka_unit_test(a_fabric_elsewhere_serves_recording_after_recording),
        cmocka_unit_test(what_cannot_be_gets_one_line_and_its_status),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
