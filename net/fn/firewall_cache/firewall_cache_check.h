/* firewall_cache_check.h - bodies, packets and conversations, for the tests of
 * firewall_cache. */
#ifndef NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_CHECK_H
#define NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fast.h"
#include "core/net_ip4.h"
#include "firewall_csr.h"
#include "net/fn/firewall_cache/firewall_cache_entry.h"
#include "tests/fn_check.h"

enum {
    ROOM = 128,
    LEN = 60, /* of a frame */
    A = 0x0a000001,
    B = 0xc6336401,
    UNTOUCHED = 0xbeef, /* the mark that packets come with */
    FATE_OPEN = 3 << 13,
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10,
    URG = 0x20,
};

/* Writes a packet of 'key' to 'data'; one without IP is ARP. */
static inline struct pkt packet_make(const struct net_key4 *key,
                                     uint16_t fragment, uint8_t *data)
{
    uint8_t *ip = data + NET_ETH_LEN, *l4 = ip + IP4_BYTES;

    memset(data, 0, ROOM);
    be16_store(data + 12, key->has_ip ? NET_ETH_IP4 : 0x0806);
    ip[0] = 0x45;
    be16_store(ip + IP4_LENGTH, LEN - NET_ETH_LEN);
    be16_store(ip + IP4_FRAGMENT, fragment);
    ip[IP4_PROTO] = key->proto;
    be32_store(ip + IP4_SRC, key->src);
    be32_store(ip + IP4_DST, key->dst);
    be16_store(l4, key->sport);
    be16_store(l4 + 2, key->dport);
    l4[13] = key->flags;
    return (struct pkt){.data = data,
                        .len_bytes = LEN,
                        .room_bytes = ROOM,
                        .in_port = 3,
                        .mark = UNTOUCHED};
}

static inline struct net_key4 turned(struct net_key4 k)
{
    return (struct net_key4){.has_ip = true,
                             .src = k.dst,
                             .dst = k.src,
                             .sport = k.dport,
                             .dport = k.sport,
                             .proto = k.proto,
                             .flags = k.flags};
}

/* --- conversations -------------------------------------------------------- */

enum { FLOWS = 32 };

struct talk {
    struct rng r;
    struct {
        struct net_key4 key; /* from who opens */
        uint32_t step;       /* what comes next */
    } flow[FLOWS];
    uint32_t fresh; /* source ports so far */
};

static inline void talk_begin(struct talk *t, uint64_t seed)
{
    *t = (struct talk){.r = {seed}};
    for (uint32_t k = 0; k < FLOWS; k++) {
        t->flow[k].key = (struct net_key4){
            .has_ip = true,
            .src = A + k,
            .dst = B + (k & 3),
            .sport = (uint16_t)(1024 + t->fresh++),
            .dport = 443,
            .proto = k % 4 == 0    ? NET_UDP
                     : k % 16 == 1 ? NET_SCTP
                                   : NET_TCP,
        };
    }
}

/* The flags of step 'step' of a TCP flow; 'back' is who sends. */
static inline uint8_t talk_flags(struct rng *r, uint32_t step, bool *back)
{
    /* A handshake, data, and the end. */
    static const struct {
        uint8_t flags;
        bool back;
    } fixed[] = {{SYN, false},       {SYN | ACK, true}, {ACK, false},
                 {FIN | ACK, false}, {ACK, true},       {FIN | ACK, true},
                 {ACK, false}};
    uint32_t k = step < 3 ? step : step - 97;

    if (step < 3 || step >= 100) {
        *back = fixed[k].back;
        return fixed[k].flags;
    }
    *back = rng_below(r, 2) == 0;
    return rng_below(r, 2) == 0 ? ACK : ACK | PSH;
}

/*
 * The next packet of one of the conversations, at most ROOM bytes: most are
 * data, and some are what no end should send.
 */
static inline void talk_next(struct talk *t, struct pkt *p)
{
    struct rng *r = &t->r;
    uint32_t k = rng_below(r, FLOWS);
    uint32_t *step = &t->flow[k].step, odd = rng_below(r, 1000);
    uint8_t *data = p->data;
    bool back = *step > 0 && rng_below(r, 2) == 0;
    uint16_t fragment = IP4_DONT_FRAGMENT;
    struct net_key4 key = t->flow[k].key;

    key.flags = 0;
    if (key.proto == NET_TCP) {
        key.flags = talk_flags(r, *step, &back);
    }
    (*step)++;
    if (*step == 104) { /* anew, from the same port or another */
        t->flow[k].key.sport += (uint16_t)rng_below(r, 2);
        *step = 0;
    } else if (*step > 3 && *step < 90 && rng_below(r, 150) == 0) {
        *step = 100; /* its end */
    } else if (*step == 100) {
        *step = 50;
    }
    if (odd < 8) { /* another segment than what is due */
        key.flags = (uint8_t)(1u << odd);
    } else if (odd < 11) {
        fragment = (uint16_t)(odd == 8 ? 0x2000 : odd);
    } else if (odd < 13) {
        key.flags |= RST;
        *step = 0;
    } else if (odd < 15) {
        key.proto = NET_ICMP;
        key.sport = (uint16_t)(odd == 13 ? 8 << 8 : 3 << 8);
    }
    *p = packet_make(back ? &(struct net_key4){0} : &key, fragment, data);
    if (back) {
        struct net_key4 other = turned(key);
        *p = packet_make(&other, fragment, data);
    }
    if (key.proto == NET_ICMP && odd == 14) { /* an error about a packet */
        uint8_t *inner = data + NET_ETH_LEN + IP4_BYTES + 8;
        struct net_key4 own = back ? t->flow[k].key : turned(t->flow[k].key);
        uint8_t bytes[ROOM];
        (void)packet_make(&own, 0, bytes);
        data[NET_ETH_LEN + IP4_BYTES] = 3;
        memcpy(inner, bytes + NET_ETH_LEN, IP4_BYTES + 8);
        be16_store(data + NET_ETH_LEN + IP4_LENGTH, 56);
        p->len_bytes = NET_ETH_LEN + 56;
    }
    p->in_port = back ? 1 : 0;
    p->wire_bytes = p->len_bytes;
}

/* Settings of firewall under which the conversations take place. */
static inline int talk_setup(fn_emit *emit, void *ctx)
{
    int err = emit(ctx, FIREWALL_INSIDE, 1);

    err = err < 0 ? err : emit(ctx, FIREWALL_TICK, 0xfffffff0);
    err = err < 0 ? err : emit(ctx, FIREWALL_MAX_HALF, 10);
    return err < 0 ? err : emit(ctx, FIREWALL_MAX_FLOWS, 40);
}

/* The tick after 'tick': mostly near, rarely behind a timeout. */
static inline uint32_t talk_tick(struct rng *r, uint32_t tick)
{
    return tick +
           (rng_below(r, 20) == 0 ? rng_below(r, 9000) : rng_below(r, 12));
}

#endif
