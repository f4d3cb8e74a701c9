/*
 * scan_test.c - recordings with known content through `precast scan`: what is
 * found, what bad input costs, and what the death of a decoder does.
 */
#include "tests/cli_check.h"

#include <math.h>

static json_t *load(const char *name)
{
    json_error_t error;
    json_t *root = json_load_file(cli_path(name), 0, &error);

    assert_non_null(root);
    return root;
}

/* Every frame of NAME.truth.json is among the records, byte for byte. */
static void assert_frames(const char *name, const char *json)
{
    char file[256];

    (void)snprintf(file, sizeof file, "%s.truth.json", name);
    json_t *truth = load(file);
    json_t *frames = json_object_get(truth, "frames");
    json_t *got = cli_records(json, "wifi_frame");
    assert_int_equal(json_array_size(got), json_array_size(frames));
    for (size_t k = 0; k < json_array_size(frames); k++) {
        const json_t *want = json_array_get(frames, k);
        const json_t *have = json_array_get(got, k);
        assert_string_equal(cli_str(have, "psdu_hex"),
                            cli_str(want, "psdu_hex"));
        assert_int_equal(cli_int(have, "rate_mbps"),
                         cli_int(want, "rate_mbps"));
        assert_true(json_is_true(json_object_get(have, "fcs_ok")));
        assert_true(llabs(cli_int(have, "start_sample") -
                          cli_int(want, "start_sample")) <= 4);
    }
    json_decref(got);
    json_decref(truth);
}

/* The record of cell 'cell_id'. */
static const json_t *find_cell(const json_t *records, long long cell_id)
{
    for (size_t k = 0; k < json_array_size(records); k++) {
        const json_t *r = json_array_get(records, k);
        if (cli_int(r, "cell_id") == cell_id) {
            return r;
        }
    }
    return NULL;
}

/* Record 'have' is cell 'want' of the truth, field for field. */
static void assert_one_cell(const json_t *want, const json_t *have, double rate)
{
    assert_int_equal(cli_int(have, "ports"), cli_int(want, "ports"));
    assert_int_equal(cli_int(have, "prb"), cli_int(want, "prb"));
    assert_int_equal(
        strcasecmp(cli_str(have, "duplex"), cli_str(want, "duplex")), 0);
    assert_string_equal(cli_str(have, "cp"), cli_str(want, "cp"));
    assert_string_equal(cli_str(have, "phich_resources"), "1");
    /* SFN and start belong together: the frame may be a later one. */
    double frames =
        (json_number_value(json_object_get(have, "frame_start_sample")) -
         json_number_value(json_object_get(want, "frame_start_sample"))) /
        (0.01 * rate);
    assert_true(fabs(frames - round(frames)) < 0.0005);
    assert_int_equal(
        (cli_int(want, "sfn_first_frame") + (long long)llround(frames) + 1024) %
            1024,
        cli_int(have, "sfn"));
    assert_true(fabs(json_number_value(json_object_get(have, "cfo_hz")) -
                     json_number_value(json_object_get(want, "cfo_hz"))) < 50);
}

/* The cells of NAME.truth.json are the records, each once. */
static void assert_cells(const char *name, const char *json)
{
    char file[256];

    (void)snprintf(file, sizeof file, "%s.truth.json", name);
    json_t *truth = load(file);
    const json_t *cells = json_object_get(truth, "cells");
    double rate = json_number_value(json_object_get(truth, "sample_rate"));
    json_t *got = cli_records(json, "lte_cell");
    assert_int_equal(json_array_size(got), json_array_size(cells));
    for (size_t k = 0; k < json_array_size(cells); k++) {
        const json_t *want = json_array_get(cells, k);
        const json_t *have = find_cell(got, cli_int(want, "cell_id"));
        assert_non_null(have);
        assert_one_cell(want, have, rate);
    }
    json_decref(got);
    json_decref(truth);
}

static void generated_frames_come_back_byte_for_byte(void **state)
{
    static const char *const how[] = {
        "--seed 1",
        "--seed 2 --cfo 150000 --snr 24",
        "--seed 3 --cfo -150000 --delay 0",
        "--mac 80000000ffffffffffff020000000001020000000001 --mbps 6",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(how); k++) {
        char args[512];
        (void)snprintf(args, sizeof args, "gen wifi --out w %s", how[k]);
        cli_ok(args);
        struct cli_result r = cli("scan --json w.sigmf-meta");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_frames("w", r.out);
        json_t *signals = cli_records(r.out, "signal");
        assert_int_equal(json_array_size(signals), 1);
        assert_string_equal(cli_str(json_array_get(signals, 0), "technology"),
                            "wifi");
        json_decref(signals);
        cli_free(&r);
    }
}

/* Bytes of all frames and MPDUs of 'list', in order, a line each. */
static void all_bytes(json_t *list, char *text, size_t room)
{
    size_t at = 0;

    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *f = json_array_get(list, k);
        const json_t *mpdus = json_object_get(f, "mpdus");
        size_t n = mpdus != NULL ? json_array_size(mpdus) : 1;
        for (size_t j = 0; j < n; j++) {
            const json_t *o = mpdus != NULL ? json_array_get(mpdus, j) : f;
            at += (size_t)snprintf(
                text + at, room - at, "%s %d\n",
                cli_str(o, mpdus != NULL ? "mpdu_hex" : "psdu_hex"),
                json_is_true(json_object_get(o, "fcs_ok")));
            assert_true(at < room);
        }
    }
}

static void generated_ht_frames_and_their_mpdus_come_back(void **state)
{
    static const char *const how[] = {
        "--mcs 0 --snr 12",
        "--mcs 3 --gi short --cfo -100000",
        "--mcs 5 --ampdu 3 --ppm 20 --snr 30",
        "--mcs 4 --fec ldpc --ampdu 2 --gi short",
        "--mcs 2 --antennas 2 --multipath 20 --snr 28 --cfo 50000",
        "--mcs 6 --antennas 2 --fec ldpc --snr 32 --ppm -20",
        "--mcs 7 --gi short --ampdu 16 --count 2 --snr 35",
        "--mcs 1 --multipath 50 --snr 25 --seed 3"};
    enum { ROOM = 1 << 20 };
    char *want = malloc(ROOM), *have = malloc(ROOM);

    (void)state;
    assert_true(want != NULL && have != NULL);
    for (size_t k = 0; k < CHECK_ROWS(how); k++) {
        char args[512];
        (void)snprintf(args, sizeof args, "gen wifi --out h %s", how[k]);
        cli_ok(args);
        struct cli_result r = cli("scan --json h");
        assert_int_equal(r.status, 0);
        json_t *truth = load("h.truth.json");
        json_t *got = cli_records(r.out, "wifi_frame");
        json_t *frames = json_object_get(truth, "frames");
        assert_int_equal(json_array_size(got), json_array_size(frames));
        all_bytes(frames, want, ROOM);
        all_bytes(got, have, ROOM);
        assert_string_equal(have, want);
        const json_t *one = json_array_get(got, 0);
        assert_string_equal(cli_str(one, "format"), "ht");
        assert_int_equal(cli_int(one, "mcs"),
                         cli_int(json_array_get(frames, 0), "mcs"));
        json_decref(got);
        json_decref(truth);
        cli_free(&r);
    }
    free(want);
    free(have);
}

/* A channel of one path is the same on all tones, but for its turn. */
static void channel_comes_with_each_frame_on_request(void **state)
{
    (void)state;
    cli_ok("gen wifi --out k --count 1 --mcs 3 --snr 45 --delay 500");
    struct cli_result r = cli("scan --json --csi k");
    assert_int_equal(r.status, 0);
    json_t *got = cli_records(r.out, "wifi_frame");
    const json_t *csi = json_object_get(json_array_get(got, 0), "csi");
    assert_int_equal(json_array_size(csi), 56);
    double power = 0;
    for (size_t k = 0; k < 56; k++) {
        const json_t *h = json_array_get(csi, k);
        double re = json_number_value(json_array_get(h, 0));
        double im = json_number_value(json_array_get(h, 1));
        power += (re * re + im * im) / 56;
        assert_true(fabs(re * re + im * im - 1) < 0.2);
    }
    assert_true(fabs(power - 1) < 0.05);
    json_decref(got);
    cli_free(&r);
    r = cli("scan --csi k");
    assert_int_equal(r.status, 2);
    cli_free(&r);
    r = cli("scan --json k");
    assert_null(strstr(r.out, "csi"));
    cli_free(&r);
}

/* A beacon of IEEE 802.11-2020 9.3.3.2 with the SSID "precast". */
#define BEACON                                                         \
    "80000000ffffffffffff02000000000102000000000100000000000000000000" \
    "6400010000077072656361737401088c129824b048606c"

static void tshark_reads_the_capture_of_a_scan(void **state)
{
    (void)state;
    struct cli_result r = cli_shell("command -v tshark");
    int status = r.status;
    cli_free(&r);
    if (status != 0) {
        print_message("skipped: no tshark, package tshark\n");
        skip();
    }
    cli_ok("gen wifi --out b --count 2 --mbps 6 --mac " BEACON);
    cli_ok("scan --pcap b.pcapng b");
    cli_ok("gen wifi --out a --count 1 --mcs 7 --gi short --ampdu 2 --snr 35");
    cli_ok("scan --pcap a.pcapng a");
    r = cli_shell("tshark -o wlan.check_checksum:TRUE -r b.pcapng -T fields "
                  "-e wlan.ssid -e wlan.fcs.status -e radiotap.datarate "
                  "-e radiotap.vendor_data_len 2>/dev/null");
    assert_string_equal(r.out, "70726563617374\t1\t6\t8\n" /* "precast" */
                               "70726563617374\t1\t6\t8\n");
    cli_free(&r);
    r = cli_shell("tshark -o wlan.check_checksum:TRUE -r a.pcapng -T fields "
                  "-e radiotap.mcs.index -e radiotap.mcs.gi "
                  "-e radiotap.ampdu.reference -e radiotap.ampdu.flags.last "
                  "-e wlan.fcs.status 2>/dev/null");
    assert_string_equal(r.out, "7\t1\t1\t0\t1\n"
                               "7\t1\t1\t1\t1\n");
    cli_free(&r);
    r = cli_shell("tshark -r a.pcapng -Y _ws.malformed 2>/dev/null; "
                  "tshark -r b.pcapng -Y _ws.malformed 2>/dev/null");
    assert_string_equal(r.out, "");
    cli_free(&r);
}

static void generated_cells_come_back_with_their_mib(void **state)
{
    static const char *const how[] = {
        "--cell 0 --sfn 1021 --snr 10",
        "--cell 503 --ports 2 --prb 100 --cfo 9000 --snr 3",
        "--cell 168 --ports 2 --prb 25 --cfo -120000 --delay 7777 --seed 9",
        "--cell 42 --ports 4 --prb 50 --tdd 1 --sfn 7",
        "--cell 300 --cp extended --ports 2 --tdd 5",
        "--cell 11 --ports 2 --count 16 --channel epa",
        "--cell 12 --ports 2 --count 16 --channel eva --seed 3",
        "--cell 13 --ports 4 --count 16 --channel etu --seed 5",
        "--cell 30 --count 16 --also 31:-1:4000.5:300",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(how); k++) {
        char args[512];
        (void)snprintf(args, sizeof args, "gen lte --out l %s", how[k]);
        cli_ok(args);
        struct cli_result r = cli("scan --json l");
        assert_int_equal(r.status, 0);
        assert_cells("l", r.out);
        assert_non_null(strstr(r.out, "\"technology\":\"lte\""));
        cli_free(&r);
    }
}

static void a_mix_goes_to_both_machines_and_into_one_capture(void **state)
{
    (void)state;
    cli_ok("gen mix --out m --cell 77 --ports 2 --seed 4");
    struct cli_result r = cli("scan --json --pcap m.pcapng m.sigmf-data");
    assert_int_equal(r.status, 0);
    assert_frames("m", r.out);
    assert_cells("m", r.out);
    cli_free(&r);
    /* Section, two interfaces, and a packet for each of the eight frames and
     * the MIB; IETF draft-ietf-opsawg-pcapng: 1 and 6 are the block types. */
    size_t n, blocks[8] = {0};
    char *p = cli_read(cli_path("m.pcapng"), &n);
    for (size_t at = 0; at + 12 <= n;) {
        uint32_t type, len;
        memcpy(&type, p + at, 4);
        memcpy(&len, p + at + 4, 4);
        blocks[type < 8 ? type : 0]++;
        assert_true(len >= 12 && len <= n - at);
        at += len;
    }
    assert_int_equal(blocks[0], 1);
    assert_int_equal(blocks[1], 2);
    assert_int_equal(blocks[6], 9);
    free(p);
}

/* One recording in each format, and raw, says the same. */
static void every_sample_format_is_read(void **state)
{
    (void)state;
    cli_ok("gen wifi --out w --count 2 --mbps 24");
    struct cli_result sigmf = cli("scan --json w");
    struct cli_result raw =
        cli("scan --json --format ci16_le --rate 20e6 w.sigmf-data");
    struct cli_result pipe =
        cli("scan --json --format ci16_le --rate 20000000 - <w.sigmf-data");
    assert_int_equal(raw.status, 0);
    assert_int_equal(pipe.status, 0);
    assert_frames("w", sigmf.out);
    assert_frames("w", raw.out);
    assert_frames("w", pipe.out);
    cli_free(&sigmf);
    cli_free(&raw);
    cli_free(&pipe);
    /* As bytes: the upper half of each number. */
    size_t n;
    char *x = cli_read(cli_path("w.sigmf-data"), &n);
    for (size_t k = 0; k < n / 2; k++) {
        x[k] = x[2 * k + 1];
    }
    cli_write(cli_path("w8.raw"), x, n / 2);
    free(x);
    struct cli_result ci8 = cli("scan --json --format ci8 --rate 20e6 w8.raw");
    assert_int_equal(ci8.status, 0);
    assert_frames("w", ci8.out);
    cli_free(&ci8);
}

static void bad_recordings_get_one_line_and_status_2(void **state)
{
    static const struct {
        const char *make, *args, *says;
    } row[] = {
        {"true", "nothing.sigmf-meta", "nothing.sigmf-meta: No such file"},
        {"true", "w.raw", "w.raw: format is 'missing'"},
        {"true", "--format ci16_le w.raw", "raw samples without a rate"},
        {"true", "--format ci12 --rate 1e6 w.raw", "format is 'ci12'"},
        {"head -c 60 w.sigmf-meta >c.sigmf-meta", "c.sigmf-meta",
         "c.sigmf-meta:"},
        {"sed 's/ci16_le/cf64/' w.sigmf-meta >c.sigmf-meta", "c.sigmf-meta",
         "core:datatype is 'cf64'"},
        {"sed 's/20000000\\.0/0/' w.sigmf-meta >c.sigmf-meta", "c.sigmf-meta",
         "core:sample_rate"},
        {"cp w.sigmf-meta c.sigmf-meta; rm -f c.sigmf-data", "c.sigmf-meta",
         "c.sigmf-data: No such file"},
        {"cp w.sigmf-meta c.sigmf-meta; : >c.sigmf-data", "c.sigmf-meta",
         "no whole sample"},
    };

    (void)state;
    cli_ok("gen wifi --out w --count 1");
    cli_write_text(cli_path("w.raw"), "12345678");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char command[512];
        (void)snprintf(command, sizeof command, "%s; $PRECAST scan --json %s",
                       row[k].make, row[k].args);
        struct cli_result r = cli_shell(command);
        if (r.status != 2 || strstr(r.err, row[k].says) == NULL) {
            printf("%s: status %d: %s", row[k].args, r.status, r.err);
        }
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        cli_free(&r);
    }
}

/* What lies before the cut, or before a lie of the meta file, is found. */
static void a_damaged_recording_gives_what_is_valid(void **state)
{
    static const struct {
        const char *make, *says;
    } row[] = {
        {"cp w.sigmf-meta c.sigmf-meta; head -c -3 w.sigmf-data >c.sigmf-data",
         "ends within sample"},
        {"sed 's/\"annotations\": \\[\\]/\"annotations\": "
         "[{\"core:sample_start\": 5, \"core:sample_count\": 900000000}]/' "
         "w.sigmf-meta >c.sigmf-meta; cp w.sigmf-data c.sigmf-data",
         "annotations up to 900000005"},
    };

    (void)state;
    cli_ok("gen wifi --out w --count 3");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char command[1024];
        (void)snprintf(command, sizeof command, "%s; $PRECAST scan --json c",
                       row[k].make);
        struct cli_result r = cli_shell(command);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        assert_frames("w", r.out);
        cli_free(&r);
    }
}

static void a_bad_file_does_not_keep_the_others_from_being_scanned(void **state)
{
    (void)state;
    cli_ok("gen wifi --out w --count 2");
    struct cli_result r = cli("scan --json nothing w");
    assert_int_equal(r.status, 2);
    assert_frames("w", r.out);
    cli_free(&r);
}

/* Zeros, full scale, and numbers that are none: nothing found, no crash. */
static void senseless_samples_give_nothing(void **state)
{
    enum { N = 200000 };
    static float x[2 * N];
    struct cli_result r;

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        for (size_t k = 0; k < 2 * (size_t)N; k++) {
            x[k] = kind == 0   ? 0
                   : kind == 1 ? (k / 7 % 2 == 0 ? 1e30f : -1e30f)
                               : (k % 3 == 0 ? NAN : INFINITY);
        }
        cli_write(cli_path("x.raw"), x, sizeof x);
        r = cli("scan --json --format cf32_le --rate 20e6 x.raw");
        assert_int_equal(r.status, 0);
        assert_null(strstr(r.out, "wifi_frame\""));
        assert_null(strstr(r.out, "lte_cell\""));
        assert_int_equal(strstr(r.err, "not finite") != NULL, kind == 2);
        cli_free(&r);
    }
}

/*
 * The Wi-Fi decoder is killed while the recording comes in through a pipe: its
 * earlier frames are kept, the cell is found all the same, status 3.
 */
static void a_killed_decoder_leaves_the_other_and_what_was_found(void **state)
{
    (void)state;
    cli_ok("gen mix --out m --cell 77 --count 8");
    cli_ok("gen wifi --out w --count 8");
    /* Wi-Fi frames first, then silence until one is reported: answers are taken
     * while samples come.  Then the kill, and the mix. */
    struct cli_result r = cli_shell(
        "mkfifo pipe; $PRECAST scan --json --format ci16_le --rate 20e6 - "
        "<pipe >found.txt 2>found.err & p=$!; exec 3>pipe; "
        "cat w.sigmf-data >&3; "
        "while kill -0 $p && ! grep -q wifi_frame found.txt; do "
        "  head -c 131072 /dev/zero >&3; done; "
        "for c in $(cat /proc/$p/task/$p/children); do "
        "  grep -q precast-wifi /proc/$c/comm && kill -KILL $c; done; "
        "cat m.sigmf-data >&3; exec 3>&-; wait $p");
    assert_int_equal(r.status, 3);
    char *found = cli_read(cli_path("found.txt"), NULL);
    char *err = cli_read(cli_path("found.err"), NULL);
    assert_non_null(strstr(found, "\"wifi_frame\""));
    assert_non_null(strstr(found, "\"cell_id\":77"));
    assert_non_null(strstr(found, "\"summary\""));
    assert_non_null(strstr(err, "machine wifi was killed by signal 9"));
    assert_int_equal(cli_lines(err), 1);
    free(found);
    free(err);
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_frames_come_back_byte_for_byte),
        cmocka_unit_test(generated_ht_frames_and_their_mpdus_come_back),
        cmocka_unit_test(channel_comes_with_each_frame_on_request),
        cmocka_unit_test(tshark_reads_the_capture_of_a_scan),
        cmocka_unit_test(generated_cells_come_back_with_their_mib),
        cmocka_unit_test(a_mix_goes_to_both_machines_and_into_one_capture),
        cmocka_unit_test(every_sample_format_is_read),
        cmocka_unit_test(bad_recordings_get_one_line_and_status_2),
        cmocka_unit_test(a_damaged_recording_gives_what_is_valid),
        cmocka_unit_test(
            a_bad_file_does_not_keep_the_others_from_being_scanned),
        cmocka_unit_test(senseless_samples_give_nothing),
        cmocka_unit_test(a_killed_decoder_leaves_the_other_and_what_was_found),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
