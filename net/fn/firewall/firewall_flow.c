/* firewall_flow.c - see firewall_flow.h. */
#include "net/fn/firewall/firewall_flow.h"

#include <stdlib.h>

#include "core/base/err.h"

int firewall_flow_open(struct fn_state *s)
{
    struct firewall *f = calloc(1, sizeof *f);
    struct firewall_regs *regs = s->regs;

    if (f == NULL) {
        return ERR_NO_MEM;
    }
    s->own = f;
    f->s = s;
    f->regs = regs;
    return session_open(&f->flows, s, &firewall_csr, FIREWALL_TABLE_FLOW,
                        &regs->n_flows, 1);
}

void firewall_flow_close(struct fn_state *s)
{
    struct firewall *f = s->own;

    if (f != NULL) {
        session_close(&f->flows);
        firewall_rules_close(&f->rules);
        free(f);
        s->own = NULL;
    }
}

void firewall_flow_prepare(struct fn_state *s)
{
    struct firewall *f = s->own;

    session_prepare(&f->flows, s, f->regs->seed);
    firewall_rules_prepare(&f->rules, s);
}

void firewall_flow_set(struct firewall *f, uint32_t *words, uint32_t state)
{
    bool was = firewall_is_half(firewall_flow_state(words));

    if (was && !firewall_is_half(state) && f->regs->n_half > 0) {
        f->regs->n_half--;
    }
    words[FLOW_WORD_STATE] =
        (words[FLOW_WORD_STATE] & ~(uint32_t)FLOW_STATE) | state;
    words[FLOW_WORD_SEEN] = f->regs->tick;
}

uint32_t firewall_flow_add(struct firewall *f, const struct flow_key *key,
                           bool high, uint32_t state, uint32_t rule)
{
    uint32_t number = f->regs->n_flows < f->regs->max_flows
                          ? session_add(&f->flows, key)
                          : SESSION_NONE;

    if (number != SESSION_NONE) {
        uint32_t *words = session_entry(&f->flows, number);
        words[FLOW_WORD_STATE] =
            rule << FLOW_RULE_SHIFT | (high ? (uint32_t)FLOW_HIGH : 0) | state;
        words[FLOW_WORD_SEEN] = f->regs->tick;
        f->regs->n_half += firewall_is_half(state);
        f->moved = true;
    }
    return number;
}

void firewall_flow_remove(struct firewall *f, uint32_t number)
{
    uint32_t *words = session_entry(&f->flows, number);

    if (firewall_is_half(firewall_flow_state(words)) && f->regs->n_half > 0) {
        f->regs->n_half--;
    }
    session_remove(&f->flows, number);
    f->moved = true;
}

bool firewall_flow_expire(struct firewall *f, uint32_t number)
{
    if (!firewall_is_expired(f->regs, session_entry(&f->flows, number))) {
        return false;
    }
    firewall_flow_remove(f, number);
    f->regs->n_expired++;
    return true;
}

void firewall_flow_sweep(struct firewall *f)
{
    struct firewall_regs *r = f->regs;
    uint32_t n =
        r->n_flows < FIREWALL_FLOW_DEPTH ? r->n_flows : FIREWALL_FLOW_DEPTH;

    r->sweep = r->sweep < n ? r->sweep : 0;
    if (n > 0) {
        r->sweep += !firewall_flow_expire(f, r->sweep);
    }
}
