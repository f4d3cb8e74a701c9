/*
 * router6_test.c - what the router does with one packet: where it goes, what is
 * dropped, and ICMPv6 errors, made by hand.
 */
#include "net/fn/router6/router6_check.h"
#include "net/fn/router6/router6_icmp.h"

static void packets_go_where_the_longest_prefix_says(void **state)
{
    static const struct {
        const char *dst, *fate;
        uint8_t port;
    } row[] = {
        {"2001:db8:1::5", "forward", 2},
        {"2001:db8:1::7", "forward", 3},
        {"2001:db8:2::1", "forward", 5},
        {"2001:db9::", "no_route", 0},
        {"2001:db8:ffff::1", "punt", 0}, /* its own */
        {"fe80::1", "punt", 0},
        {"febf::1", "punt", 0},
        {"ff02::1:ff00:1", "punt", 0},
        {"ff12::5", "punt", 0},
        {"ff05::2", "martian", 0},
        {"ff0e::2", "martian", 0},
        {"::", "martian", 0},
        {"::1", "martian", 0},
        {"::ffff:10.0.0.1", "martian", 0},
    };
    struct body *b =
        open_with("# four\n2001:db8::/32 9\n2001:db8:1::/48 2\n"
                  "2001:db8:1::7/128 3\n\n fe80::/10\t4\r\nff00::/8 4\n",
                  "9 port 5\n", "1 2001:db8:ffff::1\n");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt y = run_one(b, (struct packet){A, row[k].dst, UDP40});
        print_message("%s\n", row[k].dst);
        assert_string_equal(router6_fn.verdict(&y), row[k].fate);
        assert_int_equal(y.out_port, row[k].port);
        if (strcmp(row[k].fate, "forward") == 0) {
            assert_int_equal(y.data[14 + 7], 63);
            assert_int_equal(y.mark, 7);
            y.data[14 + 7] = 64; /* and nothing else */
            assert_memory_equal(y.data, bytes[0][0], 54 + 40);
        }
    }
    assert_int_equal(reg(b, ROUTER6_N_FORWARDED), 3);
    assert_int_equal(reg(b, ROUTER6_N_NO_ROUTE), 1);
    assert_int_equal(reg(b, ROUTER6_N_PUNTED), 5);
    assert_int_equal(reg(b, ROUTER6_N_MARTIAN), 5);
    body_close(b);
}

/* RFC 4291, 2.5.2, 2.5.3, 2.5.6 and 2.7. */
static void sources_of_the_link_stay_on_it(void **state)
{
    static const struct {
        const char *src, *dst, *fate;
    } row[] = {
        {"fe80::1", "2001:db8::2", "link_local"},
        {"febf::1", "2001:db8::2", "link_local"},
        {"fec0::1", "2001:db8::2", "forward"},
        {"fe80::1", "2001:db8:ffff::1", "punt"},
        {"fe80::1", "ff02::1", "punt"},
        {"::", "ff02::1:ff00:1", "punt"}, /* is this address in use? */
        {"::", "2001:db8::2", "martian"},
        {"::1", "2001:db8::2", "martian"},
        {"::1", "ff02::1", "martian"},
        {"::2", "2001:db8::2", "forward"},
        {"ff02::1", "2001:db8::2", "martian"},
        {"::ffff:10.0.0.1", "2001:db8::2", "martian"},
    };
    struct body *b = open_with("::/0 2\n", "", "0 2001:db8:ffff::1\n");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s to %s\n", row[k].src, row[k].dst);
        struct pkt y =
            run_one(b, (struct packet){row[k].src, row[k].dst, UDP40});
        assert_string_equal(router6_fn.verdict(&y), row[k].fate);
    }
    assert_int_equal(reg(b, ROUTER6_N_LINK_LOCAL), 2);
    struct packet x = {A, "2001:db8::2", UDP40};
    struct pkt in = make(&x, bytes[0][0]);
    in.data[0] = 0x33; /* a group's Ethernet address */
    struct pkt y = run_pkt(b, in);
    assert_string_equal(router6_fn.verdict(&y), "martian");
    in = make(&x, bytes[0][0]);
    be16_store(in.data + 12, 0x0800);
    y = run_pkt(b, in);
    assert_string_equal(router6_fn.verdict(&y), "punt");
    assert_true((y.flags & PKT_PUNT) != 0);
    body_close(b);
}

/* Each way a header can be wrong, and that it is counted. */
static void wrong_headers_are_dropped_and_counted(void **state)
{
    static const struct {
        const char *why;
        uint32_t at, value, cut;
    } row[] = {
        {"version 4", 14, 0x45, 0},
        {"length beyond the frame", 14 + 5, 41, 0},
        {"much longer", 14 + 4, 1, 0},
        {"cut in the header", 14, 0x60, 41},
        {"cut behind it", 14, 0x60, 1},
        {"not a frame", 0, 2, 0},
    };
    struct body *b = open_with("::/0 1\n", "", "");
    const struct packet x = {A, "2001:db8::2", UDP40};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt in = make(&x, bytes[0][0]);
        print_message("%s\n", row[k].why);
        in.data[row[k].at] = (uint8_t)row[k].value;
        in.len_bytes -= row[k].cut;
        in.flags = k == 5 ? PKT_ERROR : 0;
        struct pkt y = run_pkt(b, in);
        assert_string_equal(router6_fn.verdict(&y), "bad_header");
        assert_true((y.flags & PKT_DROP) != 0);
        assert_int_equal(reg(b, ROUTER6_N_BAD), k + 1);
    }
    struct pkt y = run_one(b, (struct packet){A, A, .hops = 9, .next = 0});
    assert_string_equal(router6_fn.verdict(&y), "bad_header"); /* jumbogram */
    struct pkt in = make(&x, bytes[0][0]);
    in.len_bytes += 6; /* padding of the frame */
    y = run_pkt(b, in);
    assert_string_equal(router6_fn.verdict(&y), "forward");
    assert_int_equal(y.len_bytes, in.len_bytes);
    body_close(b);
}

/* Options are carried, whatever they are: RFC 8200, 4.3, leaves it open. */
static void extension_headers_are_carried_untouched(void **state)
{
    struct body *b = open_with("::/0 3\n", "", "");
    const struct packet x = {A,         "2001:db8::2",
                             .hops = 2, .next = 0,
                             .len = 48, .ext = {UDP, 0, 5, 2, 0, 0, 1, 0}};
    struct pkt y = run_one(b, x);

    (void)state;
    assert_string_equal(router6_fn.verdict(&y), "forward");
    assert_int_equal(y.data[14 + 7], 1);
    assert_memory_equal(y.data + 54, bytes[0][0] + 54, 48);
    body_close(b);
}

/* --- ICMPv6 ------------------------------------------------------------------
 */

/* Checks an ICMPv6 error to its last byte; 'quote' bytes of 'was' are in it. */
static void check_error(const struct pkt *y, const uint8_t *was, uint32_t quote,
                        uint8_t type, uint32_t more)
{
    static uint8_t want[ROOM], pseudo[40 + ROOM];
    uint8_t *ip = want + 14, *icmp = ip + 40;

    memset(want, 0, sizeof want);
    memcpy(want, was + 6, 6); /* back to who sent it */
    memcpy(want + 6, was, 6);
    memcpy(want + 12, "\x86\xdd\x60\0\0\0", 6);
    be16_store(ip + 4, (uint16_t)(8 + quote));
    ip[6] = ICMP6;
    ip[7] = 64;
    store_addr(ip + 8, "2001:db8:ffff::1");
    memcpy(ip + 24, was + 14 + 8, 16);
    icmp[0] = type;
    be32_store(icmp + 4, more);
    memcpy(icmp + 8, was + 14, quote);
    memset(pseudo, 0, sizeof pseudo);
    memcpy(pseudo, ip + 8, 32);
    be32_store(pseudo + 32, 8 + quote);
    pseudo[39] = ICMP6;
    memcpy(pseudo + 40, icmp, 8 + quote);
    be16_store(icmp + 2, slow_sum(pseudo, 48 + quote));

    assert_string_equal(router6_fn.verdict(y), "icmp");
    assert_int_equal(y->flags, 0);
    assert_int_equal(y->out_port, y->in_port);
    assert_int_equal(y->len_bytes, 14 + 48 + quote);
    assert_memory_equal(y->data, want, y->len_bytes);
}

static void icmp_errors_say_why(void **state)
{
    struct body *b = open_with("2001:db8::/32 1\n2001:db9::/32 2\n",
                               "2 port 3 mtu 1300\n", "5 2001:db8:ffff::1\n");
    const struct packet no_route = {A, "2001:dba::1", UDP40, .port = 5};
    const struct packet old = {A,           "2001:db8::9", .hops = 1,
                               .next = UDP, .len = 1191,   .port = 5};
    const struct packet big = {A,         "2001:db9::1", .hops = 9,
                               .next = 6, .len = 1261,   .port = 5};
    struct pkt y = run_one(b, no_route);

    (void)state;
    check_error(&y, bytes[0][0], 80, 1, 0);
    y = run_one(b, old);
    check_error(&y, bytes[0][0], 1231, 3, 0);
    y = run_one(b, big); /* no more than 1280 bytes */
    check_error(&y, bytes[0][0], 1232, 2, 1300);
    y = run_one(b, (struct packet){A, "2001:db9::1", .hops = 9, .len = 1260});
    assert_int_equal(y.out_port, 3);
    y = run_one(
        b, (struct packet){A, "2001:db8::9", .hops = 0, .next = 59, .port = 5});
    check_error(&y, bytes[0][0], 40, 3, 0);
    assert_int_equal(reg(b, ROUTER6_N_ICMP), 4);
    assert_int_equal(reg(b, ROUTER6_N_HOP_LIMIT), 2);
    assert_int_equal(reg(b, ROUTER6_N_TOO_BIG), 1);
    body_close(b);
}

/* Behind tags of VLANs, and with little room. */
static void icmp_errors_fit_where_the_packet_was(void **state)
{
    struct body *b = open_with("", "", "0 2001:db8:ffff::1\n");
    const struct packet x = {A, "2001:dba::1", UDP40};
    static const struct {
        uint32_t room, quote; /* 0: no answer */
    } row[] = {{14 + 48 + 80, 80},
               {14 + 48 + 79, 79},
               {14 + 48 + 48, 48},
               {14 + 48 + 47, 0}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        static uint8_t was[ROOM];
        struct pkt p = make(&x, bytes[0][0]);
        struct fn_span io = {FN_PKT, &p, 1, 1, 0};
        memcpy(was, p.data, sizeof was);
        p.room_bytes = row[k].room;
        assert_int_equal(body_run(b, &io, &io), 0);
        assert_memory_equal(bytes[0][0] + row[k].room, was + row[k].room, 100);
        if (row[k].quote > 0) {
            check_error(&p, was, row[k].quote, 1, 0);
        } else {
            assert_string_equal(router6_fn.verdict(&p), "no_route");
            assert_memory_equal(p.data, was, sizeof was);
        }
    }
    struct pkt in = make(&x, bytes[0][0]);
    memmove(in.data + 18, in.data + 14, 80);
    memcpy(in.data + 12, "\x81\0\0\x05\x86\xdd", 6);
    in.len_bytes += 4;
    struct pkt y = run_pkt(b, in);
    assert_string_equal(router6_fn.verdict(&y), "icmp");
    assert_int_equal(y.len_bytes, 18 + 48 + 80);
    assert_memory_equal(y.data + 12, in.data + 12, 6);
    assert_memory_equal(y.data + 18 + 48, in.data + 18, 80);
    body_close(b);
}

static void what_must_not_be_answered_is_not(void **state)
{
    static const struct {
        const char *why;
        struct packet x;
        bool answered;
    } row[] = {
        {"an ICMPv6 error", {A, A, 9, ICMP6, 40, .ext = {3}}, false},
        {"the last of them", {A, A, 9, ICMP6, 40, .ext = {127}}, false},
        {"an echo request", {A, A, 9, ICMP6, 40, .ext = {128}}, true},
        {"a redirect", {A, A, 9, ICMP6, 40, .ext = {137}}, false},
        {"ICMPv6 without a type", {A, A, 9, ICMP6, 0, .ext = {0}}, false},
        {"an error behind options", {A, A, 9, 0, 48, .ext = {ICMP6, 0}}, false},
        {"UDP behind options", {A, A, 9, 60, 48, .ext = {UDP, 0}}, true},
        {"options that do not end", {A, A, 9, 60, 48, .ext = {UDP, 6}}, false},
        {"options longer than they are",
         {A, A, 9, 60, 7, .ext = {UDP, 0}},
         false},
        {"a later part of UDP", {A, A, 9, 44, 48, .ext = {UDP, 0, 0, 8}}, true},
        {"a later part of ICMPv6",
         {A, A, 9, 44, 48, .ext = {ICMP6, 0, 0, 8}},
         false},
        {"a later part of options",
         {A, A, 9, 44, 48, .ext = {60, 0, 0, 8}},
         false},
        {"nothing behind it", {A, A, 9, 59, 0, .ext = {0}}, true},
        {"a port without address", {A, A, UDP40, .port = 1}, false},
        {"a port that is not there", {A, A, UDP40, .port = 3}, false},
    };
    struct body *b = open_with("", "", "0 2001:db8:ffff::1\n2 2001:db8::2\n");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        struct pkt y = run_one(b, row[k].x);
        if (row[k].answered) {
            check_error(&y, bytes[0][0], 40u + row[k].x.len, 1, 0);
        } else {
            assert_string_equal(router6_fn.verdict(&y), "no_route");
        }
    }
    body_close(b);
}

/* Of what comes from nobody or goes to many, whichever way it got there. */
static void errors_go_to_one_sender_only(void **state)
{
    static const struct {
        const char *src, *dst;
        uint8_t mac, type;
        bool may;
    } row[] = {
        {A, A, 2, ICMP6_UNREACHABLE, true},
        {A, A, 3, ICMP6_UNREACHABLE, false},
        {A, A, 3, ICMP6_TOO_BIG, true},
        {A, "ff0e::1", 2, ICMP6_TIME_EXCEEDED, false},
        {A, "ff0e::1", 2, ICMP6_TOO_BIG, true},
        {"::", A, 2, ICMP6_TOO_BIG, false},
        {"ff0e::1", A, 2, ICMP6_TOO_BIG, false},
        {"0:0:0:1::", A, 2, ICMP6_TOO_BIG, true},
        {"::1:0:0:0", A, 2, ICMP6_TOO_BIG, true},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct packet x = {row[k].src, row[k].dst, UDP40};
        struct pkt p = make(&x, bytes[0][0]);
        p.data[0] = row[k].mac;
        assert_int_equal(icmp6_may_answer(&p, 14, row[k].type), row[k].may);
    }
}

static void errors_are_limited_by_tick(void **state)
{
    struct body *b = open_with("", "", "0 2001:db8:ffff::1\n");
    const struct packet x = {A, A, UDP40};

    (void)state;
    assert_int_equal(body_write(b, ROUTER6_ICMP_MAX, 2), 0);
    for (uint32_t tick = 5; tick < 8; tick++) {
        assert_int_equal(body_write(b, ROUTER6_TICK, tick), 0);
        for (int k = 0; k < 4; k++) {
            struct pkt y = run_one(b, x);
            assert_string_equal(router6_fn.verdict(&y),
                                k < 2 ? "icmp" : "no_route");
        }
    }
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_where_the_longest_prefix_says),
        cmocka_unit_test(sources_of_the_link_stay_on_it),
        cmocka_unit_test(wrong_headers_are_dropped_and_counted),
        cmocka_unit_test(extension_headers_are_carried_untouched),
        cmocka_unit_test(icmp_errors_say_why),
        cmocka_unit_test(icmp_errors_fit_where_the_packet_was),
        cmocka_unit_test(what_must_not_be_answered_is_not),
        cmocka_unit_test(errors_go_to_one_sender_only),
        cmocka_unit_test(errors_are_limited_by_tick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
