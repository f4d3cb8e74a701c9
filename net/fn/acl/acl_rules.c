/* acl_rules.c - rule files and settings of acl, turned into register writes. */
#include "net/fn/acl/acl_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/net_text.h"
#include "net/table/rules4_text.h"

enum {
    RULES_MAX = ACL_RULE_DEPTH, /* mark has 16 bits, and 0 means none */
};

/* One line to the words of an entry; NULL, or what was expected. */
static const char *parse_rule(char **f, size_t n, uint32_t *w)
{
    const char *expected;

    if (n != RULES4_FIELDS && n != RULES4_FIELDS + 1) {
        return "a rule of 10 fields and an optional action: "
               "@SRC/LEN DST/LEN LO : HI LO : HI PROTO/MASK FLAGS/MASK";
    }
    expected = rules4_parse(f, w);
    if (expected != NULL) {
        return expected;
    }
    if (n == 11 && strcmp(f[10], "accept") != 0 && strcmp(f[10], "drop") != 0) {
        return "accept or drop after the rule";
    }
    w[7] = n == 11 && strcmp(f[10], "drop") == 0;
    return NULL;
}

/* Where the words of rules go as they are read. */
struct rules {
    fn_emit *emit;
    void *ctx;
    uint32_t n;
    int err; /* of emit() */
};

static const char *rule_line(void *ctx, char **f, size_t n)
{
    struct rules *r = ctx;
    uint32_t w[ACL_RULE_WORDS];
    const char *expected = parse_rule(f, n, w);

    if (expected == NULL && r->n == RULES_MAX) {
        return "at most 65535 rules";
    }
    for (uint32_t k = 0; expected == NULL && r->err == 0 && k < ACL_RULE_WORDS;
         k++) {
        r->err = r->emit(r->ctx, ACL_WINDOW_INDEX,
                         csr_window(ACL_TABLE_RULE, r->n * ACL_RULE_WORDS + k));
        r->err = r->err < 0 ? r->err : r->emit(r->ctx, CSR_WINDOW_DATA, w[k]);
    }
    r->n += expected == NULL;
    return expected;
}

int acl_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct rules r = {.emit = emit, .ctx = ctx};
    int err = net_lines(t, "rule", rule_line, &r);

    err = err < 0 ? err : r.err;
    return err < 0 ? err : emit(ctx, ACL_N_RULES, r.n);
}

/* One of two words, which set register 'offset' to 0 or 1. */
static int parse_choice(const struct fn_text *t, uint32_t offset,
                        const char *zero, const char *one, fn_emit *emit,
                        void *ctx)
{
    if (strcmp(t->text, zero) != 0 && strcmp(t->text, one) != 0) {
        return err_say(ERR_BAD_INPUT, "%s: '%s', expected %s or %s", t->name,
                       t->text, zero, one);
    }
    return emit(ctx, offset, strcmp(t->text, one) == 0);
}

int acl_parse_default(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_choice(t, ACL_NO_MATCH, "accept", "drop", emit, ctx);
}

int acl_parse_flags(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_choice(t, ACL_NO_FLAGS, "match", "ignore", emit, ctx);
}
