/*
 * mpls.c - MPLS label switch router (C body of mpls.v): RFC 3031, 3032, 3443.
 *
 * Two passes over a burst: what each packet is, and the NHLFE of its label on
 * its way to the cache; then the packets themselves, where they stand.  Nearly
 * all are swapped one label for one, for which nothing is moved.
 */
#include "core/digest.h"
#include "net/fn/mpls/mpls_plan.h"
#include "net/fn/mpls/mpls_text.h"

enum { FAST_BYTES = NET_ETH_LEN + 4 }; /* header without tags, one label */

/* Bytes that follow each other on the wire. */
static void store_macs(uint8_t *to, const uint32_t *nhlfe)
{
    be16_store(to, (uint16_t)nhlfe[MPLS_MAC_HI]);
    be32_store(to + 2, nhlfe[MPLS_DST]);
    be16_store(to + 6, (uint16_t)(nhlfe[MPLS_MAC_HI] >> 16));
    be32_store(to + 8, nhlfe[MPLS_SRC]);
}

static uint16_t type_of(enum mpls_kind kind)
{
    return kind == MPLS_STACK ? MPLS_TYPE
           : kind == MPLS_IP4 ? NET_ETH_IP4
                              : NET_ETH_IP6;
}

/* Makes 'y' the packet 'x' as planned; false when there is no room. */
static bool edit(struct pkt *y, const struct pkt *x, uint32_t at,
                 const struct mpls_plan *p)
{
    uint32_t from = at + 4 * p->gone, to = at + 4 * p->n_out;
    uint32_t rest = x->len_bytes - from;
    bool here = y->data == NULL || y->data == x->data;
    uint8_t *d = here ? x->data : y->data;
    uint32_t room = here ? x->room_bytes : y->room_bytes;

    if (to + rest > room) {
        return false;
    }
    *y = *x;
    y->data = d;
    y->room_bytes = room;
    y->len_bytes = to + rest;
    memmove(d + to, x->data + from, rest);
    if (!here) {
        memcpy(d, x->data, at);
    }
    be16_store(d + at - 2, type_of(p->type));
    for (uint32_t k = 0; k < p->n_out; k++) {
        be32_store(d + at + (size_t)k * 4, p->out[k]);
    }
    if (p->patch_at != 0) {
        be32_store(d + at + (size_t)p->patch_at * 4, p->patch);
    }
    if (p->nhlfe != NULL) {
        y->out_port = (uint8_t)(p->nhlfe[0] >> MPLS_PORT_SHIFT);
        if ((p->nhlfe[0] & MPLS_MACS) != 0) {
            store_macs(d, p->nhlfe);
        }
    }
    return true;
}

/* 'y' is 'x' with plan 'p'; returns its fate. */
static enum mpls_fate follow(struct pkt *y, const struct pkt *x, uint32_t at,
                             const struct mpls_plan *p, bool ttl_punt)
{
    enum mpls_fate fate = p->fate;

    if (fate >= MPLS_SWAP && fate <= MPLS_END) {
        if (edit(y, x, at, p)) {
            y->mark = (uint16_t)fate;
            return fate;
        }
        fate = MPLS_TOO_BIG;
    }
    pkt_pass(y, x);
    y->mark = (uint16_t)fate;
    if (fate >= MPLS_ALERT || (fate == MPLS_TTL && ttl_punt)) {
        y->flags |= PKT_PUNT;
    } else if (fate != MPLS_PASS) {
        y->flags |= PKT_DROP;
    }
    return fate;
}

/* Any packet; returns its fate. */
static enum mpls_fate slow(const struct mpls_tables *t, struct pkt *y,
                           const struct pkt *x)
{
    struct mpls_key key = mpls_key_read(x);
    struct mpls_plan plan = mpls_plan_make(t, &key);

    return follow(y, x, key.at, &plan, (t->regs->expired & 1) != 0);
}

/* Where the stack is without VLAN tags; false when it is not there. */
static inline bool is_plain(const struct pkt *p)
{
    return (p->flags & (PKT_DROP | PKT_ERROR | PKT_PUNT)) == 0 &&
           p->len_bytes >= FAST_BYTES && be16_load(p->data + 12) == MPLS_TYPE;
}

/* Swaps one label for one; false when that is not what is to be done. */
static inline bool swap(struct pkt *y, const struct pkt *x,
                        const uint32_t *nhlfe)
{
    enum {
        WHAT = MPLS_OP | MPLS_OUT << MPLS_OUT_SHIFT,
        ONE = MPLS_OP_FORWARD | 1 << MPLS_OUT_SHIFT
    };
    uint32_t e = be32_load(x->data + NET_ETH_LEN);

    if ((nhlfe[0] & WHAT) != ONE || (e & 0xff) <= 1) {
        return false;
    }
    pkt_pass(y, x);
    be32_store(y->data + NET_ETH_LEN, mpls_entry(nhlfe[MPLS_FIRST], e >> 9 & 7,
                                                 e >> 8 & 1, (e & 0xff) - 1));
    if ((nhlfe[0] & MPLS_MACS) != 0) {
        store_macs(y->data, nhlfe);
    }
    y->out_port = (uint8_t)(nhlfe[0] >> MPLS_PORT_SHIFT);
    y->mark = MPLS_SWAP;
    return true;
}

/* Adds what became of a burst's packets. */
static void count(struct mpls_regs *regs, const uint32_t n[MPLS_FATES])
{
    uint32_t *to[MPLS_FATES] = {
        [MPLS_PASS] = &regs->n_passed,     [MPLS_SWAP] = &regs->n_swapped,
        [MPLS_PUSH] = &regs->n_pushed,     [MPLS_POP] = &regs->n_popped,
        [MPLS_END] = &regs->n_ended,       [MPLS_OTHER] = &regs->n_other,
        [MPLS_BAD] = &regs->n_bad,         [MPLS_RESERVED] = &regs->n_reserved,
        [MPLS_UNKNOWN] = &regs->n_unknown, [MPLS_TTL] = &regs->n_ttl,
        [MPLS_TOO_BIG] = &regs->n_too_big, [MPLS_ALERT] = &regs->n_alert,
        [MPLS_HOST] = &regs->n_host,       [MPLS_DEEP] = &regs->n_deep,
    };

    for (size_t k = 0; k < MPLS_FATES; k++) {
        *to[k] += n[k];
    }
}

static void mpls_run(struct fn_state *s, const struct fn_span *in,
                     struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    const struct mpls_tables t = mpls_tables_of(s);
    const uint32_t *nhlfe[FN_BURST_PKT]; /* of plain packets, else NULL */
    uint32_t n[MPLS_FATES] = {0};

    for (size_t k = 0; k < in->n; k++) {
        nhlfe[k] = NULL;
        if (is_plain(&x[k])) {
            uint32_t label = be32_load(x[k].data + NET_ETH_LEN) >> 12;
            if (label >= MPLS_LABEL_MIN && label < t.n_nhlfe) {
                nhlfe[k] = t.nhlfe + (size_t)label * MPLS_NHLFE_WORDS;
                __builtin_prefetch(nhlfe[k]);
            }
        }
    }
    for (size_t k = 0; k < in->n; k++) {
        if (nhlfe[k] != NULL && swap(&y[k], &x[k], nhlfe[k])) {
            n[MPLS_SWAP]++;
        } else if (pkt_is_done(&x[k])) {
            pkt_pass(&y[k], &x[k]);
        } else {
            n[slow(&t, &y[k], &x[k])]++;
        }
    }
    count(s->regs, n);
    out->n = in->n;
}

/* The same by plan only; the taps see what is done, too. */
static void mpls_run_taps(struct fn_state *s, const struct fn_span *in,
                          struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    const struct mpls_tables t = mpls_tables_of(s);
    uint32_t n[MPLS_FATES] = {0};

    for (size_t k = 0; k < in->n; k++) {
        struct mpls_key key = mpls_key_read(&x[k]);
        struct mpls_plan plan = mpls_plan_make(&t, &key);

        digest_tap(taps, MPLS_TAP_KEY, mpls_key_word(&key));
        digest_tap(taps, MPLS_TAP_PLAN, mpls_plan_word(&plan));
        if (pkt_is_done(&x[k])) {
            pkt_pass(&y[k], &x[k]);
        } else {
            n[follow(&y[k], &x[k], key.at, &plan,
                     (t.regs->expired & 1) != 0)]++;
        }
    }
    count(s->regs, n);
    out->n = in->n;
}

/* In the order of enum mpls_fate; then packets that came dropped or punted. */
static const char *const verdicts[] = {
    "pass",    "swap", "push",    "pop",   "end",  "other", "bad",  "reserved",
    "unknown", "ttl",  "too_big", "alert", "host", "deep",  "done", NULL};

static const char *mpls_verdict(const struct pkt *p)
{
    bool known =
        p->mark < MPLS_FATES && pkt_is_done(p) == (p->mark >= MPLS_OTHER);

    return verdicts[known ? p->mark : MPLS_FATES];
}

static const struct fn_key mpls_keys[] = {
    {"ilm",
     "a file of incoming labels: LABEL swap|pop|host|push [OUT,..] [port P] "
     "[mac DST SRC] [pipe] [mtu N]",
     true, mpls_parse_ilm},
    {"ftn", "a file of FECs: PORT|any PREFIX|ip6 LABEL", true, mpls_parse_ftn},
    {"other", "pass or drop: what is not MPLS and in no FEC", false,
     mpls_parse_other},
    {"ttl", "drop or punt: packets whose TTL ends here", false, mpls_parse_ttl},
    {"null", "uniform or pipe: TTL of LSPs that end with explicit null", false,
     mpls_parse_null},
    {"dscp", "DSCP=TC,...: TC of packets that get a label", false,
     mpls_parse_dscp},
};

const struct fn mpls_fn = {
    .csr = &mpls_csr,
    .summary = "MPLS label switch router: push, swap, pop, TTL and TC models",
    .run = mpls_run,
    .run_taps = mpls_run_taps,
    .keys = mpls_keys,
    .n_keys = sizeof mpls_keys / sizeof mpls_keys[0],
    .verdict = mpls_verdict,
    .verdicts = verdicts,
    .setup = mpls_stimulus_setup,
    .packet = mpls_stimulus_packet,
};
