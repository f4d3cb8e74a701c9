/* locate.c - see locate.h. */
#include "twin/locate.h"

#include <stdio.h>
#include <stdlib.h>

#include "common_csr.h"
#include "core/base/err.h"

/* Words that are not as the twin has them, and the first of them. */
struct wrong {
    size_t written; /* registers only the host writes */
    size_t counted; /* registers the function counts in */
    size_t stored;  /* table words that were to stay as they were */
    size_t changed; /* ... and others */
    uint32_t bits;  /* of the first table word, which are wrong */
    bool alike;     /* they are in all of them */
    char name[64];
};

static void note(struct wrong *x, size_t *count, const char *name)
{
    if ((*count)++ == 0 && (x->name[0] == '\0' || count == &x->written)) {
        (void)snprintf(x->name, sizeof x->name, "%s", name); /* cut */
    }
}

/* A table word is 'got', the twin has 'want' and had 'was' before the burst. */
static void note_word(struct wrong *x, uint32_t got, uint32_t want,
                      uint32_t was, const char *name)
{
    if (x->stored + x->changed == 0) {
        x->bits = got ^ want;
        x->alike = true;
    }
    x->alike = x->alike && x->bits == (got ^ want);
    note(x, want == was ? &x->stored : &x->changed, name);
}

static int compare_registers(const struct twin_watch *w, struct body *device,
                             struct wrong *x)
{
    const struct csr_layout *l = w->c->fn->csr;
    const uint32_t *want = body_c_state(w->c)->regs;
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        uint32_t got = 0;
        if (r->offset == CSR_WINDOW_INDEX || r->access == CSR_RO) {
            continue;
        }
        err = body_read(device, r->offset, &got);
        if (err == 0 && got != want[k]) {
            note(x, r->access == CSR_RW ? &x->written : &x->counted, r->name);
        }
    }
    return err;
}

/* Table 't'; the host's place in the tables stays where it is. */
static int compare_table(const struct twin_watch *w, struct body *device,
                         size_t t, struct wrong *x)
{
    const struct csr_layout *l = w->c->fn->csr;
    const uint32_t *want = body_c_state(w->c)->table[t];
    const uint32_t *was =
        w->before != NULL ? body_c_state(w->before)->table[t] : want;
    uint32_t hold = body_capacity(device, t);
    size_t n = (size_t)(hold < l->tables[t].depth ? hold : l->tables[t].depth) *
               l->tables[t].words;
    uint32_t *got = malloc((n + 1) * sizeof *got);
    uint32_t place = 0;
    int err = got == NULL ? ERR_NO_MEM : 0;

    err = err < 0 ? err : body_read(device, CSR_WINDOW_INDEX, &place);
    err =
        err < 0 ? err : body_write(device, CSR_WINDOW_INDEX, csr_window(t, 0));
    err = err < 0 ? err : body_read_n(device, CSR_WINDOW_DATA, got, n);
    for (size_t k = 0; err == 0 && k < n; k++) {
        if (got[k] != want[k]) {
            char name[64];
            (void)snprintf(name, sizeof name, "%s[%zu].%zu", l->tables[t].name,
                           k / l->tables[t].words,
                           k % l->tables[t].words); /* cut */
            note_word(x, got[k], want[k], was[k], name);
        }
    }
    err = err < 0 ? err : body_write(device, CSR_WINDOW_INDEX, place);
    free(got);
    return err;
}

/*
 * Behind how many items of the last burst the twin's digest of stage 'k' was
 * 'digest': the most; -1 when it never was.
 */
static long items_behind(const struct twin_watch *w, size_t k, uint32_t digest)
{
    long n = (long)w->n_trail - 1;

    while (n >= 0 && w->trail[n].digest[k] != digest) {
        n--;
    }
    return n;
}

/*
 * The first stage whose digest differs; n_taps when none does.  In mid-burst,
 * when 'hang', a digest may be that of an earlier item, but not of one before
 * what the slot has taken in.
 */
static int compare_taps(const struct twin_watch *w, struct body *device,
                        bool hang, size_t *first)
{
    static const uint32_t offset[CSR_TAPS_MAX] = {COMMON_TAP_0, COMMON_TAP_1,
                                                  COMMON_TAP_2, COMMON_TAP_3};
    size_t n = w->c->fn->csr->n_taps;
    uint32_t items_in = 0;
    int err = body_read(device, COMMON_ITEMS_IN, &items_in);
    /* Items of the last burst that came in. */
    long came = (long)w->n_trail - 1 - (int32_t)((uint32_t)w->items - items_in);

    *first = n;
    for (size_t k = 0; err == 0 && k < n && *first == n; k++) {
        uint32_t got = 0;
        err = body_read(device, offset[k], &got);
        if (err == 0 && (hang ? items_behind(w, k, got) < came
                              : got != w->taps.digest[k])) {
            *first = k;
        }
    }
    return err;
}

int twin_locate(const struct twin_watch *w, struct body *device,
                struct twin_verdict *v)
{
    const struct csr_layout *l = w->c->fn->csr;
    struct wrong x = {0};
    uint32_t sig_in = w->sig_in, sig_out = w->sig_out;
    size_t tap;
    const char *stage = "";
    bool hang = v->kind == TWIN_HANG && w->trail != NULL;
    int err = compare_taps(w, device, hang, &tap);

    err = err < 0 ? err : body_read(device, COMMON_SIG_IN, &sig_in);
    err = err < 0 ? err : body_read(device, COMMON_SIG_OUT, &sig_out);
    /* The registers of a body that hangs may not answer any more. */
    if (err == 0 && v->kind != TWIN_HANG) {
        err = compare_registers(w, device, &x);
        /* Tables come behind the first stage, and take long to read. */
        for (size_t t = 0; err == 0 && tap > 0 && t < l->n_tables; t++) {
            err = compare_table(w, device, t, &x);
        }
    }
    if (sig_in != w->sig_in && v->kind != TWIN_HANG) {
        stage = "input"; /* one that hangs has not had all */
    } else if (x.written > 0 || x.stored == 1 || (x.stored > 1 && x.alike)) {
        stage = "state";
    } else if (tap < l->n_taps) {
        stage = l->taps[tap].name;
    } else if (x.stored + x.changed + x.counted > 0 && sig_out == w->sig_out) {
        stage = "state";
    } else if (sig_out != w->sig_out ||
               (v->kind >= TWIN_DIFFER && v->kind <= TWIN_HANG)) {
        stage = "output";
    }
    if (stage[0] != '\0') {
        (void)snprintf(v->stage, sizeof v->stage, "%s", stage); /* cut */
    }
    if (x.name[0] != '\0' && v->reg[0] == '\0') {
        (void)snprintf(v->reg, sizeof v->reg, "%s", x.name); /* fits */
    }
    return err;
}
