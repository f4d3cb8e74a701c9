/*
 * nft_kernel.h - the kernel between two TAP interfaces in a network namespace:
 * it routes, under nftables rules or none.
 *
 * A packet that is written to a TAP goes all its way within write(2): routing,
 * conntrack, rules, and out of the other TAP, in the writer's time.  When the
 * queue of that one is full, which nobody empties, it is freed there: the
 * kernel does not pay for handing it on.
 */
#ifndef TESTS_BENCH_NFT_KERNEL_H
#define TESTS_BENCH_NFT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/nft_packets.h"

struct nft_kernel {
    int fd[2]; /* TAPs: i0 inside, o0 outside */
    int ns;    /* its namespace */
};

/*
 * 'rules' is for `nft -f`; empty: it only routes.  The process is in the new
 * namespace then.  False when that is not to be had here: no right to, no
 * conntrack.
 */
bool nft_kernel_open(struct nft_kernel *k, const char *rules);
void nft_kernel_close(struct nft_kernel *k);

/* Writes a packet into side 0 or 1; ERR_IO. */
int nft_kernel_write(const struct nft_kernel *k, int side,
                     const uint8_t packet[NFT_FRAME]);

/* What came out of the other side at once; ERR_DIFFERS when nothing did. */
int nft_kernel_read(const struct nft_kernel *k, int side,
                    uint8_t packet[NFT_FRAME]);

/* Packets that went out of side 1, and were read or, as its queue was full,
 * freed; ERR_IO. */
int64_t nft_kernel_passed(const struct nft_kernel *k);

#endif
