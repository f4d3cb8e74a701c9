/*
 * lpm4.h - longest-prefix match over IPv4 routes: DIR-24-8 (P. Gupta, S. Lin,
 * N. McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM
 * 1998) with its routes beside it.
 *
 * A lookup reads one of 2^24 entries by the first 24 bits of the address and,
 * where longer prefixes exist, one of 256 by the last 8.  Both hold 16 bits, so
 * that the part lookups touch takes 32 MiB and 512 bytes for each /24 that has
 * longer prefixes.  Beside each entry stands how long the prefix is that it
 * comes from: an update touches only entries of its own range.
 */
#ifndef NET_TABLE_LPM4_H
#define NET_TABLE_LPM4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LPM4_HOP_MAX = 0x7fff, /* next hops are 1..LPM4_HOP_MAX; 0 is no route */
    LPM4_GROUP = 0x8000,   /* in an entry: the rest numbers 256 others */
    LPM4_GROUPS_MAX = 1 << 15, /* of 256 entries; /24 with longer prefixes */
};

struct lpm4_route {
    uint32_t prefix; /* host order; bits behind 'len' are 0 */
    uint8_t len;     /* 0..32 */
    uint16_t hop;    /* 1..LPM4_HOP_MAX */
};

struct lpm4 {
    uint16_t *root;    /* [2^24 + 1], the last for lookups that read 32 bits */
    uint16_t *leaf;    /* [groups_cap * 256 + 1] */
    uint8_t *root_len; /* [2^24], length of the prefix an entry comes from */
    uint8_t *leaf_len; /* [groups_cap * 256] */
    uint32_t *spare;   /* [groups_cap] groups that were freed */
    uint32_t n_groups, groups_cap, n_spare;
    uint64_t *route; /* [1 << log2], open addressing; see lpm4.c */
    uint32_t log2, n_routes;
    uint32_t n_of[33]; /* routes of each length */
};

/* An empty table.  ERR_NO_MEM. */
int lpm4_open(struct lpm4 *t);

/* Frees what lpm4_open() got; 't' may be all zeros. */
void lpm4_close(struct lpm4 *t);

/*
 * Adds a route or gives the one there is another next hop.  Bits of the prefix
 * behind its length do not count.  ERR_CAPACITY when more than LPM4_GROUPS_MAX
 * /24 have longer prefixes, ERR_NO_MEM; then the table is as it was.
 */
int lpm4_set(struct lpm4 *t, struct lpm4_route r);

/* Takes a route away ('hop' does not count); ERR_NOT_FOUND. */
int lpm4_clear(struct lpm4 *t, struct lpm4_route r);

/* The route for exactly this prefix; its hop, 0 when there is none. */
uint16_t lpm4_get(const struct lpm4 *t, uint32_t prefix, uint8_t len);

/*
 * The route in place '*at' or behind it, in no order; '*at' becomes where to go
 * on, 0 to begin.  False when there are no more.
 */
bool lpm4_next(const struct lpm4 *t, size_t *at, struct lpm4_route *r);

/* Bytes of what lookups touch, and of the rest. */
size_t lpm4_bytes(const struct lpm4 *t, size_t *rest);

/* Next hop for an address in host order, 0 when there is no route. */
static inline uint16_t lpm4_find(const struct lpm4 *t, uint32_t addr)
{
    uint16_t e = t->root[addr >> 8];

    if ((e & LPM4_GROUP) != 0) {
        e = t->leaf[(size_t)(e & LPM4_HOP_MAX) << 8 | (addr & 0xff)];
    }
    return e;
}

/* The same for 'n' addresses. */
void lpm4_find_bulk(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                    size_t n);

/* Its variants, for tests and benches; lpm4_find_bulk() takes the fastest that
 * the machine has.  The second needs AVX-512 (F, BW, VL). */
void lpm4_find_scalar(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                      size_t n);
void lpm4_find_avx512(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                      size_t n);
bool lpm4_has_avx512(void);

#endif
