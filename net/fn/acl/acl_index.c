/* acl_index.c - see acl_index.h. */
#include "net/fn/acl/acl_index.h"

#include <stdlib.h>

#include "acl_csr.h"
#include "net/fn/acl/acl_rules.h"
#include "net/table/rules4_cache.h"

/* What s->own points to. */
struct acl_index {
    struct rules4 *rules;       /* NULL: none */
    struct rules4_cache *cache; /* NULL: none */
    /* What it was made of. */
    uint32_t *words; /* [n * ACL_RULE_WORDS] */
    uint32_t n;
    bool no_flags;
};

static void forget(struct acl_index *x)
{
    rules4_cache_close(x->cache);
    rules4_close(x->rules);
    free(x->words);
    *x = (struct acl_index){.rules = NULL};
}

void acl_index_close(struct fn_state *s)
{
    if (s->own != NULL) {
        forget(s->own);
        free(s->own);
        s->own = NULL;
    }
}

void acl_index_prepare(struct fn_state *s)
{
    const struct acl_regs *regs = s->regs;
    const uint32_t *words = s->table[ACL_TABLE_RULE];
    bool no_flags = (regs->no_flags & 1) != 0;
    uint32_t n =
        regs->n_rules < ACL_RULE_DEPTH ? regs->n_rules : ACL_RULE_DEPTH;
    size_t bytes = (size_t)n * ACL_RULE_WORDS * sizeof *words;
    struct acl_index *x = s->own;

    if (x == NULL) {
        s->own = x = n < ACL_INDEX_MIN ? NULL : calloc(1, sizeof *x);
    }
    if (x == NULL ||
        (x->words != NULL && x->n == n && x->no_flags == no_flags &&
         memcmp(x->words, words, bytes) == 0)) {
        return;
    }
    forget(x);
    struct rule4 *rules = n < ACL_INDEX_MIN ? NULL : calloc(n, sizeof *rules);
    if (rules == NULL || (x->words = malloc(bytes)) == NULL) {
        free(rules);
        return;
    }
    memcpy(x->words, words, bytes);
    x->n = n;
    x->no_flags = no_flags;
    for (uint32_t k = 0; k < n; k++) {
        rules[k] =
            acl_rule_of_words(words + (size_t)k * ACL_RULE_WORDS, no_flags);
    }
    if (rules4_open(&x->rules, rules, n, /* or none */
                    (size_t)n * ACL_INDEX_RULE_BYTES + RULES4_MIN_BYTES) == 0) {
        (void)rules4_cache_open(&x->cache, x->rules); /* or none */
    }
    free(rules);
}

bool acl_index_find(const struct fn_state *s, const struct net_key4 *keys,
                    uint32_t *first, size_t n)
{
    const struct acl_index *x = s->own;
    struct net_key4 some[FN_BURST_PKT];
    uint32_t found[FN_BURST_PKT];
    uint16_t at[FN_BURST_PKT];
    size_t n_some = 0;

    if (x == NULL || x->rules == NULL) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        first[k] = 0;
        at[n_some] = (uint16_t)k;
        some[n_some] = keys[k];
        n_some += keys[k].has_ip;
    }
    if (n_some == 0) {
        return true;
    }
    if (x->cache != NULL) {
        rules4_cache_find_bulk(x->cache, some, found, n_some);
    } else {
        rules4_find_bulk(x->rules, some, found, n_some);
    }
    for (size_t k = 0; k < n_some; k++) {
        first[at[k]] = found[k];
    }
    return true;
}
