/*
 * lpm6.h - longest-prefix match over IPv6 routes: a trie with a root of 16 bits
 * and nodes of 8, leaves pushed down (V. Srinivasan, G. Varghese, "Fast address
 * lookups using controlled prefix expansion", ACM TOCS 1999), with its routes
 * beside it.
 *
 * A lookup reads one of 2^16 entries by the first 16 bits of the address and,
 * where longer prefixes exist, one of 256 by the next 8, and so on.  An entry
 * says the next hop and how long the prefix is that it comes from, or numbers a
 * node: an update touches only entries of its own range.  In 2000::/3, where
 * the Internet has its routes, the nodes for bits 16..23 are always there and
 * lie in order, so that lookups begin with 24 bits.
 */
#ifndef NET_TABLE_LPM6_H
#define NET_TABLE_LPM6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LPM6_HOP_MAX = 0x7fff,    /* next hops are 1..LPM6_HOP_MAX; 0 is no route */
    LPM6_NODES_MAX = 1 << 20, /* of 1 KiB */
};

/* In 2000::/3, the first 24 bits less this are a place in 'entry'. */
#define LPM6_WIDE (0x200000u - 0x10000u)

/* In an entry: the rest numbers 256 others.  Otherwise hop | length << 16. */
#define LPM6_NODE 0x80000000u

struct lpm6_addr {
    uint64_t hi, lo; /* host order; hi is what comes first */
};

struct lpm6_route {
    struct lpm6_addr prefix; /* bits behind 'len' are 0 */
    uint8_t len;             /* 0..128 */
    uint16_t hop;            /* 1..LPM6_HOP_MAX */
};

struct lpm6 {
    uint32_t *entry; /* [nodes_cap * 256]; the root is nodes 0..255,
                      * 2000::/3 the 8192 after them */
    uint32_t n_nodes, nodes_cap;
    uint32_t nodes_max; /* LPM6_NODES_MAX; may be lowered to bound memory */
    uint32_t n_spare;   /* nodes that were freed and will be used again */
    uint32_t spare;     /* the first; entry 0 of each numbers the next */
    struct lpm6_route *route; /* [1 << log2], open addressing, hop 0: none */
    uint32_t log2, n_routes;
    uint32_t n_of[129]; /* routes of each length */
};

/* An empty table.  ERR_NO_MEM. */
int lpm6_open(struct lpm6 *t);

/* Frees what lpm6_open() got; 't' may be all zeros. */
void lpm6_close(struct lpm6 *t);

/*
 * Adds a route or gives the one there is another next hop.  Bits of the prefix
 * behind its length do not count.  ERR_CAPACITY when it would take more than
 * nodes_max nodes, ERR_NO_MEM; then the table is as it was.
 */
int lpm6_set(struct lpm6 *t, struct lpm6_route r);

/* Takes a route away ('hop' does not count); ERR_NOT_FOUND. */
int lpm6_clear(struct lpm6 *t, struct lpm6_route r);

/* The route for exactly this prefix; its hop, 0 when there is none. */
uint16_t lpm6_get(const struct lpm6 *t, struct lpm6_addr prefix, uint8_t len);

/*
 * The route in place '*at' or behind it, in no order; '*at' becomes where to go
 * on, 0 to begin.  False when there are no more.
 */
bool lpm6_next(const struct lpm6 *t, size_t *at, struct lpm6_route *r);

/* Bytes of what lookups touch, and of the rest. */
size_t lpm6_bytes(const struct lpm6 *t, size_t *rest);

/* Where in t->entry an address goes on below node entry 'e', which its first
 * 'depth' bits, a multiple of 8 and 16 or more, led to. */
static inline size_t lpm6_below(uint32_t e, struct lpm6_addr a, unsigned depth)
{
    uint64_t half = depth < 64 ? a.hi : a.lo;

    return (size_t)(e & ~LPM6_NODE) << 8 | (half >> (56 - depth % 64) & 0xff);
}

/* Where 24 bits of an address lead in t->entry, or fewer if they end there. */
static inline size_t lpm6_first(const struct lpm6 *t, struct lpm6_addr a)
{
    if (a.hi >> 61 == 1) {
        return (a.hi >> 40) - LPM6_WIDE;
    }
    uint32_t e = t->entry[a.hi >> 48];
    return (e & LPM6_NODE) != 0 ? lpm6_below(e, a, 16) : a.hi >> 48;
}

/* Next hop for an address, 0 when there is no route. */
static inline uint16_t lpm6_find(const struct lpm6 *t, struct lpm6_addr a)
{
    uint32_t e = t->entry[lpm6_first(t, a)];

    for (unsigned depth = 24; (e & LPM6_NODE) != 0; depth += 8) {
        e = t->entry[lpm6_below(e, a, depth)];
    }
    return (uint16_t)e;
}

/* The same for 'n' addresses. */
void lpm6_find_bulk(const struct lpm6 *t, const struct lpm6_addr *addr,
                    uint16_t *hop, size_t n);

/* Its variants, for tests and benches; lpm6_find_bulk() takes the fastest that
 * the machine has.  The second needs AVX-512 (F, BW, VL). */
void lpm6_find_scalar(const struct lpm6 *t, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n);
void lpm6_find_avx512(const struct lpm6 *t, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n);
bool lpm6_has_avx512(void);

#endif
