/* recorder.c - see recorder.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/wire/items.h"
#include "host/chain/recorder_in.h"

enum { TICK_NS = 1000000000 };

/* --- sinks ---------------------------------------------------------------- */

static void fail(struct recorder *r, int err, const char *what)
{
    r->err = r->err < 0 ? r->err : err;
    (void)err_say(err, "%s cannot be written any more; the run goes on", what);
}

void recorder_to_history(struct recorder *r, const struct wire_record *e)
{
    int err = r->history != NULL ? history_put(r->history, e) : 0;

    if (err < 0) {
        fail(r, err, "the history");
        (void)history_close(r->history); /* has failed already */
        r->history = NULL;
    }
}

/* To all; a telemetry file gets what a listener does. */
static void to_all(struct recorder *r, const struct wire_record *e)
{
    int err = r->file != NULL ? wire_put(r->file, e) : 0;

    recorder_to_history(r, e);
    if (r->pub != NULL) {
        (void)wire_pub_put(r->pub, e); /* nobody is owed it */
    }
    if (err < 0) {
        fail(r, err, "the telemetry file");
        (void)wire_close(r->file); /* has failed already */
        r->file = NULL;
    }
}

static void write_metrics(struct recorder *r)
{
    struct history_counts h = {0};

    if (r->history != NULL) {
        h = history_counts(r->history);
    }
    struct metrics m = {.node = r->total,
                        .n_nodes = r->n_nodes,
                        .records = h.records,
                        .lost = h.lost,
                        .files_dropped = h.files_dropped,
                        .disk_full = h.disk_full};
    int err = r->metrics != NULL ? metrics_write(r->metrics, &m) : 0;

    if (err < 0) {
        fail(r, err, "the metrics file");
        free(r->metrics);
        r->metrics = NULL;
    }
}

static void commit(struct recorder *r)
{
    if (r->history != NULL) {
        (void)history_commit(r->history); /* the next one tries again */
    }
}

/* Sums up what each node did since the last time; commits. */
static void tick(struct recorder *r, uint64_t now)
{
    for (size_t k = 0; k < r->n_nodes; k++) {
        struct metrics_node *t = &r->told[k];
        const struct metrics_node *n = &r->total[k];
        if (n->items == t->items && n->verdicts == t->verdicts) {
            continue;
        }
        to_all(r, &(struct wire_record){.type = WIRE_SUMMARY,
                                        .t_ns = r->tick_ns,
                                        .node = wire_text(n->node),
                                        .item = r->track[k].next_item,
                                        .count = n->items - t->items,
                                        .seconds = 1,
                                        .dropped = n->dropped - t->dropped,
                                        .octets = n->octets - t->octets,
                                        .frames = n->frames - t->frames,
                                        .verdicts = n->verdicts - t->verdicts});
        *t = *n;
    }
    r->tick_ns = now;
    commit(r);
    if (r->file != NULL) {
        (void)wire_flush(r->file, false); /* wire_put() tells */
    }
    write_metrics(r);
}

uint64_t recorder_now(struct recorder *r)
{
    uint64_t now = clock_wall_ns();

    if (now - r->tick_ns >= TICK_NS) {
        tick(r, now);
    }
    return now;
}

/* --- life ----------------------------------------------------------------- */

static int open_all(struct recorder *r, const struct recorder_config *c,
                    const char *chain)
{
    int err = 0;

    if (c->metrics != NULL) {
        r->metrics = strdup(c->metrics);
        err = r->metrics == NULL ? ERR_NO_MEM : 0;
        write_metrics(r);
        err = err < 0 ? err : r->err;
    }
    if (err == 0 && c->telemetry != NULL) {
        err = wire_is_endpoint(c->telemetry)
                  ? wire_pub_open(c->telemetry, &r->pub)
                  : wire_create(c->telemetry, true, &r->file);
    }
    if (err == 0 && c->history != NULL) {
        err =
            history_open(&(struct history_config){.dir = c->history,
                                                  .raw_bytes = c->history_bytes,
                                                  .chain = chain,
                                                  .t_ns = r->tick_ns},
                         &r->history);
    }
    return err;
}

int recorder_open(const struct recorder_config *config, const char *chain,
                  struct recorder **out)
{
    struct recorder *r;
    int err;

    *out = NULL;
    if (config->history == NULL && config->telemetry == NULL &&
        config->metrics == NULL) {
        return 0;
    }
    r = calloc(1, sizeof *r);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->tick_ns = clock_wall_ns();
    err = open_all(r, config, chain);
    if (err < 0) {
        (void)recorder_close(r); /* told */
        return err;
    }
    if (r->file != NULL || r->pub != NULL) {
        struct history *h = r->history;
        r->history = NULL; /* has it */
        to_all(r, &(struct wire_record){.type = WIRE_RUN,
                                        .t_ns = r->tick_ns,
                                        .text = wire_text(chain)});
        r->history = h;
    }
    if (r->file != NULL) {
        /* Whoever follows it sees the run begin; wire_put() tells errors. */
        (void)wire_flush(r->file, false);
    }
    *out = r;
    return 0;
}

int recorder_close(struct recorder *r)
{
    int err, file_err, history_err;

    if (r == NULL) {
        return 0;
    }
    tick(r, clock_wall_ns());
    file_err = wire_close(r->file);
    if (file_err < 0) {
        fail(r, file_err, "the telemetry file");
    }
    history_err = history_close(r->history);
    wire_pub_close(r->pub);
    err = r->err < 0 ? r->err : file_err < 0 ? file_err : history_err;
    for (size_t k = 0; k < r->n_nodes; k++) {
        free(r->track[k].name);
    }
    free(r->metrics);
    free(r->data);
    free(r);
    return err;
}

/* --- events --------------------------------------------------------------- */

size_t recorder_find(struct recorder *r, const char *node)
{
    size_t k = 0;

    while (k < r->n_nodes && strcmp(r->track[k].name, node) != 0) {
        k++;
    }
    if (k == r->n_nodes && k < RECORDER_NODES) {
        char *name = strdup(node);
        if (name == NULL) {
            return RECORDER_NODES;
        }
        r->track[k] = (struct track){.name = name, .next_item = UINT64_MAX};
        r->total[k] = r->told[k] = (struct metrics_node){.node = name};
        r->n_nodes++;
    }
    return k;
}

void recorder_put(struct recorder *r, const struct wire_record *event)
{
    struct wire_record e = *event;

    if (r == NULL) {
        return;
    }
    e.t_ns = recorder_now(r);
    to_all(r, &e);
    if (e.type == WIRE_VERDICT) {
        char node[WIRE_TEXT_MAX + 1];
        (void)snprintf(node, sizeof node, "%.*s", (int)e.node.n,
                       e.node.at); /* fits */
        size_t k = recorder_find(r, node);
        if (k < RECORDER_NODES) {
            r->total[k].verdicts++;
        }
        commit(r); /* what comes next may be a crash */
    }
}

uint8_t *recorder_room(struct recorder *r, size_t n)
{
    if (n > r->cap) {
        uint8_t *data = realloc(r->data, 2 * n);
        if (data == NULL) {
            return NULL;
        }
        r->data = data;
        r->cap = 2 * n;
    }
    return r->data;
}

uint8_t *recorder_writes(struct recorder *r, const struct write_list *w)
{
    uint8_t *data = recorder_room(r, 8 * w->n + 1);
    uint32_t pair[2];

    for (size_t k = 0; data != NULL && k < w->n; k++) {
        pair[0] = w->at[k].offset;
        pair[1] = w->at[k].value;
        wire_words_put(pair, 2, data + 8 * k);
    }
    return data;
}

/* "GAIN=0x2000 MODE=0x1": what registers are set to, as many as fit. */
static void describe(const struct fn *fn, const struct write_list *w,
                     char text[WIRE_TEXT_MAX])
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t reg = 0; reg < fn->csr->n_regs; reg++) {
        const struct csr_reg *r = &fn->csr->regs[reg];
        size_t k = w->n;
        while (k > 0 && w->at[k - 1].offset != r->offset) {
            k--;
        }
        if (k == 0 || r->offset >= CSR_WINDOW_INDEX) {
            continue; /* not set; words of a table are counted */
        }
        int n = snprintf(text + at, WIRE_TEXT_MAX - at, "%s%s=0x%x",
                         at > 0 ? " " : "", r->name, w->at[k - 1].value);
        if (n < 0 || (size_t)n >= WIRE_TEXT_MAX - at) {
            text[at] = '\0';
            return;
        }
        at += (size_t)n;
    }
}

void recorder_set(struct recorder *r, const char *node, const struct fn *fn,
                  uint64_t item, const struct write_list *w)
{
    char text[WIRE_TEXT_MAX];
    uint8_t *data = r != NULL ? recorder_writes(r, w) : NULL;

    if (data == NULL) {
        return;
    }
    describe(fn, w, text);
    recorder_put(r, &(struct wire_record){.type = WIRE_SET,
                                          .node = wire_text(node),
                                          .fn = wire_text(fn->csr->name),
                                          .item = item,
                                          .count = w->n,
                                          .text = wire_text(text),
                                          .data = {data, 8 * w->n}});
}
