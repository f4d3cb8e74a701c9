/* nat44_stimulus.h - setup() and packet() of struct fn. */
#ifndef NET_FN_NAT44_NAT44_STIMULUS_H
#define NET_FN_NAT44_NAT44_STIMULUS_H

#include "core/fn.h"

int nat44_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void nat44_stimulus_packet(struct rng *r, struct pkt *p);

#endif
