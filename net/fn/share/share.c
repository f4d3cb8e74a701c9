/*
 * share.c - a link shared by weight between networks (C body of share.v).
 *
 * Ticks bring bytes to deal.  With each packet one network is dealt a quantum,
 * in turn, if there is so much; one that has no room for it is passed over.  A
 * packet passes if its network has tokens, and then costs its length, into debt
 * if need be.
 */
#include "core/digest.h"
#include "net/fn/share/share_text.h"
#include "share_csr.h"

enum {
    TICKS_MAX = 0xffff, /* longer without a packet counts as so many */
    NETS = SHARE_NET_DEPTH,
};

_Static_assert(NETS == 64, "a network is a bit of a 64-bit word");

/* The tables, and who may be dealt to, a bit for each network. */
struct table {
    uint32_t *net, *link;
    uint32_t n; /* networks in use */
    uint64_t hungry, first;
};

/* What the taps say of a packet. */
struct trace {
    uint32_t packet, admit, spend, count;
};

static uint32_t *net_at(const struct table *t, uint32_t number)
{
    return t->net + (size_t)number * SHARE_NET_WORDS;
}

static uint32_t quantum(const uint32_t *net)
{
    return net[NET_QUANTUM] & SHARE_QUANTUM_MASK;
}

static int64_t tokens(const uint32_t *net)
{
    return (int32_t)net[NET_TOKENS];
}

/* Keeps up whether network 'number' has room for a quantum. */
static void note(struct table *t, uint32_t number)
{
    const uint32_t *net = net_at(t, number);
    bool hungry = quantum(net) != 0 &&
                  tokens(net) + quantum(net) <= (net[NET_MOST] & INT32_MAX);
    uint64_t bit = UINT64_C(1) << number;

    t->hungry = hungry ? t->hungry | bit : t->hungry & ~bit;
}

static struct table table_of(const struct fn_state *s)
{
    const struct share_regs *regs = s->regs;
    struct table t = {
        .net = s->table[SHARE_TABLE_NET],
        .link = s->table[SHARE_TABLE_LINK],
        .n = regs->n_nets < NETS ? regs->n_nets : NETS,
    };

    for (uint32_t k = 0; k < t.n; k++) {
        t.first |= (uint64_t)(net_at(&t, k)[NET_HOW] & 1) << k;
        note(&t, k);
    }
    return t;
}

/* Adds what the ticks brought; in a word that each bit of it counts in. */
static uint32_t earn(uint32_t *link, uint32_t tick)
{
    uint32_t ticks = tick - link[LINK_SEEN], word;
    uint64_t more, credit;

    ticks = ticks < TICKS_MAX ? ticks : TICKS_MAX;
    if (ticks == 0) {
        return 0;
    }
    more = (uint64_t)ticks * link[LINK_RATE];
    credit = link[LINK_CREDIT] + more;
    link[LINK_CREDIT] =
        credit < link[LINK_BURST] ? (uint32_t)credit : link[LINK_BURST];
    link[LINK_SEEN] = tick;
    word = (uint32_t)more ^ (uint32_t)(more >> 32);
    return word << 13 | word >> 19;
}

/* The first of 'nets' after network 'turn', and round. */
static uint32_t next_of(uint64_t nets, uint32_t turn)
{
    uint64_t after = nets & ~((UINT64_C(2) << turn) - 1);

    return (uint32_t)__builtin_ctzll(after != 0 ? after : nets);
}

/* Deals a quantum to whose turn it is, if there is so much; true if so. */
static bool deal(struct table *t)
{
    uint64_t before = t->hungry & t->first;
    uint64_t nets = before != 0 ? before : t->hungry;
    uint32_t who;

    if (nets == 0) {
        return false;
    }
    who = next_of(nets, t->link[LINK_TURN] & (NETS - 1));
    uint32_t *net = net_at(t, who);
    if (t->link[LINK_CREDIT] < quantum(net)) {
        return false;
    }
    t->link[LINK_CREDIT] -= quantum(net);
    t->link[LINK_TURN] = who;
    net[NET_TOKENS] += quantum(net);
    note(t, who);
    return true;
}

/* A packet of 'bytes' of network 'number' passes or not, and is counted. */
static bool admit(struct table *t, uint32_t number, uint32_t bytes)
{
    uint32_t *net = net_at(t, number);
    uint64_t all;

    if (tokens(net) <= 0) {
        net[NET_DROPPED]++;
        return false;
    }
    net[NET_TOKENS] -= bytes;
    note(t, number);
    all = ((uint64_t)net[NET_BYTES_H] << 32 | net[NET_BYTES]) + bytes;
    net[NET_BYTES] = (uint32_t)all;
    net[NET_BYTES_H] = (uint32_t)(all >> 32);
    net[NET_PASSED]++;
    return true;
}

static inline struct trace share_packet(struct share_regs *regs,
                                        struct table *t, struct pkt *p)
{
    uint32_t number = (regs->net_by & 1) != 0 ? p->mark : p->in_port;
    uint32_t bytes = p->len_bytes + (regs->length & SHARE_LENGTH_ADD_MASK);
    struct trace x = {number, 0, bytes, 0};

    uint32_t more = earn(t->link, regs->tick);
    bool dealt = deal(t);
    bool known = number < t->n && quantum(net_at(t, number)) != 0;
    bool pass = known && admit(t, number, bytes);

    x.admit =
        t->link[LINK_CREDIT] ^ more ^
        (UINT32_C(1) << 31 | (uint32_t)pass << 30 | (uint32_t)dealt << 29 |
         (uint32_t)known << 28 | t->link[LINK_TURN] << 16 | number);
    regs->n_passed += pass;
    regs->n_dropped += known && !pass;
    regs->n_unknown += !known;
    if (known) {
        const uint32_t *net = net_at(t, number);
        x.spend ^= net[NET_TOKENS];
        x.count = net[NET_PASSED] ^ net[NET_DROPPED] << 16 ^
                  net[NET_DROPPED] >> 16 ^ net[NET_BYTES] ^
                  net[NET_BYTES_H] << 24 ^ net[NET_BYTES_H] >> 8 ^
                  (bytes << 13 | number);
    }
    x.count ^= UINT32_C(1) << (pass ? 29 : known ? 30 : 31);
    p->flags |= pass ? 0 : PKT_DROP;
    return x;
}

static inline void share_each(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out, struct fn_taps *taps)
{
    struct share_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct table t = table_of(s);

    for (size_t k = 0; k < in->n; k++) {
        struct trace seen = {0};

        pkt_pass(&y[k], &x[k]);
        if (!pkt_is_done(&x[k]) && (regs->n_link & 1) != 0) {
            seen = share_packet(regs, &t, &y[k]);
        }
        digest_tap(taps, SHARE_TAP_PACKET, seen.packet);
        digest_tap(taps, SHARE_TAP_ADMIT, seen.admit);
        digest_tap(taps, SHARE_TAP_SPEND, seen.spend);
        digest_tap(taps, SHARE_TAP_COUNT, seen.count);
    }
    out->n = in->n;
}

static void share_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    share_each(s, in, out, NULL);
}

static void share_run_taps(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out, struct fn_taps *taps)
{
    share_each(s, in, out, taps);
}

static const char *const verdicts[] = {"pass", "drop", "punt", NULL};

static const char *share_verdict(const struct pkt *p)
{
    if ((p->flags & PKT_DROP) != 0) {
        return verdicts[1];
    }
    return verdicts[(p->flags & PKT_PUNT) != 0 ? 2 : 0];
}

static const struct fn_key share_keys[] = {
    {"nets",
     "a file: 'link rate 125000 burst 500000 unit 9216', then lines like 'net "
     "3 "
     "weight 10'",
     true, share_parse_nets},
    {"net", "port or mark: what the number of a packet's network is", false,
     share_parse_net},
};

const struct fn share_fn = {
    .csr = &share_csr,
    .summary = "a link shared by weight between networks",
    .run = share_run,
    .run_taps = share_run_taps,
    .full_rate_bits = 256,
    .keys = share_keys,
    .n_keys = sizeof share_keys / sizeof share_keys[0],
    .verdict = share_verdict,
    .verdicts = verdicts,
    .setup = share_stimulus_setup,
    .packet = share_stimulus_packet,
};
