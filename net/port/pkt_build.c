/*
 * pkt_build.c - see pkt_build.h.
 *
 * Formats: IPv4 RFC 791, ICMP RFC 792, checksum RFC 1071, TCP RFC 9293, UDP
 * RFC 768, SCTP RFC 9260, ESP RFC 4303, IPv6 RFC 8200, ARP RFC 826, VLAN tags
 * IEEE 802.1Q.
 */
#include "net/port/pkt_build.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/base/bytes.h"

enum {
    TAG_CUSTOMER = 0x8100,
    TAG_SERVICE = 0x88a8,
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    ARP_BYTES = 28,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    ICMP_BYTES = 20, /* with the longest fixed body of the types drawn */
    SCTP_BYTES = 32, /* common header, DATA chunk header, 4 bytes of data */
    ESP_BYTES = 24,  /* SPI, sequence number, the least of a cipher text */
};

static void fill_random(struct rng *r, uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t k = 0; k < n; k++) {
        v = k % 8 == 0 ? rng_next(r) : v >> 8;
        p[k] = (uint8_t)v;
    }
}

/* Sum of 16-bit words for the checksum, an odd byte padded with 0. */
static uint32_t sum_words(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t k = 0; k + 1 < n; k += 2) {
        sum += be16_load(p + k);
    }
    return n % 2 != 0 ? sum + (uint32_t)(p[n - 1] << 8) : sum;
}

static uint16_t sum_finish(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* CRC-32C, reflected, as SCTP stores it: least significant byte first. */
static uint32_t crc32c(const uint8_t *p, size_t n)
{
    uint32_t crc = 0xffffffff;

    for (size_t k = 0; k < n; k++) {
        crc ^= p[k];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

static uint32_t l4_header_bytes(const struct pkt_desc *d)
{
    if ((d->fragment & PKT_FRAGMENT_OFFSET) != 0) {
        return 8;
    }
    switch (d->proto) {
    case PKT_PROTO_TCP: return TCP_BYTES;
    case PKT_PROTO_UDP: return UDP_BYTES;
    case PKT_PROTO_ICMP: return ICMP_BYTES;
    case PKT_PROTO_SCTP: return SCTP_BYTES;
    default: return ESP_BYTES;
    }
}

/*
 * The headers of layer 4 over the 'n' random bytes at 'p', which become the
 * payload.  'pseudo' is the sum of the pseudo header's addresses.
 */
static void put_l4(const struct pkt_desc *d, uint32_t pseudo, uint8_t *p,
                   uint32_t n)
{
    uint16_t sum;

    pseudo += d->proto + n;
    if (d->proto != PKT_PROTO_ICMP) {
        be16_store(p, d->sport);
        be16_store(p + 2, d->dport);
    }
    switch (d->proto) {
    case PKT_PROTO_TCP:
        p[12] = TCP_BYTES / 4 << 4;
        p[13] = d->l4_flags;
        memset(p + 16, 0, 4); /* checksum, urgent pointer */
        be16_store(p + 16, sum_finish(sum_words(pseudo, p, n)));
        break;
    case PKT_PROTO_UDP:
        be16_store(p + 4, (uint16_t)n);
        be16_store(p + 6, 0);
        sum = sum_finish(sum_words(pseudo, p, n));
        be16_store(p + 6, sum == 0 ? 0xffff : sum); /* 0 means none */
        break;
    case PKT_PROTO_ICMP:
        p[0] = d->l4_flags;
        memset(p + 1, 0, 3); /* code, checksum */
        be16_store(p + 2, sum_finish(sum_words(0, p, n)));
        break;
    default: /* SCTP: one DATA chunk, a whole message */
        p[12] = 0;
        p[13] = 3;
        be16_store(p + 14, (uint16_t)(n - 12));
        memset(p + 8, 0, 4);
        le32_store(p + 8, crc32c(p, n));
        break;
    }
}

/* The header of 'total' bytes of IPv4, and the layer above it. */
static void put_ipv4(const struct pkt_desc *d, struct rng *r, uint8_t *p,
                     uint32_t total)
{
    uint32_t ihl_bytes = 4u * d->ihl;
    uint8_t *l4 = p + ihl_bytes;
    bool has_ports_or_type = d->proto != PKT_PROTO_ESP &&
                             d->proto != PKT_PROTO_TEST &&
                             (d->fragment & PKT_FRAGMENT_OFFSET) == 0;

    p[0] = (uint8_t)(0x40 | d->ihl);
    p[1] = (uint8_t)(rng_below(r, 4) == 0 ? rng_below(r, 64) << 2 : 0);
    be16_store(p + 2, (uint16_t)total);
    be16_store(p + 4, (uint16_t)rng_next(r));
    be16_store(p + 6, d->fragment);
    p[8] = (uint8_t)(32 + rng_below(r, 224));
    p[9] = d->proto;
    be16_store(p + 10, 0);
    be32_store(p + 12, d->src);
    be32_store(p + 16, d->dst);
    /* Options: no-operation up to the end of the list, which is the last. */
    memset(p + IPV4_BYTES, 1, ihl_bytes - IPV4_BYTES);
    if (ihl_bytes > IPV4_BYTES) {
        p[ihl_bytes - 1] = 0;
    }
    be16_store(p + 10, sum_finish(sum_words(0, p, ihl_bytes)));

    fill_random(r, l4, total - ihl_bytes);
    if (has_ports_or_type) {
        put_l4(d, sum_words(0, p + 12, 8), l4, total - ihl_bytes);
    }
}

static void put_ipv6(const struct pkt_desc *d, struct rng *r, uint8_t *p,
                     uint32_t total)
{
    struct pkt_desc udp = {
        .proto = PKT_PROTO_UDP, .sport = d->sport, .dport = d->dport};

    memset(p, 0, 8);
    p[0] = 0x60;
    be16_store(p + 4, (uint16_t)(total - IPV6_BYTES));
    p[6] = PKT_PROTO_UDP;
    p[7] = 64;
    fill_random(r, p + 8, total - 8);
    /* 2001:db8::/32 is for documentation, RFC 3849. */
    be32_store(p + 8, 0x20010db8);
    be32_store(p + 24, 0x20010db8);
    put_l4(&udp, sum_words(0, p + 8, 32), p + IPV6_BYTES, total - IPV6_BYTES);
}

static void put_arp(const struct pkt_desc *d, struct rng *r, uint8_t *p)
{
    memset(p, 0, ARP_BYTES);
    be16_store(p, 1); /* Ethernet */
    be16_store(p + 2, PKT_ETHER_IPV4);
    p[4] = 6;
    p[5] = 4;
    be16_store(p + 6, (uint16_t)(1 + rng_below(r, 2))); /* request, reply */
    p[8] = 2;
    p[13] = (uint8_t)rng_next(r);
    be32_store(p + 14, d->src);
    p[18] = 2;
    p[23] = (uint8_t)rng_next(r);
    be32_store(p + 24, d->dst);
}

/* Returns the length of the Ethernet header. */
static uint32_t put_ethernet(const struct pkt_desc *d, struct rng *r,
                             uint8_t *frame)
{
    uint8_t *p = frame;

    memset(p, 0, 12);
    p[0] = 2; /* locally administered, unicast */
    p[5] = (uint8_t)rng_next(r);
    p[6] = 2;
    p[11] = (uint8_t)rng_next(r);
    p += 12;
    for (unsigned k = 0; k < d->n_tags; k++) {
        be16_store(p, k + 1u < d->n_tags ? TAG_SERVICE : TAG_CUSTOMER);
        be16_store(p + 2, (uint16_t)(rng_below(r, 8) << 13 |
                                     (1 + rng_below(r, 4094))));
        p += 4;
    }
    be16_store(p, d->ether_type);
    return (uint32_t)(p + 2 - frame);
}

/*
 * Length of layer 3 in a frame with 'room' bytes for it: the whole room, except
 * that the shortest frames are padded, that fragments before the last end at a
 * multiple of 8 bytes, and that SCTP's chunks end at a multiple of 4.
 */
static uint32_t ipv4_total(const struct pkt_desc *d, struct rng *r,
                           uint32_t room)
{
    uint32_t least = 4u * d->ihl + l4_header_bytes(d);
    uint32_t total = room > least ? room : least;

    if (d->len_bytes == PKT_FRAME_MIN) {
        total = least + rng_below(r, total - least + 1);
    }
    if (d->proto == PKT_PROTO_SCTP) {
        total &= ~3u; /* 'least' is a multiple */
    }
    if ((d->fragment & PKT_MORE_FRAGMENTS) != 0) {
        total = 4u * d->ihl + ((total - 4u * d->ihl) & ~7u);
        total = total > least ? total : 4u * d->ihl + ((least + 7) & ~7u);
    }
    return total;
}

uint32_t pkt_build(const struct pkt_desc *d, struct rng *r, uint8_t *frame)
{
    uint32_t n_l2 = put_ethernet(d, r, frame);
    uint32_t room = d->len_bytes - n_l2;
    uint32_t n_l3;
    uint32_t len;

    assert(d->n_tags <= PKT_TAGS_MAX && d->len_bytes >= PKT_FRAME_MIN &&
           d->len_bytes <= PKT_FRAME_MAX);
    switch (d->ether_type) {
    case PKT_ETHER_ARP:
        n_l3 = ARP_BYTES;
        put_arp(d, r, frame + n_l2);
        break;
    case PKT_ETHER_IPV6:
        n_l3 = IPV6_BYTES + UDP_BYTES;
        n_l3 = room > n_l3 ? room : n_l3;
        put_ipv6(d, r, frame + n_l2, n_l3);
        break;
    default:
        assert(d->ether_type == PKT_ETHER_IPV4 && d->ihl >= 5 && d->ihl <= 15);
        n_l3 = ipv4_total(d, r, room);
        put_ipv4(d, r, frame + n_l2, n_l3);
        break;
    }
    len = n_l2 + n_l3;
    if (len < PKT_FRAME_MIN) {
        memset(frame + len, 0, PKT_FRAME_MIN - len);
        len = PKT_FRAME_MIN;
    }
    return len;
}
