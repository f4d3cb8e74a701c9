/*
 * mpls_check.h - bodies, and frames written as text, for the tests of mpls.
 *
 * A frame is words with blanks between:
 *
 *   v7, w7       VLAN tags 0x8100 and 0x88a8 of VLAN 7
 *   100/5/64     label, TC, TTL; 100/5/64s: the last of the stack
 *   4:64:46      IPv4 with TTL and DSCP to 10.0.0.1, and a right checksum
 *   6:64:46      IPv6 likewise
 *   x            neither: bytes 0x10, 0x11, ..
 *   -3           at the end: the last 3 bytes are cut off
 */
#ifndef NET_FN_MPLS_MPLS_CHECK_H
#define NET_FN_MPLS_MPLS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "mpls_csr.h"
#include "net/fn/mpls/mpls_text.h"
#include "tests/fn_each.h"

enum {
    FRAME_MAX = 256,
    FRAME_ROOM = FRAME_MAX + 64,
    TOTAL = 45, /* bytes of an IP packet */
    MACS = 12,
};

static const uint8_t macs_in[MACS] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
static const uint8_t macs_out[MACS] = {2, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
                                       2, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5};
#define MAC_TEXT " mac 02:a1:a2:a3:a4:a5 02:b1:b2:b3:b4:b5"

struct frame {
    uint8_t bytes[FRAME_MAX];
    uint32_t len;
};

/* Adds up 16-bit words one by one, with the carry. */
static inline uint16_t slow_sum(const uint8_t *d, size_t n)
{
    uint32_t s = 0;

    for (size_t k = 0; k < n; k += 2) {
        s += be16_load(d + k);
        s = s > 0xffff ? s - 0xffff : s;
    }
    return (uint16_t)~s;
}

static inline uint32_t frame_ip(uint8_t *ip, char version, uint32_t ttl,
                                uint32_t dscp)
{
    for (uint32_t k = 0; k < TOTAL; k++) {
        ip[k] = (uint8_t)(0x10 + k);
    }
    if (version == '4') {
        ip[0] = 0x45;
        ip[1] = (uint8_t)(dscp << 2);
        be16_store(ip + 2, TOTAL);
        ip[8] = (uint8_t)ttl;
        be32_store(ip + 16, 0x0a000001);
        be16_store(ip + 10, 0);
        be16_store(ip + 10, slow_sum(ip, 20));
    } else if (version == '6') {
        be32_store(ip, 0x60000000 | dscp << 22);
        be16_store(ip + 4, TOTAL - 40);
        ip[7] = (uint8_t)ttl;
    }
    return TOTAL;
}

static inline struct frame frame_make(const char *text, const uint8_t *macs)
{
    struct frame f = {.len = 14};
    uint16_t type = 0x88b5;       /* when nothing says better */
    uint8_t *at = f.bytes + MACS; /* of the type */
    uint32_t cut = 0;

    memcpy(f.bytes, macs, MACS);
    for (const char *c = text; *c != '\0'; c += strspn(c, " ")) {
        unsigned a, b = 0, d = 0;
        if (*c == 'v' || *c == 'w') {
            be16_store(at, *c == 'v' ? 0x8100 : 0x88a8);
            be16_store(at + 2, (uint16_t)atoi(c + 1));
            at += 4;
            f.len += 4;
        } else if (*c == '-') {
            cut = (uint32_t)atoi(c + 1);
        } else if (*c == 'x' || c[1] == ':') {
            if (*c != 'x') {
                assert_int_equal(sscanf(c, "%u:%u:%u", &a, &b, &d), 3);
            }
            type = type == 0x8847 ? type
                   : *c == '4'    ? 0x0800
                   : *c == '6'    ? 0x86dd
                                  : type;
            f.len += frame_ip(f.bytes + f.len, *c, b, d);
        } else {
            assert_int_equal(sscanf(c, "%u/%u/%u", &a, &b, &d), 3);
            type = 0x8847;
            bool last = c[strcspn(c, " ") - 1] == 's';
            be32_store(f.bytes + f.len,
                       a << 12 | b << 9 | (unsigned)last << 8 | d);
            f.len += 4;
        }
        c += strcspn(c, " ");
    }
    be16_store(at, type);
    f.len -= cut;
    return f;
}

static inline int bench_open(void **state)
{
    return bench_load(*state, "mpls");
}

/* Runs one packet; its bytes are in '*to', of FRAME_ROOM. */
static inline struct pkt run_frame(struct body *b, struct frame *f,
                                   uint8_t port, uint8_t *to)
{
    struct pkt in = {.data = f->bytes,
                     .len_bytes = f->len,
                     .room_bytes = FRAME_MAX,
                     .in_port = port,
                     .out_port = 0x77, /* of a function before */
                     .mark = 0xbeef,
                     .flags = PKT_MIRROR};
    struct pkt out = {.data = to, .room_bytes = FRAME_ROOM};
    struct fn_span x = {FN_PKT, &in, 1, 1, 0}, y = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &x, &y), 0);
    assert_int_equal(y.n, 1);
    return out;
}

/* A frame, and what must become of it. */
struct row {
    const char *why;
    const char *in;
    const char *verdict;
    const char *out; /* NULL: as it came */
    uint8_t port;    /* where it leaves; 0: as it was */
    uint8_t from;    /* where it came from */
    bool macs;       /* macs_out are set */
};

static inline void check_row(struct body *b, const struct row *r)
{
    uint8_t to[FRAME_ROOM];
    struct frame in = frame_make(r->in, macs_in);
    struct frame out = frame_make(r->out != NULL ? r->out : r->in,
                                  r->macs ? macs_out : macs_in);
    struct pkt p = run_frame(b, &in, r->from, to);
    const char *verdict = b->fn->verdict(&p);
    bool wrong = strcmp(verdict, r->verdict) != 0 || p.len_bytes != out.len ||
                 memcmp(p.data, out.bytes, out.len) != 0;

    if (wrong) {
        print_message("%s: %s, %u bytes, expected %s, %u bytes\n", r->why,
                      verdict, p.len_bytes, r->verdict, out.len);
    }
    assert_string_equal(verdict, r->verdict);
    assert_int_equal(p.len_bytes, out.len);
    assert_memory_equal(p.data, out.bytes, out.len);
    assert_int_equal(p.out_port, r->port != 0 ? r->port : 0x77);
    assert_int_equal(p.in_port, r->from);
    assert_int_equal(p.flags & PKT_MIRROR, PKT_MIRROR);
}

#define CHECK(body, rows)                               \
    do {                                                \
        for (size_t k = 0; k < CHECK_ROWS(rows); k++) { \
            check_row(body, &(rows)[k]);                \
        }                                               \
    } while (0)

#endif
