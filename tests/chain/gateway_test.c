/*
 * gateway_test.c - real programs through a gateway of firewall, nat44 and
 * router4, between a station inside and one outside, each in a network
 * namespace of its own.
 *
 *   in -> fw -> lan -> nat -> wan -> rt -> out
 *
 * and back: packets from outside are translated before the firewall looks at
 * them, so each way back is a wire, f or r, whose far end is a source again:
 * links make no cycle.  Neither fw nor nat says where a packet goes; the bridge
 * behind each of them does, by its MAC address.
 */
#include <stdarg.h>

#include "tests/chain/live_check.h"

enum { PINGS = 20, STRAYS = 3, BYTES = 4 << 20 };

static const char gateway[] =
    "chain: gateway\n"
    "sources: { in: { af_packet: i0 }, out: { af_packet: o0 },\n"
    "           f1: { af_packet: f1 }, r1: { af_packet: r1 } }\n"
    "nodes:\n"
    "  - { name: fw, fn: firewall, set: { inside: \"0\" } }\n"
    "  - { name: lan, fn: bridge }\n"
    "  - { name: nat, fn: nat44,\n"
    "      set: { inside: \"0\", pool: 192.0.2.1/32, policy: 1 } }\n"
    "  - { name: wan, fn: bridge }\n"
    "  - { name: rt, fn: router4,\n"
    "      set: { routes: routes.txt, next: next.txt, ports: ports.txt } }\n"
    "links: [ in -> fw.0, f1 -> fw.1, fw -> lan, lan.0 -> in_end,\n"
    "         lan.1 -> nat.0, r1 -> nat.1, nat -> wan, wan.0 -> f0,\n"
    "         wan.1 -> rt.0, out -> rt.1, rt.0 -> r0, rt.1 -> out_end ]\n"
    "sinks: { in_end: { af_packet: i0 }, out_end: { af_packet: o0 },\n"
    "         f0: { af_packet: f0 }, r0: { af_packet: r0 } }\n"
    "tick: { fw: 1000, lan: 1000, nat: 1000, wan: 1000, rt: 100 }\n";

static struct station inside, outside;
static bool has_stations;
static struct live gate; /* the chain of a test */

/* Wire NAME0 - NAME1; its end 1 goes to a station, or stays here. */
static void lay_wire(char name, const struct station *s)
{
    char command[256];

    (void)snprintf(command, sizeof command,
                   "ip link add %c0 type veth peer name %c1 && "
                   "ip link set %c0 up && ip link set %c1 up",
                   name, name, name, name);
    here(command);
    if (s != NULL) {
        (void)snprintf(command, sizeof command, "ip link set %c1 netns %d",
                       name, (int)s->pid);
        here(command);
    }
}

/* The station is 10.0.NET.2, the router, whose MAC it knows, 10.0.NET.1. */
static void join_net(const struct station *s, char name, unsigned net)
{
    char command[512];

    (void)snprintf(command, sizeof command,
                   "ip link set lo up && "
                   "ip link set %c1 address 02:00:00:00:0%u:02 && "
                   "ip addr add 10.0.%u.2/24 dev %c1 && ip link set %c1 up && "
                   "ip neigh add 10.0.%u.1 lladdr 02:00:00:00:0%u:01 dev %c1 "
                   "&& ip route add default via 10.0.%u.1",
                   name, net, net, name, name, net, net, name, net);
    station_shell(s, command);
}

/* Skips without stations, or without the program. */
static void need(const char *program)
{
    char command[128];

    if (!has_stations) {
        skip();
    }
    (void)snprintf(command, sizeof command, "command -v %s >/dev/null",
                   program);
    if (system(command) != 0) {
        print_message("skipped: no %s here\n", program);
        skip();
    }
}

/* --- programs in stations --- */

/* Begins a shell command in the namespace of 's'; it ends with this process. */
static void program_open(struct live *l, const struct station *s,
                         const char *format, ...)
{
    char command[512] = "exec ", path[64];
    int fd[2];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(command + 5, sizeof command - 5, format, args);
    va_end(args);
    (void)snprintf(path, sizeof path, "/proc/%d/ns/net", (int)s->pid);
    *l = (struct live){.n = 0};
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    l->pid = fork();
    assert_true(l->pid >= 0);
    if (l->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setns(open(path, O_RDONLY | O_CLOEXEC), CLONE_NEWNET) == 0) {
            (void)dup2(fd[1], STDOUT_FILENO);
            (void)dup2(fd[1], STDERR_FILENO);
            (void)execl("/bin/sh", "sh", "-c", command, NULL);
        }
        _exit(127);
    }
    assert_int_equal(close(fd[1]), 0);
    l->out = fd[0];
}

/* Its exit status, when it ends by itself; what it said is in l->text. */
static int program_end(struct live *l)
{
    return live_close(l, 0); /* signal 0 is none */
}

static void program_ends_with(struct live *l, int want)
{
    int status = program_end(l);

    if (status != want) {
        fail_msg("status %d, expected %d: %s", status, want, l->text);
    }
}

static void expect(const struct live *l, const char *what)
{
    if (strstr(l->text, what) == NULL) {
        fail_msg("no '%s' in: %s", what, l->text);
    }
}

/* What node 'node' counted in register 'name', when the chain has ended. */
static unsigned long counter(const char *node, const char *name)
{
    char begin[64];

    (void)snprintf(begin, sizeof begin, "\nnode %s (", node);
    const char *at = strstr(gate.text, begin);
    assert_non_null(at);
    (void)snprintf(begin, sizeof begin, "\n  %s ", name);
    at = strstr(at, begin);
    assert_non_null(at);
    return strtoul(at + strlen(begin), NULL, 10);
}

static void gateway_close(void)
{
    live_sleeps(&gate); /* what came has left */
    assert_int_equal(live_close(&gate, SIGINT), 0);
    gate.pid = 0;
}

/* A test that failed leaves no chain on the wires. */
static int end_gateway(void **state)
{
    (void)state;
    if (gate.pid != 0) {
        (void)kill(gate.pid, SIGKILL);
        (void)waitpid(gate.pid, NULL, 0);
        gate.pid = 0;
    }
    return 0;
}

static int open_stations(void **state)
{
    (void)state;
    if (unshare(CLONE_NEWNET) != 0) {
        print_message("skipped: no network namespace: %s\n", strerror(errno));
        return 0;
    }
    has_stations = station_open(&inside) && station_open(&outside);
    if (!has_stations) {
        return 0;
    }
    here("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
    lay_wire('i', &inside);
    lay_wire('o', &outside);
    lay_wire('f', NULL);
    lay_wire('r', NULL);
    join_net(&inside, 'i', 1);
    join_net(&outside, 'o', 2);
    cli_write_text(cli_path("gateway.yaml"), gateway);
    cli_write_text(cli_path("routes.txt"),
                   "10.0.1.0/24 1\n192.0.2.1/32 1\n10.0.2.0/24 2\n");
    cli_write_text(cli_path("next.txt"),
                   "1 port 0 mac 02:00:00:00:01:02 mtu 1500\n"
                   "2 port 1 mac 02:00:00:00:02:02 mtu 1500\n");
    cli_write_text(cli_path("ports.txt"), "0 10.0.1.1 02:00:00:00:01:01\n"
                                          "1 10.0.2.1 02:00:00:00:02:01\n");
    /* Just after their begin wires lose packets; this asks until it is
     * answered. */
    live_open(&gate, "gateway.yaml", "");
    assert_int_equal(station_do(&inside, ORDER_PING, "10.0.2.2"), 0);
    gateway_close();
    return 0;
}

static int close_stations(void **state)
{
    if (has_stations) {
        station_close(&inside);
        station_close(&outside);
    }
    return cli_remove_dir(state);
}

/* --- tests --- */

static void who_is_inside_pings_and_is_not_pinged(void **state)
{
    struct live p;

    (void)state;
    need("ping");
    live_open(&gate, "gateway.yaml", "");
    program_open(&p, &inside, "ping -n -c %d -i 0.01 -s 1400 -W %d 10.0.2.2",
                 PINGS, PATIENCE_MS / 2000);
    program_ends_with(&p, 0);
    expect(&p, "20 packets transmitted, 20 received, 0% packet loss");
    /* Its own address is not translated, so that the firewall is asked. */
    program_open(&p, &outside, "ping -n -c %d -i 0.01 -W 1 10.0.1.2", STRAYS);
    program_ends_with(&p, 1);
    expect(&p, "3 packets transmitted, 0 received, 100% packet loss");
    program_open(&p, &outside, "ping -n -c %d -i 0.01 -W 1 192.0.2.1", STRAYS);
    program_ends_with(&p, 1);
    gateway_close();
    assert_int_equal(counter("fw", "N_NEW"), 1);
    assert_int_equal(counter("fw", "N_FLOW"), 2 * PINGS - 1);
    assert_int_equal(counter("fw", "N_REFUSED"), STRAYS);
    assert_int_equal(counter("nat", "N_NEW"), 1);
    assert_int_equal(counter("nat", "N_OUT"), PINGS);
    assert_int_equal(counter("nat", "N_IN"), PINGS);
    assert_int_equal(counter("nat", "N_UNMAPPED"), STRAYS);
}

/* All that begins from here on, chain and program, runs on the first processor
 * of 'all', or again on all of them. */
static void run_on_one(const cpu_set_t *all, bool one)
{
    cpu_set_t set = *all;
    bool has = false;

    for (size_t k = 0; one && k < CPU_SETSIZE; k++) {
        if (has) {
            CPU_CLR(k, &set);
        }
        has = has || CPU_ISSET(k, &set);
    }
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
}

/*
 * Time exceeded of rt, port unreachable of the station: both come back.
 *
 * On one processor: Linux gives a raw socket an ICMP error first and marks it
 * as failed after that (raw_err() in net/ipv4/raw.c).  A traceroute on another
 * processor that reads the error between the two keeps the mark, asks for
 * errors forever, and one in fifty never sees the answers that came.
 */
static void traceroute_sees_the_router_then_the_station(void **state)
{
    static const struct {
        const char *how;
        unsigned long n_errors;
    } row[] = {{"-I", 1}, {"-U -p 33434", 2}, {"-T -p 7", 1}};
    struct live p;
    cpu_set_t all;

    (void)state;
    need("traceroute");
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    run_on_one(&all, true);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        live_open(&gate, "gateway.yaml", "");
        program_open(&p, &inside, "traceroute -n -q 1 -N 1 -w %d -m 4 %s %s",
                     PATIENCE_MS / 1000, row[k].how, "10.0.2.2");
        program_ends_with(&p, 0);
        expect(&p, "\n 1  10.0.1.1  ");
        expect(&p, "\n 2  10.0.2.2  ");
        assert_null(strstr(p.text, "\n 3 "));
        gateway_close();
        assert_int_equal(counter("rt", "N_ICMP"), 1);
        assert_int_equal(counter("nat", "N_ERRORS"), row[k].n_errors);
        assert_int_equal(counter("fw", "N_RELATED"), row[k].n_errors);
    }
    run_on_one(&all, false);
}

/* The report of an iperf3 client, from its first brace. */
static json_t *iperf3_sum(const struct live *p, const char *name)
{
    json_error_t error;
    json_t *all = json_loads(strchr(p->text, '{'), 0, &error);

    assert_non_null(all);
    json_t *sum = json_object_get(json_object_get(all, "end"), name);
    if (sum == NULL) {
        fail_msg("no %s in: %s", name, p->text);
    }
    json_incref(sum);
    json_decref(all);
    return sum;
}

static void streams_and_datagrams_pass_both_ways(void **state)
{
    static const struct {
        const char *how, *sum;
        bool is_udp;
    } row[] = {{"-n 4M", "sum_sent", false},
               {"-n 4M -R", "sum_sent", false},
               {"-u -b 20M -n 512K", "sum", true},
               {"-u -b 20M -n 512K -R", "sum", true}};
    static struct live server, client;

    (void)state;
    need("iperf3");
    live_open(&gate, "gateway.yaml", "");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        program_open(&server, &outside,
                     "iperf3 -s -1 -B 10.0.2.2 --forceflush");
        assert_true(live_read(&server, "Server listening"));
        program_open(&client, &inside, "iperf3 -c 10.0.2.2 -J %s", row[k].how);
        program_ends_with(&client, 0);
        program_ends_with(&server, 0);
        json_t *sum = iperf3_sum(&client, row[k].sum);
        if (row[k].is_udp) {
            assert_true(cli_int(sum, "packets") >= (512 << 10) / 1460);
            assert_int_equal(cli_int(sum, "lost_packets"), 0);
        } else {
            assert_true(cli_int(sum, "bytes") >= BYTES);
        }
        print_message(
            "iperf3 %s: %.1f Mbit/s\n", row[k].how,
            json_number_value(json_object_get(sum, "bits_per_second")) / 1e6);
        json_decref(sum);
    }
    /* What iperf3 sends last its receiver may not count; here all comes. */
    assert_int_equal(station_do(&inside, ORDER_TCP, "10.0.2.2"), 0);
    gateway_close();
    assert_int_equal(counter("fw", "N_REFUSED"), 0);
    assert_int_equal(counter("nat", "N_UNMAPPED"), 0);
    assert_int_equal(counter("nat", "N_BAD"), 0);
    assert_int_equal(counter("rt", "N_BAD"), 0);
}

/* Someone in the namespace of 's' has opened UDP port 'port'. */
static void wait_for_udp(const struct station *s, unsigned port)
{
    uint64_t end = clock_ns() + (uint64_t)PATIENCE_MS * 1000000u;
    char command[128];

    (void)snprintf(command, sizeof command, "grep -q ':%04X ' /proc/%d/net/udp",
                   port, (int)s->pid);
    while (system(command) != 0) {
        assert_true(clock_ns() < end);
    }
}

/*
 * INVITE, ACK, BYE one way; 180, 200, 200 the other.  Who is called answers
 * where the request came from, whatever its Via and Contact say, and nobody
 * sends twice: a request that comes again behind the BYE would be a new one.
 */
static void sip_call_goes_through(void **state)
{
    struct live called, caller;

    (void)state;
    need("sipp");
    live_open(&gate, "gateway.yaml", "");
    program_open(&called, &outside,
                 "sipp -sn uas -i 10.0.2.2 -p 5060 -m 1 -nr -nostdin "
                 "-timeout %d -timeout_error >%s",
                 PATIENCE_MS / 1000, cli_path("uas.txt"));
    wait_for_udp(&outside, 5060);
    program_open(&caller, &inside,
                 "sipp -sn uac 10.0.2.2:5060 -i 10.0.1.2 -p 5062 -m 1 -nr "
                 "-nostdin -timeout %d -timeout_error >%s",
                 PATIENCE_MS / 1000, cli_path("uac.txt"));
    program_ends_with(&caller, 0);
    program_ends_with(&called, 0);
    gateway_close();
    assert_int_equal(counter("nat", "N_NEW"), 1);
    assert_int_equal(counter("nat", "N_OUT"), 3);
    assert_int_equal(counter("nat", "N_IN"), 3);
    assert_int_equal(counter("fw", "N_NEW"), 1);
    assert_int_equal(counter("fw", "N_FLOW") + counter("fw", "N_OPEN"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(who_is_inside_pings_and_is_not_pinged,
                                  end_gateway),
        cmocka_unit_test_teardown(traceroute_sees_the_router_then_the_station,
                                  end_gateway),
        cmocka_unit_test_teardown(streams_and_datagrams_pass_both_ways,
                                  end_gateway),
        cmocka_unit_test_teardown(sip_call_goes_through, end_gateway),
    };

    return cmocka_run_group_tests(tests, open_stations, close_stations);
}
