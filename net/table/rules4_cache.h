/*
 * rules4_cache.h - exact results of an index (rules4.h) for the keys that it
 * was asked last, in front of it.  What it gives is what the index gives; where
 * flows repeat it gives it faster.
 *
 * A line of memory holds WAYS keys of one hash; a new one takes the place of
 * the oldest.  After a burst of which less than half is found some go past the
 * cache: flows that do not come again are looked up twice once in 16 bursts.
 */
#ifndef NET_TABLE_RULES4_CACHE_H
#define NET_TABLE_RULES4_CACHE_H

#include "net/table/rules4.h"

enum {
    RULES4_CACHE_WAYS = 3,
    RULES4_CACHE_LOG2 = 14, /* lines, of 64 bytes */
};

struct rules4_cache;

/* An empty cache of 'rules', which has to stay as long.  ERR_NO_MEM; no
 * message. */
int rules4_cache_open(struct rules4_cache **out, const struct rules4 *rules);

/* NULL is none. */
void rules4_cache_close(struct rules4_cache *c);

/* As rules4_find_bulk(). */
void rules4_cache_find_bulk(struct rules4_cache *c, const struct net_key4 *key,
                            uint32_t *rule, size_t n);

#endif
