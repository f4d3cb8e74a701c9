/*
 * router4_stimulus.c - routes and packets for tests, drawn from so small a
 * world that they meet: prefixes hold each other, and every fate happens often.
 */
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "net/fn/router4/router4_text.h"
#include "router4_csr.h"

enum {
    ROUTES = 64,
    NEXT =
        12, /* 1..4 members of group 5, 6 with a small MTU; some not in use */
    PORTS = 4,
    MTU = 60,
    MOST = 120, /* bytes behind the IPv4 header */
};

/* 10.x.y.z, few of them. */
static uint32_t small_addr(struct rng *r)
{
    return 0x0a000000 | rng_below(r, 4) << 16 | rng_below(r, 4) << 8 |
           rng_below(r, 8);
}

static uint32_t own_addr(uint32_t port)
{
    return 0xc0000201 + (port << 8); /* 192.0.2.1, 192.0.3.1.. */
}

static int routes(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint8_t lens[] = {8, 14, 15, 16, 22, 23, 24, 29, 30, 31, 32};
    uint32_t prefix[ROUTES], route[ROUTES];

    for (size_t k = 0; k < ROUTES; k++) {
        uint32_t len =
            k > 0 ? lens[1 + rng_below(r, sizeof lens - 1)] : lens[0];
        prefix[k] = small_addr(r);
        /* The first one holds all, and half the time there is none. */
        route[k] =
            (k == 0 ? rng_below(r, 2) * 7 : 1 + rng_below(r, NEXT)) << 8 | len;
    }
    int err = net_emit_words(ROUTER4_TABLE_PREFIX, prefix, ROUTES, emit, ctx);
    err = err < 0
              ? err
              : net_emit_words(ROUTER4_TABLE_ROUTE, route, ROUTES, emit, ctx);
    return err < 0 ? err : emit(ctx, ROUTER4_N_ROUTES, ROUTES);
}

static int next_hops(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[(NEXT - 3) * ROUTER4_NEXT_WORDS] = {0};

    for (uint32_t hop = 1; hop < NEXT - 3; hop++) {
        uint32_t *x = w + (size_t)hop * ROUTER4_NEXT_WORDS;
        x[0] = hop == 5 ? 4u << 16 | 1 : (uint32_t)rng_next(r);
        x[1] = hop == 5 ? 1u << 30
                        : rng_below(r, 2) << 31 | rng_below(r, 2) << 29 |
                              rng_below(r, PORTS) << 16 | 0x0200 | hop;
        x[2] = hop == 6 ? MTU : 0;
    }
    int err = net_emit_words(ROUTER4_TABLE_NEXT, w, sizeof w / sizeof w[0],
                             emit, ctx);
    return err < 0 ? err : emit(ctx, ROUTER4_N_NEXT, NEXT - 3);
}

int router4_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[PORTS * ROUTER4_PORT_WORDS];

    for (uint32_t k = 0; k < PORTS; k++) {
        w[k * ROUTER4_PORT_WORDS] = k == 3 ? 0 : own_addr(k); /* one has none */
        w[k * ROUTER4_PORT_WORDS + 1] = 0x5e000000 + k;
        w[k * ROUTER4_PORT_WORDS + 2] = rng_below(r, 2) << 31 | 0x0200;
    }
    int err = routes(r, emit, ctx);
    err = err < 0 ? err : next_hops(r, emit, ctx);
    err = err < 0 ? err
                  : net_emit_words(ROUTER4_TABLE_PORT, w,
                                   sizeof w / sizeof w[0], emit, ctx);
    err = err < 0 ? err : emit(ctx, ROUTER4_N_PORTS, PORTS);
    err = err < 0 ? err : emit(ctx, ROUTER4_TICK, rng_below(r, 0x10000));
    return err < 0 ? err : emit(ctx, ROUTER4_ICMP_MAX, 20 + rng_below(r, 500));
}

static uint32_t some_destination(struct rng *r)
{
    switch (rng_below(r, 24)) {
    case 0: return own_addr(rng_below(r, PORTS));
    case 1: return 0xe0000001;
    case 2: return 0x7f000001;
    case 3:
    case 4: return 0x0b000001; /* no route */
    default: return small_addr(r);
    }
}

static uint32_t some_source(struct rng *r)
{
    static const uint32_t odd[] = {0, 0x7f000001, 0xe0000001, 0xffffffff,
                                   0xf0000001};

    return rng_below(r, 24) == 0 ? odd[rng_below(r, 5)] : small_addr(r);
}

/* An IPv4 header of 20 or 24 bytes and what is behind it; its length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip)
{
    static const uint8_t protocols[] = {NET_TCP, NET_UDP, NET_ICMP, 47};
    uint32_t header = rng_below(r, 8) == 0 ? 24 : 20;
    uint32_t total = header + rng_below(r, MOST);

    for (uint32_t k = 0; k < total; k++) {
        ip[k] = (uint8_t)rng_next(r);
    }
    ip[IP4_VERSION_IHL] = (uint8_t)(0x40 | header / 4);
    be16_store(ip + IP4_LENGTH, (uint16_t)total);
    be16_store(ip + IP4_FRAGMENT,
               (uint16_t)(rng_below(r, 8) == 0 ? rng_below(r, 0x4000) : 0));
    ip[IP4_TTL] = (uint8_t)(rng_below(r, 8) == 0 ? rng_below(r, 3) : 64);
    ip[IP4_PROTO] = protocols[rng_below(r, sizeof protocols)];
    be32_store(ip + IP4_SRC, some_source(r));
    be32_store(ip + IP4_DST, some_destination(r));
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, header));
    if (ip[IP4_PROTO] == NET_ICMP && total > header && rng_below(r, 2) == 0) {
        ip[header] = 8; /* an echo request may be answered */
    }
    return total;
}

/* Makes the IPv4 packet of 'total' bytes at 'ip' wrong in one way. */
static uint32_t spoil(struct rng *r, uint8_t *ip, uint32_t total)
{
    switch (rng_below(r, 4)) {
    case 0: ip[rng_below(r, 20)] ^= (uint8_t)(1u << rng_below(r, 8)); break;
    case 1: return rng_below(r, total); /* cut */
    case 2: be16_store(ip + IP4_LENGTH, (uint16_t)rng_below(r, 20)); break;
    default: ip[IP4_VERSION_IHL] = (uint8_t)rng_next(r); break;
    }
    return total;
}

void router4_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t at = rng_below(r, 8) == 0 ? 18 : 14;
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < at; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    d[0] = (uint8_t)(rng_below(r, 32) == 0 ? 1 : 2);
    if (at == 18) {
        be16_store(d + 12, 0x8100);
    }
    be16_store(d + at - 2, (uint16_t)(rng_below(r, 32) == 0 ? 0x0806 : 0x0800));
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
