/*
 * bridge_test.c - a switch with three ports moves to the fabric and back while
 * stations talk: what it has learned goes along.
 */
#include "tests/cli_check.h"

#include <pcap/dlt.h>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "net/port/pcap_port.h"

enum {
    PORTS = 3,
    STATIONS = 48, /* station k is at port k % PORTS at first */
    FRAME_LEN = 64,
};

/* The sources' captures, a microsecond between their packets. */
struct lan {
    struct pcap_sink *sink[PORTS];
    uint64_t t_ns;
    uint8_t port[STATIONS]; /* where each is */
};

static void lan_open(struct lan *lan)
{
    static const char *const names[PORTS] = {"p0.pcap", "p1.pcap", "p2.pcap"};

    *lan = (struct lan){.t_ns = 0};
    for (size_t k = 0; k < PORTS; k++) {
        assert_int_equal(pcap_sink_open(cli_path(names[k]), PCAP_CLASSIC,
                                        DLT_EN10MB, &lan->sink[k]),
                         0);
    }
    for (size_t k = 0; k < STATIONS; k++) {
        lan->port[k] = (uint8_t)(k % PORTS);
    }
}

static void lan_close(struct lan *lan)
{
    for (size_t k = 0; k < PORTS; k++) {
        assert_int_equal(pcap_sink_close(lan->sink[k]), 0);
    }
}

static void store_station(uint8_t *d, uint32_t k)
{
    be16_store(d, 0x0200);
    be32_store(d + 2, k);
}

/* Station 'from' sends to station 'to', or to all; in a VLAN if 'vid' > 0. */
static void lan_send(struct lan *lan, uint32_t from, uint32_t to, uint16_t vid)
{
    uint8_t d[FRAME_LEN] = {0};
    uint32_t at = 12;

    memset(d, 0xff, 6);
    if (to < STATIONS) {
        store_station(d, to);
    }
    store_station(d + 6, from);
    if (vid > 0) {
        be16_store(d + 12, 0x8100);
        be16_store(d + 14, vid);
        at += 4;
    }
    be16_store(d + at, 0x88b5);
    be32_store(d + at + 2, (uint32_t)lan->t_ns);
    struct pkt p = {.data = d,
                    .len_bytes = FRAME_LEN,
                    .room_bytes = FRAME_LEN,
                    .wire_bytes = FRAME_LEN,
                    .t_ns = lan->t_ns};
    struct fn_span span = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
    assert_int_equal(pcap_sink_write(lan->sink[lan->port[from]], &span), 0);
    lan->t_ns += 1000;
}

/* The chain with outputs 'to'0.pcap and so on. */
static void write_chain(const char *name, const char *set, const char *to,
                        const char *rest)
{
    char text[1 << 14];

    (void)snprintf(text, sizeof text,
                   "chain: lan\n"
                   "sources: { a: { pcap: p0.pcap }, b: { pcap: p1.pcap }, "
                   "c: { pcap: p2.pcap } }\n"
                   "nodes:\n"
                   "  - { name: br, fn: bridge, set: { %s } }\n"
                   "links: [ a -> br.0, b -> br.1, c -> br.2,\n"
                   "         br.0 -> x, br.1 -> y, br.2 -> z ]\n"
                   "sinks: { x: { pcap: %s0.pcap }, y: { pcap: %s1.pcap }, "
                   "z: { pcap: %s2.pcap } }\n%s",
                   set, to, to, to, rest);
    cli_write_text(cli_path(name), text);
}

static long long counter(const char *json, const char *name)
{
    json_t *nodes = cli_records(json, "node");
    long long value =
        cli_int(json_object_get(json_array_get(nodes, 0), "counters"), name);

    json_decref(nodes);
    return value;
}

static size_t packets_of(const char *name)
{
    struct pkt p[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = p, .cap = FN_BURST_PKT};
    struct pcap_source *s;
    size_t n = 0;

    assert_int_equal(pcap_source_open(cli_path(name), 0, &s), 0);
    for (int k = 1; k > 0; n += (size_t)k) {
        span.n = 0;
        k = pcap_source_read(s, &span);
        assert_true(k >= 0);
    }
    pcap_source_close(s);
    return n;
}

/* Runs 'name', in which 'n_moves' moves succeed; the report, to free. */
static char *run_moves(const char *name, size_t n_moves)
{
    char args[64];

    (void)snprintf(args, sizeof args, "run %s --json", name);
    struct cli_result r = cli(args);
    if (r.status != 0) {
        print_message("%s%s", r.out, r.err);
    }
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    json_t *moves = cli_records(r.out, "move");
    assert_int_equal(json_array_size(moves), n_moves);
    for (size_t k = 0; k < n_moves; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_null(json_object_get(m, "refused"));
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
    }
    json_decref(moves);
    free(r.err);
    return r.out;
}

/* Every station is heard once; then all know each other, wherever it runs. */
static void what_was_learned_moves_with_the_switch(void **state)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    struct lan lan;

    (void)state;
    lan_open(&lan);
    for (uint32_t k = 0; k < STATIONS; k++) {
        lan_send(&lan, k, STATIONS, 0);
    }
    /* From a port to the next: never to the own one. */
    for (uint32_t k = 0; k < 3000; k++) {
        lan_send(&lan, k % STATIONS, (k * 3 + k / PORTS * 3 + k + 1) % STATIONS,
                 0);
    }
    lan_close(&lan);
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        char rest[1024];
        (void)snprintf(
            rest, sizeof rest,
            "devices: { fab0: { kind: sim } }\ntwin: %s\nschedule:\n"
            "  - { at: 60, concretize: br, device: fab0/0, shadow: 100 }\n"
            "  - { at: 1000, virtualize: br, shadow: 10 }\n"
            "  - { at: 2000, concretize: br, device: fab0/1, shadow: 1 }\n",
            twins[k]);
        write_chain("learn.yaml", "entries: 256", "learn", rest);
        char *json = run_moves("learn.yaml", 3);
        assert_int_equal(counter(json, "N_LEARNED"), STATIONS);
        assert_int_equal(counter(json, "N_FLOODED"), STATIONS);
        assert_int_equal(
            counter(json, "N_UNICAST") + counter(json, "N_FILTERED"), 3000);
        /* Three sinks, and a flood goes to two of them. */
        assert_int_equal(packets_of("learn0.pcap") + packets_of("learn1.pcap") +
                             packets_of("learn2.pcap"),
                         2 * STATIONS + counter(json, "N_UNICAST"));
        free(json);
    }
}

/* Stations talk, fall silent, and move; time goes on by settings. */
static void write_busy_lan(size_t n)
{
    struct rng r = {7};
    struct lan lan;

    lan_open(&lan);
    for (size_t k = 0; k < n; k++) {
        uint32_t from = rng_below(&r, STATIONS);
        if (rng_below(&r, 40) == 0) {
            lan.port[from] = (uint8_t)rng_below(&r, PORTS);
        }
        lan_send(&lan, from, rng_below(&r, STATIONS + 3),
                 rng_below(&r, 3) == 0 ? 10 : 0);
    }
    lan_close(&lan);
}

static void moves_change_no_byte_of_a_busy_lan(void **state)
{
    static const struct {
        const char *twin;
        int width_bits;
    } row[] = {{"off", 64}, {"watched", 64}, {"off", 32}, {"checked", 32}};
    enum { PACKETS = 12000, STEP = 400, MOVES = PACKETS / STEP };
    const char *set = "entries: 64, max_age: 3, vlans: v.txt, pvid: '2=10'";
    char ticks[1 << 12] = "schedule:\n";

    (void)state;
    write_busy_lan(PACKETS);
    cli_write_text(cli_path("v.txt"), "1: 0-1\n10: 0,1,2\n");
    for (unsigned k = 1; k < 24; k++) {
        size_t n = strlen(ticks);
        (void)snprintf(ticks + n, sizeof ticks - n,
                       "  - { at: %u, set: { tick: %u }, node: br }\n", 500 * k,
                       (65526 + k) % 65536);
    }
    write_chain("soft.yaml", set, "soft", ticks);
    char *want = run_moves("soft.yaml", 0);
    assert_true(counter(want, "N_AGED") > 20);
    assert_true(counter(want, "N_MOVED") > 100);
    assert_true(counter(want, "N_UNICAST") > 1000);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char rest[1 << 14];
        struct rng rng = {k + 1};
        size_t n = (size_t)snprintf(rest, sizeof rest,
                                    "devices: { fab0: { kind: sim, width: %d "
                                    "} }\ntwin: %s\n%s",
                                    row[k].width_bits, row[k].twin, ticks);
        for (unsigned j = 0; j < MOVES; j++) {
            unsigned at = j * STEP + rng_below(&rng, STEP - 60);
            n += (size_t)snprintf(
                rest + n, sizeof rest - n, "  - { at: %u, %s%u }\n", at,
                j % 2 == 0 ? "concretize: br, device: fab0, shadow: "
                           : "virtualize: br, shadow: ",
                1 + rng_below(&rng, 50));
        }
        write_chain("hard.yaml", set, "hard", rest);
        char *got = run_moves("hard.yaml", MOVES);
        assert_true(cli_same(cli_path("soft0.pcap"), cli_path("hard0.pcap")));
        assert_true(cli_same(cli_path("soft1.pcap"), cli_path("hard1.pcap")));
        assert_true(cli_same(cli_path("soft2.pcap"), cli_path("hard2.pcap")));
        assert_int_equal(counter(got, "N_FLOODED"), counter(want, "N_FLOODED"));
        assert_int_equal(counter(got, "N_LEARNED"), counter(want, "N_LEARNED"));
        assert_int_equal(counter(got, "N_AGED"), counter(want, "N_AGED"));
        assert_int_equal(counter(got, "SWEEP"), counter(want, "SWEEP"));
        free(got);
    }
    free(want);
}

/* Two copies of each packet come to one node: more than a burst of them. */
static void node_behind_a_flood_takes_more_than_a_burst(void **state)
{
    static const char chain[] =
        "chain: lan\n"
        "sources: { a: { pcap: p0.pcap } }\n"
        "nodes: [ { name: br, fn: bridge },\n"
        "         { name: acl, fn: acl } ]\n"
        "links: [ a -> br.0, br.1 -> acl, br.2 -> acl, acl -> x ]\n";
    struct lan lan;

    (void)state;
    lan_open(&lan);
    for (uint32_t k = 0; k < 3000; k++) {
        lan_send(&lan, k * PORTS % STATIONS, STATIONS, 0);
    }
    lan_send(&lan, 1, 0, 0); /* a capture has a packet */
    lan_send(&lan, 2, 0, 0);
    lan_close(&lan);
    for (int hard = 0; hard < 2; hard++) {
        char text[2048];
        (void)snprintf(
            text, sizeof text, "%ssinks: { x: { pcap: %s.pcap } }\n%s", chain,
            hard ? "hard" : "soft",
            hard ? "devices: { fab0: { kind: sim } }\ntwin: off\nschedule:\n"
                   "  - { at: 1, concretize: acl, device: fab0/0, shadow: 1 }\n"
                   "  - { at: 2, concretize: br, device: fab0/1, shadow: 1 }\n"
                 : "");
        cli_write_text(cli_path("two.yaml"), text);
        free(run_moves("two.yaml", hard ? 2 : 0));
    }
    assert_int_equal(packets_of("soft.pcap"), 6000);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
}

/* By hand: who gets a copy of what. */
static void floods_reach_every_port_but_their_own(void **state)
{
    struct lan lan;

    (void)state;
    lan_open(&lan);
    lan_send(&lan, 0, 1, 0);        /* from 0, unknown: to 1 and 2 */
    lan_send(&lan, 1, 0, 0);        /* from 1 to 0 */
    lan_send(&lan, 2, STATIONS, 0); /* from 2 to all: 0 and 1 */
    lan_send(&lan, 0, 2, 0);        /* from 0 to 2 */
    lan_send(&lan, 4, 2, 0);        /* from 1 to 2 */
    lan_close(&lan);
    write_chain("few.yaml", "entries: 64", "few", "");
    free(run_moves("few.yaml", 0));
    assert_int_equal(packets_of("few0.pcap"), 2);
    assert_int_equal(packets_of("few1.pcap"), 2);
    assert_int_equal(packets_of("few2.pcap"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floods_reach_every_port_but_their_own),
        cmocka_unit_test(node_behind_a_flood_takes_more_than_a_burst),
        cmocka_unit_test(what_was_learned_moves_with_the_switch),
        cmocka_unit_test(moves_change_no_byte_of_a_busy_lan),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
