/* port_gso.c - see port_gso.h. */
#include "net/port/port_gso.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/bytes.h"

enum {
    GSO_UDP_L4 = 5, /* VIRTIO_NET_HDR_GSO_UDP_L4, from Linux 6.2 on */
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    TCP_FIN_PSH = 0x09, /* of the last segment alone */
    TCP_CWR = 0x80,     /* of the first alone (RFC 3168, 6.1.2) */
};

/* Adds up words of 16 bits; an odd byte is the upper half of one. */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *d, size_t n)
{
    for (size_t k = 0; k + 1 < n; k += 2) {
        sum += be16_load(d + k);
    }
    return n % 2 != 0 ? sum + ((uint32_t)d[n - 1] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* In UDP 0 means none; 0xffff is the same number (RFC 768). */
static uint16_t not_zero(uint16_t sum)
{
    return sum != 0 ? sum : 0xffff;
}

void gso_checksum(const struct virtio_net_hdr *h, uint8_t *data, size_t n)
{
    size_t put = (size_t)h->csum_start + h->csum_offset;

    /* What stands there is the sum of the pseudo header. */
    if ((h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 && put + 2 <= n) {
        uint64_t sum = sum_bytes(0, data + h->csum_start, n - h->csum_start);
        be16_store(data + put, not_zero(fold(sum)));
    }
}

static bool is_tcp(const struct virtio_net_hdr *h)
{
    return (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) != GSO_UDP_L4;
}

/* Where the IP header begins, behind 802.1Q tags. */
static size_t ip_at(const uint8_t *data, size_t n)
{
    size_t at = ETH_HLEN;

    while (at + 4 <= n && (be16_load(data + at - 2) == ETH_P_8021Q ||
                           be16_load(data + at - 2) == ETH_P_8021AD)) {
        at += 4;
    }
    return at;
}

size_t gso_headers(const struct virtio_net_hdr *h, const uint8_t *data,
                   size_t n)
{
    int type = h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
    size_t l3 = ip_at(data, n), l4 = h->csum_start;
    size_t l4_bytes = is_tcp(h) ? TCP_BYTES : UDP_BYTES;
    bool known = type == VIRTIO_NET_HDR_GSO_TCPV4 ||
                 type == VIRTIO_NET_HDR_GSO_TCPV6 || type == GSO_UDP_L4;

    if (!known || h->gso_size == 0 || l4 + l4_bytes > n ||
        l4 < l3 + IPV4_BYTES) {
        return 0;
    }
    int version = data[l3] >> 4;
    if (version == 4 ? l4 != l3 + (size_t)(data[l3] & 15) * 4
                     : version != 6 || l4 < l3 + IPV6_BYTES) {
        return 0;
    }
    if (is_tcp(h)) {
        l4_bytes = (size_t)(data[l4 + 12] >> 4) * 4;
    }
    return l4_bytes < (is_tcp(h) ? TCP_BYTES : UDP_BYTES) || l4 + l4_bytes >= n
               ? 0
               : l4 + l4_bytes;
}

/* The IP header of segment 'k', whose transport takes 'n' bytes; the sum of its
 * pseudo header. */
static uint64_t set_ip(uint8_t *ip, size_t ip_bytes, size_t k, size_t n)
{
    if (ip[0] >> 4 == 6) {
        be16_store(ip + 4, (uint16_t)(ip_bytes - IPV6_BYTES + n));
        return sum_bytes(n, ip + 8, 32);
    }
    be16_store(ip + 2, (uint16_t)(ip_bytes + n));
    be16_store(ip + 4, (uint16_t)(be16_load(ip + 4) + k));
    be16_store(ip + 10, 0);
    be16_store(ip + 10, fold(sum_bytes(0, ip, ip_bytes)));
    return sum_bytes(n, ip + 12, 8);
}

size_t gso_segment(const struct virtio_net_hdr *h, const uint8_t *data,
                   size_t n, size_t headers, size_t at, uint8_t *to)
{
    size_t l3 = ip_at(data, n), l4 = h->csum_start;
    size_t left = n - headers - at;
    size_t payload = left < h->gso_size ? left : h->gso_size;
    size_t l4_bytes = headers - l4 + payload;
    size_t sum_at = l4 + (is_tcp(h) ? 16 : 6);

    memcpy(to, data, headers);
    memcpy(to + headers, data + headers + at, payload);
    uint64_t sum = set_ip(to + l3, l4 - l3, at / h->gso_size, l4_bytes) +
                   (is_tcp(h) ? IPPROTO_TCP : IPPROTO_UDP);
    if (is_tcp(h)) {
        be32_store(to + l4 + 4, be32_load(to + l4 + 4) + (uint32_t)at);
        to[l4 + 13] &= (uint8_t) ~(payload < left ? TCP_FIN_PSH : 0);
        to[l4 + 13] &= (uint8_t) ~(at > 0 ? TCP_CWR : 0);
    } else {
        be16_store(to + l4 + 4, (uint16_t)l4_bytes);
    }
    be16_store(to + sum_at, 0);
    be16_store(to + sum_at, not_zero(fold(sum_bytes(sum, to + l4, l4_bytes))));
    return headers + payload;
}
