/*
 * nat44.c - IPv4 NAPT (RFC 3022): many inside addresses share the ports of few
 * outside ones.
 *
 * Two passes over a burst: what each packet is, and all that it takes to find
 * its mapping; then, in order, the packets themselves.
 */
#include "net/fn/nat44/nat44_edit.h"
#include "net/fn/nat44/nat44_error.h"
#include "net/fn/nat44/nat44_map.h"
#include "net/fn/nat44/nat44_stimulus.h"
#include "net/fn/nat44/nat44_text.h"
#include "net/table/router.h"

/* In the mark of what is dropped: FATE_MARK + enum nat44_fate. */
enum { FATE_MARK = 0xff00 };

/* Words of an entry of FRAGMENT. */
enum { NEW_SRC = 4, NEW_DST, SEEN };

enum { AHEAD = 8 /* packets whose headers are on their way */ };

enum kind { FLOW, ERROR, LATER };

/* A packet that a mapping decides on. */
struct job {
    struct nat44_packet what;
    uint16_t k;     /* which of the burst */
    uint8_t at;     /* offset of the IPv4 header */
    uint8_t header; /* its bytes */
    uint8_t kind;   /* enum kind */
    bool first;     /* the first of several fragments */
    bool may_make;  /* a mapping */
    bool hairpin;   /* from the inside to the pool */
};

struct jobs {
    size_t n;
    struct job job[FN_BURST_PKT];
    struct flow_key key[FN_BURST_PKT]; /* of the end that is translated */
    uint32_t number[FN_BURST_PKT];     /* its entry of MAP */
};

/* --- what a packet is ----------------------------------------------------- */

static bool policy(const struct nat44_regs *regs, uint32_t shift)
{
    return (regs->policy >> shift & 1) != 0;
}

static bool is_query(uint8_t type)
{
    return type == 8 || type == 13; /* echo, timestamp */
}

static bool is_reply(uint8_t type)
{
    return type == 0 || type == 14;
}

/* What is behind a sound header, for which 'n' bytes are left: NAT44_OUT for a
 * job. */
static enum nat44_fate read_l4(const struct nat44_regs *regs, const uint8_t *l4,
                               uint32_t n, struct job *j)
{
    enum nat44_fate other = policy(regs, NAT44_POLICY_PASS_PROTO_SHIFT)
                                ? NAT44_PASSED
                                : NAT44_PROTO;

    j->kind = FLOW;
    j->may_make = true;
    switch (j->what.proto) {
    case NET_TCP:
        if (n < 20) {
            return NAT44_BAD;
        }
        j->what.flags = l4[13];
        j->may_make = (l4[13] & 0x04) == 0; /* a RST ends, it begins nothing */
        return NAT44_OUT;
    case NET_UDP: return n < 8 ? NAT44_BAD : NAT44_OUT;
    case NET_ICMP:
        if (n < 8) {
            return NAT44_BAD;
        }
        j->kind = nat44_is_error(l4[0]) ? ERROR : FLOW;
        j->may_make = is_query(l4[0]);
        return nat44_is_error(l4[0]) || is_query(l4[0]) || is_reply(l4[0])
                   ? NAT44_OUT
                   : other;
    default: return other;
    }
}

/* Reads packet 'p' into job 'j' and the key of its end: NAT44_OUT, or what
 * became of it already. */
static enum nat44_fate read_packet(const struct nat44_regs *regs,
                                   const struct pkt *p, struct job *j,
                                   struct flow_key *key)
{
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;

    if (at == 0) {
        return (p->flags & PKT_ERROR) != 0 ? NAT44_BAD : NAT44_PASSED;
    }
    if (!ip4_is_sound(ip, p->len_bytes - at)) {
        return NAT44_BAD;
    }
    uint32_t src = be32_load(ip + IP4_SRC), dst = be32_load(ip + IP4_DST);
    uint32_t fragment = be16_load(ip + IP4_FRAGMENT), header = ip4_header(ip);
    bool outside =
        p->in_port >= 32 || (regs->inside_ports >> (p->in_port & 31) & 1) == 0;
    bool to_pool = nat44_in_pool(regs, dst);
    if (dst >> 28 >= 0xe) {
        return NAT44_PASSED; /* to many: never beyond a router */
    }
    if (outside && !to_pool) {
        return policy(regs, NAT44_POLICY_PASS_OTHER_SHIFT) ? NAT44_PASSED
                                                           : NAT44_UNMAPPED;
    }
    *j = (struct job){.what = {.outside = outside, .proto = ip[IP4_PROTO]},
                      .at = (uint8_t)at,
                      .header = (uint8_t)header,
                      .kind = LATER,
                      .first = (fragment & 0x3fff) == 0x2000,
                      .hairpin = !outside && to_pool};
    *key = (struct flow_key){0};
    if ((fragment & IP4_OFFSET) != 0) {
        return NAT44_OUT;
    }
    const uint8_t *l4 = ip + header;
    enum nat44_fate fate =
        read_l4(regs, l4, be16_load(ip + IP4_LENGTH) - header, j);
    if (fate == NAT44_OUT && j->kind == FLOW) {
        uint8_t proto = j->what.proto;
        *key = nat44_key(outside, outside ? dst : src,
                         be16_load(l4 + nat44_port_at(proto, outside)), proto);
    }
    return fate;
}

/* --- what becomes of it --------------------------------------------------- */

static void count(struct nat44_regs *regs, enum nat44_fate fate)
{
    switch (fate) {
    case NAT44_OUT: regs->n_out++; break;
    case NAT44_IN: regs->n_in++; break;
    case NAT44_HAIRPIN: regs->n_hairpin++; break;
    case NAT44_ERROR: regs->n_errors++; break;
    case NAT44_PASSED: regs->n_passed++; break;
    case NAT44_BAD: regs->n_bad++; break;
    case NAT44_UNMAPPED: regs->n_unmapped++; break;
    case NAT44_NO_PORT: regs->n_no_port++; break;
    case NAT44_NO_BLOCK: regs->n_no_block++; break;
    case NAT44_FULL: regs->n_full++; break;
    case NAT44_FRAGMENT: regs->n_fragment++; break;
    default: regs->n_proto++; break;
    }
}

static void end(struct nat44_regs *regs, struct pkt *p, enum nat44_fate fate)
{
    count(regs, fate);
    if (fate >= NAT44_BAD) {
        p->flags |= PKT_DROP;
        p->mark = (uint16_t)(FATE_MARK + fate);
    }
}

/* The key under which fragments of the packet at 'ip' are known. */
static struct flow_key fragment_key(const uint8_t *ip, bool outside)
{
    return flow_key4(be32_load(ip + IP4_SRC), be32_load(ip + IP4_DST),
                     be16_load(ip + IP4_ID), 0, outside, ip[IP4_PROTO]);
}

/* The first fragment 'key' left as what is at 'ip'.  When the table is full
 * another one is forgotten, as if by chance. */
static void remember(struct fn_state *s, struct flow_key key, const uint8_t *ip)
{
    const struct nat44_regs *regs = s->regs;
    struct session *t = &nat44_of(s)->fragment;
    uint32_t number = session_find(t, key);

    if (number == SESSION_NONE && regs->n_frags >= NAT44_FRAGMENT_DEPTH) {
        session_remove(t, (uint32_t)router_mix(key.addrs ^ key.rest) %
                              NAT44_FRAGMENT_DEPTH);
    }
    number = number == SESSION_NONE ? session_add(t, &key) : number;
    uint32_t *w = session_entry(t, number);
    w[NEW_SRC] = be32_load(ip + IP4_SRC);
    w[NEW_DST] = be32_load(ip + IP4_DST);
    w[SEEN] = regs->tick;
}

/* A fragment goes where its first went. */
static enum nat44_fate follow(struct fn_state *s, uint8_t *ip, bool outside)
{
    const struct nat44_regs *regs = s->regs;
    const struct session *t = &nat44_of(s)->fragment;
    uint32_t number = session_find(t, fragment_key(ip, outside));

    if (number == SESSION_NONE) {
        return NAT44_FRAGMENT;
    }
    const uint32_t *w = session_entry(t, number);
    if (regs->frag_ticks != 0 && regs->tick - w[SEEN] > regs->frag_ticks) {
        return NAT44_FRAGMENT;
    }
    bool hairpin = !outside && w[NEW_DST] != be32_load(ip + IP4_DST);
    nat44_edit(ip, NULL, 0, false, w[NEW_SRC], 0);
    nat44_edit(ip, NULL, 0, true, w[NEW_DST], 0);
    return outside ? NAT44_IN : hairpin ? NAT44_HAIRPIN : NAT44_OUT;
}

/* The key of the mapping that a packet from the inside to the pool goes to. */
static struct flow_key far_key(const uint8_t *ip, const uint8_t *l4)
{
    return nat44_key(true, be32_load(ip + IP4_DST), be16_load(l4 + NAT44_DPORT),
                     ip[IP4_PROTO]);
}

/*
 * From the inside: the mapping of its source, made if need be, in '*number';
 * NAT44_OUT or why there is none.  One to the pool needs one there, too.
 */
static enum nat44_fate map_source(struct fn_state *s, const struct job *j,
                                  struct flow_key key, const uint8_t *ip,
                                  uint32_t *number)
{
    if (j->hairpin && (j->what.proto == NET_ICMP ||
                       nat44_find(s, far_key(ip, ip + j->header),
                                  SESSION_NONE) == SESSION_NONE)) {
        return NAT44_UNMAPPED;
    }
    *number = nat44_find(s, key, *number);
    return *number != SESSION_NONE ? NAT44_OUT
           : j->may_make           ? nat44_make(s, key, number)
                                   : NAT44_UNMAPPED;
}

/* Where a packet from the inside to the pool ends: the mapping there, with the
 * packet counted as one of its own. */
static const uint32_t *far_end(struct fn_state *s, const struct job *j,
                               uint32_t number)
{
    uint32_t *w = session_entry(&nat44_of(s)->map, number);
    struct nat44_packet what = j->what;

    what.outside = true;
    (void)nat44_keep(s->regs, w, &what); /* the sweep follows from its source */
    return w;
}

/* Translates a packet with ports. */
static enum nat44_fate translate(struct fn_state *s, const struct job *j,
                                 struct flow_key key, uint32_t number,
                                 uint8_t *ip)
{
    const struct nat44_regs *regs = s->regs;
    const struct session *map = &nat44_of(s)->map;
    bool outside = j->what.outside;
    uint8_t *l4 = ip + j->header;
    uint32_t far = SESSION_NONE;
    enum nat44_fate fate;

    if (outside) {
        number = nat44_find(s, key, number);
        fate = number != SESSION_NONE ? NAT44_IN
               : policy(regs, NAT44_POLICY_PASS_UNMAPPED_SHIFT)
                   ? NAT44_PASSED
                   : NAT44_UNMAPPED;
    } else {
        fate = map_source(s, j, key, ip, &number);
    }
    if (fate == NAT44_OUT && j->hairpin) { /* making one may take another */
        far = nat44_find(s, far_key(ip, l4), SESSION_NONE);
        number = session_again(map, key, number);
        fate = far == SESSION_NONE || number == SESSION_NONE ? NAT44_UNMAPPED
                                                             : NAT44_OUT;
    }
    if (fate > NAT44_IN) {
        nat44_sweep(s);
        return fate;
    }
    uint32_t *w = session_entry(map, number);
    const uint32_t *to = w + (outside ? NAT44_IN_ADDR : NAT44_OUT_ADDR);
    bool changed = nat44_keep(regs, w, &j->what);
    struct flow_key fragment = {0};
    if (j->first) {
        fragment = fragment_key(ip, outside);
    }
    nat44_edit(ip, l4, 20, outside, to[0], (uint16_t)(to[2] >> 16));
    if (j->hairpin) {
        to = far_end(s, j, far);
        nat44_edit(ip, l4, 20, true, to[0], (uint16_t)(to[2] >> 16));
        fate = NAT44_HAIRPIN;
    }
    if (j->first) {
        remember(s, fragment, ip);
    }
    if (changed) {
        nat44_sweep(s);
    }
    return fate;
}

static void nat44_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct jobs t;

    t.n = 0;
    for (size_t k = 0; k < in->n; k++) {
        struct job *j = &t.job[t.n];
        __builtin_prefetch(x[k + AHEAD < in->n ? k + AHEAD : k].data + 14);
        bool done = pkt_is_done(&x[k]);
        enum nat44_fate fate =
            done ? NAT44_OUT : read_packet(s->regs, &x[k], j, &t.key[t.n]);
        pkt_pass(&y[k], &x[k]);
        if (fate != NAT44_OUT) {
            end(s->regs, &y[k], fate);
        } else if (!done) {
            j->k = (uint16_t)k;
            t.n++;
        }
    }
    session_find_bulk(&nat44_of(s)->map, t.key, t.number, t.n);
    for (size_t n = 0; n < t.n; n++) {
        const struct job *j = &t.job[n];
        struct pkt *p = &y[j->k];
        uint8_t *ip = p->data + j->at;
        bool outside = j->what.outside;
        enum nat44_fate fate = j->kind == ERROR ? nat44_error(s, ip, outside)
                               : j->kind == LATER
                                   ? follow(s, ip, outside)
                                   : translate(s, j, t.key[n], t.number[n], ip);
        end(s->regs, p, fate);
    }
    out->n = in->n;
}

static const char *const verdicts[] = {"forward",   "bad_header", "unmapped",
                                       "exhausted", "fragment",   "protocol",
                                       NULL};

static const char *nat44_verdict(const struct pkt *p)
{
    static const uint8_t of[NAT44_FATES] = {
        [NAT44_BAD] = 1,      [NAT44_UNMAPPED] = 2, [NAT44_NO_PORT] = 3,
        [NAT44_NO_BLOCK] = 3, [NAT44_FULL] = 3,     [NAT44_FRAGMENT] = 4,
        [NAT44_PROTO] = 5,
    };
    uint32_t fate = p->mark - (uint32_t)FATE_MARK;

    return verdicts[(p->flags & PKT_DROP) != 0 && fate < NAT44_FATES ? of[fate]
                                                                     : 0];
}

static const struct fn_key nat44_keys[] = {
    {"inside", "ports that packets from the inside come by: 0-2,5", false,
     nat44_parse_inside},
    {"pool", "outside addresses: FIRST-LAST or PREFIX/LENGTH", false,
     nat44_parse_pool},
    {"blocks",
     "ports of a block, and how many an inside address may have: 256 4", false,
     nat44_parse_blocks},
    {"forwards", "a file of PROTOCOL OUTSIDE:PORT INSIDE:PORT lines", true,
     nat44_parse_forwards},
};

const struct fn nat44_fn = {
    .csr = &nat44_csr,
    .summary = "IPv4 address and port translation in blocks of ports (NAPT)",
    .run = nat44_run,
    .open = nat44_open,
    .prepare = nat44_prepare,
    .close = nat44_close,
    .keys = nat44_keys,
    .n_keys = sizeof nat44_keys / sizeof nat44_keys[0],
    .verdict = nat44_verdict,
    .verdicts = verdicts,
    .setup = nat44_stimulus_setup,
    .packet = nat44_stimulus_packet,
};
