/* net_vlans.h - which ports are in which VLANs, in text: one file for the
 * functions of a bridge. */
#ifndef CORE_NET_VLANS_H
#define CORE_NET_VLANS_H

#include "core/fn.h"

enum { NET_VLANS = 4096, NET_VLAN_PORTS = 16 };

/* A bit for each port, by VLAN. */
struct net_vlans {
    uint16_t member[NET_VLANS];   /* member set; all ports without a line */
    uint16_t untagged[NET_VLANS]; /* untagged set, of these */
    uint32_t n;                   /* the highest VLAN with a line, and 1 */
};

/*
 * "VID: PORTS" a line, VIDs from 0 to 4095, each at most once; PORTS are
 * numbers and ranges from 0 to 15 joined by commas, or "none".  Behind each of
 * them may stand how frames leave there, "untagged" or "tagged"; where nothing
 * stands behind any, they are tagged.  Empty lines and lines that begin with #
 * are skipped.  ERR_BAD_INPUT with a message that names the line.
 */
int net_vlans_parse(const struct fn_text *t, struct net_vlans *v);

/* "0-3,7" or "none" as a bit for each port; false when it is something else.
 * Changes 'text'. */
bool net_parse_ports(char *text, uint32_t *ports);

/* 'text' without the blanks around it; changes 'text'. */
char *net_trim(char *text);

/* Cuts 'text' at the first 'c'; what follows, or NULL without one. */
char *net_cut(char *text, char c);

#endif
