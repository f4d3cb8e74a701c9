/* mpls_plan.c - see mpls_plan.h. */
#include "net/fn/mpls/mpls_plan.h"

#include "core/net_ip4.h"

enum { IP_WORDS = 5, BOTTOM_WORDS = 3 }; /* that must be there */

/* A stack entry: RFC 3032, 2.1, TC as of RFC 5462. */
static uint32_t label_of(uint32_t entry)
{
    return entry >> 12;
}

static uint32_t tc_of(uint32_t entry)
{
    return entry >> 9 & 7;
}

static uint32_t s_of(uint32_t entry)
{
    return entry >> 8 & 1;
}

static uint32_t ttl_of(uint32_t entry)
{
    return entry & 0xff;
}

enum mpls_kind mpls_kind_of(const struct pkt *p, uint32_t *at)
{
    uint32_t k = 12;

    if ((p->flags & PKT_ERROR) != 0) {
        return MPLS_NONE;
    }
    for (int tags = 0; tags <= NET_TAGS_MAX && p->len_bytes >= k + 2;
         tags++, k += 4) {
        uint16_t type = be16_load(p->data + k);
        *at = k + 2;
        switch (type) {
        case MPLS_TYPE: return MPLS_STACK;
        case NET_ETH_IP4: return MPLS_IP4;
        case NET_ETH_IP6: return MPLS_IP6;
        case NET_ETH_TAG:
        case NET_ETH_TAG_OUTER: break;
        default: return MPLS_NONE;
        }
    }
    return MPLS_NONE;
}

struct mpls_key mpls_key_read(const struct pkt *p)
{
    struct mpls_key key = {.in_port = p->in_port};

    key.kind = mpls_kind_of(p, &key.at);
    if (key.kind != MPLS_NONE) {
        key.n = (p->len_bytes - key.at) / 4;
        key.n = key.n < MPLS_KEY_WORDS ? key.n : MPLS_KEY_WORDS;
    }
    for (uint32_t k = 0; k < key.n; k++) {
        key.word[k] = be32_load(p->data + key.at + (size_t)k * 4);
    }
    return key;
}

struct mpls_tables mpls_tables_of(const struct fn_state *s)
{
    const struct mpls_regs *regs = s->regs;

    return (struct mpls_tables){
        .regs = regs,
        .nhlfe = s->table[MPLS_TABLE_NHLFE],
        .ftn = s->table[MPLS_TABLE_FTN],
        .n_nhlfe =
            regs->n_nhlfe < MPLS_NHLFE_DEPTH ? regs->n_nhlfe : MPLS_NHLFE_DEPTH,
        .n_ftn = regs->n_ftn < MPLS_FTN_DEPTH ? regs->n_ftn : MPLS_FTN_DEPTH,
    };
}

/* Entry 'k' of NHLFE; one of zeros, which has no operation, beyond the last. */
static const uint32_t *nhlfe_at(const struct mpls_tables *t, uint32_t k)
{
    static const uint32_t none[MPLS_NHLFE_WORDS];

    return k < t->n_nhlfe ? t->nhlfe + (size_t)k * MPLS_NHLFE_WORDS : none;
}

static struct mpls_plan only(enum mpls_fate fate)
{
    return (struct mpls_plan){.fate = fate};
}

static struct mpls_plan not_ours(const struct mpls_tables *t)
{
    return only((t->regs->no_fec & 1) != 0 ? MPLS_OTHER : MPLS_PASS);
}

/* The IP packet, of which word 'first' of the key is the first, gets TTL 'ttl'
 * (RFC 791; RFC 8200, 3). */
static void patch_ttl(struct mpls_plan *p, const struct mpls_key *key,
                      uint32_t first, uint32_t ttl)
{
    if (p->type == MPLS_IP4) {
        uint32_t was = key->word[first + 2];
        uint32_t is = (was & 0x00ff0000) | ttl << 24;
        p->patch_at = p->n_out + 2;
        p->patch = is | ip4_sum_change((uint16_t)was, (uint16_t)(was >> 16),
                                       (uint16_t)(is >> 16));
    } else {
        p->patch_at = p->n_out + 1;
        p->patch = (key->word[first + 1] & 0xffffff00) | ttl;
    }
}

/* The labels out of 'nhlfe' that are pushed on what has 'tc' and 'ttl'; the
 * first of them has S bit 's'. */
static void push(struct mpls_plan *p, const uint32_t *nhlfe, uint32_t from,
                 uint32_t tc, uint32_t s, uint32_t ttl)
{
    uint32_t n = nhlfe[0] >> MPLS_OUT_SHIFT & MPLS_OUT;

    p->n_out = n;
    for (uint32_t k = from; k < n; k++) {
        uint32_t w = nhlfe[MPLS_FIRST + k];
        uint32_t own = w >> MPLS_TTL_SHIFT;
        p->out[n - 1 - k] =
            mpls_entry(w, tc, k == 0 ? s : 0, own != 0 ? own : ttl);
    }
}

/* --- unlabelled packets --------------------------------------------------- */

static bool in_fec(const uint32_t *ftn, const struct mpls_key *key)
{
    uint32_t where = ftn[MPLS_WHERE];
    bool is_ip6 = key->kind == MPLS_IP6;

    return ((where & MPLS_IS_IP6) != 0) == is_ip6 &&
           ((where & MPLS_PORT_COUNTS) == 0 ||
            (where & 0xff) == key->in_port) &&
           (is_ip6 || ((key->word[4] ^ ftn[MPLS_ADDR]) & ftn[MPLS_MASK]) == 0);
}

/* Version and, for IPv4, header length are what they must be. */
static bool is_ip(const struct mpls_key *key)
{
    uint32_t w = key->word[0];

    return key->n >= IP_WORDS &&
           (key->kind == MPLS_IP4 ? w >> 28 == 4 && (w >> 24 & 0xf) >= 5
                                  : w >> 28 == 6);
}

static uint32_t tc_of_dscp(const struct mpls_regs *regs, uint32_t dscp)
{
    return (&regs->dscp0)[dscp >> 3] >> (dscp & 7) * 4 & 7;
}

static struct mpls_plan plan_push(const struct mpls_tables *t,
                                  const struct mpls_key *key,
                                  const uint32_t *nhlfe)
{
    bool is_ip4 = key->kind == MPLS_IP4;
    const uint32_t *w = key->word;
    uint32_t ttl = is_ip4 ? w[2] >> 24 : w[1] & 0xff;
    uint32_t dscp = (is_ip4 ? w[0] >> 18 : w[0] >> 22) & 0x3f;
    uint32_t len = is_ip4 ? w[0] & 0xffff : (w[1] >> 16) + 40;
    uint32_t mtu = nhlfe[MPLS_MTU] & 0xffff;
    struct mpls_plan p = {.fate = MPLS_PUSH, .type = key->kind, .nhlfe = nhlfe};

    if ((nhlfe[0] & MPLS_OP) != MPLS_OP_PUSH) {
        return only(MPLS_UNKNOWN);
    }
    if (ttl <= 1) {
        return only(MPLS_TTL);
    }
    push(&p, nhlfe, 0, tc_of_dscp(t->regs, dscp), 1, ttl - 1);
    if (mtu != 0 && len + 4 * p.n_out > mtu) {
        return only(MPLS_TOO_BIG);
    }
    patch_ttl(&p, key, 0, ttl - 1);
    p.type = p.n_out > 0 ? MPLS_STACK : key->kind;
    return p;
}

static struct mpls_plan plan_ip(const struct mpls_tables *t,
                                const struct mpls_key *key)
{
    const uint32_t *ftn = t->ftn;

    if (!is_ip(key)) {
        return not_ours(t);
    }
    for (uint32_t k = 0; k < t->n_ftn; k++, ftn += MPLS_FTN_WORDS) {
        if (in_fec(ftn, key)) {
            return plan_push(t, key, nhlfe_at(t, ftn[MPLS_NEXT]));
        }
    }
    return not_ours(t);
}

/* --- labelled packets ----------------------------------------------------- */

/* What is carried from the labels above: RFC 3443, 5.1. */
struct carry {
    uint32_t ttl, tc;
    bool pipe; /* nothing */
};

/*
 * The stack ends with entry 'k' of the key, which is removed; what is behind it
 * is IP of the version that its first bits say.  False when it is not, or cut.
 */
static bool plan_bare(struct mpls_plan *p, const struct mpls_key *key,
                      uint32_t k, const struct carry *c)
{
    uint32_t version = key->word[k + 1] >> 28;

    if (key->n < k + 1 + BOTTOM_WORDS || (version != 4 && version != 6)) {
        return false;
    }
    p->gone = k + 1;
    p->type = version == 4 ? MPLS_IP4 : MPLS_IP6;
    if (!c->pipe) {
        patch_ttl(p, key, k + 1, c->ttl);
    }
    return true;
}

/* Entry 'k' is replaced by the labels out of 'nhlfe', perhaps none. */
static struct mpls_plan plan_forward(const struct mpls_key *key, uint32_t k,
                                     const uint32_t *nhlfe,
                                     const struct carry *in)
{
    uint32_t n = nhlfe[0] >> MPLS_OUT_SHIFT & MPLS_OUT;
    struct carry c = *in;
    struct mpls_plan p = {.fate = n > 0 ? MPLS_SWAP : MPLS_POP,
                          .gone = k + 1,
                          .type = MPLS_STACK,
                          .nhlfe = nhlfe};

    if (c.ttl <= 1) {
        return only(MPLS_TTL);
    }
    c.ttl--;
    c.pipe = (nhlfe[0] & MPLS_PIPE) != 0;
    if (n > 0) {
        push(&p, nhlfe, 1, c.tc, 0, c.ttl);
        p.out[n - 1] =
            mpls_entry(nhlfe[MPLS_FIRST], c.tc, s_of(key->word[k]), c.ttl);
    } else if (s_of(key->word[k]) != 0) {
        return plan_bare(&p, key, k, &c) ? p : only(MPLS_BAD);
    } else if (key->n < k + 2) {
        return only(MPLS_BAD);
    } else {
        uint32_t next = key->word[k + 1];
        p.gone = k + 2;
        p.n_out = 1;
        p.out[0] = c.pipe ? next : (next & 0xfffff100) | c.tc << 9 | c.ttl;
    }
    return p;
}

/* The LSP that ends with explicit null is the packet's whole stack: its version
 * of IP is what the label says (RFC 3032, 2.1). */
static bool fits_null(uint32_t label, const struct mpls_plan *p)
{
    return label >= MPLS_LABEL_MIN ||
           p->type == (label == MPLS_NULL4 ? MPLS_IP4 : MPLS_IP6);
}

static struct mpls_plan plan_stack(const struct mpls_tables *t,
                                   const struct mpls_key *key)
{
    static const uint32_t null[2] = {MPLS_OP_LOOK, MPLS_OP_LOOK | MPLS_PIPE};
    struct carry c = {.pipe = true};

    for (uint32_t k = 0; k < MPLS_REACH; k++) {
        if (key->n <= k) {
            return only(MPLS_BAD);
        }
        uint32_t e = key->word[k], label = label_of(e);
        bool is_null = label == MPLS_NULL4 || label == MPLS_NULL6;
        const uint32_t *nhlfe =
            is_null ? &null[t->regs->nulls & 1] : nhlfe_at(t, label);
        if (c.pipe) {
            c.ttl = ttl_of(e);
            c.tc = tc_of(e);
        }
        if (label < MPLS_LABEL_MIN && !is_null) {
            return only((t->regs->punted >> label & 1) != 0 ? MPLS_ALERT
                                                            : MPLS_RESERVED);
        }
        switch (nhlfe[0] & MPLS_OP) {
        case MPLS_OP_FORWARD: return plan_forward(key, k, nhlfe, &c);
        case MPLS_OP_HOST: return only(MPLS_HOST);
        case MPLS_OP_LOOK: break;
        default: return only(MPLS_UNKNOWN);
        }
        c.pipe = (nhlfe[0] & MPLS_PIPE) != 0;
        if (s_of(e) != 0) {
            struct mpls_plan p = {.fate = MPLS_END};
            return plan_bare(&p, key, k, &c) && fits_null(label, &p)
                       ? p
                       : only(MPLS_BAD);
        }
    }
    return only(MPLS_DEEP);
}

struct mpls_plan mpls_plan_make(const struct mpls_tables *t,
                                const struct mpls_key *key)
{
    switch (key->kind) {
    case MPLS_NONE: return not_ours(t);
    case MPLS_STACK: return plan_stack(t, key);
    default: return plan_ip(t, key);
    }
}

/* --- taps ----------------------------------------------------------------- */

static uint32_t turn(uint32_t w, uint32_t by)
{
    return by == 0 ? w : w << by | w >> (32 - by);
}

uint32_t mpls_key_word(const struct mpls_key *key)
{
    uint32_t w = key->kind == MPLS_NONE
                     ? 0
                     : (uint32_t)key->kind << 30 |
                           (key->at - NET_ETH_LEN) / 4 << 28 | key->n << 24 |
                           key->in_port;

    for (uint32_t k = 0; k < key->n; k++) {
        w ^= turn(key->word[k], 5 * k);
    }
    return w;
}

uint32_t mpls_plan_word(const struct mpls_plan *p)
{
    uint32_t how = p->nhlfe == NULL ? 0 : p->nhlfe[0];
    uint32_t w = (uint32_t)p->fate << 28 | p->gone << 25 | p->n_out << 23 |
                 (uint32_t)p->type << 21 | p->patch_at << 18;

    for (uint32_t k = 0; k < p->n_out; k++) {
        w ^= turn(p->out[k], 7 * k + 3);
    }
    w ^= p->patch_at != 0 ? turn(p->patch, 25) : 0;
    w ^= (how >> MPLS_PORT_SHIFT & 0xff) << 4;
    if ((how & MPLS_MACS) != 0) {
        w ^= 1 ^ p->nhlfe[MPLS_DST] ^ turn(p->nhlfe[MPLS_MAC_HI], 11) ^
             turn(p->nhlfe[MPLS_SRC], 17);
    }
    return w;
}
