/*
 * router4_cache_stimulus.c - entries and packets for tests.  Both are drawn
 * from so few destinations and lengths that they meet, and entries alike in all
 * but one bit stand beside each other.
 */
#include "net/fn/router4_cache/router4_cache_stimulus.h"

#include "core/net_plain4.h"

enum {
    DESTS = 64, /* entries of DEST written by one setup() */
    LONE = 24,  /* ... the first of them */
    NEAR = 48,  /* all of every other setup(), half of them nearly LONE */
    HOPS = 24,  /* entries of HOP */
    SHORT = 60, /* bytes of IPv4 that many packets have */
};

/* Destination 'k' of LONE that are unlike bit by bit. */
static uint32_t lone_dest(uint32_t k)
{
    return (k + 1) * 0x9e3779b1;
}

/* One of 16, some of which share a hash. */
static uint32_t small_dest(struct rng *r)
{
    return 0x0a000000 | rng_below(r, 4) << 7 | rng_below(r, 2) |
           rng_below(r, 2) << 31;
}

static uint32_t some_dest(struct rng *r)
{
    return rng_below(r, 2) == 0 ? lone_dest(rng_below(r, LONE)) : small_dest(r);
}

/* Lengths about which packets are as long. */
static uint32_t some_mtu(struct rng *r)
{
    static const uint16_t mtu[] = {SHORT, SHORT - 1, NET_PLAIN4_MAX,
                                   256,   20,        0x8000};

    switch (rng_below(r, 4)) {
    case 0: return mtu[rng_below(r, 6)];
    case 1: return 1u << rng_below(r, 16);
    default: return 0;
    }
}

/* Entries that are not in use are no state: they are empty when used again. */
static int empty_all(fn_emit *emit, void *ctx)
{
    static const uint32_t zero[ROUTER4_CACHE_HOP_WORDS];
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < ROUTER4_CACHE_DEST_DEPTH; k++) {
        err = dest_emit(zero, k, emit, ctx);
    }
    for (uint32_t k = 0; err == 0 && k < ROUTER4_CACHE_HOP_DEPTH; k++) {
        err = hop_emit(zero, k, emit, ctx);
    }
    return err;
}

/* The number of an entry of HOP: one of few, or any. */
static uint32_t some_hop(struct rng *r)
{
    return rng_below(r, 16) == 0
               ? rng_below(r, ROUTER4_CACHE_HOP_DEPTH)
               : rng_below(r, HOPS) * 11 % ROUTER4_CACHE_HOP_DEPTH;
}

static int hops(struct rng *r, uint32_t n, fn_emit *emit, void *ctx)
{
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < HOPS; k++) {
        uint32_t word[ROUTER4_CACHE_HOP_WORDS], number = some_hop(r);
        for (size_t j = 0; j < ROUTER4_CACHE_HOP_WORDS; j++) {
            word[j] = (uint32_t)rng_next(r);
        }
        if (number < n) {
            err = hop_emit(word, number, emit, ctx);
        }
    }
    return err;
}

static int dests(struct rng *r, uint32_t n, fn_emit *emit, void *ctx)
{
    bool near = rng_below(r, 2) == 0;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < (near ? NEAR : DESTS); k++) {
        uint32_t addr = near || k < LONE ? lone_dest(k % LONE) : small_dest(r);
        uint32_t number = dest_first(addr) + rng_below(r, DEST_WAYS);
        uint32_t word[ROUTER4_CACHE_DEST_WORDS] = {
            addr, (rng_below(r, 16) > 0 ? DEST_IN_USE : 0) |
                      some_hop(r) << DEST_HOP_SHIFT | some_mtu(r)};
        if (rng_below(r, 4) == 0) { /* bits that say nothing */
            word[1] |= rng_below(r, 128) << 24;
        }
        /* Not more of them: with misses alone HOP, never asked, cannot be named
         * when its queue hangs. */
        if (near && rng_below(r, 2) == 0) {
            rng_turn_pair(r, word, 1);
        } else if (k >= LONE && rng_below(r, 4) == 0) { /* another one */
            word[0] ^= 1u << rng_below(r, 32);
        }
        if (number < n) {
            err = dest_emit(word, number, emit, ctx);
        }
    }
    return err;
}

int router4_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    bool all = rng_below(r, 2) == 0;
    uint32_t n_dest = all ? ROUTER4_CACHE_DEST_DEPTH
                          : rng_below(r, ROUTER4_CACHE_DEST_DEPTH + 1);
    uint32_t n_hops = all ? ROUTER4_CACHE_HOP_DEPTH
                          : rng_below(r, ROUTER4_CACHE_HOP_DEPTH + 1);
    int err = empty_all(emit, ctx);

    err = err < 0 ? err : emit(ctx, ROUTER4_CACHE_N_DEST, n_dest);
    err = err < 0 ? err : emit(ctx, ROUTER4_CACHE_N_HOPS, n_hops);
    err = err < 0 ? err : hops(r, n_hops, emit, ctx);
    return err < 0 ? err : dests(r, n_dest, emit, ctx);
}

static uint32_t some_source(struct rng *r)
{
    static const uint8_t net[] = {0, 1, 126, 127, 128, 223, 224, 240, 255};
    uint32_t addr = (uint32_t)rng_next(r);

    if (rng_below(r, 4) == 0) { /* none that sends, and their neighbours */
        uint32_t near = rng_below(r, 2) == 0 ? 1u << (24 + rng_below(r, 8)) : 0;
        return ((uint32_t)net[rng_below(r, sizeof net)] << 24 | addr >> 8) ^
               near;
    }
    return 0x0a000000 | addr >> 8;
}

/* Makes the checksum of the header right; now and then by its identification
 * one where the carry of an update matters. */
static void store_sum(struct rng *r, uint8_t *ip, uint32_t header)
{
    static const uint16_t edge[] = {0xfefe, 0xfeff, 0xff00, 0xfffe, 0, 0x00ff};
    uint16_t want = edge[rng_below(r, 6)];
    bool at_edge = rng_below(r, 8) == 0;

    be16_store(ip + IP4_SUM, at_edge ? want : 0);
    if (at_edge) { /* the word that makes the sum 0xffff */
        be16_store(ip + IP4_ID, 0);
        be16_store(ip + IP4_ID, ip4_checksum(ip, header));
        be16_store(ip + IP4_SUM, 0);
    }
    be16_store(ip + IP4_SUM, ip4_checksum(ip, header));
    if (be16_load(ip + IP4_SUM) == 0 && rng_below(r, 2) == 0) {
        be16_store(ip + IP4_SUM, 0xffff); /* the other zero */
    }
}

static uint32_t some_total(struct rng *r, uint32_t header)
{
    switch (rng_below(r, 32)) {
    case 0: return NET_PLAIN4_MAX - 3 + rng_below(r, 8);
    case 1: return 250 + rng_below(r, 12);
    case 2:
    case 3:
    case 4:
    case 5: return header + rng_below(r, 120);
    case 6:
    case 7: return header + rng_below(r, 4);
    default: return SHORT - 2 + rng_below(r, 4);
    }
}

/* A header of 'header' bytes, and what is behind it; its total length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip)
{
    uint32_t header = rng_below(r, 24) == 0 ? 24 : IP4_BYTES;
    uint32_t total = some_total(r, header);

    for (uint32_t k = 0; k < total; k += 4) {
        be32_store(ip + k, (uint32_t)rng_next(r));
    }
    ip[IP4_VERSION_IHL] = (uint8_t)(0x40 | header / 4);
    be16_store(ip + IP4_LENGTH, (uint16_t)total);
    ip[IP4_TTL] = (uint8_t)(rng_below(r, 16) == 0 ? rng_below(r, 3)
                                                  : 1 + rng_below(r, 255));
    be32_store(ip + IP4_SRC, some_source(r));
    be32_store(ip + IP4_DST, some_dest(r));
    store_sum(r, ip, header);
    return total;
}

/* Makes the header another one: any bit, a length, or a field of which the
 * checksum tells nothing. */
static void spoil(struct rng *r, uint8_t *ip)
{
    uint32_t header = ip4_header(ip);

    switch (rng_below(r, 4)) {
    case 0: ip[rng_below(r, 20)] ^= (uint8_t)(1u << rng_below(r, 8)); return;
    case 1: ip[rng_below(r, 2) * 2] ^= (uint8_t)(1u << rng_below(r, 8)); break;
    case 2: be16_store(ip + IP4_LENGTH, (uint16_t)rng_below(r, 80)); break;
    default:
        be16_store(ip + IP4_SUM, (uint16_t)(be16_load(ip + IP4_SUM) + 1));
        return;
    }
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, header));
}

void router4_cache_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, 3) : 0;
    uint32_t at = NET_ETH_LEN + 4 * tags, padding;
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < at; k += 2) {
        be16_store(d + k, (uint16_t)rng_next(r));
    }
    d[0] = (uint8_t)((d[0] & 0xfe) | (rng_below(r, 32) == 0));
    for (uint32_t k = 0; k < tags; k++) {
        be16_store(d + 12 + (size_t)4 * k,
                   rng_below(r, 2) == 0 ? NET_ETH_TAG_OUTER : NET_ETH_TAG);
    }
    be16_store(d + at - 2, NET_ETH_IP4);
    if (rng_below(r, 16) == 0) { /* another type by a bit, also of a tag */
        uint32_t bit = rng_below(r, 16 * (tags + 1));
        d[12 + 4 * (bit / 16) + bit / 8 % 2] ^= (uint8_t)(1u << bit % 8);
    }
    uint32_t total = store_ip(r, d + at);
    if (rng_below(r, 12) == 0) {
        spoil(r, d + at);
    }
    padding = rng_below(r, 8) == 0 ? rng_below(r, 40) : 0;
    memset(d + at + total, 0xa5, padding);
    p->len_bytes = at + total + padding;
    if (rng_below(r, 12) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 256);
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
