/*
 * acl_cache_entry.h - an entry of table ENTRY (acl_cache.csr): a 5-tuple
 * with its DSCP, and what became of it.
 */
#ifndef NET_FN_ACL_CACHE_ACL_CACHE_ENTRY_H
#define NET_FN_ACL_CACHE_ACL_CACHE_ENTRY_H

#include "acl_cache_csr.h"
#include "core/fn.h"
#include "core/net_key4.h"

enum {
    ENTRY_RULE = 0x3fff, /* number of the rule from 1; the highest there is */
    ENTRY_ACTION =
        1 << 14, /* of the rule: drop; without a rule: none matches */
    ENTRY_RESULT = ENTRY_RULE | ENTRY_ACTION, /* 0: the entry is empty */
    ENTRY_FLAGGED = 1 << 15,
    ENTRY_TCP =
        1, /* in bits 31:30; another protocol stands in place of ports */
    ENTRY_UDP = 2,
    ENTRY_SCTP = 3,
    ENTRY_WAYS = 2, /* entries 2h and 2h + 1 are for hash h */
};

struct entry {
    uint32_t word[ACL_CACHE_ENTRY_WORDS];
};

/* The entry of 'key', with result 0. */
struct entry entry_of_key(const struct net_key4 *key, bool no_flags);

/* Number of the first of the entries that are for the key of 'e'. */
uint32_t entry_first(const struct entry *e);

/* Emits the writes that make 'e' entry 'number'.  In the midst of them that
 * entry is empty, never half. */
int entry_emit(const struct entry *e, uint32_t number, fn_emit *emit,
               void *ctx);

#endif
