/*
 * cache_test.c - partial offload: functions with more state than the fabric
 * holds, whose results another function caches there.  Moved to and fro at
 * random items, with the twin and without, they give what they give in
 * software.
 */
#include "tests/cli_check.h"

#include "core/base/rng.h"

enum { RULES = 300, MOVES = 100, PACKETS = 20000 };

/* Rules that the generated flows hit; RULES are more than the image of acl
 * holds. */
static void write_rules(const char *name, uint64_t seed, int n_rules)
{
    static char text[RULES * 96];
    struct rng r = {seed};
    size_t n = 0;

    for (int k = 0; k < n_rules; k++) {
        unsigned port = rng_below(&r, 64) * 1000;
        n += (size_t)snprintf(
            text + n, sizeof text - n,
            "@10.%u.0.0/16 0.0.0.0/0 %u : %u 0 : 65535 0x%02x/0xFF "
            "0x0000/0x0000 %s\n",
            rng_below(&r, 8), port, port + 999, rng_below(&r, 2) == 0 ? 6 : 17,
            rng_below(&r, 2) == 0 ? "drop" : "accept");
    }
    cli_write_text(cli_path(name), text);
}

static void write_chain(const char *name, const char *out, const char *rest)
{
    static char text[1 << 16];

    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: acl, fn: acl, set: { rules: many.rules, "
                   "default: drop } }\n"
                   "links: [ in -> acl, acl -> out ]\n"
                   "sinks: { out: { pcap: %s } }\n%s",
                   out, rest);
    cli_write_text(cli_path(name), text);
}

static void make_input(void)
{
    char args[100];

    (void)snprintf(args, sizeof args,
                   "gen packets --count %d --flows 100 --out p.pcap", PACKETS);
    cli_ok(args);
    write_rules("many.rules", 1, RULES);
    write_rules("other.rules", 2, RULES);
}

/* The node's own counters at the end of a run. */
static char *counters(const char *json)
{
    json_t *nodes = cli_records(json, "node");
    char *text = json_dumps(
        json_object_get(json_array_get(nodes, 0), "counters"), JSON_COMPACT);

    assert_non_null(text);
    json_decref(nodes);
    return text;
}

static void assert_moved(const char *json, size_t n_moves)
{
    json_t *moves = cli_records(json, "move");

    assert_int_equal(json_array_size(moves), n_moves);
    for (size_t k = 0; k < n_moves; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_null(json_object_get(m, "refused"));
        assert_string_equal(cli_str(m, "image"), "acl_cache");
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
    }
    json_decref(moves);
}

/* Random moves, and other rules in the midst of them. */
static void write_moves(char *text, size_t room, uint64_t seed)
{
    struct rng r = {seed};
    size_t n = strlen(text);

    for (unsigned k = 0; k < MOVES; k++) {
        unsigned step = PACKETS / MOVES;
        n += (size_t)snprintf(text + n, room - n,
                              "  - { at: %u, %s: acl%s, shadow: 20 }\n",
                              k * step + rng_below(&r, step - 30),
                              k % 2 == 0 ? "concretize" : "virtualize",
                              k % 2 == 0 ? ", device: fab0/1" : "");
    }
}

static void a_cache_on_the_fabric_changes_no_byte_and_no_count(void **state)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    static char schedule[1 << 15];
    const char *change = "  - { at: 9000, set: { rules: other.rules, default: "
                         "accept }, node: acl }\n";
    struct cli_result r;

    (void)state;
    make_input();
    (void)snprintf(schedule, sizeof schedule, "schedule:\n%s", change);
    write_chain("soft.yaml", "soft.pcap", schedule);
    r = cli("run soft.yaml --json");
    char *want = counters(r.out);
    cli_free(&r);
    for (size_t k = 0; k < 2 * CHECK_ROWS(twins); k++) {
        (void)snprintf(schedule, sizeof schedule,
                       "devices: { fab0: { kind: sim, width: %d } }\n"
                       "twin: %s\nschedule:\n%s",
                       k % 2 == 0 ? 32 : 64, twins[k / 2], change);
        write_moves(schedule, sizeof schedule, k);
        write_chain("hard.yaml", "hard.pcap", schedule);
        r = cli("run hard.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_moved(r.out, MOVES);
        assert_null(strstr(r.out, "\"verdict\""));
        char *got = counters(r.out);
        assert_string_equal(got, want);
        free(got);
        cli_free(&r);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
    }
    free(want);
}

/* It stays there to the end: hits are counted, and are most of the packets. */
static void hits_and_misses_are_told(void **state)
{
    (void)state;
    make_input();
    write_chain("soft.yaml", "soft.pcap", "");
    cli_ok("run soft.yaml");
    write_chain(
        "hard.yaml", "hard.pcap",
        "devices: { fab0: { kind: sim } }\nschedule:\n"
        "  - { at: 100, concretize: acl, device: fab0, shadow: 100 }\n");
    struct cli_result r = cli("run hard.yaml --json");
    json_t *nodes = cli_records(r.out, "node");
    const json_t *cache = json_object_get(json_array_get(nodes, 0), "cache");
    assert_non_null(cache);
    /* A hundred flows: each is missed until it was learned, then held. */
    assert_in_range(cli_int(cache, "CACHE_MISSES"), 1, PACKETS / 10);
    assert_in_range(cli_int(cache, "CACHE_HITS"), PACKETS * 8 / 10, PACKETS);
    json_decref(nodes);
    cli_free(&r);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
}

/* A wrong setting and a slot that hangs: both are repaired. */
static void
a_fault_in_the_cache_is_repaired_and_nothing_wrong_leaves(void **state)
{
    static const char *const say[] = {
        "\"verdict\"", "\"class\":\"state\"", "\"scrub\"",    "\"return\"",
        "\"hang\"",    "\"quarantine\"",      "\"selftest\"", "\"return\""};

    (void)state;
    make_input();
    write_chain("soft.yaml", "soft.pcap", "");
    cli_ok("run soft.yaml");
    write_chain("hard.yaml", "hard.pcap",
                "devices: { fab0: { kind: sim } }\ntwin: checked\nschedule:\n"
                "  - { at: 100, concretize: acl, device: fab0, shadow: 100 }\n"
                "  - { at: 5000, fault: fab0/0, flip: \"csr.no_flags_q[0]\" }\n"
                "  - { at: 6000, fault: fab0/0, flip: "
                "\"slot.common.control_q[0]\" }\n");
    struct cli_result r = cli("run hard.yaml --json");
    assert_int_equal(r.status, 0);
    const char *at = r.out;
    for (size_t k = 0; k < CHECK_ROWS(say); k++) {
        at = strstr(at, say[k]);
        assert_non_null(at); /* in this order */
    }
    cli_free(&r);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
}

/*
 * What the slot had and gave is recorded, what the cache was told among it: the
 * function itself goes to the slot, from item 5000 on a cache of it, other
 * rules come, the cache goes and comes again.
 */
static void what_a_cache_did_replays(void **state)
{
    static const struct {
        const char *args;
        int from, items; /* up to the end, a gap, or the next function */
    } row[] = {
        {"twin replay h --json", 100, 4900},
        {"twin replay h --from 6000 --json", 6000, 3900},
        {"twin replay h --from 6000 --to 9000 --body rtl --json", 6000, 3000},
        {"twin replay h --from 12500 --to 20000 --json", 12500, 7500},
    };
    char text[100];

    (void)state;
    make_input();
    write_rules("few.rules", 3, 9); /* they fit */
    write_chain(
        "hist.yaml", "hist.pcap",
        "devices: { fab0: { kind: sim } }\ntelemetry: { window: 200 }\n"
        "schedule:\n"
        "  - { at: 0, set: { rules: few.rules }, node: acl }\n"
        "  - { at: 100, concretize: acl, device: fab0, shadow: 100 }\n"
        "  - { at: 5000, set: { rules: many.rules }, node: acl }\n"
        "  - { at: 5000, concretize: acl, device: fab0, shadow: 100 }\n"
        "  - { at: 7000, set: { rules: other.rules }, node: acl }\n"
        "  - { at: 9800, virtualize: acl, shadow: 100 }\n"
        "  - { at: 12000, concretize: acl, device: fab0, shadow: 100 }\n");
    cli_ok("run hist.yaml --history h");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        json_t *all = cli_records(r.out, "replay");
        const json_t *o = json_array_get(all, 0);
        assert_int_equal(r.status, 0);
        assert_int_equal(cli_int(o, "differ"), 0);
        assert_true(cli_int(o, "equal") > 5);
        assert_int_equal(cli_int(o, "from"), row[k].from);
        assert_int_equal(cli_int(o, "items"), row[k].items);
        json_decref(all);
        cli_free(&r);
        (void)snprintf(text, sizeof text, "twin at h %d", row[k].from + 1000);
        r = cli(text);
        assert_memory_equal(r.out, k == 0 ? "acl (acl) " : "acl (acl_cache) ",
                            10);
        cli_free(&r);
    }
    /* What the host told the cache is no change of parameters. */
    struct cli_result r = cli("twin history h --json");
    json_t *all = cli_records(r.out, "set");
    assert_int_equal(json_array_size(all), 4);
    json_decref(all);
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cache_on_the_fabric_changes_no_byte_and_no_count),
        cmocka_unit_test(hits_and_misses_are_told),
        cmocka_unit_test(
            a_fault_in_the_cache_is_repaired_and_nothing_wrong_leaves),
        cmocka_unit_test(what_a_cache_did_replays),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
