/*
 * dpi_payload.h - the payload of TCP or UDP in a packet (C body of
 * dpi_payload.v).
 *
 * Ethernet II with at most two VLAN tags, IPv4 (RFC 791) with options, first
 * fragment, or IPv6 (RFC 8200) without extension headers.  It ends where the IP
 * header says, so that Ethernet's padding is none of it.
 */
#ifndef NET_FN_DPI_DPI_PAYLOAD_H
#define NET_FN_DPI_DPI_PAYLOAD_H

#include "core/net_ip4.h"
#include "core/net_ip6.h"
#include "core/net_key4.h"

struct dpi_payload {
    bool has;
    uint32_t from; /* offset in the packet, which may end before it */
    uint32_t n;    /* bytes, by the headers */
};

/* What is behind the IP header, 'rest' bytes by it, at 'at'. */
static inline struct dpi_payload
dpi_payload_of(const struct pkt *p, uint8_t proto, uint32_t at, uint32_t rest)
{
    struct dpi_payload none = {.has = false};
    uint32_t header = 8; /* of UDP */

    if (proto == NET_TCP) {
        header = p->len_bytes < at + 16 ? 0 : (p->data[at + 12] >> 4) * 4u;
    }
    if ((proto != NET_TCP && proto != NET_UDP) || rest < header ||
        (proto == NET_TCP && header < 20)) {
        return none;
    }
    return (struct dpi_payload){true, at + header, rest - header};
}

static inline struct dpi_payload dpi_payload_read(const struct pkt *p)
{
    struct dpi_payload none = {.has = false};
    uint32_t at4 = net_eth_offset(p, NET_ETH_IP4);
    uint32_t at6 = net_eth_offset(p, NET_ETH_IP6);
    const uint8_t *ip = p->data + at4 + at6; /* one is 0 */
    uint32_t held = p->len_bytes - at4 - at6;

    if (at6 != 0) {
        return held < 8 || ip[0] >> 4 != 6
                   ? none
                   : dpi_payload_of(p, ip[IP6_NEXT], at6 + IP6_BYTES,
                                    be16_load(ip + IP6_LENGTH));
    }
    if (at4 == 0 || held < 12 || ip[0] >> 4 != 4) {
        return none;
    }
    uint32_t header = ip4_header(ip), total = be16_load(ip + IP4_LENGTH);
    if (header < IP4_BYTES || total < header ||
        (be16_load(ip + IP4_FRAGMENT) & IP4_OFFSET) != 0) {
        return none;
    }
    return dpi_payload_of(p, ip[IP4_PROTO], at4 + header, total - header);
}

#endif
