/* nat44_icmp_test.c - ICMP errors and the packets inside: RFC 5508, by the
 * numbers of its requirements. */
#include "net/fn/nat44/nat44_check.h"

/* A mapping of HOST_A's port 5000, or identifier; what it looks like outside.
 */
static struct packet open_map(struct body *b, uint8_t proto)
{
    return pass(b,
                proto == NET_UDP   ? UDP_OF(HOST_A, 5000, FAR, 80)
                : proto == NET_TCP ? TCP_OF(HOST_A, 5000, FAR, 80, SYN)
                                   : ECHO_OF(HOST_A, FAR, 5000, 8),
                IN_PORT);
}

static const uint8_t protocols[] = {NET_UDP, NET_TCP, NET_ICMP};

/* REQ-4: from the outside, the packet inside is that of the inside host again,
 * and every checksum is right. */
static void req_4_errors_from_the_outside(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    static const uint8_t types[] = {3, 4, 11, 12};
    uint8_t d[ROOM];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(protocols) * CHECK_ROWS(types); k++) {
        struct packet y = open_map(b, protocols[k / 4]);
        y.n_payload = 6;
        y.flags = y.proto == NET_ICMP ? 8 : 0;
        /* A router on the way tells. */
        struct pkt p = error_make(types[k % 4], FAR_2, y.src, &y, d, OUT_PORT);
        assert_int_equal(run_pkt(b, p).flags, 0);
        assert_int_equal(be32_load(d + IP + 12), FAR_2);
        assert_int_equal(be32_load(d + IP + 16), HOST_A);
        assert_int_equal(words_sum(0, d + IP, 20), 0xffff);
        assert_int_equal(words_sum(0, d + L4, p.len_bytes - L4), 0xffff);
        struct packet in = ends_of(d + INNER);
        assert_int_equal(in.src, HOST_A);
        assert_int_equal(in.sport, 5000);
        assert_int_equal(in.dst, FAR);
        assert_int_equal(in.dport, y.proto == NET_ICMP ? 5000 : 80);
    }
    assert_int_equal(reg(b, NAT44_N_ERRORS), 12);
    body_close(b);
}

/* REQ-5: the same from the inside, about what came in; also of a router there,
 * which is then seen as the host's outside address. */
static void req_5_errors_from_the_inside(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    static const uint32_t from[] = {HOST_A, 0x0a0000fe};
    uint8_t d[ROOM];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(protocols) * 2; k++) {
        struct packet y = open_map(b, protocols[k / 2]);
        struct packet came = {.proto = y.proto,
                              .src = FAR,
                              .sport = 80,
                              .dst = HOST_A,
                              .dport = 5000,
                              .n_payload = 6};
        came.sport = y.proto == NET_ICMP ? 5000 : 80;
        struct pkt p = error_make(3, from[k % 2], FAR, &came, d, IN_PORT);
        assert_int_equal(run_pkt(b, p).flags, 0);
        assert_int_equal(be32_load(d + IP + 12), y.src);
        assert_int_equal(be32_load(d + IP + 16), FAR);
        assert_int_equal(words_sum(0, d + IP, 20), 0xffff);
        assert_int_equal(words_sum(0, d + L4, p.len_bytes - L4), 0xffff);
        struct packet in = ends_of(d + INNER);
        assert_int_equal(in.src, FAR);
        assert_int_equal(in.dst, y.src);
        assert_int_equal(in.dport, y.sport);
    }
    body_close(b);
}

/* REQ-7: an error about a hairpin goes back the way it came. */
static void req_7_errors_about_hairpins(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet a = open_map(b, NET_UDP);
    struct packet far = pass(b, UDP_OF(HOST_B, 6000, FAR, 9), IN_PORT);
    struct packet seen =
        pass(b, UDP_OF(HOST_A, 5000, far.src, far.sport), IN_PORT);
    uint8_t d[ROOM];

    (void)state;
    assert_int_equal(seen.dst, HOST_B);
    seen.n_payload = 9;
    struct pkt p = error_make(3, HOST_B, a.src, &seen, d, IN_PORT);
    assert_int_equal(run_pkt(b, p).flags, 0);
    assert_int_equal(be32_load(d + IP + 12), far.src);
    assert_int_equal(be32_load(d + IP + 16), HOST_A);
    assert_int_equal(words_sum(0, d + L4, p.len_bytes - L4), 0xffff);
    struct packet in = ends_of(d + INNER);
    assert_int_equal(in.src, HOST_A);
    assert_int_equal(in.sport, 5000);
    assert_int_equal(in.dst, far.src);
    assert_int_equal(in.dport, far.sport);
    body_close(b);
}

/* REQ-3: what is damaged is dropped: the message, the header inside, too short
 * a one; REQ-3d: the checksum of the ports inside is nobody's business. */
static void req_3_damaged_errors(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet y = open_map(b, NET_UDP);
    uint8_t d[ROOM];

    (void)state;
    for (uint32_t at = L4 + 1; at < INNER + 28; at++) {
        struct pkt p = error_make(3, FAR, y.src, &y, d, OUT_PORT);
        d[at] ^= 0x40;
        assert_int_equal(run_pkt(b, p).flags, PKT_DROP);
    }
    uint32_t n_bad = reg(b, NAT44_N_BAD);
    for (uint32_t at = INNER; at < INNER_L4; at++) { /* the message is right */
        struct pkt p = error_make(3, FAR, y.src, &y, d, OUT_PORT);
        d[at] ^= 0x40;
        be16_store(d + L4 + 2, 0);
        be16_store(d + L4 + 2,
                   (uint16_t)~words_sum(0, d + L4, p.len_bytes - L4));
        assert_int_equal(run_pkt(b, p).flags, PKT_DROP);
    }
    assert_int_equal(reg(b, NAT44_N_BAD), n_bad + 20);
    struct pkt p = error_make(3, FAR, y.src, &y, d, OUT_PORT);
    be16_store(d + INNER_L4 + 6, 0x1111); /* of UDP */
    be16_store(d + L4 + 2, 0);
    be16_store(d + L4 + 2, (uint16_t)~words_sum(0, d + L4, p.len_bytes - L4));
    assert_int_equal(run_pkt(b, p).flags, 0);
    assert_int_equal(words_sum(0, d + L4, p.len_bytes - L4), 0xffff);
    body_close(b);
}

/* Every length that a quotation may have, from none on. */
static void quotations_of_any_length(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet y = open_map(b, NET_TCP);
    uint8_t d[ROOM];

    (void)state;
    y.n_payload = 20;
    for (uint32_t n = 0; n <= 20 + 20 + 20; n++) {
        struct pkt p = error_make(11, FAR, y.src, &y, d, OUT_PORT);
        p.len_bytes = INNER + n;
        be16_store(d + IP + 2, (uint16_t)(28 + n));
        be16_store(d + IP + 10, 0);
        be16_store(d + IP + 10, (uint16_t)~words_sum(0, d + IP, 20));
        be16_store(d + L4 + 2, 0);
        be16_store(d + L4 + 2, (uint16_t)~words_sum(0, d + L4, 8 + n));
        assert_int_equal(run_pkt(b, p).flags, n < 28 ? PKT_DROP : 0);
        assert_int_equal(words_sum(0, d + L4, 8 + n), 0xffff);
        if (n >= 20 + 18) { /* the checksum of TCP is there */
            assert_int_equal(be32_load(d + INNER + 12), HOST_A);
            be16_store(d + INNER + 2, 60);
            struct packet whole = TCP_OF(HOST_A, 5000, FAR, 80, 0);
            whole.n_payload = 20;
            uint8_t want[ROOM] = {0};
            (void)ip_make(&whole, want);
            assert_int_equal(be16_load(d + INNER_L4 + 16),
                             be16_load(want + 20 + 16));
        }
    }
    body_close(b);
}

/* REQ-6: an error keeps no mapping and ends none; nor does it make one. */
static void req_6_errors_change_no_mapping(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");
    struct packet y = open_map(b, NET_UDP);
    uint8_t d[ROOM];
    struct blob before, after;

    (void)state;
    poke(b, NAT44_TICK, 200);
    assert_int_equal(body_save(b, &before), 0);
    (void)run_pkt(b, error_make(3, FAR, y.src, &y, d, OUT_PORT));
    assert_int_equal(body_save(b, &after), 0);
    long at = blob_differs(&before, &after);
    char name[64];
    blob_name(&nat44_csr, &before, (size_t)at, name, sizeof name);
    assert_string_equal(name, "N_ERRORS");
    before.words[at]++;
    assert_int_equal(blob_differs(&before, &after), -1);
    poke(b, NAT44_TICK, 301);
    assert_int_equal(
        run_pkt(b, error_make(3, FAR, y.src, &y, d, OUT_PORT)).flags, PKT_DROP);
    y.src += 1; /* nobody's */
    assert_int_equal(
        run_pkt(b, error_make(3, FAR, y.src, &y, d, OUT_PORT)).flags, PKT_DROP);
    struct packet none = UDP_OF(FAR, 1, HOST_B, 2);
    assert_int_equal(
        run_pkt(b, error_make(3, HOST_B, FAR, &none, d, IN_PORT)).flags,
        PKT_DROP);
    assert_int_equal(reg(b, NAT44_N_UNMAPPED), 3);
    blob_close(&before);
    blob_close(&after);
    body_close(b);
}

/* REQ-1, REQ-2: queries of one identifier have one mapping, for 60 s. */
static void req_1_and_2_queries(void **state)
{
    struct body *b = nat_open("192.0.2.16/30", "64 1");

    (void)state;
    struct packet y = pass(b, ECHO_OF(HOST_A, FAR, 9, 8), IN_PORT);
    struct packet z = pass(b, ECHO_OF(HOST_A, FAR_2, 9, 8), IN_PORT);
    assert_int_equal(y.sport, z.sport);
    z = pass(b, ECHO_OF(HOST_B, FAR, 9, 8), IN_PORT);
    assert_true(y.sport != z.sport || y.src != z.src);
    poke(b, NAT44_TICK, 60);
    (void)pass(b, ECHO_OF(FAR, y.src, y.sport, 0), OUT_PORT);
    poke(b, NAT44_TICK, 61);
    refuse(b, ECHO_OF(FAR, y.src, y.sport, 0), OUT_PORT, "unmapped");
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(req_1_and_2_queries),
        cmocka_unit_test(req_3_damaged_errors),
        cmocka_unit_test(req_4_errors_from_the_outside),
        cmocka_unit_test(req_5_errors_from_the_inside),
        cmocka_unit_test(req_6_errors_change_no_mapping),
        cmocka_unit_test(req_7_errors_about_hairpins),
        cmocka_unit_test(quotations_of_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
