/* rules4_index.h - what an index is made of, for the variants of its lookup. */
#ifndef NET_TABLE_RULES4_INDEX_H
#define NET_TABLE_RULES4_INDEX_H

#include "net/table/rules4.h"

enum dim { SRC, DST, SPORT, DPORT, PROTO, DSCP, DIMS };

enum {
    HALF = 1 << 16, /* values of the upper half of an address, and of a port */
    BYTE = 256,
    NO_FLAGS = 256,    /* in place of TCP flags */
    DSCPS = 64,        /* values of the DSCP */
    RULES4_SHORT = 16, /* words of a row at least: two vectors */
};

/* An entry of a map is a row, or leads to BYTE others by the next byte. */
#define RULES4_MORE 0x80000000u

/* Things that are appended to, 'size' bytes each. */
struct pool {
    void *at;
    size_t n, cap, size;
};

struct rules4 {
    size_t n_words, n_sums; /* of a row: the bits, and their summary */
    struct pool rows;       /* [n][n_words] words of 64 bits, whole lines */
    struct pool sums;       /* [n][n_sums] */
    uint32_t *map[DIMS];    /* by the value, or its upper half */
    struct pool groups;     /* [n][BYTE] entries, for addresses */
    uint32_t *seen; /* [1 << seen_log2] rows by hash, 1 more than the number */
    uint32_t seen_log2;
    size_t max_bytes;
    bool asks_dscp; /* a rule does; else all values have one row */
};

/* Where a key's protocol and flags stand in their map. */
static inline uint32_t rules4_proto(const struct net_key4 *key)
{
    return (key->has_flags ? key->flags : (uint32_t)NO_FLAGS) * BYTE +
           key->proto;
}

/* The first rule that six rows have in common, from 1, or 0. */
static inline uint32_t rules4_first(const struct rules4 *r,
                                    const uint32_t row[DIMS])
{
    const uint64_t *at[DIMS], *sum[DIMS];

    for (int d = 0; d < DIMS; d++) {
        at[d] = (const uint64_t *)r->rows.at + row[d] * r->n_words;
        sum[d] = (const uint64_t *)r->sums.at + row[d] * r->n_sums;
    }
    for (size_t s = 0; s < r->n_sums; s++) {
        uint64_t words = sum[0][s] & sum[1][s] & sum[2][s] & sum[3][s] &
                         sum[4][s] & sum[5][s];
        for (; words != 0; words &= words - 1) {
            size_t w = s * 64 + (size_t)__builtin_ctzll(words);
            uint64_t bits =
                at[0][w] & at[1][w] & at[2][w] & at[3][w] & at[4][w] & at[5][w];
            if (bits != 0) {
                return (uint32_t)(w * 64 + (size_t)__builtin_ctzll(bits)) + 1;
            }
        }
    }
    return 0;
}

#endif
