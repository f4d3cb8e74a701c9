/* router4_cache_stimulus.h - what router4_cache is tested with. */
#ifndef NET_FN_ROUTER4_CACHE_ROUTER4_CACHE_STIMULUS_H
#define NET_FN_ROUTER4_CACHE_ROUTER4_CACHE_STIMULUS_H

#include "net/fn/router4_cache/router4_cache_entry.h"

/* See setup and packet of struct fn. */
int router4_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void router4_cache_stimulus_packet(struct rng *r, struct pkt *p);

#endif
