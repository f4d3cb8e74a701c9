/* nat44_test.c - what becomes of packets with ports: bytes by hand, and the
 * requirements of RFC 4787, 5382 and 6888, by their numbers. */
#include "net/fn/nat44/nat44_check.h"

/* --- bytes ---------------------------------------------------------------- */

/*
 * UDP 10.0.0.5:5000 -> 198.51.100.7:53 with the data "hi", as a sender makes
 * it, and as it is to leave, from 192.0.2.16:40000; checksums added up from
 * nothing.
 */
static void a_packet_by_hand(void **state)
{
    static const uint8_t was[] = {
        0x02, 0,    0,    0,    0,    1,    0x02, 0,    0,
        0,    0,    2,    0x08, 0x00, 0x45, 0,    0,    30,
        0x12, 0x34, 0x40, 0,    64,   17,   0xf4, 0x5b, /* header */
        10,   0,    0,    5,    198,  51,   100,  7,    0x13,
        0x88, 0,    53,   0,    10,   0x4f, 0x74, 'h',  'i'};
    static const uint8_t is[] = {
        0x02, 0,    0,    0,    0,   1, 0x02, 0,    0,    0,    0,
        2,    0x08, 0x00, 0x45, 0,   0, 30,   0x12, 0x34, 0x40, 0,
        64,   17,   0x3c, 0x50, 192, 0, 2,    16,   198,  51,   100,
        7,    0x9c, 0x40, 0,    53,  0, 10,   0x0e, 0xb0, 'h',  'i'};
    struct body *b = nat_open("192.0.2.16-192.0.2.16", "64 1");
    static const uint32_t map[] = {HOST_A, 0, 5000u << 16,  NET_UDP,
                                   POOL,   0, 40000u << 16, 0x100 | NET_UDP,
                                   0,      0};
    uint8_t d[ROOM] = {0};

    (void)state;
    poke(b, CSR_WINDOW_INDEX, csr_window(NAT44_TABLE_MAP, 0));
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, map, CHECK_ROWS(map)), 0);
    poke(b, NAT44_N_MAPS, 1);
    memcpy(d, was, sizeof was);
    struct pkt y = run_pkt(b, (struct pkt){.data = d,
                                           .len_bytes = sizeof was,
                                           .room_bytes = ROOM,
                                           .in_port = IN_PORT});
    assert_int_equal(y.flags, 0);
    assert_int_equal(y.len_bytes, sizeof is);
    assert_memory_equal(d, is, sizeof is);
    assert_int_equal(words_sum(0, was + IP, 20), 0xffff);
    assert_int_equal(l4_sum(was + IP), 0xffff);
    body_close(b);
}

static void each_protocol_out_and_back(void **state)
{
    struct body *b = nat_open("192.0.2.16-192.0.2.17", "64 2");
    const struct packet row[] = {
        UDP_OF(HOST_A, 5000, FAR, 53), TCP_OF(HOST_A, 5000, FAR, 80, SYN),
        ECHO_OF(HOST_A, FAR, 77, 8), ECHO_OF(HOST_A, FAR, 78, 13)};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct packet y = pass(b, row[k], IN_PORT), back = row[k];
        assert_int_equal(y.src & ~1u, POOL);
        assert_in_range(y.sport, 1024, 65535);
        assert_int_equal(y.dst, FAR);
        assert_int_equal(y.dport, y.proto == NET_ICMP ? y.sport : row[k].dport);
        back.src = y.dst;
        back.dst = y.src;
        back.sport = y.dport;
        back.dport = y.sport;
        back.flags = y.proto == NET_ICMP ? (uint8_t)(row[k].flags == 8 ? 0 : 14)
                                         : (uint8_t)(SYN | ACK);
        struct packet z = pass(b, back, OUT_PORT);
        assert_int_equal(z.src, FAR);
        assert_int_equal(z.dst, HOST_A);
        assert_int_equal(z.dport, row[k].sport);
    }
    assert_int_equal(reg(b, NAT44_N_OUT), 4);
    assert_int_equal(reg(b, NAT44_N_IN), 4);
    assert_int_equal(reg(b, NAT44_N_NEW), 4);
    assert_int_equal(reg(b, NAT44_N_MAPS), 4);
    assert_int_equal(reg(b, NAT44_N_BLOCKS), 1);
    body_close(b);
}

/* RFC 768: 0 is no checksum; one that adds up to 0 is sent as 0xffff. */
static void udp_checksums_of_0(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    uint8_t d[ROOM];
    struct packet x = UDP_OF(HOST_A, 5000, FAR, 53);
    bool met = false;

    (void)state;
    x.no_sum = true;
    (void)run_pkt(b, frame_make(&x, d, IN_PORT));
    assert_int_equal(be16_load(d + L4 + 6), 0);
    assert_int_equal(words_sum(0, d + IP, 20), 0xffff);
    x.no_sum = false;
    for (uint32_t id = 0; id < 0x10000; id++) { /* every sum there is */
        struct pkt p = frame_make(&x, d, IN_PORT);
        be16_store(d + L4 + 8, (uint16_t)id);
        be16_store(d + L4 + 6, 0);
        uint16_t sum = (uint16_t)~l4_sum(d + IP);
        be16_store(d + L4 + 6, sum == 0 ? 0xffff : sum);
        (void)run_pkt(b, p);
        met = met || be16_load(d + L4 + 6) == 0xffff;
        if (be16_load(d + L4 + 6) == 0 || l4_sum(d + IP) != 0xffff) {
            fail_msg("data 0x%x", id);
        }
    }
    assert_true(met);
    body_close(b);
}

static void options_and_tags_move_the_ports(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    struct packet x = TCP_OF(HOST_A, 5000, FAR, 80, SYN);
    uint8_t d[ROOM], e[ROOM];

    (void)state;
    struct packet plain = pass(b, x, IN_PORT);
    for (uint32_t words = 1; words <= 10; words++) {
        for (uint32_t tags = 0; tags <= 2; tags++) {
            struct pkt p = frame_make(&x, d, IN_PORT);
            uint32_t at = IP + 4 * tags, more = 4 * words;
            memset(e, 0, sizeof e);
            memcpy(e, d, 12);
            for (uint32_t k = 0; k < tags; k++) {
                be16_store(e + 12 + (size_t)4 * k, k == 0 ? 0x88a8 : 0x8100);
            }
            be16_store(e + at - 2, 0x0800);
            memcpy(e + at, d + IP, 20);
            memset(e + at + 20, 1, more); /* no operation */
            memcpy(e + at + 20 + more, d + L4, p.len_bytes - L4);
            e[at] = (uint8_t)(0x45 + words);
            be16_store(e + at + 2, (uint16_t)(p.len_bytes - IP + more));
            be16_store(e + at + 10, 0);
            be16_store(e + at + 10, (uint16_t)~words_sum(0, e + at, 20 + more));
            p.data = e;
            p.len_bytes += 4 * tags + more;
            assert_int_equal(run_pkt(b, p).flags, 0);
            struct packet y = ends_of(e + at);
            assert_int_equal(y.src, plain.src);
            assert_int_equal(y.sport, plain.sport);
        }
    }
    body_close(b);
}

/* --- requirements --------------------------------------------------------- */

/* RFC 4787 REQ-1 and RFC 5382 REQ-1: the mapping is the same whatever it talks
 * to; REQ-8 and RFC 5382 REQ-3: whoever it is may answer. */
static void req_1_and_8_endpoint_independent(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");

    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct packet x = tcp ? TCP_OF(HOST_A, 5000, FAR, 80, SYN)
                              : UDP_OF(HOST_A, 5000, FAR, 80);
        struct packet y = pass(b, x, IN_PORT);
        x.dst = FAR_2;
        x.dport = 9;
        struct packet z = pass(b, x, IN_PORT);
        assert_int_equal(z.src, y.src);
        assert_int_equal(z.sport, y.sport);
        struct packet in = {.proto = x.proto,
                            .src = 0x08080808,
                            .sport = 1,
                            .dst = y.src,
                            .dport = y.sport};
        assert_int_equal(pass(b, in, OUT_PORT).dst, HOST_A);
    }
    body_close(b);
}

/* RFC 4787 REQ-2 and RFC 6888 REQ-2: one outside address for all of a host. */
static void req_2_paired(void **state)
{
    struct body *b = nat_open("192.0.2.16/28", "64 8");
    uint32_t addr[32], kinds = 0;

    (void)state;
    for (uint32_t host = 0; host < 32; host++) {
        for (uint32_t k = 0; k < 200; k++) { /* four blocks */
            struct packet y = pass(
                b,
                TCP_OF(0x0a000000 + host, (uint16_t)(3000 + k), FAR, 80, SYN),
                IN_PORT);
            addr[host] = k == 0 ? y.src : addr[host];
            assert_int_equal(y.src, addr[host]);
            kinds |= 1u << (y.src - POOL);
            poke(b, NAT44_N_NO_BLOCK, k); /* searches begin elsewhere */
        }
    }
    assert_true(__builtin_popcount(kinds) > 8); /* the pool is used */
    body_close(b);
}

/* RFC 4787 REQ-3: no two inside endpoints share an outside one. */
static void req_3_no_overload(void **state)
{
    static uint8_t used[2][0x10000];
    struct body *b = nat_open("192.0.2.16/32", "128 4");

    (void)state;
    memset(used, 0, sizeof used);
    for (uint32_t host = 0; host < 40; host++) {
        for (uint32_t k = 0; k < 300; k++) {
            bool tcp = k % 2 == 0;
            uint32_t src = 0x0a000000 + host;
            uint16_t port = (uint16_t)(2000 + k);
            struct packet y = pass(b,
                                   tcp ? TCP_OF(src, port, FAR, 80, SYN)
                                       : UDP_OF(src, port, FAR, 80),
                                   IN_PORT);
            assert_int_equal(used[tcp][y.sport], 0);
            used[tcp][y.sport] = 1;
        }
    }
    body_close(b);
}

/* RFC 4787 REQ-4: parity of UDP ports, as long as there are such. */
static void req_4_parity(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 2");
    uint32_t kept = 0;

    (void)state;
    for (uint32_t k = 0; k < 128; k++) { /* odd and even, then 32 odd ones */
        uint16_t port = (uint16_t)(2000 + (k < 96 ? k : 2 * k + 1));
        struct packet y = pass(b, UDP_OF(HOST_A, port, FAR, 80), IN_PORT);
        kept += (y.sport & 1) == (port & 1);
        assert_true(k >= 96 || kept == k + 1);
    }
    assert_int_equal(kept, 96 + 16); /* 16 of the last got what was left */
    body_close(b);
}

/* RFC 4787 REQ-9a, RFC 5382 REQ-8: hairpins, from the outside endpoint. */
static void req_9_hairpin(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");

    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct packet x = tcp ? TCP_OF(HOST_B, 6000, FAR, 80, SYN)
                              : UDP_OF(HOST_B, 6000, FAR, 80);
        struct packet there = pass(b, x, IN_PORT);
        x.src = HOST_A;
        x.sport = 5000;
        struct packet here = pass(b, x, IN_PORT);
        x.dst = there.src;
        x.dport = there.sport;
        struct packet y = pass(b, x, IN_PORT);
        assert_int_equal(y.src, here.src);
        assert_int_equal(y.sport, here.sport);
        assert_int_equal(y.dst, HOST_B);
        assert_int_equal(y.dport, 6000);
        x.dport = (uint16_t)(there.sport + 32); /* nobody there */
        refuse(b, x, IN_PORT, "unmapped");
        x.src = 0x0a0000ff; /* who makes no mapping by that */
        uint32_t n = reg(b, NAT44_N_MAPS);
        refuse(b, x, IN_PORT, "unmapped");
        assert_int_equal(reg(b, NAT44_N_MAPS), n);
    }
    assert_int_equal(reg(b, NAT44_N_HAIRPIN), 2);
    refuse(b, ECHO_OF(HOST_A, POOL, 5, 8), IN_PORT, "unmapped");
    body_close(b);
}

static void from_the_outside_nothing_is_made(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");

    (void)state;
    refuse(b, UDP_OF(FAR, 53, POOL, 2000), OUT_PORT, "unmapped");
    refuse(b, TCP_OF(FAR, 53, POOL, 2000, SYN), OUT_PORT, "unmapped");
    refuse(b, ECHO_OF(FAR, POOL, 9, 8), OUT_PORT, "unmapped");
    refuse(b, UDP_OF(FAR, 53, 0x01020304, 2000), OUT_PORT, "unmapped");
    refuse(b, ECHO_OF(HOST_A, FAR, 9, 0), IN_PORT, "unmapped"); /* no query */
    refuse(b, TCP_OF(HOST_A, 1, FAR, 2, RST), IN_PORT, "unmapped");
    assert_int_equal(reg(b, NAT44_N_UNMAPPED), 6);
    assert_int_equal(reg(b, NAT44_N_MAPS), 0);
    assert_int_equal(reg(b, NAT44_N_BLOCKS), 0);
    body_close(b);
}

static void policy_lets_pass(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    struct packet other = UDP_OF(FAR, 53, 0x01020304, 2000);
    struct packet unmapped = UDP_OF(FAR, 53, POOL, 2000);
    struct packet sctp = UDP_OF(HOST_A, 53, FAR, 2000);

    (void)state;
    sctp.proto = NET_SCTP;
    uint8_t d[ROOM], was[ROOM];
    refuse(b, sctp, IN_PORT, "protocol");
    assert_int_equal(reg(b, NAT44_N_PROTO), 1);
    for (uint32_t bit = 0; bit < 3; bit++) {
        const struct packet *x = bit == 0   ? &other
                                 : bit == 1 ? &unmapped
                                            : &sctp;
        poke(b, NAT44_POLICY, 1u << bit);
        struct pkt p = frame_make(x, d, bit == 2 ? IN_PORT : OUT_PORT);
        memcpy(was, d, sizeof was);
        assert_int_equal(run_pkt(b, p).flags, 0);
        assert_memory_equal(d, was, sizeof was);
        poke(b, NAT44_POLICY, ~(1u << bit));
        p = frame_make(x, d, bit == 2 ? IN_PORT : OUT_PORT);
        assert_int_equal(run_pkt(b, p).flags, PKT_DROP);
    }
    assert_int_equal(reg(b, NAT44_N_PASSED), 3);
    body_close(b);
}

static void what_is_not_for_it(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    struct packet x = UDP_OF(HOST_A, 5000, FAR, 53);
    uint8_t d[ROOM], was[ROOM];
    static const struct {
        uint32_t at, value, cut;
        uint16_t flags;
        uint32_t reg;
        uint16_t out;
    } row[] = {
        {12, 0x86, 0, 0, NAT44_N_PASSED, 0}, /* IPv6 */
        {13, 0x06, 0, 0, NAT44_N_PASSED, 0}, /* ARP */
        {0, 2, 0, PKT_ERROR, NAT44_N_BAD, PKT_ERROR | PKT_DROP},
        {IP, 0x44, 0, 0, NAT44_N_BAD, PKT_DROP},
        {IP + 10, 0x99, 0, 0, NAT44_N_BAD, PKT_DROP}, /* checksum */
        {0, 2, 10, 0, NAT44_N_BAD, PKT_DROP},
        {0, 2, 0, PKT_DROP, 0, PKT_DROP},
        {0, 2, 0, PKT_PUNT, 0, PKT_PUNT},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt p = frame_make(&x, d, IN_PORT);
        uint32_t before = row[k].reg != 0 ? reg(b, row[k].reg) : 0;
        d[row[k].at] = (uint8_t)row[k].value;
        p.len_bytes -= row[k].cut;
        p.flags = row[k].flags;
        memcpy(was, d, sizeof was);
        assert_int_equal(run_pkt(b, p).flags, row[k].out);
        assert_memory_equal(d, was, sizeof was);
        if (row[k].reg != 0) {
            assert_int_equal(reg(b, row[k].reg), before + 1);
        }
    }
    x.dst = 0xe0000005; /* to many */
    (void)run_pkt(b, frame_make(&x, d, IN_PORT));
    assert_int_equal(be32_load(d + IP + 12), HOST_A);
    assert_int_equal(reg(b, NAT44_N_PASSED), 3);
    assert_int_equal(reg(b, NAT44_N_BAD), 4);
    assert_int_equal(reg(b, NAT44_N_MAPS), 0);
    body_close(b);
}

/* A header of ports that is not whole. */
static void short_datagrams_are_bad(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    const struct packet row[] = {UDP_OF(HOST_A, 5000, FAR, 53),
                                 TCP_OF(HOST_A, 5000, FAR, 80, SYN),
                                 ECHO_OF(HOST_A, FAR, 77, 8)};
    uint8_t d[ROOM];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        for (uint32_t n = 0; n <= l4_bytes(row[k].proto); n++) {
            struct pkt p = frame_make(&row[k], d, IN_PORT);
            be16_store(d + IP + 2, (uint16_t)(20 + n));
            be16_store(d + IP + 10, 0);
            be16_store(d + IP + 10, (uint16_t)~words_sum(0, d + IP, 20));
            bool whole = n == l4_bytes(row[k].proto);
            assert_int_equal(run_pkt(b, p).flags, whole ? 0 : PKT_DROP);
        }
    }
    assert_int_equal(reg(b, NAT44_N_BAD), 8 + 20 + 8);
    body_close(b);
}

static void forwards_lead_inside(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    const char *text = "tcp 192.0.2.17:80 10.0.0.5:8080\n"
                       "udp 192.0.2.17:80 10.0.0.6:53\n";
    struct write_list w = {0};

    (void)state;
    assert_int_equal(
        b->fn->keys[3].parse(&(struct fn_text){"f", text}, write_list_emit, &w),
        0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    struct packet y = pass(b, TCP_OF(FAR, 999, POOL + 1, 80, SYN), OUT_PORT);
    assert_int_equal(y.dst, HOST_A);
    assert_int_equal(y.dport, 8080);
    y = pass(b, TCP_OF(HOST_A, 8080, FAR, 999, SYN | ACK), IN_PORT);
    assert_int_equal(y.src, POOL + 1);
    assert_int_equal(y.sport, 80);
    y = pass(b, UDP_OF(HOST_B, 53, FAR, 9), IN_PORT); /* the inside first */
    assert_int_equal(y.src, POOL + 1);
    assert_int_equal(y.sport, 80);
    y = pass(b, UDP_OF(FAR, 53, POOL + 1, 80), OUT_PORT);
    assert_int_equal(y.dst, HOST_B);
    assert_int_equal(y.dport, 53);
    assert_int_equal(reg(b, NAT44_N_BLOCKS), 0);
    poke(b, NAT44_TICK, 100000); /* too old: made anew */
    y = pass(b, TCP_OF(FAR, 999, POOL + 1, 80, SYN), OUT_PORT);
    assert_int_equal(y.dst, HOST_A);
    assert_int_equal(reg(b, NAT44_N_NEW), 3);
    y = pass(b, UDP_OF(0x0a000009, 3, POOL + 1, 80), IN_PORT); /* hairpin */
    assert_int_equal(y.dst, HOST_B);
    body_close(b);
}

/* A port that a forward has is not given away, mapped or not. */
static void forwarded_ports_are_not_given_away(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");
    struct packet y = pass(b, TCP_OF(HOST_A, 2000, FAR, 80, SYN), IN_PORT);
    char text[500];
    size_t at = 0;
    struct write_list w = {0};

    (void)state;
    for (uint32_t k = 2; k < 10; k++) {
        at +=
            (size_t)snprintf(text + at, sizeof text - at,
                             "tcp 192.0.2.16:%u 10.0.0.9:%u\n", y.sport + k, k);
    }
    assert_int_equal(
        b->fn->keys[3].parse(&(struct fn_text){"f", text}, write_list_emit, &w),
        0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    for (uint32_t k = 1; k < 64 - 8; k++) {
        struct packet z = pass(
            b, TCP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80, SYN), IN_PORT);
        assert_false(z.sport >= y.sport + 2 && z.sport < y.sport + 10);
    }
    refuse(b, TCP_OF(HOST_A, 9, FAR, 80, SYN), IN_PORT, "exhausted");
    struct packet in =
        pass(b, TCP_OF(FAR, 1, POOL, (uint16_t)(y.sport + 3), SYN), OUT_PORT);
    assert_int_equal(in.dst, 0x0a000009);
    assert_int_equal(in.dport, 3);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_by_hand),
        cmocka_unit_test(each_protocol_out_and_back),
        cmocka_unit_test(udp_checksums_of_0),
        cmocka_unit_test(options_and_tags_move_the_ports),
        cmocka_unit_test(req_1_and_8_endpoint_independent),
        cmocka_unit_test(req_2_paired),
        cmocka_unit_test(req_3_no_overload),
        cmocka_unit_test(req_4_parity),
        cmocka_unit_test(req_9_hairpin),
        cmocka_unit_test(from_the_outside_nothing_is_made),
        cmocka_unit_test(policy_lets_pass),
        cmocka_unit_test(what_is_not_for_it),
        cmocka_unit_test(short_datagrams_are_bad),
        cmocka_unit_test(forwards_lead_inside),
        cmocka_unit_test(forwarded_ports_are_not_given_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
