/*
 * firewall_cache_stimulus.c - entries and packets for tests.  Both are drawn
 * from so few keys that they meet, and entries alike in all but one field stand
 * beside each other.
 */
#include "net/fn/firewall_cache/firewall_cache_stimulus.h"

#include "net/fn/firewall_cache/firewall_cache_entry.h"

enum {
    ENTRIES = 96,  /* written by one setup() */
    NEW_LONE = 32, /* ... the first of them, of LONE */
    LONE = 128,
    NEAR = ENTRY_WAYS * LONE, /* all of every other, nearly LONE */
    PAYLOAD = 120,            /* most bytes behind the IP header, less 20 */
    ACK = 0x10,
};

/* A key of few: 8 addresses, 2 x 3 ports, 4 protocols. */
static struct net_key4 small_key(struct rng *r)
{
    static const uint8_t protocols[] = {NET_TCP,  NET_UDP, NET_TCP,
                                        NET_SCTP, NET_TCP, 47};
    struct net_key4 key = {.has_ip = true};

    key.src = 0x0a000000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    key.dst = 0xc0a80000 | rng_below(r, 2) << (rng_below(r, 2) * 31);
    key.proto = protocols[rng_below(r, sizeof protocols)];
    if (key.proto != 47) {
        key.sport = (uint16_t)(rng_below(r, 2) << 15);
        key.dport = (uint16_t)(80 + rng_below(r, 3));
    }
    return key;
}

/* Key 'k' of LONE that are unlike in all fields, and bit by bit; of some both
 * ends are alike in all but one bit of the address, or of the port. */
static struct net_key4 lone_key(uint32_t k)
{
    uint32_t mixed = (k + 1) * 0x9e3779b1;
    struct net_key4 key = {.has_ip = true,
                           .src = mixed,
                           .dst = mixed * 0x85ebca77,
                           .sport = (uint16_t)(mixed >> 7),
                           .dport = (uint16_t)(mixed * 0xc2b2ae3d >> 16),
                           .proto = k % 2 == 0 ? NET_TCP : NET_UDP};

    if (k >= LONE / 2) {
        key.dst = key.src ^ (k % 4 == 0 ? 1u << (k * 5 % 32) : 0);
    }
    if (k >= LONE / 2 && k % 4 == 1) {
        key.dport = (uint16_t)(key.sport ^ 1u << k / 4 * 5 % 16);
    }
    return key;
}

/* What an entry holds beside its key: a rule of few or of many, rarely
 * nothing. */
static uint32_t small_result(struct rng *r)
{
    switch (rng_below(r, 8)) {
    case 0: return rng_below(r, ENTRY_RULE + 1);
    case 1: return ENTRY_HELD;
    case 2: return ENTRY_HELD | rng_below(r, ENTRY_RULE + 1);
    case 3: return ENTRY_HELD | 1u << rng_below(r, 13); /* each bit alone */
    default: return ENTRY_HELD | (1 + rng_below(r, 4));
    }
}

/* A tick in the same lease, or one that differs in a bit around its end. */
static uint32_t small_seen(struct rng *r, uint32_t tick, uint32_t lease)
{
    uint32_t within = rng_below(r, 1u << lease);

    switch (rng_below(r, 8)) {
    case 0: return tick ^ within ^ 1u << rng_below(r, 32);
    case 1: return tick ^ within ^ 1u << lease;
    default: return tick ^ within;
    }
}

/* Entries that are not in use are no state: they are empty when used again. */
static int empty_all(fn_emit *emit, void *ctx)
{
    int err =
        emit(ctx, CSR_WINDOW_INDEX, csr_window(FIREWALL_CACHE_TABLE_ENTRY, 0));
    uint32_t n = FIREWALL_CACHE_ENTRY_DEPTH * FIREWALL_CACHE_ENTRY_WORDS;

    for (uint32_t k = 0; err == 0 && k < n; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_INDEX,
                         csr_window(FIREWALL_CACHE_TABLE_SEEN, 0));
    for (uint32_t k = 0; err == 0 && k < FIREWALL_CACHE_SEEN_DEPTH; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

int firewall_cache_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, 4) > 0
                     ? FIREWALL_CACHE_ENTRY_DEPTH
                     : rng_below(r, FIREWALL_CACHE_ENTRY_DEPTH + 1);
    uint32_t tick = (uint32_t)rng_next(r), lease = rng_below(r, 16);
    bool near = rng_below(r, 2) == 0;
    int err = emit(ctx, FIREWALL_CACHE_TICK, tick);

    err = err < 0 ? err : emit(ctx, FIREWALL_CACHE_LEASE, lease);
    err = err < 0 ? err : emit(ctx, FIREWALL_CACHE_N_ENTRIES, n);
    err = err < 0 ? err : empty_all(emit, ctx);
    for (uint32_t k = 0; err == 0 && k < (near ? NEAR : ENTRIES); k++) {
        bool lone = k < NEW_LONE;
        struct net_key4 key = near   ? lone_key(k % LONE)
                              : lone ? lone_key(rng_below(r, LONE))
                                     : small_key(r);
        struct entry e = held_of_key(&key);
        uint32_t way = near ? k / LONE : rng_below(r, ENTRY_WAYS);
        uint32_t number = held_first(&key) + way;
        e.word[3] |= lone ? (uint32_t)ENTRY_HELD | k : small_result(r);
        if (near && rng_below(r, 8) > 0) {
            rng_turn_pair(r, e.word, 4);
        } else if (rng_below(r, 4) == 0) { /* another, by one to four bits */
            rng_turn_bits(r, e.word, 4);
        }
        if (number < n) {
            err = held_emit(&e, small_seen(r, tick, lease), number, emit, ctx);
        }
    }
    return err;
}

/* --- packets -------------------------------------------------------------- */

static uint8_t tcp_flags(struct rng *r)
{
    return (uint8_t)(rng_below(r, 16) == 0 ? rng_next(r) : ACK);
}

/* A frame of 'key', 'tags' VLAN tags and 'options' words of IP options. */
static uint32_t store_frame(struct rng *r, uint8_t *d,
                            const struct net_key4 *key, uint32_t tags,
                            uint32_t options, uint32_t payload)
{
    uint8_t *ip = d + 14 + (size_t)4 * tags;
    uint32_t header = 20 + 4 * options;
    uint8_t *l4 = ip + header;
    uint32_t fragment = 0x4000;

    if (rng_below(r, 12) == 0) {
        fragment = rng_below(r, 2) == 0 ? 0x2000 : 1u << rng_below(r, 14);
    }
    for (uint32_t k = 0; k < tags; k++) {
        be16_store(d + 12 + (size_t)4 * k, k == 0 ? 0x88a8 : 0x8100);
    }
    be16_store(ip - 2, 0x0800);
    ip[0] = (uint8_t)(0x45 + options);
    be16_store(ip + 2, (uint16_t)(header + payload));
    be16_store(ip + 6, (uint16_t)fragment);
    ip[9] = key->proto;
    be32_store(ip + 12, key->src);
    be32_store(ip + 16, key->dst);
    be16_store(l4, key->sport);
    be16_store(l4 + 2, key->dport);
    l4[13] = tcp_flags(r);
    return 14 + 4 * tags + header + payload;
}

/* What makes a header another one: a total length that ends it early or late,
 * bits of any byte, more often of those that say what it is. */
static void spoil(struct rng *r, uint8_t *d, uint32_t tags, uint32_t options)
{
    uint8_t *ip = d + 14 + (size_t)4 * tags;
    uint32_t more = rng_below(r, 2) == 0 ? 3 : 22 + 16; /* than tags */
    uint32_t at = 12 + rng_below(r, 4 * tags + more);

    switch (rng_below(r, 16)) {
    case 0:
        be16_store(ip + 2, (uint16_t)(16 + 4 * options + rng_below(r, 28)));
        break;
    case 1: ip[9] = NET_ICMP; break;
    case 2: be16_store(ip + 2, (uint16_t)rng_next(r)); break;
    case 3:
    case 4:
    case 5: d[at] = rng_turn_byte(r, d[at]); break;
    default: break;
    }
}

void firewall_cache_stimulus_packet(struct rng *r, struct pkt *p)
{
    bool lone = rng_below(r, 2) == 0;
    struct net_key4 key = lone ? lone_key(rng_below(r, LONE)) : small_key(r);
    uint32_t tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, NET_TAGS_MAX) : 0;
    uint32_t options = rng_below(r, 4) == 0 ? rng_below(r, 11) : 0;
    uint32_t payload = 20 + (rng_below(r, 4) == 0 ? rng_below(r, PAYLOAD) : 0);

    if (rng_below(r, 16) == 0) {
        key.proto ^= (uint8_t)(1u << rng_below(r, 8));
    }
    if (rng_below(r, 2) == 0) { /* from the other end */
        key = (struct net_key4){.has_ip = true,
                                .src = key.dst,
                                .dst = key.src,
                                .sport = key.dport,
                                .dport = key.sport,
                                .proto = key.proto};
    }
    for (uint32_t k = 0; k < 14 + 8 + 60 + 20 + PAYLOAD; k += 4) {
        be32_store(p->data + k, (uint32_t)rng_next(r));
    }
    p->len_bytes = store_frame(r, p->data, &key, tags, options, payload);
    spoil(r, p->data, tags, options);
    if (rng_below(r, 16) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 256);
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 32) == 0) { /* one that no function knows */
        p->flags |= (uint16_t)(1u << (5 + rng_below(r, 10)));
    }
}
