/* firewall_rules.h - who may open a flow. */
#ifndef NET_FN_FIREWALL_FIREWALL_RULES_H
#define NET_FN_FIREWALL_FIREWALL_RULES_H

#include "core/fn.h"
#include "net/table/rules4_text.h"

enum { /* word 7 of RULE; words 0 to 6: net/table/rules4_text.h */
       RULE_WORD_ACTION = RULES4_WORDS,
       RULE_DROP = 1 << 0,
       RULE_NOT_INSIDE = 1 << 1,
       RULE_NOT_OUTSIDE = 1 << 2,
};

/* The rules for packets from inside, [0], and from outside, [1].  Few are
 * scanned, for many there is an index; all zeros to begin. */
struct firewall_rules {
    struct {
        struct rules4 *index; /* NULL: none */
        uint16_t *number;     /* of its rules among all, from 1 */
    } side[2];
    uint32_t n;
};

/* See prepare of struct fn. */
void firewall_rules_prepare(struct firewall_rules *f, const struct fn_state *s);
void firewall_rules_close(struct firewall_rules *f);

/* Number of the first rule that holds, from 1, or 0; key->has_ip is true. */
uint32_t firewall_rules_find(const struct firewall_rules *f,
                             const struct fn_state *s,
                             const struct net_key4 *key, bool outside);

#endif
