/* history_read.c - see history_read.h. */
#include "twin/history_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "core/wire/file.h"
#include "core/wire/items.h"
#include "twin/history_files.h"

static int read_file(const char *path, history_each *each, void *ctx)
{
    struct wire_reader *f = NULL;
    struct wire_record r;
    int err = wire_open(path, &f);
    int stop = 0;

    while (err >= 0 && stop == 0 && (err = wire_get(f, &r)) > 0) {
        stop = each(ctx, &r);
    }
    wire_reader_close(f);
    /* What is damaged has been told; the next file begins anew. */
    return err == ERR_NO_MEM ? err : stop;
}

int history_raw(const char *dir, history_each *each, void *ctx)
{
    struct history_files f;
    int err = history_files_list(dir, &f);
    uint32_t run;

    if (err < 0) {
        return err;
    }
    run = f.n > 0 ? f.at[f.n - 1].run : 0;
    for (size_t k = 0; err == 0 && k < f.n; k++) {
        char path[PATH_MAX];
        if (f.at[k].run == run && history_files_path(&f, &f.at[k], path)) {
            err = read_file(path, each, ctx);
        }
    }
    history_files_close(&f);
    return err;
}

int history_events(const char *dir, uint64_t since_ns, history_each *each,
                   void *ctx)
{
    struct history_db *db = NULL;
    int err = history_db_open(dir, false, &db);

    if (err == 0) {
        err =
            history_db_events(db, history_db_last_run(db), since_ns, each, ctx);
    }
    history_db_close(db);
    return err;
}

/* Makes room for one more of 'size' bytes each. */
static int grow(void **at, size_t n, size_t *cap, size_t size, size_t more)
{
    size_t want = *cap;
    void *p;

    while (want < n + more) {
        want = want == 0 ? 64 : 2 * want;
    }
    if (want == *cap) {
        return 0;
    }
    p = realloc(*at, want * size);
    if (p == NULL) {
        return ERR_NO_MEM;
    }
    *at = p;
    *cap = want;
    return 0;
}

/* --- bursts --------------------------------------------------------------- */

static int add_burst(void *ctx, const struct wire_record *r)
{
    struct history_bursts *b = ctx;
    int err;

    if (r->type != WIRE_INPUT) {
        return 0;
    }
    if (b->node[0] == '\0') {
        (void)snprintf(b->node, sizeof b->node, "%.*s", (int)r->node.n,
                       r->node.at); /* a long name is none of a chain's */
    }
    if (!wire_is(r->node, b->node)) {
        return 0;
    }
    err = grow((void **)&b->at, b->n, &b->cap, sizeof *b->at, 1);
    if (err == 0) {
        b->at[b->n++] = (struct history_burst){r->t_ns, r->item, r->count};
    }
    return err;
}

int history_bursts(const char *dir, const char *node,
                   struct history_bursts *out)
{
    struct history_bursts b = {.n = 0};
    int err;

    if (node != NULL) {
        (void)snprintf(b.node, sizeof b.node, "%s", node); /* as above */
    }
    err = history_raw(dir, add_burst, &b);
    if (err == 0 && b.n == 0) {
        err = err_say(ERR_NOT_FOUND,
                      "%s: nothing recorded of %s, expected a node that was on "
                      "the fabric with a twin",
                      dir, node != NULL ? node : "any node");
    }
    if (err < 0) {
        history_bursts_close(&b);
        return err;
    }
    *out = b;
    return 0;
}

void history_bursts_close(struct history_bursts *b)
{
    free(b->at);
    *b = (struct history_bursts){.n = 0};
}

/* --- a window ------------------------------------------------------------- */

/* What is collected for history_window(). */
struct collect {
    struct history_window h;
    const char *node;
    uint64_t from, to;
    uint64_t oldest; /* item of the first checkpoint there is */
    bool seen;       /* there was one */
    bool open;       /* there is a state to begin with */
    bool done;       /* the window has ended, at a gap or at 'to' */
};

static void forget(struct history_window *h)
{
    for (size_t k = 0; k < h->n_chunks; k++) {
        free(h->chunk[k]);
    }
    blob_close(&h->w.start);
    h->n_chunks = h->n_marks = h->w.n_writes = 0;
    h->w.in.n = 0;
    free(h->w.out.items);
    h->w.out = (struct fn_span){.items = NULL};
}

static int begin(struct collect *c, const struct wire_record *r)
{
    struct history_window *h = &c->h;
    char name[64];
    const struct fn *fn;

    (void)snprintf(name, sizeof name, "%.*s", (int)r->fn.n,
                   r->fn.n > 0 ? r->fn.at : ""); /* cut: not found */
    fn = registry_find(name);
    if (fn == NULL || fn->csr->version != r->layout || r->data.n % 4 != 0) {
        return err_say(ERR_BAD_INPUT,
                       "node %s: recorded with another function %s than this "
                       "program's",
                       c->node, name);
    }
    forget(h);
    h->w.fn = fn;
    h->w.in.type = fn->csr->in;
    h->w.in.item0 = r->item;
    h->w.start.layout = fn->csr->version;
    h->w.start.n = r->data.n / 4;
    h->w.start.words = malloc(r->data.n + 1);
    if (h->w.start.words == NULL) {
        return ERR_NO_MEM;
    }
    wire_words_get(r->data, h->w.start.words);
    c->open = true;
    return 0;
}

/* A copy of a record's data that lives as long as the window. */
static uint8_t *keep(struct history_window *h, struct wire_bytes d)
{
    uint8_t *copy = malloc(d.n + 1);

    if (copy == NULL || grow((void **)&h->chunk, h->n_chunks, &h->cap_chunks,
                             sizeof *h->chunk, 1) < 0) {
        free(copy);
        return NULL;
    }
    memcpy(copy, d.n > 0 ? d.at : copy, d.n);
    h->chunk[h->n_chunks++] = copy;
    return copy;
}

static size_t item_size(enum fn_type type)
{
    return type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
}

static int add_input(struct collect *c, const struct wire_record *r)
{
    struct history_window *h = &c->h;
    struct fn_span *in = &h->w.in;
    size_t size = item_size(in->type), n;
    uint8_t *copy;
    int err;

    if (r->item != in->item0 + in->n || r->item >= c->to) {
        /* A gap, or the end: a later checkpoint may still serve. */
        c->done = in->item0 + in->n >= c->from;
        c->open = c->done;
        return 0;
    }
    if (!wire_items_count(r->data, in->type, &n) || n != r->count) {
        return err_say(ERR_BAD_INPUT, "node %s: items whose lengths lie",
                       c->node);
    }
    err = grow(&in->items, in->n, &h->cap_items, size, n);
    copy = err == 0 ? keep(h, r->data) : NULL;
    if (copy == NULL) {
        return ERR_NO_MEM;
    }
    if (!wire_items_get(copy, r->data.n, in->type, n,
                        (uint8_t *)in->items + in->n * size)) {
        return err_say(ERR_BAD_INPUT, "node %s: items whose lengths lie",
                       c->node);
    }
    in->n += n;
    in->cap = h->cap_items;
    return 0;
}

static int add_writes(struct collect *c, const struct wire_record *r)
{
    struct history_window *h = &c->h;
    /* A node's own settings are none of the cache that is in its slot. */
    size_t n = wire_is(r->fn, h->w.fn->csr->name) ? r->data.n / 8 : 0;
    int err = grow((void **)&h->writes, h->w.n_writes, &h->cap_writes,
                   sizeof *h->writes, n);

    for (size_t k = 0; err == 0 && k < n; k++) {
        h->writes[h->w.n_writes++] =
            (struct twin_write){r->item, le32_load(r->data.at + 8 * k),
                                le32_load(r->data.at + 8 * k + 4)};
    }
    h->w.write = h->writes;
    return err;
}

/* What the device gave where it first differed. */
static int add_device(struct history_window *h, const struct wire_record *r)
{
    struct fn_span *out = &h->w.out;
    size_t size = item_size(h->w.fn->csr->out), n;
    uint8_t *copy = keep(h, r->data);

    if (!wire_items_count(r->data, h->w.fn->csr->out, &n)) {
        return err_say(ERR_BAD_INPUT, "items whose lengths lie");
    }
    out->items = malloc(n * size + 1);
    if (out->items == NULL || copy == NULL) {
        return ERR_NO_MEM;
    }
    out->type = h->w.fn->csr->out;
    out->item0 = r->item;
    out->n = out->cap = n;
    return wire_items_get(copy, r->data.n, out->type, n, out->items)
               ? 0
               : err_say(ERR_BAD_INPUT, "items whose lengths lie");
}

static int add_output(struct collect *c, const struct wire_record *r)
{
    struct history_window *h = &c->h;
    int err =
        grow((void **)&h->mark, h->n_marks, &h->cap_marks, sizeof *h->mark, 1);

    if (err < 0) {
        return err;
    }
    h->mark[h->n_marks++] = (struct history_mark){
        r->item, r->count, (uint32_t)r->digest, r->kind.n != 0};
    return r->kind.n != 0 && h->w.out.items == NULL ? add_device(h, r) : 0;
}

static int collect_one(void *ctx, const struct wire_record *r)
{
    struct collect *c = ctx;

    if (!wire_is(r->node, c->node) || c->done) {
        return 0;
    }
    if (r->type == WIRE_CHECKPOINT) {
        c->oldest = c->seen ? c->oldest : r->item;
        c->seen = true;
        if (r->item <= c->from) {
            return begin(c, r);
        }
        /* Another function from here on is as good as a gap. */
        c->done = c->open && !wire_is(r->fn, c->h.w.fn->csr->name);
    }
    if (!c->open) {
        return 0;
    }
    switch (r->type) {
    case WIRE_INPUT: return add_input(c, r);
    case WIRE_SET:
    case WIRE_LEARN: return add_writes(c, r);
    case WIRE_OUTPUT: return add_output(c, r);
    default: return 0;
    }
}

int history_window(const char *dir, const char *node, uint64_t from,
                   uint64_t to, struct history_window *out)
{
    struct collect c = {.node = node, .from = from, .to = to};
    struct fn_span *in = &c.h.w.in;
    int err = history_raw(dir, collect_one, &c);

    if (err == 0 && (!c.open || in->item0 + in->n < from ||
                     (from < to && in->item0 + in->n == from))) {
        err = c.seen
                  ? err_say(ERR_NOT_FOUND,
                            "%s: item %" PRIu64 " of %s is not recorded; the "
                            "record begins at item %" PRIu64,
                            dir, from, node, c.oldest)
                  : err_say(ERR_NOT_FOUND, "%s: nothing recorded of %s", dir,
                            node);
    }
    if (err < 0) {
        history_window_close(&c.h);
        return err;
    }
    if (in->item0 + in->n > to) {
        in->n = (size_t)(to - in->item0); /* a burst ran over it */
    }
    *out = c.h;
    return 0;
}

void history_window_close(struct history_window *w)
{
    forget(w);
    free(w->w.in.items);
    free(w->writes);
    free(w->mark);
    free(w->chunk);
    *w = (struct history_window){.n_marks = 0};
}
