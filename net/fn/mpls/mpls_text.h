/* mpls_text.h - what mpls is told in text, and what it is tested with. */
#ifndef NET_FN_MPLS_MPLS_TEXT_H
#define NET_FN_MPLS_MPLS_TEXT_H

#include "core/fn.h"

/*
 * Incoming labels, in any order, each once; then NHLFE holds these and no
 * others:
 *
 *   LABEL swap OUT[,OUT[,OUT]] port P [mac DST SRC]   the later are pushed
 *   LABEL pop port P [mac DST SRC] [pipe]      next hop gets what is below
 *   LABEL pop [pipe]                           what is below decides
 *   LABEL host
 *   LABEL push OUT[,OUT[,OUT]] port P [mac DST SRC] [mtu BYTES]   for FECs
 *
 * OUT is LABEL[/TC[/TTL]], "-" for a TC or TTL that is copied.  "swap 3" is
 * pop, "push 3" pushes none: implicit null.  See parse() of struct fn_key.
 */
int mpls_parse_ilm(const struct fn_text *t, fn_emit *emit, void *ctx);

/*
 * "PORT|any PREFIX|ip6 LABEL" a line: packets of a FEC go by the line of LABEL
 * that pushes.  The longest prefix counts, of equal ones one with a port, of
 * these the first.
 */
int mpls_parse_ftn(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "pass" or "drop", "drop" or "punt", "uniform" or "pipe". */
int mpls_parse_other(const struct fn_text *t, fn_emit *emit, void *ctx);
int mpls_parse_ttl(const struct fn_text *t, fn_emit *emit, void *ctx);
int mpls_parse_null(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "DSCP=TC,...": those not named get their first three bits. */
int mpls_parse_dscp(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int mpls_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void mpls_stimulus_packet(struct rng *r, struct pkt *p);

#endif
