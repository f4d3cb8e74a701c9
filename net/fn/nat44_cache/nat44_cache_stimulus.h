/* nat44_cache_stimulus.h - what nat44_cache is tested with. */
#ifndef NET_FN_NAT44_CACHE_NAT44_CACHE_STIMULUS_H
#define NET_FN_NAT44_CACHE_NAT44_CACHE_STIMULUS_H

#include "net/fn/nat44_cache/nat44_cache_entry.h"

/* See setup and packet of struct fn. */
int nat44_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void nat44_cache_stimulus_packet(struct rng *r, struct pkt *p);

#endif
