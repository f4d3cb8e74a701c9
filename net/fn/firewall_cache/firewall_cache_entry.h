/*
 * firewall_cache_entry.h - an entry of tables ENTRY and SEEN
 * (firewall_cache.csr): an open flow, and when firewall saw it.
 */
#ifndef NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_ENTRY_H
#define NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_ENTRY_H

#include "core/fn.h"
#include "core/net_key4.h"
#include "firewall_cache_csr.h"

enum {
    ENTRY_RULE = 0x1fff,  /* of word 3 */
    ENTRY_HELD = 1 << 15, /* 0: the entry is empty */
    ENTRY_WAYS = 2,       /* entries 2h and 2h + 1 are for hash h */
};

struct entry {
    uint32_t word[FIREWALL_CACHE_ENTRY_WORDS];
};

/* The entry of 'key', which holds nothing: the same from both ends. */
struct entry held_of_key(const struct net_key4 *key);

/* Number of the first of the entries that are for 'key'. */
uint32_t held_first(const struct net_key4 *key);

/* Are these the words of an entry of ENTRY that holds the key of 'e'? */
static inline bool held_has(const uint32_t *words, const struct entry *e)
{
    return words[0] == e->word[0] && words[1] == e->word[1] &&
           words[2] == e->word[2] && words[3] >> 24 == e->word[3] >> 24 &&
           (words[3] & ENTRY_HELD) != 0;
}

/* Emits the write that makes entry 'number' empty. */
int held_emit_empty(uint32_t number, fn_emit *emit, void *ctx);

/* Emits the writes that make 'e', seen at 'tick', entry 'number'.  In the midst
 * of them that entry is empty, never half. */
int held_emit(const struct entry *e, uint32_t tick, uint32_t number,
              fn_emit *emit, void *ctx);

#endif
