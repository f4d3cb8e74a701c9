/*
 * router6.c - IPv6 router (RFC 8200, 4291, 4443): longest-prefix match, next
 * hops, ICMPv6 errors.
 *
 * Three passes over a burst: what is to be forwarded at all; its routes, all at
 * once; the packets themselves.
 */
#include "core/fn.h"
#include "core/net_eth.h"
#include "core/net_ip6.h"
#include "core/net_key4.h"
#include "net/fn/router6/router6_fib.h"
#include "net/fn/router6/router6_icmp.h"
#include "net/fn/router6/router6_text.h"
#include "net/table/router.h"
#include "router6_csr.h"

/* What becomes of a packet. */
enum fate {
    FORWARD,
    PUNT,
    BAD,
    MARTIAN,
    LINK_LOCAL,
    NO_ROUTE,
    HOP_LIMIT,
    TOO_BIG,
    ANSWERED, /* one of the three above, and an ICMPv6 error went back */
    FATES,
};

/* In the mark of what does not go on: FATE_MARK + enum fate. */
enum { FATE_MARK = 0xff00 };

/* Packets of a burst that have a route to look up. */
struct lookups {
    size_t n;
    uint16_t k[FN_BURST_PKT];           /* which */
    struct lpm6_addr dst[FN_BURST_PKT]; /* where to */
    uint8_t at[FN_BURST_PKT];           /* offset of the IPv6 header */
    uint16_t hop[FN_BURST_PKT];         /* the answer */
};

/* --- addresses ------------------------------------------------------------ */

static struct lpm6_addr addr_load(const uint8_t *p)
{
    return (struct lpm6_addr){.hi = be64_load(p), .lo = be64_load(p + 8)};
}

static bool is_unspecified(struct lpm6_addr a)
{
    return (a.hi | a.lo) == 0;
}

static bool is_multicast(struct lpm6_addr a)
{
    return a.hi >> 56 == 0xff;
}

/* The loopback address and IPv4 addresses as programs write them are never on
 * the wire: RFC 4291, 2.5.3; RFC 6890, 2.2.3. */
static bool is_of_host(struct lpm6_addr a)
{
    return a.hi == 0 && (a.lo == 1 || a.lo >> 32 == 0xffff);
}

/* fe80::/10 */
static bool is_link_local(struct lpm6_addr a)
{
    return a.hi >> 54 == 0xfe80 >> 6;
}

/* On this link: link-local addresses, and groups of that scope whatever their
 * flags (RFC 4291, 2.7). */
static bool is_of_link(struct lpm6_addr a)
{
    return is_link_local(a) || (is_multicast(a) && (a.hi >> 48 & 0xf) == 2);
}

static struct router_table ports_of(const struct fn_state *s)
{
    return router_table(s, &router6_csr, ROUTER6_TABLE_PORT,
                        ((const struct router6_regs *)s->regs)->n_ports);
}

/* Is it one of the router's own addresses? */
static bool is_own(const struct fn_state *s, struct lpm6_addr a)
{
    struct router_table ports = ports_of(s);

    if (is_unspecified(a) || !router6_fib_may_own(s, a)) {
        return false;
    }
    for (uint32_t k = 0; k < ports.n; k++) {
        struct lpm6_addr port =
            router6_addr(ports.words + (size_t)k * ROUTER6_PORT_WORDS);
        if (port.hi == a.hi && port.lo == a.lo) {
            return true;
        }
    }
    return false;
}

/* --- fates ---------------------------------------------------------------- */

/* Before a route is looked for; 'at' is the offset of the IPv6 header or 0. */
static enum fate judge(const struct fn_state *s, const struct pkt *p,
                       uint32_t at)
{
    const uint8_t *ip = p->data + at;

    if (at == 0) {
        return (p->flags & PKT_ERROR) != 0 ? BAD : PUNT;
    }
    if (!ip6_is_sound(ip, p->len_bytes - at)) {
        return BAD;
    }
    struct lpm6_addr src = addr_load(ip + IP6_SRC);
    struct lpm6_addr dst = addr_load(ip + IP6_DST);
    if (is_multicast(src) || is_of_host(src)) {
        return MARTIAN;
    }
    if (is_of_link(dst) || is_own(s, dst)) {
        return PUNT;
    }
    if (is_unspecified(src) || is_unspecified(dst) || is_multicast(dst) ||
        is_of_host(dst) || (p->data[0] & 1) != 0) {
        return MARTIAN;
    }
    return is_link_local(src) ? LINK_LOCAL : FORWARD;
}

static void count(struct router6_regs *regs, enum fate fate)
{
    switch (fate) {
    case FORWARD: regs->n_forwarded++; break;
    case PUNT: regs->n_punted++; break;
    case BAD: regs->n_bad++; break;
    case MARTIAN: regs->n_martian++; break;
    case LINK_LOCAL: regs->n_link_local++; break;
    case NO_ROUTE: regs->n_no_route++; break;
    case HOP_LIMIT: regs->n_hop_limit++; break;
    case TOO_BIG: regs->n_too_big++; break;
    default: regs->n_icmp++; break;
    }
}

static void end(struct router6_regs *regs, struct pkt *p, enum fate fate)
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

/* The same for all packets of a flow: addresses, flow label (RFC 6438), and of
 * what is not cut into fragments the protocol and its ports. */
static uint32_t flow_hash(const uint8_t *ip)
{
    struct ip6_upper u = ip6_upper(ip);
    bool has_ports = u.n >= 4 && (u.proto == NET_TCP || u.proto == NET_UDP ||
                                  u.proto == NET_SCTP);
    uint64_t h = (uint64_t)(be32_load(ip + IP6_FLOW) & 0xfffff) << 40;

    if (!u.is_part) {
        h |= (uint64_t)u.proto << 32 | (has_ports ? be32_load(ip + u.at) : 0);
    }
    for (size_t k = IP6_SRC; k < IP6_BYTES; k += 8) {
        h = router_mix(h ^ be64_load(ip + k));
    }
    return (uint32_t)(h >> 32);
}

/* Answers 'p' if it may be answered, else drops it. */
static void refuse(struct fn_state *s, struct pkt *p, uint32_t at,
                   enum fate fate, uint32_t mtu)
{
    struct router6_regs *regs = s->regs;
    struct router_table ports = ports_of(s);
    const uint32_t *port = router_entry(&ports, p->in_port);
    struct icmp6_error e = {
        .type = fate == HOP_LIMIT ? ICMP6_TIME_EXCEEDED
                : fate == TOO_BIG ? ICMP6_TOO_BIG
                                  : ICMP6_UNREACHABLE,
        .more = mtu,
        .from = port,
    };

    end(regs, p, fate);
    if (port == NULL || is_unspecified(router6_addr(port)) ||
        !icmp6_may_answer(p, at, e.type)) {
        return;
    }
    if (router_may_tell(regs->tick, regs->icmp_max, &regs->told_tick,
                        &regs->n_told) &&
        icmp6_answer(p, at, &e)) {
        p->flags &= (uint16_t)~PKT_DROP;
        end(regs, p, ANSWERED);
    }
}

/* Sends 'p' on, whose route says 'hop'. */
static void forward(struct fn_state *s, struct pkt *p, uint32_t at,
                    uint32_t hop)
{
    struct router6_regs *regs = s->regs;
    struct router_table hops =
        router_table(s, &router6_csr, ROUTER6_TABLE_NEXT, regs->n_next);
    struct router_table ports = ports_of(s);
    uint8_t *ip = p->data + at;
    const uint32_t *next = router_entry(&hops, hop);

    if (hop != 0 && router_is_group(next)) {
        hop = router_member(next, flow_hash(ip));
        next = router_entry(&hops, hop);
    }
    uint32_t mtu = router_mtu(next);
    if (hop == 0) {
        refuse(s, p, at, NO_ROUTE, 0);
        return;
    }
    if (ip[IP6_HOPS] <= 1) {
        refuse(s, p, at, HOP_LIMIT, 0);
        return;
    }
    if (mtu != 0 && ip6_total(ip) > mtu) {
        refuse(s, p, at, TOO_BIG, mtu);
        return;
    }
    ip[IP6_HOPS]--;
    router_send(p, next, hop, &ports);
    regs->n_forwarded++;
}

static void router6_run(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct lookups t = {.n = 0};

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        uint32_t at = done ? 0 : net_eth_offset(&x[k], NET_ETH_IP6);
        enum fate fate = done ? FORWARD : judge(s, &x[k], at);
        pkt_pass(&y[k], &x[k]);
        if (fate != FORWARD) {
            end(s->regs, &y[k], fate);
        } else if (!done) {
            t.k[t.n] = (uint16_t)k;
            t.at[t.n] = (uint8_t)at;
            t.dst[t.n++] = addr_load(x[k].data + at + IP6_DST);
        }
    }
    router6_fib_find(s, t.dst, t.hop, t.n);
    for (size_t k = 0; k < t.n; k++) {
        forward(s, &y[t.k[k]], t.at[k], t.hop[k]);
    }
    out->n = in->n;
}

static const char *const verdicts[] = {
    "forward",  "punt",      "bad_header", "martian", "link_local",
    "no_route", "hop_limit", "too_big",    "icmp",    NULL};

static const char *router6_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark - (uint32_t)FATE_MARK;
    bool gone = (p->flags & (PKT_DROP | PKT_PUNT)) != 0;

    return verdicts[fate < FATES && (gone || fate == ANSWERED) ? fate
                                                               : FORWARD];
}

static const struct fn_key router6_keys[] = {
    {"routes", "a file of PREFIX/LENGTH NEXTHOP lines", true,
     router6_parse_routes},
    {"next",
     "a file of next hops: NUMBER port P [mac M] [mtu N], or NUMBER group "
     "FIRST COUNT",
     true, router6_parse_next},
    {"ports", "a file of the router's own addresses: PORT ADDRESS [MAC]", true,
     router6_parse_ports},
};

const struct fn router6_fn = {
    .csr = &router6_csr,
    .summary = "IPv6 router: longest-prefix match, next hops, ICMPv6 errors",
    .run = router6_run,
    .open = router6_fib_open,
    .prepare = router6_fib_prepare,
    .close = router6_fib_close,
    .keys = router6_keys,
    .n_keys = sizeof router6_keys / sizeof router6_keys[0],
    .verdict = router6_verdict,
    .verdicts = verdicts,
    .setup = router6_stimulus_setup,
    .packet = router6_stimulus_packet,
};
