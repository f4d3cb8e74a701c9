/* firewall_cache_stimulus.h - what firewall_cache is tested with. */
#ifndef NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_STIMULUS_H
#define NET_FN_FIREWALL_CACHE_FIREWALL_CACHE_STIMULUS_H

#include "core/fn.h"

/* See setup and packet of struct fn. */
int firewall_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void firewall_cache_stimulus_packet(struct rng *r, struct pkt *p);

#endif
