/*
 * net_ip.h - what a meter asks of a packet: how long its IP packet says it is,
 * and its DSCP (C body of rtl/net/net_ip.v).
 *
 * Ethernet II with at most two VLAN tags (802.1Q, 802.1ad), IPv4 (RFC 791) or
 * IPv6 (RFC 8200).  A frame has a header when it holds 20 bytes of IPv4, 40 of
 * IPv6, and version and IPv4 lengths are possible; what is behind is not read.
 */
#ifndef CORE_NET_IP_H
#define CORE_NET_IP_H

#include <stdbool.h>

#include "core/base/bytes.h"
#include "core/net_eth.h"
#include "core/pkt.h"

struct net_ip {
    bool has_ip;    /* else the rest means nothing */
    uint8_t dscp;   /* RFC 2474, 6 bits */
    uint8_t tags;   /* VLAN tags in front, 0..2 */
    uint32_t bytes; /* of the IP packet, by its header: 20..65575 */
};

/* What a slot's digest takes of a packet: 'tap' of net_ip.v. */
static inline uint32_t net_ip_tap(const struct net_ip *ip)
{
    return ip->has_ip ? UINT32_C(1) << 31 | (uint32_t)ip->dscp << 25 |
                            (uint32_t)ip->tags << 23 | ip->bytes
                      : 0;
}

static inline struct net_ip net_ip_read(const struct pkt *p)
{
    struct net_ip none = {.has_ip = false}, ip = none;
    uint32_t at4 = net_eth_offset(p, NET_ETH_IP4);
    uint32_t at = at4 > 0 ? at4 : net_eth_offset(p, NET_ETH_IP6);
    const uint8_t *d = p->data + at;

    if (at == 0 || p->len_bytes < at + (at4 > 0 ? 20 : 40)) {
        return none;
    }
    ip.has_ip = true;
    ip.tags = (uint8_t)((at - NET_ETH_LEN) / 4);
    if (at4 > 0) {
        uint32_t header = 4 * (d[0] & 0xfu);
        ip.dscp = d[1] >> 2;
        ip.bytes = be16_load(d + 2);
        return d[0] >> 4 == 4 && header >= 20 && ip.bytes >= header ? ip : none;
    }
    ip.dscp = (uint8_t)(be16_load(d) >> 6 & 0x3f);
    ip.bytes = 40 + (uint32_t)be16_load(d + 4);
    return d[0] >> 4 == 6 ? ip : none;
}

#endif
