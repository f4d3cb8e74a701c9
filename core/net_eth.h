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

#include "core/base/bytes.h"
#include "core/pkt.h"

struct net_eth {
    bool has_eth;      /* else the rest means nothing */
    uint64_t dst, src; /* 48 bits, the first byte in [47:40] */
    uint16_t vid;      /* VLAN of the tag, 0 without one */
};

enum { NET_ETH_LEN = 14, NET_ETH_TAGGED_LEN = 18, NET_ETH_TAG = 0x8100 };

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
        eth.vid = be16_load(d + 14) & 0xfff;
    }
    return eth;
}

#endif
