/* firewall_text.c - see firewall_text.h. */
#include "net/fn/firewall/firewall_text.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "firewall_csr.h"
#include "net/fn/firewall/firewall_rules.h"

enum { VALUE_BYTES = 256, INSIDE_PORTS = 32 };

/* --- rules ---------------------------------------------------------------- */

/* Where the words of rules go as they are read. */
struct rules {
    fn_emit *emit;
    void *ctx;
    uint32_t n;
    int err; /* of emit() */
};

/* The fields behind a rule, 'n' of them, to the word of its action. */
static const char *parse_action(char **f, size_t n, uint32_t *word)
{
    *word = 0;
    if (n > 0 && strcmp(f[0], "drop") == 0) {
        *word = RULE_DROP;
    } else if (n > 0 && strcmp(f[0], "accept") != 0) {
        return "accept or drop after the rule";
    }
    if (n > 1 && strcmp(f[1], "inside") == 0) {
        *word |= RULE_NOT_OUTSIDE;
    } else if (n > 1 && strcmp(f[1], "outside") == 0) {
        *word |= RULE_NOT_INSIDE;
    } else if (n > 1) {
        return "inside or outside after the action";
    }
    return NULL;
}

static const char *rule_line(void *ctx, char **f, size_t n)
{
    struct rules *r = ctx;
    uint32_t w[FIREWALL_RULE_WORDS];
    const char *expected;

    if (n < RULES4_FIELDS || n > RULES4_FIELDS + 2) {
        return "a rule of 10 fields, an optional action and a side: "
               "@SRC/LEN DST/LEN LO : HI LO : HI PROTO/MASK FLAGS/MASK";
    }
    expected = rules4_parse(f, w);
    if (expected == NULL) {
        expected = parse_action(f + RULES4_FIELDS, n - RULES4_FIELDS,
                                &w[RULE_WORD_ACTION]);
    }
    if (expected != NULL) {
        return expected;
    }
    if (r->n == FIREWALL_RULE_DEPTH) {
        return "at most 8191 rules";
    }
    if (r->err == 0) {
        r->err = r->emit(
            r->ctx, CSR_WINDOW_INDEX,
            csr_window(FIREWALL_TABLE_RULE, r->n * FIREWALL_RULE_WORDS));
    }
    for (uint32_t k = 0; r->err == 0 && k < FIREWALL_RULE_WORDS; k++) {
        r->err = r->emit(r->ctx, CSR_WINDOW_DATA, w[k]);
    }
    r->n++;
    return NULL;
}

int firewall_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct rules r = {.emit = emit, .ctx = ctx};
    int err = net_lines(t, "rule", rule_line, &r);

    err = err < 0 ? err : r.err;
    return err < 0 ? err : emit(ctx, FIREWALL_N_RULES, r.n);
}

/* --- values that are lists ------------------------------------------------ */

/* One part between commas, which may be changed; NULL, or what was expected. */
typedef const char *part_fn(void *ctx, char *part);

/* Calls 'fn' for each part of the value. */
static int each_part(const struct fn_text *t, part_fn *fn, void *ctx)
{
    char text[VALUE_BYTES];
    const char *expected = NULL;
    size_t n = strlen(t->text);

    if (n >= sizeof text) {
        return err_say(ERR_BAD_INPUT, "%s: %zu bytes, expected fewer than %d",
                       t->name, n, VALUE_BYTES);
    }
    memcpy(text, t->text, n + 1);
    for (char *part = text; part != NULL && expected == NULL;) {
        char *comma = strchr(part, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        expected = fn(ctx, part);
        part = comma;
    }
    return expected == NULL ? 0
                            : err_say(ERR_BAD_INPUT, "%s: '%s', expected %s",
                                      t->name, t->text, expected);
}

static const char *ports_part(void *ctx, char *part)
{
    uint32_t *ports = ctx, low, high;
    char *to = strchr(part, '-');

    if (to != NULL) {
        *to++ = '\0';
    }
    if (!parse_u32(part, 0, INSIDE_PORTS - 1, &low) ||
        !parse_u32(to != NULL ? to : part, low, INSIDE_PORTS - 1, &high)) {
        return "ports from 0 to 31 like 0,2-3, or none";
    }
    *ports |= (uint32_t)((UINT64_C(2) << high) - (UINT64_C(1) << low));
    return NULL;
}

int firewall_parse_inside(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t ports = 0;
    int err =
        strcmp(t->text, "none") == 0 ? 0 : each_part(t, ports_part, &ports);

    return err < 0 ? err : emit(ctx, FIREWALL_INSIDE, ports);
}

/* "NAME=VALUE" with one of 'names' [n]: its number and the value, else -1. */
static int named(char *part, const char *const *names, int n, char **value)
{
    char *equals = strchr(part, '=');

    if (equals == NULL) {
        return -1;
    }
    *equals = '\0';
    *value = equals + 1;
    for (int k = 0; k < n; k++) {
        if (strcmp(part, names[k]) == 0) {
            return k;
        }
    }
    return -1;
}

static const char *default_part(void *ctx, char *part)
{
    /* Bits of POLICY; all but the third are set to drop. */
    static const char *const names[] = {"inside", "outside", "pickup", "other"};
    uint32_t *policy = ctx;
    char *value;
    int k = named(part, names, 4, &value);
    bool drop = k >= 0 && strcmp(value, "drop") == 0;

    if (k < 0 || (!drop && strcmp(value, "accept") != 0)) {
        return "inside=, outside=, pickup= or other=, and accept or drop: "
               "inside=accept,outside=drop";
    }
    *policy &= ~(1u << k);
    *policy |= (uint32_t)(drop != (k == FIREWALL_POLICY_PICKUP_SHIFT)) << k;
    return NULL;
}

int firewall_parse_default(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t policy = 1u << FIREWALL_POLICY_DROP_OUTSIDE_SHIFT;
    int err = each_part(t, default_part, &policy);

    return err < 0 ? err : emit(ctx, FIREWALL_POLICY, policy);
}

static const char *timeout_part(void *ctx, char *part)
{
    static const char *const names[] = {"tcp", "transitory", "udp", "icmp",
                                        "fragment"};
    uint32_t *ticks = ctx;
    char *value;
    int k = named(part, names, 5, &value);

    return k >= 0 && parse_u32(value, 0, 0xffff, &ticks[k])
               ? NULL
               : "tcp=, transitory=, udp=, icmp= or fragment=, and ticks up to "
                 "65535: tcp=7440,udp=300";
}

int firewall_parse_timeouts(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t ticks[] = {7440, 240, 300, 60, 30};
    int err = each_part(t, timeout_part, ticks);

    err = err < 0 ? err : emit(ctx, FIREWALL_T_TCP, ticks[1] << 16 | ticks[0]);
    err =
        err < 0 ? err : emit(ctx, FIREWALL_T_OTHER, ticks[3] << 16 | ticks[2]);
    return err < 0 ? err : emit(ctx, FIREWALL_T_FRAGMENT, ticks[4]);
}
