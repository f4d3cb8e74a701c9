/* fast.c - see fast.h. */
#include "core/fast.h"

#include "core/registry.h"

const struct fn *fast_find(const struct fn *slow)
{
    for (size_t k = 0; registry[k] != NULL; k++) {
        if (registry[k]->slow != NULL &&
            strcmp(registry[k]->slow, slow->csr->name) == 0) {
            return registry[k];
        }
    }
    return NULL;
}

bool fast_has_rtl(const struct fn *fn, bool may_cache)
{
    const struct fn *fast = may_cache ? fast_find(fn) : NULL;

    return registry_has_rtl(fn->csr->name) ||
           (fast != NULL && registry_has_rtl(fast->csr->name));
}

/* The register of 'l' that means what 'r' does; NULL when there is none. */
static const struct csr_reg *same_reg(const struct csr_layout *l,
                                      const struct csr_reg *r)
{
    for (size_t k = 0; k < l->n_regs; k++) {
        if (l->regs[k].access == r->access &&
            strcmp(l->regs[k].name, r->name) == 0) {
            return &l->regs[k];
        }
    }
    return NULL;
}

/* Sets the registers that count entries: to 0, or to all there are. */
static int emit_counts(const struct csr_layout *l, bool all, fn_emit *emit,
                       void *ctx)
{
    int err = 0;

    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        err = emit(ctx, l->tables[t].count, all ? l->tables[t].depth : 0);
    }
    return err;
}

static int emit_zeros(const struct csr_layout *l, fn_emit *emit, void *ctx)
{
    int err = 0;

    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        size_t n = (size_t)l->tables[t].depth * l->tables[t].words;
        err = emit(ctx, CSR_WINDOW_INDEX, csr_window(t, 0));
        for (size_t k = 0; err == 0 && k < n; k++) {
            err = emit(ctx, CSR_WINDOW_DATA, 0);
        }
    }
    return err;
}

static int emit_settings(const struct csr_layout *l, struct body *slow,
                         fn_emit *emit, void *ctx)
{
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        const struct csr_reg *from = same_reg(slow->fn->csr, r);
        uint32_t value;
        if (from == NULL || r->access != CSR_RW ||
            r->offset == CSR_WINDOW_INDEX) {
            continue;
        }
        err = body_read(slow, from->offset, &value);
        err = err < 0 ? err : emit(ctx, r->offset, value);
    }
    return err;
}

int fast_forget(const struct fn *fast, struct body *slow, fn_emit *emit,
                void *ctx)
{
    int err = emit_counts(fast->csr, false, emit, ctx);

    err = err < 0 ? err : emit_zeros(fast->csr, emit, ctx);
    err = err < 0 ? err : emit_settings(fast->csr, slow, emit, ctx);
    return err < 0 ? err : emit_counts(fast->csr, true, emit, ctx);
}

int fast_add_counts(struct body *fast, struct body *slow)
{
    const struct csr_layout *l = fast->fn->csr;
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        const struct csr_reg *to = same_reg(slow->fn->csr, r);
        uint32_t here, there;
        if (to == NULL || r->access != CSR_COUNT) {
            continue;
        }
        err = body_read(fast, r->offset, &here);
        err = err < 0 ? err : body_read(slow, to->offset, &there);
        err = err < 0 ? err : body_write(slow, to->offset, there + here);
        err = err < 0 ? err : body_write(fast, r->offset, 0);
    }
    return err;
}
