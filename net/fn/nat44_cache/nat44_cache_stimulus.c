/*
 * nat44_cache_stimulus.c - entries and packets for tests.  Both are drawn from
 * so few flows that they meet, and entries alike in all but one bit stand
 * beside each other.
 */
#include "net/fn/nat44_cache/nat44_cache_stimulus.h"

enum {
    ENTRIES = 64,  /* written by one setup() */
    NEW_LONE = 24, /* ... the first of them, of LONE */
    LONE = 96,
    NEAR = ENTRY_WAYS * LONE, /* all of every other, nearly LONE */
    INSIDE = 0x55550003,
    PAYLOAD = 90, /* most bytes behind the ports' header */
};

struct flow {
    struct net_flow4 f;
    bool outside;
};

/* One of few. */
static struct flow small_flow(struct rng *r)
{
    struct flow x = {.outside = rng_below(r, 2) == 0};

    x.f.sound = true;
    x.f.tcp = rng_below(r, 2) == 0;
    x.f.src = 0x0a000000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    x.f.dst = 0xc0a80000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    x.f.sport = (uint16_t)(rng_below(r, 2) << 15);
    x.f.dport = 80;
    return x;
}

/* Flow 'k' of LONE that are unlike in all fields, and bit by bit. */
static struct flow lone_flow(uint32_t k)
{
    uint32_t mixed = (k + 1) * 0x9e3779b1;

    return (struct flow){.f = {.sound = true,
                               .tcp = (mixed >> 9 & 1) != 0,
                               .src = mixed,
                               .dst = mixed * 0x85ebca77,
                               .sport = (uint16_t)(mixed >> 7),
                               .dport = (uint16_t)(mixed * 0xc2b2ae3d >> 16)},
                         .outside = (mixed >> 8 & 1) != 0};
}

/* Entries that are not in use are no state: they are empty when used again. */
static int empty_from(uint32_t n, fn_emit *emit, void *ctx)
{
    int err = 0;

    for (uint32_t k = n; err == 0 && k < NAT44_CACHE_KEY_DEPTH; k++) {
        err = nat44_entry_emit(&(struct entry){{0}}, k, emit, ctx);
    }
    return err;
}

int nat44_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t all = NAT44_CACHE_KEY_DEPTH;
    uint32_t keys = rng_below(r, 4) > 0 ? all : rng_below(r, all + 1);
    uint32_t ends = rng_below(r, 4) > 0 ? all : rng_below(r, all + 1);
    uint32_t n = keys < ends ? keys : ends;
    uint32_t inside =
        rng_below(r, 2) == 0 ? (uint32_t)rng_next(r) : (uint32_t)INSIDE;
    bool near = rng_below(r, 2) == 0;
    int err = emit(ctx, NAT44_CACHE_INSIDE_PORTS, inside);

    err = err < 0 ? err : emit(ctx, NAT44_CACHE_N_KEYS, keys);
    err = err < 0 ? err : emit(ctx, NAT44_CACHE_N_ENDS, ends);
    err = err < 0 ? err : empty_from(n, emit, ctx);
    for (uint32_t k = 0; err == 0 && k < (near ? NEAR : ENTRIES); k++) {
        struct flow x = near           ? lone_flow(k % LONE)
                        : k < NEW_LONE ? lone_flow(rng_below(r, LONE))
                                       : small_flow(r);
        /* Each bit alone of some, and all sorts of others. */
        uint32_t addr = rng_below(r, 2) == 0 ? 1u << rng_below(r, 32)
                                             : (uint32_t)rng_next(r);
        struct entry e =
            nat44_entry_of(&x.f, x.outside, addr, (uint16_t)rng_next(r));
        uint32_t way = near ? k / LONE : rng_below(r, ENTRY_WAYS);
        uint32_t number = nat44_entry_first(&e) + way;
        if (near && rng_below(r, 8) > 0) {
            rng_turn_pair(r, e.word, 4);
        } else if (rng_below(r, 4) == 0) { /* another, by one to four bits */
            rng_turn_bits(r, e.word, 4);
        }
        if (rng_below(r, 4) == 0) { /* not what the addresses say */
            e.word[5] = rng_below(r, 2) == 0 ? 0 : (uint32_t)rng_next(r);
        }
        if (number < n) {
            err = nat44_entry_emit(&e, number, emit, ctx);
        }
    }
    return err;
}

/* The headers of 'f' at 'ip', with 'options' words; bytes of IPv4. */
static uint32_t store_headers(struct rng *r, uint8_t *ip,
                              const struct net_flow4 *f, uint32_t options,
                              uint32_t payload)
{
    uint32_t header = 20 + 4 * options;
    uint32_t total = header + (f->tcp ? 20 : 8) + payload;
    uint8_t *l4 = ip + header;

    ip[0] = (uint8_t)(0x45 + options);
    be16_store(ip + IP4_LENGTH, (uint16_t)total);
    be16_store(ip + IP4_FRAGMENT, rng_below(r, 2) == 0 ? 0x4000 : 0);
    ip[IP4_PROTO] = f->tcp ? NET_TCP : NET_UDP;
    be32_store(ip + IP4_SRC, f->src);
    be32_store(ip + IP4_DST, f->dst);
    be16_store(l4, f->sport);
    be16_store(l4 + 2, f->dport);
    if (f->tcp) {
        l4[13] =
            (uint8_t)(rng_below(r, 12) == 0 ? 1u << rng_below(r, 8) : 0x10);
    } else if (rng_below(r, 4) == 0) { /* as good as none, or none */
        uint32_t bit = rng_below(r, 24);
        be16_store(l4 + 6, (uint16_t)(bit < 16 ? 1u << bit : 0));
    }
    return total;
}

/* What makes it another packet, before the checksum: version, length,
 * fragment, protocol. */
static void spoil(struct rng *r, uint8_t *ip)
{
    switch (rng_below(r, 5)) {
    case 0: ip[0] = rng_turn_byte(r, ip[0]); break;
    case 4: be16_store(ip + IP4_LENGTH, (uint16_t)rng_below(r, 60)); break;
    case 1:
        be16_store(ip + IP4_FRAGMENT, (uint16_t)(1u << rng_below(r, 16)));
        break;
    case 2: ip[IP4_PROTO] = (uint8_t)rng_below(r, 24); break;
    default:
        be16_store(ip + IP4_LENGTH, (uint16_t)(1490 + rng_below(r, 20)));
        break;
    }
}

void nat44_cache_stimulus_packet(struct rng *r, struct pkt *p)
{
    struct flow x =
        rng_below(r, 2) == 0 ? lone_flow(rng_below(r, LONE)) : small_flow(r);
    uint32_t tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, NET_TAGS_MAX) : 0;
    uint32_t options = rng_below(r, 24) == 0 ? 1 + rng_below(r, 10) : 0;
    uint32_t most = rng_below(r, 8) == 0 ? 1500 - 40 : PAYLOAD;
    uint32_t payload =
        rng_below(r, 4) > 0 ? rng_below(r, 20) : rng_below(r, most);
    uint32_t at = 14 + 4 * tags;
    uint8_t *d = p->data, *ip = d + at;

    for (uint32_t k = 0; k < at + 80 + payload; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    for (uint32_t k = 0; k < tags; k++) {
        be16_store(d + 12 + (size_t)4 * k,
                   k == 0 ? NET_ETH_TAG_OUTER : NET_ETH_TAG);
    }
    be16_store(ip - 2, NET_ETH_IP4);
    if (rng_below(r, 16) == 0) { /* another type, also of a tag */
        uint32_t byte = rng_below(r, 2 * (tags + 1));
        uint8_t *at_byte = d + 12 + 4 * (size_t)(byte / 2) + byte % 2;
        *at_byte = rng_turn_byte(r, *at_byte);
    }
    uint32_t total = store_headers(r, ip, &x.f, options, payload);
    if (rng_below(r, 8) == 0) {
        spoil(r, ip);
    }
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, 20 + 4 * (size_t)options));
    if (rng_below(r, 24) == 0) {
        d[12 + rng_below(r, at + 28)] ^= (uint8_t)(1u << rng_below(r, 8));
    }
    p->len_bytes = at + total + (rng_below(r, 8) == 0 ? rng_below(r, 40) : 0);
    if (rng_below(r, 16) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    /* Ports of INSIDE are even, or 1; those from 32 on are outside. */
    p->in_port = (uint8_t)(x.outside ? 5 + 8 * rng_below(r, 31)
                                     : 16 + 4 * rng_below(r, 4) % 16);
    if (rng_below(r, 4) == 0) {
        p->in_port = (uint8_t)rng_below(r, 256);
    }
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 32) == 0) { /* one that no function knows */
        p->flags |= (uint16_t)(1u << (5 + rng_below(r, 10)));
    }
}
