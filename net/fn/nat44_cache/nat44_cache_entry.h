/*
 * nat44_cache_entry.h - an entry of the tables KEY and END (nat44_cache.csr): a
 * flow, and what becomes of the end that is translated.
 */
#ifndef NET_FN_NAT44_CACHE_NAT44_CACHE_ENTRY_H
#define NET_FN_NAT44_CACHE_NAT44_CACHE_ENTRY_H

#include "core/fn.h"
#include "core/net_flow4.h"
#include "nat44_cache_csr.h"

enum {
    ENTRY_WAYS = 2, /* entries 2h and 2h + 1 are for hash h */
    ENTRY_PORT = 0xffff,
    ENTRY_WORDS = NAT44_CACHE_KEY_WORDS + NAT44_CACHE_END_WORDS,
};

#define ENTRY_IN_USE  (UINT32_C(1) << 31)
#define ENTRY_OUTSIDE (UINT32_C(1) << 30)
#define ENTRY_TCP     (UINT32_C(1) << 29)
#define ENTRY_KEY     (ENTRY_IN_USE | ENTRY_OUTSIDE | ENTRY_TCP)

/* The words of KEY, then those of END. */
struct entry {
    uint32_t word[ENTRY_WORDS];
};

/* The entry of flow 'f', whose end becomes 'addr' and 'port': its source, or
 * from the outside its destination. */
struct entry nat44_entry_of(const struct net_flow4 *f, bool outside,
                            uint32_t addr, uint16_t port);

/* Number of the first of the entries that are for the key of 'e'. */
uint32_t nat44_entry_first(const struct entry *e);

/* Emits the writes that make 'e' entry 'number'.  In the midst of them it is
 * not in use, never half. */
int nat44_entry_emit(const struct entry *e, uint32_t number, fn_emit *emit,
                     void *ctx);

#endif
