/*
 * net_plain4.h - the IPv4 header of a packet that hardware edits at line rate
 * (C body of rtl/net/net_plain4.v): sound, without options, of a packet that is
 * no longer than Ethernet's MTU.
 */
#ifndef CORE_NET_PLAIN4_H
#define CORE_NET_PLAIN4_H

#include "core/net_eth.h"
#include "core/net_ip4.h"

enum {
    NET_PLAIN4_MAX = 1500, /* bytes of IPv4; hardware holds a packet so long */
    NET_PLAIN4_FIRST = 0x45, /* version 4, header of 5 words */
};

struct net_plain4 {
    bool sound;   /* else the rest means nothing */
    bool group;   /* came to a group's Ethernet address */
    uint8_t tags; /* VLAN tags: the header is at 14 + 4 * tags */
    uint8_t ttl, proto;
    uint16_t total; /* total length, bytes */
    uint16_t sum;   /* header checksum */
    uint32_t src, dst;
};

static inline struct net_plain4 net_plain4_read(const struct pkt *p)
{
    struct net_plain4 h = {.sound = false};
    uint32_t at = net_eth_offset(p, NET_ETH_IP4);
    const uint8_t *ip = p->data + at;

    if (at == 0 || !ip4_is_sound(ip, p->len_bytes - at) ||
        ip[IP4_VERSION_IHL] != NET_PLAIN4_FIRST ||
        be16_load(ip + IP4_LENGTH) > NET_PLAIN4_MAX) {
        return h;
    }
    return (struct net_plain4){
        .sound = true,
        .group = (p->data[0] & 1) != 0,
        .tags = (uint8_t)((at - NET_ETH_LEN) / 4),
        .ttl = ip[IP4_TTL],
        .proto = ip[IP4_PROTO],
        .total = be16_load(ip + IP4_LENGTH),
        .sum = be16_load(ip + IP4_SUM),
        .src = be32_load(ip + IP4_SRC),
        .dst = be32_load(ip + IP4_DST),
    };
}

/* What a slot's digest takes of a header: 'tap' of net_plain4.v. */
static inline uint32_t net_plain4_tap(const struct net_plain4 *h)
{
    uint32_t word = (uint32_t)h->ttl << 24 | (uint32_t)h->proto << 16 | h->sum;
    uint32_t rest = UINT32_C(1) << 31 | (uint32_t)h->group << 30 |
                    (uint32_t)h->tags << 28 | (uint32_t)h->total << 12;

    return h->sound ? (h->src << 13 | h->src >> 19) ^ h->dst ^ word ^ rest : 0;
}

#endif
