/*
 * dpdk.h - what the programs of `make bench-dpdk` share: DPDK's memory, figures
 * of ours beside those of DPDK, and the data of ../shared/data/net.
 *
 * Both sides run in turns on one core, on large pages, and take the same
 * addresses and keys.  A ratio is ours to theirs, whatever the unit.
 */
#ifndef TESTS_BENCH_DPDK_H
#define TESTS_BENCH_DPDK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "host/cli/bench.h"

struct dpdk {
    struct bench bench;
    int socket; /* where DPDK's tables get memory on large pages */
};

/* Each prints the figures of one table or function; the first error is
 * returned, and has been said. */
int dpdk_lpm4(struct dpdk *d);
int dpdk_rules4(struct dpdk *d);
int dpdk_flow(struct dpdk *d);
int dpdk_lpm6(struct dpdk *d);
int dpdk_router4(struct dpdk *d);
int dpdk_testpmd(struct dpdk *d);

/* A call of 'work' of each does 'n' of something; prints millions a second. */
struct dpdk_pair {
    int (*ours)(void *ctx);
    int (*theirs)(void *ctx);
    void *ctx;
    size_t n;
};
int dpdk_speed(struct dpdk *d, const char *name, const char *peer,
               const struct dpdk_pair *p);

/* The same for what a call takes; prints seconds. */
int dpdk_time(struct dpdk *d, const char *name, const char *peer,
              const struct dpdk_pair *p);

/* Two sizes in bytes; prints MiB. */
void dpdk_size(struct dpdk *d, const char *name, const char *peer, size_t ours,
               size_t theirs);

/* Bytes that DPDK's tables take now. */
size_t dpdk_bytes(const struct dpdk *d);

/* What a Zipf distribution with exponent 1 gives: numbers below 'n', most of
 * them small, the same ones for the same seed. */
void dpdk_zipf(uint64_t seed, uint32_t n, uint32_t *at, size_t count);

/* Lines of ../shared/data/net/NAME, which ends in .gz or not; NULL, and it has
 * been said.  dpdk_data_close() answers 0. */
FILE *dpdk_data(const char *name);
int dpdk_data_close(FILE *f);

/* An IPv4 address and what stands behind it. */
uint32_t dpdk_address(const char *s, char **end);

#endif
