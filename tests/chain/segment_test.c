/*
 * segment_test.c - two nodes that follow each other on one device run as one:
 * the same bytes and counts as in software, whatever moves when.
 */
#include "tests/cli_check.h"

#include "core/base/rng.h"

enum { ITEMS = 6000 };

/*
 * in -> a -> b -> out, two access lists.  'b' drops what 'a' leaves of a
 * network and counts hits, so each has drops of its own.
 */
static void write_chain(const char *name, const char *out, const char *rest)
{
    char text[1 << 15];

    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: a, fn: acl, set: { rules: p.rules } }\n"
                   "  - { name: b, fn: acl, set: { rules: b.rules } }\n"
                   "links: [ in -> a, a -> b, b -> out ]\n"
                   "sinks: { out: { pcap: %s } }\n%s",
                   out, rest);
    cli_write_text(cli_path(name), text);
}

/* Everything that the run says of its nodes, bodies aside, as one line. */
static char *nodes_of(const char *json)
{
    json_t *nodes = cli_records(json, "node");
    json_t *summary = cli_records(json, "summary");
    const json_t *s = json_array_get(summary, 0);

    assert_int_equal(json_array_size(nodes), 2);
    for (size_t k = 0; k < 2; k++) {
        (void)json_object_del(json_array_get(nodes, k), "body");
    }
    (void)json_array_append_new(nodes, json_integer(cli_int(s, "items_out")));
    (void)json_array_append_new(nodes, json_integer(cli_int(s, "dropped")));
    char *text = json_dumps(nodes, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(text);
    json_decref(nodes);
    json_decref(summary);
    return text;
}

static size_t n_records(const char *json, const char *type)
{
    json_t *list = cli_records(json, type);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

/* The run in software: its output is soft.pcap, its counts are returned. */
static char *run_in_software(void)
{
    struct cli_result r;
    char args[64];

    (void)snprintf(args, sizeof args, "gen packets --count %d --out p.pcap",
                   ITEMS);
    cli_ok(args);
    cli_write_text(cli_path("b.rules"),
                   "@0.0.0.0/1 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF "
                   "0x0000/0x0000 drop\n"
                   "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 32767 0x00/0x00 "
                   "0x0000/0x0000 accept\n");
    write_chain("soft.yaml", "soft.pcap", "");
    r = cli("run soft.yaml --json");
    assert_int_equal(r.status, 0);
    char *text = nodes_of(r.out);
    json_t *nodes = cli_records(r.out, "node");
    for (size_t k = 0; k < 2; k++) {
        long long dropped = cli_int(json_array_get(nodes, k), "dropped");
        assert_in_range(dropped, ITEMS / 100, ITEMS / 2);
    }
    json_decref(nodes);
    cli_free(&r);
    return text;
}

static const struct {
    const char *twin;
    int width_bits;
} rows[] = {{"off", 64},     {"off", 32},     {"watched", 64},
            {"watched", 32}, {"checked", 64}, {"checked", 32}};

static void a_line_on_the_fabric_is_the_software_run(void **state)
{
    char *want = run_in_software();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        char rest[512];
        struct cli_result r;
        (void)snprintf(rest, sizeof rest,
                       "devices: { fab0: { kind: sim, width: %d } }\n"
                       "twin: %s\nschedule:\n"
                       "  - { at: 100, concretize: a, device: fab0/2, shadow: "
                       "50 }\n"
                       "  - { at: 300, concretize: b, device: fab0/0, shadow: "
                       "70 }\n",
                       rows[k].width_bits, rows[k].twin);
        write_chain("line.yaml", "line.pcap", rest);
        r = cli("run line.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_int_equal(n_records(r.out, "segment"), 1);
        assert_int_equal(n_records(r.out, "verdict"), 0);
        char *got = nodes_of(r.out);
        assert_string_equal(got, want);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("line.pcap")));
        free(got);
        cli_free(&r);
    }
    free(want);
}

/* Either node goes and comes at random items: lines form and dissolve. */
static void moves_in_mid_stream_change_nothing(void **state)
{
    enum { MOVES = 40, STEP = ITEMS / MOVES };
    char *want = run_in_software();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        char rest[1 << 13];
        struct rng rng = {k + 1};
        struct cli_result r;
        bool up[2] = {false, false};
        size_t n = (size_t)snprintf(
            rest, sizeof rest,
            "devices: { fab0: { kind: sim, width: %d } }\ntwin: %s\n"
            "schedule:\n",
            rows[k].width_bits, rows[k].twin);
        for (unsigned j = 0; j < MOVES; j++) {
            unsigned at = j * STEP + rng_below(&rng, STEP - 120);
            size_t who = rng_below(&rng, 2);
            n += (size_t)snprintf(
                rest + n, sizeof rest - n,
                up[who] ? "  - { at: %u, virtualize: %c, shadow: 10 }\n"
                        : "  - { at: %u, concretize: %c, device: fab0/%u, "
                          "shadow: 10 }\n",
                at, "ab"[who], (unsigned)who + 1);
            up[who] = !up[who];
        }
        write_chain("move.yaml", "move.pcap", rest);
        r = cli("run move.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_true(n_records(r.out, "segment") >= 4);
        assert_int_equal(n_records(r.out, "verdict"), 0);
        json_t *moves = cli_records(r.out, "move");
        assert_int_equal(json_array_size(moves), MOVES);
        for (size_t j = 0; j < MOVES; j++) {
            const json_t *m = json_array_get(moves, j);
            assert_null(json_object_get(m, "refused"));
            assert_int_equal(cli_int(m, "lost"), 0);
            assert_int_equal(cli_int(m, "duplicated"), 0);
        }
        json_decref(moves);
        char *got = nodes_of(r.out);
        assert_string_equal(got, want);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("move.pcap")));
        free(got);
        cli_free(&r);
    }
    free(want);
}

/*
 * The action of a rule of 'slot' is flipped while both are in one line; the
 * run's report.  Of 'a' it is the second rule: 'b' would drop what the first
 * accepts, with the same mark, so nobody could tell from what leaves.
 */
static struct cli_result run_with_flip(const char *twin, unsigned slot)
{
    int bit = (slot == 0 ? 256 : 0) + 224;
    char rest[512];

    (void)snprintf(rest, sizeof rest,
                   "devices: { fab0: { kind: sim } }\ntwin: %s\nschedule:\n"
                   "  - { at: 0, concretize: a, device: fab0/0, shadow: 50 }\n"
                   "  - { at: 0, concretize: b, device: fab0/1, shadow: 50 }\n"
                   "  - { at: 2000, fault: fab0/%u, flip: \"rule_q[%d]\" }\n",
                   twin, slot, bit);
    write_chain("flip.yaml", "flip.pcap", rest);
    return cli("run flip.yaml --json");
}

static void a_flip_in_either_slot_ends_the_line(void **state)
{
    static const char *const twins[] = {"checked", "watched"};
    char *want = run_in_software();

    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        struct cli_result r = run_with_flip(twins[k / 2], k % 2);
        assert_int_equal(n_records(r.out, "segment"), 1);
        json_t *verdicts = cli_records(r.out, "verdict");
        json_t *actions = cli_records(r.out, "action");
        json_t *nodes = cli_records(r.out, "node");
        assert_int_equal(json_array_size(verdicts), 1);
        const json_t *v = json_array_get(verdicts, 0);
        assert_string_equal(cli_str(v, "node"), k % 2 == 0 ? "a" : "b");
        assert_string_equal(cli_str(v, "device"),
                            k % 2 == 0 ? "fab0/0" : "fab0/1");
        assert_string_equal(cli_str(v, "verdict"), "differ");
        assert_int_equal(json_array_size(actions), 2);
        for (size_t j = 0; j < 2; j++) {
            const json_t *a = json_array_get(actions, j);
            assert_string_equal(cli_str(a, "action"), "quarantine");
            assert_string_equal(cli_str(json_array_get(nodes, j), "body"), "c");
        }
        const json_t *a = json_array_get(actions, k % 2);
        assert_int_equal(cli_int(a, "at_item") - cli_int(v, "first_item"),
                         k / 2);
        if (k / 2 == 0) { /* nothing wrong leaves */
            char *got = nodes_of(r.out);
            assert_string_equal(got, want);
            free(got);
            assert_true(cli_same(cli_path("soft.pcap"), cli_path("flip.pcap")));
        }
        json_decref(verdicts);
        json_decref(actions);
        json_decref(nodes);
        cli_free(&r);
    }
    free(want);
}

/*
 * The first node drops by fault what the second drops anyway: the end of the
 * line is right.  The digest of what went between them is not.
 */
static void a_fault_that_the_next_node_hides_is_found(void **state)
{
    (void)state;
    cli_ok("gen packets --count 2000 --out p.pcap");
    cli_write_text(
        cli_path("hidden.yaml"),
        "chain: t\n"
        "sources: { in: { pcap: p.pcap } }\n"
        "nodes:\n"
        "  - { name: a, fn: acl, set: { default: accept } }\n"
        "  - { name: b, fn: acl, set: { default: drop } }\n"
        "links: [ in -> a, a -> b, b -> out ]\n"
        "sinks: { out: { pcap: hidden.pcap } }\n"
        "devices: { fab0: { kind: sim } }\ntwin: checked\nschedule:\n"
        "  - { at: 0, concretize: a, device: fab0/0, shadow: 50 }\n"
        "  - { at: 0, concretize: b, device: fab0/1, shadow: 50 }\n"
        "  - { at: 1000, fault: fab0/0, flip: \"csr.no_match_q[0]\" }\n");
    struct cli_result r = cli("run hidden.yaml --json");
    json_t *verdicts = cli_records(r.out, "verdict");
    assert_int_equal(json_array_size(verdicts), 1);
    const json_t *v = json_array_get(verdicts, 0);
    assert_string_equal(cli_str(v, "node"), "a");
    assert_int_equal(cli_int(v, "first_item"), 1000);
    assert_non_null(strstr(cli_str(v, "detail"), "digest"));
    json_decref(verdicts);
    json_t *nodes = cli_records(r.out, "node");
    for (size_t k = 0; k < 2; k++) {
        const json_t *n = json_array_get(nodes, k);
        assert_string_equal(cli_str(n, "body"), "c");
        assert_int_equal(cli_int(n, "in"), 2000);
        assert_int_equal(cli_int(n, "dropped"), k == 0 ? 0 : 2000);
    }
    json_decref(nodes);
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_on_the_fabric_is_the_software_run),
        cmocka_unit_test(moves_in_mid_stream_change_nothing),
        cmocka_unit_test(a_flip_in_either_slot_ends_the_line),
        cmocka_unit_test(a_fault_that_the_next_node_hides_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
