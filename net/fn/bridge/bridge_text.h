/* bridge_text.h - what bridge is told in text, and what it is tested with. */
#ifndef NET_FN_BRIDGE_BRIDGE_TEXT_H
#define NET_FN_BRIDGE_BRIDGE_TEXT_H

#include "core/fn.h"

enum {
    BRIDGE_PORTS = 16,
    BRIDGE_WAYS = 4,      /* entries a set */
    BRIDGE_FDB_MIN = 64,  /* with fewer entries, nothing is learned */
    BRIDGE_CONTROL = 255, /* out port of what is punted: no port of a bridge */
};

/* Why a packet goes to no other port: its mark. */
enum bridge_why {
    BRIDGE_SHORT = 1, /* no whole Ethernet header */
    BRIDGE_PORT,      /* came from a port beyond the last */
    BRIDGE_INGRESS,   /* ... from one that is no member of its VLAN */
    BRIDGE_EGRESS,    /* its destination's port is no member */
    BRIDGE_FILTERED,  /* its destination is where it came from */
    BRIDGE_EMPTY,     /* to be flooded, but there is no other port */
    BRIDGE_FRAME,     /* its port takes no such frames, or no room for a tag */
    BRIDGE_STATE,     /* its port or its destination's does not forward */
    BRIDGE_PUNT,      /* to a reserved address: for the control plane */
};

/* The members of net_vlans_parse(). */
int bridge_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "PORT=WORD,..." with numbers or words: ports that are not there get VLAN 1,
 * all frames, state forwarding, epoch 0. */
int bridge_parse_pvid(const struct fn_text *t, fn_emit *emit, void *ctx);
int bridge_parse_frames(const struct fn_text *t, fn_emit *emit, void *ctx);
int bridge_parse_states(const struct fn_text *t, fn_emit *emit, void *ctx);
int bridge_parse_epochs(const struct fn_text *t, fn_emit *emit, void *ctx);

/* Ports like "0-3,7", or "none". */
int bridge_parse_unfiltered(const struct fn_text *t, fn_emit *emit, void *ctx);

/* Entries of the table, which is empty afterwards. */
int bridge_parse_entries(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int bridge_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void bridge_stimulus_packet(struct rng *r, struct pkt *p);

#endif
