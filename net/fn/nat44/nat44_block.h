/*
 * nat44_block.h - ports of the pool's addresses, in blocks: an inside address
 * has all its ports in few blocks of one outside address (RFC 6888, REQ-2 and
 * REQ-4), so that who had a port is told by few records.
 */
#ifndef NET_FN_NAT44_NAT44_BLOCK_H
#define NET_FN_NAT44_NAT44_BLOCK_H

#include "net/fn/nat44/nat44_map.h"

/*
 * An outside endpoint for the inside endpoint 'in', taken: in '*out', and
 * NAT44_OUT, or why there is none.  For UDP it has the parity of the inside
 * port where one is left (RFC 4787, REQ-4).
 */
enum nat44_fate nat44_take(struct fn_state *s, struct flow_key in,
                           struct flow_key *out);

/* Gives back what nat44_take() took. */
void nat44_give_back(struct fn_state *s, struct flow_key out);

#endif
