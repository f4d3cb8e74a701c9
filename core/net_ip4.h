/*
 * net_ip4.h - the IPv4 header (RFC 791) and the Internet checksum (RFC 1071).
 */
#ifndef CORE_NET_IP4_H
#define CORE_NET_IP4_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/base/bytes.h"

enum {
    IP4_VERSION_IHL = 0, /* byte offsets */
    IP4_TOS = 1,
    IP4_LENGTH = 2,
    IP4_ID = 4,
    IP4_FRAGMENT = 6, /* flags 3, offset 13 in 8 bytes */
    IP4_TTL = 8,
    IP4_PROTO = 9,
    IP4_SUM = 10,
    IP4_SRC = 12,
    IP4_DST = 16,
    IP4_BYTES = 20,   /* without options */
    IP4_PLAIN = 0x45, /* version 4 and so many */
    IP4_DONT_FRAGMENT = 0x4000,
    IP4_OFFSET = 0x1fff,
};

/* Ones' complement sum of 'n' bytes, not complemented, from 'sum' on; an odd
 * last byte counts as the first of two. */
static inline uint32_t ip4_sum(uint32_t sum, const uint8_t *data, size_t n)
{
    uint64_t s = sum;

    for (; n >= 4; n -= 4, data += 4) {
        s += be32_load(data);
    }
    if (n >= 2) {
        s += be16_load(data);
        data += 2;
        n -= 2;
    }
    s += n > 0 ? (uint32_t)data[0] << 8 : 0;
    s = (s & 0xffffffff) + (s >> 32);
    s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32 << 16);
    s = (s & 0xffff) + (s >> 16);
    return (uint32_t)((s & 0xffff) + (s >> 16));
}

static inline uint16_t ip4_checksum(const uint8_t *data, size_t n)
{
    return (uint16_t)~ip4_sum(0, data, n);
}

/* A checksum after a 16-bit word it covers went from 'was' to 'is': RFC 1624,
 * equation 3. */
static inline uint16_t ip4_sum_change(uint16_t sum, uint16_t was, uint16_t is)
{
    uint32_t s = (uint16_t)~sum + (uint32_t)(uint16_t)~was + is;

    s = (s & 0xffff) + (s >> 16);
    return (uint16_t) ~(s + (s >> 16));
}

/* The same after the time to live went down by one. */
static inline uint16_t ip4_sum_hop(uint16_t sum)
{
    uint32_t s = (uint16_t)~sum + 0xfeffu; /* ~was + is: 0xffff - 0x100 */

    return (uint16_t) ~(s + (s >> 16));
}

/* Bytes of the header that 'ip' begins with. */
static inline uint32_t ip4_header(const uint8_t *ip)
{
    return (ip[IP4_VERSION_IHL] & 0xfu) * 4;
}

/* Is the checksum of a header of 'n' bytes, 4 * 5 and more, right?  Sums are
 * the same in any order of bytes: RFC 1071, 2 (B). */
static inline bool ip4_sum_is_right(const uint8_t *ip, uint32_t n)
{
    uint64_t two, sum = 0;
    uint32_t one;

    for (uint32_t k = 0; k < 16; k += 8) {
        memcpy(&two, ip + k, 8);
        sum += (two & 0xffffffff) + (two >> 32);
    }
    for (uint32_t k = 16; k < n; k += 4) {
        memcpy(&one, ip + k, 4);
        sum += one;
    }
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

/* Is it a whole and sound header of a packet that lies whole in 'n' bytes?
 * RFC 1812, 5.2.2. */
static inline bool ip4_is_sound(const uint8_t *ip, size_t n)
{
    return n >= IP4_BYTES && ip[IP4_VERSION_IHL] >> 4 == 4 &&
           ip4_header(ip) >= IP4_BYTES && n >= ip4_header(ip) &&
           be16_load(ip + IP4_LENGTH) >= ip4_header(ip) &&
           n >= be16_load(ip + IP4_LENGTH) &&
           ip4_sum_is_right(ip, ip4_header(ip));
}

#endif
