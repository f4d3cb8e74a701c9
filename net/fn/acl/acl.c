/*
 * acl.c - access control list: the first rule that matches a packet's IPv4
 * 5-tuple and DSCP says whether it passes (C body of acl.v).
 *
 * The words of the RULE table are also those that move to the fabric.  Few
 * rules are scanned, for many there is an index (acl_index.h).
 */
#include "acl_csr.h"
#include "core/digest.h"
#include "core/fn.h"
#include "core/net_key4.h"
#include "net/fn/acl/acl_index.h"
#include "net/fn/acl/acl_rules.h"

/* Number of the first of 'n' rules that matches, counted from 1, or 0. */
static uint32_t scan(const uint32_t *rules, uint32_t n, bool no_flags,
                     const struct net_key4 *key)
{
    for (uint32_t k = 0; key->has_ip && k < n; k++) {
        if (acl_words_match(rules + (size_t)k * ACL_RULE_WORDS, key,
                            no_flags)) {
            return k + 1;
        }
    }
    return 0;
}

/* The same for all keys [n_keys]. */
static void find_all(const struct fn_state *s, const struct net_key4 *keys,
                     uint32_t *first, size_t n_keys)
{
    const struct acl_regs *regs = s->regs;
    /* The register holds any number; the table does not. */
    uint32_t n =
        regs->n_rules < ACL_RULE_DEPTH ? regs->n_rules : ACL_RULE_DEPTH;

    if (acl_index_find(s, keys, first, n_keys)) {
        return;
    }
    for (size_t k = 0; k < n_keys; k++) {
        first[k] = scan(s->table[ACL_TABLE_RULE], n, (regs->no_flags & 1) != 0,
                        &keys[k]);
    }
}

static inline void acl_each(struct fn_state *s, const struct fn_span *in,
                            struct fn_span *out, struct fn_taps *taps)
{
    struct acl_regs *regs = s->regs;
    const uint32_t *rules = s->table[ACL_TABLE_RULE];
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct net_key4 keys[FN_BURST_PKT];
    uint32_t first[FN_BURST_PKT];

    out->n = in->n;
    if (in->n == 0) {
        return;
    }
    for (size_t k = 0; k < in->n; k++) {
        /* The taps see those that are done, too. */
        keys[k] = pkt_is_done(&x[k]) && taps == NULL
                      ? (struct net_key4){.has_ip = false}
                      : net_key4_read(&x[k]);
    }
    find_all(s, keys, first, in->n);
    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        uint32_t action =
            first[k] > 0
                ? rules[(first[k] - 1) * ACL_RULE_WORDS + ACL_WORD_ACTION]
                : regs->no_match;
        bool drop = (action & ACL_DROP) != 0;

        digest_tap(taps, ACL_TAP_KEY, net_key4_tap(&keys[k]));
        digest_tap(taps, ACL_TAP_MATCH, (uint32_t)drop << 16 | first[k]);
        pkt_pass(&y[k], &x[k]);
        if (done) {
            continue;
        }
        regs->n_hits += first[k] > 0;
        regs->n_drops += drop;
        y[k].mark = (uint16_t)first[k];
        y[k].flags |= drop ? PKT_DROP : 0;
    }
}

static void acl_run(struct fn_state *s, const struct fn_span *in,
                    struct fn_span *out)
{
    acl_each(s, in, out, NULL);
}

static void acl_run_taps(struct fn_state *s, const struct fn_span *in,
                         struct fn_span *out, struct fn_taps *taps)
{
    acl_each(s, in, out, taps);
}

static const char *const verdicts[] = {"rule_accept", "rule", "accept",
                                       "no_match", NULL};

static const char *acl_verdict(const struct pkt *p)
{
    bool drop = (p->flags & PKT_DROP) != 0;

    return verdicts[(p->mark == 0) * 2 + drop];
}

static const struct fn_key acl_keys[] = {
    {"rules",
     "a file of ClassBench filter lines, each with an optional DSCP and action",
     true, acl_parse_rules},
    {"default", "accept or drop: what becomes of a packet no rule matches",
     false, acl_parse_default},
    {"flags", "match or ignore the flags column of the rules", false,
     acl_parse_flags},
};

const struct fn acl_fn = {
    .csr = &acl_csr,
    .summary =
        "access control list: first match over the IPv4 5-tuple and DSCP",
    .run = acl_run,
    .run_taps = acl_run_taps,
    .prepare = acl_index_prepare,
    .close = acl_index_close,
    .keys = acl_keys,
    .n_keys = sizeof acl_keys / sizeof acl_keys[0],
    .verdict = acl_verdict,
    .verdicts = verdicts,
    .setup = acl_stimulus_setup,
    .packet = acl_stimulus_packet,
};
