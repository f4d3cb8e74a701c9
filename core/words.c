/* words.c - see words.h. */
#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"

uint32_t words_value(const struct body *c, const struct words_at *w)
{
    const struct fn_state *s = body_c_state(c);

    return w->part != WORDS_REG
               ? s->table[w->part][w->at]
               : ((const uint32_t *)s->regs)[csr_find(c->fn->csr, w->at)];
}

bool words_is_count(const struct body *c, const struct words_at *w)
{
    const struct csr_layout *l = c->fn->csr;

    return w->part == WORDS_REG &&
           l->regs[csr_find(l, w->at)].access == CSR_COUNT;
}

void words_name(const struct csr_layout *l, const struct words_at *w,
                char *text, size_t n)
{
    if (w->part == WORDS_REG) {
        (void)snprintf(text, n, "%s", /* cut is fine */
                       l->regs[csr_find(l, w->at)].name);
    } else {
        const struct csr_table *t = &l->tables[w->part];
        (void)snprintf(text, n, "%s[%u].%u", t->name, w->at / t->words,
                       w->at % t->words); /* cut is fine */
    }
}

static int read_word(struct body *b, const struct words_at *w, uint32_t *value)
{
    int err;

    if (w->part == WORDS_REG) {
        return body_read(b, w->at, value);
    }
    err = body_write(b, CSR_WINDOW_INDEX, csr_window(w->part, w->at));
    return err < 0 ? err : body_read(b, CSR_WINDOW_DATA, value);
}

static int write_word(struct body *b, const struct words_at *w, uint32_t value)
{
    int err;

    if (w->part == WORDS_REG) {
        return body_write(b, w->at, value);
    }
    err = body_write(b, CSR_WINDOW_INDEX, csr_window(w->part, w->at));
    return err < 0 ? err : body_write(b, CSR_WINDOW_DATA, value);
}

/* What was found. */
struct found {
    struct words_at *to;
    size_t cap, n;
};

static void note(struct found *f, uint32_t part, uint32_t at)
{
    if (f->n < f->cap) {
        f->to[f->n] = (struct words_at){part, at};
    }
    f->n++;
}

static int differ_regs(const struct body *c, struct body *b, struct found *f)
{
    const struct csr_layout *l = c->fn->csr;
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        uint32_t value;
        if (r->access == CSR_RO || r->offset == CSR_WINDOW_INDEX) {
            continue;
        }
        err = body_read(b, r->offset, &value);
        if (err == 0 && value != ((const uint32_t *)body_c_state(c)->regs)[k]) {
            note(f, WORDS_REG, r->offset);
        }
    }
    return err;
}

static int differ_table(const struct body *c, struct body *b, size_t t,
                        struct found *f)
{
    const struct csr_table *table = &c->fn->csr->tables[t];
    const uint32_t *want = body_c_state(c)->table[t];
    uint32_t depth = body_capacity(b, t);
    size_t n =
        (size_t)(depth < table->depth ? depth : table->depth) * table->words;
    uint32_t *got = calloc(n + 1, sizeof *got);
    int err = got == NULL ? ERR_NO_MEM
                          : body_write(b, CSR_WINDOW_INDEX, csr_window(t, 0));

    err = err < 0 ? err : body_read_n(b, CSR_WINDOW_DATA, got, n);
    for (size_t k = 0; err == 0 && k < n; k++) {
        if (got[k] != want[k]) {
            note(f, (uint32_t)t, (uint32_t)k);
        }
    }
    free(got);
    return err;
}

long words_differ(const struct body *c, struct body *b, struct words_at *to,
                  size_t cap)
{
    struct found f = {.to = to, .cap = cap};
    int err = differ_regs(c, b, &f);

    for (size_t t = 0; err == 0 && t < c->fn->csr->n_tables; t++) {
        err = differ_table(c, b, t, &f);
    }
    return err < 0 ? err : (long)f.n;
}

int words_mend(const struct body *c, struct body *b, const struct words_at *w,
               size_t n)
{
    int err = 0;

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = write_word(b, &w[k], words_value(c, &w[k]));
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        uint32_t value = 0;
        err = read_word(b, &w[k], &value);
        if (err == 0 && value != words_value(c, &w[k])) {
            err = ERR_DEVICE;
        }
    }
    return err;
}
