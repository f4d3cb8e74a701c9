/*
 * linux_firewall_test.c - the same packets through a kernel that forwards under
 * nftables, and through a chain with firewall under the same rules: the same
 * must arrive.  Skipped without nft, or the right to make namespaces.
 *
 * Sequence numbers are random, so conntrack is told not to look at them, as
 * firewall does not; and neither takes up flows in mid-stream.  Not sent, as
 * the two differ by intent:
 *
 * - RST in a connection that is open: conntrack looks at its number all the
 *   same (RFC 5961, 3.2), firewall at none: for it the connection is closed.
 * - RST behind an ACK that came before any answer to the SYN (RFC 9293, figure
 *   10): for conntrack something has come back, and it waits for its timeout;
 *   for firewall that is still a RST in SYN-SENT (3.10.7.3), and the flow goes.
 * - SYN behind a RST from who was called (RFC 9293, 3.10.7.4: it is CLOSED
 *   then): conntrack lets it pass without asking the rules, and waits for an
 *   answer with its number; for firewall it opens a flow, if the rules let it.
 *
 * Nor does SEED draw a SYN again behind the first answer of a simultaneous open
 * (RFC 9293, figure 7), by which conntrack forgets that both sent SYN: then no
 * ACK from who was called completes it.
 */
#include "tests/chain/live_check.h"

#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "core/pool.h"
#include "net/port/pkt_build.h"
#include "net/port/port.h"

enum {
    PACKETS = 1200,
    SEED = 8,
    LEN = 80,
    INSIDE = 0x0a000102,  /* 10.0.1.2 */
    OUTSIDE = 0x0a000202, /* 10.0.2.2 */
    ETH_BYTES = 14,
    MARKER = 0x8000, /* in the identification: of a flow that is open */
    ASKING = 42000,  /* first port of connections that do not come about */
    ASKS = 8,        /* packets of one */
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10,
};

struct packet {
    uint8_t side, proto, flags;     /* flags of TCP or type of ICMP */
    uint16_t inside_port, out_port; /* of ICMP: identifier, nothing */
};

/* Two ends, as the kernel or the chain sees them. */
struct ends {
    struct pool *pool;
    struct port *port[2];
};

static void store_sum(uint8_t *at, const uint8_t *from, size_t n)
{
    be16_store(at, 0);
    be16_store(at, checksum(from, n));
}

static void send_packet(const struct ends *e, const struct packet *x,
                        uint16_t number, struct rng *r)
{
    uint8_t d[PKT_FRAME_MAX], *ip = d + ETH_BYTES, *l4 = ip + IP4_BYTES;
    bool out = x->side == 0;
    struct pkt_desc desc = {.ether_type = PKT_ETHER_IPV4,
                            .ihl = 5,
                            .src = out ? INSIDE : OUTSIDE,
                            .dst = out ? OUTSIDE : INSIDE,
                            .proto = x->proto,
                            .l4_flags = x->flags,
                            .sport = out ? x->inside_port : x->out_port,
                            .dport = out ? x->out_port : x->inside_port,
                            .len_bytes = LEN};
    struct pkt p = {.data = d, .len_bytes = pkt_build(&desc, r, d)};
    struct fn_span span = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};

    /* From station 2 of a net to the router, 1. */
    be16_store(d, 0x0200);
    be32_store(d + 2, out ? 0x0101 : 0x0201);
    be16_store(d + 6, 0x0200);
    be32_store(d + 8, out ? 0x0102 : 0x0202);
    be16_store(ip + IP4_ID, number);
    store_sum(ip + IP4_SUM, ip, IP4_BYTES);
    if (x->proto == NET_ICMP) {
        be16_store(l4 + 4, x->inside_port);
        store_sum(l4 + 2, l4, be16_load(ip + IP4_LENGTH) - IP4_BYTES);
    }
    assert_int_equal(port_send(e->port[x->side], &span), 1);
}

/* Hears what comes to 'side' until 'marker' does, for 'ms'; true if it came.
 * 'came' has a place for each number. */
static bool hear(const struct ends *e, size_t side, uint16_t marker, int ms,
                 bool *came)
{
    struct pkt got[FN_BURST_PKT];
    bool done = false;
    short events;

    while (!done) {
        struct fn_span in = {.type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
        assert_true(port_receive(e->port[side], &in) >= 0);
        for (size_t k = 0; k < in.n; k++) {
            uint32_t index = pool_index(e->pool, got[k].data);
            uint16_t number = be16_load(got[k].data + ETH_BYTES + IP4_ID);
            bool is_ours = be16_load(got[k].data + 12) == PKT_ETHER_IPV4;
            done = done || (is_ours && number == marker);
            if (is_ours && number < PACKETS) {
                came[number] = true;
            }
            pool_give(e->pool, &index, 1);
        }
        if (in.n == 0 && !done &&
            station_wait(port_fd(e->port[side], false, &events), ms) != 1) {
            return false;
        }
    }
    return true;
}

/* One of a connection of its own: resets come in its first half, answers in its
 * second. */
static struct packet draw_asking(struct rng *r, uint16_t number)
{
    static const uint8_t tcp[2][2][4] = {
        {{SYN, RST, RST | ACK, FIN | ACK}, {RST, RST | ACK, FIN | ACK, RST}},
        {{SYN, ACK, FIN | ACK, SYN | ACK}, {SYN, SYN | ACK, ACK, FIN | ACK}}};
    uint16_t at = number % ASKS;
    uint8_t side = at == 0 ? 0 : (uint8_t)rng_below(r, 2);
    uint8_t flags = tcp[at >= ASKS / 2][side][rng_below(r, 4)];

    return (struct packet){.side = side,
                           .proto = NET_TCP,
                           .flags = at == 0 ? SYN : flags,
                           .inside_port = (uint16_t)(ASKING + number / ASKS),
                           .out_port = 443};
}

/* Few flows, so that packets meet those before them. */
static struct packet draw(struct rng *r, uint16_t number)
{
    if (number % 2 == 1) {
        return draw_asking(r, number / 2);
    }

    static const uint8_t tcp[] = {SYN, SYN,       SYN | ACK, SYN | ACK, ACK,
                                  ACK, ACK | PSH, FIN | ACK, FIN | SYN, 0};
    static const uint16_t inside[] = {7, 7, 40000, 40001, 40002, 40003};
    static const uint8_t icmp[] = {8, 0, 13, 14, 8, 0};
    uint32_t kind = rng_below(r, 4);
    struct packet x = {
        .side = (uint8_t)rng_below(r, 2),
        .proto = kind == 0   ? NET_UDP
                 : kind == 1 ? NET_ICMP
                             : NET_TCP,
        .inside_port = inside[rng_below(r, 6)],
        .out_port = rng_below(r, 2) == 0 ? 7 : 443,
    };

    if (x.proto == NET_TCP) {
        x.flags = tcp[rng_below(r, sizeof tcp)];
    } else if (x.proto == NET_ICMP) {
        x.flags = icmp[rng_below(r, sizeof icmp)];
    }
    return x;
}

/* Behind each packet a marker goes the same way: what did not come before it
 * does not come. */
static void talk(bool *came)
{
    static const struct packet marker[] = {{0, NET_UDP, 0, 9000, 9001},
                                           {1, NET_UDP, 0, 9000, 9001}};
    struct ends e;
    struct rng r = {SEED}, filler = {SEED + 1};
    uint64_t end = clock_ns() + (uint64_t)PATIENCE_MS * 1000000u;

    memset(came, 0, PACKETS * sizeof *came);
    assert_int_equal(pool_create(4 * FN_BURST_PKT, POOL_RUN, &e.pool), 0);
    for (size_t k = 0; k < 2; k++) {
        struct port_config c = {.kind = PORT_AF_PACKET,
                                .name = k == 0 ? "i0" : "o0",
                                .pool = e.pool};
        assert_int_equal(port_open(&c, &e.port[k]), 0);
    }
    /* Just after their begin wires lose packets. */
    for (size_t k = 0; k < 2; k++) {
        do {
            assert_true(clock_ns() < end);
            send_packet(&e, &marker[k], MARKER, &filler);
        } while (!hear(&e, 1 - k, MARKER, RETRY_MS, came));
    }
    for (uint16_t k = 0; k < PACKETS; k++) {
        struct packet x = draw(&r, k);
        uint16_t number = (uint16_t)(MARKER + 1 + k);
        send_packet(&e, &x, k, &filler);
        send_packet(&e, &marker[x.side], number, &filler);
        assert_true(hear(&e, 1 - x.side, number, PATIENCE_MS, came));
    }
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(port_close(e.port[k]), 0);
    }
    pool_destroy(e.pool);
}

/* Ends 0 of wires i and o are here, ends 1 in the namespace of 's' or here. */
static void lay_wires(const struct station *s)
{
    char command[256] = "";

    here("for n in i0 o0; do ip link del $n 2>/dev/null; done; "
         "for n in i o; do ip link add ${n}0 type veth peer name ${n}1 && "
         "ip link set ${n}0 up && ip link set ${n}1 up || exit 1; done");
    if (s != NULL) {
        (void)snprintf(command, sizeof command,
                       "ip link set i1 netns %d && ip link set o1 netns %d",
                       (int)s->pid, (int)s->pid);
        here(command);
    }
}

static bool kernel_begins(const struct station *s)
{
    static const char rules[] =
        "table ip t {\n"
        " chain f {\n"
        "  type filter hook forward priority 0; policy drop;\n"
        "  ct state established,related accept\n"
        "  iifname i1 ct state new accept\n"
        "  iifname o1 ct state new udp dport 7 accept\n"
        " }\n"
        "}\n";
    char command[512];

    lay_wires(s);
    station_shell(
        s, "for n in 1:i1 2:o1; do k=${n%:*}; d=${n#*:}; "
           "ip link set $d address 02:00:00:00:0$k:01 && "
           "ip addr add 10.0.$k.1/24 dev $d && ip link set $d up && "
           "ip neigh add 10.0.$k.2 lladdr 02:00:00:00:0$k:02 dev $d || exit 1; "
           "done; echo 1 >/proc/sys/net/ipv4/ip_forward");
    cli_write_text(cli_path("rules.nft"), rules);
    (void)snprintf(command, sizeof command, "nft -f %s", cli_path("rules.nft"));
    return station_do(s, ORDER_SHELL, command) == 0 &&
           /* Nothing is forgotten while the test lasts. */
           station_do(s, ORDER_SHELL,
                      "cd /proc/sys/net/netfilter && "
                      "echo 0 >nf_conntrack_tcp_loose && "
                      "echo 1 >nf_conntrack_tcp_be_liberal && "
                      "echo 1 >nf_conntrack_tcp_ignore_invalid_rst && "
                      "for f in nf_conntrack_tcp_timeout_* "
                      "nf_conntrack_udp_timeout* nf_conntrack_icmp_timeout; "
                      "do echo 600 >$f; done") == 0;
}

static void firewall_passes_what_nftables_passes(void **state)
{
    static bool kernel[PACKETS], ours[PACKETS];
    struct station s;
    struct live l;
    struct rng r = {SEED};
    size_t n = 0, n_other = 0;

    (void)state;
    if (system("command -v nft >/dev/null") != 0) {
        print_message("skipped: no nft here\n");
        skip();
    }
    if (unshare(CLONE_NEWNET) != 0) {
        print_message("skipped: no network namespace: %s\n", strerror(errno));
        skip();
    }
    if (!station_open(&s)) {
        skip();
    }
    here("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
    if (!kernel_begins(&s)) {
        print_message("skipped: this kernel has no conntrack for nft\n");
        skip();
    }
    talk(kernel);
    station_close(&s);
    lay_wires(NULL);
    cli_write_text(cli_path("rules.txt"),
                   "@0.0.0.0/0 0.0.0.0/0 0 : 65535 "
                   "7 : 7 0x11/0xff 0/0 accept outside\n");
    cli_write_text(
        cli_path("filter.yaml"),
        "chain: filter\n"
        "sources: { in: { af_packet: i1 }, out: { af_packet: o1 } }\n"
        "nodes:\n"
        "  - { name: fw, fn: firewall,\n"
        "      set: { inside: \"0\", rules: rules.txt } }\n"
        "  - { name: lan, fn: bridge }\n"
        "links: [ in -> fw.0, out -> fw.1, fw -> lan,\n"
        "         lan.0 -> in_end, lan.1 -> out_end ]\n"
        "sinks: { in_end: { af_packet: i1 }, out_end: { af_packet: o1 } }\n");
    live_open(&l, "filter.yaml", "");
    talk(ours);
    assert_int_equal(live_close(&l, SIGINT), 0);
    for (size_t k = 0; k < PACKETS; k++) {
        struct packet x = draw(&r, (uint16_t)k);
        n += kernel[k];
        if (kernel[k] != ours[k]) {
            n_other++;
            print_message("packet %zu, side %u, protocol %u, flags %02x, ports "
                          "%u %u: nftables %s\n",
                          k, x.side, x.proto, x.flags, x.inside_port,
                          x.out_port, kernel[k] ? "passes" : "drops");
        }
    }
    print_message("%zu of %d packets pass\n", n, PACKETS);
    assert_int_equal(n_other, 0);
    assert_true(n > PACKETS / 4 && n < PACKETS * 3 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firewall_passes_what_nftables_passes),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
