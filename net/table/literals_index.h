/* literals_index.h - what a table of literals.h looks like within. */
#ifndef NET_TABLE_LITERALS_INDEX_H
#define NET_TABLE_LITERALS_INDEX_H

#include <string.h>

#include "net/table/literals.h"

/* A literal of four bytes and more, among those of the same hash. */
struct literals_entry {
    uint64_t value, mask; /* its first bytes from the window on, up to 8 */
    uint32_t number;
    uint32_t before; /* bytes in front of the window */
};

struct literals {
    /* Groups that may have byte c as byte k of their windows, [k][c]. */
    _Alignas(64) uint8_t may[LITERALS_WINDOW][256];
    uint8_t *bitmap; /* of hashes of windows */
    uint32_t *cell;  /* [1 << log2_cells, and one more]: first entry of each */
    struct literals_entry *entry; /* by cell, then by number */
    uint32_t log2_bitmap, log2_cells;
    uint32_t brief_from[257]; /* literals below four bytes, by first byte */
    uint32_t *brief;          /* their numbers */
    uint32_t *from;           /* where the bytes of each begin, [n + 1] */
    uint8_t *byte, *mask;     /* ... all of them */
    size_t n;
    uint8_t brief_group; /* bit of the group that has the short ones, or 0 */
};

/* Fibonacci hashing of four bytes, either case of a letter the same. */
static inline uint32_t literals_hash(const uint8_t *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof w);
    return (w & LITERALS_FOLD * 0x01010101u) * 0x9e3779b1u;
}

/* True when no literal has this hash. */
static inline bool literals_lacks(const struct literals *t, uint32_t hash)
{
    uint32_t bit = hash >> (32 - t->log2_bitmap);

    return (t->bitmap[bit / 8] >> bit % 8 & 1) == 0;
}

/* Compares what may begin, or have its window, at data[at] in one of 'groups'.
 */
void literals_try(struct literals_seek *s, size_t at, uint8_t groups);

#endif
