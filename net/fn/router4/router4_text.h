/* router4_text.h - what router4 is told in text, and what it is tested with. */
#ifndef NET_FN_ROUTER4_ROUTER4_TEXT_H
#define NET_FN_ROUTER4_ROUTER4_TEXT_H

#include "core/fn.h"

/*
 * Lines of fields; empty ones and those that begin with # are skipped.
 *
 *   routes: PREFIX/LENGTH NEXTHOP            10.0.0.0/8 3
 *   next:   NUMBER port PORT [mac MAC] [mtu BYTES]
 *           NUMBER group FIRST COUNT         equal-cost: next hops FIRST..
 *   ports:  PORT ADDRESS [MAC]               0 192.0.2.1 02:00:00:00:00:01
 *
 * Next hops are numbered from 1 to 32767; one that is not in 'next' leaves by
 * the port of its number, and then numbers end at 255.
 */
int router4_parse_routes(const struct fn_text *t, fn_emit *emit, void *ctx);
int router4_parse_next(const struct fn_text *t, fn_emit *emit, void *ctx);
int router4_parse_ports(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int router4_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void router4_stimulus_packet(struct rng *r, struct pkt *p);

#endif
