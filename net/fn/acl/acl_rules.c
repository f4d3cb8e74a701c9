/* acl_rules.c - rule files and settings of acl, turned into register writes. */
#include "net/fn/acl/acl_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "net/table/rules4_text.h"

enum {
    RULES_MAX = ACL_RULE_DEPTH, /* mark has 16 bits, and 0 means none */
};

/* A name of RFC 2474, 2597, 3246, 5865 or 8622, or "46", or "0x28/0x38", to
 * a value and which of its 6 bits count. */
static bool parse_dscp(char *text, uint32_t *value, uint32_t *mask)
{
    static const struct {
        const char *name;
        uint8_t value;
    } names[] = {{"ef", 46}, {"va", 44}, {"le", 1}};
    char *slash = strchr(text, '/');
    size_t n = strlen(text);

    *mask = ACL_DSCP_MASK;
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (strcmp(text, names[k].name) == 0) {
            *value = names[k].value;
            return true;
        }
    }
    if (n == 3 && memcmp(text, "cs", 2) == 0 && text[2] >= '0' &&
        text[2] <= '7') { /* class selectors */
        *value = 8 * (uint32_t)(text[2] - '0');
        return true;
    }
    if (n == 4 && memcmp(text, "af", 2) == 0 && text[2] >= '1' &&
        text[2] <= '4' && text[3] >= '1' && text[3] <= '3') {
        *value = 8 * (uint32_t)(text[2] - '0') + 2 * (uint32_t)(text[3] - '0');
        return true;
    }
    if (slash != NULL) {
        *slash = '\0';
    }
    return parse_u32(text, 0, ACL_DSCP_MASK, value) &&
           (slash == NULL || parse_u32(slash + 1, 0, ACL_DSCP_MASK, mask));
}

/* One line to the words of an entry; NULL, or what was expected. */
static const char *parse_rule(char **f, size_t n, uint32_t *w)
{
    uint32_t value = 0, mask = 0;
    const char *expected;
    size_t at = RULES4_FIELDS;

    if (n < RULES4_FIELDS || n > RULES4_FIELDS + 3) {
        return "a rule of 10 fields, an optional DSCP and an optional action: "
               "@SRC/LEN DST/LEN LO : HI LO : HI PROTO/MASK FLAGS/MASK";
    }
    expected = rules4_parse(f, w);
    if (expected != NULL) {
        return expected;
    }
    if (at < n && strcmp(f[at], "dscp") == 0) {
        if (at + 1 == n || !parse_dscp(f[at + 1], &value, &mask)) {
            return "dscp and a name like ef, af11 or cs3, a value up to 63, or "
                   "VALUE/MASK";
        }
        at += 2;
    }
    if (n > at + 1 || (at < n && strcmp(f[at], "accept") != 0 &&
                       strcmp(f[at], "drop") != 0)) {
        return "accept or drop after the rule";
    }
    w[ACL_WORD_ACTION] = mask << ACL_DSCP_MASK_SHIFT |
                         (value & mask) << ACL_DSCP_SHIFT |
                         (at < n && strcmp(f[at], "drop") == 0);
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
