/* vxlan_text.h - what vxlan is told in text, and what it is tested with. */
#ifndef NET_FN_VXLAN_VXLAN_TEXT_H
#define NET_FN_VXLAN_VXLAN_TEXT_H

#include "core/fn.h"

/*
 * Values: an IPv4 address, 192.0.2.1; Ethernet addresses, 02:00:00:00:00:01.
 * Lines of fields; empty ones and those that begin with # are skipped:
 *
 *   networks: VNI port PORT [vlan VLAN] [group ADDRESS]
 *   stations: VNI MAC ADDRESS
 *
 * No two networks have a VNI, or a port and VLAN, in common; a group may also
 * be the address of one tunnel end, which then gets all that is for many.
 */
int vxlan_parse_local(const struct fn_text *t, fn_emit *emit, void *ctx);
int vxlan_parse_mac(const struct fn_text *t, fn_emit *emit, void *ctx);
int vxlan_parse_gateway(const struct fn_text *t, fn_emit *emit, void *ctx);
int vxlan_parse_networks(const struct fn_text *t, fn_emit *emit, void *ctx);
int vxlan_parse_stations(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int vxlan_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void vxlan_stimulus_packet(struct rng *r, struct pkt *p);

#endif
