/*
 * router4.c - IPv4 router (RFC 1812): longest-prefix match, next hops, ICMP
 * errors.
 *
 * Three passes over a burst: what is to be forwarded at all; its routes, all at
 * once; the packets themselves.
 */
#include "core/fn.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/router4/router4_fib.h"
#include "net/fn/router4/router4_icmp.h"
#include "net/fn/router4/router4_text.h"
#include "net/table/router.h"
#include "router4_csr.h"

/* What becomes of a packet. */
enum fate {
    FORWARD,
    PUNT,
    BAD,
    MARTIAN,
    NO_ROUTE,
    TTL,
    TOO_BIG,
    ANSWERED, /* one of the three above, and an ICMP error went back */
    FATES,
};

/* In the mark of what does not go on: FATE_MARK + enum fate. */
enum { FATE_MARK = 0xff00 };

/* So many packets and their headers stay in the first cache from one pass to
 * the next. */
enum { CHUNK = 64 };

/* Packets that have a route to look up. */
struct lookups {
    size_t n;
    uint16_t k[CHUNK];   /* which */
    uint32_t dst[CHUNK]; /* where to */
    uint8_t at[CHUNK];   /* offset of the IPv4 header */
    uint16_t hop[CHUNK]; /* the answer */
};

/* Never a source, nor a destination that is forwarded: RFC 1812, 5.3.7. */
static bool is_martian(uint32_t addr)
{
    return addr >> 24 == 0 || addr >> 24 == 127 || addr >> 28 >= 0xe;
}

/* To all on this link: the local network control block of multicast (RFC 5771)
 * and the limited broadcast.  Other multicast is not forwarded. */
static bool is_of_link(uint32_t addr)
{
    return addr >> 8 == 0xe00000 || addr == 0xffffffff;
}

static struct router_table ports_of(const struct fn_state *s)
{
    return router_table(s, &router4_csr, ROUTER4_TABLE_PORT,
                        ((const struct router4_regs *)s->regs)->n_ports);
}

/* Tables and what is made of them, as they stand for a burst. */
struct view {
    struct router_table hops, ports;
    const struct router_filter *own;
    const struct router4_way *way;
    const struct lpm4 *routes;
};

static struct view view_of(const struct fn_state *s)
{
    const struct router4_regs *regs = s->regs;

    return (struct view){
        .hops = router_table(s, &router4_csr, ROUTER4_TABLE_NEXT, regs->n_next),
        .ports = ports_of(s),
        .own = router4_fib_own(s),
        .way = router4_fib_ways(s),
        .routes = router4_fib_routes(s),
    };
}

/* Is it one of the router's own addresses?  A port without one has 0. */
static bool is_own(const struct view *v, uint32_t addr)
{
    if (addr == 0 || !router_filter_has(v->own, addr)) {
        return false;
    }
    for (uint32_t k = 0; k < v->ports.n; k++) {
        if (v->ports.words[k * ROUTER4_PORT_WORDS] == addr) {
            return true;
        }
    }
    return false;
}

/* Before a route is looked for; 'at' is the offset of the IPv4 header or 0. */
static enum fate judge(const struct view *v, const struct pkt *p, uint32_t at)
{
    const uint8_t *ip = p->data + at;

    if (at == 0) {
        return (p->flags & PKT_ERROR) != 0 ? BAD : PUNT;
    }
    if (!ip4_is_sound(ip, p->len_bytes - at)) {
        return BAD;
    }
    uint32_t src = be32_load(ip + IP4_SRC), dst = be32_load(ip + IP4_DST);
    if (is_martian(src)) {
        return MARTIAN;
    }
    if (is_of_link(dst) || is_own(v, dst)) {
        return PUNT;
    }
    return is_martian(dst) || (p->data[0] & 1) != 0 ? MARTIAN : FORWARD;
}

/* Most packets: without tags and options, and judge() says FORWARD.  False of
 * all others, and of some of these. */
static inline bool is_usual(const struct view *v, const struct pkt *p)
{
    const uint8_t *ip = p->data + NET_ETH_LEN;

    if (p->flags != 0 || p->len_bytes < NET_ETH_LEN + IP4_BYTES) {
        return false;
    }
    uint32_t src = be32_load(ip + IP4_SRC), dst = be32_load(ip + IP4_DST);
    uint32_t total = be16_load(ip + IP4_LENGTH);
    bool plain = be16_load(ip - 2) == NET_ETH_IP4 &&
                 ip[IP4_VERSION_IHL] == IP4_PLAIN && total >= IP4_BYTES &&
                 total + NET_ETH_LEN <= p->len_bytes;
    bool odd = is_martian(src) || is_martian(dst) || (p->data[0] & 1) != 0 ||
               router_filter_has(v->own, dst);

    return plain && !odd && ip4_sum_is_right(ip, IP4_BYTES);
}

static void count(struct router4_regs *regs, enum fate fate)
{
    switch (fate) {
    case FORWARD: regs->n_forwarded++; break;
    case PUNT: regs->n_punted++; break;
    case BAD: regs->n_bad++; break;
    case MARTIAN: regs->n_martian++; break;
    case NO_ROUTE: regs->n_no_route++; break;
    case TTL: regs->n_ttl++; break;
    case TOO_BIG: regs->n_too_big++; break;
    default: regs->n_icmp++; break;
    }
}

static void end(struct router4_regs *regs, struct pkt *p, enum fate fate)
{
    count(regs, fate);
    if (fate == PUNT) {
        p->flags |= PKT_PUNT;
    } else if (fate != ANSWERED) {
        p->flags |= PKT_DROP;
    }
    p->mark = (uint16_t)(FATE_MARK + fate);
}

/* --- packets -------------------------------------------------------------- */

/* The same for all packets of a flow. */
static uint32_t flow_hash(const struct pkt *p)
{
    struct net_key4 key = net_key4_read(p);
    uint64_t h =
        ((uint64_t)key.src << 32 | key.dst) ^
        ((uint64_t)key.proto << 40 | (uint64_t)key.sport << 16 | key.dport);

    return (uint32_t)(router_mix(h) >> 32);
}

/* Answers 'p' if it may be answered, else drops it. */
static void refuse(struct fn_state *s, struct pkt *p, uint32_t at,
                   enum fate fate, uint16_t mtu)
{
    struct router4_regs *regs = s->regs;
    struct router_table ports = ports_of(s);
    const uint32_t *port = router_entry(&ports, p->in_port);
    struct icmp4_error e = {
        .type = fate == TTL ? ICMP4_TIME_EXCEEDED : ICMP4_UNREACHABLE,
        .code = fate == TOO_BIG ? ICMP4_NEEDS_FRAGMENT : ICMP4_NET,
        .more = mtu,
        .id = (uint16_t)regs->n_icmp,
    };

    end(regs, p, fate);
    if (port == NULL || port[0] == 0 || !icmp4_may_answer(p, at)) {
        return;
    }
    e.from = port[0];
    if (router_may_tell(regs->tick, regs->icmp_max, &regs->told_tick,
                        &regs->n_told) &&
        icmp4_answer(p, at, &e)) {
        p->flags &= (uint16_t)~PKT_DROP;
        end(regs, p, ANSWERED);
    }
}

/* The packet has one hop less to go. */
static void count_down(uint8_t *ip)
{
    ip[IP4_TTL]--;
    be16_store(ip + IP4_SUM, ip4_sum_hop(be16_load(ip + IP4_SUM)));
}

/* Sends 'p' on when nothing is in its way: the route says 'way'. */
static bool hurry(struct pkt *p, uint32_t at, const struct router4_way *way)
{
    uint8_t *ip = p->data + at;

    if (!way->is_whole || ip[IP4_TTL] <= 1 ||
        (way->mtu != 0 && be16_load(ip + IP4_LENGTH) > way->mtu)) {
        return false;
    }
    count_down(ip);
    memcpy(p->data, way->macs, sizeof way->macs);
    p->out_port = way->port;
    return true;
}

/* Sends 'p' on, whose route says 'hop'; true when it goes. */
static bool forward(struct fn_state *s, const struct view *v, struct pkt *p,
                    uint32_t at, uint32_t hop)
{
    uint8_t *ip = p->data + at;

    const uint32_t *next = router_entry(&v->hops, hop);
    if (hop != 0 && router_is_group(next)) {
        hop = router_member(next, flow_hash(p));
        next = router_entry(&v->hops, hop);
    }
    uint32_t mtu = router_mtu(next);
    if (hop == 0) {
        refuse(s, p, at, NO_ROUTE, 0);
        return false;
    }
    if (ip[IP4_TTL] <= 1) {
        refuse(s, p, at, TTL, 0);
        return false;
    }
    if (mtu != 0 && be16_load(ip + IP4_LENGTH) > mtu) {
        refuse(s, p, at, TOO_BIG, (uint16_t)mtu);
        return false;
    }
    count_down(ip);
    router_send(p, next, hop, &v->ports);
    return true;
}

/* Packets [n], up to CHUNK. */
static void run_chunk(struct fn_state *s, const struct view *v,
                      const struct pkt *x, struct pkt *y, size_t n)
{
    struct router4_regs *regs = s->regs;
    struct lookups t;
    uint32_t n_forwarded = 0;

    t.n = 0;
    for (size_t k = 0; k < n; k++) {
        bool usual = is_usual(v, &x[k]), done = pkt_is_done(&x[k]);
        uint32_t at = usual ? NET_ETH_LEN : done ? 0 : net_key4_offset(&x[k]);
        enum fate fate = usual || done ? FORWARD : judge(v, &x[k], at);
        pkt_pass(&y[k], &x[k]);
        if (fate != FORWARD) {
            end(regs, &y[k], fate);
        } else if (!done) {
            t.k[t.n] = (uint16_t)k;
            t.at[t.n] = (uint8_t)at;
            t.dst[t.n++] = be32_load(y[k].data + at + IP4_DST);
        }
    }
    lpm4_find_bulk(v->routes, t.dst, t.hop, t.n);
    for (size_t k = 0; k < t.n; k++) {
        struct pkt *p = &y[t.k[k]];
        n_forwarded += hurry(p, t.at[k], &v->way[t.hop[k]]) ||
                       forward(s, v, p, t.at[k], t.hop[k]);
    }
    regs->n_forwarded += n_forwarded;
}

static void router4_run(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out)
{
    struct view v = view_of(s);
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k += CHUNK) {
        run_chunk(s, &v, x + k, y + k, in->n - k < CHUNK ? in->n - k : CHUNK);
    }
    out->n = in->n;
}

/*
 * The way to the destination, when it is that of every packet to it: word 0 and
 * 2 are MACs' [31:0] of next hop and port, [31] of 1 and [30] of 1 that they
 * are set, [15:0] of 1 and 3 their [47:32]; [23:16] of 1 is the port, [31:16]
 * of 3 the longest packet that passes, 0 for any.
 */
static void router4_reason(const struct fn_state *s, const struct pkt *in,
                           struct fn_reason *why)
{
    struct view v = view_of(s);
    uint32_t at = net_key4_offset(in);
    uint32_t hop = 0;

    *why = (struct fn_reason){.known = false};
    if (judge(&v, in, at) == FORWARD) {
        hop = lpm4_find(v.routes, be32_load(in->data + at + IP4_DST));
    }
    const uint32_t *next = router_entry(&v.hops, hop);
    if (hop == 0 || router_is_group(next)) {
        return;
    }
    struct router_way way = router_way_to(next, hop, &v.ports);
    *why = (struct fn_reason){
        .known = true,
        .word = {way.to,
                 (way.to_hi & 0x8000ffff) | (way.from_hi >> 31) << 30 |
                     (uint32_t)way.port << 16,
                 way.from, (way.from_hi & 0xffff) | router_mtu(next) << 16},
    };
}

static const char *const verdicts[] = {"forward", "punt",     "bad_header",
                                       "martian", "no_route", "ttl",
                                       "too_big", "icmp",     NULL};

static const char *router4_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark - (uint32_t)FATE_MARK;
    bool gone = (p->flags & (PKT_DROP | PKT_PUNT)) != 0;

    return verdicts[fate < FATES && (gone || fate == ANSWERED) ? fate
                                                               : FORWARD];
}

static const struct fn_key router4_keys[] = {
    {"routes", "a file of PREFIX/LENGTH NEXTHOP lines", true,
     router4_parse_routes},
    {"next",
     "a file of next hops: NUMBER port P [mac M] [mtu N], or NUMBER group "
     "FIRST COUNT",
     true, router4_parse_next},
    {"ports", "a file of the router's own addresses: PORT ADDRESS [MAC]", true,
     router4_parse_ports},
};

const struct fn router4_fn = {
    .csr = &router4_csr,
    .summary = "IPv4 router: longest-prefix match, next hops, ICMP errors",
    .run = router4_run,
    .open = router4_fib_open,
    .prepare = router4_fib_prepare,
    .close = router4_fib_close,
    .reason = router4_reason,
    .keys = router4_keys,
    .n_keys = sizeof router4_keys / sizeof router4_keys[0],
    .verdict = router4_verdict,
    .verdicts = verdicts,
    .setup = router4_stimulus_setup,
    .packet = router4_stimulus_packet,
};
