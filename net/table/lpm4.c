/*
 * lpm4.c - see lpm4.h.
 *
 * Routes stand in a hash table with linear probing, 64 bits each: hop 15 | 1 |
 * length 6 | prefix 32, all zeros for none.  What an entry of root or leaf
 * falls back to, when the prefix it comes from goes, is the longest shorter one
 * found there, length by length.
 */
#include "net/table/lpm4.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/pages.h"

enum {
    ROOT = 1 << 24,
    LEAF = 256,
    AHEAD = 32,
    FIRST_LOG2 = 10,
    FIRST_GROUPS = 64,
};

/* --- routes ----------------------------------------------------------------
 */

#define KEY_BITS 39 /* present 1, length 6, prefix 32 */

static uint64_t key_of(uint32_t prefix, uint8_t len)
{
    return 1ull << 38 | (uint64_t)len << 32 | prefix;
}

static uint64_t key_in(uint64_t route)
{
    return route & ((1ull << KEY_BITS) - 1);
}

static uint32_t mask_of(uint8_t len)
{
    return len == 0 ? 0 : 0xffffffffu << (32 - len);
}

/* Fibonacci hashing (D. Knuth, The Art of Computer Programming 3, 6.4). */
static size_t home_of(const struct lpm4 *t, uint64_t key)
{
    return (size_t)(key * 0x9e3779b97f4a7c15u >> (64 - t->log2));
}

/* Where 'key' is, or the empty place where it would be. */
static size_t place_of(const struct lpm4 *t, uint64_t key)
{
    size_t last = ((size_t)1 << t->log2) - 1;
    size_t k = home_of(t, key);

    while (t->route[k] != 0 && key_in(t->route[k]) != key) {
        k = (k + 1) & last;
    }
    return k;
}

static int grow_routes(struct lpm4 *t)
{
    struct lpm4 bigger = {.log2 = t->log2 + 1};
    size_t n = (size_t)1 << t->log2;

    bigger.route = calloc(n * 2, sizeof *bigger.route);
    if (bigger.route == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < n; k++) {
        if (t->route[k] != 0) {
            bigger.route[place_of(&bigger, key_in(t->route[k]))] = t->route[k];
        }
    }
    free(t->route);
    t->route = bigger.route;
    t->log2 = bigger.log2;
    return 0;
}

/* Empties place 'hole'; what could not stand there because of it moves up. */
static void remove_route(struct lpm4 *t, size_t hole)
{
    size_t last = ((size_t)1 << t->log2) - 1;

    for (size_t k = (hole + 1) & last; t->route[k] != 0; k = (k + 1) & last) {
        size_t home = home_of(t, key_in(t->route[k]));
        if (((k - home) & last) >= ((k - hole) & last)) {
            t->route[hole] = t->route[k];
            hole = k;
        }
    }
    t->route[hole] = 0;
}

uint16_t lpm4_get(const struct lpm4 *t, uint32_t prefix, uint8_t len)
{
    uint64_t r = t->route[place_of(t, key_of(prefix & mask_of(len), len))];

    return (uint16_t)(r >> KEY_BITS);
}

bool lpm4_next(const struct lpm4 *t, size_t *at, struct lpm4_route *r)
{
    size_t n = (size_t)1 << t->log2;

    while (*at < n && t->route[*at] == 0) {
        ++*at;
    }
    if (*at == n) {
        return false;
    }
    uint64_t x = t->route[(*at)++];
    *r = (struct lpm4_route){.prefix = (uint32_t)x,
                             .len = (uint8_t)(x >> 32 & 0x3f),
                             .hop = (uint16_t)(x >> KEY_BITS)};
    return true;
}

/* The longest route that holds 'r' and is shorter; hop 0 for none. */
static struct lpm4_route above(const struct lpm4 *t, struct lpm4_route r)
{
    for (uint8_t len = r.len; len-- > 0;) {
        uint16_t hop = t->n_of[len] > 0 ? lpm4_get(t, r.prefix, len) : 0;
        if (hop != 0) {
            return (struct lpm4_route){.len = len, .hop = hop};
        }
    }
    return (struct lpm4_route){.len = 0, .hop = 0};
}

/* --- entries ---------------------------------------------------------------
 */

/* Gives 'to' to those of n entries whose prefix is from 'least' to 'most' bits
 * long. */
static void paint(uint16_t *entry, uint8_t *len, size_t n, uint8_t least,
                  uint8_t most, struct lpm4_route to)
{
    for (size_t k = 0; k < n; k++) {
        if (len[k] >= least && len[k] <= most) {
            entry[k] = to.hop;
            len[k] = to.len;
        }
    }
}

/* Paints what 'r' covers. */
static void paint_all(struct lpm4 *t, struct lpm4_route r, uint8_t least,
                      uint8_t most, struct lpm4_route to)
{
    size_t first = r.prefix >> 8;
    size_t n = r.len < 24 ? (size_t)1 << (24 - r.len) : 1;

    if (r.len > 24) {
        size_t at =
            (size_t)(t->root[first] & LPM4_HOP_MAX) * LEAF + (r.prefix & 0xff);
        paint(t->leaf + at, t->leaf_len + at, (size_t)1 << (32 - r.len), least,
              most, to);
        return;
    }
    for (size_t k = first; k < first + n; k++) {
        if ((t->root[k] & LPM4_GROUP) != 0) {
            size_t at = (size_t)(t->root[k] & LPM4_HOP_MAX) * LEAF;
            paint(t->leaf + at, t->leaf_len + at, LEAF, least, most, to);
        } else if (t->root_len[k] >= least && t->root_len[k] <= most) {
            t->root[k] = to.hop;
            t->root_len[k] = to.len;
        }
    }
}

static int grow_groups(struct lpm4 *t)
{
    uint32_t cap = t->groups_cap == 0 ? FIRST_GROUPS : t->groups_cap * 2;

    if (cap > LPM4_GROUPS_MAX) {
        return ERR_CAPACITY;
    }
    size_t n = (size_t)cap * LEAF;
    uint16_t *leaf = realloc(t->leaf, (n + 1) * sizeof *leaf);
    t->leaf = leaf != NULL ? leaf : t->leaf;
    uint8_t *len = realloc(t->leaf_len, n);
    t->leaf_len = len != NULL ? len : t->leaf_len;
    uint32_t *spare = realloc(t->spare, cap * sizeof *spare);
    t->spare = spare != NULL ? spare : t->spare;
    if (leaf == NULL || len == NULL || spare == NULL) {
        return ERR_NO_MEM;
    }
    t->groups_cap = cap;
    return 0;
}

/* Sees to it that root entry 'at' leads to a group. */
static int split(struct lpm4 *t, size_t at)
{
    if ((t->root[at] & LPM4_GROUP) != 0) {
        return 0;
    }
    int err =
        t->n_spare == 0 && t->n_groups == t->groups_cap ? grow_groups(t) : 0;
    if (err < 0) {
        return err;
    }
    uint32_t group = t->n_spare > 0 ? t->spare[--t->n_spare] : t->n_groups++;
    for (size_t k = 0; k < LEAF; k++) {
        t->leaf[(size_t)group * LEAF + k] = t->root[at];
    }
    memset(t->leaf_len + (size_t)group * LEAF, t->root_len[at], LEAF);
    t->root[at] = (uint16_t)(LPM4_GROUP | group);
    return 0;
}

/* Gives the group of root entry 'at' back when no prefix in it is longer than
 * 24 bits: then its entries are all the same. */
static void join(struct lpm4 *t, size_t at)
{
    uint32_t group = t->root[at] & LPM4_HOP_MAX;
    const uint8_t *len = t->leaf_len + (size_t)group * LEAF;

    for (size_t k = 0; k < LEAF; k++) {
        if (len[k] > 24) {
            return;
        }
    }
    t->root[at] = t->leaf[(size_t)group * LEAF];
    t->root_len[at] = len[0];
    t->spare[t->n_spare++] = group;
}

/* --- the table -------------------------------------------------------------
 */

int lpm4_open(struct lpm4 *t)
{
    *t = (struct lpm4){.log2 = FIRST_LOG2};
    t->root = pages_zeros((ROOT + 1) * sizeof *t->root);
    t->root_len = pages_zeros(ROOT);
    t->route = calloc((size_t)1 << FIRST_LOG2, sizeof *t->route);
    if (t->root == NULL || t->root_len == NULL || t->route == NULL) {
        lpm4_close(t);
        return ERR_NO_MEM;
    }
    return 0;
}

void lpm4_close(struct lpm4 *t)
{
    free(t->root);
    free(t->leaf);
    free(t->root_len);
    free(t->leaf_len);
    free(t->spare);
    free(t->route);
    *t = (struct lpm4){.root = NULL};
}

int lpm4_set(struct lpm4 *t, struct lpm4_route r)
{
    r.prefix &= mask_of(r.len);
    /* At most half full: probes stay short. */
    int err = t->n_routes >= (uint32_t)1 << (t->log2 - 1) ? grow_routes(t) : 0;
    if (err == 0 && r.len > 24) {
        err = split(t, r.prefix >> 8);
    }
    if (err < 0) {
        return err;
    }
    uint64_t key = key_of(r.prefix, r.len);
    size_t place = place_of(t, key);
    if (t->route[place] == 0) {
        t->n_routes++;
        t->n_of[r.len]++;
    }
    t->route[place] = (uint64_t)r.hop << KEY_BITS | key;
    paint_all(t, r, 0, r.len, r);
    return 0;
}

int lpm4_clear(struct lpm4 *t, struct lpm4_route r)
{
    r.prefix &= mask_of(r.len);
    size_t place = place_of(t, key_of(r.prefix, r.len));

    if (t->route[place] == 0) {
        return ERR_NOT_FOUND;
    }
    remove_route(t, place);
    t->n_routes--;
    t->n_of[r.len]--;
    paint_all(t, r, r.len, r.len, above(t, r));
    if (r.len > 24) {
        join(t, r.prefix >> 8);
    }
    return 0;
}

size_t lpm4_bytes(const struct lpm4 *t, size_t *rest)
{
    size_t leaves = (size_t)t->groups_cap * LEAF;

    *rest = ROOT + leaves + t->groups_cap * sizeof *t->spare +
            (sizeof *t->route << t->log2);
    return (ROOT + 1 + leaves) * sizeof *t->root;
}

void lpm4_find_scalar(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                      size_t n)
{
    for (size_t k = 0; k < n; k++) {
        /* Its entry is fetched while those before it are looked at. */
        size_t later = k + AHEAD < n ? k + AHEAD : k;
        __builtin_prefetch(&t->root[addr[later] >> 8]);
        hop[k] = lpm4_find(t, addr[k]);
    }
}

void lpm4_find_bulk(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                    size_t n)
{
    (lpm4_has_avx512() ? lpm4_find_avx512 : lpm4_find_scalar)(t, addr, hop, n);
}
