/*
 * cli_twin_whatif.c - `precast twin whatif`: the last real input once more on
 * the twin, as it was and with a change made at its beginning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/wire/items.h"
#include "host/cli/cli_twin.h"
#include "twin/rerun.h"

enum { VERDICTS_MAX = 32, SPAN_S = 10 };

/* What came out for an item. */
struct answer {
    uint32_t digest;
    uint8_t verdict; /* in fn->verdicts; VERDICTS_MAX: none of them */
};

struct tally {
    const struct fn *fn;
    uint64_t from;         /* the first item that counts */
    struct answer *before; /* [n], by item - from */
    bool is_change;        /* the second run: compare */
    uint64_t count[2][VERDICTS_MAX + 1];
    uint64_t n, n_differ, first_differ;
};

static uint8_t verdict_of(const struct fn *fn, const struct pkt *p)
{
    const char *name =
        fn->verdict != NULL && fn->verdicts != NULL ? fn->verdict(p) : NULL;
    uint8_t k = 0;

    while (name != NULL && k < VERDICTS_MAX && fn->verdicts[k] != NULL) {
        if (strcmp(fn->verdicts[k], name) == 0) {
            return k;
        }
        k++;
    }
    return VERDICTS_MAX;
}

static int tally_burst(void *ctx, const struct fn_span *in,
                       const struct fn_span *out)
{
    struct tally *t = ctx;

    for (size_t k = 0; k < out->n; k++) {
        uint64_t item = in->item0 + k;
        if (item < t->from) {
            continue;
        }
        struct fn_span one = *out;
        one.n = 1;
        one.items = out->type == FN_PKT
                        ? (void *)((struct pkt *)out->items + k)
                        : (void *)((struct iq16 *)out->items + k);
        struct answer a = {wire_digest(&one), VERDICTS_MAX};
        if (out->type == FN_PKT) {
            a.verdict = verdict_of(t->fn, one.items);
        }
        struct answer *b = &t->before[item - t->from];
        t->count[t->is_change][a.verdict]++;
        if (!t->is_change) {
            *b = a;
            t->n++;
        } else if (a.digest != b->digest) {
            t->first_differ = t->n_differ == 0 ? item : t->first_differ;
            t->n_differ++;
        }
    }
    return 0;
}

/* True when 'set' writes this register, so that it stays as that wants it. */
static bool is_set(const struct write_list *set, uint32_t offset)
{
    size_t k = 0;

    while (k < set->n && set->at[k].offset != offset) {
        k++;
    }
    return k < set->n && offset < CSR_WINDOW_INDEX;
}

/* The window with the writes of 'set' before item 'from', and none after that
 * to the same registers; '*writes' are its writes, the caller's. */
static int change(const struct twin_window *w, const struct write_list *set,
                  uint64_t from, struct twin_window *out,
                  struct twin_write **writes)
{
    struct twin_write *all = calloc(w->n_writes + set->n + 1, sizeof *all);
    size_t n = 0, k = 0;

    if (all == NULL) {
        return ERR_NO_MEM;
    }
    for (; k < w->n_writes && w->write[k].item <= from; k++) {
        all[n++] = w->write[k];
    }
    for (size_t j = 0; j < set->n; j++) {
        all[n++] =
            (struct twin_write){from, set->at[j].offset, set->at[j].value};
    }
    for (; k < w->n_writes; k++) {
        if (!is_set(set, w->write[k].offset)) {
            all[n++] = w->write[k];
        }
    }
    *out = *w;
    out->write = *writes = all;
    out->n_writes = n;
    return 0;
}

static int run(const struct twin_window *w, struct tally *t)
{
    const struct twin_rerun how = {.each = tally_burst, .ctx = t};
    struct body *body = NULL;
    int err = body_open_c(w->fn, &body);

    err = err < 0 ? err : body_load(body, &w->start);
    err = err < 0 ? err : twin_rerun(w, body, &how);
    body_close(body);
    return err;
}

static void say(const struct tally *t, const char *node, bool json)
{
    json_t *before = json_object(), *after = json_object();

    if (!json) {
        printf("%s: of %" PRIu64 " items from item %" PRIu64 " on, %" PRIu64
               " would differ",
               node, t->n, t->from, t->n_differ);
        if (t->n_differ > 0) {
            printf(", the first is item %" PRIu64, t->first_differ);
        }
        (void)putchar('\n');
    }
    for (size_t k = 0; t->fn->verdicts != NULL && k < VERDICTS_MAX &&
                       t->fn->verdicts[k] != NULL;
         k++) {
        const char *name = t->fn->verdicts[k];
        (void)json_object_set_new(before, name,
                                  json_integer((json_int_t)t->count[0][k]));
        (void)json_object_set_new(after, name,
                                  json_integer((json_int_t)t->count[1][k]));
        if (!json) {
            printf("  %-14s %10" PRIu64 " before %10" PRIu64 " after\n", name,
                   t->count[0][k], t->count[1][k]);
        }
    }
    json_t *o = json_pack("{ss, ss, sI, sI, sI, so, so}", "type", "whatif",
                          "node", node, "from", (json_int_t)t->from, "items",
                          (json_int_t)t->n, "differ", (json_int_t)t->n_differ,
                          "before", before, "after", after);
    if (t->n_differ > 0) {
        (void)json_object_set_new(o, "first_item",
                                  json_integer((json_int_t)t->first_differ));
    }
    if (json) {
        (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
        (void)putchar('\n');
    }
    json_decref(o);
}

/* Both runs over the items of the last 'span_ns'. */
static int whatif(const char *dir, const struct cli_opts *o, uint64_t span_ns)
{
    struct history_bursts b = {.n = 0};
    struct history_window h = {.n_marks = 0};
    struct twin_window changed = {.fn = NULL};
    struct twin_write *writes = NULL;
    struct write_list set = {0};
    struct tally t = {.n = 0};
    int err = history_bursts(dir, cli_opt(o, "node"), &b);

    if (err == 0) {
        const struct history_burst *last = &b.at[b.n - 1];
        size_t k = b.n - 1;
        while (k > 0 && last->t_ns - b.at[k - 1].t_ns <= span_ns) {
            k--;
        }
        t.from = b.at[k].item;
        err = history_window(dir, b.node, t.from, last->item + last->n, &h);
    }
    for (size_t k = 0; err == 0 && k < o->n_set; k++) {
        const char *value = strchr(o->set[k], '=');
        char key[64];
        (void)snprintf(key, sizeof key, "%.*s", (int)(value - o->set[k]),
                       o->set[k]); /* a cut key is not found */
        err = fn_set(h.w.fn, key, value + 1, "--set", NULL, &set);
    }
    if (err == 0) {
        t.fn = h.w.fn;
        t.before = calloc(h.w.in.n + 1, sizeof *t.before);
        err = t.before == NULL ? ERR_NO_MEM
                               : change(&h.w, &set, t.from, &changed, &writes);
    }
    err = err < 0 ? err : run(&h.w, &t);
    t.is_change = true;
    err = err < 0 ? err : run(&changed, &t);
    if (err == 0) {
        say(&t, b.node, o->json);
    }
    free(writes);
    free(t.before);
    write_list_close(&set);
    history_window_close(&h);
    history_bursts_close(&b);
    return err;
}

int cli_twin_whatif(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    uint64_t span_ns = (uint64_t)SPAN_S * 1000000000u;
    int err = cli_opts_read(cmd, "node set last json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL || o.n_set == 0) {
        return cli_usage(cmd, o.name == NULL ? "no folder" : "no --set");
    }
    if (cli_opt(&o, "last") != NULL &&
        !cli_twin_parse_span(cli_opt(&o, "last"), &span_ns)) {
        return cli_usage(cmd, "--last: expected a span like 10s or 5min");
    }
    err = whatif(o.name, &o, span_ns);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
