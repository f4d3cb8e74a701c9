/*
 * firewall.c - stateful firewall: who may open a flow, and whose packets belong
 * to one.
 *
 * Two passes over a burst: the keys of all packets, looked up at once; the
 * packets themselves, one after the other, as one may change the flow of the
 * next.
 *
 * A packet of an open flow that says nothing new, in a lease in which the flow
 * was seen before, changes no state.  Any other first looks at one entry of
 * FLOW, the next in turn, and removes it when its time is over.
 */
#include "net/fn/firewall/firewall_fate.h"
#include "net/fn/firewall/firewall_flow.h"
#include "net/fn/firewall/firewall_text.h"

/* --- new flows ------------------------------------------------------------ */

/* True when one more may be opened in this tick; it then counts. */
static bool take_rate(struct firewall_regs *r)
{
    uint32_t tick = r->tick << 16;

    if ((r->rate & 0xffff0000) != tick) {
        r->rate = tick;
    }
    if (r->max_new != 0 && (r->rate & 0xffff) >= r->max_new) {
        return false;
    }
    r->rate += (r->rate & 0xffff) < 0xffff;
    return true;
}

/* A packet that no flow has opens one in 'state', if it may. */
static enum firewall_fate open_flow(struct firewall *f, const struct pkt *p,
                                    const struct firewall_key *key,
                                    uint32_t state, uint32_t *rule)
{
    struct firewall_regs *r = f->regs;
    bool outside = p->in_port > 31 || (r->inside >> p->in_port & 1) == 0;
    bool drop = (r->policy >> outside & 1) != 0;

    *rule = firewall_rules_find(&f->rules, f->s, &key->tuple, outside);
    if (*rule > 0) {
        const uint32_t *words = f->s->table[FIREWALL_TABLE_RULE] +
                                (size_t)(*rule - 1) * FIREWALL_RULE_WORDS;
        drop = (words[RULE_WORD_ACTION] & RULE_DROP) != 0;
    }
    if (drop) {
        return FATE_REFUSED;
    }
    if (r->n_flows >= r->max_flows || r->n_flows >= FIREWALL_FLOW_DEPTH) {
        return FATE_FULL;
    }
    if ((firewall_is_half(state) && r->n_half >= r->max_half) ||
        !take_rate(r)) {
        return FATE_LIMITED;
    }
    (void)firewall_flow_add(f, &key->flow, key->high, state,
                            *rule); /* it has room */
    return FATE_NEW;
}

/* What no flow has. */
static enum firewall_fate first_packet(struct firewall *f, const struct pkt *p,
                                       const struct firewall_key *key,
                                       uint32_t *rule)
{
    switch (key->kind) {
    case KIND_TCP:
        if (key->segment == SEGMENT_SYN) {
            return open_flow(f, p, key, STATE_SYN_SENT, rule);
        }
        if (key->segment == SEGMENT_ACK &&
            (f->regs->policy & 1u << FIREWALL_POLICY_PICKUP_SHIFT) != 0) {
            return open_flow(f, p, key, STATE_ESTABLISHED, rule);
        }
        return FATE_INVALID;
    case KIND_DATA: return open_flow(f, p, key, STATE_UNREPLIED, rule);
    case KIND_QUERY: return open_flow(f, p, key, STATE_QUERY, rule);
    case KIND_LATER: return FATE_FRAGMENT;
    default: return FATE_INVALID;
    }
}

/* --- packets of flows ----------------------------------------------------- */

/* Is it from the end that did not open the flow? */
static bool is_back(const struct firewall_key *key, const uint32_t *words)
{
    return key->high != ((words[FLOW_WORD_STATE] & FLOW_HIGH) != 0);
}

/* A segment of the flow with number 'number'. */
static enum firewall_fate
tcp_packet(struct firewall *f, const struct firewall_key *key, uint32_t number)
{
    uint32_t *words = session_entry(&f->flows, number);
    bool back = is_back(key, words);
    enum firewall_state next =
        firewall_tcp(firewall_flow_state(words), key->segment, back);

    if (next == STATE_INVALID) {
        return FATE_INVALID;
    }
    if (next == STATE_IGNORE) {
        return FATE_FLOW;
    }
    if (next == STATE_GONE) {
        firewall_flow_remove(f, number);
        return FATE_FLOW;
    }
    firewall_flow_set(f, words, next);
    return next == STATE_ESTABLISHED ? FATE_OPEN : FATE_FLOW;
}

static enum firewall_fate
flow_packet(struct firewall *f, const struct firewall_key *key, uint32_t number)
{
    uint32_t *words = session_entry(&f->flows, number);

    switch (key->kind) {
    case KIND_TCP: return tcp_packet(f, key, number);
    case KIND_DATA:
        if (is_back(key, words) ||
            firewall_flow_state(words) == STATE_REPLIED) {
            firewall_flow_set(f, words, STATE_REPLIED);
            return FATE_OPEN;
        }
        firewall_flow_set(f, words, STATE_UNREPLIED);
        return FATE_FLOW;
    case KIND_ERROR: return FATE_RELATED;
    case KIND_LATER: return FATE_FLOW;
    default: /* query or reply */
        firewall_flow_set(f, words, STATE_QUERY);
        return FATE_FLOW;
    }
}

/* Later fragments will find the first, which passed.  When there is no room
 * they will not. */
static void keep_fragment(struct firewall *f, const struct firewall_key *key,
                          uint32_t rule)
{
    struct flow_key fragment = firewall_key_fragment(key);
    uint32_t number = session_find(&f->flows, fragment);

    if (number != SESSION_NONE) {
        firewall_flow_remove(f, number); /* of an earlier packet */
    }
    (void)firewall_flow_add(f, &fragment, false, STATE_FRAGMENT, rule);
}

/*
 * Behind the end of a connection a SYN opens a new one, RFC 9293, 3.6.1: from
 * either end where both have closed, but where one reset it only from who
 * opened it.
 */
static bool opens_anew(const struct firewall_key *key, const uint32_t *words)
{
    uint32_t state = firewall_flow_state(words);

    return key->kind == KIND_TCP && key->segment == SEGMENT_SYN &&
           (state == STATE_TIME_WAIT ||
            (state == STATE_CLOSE && !is_back(key, words)));
}

/* Any packet with a key but those that change nothing. */
static enum firewall_fate judge(struct firewall *f, const struct pkt *p,
                                const struct firewall_key *key, uint32_t number,
                                uint32_t *rule)
{
    enum firewall_fate fate;

    number = firewall_flow_number(f, key->flow, number);
    if (number != SESSION_NONE && firewall_flow_expire(f, number)) {
        number = SESSION_NONE;
    }
    if (number != SESSION_NONE &&
        opens_anew(key, session_entry(&f->flows, number))) {
        firewall_flow_remove(f, number);
        number = SESSION_NONE;
    }
    if (number == SESSION_NONE) {
        fate = first_packet(f, p, key, rule);
    } else {
        *rule = firewall_flow_rule(session_entry(&f->flows, number));
        fate = flow_packet(f, key, number);
    }
    if (key->first && fate <= FATE_RELATED) {
        keep_fragment(f, key, *rule);
    }
    return fate;
}

/* A packet that changes nothing: of an open flow, seen in this lease. */
static bool is_quiet(const struct firewall *f, const struct firewall_key *key,
                     uint32_t number, uint32_t *rule)
{
    bool data = key->kind == KIND_DATA ||
                (key->kind == KIND_TCP && key->segment == SEGMENT_ACK);

    if (!data || key->first) {
        return false;
    }
    number = firewall_flow_number(f, key->flow, number);
    if (number == SESSION_NONE) {
        return false;
    }
    const uint32_t *words = session_entry(&f->flows, number);
    *rule = firewall_flow_rule(words);
    return firewall_is_open(firewall_flow_state(words)) &&
           firewall_is_leased(f->regs, words[FLOW_WORD_SEEN]);
}

static enum firewall_fate fate_of(struct firewall *f, const struct pkt *p,
                                  const struct firewall_key *key,
                                  uint32_t number, uint32_t *rule)
{
    *rule = 0;
    if (is_quiet(f, key, number, rule)) {
        return FATE_OPEN;
    }
    firewall_flow_sweep(f);
    switch (key->kind) {
    case KIND_OTHER:
        return (f->regs->policy & 1u << FIREWALL_POLICY_DROP_OTHER_SHIFT) != 0
                   ? FATE_OTHER
                   : FATE_PASS;
    case KIND_HEADER: return FATE_HEADER;
    case KIND_FLAGS: return FATE_FLAGS;
    case KIND_STRAY: return FATE_INVALID;
    default: return judge(f, p, key, number, rule);
    }
}

/* --- bursts --------------------------------------------------------------- */

static void mark(struct pkt *p, enum firewall_fate fate, uint32_t rule)
{
    if (fate <= FATE_RELATED) {
        p->mark = (uint16_t)((uint32_t)fate << FATE_SHIFT | rule);
        return;
    }
    p->flags |= PKT_DROP;
    p->mark = (uint16_t)(fate == FATE_REFUSED ? rule : FATE_DROPPED + fate);
}

static void count(struct firewall_regs *r, const uint32_t *n)
{
    r->n_pass += n[FATE_PASS];
    r->n_new += n[FATE_NEW];
    r->n_flow += n[FATE_FLOW];
    r->n_open += n[FATE_OPEN];
    r->n_related += n[FATE_RELATED];
    r->n_refused += n[FATE_REFUSED];
    r->n_other += n[FATE_OTHER];
    r->n_header += n[FATE_HEADER];
    r->n_flags += n[FATE_FLAGS];
    r->n_invalid += n[FATE_INVALID];
    r->n_limited += n[FATE_LIMITED];
    r->n_full += n[FATE_FULL];
    r->n_fragment += n[FATE_FRAGMENT];
}

static void firewall_run(struct fn_state *s, const struct fn_span *in,
                         struct fn_span *out)
{
    struct firewall *f = s->own;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct firewall_key key[FN_BURST_PKT];
    struct flow_key flow[FN_BURST_PKT];
    uint32_t number[FN_BURST_PKT];
    uint32_t n[FATES] = {0};

    for (size_t k = 0; k < in->n; k++) {
        firewall_key_read(&x[k], &key[k]);
    }
    for (size_t k = 0; k < in->n; k++) { /* later: it was just written */
        flow[k] = key[k].flow;
    }
    session_find_bulk(&f->flows, flow, number, in->n);
    f->moved = false;
    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        if (!pkt_is_done(&y[k])) {
            uint32_t rule;
            enum firewall_fate fate =
                fate_of(f, &y[k], &key[k], number[k], &rule);
            mark(&y[k], fate, rule);
            n[fate]++;
        }
    }
    out->n = in->n;
    count(f->regs, n);
}

/* In the order of enum firewall_fate; last what came dropped or punted. */
static const char *const verdicts[] = {
    "pass",    "new",   "flow",     "open",  "related",
    "refused", "other", "header",   "flags", "invalid",
    "limited", "full",  "fragment", "done",  NULL};

static const char *firewall_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark >> FATE_SHIFT;

    if ((p->flags & PKT_DROP) != 0) {
        fate = p->mark <= FLOW_RULE ? (uint32_t)FATE_REFUSED
                                    : p->mark - (uint32_t)FATE_DROPPED;
    }
    return (p->flags & PKT_PUNT) != 0 || fate >= FATES ? verdicts[FATES]
                                                       : verdicts[fate];
}

static const struct fn_key firewall_keys[] = {
    {"rules",
     "a file of filter lines, each with accept or drop, and inside or outside",
     true, firewall_parse_rules},
    {"inside", "ports that are inside: 0,2-3, or none", false,
     firewall_parse_inside},
    {"default",
     "accept or drop new flows that no rule matches: inside=accept,"
     "outside=drop; other=, pickup=",
     false, firewall_parse_default},
    {"timeouts", "ticks: tcp=7440,transitory=240,udp=300,icmp=60,fragment=30",
     false, firewall_parse_timeouts},
};

const struct fn firewall_fn = {
    .csr = &firewall_csr,
    .summary = "stateful firewall: who may open a flow, and what belongs to it",
    .run = firewall_run,
    .open = firewall_flow_open,
    .close = firewall_flow_close,
    .prepare = firewall_flow_prepare,
    .keys = firewall_keys,
    .n_keys = sizeof firewall_keys / sizeof firewall_keys[0],
    .verdict = firewall_verdict,
    .verdicts = verdicts,
    .setup = firewall_stimulus_setup,
    .packet = firewall_stimulus_packet,
};
