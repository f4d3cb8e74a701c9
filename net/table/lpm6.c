/*
 * lpm6.c - see lpm6.h.
 *
 * Routes stand in a hash table with linear probing.  What an entry falls back
 * to, when the prefix it comes from goes, is the longest shorter one found
 * there, length by length.  A node exists as long as a prefix in it is longer
 * than the bits that lead to it, and always in 2000::/3 below the root.
 */
#include "net/table/lpm6.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/err.h"

enum {
    ROOT_BITS = 16,
    NODE_BITS = 8,
    NODE = 1 << NODE_BITS,
    ROOT_NODES = 1 << (ROOT_BITS - NODE_BITS),
    WIDE_NODES = 1 << 13, /* in 2000::/3 */
    FIXED_NODES = ROOT_NODES + WIDE_NODES,
    LEVELS = (128 - ROOT_BITS) / NODE_BITS,
    STEP_NODES = 2048, /* 2 MiB: a large page */
    FIRST_LOG2 = 10,
    LANES = 64,
};

/* --- routes ----------------------------------------------------------------
 */

/* The first 'len' of 64 bits. */
static uint64_t mask64(int len)
{
    return len <= 0 ? 0 : len >= 64 ? UINT64_MAX : UINT64_MAX << (64 - len);
}

static struct lpm6_addr masked(struct lpm6_addr a, uint8_t len)
{
    return (struct lpm6_addr){.hi = a.hi & mask64(len),
                              .lo = a.lo & mask64(len - 64)};
}

/* Fibonacci hashing (D. Knuth, The Art of Computer Programming 3, 6.4) of one
 * half after the other. */
static size_t home_of(const struct lpm6 *t, struct lpm6_addr prefix,
                      uint8_t len)
{
    uint64_t h = (prefix.hi + len) * 0x9e3779b97f4a7c15u;

    h = (h ^ h >> 32 ^ prefix.lo) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> (64 - t->log2));
}

/* Where a prefix is, or the empty place where it would be. */
static size_t place_of(const struct lpm6 *t, struct lpm6_addr prefix,
                       uint8_t len)
{
    size_t last = ((size_t)1 << t->log2) - 1;
    size_t k = home_of(t, prefix, len);

    while (t->route[k].hop != 0 &&
           (t->route[k].prefix.hi != prefix.hi ||
            t->route[k].prefix.lo != prefix.lo || t->route[k].len != len)) {
        k = (k + 1) & last;
    }
    return k;
}

static int grow_routes(struct lpm6 *t)
{
    struct lpm6 bigger = {.log2 = t->log2 + 1};
    size_t n = (size_t)1 << t->log2;

    bigger.route = calloc(n * 2, sizeof *bigger.route);
    if (bigger.route == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < n; k++) {
        struct lpm6_route r = t->route[k];
        if (r.hop != 0) {
            bigger.route[place_of(&bigger, r.prefix, r.len)] = r;
        }
    }
    free(t->route);
    t->route = bigger.route;
    t->log2 = bigger.log2;
    return 0;
}

/* Empties place 'hole'; what could not stand there because of it moves up. */
static void remove_route(struct lpm6 *t, size_t hole)
{
    size_t last = ((size_t)1 << t->log2) - 1;

    for (size_t k = (hole + 1) & last; t->route[k].hop != 0;
         k = (k + 1) & last) {
        size_t home = home_of(t, t->route[k].prefix, t->route[k].len);
        if (((k - home) & last) >= ((k - hole) & last)) {
            t->route[hole] = t->route[k];
            hole = k;
        }
    }
    t->route[hole].hop = 0;
}

uint16_t lpm6_get(const struct lpm6 *t, struct lpm6_addr prefix, uint8_t len)
{
    return t->route[place_of(t, masked(prefix, len), len)].hop;
}

bool lpm6_next(const struct lpm6 *t, size_t *at, struct lpm6_route *r)
{
    size_t n = (size_t)1 << t->log2;

    while (*at < n && t->route[*at].hop == 0) {
        ++*at;
    }
    if (*at == n) {
        return false;
    }
    *r = t->route[(*at)++];
    return true;
}

static uint32_t leaf_of(uint32_t hop, uint32_t len)
{
    return len * 0x10000 + hop;
}

/* A leaf of the longest route that holds 'r' and is shorter; 0 for none. */
static uint32_t above(const struct lpm6 *t, struct lpm6_route r)
{
    for (uint8_t len = r.len; len-- > 0;) {
        uint16_t hop = t->n_of[len] > 0 ? lpm6_get(t, r.prefix, len) : 0;
        if (hop != 0) {
            return leaf_of(hop, len);
        }
    }
    return 0;
}

/* --- nodes -----------------------------------------------------------------
 */

/* Places of the entries that lead to a prefix, from the root on; that in [n-1]
 * is the first of what it covers, n the levels. */
struct path {
    size_t at[LEVELS + 1];
    unsigned n;
};

static unsigned depth_of(const struct path *p)
{
    return ROOT_BITS + NODE_BITS * (p->n - 1);
}

/* Goes down from the end of 'p' as far as there are nodes and 'r' is longer. */
static void walk(const struct lpm6 *t, struct path *p, struct lpm6_route r)
{
    for (;;) {
        uint32_t e = t->entry[p->at[p->n - 1]];
        if (r.len <= depth_of(p) || (e & LPM6_NODE) == 0) {
            return;
        }
        size_t next = lpm6_below(e, r.prefix, depth_of(p));
        p->at[p->n++] = next;
    }
}

/* Gives 'to' to those leaves that 'r' covers whose prefix is not longer: what
 * 'r' has, or is to have.  'p' leads there. */
static void paint(struct lpm6 *t, const struct path *p, struct lpm6_route r,
                  uint32_t to)
{
    size_t at = p->at[p->n - 1], n = (size_t)1 << (depth_of(p) - r.len);
    size_t next[LEVELS + 1] = {at}, end[LEVELS + 1] = {at + n};

    for (int level = 0; level >= 0;) {
        if (next[level] == end[level]) {
            level--;
            continue;
        }
        uint32_t *e = &t->entry[next[level]++];
        if ((*e & LPM6_NODE) != 0) {
            level++;
            next[level] = (size_t)(*e & ~LPM6_NODE) * NODE;
            end[level] = next[level] + NODE;
        } else if (*e >> 16 <= r.len) {
            *e = to;
        }
    }
}

/* Nodes on large pages where the system has them: a lookup misses the TLB less
 * often. */
static uint32_t *pages(size_t n_nodes)
{
    size_t bytes = n_nodes * NODE * sizeof(uint32_t);
    void *p = NULL;

    if (posix_memalign(&p, (size_t)1 << 21, bytes) != 0) {
        return NULL;
    }
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

/* Sees to it that there are 'n' nodes to take. */
static int reserve(struct lpm6 *t, uint32_t n)
{
    uint32_t need = t->n_nodes + n - (n < t->n_spare ? n : t->n_spare);

    if (need > t->nodes_max) {
        return ERR_CAPACITY;
    }
    if (need <= t->nodes_cap) {
        return 0;
    }
    uint32_t cap = (need + need / 4 + STEP_NODES - 1) / STEP_NODES * STEP_NODES;
    uint32_t *entry = pages(cap);
    if (entry == NULL) {
        return ERR_NO_MEM;
    }
    if (t->n_nodes > 0) {
        memcpy(entry, t->entry, (size_t)t->n_nodes * NODE * sizeof *entry);
    }
    free(t->entry);
    t->entry = entry;
    t->nodes_cap = cap;
    return 0;
}

/* Makes the leaf in place 'at' a node of leaves like it. */
static void split(struct lpm6 *t, size_t at)
{
    uint32_t node = t->n_spare > 0 ? t->spare : t->n_nodes++;
    uint32_t *e = t->entry + (size_t)node * NODE;

    if (t->n_spare > 0) {
        t->spare = e[0];
        t->n_spare--;
    }
    for (size_t k = 0; k < NODE; k++) {
        e[k] = t->entry[at];
    }
    t->entry[at] = LPM6_NODE | node;
}

/* Makes the node that place 'at' leads to a leaf, when no prefix in it is
 * longer than 'depth' bits: then its entries are all the same. */
static bool join(struct lpm6 *t, size_t at, unsigned depth)
{
    uint32_t node = t->entry[at] & ~LPM6_NODE;
    uint32_t *e = t->entry + (size_t)node * NODE;

    if (node < FIXED_NODES) {
        return false;
    }
    for (size_t k = 0; k < NODE; k++) {
        /* A node counts as longer than any. */
        if (e[k] >> 16 > depth) {
            return false;
        }
    }
    t->entry[at] = e[0];
    e[0] = t->spare;
    t->spare = node;
    t->n_spare++;
    return true;
}

/* --- the table -------------------------------------------------------------
 */

int lpm6_open(struct lpm6 *t)
{
    *t = (struct lpm6){.nodes_max = LPM6_NODES_MAX, .log2 = FIRST_LOG2};
    t->route = calloc((size_t)1 << FIRST_LOG2, sizeof *t->route);
    if (t->route == NULL || reserve(t, FIXED_NODES) < 0) {
        lpm6_close(t);
        return ERR_NO_MEM;
    }
    t->n_nodes = FIXED_NODES;
    memset(t->entry, 0, (size_t)FIXED_NODES * NODE * sizeof *t->entry);
    for (uint32_t k = 0; k < WIDE_NODES; k++) {
        t->entry[0x2000 + k] = LPM6_NODE | (ROOT_NODES + k);
    }
    return 0;
}

void lpm6_close(struct lpm6 *t)
{
    free(t->entry);
    free(t->route);
    *t = (struct lpm6){.entry = NULL};
}

int lpm6_set(struct lpm6 *t, struct lpm6_route r)
{
    r.prefix = masked(r.prefix, r.len);
    struct path p = {.at = {r.prefix.hi >> (64 - ROOT_BITS)}, .n = 1};
    walk(t, &p, r);
    unsigned depth = depth_of(&p);
    unsigned missing =
        r.len > depth ? (r.len - depth + NODE_BITS - 1) / NODE_BITS : 0;

    int err = reserve(t, missing);
    /* At most half full: probes stay short. */
    if (err == 0 && t->n_routes >= (uint32_t)1 << (t->log2 - 1)) {
        err = grow_routes(t);
    }
    if (err < 0) {
        return err;
    }
    for (; missing > 0; missing--) {
        split(t, p.at[p.n - 1]);
        walk(t, &p, r);
    }
    size_t place = place_of(t, r.prefix, r.len);
    if (t->route[place].hop == 0) {
        t->n_routes++;
        t->n_of[r.len]++;
    }
    t->route[place] = r;
    paint(t, &p, r, leaf_of(r.hop, r.len));
    return 0;
}

int lpm6_clear(struct lpm6 *t, struct lpm6_route r)
{
    r.prefix = masked(r.prefix, r.len);
    size_t place = place_of(t, r.prefix, r.len);

    if (t->route[place].hop == 0) {
        return ERR_NOT_FOUND;
    }
    remove_route(t, place);
    t->n_routes--;
    t->n_of[r.len]--;

    struct path p = {.at = {r.prefix.hi >> (64 - ROOT_BITS)}, .n = 1};
    walk(t, &p, r);
    paint(t, &p, r, above(t, r));
    do {
        p.n--;
    } while (p.n > 0 && join(t, p.at[p.n - 1], depth_of(&p)));
    return 0;
}

size_t lpm6_bytes(const struct lpm6 *t, size_t *rest)
{
    *rest = sizeof *t->route << t->log2;
    return (size_t)t->nodes_cap * NODE * sizeof *t->entry;
}

/* Level by level for 'n' addresses, up to LANES: their cache misses run side by
 * side. */
static void find_lanes(const struct lpm6 *t, const struct lpm6_addr *addr,
                       uint16_t *hop, size_t n)
{
    size_t at[LANES];
    uint32_t any = LPM6_NODE;

    for (size_t k = 0; k < n; k++) {
        at[k] = lpm6_first(t, addr[k]);
    }
    for (unsigned depth = ROOT_BITS + NODE_BITS; (any & LPM6_NODE) != 0;
         depth += NODE_BITS) {
        any = 0;
        for (size_t k = 0; k < n; k++) {
            uint32_t e = t->entry[at[k]];
            size_t below = lpm6_below(e, addr[k], depth);
            /* Not a branch: there is nothing to guess. */
            at[k] = (e & LPM6_NODE) != 0 ? below : at[k];
            __builtin_prefetch(&t->entry[at[k]]);
            any |= e;
        }
    }
    for (size_t k = 0; k < n; k++) {
        hop[k] = (uint16_t)t->entry[at[k]];
    }
}

void lpm6_find_scalar(const struct lpm6 *t, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n)
{
    for (size_t k = 0; k < n; k += LANES) {
        find_lanes(t, addr + k, hop + k, n - k < LANES ? n - k : LANES);
    }
}

void lpm6_find_bulk(const struct lpm6 *t, const struct lpm6_addr *addr,
                    uint16_t *hop, size_t n)
{
    (lpm6_has_avx512() ? lpm6_find_avx512 : lpm6_find_scalar)(t, addr, hop, n);
}
