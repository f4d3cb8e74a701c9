/* nft_packets.c - see nft_packets.h. */
#include "tests/bench/nft_packets.h"

#include <string.h>

#include "core/net_ip4.h"
#include "core/net_key4.h"

enum {
    INSIDE = 0x0a010000,
    OUTSIDE = 0x0a020000,
    HOSTS = 256,
    PORT = 1024, /* the first of a host */
    TO_PORT = 443,
};

static void store_macs(uint8_t *packet, uint8_t side)
{
    memcpy(packet, NFT_ROUTER_MAC, 5);
    packet[5] = side;
    memcpy(packet + 6, NFT_STATION_MAC, 5);
    packet[11] = side;
}

void nft_packet(uint32_t k, uint8_t packet[NFT_FRAME])
{
    uint8_t *ip = packet + NFT_IP, *udp = packet + NFT_UDP;
    uint16_t n = NFT_FRAME - NFT_UDP;

    memset(packet, 0, NFT_FRAME);
    store_macs(packet, 0);
    be16_store(packet + 12, NET_ETH_IP4);
    ip[IP4_VERSION_IHL] = 0x45;
    be16_store(ip + IP4_LENGTH, NFT_FRAME - NFT_IP);
    ip[IP4_TTL] = 64;
    ip[IP4_PROTO] = NET_UDP;
    be32_store(ip + IP4_SRC, INSIDE + 1 + k % HOSTS);
    be32_store(ip + IP4_DST, OUTSIDE + 1 + k % 0xfffe);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    be16_store(udp, (uint16_t)(PORT + k / HOSTS));
    be16_store(udp + 2, TO_PORT);
    be16_store(udp + 4, n);
    /* Over the pseudo-header, RFC 768: addresses, protocol, length. */
    uint32_t sum = ip4_sum(NET_UDP + (uint32_t)n, ip + IP4_SRC, 8);
    be16_store(udp + 6, (uint16_t)~ip4_sum(sum, udp, n));
}

void nft_answer(uint8_t packet[NFT_FRAME])
{
    uint8_t *ip = packet + NFT_IP, *udp = packet + NFT_UDP;
    uint32_t src = be32_load(ip + IP4_SRC);
    uint16_t sport = be16_load(udp);

    store_macs(packet, 1);
    be32_store(ip + IP4_SRC, be32_load(ip + IP4_DST));
    be32_store(ip + IP4_DST, src);
    be16_store(udp, be16_load(udp + 2));
    be16_store(udp + 2, sport); /* no sum changes by that */
}
