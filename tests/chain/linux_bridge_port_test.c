/*
 * linux_bridge_port_test.c - VLANs and port states: the same frames through the
 * kernel's bridge, through a chain with ours, in software and on the fabric,
 * and through a model of a few lines; each port must give the same.
 *
 * What the kernel cannot do here (network namespaces, vlan_filtering) is said,
 * and the chain is held against the model alone.
 */
#include "tests/chain/live_check.h"
#include "tests/chain/switch_check.h"

#include <pcap/dlt.h>

#include "core/pool.h"
#include "net/port/pcap_port.h"
#include "net/port/port.h"

static const struct phase phases[PHASES] = {
    {.kernel = "true", .set = ""},
    {"bridge link set dev w1 state 1", "states: '1=discarding'", 2, 2, 0},
    {"bridge link set dev w1 state 2 && bridge link set dev w2 state 1",
     "states: '1=learning,2=discarding'", 6, 4, 0},
    {"bridge link set dev w1 state 3 && bridge link set dev w2 state 3",
     "states: '1=forwarding'", 0, 0, 0},
    {"ip link set dev w1 type bridge_slave fdb_flush", "epochs: '1=1'", 0, 0,
     2},
};

static const struct world plain = {
    .kernel = "ip link add br0 type bridge forward_delay 0 stp_state 0 "
              "mcast_snooping 0",
    .nodes = "{ name: br, fn: bridge }",
    .links = "br.0 -> x0, br.1 -> x1, br.2 -> x2, br.3 -> x3",
    .member = {0xf},
};

/* Wires 0 and 1 are access ports, 2 a trunk without untagged frames, 3 has
 * VLAN 10 with tags and 20 and 30 without. */
static const struct world vlans = {
    .kernel = "ip link add br0 type bridge forward_delay 0 stp_state 0 "
              "mcast_snooping 0 vlan_filtering 1 vlan_default_pvid 0",
    .nodes = "{ name: br, fn: bridge, set: { vlans: v.txt, tag: 1,\n"
             "    pvid: '0=10,1=20,3=20', frames: '2=tagged' } },\n"
             "  { name: eg, fn: vlan_egress, set: { vlans: v.txt } }",
    .links = "br.0 -> eg.0, br.1 -> eg.1, br.2 -> eg.2, br.3 -> eg.3,\n"
             "  eg.0 -> x0, eg.1 -> x1, eg.2 -> x2, eg.3 -> x3",
    .tags = true,
    .pvid = {10, 20, 0, 20},
    .vid = {10, 20, 30, 40},
    .member = {0xd, 0xe, 0xc, 0x0},
    .untagged = {0x1, 0xa, 0x8, 0x0},
};

static const char vlan_file[] = "1: none\n10: 0 untagged, 2-3 tagged\n"
                                "20: 1 untagged, 2 tagged, 3 untagged\n"
                                "30: 2 tagged, 3 untagged\n40: none\n";

static const char vlan_kernel[] =
    "bridge vlan add vid 10 dev w0 pvid untagged && "
    "bridge vlan add vid 20 dev w1 pvid untagged && "
    "bridge vlan add vid 10 dev w2 && bridge vlan add vid 20 dev w2 && "
    "bridge vlan add vid 30 dev w2 && bridge vlan add vid 10 dev w3 && "
    "bridge vlan add vid 20 dev w3 pvid untagged && "
    "bridge vlan add vid 30 dev w3 untagged";

/* --- the kernel --- */

struct wires {
    struct pool *pool;
    struct port *port[WIRES];
    struct port *end[WIRES]; /* where the bridge is */
};

/* Notes what is there; true when frame 'number' came out of wire 'last'. */
static bool drain(struct wires *w, struct heard *h, size_t last,
                  uint32_t number)
{
    struct pkt got[FN_BURST_PKT];
    bool came = false;

    for (size_t k = 0; k < WIRES; k++) {
        struct fn_span in = {.type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
        assert_true(port_receive(w->port[k], &in) >= 0);
        for (size_t j = 0; j < in.n; j++) {
            uint32_t index = pool_index(w->pool, got[j].data);
            came |= note(h, k, &got[j]) == number && k == last;
            pool_give(w->pool, &index, 1);
        }
    }
    return came;
}

static void send_frame(struct port **port, const struct frame *f,
                       uint32_t number)
{
    uint8_t d[LEN + 4];
    struct pkt p = {.data = d, .len_bytes = store_frame(d, f, number)};
    struct fn_span out = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};

    assert_int_equal(port_send(port[f->at], &out), 1);
}

/*
 * All that was sent has come out and is noted.  On one processor the kernel has
 * one queue for all wires: when a marker that was put into each wire has come
 * out, what was sent before it has been through the bridge, and with the second
 * it has come out, too.
 */
static void settle(struct wires *w, struct heard *h)
{
    for (uint32_t round = 0; round < 2; round++) {
        for (uint8_t k = 0; k < WIRES; k++) {
            const struct frame f = {
                .at = k, .from = STRANGER, .to = ALL, .tci = NO_TAG};
            send_frame(w->end, &f, FRAMES + 1 + round);
            while (!drain(w, h, k, FRAMES + 1 + round)) {
                short events;
                int fd = port_fd(w->port[k], false, &events);
                assert_int_equal(station_wait(fd, PATIENCE_MS), 1);
            }
        }
    }
}

static void wire_open(char end, size_t k, struct pool *pool, struct port **port)
{
    char name[8];
    struct port_config c = {.kind = PORT_AF_PACKET, .name = name, .pool = pool};

    (void)snprintf(name, sizeof name, "%c%zu", end, k);
    assert_int_equal(port_open(&c, port), 0);
}

static void talk(const struct frame *frame, struct heard *h)
{
    struct wires w;

    memset(h, 0, sizeof *h);
    assert_int_equal(pool_create(4 * FN_BURST_PKT, POOL_RUN, &w.pool), 0);
    for (size_t k = 0; k < WIRES; k++) {
        wire_open('s', k, w.pool, &w.port[k]);
        wire_open('w', k, w.pool, &w.end[k]);
    }
    for (uint32_t n = 0; n < FRAMES; n++) {
        if (n % (FRAMES / PHASES) == 0) {
            settle(&w, h);
            here(phases[n / (FRAMES / PHASES)].kernel);
        }
        send_frame(w.port, &frame[n], n);
        (void)drain(&w, h, 0, FRAMES);
    }
    settle(&w, h);
    for (size_t k = 0; k < WIRES; k++) {
        assert_int_equal(port_close(w.port[k]), 0);
        assert_int_equal(port_close(w.end[k]), 0);
    }
    pool_destroy(w.pool);
}

/* What the kernel's bridge gives; false, with a message, if it cannot. */
static bool ask_kernel(const struct world *w, const struct frame *frame,
                       struct heard *h)
{
    cpu_set_t all, one;
    char command[1024];

    if (unshare(CLONE_NEWNET) != 0) {
        print_message("without the kernel: no network namespace: %s\n",
                      strerror(errno));
        return false;
    }
    here("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
    (void)snprintf(command, sizeof command,
                   "%s && ip link set br0 up && for k in 0 1 2 3; do "
                   "ip link add w$k type veth peer name s$k && "
                   "ip link set w$k up && ip link set s$k up && "
                   "ip link set w$k master br0 || exit 1; done && %s",
                   w->kernel, w->tags ? vlan_kernel : "true");
    if (system(command) != 0) {
        print_message("without the kernel: it does not do: %s\n", w->kernel);
        return false;
    }
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t k = 0; CPU_COUNT(&one) == 0; k++) {
        if (CPU_ISSET(k, &all)) {
            CPU_SET(k, &one);
        }
    }
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    talk(frame, h);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    return true;
}

/* --- the chain --- */

static void write_captures(const struct frame *frame)
{
    struct pcap_sink *sink[WIRES];

    for (size_t k = 0; k < WIRES; k++) {
        char name[16];
        (void)snprintf(name, sizeof name, "in%zu.pcap", k);
        assert_int_equal(
            pcap_sink_open(cli_path(name), PCAP_CLASSIC, DLT_EN10MB, &sink[k]),
            0);
    }
    for (uint32_t n = 0; n < FRAMES; n++) {
        uint8_t d[LEN + 4];
        struct pkt p = {.data = d,
                        .len_bytes = store_frame(d, &frame[n], n),
                        .t_ns = n * UINT64_C(1000)};
        struct fn_span span = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
        p.wire_bytes = p.len_bytes;
        assert_int_equal(pcap_sink_write(sink[frame[n].at], &span), 0);
    }
    for (size_t k = 0; k < WIRES; k++) {
        assert_int_equal(pcap_sink_close(sink[k]), 0);
    }
}

static void read_captures(struct heard *h)
{
    memset(h, 0, sizeof *h);
    for (size_t k = 0; k < WIRES; k++) {
        struct pkt p[FN_BURST_PKT];
        struct fn_span span = {.type = FN_PKT, .items = p, .cap = FN_BURST_PKT};
        struct pcap_source *s;
        char name[16];
        (void)snprintf(name, sizeof name, "out%zu.pcap", k);
        assert_int_equal(pcap_source_open(cli_path(name), 0, &s), 0);
        for (int n = 1; n > 0;) {
            span.n = 0;
            n = pcap_source_read(s, &span);
            assert_true(n >= 0);
            for (size_t j = 0; j < span.n; j++) {
                assert_true(note(h, k, &p[j]) < FRAMES);
            }
        }
        pcap_source_close(s);
    }
}

/* Runs the chain of 'w'; 'rest' is what else stands in its file and schedule.
 */
static void run_chain(const struct world *w, const char *devices,
                      const char *moves, size_t n_moves)
{
    char text[8192];
    size_t n = (size_t)snprintf(
        text, sizeof text,
        "chain: switch\nsources: { a0: { pcap: in0.pcap }, a1: { pcap: "
        "in1.pcap }, a2: { pcap: in2.pcap }, a3: { pcap: in3.pcap } }\n"
        "nodes: [ %s ]\nlinks: [ a0 -> br.0, a1 -> br.1, a2 -> br.2, a3 -> "
        "br.3,\n  br.255 -> cpu, %s ]\nsinks: { x0: { pcap: out0.pcap }, x1: { "
        "pcap: out1.pcap }, x2: { pcap: out2.pcap }, x3: { pcap: out3.pcap }, "
        "cpu: { pcap: cpu.pcap } }\n%sschedule:\n%s",
        w->nodes, w->links, devices, moves);

    for (size_t k = 0; k < PHASES; k++) {
        if (phases[k].set[0] != '\0') {
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "  - { at: %zu, node: br, set: { %s } }\n",
                                  k * (FRAMES / PHASES), phases[k].set);
        }
    }
    assert_true(n < sizeof text);
    cli_write_text(cli_path("switch.yaml"), text);
    struct cli_result r = cli("run switch.yaml --json");
    if (r.status != 0) {
        print_message("%s%s", r.out, r.err);
    }
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    json_t *moved = cli_records(r.out, "move");
    assert_int_equal(json_array_size(moved), n_moves);
    for (size_t k = 0; k < json_array_size(moved); k++) {
        const json_t *m = json_array_get(moved, k);
        assert_null(json_object_get(m, "refused"));
    }
    json_decref(moved);
    cli_free(&r);
}

static void check_world(const struct world *w)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    static struct frame frame[FRAMES];
    static struct heard want, got;
    struct pcap_source *s;
    size_t n_reserved = 0;

    make_frames(w, frame);
    expect(w, phases, frame, &want);
    if (ask_kernel(w, frame, &got)) {
        assert_heard(&got, &want);
        print_message("the kernel's bridge and the model agree\n");
    }
    write_captures(frame);
    cli_write_text(cli_path("v.txt"), vlan_file);
    run_chain(w, "", "", 0);
    read_captures(&got);
    assert_heard(&got, &want);
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        char devices[128], moves[1024];
        (void)snprintf(devices, sizeof devices,
                       "devices: { fab0: { kind: sim, width: %d } }\n"
                       "twin: %s\n",
                       k == 0 ? 32 : 64, twins[k]);
        (void)snprintf(
            moves, sizeof moves,
            "  - { at: 20, concretize: br, device: fab0/0, shadow: 30 }\n"
            "%s  - { at: 500, virtualize: br, shadow: 30 }\n"
            "  - { at: 900, concretize: br, device: fab0/0, shadow: 5 }\n",
            w->tags ? "  - { at: 90, concretize: eg, device: fab0/1, shadow: "
                      "30 }\n  - { at: 550, virtualize: eg, shadow: 9 }\n"
                      "  - { at: 1000, concretize: eg, device: fab0/1, shadow: "
                      "9 }\n"
                    : "");
        run_chain(w, devices, moves, w->tags ? 6 : 3);
        read_captures(&got);
        assert_heard(&got, &want);
    }
    /* All that is for the control plane is there, and nothing else. */
    struct pkt p[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = p, .cap = FN_BURST_PKT};
    assert_int_equal(pcap_source_open(cli_path("cpu.pcap"), 0, &s), 0);
    assert_true(pcap_source_read(s, &span) > 0);
    for (size_t k = 0; k < FRAMES; k++) {
        n_reserved += frame[k].to == RESERVED;
    }
    assert_int_equal(span.n, n_reserved);
    pcap_source_close(s);
}

static void port_states_are_as_in_the_kernel(void **state)
{
    (void)state;
    check_world(&plain);
}

static void vlans_are_as_in_the_kernel(void **state)
{
    (void)state;
    check_world(&vlans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_states_are_as_in_the_kernel),
        cmocka_unit_test(vlans_are_as_in_the_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
