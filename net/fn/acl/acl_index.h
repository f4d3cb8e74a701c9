/* acl_index.h - an index over many rules, beside the RULE table. */
#ifndef NET_FN_ACL_ACL_INDEX_H
#define NET_FN_ACL_ACL_INDEX_H

#include "core/fn.h"
#include "core/net_key4.h"

enum {
    ACL_INDEX_MIN = 24,          /* fewer rules are scanned as fast */
    ACL_INDEX_RULE_BYTES = 4096, /* most memory a rule */
};

/* See prepare and close of struct fn. */
void acl_index_prepare(struct fn_state *s);
void acl_index_close(struct fn_state *s);

/*
 * Numbers of the first rules that match keys [n], n up to FN_BURST_PKT, from 1
 * or 0; those of keys without IP are 0.  False, and nothing done, when there is
 * no index: few rules, masks that are no prefixes', or no memory.
 */
bool acl_index_find(const struct fn_state *s, const struct net_key4 *keys,
                    uint32_t *first, size_t n);

#endif
