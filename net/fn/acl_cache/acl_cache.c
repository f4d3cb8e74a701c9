/*
 * acl_cache.c - exact results of acl for the 5-tuples in a table (C body of
 * acl_cache.v).
 *
 * Who fills the table, empties it whenever the rules or settings of acl change;
 * so a packet that is judged here is judged as acl would.
 */
#include "core/digest.h"
#include "net/fn/acl_cache/acl_cache_entry.h"
#include "net/fn/acl_cache/acl_cache_stimulus.h"

/* What entry 'number' says of the key of 'e'; 0: nothing. */
static uint32_t result_at(const struct fn_state *s, uint32_t number,
                          const struct entry *e)
{
    const struct acl_cache_regs *regs = s->regs;
    const uint32_t *w = s->table[ACL_CACHE_TABLE_ENTRY] +
                        (size_t)number * ACL_CACHE_ENTRY_WORDS;
    bool same = w[0] == e->word[0] && w[1] == e->word[1] &&
                w[2] == e->word[2] &&
                (w[3] & ~(uint32_t)ENTRY_RESULT) == e->word[3];

    return same && number < regs->n_entries ? w[3] & ENTRY_RESULT : 0;
}

/* The first of both ways that says something; else 0. */
static uint32_t result_of(const struct fn_state *s, const struct entry *e)
{
    uint32_t first = entry_first(e);
    uint32_t result = result_at(s, first, e);

    return result != 0 ? result : result_at(s, first + 1, e);
}

/* Judges the packet 'p', of which the table says 'result', unless it is done.
 */
static void judge(struct fn_state *s, struct pkt *p, bool has_ip,
                  uint32_t result)
{
    struct acl_cache_regs *regs = s->regs;
    uint32_t rule = result & ENTRY_RULE;
    bool drop =
        rule > 0 ? (result & ENTRY_ACTION) != 0 : (regs->no_match & 1) != 0;

    regs->cache_hits += has_ip && result != 0;
    regs->cache_misses += has_ip && result == 0;
    if (has_ip && result == 0) {
        p->flags |= PKT_PUNT;
        return;
    }
    regs->n_hits += rule > 0;
    regs->n_drops += drop;
    p->mark = (uint16_t)rule;
    p->flags |= drop ? PKT_DROP : 0;
}

static inline void acl_cache_each(struct fn_state *s, const struct fn_span *in,
                                  struct fn_span *out, struct fn_taps *taps)
{
    const struct acl_cache_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);

        pkt_pass(&y[k], &x[k]);
        if (done && taps == NULL) { /* the taps see it all the same */
            continue;
        }
        struct net_key4 key = net_key4_read(&y[k]);
        struct entry e = entry_of_key(&key, (regs->no_flags & 1) != 0);
        uint32_t result = key.has_ip ? result_of(s, &e) : 0;

        digest_tap(taps, ACL_CACHE_TAP_KEY, net_key4_tap(&key));
        digest_tap(taps, ACL_CACHE_TAP_RESULT,
                   (uint32_t)key.has_ip << 15 | result);
        if (!done) {
            judge(s, &y[k], key.has_ip, result);
        }
    }
    out->n = in->n;
}

static void acl_cache_run(struct fn_state *s, const struct fn_span *in,
                          struct fn_span *out)
{
    acl_cache_each(s, in, out, NULL);
}

static void acl_cache_run_taps(struct fn_state *s, const struct fn_span *in,
                               struct fn_span *out, struct fn_taps *taps)
{
    acl_cache_each(s, in, out, taps);
}

/*
 * Which entry the key of 'e' takes: the one it has, an empty one, or, as if by
 * chance, one of both.
 */
static uint32_t place_for(const struct fn_state *s, const struct entry *e,
                          uint64_t item)
{
    const uint32_t *table = s->table[ACL_CACHE_TABLE_ENTRY];
    uint32_t first = entry_first(e);

    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if (result_at(s, k, e) != 0) {
            return k;
        }
    }
    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if ((table[(size_t)k * ACL_CACHE_ENTRY_WORDS + 3] & ENTRY_RESULT) ==
            0) {
            return k;
        }
    }
    /* Fibonacci hashing: the item's number decides, but in no pattern. */
    return first + (uint32_t)(item * 0x9e3779b97f4a7c15u >> 63);
}

static int acl_cache_learn(const struct fn_state *s, const struct pkt *in,
                           const struct pkt *out, const struct fn_reason *why,
                           fn_emit *emit, void *ctx)
{
    (void)why; /* the packets show it all */
    const struct acl_cache_regs *regs = s->regs;
    struct net_key4 key = net_key4_read(in);
    struct entry e = entry_of_key(&key, (regs->no_flags & 1) != 0);
    uint32_t drop = (out->flags & PKT_DROP) != 0 ? ENTRY_ACTION : 0;
    uint32_t result =
        out->mark == 0 ? (uint32_t)ENTRY_ACTION : drop | out->mark;
    uint32_t number = place_for(s, &e, in->item);

    if (pkt_is_done(in) || !key.has_ip || out->mark > ENTRY_RULE ||
        number >= regs->n_entries || result_at(s, number, &e) == result) {
        return 0;
    }
    e.word[3] |= result;
    return entry_emit(&e, number, emit, ctx);
}

static const char *const verdicts[] = {"rule_accept", "rule", "accept",
                                       "no_match",    "miss", NULL};

static const char *acl_cache_verdict(const struct pkt *p)
{
    bool drop = (p->flags & PKT_DROP) != 0;

    return (p->flags & PKT_PUNT) != 0 ? verdicts[4]
                                      : verdicts[(p->mark == 0) * 2 + drop];
}

const struct fn acl_cache_fn = {
    .csr = &acl_cache_csr,
    .summary = "exact results of acl for 256 5-tuples; punts the others",
    .run = acl_cache_run,
    .run_taps = acl_cache_run_taps,
    .full_rate_bits = 256,
    .slow = "acl",
    .learn = acl_cache_learn,
    .verdict = acl_cache_verdict,
    .verdicts = verdicts,
    .setup = acl_cache_stimulus_setup,
    .packet = acl_cache_stimulus_packet,
};
