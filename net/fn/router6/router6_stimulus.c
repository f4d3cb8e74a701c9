/*
 * router6_stimulus.c - routes and packets for tests, drawn from so small a
 * world that they meet: prefixes hold each other, and every fate happens often.
 */
#include "core/net_eth.h"
#include "core/net_ip6.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "net/fn/router6/router6_text.h"
#include "router6_csr.h"

enum {
    ROUTES = 64,
    NEXT = 12, /* 1..4 members of group 5; some not in use */
    SMALL = 6, /* has an MTU, and a quarter of the routes */
    PORTS = 4,
    MTU = 90,
    MOST = 120, /* bytes behind the IPv6 header */
};

#define HERE 0x20010db8u /* 2001:db8::/32, documentation */

/* HERE and few bits in each of the words after it. */
static void small_addr(struct rng *r, uint32_t a[4])
{
    a[0] = HERE;
    a[1] = rng_below(r, 4) << 16 | rng_below(r, 4);
    a[2] = rng_below(r, 2) << 31;
    a[3] = rng_below(r, 8);
}

static void own_addr(uint32_t port, uint32_t a[4])
{
    a[0] = HERE;
    a[1] = 0xffff0000 + port;
    a[2] = 0;
    a[3] = 1;
}

static int routes(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint8_t lens[] = {32, 46, 47,  48,  62,  63, 64,
                                   65, 96, 125, 126, 127, 128};
    uint32_t prefix[ROUTES * ROUTER6_PREFIX_WORDS], route[ROUTES];

    for (size_t k = 0; k < ROUTES; k++) {
        uint32_t len =
            k > 0 ? lens[1 + rng_below(r, sizeof lens - 1)] : lens[0];
        small_addr(r, prefix + k * ROUTER6_PREFIX_WORDS);
        uint32_t hop = rng_below(r, 4) == 0 ? SMALL : 1 + rng_below(r, NEXT);
        /* The first one holds all, and half the time there is none. */
        route[k] = (k == 0 ? rng_below(r, 2) * 7 : hop) << 8 | len;
    }
    int err = net_emit_words(ROUTER6_TABLE_PREFIX, prefix,
                             sizeof prefix / sizeof prefix[0], emit, ctx);
    err = err < 0
              ? err
              : net_emit_words(ROUTER6_TABLE_ROUTE, route, ROUTES, emit, ctx);
    return err < 0 ? err : emit(ctx, ROUTER6_N_ROUTES, ROUTES);
}

static int next_hops(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[(NEXT - 3) * ROUTER6_NEXT_WORDS] = {0};

    for (uint32_t hop = 1; hop < NEXT - 3; hop++) {
        uint32_t *x = w + (size_t)hop * ROUTER6_NEXT_WORDS;
        x[0] = hop == 5 ? 4u << 16 | 1 : (uint32_t)rng_next(r);
        x[1] = hop == 5 ? 1u << 30
                        : rng_below(r, 2) << 31 | rng_below(r, 2) << 29 |
                              rng_below(r, PORTS) << 16 | 0x0200 | hop;
        x[2] = hop == SMALL ? MTU : 0;
    }
    int err = net_emit_words(ROUTER6_TABLE_NEXT, w, sizeof w / sizeof w[0],
                             emit, ctx);
    return err < 0 ? err : emit(ctx, ROUTER6_N_NEXT, NEXT - 3);
}

int router6_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[PORTS * ROUTER6_PORT_WORDS] = {0};

    for (uint32_t k = 0; k < PORTS; k++) {
        uint32_t *x = w + (size_t)k * ROUTER6_PORT_WORDS;
        if (k != 3) { /* one has none */
            own_addr(k, x);
        }
        x[4] = 0x5e000000 + k;
        x[5] = rng_below(r, 2) << 31 | 0x0200;
    }
    int err = routes(r, emit, ctx);
    err = err < 0 ? err : next_hops(r, emit, ctx);
    err = err < 0 ? err
                  : net_emit_words(ROUTER6_TABLE_PORT, w,
                                   sizeof w / sizeof w[0], emit, ctx);
    err = err < 0 ? err : emit(ctx, ROUTER6_N_PORTS, PORTS);
    err = err < 0 ? err : emit(ctx, ROUTER6_TICK, rng_below(r, 0x10000));
    return err < 0 ? err
                   : emit(ctx, ROUTER6_ICMP_MAX, 100u << rng_below(r, 10));
}

/* Addresses that are not forwarded, or not by everyone. */
static const uint32_t odd[][4] = {
    {0, 0, 0, 0},          {0, 0, 0, 1},          {0, 0, 0xffff, 0x0a000001},
    {0xff020000, 0, 0, 1}, {0xff050000, 0, 0, 2}, {0xfe800000, 0, 0, 1},
    {0xfe800000, 0, 0, 2},
};

enum { ODD = sizeof odd / sizeof odd[0] };

static void some_destination(struct rng *r, uint32_t a[4])
{
    uint32_t kind = rng_below(r, 24);

    small_addr(r, a);
    if (kind == 0) {
        own_addr(rng_below(r, PORTS), a);
    } else if (kind == 1) {
        memcpy(a, odd[rng_below(r, ODD)], sizeof odd[0]);
    } else if (kind < 4) {
        a[0]++; /* no route */
    }
}

static void some_source(struct rng *r, uint32_t a[4])
{
    small_addr(r, a);
    if (rng_below(r, 12) == 0) {
        memcpy(a, odd[rng_below(r, ODD)], sizeof odd[0]);
    }
}

/* A chain of extension headers at 'x'; its length.  '*next' becomes the first
 * of them, the last one leads to what it was. */
static uint32_t store_extensions(struct rng *r, uint8_t *x, uint8_t *next)
{
    static const uint8_t kinds[] = {NET_HOP_BY_HOP, NET_ROUTING, NET_FRAGMENT,
                                    NET_DST_OPTIONS};
    uint32_t n = rng_below(r, 4) == 0 ? 1 + rng_below(r, 3) : 0;

    for (uint32_t k = n; k-- > 0;) {
        uint8_t kind = kinds[rng_below(r, sizeof kinds)];
        memset(x + 8 * k, 0, 8);
        x[8 * k] = *next;
        if (kind == NET_FRAGMENT && rng_below(r, 2) == 0) {
            be16_store(x + 8 * k + 2, (uint16_t)(rng_below(r, 3) << 3 | 1));
        }
        *next = kind;
    }
    return 8 * n;
}

/* An IPv6 header and what is behind it; its length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip)
{
    static const uint8_t protocols[] = {NET_TCP, NET_UDP, NET_ICMP6, 47};
    static const uint8_t types[] = {1, 3, 128, 129, 137};
    uint8_t proto = protocols[rng_below(r, sizeof protocols)];
    uint32_t n = rng_below(r, MOST), a[4], src[4];

    for (uint32_t k = 0; k < IP6_BYTES + 24 + MOST; k++) {
        ip[k] = (uint8_t)rng_next(r);
    }
    ip[IP6_NEXT] = proto;
    uint32_t at = store_extensions(r, ip + IP6_BYTES, &ip[IP6_NEXT]);
    if (proto == NET_ICMP6) {
        ip[IP6_BYTES + at] = types[rng_below(r, sizeof types)];
    }
    ip[0] = (uint8_t)(0x60 | (ip[0] & 0xf));
    be16_store(ip + IP6_LENGTH, (uint16_t)(at + n));
    ip[IP6_HOPS] = (uint8_t)(rng_below(r, 8) == 0 ? rng_below(r, 3) : 64);
    some_source(r, src);
    some_destination(r, a);
    for (size_t k = 0; k < 4; k++) {
        be32_store(ip + IP6_SRC + 4 * k, src[k]);
        be32_store(ip + IP6_DST + 4 * k, a[k]);
    }
    return IP6_BYTES + at + n;
}

/* Makes the IPv6 packet of 'total' bytes at 'ip' wrong in one way. */
static uint32_t spoil(struct rng *r, uint8_t *ip, uint32_t total)
{
    switch (rng_below(r, 4)) {
    case 0:
        ip[rng_below(r, IP6_BYTES)] ^= (uint8_t)(1u << rng_below(r, 8));
        break;
    case 1: return rng_below(r, total); /* cut */
    case 2:
        be16_store(ip + IP6_LENGTH, (uint16_t)(total + rng_below(r, 20)));
        break;
    default: ip[0] = (uint8_t)rng_next(r); break;
    }
    return total;
}

void router6_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t at = rng_below(r, 8) == 0 ? 18 : 14;
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < at; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    d[0] = (uint8_t)(rng_below(r, 32) == 0 ? 1 : 2);
    if (at == 18) {
        be16_store(d + 12, NET_ETH_TAG);
    }
    be16_store(d + at - 2, rng_below(r, 32) == 0 ? NET_ETH_IP4 : NET_ETH_IP6);
    uint32_t total = store_ip(r, d + at);
    if (rng_below(r, 16) == 0) {
        total = spoil(r, d + at, total);
    }
    p->len_bytes = at + total;
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, PORTS + 1);
    p->mark = (uint16_t)rng_below(r, 0xff00);
    p->flags = rng_below(r, 32) == 0
                   ? (uint16_t)(1u << rng_below(r, 3)) /* as others left it */
                   : 0;
}
