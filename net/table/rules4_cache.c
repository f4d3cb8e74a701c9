/* rules4_cache.c - see rules4_cache.h. */
#include "net/table/rules4_cache.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "net/table/pages.h"

enum {
    WAYS = RULES4_CACHE_WAYS,
    LINES = 1 << RULES4_CACHE_LOG2,
    BURST = 256,
    PAST_MAX = 15, /* bursts */
};

/* All that an index looks at of a key. */
struct flow {
    uint64_t addrs, rest;
};

struct line {
    struct flow flow[WAYS];
    uint32_t result[WAYS]; /* number of the rule and 1 more; 0: empty */
    uint32_t oldest;       /* way */
};

_Static_assert(sizeof(struct line) == 64, "a line of the machine's cache");

struct rules4_cache {
    const struct rules4 *rules;
    struct line *line;   /* [LINES] */
    uint32_t past, left; /* bursts that go past it, and how many still do */
};

int rules4_cache_open(struct rules4_cache **out, const struct rules4 *rules)
{
    struct rules4_cache *c = calloc(1, sizeof *c);

    if (c == NULL || (c->line = pages_zeros(LINES * sizeof *c->line)) == NULL) {
        free(c);
        return ERR_NO_MEM;
    }
    c->rules = rules;
    *out = c;
    return 0;
}

void rules4_cache_close(struct rules4_cache *c)
{
    if (c != NULL) {
        free(c->line);
        free(c);
    }
}

static inline struct flow flow_of(const struct net_key4 *k)
{
    return (struct flow){
        .addrs = (uint64_t)k->src << 32 | k->dst,
        .rest = (uint64_t)k->sport << 48 | (uint64_t)k->dport << 32 |
                (uint64_t)k->proto << 24 | (uint64_t)k->flags << 16 |
                (uint64_t)k->has_flags << 8 | k->dscp,
    };
}

/* Fibonacci hashing of both halves, one after the other. */
static inline uint32_t line_of(const struct flow *f)
{
    const uint64_t golden = 0x9e3779b97f4a7c15;
    uint64_t h = f->addrs * golden;

    h = ((h ^ h >> 32) + f->rest) * golden;
    h = (h ^ h >> 32) * golden;
    return (uint32_t)(h >> (64 - RULES4_CACHE_LOG2));
}

static inline uint32_t result_in(const struct line *l, const struct flow *f)
{
    uint32_t result = 0;

    for (int k = 0; k < WAYS; k++) {
        bool same =
            ((l->flow[k].addrs ^ f->addrs) | (l->flow[k].rest ^ f->rest)) == 0;
        result |= same ? l->result[k] : 0; /* one at most has it */
    }
    return result;
}

/* How many were not there. */
static size_t find(struct rules4_cache *c, const struct net_key4 *key,
                   uint32_t *rule, size_t n)
{
    struct flow flow[BURST];
    struct line *at[BURST];
    struct net_key4 missed[BURST];
    uint32_t found[BURST];
    uint16_t number[BURST];
    size_t n_missed = 0;

    for (size_t k = 0; k < n; k++) {
        flow[k] = flow_of(&key[k]);
        at[k] = &c->line[line_of(&flow[k])];
        __builtin_prefetch(at[k]);
    }
    for (size_t k = 0; k < n; k++) {
        uint32_t result = result_in(at[k], &flow[k]);
        rule[k] = result - 1;
        number[n_missed] = (uint16_t)k;
        n_missed += result == 0;
    }
    if (n_missed == 0) {
        return 0;
    }
    for (size_t k = 0; k < n_missed; k++) {
        missed[k] = key[number[k]];
    }
    rules4_find_bulk(c->rules, missed, found, n_missed);
    for (size_t k = 0; k < n_missed; k++) {
        struct line *l = at[number[k]];
        const struct flow *f = &flow[number[k]];
        rule[number[k]] = found[k];
        if (result_in(l, f) == 0) { /* not twice in one burst */
            l->flow[l->oldest] = *f;
            l->result[l->oldest] = found[k] + 1;
            l->oldest = (l->oldest + 1) % WAYS;
        }
    }
    return n_missed;
}

void rules4_cache_find_bulk(struct rules4_cache *c, const struct net_key4 *key,
                            uint32_t *rule, size_t n)
{
    for (size_t k = 0; k < n; k += BURST) {
        size_t some = n - k < BURST ? n - k : BURST;
        if (c->left > 0) {
            c->left--;
            rules4_find_bulk(c->rules, key + k, rule + k, some);
        } else if (2 * find(c, key + k, rule + k, some) > some) {
            c->past = c->past < PAST_MAX ? 2 * c->past + 1 : (uint32_t)PAST_MAX;
            c->left = c->past;
        } else {
            c->past = 0;
        }
    }
}
