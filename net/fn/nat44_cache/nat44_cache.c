/*
 * nat44_cache.c - exact results of nat44 for the flows in a table (C body of
 * nat44_cache.v).
 *
 * Who fills the table empties it whenever a register of nat44 is written, TICK
 * too.  In one TICK nothing that nat44 keeps changes by a packet that it
 * translated without SYN, FIN or RST, when one like it was before; so nat44
 * does not miss those that are translated here (nat44_map.h, nat44_keep()).
 */
#include "core/digest.h"
#include "net/fn/nat44_cache/nat44_cache_entry.h"
#include "net/fn/nat44_cache/nat44_cache_stimulus.h"

/* What is known of a packet before it leaves. */
struct answer {
    bool looked, hit;
    bool outside;
    bool has_l4_sum; /* UDP may have none */
    uint16_t port, sum, l4_sum;
    uint32_t addr;
};

/* May nat44 translate it without changing what it keeps? */
static bool is_looked_for(const struct net_flow4 *f)
{
    return f->sound && !f->ends;
}

static bool is_outside(const struct nat44_cache_regs *regs, uint8_t port)
{
    return port >= 32 || (regs->inside_ports >> (port & 31) & 1) == 0;
}

static const uint32_t *key_words(const struct fn_state *s, uint32_t number)
{
    return s->table[NAT44_CACHE_TABLE_KEY] +
           (size_t)number * NAT44_CACHE_KEY_WORDS;
}

static const uint32_t *end_words(const struct fn_state *s, uint32_t number)
{
    return s->table[NAT44_CACHE_TABLE_END] +
           (size_t)number * NAT44_CACHE_END_WORDS;
}

/* Is entry 'number' in use, and for the key of 'e'? */
static bool holds(const struct fn_state *s, uint32_t number,
                  const struct entry *e)
{
    const struct nat44_cache_regs *regs = s->regs;
    const uint32_t *w = key_words(s, number);

    return number < regs->n_keys && number < regs->n_ends &&
           w[0] == e->word[0] && w[1] == e->word[1] && w[2] == e->word[2] &&
           (w[3] & ENTRY_KEY) == (e->word[3] & ENTRY_KEY);
}

/* A checksum whose words gain 'change'; hardware's net_sum. */
static uint16_t sum_after(uint16_t sum, uint16_t change)
{
    return ip4_sum_change(sum, (uint16_t)~change, 0);
}

static struct answer answer_of(const struct fn_state *s,
                               const struct net_flow4 *f, uint8_t in_port)
{
    struct answer a = {.looked = is_looked_for(f),
                       .outside = is_outside(s->regs, in_port),
                       .has_l4_sum = f->tcp || f->l4_sum != 0};
    struct entry e = nat44_entry_of(f, a.outside, 0, 0);
    uint32_t first = nat44_entry_first(&e);

    for (uint32_t k = first; a.looked && !a.hit && k < first + ENTRY_WAYS;
         k++) {
        const uint32_t *end = end_words(s, k);
        a.hit = holds(s, k, &e);
        a.port = (uint16_t)key_words(s, k)[3];
        a.addr = end[0];
        a.sum = sum_after(f->sum, (uint16_t)(end[1] >> 16));
        a.l4_sum = sum_after(f->l4_sum, (uint16_t)end[1]);
    }
    if (!f->tcp && a.l4_sum == 0) {
        a.l4_sum = 0xffff;
    }
    return a;
}

/* What the digest takes of it: 'tap_data' of nat44_cache.v. */
static uint32_t entry_tap(const struct net_flow4 *f, const struct answer *a)
{
    uint32_t how = 3u << 30 | (uint32_t)!a->has_l4_sum << 29 |
                   (uint32_t)f->tags << 27 | (uint32_t)a->outside << 26 |
                   (uint32_t)f->tcp << 25;

    return a->hit ? a->addr ^ ((uint32_t)a->sum << 16 | a->l4_sum) ^
                        (uint32_t)a->port << 16 ^ how
                  : (uint32_t)a->looked << 31;
}

/* Writes the answer into the packet 'p' with headers 'f'. */
static void translate(struct pkt *p, const struct net_flow4 *f,
                      const struct answer *a)
{
    uint8_t *ip = p->data + NET_ETH_LEN + (size_t)4 * f->tags;
    uint8_t *l4 = ip + IP4_BYTES;

    be16_store(ip + IP4_SUM, a->sum);
    be32_store(ip + (a->outside ? IP4_DST : IP4_SRC), a->addr);
    be16_store(l4 + (a->outside ? 2 : 0), a->port);
    if (a->has_l4_sum) {
        be16_store(l4 + (f->tcp ? 16 : 6), a->l4_sum);
    }
}

/* Judges 'p', unless it is done. */
static void judge(struct fn_state *s, struct pkt *p, const struct net_flow4 *f,
                  const struct answer *a)
{
    struct nat44_cache_regs *regs = s->regs;

    if (a->hit) {
        regs->n_out += !a->outside;
        regs->n_in += a->outside;
        translate(p, f, a);
        return;
    }
    regs->cache_misses += a->looked;
    regs->cache_others += !a->looked;
    p->flags |= PKT_PUNT;
}

static inline void nat44_cache_each(struct fn_state *s,
                                    const struct fn_span *in,
                                    struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);

        pkt_pass(&y[k], &x[k]);
        if (done && taps == NULL) { /* the taps see it all the same */
            continue;
        }
        struct net_flow4 f = net_flow4_read(&y[k]);
        struct answer a = answer_of(s, &f, y[k].in_port);

        digest_tap(taps, NAT44_CACHE_TAP_HEADER, net_flow4_tap(&f, a.outside));
        digest_tap(taps, NAT44_CACHE_TAP_ENTRY, entry_tap(&f, &a));
        if (!done) {
            judge(s, &y[k], &f, &a);
        }
    }
    out->n = in->n;
}

static void nat44_cache_run(struct fn_state *s, const struct fn_span *in,
                            struct fn_span *out)
{
    nat44_cache_each(s, in, out, NULL);
}

static void nat44_cache_run_taps(struct fn_state *s, const struct fn_span *in,
                                 struct fn_span *out, struct fn_taps *taps)
{
    nat44_cache_each(s, in, out, taps);
}

/* --- learning ------------------------------------------------------------- */

/*
 * Which entry the key of 'e' takes: the one it has, an empty one, or, as if by
 * chance, one of both.
 */
static uint32_t place_for(const struct fn_state *s, const struct entry *e,
                          uint64_t item)
{
    uint32_t first = nat44_entry_first(e);

    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if (holds(s, k, e)) {
            return k;
        }
    }
    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if ((key_words(s, k)[3] & ENTRY_IN_USE) == 0) {
            return k;
        }
    }
    /* Fibonacci hashing: the item's number decides, but in no pattern. */
    return first + (uint32_t)(item * 0x9e3779b97f4a7c15u >> 63);
}

static int nat44_cache_learn(const struct fn_state *s, const struct pkt *in,
                             const struct pkt *out, const struct fn_reason *why,
                             fn_emit *emit, void *ctx)
{
    const struct nat44_cache_regs *regs = s->regs;
    struct net_flow4 x = net_flow4_read(in), y = net_flow4_read(out);
    bool outside = is_outside(regs, in->in_port);
    bool src_same = x.src == y.src && x.sport == y.sport;
    bool dst_same = x.dst == y.dst && x.dport == y.dport;

    (void)why; /* the packets show it all */
    if (pkt_is_done(in) || pkt_is_done(out) || !is_looked_for(&x) || !y.sound ||
        (outside ? !src_same || dst_same : !dst_same || src_same)) {
        return 0;
    }
    struct entry e = nat44_entry_of(&x, outside, outside ? y.dst : y.src,
                                    outside ? y.dport : y.sport);
    uint32_t number = place_for(s, &e, in->item);
    bool known = memcmp(key_words(s, number), e.word,
                        NAT44_CACHE_KEY_WORDS * sizeof *e.word) == 0 &&
                 memcmp(end_words(s, number), e.word + NAT44_CACHE_KEY_WORDS,
                        NAT44_CACHE_END_WORDS * sizeof *e.word) == 0;
    if (known || number >= regs->n_keys || number >= regs->n_ends) {
        return 0;
    }
    return nat44_entry_emit(&e, number, emit, ctx);
}

static const char *const verdicts[] = {"translate", "miss", "other", NULL};

static const char *nat44_cache_verdict(const struct pkt *p)
{
    struct net_flow4 f = net_flow4_read(p); /* punted, it is as it came */

    return (p->flags & PKT_PUNT) == 0 ? verdicts[0]
           : is_looked_for(&f)        ? verdicts[1]
                                      : verdicts[2];
}

const struct fn nat44_cache_fn = {
    .csr = &nat44_cache_csr,
    .summary = "exact results of nat44 for 256 flows; punts the others",
    .run = nat44_cache_run,
    .run_taps = nat44_cache_run_taps,
    .full_rate_bits = 256,
    .slow = "nat44",
    .learn = nat44_cache_learn,
    .verdict = nat44_cache_verdict,
    .verdicts = verdicts,
    .setup = nat44_cache_stimulus_setup,
    .packet = nat44_cache_stimulus_packet,
};
