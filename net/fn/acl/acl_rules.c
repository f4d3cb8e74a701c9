/* acl_rules.c - rule files and settings of acl, turned into register writes. */
#include "net/fn/acl/acl_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"

enum {
    LINE_MAX_BYTES = 256,
    RULES_MAX = ACL_RULE_DEPTH, /* mark has 16 bits, and 0 means none */
    FIELDS_MAX = 14,
};

/* "10.1.2.0/24" to address and mask. */
static bool parse_prefix(char *text, uint32_t *addr, uint32_t *mask)
{
    char *slash = strchr(text, '/');
    uint32_t length;
    uint32_t a = 0;

    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    if (!parse_u32(slash + 1, 0, 32, &length)) {
        return false;
    }
    for (int k = 0; k < 4; k++) {
        char *dot = strchr(text, '.');
        uint32_t byte;
        if ((dot == NULL) != (k == 3)) {
            return false;
        }
        if (dot != NULL) {
            *dot = '\0';
        }
        if (!parse_u32(text, 0, 255, &byte)) {
            return false;
        }
        a = a << 8 | byte;
        text = dot != NULL ? dot + 1 : text;
    }
    *mask = length == 0 ? 0 : UINT32_MAX << (32 - length);
    *addr = a & *mask;
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

/* Splits at blanks and tabs; the number of fields, at most FIELDS_MAX. */
static size_t split(char *line, char **f)
{
    size_t n = 0;

    for (char *c = line; n < FIELDS_MAX; n++) {
        c += strspn(c, " \t\r");
        if (*c == '\0') {
            break;
        }
        f[n] = c;
        c += strcspn(c, " \t\r");
        if (*c != '\0') {
            *c++ = '\0';
        }
    }
    return n;
}

/* One line to the words of an entry; NULL, or what was expected. */
static const char *parse_rule(char *line, uint32_t *w)
{
    char *f[FIELDS_MAX];
    size_t n = split(line, f);
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

static int emit_rule(uint32_t n, const uint32_t *w, fn_emit *emit, void *ctx)
{
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < ACL_RULE_WORDS; k++) {
        err = emit(ctx, ACL_WINDOW_INDEX,
                   csr_window(ACL_TABLE_RULE, n * ACL_RULE_WORDS + k));
        if (err == 0) {
            err = emit(ctx, CSR_WINDOW_DATA, w[k]);
        }
    }
    return err;
}

int acl_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t n = 0;
    size_t line_no = 0;
    int err = 0;

    for (const char *c = t->text; err == 0 && *c != '\0';) {
        char line[LINE_MAX_BYTES];
        uint32_t w[ACL_RULE_WORDS];
        size_t len = strcspn(c, "\n");

        line_no++;
        if (c[0] == '#') {
            c += len + (c[len] == '\n');
            continue;
        }
        if (len >= sizeof line) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: line of %zu bytes, expected a rule",
                           t->name, line_no, len);
        }
        memcpy(line, c, len);
        line[len] = '\0';
        c += len + (c[len] == '\n');
        if (line[strspn(line, " \t\r")] == '\0') {
            continue;
        }
        const char *expected = parse_rule(line, w);
        if (expected != NULL) {
            return err_say(ERR_BAD_INPUT, "%s:%zu: bad rule, expected %s",
                           t->name, line_no, expected);
        }
        if (n == RULES_MAX) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: too many rules, expected at most %d",
                           t->name, line_no, RULES_MAX);
        }
        err = emit_rule(n++, w, emit, ctx);
    }
    return err < 0 ? err : emit(ctx, ACL_N_RULES, n);
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
