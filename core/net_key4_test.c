/*
 * net_key4_test.c - the IPv4 5-tuple of frames written out by hand.
 *
 * Fields lie where RFC 791 (IPv4), 9293 (TCP), 792 (ICMP) and IEEE 802.1Q put
 * them.
 */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/net_key4.h"

enum {
    SRC = 0xc0000201, /* 192.0.2.1 */
    DST = 0xc6336407, /* 198.51.100.7 */
    SPORT = 0x1234,
    DPORT = 0x0050,
    TCP_FLAGS = 0x12, /* SYN and ACK */
    FRAME_MAX = 14 + 12 + 60 + 20,
    /* Of the untagged frame without options. */
    IP_AT = 14,
    L4_AT = IP_AT + 20,
    FRAME_LEN = L4_AT + 20,
};

/* Ethernet, IPv4 without options, TCP without options: 14 + 20 + 20 bytes. */
static const uint8_t plain[FRAME_LEN] = {
    0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
    /* version 4, IHL 5; total length 40; DF; TTL 64; TCP */
    0x45, 0x00, 0x00, 0x28, 0x00, 0x01, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00,
    /* 192.0.2.1 to 198.51.100.7 */
    192, 0, 2, 1, 198, 51, 100, 7,
    /* 0x1234 to 80; sequence, acknowledgement; offset 5, SYN and ACK */
    0x12, 0x34, 0x00, 0x50, 0xa1, 0xa2, 0xa3, 0xa4, 0xb1, 0xb2, 0xb3, 0xb4,
    0x50, 0x12, 0xff, 0xff, 0xc1, 0xc2, 0x00, 0x00};

/* Key of 'len' bytes of 'frame', in storage that ends with them. */
static struct net_key4 key_of(const uint8_t *frame, uint32_t len,
                              uint16_t flags)
{
    struct pkt p = {.data = malloc(len > 0 ? len : 1), .len_bytes = len};
    struct net_key4 key;

    assert_non_null(p.data);
    memcpy(p.data, frame, len);
    p.flags = flags;
    key = net_key4_read(&p);
    free(p.data);
    return key;
}

/* Key of 'plain' with 'n' bytes from 'at' on replaced by 'bytes'. */
static struct net_key4 key_with(uint32_t at, const uint8_t *bytes, size_t n)
{
    uint8_t frame[FRAME_LEN];

    memcpy(frame, plain, sizeof frame);
    assert_true(at + n <= sizeof frame);
    memcpy(frame + at, bytes, n);
    return key_of(frame, sizeof frame, 0);
}

static void assert_plain_key(const struct net_key4 *key)
{
    assert_true(key->has_ip);
    assert_int_equal(key->src, SRC);
    assert_int_equal(key->dst, DST);
    assert_int_equal(key->proto, NET_TCP);
    assert_int_equal(key->sport, SPORT);
    assert_int_equal(key->dport, DPORT);
    assert_true(key->has_flags);
    assert_int_equal(key->flags, TCP_FLAGS);
}

static void key_reads_a_whole_tcp_packet(void **state)
{
    struct net_key4 key = key_of(plain, sizeof plain, 0);

    (void)state;
    assert_plain_key(&key);
}

/* Puts 'n' words of 'word' into 'plain' at 'at'; returns the new length. */
static uint32_t insert(uint8_t *frame, uint32_t at, const uint8_t *words,
                       size_t n)
{
    memcpy(frame, plain, at);
    memcpy(frame + at, words, 4 * n);
    memcpy(frame + at + 4 * n, plain + at, sizeof plain - at);
    return (uint32_t)(sizeof plain + 4 * n);
}

static void key_looks_behind_at_most_two_tags(void **state)
{
    /* Type and TCI; they stand before the ethertype at byte 12. */
    static const struct {
        uint8_t tags[12];
        size_t n;
        bool has_ip;
    } row[] = {
        {{0}, 0, true},
        {{0x81, 0x00, 0x00, 0x64}, 1, true},
        {{0x88, 0xa8, 0x00, 0x64}, 1, true},
        {{0x81, 0x00, 0x08, 0x00}, 1, true}, /* a TCI like an ethertype */
        {{0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0x01}, 2, true},
        {{0x81, 0x00, 0x00, 0x64, 0x81, 0x00, 0x00, 0x01}, 2, true},
        {{0x81, 0x00, 0x00, 0x64, 0x88, 0xa8, 0x00, 0x01}, 2, true},
        {{0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3}, 3, false},
        {{0x88, 0xa8, 0, 1, 0x88, 0xa8, 0, 2, 0x88, 0xa8, 0, 3}, 3, false},
        {{0x91, 0x00, 0x00, 0x64}, 1, false}, /* a tag of another standard */
        {{0x81, 0x00, 0x00, 0x64, 0x91, 0x00, 0x00, 0x01}, 2, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t frame[FRAME_MAX];
        uint32_t len = insert(frame, 12, row[k].tags, row[k].n);
        struct net_key4 key = key_of(frame, len, 0);
        print_message("row %zu\n", k);
        assert_int_equal(key.has_ip, row[k].has_ip);
        if (key.has_ip) {
            assert_plain_key(&key);
        }
    }
}

static void key_needs_every_tag_whole(void **state)
{
    static const uint8_t tags[] = {0x88, 0xa8, 0, 1, 0x81, 0, 0, 2};
    uint8_t frame[FRAME_MAX];
    uint32_t whole = insert(frame, 12, tags, 2);

    (void)state;
    for (uint32_t len = 0; len <= whole; len++) {
        struct net_key4 key = key_of(frame, len, 0);
        print_message("%u bytes\n", len);
        /* 14 of Ethernet, 8 of tags and 20 of IPv4. */
        assert_int_equal(key.has_ip, len >= 42);
        assert_int_equal(key.sport, len >= 46 ? SPORT : 0);
        assert_int_equal(key.has_flags, len >= 58);
    }
}

static void key_refuses_other_ethertypes(void **state)
{
    static const uint8_t types[][2] = {
        {0x86, 0xdd}, /* IPv6 */
        {0x08, 0x06}, /* ARP */
        {0x88, 0x47}, /* MPLS */
        {0x00, 0x28}, /* a length: IEEE 802.3 */
        {0x00, 0x08}, /* IPv4 the wrong way round */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(types); k++) {
        assert_false(key_with(12, types[k], 2).has_ip);
    }
}

static void key_of_a_cut_packet_is_what_is_there(void **state)
{
    (void)state;
    for (uint32_t len = 0; len <= FRAME_LEN; len++) {
        struct net_key4 key = key_of(plain, len, 0);
        print_message("%u bytes\n", len);
        assert_int_equal(key.has_ip, len >= L4_AT);
        if (key.has_ip) {
            assert_int_equal(key.src, SRC);
            assert_int_equal(key.dst, DST);
            assert_int_equal(key.proto, NET_TCP);
        }
        /* Both ports or none: they are one word. */
        assert_int_equal(key.sport, len >= L4_AT + 4 ? SPORT : 0);
        assert_int_equal(key.dport, len >= L4_AT + 4 ? DPORT : 0);
        /* Flags are byte 13 of the word from 12 to 15. */
        assert_int_equal(key.has_flags, len >= L4_AT + 16);
        assert_int_equal(key.flags, len >= L4_AT + 16 ? TCP_FLAGS : 0);
    }
}

static void key_reads_no_further_than_the_total_length(void **state)
{
    static const struct {
        uint16_t total;
        bool has_ip, has_ports, has_flags;
    } row[] = {
        {0, false, false, false},  /* shorter than any header */
        {19, false, false, false}, /* shorter than this header */
        {20, true, false, false},  /* the header alone */
        {23, true, false, false},  /* half a word of ports */
        {24, true, true, false},   /* the ports */
        {35, true, true, false},   /* a byte short of the word of flags */
        {36, true, true, true},    {40, true, true, true},
        {41, true, true, true}, /* longer than the frame */
        {65535, true, true, true},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t total[2] = {(uint8_t)(row[k].total >> 8),
                            (uint8_t)row[k].total};
        struct net_key4 key = key_with(IP_AT + 2, total, 2);
        print_message("total length %u\n", row[k].total);
        assert_int_equal(key.has_ip, row[k].has_ip);
        assert_int_equal(key.sport, row[k].has_ports ? SPORT : 0);
        assert_int_equal(key.dport, row[k].has_ports ? DPORT : 0);
        assert_int_equal(key.has_flags, row[k].has_flags);
    }
}

static void key_refuses_what_is_no_ipv4_header(void **state)
{
    static const uint8_t first[] = {
        0x65,                         /* version 6 */
        0x55, 0x05, 0xf5,             /* versions 5, 0 and 15 */
        0x44, 0x43, 0x42, 0x41, 0x40, /* IHL below 5 */
        0x4b, /* 44 bytes of header in a total length of 40 */
        0x4f,
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(first); k++) {
        print_message("0x%02x\n", first[k]);
        assert_false(key_with(IP_AT, &first[k], 1).has_ip);
    }
}

static void key_looks_behind_options(void **state)
{
    uint8_t words[40];

    (void)state;
    memset(words, 0x01, sizeof words); /* NOP, RFC 791 3.1 */
    for (uint32_t n = 0; n <= 10; n++) {
        uint8_t frame[FRAME_MAX];
        uint32_t len = insert(frame, L4_AT, words, n);
        print_message("%u words of options\n", n);
        frame[IP_AT] = (uint8_t)(0x45 + n);
        frame[IP_AT + 3] = (uint8_t)(40 + 4 * n);
        struct net_key4 key = key_of(frame, len, 0);
        assert_plain_key(&key);
        /* Without the last byte of the options there is no whole header. */
        assert_false(key_of(frame, L4_AT + 4 * n - 1, 0).has_ip);
        key = key_of(frame, L4_AT + 4 * n, 0);
        assert_true(key.has_ip);
        assert_int_equal(key.src, SRC);
        assert_int_equal(key.sport, 0);
    }
}

static void key_of_a_later_fragment_has_no_ports(void **state)
{
    /* RFC 791 3.1: reserved, DF, MF, 13 bits of offset. */
    static const struct {
        uint8_t bytes[2];
        bool first;
    } row[] = {
        {{0x00, 0x00}, true},  {{0x40, 0x00}, true},
        {{0x20, 0x00}, true}, /* first of several */
        {{0x80, 0x00}, true},  {{0x00, 0x01}, false},
        {{0x20, 0x01}, false}, {{0x10, 0x00}, false},
        {{0x1f, 0xff}, false}, {{0x01, 0x00}, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct net_key4 key = key_with(IP_AT + 6, row[k].bytes, 2);
        print_message("row %zu\n", k);
        assert_true(key.has_ip);
        assert_int_equal(key.src, SRC);
        assert_int_equal(key.dst, DST);
        assert_int_equal(key.proto, NET_TCP);
        assert_int_equal(key.sport, row[k].first ? SPORT : 0);
        assert_int_equal(key.dport, row[k].first ? DPORT : 0);
        assert_int_equal(key.has_flags, row[k].first);
    }
}

static void key_has_what_the_protocol_has(void **state)
{
    /*
     * Numbers as IANA assigns them, not as the code under test names them.
     * The first byte behind the header of 'plain' is 0x12, byte 13 too.
     */
    static const struct {
        uint8_t proto;
        bool has_ports, has_flags;
    } row[] = {
        {6, true, true},                        /* TCP, RFC 9293 */
        {17, true, false},                      /* UDP, RFC 768 */
        {132, true, false},                     /* SCTP, RFC 9260 */
        {1, false, true},                       /* ICMP, RFC 792 */
        {0, false, false},   {2, false, false}, /* IGMP */
        {47, false, false},                     /* GRE */
        {58, false, false},                     /* ICMPv6 */
        {133, false, false},                    /* beside SCTP */
        {136, false, false},                    /* UDP-Lite */
        {255, false, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct net_key4 key = key_with(IP_AT + 9, &row[k].proto, 1);
        print_message("protocol %u\n", row[k].proto);
        assert_true(key.has_ip);
        assert_int_equal(key.proto, row[k].proto);
        assert_int_equal(key.sport, row[k].has_ports ? SPORT : 0);
        assert_int_equal(key.dport, row[k].has_ports ? DPORT : 0);
        assert_int_equal(key.has_flags, row[k].has_flags);
        assert_int_equal(key.flags, row[k].has_flags ? 0x12 : 0);
    }
}

static void key_of_icmp_has_the_type_for_flags(void **state)
{
    static const uint8_t types[] = {0, 3, 8, 11, 255};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(types); k++) {
        uint8_t frame[FRAME_LEN];
        struct net_key4 key;
        memcpy(frame, plain, sizeof frame);
        frame[IP_AT + 9] = NET_ICMP;
        frame[L4_AT] = types[k];
        key = key_of(frame, L4_AT + 4, 0);
        assert_true(key.has_flags);
        assert_int_equal(key.flags, types[k]);
        /* Only of a whole word. */
        assert_false(key_of(frame, L4_AT + 3, 0).has_flags);
    }
}

static void key_of_tcp_has_all_eight_flags(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 8; k++) {
        uint8_t flags = (uint8_t)(1u << k);
        assert_int_equal(key_with(L4_AT + 13, &flags, 1).flags, flags);
    }
}

/* The upper six bits of the second byte, RFC 2474; the lower two are ECN. */
static void key_has_the_dscp(void **state)
{
    (void)state;
    assert_int_equal(key_of(plain, sizeof plain, 0).dscp,
                     plain[IP_AT + 1] >> 2);
    for (uint32_t k = 0; k < 8; k++) {
        uint8_t tos = (uint8_t)(1u << k);
        struct net_key4 key = key_with(IP_AT + 1, &tos, 1);
        assert_int_equal(key.dscp, k < 2 ? 0 : 1 << (k - 2));
        /* What the digest takes has each bit: apart from ECN it differs. */
        struct net_key4 none = key;
        none.dscp = 0;
        assert_int_equal(net_key4_tap(&key) ^ net_key4_tap(&none),
                         (uint32_t)key.dscp << 25);
    }
}

static void key_ignores_a_packet_marked_as_error(void **state)
{
    (void)state;
    assert_false(key_of(plain, sizeof plain, PKT_ERROR).has_ip);
    assert_false(key_of(plain, sizeof plain, PKT_ERROR | PKT_DROP).has_ip);
    assert_true(
        key_of(plain, sizeof plain, PKT_DROP | PKT_PUNT | PKT_MIRROR).has_ip);
}

static void offset_is_that_of_the_ip_header(void **state)
{
    static const uint8_t tags[] = {0x88, 0xa8, 0, 1, 0x81, 0, 0, 2};

    (void)state;
    for (uint32_t n = 0; n <= 2; n++) {
        uint8_t frame[FRAME_MAX];
        struct pkt p = {.data = frame};
        p.len_bytes = insert(frame, 12, tags, n);
        assert_int_equal(net_key4_offset(&p), 14 + 4 * n);
        /* The ethertype is enough: it says nothing about the header. */
        p.len_bytes = 14 + 4 * n;
        assert_int_equal(net_key4_offset(&p), 14 + 4 * n);
        p.len_bytes--;
        assert_int_equal(net_key4_offset(&p), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_reads_a_whole_tcp_packet),
        cmocka_unit_test(key_looks_behind_at_most_two_tags),
        cmocka_unit_test(key_needs_every_tag_whole),
        cmocka_unit_test(key_refuses_other_ethertypes),
        cmocka_unit_test(key_of_a_cut_packet_is_what_is_there),
        cmocka_unit_test(key_reads_no_further_than_the_total_length),
        cmocka_unit_test(key_refuses_what_is_no_ipv4_header),
        cmocka_unit_test(key_looks_behind_options),
        cmocka_unit_test(key_of_a_later_fragment_has_no_ports),
        cmocka_unit_test(key_has_what_the_protocol_has),
        cmocka_unit_test(key_of_icmp_has_the_type_for_flags),
        cmocka_unit_test(key_of_tcp_has_all_eight_flags),
        cmocka_unit_test(key_has_the_dscp),
        cmocka_unit_test(key_ignores_a_packet_marked_as_error),
        cmocka_unit_test(offset_is_that_of_the_ip_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
