/*
 * flood.h - what a chain needs where one packet becomes several: how many there
 * may be, and their order.
 */
#ifndef HOST_CHAIN_FLOOD_H
#define HOST_CHAIN_FLOOD_H

#include "host/chain/chain.h"

enum {
    FLOOD_COPIES_MAX = 256, /* of one packet, all over the chain */
    FLOOD_PORTS = 16,       /* a flood's mark has a bit for each */
};

/*
 * Sets ways[k] to the packets that one packet of a source may become at vertex
 * k.  Returns how many it may become on all links; both end at
 * FLOOD_COPIES_MAX.  ERR_NO_MEM.
 */
int flood_ways(const struct chain *c, uint32_t *ways);

/*
 * Sorts by item; packets of one item stay in their order.  'scratch' has room
 * for as many.
 */
void flood_sort(struct pkt *p, size_t n, struct pkt *scratch);

#endif
