/*
 * nft_chain.h - chains from a capture to nowhere, in a folder of their own, and
 * what a packet costs in them.
 */
#ifndef TESTS_BENCH_NFT_CHAIN_H
#define TESTS_BENCH_NFT_CHAIN_H

#include "tests/bench/nft_packets.h"

enum { NFT_PATH = 64 };

struct nft_chain {
    char dir[32];
};

/* Makes the folder, with the files of router4 in it: ERR_IO, printed.  close()
 * removes both. */
int nft_chain_open(struct nft_chain *c);
void nft_chain_close(const struct nft_chain *c);

/* Writes the packets [NFT_PACKETS], and the chain in which 'nodes' and 'links'
 * lie between port in and port out. */
int nft_chain_write(const struct nft_chain *c, const char *nodes,
                    const char *links, uint8_t (*frame)[NFT_FRAME]);

/* CPU time in ns that a packet adds to a run: what a run takes to start is
 * taken off, by a shorter one. */
int nft_chain_run(const struct nft_chain *c, double *ns);

#endif
