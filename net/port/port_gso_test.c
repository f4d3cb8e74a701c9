/*
 * port_gso_test.c - segments and checksums that hardware was to make.  What a
 * segment must be is known from the stream that was put in; checksums are right
 * when all words with the pseudo header add up to 0xffff (RFC 1071).
 */
#include "net/port/port_gso.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum {
    TCPV4 = VIRTIO_NET_HDR_GSO_TCPV4,
    TCPV6 = VIRTIO_NET_HDR_GSO_TCPV6,
    UDP_L4 = 5,
    ECN = VIRTIO_NET_HDR_GSO_ECN,
    MOST = 70000,
    SEQ = 0xfffffc00, /* wraps in the stream */
    ID = 0xfffe,      /* so does this */
};

struct frame {
    uint8_t bytes[MOST];
    size_t n, l3, l4, headers;
    struct virtio_net_hdr h;
};

/* A frame with 'payload' bytes, 'options' in IPv4 and TCP, and 'tags'. */
static void build(struct frame *f, int type, size_t tags, size_t options,
                  size_t payload, uint16_t size)
{
    bool is_tcp = (type & ~ECN) != UDP_L4;
    bool is_6 = (type & ~ECN) == TCPV6;
    struct rng r = {payload};
    uint8_t *d = f->bytes;

    memset(f, 0, sizeof *f);
    f->l3 = 14 + 4 * tags;
    f->l4 = f->l3 + (is_6 ? 40 : 20 + options);
    f->headers = f->l4 + (is_tcp ? 20 + options : 8);
    f->n = f->headers + payload;
    for (size_t k = 0; k < f->n; k++) {
        d[k] = (uint8_t)rng_next(&r);
    }
    for (size_t k = 0; k < tags; k++) {
        be16_store(d + 12 + 4 * k, k + 1 < tags ? 0x88a8 : 0x8100);
    }
    be16_store(d + f->l3 - 2, is_6 ? 0x86dd : 0x0800);
    d[f->l3] = is_6 ? 0x60 : (uint8_t)(0x45 + options / 4);
    if (!is_6) {
        be16_store(d + f->l3 + 4, ID);
    }
    if (is_tcp) {
        be32_store(d + f->l4 + 4, SEQ);
        d[f->l4 + 12] = (uint8_t)((20 + options) / 4 << 4);
        d[f->l4 + 13] = 0x99; /* CWR ACK PSH FIN */
    }
    f->h = (struct virtio_net_hdr){.gso_type = (uint8_t)type,
                                   .gso_size = size,
                                   .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                   .csum_start = (uint16_t)f->l4,
                                   .csum_offset = is_tcp ? 16 : 6};
}

static uint16_t sum16(uint64_t sum, const uint8_t *d, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        sum += (uint64_t)d[k] << (k % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    return (uint16_t)sum;
}

/* Segment 'k' at d[n] is right, with payload bytes 'at' and on of 'f'. */
static void check_segment(const struct frame *f, const uint8_t *d, size_t n,
                          size_t k, size_t at, bool last)
{
    bool is_tcp = f->h.csum_offset == 16;
    const uint8_t *ip = d + f->l3, *l4 = d + f->l4;
    size_t l4_bytes = n - f->l4;
    uint64_t pseudo = l4_bytes + (is_tcp ? IPPROTO_TCP : IPPROTO_UDP);

    assert_memory_equal(d, f->bytes, f->l3);
    assert_memory_equal(d + f->headers, f->bytes + f->headers + at,
                        n - f->headers);
    if (ip[0] >> 4 == 4) {
        assert_int_equal(be16_load(ip + 2), n - f->l3);
        assert_int_equal(be16_load(ip + 4), (ID + k) & 0xffff);
        assert_int_equal(sum16(0, ip, f->l4 - f->l3), 0xffff);
        pseudo += sum16(0, ip + 12, 8);
    } else {
        assert_int_equal(be16_load(ip + 4), l4_bytes);
        pseudo += sum16(0, ip + 8, 32);
    }
    assert_int_equal(sum16(pseudo, l4, l4_bytes), 0xffff);
    if (is_tcp) {
        assert_int_equal(be32_load(l4 + 4), (uint32_t)(SEQ + at));
        assert_int_equal(l4[13], 0x10 | (k == 0 ? 0x80 : 0) | (last ? 9 : 0));
    } else {
        assert_int_equal(be16_load(l4 + 4), l4_bytes);
    }
}

static void stream_is_cut_into_right_segments(void **state)
{
    static const struct {
        int type;
        size_t tags, options, payload;
        uint16_t size;
        size_t segments;
    } row[] = {
        {TCPV4, 0, 0, 3 * 1448, 1448, 3},   {TCPV4, 0, 12, 65000, 1448, 45},
        {TCPV4 | ECN, 1, 0, 2897, 1448, 3}, {TCPV4, 2, 40, 1, 1448, 1},
        {TCPV6, 0, 0, 64000, 1428, 45},     {TCPV6 | ECN, 2, 12, 999, 7, 143},
        {UDP_L4, 0, 0, 5000, 1200, 5},      {UDP_L4, 1, 0, 1200, 1200, 1},
        {UDP_L4, 0, 8, 2401, 1200, 3},
    };
    struct frame *f = malloc(sizeof *f);
    uint8_t to[2048];

    (void)state;
    assert_non_null(f);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        size_t n_segments = 0;
        build(f, row[k].type, row[k].tags, row[k].options, row[k].payload,
              row[k].size);
        size_t headers = gso_headers(&f->h, f->bytes, f->n);
        assert_int_equal(headers, f->headers);
        for (size_t at = 0; at < row[k].payload; at += row[k].size) {
            size_t left = row[k].payload - at;
            size_t n = gso_segment(&f->h, f->bytes, f->n, headers, at, to);
            assert_int_equal(n, headers +
                                    (left < row[k].size ? left : row[k].size));
            check_segment(f, to, n, n_segments++, at, left <= row[k].size);
        }
        assert_int_equal(n_segments, row[k].segments);
    }
    free(f);
}

/* RFC 1071, 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2. */
static void open_checksum_is_filled_in(void **state)
{
    uint8_t d[12] = {9, 9, 0, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0, 0};
    struct virtio_net_hdr h = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                               .csum_start = 2,
                               .csum_offset = 8};

    (void)state;
    gso_checksum(&h, d, 12);
    assert_int_equal(be16_load(d + 10), 0xffff - 0xddf2);
    assert_int_equal(sum16(0, d + 2, 10), 0xffff);
    /* None to fill in, or beyond the packet. */
    uint8_t same[12];
    memcpy(same, d, 12);
    h.flags = 0;
    gso_checksum(&h, d, 12);
    h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    gso_checksum(&h, d, 11);
    h.csum_start = 0xffff;
    gso_checksum(&h, d, 12);
    assert_memory_equal(d, same, 12);
    /* A sum of zero stands as ffff. */
    uint8_t ones[4] = {0xff, 0xff, 0, 0};
    h.csum_start = 0;
    h.csum_offset = 2;
    gso_checksum(&h, ones, 4);
    assert_int_equal(be16_load(ones + 2), 0xffff);
}

static void frames_that_do_not_fit_their_headers_go_whole(void **state)
{
    struct frame *f = malloc(sizeof *f);

    (void)state;
    assert_non_null(f);
    build(f, TCPV4, 0, 0, 3000, 1448);
    assert_int_equal(gso_headers(&f->h, f->bytes, f->n), f->headers);
    assert_int_equal(gso_headers(&f->h, f->bytes, f->headers), 0);
    struct virtio_net_hdr h = f->h;
    h.gso_type = VIRTIO_NET_HDR_GSO_NONE;
    assert_int_equal(gso_headers(&h, f->bytes, f->n), 0);
    h = f->h;
    h.gso_size = 0;
    assert_int_equal(gso_headers(&h, f->bytes, f->n), 0);
    h = f->h;
    h.csum_start++;
    assert_int_equal(gso_headers(&h, f->bytes, f->n), 0);
    f->bytes[f->l4 + 12] = 0x40; /* 16 bytes of TCP header */
    assert_int_equal(gso_headers(&f->h, f->bytes, f->n), 0);
    f->bytes[f->l4 + 12] = 0x50;
    f->bytes[f->l3] = 0x55; /* no IP */
    assert_int_equal(gso_headers(&f->h, f->bytes, f->n), 0);
    free(f);
}

/* Whatever stands in frame and header, nothing is read or written beyond. */
static void noise_stays_within_its_bytes(void **state)
{
    struct frame *f = malloc(sizeof *f);
    struct rng r = {1};
    uint32_t n_cut = 0;

    (void)state;
    assert_non_null(f);
    for (size_t k = 0; k < 200000; k++) {
        build(f, (int[]){TCPV4, TCPV6, UDP_L4}[k % 3], k % 4 % 3,
              4 * rng_below(&r, 4), rng_below(&r, 300),
              (uint16_t)rng_below(&r, 100));
        for (uint32_t j = rng_below(&r, 5); j > 0; j--) {
            f->bytes[rng_below(&r, (uint32_t)f->headers)] =
                (uint8_t)rng_next(&r);
        }
        f->h.csum_start =
            (uint16_t)(f->h.csum_start +
                       (rng_below(&r, 4) == 0 ? rng_below(&r, 90) : 0));
        size_t n = f->n - rng_below(&r, 10);
        uint8_t *exact = malloc(n); /* for the sanitizer */
        assert_non_null(exact);
        memcpy(exact, f->bytes, n);
        size_t headers = gso_headers(&f->h, exact, n);
        for (size_t at = 0; headers > 0 && at < n - headers;
             at += f->h.gso_size) {
            uint8_t *to = malloc(headers + f->h.gso_size);
            assert_non_null(to);
            size_t out = gso_segment(&f->h, exact, n, headers, at, to);
            assert_true(out > headers && out <= headers + f->h.gso_size);
            n_cut++;
            free(to);
        }
        gso_checksum(&f->h, exact, n);
        free(exact);
    }
    assert_true(n_cut > 100000);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_is_cut_into_right_segments),
        cmocka_unit_test(open_checksum_is_filled_in),
        cmocka_unit_test(frames_that_do_not_fit_their_headers_go_whole),
        cmocka_unit_test(noise_stays_within_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
