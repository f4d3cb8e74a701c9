/* policer_text.c - settings of policer, turned into register writes. */
#include "net/fn/policer/policer_text.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "policer_csr.h"

enum {
    BYTES_MAX = 0xffffff, /* of a rate a tick, and of a burst */
    CLASSES = POLICER_CLASS_DEPTH,
    FRACTION_DIGITS = 6,
};

static const char *const actions[] = {"pass", "mark", "drop"};

/* Where the words of meters go as they are read, and what classes have. */
struct meters {
    fn_emit *emit;
    void *ctx;
    uint32_t n, n_classes;
    uint32_t class[CLASSES]; /* meter from 1, 0: none */
    int err;                 /* of emit() */
};

/* "12.5" to Q24.8, the nearest; false when it is something else or 0. */
static bool parse_rate(char *text, uint32_t *rate)
{
    char *dot = strchr(text, '.');
    uint32_t whole, part = 0, unit = 1;

    if (dot != NULL) {
        size_t n = strlen(dot + 1);
        *dot = '\0';
        if (n > FRACTION_DIGITS || strspn(dot + 1, "0123456789") != n ||
            !parse_u32(dot + 1, 0, UINT32_MAX, &part)) {
            return false;
        }
        for (size_t k = 0; k < n; k++) {
            unit *= 10;
        }
    }
    if (!parse_u32(text, 0, BYTES_MAX, &whole)) {
        return false;
    }
    uint64_t q = ((uint64_t)whole << 8) +
                 ((uint64_t)part * 512 + unit) / (2 * (uint64_t)unit);
    *rate = (uint32_t)q;
    return q > 0 && q <= UINT32_MAX;
}

/* "NAME BYTES" at f[0] and f[1]. */
static bool parse_burst(char **f, const char *name, uint32_t *bytes)
{
    return strcmp(f[0], name) == 0 && parse_u32(f[1], 1, BYTES_MAX, bytes);
}

/* The words behind the buckets: [aware] [G Y R]. */
static bool parse_how(char **f, size_t n, uint32_t *how)
{
    static const char *const usual[] = {"pass", "mark", "drop"};

    if (n > 0 && strcmp(f[0], "aware") == 0) {
        *how |= POLICER_AWARE;
        f++;
        n--;
    }
    if (n != 0 && n != 3) {
        return false;
    }
    for (size_t colour = 0; colour < 3; colour++) {
        const char *word = n == 3 ? f[colour] : usual[colour];
        size_t a = 0;
        while (a < 3 && strcmp(word, actions[a]) != 0) {
            a++;
        }
        if (a == 3) {
            return false;
        }
        *how |= (uint32_t)a << (POLICER_ACTION_SHIFT + 2 * colour);
    }
    return true;
}

/* The fields behind "meter NUMBER" to the words of an entry; NULL, or what was
 * expected. */
static const char *parse_meter(char **f, size_t n, uint32_t *w)
{
    bool two = n > 0 && strcmp(f[0], "trtcm") == 0;

    if (n < 7 || (!two && strcmp(f[0], "srtcm") != 0)) {
        return "srtcm cir RATE cbs BYTES ebs BYTES, or trtcm cir RATE cbs "
               "BYTES pir RATE pbs BYTES";
    }
    if (strcmp(f[1], "cir") != 0 || !parse_rate(f[2], &w[METER_CIR])) {
        return "cir and a rate above 0, below 16777216 bytes a tick";
    }
    if (!parse_burst(f + 3, "cbs", &w[METER_CBS])) {
        return "cbs and 1 to 16777215 bytes";
    }
    if (!two) {
        /* RFC 2697, 2: one of both may be 0; here it is the excess burst. */
        if (strcmp(f[5], "ebs") != 0 ||
            !parse_u32(f[6], 0, BYTES_MAX, &w[METER_EBS])) {
            return "ebs and 0 to 16777215 bytes";
        }
    } else {
        if (n < 9 || strcmp(f[5], "pir") != 0 ||
            !parse_rate(f[6], &w[METER_PIR]) || w[METER_PIR] < w[METER_CIR]) {
            return "pir and a rate, not below cir";
        }
        if (!parse_burst(f + 7, "pbs", &w[METER_EBS])) {
            return "pbs and 1 to 16777215 bytes";
        }
    }
    size_t used = two ? 9 : 7;
    w[METER_HOW] = two ? POLICER_TWO_RATES : 0;
    if (!parse_how(f + used, n - used, &w[METER_HOW])) {
        return "aware, if so, and then nothing or pass, mark or drop for each "
               "of green, yellow and red";
    }
    w[METER_TC] = w[METER_CBS] << 8;
    w[METER_TE] = w[METER_EBS] << 8;
    return NULL;
}

static const char *meter_line(struct meters *m, char **f, size_t n)
{
    uint32_t w[POLICER_METER_WORDS] = {0};
    uint32_t number;

    if (!parse_u32(f[1], m->n + 1, m->n + 1, &number) ||
        number > POLICER_METER_DEPTH) {
        return "meters from 1 to 4096 in their order, each once";
    }
    const char *expected = parse_meter(f + 2, n - 2, w);
    if (expected != NULL) {
        return expected;
    }
    m->err = m->err < 0 ? m->err
                        : m->emit(m->ctx, CSR_WINDOW_INDEX,
                                  csr_window(POLICER_TABLE_METER,
                                             m->n * POLICER_METER_WORDS));
    for (size_t k = 0; m->err == 0 && k < POLICER_METER_WORDS; k++) {
        m->err = m->emit(m->ctx, CSR_WINDOW_DATA, w[k]);
    }
    m->n = number;
    return NULL;
}

static const char *class_line(struct meters *m, char **f, size_t n)
{
    char *dash = strchr(f[1], '-');
    uint32_t first, last, number;

    if (dash != NULL) {
        *dash = '\0';
    }
    if (n != 4 || strcmp(f[2], "meter") != 0 ||
        !parse_u32(f[1], 0, CLASSES - 1, &first)) {
        return "class FIRST-LAST meter NUMBER with classes from 0 to 255";
    }
    last = first;
    if (dash != NULL && !parse_u32(dash + 1, first, CLASSES - 1, &last)) {
        return "a last class from the first one to 255";
    }
    if (!parse_u32(f[3], 1, m->n, &number)) {
        return "a meter of a line before";
    }
    for (uint32_t c = first; c <= last; c++) {
        if (m->class[c] != 0) {
            return "each class once";
        }
        m->class[c] = number;
    }
    m->n_classes = last >= m->n_classes ? last + 1 : m->n_classes;
    return NULL;
}

static const char *line(void *ctx, char **f, size_t n)
{
    if (n >= 2 && strcmp(f[0], "meter") == 0) {
        return meter_line(ctx, f, n);
    }
    if (n >= 2 && strcmp(f[0], "class") == 0) {
        return class_line(ctx, f, n);
    }
    return "meter NUMBER ... or class FIRST-LAST meter NUMBER";
}

int policer_parse_meters(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct meters m = {.emit = emit, .ctx = ctx};
    int err = net_lines(t, "line", line, &m);

    err = err < 0 ? err : m.err;
    err = err < 0 ? err
                  : net_emit_words(POLICER_TABLE_CLASS, m.class, m.n_classes,
                                   emit, ctx);
    err = err < 0 ? err : emit(ctx, POLICER_N_CLASSES, m.n_classes);
    return err < 0 ? err : emit(ctx, POLICER_N_METERS, m.n);
}

/* One of 'n' words, which sets register 'offset' to its place. */
static int parse_word(const struct fn_text *t, uint32_t offset,
                      const char *const *words, uint32_t n, const char *all,
                      fn_emit *emit, void *ctx)
{
    for (uint32_t k = 0; k < n; k++) {
        if (strcmp(t->text, words[k]) == 0) {
            return emit(ctx, offset, k);
        }
    }
    return err_say(ERR_BAD_INPUT, "%s: '%s', expected %s", t->name, t->text,
                   all);
}

int policer_parse_class(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const char *const words[] = {"port", "mark", "dscp", "all"};

    return parse_word(t, POLICER_CLASS_BY, words, 4, "port, mark, dscp or all",
                      emit, ctx);
}

int policer_parse_colour(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const char *const words[] = {"mark", "dscp"};

    return parse_word(t, POLICER_COLOUR_BY, words, 2, "mark or dscp", emit,
                      ctx);
}
