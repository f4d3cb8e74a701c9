/*
 * router4_cache_test.c - router4, which has no RTL body, on the fabric as the
 * cache of its results.  Moved to and fro at random items, with the twin and
 * without, while routes and settings change, it gives what it gives in
 * software.
 */
#include "tests/cli_check.h"

#include "core/base/rng.h"

enum { ROUTES = 600, MOVES = 40, PACKETS = 20000 };

/* Routes that the generated flows take, longer ones within shorter. */
static void write_routes(const char *name, uint64_t seed)
{
    static char text[ROUTES * 40 + 100];
    static const char *const net[] = {"192.168", "172.16", "198.51", "203.0"};
    struct rng r = {seed};
    size_t n = 0;

    n += (size_t)snprintf(text + n, sizeof text - n, "0.0.0.0/1 2\n");
    for (int k = 0; k < ROUTES; k++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s.%u.%u/%u %u\n",
                              net[rng_below(&r, 4)], rng_below(&r, 8),
                              rng_below(&r, 256), 16 + rng_below(&r, 17),
                              1 + rng_below(&r, 8));
    }
    cli_write_text(cli_path(name), text);
}

static void make_input(void)
{
    char args[100];

    (void)snprintf(args, sizeof args,
                   "gen packets --count %d --flows 300 --out p.pcap", PACKETS);
    cli_ok(args);
    write_routes("a.routes", 1);
    write_routes("b.routes", 2);
    /* Two of one group, one that takes short packets, one without an entry. */
    cli_write_text(cli_path("a.next"),
                   "1 port 1 mac 02:00:00:00:00:01\n"
                   "2 port 2 mac 02:00:00:00:00:02 mtu 576\n"
                   "3 port 3\n4 group 1 2\n5 port 1 mac 02:00:00:00:00:05\n");
    cli_write_text(cli_path("b.next"), "1 port 4 mtu 1000\n"
                                       "2 port 2 mac 02:00:00:00:00:12\n");
    cli_write_text(cli_path("a.ports"), "0 192.0.2.1 02:00:00:00:01:00\n"
                                        "1 192.0.3.1 02:00:00:00:01:01\n");
    cli_write_text(cli_path("b.ports"), "4 192.0.2.1 02:00:00:00:01:04\n");
}

static void write_chain(const char *name, const char *out, const char *rest)
{
    static char text[1 << 16];

    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: r, fn: router4, set: { routes: a.routes, next: "
                   "a.next, ports: a.ports } }\n"
                   "links: [ in -> r, r -> out ]\n"
                   "sinks: { out: { pcap: %s } }\n%s",
                   out, rest);
    cli_write_text(cli_path(name), text);
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

static void assert_moved(const char *json)
{
    json_t *moves = cli_records(json, "move");

    assert_int_equal(json_array_size(moves), MOVES);
    for (size_t k = 0; k < MOVES; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_null(json_object_get(m, "refused"));
        assert_string_equal(cli_str(m, "image"), "router4_cache");
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
    }
    json_decref(moves);
}

static const char changes[] =
    "  - { at: 5000, set: { tick: 7 }, node: r }\n"
    "  - { at: 7300, set: { next: b.next }, node: r }\n"
    "  - { at: 11000, set: { routes: b.routes }, node: r }\n"
    "  - { at: 14500, set: { ports: b.ports }, node: r }\n";

static void write_moves(char *text, size_t room, uint64_t seed)
{
    struct rng r = {seed};
    size_t n = strlen(text);

    for (unsigned k = 0; k < MOVES; k++) {
        unsigned step = PACKETS / MOVES;
        n += (size_t)snprintf(text + n, room - n,
                              "  - { at: %u, %s: r%s, shadow: 50 }\n",
                              k * step + rng_below(&r, step - 60),
                              k % 2 == 0 ? "concretize" : "virtualize",
                              k % 2 == 0 ? ", device: fab0/1" : "");
    }
}

static void routes_on_the_fabric_change_no_byte_and_no_count(void **state)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    static char schedule[1 << 15];
    struct cli_result r;

    (void)state;
    make_input();
    (void)snprintf(schedule, sizeof schedule, "schedule:\n%s", changes);
    write_chain("soft.yaml", "soft.pcap", schedule);
    r = cli("run soft.yaml --json");
    assert_int_equal(r.status, 0);
    char *want = counters(r.out);
    cli_free(&r);
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        (void)snprintf(schedule, sizeof schedule,
                       "devices: { fab0: { kind: sim, width: %d } }\n"
                       "twin: %s\nschedule:\n%s",
                       k % 2 == 0 ? 32 : 64, twins[k], changes);
        write_moves(schedule, sizeof schedule, k);
        write_chain("hard.yaml", "hard.pcap", schedule);
        r = cli("run hard.yaml --json");
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        assert_moved(r.out);
        assert_null(strstr(r.out, "\"verdict\""));
        char *got = counters(r.out);
        assert_string_equal(got, want);
        free(got);
        cli_free(&r);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
    }
    free(want);
}

/* It stays there to the end; most of what may be forwarded is known. */
static void hits_and_misses_are_told(void **state)
{
    (void)state;
    make_input();
    write_chain("soft.yaml", "soft.pcap", "");
    cli_ok("run soft.yaml");
    write_chain("hard.yaml", "hard.pcap",
                "devices: { fab0: { kind: sim } }\nschedule:\n"
                "  - { at: 100, concretize: r, device: fab0, shadow: 100 }\n");
    struct cli_result r = cli("run hard.yaml --json");
    json_t *nodes = cli_records(r.out, "node");
    const json_t *cache = json_object_get(json_array_get(nodes, 0), "cache");
    assert_non_null(cache);
    print_message("%d forwarded, %d misses, %d others\n",
                  (int)cli_int(cache, "N_FORWARDED"),
                  (int)cli_int(cache, "CACHE_MISSES"),
                  (int)cli_int(cache, "CACHE_OTHERS"));
    assert_true(cli_int(cache, "N_FORWARDED") > PACKETS / 3);
    assert_int_equal(cli_int(cache, "N_FORWARDED") +
                         cli_int(cache, "CACHE_MISSES") +
                         cli_int(cache, "CACHE_OTHERS"),
                     PACKETS - 200);
    json_decref(nodes);
    cli_free(&r);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
}

/* Without the cache there is nothing to move. */
static void without_the_cache_it_is_refused(void **state)
{
    (void)state;
    make_input();
    write_chain("hard.yaml", "hard.pcap",
                "devices: { fab0: { kind: sim } }\nschedule:\n"
                "  - { at: 100, concretize: r, device: fab0, cache: false }\n");
    struct cli_result r = cli("run hard.yaml");
    assert_int_not_equal(r.status, 0);
    assert_non_null(strstr(r.err, "'r' cannot be moved to a device"));
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_on_the_fabric_change_no_byte_and_no_count),
        cmocka_unit_test(hits_and_misses_are_told),
        cmocka_unit_test(without_the_cache_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
