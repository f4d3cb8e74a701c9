/* firewall_rules.c - see firewall_rules.h. */
#include "net/fn/firewall/firewall_rules.h"

#include <stdlib.h>

#include "firewall_csr.h"

enum {
    INDEX_MIN = 24,          /* fewer rules are scanned as fast */
    INDEX_RULE_BYTES = 4096, /* most memory a rule */
};

static uint32_t used(const struct fn_state *s)
{
    const struct firewall_regs *regs = s->regs;

    return regs->n_rules < FIREWALL_RULE_DEPTH ? regs->n_rules
                                               : FIREWALL_RULE_DEPTH;
}

static const uint32_t *rule_words(const struct fn_state *s, uint32_t k)
{
    return s->table[FIREWALL_TABLE_RULE] + (size_t)k * FIREWALL_RULE_WORDS;
}

static bool holds(const uint32_t *words, bool outside)
{
    return (words[RULE_WORD_ACTION] &
            (outside ? RULE_NOT_OUTSIDE : RULE_NOT_INSIDE)) == 0;
}

void firewall_rules_close(struct firewall_rules *f)
{
    for (size_t k = 0; k < 2; k++) {
        rules4_close(f->side[k].index);
        free(f->side[k].number);
    }
    *f = (struct firewall_rules){.n = 0};
}

/* Makes the index of one side; without memory there is none. */
static void make(struct firewall_rules *f, const struct fn_state *s,
                 bool outside)
{
    struct rule4 *rules = calloc(f->n, sizeof *rules);
    uint16_t *number = calloc(f->n, sizeof *number);
    size_t n = 0;

    for (uint32_t k = 0; rules != NULL && number != NULL && k < f->n; k++) {
        const uint32_t *words = rule_words(s, k);
        if (holds(words, outside)) {
            number[n] = (uint16_t)(k + 1);
            rules[n++] = rules4_of_words(words, false);
        }
    }
    f->side[outside].number = number;
    if (n > 0) {
        (void)rules4_open(&f->side[outside].index, rules, n, /* or none */
                          n * INDEX_RULE_BYTES + RULES4_MIN_BYTES);
    }
    free(rules);
}

void firewall_rules_prepare(struct firewall_rules *f, const struct fn_state *s)
{
    struct fn_range wrote = s->wrote[FIREWALL_TABLE_RULE];

    if (wrote.from >= wrote.to && f->n == used(s)) {
        return;
    }
    firewall_rules_close(f);
    f->n = used(s);
    if (f->n >= INDEX_MIN) {
        make(f, s, false);
        make(f, s, true);
    }
}

uint32_t firewall_rules_find(const struct firewall_rules *f,
                             const struct fn_state *s,
                             const struct net_key4 *key, bool outside)
{
    if (f->side[outside].index != NULL) {
        uint32_t k = rules4_find(f->side[outside].index, key);
        return k > 0 ? f->side[outside].number[k - 1] : 0;
    }
    for (uint32_t k = 0; k < used(s); k++) {
        const uint32_t *words = rule_words(s, k);
        if (holds(words, outside) && rules4_words_match(words, key, false)) {
            return k + 1;
        }
    }
    return 0;
}
