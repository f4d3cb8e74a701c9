/*
 * net_key4.h - the IPv4 5-tuple and DSCP of a packet (C body of
 * rtl/net/net_key4.v).
 *
 * Ethernet II with at most two VLAN tags (802.1Q, 802.1ad), IPv4 (RFC 791).
 * Fields are read only where the frame holds the whole 32-bit word they lie in
 * and the IPv4 total length covers it; a cut packet has a key of what is there.
 */
#ifndef CORE_NET_KEY4_H
#define CORE_NET_KEY4_H

#include <stdbool.h>

#include "core/base/bytes.h"
#include "core/net_eth.h"
#include "core/pkt.h"

enum {
    NET_ICMP = 1,
    NET_TCP = 6,
    NET_UDP = 17,
    NET_SCTP = 132,
};

struct net_key4 {
    bool has_ip;    /* a whole IPv4 header; else the rest means nothing */
    bool has_flags; /* 'flags' was there */
    bool fragment;  /* not whole: a fragment, the first among them */
    uint32_t src, dst;
    uint16_t sport, dport; /* TCP, UDP, SCTP; else, and in fragments but the
                              first, 0 */
    uint8_t proto;
    uint8_t flags; /* TCP flags or ICMP type */
    uint8_t dscp;  /* RFC 2474, 6 bits */
};

/* Offset of the IPv4 header, or 0 when there is none in reach. */
static inline uint32_t net_key4_offset(const struct pkt *p)
{
    return net_eth_offset(p, NET_ETH_IP4);
}

static inline struct net_key4 net_key4_read(const struct pkt *p)
{
    struct net_key4 key = {.has_ip = false};
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;

    if (at == 0 || p->len_bytes < at + 20) {
        return key;
    }
    uint32_t header = 4 * (ip[0] & 0xfu);
    uint32_t total = be16_load(ip + 2);
    if (ip[0] >> 4 != 4 || header < 20 || total < header ||
        p->len_bytes < at + header) {
        return key;
    }
    key.has_ip = true;
    key.src = be32_load(ip + 12);
    key.dst = be32_load(ip + 16);
    key.proto = ip[9];
    key.dscp = ip[1] >> 2;
    key.fragment = (be16_load(ip + 6) & 0x3fff) != 0;

    const uint8_t *l4 = ip + header;
    uint32_t held = p->len_bytes - at - header;
    uint32_t n = total - header < held ? total - header : held;
    if ((be16_load(ip + 6) & 0x1fff) != 0 || n < 4) {
        return key;
    }
    if (key.proto == NET_TCP || key.proto == NET_UDP || key.proto == NET_SCTP) {
        key.sport = be16_load(l4);
        key.dport = be16_load(l4 + 2);
    }
    if (key.proto == NET_ICMP) {
        key.flags = l4[0];
        key.has_flags = true;
    }
    if (key.proto == NET_TCP && n >= 16) {
        key.flags = l4[13];
        key.has_flags = true;
    }
    return key;
}

/* What a slot's digest takes of a key: 'tap' of net_key4.v. */
static inline uint32_t net_key4_tap(const struct net_key4 *k)
{
    uint32_t l4 = (uint32_t)k->dport << 16 | k->sport;
    uint32_t rest = (uint32_t)k->dscp << 25 | UINT32_C(1) << 24 |
                    (uint32_t)k->proto << 16 | (uint32_t)k->flags << 8 |
                    k->has_flags;

    return k->has_ip ? k->src ^ (k->dst << 13 | k->dst >> 19) ^ l4 ^ rest : 0;
}

#endif
