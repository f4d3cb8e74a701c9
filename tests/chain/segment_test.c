/*
 * segment_test.c - two nodes that follow each other on one device run as one:
 * the same bytes and counts as in software, whatever moves when.
 */
#include "tests/chain/segment_check.h"

#include "core/base/rng.h"

enum { ITEMS = 6000 };

static const struct {
    const char *twin;
    int width_bits;
} rows[] = {{"off", 64},     {"off", 32},     {"watched", 64},
            {"watched", 32}, {"checked", 64}, {"checked", 32}};

static void a_line_on_the_fabric_is_the_software_run(void **state)
{
    char *soft = line_in_software(2, ITEMS);
    char *want = line_counts(soft);

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
        line_write("line.yaml", "line.pcap", 2, rest);
        r = cli("run line.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_int_equal(line_records(r.out, "segment"), 1);
        assert_int_equal(line_records(r.out, "verdict"), 0);
        char *got = line_counts(r.out);
        assert_string_equal(got, want);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("line.pcap")));
        free(got);
        cli_free(&r);
    }
    free(want);
    free(soft);
}

/*
 * Any of 'n' nodes goes and comes at random items: lines form, grow, fall apart
 * in the middle and dissolve.
 */
static void move_about(size_t n_nodes)
{
    enum { MOVES = 40, STEP = ITEMS / MOVES };
    char *soft = line_in_software(n_nodes, ITEMS);
    char *want = line_counts(soft);

    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        char rest[1 << 13];
        struct rng rng = {k + 1};
        struct cli_result r;
        bool up[LINE_NODES_MAX] = {false};
        size_t n = (size_t)snprintf(
            rest, sizeof rest,
            "devices: { fab0: { kind: sim, slots: 8, width: %d } }\ntwin: %s\n"
            "schedule:\n",
            rows[k].width_bits, rows[k].twin);
        for (unsigned j = 0; j < MOVES; j++) {
            unsigned at = j * STEP + rng_below(&rng, STEP - 120);
            size_t who = rng_below(&rng, (uint32_t)n_nodes);
            n += (size_t)snprintf(
                rest + n, sizeof rest - n,
                up[who] ? "  - { at: %u, virtualize: %c, shadow: 10 }\n"
                        : "  - { at: %u, concretize: %c, device: fab0/%u, "
                          "shadow: 10 }\n",
                at, "abcd"[who], (unsigned)who + 1);
            up[who] = !up[who];
        }
        line_write("move.yaml", "move.pcap", n_nodes, rest);
        r = cli("run move.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_true(line_records(r.out, "segment") >= 4);
        assert_int_equal(line_records(r.out, "verdict"), 0);
        json_t *moves = cli_records(r.out, "move");
        assert_int_equal(json_array_size(moves), MOVES);
        for (size_t j = 0; j < MOVES; j++) {
            const json_t *m = json_array_get(moves, j);
            assert_null(json_object_get(m, "refused"));
            assert_int_equal(cli_int(m, "lost"), 0);
            assert_int_equal(cli_int(m, "duplicated"), 0);
        }
        json_decref(moves);
        char *got = line_counts(r.out);
        assert_string_equal(got, want);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("move.pcap")));
        free(got);
        cli_free(&r);
    }
    free(want);
    free(soft);
}

static void moves_in_mid_stream_change_nothing(void **state)
{
    (void)state;
    move_about(2);
}

static void moves_in_a_longer_line_change_nothing(void **state)
{
    (void)state;
    move_about(4);
}

/*
 * The action of a rule of 'slot' is flipped while both are in one line; the
 * run's report.  Of 'a' it is the second rule: 'b' would drop what the first
 * accepts, with the same mark, so nobody could tell from what leaves.
 */
static struct cli_result run_with_flip(const char *twin, const char *repair,
                                       unsigned slot)
{
    int rule = slot == 0 ? 1 : 0; /* its action */
    char rest[512];

    (void)snprintf(rest, sizeof rest,
                   "devices: { fab0: { kind: sim } }\ntwin: %s\n"
                   "repair: %s\nschedule:\n"
                   "  - { at: 0, concretize: a, device: fab0/0, shadow: 50 }\n"
                   "  - { at: 0, concretize: b, device: fab0/1, shadow: 50 }\n"
                   "  - { at: 2000, fault: fab0/%u, flip: "
                   "\"match.word[7].store.mem[%d][0]\" }\n",
                   twin, repair, slot, rule);
    line_write("flip.yaml", "flip.pcap", 2, rest);
    return cli("run flip.yaml --json");
}

static void a_flip_in_either_slot_ends_the_line(void **state)
{
    static const char *const twins[] = {"checked", "watched"};
    char *soft = line_in_software(2, ITEMS);
    char *want = line_counts(soft);

    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        struct cli_result r = run_with_flip(twins[k / 2], "off", k % 2);
        assert_int_equal(line_records(r.out, "segment"), 1);
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
            char *got = line_counts(r.out);
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
    free(soft);
}

/* The word that is wrong is set right, the other slot gets its state, and both
 * are one line in the end. */
static void a_line_is_repaired(void **state)
{
    char *soft = line_in_software(2, ITEMS);

    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        struct cli_result r = run_with_flip("checked", "on", k);
        assert_int_equal(line_records(r.out, "verdict"), 1);
        assert_non_null(strstr(r.out, "\"class\":\"state\""));
        assert_non_null(strstr(r.out, "\"action\":\"scrub\""));
        assert_non_null(strstr(r.out, "\"action\":\"return\""));
        json_t *nodes = cli_records(r.out, "node");
        for (size_t j = 0; j < 2; j++) {
            assert_string_equal(cli_str(json_array_get(nodes, j), "body"),
                                "rtl");
        }
        json_decref(nodes);
        assert_int_equal(line_records(r.out, "segment"), 2);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("flip.pcap")));
        cli_free(&r);
    }
    free(soft);
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
        "devices: { fab0: { kind: sim } }\ntwin: checked\nrepair: off\n"
        "schedule:\n"
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
        cmocka_unit_test(moves_in_a_longer_line_change_nothing),
        cmocka_unit_test(a_flip_in_either_slot_ends_the_line),
        cmocka_unit_test(a_line_is_repaired),
        cmocka_unit_test(a_fault_that_the_next_node_hides_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
