/*
 * live_test.c - chains between two stations, each in a network namespace of its
 * own: who pings, and gets datagrams back, has the kernel of the other station
 * at the other end.  Skipped without the right to make namespaces.
 */
#include "tests/chain/live_check.h"

#include "net/port/pcap_port.h"

static struct station a, b;
static bool has_stations;

static void need_stations(void)
{
    if (!has_stations) {
        skip();
    }
}

static int open_stations(void **state)
{
    (void)state;
    if (unshare(CLONE_NEWNET) != 0) {
        print_message("skipped: no network namespace: %s\n", strerror(errno));
        return 0;
    }
    has_stations = station_open(&a) && station_open(&b);
    here("ip link set lo up");
    return 0;
}

static int close_stations(void **state)
{
    if (has_stations) {
        station_close(&a);
        station_close(&b);
    }
    return cli_remove_dir(state);
}

/* Wires a0 and b0 end here, a1 and b1 at the stations; the old ones go. */
static void lay_wires(bool lay)
{
    char command[512];

    here("for n in a0 b0; do ip link del $n 2>/dev/null; done; true");
    station_shell(&a, "ip link del a1 2>/dev/null; true");
    station_shell(&b, "ip link del b1 2>/dev/null; true");
    (void)snprintf(command, sizeof command,
                   "for x in a:%d b:%d; do n=${x%%:*}; "
                   "ip link add ${n}0 type veth peer name ${n}1 && "
                   "ip link set ${n}1 netns ${x#*:} && "
                   "ip link set ${n}0 up || exit 1; done",
                   (int)a.pid, (int)b.pid);
    if (lay) {
        here(command);
    }
}

/* A TAP that precast has made goes to a station, which calls it a1 or b1. */
static void give_tap(const char *name, const struct station *s, const char *to)
{
    char command[512];

    (void)snprintf(command, sizeof command, "ip link set %s netns %d", name,
                   (int)s->pid);
    here(command);
    (void)snprintf(command, sizeof command, "ip link set %s name %s", name, to);
    station_shell(s, command);
}

static void one_lan(void)
{
    station_shell(&a, "ip addr add 10.0.0.1/24 dev a1 && ip link set a1 up");
    station_shell(&b, "ip addr add 10.0.0.2/24 dev b1 && ip link set b1 up");
}

/* The station has address 2 in network 'net', the router 1. */
static void one_net(const struct station *s, const char *name, unsigned net)
{
    char command[512];

    (void)snprintf(command, sizeof command,
                   "ip link set %s address 02:00:00:00:0%u:02 && "
                   "ip addr add 10.0.%u.2/24 dev %s && ip link set %s up && "
                   "ip neigh add 10.0.%u.1 lladdr 02:00:00:00:0%u:01 dev %s && "
                   "ip route add default via 10.0.%u.1",
                   name, net, net, name, name, net, net, name, net);
    station_shell(s, command);
}

static void write_bridge(const char *kind)
{
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "chain: lan\n"
                   "sources: { a: { %s: a0 }, b: { %s: b0 } }\n"
                   "nodes: [ { name: br, fn: bridge } ]\n"
                   "links: [ a -> br.0, b -> br.1,\n"
                   "         br.0 -> x, br.1 -> y, br -> rest ]\n"
                   "sinks: { x: { %s: a0 }, y: { %s: b0 },\n"
                   "         rest: { pcap: rest.pcap } }\n"
                   "tick: { br: 1000 }\n",
                   kind, kind, kind, kind);
    cli_write_text(cli_path("lan.yaml"), text);
}

/* Packets of a capture, which must be whole. */
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

/* What port 'name' counted. */
static void check_port(const struct live *l, const char *name, const char *kind,
                       unsigned least)
{
    unsigned long long n[6] = {0};
    char begin[64];

    (void)snprintf(begin, sizeof begin, "\nport %s (%s:", name, kind);
    const char *line = strstr(l->text, begin);
    assert_non_null(line);
    assert_int_equal(
        sscanf(strchr(line, ')'),
               "): %llu received, %llu sent; lost: %llu by the kernel, "
               "%llu without a buffer, %llu without room, %llu refused",
               &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]),
        6);
    assert_true(n[0] >= least && n[1] >= least);
    /* The stream may find queues full, and recovers; no buffer is lost. */
    if (n[3] > 0) {
        fail_msg("no buffers were left: %s", l->text);
    }
    /* While a station had not set its TAP up yet. */
    assert_true(n[5] <= (strcmp(kind, "tap") == 0 ? 4u : 0u));
}

/* All talk to each other; then the chain sleeps, until it is interrupted. */
static void talk_and_end(struct live *l, const char *a_ip, const char *b_ip,
                         const char *kind, int number)
{
    assert_int_equal(station_do(&a, ORDER_PING, b_ip), 0);
    assert_int_equal(station_do(&b, ORDER_PING, a_ip), 0);
    bool has_udp = strcmp(kind, "af_xdp") != 0; /* it sees open checksums */
    if (has_udp) {
        assert_int_equal(station_do(&b, ORDER_UDP, a_ip), 0);
        assert_int_equal(station_do(&a, ORDER_TCP, b_ip), 0);
    }
    live_sleeps(l);
    assert_int_equal(live_close(l, number), 0);
    assert_non_null(strstr(l->text, " packets in, "));
    /* Pings of both, and datagrams of one, or their answers. */
    unsigned least = 2 * N_PINGS + (has_udp ? N_UDP : 0);
    check_port(l, "a", kind, least);
    check_port(l, "b", kind, least);
}

static void bridge_joins_two_stations(void **state)
{
    static const struct {
        const char *kind;
        int number;
    } row[] = {{"af_packet", SIGINT}, {"tap", SIGTERM}, {"af_xdp", SIGHUP}};

    (void)state;
    need_stations();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct live l;
        bool is_tap = strcmp(row[k].kind, "tap") == 0;
        lay_wires(!is_tap);
        write_bridge(row[k].kind);
        live_open(&l, "lan.yaml", "");
        if (is_tap) {
            give_tap("a0", &a, "a1");
            give_tap("b0", &b, "b1");
        }
        one_lan();
        talk_and_end(&l, "10.0.0.1", "10.0.0.2", row[k].kind, row[k].number);
        /* At least the first ARP request went to all, and is on the disk. */
        assert_true(packets_of("rest.pcap") >= 1);
    }
}

/* router4 leaves ARP to the host: the stations know its address. */
static void router_joins_two_networks(void **state)
{
    static const char *const kinds[] = {"af_packet", "tap"};
    static const char text[] =
        "chain: nets\n"
        "sources: { a: { null: }, b: { null: } }\n"
        "nodes: [ { name: rt, fn: router4,\n"
        "           set: { routes: routes.txt, next: next.txt,\n"
        "                  ports: ports.txt } } ]\n"
        "links: [ a -> rt.0, b -> rt.1, rt.0 -> x, rt.1 -> y ]\n"
        "sinks: { x: { null: }, y: { null: } }\n"
        "tick: { rt: 100 }\n";

    (void)state;
    need_stations();
    cli_write_text(cli_path("nets.yaml"), text);
    cli_write_text(cli_path("routes.txt"), "10.0.1.0/24 1\n10.0.2.0/24 2\n");
    cli_write_text(cli_path("next.txt"),
                   "1 port 0 mac 02:00:00:00:01:02 mtu 1500\n"
                   "2 port 1 mac 02:00:00:00:02:02 mtu 1500\n");
    cli_write_text(cli_path("ports.txt"), "0 10.0.1.1 02:00:00:00:01:01\n"
                                          "1 10.0.2.1 02:00:00:00:02:01\n");
    for (size_t k = 0; k < CHECK_ROWS(kinds); k++) {
        struct live l;
        char args[256];
        bool is_tap = strcmp(kinds[k], "tap") == 0;
        lay_wires(!is_tap);
        (void)snprintf(args, sizeof args,
                       "--port a=%s:a0 --port x=%s:a0 --port b=%s:b0 "
                       "--port y=%s:b0",
                       kinds[k], kinds[k], kinds[k], kinds[k]);
        live_open(&l, "nets.yaml", args);
        if (is_tap) {
            give_tap("a0", &a, "a1");
            give_tap("b0", &b, "b1");
        }
        one_net(&a, "a1", 1);
        one_net(&b, "b1", 2);
        talk_and_end(&l, "10.0.1.2", "10.0.2.2", kinds[k], SIGINT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bridge_joins_two_stations),
        cmocka_unit_test(router_joins_two_networks),
    };

    return cmocka_run_group_tests(tests, open_stations, close_stations);
}
