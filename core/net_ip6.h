/*
 * net_ip6.h - the IPv6 header and its extension headers (RFC 8200).
 */
#ifndef CORE_NET_IP6_H
#define CORE_NET_IP6_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/bytes.h"

enum {
    IP6_FLOW = 0, /* byte offsets; version 4, traffic class 8, flow label 20 */
    IP6_LENGTH = 4, /* of what is behind the header */
    IP6_NEXT = 6,
    IP6_HOPS = 7,
    IP6_SRC = 8,
    IP6_DST = 24,
    IP6_BYTES = 40,
    IP6_ADDR_BYTES = 16,
    IP6_MTU_MIN = 1280,  /* of every link */
    IP6_HEADERS_MAX = 8, /* ip6_upper() looks behind so many */
};

/* Values of the next header field beside those of net_key4.h. */
enum {
    NET_HOP_BY_HOP = 0,
    NET_ROUTING = 43,
    NET_FRAGMENT = 44,
    NET_AH = 51,
    NET_ICMP6 = 58,
    NET_DST_OPTIONS = 60,
};

/* Bytes of the packet that 'ip' begins with. */
static inline uint32_t ip6_total(const uint8_t *ip)
{
    return IP6_BYTES + (uint32_t)be16_load(ip + IP6_LENGTH);
}

/* Is it the header of a packet that lies whole in 'n' bytes?  Nothing behind it
 * where hop-by-hop options should be is a jumbogram (RFC 2675): not sound. */
static inline bool ip6_is_sound(const uint8_t *ip, size_t n)
{
    return n >= IP6_BYTES && ip[0] >> 4 == 6 && n >= ip6_total(ip) &&
           (ip6_total(ip) > IP6_BYTES || ip[IP6_NEXT] != NET_HOP_BY_HOP);
}

static inline bool ip6_is_extension(uint8_t next)
{
    return next == NET_HOP_BY_HOP || next == NET_ROUTING ||
           next == NET_FRAGMENT || next == NET_AH || next == NET_DST_OPTIONS;
}

/* What is behind the extension headers. */
struct ip6_upper {
    uint8_t proto; /* an extension header: it is not in reach */
    bool is_part;  /* of a packet in more than one fragment */
    uint32_t at;   /* its offset from the IPv6 header */
    uint32_t n;    /* bytes; 0 when not in reach: in all but the first fragment,
                    * too */
};

/* 'ip' begins a sound packet. */
static inline struct ip6_upper ip6_upper(const uint8_t *ip)
{
    struct ip6_upper u = {.proto = ip[IP6_NEXT], .at = IP6_BYTES};

    for (int k = 0; k < IP6_HEADERS_MAX && ip6_is_extension(u.proto); k++) {
        const uint8_t *x = ip + u.at;
        uint32_t left = ip6_total(ip) - u.at;
        if (left < 8) {
            return u;
        }
        uint32_t n = u.proto == NET_FRAGMENT ? 8
                     : u.proto == NET_AH     ? 4 * (x[1] + 2u)
                                             : 8 * (x[1] + 1u);
        if (left < n) {
            return u;
        }
        uint32_t part = u.proto == NET_FRAGMENT ? be16_load(x + 2) & 0xfff9 : 0;
        u.is_part = u.is_part || part != 0;
        u.proto = x[0];
        u.at += n;
        if (part >> 3 != 0) {
            return u; /* the rest is in the first fragment */
        }
    }
    u.n = ip6_is_extension(u.proto) ? 0 : ip6_total(ip) - u.at;
    return u;
}

#endif
