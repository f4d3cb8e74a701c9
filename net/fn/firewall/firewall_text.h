/* firewall_text.h - what firewall is told in text, and what it is tested with.
 */
#ifndef NET_FN_FIREWALL_FIREWALL_TEXT_H
#define NET_FN_FIREWALL_FIREWALL_TEXT_H

#include "core/fn.h"

/*
 * Filter lines as in net/table/rules4_text.h, each with an optional action,
 * accept or drop, and behind that an optional side, inside or outside: then the
 * rule is for packets that come from there only.
 */
int firewall_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "0,2-3", "none": the ports that are inside. */
int firewall_parse_inside(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "inside=accept,outside=drop": new flows that no rule matches; "other=drop":
 * frames without IPv4; "pickup=accept": flows whose begin was not seen.  What
 * is not named is as at reset. */
int firewall_parse_default(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "tcp=7440,transitory=240,udp=300,icmp=60,fragment=30", in ticks.  What is not
 * named is as at reset. */
int firewall_parse_timeouts(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int firewall_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void firewall_stimulus_packet(struct rng *r, struct pkt *p);

#endif
