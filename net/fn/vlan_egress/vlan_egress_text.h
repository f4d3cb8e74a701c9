/* vlan_egress_text.h - what vlan_egress is told in text, and what it is tested
 * with. */
#ifndef NET_FN_VLAN_EGRESS_VLAN_EGRESS_TEXT_H
#define NET_FN_VLAN_EGRESS_VLAN_EGRESS_TEXT_H

#include "core/fn.h"

enum { VLAN_EGRESS_PORTS = 16 };

/* What becomes of a packet: its mark. */
enum vlan_egress_fate {
    VLAN_EGRESS_PLAIN = 1, /* it has no tag with a VLAN */
    VLAN_EGRESS_TAGGED,    /* it keeps its tag */
    VLAN_EGRESS_UNTAGGED,  /* its tag was taken out */
};

/* The untagged sets of net_vlans_parse(). */
int vlan_egress_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int vlan_egress_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void vlan_egress_stimulus_packet(struct rng *r, struct pkt *p);

#endif
