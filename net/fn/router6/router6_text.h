/* router6_text.h - what router6 is told in text, and what it is tested with. */
#ifndef NET_FN_ROUTER6_ROUTER6_TEXT_H
#define NET_FN_ROUTER6_ROUTER6_TEXT_H

#include "core/fn.h"

/*
 * Lines of fields; empty ones and those that begin with # are skipped.
 *
 *   routes: PREFIX/LENGTH NEXTHOP            2001:db8::/32 3
 *   next:   NUMBER port PORT [mac MAC] [mtu BYTES]
 *           NUMBER group FIRST COUNT         equal-cost: next hops FIRST..
 *   ports:  PORT ADDRESS [MAC]               0 2001:db8::1 02:00:00:00:00:01
 *
 * Next hops are numbered from 1 to 32767; one that is not in 'next' leaves by
 * the port of its number, and then numbers end at 255.
 */
int router6_parse_routes(const struct fn_text *t, fn_emit *emit, void *ctx);
int router6_parse_next(const struct fn_text *t, fn_emit *emit, void *ctx);
int router6_parse_ports(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int router6_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void router6_stimulus_packet(struct rng *r, struct pkt *p);

#endif
