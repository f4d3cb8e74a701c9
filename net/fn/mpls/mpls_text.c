/* mpls_text.c - see mpls_text.h. */
#include "net/fn/mpls/mpls_text.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "net/fn/mpls/mpls_plan.h"

enum { LABEL_IN_MAX = MPLS_NHLFE_DEPTH - 1, DSCPS = 64, CODES_BYTES = 512 };

/* Cuts 'text' at the first 'c'; what follows, or NULL without one. */
static char *cut(char *text, char c)
{
    char *at = strchr(text, c);

    if (at == NULL) {
        return NULL;
    }
    *at = '\0';
    return at + 1;
}

/* --- incoming labels ------------------------------------------------------ */

struct ilm {
    uint32_t *words; /* [MPLS_NHLFE_DEPTH * MPLS_NHLFE_WORDS] */
    bool *given;     /* [MPLS_NHLFE_DEPTH] */
    uint32_t n;
};

/* "100", "100/5", "100/-/64" to a label out. */
static bool parse_out(char *text, uint32_t *word)
{
    char *tc = cut(text, '/');
    char *ttl = tc != NULL ? cut(tc, '/') : NULL;
    uint32_t label, value;

    if (!parse_u32(text, 0, MPLS_LABEL_MAX, &label)) {
        return false;
    }
    *word = label;
    if (tc != NULL && strcmp(tc, "-") != 0) {
        if (!parse_u32(tc, 0, 7, &value)) {
            return false;
        }
        *word |= (uint32_t)MPLS_TC_SET | value << MPLS_TC_SHIFT;
    }
    if (ttl != NULL && strcmp(ttl, "-") != 0) {
        if (!parse_u32(ttl, 1, 255, &value)) {
            return false;
        }
        *word |= value << MPLS_TTL_SHIFT;
    }
    return true;
}

/* "100,200/5" to the labels out; implicit null, which stands alone, is none. */
static bool parse_outs(char *text, uint32_t *w)
{
    uint32_t n = 0;
    char *next;

    for (; text != NULL; text = next) {
        next = cut(text, ',');
        if (n == MPLS_OUT_MAX || !parse_out(text, &w[MPLS_FIRST + n])) {
            return false;
        }
        bool is_null =
            (w[MPLS_FIRST + n] & MPLS_LABEL_MAX) == MPLS_IMPLICIT_NULL;
        if (is_null &&
            (n > 0 || next != NULL || w[MPLS_FIRST] != MPLS_IMPLICIT_NULL)) {
            return false;
        }
        n += !is_null;
    }
    if (n == 0) {
        w[MPLS_FIRST] = 0;
    }
    w[0] |= n << MPLS_OUT_SHIFT;
    return true;
}

static bool parse_macs(char **f, uint32_t *w)
{
    uint64_t dst, src;

    if (!net_parse_mac(f[0], &dst) || !net_parse_mac(f[1], &src)) {
        return false;
    }
    w[0] |= MPLS_MACS;
    w[MPLS_DST] = (uint32_t)dst;
    w[MPLS_SRC] = (uint32_t)src;
    w[MPLS_MAC_HI] = (uint32_t)(src >> 32) << 16 | (uint32_t)(dst >> 32);
    return true;
}

/* The words behind the operation and its labels; NULL, or what was expected. */
static const char *parse_rest(char **f, size_t n, uint32_t *w, bool *has_port)
{
    uint32_t value;

    for (size_t k = 0; k < n;) {
        if (strcmp(f[k], "port") == 0 && k + 1 < n && !*has_port) {
            if (!parse_u32(f[k + 1], 0, 255, &value)) {
                return "a port from 0 to 255";
            }
            w[0] |= value << MPLS_PORT_SHIFT;
            *has_port = true;
            k += 2;
        } else if (strcmp(f[k], "mac") == 0 && k + 2 < n) {
            if (!parse_macs(f + k + 1, w)) {
                return "mac and two addresses like 02:00:00:00:00:01, the next "
                       "hop's and our own";
            }
            k += 3;
        } else if (strcmp(f[k], "mtu") == 0 && k + 1 < n &&
                   (w[0] & MPLS_OP) == MPLS_OP_PUSH) {
            if (!parse_u32(f[k + 1], 68, 65535, &w[MPLS_MTU])) {
                return "an MTU from 68 to 65535 bytes";
            }
            k += 2;
        } else if (strcmp(f[k], "pipe") == 0 &&
                   (w[0] & MPLS_OP) != MPLS_OP_PUSH &&
                   (w[0] >> MPLS_OUT_SHIFT & MPLS_OUT) == 0) {
            w[0] |= MPLS_PIPE;
            k++;
        } else {
            return "port P, mac DST SRC, pipe where labels are popped, mtu "
                   "BYTES where they are pushed";
        }
    }
    return NULL;
}

/* One line behind its label; NULL, or what was expected. */
static const char *parse_nhlfe(char **f, size_t n, uint32_t *w)
{
    bool has_port = false, pops = strcmp(f[0], "pop") == 0;
    size_t used = 1;

    if (strcmp(f[0], "host") == 0) {
        w[0] = MPLS_OP_HOST;
        return n == 1 ? NULL : "nothing behind host";
    }
    if (strcmp(f[0], "swap") == 0 || strcmp(f[0], "push") == 0) {
        w[0] = f[0][0] == 's' ? MPLS_OP_FORWARD : MPLS_OP_PUSH;
        if (n < 2 || !parse_outs(f[1], w)) {
            return "up to three labels LABEL[/TC[/TTL]] with ',' between, or 3 "
                   "alone";
        }
        used = 2;
    } else if (pops) {
        w[0] = MPLS_OP_FORWARD;
    } else {
        return "swap, pop, push or host";
    }
    const char *expected = parse_rest(f + used, n - used, w, &has_port);
    if (expected == NULL && !has_port) {
        if (!pops || (w[0] & MPLS_MACS) != 0) {
            return "port P";
        }
        w[0] = (w[0] & ~(uint32_t)MPLS_OP) | MPLS_OP_LOOK;
    }
    return expected;
}

static const char *ilm_line(void *ctx, char **f, size_t n)
{
    struct ilm *m = ctx;
    uint32_t label;

    if (n < 2 || !parse_u32(f[0], MPLS_LABEL_MIN, LABEL_IN_MAX, &label)) {
        return "LABEL swap|pop|push|host ..., labels from 16 to 131071";
    }
    if (m->given[label]) {
        return "each label once";
    }
    m->given[label] = true;
    m->n = label >= m->n ? label + 1 : m->n;
    return parse_nhlfe(f + 1, n - 1,
                       m->words + (size_t)label * MPLS_NHLFE_WORDS);
}

int mpls_parse_ilm(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct ilm m = {
        .words = calloc((size_t)MPLS_NHLFE_DEPTH * MPLS_NHLFE_WORDS,
                        sizeof *m.words),
        .given = calloc(MPLS_NHLFE_DEPTH, sizeof *m.given),
    };
    int err = m.words == NULL || m.given == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, "label", ilm_line, &m);

    err = err < 0 ? err : emit(ctx, MPLS_N_NHLFE, m.n);
    err = err < 0 ? err
                  : net_emit_words(MPLS_TABLE_NHLFE, m.words,
                                   (size_t)m.n * MPLS_NHLFE_WORDS, emit, ctx);
    free(m.words);
    free(m.given);
    return err;
}

/* --- FECs ----------------------------------------------------------------- */

struct fec {
    uint32_t words[MPLS_FTN_WORDS];
    uint32_t len;  /* of the prefix */
    uint32_t line; /* its place in the file */
};

struct fecs {
    struct fec at[MPLS_FTN_DEPTH];
    uint32_t n;
};

static const char *ftn_line(void *ctx, char **f, size_t n)
{
    struct fecs *t = ctx;
    struct fec x = {.line = t->n};
    uint32_t port;

    if (n != 3) {
        return "PORT|any PREFIX|ip6 LABEL";
    }
    if (strcmp(f[0], "any") != 0) {
        if (!parse_u32(f[0], 0, 255, &port)) {
            return "a port from 0 to 255, or any";
        }
        x.words[MPLS_WHERE] = MPLS_PORT_COUNTS | port;
    }
    if (strcmp(f[1], "ip6") == 0) {
        x.words[MPLS_WHERE] |= MPLS_IS_IP6;
    } else if (!net_parse_prefix4(f[1], &x.words[MPLS_ADDR], &x.len)) {
        return "a prefix like 10.0.0.0/8, or ip6";
    }
    x.words[MPLS_MASK] = x.len == 0 ? 0 : UINT32_MAX << (32 - x.len);
    if (!parse_u32(f[2], MPLS_LABEL_MIN, LABEL_IN_MAX, &x.words[MPLS_NEXT])) {
        return "a label from 16 to 131071, of a line of ilm that pushes";
    }
    if (t->n == MPLS_FTN_DEPTH) {
        return "at most 256 FECs";
    }
    t->at[t->n++] = x;
    return NULL;
}

/* The order in which FECs are looked at. */
static int by_prefix(const void *a, const void *b)
{
    const struct fec *x = a, *y = b;
    uint32_t x_port = x->words[MPLS_WHERE] & MPLS_PORT_COUNTS;
    uint32_t y_port = y->words[MPLS_WHERE] & MPLS_PORT_COUNTS;

    if (x->len != y->len) {
        return x->len > y->len ? -1 : 1;
    }
    if (x_port != y_port) {
        return x_port > y_port ? -1 : 1;
    }
    return x->line < y->line ? -1 : 1;
}

int mpls_parse_ftn(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct fecs all = {.n = 0};
    int err = net_lines(t, "FEC", ftn_line, &all);

    qsort(all.at, all.n, sizeof all.at[0], by_prefix);
    err = err < 0 ? err
                  : emit(ctx, MPLS_WINDOW_INDEX, csr_window(MPLS_TABLE_FTN, 0));
    for (uint32_t k = 0; k < all.n; k++) {
        for (size_t j = 0; err == 0 && j < MPLS_FTN_WORDS; j++) {
            err = emit(ctx, CSR_WINDOW_DATA, all.at[k].words[j]);
        }
    }
    return err < 0 ? err : emit(ctx, MPLS_N_FTN, all.n);
}

/* --- words ---------------------------------------------------------------- */

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

int mpls_parse_other(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_choice(t, MPLS_NO_FEC, "pass", "drop", emit, ctx);
}

int mpls_parse_ttl(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_choice(t, MPLS_EXPIRED, "drop", "punt", emit, ctx);
}

int mpls_parse_null(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_choice(t, MPLS_NULLS, "uniform", "pipe", emit, ctx);
}

/* "46=5" into 'tc'; false when it is something else. */
static bool parse_code(char *text, uint32_t *tc)
{
    char *value = cut(text, '=');
    uint32_t dscp;

    return value != NULL && parse_u32(text, 0, DSCPS - 1, &dscp) &&
           parse_u32(value, 0, 7, &tc[dscp]);
}

int mpls_parse_dscp(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t tc[DSCPS], regs[DSCPS / 8] = {0};
    char text[CODES_BYTES];
    char *next;
    int err = 0;

    if (strlen(t->text) >= sizeof text) {
        return err_say(ERR_BAD_INPUT, "%s: %zu bytes, expected DSCP=TC,...",
                       t->name, strlen(t->text));
    }
    for (uint32_t k = 0; k < DSCPS; k++) {
        tc[k] = k >> 3;
    }
    memcpy(text, t->text, strlen(t->text) + 1);
    for (char *c = text; c != NULL; c = next) {
        next = cut(c, ',');
        if (!parse_code(c, tc)) {
            return err_say(ERR_BAD_INPUT,
                           "%s: '%s', expected DSCP=TC,... with DSCPs from 0 "
                           "to 63 and TCs from 0 to 7",
                           t->name, t->text);
        }
    }
    for (uint32_t k = 0; k < DSCPS; k++) {
        regs[k / 8] |= tc[k] << k % 8 * 4;
    }
    for (uint32_t k = 0; err == 0 && k < DSCPS / 8; k++) {
        err = emit(ctx, MPLS_DSCP0 + 4 * k, regs[k]);
    }
    return err;
}
