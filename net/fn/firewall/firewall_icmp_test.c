/*
 * firewall_icmp_test.c - ICMP queries, errors about flows, fragments: packets
 * by hand, and what is to become of each.
 */
#include "net/fn/firewall/firewall_check.h"

static struct bench bench;

/* --- queries -------------------------------------------------------------- */

static const struct packet echo = {
    .src = A, .dst = B, .proto = NET_ICMP, .sport = 8, .dport = 77};

static void queries_are_answered_by_whom_they_asked(void **state)
{
    static const uint8_t types[][2] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}};
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(types); k++) {
        struct packet ask = {.src = A,
                             .dst = B,
                             .proto = NET_ICMP,
                             .sport = types[k][0],
                             .dport = 7};
        struct packet answer = {.src = B,
                                .dst = A,
                                .proto = NET_ICMP,
                                .sport = types[k][1],
                                .dport = 7,
                                .port = 1};
        assert_string_equal(fate(b, &answer), "invalid");
        assert_string_equal(fate(b, &ask), "new");
        assert_string_equal(fate(b, &ask), "flow");
        assert_string_equal(fate(b, &answer), "flow");
        answer.src = C;
        assert_string_equal(fate(b, &answer), "invalid");
        answer.src = B;
        answer.dport = 8; /* another identifier */
        assert_string_equal(fate(b, &answer), "invalid");
        ask.src = B;
        ask.dst = A;
        ask.port = 1;
        assert_string_equal(fate(b, &ask), "refused");
    }
    /* Neither query nor error: router solicitation. */
    assert_fate(b, "invalid",
                {.src = A, .dst = B, .proto = NET_ICMP, .sport = 10});
}

/* --- ICMP errors ---------------------------------------------------------- */

static const struct packet out_tcp = TCP_OUT(ACK), in_tcp = TCP_IN(ACK),
                           out_udp = UDP_OUT;

static void errors_pass_with_the_flow_they_are_about(void **state)
{
    static const uint8_t types[] = {3, 4, 5, 11, 12};
    struct body *b = bench_body(state);

    set_text(b, firewall_parse_rules,
             "@0.0.0.0/0 0.0.0.0/0 0 : 65535 1 : 1 0/0 0/0 drop\n"
             "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0/0 0/0\n");
    talk(b, HANDSHAKE);
    for (size_t k = 0; k < sizeof types; k++) {
        struct packet p = {.src = R,
                           .dst = A,
                           .proto = NET_ICMP,
                           .sport = types[k],
                           .port = 1,
                           .about = &out_tcp};
        struct pkt out = send_one(b, &p);
        assert_int_equal(out.flags, 0);
        assert_int_equal(out.mark, FATE_RELATED << FATE_SHIFT | 2);
        p.about = &out_udp; /* of no flow */
        assert_string_equal(fate(b, &p), "invalid");
        p.about = &in_tcp; /* A did not send that */
        assert_string_equal(fate(b, &p), "invalid");
    }
    /* From inside, about what came in. */
    assert_fate(
        b, "related",
        {.src = A, .dst = B, .proto = NET_ICMP, .sport = 3, .about = &in_tcp});
    assert_string_equal(fate(b, &echo), "new");
    assert_fate(b, "related",
                {.src = R,
                 .dst = A,
                 .proto = NET_ICMP,
                 .sport = 11,
                 .port = 1,
                 .about = &echo});
    /* About an answer to a query, and about an error. */
    struct packet answer = {.src = B, .dst = A, .proto = NET_ICMP, .dport = 77};
    assert_fate(
        b, "related",
        {.src = A, .dst = B, .proto = NET_ICMP, .sport = 3, .about = &answer});
    answer.sport = 3;
    assert_fate(
        b, "invalid",
        {.src = A, .dst = B, .proto = NET_ICMP, .sport = 3, .about = &answer});
    /* A later fragment has no ports to tell its flow by. */
    struct packet later = out_tcp;
    later.frag = 5;
    assert_fate(b, "invalid",
                {.src = R,
                 .dst = A,
                 .proto = NET_ICMP,
                 .sport = 3,
                 .port = 1,
                 .about = &later});
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 2);
}

/* An error needs 20 + 8 + 20 + 8 bytes from its IPv4 header on; ICMP's type
 * counts from 4 bytes on. */
static void errors_are_cut_anywhere(void **state)
{
    struct body *b = bench_body(state);
    struct packet p = {.src = R,
                       .dst = A,
                       .proto = NET_ICMP,
                       .sport = 3,
                       .port = 1,
                       .about = &out_tcp};

    talk(b, HANDSHAKE);
    for (uint32_t cut = 0; cut <= 14 + 56; cut++) {
        uint32_t left = 14 + 56 - cut;
        p.cut = cut;
        assert_string_equal(fate(b, &p), left == 70   ? "related"
                                         : left >= 14 ? "header"
                                                      : "pass");
    }
    p.cut = 0;
    for (uint32_t total = 0; total < 80; total++) { /* as the header says */
        uint8_t data[ROOM];
        struct pkt pkt = packet_make(&p, data);
        be16_store(data + 14 + IP4_LENGTH, (uint16_t)total);
        struct pkt out = send_pkt(b, pkt);
        assert_string_equal(b->fn->verdict(&out),
                            total >= 56 ? "related" : "header");
    }
    for (uint32_t ihl = 0; ihl < 16; ihl++) { /* of the header within */
        uint8_t data[ROOM];
        struct pkt pkt = packet_make(&p, data);
        data[14 + 28] = (uint8_t)(0x40 | ihl);
        struct pkt out = send_pkt(b, pkt);
        assert_string_equal(b->fn->verdict(&out),
                            ihl == 5 ? "related" : "header");
        data[14 + 28] = (uint8_t)(0x50 | ihl);
        out = send_pkt(b, pkt);
        assert_string_equal(b->fn->verdict(&out), "header");
    }
}

/* --- fragments ------------------------------------------------------------ */

static void later_fragments_follow_their_first(void **state)
{
    enum { MORE = 1 << 13 };
    struct body *b = bench_body(state);
    struct packet p = UDP_OUT, later = UDP_OUT;

    p.id = later.id = 0x1234;
    p.frag = MORE;
    later.frag = MORE | 100;
    assert_string_equal(fate(b, &later), "fragment");
    assert_string_equal(fate(b, &p), "new");
    assert_string_equal(fate(b, &later), "flow");
    later.frag = 200; /* the last; it may come again */
    assert_string_equal(fate(b, &later), "flow");
    assert_string_equal(fate(b, &later), "flow");
    later.id++;
    assert_string_equal(fate(b, &later), "fragment");
    later.id--;
    later.dst = C;
    assert_string_equal(fate(b, &later), "fragment");
    later.dst = B;
    later.proto = NET_SCTP;
    assert_string_equal(fate(b, &later), "fragment");
    later.proto = NET_UDP;
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 2);
    set_reg(b, FIREWALL_TICK, 29);
    assert_string_equal(fate(b, &later), "flow");
    set_reg(b, FIREWALL_TICK, 30);
    assert_string_equal(fate(b, &later), "fragment");
    assert_int_equal(read_reg(b, FIREWALL_N_FRAGMENT), 5);
    /* A first one that is refused keeps none; the same identification again
     * begins the time anew. */
    struct packet in = UDP_IN;
    in.id = 9;
    in.frag = MORE;
    in.sport = 54;
    assert_string_equal(fate(b, &in), "refused");
    in.frag = 7;
    assert_string_equal(fate(b, &in), "fragment");
    assert_string_equal(fate(b, &p), "flow");
    set_reg(b, FIREWALL_TICK, 59);
    assert_string_equal(fate(b, &p), "flow");
    set_reg(b, FIREWALL_TICK, 70);
    assert_string_equal(fate(b, &later), "flow");
}

/* RFC 1858: the flags are in the first fragment, and none writes over them. */
static void tiny_fragments_are_dropped(void **state)
{
    struct body *b = bench_body(state);
    struct packet p = TCP_OUT(SYN);

    p.frag = 1 << 13;
    p.cut = 8; /* 12 bytes of TCP */
    assert_string_equal(fate(b, &p), "header");
    p.cut = 0;
    assert_string_equal(fate(b, &p), "new");
    p.frag = 1;
    assert_string_equal(fate(b, &p), "header");
    p.frag = 3;
    assert_string_equal(fate(b, &p), "flow");
}

#define ON(test)                                                            \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(queries_are_answered_by_whom_they_asked),
        ON(errors_pass_with_the_flow_they_are_about),
        ON(errors_are_cut_anywhere),
        ON(later_fragments_follow_their_first),
        ON(tiny_fragments_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
