/* dpi_rules.c - rule files and settings of dpi, turned into register writes. */
#include "net/fn/dpi/dpi_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "dpi_csr.h"
#include "net/fn/dpi/dpi_find.h"
#include "net/fn/dpi/dpi_hs.h"

enum {
    RULE_BYTES = 2047, /* of a literal or expression: what DEPTH can be */
    WHY_BYTES = 200,
    MARK_MAX = 65535,
    WORD_BYTES = 16, /* of an option, with its end */
};

/* A rule as it is read. */
struct rule {
    size_t table;
    uint8_t byte[RULE_BYTES + 1];
    uint32_t n;
    uint32_t bits; /* of the last word */
    bool nocase;
    bool marked; /* it says its mark */
    uint32_t mark;
};

/* Where rules go as they are read. */
struct rules {
    fn_emit *emit;
    void *ctx;
    int err; /* of emit() */
    uint32_t used[2];
    uint32_t mark;       /* of the rule before */
    char why[WHY_BYTES]; /* room for what was expected */
};

static const uint32_t depths[] = {DPI_BYTE_DEPTH, DPI_REGEX_DEPTH};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip(const char *c, const char *end)
{
    while (c < end && is_blank(*c)) {
        c++;
    }
    return c;
}

/* The word at '*c' into 'word', '*c' to behind it; false when it is too long or
 * there is none. */
static bool take_word(const char **c, const char *end, char word[WORD_BYTES])
{
    size_t n = 0;

    *c = skip(*c, end);
    while (*c < end && !is_blank(**c) && n + 1 < WORD_BYTES) {
        word[n++] = *(*c)++;
    }
    word[n] = '\0';
    return n > 0 && (*c == end || is_blank(**c));
}

static bool put(struct rule *r, unsigned byte)
{
    if (r->n == RULE_BYTES) {
        return false;
    }
    r->byte[r->n++] = (uint8_t)byte;
    return true;
}

/* Two hex digits; -1 for anything else. */
static int hex_byte(const char *c, const char *end)
{
    int value = 0;

    for (int k = 0; k < 2; k++) {
        int d = c + k < end ? tolower((unsigned char)c[k]) : 0;
        if (!isxdigit(d)) {
            return -1;
        }
        value = value << 4 | (d <= '9' ? d - '0' : d - 'a' + 10);
    }
    return value;
}

/* --- the parts of a line ---------------------------------------------------
 */

/* "|de ad|": '*c' is behind the first bar, and then behind the other. */
static bool take_hex(const char **c, const char *end, struct rule *r)
{
    for (*c = skip(*c, end); *c < end && **c != '|'; *c = skip(*c, end)) {
        int byte = hex_byte(*c, end);
        if (byte < 0 || !put(r, (unsigned)byte)) {
            return false;
        }
        *c += 2;
    }
    return *c < end && *(*c)++ == '|';
}

/* The text between quotes; '*c' is behind the first, and then behind the other.
 */
static bool take_text(const char **c, const char *end, struct rule *r)
{
    while (*c < end && **c != '"') {
        char x = *(*c)++;
        if (x == '|') {
            if (!take_hex(c, end, r)) {
                return false;
            }
            continue;
        }
        if (x == '\\') {
            if (*c == end || strchr("\\\"|", **c) == NULL) {
                return false;
            }
            x = *(*c)++;
        }
        if (!put(r, (unsigned char)x)) {
            return false;
        }
    }
    return *c < end && *(*c)++ == '"' && r->n > 0;
}

/* The expression between slashes, and its flags; '*c' is behind the first. */
static bool take_regex(const char **c, const char *end, struct rule *r)
{
    static const struct {
        char letter;
        uint32_t bit;
    } flag[] = {{'i', DPI_CASELESS}, {'m', DPI_MULTILINE}, {'s', DPI_DOTALL}};

    for (; *c < end && **c != '/'; (*c)++) {
        if (**c == '\\' && *c + 1 < end && (*c)[1] == '/') {
            (*c)++; /* "\/" is a slash */
        } else if (**c == '\\' && *c + 1 < end) {
            if (!put(r, '\\')) {
                return false;
            }
            (*c)++;
        }
        if (!put(r, (unsigned char)**c)) {
            return false;
        }
    }
    if (*c == end || r->n == 0) {
        return false;
    }
    for ((*c)++; *c < end && !is_blank(**c); (*c)++) {
        size_t k = 0;
        while (k < sizeof flag / sizeof flag[0] && flag[k].letter != **c) {
            k++;
        }
        if (k == sizeof flag / sizeof flag[0]) {
            return false;
        }
        r->bits |= flag[k].bit;
    }
    return true;
}

/* What follows the text: NULL, or what was expected. */
static const char *take_options(const char *c, const char *end, struct rule *r)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } action[] = {{"accept", 0},
                  {"drop", DPI_DROP},
                  {"punt", DPI_PUNT},
                  {"mirror", DPI_MIRROR}};
    char word[WORD_BYTES];
    bool acts = false;

    while (skip(c, end) < end) {
        size_t k = 0;
        if (!take_word(&c, end, word)) {
            return "nocase, mark N, accept, drop, punt or mirror";
        }
        if (strcmp(word, "nocase") == 0 && r->table == DPI_TABLE_BYTE) {
            r->nocase = true;
            continue;
        }
        if (strcmp(word, "mark") == 0) {
            r->marked = true;
            if (!take_word(&c, end, word) ||
                !parse_u32(word, 1, MARK_MAX, &r->mark)) {
                return "a mark from 1 to 65535";
            }
            continue;
        }
        while (k < sizeof action / sizeof action[0] &&
               strcmp(word, action[k].word) != 0) {
            k++;
        }
        if (k == sizeof action / sizeof action[0]) {
            return "nocase (of a literal), mark N, accept, drop, punt or "
                   "mirror";
        }
        if (acts) {
            return "one of accept, drop, punt and mirror";
        }
        acts = true;
        r->bits |= action[k].bit;
    }
    return NULL;
}

/* "2000015  -  0023776173746500"; 'c' is behind the number. */
static const char *take_listed(const char *c, const char *end, struct rule *r)
{
    char word[WORD_BYTES];
    bool fits = take_word(&c, end, word) &&
                (strcmp(word, "-") == 0 || strcmp(word, "i") == 0);

    r->nocase = fits && word[0] == 'i';
    c = skip(c, end);
    while (fits && c < end && !is_blank(*c)) {
        int byte = hex_byte(c, end);
        fits = byte >= 0 && put(r, (unsigned)byte);
        c += 2;
    }
    return fits && r->n > 0 && skip(c, end) >= end
               ? NULL
               : "SID, - or i, and 1 to 2047 bytes in hex";
}

/* One line that is not empty; NULL, or what was expected. */
static const char *take_line(const char *c, const char *end, struct rule *r)
{
    char word[WORD_BYTES];
    uint32_t sid;

    if (!take_word(&c, end, word)) {
        return "literal \"TEXT\", regex /EXPRESSION/, or SID i|- HEX";
    }
    if (parse_u32(word, 0, UINT32_MAX, &sid)) {
        return take_listed(c, end, r);
    }
    bool literal = strcmp(word, "literal") == 0;
    if (!literal && strcmp(word, "regex") != 0) {
        return "literal \"TEXT\", regex /EXPRESSION/, or SID i|- HEX";
    }
    r->table = literal ? DPI_TABLE_BYTE : DPI_TABLE_REGEX;
    c = skip(c, end);
    if (c == end || *c++ != (literal ? '"' : '/') ||
        !(literal ? take_text : take_regex)(&c, end, r) ||
        (c < end && !is_blank(*c))) {
        return literal ? "\"TEXT\" of 1 to 2047 bytes, with |hex digits| and "
                         "\\ before \", | and \\"
                       : "/EXPRESSION/ of 1 to 2047 bytes, and of i, m and s "
                         "behind it";
    }
    return take_options(c, end, r);
}

/* --- what becomes of it ----------------------------------------------------
 */

static const char *check_regex(struct rules *all, struct rule *r)
{
    static const char said[] = "what Hyperscan takes: ";
    size_t n = sizeof said - 1;
    uint32_t flags = ((r->bits & DPI_CASELESS) != 0 ? DPI_HS_CASELESS : 0) |
                     ((r->bits & DPI_MULTILINE) != 0 ? DPI_HS_MULTILINE : 0) |
                     ((r->bits & DPI_DOTALL) != 0 ? DPI_HS_DOTALL : 0);

    r->byte[r->n] = '\0';
    memcpy(all->why, said, n);
    return dpi_hs_check((const char *)r->byte, flags, all->why + n,
                        sizeof all->why - n) < 0
               ? all->why
               : NULL;
}

static uint32_t word_of(const struct rule *r, uint32_t k)
{
    uint8_t c = r->byte[k] | 0x20;
    uint32_t w = r->byte[k];

    w |= r->nocase && c >= 'a' && c <= 'z' ? DPI_CASELESS : 0;
    return k + 1 < r->n ? w
                        : w | DPI_LAST | r->bits | r->mark << DPI_MARK_SHIFT;
}

static void emit_rule(struct rules *all, const struct rule *r)
{
    uint32_t *used = &all->used[r->table];

    all->err =
        all->emit(all->ctx, DPI_WINDOW_INDEX, csr_window(r->table, *used));
    for (uint32_t k = 0; all->err >= 0 && k < r->n; k++) {
        all->err = all->emit(all->ctx, CSR_WINDOW_DATA, word_of(r, k));
    }
    *used += r->n;
}

/* A line without its end; NULL, or what was expected. */
static const char *add_line(struct rules *all, const char *c, const char *end)
{
    struct rule r = {.table = DPI_TABLE_BYTE, .mark = all->mark + 1};
    const char *expected = take_line(c, end, &r);

    if (expected == NULL && r.table == DPI_TABLE_REGEX) {
        expected = check_regex(all, &r);
    }
    if (expected != NULL) {
        return expected;
    }
    if (r.mark < all->mark) {
        return "a mark not below that of the rule before";
    }
    if (r.mark > MARK_MAX) {
        return "a mark: there is none behind 65535";
    }
    if (r.n > depths[r.table] - all->used[r.table]) {
        return r.table == DPI_TABLE_BYTE ? "at most 262144 bytes of literals"
                                         : "at most 65536 bytes of expressions";
    }
    all->mark = r.mark;
    emit_rule(all, &r);
    return NULL;
}

int dpi_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct rules all = {.emit = emit, .ctx = ctx};
    size_t line_no = 0;

    for (const char *c = t->text; *c != '\0';) {
        const char *end = c + strcspn(c, "\n");
        const char *first = skip(c, end);
        const char *expected = NULL;

        line_no++;
        if (first < end && *first != '#') {
            expected = add_line(&all, first, end);
        }
        if (expected != NULL) {
            return err_say(ERR_BAD_INPUT, "%s:%zu: bad rule, expected %s",
                           t->name, line_no, expected);
        }
        if (all.err < 0) {
            return all.err;
        }
        c = end + (*end == '\n');
    }
    int err = emit(ctx, DPI_N_BYTES, all.used[DPI_TABLE_BYTE]);
    return err < 0 ? err : emit(ctx, DPI_N_REGEX, all.used[DPI_TABLE_REGEX]);
}

int dpi_parse_engine(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    bool hyperscan = strcmp(t->text, "hyperscan") == 0;

    if (!hyperscan && strcmp(t->text, "own") != 0) {
        return err_say(ERR_BAD_INPUT, "%s: '%s', expected own or hyperscan",
                       t->name, t->text);
    }
    return emit(ctx, DPI_ENGINE, hyperscan);
}
