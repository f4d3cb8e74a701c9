/* rules4.c - see rules4.h. */
#include "net/table/rules4.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/pages.h"
#include "net/table/rules4_index.h"

#define MORE RULES4_MORE

/* --- rows ------------------------------------------------------------------
 */

static size_t map_entries(enum dim d)
{
    return d == PROTO  ? (size_t)(NO_FLAGS + 1) * BYTE
           : d == DSCP ? (size_t)DSCPS
                       : (size_t)HALF;
}

static size_t pool_bytes(const struct pool *p)
{
    return pages_bytes(p->cap * p->size);
}

size_t rules4_bytes(const struct rules4 *r)
{
    size_t bytes = sizeof *r + pool_bytes(&r->rows) + pool_bytes(&r->sums) +
                   pool_bytes(&r->groups);

    for (int d = 0; d < DIMS; d++) {
        bytes += map_entries((enum dim)d) * sizeof *r->map[d];
    }
    return bytes;
}

/* Makes room for one more. */
static int pool_grow(struct rules4 *r, struct pool *p)
{
    size_t cap = p->cap == 0 ? 64 : p->cap + p->cap / 2;

    if (p->n < p->cap) {
        return 0;
    }
    if (rules4_bytes(r) - pool_bytes(p) + pages_bytes(cap * p->size) >
        r->max_bytes) {
        return ERR_CAPACITY;
    }
    void *at = pages_zeros(cap * p->size);
    if (at == NULL) {
        return ERR_NO_MEM;
    }
    if (p->n > 0) {
        memcpy(at, p->at, p->n * p->size);
    }
    free(p->at);
    p->at = at;
    p->cap = cap;
    return 0;
}

static uint64_t *row_at(const struct rules4 *r, size_t row)
{
    return (uint64_t *)r->rows.at + row * r->n_words;
}

/* FNV-1a over words (G. Fowler, L. Noll, K.-P. Vo). */
static uint64_t hash_of(const uint64_t *bits, size_t n)
{
    uint64_t h = 0xcbf29ce484222325;

    for (size_t k = 0; k < n; k++) {
        h = (h ^ bits[k]) * 0x100000001b3;
        h ^= h >> 29;
    }
    return h;
}

static int seen_grow(struct rules4 *r)
{
    uint32_t log2 = r->seen_log2 + 1, last = (1u << log2) - 1;
    uint32_t *seen = calloc((size_t)1 << log2, sizeof *seen);

    if (seen == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t row = 0; row < r->rows.n; row++) {
        uint32_t k = (uint32_t)hash_of(row_at(r, row), r->n_words) & last;
        while (seen[k] != 0) {
            k = (k + 1) & last;
        }
        seen[k] = (uint32_t)row + 1;
    }
    free(r->seen);
    r->seen = seen;
    r->seen_log2 = log2;
    return 0;
}

/* The number of the row with these bits; a new one if there is none. */
static int row_of(struct rules4 *r, const uint64_t *bits, uint32_t *row)
{
    size_t bytes = r->n_words * sizeof *bits;
    int err = 2 * r->rows.n + 1 >= (size_t)1 << r->seen_log2 ? seen_grow(r) : 0;

    err = err < 0 ? err : pool_grow(r, &r->rows);
    err = err < 0 ? err : pool_grow(r, &r->sums);
    if (err < 0) {
        return err;
    }
    uint32_t last = (1u << r->seen_log2) - 1;
    uint32_t k = (uint32_t)hash_of(bits, r->n_words) & last;
    for (; r->seen[k] != 0; k = (k + 1) & last) {
        *row = r->seen[k] - 1;
        if (memcmp(row_at(r, *row), bits, bytes) == 0) {
            return 0;
        }
    }
    *row = (uint32_t)r->rows.n++;
    r->seen[k] = *row + 1;
    uint64_t *sums = (uint64_t *)r->sums.at + r->sums.n++ * r->n_sums;
    memset(sums, 0, r->n_sums * sizeof *sums);
    memcpy(row_at(r, *row), bits, bytes);
    for (size_t w = 0; w < r->n_words; w++) {
        sums[w / 64] |= (uint64_t)(bits[w] != 0) << w % 64;
    }
    return 0;
}

/* --- maps ------------------------------------------------------------------
 */

static int new_group(struct rules4 *r, uint32_t *entry)
{
    if ((*entry & MORE) != 0) {
        return 0;
    }
    int err = pool_grow(r, &r->groups);
    if (err == 0) {
        *entry = MORE | (uint32_t)r->groups.n++;
    }
    return err;
}

/*
 * Gives 'row' to the values lo..hi of an address in the map, or in the group
 * that it leads to: 'entry' [..] stands for values of 'bits' bits each.
 * Intervals come in order and without gaps, so that a group fills up.
 */
static int paint(struct rules4 *r, enum dim d, uint32_t group, uint32_t bits,
                 uint32_t lo, uint32_t hi, uint32_t row)
{
    uint32_t whole = (1u << bits) - 1;
    int err = 0;

    for (uint64_t k = lo >> bits; err == 0 && k <= hi >> bits; k++) {
        uint32_t first = k == lo >> bits ? lo & whole : 0;
        uint32_t last = k == hi >> bits ? hi & whole : whole;
        /* Found anew each time: groups move when there are more. */
        uint32_t *entry = group == MORE
                              ? &r->map[d][k]
                              : &((uint32_t *)r->groups.at)[group * BYTE + k];
        if (first == 0 && last == whole) {
            *entry = row;
            continue;
        }
        /* What is left of an entry that came before is no group. */
        uint32_t next = first == 0 ? 0 : *entry;
        err = new_group(r, &next);
        entry = group == MORE ? &r->map[d][k]
                              : &((uint32_t *)r->groups.at)[group * BYTE + k];
        *entry = next;
        err = err < 0 ? err
                      : paint(r, d, next & ~MORE, bits - 8, first, last, row);
    }
    return err;
}

/* A rule begins or ends to hold at a value. */
struct edge {
    uint64_t at;
    uint32_t rule;
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = ((const struct edge *)a)->at, y = ((const struct edge *)b)->at;

    return (x > y) - (x < y);
}

/* The values of dimension 'd' that a rule holds for, lo..hi; false for none. */
static bool range_of(const struct rule4 *x, enum dim d, uint32_t *lo,
                     uint32_t *hi)
{
    uint32_t value = d == SRC ? x->src : x->dst;
    uint32_t mask = d == SRC ? x->src_mask : x->dst_mask;
    const uint16_t *port = d == SPORT ? x->sport : x->dport;

    *lo = d <= DST ? value & mask : port[0];
    *hi = d <= DST ? *lo | ~mask : port[1];
    return *lo <= *hi;
}

static int give(struct rules4 *r, enum dim d, uint64_t lo, uint64_t hi,
                uint32_t row)
{
    if (d <= DST) {
        return paint(r, d, MORE, 16, (uint32_t)lo, (uint32_t)hi, row);
    }
    for (uint64_t k = lo; k <= hi; k++) {
        r->map[d][k] = row;
    }
    return 0;
}

/* Walks along dimension 'd' from edge to edge; 'bits' is zeros before and
 * after. */
static int sweep(struct rules4 *r, enum dim d, const struct rule4 *rules,
                 size_t n, struct edge *edge, uint64_t *bits)
{
    uint64_t end = d <= DST ? 1ull << 32 : HALF, from = 0;
    size_t n_edges = 0;
    int err = 0;

    for (size_t k = 0; k < n; k++) {
        uint32_t lo, hi;
        if (range_of(&rules[k], d, &lo, &hi)) {
            edge[n_edges++] = (struct edge){.at = lo, .rule = (uint32_t)k};
            edge[n_edges++] =
                (struct edge){.at = (uint64_t)hi + 1, .rule = (uint32_t)k};
        }
    }
    qsort(edge, n_edges, sizeof *edge, by_value);
    edge[n_edges] = (struct edge){.at = end};
    for (size_t k = 0; k <= n_edges; k++) {
        if (edge[k].at > from && from < end) {
            uint32_t row = 0;
            err = row_of(r, bits, &row);
            err = err < 0 ? err : give(r, d, from, edge[k].at - 1, row);
            if (err < 0) {
                return err;
            }
            from = edge[k].at;
        }
        if (k < n_edges) {
            bits[edge[k].rule / 64] ^= 1ull << edge[k].rule % 64;
        }
    }
    return 0;
}

static bool flags_fit(const struct rule4 *x, uint32_t flags)
{
    return flags < NO_FLAGS && ((flags ^ x->flags) & x->flags_mask) == 0;
}

/*
 * A protocol, and the flags beside it.  'bits' is of two rows: those that hold
 * whatever the flags are, and those that hold for one value; 'picky' [n] is for
 * the numbers of the rules that look at flags.
 */
static int fill_flags(struct rules4 *r, uint32_t proto,
                      const struct rule4 *rules, size_t n, uint64_t *bits,
                      uint32_t *picky)
{
    uint64_t *now = bits + r->n_words;
    uint32_t row = 0;
    size_t n_picky = 0;
    int err = 0;

    memset(bits, 0, r->n_words * sizeof *bits);
    for (size_t k = 0; k < n; k++) {
        bool fits = ((proto ^ rules[k].proto) & rules[k].proto_mask) == 0;
        if (fits && rules[k].flags_mask != 0) {
            picky[n_picky++] = (uint32_t)k;
        } else {
            bits[k / 64] |= (uint64_t)fits << k % 64;
        }
    }
    for (uint32_t flags = 0; err == 0 && flags <= NO_FLAGS; flags++) {
        if (flags == 0 || n_picky > 0) {
            memcpy(now, bits, r->n_words * sizeof *bits);
            for (size_t k = 0; k < n_picky; k++) {
                uint64_t fits = flags_fit(&rules[picky[k]], flags);
                now[picky[k] / 64] |= fits << picky[k] % 64;
            }
            err = row_of(r, now, &row);
        }
        r->map[PROTO][flags * BYTE + proto] = row;
    }
    return err;
}

static int fill_dscp(struct rules4 *r, const struct rule4 *rules, size_t n,
                     uint64_t *bits)
{
    int err = 0;

    for (uint32_t dscp = 0; err == 0 && dscp < DSCPS; dscp++) {
        memset(bits, 0, r->n_words * sizeof *bits);
        for (size_t k = 0; k < n; k++) {
            bool fits = ((dscp ^ rules[k].dscp) & rules[k].dscp_mask) == 0;
            bits[k / 64] |= (uint64_t)fits << k % 64;
            r->asks_dscp |= rules[k].dscp_mask != 0;
        }
        err = row_of(r, bits, &r->map[DSCP][dscp]);
    }
    return err;
}

static bool is_prefix(uint32_t mask)
{
    return (~mask & (~mask + 1)) == 0;
}

static int build(struct rules4 *r, const struct rule4 *rules, size_t n)
{
    struct edge *edge = calloc(2 * n + 1, sizeof *edge);
    uint32_t *picky = calloc(n + 1, sizeof *picky);
    uint64_t *bits = calloc(2 * r->n_words, sizeof *bits);
    int err = edge == NULL || picky == NULL || bits == NULL ? ERR_NO_MEM : 0;

    for (int d = 0; err == 0 && d < PROTO; d++) {
        err = sweep(r, (enum dim)d, rules, n, edge, bits);
    }
    for (uint32_t proto = 0; err == 0 && proto < BYTE; proto++) {
        err = fill_flags(r, proto, rules, n, bits, picky);
    }
    err = err < 0 ? err : fill_dscp(r, rules, n, bits);
    free(bits);
    free(picky);
    free(edge);
    return err;
}

int rules4_open(struct rules4 **out, const struct rule4 *rules, size_t n,
                size_t max_bytes)
{
    struct rules4 *r = calloc(1, sizeof *r);
    int err = r == NULL ? ERR_NO_MEM : n > RULES4_MAX ? ERR_CAPACITY : 0;

    for (size_t k = 0; err == 0 && k < n; k++) {
        if (!is_prefix(rules[k].src_mask) || !is_prefix(rules[k].dst_mask)) {
            err = ERR_BAD_INPUT;
        }
    }
    if (err == 0) {
        size_t n_words = (n / 64 + 8) / 8 * 8;
        r->n_words = n_words < RULES4_SHORT ? RULES4_SHORT : n_words;
        r->n_sums = (r->n_words + 63) / 64;
        r->rows.size = r->n_words * sizeof(uint64_t);
        r->sums.size = r->n_sums * sizeof(uint64_t);
        r->groups.size = BYTE * sizeof(uint32_t);
        r->max_bytes = max_bytes;
    }
    for (int d = 0; err == 0 && d < DIMS; d++) {
        r->map[d] = calloc(map_entries((enum dim)d), sizeof *r->map[d]);
        err = r->map[d] == NULL ? ERR_NO_MEM : 0;
    }
    err = err < 0 ? err : build(r, rules, n);
    if (err < 0) {
        rules4_close(r);
        return err;
    }
    free(r->seen);
    r->seen = NULL;
    *out = r;
    return 0;
}

void rules4_close(struct rules4 *r)
{
    if (r != NULL) {
        for (int d = 0; d < DIMS; d++) {
            free(r->map[d]);
        }
        free(r->rows.at);
        free(r->sums.at);
        free(r->groups.at);
        free(r->seen);
        free(r);
    }
}

/* --- lookup ----------------------------------------------------------------
 */

static uint32_t row_of_address(const struct rules4 *r, enum dim d,
                               uint32_t value)
{
    const uint32_t *group = r->groups.at;
    uint32_t e = r->map[d][value >> 16];

    if ((e & MORE) != 0) {
        e = group[(size_t)(e & ~MORE) * BYTE + (value >> 8 & 0xff)];
    }
    if ((e & MORE) != 0) {
        e = group[(size_t)(e & ~MORE) * BYTE + (value & 0xff)];
    }
    return e;
}

uint32_t rules4_find(const struct rules4 *r, const struct net_key4 *key)
{
    uint32_t row[DIMS] = {
        [SRC] = row_of_address(r, SRC, key->src),
        [DST] = row_of_address(r, DST, key->dst),
        [SPORT] = r->map[SPORT][key->sport],
        [DPORT] = r->map[DPORT][key->dport],
        [PROTO] = r->map[PROTO][rules4_proto(key)],
        [DSCP] = r->map[DSCP][key->dscp % DSCPS],
    };

    return rules4_first(r, row);
}

void rules4_find_scalar(const struct rules4 *r, const struct net_key4 *key,
                        uint32_t *rule, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        rule[k] = rules4_find(r, &key[k]);
    }
}

void rules4_find_bulk(const struct rules4 *r, const struct net_key4 *key,
                      uint32_t *rule, size_t n)
{
    (rules4_has_avx512() ? rules4_find_avx512 : rules4_find_scalar)(r, key,
                                                                    rule, n);
}
