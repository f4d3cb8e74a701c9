/* acl_cache_stimulus.h - what acl_cache is tested with. */
#ifndef NET_FN_ACL_CACHE_ACL_CACHE_STIMULUS_H
#define NET_FN_ACL_CACHE_ACL_CACHE_STIMULUS_H

#include "net/fn/acl_cache/acl_cache_entry.h"

/* See setup and packet of struct fn. */
int acl_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void acl_cache_stimulus_packet(struct rng *r, struct pkt *p);

#endif
