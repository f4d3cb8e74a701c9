/* chain_load_schedule.c - the events of a chain file. */
#include "host/chain/chain_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/fast.h"
#include "host/chain/chain_graph.h"

enum { SCHEDULE_SHADOW_MAX = 1000000000 };

/* Where the values of an event's keys are in the tables below. */
enum { AT, ACTION, REST, SHADOW, CACHE };

static const struct schedule_kind {
    const char *name;
    struct yaml_doc_key keys[6];
} schedule_kinds[] = {
    [CHAIN_CONCRETIZE] = {"concretize",
                          {[AT] = {"at", true},
                           [ACTION] = {"concretize", true},
                           [REST] = {"device", true},
                           [SHADOW] = {"shadow", false},
                           [CACHE] = {"cache", false}}},
    [CHAIN_VIRTUALIZE] = {"virtualize",
                          {[AT] = {"at", true},
                           [ACTION] = {"virtualize", true},
                           [REST] = {"shadow", false}}},
    [CHAIN_FAULT] = {"fault",
                     {[AT] = {"at", true},
                      [ACTION] = {"fault", true},
                      [REST] = {"flip", true}}},
    [CHAIN_SET] = {"set",
                   {[AT] = {"at", true},
                    [ACTION] = {"set", true},
                    [REST] = {"node", true}}},
    [CHAIN_RELOAD] = {"reload",
                      {[AT] = {"at", true}, [ACTION] = {"reload", true}}},
};

/* The node called by the text at 'name'. */
static int schedule_node(const struct chain_load *l, const yaml_node_t *name,
                         const char *what, struct chain_event *e)
{
    const char *text;
    struct yaml_names names = {0};
    size_t v;
    int err = yaml_doc_text(&l->y, name, what, &text);

    if (err != 0) {
        return err;
    }
    if (chain_graph_find(l->c, text, &v) &&
        l->c->vertex[v].kind == CHAIN_NODE) {
        e->node = v;
        return 0;
    }
    chain_graph_names(l->c, CHAIN_NODE, &names);
    return yaml_doc_say(&l->y, name, "no node '%.64s', expected one of: %s",
                        text, yaml_names_text(&names));
}

/* "NAME/SLOT", or "NAME" for slot 0. */
static int schedule_slot(const struct chain_load *l, const yaml_node_t *node,
                         const char *what, struct chain_event *e)
{
    struct yaml_names names = {0};
    const struct chain *c = l->c;
    const char *text;
    size_t d = 0;
    uint32_t slot = 0;
    int err = yaml_doc_text(&l->y, node, what, &text);

    if (err != 0) {
        return err;
    }
    size_t n = strcspn(text, "/");
    while (d < c->n_devices && (strncmp(c->device[d].name, text, n) != 0 ||
                                c->device[d].name[n] != '\0')) {
        yaml_names_add(&names, c->device[d].name);
        d++;
    }
    if (d == c->n_devices) {
        return yaml_doc_say(
            &l->y, node, "no device '%.*s', expected one of: %s",
            n < 64 ? (int)n : 64, text, yaml_names_text(&names));
    }
    if (text[n] == '/' &&
        !parse_u32(text + n + 1, 0, c->device[d].n_slots - 1, &slot)) {
        return yaml_doc_say(&l->y, node,
                            "no slot '%.64s' in device '%s', expected 0 to "
                            "%u",
                            text + n + 1, c->device[d].name,
                            (unsigned)c->device[d].n_slots - 1);
    }
    e->device = d;
    e->slot = slot;
    return 0;
}

static int schedule_shadow(const struct chain_load *l, const yaml_node_t *node,
                           struct chain_event *e)
{
    e->shadow = CHAIN_SHADOW_ITEMS;
    return node == NULL ? 0
                        : yaml_doc_u64(&l->y, node, "shadow", 1,
                                       SCHEDULE_SHADOW_MAX, &e->shadow);
}

static int schedule_concretize(const struct chain_load *l,
                               const yaml_node_t *const *values,
                               struct chain_event *e)
{
    int err = schedule_node(l, values[ACTION], "concretize", e);

    if (err != 0) {
        return err;
    }
    const struct chain_vertex *v = &l->c->vertex[e->node];
    e->may_cache = true;
    if (values[CACHE] != NULL) {
        err = yaml_doc_bool(&l->y, values[CACHE], "cache", &e->may_cache);
    }
    if (err == 0 && !fast_has_rtl(v->fn, e->may_cache)) {
        return yaml_doc_say(&l->y, values[ACTION],
                            "'%s' cannot be moved to a device, expected a "
                            "node whose function has an RTL body or a cache, "
                            "which %s has not",
                            v->name, v->fn->csr->name);
    }
    err = err != 0 ? err : schedule_slot(l, values[REST], "device", e);
    return err != 0 ? err : schedule_shadow(l, values[SHADOW], e);
}

static int schedule_virtualize(const struct chain_load *l,
                               const yaml_node_t *const *values,
                               struct chain_event *e)
{
    int err = schedule_node(l, values[ACTION], "virtualize", e);

    return err != 0 ? err : schedule_shadow(l, values[REST], e);
}

static int schedule_fault(const struct chain_load *l,
                          const yaml_node_t *const *values,
                          struct chain_event *e)
{
    const char *flip;
    int err = schedule_slot(l, values[ACTION], "fault", e);

    if (err == 0) {
        err = yaml_doc_text(&l->y, values[REST], "flip", &flip);
    }
    if (err != 0) {
        return err;
    }
    const struct chain_device *d = &l->c->device[e->device];
    if (strcmp(d->kind, "sim") != 0 || d->framed) {
        return yaml_doc_say(&l->y, values[ACTION],
                            "device '%s' is behind a link, expected a "
                            "simulated one for a fault",
                            d->name);
    }
    if (yaml_doc_is_empty(values[REST])) {
        return yaml_doc_say(&l->y, values[REST],
                            "flip is empty, expected a register's bit like "
                            "\"entry_q[7]\"");
    }
    e->flip = strdup(flip);
    return e->flip != NULL ? 0 : ERR_NO_MEM;
}

static int schedule_set(struct chain_load *l, const yaml_node_t *const *values,
                        struct chain_event *e)
{
    int err = schedule_node(l, values[REST], "node", e);

    return err != 0 ? err
                    : chain_load_set(l, values[ACTION],
                                     l->c->vertex[e->node].fn, &e->set);
}

static int schedule_event(struct chain_load *l, const yaml_node_t *node,
                          struct chain_event *e)
{
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    size_t n = sizeof schedule_kinds / sizeof schedule_kinds[0];
    size_t k = 0;

    e->line = yaml_doc_line(node);
    e->column = yaml_doc_column(node);
    while (k < n && !yaml_doc_has(&l->y, node, schedule_kinds[k].name)) {
        k++;
    }
    if (k == n) {
        return yaml_doc_say(&l->y, node,
                            "no action, expected a map with one of: "
                            "concretize, virtualize, fault, set, reload");
    }
    e->action = (enum chain_action)k;
    int err = yaml_doc_map(&l->y, node, schedule_kinds[k].name,
                           schedule_kinds[k].keys, values);
    if (err == 0) {
        err = yaml_doc_u64(&l->y, values[AT], "at", 0, UINT64_MAX, &e->at);
    }
    if (err != 0) {
        return err;
    }
    switch (e->action) {
    case CHAIN_CONCRETIZE: return schedule_concretize(l, values, e);
    case CHAIN_VIRTUALIZE: return schedule_virtualize(l, values, e);
    case CHAIN_FAULT: return schedule_fault(l, values, e);
    case CHAIN_RELOAD: return schedule_node(l, values[ACTION], "reload", e);
    default: return schedule_set(l, values, e);
    }
}

/* Moves the last event before those that come later. */
static void schedule_sort_last(struct chain *c)
{
    size_t last = c->n_events - 1;
    struct chain_event e = c->event[last];
    size_t k = last;

    while (k > 0 && c->event[k - 1].at > e.at) {
        k--;
    }
    memmove(&c->event[k + 1], &c->event[k], (last - k) * sizeof e);
    c->event[k] = e;
}

int chain_load_schedule(struct chain_load *l, const yaml_node_t *node)
{
    struct chain *c = l->c;
    size_t n = 0;
    int err = yaml_doc_seq_count(&l->y, node, "schedule", &n);

    if (err != 0) {
        return err;
    }
    if (n > CHAIN_EVENTS_MAX) {
        return yaml_doc_say(&l->y, node, "%zu events, expected at most %d", n,
                            CHAIN_EVENTS_MAX);
    }
    c->event = calloc(n + 1, sizeof *c->event);
    err = c->event == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < n; k++) {
        c->n_events = k + 1;
        err = schedule_event(l, yaml_doc_item(&l->y, node, k), &c->event[k]);
        schedule_sort_last(c);
    }
    return err;
}
