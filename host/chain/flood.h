/*
 * flood.h - what a chain needs where one packet becomes several: how many there
 * may be, their order, and bytes of their own, since whoever gets a packet may
 * edit it in place.
 */
#ifndef HOST_CHAIN_FLOOD_H
#define HOST_CHAIN_FLOOD_H

#include "host/chain/chain.h"

enum {
    FLOOD_COPIES_MAX = 256, /* of one packet, all over the chain */
    FLOOD_PORTS = 16,       /* a flood's mark has a bit for each */
};

/* Memory for the copies of one burst. */
struct flood_pool {
    uint8_t *bytes; /* [cap], owned */
    size_t cap, at;
};

/*
 * Sets ways[k] to the packets that one packet of a source may become at vertex
 * k.  Returns how many it may become on all links; both end at
 * FLOOD_COPIES_MAX.  ERR_NO_MEM.
 */
int flood_ways(const struct chain *c, uint32_t *ways);

/* ERR_NO_MEM.  flood_pool_close() takes a pool that was never opened. */
int flood_pool_open(struct flood_pool *pool, size_t cap);
void flood_pool_close(struct flood_pool *pool);

/* Gives 'p' bytes of its own, with room behind them; false when none is left.
 */
bool flood_copy(struct flood_pool *pool, struct pkt *p);

/*
 * Sorts by item; packets of one item stay in their order.  'scratch' has room
 * for as many.
 */
void flood_sort(struct pkt *p, size_t n, struct pkt *scratch);

#endif
