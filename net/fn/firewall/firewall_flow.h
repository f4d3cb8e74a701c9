/* firewall_flow.h - the flows of table FLOW: how they come, change and go. */
#ifndef NET_FN_FIREWALL_FIREWALL_FLOW_H
#define NET_FN_FIREWALL_FIREWALL_FLOW_H

#include "net/fn/firewall/firewall_rules.h"
#include "net/fn/firewall/firewall_state.h"
#include "net/table/session.h"

/* What s->own points to. */
struct firewall {
    struct session flows;
    struct firewall_rules rules;
    struct fn_state *s;
    struct firewall_regs *regs;
    bool moved; /* entries came or went since the burst was looked up */
};

/* See open, close and prepare of struct fn. */
int firewall_flow_open(struct fn_state *s);
void firewall_flow_close(struct fn_state *s);
void firewall_flow_prepare(struct fn_state *s);

/* Of the words of an entry: enum firewall_state, and the rule. */
static inline uint32_t firewall_flow_state(const uint32_t *words)
{
    return words[FLOW_WORD_STATE] & FLOW_STATE;
}

static inline uint32_t firewall_flow_rule(const uint32_t *words)
{
    return words[FLOW_WORD_STATE] >> FLOW_RULE_SHIFT & FLOW_RULE;
}

/* The entry of 'key', of which the burst's lookup gave 'number'. */
static inline uint32_t firewall_flow_number(const struct firewall *f,
                                            struct flow_key key,
                                            uint32_t number)
{
    return f->moved ? session_again(&f->flows, key, number) : number;
}

/* The flow is in 'state' now, and was seen. */
void firewall_flow_set(struct firewall *f, uint32_t *words, uint32_t state);

/* An entry in 'state', opened from the second end if 'high'; SESSION_NONE when
 * there is no room. */
uint32_t firewall_flow_add(struct firewall *f, const struct flow_key *key,
                           bool high, uint32_t state, uint32_t rule);

void firewall_flow_remove(struct firewall *f, uint32_t number);

/* Removes the flow if its time is over; true then. */
bool firewall_flow_expire(struct firewall *f, uint32_t number);

/* Looks at the next entry in turn, and removes it if its time is over; its
 * place then goes to the last one. */
void firewall_flow_sweep(struct firewall *f);

#endif
