/*
 * net_ip_test.c - length and DSCP of frames written out by hand, as RFC 791,
 * RFC 8200 and IEEE 802.1Q place them.
 */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/net_ip.h"

enum { FRAME_MAX = 14 + 12 + 40 };

/* A frame and what is read of it, when it holds 'held' bytes or more. */
struct row {
    const char *why;
    uint8_t head[18]; /* types and tags from byte 12 on, then the IP header */
    uint32_t held;    /* 0: never */
    uint32_t bytes;
    uint8_t dscp, tags;
};

static const struct row rows[] = {
    {"IPv4, 40 bytes, DSCP 46", {8, 0, 0x45, 0xb8, 0, 40}, 34, 40, 46, 0},
    {"the two bits of ECN are none", {8, 0, 0x45, 3, 0, 40}, 34, 40, 0, 0},
    {"longest", {8, 0, 0x45, 0, 0xff, 0xff}, 34, 65535, 0, 0},
    {"longest header, which need not be there",
     {8, 0, 0x4f, 0, 0, 60},
     34,
     60,
     0,
     0},
    {"shorter than its header", {8, 0, 0x46, 0, 0, 23}, 0, 0, 0, 0},
    {"as long as it", {8, 0, 0x46, 0, 0, 24}, 34, 24, 0, 0},
    {"header of four words", {8, 0, 0x44, 0, 0, 40}, 0, 0, 0, 0},
    {"version 6 behind type 0x0800", {8, 0, 0x65, 0, 0, 40}, 0, 0, 0, 0},
    {"one tag", {0x81, 0, 1, 2, 8, 0, 0x45, 4, 0, 21}, 38, 21, 1, 1},
    {"two tags",
     {0x88, 0xa8, 1, 2, 0x81, 0, 1, 2, 8, 0, 0x45, 4, 1, 0},
     42,
     256,
     1,
     2},
    {"three tags",
     {0x81, 0, 1, 2, 0x81, 0, 1, 2, 0x81, 0, 1, 2, 8, 0, 0x45, 4, 1, 0},
     0,
     0,
     0,
     0},
    {"IPv6, nothing behind", {0x86, 0xdd, 0x60}, 54, 40, 0, 0},
    {"IPv6, DSCP 63", {0x86, 0xdd, 0x6f, 0xc0, 0, 0, 0, 5}, 54, 45, 63, 0},
    {"IPv6, longest", {0x86, 0xdd, 0x60, 0, 0, 0, 0xff, 0xff}, 54, 65575, 0, 0},
    {"version 4 behind type 0x86dd", {0x86, 0xdd, 0x45, 0, 0, 40}, 0, 0, 0, 0},
    {"ARP", {8, 6, 0, 1, 8, 0, 6, 4}, 0, 0, 0, 0},
};

/* What is read of the first 'len' bytes, in storage that ends with them. */
static struct net_ip read_cut(const struct row *r, uint32_t len, uint16_t flags)
{
    uint8_t frame[FRAME_MAX] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    struct pkt p = {.data = malloc(len > 0 ? len : 1), .len_bytes = len};
    struct net_ip ip;

    assert_non_null(p.data);
    memcpy(frame + 12, r->head, sizeof r->head);
    memcpy(p.data, frame, len);
    p.flags = flags;
    ip = net_ip_read(&p);
    free(p.data);
    return ip;
}

static void length_is_what_the_header_says(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        const struct row *r = &rows[k];
        for (uint32_t len = 0; len <= FRAME_MAX; len++) {
            struct net_ip ip = read_cut(r, len, 0);
            bool there = r->held > 0 && len >= r->held;
            if (ip.has_ip != there) {
                print_error("%s, %u bytes\n", r->why, len);
            }
            assert_int_equal(ip.has_ip, there);
            assert_int_equal(ip.bytes, there ? r->bytes : 0);
            assert_int_equal(ip.dscp, there ? r->dscp : 0);
            assert_int_equal(ip.tags, there ? r->tags : 0);
        }
    }
}

static void length_is_not_read_from_what_is_no_frame(void **state)
{
    (void)state;
    assert_true(read_cut(&rows[0], FRAME_MAX, PKT_MIRROR).has_ip);
    assert_false(read_cut(&rows[0], FRAME_MAX, PKT_ERROR).has_ip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_is_what_the_header_says),
        cmocka_unit_test(length_is_not_read_from_what_is_no_frame),
    };

    return cmocka_run_group_tests_name("net_ip", tests, NULL, NULL);
}
