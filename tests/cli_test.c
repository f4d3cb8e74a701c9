/*
 * cli_test.c - the program as a user meets it: help, wrong words, bad files,
 * and what becomes of what was valid.
 */
#include "tests/cli_check.h"

#include <signal.h>

static const char chain_text[] =
    "chain: t\n"
    "sources: { in: { pcap: p.pcap } }\n"
    "nodes:\n"
    "  - { name: acl, fn: acl, set: { rules: p.rules, default: drop } }\n"
    "links: [ in -> acl, acl -> out ]\n"
    "sinks: { out: { pcap: out.pcap } }\n";

static void make_files(void)
{
    (void)unlink(cli_path("out.pcap"));
    cli_ok("gen packets --count 1000 --out p.pcap");
    cli_write_text(cli_path("t.yaml"), chain_text);
}

static void help_and_version_go_to_stdout_with_status_0(void **state)
{
    static const char *const args[] = {
        "--help",         "help",          "--version",
        "run --help",     "fn --help",     "fn list --help",
        "fn show acl -h", "fn trace -h",   "gen --help",
        "gen packets -h", "device --help", "device list --help",
        "fabric --help",  "doctor --help", "fn list",
        "fn list --json", "fn show acl",   "fn show scale --json",
        "device list",    "doctor",        "doctor --json",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(args); k++) {
        struct cli_result r = cli(args[k]);
        assert_int_equal(r.status, 0);
        assert_true(r.n_out > 0);
        assert_string_equal(r.err, "");
        cli_free(&r);
    }
}

static void wrong_words_get_one_line_and_status_2(void **state)
{
    static const struct {
        const char *args, *says;
    } row[] = {
        {"frobnicate", "no command 'frobnicate'"},
        {"fn frobnicate", "no command 'fn frobnicate'"},
        {"run", "no chain file"},
        {"run a.yaml b.yaml", "one word too many"},
        {"run --frob x", "no option '--frob'"},
        {"run t.yaml --in", "--in: no value"},
        {"run t.yaml --json=1", "--json takes no value"},
        {"fn show", "no function named"},
        {"fn show nat99", "no function 'nat99'"},
        {"fn trace acl", "no --in"},
        {"fn trace nat99 --in p.pcap", "no function 'nat99'"},
        {"fn trace acl --in p.pcap --body x", "bad value x"},
        {"fn trace acl --in p.pcap --width 48", "bad value 48"},
        {"fn trace acl --in p.pcap --set rules", "bad value rules"},
        {"fn trace acl --in p.pcap --set x=1", "acl has no setting 'x'"},
        {"fn trace acl --in p.pcap --set default=maybe", "accept or drop"},
        {"fn trace acl --in p.pcap --set no_match=-1", "expected a number"},
        {"fn bench nat99", "no function 'nat99'"},
        {"gen packets --count 5", "no --out"},
        {"gen packets --out x.pcap", "no --count"},
        {"gen packets --count x --out x.pcap", "bad value x"},
        {"gen packets --count 5 --seed -1 --out x.pcap", "bad value -1"},
    };

    (void)state;
    make_files();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        if (r.status != 2 || strstr(r.err, row[k].says) == NULL) {
            printf("%s: status %d: %s\n", row[k].args, r.status, r.err);
        }
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(strncmp(r.err, "precast: ", 9), 0);
        assert_int_equal(cli_lines(r.err), 1);
        assert_string_equal(r.out, "");
        cli_free(&r);
    }
}

static void without_words_usage_goes_to_stderr_with_status_2(void **state)
{
    static const char *const args[] = {"", "fn", "gen"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(args); k++) {
        struct cli_result r = cli(args[k]);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, "usage: precast"));
        assert_string_equal(r.out, "");
        cli_free(&r);
    }
}

/* An input that cannot be used costs the old output nothing. */
static void a_bad_input_leaves_the_old_output_alone(void **state)
{
    static const struct {
        const char *name, *text, *says;
        size_t n;
    } row[] = {
        {"empty.pcap", "", "empty.pcap: ", 0},
        {"text.pcap", "this is no capture at all\n", "text.pcap: ", 26},
        /* A header of a pcap without a packet: magic, 2.4, snaplen, Ethernet.
         */
        {"header.pcap",
         "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00"
         "\xff\xff\x00\x00\x01\x00\x00\x00",
         "header.pcap: no packet", 24},
    };

    (void)state;
    make_files();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[128];
        cli_write(cli_path(row[k].name), row[k].text, row[k].n);
        cli_write_text(cli_path("out.pcap"), "precious");
        (void)snprintf(args, sizeof args, "run t.yaml --in in=%s", row[k].name);
        /* --in names are looked up from the working folder. */
        struct cli_result r = cli(args);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        char *out = cli_read(cli_path("out.pcap"), NULL);
        assert_string_equal(out, "precious");
        free(out);
        cli_free(&r);
    }
}

static void an_output_that_is_the_input_is_refused(void **state)
{
    (void)state;
    make_files();
    struct cli_result r = cli("run t.yaml --out out=p.pcap");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "is the input"));
    cli_free(&r);
    cli_ok("run t.yaml");
}

/* A capture cut in mid-packet: all before the cut is processed, then status 2.
 */
static void a_cut_capture_gives_what_precedes_the_cut(void **state)
{
    size_t n;

    (void)state;
    make_files();
    char *whole = cli_read(cli_path("p.pcap"), &n);
    cli_write(cli_path("cut.pcap"), whole, n - 5);
    free(whole);
    struct cli_result r = cli("run t.yaml --in in=cut.pcap --json");
    assert_int_equal(r.status, 2);
    assert_int_equal(cli_lines(r.err), 1);
    assert_non_null(strstr(r.err, "cut.pcap: packet 1000"));
    json_t *summary = cli_records(r.out, "summary");
    assert_int_equal(cli_int(json_array_get(summary, 0), "items_in"), 999);
    json_decref(summary);
    cli_free(&r);
    r = cli("fn trace acl --in cut.pcap --json");
    assert_int_equal(r.status, 2);
    assert_int_equal(cli_lines(r.out), 999);
    cli_free(&r);
}

static void a_bad_rule_file_is_told_by_file_and_line(void **state)
{
    (void)state;
    make_files();
    cli_write_text(cli_path("p.rules"),
                   "@10.0.0.0/8 10.0.0.0/8 0 : 1 0 : 1 0x06/0xFF 0x0/0x0\n"
                   "@10.0.0.0/33 10.0.0.0/8 0 : 1 0 : 1 0x06/0xFF 0x0/0x0\n");
    cli_write_text(cli_path("out.pcap"), "precious");
    struct cli_result r = cli("run t.yaml");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "p.rules:2: bad rule, expected a source"));
    assert_int_equal(cli_lines(r.err), 1);
    char *out = cli_read(cli_path("out.pcap"), NULL);
    assert_string_equal(out, "precious");
    free(out);
    cli_free(&r);
}

static void a_bad_chain_is_told_by_file_line_and_column(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } row[] = {
        {"fn: acl", "fn: nat99", "t.yaml:4:22: "},
        {"links: [ in -> acl, acl -> out ]",
         "links: [ in -> acl, acl -> b, b.1 -> acl, b -> out ]",
         "link closes a cycle"},
        {"chain: t", "chian: t", "t.yaml:1:1: "},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[1024];
        const char *at = strstr(chain_text, row[k].from);
        make_files();
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - chain_text),
                       chain_text, row[k].to, at + strlen(row[k].from));
        if (k == 1) { /* the cycle needs a second node */
            char *nodes = strstr(text, "links:");
            memmove(nodes + 27, nodes, strlen(nodes) + 1);
            memcpy(nodes, "  - { name: b, fn: acl }   ", 27);
            nodes[26] = '\n';
        }
        cli_write_text(cli_path("t.yaml"), text);
        struct cli_result r = cli("run t.yaml");
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        cli_free(&r);
    }
}

static void a_full_disk_is_told_with_status_3(void **state)
{
    (void)state;
    make_files();
    struct cli_result r = cli("run t.yaml --out out=/dev/full");
    assert_int_equal(r.status, 3);
    assert_int_equal(cli_lines(r.err), 1);
    cli_free(&r);
    r = cli("fn list >/dev/full");
    assert_int_equal(r.status, 3);
    assert_int_equal(cli_lines(r.err), 1);
    cli_free(&r);
}

static void packets_pass_from_stdin_to_stdout(void **state)
{
    (void)state;
    make_files();
    cli_ok("run t.yaml");
    struct cli_result r = cli("run t.yaml --in in=- --out out=- <p.pcap");
    assert_int_equal(r.status, 0);
    assert_non_null(
        strstr(r.err, "1000 packets in")); /* the page moves aside */
    assert_true(cli_same(cli_path("out.pcap"), cli_path("stdout.txt")));
    cli_free(&r);
}

/* Written as pcapng, read back and written as pcap: the same capture. */
static void pcapng_out_is_pcap_in(void **state)
{
    (void)state;
    make_files();
    cli_ok("run t.yaml");
    cli_write_text(cli_path("ng.yaml"),
                   "chain: ng\n"
                   "sources: { in: { pcap: out.pcap } }\n"
                   "links: [ in -> out ]\n"
                   "sinks: { out: { pcapng: out.pcapng } }\n");
    cli_ok("run ng.yaml");
    cli_write_text(cli_path("back.yaml"),
                   "chain: back\n"
                   "sources: { in: { pcap: out.pcapng } }\n"
                   "links: [ in -> out ]\n"
                   "sinks: { out: { pcap: back.pcap } }\n");
    cli_ok("run back.yaml");
    assert_true(cli_same(cli_path("out.pcap"), cli_path("back.pcap")));
}

static void trace_agrees_with_the_truth_in_both_bodies(void **state)
{
    static const char *const bodies[] = {"--body c", "--body rtl",
                                         "--body rtl --width 32"};

    (void)state;
    make_files();
    char *text = cli_read(cli_path("p.truth.json"), NULL);
    json_error_t error;
    json_t *truth = json_loads(text, 0, &error);
    json_t *marks = json_object_get(truth, "marks");
    for (size_t k = 0; k < CHECK_ROWS(bodies); k++) {
        char args[256];
        (void)snprintf(args, sizeof args,
                       "fn trace acl --in p.pcap --set rules=p.rules "
                       "--set default=drop --json %s",
                       bodies[k]);
        struct cli_result r = cli(args);
        assert_int_equal(r.status, 0);
        json_t *traces = cli_records(r.out, "trace");
        json_t *slots = cli_records(r.out, "slot");
        assert_int_equal(json_array_size(traces), 1000);
        for (size_t j = 0; j < 1000; j++) {
            const json_t *t = json_array_get(traces, j);
            assert_int_equal(cli_int(t, "item"), j);
            assert_int_equal(cli_int(t, "mark"),
                             json_integer_value(json_array_get(marks, j)));
            /* A packet leaves by a port or is dropped for a reason. */
            assert_true((json_object_get(t, "port") == NULL) !=
                        (json_object_get(t, "drop") == NULL));
        }
        assert_int_equal(json_array_size(slots), k > 0);
        json_decref(slots);
        json_decref(traces);
        cli_free(&r);
    }
    json_decref(truth);
    free(text);
}

static void trace_of_samples_is_the_same_in_both_bodies(void **state)
{
    int16_t iq[5 * 2] = {100, -100, 32767, -32768, 3, -3, 0, 1, -1, 0};

    (void)state;
    cli_write(cli_path("s.iq"), iq, sizeof iq);
    struct cli_result c = cli("fn trace scale --in s.iq --set gain=0x6000");
    struct cli_result rtl =
        cli("fn trace scale --in s.iq --set gain=0x6000 --body rtl | "
            "grep -v slot");
    assert_int_equal(c.status, 0);
    assert_int_equal(cli_lines(c.out), 5);
    /* 1.5: 3 becomes 4.5, rounded half up to 5; -3 becomes -4.5, to -4. */
    assert_non_null(strstr(c.out, "5     -4"));
    assert_string_equal(c.out, rtl.out);
    cli_free(&c);
    cli_free(&rtl);
}

static void rules_beyond_the_image_are_refused_by_trace(void **state)
{
    static char text[257 * 64] = "";

    (void)state;
    make_files();
    for (int k = 0; k < 257; k++) {
        strcat(text, "@10.0.0.0/8 10.0.0.0/8 0 : 1 0 : 1 0x06/0xFF 0x0/0x0\n");
    }
    cli_write_text(cli_path("257.rules"), text);
    struct cli_result r =
        cli("fn trace acl --in p.pcap --body rtl --set rules=257.rules");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "257 entries, the image holds 256"));
    cli_free(&r);
}

static void a_machine_without_images_says_what_is_missing(void **state)
{
    (void)state;
    make_files();
    struct cli_result r = cli_shell("PRECAST_IMAGES=/nowhere $PRECAST "
                                    "fn trace acl --in p.pcap --body rtl");
    assert_int_equal(r.status, 4);
    assert_non_null(strstr(r.err, "/nowhere/acl.yaml: no such file"));
    cli_free(&r);
    r = cli_shell("PRECAST_IMAGES=/nowhere $PRECAST doctor");
    assert_int_equal(r.status, 4);
    assert_non_null(strstr(r.out, "MISSING"));
    cli_free(&r);
}

/* Ctrl-C while waiting for more input: what came is out, and complete. */
static void an_interrupt_closes_the_outputs_complete(void **state)
{
    static const int counts[] = {256, 1000}; /* a whole burst, and a part */

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(counts); k++) {
        char command[1024], says[64];
        make_files();
        (void)snprintf(command, sizeof command,
                       "$PRECAST gen packets --count %d --out p.pcap",
                       counts[k]);
        struct cli_result r = cli_shell(command);
        assert_int_equal(r.status, 0);
        cli_free(&r);
        /* The pipe stays open until the program is gone; the signal goes once
         * it has taken everything in and sleeps. */
        r = cli_shell(
            "rm -f pipe; mkfifo pipe; "
            "$PRECAST run t.yaml --in in=pipe >page.txt 2>page.err & p=$!; "
            "exec 3>pipe; cat p.pcap >&3; "
            "while kill -0 $p && ! grep -q ^State:.*sleeping /proc/$p/status; "
            "do :; done; "
            "kill -INT $p; wait $p; s=$?; exec 3>&-; (exit $s)");
        assert_int_equal(r.status, 0);
        char *page = cli_read(cli_path("page.txt"), NULL);
        char *err = cli_read(cli_path("page.err"), NULL);
        (void)snprintf(says, sizeof says, "%d packets in", counts[k]);
        assert_non_null(strstr(page, says));
        assert_string_equal(err, "");
        free(page);
        free(err);
        cli_free(&r);
        cli_ok("fn trace acl --in out.pcap"); /* a whole capture */
    }
}

static void what_is_no_capture_is_not_replaced_by_one(void **state)
{
    (void)state;
    make_files();
    struct cli_result r = cli("run t.yaml --out out=p.rules");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "p.rules: exists and is no capture"));
    cli_free(&r);
    cli_ok("run t.yaml"); /* the rules are still there */
    r = cli("run t.yaml --in in=- --out out=p.pcap <p.pcap");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "is the input"));
    cli_free(&r);
    cli_ok("run t.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_and_version_go_to_stdout_with_status_0),
        cmocka_unit_test(wrong_words_get_one_line_and_status_2),
        cmocka_unit_test(without_words_usage_goes_to_stderr_with_status_2),
        cmocka_unit_test(a_bad_input_leaves_the_old_output_alone),
        cmocka_unit_test(an_output_that_is_the_input_is_refused),
        cmocka_unit_test(a_cut_capture_gives_what_precedes_the_cut),
        cmocka_unit_test(a_bad_rule_file_is_told_by_file_and_line),
        cmocka_unit_test(a_bad_chain_is_told_by_file_line_and_column),
        cmocka_unit_test(a_full_disk_is_told_with_status_3),
        cmocka_unit_test(packets_pass_from_stdin_to_stdout),
        cmocka_unit_test(pcapng_out_is_pcap_in),
        cmocka_unit_test(trace_agrees_with_the_truth_in_both_bodies),
        cmocka_unit_test(trace_of_samples_is_the_same_in_both_bodies),
        cmocka_unit_test(rules_beyond_the_image_are_refused_by_trace),
        cmocka_unit_test(a_machine_without_images_says_what_is_missing),
        cmocka_unit_test(an_interrupt_closes_the_outputs_complete),
        cmocka_unit_test(what_is_no_capture_is_not_replaced_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
