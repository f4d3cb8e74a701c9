/* dpi_find.c - see dpi_find.h. */
#include "net/fn/dpi/dpi_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "dpi_csr.h"
#include "net/fn/dpi/dpi_hs.h"
#include "net/table/literals.h"

enum {
    TABLES = 2,            /* BYTE and REGEX, in this order */
    TEXT_PER_BYTE = 10,    /* "[\xHH\xHH]" */
    HS_LITERAL_MAX = 1000, /* Hyperscan takes texts up to 16,000 */
};

/* The rules of one table. */
struct part {
    uint32_t used;  /* words that it was made of */
    uint32_t n;     /* rules */
    uint32_t *last; /* [1 + n] last word of each, from 1; [0] is 0 */
};

/* What fn_state.own keeps. */
struct rules {
    struct part part[TABLES];
    struct literals *table; /* NULL when Hyperscan finds the literals */
    struct dpi_hs *hs;      /* NULL when it finds nothing */
    bool by_hs;             /* also the literals */
    bool engine;            /* ... as ENGINE said */
    bool blind;
};

/* Words in use of a table; the register may hold more than there are. */
static uint32_t used_of(const struct fn_state *s, size_t table)
{
    const struct dpi_regs *regs = s->regs;

    if (table == DPI_TABLE_BYTE) {
        return regs->n_bytes < DPI_BYTE_DEPTH ? regs->n_bytes : DPI_BYTE_DEPTH;
    }
    return regs->n_regex < DPI_REGEX_DEPTH ? regs->n_regex : DPI_REGEX_DEPTH;
}

static uint32_t first_of(const struct part *p, uint32_t rule)
{
    return p->last[rule];
}

static uint32_t length_of(const struct part *p, uint32_t rule)
{
    return p->last[rule + 1] - p->last[rule];
}

/* --- making ----------------------------------------------------------------
 */

static int split(const struct fn_state *s, size_t table, struct part *p)
{
    const uint32_t *w = s->table[table];

    p->n = 0;
    p->used = used_of(s, table);
    p->last = calloc((size_t)p->used + 1, sizeof *p->last);
    if (p->last == NULL) {
        return ERR_NO_MEM;
    }
    for (uint32_t k = 0; k < p->used; k++) {
        if ((w[k] & DPI_LAST) != 0) {
            p->last[++p->n] = k + 1;
        }
    }
    return 0;
}

static int open_table(struct rules *r, const uint32_t *w)
{
    const struct part *p = &r->part[DPI_TABLE_BYTE];
    struct literal *literal = calloc((size_t)p->n + 1, sizeof *literal);
    uint8_t *byte = calloc((size_t)p->used + 1, 2), *mask = byte + p->used;
    int err = ERR_NO_MEM;

    if (literal != NULL && byte != NULL) {
        for (uint32_t k = 0; k < p->used; k++) {
            byte[k] = (uint8_t)w[k];
            mask[k] = (w[k] & DPI_CASELESS) != 0 ? LITERALS_FOLD : 0xff;
        }
        for (uint32_t k = 0; k < p->n; k++) {
            uint32_t at = first_of(p, k);
            literal[k] =
                (struct literal){byte + at, mask + at, length_of(p, k)};
        }
        err = literals_open(&r->table, literal, p->n);
    }
    free(literal);
    free(byte);
    return err;
}

/* Writes a literal as an expression; returns its flags. */
static uint32_t literal_text(const uint32_t *w, uint32_t n, char *text)
{
    bool all = true; /* the letters are of either case, nothing else is */

    for (uint32_t k = 0; k < n; k++) {
        uint8_t c = (uint8_t)w[k] | 0x20;
        bool letter = c >= 'a' && c <= 'z';
        all = all && letter == ((w[k] & DPI_CASELESS) != 0);
    }
    for (uint32_t k = 0; k < n; k++) {
        unsigned c = w[k] & 0xff;
        bool both = !all && (w[k] & DPI_CASELESS) != 0;
        text += snprintf(text, TEXT_PER_BYTE + 1, /* there is room */
                         both ? "[\\x%02x\\x%02x]" : "\\x%02x", c, c ^ 0x20);
    }
    return all ? DPI_HS_CASELESS : 0;
}

static uint32_t regex_flags(uint32_t last)
{
    return ((last & DPI_CASELESS) != 0 ? DPI_HS_CASELESS : 0) |
           ((last & DPI_MULTILINE) != 0 ? DPI_HS_MULTILINE : 0) |
           ((last & DPI_DOTALL) != 0 ? DPI_HS_DOTALL : 0);
}

/* The texts of the literals, if 'literals', and of the expressions behind them
 * into 'text', which has room. */
static void fill(const struct fn_state *s, const struct rules *r, bool literals,
                 struct dpi_hs_set *set, char *text)
{
    for (size_t t = literals ? 0 : 1; t < TABLES; t++) {
        const struct part *p = &r->part[t];
        for (uint32_t k = 0; k < p->n; k++) {
            const uint32_t *w = s->table[t] + first_of(p, k);
            uint32_t n = length_of(p, k);
            set->text[set->n] = text;
            if (t == DPI_TABLE_BYTE) {
                set->flags[set->n] = literal_text(w, n, text);
            } else {
                for (uint32_t j = 0; j < n; j++) {
                    text[j] = (char)w[j];
                }
                text[n] = '\0';
                set->flags[set->n] = regex_flags(w[n - 1]);
                if (strlen(text) != n) { /* a zero in it */
                    set->text[set->n] = NULL;
                }
            }
            text += strlen(text) + 1;
            set->n++;
        }
    }
}

static int open_hs(const struct fn_state *s, struct rules *r, bool literals)
{
    const struct part *p = r->part;
    uint32_t n = p[1].n + (literals ? p[0].n : 0);
    size_t room = (size_t)p[1].used + n + 1 +
                  (literals ? (size_t)p[0].used * TEXT_PER_BYTE : 0);
    struct dpi_hs_set set = {calloc((size_t)n + 1, sizeof *set.text),
                             calloc((size_t)n + 1, sizeof *set.flags), 0,
                             literals ? p[0].n : 0};
    char *text = malloc(room);
    bool left_out[2] = {false, false};
    int err = n == 0 ? 0 : ERR_NO_MEM;

    if (n > 0 && set.text != NULL && set.flags != NULL && text != NULL) {
        fill(s, r, literals, &set, text);
        err = dpi_hs_open(&r->hs, &set, left_out);
    }
    free(set.text);
    free(set.flags);
    free(text);
    r->blind = (err < 0 && p[1].n > 0) || left_out[1];
    return err < 0 ? err : left_out[0] ? ERR_CAPACITY : 0;
}

static bool hs_takes(const struct part *literals)
{
    for (uint32_t k = 0; k < literals->n; k++) {
        if (length_of(literals, k) > HS_LITERAL_MAX) {
            return false;
        }
    }
    return true;
}

static void forget(struct rules *r)
{
    literals_close(r->table);
    dpi_hs_close(r->hs);
    for (size_t t = 0; t < TABLES; t++) {
        free(r->part[t].last);
    }
    *r = (struct rules){.blind = false};
}

/* Without memory what is missing stays NULL, and dpi_find() does without. */
static void make(const struct fn_state *s, struct rules *r)
{
    const struct dpi_regs *regs = s->regs;

    forget(r);
    r->engine = (regs->engine & 1) != 0;
    for (size_t t = 0; t < TABLES; t++) {
        if (split(s, t, &r->part[t]) < 0) {
            r->blind = true;
            return;
        }
    }
    r->by_hs = r->engine && hs_takes(&r->part[DPI_TABLE_BYTE]) &&
               open_hs(s, r, true) == 0;
    if (!r->by_hs) {
        dpi_hs_close(r->hs);
        r->hs = NULL;
        (void)open_hs(s, r, false);                    /* or it is blind */
        (void)open_table(r, s->table[DPI_TABLE_BYTE]); /* or it scans */
    }
}

static bool is_old(const struct fn_state *s, const struct rules *r)
{
    const struct dpi_regs *regs = s->regs;
    bool old = r->engine != ((regs->engine & 1) != 0);

    for (size_t t = 0; t < TABLES; t++) {
        uint32_t used = used_of(s, t);
        old = old || r->part[t].last == NULL || r->part[t].used != used ||
              (s->wrote[t].from < s->wrote[t].to && s->wrote[t].from < used);
    }
    return old;
}

void dpi_find_prepare(struct fn_state *s)
{
    if (s->own == NULL) {
        s->own = calloc(1, sizeof(struct rules));
    }
    if (s->own != NULL && is_old(s, s->own)) {
        make(s, s->own);
    }
}

void dpi_find_close(struct fn_state *s)
{
    if (s->own != NULL) {
        forget(s->own);
        free(s->own);
    }
}

/* --- finding ---------------------------------------------------------------
 */

/* True when the literal w[n] is at x. */
static bool is_at(const uint32_t *w, uint32_t n, const uint8_t *x)
{
    for (uint32_t k = 0; k < n; k++) {
        uint32_t mask = (w[k] & DPI_CASELESS) != 0 ? LITERALS_FOLD : 0xff;
        if (((w[k] ^ x[k]) & mask) != 0) {
            return false;
        }
    }
    return true;
}

/* The last word, from 1, of the first literal that is there, or 0: without
 * memory. */
static uint32_t scan(const struct fn_state *s, const uint8_t *data,
                     uint32_t n_bytes)
{
    const uint32_t *w = s->table[DPI_TABLE_BYTE];
    uint32_t used = used_of(s, DPI_TABLE_BYTE), first = 0;

    for (uint32_t k = 0; k < used; k++) {
        if ((w[k] & DPI_LAST) == 0) {
            continue;
        }
        uint32_t n = k + 1 - first;
        for (uint32_t at = 0; n <= n_bytes && at <= n_bytes - n; at++) {
            if (is_at(w + first, n, data + at)) {
                return k + 1;
            }
        }
        first = k + 1;
    }
    return 0;
}

static void find_literals(const struct fn_state *s, const struct rules *r,
                          const struct dpi_view *view, struct dpi_hit *hit,
                          size_t n)
{
    if (r == NULL || r->table == NULL) {
        for (size_t k = 0; k < n; k++) {
            hit[k].literal = scan(s, view[k].data, view[k].n_bytes);
        }
        return;
    }
    for (size_t k = 0; k < n; k++) {
        uint32_t first =
            literals_first(r->table, view[k].data, view[k].n_bytes);
        hit[k].literal = r->part[DPI_TABLE_BYTE].last[first];
    }
}

/* Expressions, and literals when it has them. */
static void find_by_hs(const struct rules *r, const struct dpi_view *view,
                       struct dpi_hit *hit, size_t n)
{
    const struct part *literals = &r->part[DPI_TABLE_BYTE];
    const struct part *regexes = &r->part[DPI_TABLE_REGEX];

    for (size_t k = 0; k < n; k++) {
        struct dpi_hs_hit x = dpi_hs_scan(r->hs, view[k].data, view[k].n_bytes);
        if (r->by_hs) {
            hit[k].literal = literals->last[x.first[0]];
        }
        hit[k].regex = regexes->last[x.first[1]];
    }
}

void dpi_find(const struct fn_state *s, const struct dpi_view *view,
              struct dpi_hit *hit, size_t n)
{
    const struct rules *r = s->own;

    memset(hit, 0, n * sizeof *hit);
    if (r == NULL || !r->by_hs) {
        find_literals(s, r, view, hit, n);
    }
    if (r != NULL && r->hs != NULL) {
        find_by_hs(r, view, hit, n);
    }
}

bool dpi_find_is_blind(const struct fn_state *s)
{
    const struct rules *r = s->own;

    return r == NULL ? used_of(s, DPI_TABLE_REGEX) > 0 : r->blind;
}
