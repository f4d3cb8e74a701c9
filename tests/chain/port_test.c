/*
 * port_test.c - chains over ports that need no right: the generator, null, the
 * ring between two processes; time from packets; and an endless run that is
 * interrupted.
 */
#include "tests/chain/live_check.h"

#include <pcap/dlt.h>

#include "net/port/pcap_port.h"

/* Frames to a group of at most 'most' bytes, 'gap_ns' apart: the bridge floods
 * them. */
static void write_frames(const char *name, size_t n, uint32_t most,
                         uint64_t gap_ns)
{
    uint8_t *d = calloc(1, most);
    struct rng r = {n};
    struct pcap_sink *s;

    assert_non_null(d);
    assert_int_equal(
        pcap_sink_open(cli_path(name), PCAP_CLASSIC, DLT_EN10MB, &s), 0);
    for (size_t k = 0; k < n; k++) {
        struct pkt p = {
            .data = d,
            .len_bytes = k % 3 == 0
                             ? most - rng_below(&r, most / 2)
                             : 60 + rng_below(&r, most < 1460 ? 40 : 1400),
            .t_ns = (uint64_t)1700000000 * 1000000000 + k * gap_ns,
        };
        struct fn_span span = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
        memset(d, (int)k, p.len_bytes);
        memset(d, 0xff, 6);
        be16_store(d + 6, 0x0200);
        be32_store(d + 8, (uint32_t)k % 50); /* the station */
        be16_store(d + 12, 0x88b5);
        assert_int_equal(pcap_sink_write(s, &span), 0);
    }
    assert_int_equal(pcap_sink_close(s), 0);
    free(d);
}

static const char through[] = "chain: t\n"
                              "sources: { in: { pcap: } }\n"
                              "links: [ in -> out ]\n"
                              "sinks: { out: { pcap: } }\n";

static void generator_is_the_capture_that_it_writes(void **state)
{
    (void)state;
    cli_write_text(cli_path("t.yaml"), through);
    cli_ok("gen packets --count 1000 --seed 9 --out want.pcap");
    cli_ok("run t.yaml --port in=gen:count=1000,seed=9 --out out=got.pcap");
    assert_true(cli_same(cli_path("want.pcap"), cli_path("got.pcap")));
    /* The same few packets: many more than there are buffers. */
    struct cli_result r =
        cli("run t.yaml --port in=gen:count=400000,seed=9,loop=7 --port "
            "out=null --json");
    assert_int_equal(r.status, 0);
    json_t *ports = cli_records(r.out, "port");
    assert_int_equal(json_array_size(ports), 2);
    assert_string_equal(cli_str(json_array_get(ports, 0), "kind"), "gen");
    assert_int_equal(cli_int(json_array_get(ports, 0), "received"), 400000);
    assert_string_equal(cli_str(json_array_get(ports, 1), "name"), "out");
    assert_int_equal(cli_int(json_array_get(ports, 1), "sent"), 400000);
    json_decref(ports);
    cli_free(&r);
}

/* What one process puts in, the other writes, all of it, however slow. */
static void ring_joins_two_processes(void **state)
{
    static const char *const order[] = {
        "$PRECAST run t.yaml --in in=a.pcap --port out=ring:r >one.txt & one=$!"
        "; $PRECAST run t.yaml --port in=ring:r --out out=b.pcap",
        "$PRECAST run t.yaml --port in=ring:r --out out=b.pcap >one.txt & "
        "one=$!"
        "; $PRECAST run t.yaml --in in=a.pcap --port out=ring:r"};
    char command[512];

    (void)state;
    cli_write_text(cli_path("t.yaml"), through);
    write_frames("a.pcap", 600, 200000, 1000); /* 40 MB through 2 MB */
    for (size_t k = 0; k < CHECK_ROWS(order); k++) {
        (void)snprintf(command, sizeof command,
                       "rm -f b.pcap; %s && wait $one && test ! -e r",
                       order[k]);
        struct cli_result r = cli_shell(command);
        assert_string_equal(r.err, "");
        assert_int_equal(r.status, 0);
        cli_free(&r);
        assert_true(cli_same(cli_path("a.pcap"), cli_path("b.pcap")));
    }
}

/* Copies of packets up to the longest: all of them find memory. */
static void long_packets_are_copied_to_all(void **state)
{
    enum { SINKS = 16 };
    char links[512] = "br.2 -> s0", sinks[1024] = "s0: { pcap: s0.pcap }";
    char text[2048], name[16];

    (void)state;
    write_frames("long.pcap", 100, PCAP_LEN_MAX, 1000);
    for (int k = 1; k < SINKS; k++) {
        (void)snprintf(links + strlen(links), sizeof links - strlen(links),
                       ", bs.%d -> s%d", k, k);
        (void)snprintf(sinks + strlen(sinks), sizeof sinks - strlen(sinks),
                       ", s%d: { pcap: s%d.pcap }", k, k);
    }
    (void)snprintf(text, sizeof text,
                   "chain: lan\nsources: { in: { pcap: long.pcap } }\n"
                   "nodes: [ { name: br, fn: bridge },\n"
                   "         { name: bs, fn: bridge } ]\n"
                   "links: [ in -> br.0, br.1 -> bs.0, %s ]\nsinks: { %s }\n",
                   links, sinks);
    cli_write_text(cli_path("long.yaml"), text);
    cli_ok("run long.yaml");
    for (int k = 0; k < SINKS; k++) {
        (void)snprintf(name, sizeof name, "s%d.pcap", k);
        assert_true(cli_same(cli_path("long.pcap"), cli_path(name)));
    }
}

/*
 * Time by hand: packet k comes at k * 100 ms, so a second begins with packet
 * 10, 20 ...  The same writes from the schedule give the same run.
 */
static void time_comes_from_the_packets(void **state)
{
    static const char chain[] = "chain: lan\n"
                                "sources: { in: { pcap: slow.pcap } }\n"
                                "nodes: [ { name: br, fn: bridge, set: { "
                                "max_age: 3, entries: 64 } } ]\n"
                                "links: [ in -> br.0, br -> out ]\n"
                                "sinks: { out: { pcap: slow_out.pcap } }\n";
    char text[8192];
    char *counters[3] = {NULL};

    (void)state;
    write_frames("slow.pcap", 1000, 100, 100000000);
    for (size_t k = 0; k < 3; k++) {
        size_t n = (size_t)snprintf(text, sizeof text, "%s%s", chain,
                                    k == 0   ? ""
                                    : k == 1 ? "tick: { br: 1000 }\n"
                                             : "schedule:\n");
        for (unsigned s = 1; k == 2 && s < 100; s++) {
            n += (size_t)snprintf(
                text + n, sizeof text - n,
                "  - { at: %u, set: { tick: %u }, node: br }\n", 10 * s, s);
        }
        cli_write_text(cli_path("slow.yaml"), text);
        struct cli_result r = cli("run slow.yaml --json");
        assert_int_equal(r.status, 0);
        json_t *nodes = cli_records(r.out, "node");
        counters[k] =
            json_dumps(json_object_get(json_array_get(nodes, 0), "counters"),
                       JSON_SORT_KEYS);
        /* Ticks are not reported: they would be all there is to read. */
        json_t *actions = cli_records(r.out, "action");
        assert_int_equal(json_array_size(actions), k == 2 ? 99 : 0);
        json_decref(actions);
        json_decref(nodes);
        cli_free(&r);
    }
    assert_string_equal(counters[1], counters[2]);
    assert_string_not_equal(counters[0], counters[1]); /* stations age */
    for (size_t k = 0; k < 3; k++) {
        free(counters[k]);
    }
}

static void endless_run_is_complete_when_it_is_interrupted(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    (void)state;
    cli_write_text(cli_path("t.yaml"), through);
    for (size_t k = 0; k < CHECK_ROWS(numbers); k++) {
        struct live l;
        char args[1024];
        unsigned long long in, out;
        (void)snprintf(args, sizeof args, "--port in=gen: --out out=%s",
                       cli_path("end.pcap"));
        live_open(&l, "t.yaml", args);
        assert_int_equal(live_close(&l, numbers[k]), 0);
        const char *sum = strstr(l.text, " packets in, ");
        assert_non_null(sum);
        while (sum[-1] != '\n') {
            sum--;
        }
        assert_int_equal(sscanf(sum, "%llu packets in, %llu out", &in, &out),
                         2);
        assert_true(in == out);
        /* The capture is what the generator gives, that many. */
        (void)snprintf(args, sizeof args,
                       "run t.yaml --port in=gen:count=%llu --out out=all.pcap",
                       in > 0 ? in : 1);
        cli_ok(args);
        assert_true(in == 0 ||
                    cli_same(cli_path("end.pcap"), cli_path("all.pcap")));
    }
}

/* Sleeping in wait for a peer, too. */
static void run_that_waits_is_interrupted(void **state)
{
    (void)state;
    cli_write_text(cli_path("t.yaml"), through);
    write_frames("a.pcap", 3, 100, 1000);
    for (int way = 0; way < 2; way++) {
        struct live l;
        char args[2048], ring[512], file[512];
        (void)snprintf(ring, sizeof ring, "ring:%s", cli_path("w"));
        (void)snprintf(file, sizeof file, "pcap:%s",
                       cli_path(way == 0 ? "a.pcap" : "w.pcap"));
        (void)snprintf(args, sizeof args, "--port in=%s --port out=%s",
                       way == 0 ? file : ring, way == 0 ? ring : file);
        live_open(&l, "t.yaml", args);
        live_sleeps(&l);
        assert_int_equal(live_close(&l, SIGINT), 0);
        assert_non_null(strstr(l.text, way == 0
                                           ? "3 packets in, 0 out, 3 dropped"
                                           : "0 packets in, 0 out, 0 dropped"));
    }
}

static void status_tells_what_is_wrong_with_a_port(void **state)
{
    static const struct {
        const char *args;
        int status;
        const char *line;
    } row[] = {
        {"--port in=af_packet:nowhere0 --port out=null", 2,
         "precast: af_packet:nowhere0: no interface 'nowhere0', expected one "
         "of "
         "`ip link`\n"},
        {"--port in=tap:a-very-long-name0 --port out=null", 2,
         "precast: tap:a-very-long-name0: no name of an interface, expected 1 "
         "to 15 bytes without blanks, % and /\n"},
        {"--port in=ring:/nowhere/s --port out=null", 3,
         "precast: ring:/nowhere/s: socket: No such file or directory\n"},
        {"--port in=gen:count=1 --port out=gen:", 2,
         "precast: --port: 'gen:' for sink 'out', expected KIND:NAME with one "
         "of: pcap, pcapng, tap, af_packet, af_xdp, ring, null\n"},
        {"--port in=null --port out=null", 0, ""},
    };

    (void)state;
    cli_write_text(cli_path("t.yaml"), through);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "run t.yaml %s", row[k].args);
        struct cli_result r = cli(args);
        assert_string_equal(r.err, row[k].line);
        assert_int_equal(r.status, row[k].status);
        cli_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_is_the_capture_that_it_writes),
        cmocka_unit_test(ring_joins_two_processes),
        cmocka_unit_test(long_packets_are_copied_to_all),
        cmocka_unit_test(time_comes_from_the_packets),
        cmocka_unit_test(endless_run_is_complete_when_it_is_interrupted),
        cmocka_unit_test(run_that_waits_is_interrupted),
        cmocka_unit_test(status_tells_what_is_wrong_with_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
