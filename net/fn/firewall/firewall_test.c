/*
 * firewall_test.c - timeouts, limits, policies: packets by hand, and what is to
 * become of each.
 */
#include "net/fn/firewall/firewall_check.h"

static struct bench bench;

enum { EARLY = 0xffffff80 }; /* TICK soon wraps */

/* --- time ----------------------------------------------------------------- */

static void begin_tcp(struct body *b)
{
    talk(b, HANDSHAKE);
}

static void begin_syn(struct body *b)
{
    talk(b, ">S:new");
}

static void begin_end(struct body *b)
{
    talk(b, HANDSHAKE ">FA:flow <A:flow <FA:flow >A:flow");
}

static void begin_udp(struct body *b)
{
    assert_fate(b, "new", UDP_OUT);
}

static void begin_answered(struct body *b)
{
    begin_udp(b);
    assert_fate(b, "open", UDP_IN);
}

static const struct packet echo = {
    .src = A, .dst = B, .proto = NET_ICMP, .sport = 8, .dport = 77};

static void begin_echo(struct body *b)
{
    assert_string_equal(fate(b, &echo), "new");
}

/* RFC 5382 (TCP), RFC 4787 and 5508 (UDP, ICMP); a lease of 16 ticks more for
 * open flows, whose SEEN may be 15 ticks old. */
static const struct {
    void (*begin)(struct body *b);
    uint32_t ticks; /* the first at which it is gone */
    struct packet p;
    const char *alive, *gone;
} timeouts[] = {
    {begin_tcp, 7440 + 16, TCP_IN(ACK), "open", "invalid"},
    {begin_syn, 240, TCP_IN(SYN | ACK), "flow", "invalid"},
    {begin_end, 240, TCP_IN(FIN | ACK), "flow", "invalid"},
    {begin_udp, 300, UDP_IN, "open", "refused"},
    {begin_answered, 300 + 16, UDP_IN, "open", "refused"},
    {begin_echo,
     60,
     {.src = B, .dst = A, .proto = NET_ICMP, .dport = 77, .port = 1},
     "flow",
     "invalid"},
};

static void flows_end_at_their_timeouts_also_when_tick_wraps(void **state)
{
    for (size_t k = 0; k < 2 * CHECK_ROWS(timeouts); k++) {
        struct body *b = bench_body(state);
        bool gone = k % 2 != 0;
        set_reg(b, FIREWALL_TICK, EARLY);
        timeouts[k / 2].begin(b);
        set_reg(b, FIREWALL_TICK, EARLY + timeouts[k / 2].ticks - !gone);
        assert_string_equal(fate(b, &timeouts[k / 2].p),
                            gone ? timeouts[k / 2].gone
                                 : timeouts[k / 2].alive);
        assert_int_equal(read_reg(b, FIREWALL_N_EXPIRED), gone);
        assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), !gone);
        assert_int_equal(read_reg(b, FIREWALL_N_HALF),
                         !gone && timeouts[k / 2].begin == begin_syn);
        assert_int_equal(bench_close(state), 0);
        assert_int_equal(bench_open(state), 0);
    }
}

static void a_timeout_of_zero_is_for_ever(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, firewall_parse_timeouts, "tcp=0,udp=1");
    talk(b, HANDSHAKE);
    begin_udp(b);
    set_reg(b, FIREWALL_TICK, 0xffffffff);
    talk(b, "<A:open");
    assert_fate(b, "refused", UDP_IN);
}

/* A packet within the lease changes no word but a count; the first behind it
 * sets SEEN. */
static void a_packet_within_the_lease_changes_nothing(void **state)
{
    struct body *b = bench_body(state);
    struct blob before, after;

    set_reg(b, FIREWALL_TICK, 32);
    talk(b, HANDSHAKE);
    set_reg(b, FIREWALL_TICK, 47);
    assert_int_equal(body_save(b, &before), 0);
    talk(b, "<PA:open >A:open");
    set_reg(b, FIREWALL_N_OPEN, read_reg(b, FIREWALL_N_OPEN) - 2);
    assert_int_equal(body_save(b, &after), 0);
    assert_int_equal(blob_differs(&before, &after), -1);
    blob_close(&before);
    blob_close(&after);
    assert_int_equal(table_word(b, 0, FLOW_WORD_SEEN), 32);
    set_reg(b, FIREWALL_TICK, 48);
    talk(b, "<A:open");
    assert_int_equal(table_word(b, 0, FLOW_WORD_SEEN), 48);
}

/* Each packet that may change anything looks at one entry. */
static void what_is_over_is_swept_out_one_entry_a_packet(void **state)
{
    struct body *b = bench_body(state);

    for (uint16_t k = 0; k < 100; k++) {
        struct packet p = UDP_OUT;
        p.sport = (uint16_t)(1000 + k);
        assert_string_equal(fate(b, &p), "new");
    }
    set_reg(b, FIREWALL_TICK, 300);
    for (uint32_t k = 1; k <= 100; k++) {
        assert_fate(b, "refused", UDP_IN);
        assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 100 - k);
    }
    assert_int_equal(read_reg(b, FIREWALL_N_EXPIRED), 100);
}

/* --- limits --------------------------------------------------------------- */

static const char *syn_from(struct body *b, uint16_t sport)
{
    struct packet p = TCP_OUT(SYN);

    p.sport = sport;
    return fate(b, &p);
}

static void a_flood_of_syns_leaves_open_flows_alone(void **state)
{
    struct body *b = bench_body(state);

    talk(b, HANDSHAKE);
    set_reg(b, FIREWALL_MAX_HALF, 10);
    for (uint16_t k = 1; k <= 1000; k++) {
        assert_string_equal(syn_from(b, k), k <= 10 ? "new" : "limited");
        talk(b, "<PA:open >A:open");
    }
    assert_int_equal(read_reg(b, FIREWALL_N_HALF), 10);
    assert_int_equal(read_reg(b, FIREWALL_N_LIMITED), 990);
    /* UDP is no handshake. */
    assert_fate(b, "new", UDP_OUT);
    /* Their time is over: swept out, one a packet, they make room.  Some of the
     * others may be looked at twice, as they move. */
    set_reg(b, FIREWALL_TICK, 240);
    for (uint16_t k = 0; k < 2 * 12; k++) {
        assert_fate(b, "flow", UDP_OUT);
    }
    assert_int_equal(read_reg(b, FIREWALL_N_HALF), 0);
    assert_string_equal(syn_from(b, 5000), "new");
    talk(b, "<PA:open");
}

static void so_many_flows_are_opened_in_a_tick(void **state)
{
    struct body *b = bench_body(state);

    set_reg(b, FIREWALL_MAX_NEW, 3);
    for (uint32_t tick = 0xfffffffe; tick != 3; tick++) {
        set_reg(b, FIREWALL_TICK, tick);
        for (uint16_t k = 0; k < 5; k++) {
            assert_string_equal(syn_from(b, (uint16_t)(100 * (tick + 3) + k)),
                                k < 3 ? "new" : "limited");
        }
    }
    assert_int_equal(read_reg(b, FIREWALL_N_LIMITED), 5 * 2);
}

static void a_full_table_opens_none_and_keeps_what_it_has(void **state)
{
    struct body *b = bench_body(state);

    set_reg(b, FIREWALL_MAX_FLOWS, 5);
    talk(b, HANDSHAKE);
    for (uint16_t k = 1; k < 10; k++) {
        assert_string_equal(syn_from(b, k), k < 5 ? "new" : "full");
        talk(b, "<PA:open");
    }
    assert_int_equal(read_reg(b, FIREWALL_N_FULL), 5);
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 5);
}

/* --- UDP ------------------------------------------------------------------ */

static void udp_is_open_once_it_is_answered(void **state)
{
    struct body *b = bench_body(state);

    assert_fate(b, "refused", UDP_IN);
    assert_fate(b, "new", UDP_OUT);
    assert_fate(b, "flow", UDP_OUT);
    assert_fate(b, "open", UDP_IN);
    assert_fate(b, "open", UDP_OUT);
    assert_fate(b, "refused",
                {.src = C,
                 .dst = A,
                 .proto = NET_UDP,
                 .sport = 53,
                 .dport = 5000,
                 .port = 1});
    assert_fate(b, "header",
                {.src = A, .dst = B, .proto = NET_UDP, .dport = 5});
    assert_fate(b, "header",
                {.src = A, .dst = B, .proto = NET_UDP, .sport = 5});
    /* A protocol without ports. */
    assert_fate(b, "refused", {.src = B, .dst = A, .proto = 47, .port = 1});
    assert_fate(b, "new", {.src = A, .dst = B, .proto = 47});
    assert_fate(b, "open", {.src = B, .dst = A, .proto = 47, .port = 1});
}

/* --- rules, policies ------------------------------------------------------ */

static void rules_say_who_opens_from_which_side(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, firewall_parse_inside, "0,4-6,31");
    set_text(
        b, firewall_parse_rules,
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 25 : 25 0x06/0xFF 0/0 drop inside\n"
        "@0.0.0.0/0 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xFF "
        "0x0200/0x1200 accept outside\n");
    static const struct {
        uint8_t port;
        uint16_t dport;
        uint32_t mark;
        uint16_t flags;
    } row[] = {
        {0, 25, 1, PKT_DROP},
        {4, 25, 1, PKT_DROP},
        {31, 25, 1, PKT_DROP},
        {1, 25, 0, PKT_DROP}, /* not that rule, but the policy */
        {7, 80, FATE_NEW << FATE_SHIFT | 2, 0},
        {32, 80, FATE_NEW << FATE_SHIFT | 2, 0},
        {255, 81, 0, PKT_DROP},
        {5, 80, FATE_NEW << FATE_SHIFT, 0}, /* by the policy */
    };
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt out =
            send_one(b, &(struct packet){.src = B,
                                         .dst = A,
                                         .proto = NET_TCP,
                                         .sport = (uint16_t)(k + 1),
                                         .dport = row[k].dport,
                                         .flags = SYN,
                                         .port = row[k].port});
        assert_int_equal(out.mark, row[k].mark);
        assert_int_equal(out.flags, row[k].flags);
    }
    set_text(b, firewall_parse_default, "inside=drop,outside=accept");
    assert_fate(b, "refused", UDP_OUT);
    assert_fate(b, "new", UDP_IN);
    assert_fate(b, "open", UDP_OUT); /* back */
}

static const struct packet out_udp = UDP_OUT;

static void frames_without_ipv4_pass_or_not(void **state)
{
    struct body *b = bench_body(state);
    uint8_t data[ROOM];
    struct pkt p = packet_make(&out_udp, data);

    for (int k = 0; k < 2; k++) {
        be16_store(data + 12, 0x0806);
        struct pkt out = send_pkt(b, p);
        assert_string_equal(b->fn->verdict(&out), k == 0 ? "pass" : "other");
        set_text(b, firewall_parse_default, "other=drop");
    }
    be16_store(data + 12, NET_ETH_IP4);
    data[14] = 0x65;
    struct pkt out = send_pkt(b, p);
    assert_string_equal(b->fn->verdict(&out), "header");
    p.flags = PKT_PUNT;
    out = send_pkt(b, p);
    assert_string_equal(b->fn->verdict(&out), "done");
    assert_int_equal(out.mark, 0xbeef);
    assert_int_equal(read_reg(b, FIREWALL_N_PASS), 1);
    assert_int_equal(read_reg(b, FIREWALL_N_OTHER), 1);
    assert_int_equal(read_reg(b, FIREWALL_N_HEADER), 1);
}

#define ON(test)                                                            \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(flows_end_at_their_timeouts_also_when_tick_wraps),
        ON(a_timeout_of_zero_is_for_ever),
        ON(a_packet_within_the_lease_changes_nothing),
        ON(what_is_over_is_swept_out_one_entry_a_packet),
        ON(a_flood_of_syns_leaves_open_flows_alone),
        ON(so_many_flows_are_opened_in_a_tick),
        ON(a_full_table_opens_none_and_keeps_what_it_has),
        ON(udp_is_open_once_it_is_answered),
        ON(rules_say_who_opens_from_which_side),
        ON(frames_without_ipv4_pass_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
