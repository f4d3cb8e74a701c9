/*
 * policer.c - the single rate meter of RFC 2697 and the two rate meter of RFC
 * 2698 (C body of policer.v).
 *
 * Time is the register TICK.  A meter's buckets are filled when a packet comes
 * to it, by the ticks since the last one did; all counts of tokens are in 1/256
 * byte.
 */
#include "core/digest.h"
#include "core/net_ip.h"
#include "net/fn/policer/policer_text.h"
#include "policer_csr.h"

enum {
    TICKS_MAX = 0xffff, /* longer without a packet counts as so many */
    BY_PORT = 0,
    BY_MARK = 1,
    BY_DSCP = 2,
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint32_t rotate(uint32_t x, uint32_t n)
{
    return x << n | x >> (32 - n);
}

static uint32_t class_of(const struct policer_regs *regs, const struct pkt *p,
                         const struct net_ip *ip)
{
    switch (regs->class_by & POLICER_CLASS_BY_FIELD_MASK) {
    case BY_PORT: return p->in_port;
    case BY_MARK: return p->mark & 0xff;
    case BY_DSCP: return ip->dscp;
    default: return 0;
    }
}

/* Number of the meter of class 'c' from 1, or 0. */
static uint32_t meter_of(const struct fn_state *s, uint32_t c)
{
    const struct policer_regs *regs = s->regs;
    uint32_t n =
        c < regs->n_classes ? s->table[POLICER_TABLE_CLASS][c] & 0xffff : 0;
    bool there = n <= regs->n_meters && n <= POLICER_METER_DEPTH;

    return there ? n : 0;
}

/* The colour that a packet comes with: AFx1, AFx2, AFx3 are green, yellow, red
 * (RFC 2597, 6). */
static uint32_t colour_before(const struct policer_regs *regs,
                              const struct pkt *p, const struct net_ip *ip)
{
    uint32_t class = ip->dscp >> 3;
    bool is_af = class >= 1 && class <= 4 && (ip->dscp & 1) == 0;

    if ((regs->colour_by & 1) == 0) {
        return p->mark >> POLICER_COLOUR_SHIFT & 3;
    }
    return is_af ? ip->dscp >> 1 & 3 : 0;
}

static uint32_t length_of(const struct policer_regs *regs,
                          const struct net_ip *ip)
{
    uint32_t l2 = NET_ETH_LEN + 4 * (uint32_t)ip->tags;

    return ip->bytes + (regs->length & 0xff) +
           ((regs->length >> POLICER_LENGTH_L2_SHIFT & 1) != 0 ? l2 : 0);
}

/* Ticks to fill for. */
static uint32_t ticks_since(const uint32_t *m, uint32_t tick)
{
    return (uint32_t)min_u64(tick - m[METER_SEEN], TICKS_MAX);
}

/*
 * Fills the buckets: what does not fit into the committed one goes into the
 * excess one (RFC 2697, 3), or both have a rate (RFC 2698, 3).
 */
static void fill(uint32_t *m, uint32_t ticks)
{
    uint64_t cbs = (uint64_t)m[METER_CBS] << 8,
             ebs = (uint64_t)m[METER_EBS] << 8;
    uint64_t tc = m[METER_TC] + (uint64_t)ticks * m[METER_CIR];
    uint64_t excess = tc > cbs ? tc - cbs : 0;
    uint64_t more = (m[METER_HOW] & POLICER_TWO_RATES) != 0
                        ? (uint64_t)ticks * m[METER_PIR]
                        : excess;

    m[METER_TC] = (uint32_t)min_u64(tc, cbs);
    m[METER_TE] = (uint32_t)min_u64(m[METER_TE] + more, ebs);
}

/* RFC 2697, 3: colour of a packet of 'need' tokens, which it takes. */
static uint32_t single_rate(uint32_t *m, uint32_t before, uint32_t need)
{
    if (before <= POLICER_GREEN && m[METER_TC] >= need) {
        m[METER_TC] -= need;
        return POLICER_GREEN;
    }
    if (before <= POLICER_YELLOW && m[METER_TE] >= need) {
        m[METER_TE] -= need;
        return POLICER_YELLOW;
    }
    return POLICER_RED;
}

/* RFC 2698, 3. */
static uint32_t two_rates(uint32_t *m, uint32_t before, uint32_t need)
{
    if (before == POLICER_RED || m[METER_TE] < need) {
        return POLICER_RED;
    }
    m[METER_TE] -= need;
    if (before == POLICER_YELLOW || m[METER_TC] < need) {
        return POLICER_YELLOW;
    }
    m[METER_TC] -= need;
    return POLICER_GREEN;
}

static enum policer_action action_of(const uint32_t *m, uint32_t colour)
{
    uint32_t action =
        m[METER_HOW] >> (2 * (colour - POLICER_GREEN) + POLICER_ACTION_SHIFT) &
        3;

    return action > POLICER_MARK ? POLICER_DROP : (enum policer_action)action;
}

/* What became of a packet is written into it, and counted. */
static void finish(struct policer_regs *regs, uint32_t *m, uint32_t colour,
                   uint32_t bytes, struct pkt *p)
{
    enum policer_action action = action_of(m, colour);
    uint32_t *n = &m[METER_GREEN + colour - POLICER_GREEN];

    *n += 1;
    regs->n_green += colour == POLICER_GREEN;
    regs->n_yellow += colour == POLICER_YELLOW;
    regs->n_red += colour == POLICER_RED;
    if (action != POLICER_PASS) {
        p->mark = (uint16_t)((p->mark & ~(3u << POLICER_COLOUR_SHIFT)) |
                             colour << POLICER_COLOUR_SHIFT);
    }
    if (action == POLICER_DROP) {
        p->flags |= PKT_DROP;
        regs->n_dropped++;
    } else {
        m[METER_PASSED] += bytes;
    }
}

/* Tokens that come, Q40.8, in a word: each bit of them counts. */
static uint32_t more_word(uint32_t ticks, uint32_t rate)
{
    uint64_t more = (uint64_t)ticks * rate;

    return (uint32_t)more ^ (uint32_t)(more >> 32);
}

/* What the tap METER takes of a packet for meter 'number'. */
static uint32_t meter_word(const uint32_t *m, uint32_t number, uint32_t ticks,
                           uint32_t before, uint32_t bytes)
{
    uint32_t how =
        (m[METER_HOW] >> 1 & 0x7e) | (m[METER_HOW] & POLICER_TWO_RATES);

    return (UINT32_C(1) << 31 | number << 16) ^ (before << 30 | bytes) ^
           more_word(ticks, m[METER_CIR]) ^
           rotate(more_word(ticks, m[METER_PIR]), 13) ^
           (m[METER_CBS] << 8 | how) ^ m[METER_EBS];
}

/* ... and the taps BUCKET and COUNT. */
static void tap_result(struct fn_taps *taps, const uint32_t *m, uint32_t number,
                       uint32_t colour, uint32_t bytes)
{
    uint32_t n = m[METER_GREEN + colour - POLICER_GREEN];
    enum policer_action action = action_of(m, colour);
    uint32_t fate = colour << 30 | (uint32_t)(action != POLICER_PASS) << 29 |
                    (uint32_t)(action == POLICER_DROP) << 28;

    digest_tap(taps, POLICER_TAP_BUCKET,
               m[METER_TC] ^ rotate(m[METER_TE], 13) ^ bytes ^
                   (fate | (number - 1) << 16));
    digest_tap(taps, POLICER_TAP_COUNT, n ^ rotate(m[METER_PASSED], 16));
}

static void tap_none(struct fn_taps *taps)
{
    digest_tap(taps, POLICER_TAP_METER, 0);
    digest_tap(taps, POLICER_TAP_BUCKET, 0);
    digest_tap(taps, POLICER_TAP_COUNT, 0);
}

static inline void policer_packet(struct fn_state *s, struct pkt *p,
                                  struct fn_taps *taps)
{
    struct policer_regs *regs = s->regs;
    struct net_ip ip = net_ip_read(p);
    bool done = pkt_is_done(p);
    uint32_t number =
        ip.has_ip && !done ? meter_of(s, class_of(regs, p, &ip)) : 0;

    digest_tap(taps, POLICER_TAP_KEY, net_ip_tap(&ip));
    if (number == 0) {
        regs->n_no_ip += !done && !ip.has_ip;
        regs->n_no_meter += !done && ip.has_ip;
        tap_none(taps);
        return;
    }
    uint32_t *m = s->table[POLICER_TABLE_METER] +
                  (size_t)(number - 1) * POLICER_METER_WORDS;
    uint32_t bytes = length_of(regs, &ip);
    uint32_t before = (m[METER_HOW] & POLICER_AWARE) != 0
                          ? colour_before(regs, p, &ip)
                          : POLICER_GREEN;
    uint32_t ticks = ticks_since(m, regs->tick);
    digest_tap(taps, POLICER_TAP_METER,
               meter_word(m, number, ticks, before, bytes));
    fill(m, ticks);
    m[METER_SEEN] = regs->tick;
    uint32_t colour = (m[METER_HOW] & POLICER_TWO_RATES) != 0
                          ? two_rates(m, before, bytes << 8)
                          : single_rate(m, before, bytes << 8);
    finish(regs, m, colour, bytes, p);
    tap_result(taps, m, number, colour, bytes);
}

static inline void policer_each(struct fn_state *s, const struct fn_span *in,
                                struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        policer_packet(s, &y[k], taps);
    }
    out->n = in->n;
}

static void policer_run(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out)
{
    policer_each(s, in, out, NULL);
}

static void policer_run_taps(struct fn_state *s, const struct fn_span *in,
                             struct fn_span *out, struct fn_taps *taps)
{
    policer_each(s, in, out, taps);
}

/* By mark [9:8], then those that are dropped or punted. */
static const char *const verdicts[] = {"none", "green", "yellow", "red",
                                       "drop", "punt",  NULL};

static const char *policer_verdict(const struct pkt *p)
{
    if ((p->flags & PKT_DROP) != 0) {
        return verdicts[4];
    }
    return (p->flags & PKT_PUNT) != 0
               ? verdicts[5]
               : verdicts[p->mark >> POLICER_COLOUR_SHIFT & 3];
}

static const struct fn_key policer_keys[] = {
    {"meters",
     "a file of lines like 'meter 1 srtcm cir 125 cbs 3000 ebs 6000' and "
     "'class 0-7 meter 1'",
     true, policer_parse_meters},
    {"class", "port, mark, dscp or all: what a packet's class is", false,
     policer_parse_class},
    {"colour", "mark or dscp: where a packet's colour stands that it came with",
     false, policer_parse_colour},
};

const struct fn policer_fn = {
    .csr = &policer_csr,
    .summary = "meters of one rate and two (RFC 2697, RFC 2698)",
    .run = policer_run,
    .run_taps = policer_run_taps,
    .full_rate_bits = 256,
    .keys = policer_keys,
    .n_keys = sizeof policer_keys / sizeof policer_keys[0],
    .verdict = policer_verdict,
    .verdicts = verdicts,
    .setup = policer_stimulus_setup,
    .packet = policer_stimulus_packet,
};
