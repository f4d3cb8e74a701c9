/* acl_rules.h - what acl is told in text, and what it is tested with. */
#ifndef NET_FN_ACL_ACL_RULES_H
#define NET_FN_ACL_ACL_RULES_H

#include "core/fn.h"

/*
 * Filter lines as in net/table/rules4_text.h, each optionally followed by an
 * action: accept or drop.  Empty lines and lines that begin with # are skipped.
 */
int acl_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx);
int acl_parse_default(const struct fn_text *t, fn_emit *emit, void *ctx);
int acl_parse_flags(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int acl_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void acl_stimulus_packet(struct rng *r, struct pkt *p);

#endif
