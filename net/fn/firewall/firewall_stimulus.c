/*
 * firewall_stimulus.c - rules and packets for tests, drawn from so small a
 * world that flows open, live and end, meet every limit, and headers are cut
 * everywhere.
 */
#include <string.h>

#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "firewall_csr.h"
#include "net/fn/firewall/firewall_rules.h"
#include "net/fn/firewall/firewall_text.h"

enum { RULES = 6, PAYLOAD = 64 };

static const uint8_t protocols[] = {NET_TCP, NET_TCP,  NET_UDP,
                                    NET_UDP, NET_ICMP, 47};

/* One of 4 addresses, half of them 10.0.0.x. */
static uint32_t small_addr(struct rng *r)
{
    return (rng_below(r, 2) == 0 ? 0x0a000000 : 0xc0a80000) | rng_below(r, 2);
}

static uint16_t small_port(struct rng *r)
{
    return (uint16_t)(80 + rng_below(r, 2));
}

static int rules(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[RULES * FIREWALL_RULE_WORDS] = {0};

    for (uint32_t k = 0; k < RULES; k++) {
        uint32_t *x = w + (size_t)k * FIREWALL_RULE_WORDS;
        x[0] = small_addr(r);
        x[1] = rng_below(r, 2) == 0 ? 0xffffffff : 0xffff0000;
        x[2] = small_addr(r);
        x[3] = rng_below(r, 2) == 0 ? 0xffffffff : 0;
        x[4] = 0xffff0000;
        x[5] = rng_below(r, 2) == 0 ? 0xffff0000 : 81u << 16 | 80;
        x[6] = rng_below(r, 2) == 0 ? 0xff00u | protocols[rng_below(r, 6)] : 0;
        x[7] = rng_below(r, 4) == 0 ? RULE_DROP : 0;
        x[7] |= rng_below(r, 3) << 1;
    }
    int err =
        net_emit_words(FIREWALL_TABLE_RULE, w, sizeof w / sizeof *w, emit, ctx);
    return err < 0 ? err : emit(ctx, FIREWALL_N_RULES, RULES);
}

int firewall_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    const uint32_t regs[][2] = {
        {FIREWALL_SEED, (uint32_t)rng_next(r)},
        {FIREWALL_TICK, (uint32_t)rng_next(r)},
        {FIREWALL_LEASE, rng_below(r, 16)},
        {FIREWALL_INSIDE, 0x55},
        {FIREWALL_POLICY, rng_below(r, 16) & ~1u},
        {FIREWALL_MAX_FLOWS, 20 + rng_below(r, 30)},
        {FIREWALL_MAX_HALF, 1 + rng_below(r, 3)},
        {FIREWALL_MAX_NEW, rng_below(r, 2) * (4 + rng_below(r, 60))},
        {FIREWALL_N_FLOWS, 0}, /* there are none, */
        {FIREWALL_N_HALF, 0},  /* half open or not */
    };
    int err = rules(r, emit, ctx);

    for (size_t k = 0; err == 0 && k < sizeof regs / sizeof regs[0]; k++) {
        err = emit(ctx, regs[k][0], regs[k][1]);
    }
    return err;
}

/* --- packets -------------------------------------------------------------- */

static uint8_t tcp_flags(struct rng *r)
{
    static const uint8_t often[] = {0x02, 0x12, 0x10, 0x10, 0x18, 0x11, 0x04};

    return rng_below(r, 8) == 0 ? (uint8_t)rng_next(r)
                                : often[rng_below(r, sizeof often)];
}

static uint8_t icmp_type(struct rng *r)
{
    static const uint8_t often[] = {8, 0, 3, 11, 13, 14, 3, 4, 5, 12};

    return rng_below(r, 8) == 0 ? (uint8_t)rng_below(r, 20)
                                : often[rng_below(r, sizeof often)];
}

/* What is behind the IPv4 header. */
static void store_l4(struct rng *r, uint8_t *l4, uint8_t proto)
{
    if (proto == NET_ICMP) {
        l4[0] = icmp_type(r);
        be16_store(l4 + 4, (uint16_t)rng_below(r, 3));
        return;
    }
    be16_store(l4, small_port(r));
    be16_store(l4 + 2, small_port(r));
    if (rng_below(r, 64) == 0) {
        be16_store(l4, 0);
    }
    if (proto == NET_TCP) {
        l4[12] = 0x50;
        l4[13] = tcp_flags(r);
    }
}

/* A header of few; its bytes. */
static uint32_t store_ip(struct rng *r, uint8_t *ip, uint32_t payload)
{
    uint32_t header = rng_below(r, 8) == 0 ? 20 + 4 * rng_below(r, 11) : 20;
    uint32_t fragment = IP4_DONT_FRAGMENT;

    if (rng_below(r, 8) == 0) {
        fragment = rng_below(r, 2) << 13 | rng_below(r, 3);
    }
    ip[IP4_VERSION_IHL] = (uint8_t)(0x40 | header / 4);
    be16_store(ip + IP4_LENGTH, (uint16_t)(header + payload));
    be16_store(ip + IP4_ID, (uint16_t)rng_below(r, 2));
    be16_store(ip + IP4_FRAGMENT, (uint16_t)fragment);
    ip[IP4_PROTO] = protocols[rng_below(r, sizeof protocols)];
    be32_store(ip + IP4_SRC, small_addr(r));
    be32_store(ip + IP4_DST, small_addr(r));
    return header;
}

void firewall_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t tags[] = {0x8100, 0x88a8, 0x86dd};
    uint8_t *d = p->data;
    uint32_t at = 12;
    uint32_t payload = 28 + 20 + rng_below(r, PAYLOAD);

    for (uint32_t k = 0; k < 14 + 12 + 60 + 28 + 20 + PAYLOAD; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    while (rng_below(r, 8) == 0 && at < 24) {
        be16_store(d + at, tags[rng_below(r, 3)]);
        at += 4;
    }
    be16_store(d + at, rng_below(r, 16) == 0 ? 0x0806 : NET_ETH_IP4);
    uint8_t *ip = d + at + 2;
    uint32_t header = store_ip(r, ip, payload);
    uint8_t *l4 = ip + header;
    store_l4(r, l4, ip[IP4_PROTO]);
    p->len_bytes = at + 2 + header + payload;
    if (ip[IP4_PROTO] == NET_ICMP && l4[0] > 2 && l4[0] < 13) { /* an error */
        uint32_t inner = store_ip(r, l4 + 8, 8);
        be32_store(l4 + 8 + IP4_SRC, be32_load(ip + IP4_DST));
        if (inner == IP4_BYTES) {
            store_l4(r, l4 + 8 + inner, l4[8 + IP4_PROTO]);
        }
    }
    if (rng_below(r, 16) == 0) { /* any byte another */
        d[12 + rng_below(r, p->len_bytes - 12)] ^= (uint8_t)rng_next(r);
    }
    if (rng_below(r, 16) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 8);
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 64) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
