/* locate.c - see locate.h. */
#include "twin/locate.h"

#include <stdio.h>
#include <stdlib.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "core/digest.h"

enum { WORDS_MAX = 128 }; /* more are not what a few items did */

/* Registers and words that are not as the twin has them. */
struct wrong {
    size_t written; /* registers only the host writes */
    size_t counted; /* registers the function counts in */
    size_t n;       /* table words, of which the first are here: */
    struct word {
        size_t table, at;
        uint32_t got, bits; /* which of them are wrong */
    } word[WORDS_MAX];
    char name[64]; /* the first */
};

/* What the slot has, or should have. */
struct marks {
    struct fn_taps taps;
    uint32_t sig_out;
};

static void name_it(struct wrong *x, bool first, const char *name)
{
    if (first) {
        (void)snprintf(x->name, sizeof x->name, "%s", name); /* cut */
    }
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
            bool host = r->access == CSR_RW;
            name_it(x, x->name[0] == '\0' || (host && x->written == 0),
                    r->name);
            x->written += host;
            x->counted += !host;
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
            name_it(x, x->name[0] == '\0', name);
            if (x->n < WORDS_MAX) {
                x->word[x->n] = (struct word){t, k, got[k], got[k] ^ want[k]};
            }
            x->n++;
        }
    }
    err = err < 0 ? err : body_write(device, CSR_WINDOW_INDEX, place);
    free(got);
    return err;
}

/*
 * Behind how many items of the last burst the twin's digest of stage 'k' was
 * 'digest': the least and the most; -1 when it never was.
 */
static void items_behind(const struct twin_watch *w, size_t k, uint32_t digest,
                         long *least, long *most)
{
    *least = *most = -1;
    for (long n = 0; n < (long)w->n_trail; n++) {
        if (w->trail[n].digest[k] == digest) {
            *least = *most < 0 ? n : *least;
            *most = n;
        }
    }
}

/* First stage in which they differ; n when none does. */
static size_t first_stage(size_t n, const struct fn_taps *a,
                          const struct fn_taps *b)
{
    size_t k = 0;

    while (k < n && a->digest[k] == b->digest[k]) {
        k++;
    }
    return k;
}

/*
 * The same of a slot that hangs: a digest may be that of an earlier item, but
 * not of one before what the slot has taken in, nor of one behind that of the
 * stage before.
 */
static int first_stopped(const struct twin_watch *w, struct body *device,
                         const struct fn_taps *got, size_t *first)
{
    size_t n = w->c->fn->csr->n_taps;
    uint32_t items_in = 0;
    int err = body_read(device, COMMON_ITEMS_IN, &items_in);
    /* Items of the last burst that came in. */
    long came = (long)w->n_trail - 1 - (int32_t)((uint32_t)w->items - items_in);

    long before = (long)w->n_trail;
    for (*first = 0; err == 0 && *first < n; (*first)++) {
        long least, most;
        items_behind(w, *first, got->digest[*first], &least, &most);
        if (most < came || least > before) {
            break;
        }
        before = most;
    }
    return err;
}

static int read_marks(struct body *device, size_t n_taps, struct marks *m)
{
    static const uint32_t offset[CSR_TAPS_MAX] = {COMMON_TAP_0, COMMON_TAP_1,
                                                  COMMON_TAP_2, COMMON_TAP_3};
    int err = body_read(device, COMMON_SIG_OUT, &m->sig_out);

    for (size_t k = 0; err == 0 && k < n_taps; k++) {
        err = body_read(device, offset[k], &m->taps.digest[k]);
    }
    return err;
}

/* The bits that are wrong are what the slot has. */
static void put_wrong(struct body *c, const struct wrong *x)
{
    const struct fn_state *s = body_c_state(c);

    for (size_t k = 0; k < x->n; k++) {
        const struct word *w = &x->word[k];
        uint32_t *word = &s->table[w->table][w->at];
        *word = (*word & ~w->bits) | (w->got & w->bits);
    }
}

/* Flips the bits that are wrong. */
static void flip(struct body *c, const struct word *w)
{
    body_c_state(c)->table[w->table][w->at] ^= w->bits;
}

/* The burst, and 'x' behind each of its items from 'from' on; 'once': its word
 * flipped there, and what comes of it. */
static int run_again(struct twin_burst *b, const struct wrong *x, size_t from,
                     bool once, struct marks *m)
{
    struct fn_span in = *b->in, out = *b->out;
    size_t size = in.type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
    int err = 0;

    *m = (struct marks){b->taps, b->sig_out};
    body_copy(b->before, b->again, true);
    for (size_t k = 0; err == 0 && k < b->in->n; k++) {
        if (!once && k >= from) {
            put_wrong(b->again, x);
        } else if (once && k == from) {
            flip(b->again, &x->word[0]);
        }
        in.items = (uint8_t *)b->in->items + k * size;
        in.n = 1;
        in.item0 = b->in->item0 + k;
        err = body_run_taps(b->again, &in, &out, &m->taps);
        m->sig_out = digest_span(m->sig_out, &out);
    }
    return err;
}

/* All in one entry: what one fault of a table is. */
static bool is_one_entry(const struct body *c, const struct wrong *x)
{
    for (size_t k = 1; k < x->n; k++) {
        const struct word *a = &x->word[0], *b = &x->word[k];
        size_t words = c->fn->csr->tables[a->table].words;
        if (a->table != b->table || a->at / words != b->at / words) {
            return false;
        }
    }
    return true;
}

/*
 * The last stage that is the first to differ, with 'x' wrong since one item or
 * another; n_taps + 1 when nothing is left to explain, unless that takes more
 * than one entry.
 */
static int explain_from(struct twin_burst *b, const struct wrong *x, bool once,
                        const struct marks *got, size_t *stage)
{
    size_t n = b->before->fn->csr->n_taps;
    int err = 0;

    for (size_t from = 0; err == 0 && from < b->in->n && *stage <= n; from++) {
        struct marks m;
        err = run_again(b, x, from, once, &m);
        size_t k = first_stage(n, &m.taps, &got->taps);
        k += k == n && m.sig_out == got->sig_out;
        bool is_known = err == 0 && (k <= n || is_one_entry(b->before, x));
        *stage = is_known && k > *stage ? k : *stage;
    }
    return err;
}

/*
 * The same; else with one bit of one word that flipped: what counts up, or is
 * spent, goes on from there, so that of the word itself the lowest wrong bit is
 * the one, and other words may follow.  Words with one wrong bit come first.
 */
static int explain(struct twin_burst *b, const struct wrong *x,
                   const struct marks *got, size_t *stage)
{
    size_t n = b->before->fn->csr->n_taps;
    int err = explain_from(b, x, false, got, stage);

    for (size_t k = 0; err == 0 && k < 2 * x->n && *stage <= n; k++) {
        struct wrong one = {.n = 1, .word = {x->word[k % x->n]}};
        uint32_t bits = one.word[0].bits, lowest = bits & (~bits + 1);
        size_t all = 0;
        if ((bits == lowest) != (k < x->n)) {
            continue;
        }
        one.word[0].bits = lowest;
        err = explain_from(b, &one, true, got, &all);
        *stage = all > n ? all : *stage;
    }
    return err;
}

int twin_locate(const struct twin_watch *w, struct body *device,
                struct twin_burst *burst, struct twin_verdict *v)
{
    const struct csr_layout *l = w->c->fn->csr;
    bool hang = v->kind == TWIN_HANG;
    /* It hangs, perhaps behind an item that was wrong. */
    bool stopped = hang || w->trail != NULL;
    struct wrong x = {0};
    struct marks got = {0};
    uint32_t sig_in = w->sig_in;
    size_t stage = 0; /* number of a tap; behind them output and state */
    const char *name = "";
    int err = read_marks(device, l->n_taps, &got);

    err = err < 0 ? err : body_read(device, COMMON_SIG_IN, &sig_in);
    if (err == 0 && w->trail != NULL) {
        err = first_stopped(w, device, &got.taps, &stage);
    } else if (err == 0) {
        stage = first_stage(l->n_taps, &w->taps, &got.taps);
    }
    /* The registers of a body that hangs may not answer any more. */
    if (err == 0 && !hang) {
        err = compare_registers(w, device, &x);
        /* Tables come behind the first stage of more, and take long to read. */
        bool behind = stage > 0 || l->n_taps == 1;
        for (size_t t = 0; err == 0 && behind && t < l->n_tables; t++) {
            err = compare_table(w, device, t, &x);
        }
    }
    if (x.n + x.counted > 0 && stage == l->n_taps &&
        got.sig_out == w->sig_out) {
        stage = l->n_taps + 1;
    }
    if (err == 0 && burst != NULL && x.n > 0 && x.n <= WORDS_MAX) {
        err = explain(burst, &x, &got, &stage);
    }
    if (sig_in != w->sig_in && !stopped) {
        name = "input"; /* one that stopped has not had all */
    } else if (x.written > 0 || stage > l->n_taps) {
        name = "state";
    } else if (stage < l->n_taps) {
        name = l->taps[stage].name;
    } else if (got.sig_out != w->sig_out ||
               (v->kind >= TWIN_DIFFER && v->kind <= TWIN_HANG)) {
        name = "output";
    }
    if (name[0] != '\0') {
        (void)snprintf(v->stage, sizeof v->stage, "%s", name); /* cut */
    }
    if (x.name[0] != '\0' && v->reg[0] == '\0') {
        (void)snprintf(v->reg, sizeof v->reg, "%s", x.name); /* fits */
    }
    return err;
}
