/*
 * acl_cache_stimulus.c - entries and packets for tests.  Both are drawn from so
 * few keys that they meet, and entries alike in all but one field stand beside
 * each other.
 */
#include "net/fn/acl_cache/acl_cache_stimulus.h"

enum {
    ENTRIES = 48,  /* written by one setup() */
    NEW_LONE = 16, /* ... the first of them, of LONE */
    LONE = 128,
    NEAR = ENTRY_WAYS * LONE, /* all of every other, nearly LONE */
    PAYLOAD = 120,            /* most bytes behind the IP header, less 20 */
};

/* A key of few: 8 addresses, 2 x 3 ports, 4 protocols, 3 flags, 2 DSCPs. */
static struct net_key4 small_key(struct rng *r)
{
    static const uint8_t protocols[] = {NET_TCP, NET_UDP, NET_ICMP, 47};
    struct net_key4 key = {.has_ip = true};

    key.src = 0x0a000000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    key.dst = 0xc0a80000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    key.proto = protocols[rng_below(r, 4)];
    key.dscp = (uint8_t)(rng_below(r, 4) == 0 ? 46 : 0);
    if (key.proto == NET_TCP || key.proto == NET_UDP) {
        key.sport = (uint16_t)(rng_below(r, 2) << 15);
        key.dport = (uint16_t)(80 + rng_below(r, 3));
    }
    if (key.proto == NET_TCP || key.proto == NET_ICMP) {
        key.has_flags = rng_below(r, 8) > 0;
        key.flags = (uint8_t)(key.has_flags ? rng_below(r, 3) << 6 : 0);
    }
    return key;
}

/* Key 'k' of LONE that are unlike in all fields, and bit by bit; every other
 * one's protocol is nearly one that has ports or flags. */
static struct net_key4 lone_key(uint32_t k)
{
    static const uint8_t like[] = {NET_TCP, NET_UDP, NET_ICMP};
    uint32_t mixed = (k + 1) * 0x9e3779b1;
    uint32_t wrong = (1 + k / 6 % 15) << (k % 4 == 1 ? 4 : 0);
    struct net_key4 key = {.has_ip = true,
                           .src = mixed,
                           .dst = mixed * 0x85ebca77,
                           .sport = (uint16_t)(mixed >> 7),
                           .dport = (uint16_t)(mixed * 0xc2b2ae3d >> 16),
                           .proto = NET_TCP,
                           .dscp = mixed >> 13 & 0x3f};

    if (k % 2 == 1) {
        key.proto = (uint8_t)(like[k / 2 % 3] ^ wrong);
    }
    key.has_flags = key.proto == NET_TCP || key.proto == NET_ICMP;
    key.flags = (uint8_t)(key.has_flags ? mixed >> 24 : 0);
    return key;
}

/* A result: a rule of few or of many, or none; sometimes empty. */
static uint32_t small_result(struct rng *r)
{
    uint32_t action = rng_below(r, 2) * ENTRY_ACTION;

    switch (rng_below(r, 8)) {
    case 0: return action; /* none matches, or empty */
    case 1: return ENTRY_ACTION;
    case 2: return action | rng_below(r, ENTRY_RULE + 1);
    case 3: return action | 1u << rng_below(r, 14); /* each bit alone */
    default: return action | (1 + rng_below(r, 4));
    }
}

/* Entries that are not in use are no state: they are empty when used again. */
static int empty_from(uint32_t n, fn_emit *emit, void *ctx)
{
    int err = 0;

    for (uint32_t k = n; err == 0 && k < ACL_CACHE_ENTRY_DEPTH; k++) {
        err = entry_emit(&(struct entry){{0}}, k, emit, ctx);
    }
    return err;
}

int acl_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t no_flags = rng_below(r, 4) == 0;
    bool near = rng_below(r, 2) == 0;
    uint32_t n = rng_below(r, 4) > 0 ? ACL_CACHE_ENTRY_DEPTH
                                     : rng_below(r, ACL_CACHE_ENTRY_DEPTH + 1);
    int err = emit(ctx, ACL_CACHE_NO_MATCH, rng_below(r, 2));

    err = err < 0 ? err : emit(ctx, ACL_CACHE_NO_FLAGS, no_flags);
    err = err < 0 ? err : emit(ctx, ACL_CACHE_N_ENTRIES, n);
    err = err < 0 ? err : empty_from(n, emit, ctx);
    for (uint32_t k = 0; err == 0 && k < (near ? NEAR : ENTRIES); k++) {
        bool lone = k < NEW_LONE;
        struct net_key4 key = near   ? lone_key(k % LONE)
                              : lone ? lone_key(rng_below(r, LONE))
                                     : small_key(r);
        struct entry e = entry_of_key(&key, no_flags != 0);
        uint32_t way = near ? k / LONE : rng_below(r, ENTRY_WAYS);
        uint32_t number = entry_first(&e) + way;
        e.word[3] |= small_result(r);
        if (near && rng_below(r, 8) > 0) {
            rng_turn_pair(r, e.word, 4);
        } else if (rng_below(r, 4) == 0) { /* another, by one to four bits */
            rng_turn_bits(r, e.word, 4);
        }
        if (number < n) {
            err = entry_emit(&e, number, emit, ctx);
        }
    }
    return err;
}

/* A frame of 'key', 'tags' VLAN tags and 'options' words of IP options. */
static uint32_t store_frame(uint8_t *d, const struct net_key4 *key,
                            uint32_t tags, uint32_t options, uint32_t payload)
{
    uint8_t *ip = d + 14 + (size_t)4 * tags;
    uint32_t header = 20 + 4 * options;
    uint8_t *l4 = ip + header;

    for (uint32_t k = 0; k < tags; k++) {
        be16_store(d + 12 + (size_t)4 * k, k == 0 ? 0x88a8 : 0x8100);
    }
    be16_store(ip - 2, 0x0800);
    ip[0] = (uint8_t)(0x45 + options);
    ip[1] = (uint8_t)(key->dscp << 2 | (ip[1] & 3)); /* whatever the ECN */
    be16_store(ip + 2, (uint16_t)(header + payload));
    be16_store(ip + 6, 0x4000);
    ip[9] = key->proto;
    be32_store(ip + 12, key->src);
    be32_store(ip + 16, key->dst);
    if (key->proto == NET_ICMP) {
        l4[0] = key->flags;
    } else {
        be16_store(l4, key->sport);
        be16_store(l4 + 2, key->dport);
        l4[13] = key->flags;
    }
    return 14 + 4 * tags + header + payload;
}

/*
 * What makes a header another one: a total length that ends it early, bits of
 * any byte, more often of those that say what it is.
 */
static void spoil(struct rng *r, uint8_t *d, uint32_t tags, uint32_t options)
{
    uint8_t *ip = d + 14 + (size_t)4 * tags;
    uint32_t more = rng_below(r, 2) == 0 ? 3 : 22 + 16; /* than tags */
    uint32_t at = 12 + rng_below(r, 4 * tags + more);

    switch (rng_below(r, 8)) {
    case 0: {
        uint32_t total = 16 + 4 * options + rng_below(r, 28);
        be16_store(ip + 2, (uint16_t)rng_nearly(r, total, 16, 4));
        break;
    }
    case 1:
    case 2: d[at] = rng_turn_byte(r, d[at]); break;
    default: break;
    }
}

void acl_cache_stimulus_packet(struct rng *r, struct pkt *p)
{
    bool lone = rng_below(r, 2) == 0;
    struct net_key4 key = lone ? lone_key(rng_below(r, LONE)) : small_key(r);
    uint32_t tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, NET_TAGS_MAX) : 0;
    uint32_t options = rng_below(r, 4) == 0 ? rng_below(r, 11) : 0;
    uint32_t payload = 20 + (rng_below(r, 4) == 0 ? rng_below(r, PAYLOAD) : 0);

    if (!key.has_flags) { /* the frame ends before them */
        payload = key.proto == NET_TCP    ? 4 + rng_below(r, 12)
                  : key.proto == NET_ICMP ? rng_below(r, 4)
                                          : payload;
    }
    for (uint32_t k = 0; k < 14 + 8 + 60 + 20 + PAYLOAD; k += 4) {
        be32_store(p->data + k, (uint32_t)rng_next(r));
    }
    p->len_bytes = store_frame(p->data, &key, tags, options, payload);
    spoil(r, p->data, tags, options);
    if (rng_below(r, 8) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 256);
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
