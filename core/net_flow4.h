/*
 * net_flow4.h - the headers of a packet that hardware translates at line rate
 * (C body of rtl/net/net_flow4.v): a sound IPv4 header without options, TCP or
 * UDP whole behind it, no fragment, no longer than Ethernet's MTU.
 */
#ifndef CORE_NET_FLOW4_H
#define CORE_NET_FLOW4_H

#include "core/net_ip4.h"
#include "core/net_key4.h"

enum {
    NET_FLOW4_MAX = 1500,   /* bytes of IPv4; hardware holds a packet so long */
    NET_FLOW4_FIRST = 0x45, /* version 4, header of 5 words */
    NET_FLOW4_ENDS = 0x07,  /* FIN, SYN and RST of TCP */
};

struct net_flow4 {
    bool sound;           /* else the rest means nothing */
    bool tcp;             /* else UDP */
    bool ends;            /* TCP with FIN, SYN or RST */
    uint8_t tags;         /* VLAN tags: the header is at 14 + 4 * tags */
    uint16_t sum, l4_sum; /* checksums of header and datagram */
    uint32_t src, dst;
    uint16_t sport, dport;
};

static inline struct net_flow4 net_flow4_read(const struct pkt *p)
{
    struct net_flow4 f = {.sound = false};
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at, *l4 = ip + IP4_BYTES;

    if (at == 0 || !ip4_is_sound(ip, p->len_bytes - at) ||
        ip[IP4_VERSION_IHL] != NET_FLOW4_FIRST ||
        (be16_load(ip + IP4_FRAGMENT) & 0x3fff) != 0) {
        return f;
    }
    uint32_t total = be16_load(ip + IP4_LENGTH);
    f.tcp = ip[IP4_PROTO] == NET_TCP;
    if (total > NET_FLOW4_MAX ||
        (f.tcp ? total < IP4_BYTES + 20
               : ip[IP4_PROTO] != NET_UDP || total < IP4_BYTES + 8)) {
        return f;
    }
    f.sound = true;
    f.ends = f.tcp && (l4[13] & NET_FLOW4_ENDS) != 0;
    f.tags = (uint8_t)((at - NET_ETH_LEN) / 4);
    f.sum = be16_load(ip + IP4_SUM);
    f.l4_sum = be16_load(l4 + (f.tcp ? 16 : 6));
    f.src = be32_load(ip + IP4_SRC);
    f.dst = be32_load(ip + IP4_DST);
    f.sport = be16_load(l4);
    f.dport = be16_load(l4 + 2);
    return f;
}

/* What a slot's digest takes of it: 'tap' of net_flow4.v; 'side' is a bit of
 * the packet that goes with it. */
static inline uint32_t net_flow4_tap(const struct net_flow4 *f, bool side)
{
    uint32_t ports = (uint32_t)f->sport << 16 | f->dport;
    uint32_t sums = (uint32_t)f->sum << 16 | f->l4_sum;
    uint32_t rest = UINT32_C(1) << 31 | (uint32_t)f->tcp << 30 |
                    (uint32_t)f->ends << 29 | (uint32_t)side << 28 |
                    (uint32_t)f->tags << 26;

    return f->sound ? (f->src << 13 | f->src >> 19) ^ f->dst ^
                          (ports << 5 | ports >> 27) ^ sums ^ rest
                    : 0;
}

#endif
