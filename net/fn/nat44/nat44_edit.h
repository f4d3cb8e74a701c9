/*
 * nat44_edit.h - one end of a packet becomes another: address, port and
 * every checksum that covers them, by what they change (RFC 1624, equation 3;
 * RFC 3022, 4.2).
 */
#ifndef NET_FN_NAT44_NAT44_EDIT_H
#define NET_FN_NAT44_NAT44_EDIT_H

#include "core/net_ip4.h"
#include "core/net_key4.h"

enum nat44_l4 { /* byte offsets */
                NAT44_SPORT = 0,
                NAT44_DPORT = 2,
                NAT44_ICMP_ID = 4,
                NAT44_ICMP_SUM = 2,
                NAT44_UDP_SUM = 6,
                NAT44_TCP_SUM = 16,
};

/* Where an end's port stands behind the IPv4 header. */
static inline uint32_t nat44_port_at(uint8_t proto, bool dst)
{
    return proto == NET_ICMP ? NAT44_ICMP_ID : dst ? NAT44_DPORT : NAT44_SPORT;
}

/* What a sum of 16-bit words gains when 'was' becomes 'is'. */
static inline uint32_t nat44_gain(uint32_t was, uint32_t is)
{
    return (uint16_t)~was + (uint32_t)(uint16_t) ~(was >> 16) + (is & 0xffff) +
           (is >> 16);
}

/* A checksum over words that gain 'gain', < 2^20. */
static inline void nat44_sum(uint8_t *sum, uint32_t gain)
{
    uint32_t s = (uint16_t)~be16_load(sum) + gain;

    s = (s & 0xffff) + (s >> 16);
    be16_store(sum, (uint16_t) ~(s + (s >> 16)));
}

/*
 * The source, or the destination, of the header at 'ip' becomes 'addr', with
 * the port at 'l4', of which 'n' bytes are there; 'l4' NULL is a fragment
 * without ports.  A UDP checksum of 0 is none and stays so (RFC 768).
 */
static inline void nat44_edit(uint8_t *ip, uint8_t *l4, uint32_t n, bool dst,
                              uint32_t addr, uint16_t port)
{
    uint8_t *at = ip + (dst ? IP4_DST : IP4_SRC);
    uint32_t gain = nat44_gain(be32_load(at), addr);

    be32_store(at, addr);
    nat44_sum(ip + IP4_SUM, gain);
    if (l4 == NULL) {
        return;
    }
    uint8_t proto = ip[IP4_PROTO], *place = l4 + nat44_port_at(proto, dst);
    uint32_t of_port = nat44_gain(0xffff0000 | be16_load(place), port);
    be16_store(place, port);
    if (proto == NET_TCP && n >= NAT44_TCP_SUM + 2) {
        nat44_sum(l4 + NAT44_TCP_SUM, gain + of_port);
    } else if (proto == NET_UDP && be16_load(l4 + NAT44_UDP_SUM) != 0) {
        nat44_sum(l4 + NAT44_UDP_SUM, gain + of_port);
        if (be16_load(l4 + NAT44_UDP_SUM) == 0) {
            be16_store(l4 + NAT44_UDP_SUM, 0xffff);
        }
    } else if (proto == NET_ICMP) {
        nat44_sum(l4 + NAT44_ICMP_SUM, of_port);
    }
}

#endif
