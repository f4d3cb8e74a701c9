/* blob.c - the state of a body, read and written through its registers. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/body.h"

/* True for a register whose value is state. */
static bool blob_has(const struct csr_reg *r)
{
    return r->access != CSR_RO && r->offset != CSR_WINDOW_INDEX;
}

/* Room for 'n' words more. */
static int blob_grow(struct blob *b, size_t *cap, size_t n)
{
    if (b->n + n > *cap) {
        size_t more = b->n + n > 2 * *cap ? b->n + n : 2 * *cap;
        uint32_t *words = realloc(b->words, more * sizeof *words);
        if (words == NULL) {
            return ERR_NO_MEM;
        }
        b->words = words;
        *cap = more;
    }
    return 0;
}

static int blob_push(struct blob *b, size_t *cap, uint32_t word)
{
    int err = blob_grow(b, cap, 1);

    if (err == 0) {
        b->words[b->n++] = word;
    }
    return err;
}

static int table_save(struct body *b, size_t t, struct blob *blob, size_t *cap)
{
    const struct csr_table *table = &b->fn->csr->tables[t];
    uint32_t count;
    int err = body_read(b, table->count, &count);

    if (err < 0) {
        return err;
    }
    if (count > body_capacity(b, t)) {
        return ERR_CAPACITY;
    }
    size_t n = (size_t)count * table->words;
    err = blob_push(blob, cap, count);
    err = err < 0 ? err : blob_grow(blob, cap, n);
    if (err == 0 && n > 0) {
        err = body_write(b, CSR_WINDOW_INDEX, csr_window(t, 0));
    }
    if (err == 0 && n > 0) {
        err = body_read_n(b, CSR_WINDOW_DATA, blob->words + blob->n, n);
        blob->n += n;
    }
    return err;
}

int body_save(struct body *b, struct blob *out)
{
    const struct csr_layout *l = b->fn->csr;
    struct blob blob = {.layout = l->version};
    size_t cap = 0;
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        uint32_t value;
        if (!blob_has(&l->regs[k])) {
            continue;
        }
        err = body_read(b, l->regs[k].offset, &value);
        if (err == 0) {
            err = blob_push(&blob, &cap, value);
        }
    }
    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        err = table_save(b, t, &blob, &cap);
    }
    if (err < 0) {
        blob_close(&blob);
        return err;
    }
    *out = blob;
    return 0;
}

/* Words that the registers of 'l' take at the start of a blob. */
static size_t blob_n_regs(const struct csr_layout *l)
{
    size_t n = 0;

    for (size_t k = 0; k < l->n_regs; k++) {
        n += blob_has(&l->regs[k]);
    }
    return n;
}

/* The word of a blob that holds the register at 'offset'. */
static uint32_t blob_reg(const struct csr_layout *l, const struct blob *blob,
                         uint8_t offset)
{
    size_t at = 0;

    for (size_t k = 0; l->regs[k].offset != offset; k++) {
        at += blob_has(&l->regs[k]);
    }
    return blob->words[at];
}

/*
 * True when the blob is of this layout and exactly as long as it says, and its
 * registers count as many entries as its tables have.
 */
static bool blob_valid(const struct csr_layout *l, const struct blob *blob)
{
    size_t at = blob_n_regs(l);

    if (blob->layout != l->version || blob->n < at) {
        return false;
    }
    for (size_t t = 0; t < l->n_tables; t++) {
        if (at >= blob->n ||
            blob->words[at] > (blob->n - at - 1) / l->tables[t].words ||
            blob->words[at] != blob_reg(l, blob, l->tables[t].count)) {
            return false;
        }
        at += 1 + (size_t)blob->words[at] * l->tables[t].words;
    }
    return at == blob->n;
}

bool body_fits(struct body *b, const struct blob *blob, size_t *table,
               uint32_t *have, uint32_t *hold)
{
    const struct csr_layout *l = b->fn->csr;
    size_t at = blob_n_regs(l);

    for (size_t t = 0; t < l->n_tables; t++) {
        uint32_t capacity = body_capacity(b, t);
        if (blob->words[at] > capacity) {
            *table = t;
            *have = blob->words[at];
            *hold = capacity;
            return false;
        }
        at += 1 + (size_t)blob->words[at] * l->tables[t].words;
    }
    return true;
}

int body_load(struct body *b, const struct blob *blob)
{
    const struct csr_layout *l = b->fn->csr;
    size_t at = 0;
    size_t table;
    uint32_t have, hold;
    int err = 0;

    if (!blob_valid(l, blob)) {
        return ERR_BAD_INPUT;
    }
    if (!body_fits(b, blob, &table, &have, &hold)) {
        return ERR_CAPACITY;
    }
    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        if (blob_has(&l->regs[k])) {
            err = body_write(b, l->regs[k].offset, blob->words[at++]);
        }
    }
    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        size_t n = (size_t)blob->words[at++] * l->tables[t].words;
        if (n > 0) {
            err = body_write(b, CSR_WINDOW_INDEX, csr_window(t, 0));
        }
        if (err == 0 && n > 0) {
            err = body_write_n(b, CSR_WINDOW_DATA, blob->words + at, n);
        }
        at += n;
    }
    return err;
}

int body_level(const struct body *from, struct body *to)
{
    const struct csr_layout *l = from->fn->csr;
    int err = 0;

    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        uint32_t n = body_capacity(to, t);
        n = n < l->tables[t].depth ? n : l->tables[t].depth;
        err = body_write(to, CSR_WINDOW_INDEX, csr_window(t, 0));
        if (err == 0) {
            err =
                body_write_n(to, CSR_WINDOW_DATA, body_c_state(from)->table[t],
                             (size_t)n * l->tables[t].words);
        }
    }
    return err;
}

long blob_differs(const struct blob *a, const struct blob *b)
{
    for (size_t k = 0; k < a->n && k < b->n; k++) {
        if (a->words[k] != b->words[k]) {
            return (long)k;
        }
    }
    return a->n == b->n ? -1 : (long)(a->n < b->n ? a->n : b->n);
}

void blob_name(const struct csr_layout *l, const struct blob *b, size_t k,
               char *text, size_t n)
{
    size_t at = 0;

    for (size_t r = 0; r < l->n_regs; r++) {
        if (blob_has(&l->regs[r]) && at++ == k) {
            (void)snprintf(text, n, "%s", l->regs[r].name); /* cut is fine */
            return;
        }
    }
    for (size_t t = 0; t < l->n_tables && at < b->n; t++) {
        size_t size = (size_t)b->words[at] * l->tables[t].words;
        if (k > at && k <= at + size) {
            (void)snprintf(text, n, "%s[%zu].%zu", l->tables[t].name,
                           (k - at - 1) / l->tables[t].words,
                           (k - at - 1) % l->tables[t].words);
            return;
        }
        at += 1 + size;
    }
    (void)snprintf(text, n, "word %zu", k);
}

void blob_close(struct blob *b)
{
    free(b->words);
    *b = (struct blob){0};
}
