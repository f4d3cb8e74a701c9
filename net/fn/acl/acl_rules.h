/* acl_rules.h - what acl is told in text, and what it is tested with. */
#ifndef NET_FN_ACL_ACL_RULES_H
#define NET_FN_ACL_ACL_RULES_H

#include "core/fn.h"
#include "net/table/rules4_text.h"

enum { /* word 7 of RULE; words 0 to 6: net/table/rules4_text.h */
       ACL_WORD_ACTION = RULES4_WORDS,
       ACL_DROP = 1 << 0,
       ACL_DSCP_SHIFT = 8,
       ACL_DSCP_MASK_SHIFT = 16,
       ACL_DSCP_MASK = 0x3f, /* all 6 bits */
};

/* The rule in 'words' [8]; with 'no_flags' it holds whatever the flags are. */
static inline struct rule4 acl_rule_of_words(const uint32_t *words,
                                             bool no_flags)
{
    struct rule4 x = rules4_of_words(words, no_flags);
    uint32_t action = words[ACL_WORD_ACTION];

    x.dscp = action >> ACL_DSCP_SHIFT & ACL_DSCP_MASK;
    x.dscp_mask = action >> ACL_DSCP_MASK_SHIFT & ACL_DSCP_MASK;
    return x;
}

/* Does it match?  key->has_ip is true. */
static inline bool acl_words_match(const uint32_t *words,
                                   const struct net_key4 *key, bool no_flags)
{
    uint32_t action = words[ACL_WORD_ACTION];

    return rules4_words_match(words, key, no_flags) &&
           ((key->dscp ^ action >> ACL_DSCP_SHIFT) &
            (action >> ACL_DSCP_MASK_SHIFT) & ACL_DSCP_MASK) == 0;
}

/*
 * Filter lines as in net/table/rules4_text.h, each optionally followed by a
 * DSCP, "dscp VALUE", "dscp VALUE/MASK" or "dscp NAME" (ef, va, le, cs0 to cs7,
 * af11 to af43), and then by an action: accept or drop.  Empty lines and lines
 * that begin with # are skipped.
 */
int acl_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx);
int acl_parse_default(const struct fn_text *t, fn_emit *emit, void *ctx);
int acl_parse_flags(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int acl_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void acl_stimulus_packet(struct rng *r, struct pkt *p);

#endif
