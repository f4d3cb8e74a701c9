/* net_ip6_test.c - what is behind extension headers, and addresses in text. */
#include "core/net_ip6.h"

#include <stdio.h>
#include <string.h>

#include "core/net_text.h"
#include "tests/check.h"

enum { UDP = 17 };

/* Chains of headers, 4 bytes each and zeros up to what it says. */
static void upper_layer_is_behind_all_extension_headers(void **state)
{
    static const struct {
        const char *why;
        uint8_t next, h[3][4];
        uint16_t len;
        uint8_t proto;
        bool is_part;
        uint32_t at, n;
    } row[] = {
        {"none", UDP, {{0}}, 9, UDP, false, 40, 9},
        {"nothing at all", 59, {{0}}, 0, 59, false, 40, 0},
        {"hop by hop", 0, {{UDP, 0}}, 24, UDP, false, 48, 16},
        {"of 24 bytes", 0, {{UDP, 2}}, 24, UDP, false, 64, 0},
        {"longer than it is", 0, {{UDP, 3}}, 24, 0, false, 40, 0},
        {"less than one", 43, {{UDP, 0}}, 7, 43, false, 40, 0},
        {"three of them", 0, {{43, 0}, {60, 0}, {58, 0}}, 30, 58, false, 64, 6},
        {"authentication, 12 bytes", 51, {{6, 1}}, 20, 6, false, 52, 8},
        {"one that is cut", 51, {{6, 4}}, 20, 51, false, 40, 0},
        {"all in one fragment", 44, {{UDP, 9}}, 20, UDP, false, 48, 12},
        {"first of more", 44, {{UDP, 0, 0, 1}}, 20, UDP, true, 48, 12},
        {"last", 44, {{UDP, 0, 0, 8}}, 20, UDP, true, 48, 0},
        {"one far on", 44, {{0, 0, 0x80, 0}}, 20, 0, true, 48, 0},
        {"first, and options",
         44,
         {{60, 0, 0, 1}, {UDP, 0}},
         20,
         UDP,
         true,
         56,
         4},
        {"bits that are reserved",
         44,
         {{UDP, 0, 0, 6}},
         20,
         UDP,
         false,
         48,
         12},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t ip[256] = {0x60};
        print_message("%s\n", row[k].why);
        ip[6] = row[k].next;
        be16_store(ip + 4, row[k].len);
        for (size_t i = 0; i < 3; i++) {
            memcpy(ip + 40 + 8 * i, row[k].h[i], 4);
        }
        struct ip6_upper u = ip6_upper(ip);
        assert_int_equal(u.proto, row[k].proto);
        assert_int_equal(u.is_part, row[k].is_part);
        assert_int_equal(u.at, row[k].at);
        assert_int_equal(u.n, row[k].n);
    }
}

/* It looks behind eight headers and no more. */
static void chains_end(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 12; n++) {
        uint8_t ip[256] = {0x60};
        ip[6] = 60;
        be16_store(ip + 4, 200);
        for (uint32_t k = 0; k < n; k++) {
            ip[40 + 8 * k] = k + 1 == n ? UDP : 60;
        }
        struct ip6_upper u = ip6_upper(ip);
        assert_int_equal(u.proto, n <= 8 ? UDP : 60);
        assert_int_equal(u.n, n <= 8 ? 200 - 8 * n : 0);
    }
}

static void addresses_are_those_of_their_text(void **state)
{
    static const struct {
        const char *text;
        uint32_t a[4], len;
    } row[] = {
        {"::/0", {0, 0, 0, 0}, 0},
        {"::1/128", {0, 0, 0, 1}, 128},
        {"2001:DB8:a:b:c:d:e:f/128",
         {0x20010db8, 0x000a000b, 0x000c000d, 0x000e000f},
         128},
        {"2001:db8::f/127", {0x20010db8, 0, 0, 0xe}, 127},
        {"ffff:ffff:ffff:ffff::/31", {0xfffffffe, 0, 0, 0}, 31},
        {"ffff:ffff:ffff:ffff::/32", {0xffffffff, 0, 0, 0}, 32},
        {"ffff:ffff:ffff:ffff::/33", {0xffffffff, 0x80000000, 0, 0}, 33},
        {"ffff:ffff:ffff:ffff::/64", {0xffffffff, 0xffffffff, 0, 0}, 64},
        {"::ffff:192.0.2.1/96", {0, 0, 0xffff, 0}, 96},
        {"::ffff:192.0.2.1/128", {0, 0, 0xffff, 0xc0000201}, 128},
    };
    static const char *const bad[] = {
        "",         "::",       "::/",        "::/129",
        "::/-1",    "1:2:3/64", "1::2::3/8",  "12345::/16",
        "::/1x",    "g::/16",   "::1%eth0/8", "1.2.3.4/8",
        ":1:2::/8", " ::/8",    "::/8 ",      "1:2:3:4:5:6:7:8:9/8"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[64];
        uint32_t a[4], len;
        (void)snprintf(text, sizeof text, "%s", row[k].text);
        print_message("%s\n", text);
        assert_true(net_parse_prefix6(text, a, &len));
        assert_int_equal(len, row[k].len);
        assert_memory_equal(a, row[k].a, sizeof a);
    }
    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        char text[64];
        uint32_t a[4], len;
        (void)snprintf(text, sizeof text, "%s", bad[k]);
        print_message("%s\n", text);
        assert_false(net_parse_prefix6(text, a, &len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_layer_is_behind_all_extension_headers),
        cmocka_unit_test(chains_end),
        cmocka_unit_test(addresses_are_those_of_their_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
