/* share_text.h - what share is told in text, and what it is tested with. */
#ifndef NET_FN_SHARE_SHARE_TEXT_H
#define NET_FN_SHARE_SHARE_TEXT_H

#include "core/fn.h"

/* Words of a network, in the order of share.csr. */
enum {
    NET_QUANTUM,
    NET_MOST,
    NET_HOW,
    NET_TOKENS,
    NET_PASSED,
    NET_DROPPED,
    NET_BYTES,
    NET_BYTES_H,
};

/* ... and of the link. */
enum { LINK_RATE, LINK_BURST, LINK_SEEN, LINK_CREDIT, LINK_TURN };

enum { SHARE_QUANTUM_MASK = 0xffffff };

/*
 * Lines, "link" first:
 *
 *   link rate BYTES burst BYTES unit BYTES
 *   net NUMBER weight WEIGHT [most BYTES] [priority]
 *
 * RATE is bytes a tick.  A network's quantum is WEIGHT x UNIT, UNIT at least
 * the longest packet; it may hold MOST, twice the quantum when nothing is said.
 * Networks begin with a quantum each.
 */
int share_parse_nets(const struct fn_text *t, fn_emit *emit, void *ctx);

/* port or mark: NET_BY. */
int share_parse_net(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int share_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void share_stimulus_packet(struct rng *r, struct pkt *p);

#endif
