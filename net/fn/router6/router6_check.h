/* router6_check.h - one IPv6 packet through one router, for its tests. */
#ifndef NET_FN_ROUTER6_ROUTER6_CHECK_H
#define NET_FN_ROUTER6_ROUTER6_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/body.h"
#include "core/net_text.h"
#include "net/fn/router6/router6_text.h"
#include "router6_csr.h"
#include "tests/check.h"

enum { ROOM = 2048, UDP = 17, ICMP6 = 58 };

extern const struct fn router6_fn;

static uint8_t bytes[2][FN_BURST_PKT][ROOM];

static inline int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static inline struct body *open_with(const char *routes, const char *next,
                                     const char *ports)
{
    struct body *b;

    assert_int_equal(body_open_c(&router6_fn, &b), 0);
    const struct fn_text r = {"r", routes}, n = {"n", next}, p = {"p", ports};
    assert_int_equal(router6_parse_routes(&r, put, b), 0);
    assert_int_equal(router6_parse_next(&n, put, b), 0);
    assert_int_equal(router6_parse_ports(&p, put, b), 0);
    return b;
}

static inline uint32_t reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

/* Sums 16-bit words one by one, with the carry. */
static inline uint16_t slow_sum(const uint8_t *d, size_t n)
{
    uint32_t s = 0;

    for (size_t k = 0; k < n; k++) {
        s += (uint32_t)d[k] << (k % 2 == 0 ? 8 : 0);
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)~s;
}

/* What tests say of a packet; the rest is as in any. */
struct packet {
    const char *src, *dst;
    uint8_t hops, next;
    uint16_t len;   /* behind the IPv6 header */
    uint8_t ext[8]; /* what that begins with */
    uint8_t port;
};

static inline void store_addr(uint8_t *to, const char *text)
{
    uint32_t a[4];

    assert_true(net_parse_ip6(text, a));
    for (size_t k = 0; k < 4; k++) {
        be32_store(to + 4 * k, a[k]);
    }
}

static inline struct pkt make(const struct packet *x, uint8_t *d)
{
    uint8_t *ip = d + 14;

    memset(d, 0, ROOM);
    memcpy(d, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x86\xdd", 14);
    for (uint32_t k = 0; k < x->len; k++) {
        ip[40 + k] = (uint8_t)(k * 7);
    }
    memcpy(ip + 40, x->ext, x->len < 8 ? x->len : 8);
    be32_store(ip, 0x60000000);
    be16_store(ip + 4, x->len);
    ip[6] = x->next;
    ip[7] = x->hops;
    store_addr(ip + 8, x->src);
    store_addr(ip + 24, x->dst);
    return (struct pkt){.data = d,
                        .len_bytes = 54u + x->len,
                        .room_bytes = ROOM,
                        .in_port = x->port,
                        .mark = 7};
}

/* Runs one packet; what came, its bytes in bytes[1][0]. */
static inline struct pkt run_pkt(struct body *b, struct pkt in)
{
    struct pkt out = {.data = bytes[1][0], .room_bytes = ROOM};
    struct fn_span from = {FN_PKT, &in, 1, 1, 0}, to = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &from, &to), 0);
    assert_int_equal(to.n, 1);
    return out;
}

static inline struct pkt run_one(struct body *b, struct packet x)
{
    return run_pkt(b, make(&x, bytes[0][0]));
}

#define A     "2001:db8::1"
#define UDP40 .hops = 64, .next = UDP, .len = 40

#endif
