/*
 * router4_cache.c - exact results of router4 for the destinations in a table (C
 * body of router4_cache.v).
 *
 * Who fills the table, empties it whenever the routes or settings of router4
 * change; so a packet that is forwarded here is forwarded as router4 would.
 * What router4 asks before it looks for a route is asked here, or was when the
 * destination was learned.
 */
#include "core/digest.h"
#include "core/net_plain4.h"
#include "net/fn/router4_cache/router4_cache_entry.h"
#include "net/fn/router4_cache/router4_cache_stimulus.h"

/* What is known of a packet before it leaves. */
struct answer {
    bool looked; /* its destination was looked for */
    bool hit;
    uint8_t hop;        /* entry of HOP, 0 without a hit */
    uint16_t life, sum; /* new time to live with the protocol; checksum */
};

/* May a packet with header 'h' be forwarded at all?  RFC 1812, 5.3.1, 5.3.7. */
static bool is_looked_for(const struct net_plain4 *h)
{
    uint32_t net = h->src >> 24;

    return h->sound && !h->group && h->ttl > 1 && net != 0 && net != 127 &&
           net < 0xe0;
}

static const uint32_t *dest_words(const struct fn_state *s, uint32_t number)
{
    return s->table[ROUTER4_CACHE_TABLE_DEST] +
           (size_t)number * ROUTER4_CACHE_DEST_WORDS;
}

static const uint32_t *hop_words(const struct fn_state *s, uint32_t number)
{
    return s->table[ROUTER4_CACHE_TABLE_HOP] +
           (size_t)number * ROUTER4_CACHE_HOP_WORDS;
}

/* Does entry 'number' of DEST say where a packet with header 'h' goes? */
static bool dest_holds(const struct fn_state *s, uint32_t number,
                       const struct net_plain4 *h)
{
    const struct router4_cache_regs *regs = s->regs;
    const uint32_t *w = dest_words(s, number);
    uint32_t mtu = w[1] & DEST_MTU;

    return number < regs->n_dest && (w[1] & DEST_IN_USE) != 0 &&
           w[0] == h->dst && (mtu == 0 || h->total <= mtu) &&
           (w[1] >> DEST_HOP_SHIFT & 0xff) < regs->n_hops;
}

static struct answer answer_of(const struct fn_state *s,
                               const struct net_plain4 *h)
{
    struct answer a = {.looked = is_looked_for(h)};
    uint32_t first = dest_first(h->dst);

    for (uint32_t k = first; a.looked && !a.hit && k < first + DEST_WAYS; k++) {
        a.hit = dest_holds(s, k, h);
        a.hop =
            a.hit ? (uint8_t)(dest_words(s, k)[1] >> DEST_HOP_SHIFT) : a.hop;
    }
    if (a.looked) {
        uint16_t was = (uint16_t)(h->ttl << 8 | h->proto);
        a.life = (uint16_t)(was - 0x100);
        a.sum = ip4_sum_change(h->sum, was, a.life);
    }
    return a;
}

/* What the digests take of it: 'tap_data' of router4_cache.v. */
static uint32_t dest_tap(const struct net_plain4 *h, const struct answer *a)
{
    uint32_t found = UINT32_C(1) << 31 | (uint32_t)a->hit << 30 |
                     (uint32_t)a->hop << 22 | h->tags;

    return a->looked ? found ^ ((uint32_t)a->life << 16 | a->sum) : 0;
}

static uint32_t hop_tap(const struct answer *a, const uint32_t *w)
{
    return a->hit ? w[0] ^ (w[1] << 8 | w[1] >> 24) ^
                        (w[2] << 16 | w[2] >> 16) ^ (w[3] << 24 | w[3] >> 8)
                  : 0;
}

/* Sends 'p' with header 'h' to the entry 'w' of HOP. */
static void forward(struct pkt *p, const struct net_plain4 *h,
                    const struct answer *a, const uint32_t *w)
{
    uint8_t *ip = p->data + NET_ETH_LEN + (size_t)4 * h->tags;

    p->out_port = (uint8_t)(w[1] >> HOP_PORT_SHIFT);
    if ((w[1] & HOP_TO_SET) != 0) {
        be16_store(p->data, (uint16_t)w[1]);
        be32_store(p->data + 2, w[0]);
    }
    if ((w[1] & HOP_FROM_SET) != 0) {
        be16_store(p->data + 6, (uint16_t)w[3]);
        be32_store(p->data + 8, w[2]);
    }
    be16_store(ip + IP4_TTL, a->life);
    be16_store(ip + IP4_SUM, a->sum);
}

/* Judges 'p', unless it is done. */
static void judge(struct fn_state *s, struct pkt *p, const struct net_plain4 *h,
                  const struct answer *a)
{
    struct router4_cache_regs *regs = s->regs;

    if (a->hit) {
        regs->n_forwarded++;
        forward(p, h, a, hop_words(s, a->hop));
        return;
    }
    regs->cache_misses += a->looked;
    regs->cache_others += !a->looked;
    p->flags |= PKT_PUNT;
}

static inline void router4_cache_each(struct fn_state *s,
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
        struct net_plain4 h = net_plain4_read(&y[k]);
        struct answer a = answer_of(s, &h);

        digest_tap(taps, ROUTER4_CACHE_TAP_HEADER, net_plain4_tap(&h));
        digest_tap(taps, ROUTER4_CACHE_TAP_DEST, dest_tap(&h, &a));
        digest_tap(taps, ROUTER4_CACHE_TAP_HOP,
                   hop_tap(&a, hop_words(s, a.hop)));
        if (!done) {
            judge(s, &y[k], &h, &a);
        }
    }
    out->n = in->n;
}

static void router4_cache_run(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out)
{
    router4_cache_each(s, in, out, NULL);
}

static void router4_cache_run_taps(struct fn_state *s, const struct fn_span *in,
                                   struct fn_span *out, struct fn_taps *taps)
{
    router4_cache_each(s, in, out, taps);
}

/* --- learning ------------------------------------------------------------- */

/*
 * Which entry destination 'addr' takes: the one it has, an empty one, or, as if
 * by chance, one of both.
 */
static uint32_t place_for(const struct fn_state *s, uint32_t addr,
                          uint64_t item)
{
    uint32_t first = dest_first(addr);

    for (uint32_t k = first; k < first + DEST_WAYS; k++) {
        const uint32_t *w = dest_words(s, k);
        if ((w[1] & DEST_IN_USE) != 0 && w[0] == addr) {
            return k;
        }
    }
    for (uint32_t k = first; k < first + DEST_WAYS; k++) {
        if ((dest_words(s, k)[1] & DEST_IN_USE) == 0) {
            return k;
        }
    }
    /* Fibonacci hashing: the item's number decides, but in no pattern. */
    return first + (uint32_t)(item * 0x9e3779b97f4a7c15u >> 63);
}

/* The entry of HOP that is 'word', else the first that is empty; their number
 * when there is neither. */
static uint32_t hop_for(const struct fn_state *s, const uint32_t *word)
{
    uint32_t free = ROUTER4_CACHE_HOP_DEPTH;

    for (uint32_t k = 0; k < ROUTER4_CACHE_HOP_DEPTH; k++) {
        const uint32_t *w = hop_words(s, k);
        if (memcmp(w, word, ROUTER4_CACHE_HOP_WORDS * sizeof *w) == 0) {
            return k;
        }
        if ((w[1] & HOP_IN_USE) == 0 && free == ROUTER4_CACHE_HOP_DEPTH) {
            free = k;
        }
    }
    return free;
}

static int router4_cache_learn(const struct fn_state *s, const struct pkt *in,
                               const struct pkt *out,
                               const struct fn_reason *why, fn_emit *emit,
                               void *ctx)
{
    const struct router4_cache_regs *regs = s->regs;
    struct net_plain4 h = net_plain4_read(in);
    uint32_t hop[ROUTER4_CACHE_HOP_WORDS] = {
        why->word[0], why->word[1] | HOP_IN_USE, why->word[2],
        why->word[3] & HOP_MAC_HI};
    uint32_t mtu = why->word[3] >> 16;

    if (pkt_is_done(in) || pkt_is_done(out) || !why->known ||
        !is_looked_for(&h) || (mtu != 0 && h.total > mtu)) {
        return 0;
    }
    uint32_t to = hop_for(s, hop), number = place_for(s, h.dst, in->item);
    uint32_t dest[ROUTER4_CACHE_DEST_WORDS] = {
        h.dst, DEST_IN_USE | to << DEST_HOP_SHIFT | mtu};
    if (to >= regs->n_hops || to >= ROUTER4_CACHE_HOP_DEPTH ||
        number >= regs->n_dest) {
        return 0;
    }
    bool has_hop = memcmp(hop_words(s, to), hop, sizeof hop) == 0;
    if (has_hop && memcmp(dest_words(s, number), dest, sizeof dest) == 0) {
        return 0;
    }
    int err = has_hop ? 0 : hop_emit(hop, to, emit, ctx);
    return err < 0 ? err : dest_emit(dest, number, emit, ctx);
}

static const char *const verdicts[] = {"forward", "miss", "other", NULL};

static const char *router4_cache_verdict(const struct pkt *p)
{
    struct net_plain4 h = net_plain4_read(p); /* punted, it is as it came */

    return (p->flags & PKT_PUNT) == 0 ? verdicts[0]
           : is_looked_for(&h)        ? verdicts[1]
                                      : verdicts[2];
}

const struct fn router4_cache_fn = {
    .csr = &router4_cache_csr,
    .summary = "exact results of router4 for 512 destinations; punts the "
               "others",
    .run = router4_cache_run,
    .run_taps = router4_cache_run_taps,
    .full_rate_bits = 256,
    .slow = "router4",
    .learn = router4_cache_learn,
    .verdict = router4_cache_verdict,
    .verdicts = verdicts,
    .setup = router4_cache_stimulus_setup,
    .packet = router4_cache_stimulus_packet,
};
