/*
 * chain_load.c - a chain file made into a struct chain: the order in which its
 * parts are loaded, devices, links.
 */
#include "host/chain/chain_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/chain_graph.h"

/* --- links and the twin ------------------------------------------------- */

static int load_links(struct chain_load *l, const yaml_node_t *node)
{
    const char *text;
    size_t n = 0;
    int err = yaml_doc_seq_count(&l->y, node, "links", &n);

    if (err != 0) {
        return err;
    }
    if (n > CHAIN_LINKS_MAX) {
        return yaml_doc_say(&l->y, node, "%zu links, expected at most %d", n,
                            CHAIN_LINKS_MAX);
    }
    l->c->link = calloc(n + 1, sizeof *l->c->link);
    err = l->c->link == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < n; k++) {
        const yaml_node_t *item = yaml_doc_item(&l->y, node, k);
        err = yaml_doc_text(&l->y, item, "link", &text);
        if (err == 0) {
            err = chain_graph_link(l->c, text, yaml_doc_line(item),
                                   yaml_doc_column(item));
        }
    }
    return err;
}

static int load_twin(struct chain_load *l, const yaml_node_t *node)
{
    static const char *const names[] = {
        [CHAIN_TWIN_OFF] = "off",
        [CHAIN_TWIN_WATCHED] = "watched",
        [CHAIN_TWIN_CHECKED] = "checked",
    };
    const char *text;
    int err = yaml_doc_text(&l->y, node, "twin", &text);

    if (err != 0) {
        return err;
    }
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (strcmp(names[k], text) == 0) {
            l->c->twin = (enum chain_twin)k;
            return 0;
        }
    }
    return yaml_doc_say(&l->y, node,
                        "twin is '%.64s', expected one of: off, watched, "
                        "checked",
                        text);
}

/* --- the chain ---------------------------------------------------------- */

static int load_chain(struct chain_load *l, const struct chain_port_file *ports,
                      size_t n_ports)
{
    enum {
        NAME,
        SOURCES,
        NODES,
        LINKS,
        SINKS,
        DEVICES,
        TWIN,
        SCHEDULE,
        REPAIR,
        SELF_TEST,
        FORGIVE,
        RELOAD_EVERY,
        TELEMETRY,
        TICK
    };
    static const struct yaml_doc_key keys[] = {
        [NAME] = {"chain", true},
        [SOURCES] = {"sources", true},
        [NODES] = {"nodes", false},
        [LINKS] = {"links", true},
        [SINKS] = {"sinks", true},
        [DEVICES] = {"devices", false},
        [TWIN] = {"twin", false},
        [SCHEDULE] = {"schedule", false},
        [REPAIR] = {"repair", false},
        [SELF_TEST] = {"self_test", false},
        [FORGIVE] = {"forgive", false},
        [RELOAD_EVERY] = {"reload_every", false},
        [TELEMETRY] = {"telemetry", false},
        [TICK] = {"tick", false},
        {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&l->y, l->y.root, "chain file", keys, values);

    if (err == 0) {
        err = chain_load_name(l, values[NAME], "chain", &l->c->name);
    }
    if (err == 0) {
        err = chain_load_vertices(l, values[SOURCES], values[NODES],
                                  values[SINKS]);
    }
    if (err == 0) {
        err = load_links(l, values[LINKS]);
    }
    if (err == 0) {
        err = chain_graph_sort(l->c);
    }
    if (err == 0 && values[DEVICES] != NULL) {
        err = chain_load_devices(l, values[DEVICES]);
    }
    l->c->twin = CHAIN_TWIN_WATCHED; /* a twin runs beside every device */
    if (err == 0 && values[TWIN] != NULL) {
        err = load_twin(l, values[TWIN]);
    }
    if (err == 0) {
        err = chain_load_repair(l, &(struct chain_load_repair){
                                       .repair = values[REPAIR],
                                       .self_test = values[SELF_TEST],
                                       .forgive = values[FORGIVE],
                                       .reload_every = values[RELOAD_EVERY],
                                       .telemetry = values[TELEMETRY],
                                   });
    }
    if (err == 0 && values[SCHEDULE] != NULL) {
        err = chain_load_schedule(l, values[SCHEDULE]);
    }
    if (err == 0 && values[TICK] != NULL) {
        err = chain_load_tick(l, values[TICK]);
    }
    if (err == 0) {
        err = chain_load_port_files(l->c, ports, n_ports);
    }
    return err != 0 ? err : chain_load_check_files(l->c);
}

int chain_open(const char *file, const struct chain_port_file *ports,
               size_t n_ports, struct chain **out)
{
    struct chain_load l = {.c = calloc(1, sizeof *l.c)};
    const char *slash = strrchr(file, '/');
    int err = ERR_NO_MEM;

    if (l.c == NULL) {
        goto fail;
    }
    l.c->file = strdup(file);
    l.c->dir = slash == NULL   ? strdup(".")
               : slash == file ? strdup("/")
                               : strndup(file, (size_t)(slash - file));
    if (l.c->file == NULL || l.c->dir == NULL) {
        goto fail;
    }
    err = yaml_doc_open(l.c->file, "a chain file", &l.y);
    if (err == 0) {
        err = load_chain(&l, ports, n_ports);
    }
    if (err != 0) {
        goto fail;
    }
    yaml_doc_close(&l.y);
    *out = l.c;
    return 0;

fail:
    if (err == ERR_NO_MEM) {
        err_say(err, "%s: not enough memory to load it", file);
    }
    yaml_doc_close(&l.y);
    chain_close(l.c);
    return err;
}

void chain_close(struct chain *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t k = 0; k < c->n_vertices; k++) {
        free(c->vertex[k].name);
        free(c->vertex[k].file);
        write_list_close(&c->vertex[k].set);
    }
    for (size_t k = 0; k < c->n_devices; k++) {
        free(c->device[k].name);
        free(c->device[k].kind);
        free(c->device[k].path);
    }
    for (size_t k = 0; k < c->n_events; k++) {
        free(c->event[k].flip);
        write_list_close(&c->event[k].set);
    }
    free(c->vertex);
    free(c->link);
    free(c->device);
    free(c->event);
    free(c->tick);
    free(c->name);
    free(c->file);
    free(c->dir);
    free(c);
}
