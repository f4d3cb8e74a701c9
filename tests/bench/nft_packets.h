/*
 * nft_packets.h - the packets of `make bench-nft`: UDP in 64-byte frames, of
 * flows from inside hosts to as many outside ones.
 */
#ifndef TESTS_BENCH_NFT_PACKETS_H
#define TESTS_BENCH_NFT_PACKETS_H

#include <stdint.h>

enum {
    NFT_FRAME = 60, /* 64 with the FCS */
    NFT_PACKETS = 1 << 16,
    NFT_IP = 14, /* where headers begin */
    NFT_UDP = 34,
};

/* MAC addresses, last bytes: of the router and of who sends, on each side. */
#define NFT_ROUTER_MAC  "\x02\0\0\0\0"
#define NFT_STATION_MAC "\x02\0\0\0\1"

/* The packet of flow 'k' from the inside, 10.1.0.0/16, to the outside,
 * 10.2.0.0/16; k < 2^16 * 256. */
void nft_packet(uint32_t k, uint8_t packet[NFT_FRAME]);

/* Makes of a packet that left at the outside its answer. */
void nft_answer(uint8_t packet[NFT_FRAME]);

#endif
