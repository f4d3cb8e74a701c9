/*
 * firewall_cache.c - open flows of firewall in a table (C body of
 * firewall_cache.v).
 *
 * It judges packets that change no state of firewall: of an open flow, saying
 * nothing new, in a lease in which firewall saw the flow.  Any other packet of
 * a flow that is held may change it: it empties the entry, so that what follows
 * goes the same way, and is punted.
 */
#include "core/digest.h"
#include "net/fn/firewall_cache/firewall_cache_entry.h"
#include "net/fn/firewall_cache/firewall_cache_stimulus.h"

enum {
    TCP_NEWS = 0x07, /* FIN, SYN, RST */
    TCP_ACK = 0x10,
    FATE_OPEN = 3, /* firewall's mark: [15:13] what it is, [12:0] the rule */
    FATE_SHIFT = 13,
};

/* What the table says of a packet. */
struct found {
    uint32_t result; /* HELD and rule of its flow, 0: none */
    uint32_t seen;   /* of that flow */
    bool gone;       /* entries with its key were emptied */
};

/* A packet that changes nothing in an open flow; key->has_ip is true. */
static bool is_quiet(const struct net_key4 *key)
{
    return !key->fragment && key->proto != NET_ICMP &&
           (key->proto != NET_TCP ||
            (key->flags & (TCP_NEWS | TCP_ACK)) == TCP_ACK);
}

static bool is_leased(const struct firewall_cache_regs *regs, uint32_t seen)
{
    return (regs->tick ^ seen) >> (regs->lease & 0xf) == 0;
}

static uint32_t *words_of(const struct fn_state *s, uint32_t number)
{
    return s->table[FIREWALL_CACHE_TABLE_ENTRY] +
           (size_t)number * FIREWALL_CACHE_ENTRY_WORDS;
}

/* A packet that is done empties nothing. */
static struct found look(struct fn_state *s, const struct net_key4 *key,
                         bool done)
{
    const struct firewall_cache_regs *regs = s->regs;
    struct entry e = held_of_key(key);
    struct found f = {.result = 0};
    uint32_t first = held_first(key);

    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        uint32_t *words = words_of(s, k);
        if (k >= regs->n_entries || !held_has(words, &e)) {
            continue;
        }
        if (!is_quiet(key) && !done) {
            words[3] = 0;
            f.gone = true;
        } else if (is_quiet(key) && f.result == 0) {
            f.result = words[3] & (ENTRY_HELD | ENTRY_RULE);
            f.seen = s->table[FIREWALL_CACHE_TABLE_SEEN][k];
        }
    }
    return f;
}

static inline void firewall_cache_each(struct fn_state *s,
                                       const struct fn_span *in,
                                       struct fn_span *out,
                                       struct fn_taps *taps)
{
    struct firewall_cache_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        struct net_key4 key = net_key4_read(&x[k]);
        struct found f = {.result = 0};

        pkt_pass(&y[k], &x[k]);
        if (key.has_ip) {
            f = look(s, &key, pkt_is_done(&x[k]));
        }
        bool hit = f.result != 0 && is_leased(regs, f.seen);
        digest_tap(taps, FIREWALL_CACHE_TAP_KEY,
                   net_key4_tap(&key) ^ (uint32_t)(key.has_ip && key.fragment)
                                            << 25);
        digest_tap(taps, FIREWALL_CACHE_TAP_RESULT,
                   (uint32_t)f.gone << 17 | (uint32_t)key.has_ip << 16 |
                       f.result | (uint32_t)hit << 14);
        if (pkt_is_done(&x[k])) {
            continue;
        }
        regs->n_open += hit;
        regs->cache_misses += !hit;
        if (hit) {
            y[k].mark = (uint16_t)((uint32_t)FATE_OPEN << FATE_SHIFT |
                                   (f.result & ENTRY_RULE));
        } else {
            y[k].flags |= PKT_PUNT;
        }
    }
    out->n = in->n;
}

static void firewall_cache_run(struct fn_state *s, const struct fn_span *in,
                               struct fn_span *out)
{
    firewall_cache_each(s, in, out, NULL);
}

static void firewall_cache_run_taps(struct fn_state *s,
                                    const struct fn_span *in,
                                    struct fn_span *out, struct fn_taps *taps)
{
    firewall_cache_each(s, in, out, taps);
}

/* --- what firewall did ---------------------------------------------------- */

/* The entry that holds the key of 'e', or the number behind the last. */
static uint32_t held_at(const struct fn_state *s, uint32_t first,
                        const struct entry *e)
{
    const struct firewall_cache_regs *regs = s->regs;

    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if (k < regs->n_entries && held_has(words_of(s, k), e)) {
            return k;
        }
    }
    return FIREWALL_CACHE_ENTRY_DEPTH;
}

/* Which entry a key takes that none holds: an empty one or, as if by chance,
 * one of both. */
static uint32_t place_for(const struct fn_state *s, uint32_t first,
                          uint64_t item)
{
    for (uint32_t k = first; k < first + ENTRY_WAYS; k++) {
        if ((words_of(s, k)[3] & ENTRY_HELD) == 0) {
            return k;
        }
    }
    /* Fibonacci hashing: the item's number decides, but in no pattern. */
    return first + (uint32_t)(item * 0x9e3779b97f4a7c15u >> 63);
}

/*
 * A packet that changes nothing and was one of an open flow: firewall has seen
 * that flow in this lease, now or before.  Any other has emptied the entry of
 * its key in the slot; the body that 's' is of may not have seen it.
 */
static int firewall_cache_learn(const struct fn_state *s, const struct pkt *in,
                                const struct pkt *out,
                                const struct fn_reason *why, fn_emit *emit,
                                void *ctx)
{
    const struct firewall_cache_regs *regs = s->regs;
    struct net_key4 key = net_key4_read(in);
    bool open =
        (out->flags & PKT_DROP) == 0 && out->mark >> FATE_SHIFT == FATE_OPEN;

    (void)why;
    if (pkt_is_done(in) || !key.has_ip) {
        return 0;
    }
    struct entry e = held_of_key(&key);
    uint32_t first = held_first(&key);
    uint32_t number = held_at(s, first, &e);
    uint32_t result = ENTRY_HELD | (out->mark & (uint32_t)ENTRY_RULE);
    bool held = number < FIREWALL_CACHE_ENTRY_DEPTH;

    if (!is_quiet(&key) || !open) {
        return held ? held_emit_empty(number, emit, ctx) : 0;
    }
    if (held &&
        (words_of(s, number)[3] & (ENTRY_HELD | ENTRY_RULE)) == result &&
        is_leased(regs, s->table[FIREWALL_CACHE_TABLE_SEEN][number])) {
        return 0;
    }
    number = held ? number : place_for(s, first, in->item);
    if (number >= regs->n_entries) {
        return 0;
    }
    e.word[3] |= result;
    return held_emit(&e, regs->tick, number, emit, ctx);
}

static const char *const verdicts[] = {"open", "miss", "done", NULL};

static const char *firewall_cache_verdict(const struct pkt *p)
{
    return (p->flags & PKT_PUNT) != 0   ? verdicts[1]
           : (p->flags & PKT_DROP) != 0 ? verdicts[2]
                                        : verdicts[0];
}

const struct fn firewall_cache_fn = {
    .csr = &firewall_cache_csr,
    .summary = "256 open flows of firewall; punts what may change a flow",
    .run = firewall_cache_run,
    .run_taps = firewall_cache_run_taps,
    .full_rate_bits = 256,
    .slow = "firewall",
    .learn = firewall_cache_learn,
    .clock = FIREWALL_CACHE_TICK,
    .verdict = firewall_cache_verdict,
    .verdicts = verdicts,
    .setup = firewall_cache_stimulus_setup,
    .packet = firewall_cache_stimulus_packet,
};
