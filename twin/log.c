/* log.c - see log.h. */
#include "twin/log_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/wire/file.h"
#include "twin/history_read.h"

static char *copy_text(struct wire_text t)
{
    char *s = malloc(t.n + 1);

    if (s != NULL) {
        memcpy(s, t.n > 0 ? t.at : "", t.n);
        s[t.n] = '\0';
    }
    return s;
}

/* The node's number, or LOG_NODES_MAX: too many, or no memory. */
static size_t find_node(struct twin_log *l, struct wire_text name)
{
    size_t k = 0;

    while (k < l->n_nodes && !wire_is(name, l->node[k].name)) {
        k++;
    }
    if (k == l->n_nodes && k < LOG_NODES_MAX) {
        l->node[k].name = copy_text(name);
        if (l->node[k].name == NULL) {
            return LOG_NODES_MAX;
        }
        l->n_nodes++;
    }
    return k;
}

static void learn_fn(struct log_node *n, const struct wire_record *r)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%.*s", (int)r->fn.n,
                   r->fn.n > 0 ? r->fn.at : ""); /* cut: not found */
    n->fn = registry_find(name);
}

static bool has_text(uint64_t type)
{
    return type == WIRE_SET || type == WIRE_VERDICT;
}

static void forget(struct twin_log *l)
{
    for (size_t k = 0; k < l->n; k++) {
        if (has_text(l->at[k].type)) {
            free(l->at[k].text);
        }
    }
    for (size_t k = 0; k < l->n_nodes; k++) {
        free(l->node[k].name);
        l->node[k] = (struct log_node){.name = NULL};
    }
    l->n = l->n_nodes = 0;
}

static int add(void *ctx, const struct wire_record *r)
{
    struct twin_log *l = ctx;
    size_t node;
    struct log_entry *e;

    if (r->type == WIRE_RUN) {
        forget(l); /* the last run counts */
        return 0;
    }
    node = find_node(l, r->node);
    if (node == LOG_NODES_MAX) {
        return err_say(ERR_CAPACITY, "more than %d nodes", LOG_NODES_MAX);
    }
    if (r->type == WIRE_IMAGE || r->type == WIRE_CHECKPOINT) {
        learn_fn(&l->node[node], r);
        l->node[node].boot += r->type == WIRE_IMAGE;
        return 0;
    }
    if (r->type != WIRE_TELEMETRY && r->type != WIRE_OUTPUT &&
        !has_text(r->type)) {
        return 0;
    }
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 1024 : 2 * l->cap;
        void *at = realloc(l->at, cap * sizeof *l->at);
        if (at == NULL) {
            return ERR_NO_MEM;
        }
        l->at = at;
        l->cap = cap;
    }
    e = &l->at[l->n];
    *e = (struct log_entry){.item = r->item,
                            .count = r->count,
                            .node = (uint32_t)node,
                            .boot = l->node[node].boot,
                            .type = (uint32_t)r->type,
                            .digest = (uint32_t)r->digest};
    if (r->type == WIRE_TELEMETRY) {
        e->n_frame = r->data.n < TELEMETRY_BYTES ? r->data.n : TELEMETRY_BYTES;
        memcpy(e->frame, e->n_frame > 0 ? r->data.at : e->frame, e->n_frame);
        e->n_frame = r->data.n; /* its length may lie */
    } else if (has_text(r->type)) {
        e->text = copy_text(r->type == WIRE_SET ? r->text : r->class);
    }
    l->n++;
    return 0;
}

/* A folder keeps verdicts apart from what they are about. */
static int add_verdict(void *ctx, const struct wire_record *r)
{
    return r->type == WIRE_VERDICT ? add(ctx, r) : 0;
}

static int read_file(struct twin_log *l, const char *path)
{
    struct wire_reader *f = NULL;
    struct wire_record r;
    int err = wire_open(path, &f);
    int stop = 0;

    while (err >= 0 && stop == 0 && (err = wire_get(f, &r)) > 0) {
        stop = add(l, &r);
    }
    wire_reader_close(f);
    return err < 0 ? err : stop;
}

int twin_log_open(const char *path, struct twin_log **out)
{
    struct twin_log *l = calloc(1, sizeof *l);
    struct stat st;
    int err = ERR_NO_MEM;

    if (l != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        err = history_raw(path, add, l);
        err = err < 0 ? err : history_events(path, 0, add_verdict, l);
    } else if (l != NULL) {
        err = read_file(l, path);
    }
    if (err < 0) {
        twin_log_close(l);
        return err;
    }
    *out = l;
    return 0;
}

void twin_log_close(struct twin_log *l)
{
    if (l != NULL) {
        forget(l);
        free(l->at);
        free(l);
    }
}
