/* acl_rules.c - rule files and settings of acl, turned into register writes. */
#include "net/fn/acl/acl_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"

enum {
    RULES_MAX = ACL_RULE_DEPTH, /* mark has 16 bits, and 0 means none */
};

/* "10.1.2.0/24" to address and mask. */
static bool parse_prefix(char *text, uint32_t *addr, uint32_t *mask)
{
    uint32_t len;

    if (!net_parse_prefix4(text, addr, &len)) {
        return false;
    }
    *mask = len == 0 ? 0 : UINT32_MAX << (32 - len);
    return true;
}

/* "0x06/0xFF" to value and mask, each at most 'max'. */
static bool parse_masked(char *text, uint32_t max, uint32_t *value,
                         uint32_t *mask)
{
    char *slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return parse_u32(text, 0, max, value) && parse_u32(slash + 1, 0, max, mask);
}

/* The three fields "LO", ":", "HI" to one word. */
static bool parse_ports(char **f, uint32_t *word)
{
    uint32_t low, high;

    if (!parse_u32(f[0], 0, 65535, &low) || strcmp(f[1], ":") != 0 ||
        !parse_u32(f[2], 0, 65535, &high) || low > high) {
        return false;
    }
    *word = high << 16 | low;
    return true;
}

/* One line to the words of an entry; NULL, or what was expected. */
static const char *parse_rule(char **f, size_t n, uint32_t *w)
{
    uint32_t proto, proto_mask, flags, flags_mask;

    if (n != 10 && n != 11) {
        return "a rule of 10 fields and an optional action: "
               "@SRC/LEN DST/LEN LO : HI LO : HI PROTO/MASK FLAGS/MASK";
    }
    if (f[0][0] != '@' || !parse_prefix(f[0] + 1, &w[0], &w[1])) {
        return "a source prefix like @10.0.0.0/8";
    }
    if (!parse_prefix(f[1], &w[2], &w[3])) {
        return "a destination prefix like 10.0.0.0/8";
    }
    if (!parse_ports(f + 2, &w[4])) {
        return "source ports LOW : HIGH with LOW <= HIGH <= 65535";
    }
    if (!parse_ports(f + 5, &w[5])) {
        return "destination ports LOW : HIGH with LOW <= HIGH <= 65535";
    }
    if (!parse_masked(f[8], 0xff, &proto, &proto_mask)) {
        return "a protocol like 0x06/0xFF";
    }
    if (!parse_masked(f[9], 0xffff, &flags, &flags_mask) ||
        (flags_mask & 0xff) != 0) {
        return "flags like 0x0200/0x0200, within mask 0xff00";
    }
    if (n == 11 && strcmp(f[10], "accept") != 0 && strcmp(f[10], "drop") != 0) {
        return "accept or drop after the rule";
    }
    w[6] = (flags_mask & 0xff00) << 16 | (flags & flags_mask & 0xff00) << 8 |
           proto_mask << 8 | (proto & proto_mask);
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
