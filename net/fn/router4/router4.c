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
    ANSWERED, /* no fate of its own: one of the three above, with an ICMP error
               */
    FATES,
};

/* In the mark of what does not go on: FATE_MARK + enum fate. */
enum { FATE_MARK = 0xff00 };

/* Packets of a burst that have a route to look up. */
struct todo {
    size_t n;
    uint16_t k[FN_BURST_PKT];   /* which */
    uint32_t dst[FN_BURST_PKT]; /* where to */
    uint8_t at[FN_BURST_PKT];   /* offset of the IPv4 header */
    uint16_t hop[FN_BURST_PKT]; /* the answer */
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

static uint32_t n_ports(const struct router4_regs *regs)
{
    return regs->n_ports < ROUTER4_PORT_DEPTH ? regs->n_ports
                                              : ROUTER4_PORT_DEPTH;
}

/* Entry 'port' of PORT, NULL when it is not in use. */
static const uint32_t *port_of(const struct fn_state *s, uint32_t port)
{
    return port < n_ports(s->regs) ? s->table[ROUTER4_TABLE_PORT] +
                                         (size_t)port * ROUTER4_PORT_WORDS
                                   : NULL;
}

/* Is it one of the router's own addresses? */
static bool is_own(const struct fn_state *s, uint32_t addr)
{
    uint32_t n = n_ports(s->regs);
    const uint32_t *port = s->table[ROUTER4_TABLE_PORT];

    for (uint32_t k = 0; k < n; k++, port += ROUTER4_PORT_WORDS) {
        if (port[0] == addr) {
            return true;
        }
    }
    return false;
}

/* Before a route is looked for; 'at' is the offset of the IPv4 header or 0. */
static enum fate judge(const struct fn_state *s, const struct pkt *p,
                       uint32_t at)
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
    if (is_of_link(dst) || is_own(s, dst)) {
        return PUNT;
    }
    return is_martian(dst) || (p->data[0] & 1) != 0 ? MARTIAN : FORWARD;
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

/* --- next hops ---------------------------------------------------------------
 */

static const uint32_t *next_of(const struct fn_state *s, uint32_t hop)
{
    const struct router4_regs *regs = s->regs;

    return hop < regs->n_next && hop < ROUTER4_NEXT_DEPTH
               ? s->table[ROUTER4_TABLE_NEXT] + (size_t)hop * ROUTER4_NEXT_WORDS
               : NULL;
}

/* The same for all packets of a flow.  The finalizer of MurmurHash3
 * (A. Appleby). */
static uint32_t flow_hash(const struct pkt *p)
{
    struct net_key4 key = net_key4_read(p);
    uint64_t h =
        ((uint64_t)key.src << 32 | key.dst) ^
        ((uint64_t)key.proto << 40 | (uint64_t)key.sport << 16 | key.dport);

    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
    return (uint32_t)(h >> 32);
}

/* The member of a group that takes the flow of 'p': hash-threshold, RFC 2992.
 */
static uint32_t choose(const struct fn_state *s, uint32_t hop,
                       const struct pkt *p)
{
    const uint32_t *next = next_of(s, hop);

    if (next == NULL || (next[1] >> 30 & 1) == 0) {
        return hop;
    }
    uint32_t first = next[0] & 0x7fff, n = next[0] >> 16;
    return first + (uint32_t)((uint64_t)flow_hash(p) * n >> 32);
}

static void store_mac(uint8_t *to, uint32_t low, uint32_t high)
{
    if (high >> 31 != 0) {
        be16_store(to, (uint16_t)high);
        be32_store(to + 2, low);
    }
}

/* --- packets -----------------------------------------------------------------
 */

/* An ICMP error may go out in this tick; counts it. */
static bool may_tell(struct router4_regs *regs)
{
    if (regs->told_tick != (regs->tick & 0xffff)) {
        regs->told_tick = regs->tick & 0xffff;
        regs->n_told = 0;
    }
    if (regs->n_told >= regs->icmp_max) {
        return false;
    }
    regs->n_told++;
    return true;
}

/* Answers 'p' if it may be answered, else drops it. */
static void refuse(struct fn_state *s, struct pkt *p, uint32_t at,
                   enum fate fate, uint16_t mtu)
{
    struct router4_regs *regs = s->regs;
    const uint32_t *port = port_of(s, p->in_port);
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
    if (may_tell(regs) && icmp4_answer(p, at, &e)) {
        p->flags &= (uint16_t)~PKT_DROP;
        end(regs, p, ANSWERED);
    }
}

/* Sends 'p' on, whose route says 'hop'. */
static void forward(struct fn_state *s, struct pkt *p, uint32_t at,
                    uint32_t hop)
{
    uint8_t *ip = p->data + at;
    uint16_t word = be16_load(ip + IP4_TTL); /* and the protocol */

    hop = hop != 0 ? choose(s, hop, p) : 0;
    const uint32_t *next = next_of(s, hop);
    uint32_t mtu = next != NULL ? next[2] & 0xffff : 0;
    uint32_t out = next != NULL && (next[1] >> 29 & 1) != 0
                       ? next[1] >> 16 & 0xff
                       : hop & 0xff;
    if (hop == 0) {
        refuse(s, p, at, NO_ROUTE, 0);
        return;
    }
    if (word >> 8 <= 1) {
        refuse(s, p, at, TTL, 0);
        return;
    }
    if (mtu != 0 && be16_load(ip + IP4_LENGTH) > mtu) {
        refuse(s, p, at, TOO_BIG, (uint16_t)mtu);
        return;
    }
    be16_store(ip + IP4_SUM, ip4_sum_change(be16_load(ip + IP4_SUM), word,
                                            (uint16_t)(word - 0x100)));
    ip[IP4_TTL]--;
    p->out_port = (uint8_t)out;
    if (next != NULL) {
        store_mac(p->data, next[0], next[1]);
    }
    const uint32_t *port = port_of(s, out);
    if (port != NULL) {
        store_mac(p->data + 6, port[1], port[2]);
    }
    ((struct router4_regs *)s->regs)->n_forwarded++;
}

static void router4_run(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct todo t = {.n = 0};

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        uint32_t at = done ? 0 : net_key4_offset(&x[k]);
        enum fate fate = done ? FORWARD : judge(s, &x[k], at);
        pkt_pass(&y[k], &x[k]);
        if (fate != FORWARD) {
            end(s->regs, &y[k], fate);
        } else if (!done) {
            t.k[t.n] = (uint16_t)k;
            t.at[t.n] = (uint8_t)at;
            t.dst[t.n++] = be32_load(x[k].data + at + IP4_DST);
        }
    }
    router4_fib_find(s, t.dst, t.hop, t.n);
    for (size_t k = 0; k < t.n; k++) {
        forward(s, &y[t.k[k]], t.at[k], t.hop[k]);
    }
    out->n = in->n;
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
    .keys = router4_keys,
    .n_keys = sizeof router4_keys / sizeof router4_keys[0],
    .verdict = router4_verdict,
    .verdicts = verdicts,
    .setup = router4_stimulus_setup,
    .packet = router4_stimulus_packet,
};
