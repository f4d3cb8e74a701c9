/*
 * acl_test.c - rules and packets by hand, over the C body and over the RTL body
 * at both widths.
 */
#include "net/fn/acl/acl_check.h"

#include <stdio.h>

#include "acl_csr.h"

enum fate {
    PASS = 0,
    DROP = 1,         /* the packet has the drop flag from here on */
    DEFAULT_DROP = 2, /* set before: what becomes of a packet no rule takes */
    NO_MATCH = 3,     /* both */
    IGNORE = 4,       /* set before: the flags column is left out */
};

/* A rule set, a packet, and what must become of it. */
struct row {
    const char *why;
    const char *rules;
    struct packet p;
    uint16_t mark;
    uint32_t fate; /* enum fate, any of them */
};

/* Runs every row by itself and checks the packet and both counters. */
static void check_rows(struct body *b, const struct row *row, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t hits = read_reg(b, ACL_N_HITS);
        uint32_t drops = read_reg(b, ACL_N_DROPS);
        uint16_t came = row[k].p.in;
        bool drop = (row[k].fate & DROP) != 0;
        struct pkt out[BURST];

        bool done = (came & (PKT_DROP | PKT_PUNT)) != 0;
        uint16_t mark = done ? 0xbeef : row[k].mark; /* as it came */

        print_message("%s\n", row[k].why);
        set_rules(b, row[k].rules);
        assert_int_equal(
            body_write(b, ACL_NO_MATCH, (row[k].fate & DEFAULT_DROP) != 0), 0);
        assert_int_equal(
            body_write(b, ACL_NO_FLAGS, (row[k].fate & IGNORE) != 0), 0);
        run_packets(b, &row[k].p, 1, out);
        assert_int_equal(out[0].mark, mark);
        assert_int_equal(out[0].flags, came | (drop ? PKT_DROP : 0));
        assert_int_equal(read_reg(b, ACL_N_HITS) - hits,
                         !done && row[k].mark > 0);
        assert_int_equal(read_reg(b, ACL_N_DROPS) - drops, !done && drop);
    }
}

static void acl_takes_the_first_rule_that_matches(void **state)
{
    static const char three[] =
        "@10.1.2.3/32 0.0.0.0/0 " ANY_PORTS ANY_PROTO "drop\n"
        "@10.0.0.0/8 0.0.0.0/0 " ANY_PORTS ANY_PROTO
        "accept\n" ANY_ADDR ANY_PORTS "0x11/0xff 0x0000/0x0000 drop\n";
    static const struct row rows[] = {
        {"all three match", three, {A, B, UDP(1, 2)}, 1, DROP},
        {"the last two match", three, {A + 1, B, UDP(1, 2)}, 2, PASS},
        {"the last one matches", three, {B, A, UDP(1, 2)}, 3, DROP},
        {"none matches", three, {B, A, TCP(1, 2, 0)}, 0, PASS},
        {"none, default drop", three, {B, A, TCP(1, 2, 0)}, 0, NO_MATCH},
        {"rule over default", three, {A + 1, B, TCP(1, 2, 0)}, 2, DEFAULT_DROP},
        {"no rules", "", {A, B, TCP(1, 2, 0)}, 0, PASS},
        {"no rules, drop", "", {A, B, TCP(1, 2, 0)}, 0, NO_MATCH},
        {"two alike: the first counts",
         ANY_ADDR ANY_PORTS ANY_PROTO "accept\n" ANY_ADDR ANY_PORTS ANY_PROTO
                                      "drop\n",
         {A, B, TCP(1, 2, 0)},
         1,
         PASS},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_compares_prefixes_to_the_bit(void **state)
{
#define SRC(prefix) "@" prefix " 0.0.0.0/0 " ANY_PORTS ANY_PROTO
#define DST(prefix) "@0.0.0.0/0 " prefix " " ANY_PORTS ANY_PROTO
    static const struct row rows[] = {
        {"/0 takes all", SRC("1.2.3.4/0"), {UINT32_MAX, B, UDP0}, 1, PASS},
        {"/0 takes 0", DST("1.2.3.4/0"), {A, 0, UDP0}, 1, PASS},
        {"/1 upper half", SRC("128.0.0.0/1"), {0x80000000, B, UDP0}, 1, PASS},
        {"/1 lower half", SRC("128.0.0.0/1"), {0x7fffffff, B, UDP0}, 0, PASS},
        {"/8 last", SRC("10.0.0.0/8"), {0x0affffff, B, UDP0}, 1, PASS},
        {"/8 beyond", SRC("10.0.0.0/8"), {0x0b000000, B, UDP0}, 0, PASS},
        {"/8 before", SRC("10.0.0.0/8"), {0x09ffffff, B, UDP0}, 0, PASS},
        {"/31 even", SRC("10.1.2.2/31"), {0x0a010202, B, UDP0}, 1, PASS},
        {"/31 odd", SRC("10.1.2.2/31"), {0x0a010203, B, UDP0}, 1, PASS},
        {"/31 beyond", SRC("10.1.2.2/31"), {0x0a010204, B, UDP0}, 0, PASS},
        {"/31 before", SRC("10.1.2.2/31"), {0x0a010201, B, UDP0}, 0, PASS},
        {"/31 from odd", SRC("10.1.2.3/31"), {0x0a010202, B, UDP0}, 1, PASS},
        {"/32 itself", SRC("10.1.2.3/32"), {A, B, UDP0}, 1, PASS},
        {"/32 beside", SRC("10.1.2.3/32"), {A ^ 1, B, UDP0}, 0, PASS},
        {"/32 top bit", SRC("10.1.2.3/32"), {A ^ 0x80000000, B, UDP0}, 0, PASS},
        {"/32 target", DST("192.168.9.9/32"), {A, B, UDP0}, 1, PASS},
        {"/32 not target", DST("192.168.9.9/32"), {A, B ^ 1, UDP0}, 0, PASS},
        {"not its source", SRC("192.168.9.9/32"), {A, B, UDP0}, 0, PASS},
        {"more bits", DST("192.168.255.255/16"), {A, B, UDP0}, 1, PASS},
        {"/32 ones", DST("255.255.255.255/32"), {A, UINT32_MAX, UDP0}, 1, PASS},
    };
#undef SRC
#undef DST

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_takes_both_ends_of_a_port_range(void **state)
{
#define SPORT(range) ANY_ADDR range " 0 : 65535 " ANY_PROTO
#define DPORT(range) ANY_ADDR "0 : 65535 " range " " ANY_PROTO
    static const struct row rows[] = {
        {"below", SPORT("100 : 200"), {A, B, UDP(99, 150)}, 0, PASS},
        {"lowest", SPORT("100 : 200"), {A, B, UDP(100, 1)}, 1, PASS},
        {"highest", SPORT("100 : 200"), {A, B, UDP(200, 1)}, 1, PASS},
        {"above", SPORT("100 : 200"), {A, B, UDP(201, 150)}, 0, PASS},
        {"target below", DPORT("100 : 200"), {A, B, TCP(150, 99, 0)}, 0, PASS},
        {"target lowest", DPORT("100 : 200"), {A, B, TCP(1, 100, 0)}, 1, PASS},
        {"target highest", DPORT("100 : 200"), {A, B, TCP(1, 200, 0)}, 1, PASS},
        {"target above", DPORT("100 : 200"), {A, B, TCP(150, 201, 0)}, 0, PASS},
        {"one port", DPORT("443 : 443"), {A, B, TCP(1, 443, 0)}, 1, PASS},
        {"not one port", DPORT("443 : 443"), {A, B, TCP(1, 444, 0)}, 0, PASS},
        {"0 alone", SPORT("0 : 0"), {A, B, UDP(0, 9)}, 1, PASS},
        {"1 is not 0", SPORT("0 : 0"), {A, B, UDP(1, 9)}, 0, PASS},
        {"65535", DPORT("65535 : 65535"), {A, B, SCTP(9, 65535)}, 1, PASS},
        {"65534", DPORT("65535 : 65535"), {A, B, SCTP(9, 65534)}, 0, PASS},
        /* Compared whole, not byte by byte. */
        {"255 to 256", DPORT("255 : 256"), {A, B, UDP(9, 256)}, 1, PASS},
        {"257 is above 256", DPORT("255 : 256"), {A, B, UDP(9, 257)}, 0, PASS},
        {"no ports are 0", DPORT("0 : 0"), {A, B, OTHER(47, 80, 80)}, 1, PASS},
        {"nor 80", DPORT("80 : 80"), {A, B, OTHER(47, 80, 80)}, 0, PASS},
    };
#undef SPORT
#undef DPORT

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_compares_the_protocol_under_its_mask(void **state)
{
#define PROTO(masked) ANY_ADDR ANY_PORTS masked " 0x0000/0x0000"
    static const struct row rows[] = {
        {"TCP", PROTO("0x06/0xff"), {A, B, TCP(1, 2, 0)}, 1, PASS},
        {"UDP is not TCP", PROTO("0x06/0xff"), {A, B, UDP(1, 2)}, 0, PASS},
        {"any", PROTO("0x06/0x00"), {A, B, UDP(1, 2)}, 1, PASS},
        {"0, full mask", PROTO("0x00/0xff"), {A, B, OTHER(0, 1, 2)}, 1, PASS},
        {"TCP is not 0", PROTO("0x00/0xff"), {A, B, TCP(1, 2, 0)}, 0, PASS},
        {"255", PROTO("0xff/0xff"), {A, B, OTHER(255, 1, 2)}, 1, PASS},
        {"in decimal", PROTO("17/255"), {A, B, UDP(1, 2)}, 1, PASS},
        /* 6 is 00000110, 7 is 00000111, 4 is 00000100. */
        {"half a mask", PROTO("0x06/0xfe"), {A, B, OTHER(7, 1, 2)}, 1, PASS},
        {"not 4", PROTO("0x06/0xfe"), {A, B, OTHER(4, 1, 2)}, 0, PASS},
        {"over mask", PROTO("0x07/0xfe"), {A, B, OTHER(6, 1, 2)}, 1, PASS},
        {"top bit alone", PROTO("0x80/0x80"), {A, B, SCTP(1, 2)}, 1, PASS},
    };
#undef PROTO

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_compares_the_flags_column(void **state)
{
#define FLAGS(masked) ANY_ADDR ANY_PORTS "0x00/0x00 " masked
    static const struct row rows[] = {
        {"SYN", FLAGS("0x0200/0x0200"), {A, B, TCP(1, 2, 0x02)}, 1, PASS},
        {"SYN ACK", FLAGS("0x0200/0x0200"), {A, B, TCP(1, 2, 0x12)}, 1, PASS},
        {"no SYN", FLAGS("0x0200/0x0200"), {A, B, TCP(1, 2, 0x10)}, 0, PASS},
        {"SYN alone", FLAGS("0x0200/0x1200"), {A, B, TCP(1, 2, 0x02)}, 1, PASS},
        {"no ACK", FLAGS("0x0200/0x1200"), {A, B, TCP(1, 2, 0x12)}, 0, PASS},
        {"none set", FLAGS("0x0000/0xff00"), {A, B, TCP(1, 2, 0x00)}, 1, PASS},
        {"one set", FLAGS("0x0000/0xff00"), {A, B, TCP(1, 2, 0x80)}, 0, PASS},
        {"any", FLAGS("0x0200/0x0000"), {A, B, TCP(1, 2, 0x00)}, 1, PASS},
        {"ICMP echo", FLAGS("0x0800/0xff00"), {A, B, ICMP(8)}, 1, PASS},
        {"ICMP reply", FLAGS("0x0800/0xff00"), {A, B, ICMP(0)}, 0, PASS},
        {"ICMP type 0", FLAGS("0x0000/0xff00"), {A, B, ICMP(0)}, 1, PASS},
        {"UDP, mask", FLAGS("0x0000/0xff00"), {A, B, UDP(1, 2)}, 0, PASS},
        {"UDP, none", FLAGS("0x0000/0x0000"), {A, B, UDP(1, 2)}, 1, PASS},
        {"cut",
         FLAGS("0x0000/0x0100"),
         {A, B, TCP(1, 2, 0), .cut = 5},
         0,
         PASS},
        {"long enough",
         FLAGS("0x0000/0x0100"),
         {A, B, TCP(1, 2, 0), .cut = 4},
         1,
         PASS},
        {"fragment",
         FLAGS("0x0000/0x0100"),
         {A, B, TCP(1, 2, 0), .frag = 1},
         0,
         PASS},
        {"no SYN", FLAGS("0x0200/0x0200"), {A, B, TCP(1, 2, 0x10)}, 1, IGNORE},
        {"ignored: UDP", FLAGS("0x0200/0xff00"), {A, B, UDP(1, 2)}, 1, IGNORE},
        {"ignored, but UDP",
         ANY_ADDR ANY_PORTS "0x06/0xff 0x0200/0x0200",
         {A, B, UDP(1, 2)},
         0,
         IGNORE},
    };
#undef FLAGS

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

/* RFC 2474: the upper six bits of the second byte; the others are ECN. */
static void acl_compares_the_dscp_under_its_mask(void **state)
{
#define DSCP(text) ANY_ADDR ANY_PORTS ANY_PROTO "dscp " text
    static const struct row rows[] = {
        {"EF", DSCP("46"), {A, B, UDP0, .tos = 0xb8}, 1, PASS},
        {"EF by name", DSCP("ef drop"), {A, B, UDP0, .tos = 0xb8}, 1, DROP},
        {"ECN is not asked", DSCP("46"), {A, B, UDP0, .tos = 0xbb}, 1, PASS},
        {"45", DSCP("46"), {A, B, UDP0, .tos = 0xb4}, 0, PASS},
        {"47", DSCP("46"), {A, B, UDP0, .tos = 0xbc}, 0, PASS},
        {"top bit", DSCP("46"), {A, B, UDP0, .tos = 0x38}, 0, PASS},
        {"0", DSCP("0 drop"), {A, B, UDP0, .tos = 0x03}, 1, DROP},
        {"1 is not 0", DSCP("0"), {A, B, UDP0, .tos = 0x04}, 0, PASS},
        {"63", DSCP("63"), {A, B, UDP0, .tos = 0xfc}, 1, PASS},
        {"class 5", DSCP("0x28/0x38"), {A, B, UDP0, .tos = 0xb8}, 1, PASS},
        {"class 4", DSCP("0x28/0x38"), {A, B, UDP0, .tos = 0x98}, 0, PASS},
        {"one bit", DSCP("1/1"), {A, B, UDP0, .tos = 0x07}, 1, PASS},
        {"not that bit", DSCP("1/1"), {A, B, UDP0, .tos = 0xfb}, 0, PASS},
        {"any", DSCP("46/0"), {A, B, UDP0, .tos = 0x00}, 1, PASS},
        {"none asked",
         ANY_ADDR ANY_PORTS ANY_PROTO,
         {A, B, UDP0, .tos = 0xb8},
         1,
         PASS},
        {"the first with it",
         DSCP("af11 drop\n") DSCP("af12\n") DSCP("af12 drop"),
         {A, B, TCP(1, 2, 0), .tos = 12 << 2},
         2,
         PASS},
        {"in an ICMP packet",
         DSCP("cs6"),
         {A, B, ICMP(8), .tos = 0xc0},
         1,
         PASS},
    };
#undef DSCP

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_matches_no_rule_without_an_ipv4_header(void **state)
{
    static const char all[] = ANY_ADDR ANY_PORTS ANY_PROTO "drop";
    static const struct row rows[] = {
        {"IPv4", all, {A, B, UDP(1, 2)}, 1, DROP},
        {"ARP", all, {A, B, UDP(1, 2), .type = 0x0806}, 0, PASS},
        {"IPv6", all, {A, B, UDP(1, 2), .type = 0x86dd}, 0, PASS},
        {"ARP, drop", all, {A, B, UDP(1, 2), .type = 0x0806}, 0, NO_MATCH},
        {"whole header", all, {A, B, UDP(1, 2), .cut = 20}, 1, DROP},
        {"header cut", all, {A, B, UDP(1, 2), .cut = 21}, 0, PASS},
        {"Ethernet header", all, {A, B, UDP0, .cut = 40}, 0, PASS},
        {"nothing", all, {A, B, UDP0, .cut = FRAME_LEN}, 0, PASS},
        {"nothing, drop", all, {A, B, UDP0, .cut = FRAME_LEN}, 0, NO_MATCH},
        {"with error", all, {A, B, UDP(1, 2), .in = PKT_ERROR}, 0, PASS},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_sees_port_0_in_later_fragments(void **state)
{
    static const char port_0[] = ANY_ADDR "0 : 0 0 : 0 " ANY_PROTO;
    static const char port_80[] = ANY_ADDR "0 : 65535 80 : 80 " ANY_PROTO;
    static const struct row rows[] = {
        {"whole", port_80, {A, B, UDP(9, 80)}, 1, PASS},
        {"DF", port_80, {A, B, UDP(9, 80), .frag = 0x4000}, 1, PASS},
        {"first", port_80, {A, B, UDP(9, 80), .frag = 0x2000}, 1, PASS},
        {"not 0", port_0, {A, B, UDP(9, 80), .frag = 0x2000}, 0, PASS},
        {"second", port_80, {A, B, UDP(9, 80), .frag = 0x2001}, 0, PASS},
        {"is 0", port_0, {A, B, UDP(9, 80), .frag = 0x2001}, 1, PASS},
        {"last is 0", port_0, {A, B, UDP(9, 80), .frag = 0x1fff}, 1, PASS},
        {"before the ports", port_0, {A, B, UDP(9, 80), .cut = 17}, 1, PASS},
        {"behind the ports", port_80, {A, B, UDP(9, 80), .cut = 16}, 1, PASS},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void acl_passes_what_was_dropped_or_punted_before(void **state)
{
    static const char drop[] = ANY_ADDR ANY_PORTS ANY_PROTO "drop";
    static const char accept[] = ANY_ADDR ANY_PORTS ANY_PROTO "accept";
    static const struct row rows[] = {
        {"dropped here", drop, {A, B, UDP(1, 2)}, 1, DROP},
        {"dropped before", drop, {A, B, UDP(1, 2), .in = PKT_DROP}, 1, PASS},
        {"not back", accept, {A, B, UDP(1, 2), .in = PKT_DROP}, 1, PASS},
        {"punted", drop, {A, B, UDP(1, 2), .in = PKT_PUNT}, 1, PASS},
        {"both", drop, {A, B, UDP(1, 2), .in = PKT_PUNT | PKT_DROP}, 1, PASS},
        {"flags stay", drop, {A, B, UDP(1, 2), .in = PKT_MIRROR}, 1, DROP},
        {"upper flags", accept, {A, B, UDP(1, 2), .in = 0x7ff0}, 1, PASS},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

/* Sixteen rules, rule k for destination port k; even ones drop. */
static void set_sixteen(struct body *b)
{
    char rules[16 * 100] = "";
    size_t at = 0;

    for (int k = 1; k <= 16; k++) {
        int n = snprintf(rules + at, sizeof rules - at,
                         ANY_ADDR "0 : 65535 %d : %d " ANY_PROTO "%s\n", k, k,
                         k % 2 == 0 ? "drop" : "accept");
        assert_true(n > 0 && at + (size_t)n < sizeof rules);
        at += (size_t)n;
    }
    set_rules(b, rules);
}

static void acl_numbers_rules_from_1(void **state)
{
    struct body *b = bench_body(state);
    struct packet p[18];
    struct pkt out[BURST];

    set_sixteen(b);
    for (uint16_t k = 0; k < 18; k++) {
        p[k] = (struct packet){A, B, UDP(9, k)};
    }
    run_packets(b, p, 18, out);
    for (uint16_t k = 0; k < 18; k++) {
        bool hit = k >= 1 && k <= 16;
        bool drop = hit && k % 2 == 0;
        print_message("port %u\n", k);
        assert_int_equal(out[k].mark, hit ? k : 0);
        assert_int_equal(out[k].flags, drop ? PKT_DROP : 0);
        assert_string_equal(b->fn->verdict(&out[k]), !hit   ? "accept"
                                                     : drop ? "rule"
                                                            : "rule_accept");
    }
    assert_int_equal(read_reg(b, ACL_N_HITS), 16);
    assert_int_equal(read_reg(b, ACL_N_DROPS), 8);
    /* Now the two that none matched are dropped as well. */
    assert_int_equal(body_write(b, ACL_NO_MATCH, 1), 0);
    run_packets(b, p, 18, out);
    assert_string_equal(b->fn->verdict(&out[0]), "no_match");
    assert_int_equal(read_reg(b, ACL_N_HITS), 32);
    assert_int_equal(read_reg(b, ACL_N_DROPS), 18);
}

static void acl_uses_the_rules_that_n_rules_counts(void **state)
{
    static const struct {
        uint32_t n_rules;
        uint16_t last; /* rule that still matches */
    } row[] = {
        {0, 0},
        {1, 1},
        {15, 15},
        {16, 16},
        /* Beyond the table, which holds zeros there: only port 0 matches. */
        {17, 16},
        {256, 16},
        {65535, 16},
        /* The register has 16 bits. */
        {65536, 0},
        {0x80000001, 1},
        {UINT32_MAX, 16},
    };
    struct body *b = bench_body(state);

    set_sixteen(b);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("N_RULES 0x%x\n", row[k].n_rules);
        assert_int_equal(body_write(b, ACL_N_RULES, row[k].n_rules), 0);
        for (uint16_t port = 1; port <= 17; port++) {
            struct packet p = {A, B, UDP(9, port)};
            struct pkt out[BURST];
            run_packets(b, &p, 1, out);
            assert_int_equal(out[0].mark, port <= row[k].last ? port : 0);
        }
        assert_int_equal(read_reg(b, ACL_N_RULES), row[k].n_rules & 0xffff);
    }
}

/* As many as the RTL body holds, each of which matches one port. */
static void acl_tells_256_rules_apart(void **state)
{
    enum { N = ACL_RULE_DEPTH_RTL };
    static const uint32_t counts[] = {N, N - 1, N + 1, 65535, 9, 8, 7, 1};
    static char text[N * 80];
    struct body *b = bench_body(state);
    size_t len = 0;

    for (int k = 0; k < N; k++) {
        len += (size_t)snprintf(text + len, sizeof text - len,
                                ANY_ADDR "0 : 65535 %d : %d " ANY_PROTO "%s\n",
                                1000 + k, 1000 + k,
                                k % 3 == 0 ? "drop" : ""); /* fits */
    }
    set_rules(b, text);
    assert_int_equal(N, 256);
    for (size_t j = 0; j < CHECK_ROWS(counts); j++) {
        uint32_t last = counts[j] < N ? counts[j] : N;
        assert_int_equal(body_write(b, ACL_N_RULES, counts[j]), 0);
        for (uint32_t k = 0; k < N; k += 2) { /* together, in both orders */
            struct packet p[2] = {{A, B, UDP(9, (uint16_t)(1000 + k))},
                                  {A, B, UDP(9, (uint16_t)(1255 - k))}};
            struct pkt out[BURST];
            run_packets(b, p, 2, out);
            for (uint32_t i = 0; i < 2; i++) {
                uint32_t rule = p[i].dport - 1000u;
                bool hit = rule < last;
                assert_int_equal(out[i].mark, hit ? rule + 1 : 0);
                assert_int_equal(out[i].flags,
                                 hit && rule % 3 == 0 ? PKT_DROP : 0);
            }
        }
    }
}

static void acl_goes_on_counting_from_what_was_written(void **state)
{
    struct body *b = bench_body(state);
    struct packet p = {A, B, UDP(1, 2)};
    struct pkt out[BURST];

    set_rules(b, ANY_ADDR ANY_PORTS ANY_PROTO "drop");
    assert_int_equal(body_write(b, ACL_N_HITS, 1000), 0);
    assert_int_equal(body_write(b, ACL_N_DROPS, UINT32_MAX), 0);
    run_packets(b, &p, 1, out);
    assert_int_equal(read_reg(b, ACL_N_HITS), 1001);
    assert_int_equal(read_reg(b, ACL_N_DROPS), 0);
}

static void acl_reads_only_the_lowest_bit_of_its_choices(void **state)
{
    struct body *b = bench_body(state);
    struct packet p = {A, B, TCP(1, 2, 0)};
    struct pkt out[BURST];

    set_rules(b, ANY_ADDR ANY_PORTS "0x06/0xff 0x0200/0x0200 accept");
    assert_int_equal(body_write(b, ACL_NO_MATCH, 0xfffffffe), 0);
    assert_int_equal(body_write(b, ACL_NO_FLAGS, 0xfffffffe), 0);
    run_packets(b, &p, 1, out);
    assert_int_equal(out[0].mark, 0); /* flags are compared: no SYN */
    assert_int_equal(out[0].flags, 0);
    /* The action of rule 1, word 7, but for the mask of the DSCP. */
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, 7), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, 0xffc0fffe), 0);
    assert_int_equal(body_write(b, ACL_NO_FLAGS, 1), 0);
    run_packets(b, &p, 1, out);
    assert_int_equal(out[0].mark, 1);
    assert_int_equal(out[0].flags, 0);
}

int main(void)
{
    struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(acl_takes_the_first_rule_that_matches),
        ON_EACH(acl_compares_prefixes_to_the_bit),
        ON_EACH(acl_takes_both_ends_of_a_port_range),
        ON_EACH(acl_compares_the_protocol_under_its_mask),
        ON_EACH(acl_compares_the_flags_column),
        ON_EACH(acl_compares_the_dscp_under_its_mask),
        ON_EACH(acl_matches_no_rule_without_an_ipv4_header),
        ON_EACH(acl_sees_port_0_in_later_fragments),
        ON_EACH(acl_passes_what_was_dropped_or_punted_before),
        ON_EACH(acl_numbers_rules_from_1),
        ON_EACH(acl_uses_the_rules_that_n_rules_counts),
        ON_EACH(acl_tells_256_rules_apart),
        ON_EACH(acl_goes_on_counting_from_what_was_written),
        ON_EACH(acl_reads_only_the_lowest_bit_of_its_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
