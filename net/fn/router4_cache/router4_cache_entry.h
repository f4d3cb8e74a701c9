/*
 * router4_cache_entry.h - entries of the tables DEST and HOP
 * (router4_cache.csr): a destination, and where its packets go.
 */
#ifndef NET_FN_ROUTER4_CACHE_ROUTER4_CACHE_ENTRY_H
#define NET_FN_ROUTER4_CACHE_ROUTER4_CACHE_ENTRY_H

#include "core/fn.h"
#include "router4_cache_csr.h"

enum {
    DEST_WAYS = 2, /* entries 2h and 2h + 1 are for hash h */
    DEST_HOP_SHIFT = 16,
    DEST_MTU = 0xffff,
    HOP_PORT_SHIFT = 16,
    HOP_MAC_HI = 0xffff, /* of words 1 and 3 */
};

#define DEST_IN_USE  (UINT32_C(1) << 31)
#define HOP_TO_SET   (UINT32_C(1) << 31)
#define HOP_FROM_SET (UINT32_C(1) << 30)
#define HOP_IN_USE   (UINT32_C(1) << 29)

/* Number of the first of the entries of DEST that are for 'addr'. */
uint32_t dest_first(uint32_t addr);

/* Emits the writes that make 'word' entry 'number' of DEST.  In the midst of
 * them that entry is not in use, never half. */
int dest_emit(const uint32_t *word, uint32_t number, fn_emit *emit, void *ctx);

/* Emits the writes that make 'word' entry 'number' of HOP. */
int hop_emit(const uint32_t *word, uint32_t number, fn_emit *emit, void *ctx);

#endif
