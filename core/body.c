/* body.c - the C body behind struct body, and the calls common to all. */
#include "core/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

struct body_c {
    struct body body;
    struct fn_state state;
    bool written; /* registers or tables, since the last run */
};

/* The table word that window index 'index' reaches, or NULL. */
static uint32_t *body_c_word(struct body_c *c, uint32_t index)
{
    const struct csr_layout *l = c->body.fn->csr;
    size_t t = index >> CSR_WINDOW_TABLE;
    uint32_t word = index % CSR_WINDOW_WORDS;

    if (t >= l->n_tables || word >= l->tables[t].depth * l->tables[t].words) {
        return NULL;
    }
    return &c->state.table[t][word];
}

static uint32_t *body_c_reg(struct body_c *c, uint32_t offset)
{
    const struct csr_layout *l = c->body.fn->csr;
    uint32_t *regs = c->state.regs;
    int k = csr_find(l, offset);

    if (k >= 0) {
        return &regs[k];
    }
    if (offset == CSR_WINDOW_DATA && l->n_tables > 0) {
        return body_c_word(c, regs[csr_find(l, CSR_WINDOW_INDEX)]);
    }
    return NULL;
}

/* The bits of 'value' that the register at 'offset' keeps; a table's word keeps
 * all. */
static uint32_t body_c_keep(const struct body_c *c, uint32_t offset,
                            uint32_t value)
{
    const struct csr_layout *l = c->body.fn->csr;
    int k = csr_find(l, offset);

    return k >= 0 ? value & l->regs[k].mask : value;
}

/* Notes that words from..to-1 of table 't' may be others. */
static void body_c_wrote(struct body_c *c, size_t t, uint32_t from, uint32_t to)
{
    struct fn_range *r = &c->state.wrote[t];

    r->from = from < r->from ? from : r->from;
    r->to = to > r->to ? to : r->to;
}

/* After each access to its data the window moves on by a word. */
static void body_c_step(struct body_c *c, uint32_t offset)
{
    const uint32_t words = CSR_WINDOW_WORDS - 1;
    uint32_t *index;

    if (offset == CSR_WINDOW_DATA) {
        index = body_c_reg(c, CSR_WINDOW_INDEX);
        *index = (*index & ~words) |
                 (body_c_keep(c, CSR_WINDOW_INDEX, *index + 1) & words);
    }
}

static int body_c_write_n(struct body *b, uint32_t offset,
                          const uint32_t *values, size_t n)
{
    struct body_c *c = (struct body_c *)b;

    c->written = true;
    for (size_t k = 0; k < n; k++) {
        uint32_t *reg = body_c_reg(c, offset);
        if (reg == NULL) {
            return ERR_NOT_FOUND;
        }
        if (offset == CSR_WINDOW_DATA) {
            uint32_t index = *body_c_reg(c, CSR_WINDOW_INDEX);
            uint32_t word = index % CSR_WINDOW_WORDS;
            body_c_wrote(c, index >> CSR_WINDOW_TABLE, word, word + 1);
        }
        *reg = body_c_keep(c, offset, values[k]);
        body_c_step(c, offset);
    }
    return 0;
}

static int body_c_read_n(struct body *b, uint32_t offset, uint32_t *values,
                         size_t n)
{
    struct body_c *c = (struct body_c *)b;

    for (size_t k = 0; k < n; k++) {
        const uint32_t *reg = body_c_reg(c, offset);
        if (reg == NULL) {
            return ERR_NOT_FOUND;
        }
        values[k] = *reg;
        body_c_step(c, offset);
    }
    return 0;
}

/* The state, fit for a run. */
static struct fn_state *body_c_ready(struct body *b)
{
    struct body_c *c = (struct body_c *)b;

    if (c->written && b->fn->prepare != NULL) {
        b->fn->prepare(&c->state);
    }
    for (size_t t = 0; c->written && t < CSR_TABLES_MAX; t++) {
        c->state.wrote[t] = (struct fn_range){.from = UINT32_MAX};
    }
    c->written = false;
    return &c->state;
}

static int body_c_run(struct body *b, const struct fn_span *in,
                      struct fn_span *out)
{
    b->fn->run(body_c_ready(b), in, out);
    return 0;
}

static uint32_t body_c_capacity(struct body *b, size_t table)
{
    return b->fn->csr->tables[table].depth;
}

static void body_c_close(struct body *b)
{
    struct body_c *c = (struct body_c *)b;

    if (b->fn->close != NULL) {
        b->fn->close(&c->state);
    }
    free(c->state.regs);
    for (size_t t = 0; t < CSR_TABLES_MAX; t++) {
        free(c->state.table[t]);
    }
    free(c);
}

const struct fn_state *body_c_state(const struct body *b)
{
    return b->ops->run == body_c_run ? &((const struct body_c *)b)->state
                                     : NULL;
}

int body_open_c(const struct fn *fn, struct body **out)
{
    static const struct body_ops ops = {
        .kind = "c",
        .write_n = body_c_write_n,
        .read_n = body_c_read_n,
        .run = body_c_run,
        .capacity = body_c_capacity,
        .close = body_c_close,
    };
    const struct csr_layout *l = fn->csr;
    struct body_c *c = calloc(1, sizeof *c);
    uint32_t *regs = calloc(l->n_regs + 1, sizeof *regs);

    if (c == NULL || regs == NULL) {
        free(regs);
        free(c);
        return ERR_NO_MEM;
    }
    c->body = (struct body){.ops = &ops, .fn = fn};
    c->written = true; /* what reset left, all zeros in the tables */
    c->state.regs = regs;
    for (size_t k = 0; k < l->n_regs; k++) {
        regs[k] = l->regs[k].reset;
    }
    for (size_t t = 0; t < l->n_tables; t++) {
        size_t n = (size_t)l->tables[t].depth * l->tables[t].words;
        c->state.table[t] = calloc(n, sizeof *c->state.table[t]);
        if (c->state.table[t] == NULL) {
            body_c_close(&c->body);
            return ERR_NO_MEM;
        }
    }
    if (fn->open != NULL && fn->open(&c->state) < 0) {
        body_c_close(&c->body);
        return ERR_NO_MEM;
    }
    *out = &c->body;
    return 0;
}

void body_close(struct body *b)
{
    if (b != NULL) {
        b->ops->close(b);
    }
}

int body_write(struct body *b, uint32_t offset, uint32_t value)
{
    return b->ops->write_n(b, offset, &value, 1);
}

int body_read(struct body *b, uint32_t offset, uint32_t *value)
{
    return b->ops->read_n(b, offset, value, 1);
}

int body_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                 size_t n)
{
    return b->ops->write_n(b, offset, values, n);
}

int body_read_n(struct body *b, uint32_t offset, uint32_t *values, size_t n)
{
    return b->ops->read_n(b, offset, values, n);
}

int body_run(struct body *b, const struct fn_span *in, struct fn_span *out)
{
    assert(in->type == b->fn->csr->in);
    assert(in->n <=
           (in->type == FN_PKT ? (size_t)FN_BURST_PKT : (size_t)FN_BURST_IQ));
    assert(out->cap >= (b->fn->csr->out == FN_REC ? 1 : in->n));
    out->type = b->fn->csr->out;
    out->item0 = in->item0;
    return b->ops->run(b, in, out);
}

int body_run_taps(struct body *b, const struct fn_span *in, struct fn_span *out,
                  struct fn_taps *taps)
{
    assert(b->ops->run == body_c_run && b->fn->run_taps != NULL);
    out->type = b->fn->csr->out;
    out->item0 = in->item0;
    b->fn->run_taps(body_c_ready(b), in, out, taps);
    return 0;
}

void body_copy(const struct body *from, struct body *to, bool all)
{
    const struct csr_layout *l = from->fn->csr;
    const struct fn_state *x = body_c_state(from), *y = body_c_state(to);
    uint32_t *regs = y->regs;

    assert(from->fn == to->fn);
    ((struct body_c *)to)->written = true;
    memcpy(regs, x->regs, l->n_regs * sizeof *regs);
    for (size_t t = 0; t < l->n_tables; t++) {
        const struct csr_table *table = &l->tables[t];
        uint32_t used = regs[csr_find(l, table->count)];
        uint32_t n = all || used > table->depth ? table->depth : used;
        memcpy(y->table[t], x->table[t],
               (size_t)n * table->words * sizeof *y->table[t]);
        body_c_wrote((struct body_c *)to, t, 0, n * table->words);
    }
}

uint32_t body_capacity(struct body *b, size_t table)
{
    return b->ops->capacity(b, table);
}
