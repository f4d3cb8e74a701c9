/*
 * pkt_build.h - one Ethernet frame from a description, with right lengths and
 * checksums, for generated captures.
 */
#ifndef NET_PORT_PKT_BUILD_H
#define NET_PORT_PKT_BUILD_H

#include <stdint.h>

#include "core/base/rng.h"

enum {
    PKT_FRAME_MIN = 60, /* Ethernet without FCS */
    PKT_FRAME_MAX = 1514,
    PKT_TAGS_MAX = 3,

    PKT_ETHER_IPV4 = 0x0800,
    PKT_ETHER_ARP = 0x0806,
    PKT_ETHER_IPV6 = 0x86dd,

    PKT_PROTO_ICMP = 1,
    PKT_PROTO_TCP = 6,
    PKT_PROTO_UDP = 17,
    PKT_PROTO_ESP = 50,
    PKT_PROTO_SCTP = 132,
    PKT_PROTO_TEST = 253, /* RFC 3692: for experiments */

    /* In 'fragment'. */
    PKT_DONT_FRAGMENT = 0x4000,
    PKT_MORE_FRAGMENTS = 0x2000,
    PKT_FRAGMENT_OFFSET = 0x1fff, /* in units of 8 bytes */
};

/* For ARP only src and dst count; for IPv6 only the ports and len_bytes. */
struct pkt_desc {
    uint16_t ether_type;
    uint8_t n_tags; /* 0..PKT_TAGS_MAX VLAN tags; all but the last 0x88a8 */
    uint8_t ihl;    /* IPv4 header length, 5..15 words; the rest is options */
    uint32_t src, dst;
    uint8_t proto;
    uint8_t l4_flags;      /* TCP flags or ICMP type */
    uint16_t sport, dport; /* TCP, UDP, SCTP */
    uint16_t fragment;     /* flags and offset word of the IPv4 header */
    uint16_t len_bytes;    /* wanted, PKT_FRAME_MIN..PKT_FRAME_MAX */
};

/*
 * Writes the frame to 'frame', which has PKT_FRAME_MAX bytes, and returns its
 * length: d->len_bytes, or more where the headers need it, or a few bytes less
 * where a fragment or chunk must end at a multiple.  Addresses of layer
 * 2, identification and payload come from 'r'.
 *
 * A fragment with an offset holds payload only.  The first fragment has a
 * checksum over its own bytes, which no receiver can verify.
 */
uint32_t pkt_build(const struct pkt_desc *d, struct rng *r, uint8_t *frame);

#endif
