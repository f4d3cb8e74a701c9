/* bridge_text.h - what bridge is told in text, and what it is tested with. */
#ifndef NET_FN_BRIDGE_BRIDGE_TEXT_H
#define NET_FN_BRIDGE_BRIDGE_TEXT_H

#include "core/fn.h"

enum {
    BRIDGE_PORTS = 16,
    BRIDGE_WAYS = 4,     /* entries a set */
    BRIDGE_FDB_MIN = 64, /* with fewer entries, nothing is learned */
};

/* Why a packet was dropped: its mark. */
enum bridge_drop {
    BRIDGE_SHORT = 1, /* no whole Ethernet header */
    BRIDGE_PORT,      /* came from a port beyond the last */
    BRIDGE_INGRESS,   /* ... from one that is no member of its VLAN */
    BRIDGE_EGRESS,    /* its destination's port is no member */
    BRIDGE_FILTERED,  /* its destination is where it came from */
    BRIDGE_EMPTY,     /* to be flooded, but there is no other port */
};

/*
 * "VID: PORTS" a line, VIDs from 0 to 4095, each at most once; PORTS are
 * numbers and ranges from 0 to 15 joined by commas, or "none".  All ports are
 * members of VLANs without a line.  Empty lines and lines that begin with # are
 * skipped.
 */
int bridge_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "PORT=VID,...": ports that are not there get VLAN 1. */
int bridge_parse_pvid(const struct fn_text *t, fn_emit *emit, void *ctx);

/* Entries of the table, which is empty afterwards. */
int bridge_parse_entries(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int bridge_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void bridge_stimulus_packet(struct rng *r, struct pkt *p);

#endif
