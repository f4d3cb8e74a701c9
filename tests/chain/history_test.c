/*
 * history_test.c - what `precast run --history` leaves behind, as a user asks
 * for it: replayed, compared, listed, tried with a change.
 */
#include "tests/cli_check.h"

#include <fcntl.h>
#include <signal.h>

#include "core/base/bytes.h"

enum { PCAP_HEAD = 24, PCAP_RECORD = 16 }; /* bytes */

static const char fault[] =
    "  - { at: 12000, fault: fab0/0, flip: \"csr.no_match_q[0]\" }\n";

/* A run of 15,000 packets with a change of a parameter at item 8000. */
static void write_chain(const char *name, const char *rest, const char *repair)
{
    char text[4096];

    (void)snprintf(
        text, sizeof text,
        "chain: t\n"
        "sources: { in: { pcap: p.pcap } }\n"
        "nodes:\n"
        "  - { name: acl, fn: acl, set: { rules: p.rules, default: drop } }\n"
        "links: [ in -> acl, acl -> out ]\n"
        "sinks: { out: { pcap: out.pcap } }\n"
        "devices: { fab0: { kind: sim } }\n"
        "twin: watched\n"
        "repair: %s\n"
        "schedule:\n"
        "  - { at: 1000, concretize: acl, device: fab0/0, shadow: 500 }\n"
        "  - { at: 8000, node: acl, set: { default: accept } }\n%s",
        repair, rest);
    cli_write_text(cli_path(name), text);
}

/* The runs that the tests look at: good, good again, and with a fault. */
static int record_runs(void **state)
{
    (void)state;
    cli_ok("gen packets --count 15000 --out p.pcap");
    write_chain("good.yaml", "", "off");
    write_chain("bad.yaml", fault, "off");
    cli_ok("run good.yaml --history good --telemetry good.twin "
           "--metrics m.prom");
    cli_ok("run good.yaml --history again --telemetry again.twin");
    cli_ok("run bad.yaml --history bad --telemetry bad.twin");
    cli_ok("run good.yaml --history ring --history-bytes 4194304");
    return 0;
}

/* The only record of 'type' that "precast ARGS --json" prints. */
static json_t *one(const char *args, const char *type, int status)
{
    char line[512];

    (void)snprintf(line, sizeof line, "%s --json", args);
    struct cli_result r = cli(line);
    if (r.status != status) {
        printf("precast %s: status %d\n%s%s", line, r.status, r.out, r.err);
    }
    assert_int_equal(r.status, status);
    json_t *all = cli_records(r.out, type);
    assert_int_equal(json_array_size(all), 1);
    json_t *o = json_incref(json_array_get(all, 0));
    json_decref(all);
    cli_free(&r);
    return o;
}

static void a_run_replays_bit_for_bit_on_both_bodies(void **state)
{
    static const char *const args[] = {
        "twin replay good --body c",
        "twin replay good --body rtl --from 7500 --to 9500",
        "twin replay bad", /* what the twin gave; the device was wrong */
        "twin replay ring",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(args); k++) {
        json_t *o = one(args[k], "replay", 0);
        assert_int_equal(cli_int(o, "differ"), 0);
        assert_true(cli_int(o, "equal") > 5);
        assert_string_equal(cli_str(o, "node"), "acl");
        json_decref(o);
    }
    /* What comes out is what left the chain; the sink lacks the dropped. */
    cli_ok("twin replay good --from 1100 --out r.pcap");
    struct cli_result r = cli("fn trace acl --in r.pcap");
    assert_int_equal(cli_lines(r.out), 13900);
    cli_free(&r);
}

/* 4 MiB of 8: the oldest went, and what is left is whole. */
static void a_ring_keeps_the_newest(void **state)
{
    (void)state;
    struct cli_result r = cli("twin replay ring --from 1000");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "the record begins at item"));
    cli_free(&r);
    r = cli_shell("du -cb ring/*.raw | tail -1");
    assert_true(strtol(r.out, NULL, 10) <= 4194304);
    cli_free(&r);
    json_t *o = one("twin replay ring --to 15000", "replay", 0);
    assert_int_equal(cli_int(o, "from") + cli_int(o, "items"), 15000);
    json_decref(o);
}

static void equal_runs_compare_equal_and_a_fault_is_found(void **state)
{
    static const struct {
        const char *args;
        int status;
        const char *verdict;
    } row[] = {
        {"twin compare good.twin again.twin", 0, "equal"},
        {"twin compare good again", 0, "equal"},
        {"twin diff good again", 0, "equal"},
        {"twin compare bad.twin good.twin", 1, "differ"},
        {"twin compare p.pcap p.pcap", 0, "equal"},
        {"twin diff bad good", 1, "differ"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        json_t *o = one(row[k].args, "compare", row[k].status);
        assert_string_equal(cli_str(o, "verdict"), row[k].verdict);
        assert_true(cli_int(o, "compared") > 100);
        json_decref(o);
    }
    struct cli_result r = cli("twin compare bad.twin good.twin");
    assert_int_equal(r.status, 1);
    static const char *const first[] = {"verdict: differ\nfirst item: 120",
                                        "\ndevice: 5054",
                                        "\ntwin: 5054",
                                        "\nstage: ",
                                        "\nclass: ",
                                        "\nparameters: ",
                                        "NO_MATCH=0x0"};
    const char *at = r.out;
    for (size_t k = 0; k < CHECK_ROWS(first); k++) {
        at = strstr(at, first[k]);
        assert_non_null(at); /* in this order */
    }
    cli_free(&r);
    r = cli("twin compare good.twin p.pcap");
    assert_int_equal(r.status, 2);
    cli_free(&r);
    r = cli("twin compare p.pcap out.pcap");
    assert_int_equal(r.status, 1);
    cli_free(&r);
}

/* What a repair found by running the burst again stands in the record; of
 * captures, what follows tells. */
static void the_class_of_a_fault_is_told_if_it_is_known(void **state)
{
    static const struct {
        const char *args, *class, *later;
    } row[] = {
        {"twin compare state.twin good.twin", "state", NULL},
        {"twin compare state good", "state", NULL},
        {"twin compare bad.twin good.twin", "unknown", NULL}, /* not repaired */
        {"twin compare one.pcap p.pcap", "transient", "0 of 9 differ"},
        {"twin compare all.pcap p.pcap", "permanent", "9 of 9 differ"},
        {"twin compare two.pcap p.pcap", "unknown", "1 of 9 differ"},
    };
    uint8_t *p;
    size_t n;

    (void)state;
    write_chain("state.yaml", fault, "on");
    cli_ok("run state.yaml --history state --telemetry state.twin");
    cli_ok("gen packets --count 10 --out p.pcap");
    p = (uint8_t *)cli_read(cli_path("p.pcap"), &n);
    for (size_t k = 3; k < CHECK_ROWS(row); k++) {
        size_t at = PCAP_HEAD;
        uint8_t *q = malloc(n);
        char name[16];
        assert_non_null(q);
        memcpy(q, p, n);
        for (int j = 0; j < 10; j++) {
            bool wrong = j == 0 || k == 4 || (k == 5 && j == 7);
            uint32_t len = le32_load(q + at + 8);
            q[at + PCAP_RECORD + 20] ^= wrong ? 1 : 0;
            at += PCAP_RECORD + len;
        }
        assert_int_equal(at, n);
        (void)snprintf(name, sizeof name, "%.8s", row[k].args + 13);
        cli_write(cli_path(name), q, n);
        free(q);
    }
    free(p);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        json_t *o = one(row[k].args, "compare", 1);
        print_message("%s: %s\n", row[k].args, cli_str(o, "class"));
        assert_string_equal(cli_str(o, "class"), row[k].class);
        if (row[k].later != NULL) {
            assert_string_equal(cli_str(o, "later"), row[k].later);
        } else {
            assert_null(json_object_get(o, "later"));
        }
        json_decref(o);
    }
    cli_ok("gen packets --count 15000 --out p.pcap");
}

static void the_history_lists_what_happened(void **state)
{
    struct cli_result r = cli("twin history bad --json");

    (void)state;
    assert_int_equal(r.status, 0);
    static const struct {
        const char *type;
        size_t n;
    } row[] = {{"run", 1},   {"image", 1},   {"move", 1},  {"set", 2},
               {"fault", 1}, {"verdict", 1}, {"action", 2}};
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        json_t *all = cli_records(r.out, row[k].type);
        assert_int_equal(json_array_size(all), row[k].n);
        json_decref(all);
    }
    cli_free(&r);
    json_t *o = one("twin history bad --type verdict", "verdict", 0);
    assert_string_equal(cli_str(o, "kind"), "differ");
    assert_string_equal(cli_str(o, "text"), "drop expected 0 got 1");
    assert_true(cli_int(o, "item") >= 12000 && cli_int(o, "item") < 12100);
    json_decref(o);
    r = cli("twin history bad --since 2099-01-01T00:00:00Z");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out, "");
    cli_free(&r);
    r = cli("twin history good --summary 60 --json");
    json_t *all = cli_records(r.out, "summary");
    long long items = 0;
    for (size_t k = 0; k < json_array_size(all); k++) {
        items += cli_int(json_array_get(all, k), "count");
    }
    assert_int_equal(items, 14000);
    json_decref(all);
    cli_free(&r);
    /* The items around the mismatch are kept beside the ring. */
    r = cli_shell("ls bad");
    assert_non_null(strstr(r.out, ".kept"));
    cli_free(&r);
}

static void at_tells_what_was_in_force(void **state)
{
    json_t *before = one("twin at good 7999", "at", 0);
    json_t *after = one("twin at good 8000", "at", 0);
    json_t *end = one("twin at good 15000", "at", 0);

    (void)state;
    assert_int_equal(cli_int(before, "NO_MATCH"), 1);
    assert_int_equal(cli_int(after, "NO_MATCH"), 0);
    assert_true(cli_int(after, "N_HITS") - cli_int(before, "N_HITS") <= 1);
    /* The run's own last count. */
    struct cli_result r = cli("run good.yaml --json");
    json_t *nodes = cli_records(r.out, "node");
    json_t *n = json_object_get(json_array_get(nodes, 0), "counters");
    assert_int_equal(cli_int(end, "N_HITS"), cli_int(n, "N_HITS"));
    assert_int_equal(cli_int(end, "N_DROPS"), cli_int(n, "N_DROPS"));
    json_decref(nodes);
    cli_free(&r);
    r = cli("twin at good 2020-01-01T00:00:00Z");
    assert_int_equal(r.status, 0); /* as it began */
    assert_non_null(strstr(r.out, "before item 1000\n"));
    cli_free(&r);
    json_decref(before);
    json_decref(after);
    json_decref(end);
}

/* The same as running with the change: what it says is what happens. */
static void whatif_says_what_the_change_will_do(void **state)
{
    json_t *same =
        one("twin whatif good --set no_flags=0 --last 10min", "whatif", 0);
    json_t *drop =
        one("twin whatif good --set default=drop --last 10min", "whatif", 0);
    long long differ;

    (void)state;
    assert_int_equal(cli_int(same, "differ"), 0);
    assert_int_equal(cli_int(same, "items"), 14000);
    differ = cli_int(drop, "differ");
    assert_true(differ > 0);
    assert_true(cli_int(drop, "first_item") >= 8000);
    long long before = cli_int(json_object_get(drop, "before"), "no_match");
    assert_int_equal(cli_int(json_object_get(drop, "after"), "no_match"),
                     before + differ);
    assert_int_equal(cli_int(json_object_get(drop, "after"), "accept"), 0);
    json_decref(same);
    json_decref(drop);
    struct cli_result r = cli("twin whatif good --set none=1");
    assert_int_equal(r.status, 2);
    cli_free(&r);
}

static void watch_prints_a_file_and_what_is_published(void **state)
{
    struct cli_result r = cli("twin watch bad.twin --json");

    (void)state;
    json_t *all = cli_records(r.out, "telemetry");
    assert_true(json_array_size(all) > 100);
    assert_int_equal(cli_int(json_array_get(all, 0), "window"), 1);
    json_decref(all);
    cli_free(&r);
    r = cli("twin watch bad.twin");
    assert_non_null(strstr(r.out, "\n!! "));
    cli_free(&r);
    /* Whoever listens hears a run; Ctrl-C ends it cleanly.  A PUB socket does
     * not wait for its listeners: runs follow until one is heard. */
    r = cli_shell(
        "$PRECAST twin watch ipc://$PWD/z --json >w.json & w=$!\n"
        "n=0; while [ ! -s w.json ] && [ $n -lt 50 ]; do\n"
        "  $PRECAST run bad.yaml --telemetry ipc://$PWD/z >/dev/null\n"
        "  n=$((n+1)); done\n"
        "kill -INT $w; wait $w; echo $?");
    assert_string_equal(r.out, "0\n");
    cli_free(&r);
    char *text = cli_read(cli_path("w.json"), NULL);
    all = cli_records(text, "telemetry");
    assert_true(json_array_size(all) > 10);
    json_decref(all);
    free(text);
}

/*
 * The run reads a pipe that is open until the one who watches its file has
 * heard of it.  He comes to his end with the run, or by Ctrl-C.
 */
static void watch_follows_a_file_that_a_run_writes(void **state)
{
    static const struct {
        const char *early, *late, *out;
    } row[] = {{":", "wait $w; echo $?; cmp w.json all.json", "follows\n0\n"},
               {"kill -INT $w; wait $w; echo $?", ":", "follows\n0\n"}};
    static const char wait[] = "n=0; while [ ! -s %s ] && [ $n -lt 1000000 ]; "
                               "do n=$((n+1)); done\n";
    char wait_file[200], wait_json[200], command[2000];

    (void)state;
    (void)snprintf(wait_file, sizeof wait_file, wait, "grow.twin"); /* fits */
    (void)snprintf(wait_json, sizeof wait_json, wait, "w.json");    /* fits */
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        (void)snprintf(command, sizeof command,
                       "rm -f grow.twin in.fifo w.json; mkfifo in.fifo\n"
                       "$PRECAST run good.yaml --in in=- --telemetry grow.twin "
                       "<in.fifo >/dev/null & r=$!\n"
                       "exec 9>in.fifo\n%s"
                       "$PRECAST twin watch grow.twin --json >w.json 9>&- & "
                       "w=$!\n%s"
                       "$PRECAST twin watch grow.twin --follow off >/dev/null "
                       "&& kill -0 $w && echo follows\n%s\n"
                       "cat p.pcap >&9; exec 9>&-; wait $r\n"
                       "$PRECAST twin watch grow.twin --json >all.json\n%s",
                       wait_file, wait_json, row[k].early,
                       row[k].late); /* fits */
        struct cli_result r = cli_shell(command);
        assert_string_equal(r.out, row[k].out);
        cli_free(&r);
    }
    struct cli_result r = cli("twin watch grow.twin --follow maybe");
    assert_int_equal(r.status, 2);
    cli_free(&r);
}

static void recording_changes_no_byte_and_metrics_are_written(void **state)
{
    (void)state;
    cli_ok("run good.yaml --out out=plain.pcap");
    cli_ok("run good.yaml --out out=kept.pcap --history other");
    assert_true(cli_same(cli_path("plain.pcap"), cli_path("kept.pcap")));
    char *text = cli_read(cli_path("m.prom"), NULL);
    assert_non_null(
        strstr(text, "precast_twin_items_total{node=\"acl\"} 14000\n"));
    free(text);
}

/* Nodes that run as one line on the fabric are recorded one by one. */
static void each_node_of_a_line_replays(void **state)
{
    (void)state;
    cli_write_text(
        cli_path("line.yaml"),
        "chain: t\n"
        "sources: { in: { pcap: p.pcap } }\n"
        "nodes:\n"
        "  - { name: a, fn: acl, set: { rules: p.rules } }\n"
        "  - { name: b, fn: acl, set: { rules: p.rules, default: drop } }\n"
        "links: [ in -> a, a -> b, b -> out ]\n"
        "sinks: { out: { pcap: out2.pcap } }\n"
        "devices: { fab0: { kind: sim } }\n"
        "schedule:\n"
        "  - { at: 0, concretize: a, device: fab0/0, shadow: 500 }\n"
        "  - { at: 0, concretize: b, device: fab0/1, shadow: 500 }\n");
    cli_ok("run line.yaml --history line");
    for (int k = 0; k < 2; k++) {
        json_t *o = one(k == 0 ? "twin replay line --node a"
                               : "twin replay line --node b",
                        "replay", 0);
        assert_int_equal(cli_int(o, "differ"), 0);
        assert_true(cli_int(o, "items") > 5000);
        json_decref(o);
    }
}

static void what_is_no_history_is_refused(void **state)
{
    static const struct {
        const char *args;
        int status;
    } row[] = {
        {"twin history nowhere", 2},
        {"twin replay nowhere", 2},
        {"twin replay good --node none", 2},
        {"twin replay good --from 5 --to 4", 2},
        {"twin replay good --from x", 2},
        {"twin at good yesterday", 2},
        {"twin compare p.pcap", 2},
        {"twin watch p.pcap", 2},
        {"twin watch nowhere://x", 2},
        {"twin history good --type none", 2},
        {"twin history good --summary 7", 2},
        {"twin whatif good", 2},
        {"run good.yaml --telemetry nowhere://x", 2},
        {"run good.yaml --telemetry p.pcap", 2}, /* and it stays */
        {"run good.yaml --history p.pcap", 2},
        {"run good.yaml --history-bytes 5", 2},
        {"run good.yaml --metrics /nonexistent/m", 3},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        if (r.status != row[k].status) {
            printf("precast %s: %d\n%s", row[k].args, r.status, r.err);
        }
        assert_int_equal(r.status, row[k].status);
        assert_non_null(strstr(r.err, "precast: "));
        cli_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_replays_bit_for_bit_on_both_bodies),
        cmocka_unit_test(a_ring_keeps_the_newest),
        cmocka_unit_test(equal_runs_compare_equal_and_a_fault_is_found),
        cmocka_unit_test(the_class_of_a_fault_is_told_if_it_is_known),
        cmocka_unit_test(the_history_lists_what_happened),
        cmocka_unit_test(at_tells_what_was_in_force),
        cmocka_unit_test(whatif_says_what_the_change_will_do),
        cmocka_unit_test(watch_prints_a_file_and_what_is_published),
        cmocka_unit_test(watch_follows_a_file_that_a_run_writes),
        cmocka_unit_test(recording_changes_no_byte_and_metrics_are_written),
        cmocka_unit_test(each_node_of_a_line_replays),
        cmocka_unit_test(what_is_no_history_is_refused),
    };

    return cmocka_run_group_tests(tests, record_runs, cli_remove_dir);
}
