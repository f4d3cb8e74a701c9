/*
 * net_eth.h - the Ethernet header of a packet: addresses and VLAN (C body of
 * rtl/net/net_eth.v).
 *
 * A frame has a header when it holds its first 14 bytes.  It is tagged (IEEE
 * 802.1Q) when the type at byte 12 is 0x8100 and it holds 18 bytes: the tag and
 * the type behind it.
 */
#ifndef CORE_NET_ETH_H
#define CORE_NET_ETH_H

#include <stdbool.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/pkt.h"

struct net_eth {
    bool has_eth;      /* else the rest means nothing */
    uint64_t dst, src; /* 48 bits, the first byte in [47:40] */
    bool has_tag;
    uint16_t vid; /* VLAN of the tag, 0 without one */
    uint8_t pcp;  /* its PCP and DEI, 4 bits; 0 without one */
};

enum {
    NET_ETH_LEN = 14,
    NET_ETH_TAGGED_LEN = 18,
    NET_ETH_TAG = 0x8100,
    NET_ETH_TAG_OUTER = 0x88a8, /* 802.1ad */
    NET_ETH_IP4 = 0x0800,
    NET_ETH_IP6 = 0x86dd,
    NET_MAC_BYTES = 6,
    NET_TAGS_MAX = 2, /* net_eth_offset() looks behind so many */
};

static inline struct net_eth net_eth_read(const struct pkt *p)
{
    struct net_eth eth = {.has_eth = false};
    const uint8_t *d = p->data;

    if ((p->flags & PKT_ERROR) != 0 || p->len_bytes < NET_ETH_LEN) {
        return eth;
    }
    eth.has_eth = true;
    eth.dst = (uint64_t)be16_load(d) << 32 | be32_load(d + 2);
    eth.src = (uint64_t)be32_load(d + 6) << 16 | be16_load(d + 10);
    if (be16_load(d + 12) == NET_ETH_TAG &&
        p->len_bytes >= NET_ETH_TAGGED_LEN) {
        eth.has_tag = true;
        eth.vid = be16_load(d + 14) & 0xfff;
        eth.pcp = d[14] >> 4;
    }
    return eth;
}

/* Offset of what is behind type 'type' and at most NET_TAGS_MAX VLAN tags, or 0
 * when it is of another type, not in reach, or no valid frame. */
static inline uint32_t net_eth_offset(const struct pkt *p, uint16_t type)
{
    uint32_t at = 12; /* of the type */

    for (int tags = 0; tags <= NET_TAGS_MAX; tags++, at += 4) {
        if ((p->flags & PKT_ERROR) != 0 || p->len_bytes < at + 2) {
            return 0;
        }
        uint16_t is = be16_load(p->data + at);
        if (is == type) {
            return at + 2;
        }
        if (is != NET_ETH_TAG && is != NET_ETH_TAG_OUTER) {
            return 0;
        }
    }
    return 0;
}

/* To whom the frame came it goes from, and back. */
static inline void net_eth_turn(uint8_t *data)
{
    uint8_t mac[NET_MAC_BYTES];

    memcpy(mac, data, sizeof mac);
    memcpy(data, data + NET_MAC_BYTES, sizeof mac);
    memcpy(data + NET_MAC_BYTES, mac, sizeof mac);
}

#endif
