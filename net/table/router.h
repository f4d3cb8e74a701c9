/*
 * router.h - what routers share whatever they route: next hops by number, the
 * ports they leave by, and how often errors are told.
 *
 * An entry of NEXT is ROUTER_NEXT_WORDS words: [0] of a group its first member
 * in [14:0] and how many in [31:16], else bits [31:0] of the next hop's MAC;
 * [1] [31] MAC is set, [30] a group, [29] port is set, [23:16] port, [15:0] MAC
 * [47:32]; [2] [15:0] MTU, 0 for any.  An entry of PORT is the router's address
 * there, then its MAC as in [0] and [1].
 */
#ifndef NET_TABLE_ROUTER_H
#define NET_TABLE_ROUTER_H

#include "core/base/bytes.h"
#include "core/fn.h"

enum { ROUTER_NEXT_WORDS = 3, ROUTER_NEXT_MAX = 0x7fff, ROUTER_PORT_MAX = 255 };

/* Entries of a table in use. */
struct router_table {
    const uint32_t *words; /* [n * n_words] */
    uint32_t n, n_words;
};

/* Table 't' of 's', whose register of entries in use says 'count'. */
static inline struct router_table router_table(const struct fn_state *s,
                                               const struct csr_layout *l,
                                               size_t t, uint32_t count)
{
    const struct csr_table *c = &l->tables[t];

    return (struct router_table){.words = s->table[t],
                                 .n = count < c->depth ? count : c->depth,
                                 .n_words = c->words};
}

/* Entry 'k', NULL when it is not in use. */
static inline const uint32_t *router_entry(const struct router_table *t,
                                           uint32_t k)
{
    return k < t->n ? t->words + (size_t)k * t->n_words : NULL;
}

/* Is the entry of NEXT a group?  NULL is none. */
static inline bool router_is_group(const uint32_t *next)
{
    return next != NULL && (next[1] >> 30 & 1) != 0;
}

/* The member of a group that takes the flow: hash-threshold, RFC 2992. */
static inline uint32_t router_member(const uint32_t *next, uint32_t flow_hash)
{
    uint32_t first = next[0] & ROUTER_NEXT_MAX, n = next[0] >> 16;

    return first + (uint32_t)((uint64_t)flow_hash * n >> 32);
}

/* For hashes of flows, the upper half is best: the finalizer of MurmurHash3
 * (A. Appleby). */
static inline uint64_t router_mix(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    return (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
}

/* Longest packet that next hop 'next' takes, 0 for any. */
static inline uint32_t router_mtu(const uint32_t *next)
{
    return next != NULL ? next[2] & 0xffff : 0;
}

/* Writes a MAC of which [31] of 'high' says that it is set. */
static inline void router_store_mac(uint8_t *to, uint32_t low, uint32_t high)
{
    if (high >> 31 != 0) {
        be16_store(to, (uint16_t)high);
        be32_store(to + 2, low);
    }
}

/* How a packet leaves for a next hop.  A MAC is set where [31] of its upper
 * word is, which has its [47:32]. */
struct router_way {
    uint8_t port;
    uint32_t to, to_hi;     /* the next hop's MAC */
    uint32_t from, from_hi; /* the MAC of the port */
};

/* The way to next hop 'hop', whose entry is 'next' or NULL. */
static inline struct router_way router_way_to(const uint32_t *next,
                                              uint32_t hop,
                                              const struct router_table *ports)
{
    bool has_port = next != NULL && (next[1] >> 29 & 1) != 0;
    struct router_way way = {
        .port = (uint8_t)(has_port ? next[1] >> 16 : hop),
        .to = next != NULL ? next[0] : 0,
        .to_hi = next != NULL ? next[1] : 0,
    };
    const uint32_t *port = router_entry(ports, way.port);

    if (port != NULL) {
        way.from = port[ports->n_words - 2];
        way.from_hi = port[ports->n_words - 1];
    }
    return way;
}

/* Addresses 'p' to next hop 'hop': port and MACs. */
static inline void router_send(struct pkt *p, const uint32_t *next,
                               uint32_t hop, const struct router_table *ports)
{
    struct router_way way = router_way_to(next, hop, ports);

    p->out_port = way.port;
    router_store_mac(p->data, way.to, way.to_hi);
    router_store_mac(p->data + 6, way.from, way.from_hi);
}

/* Words of addresses, of which a port may have one: what has() denies has none
 * of them. */
struct router_filter {
    uint64_t bits[64];
};

/* The words of an address, XORed, to a bit: Fibonacci hashing. */
static inline uint32_t router_filter_bit(uint32_t key)
{
    return key * 0x9e3779b1 >> 20;
}

static inline bool router_filter_has(const struct router_filter *f,
                                     uint32_t key)
{
    uint32_t bit = router_filter_bit(key);

    return (f->bits[bit / 64] >> bit % 64 & 1) != 0;
}

/* Makes it that of all ports' addresses. */
static inline void router_filter_make(struct router_filter *f,
                                      const struct router_table *ports)
{
    *f = (struct router_filter){.bits = {0}};
    for (uint32_t k = 0; k < ports->n; k++) {
        const uint32_t *port = router_entry(ports, k);
        uint32_t key = 0;
        for (uint32_t w = 0; w < ports->n_words - 2; w++) {
            key ^= port[w];
        }
        key = router_filter_bit(key);
        f->bits[key / 64] |= UINT64_C(1) << key % 64;
    }
}

/* May another error go out in tick 'now', of 'most'?  Counts it: 'told' of them
 * in tick 'told_tick'. */
static inline bool router_may_tell(uint32_t now, uint32_t most,
                                   uint32_t *told_tick, uint32_t *told)
{
    if (*told_tick != (now & 0xffff)) {
        *told_tick = now & 0xffff;
        *told = 0;
    }
    if (*told >= most) {
        return false;
    }
    ++*told;
    return true;
}

/* A table that text fills. */
struct router_text {
    const struct csr_layout *layout;
    size_t table;
    uint32_t mtu_min; /* of next hops */
};

/*
 * Lines of fields, in any order, each number once:
 *
 *   next:   NUMBER port PORT [mac MAC] [mtu BYTES]
 *           NUMBER group FIRST COUNT    equal-cost: next hops FIRST..
 *   ports:  PORT ADDRESS [MAC]          IPv4, or IPv6 when the entry has room
 *
 * Writes the table and its count; see parse() of struct fn_key.
 */
int router_parse_next(const struct router_text *d, const struct fn_text *t,
                      fn_emit *emit, void *ctx);
int router_parse_ports(const struct router_text *d, const struct fn_text *t,
                       fn_emit *emit, void *ctx);

#endif
