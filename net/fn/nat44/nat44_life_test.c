/* nat44_life_test.c - how long mappings live, blocks of ports and what happens
 * when there are no more, fragments. */
#include "net/fn/nat44/nat44_check.h"

/* Is the mapping of 'out' there?  Asked from the outside, which keeps TCP. */
static bool is_mapped(struct body *b, const struct packet *out)
{
    struct packet x = {.proto = out->proto,
                       .src = FAR,
                       .sport = out->dport,
                       .dst = out->src,
                       .dport = out->sport,
                       .flags = ACK};
    uint8_t d[ROOM];

    if (x.proto == NET_ICMP) {
        x.sport = out->sport;
        x.flags = 0;
    }
    return run_pkt(b, frame_make(&x, d, OUT_PORT)).flags == 0;
}

/* RFC 4787 REQ-5: 5 min for UDP; REQ-6: packets from the inside keep it, those
 * from the outside as POLICY says.  The time wraps. */
static void req_5_and_6_udp(void **state)
{
    const uint32_t start = UINT32_MAX - 250;

    (void)state;
    for (uint32_t refresh = 0; refresh < 2; refresh++) {
        struct body *b = nat_open("192.0.2.16/32", "64 1");
        poke(b, NAT44_POLICY, refresh << NAT44_POLICY_REFRESH_SHIFT);
        poke(b, NAT44_TICK, start);
        struct packet y = pass(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT);
        poke(b, NAT44_TICK, start + 200);
        assert_true(is_mapped(b, &y));
        poke(b, NAT44_TICK, start + 300); /* wrapped */
        assert_true(is_mapped(b, &y));
        poke(b, NAT44_TICK, start + 301);
        assert_int_equal(is_mapped(b, &y), refresh);
        if (!refresh) {
            y = pass(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT);
            assert_int_equal(reg(b, NAT44_N_NEW), 2);
            poke(b, NAT44_TICK, start + 500);
            (void)pass(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT);
            poke(b, NAT44_TICK, start + 800);
            assert_true(is_mapped(b, &y));
        }
        body_close(b);
    }
}

/* RFC 5382 REQ-5: 2 h 4 min when the connection is open, else 4 min. */
static void req_5_tcp(void **state)
{
    static const struct {
        const char *what; /* 'o' out, 'i' in, then flags */
        uint32_t life;
    } row[] = {
        {"oS", 240},
        {"oSiA", 240},
        {"oA", 240},
        {"oSiS", 7440},
        {"oSiSoA", 7440},
        {"oSiSoF", 7440},
        {"oSiSoFiF", 240},
        {"oSiSoFiFoAiA", 240},
        {"oSiSoR", 240},
        {"oSiSiR", 240},
        {"oSiSiRoA", 240},
        {"oSiSoFiFoS", 240},
        {"oSiSoFiFoSiS", 7440},
        {"oSiSoRoSiS", 7440},
        {"oSiSoFoSiF", 7440},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct body *b = nat_open("192.0.2.16/32", "64 1");
        struct packet y = {0};
        print_message("%s\n", row[k].what);
        poke(b, NAT44_TICK, 1000);
        for (const char *c = row[k].what; *c != '\0'; c += 2) {
            uint8_t flags = c[1] == 'S'   ? SYN
                            : c[1] == 'F' ? FIN | ACK
                            : c[1] == 'R' ? RST
                                          : ACK;
            if (*c == 'o') {
                y = pass(b, TCP_OF(HOST_A, 5000, FAR, 80, flags), IN_PORT);
            } else {
                (void)pass(b, TCP_OF(FAR, 80, y.src, y.sport, flags), OUT_PORT);
            }
        }
        poke(b, NAT44_TICK, 1000 + row[k].life);
        assert_true(is_mapped(b, &y)); /* and is kept */
        poke(b, NAT44_TICK, 1000 + 2 * row[k].life);
        assert_true(is_mapped(b, &y));
        poke(b, NAT44_TICK, 1001 + 3 * row[k].life);
        assert_false(is_mapped(b, &y));
        body_close(b);
    }
}

/* What is not asked for goes, too: others' packets sweep. */
static void the_sweep_removes_what_nobody_asks_for(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 8");

    (void)state;
    for (uint32_t k = 0; k < 300; k++) {
        (void)pass(b, UDP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80), IN_PORT);
    }
    assert_int_equal(reg(b, NAT44_N_MAPS), 300);
    poke(b, NAT44_TICK, 301);
    for (uint32_t k = 0; k < 150; k++) { /* each looks at two */
        refuse(b, UDP_OF(FAR, 80, POOL, 9), OUT_PORT, "unmapped");
    }
    assert_int_equal(reg(b, NAT44_N_MAPS), 0);
    body_close(b);
}

/* It looks at all, whatever stays between. */
static void the_sweep_leaves_out_none(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 8");

    (void)state;
    for (uint32_t k = 0; k < 64; k++) {
        (void)pass(b, UDP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80), IN_PORT);
    }
    poke(b, NAT44_TICK, 200);
    for (uint32_t k = 0; k < 64; k += 2) {
        (void)pass(b, UDP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80), IN_PORT);
    }
    poke(b, NAT44_TICK, 301);
    for (uint32_t k = 0; k < 40; k++) {
        refuse(b, UDP_OF(FAR, 80, POOL, 9), OUT_PORT, "unmapped");
    }
    assert_int_equal(reg(b, NAT44_N_MAPS), 32);
    body_close(b);
}

/* Ports of mappings that are too old and not swept are looked for, a few by
 * each who asks, on and on through the block. */
static void old_ports_are_taken_back(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "512 1");
    struct packet late = TCP_OF(HOST_A, 999, FAR, 80, SYN);
    uint8_t d[ROOM];
    uint32_t n = 0;

    (void)state;
    for (uint32_t k = 0; k < 512; k++) {
        (void)pass(b, TCP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80, SYN),
                   IN_PORT);
    }
    poke(b, NAT44_TICK, 200);
    for (uint32_t k = 0; k < 400; k++) {
        (void)pass(b, TCP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80, ACK),
                   IN_PORT);
    }
    poke(b, NAT44_TICK, 241);
    poke(b, NAT44_SWEEP, 0);
    while (run_pkt(b, frame_make(&late, d, IN_PORT)).flags != 0) {
        n++;
        assert_true(n <= 400 / 8);
    }
    assert_int_equal(n, 400 / 8);
    body_close(b);
}

/* A packet that changes nothing sweeps nothing: so a cache of results may keep
 * it from here. */
static void in_one_tick_plain_packets_change_nothing(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 8");
    struct blob before, after;

    (void)state;
    for (uint32_t k = 0; k < 100; k++) { /* to be too old */
        (void)pass(b, UDP_OF(HOST_B, (uint16_t)(2000 + k), FAR, 9), IN_PORT);
    }
    poke(b, NAT44_TICK, 290);
    struct packet u = pass(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT);
    struct packet t = pass(b, TCP_OF(HOST_A, 5000, FAR, 80, SYN), IN_PORT);
    poke(b, NAT44_TICK, 301);
    assert_true(is_mapped(b, &u));
    assert_true(is_mapped(b, &t));
    (void)pass(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT);
    assert_true(reg(b, NAT44_N_MAPS) > 50); /* most were not swept yet */
    assert_int_equal(body_save(b, &before), 0);
    for (int k = 0; k < 1000; k++) {
        assert_true(is_mapped(b, &u));
        assert_true(is_mapped(b, &t));
        (void)pass(b, UDP_OF(HOST_A, 5000, FAR_2, 80), IN_PORT);
        (void)pass(b, TCP_OF(HOST_A, 5000, FAR_2, 80, ACK), IN_PORT);
    }
    poke(b, NAT44_N_OUT, reg(b, NAT44_N_OUT) - 2000);
    poke(b, NAT44_N_IN, reg(b, NAT44_N_IN) - 2000);
    poke(b, CSR_WINDOW_INDEX, 0);
    assert_int_equal(body_save(b, &after), 0);
    assert_int_equal(blob_differs(&before, &after), -1);
    blob_close(&before);
    blob_close(&after);
    body_close(b);
}

/* --- blocks --------------------------------------------------------------- */

/* RFC 6888 REQ-4: a host has so many ports and no more; others have theirs. */
static void blocks_come_one_by_one_up_to_the_limit(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 3");
    uint16_t first[3] = {0};

    (void)state;
    for (uint32_t k = 0; k < 3 * 64; k++) {
        struct packet y = pass(
            b, TCP_OF(HOST_A, (uint16_t)(2000 + k), FAR, 80, SYN), IN_PORT);
        uint16_t block = (uint16_t)((y.sport - 1024) / 64);
        first[k / 64] = k % 64 == 0 ? block : first[k / 64];
        assert_int_equal(block, first[k / 64]);
        assert_int_equal(reg(b, NAT44_N_BLOCKS), k / 64 + 1);
    }
    refuse(b, TCP_OF(HOST_A, 9, FAR, 80, SYN), IN_PORT, "exhausted");
    assert_int_equal(reg(b, NAT44_N_NO_PORT), 1);
    (void)pass(b, TCP_OF(HOST_B, 9, FAR, 80, SYN), IN_PORT);
    poke(b, NAT44_TICK, 241); /* all are too old; some are taken back at once */
    (void)pass(b, TCP_OF(HOST_A, 9, FAR, 80, SYN), IN_PORT);
    body_close(b);
}

/* RFC 6888 REQ-8: another host gets a block only when it has rested. */
static void blocks_rest_before_others_have_them(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "512 1");
    uint32_t n_hosts = 126; /* of 64512 ports */

    (void)state;
    for (uint32_t host = 0; host < n_hosts; host++) {
        struct packet x = UDP_OF(0x0a000000 + host, 5000, FAR, 80);
        uint8_t d[ROOM];
        /* A search looks at 64 of them and begins elsewhere the next time. */
        for (int k = 0; run_pkt(b, frame_make(&x, d, IN_PORT)).flags != 0;
             k++) {
            assert_in_range(k, 0, 50);
        }
    }
    assert_int_equal(reg(b, NAT44_N_BLOCKS), n_hosts);
    poke(b, NAT44_N_NO_BLOCK, 0);
    struct packet late = UDP_OF(0x0a001000, 5000, FAR, 80);
    refuse(b, late, IN_PORT, "exhausted");
    assert_int_equal(reg(b, NAT44_N_NO_BLOCK), 1);
    poke(b, NAT44_TICK, 301);
    for (uint32_t k = 0; k < 100; k++) { /* mappings end, ports are free */
        refuse(b, UDP_OF(FAR, 80, POOL, 9), OUT_PORT, "unmapped");
    }
    assert_int_equal(reg(b, NAT44_N_MAPS), 0);
    refuse(b, late, IN_PORT, "exhausted"); /* they rest */
    poke(b, NAT44_TICK, 301 + 240);
    refuse(b, late, IN_PORT, "exhausted");
    (void)pass(b, UDP_OF(0x0a000003, 5000, FAR, 80), IN_PORT); /* its own */
    poke(b, NAT44_TICK, 301 + 241);
    (void)pass(b, late, IN_PORT);
    assert_int_equal(reg(b, NAT44_N_BLOCKS), n_hosts);
    body_close(b);
}

static void no_pool_no_mapping(void **state)
{
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(registry_find("nat44"), &b), 0);
    set(b, "inside", "0-31");
    refuse(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT, "exhausted");
    assert_int_equal(reg(b, NAT44_N_NO_BLOCK), 1);
    body_close(b);
}

static void a_full_table_refuses(void **state)
{
    struct body *b = nat_open("192.0.2.16/32", "64 1");

    (void)state;
    poke(b, NAT44_ICMP_TICKS, 0); /* entries of zeros stay for ever */
    poke(b, NAT44_N_MAPS, NAT44_MAP_DEPTH);
    refuse(b, UDP_OF(HOST_A, 5000, FAR, 80), IN_PORT, "exhausted");
    assert_int_equal(reg(b, NAT44_N_FULL), 1);
    body_close(b);
}

/* --- fragments ------------------------------------------------------------ */

static struct packet fragment_of(struct packet x, uint16_t fragment)
{
    x.fragment = fragment;
    x.id = 0x4711;
    return x;
}

/* RFC 4787 REQ-14: fragments follow their first, in any order behind it. */
static void req_14_fragments_follow_the_first(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet x = UDP_OF(HOST_A, 5000, FAR, 80);
    uint8_t d[ROOM], was[ROOM];

    (void)state;
    refuse(b, fragment_of(x, 3), IN_PORT, "fragment"); /* before its first */
    struct packet y = pass(b, fragment_of(x, 0x2000), IN_PORT);
    static const uint16_t later[] = {9, 0x2003, 0x2006};
    for (size_t k = 0; k < CHECK_ROWS(later); k++) {
        struct packet f = fragment_of(x, later[k]);
        struct pkt p = frame_make(&f, d, IN_PORT);
        memcpy(was, d, sizeof was);
        assert_int_equal(run_pkt(b, p).flags, 0);
        assert_int_equal(be32_load(d + IP + 12), y.src);
        assert_int_equal(words_sum(0, d + IP, 20), 0xffff);
        assert_memory_equal(d + L4, was + L4, p.len_bytes - L4);
    }
    struct packet back = UDP_OF(FAR, 80, y.src, y.sport);
    (void)pass(b, fragment_of(back, 0x2000), OUT_PORT);
    struct packet f = fragment_of(back, 4);
    (void)run_pkt(b, frame_make(&f, d, OUT_PORT));
    assert_int_equal(be32_load(d + IP + 16), HOST_A);
    assert_int_equal(be32_load(d + IP + 12), FAR);
    poke(b, NAT44_TICK, 31);
    refuse(b, fragment_of(back, 4), OUT_PORT, "fragment");
    assert_int_equal(reg(b, NAT44_N_FRAGMENT), 2);
    assert_int_equal(reg(b, NAT44_N_FRAGS), 2);
    body_close(b);
}

static void a_hairpin_in_fragments(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet far = pass(b, UDP_OF(HOST_B, 6000, FAR, 9), IN_PORT);
    struct packet x = UDP_OF(HOST_A, 5000, far.src, far.sport);
    uint8_t d[ROOM];

    (void)state;
    struct packet y = pass(b, fragment_of(x, 0x2000), IN_PORT);
    struct packet f = fragment_of(x, 5);
    (void)run_pkt(b, frame_make(&f, d, IN_PORT));
    assert_int_equal(be32_load(d + IP + 12), y.src);
    assert_int_equal(be32_load(d + IP + 16), HOST_B);
    assert_int_equal(words_sum(0, d + IP, 20), 0xffff);
    assert_int_equal(reg(b, NAT44_N_HAIRPIN), 2);
    body_close(b);
}

/* When there are more than it can hold others are forgotten. */
static void many_fragments(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet x = UDP_OF(HOST_A, 5000, FAR, 80);

    (void)state;
    for (uint32_t k = 0; k < 3 * NAT44_FRAGMENT_DEPTH; k++) {
        x.fragment = 0x2000;
        x.id = (uint16_t)k;
        (void)pass(b, x, IN_PORT);
        uint8_t d[ROOM];
        x.fragment = 7;
        assert_int_equal(run_pkt(b, frame_make(&x, d, IN_PORT)).flags, 0);
    }
    assert_int_equal(reg(b, NAT44_N_FRAGS), NAT44_FRAGMENT_DEPTH);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(req_5_and_6_udp),
        cmocka_unit_test(req_5_tcp),
        cmocka_unit_test(the_sweep_removes_what_nobody_asks_for),
        cmocka_unit_test(the_sweep_leaves_out_none),
        cmocka_unit_test(old_ports_are_taken_back),
        cmocka_unit_test(in_one_tick_plain_packets_change_nothing),
        cmocka_unit_test(blocks_come_one_by_one_up_to_the_limit),
        cmocka_unit_test(blocks_rest_before_others_have_them),
        cmocka_unit_test(no_pool_no_mapping),
        cmocka_unit_test(a_full_table_refuses),
        cmocka_unit_test(req_14_fragments_follow_the_first),
        cmocka_unit_test(a_hairpin_in_fragments),
        cmocka_unit_test(many_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
