/* chain_load_vertices.c - the sources, nodes and sinks of a chain file. */
#include "host/chain/chain_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/chain/chain_graph.h"

int chain_load_name(const struct chain_load *l, const yaml_node_t *node,
                    const char *what, char **name)
{
    const char *text;
    int err = yaml_doc_text(&l->y, node, what, &text);

    if (err != 0) {
        return err;
    }
    if (!chain_graph_is_name(text, strlen(text))) {
        return yaml_doc_say(&l->y, node,
                            "%s is '%.64s', expected a name of at most %d "
                            "letters, digits, _ and -",
                            what, text, CHAIN_NAME_BYTES - 1);
    }
    *name = strdup(text);
    return *name != NULL ? 0 : ERR_NO_MEM;
}

/* A setting's file, if it names one, is there to be read. */
static int load_check_file(const struct chain_load *l, const yaml_node_t *node,
                           const struct fn_key *key, const char *file)
{
    char path[4096];
    struct stat st;
    bool joined = file[0] != '/';
    int n = snprintf(path, sizeof path, "%s%s%s", joined ? l->c->dir : "",
                     joined ? "/" : "", file);

    if (!key->is_file || n < 0 || (size_t)n >= sizeof path) {
        return 0; /* fn_set() knows more about it */
    }
    if (stat(path, &st) < 0) {
        return yaml_doc_say(&l->y, node, "%s: %.512s: %s, expected a file",
                            key->name, path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return yaml_doc_say(&l->y, node,
                            "%s: %.512s is a directory, expected a file",
                            key->name, path);
    }
    return 0;
}

/* One setting, at 'node' in the file. */
static int load_setting(struct chain_load *l, const yaml_node_t *node,
                        const struct fn *fn, const char *value,
                        struct write_list *w)
{
    const char *name = (const char *)node->data.scalar.value;
    char where[600];
    int err = 0;

    for (size_t k = 0; err == 0 && k < fn->n_keys; k++) {
        if (strcmp(fn->keys[k].name, name) == 0) {
            err = load_check_file(l, node, &fn->keys[k], value);
        }
    }
    if (err != 0) {
        return err;
    }
    (void)snprintf(where, sizeof where, "%.512s:%d:%d", l->y.file,
                   yaml_doc_line(node), yaml_doc_column(node));
    return fn_set(fn, name, value, where, l->c->dir, w);
}

int chain_load_set(struct chain_load *l, const yaml_node_t *node,
                   const struct fn *fn, struct write_list *w)
{
    const yaml_node_t *key;
    const yaml_node_t *value;
    const char *name;
    const char *text;
    size_t n = 0;
    int err = yaml_doc_map_count(&l->y, node, "set", &n);

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = yaml_doc_entry(&l->y, node, k, &key, &value);
        if (err == 0) {
            err = yaml_doc_text(&l->y, key, "setting", &name);
        }
        if (err == 0) {
            err = yaml_doc_text(&l->y, value, name, &text);
        }
        if (err != 0) {
            return err;
        }
        if (yaml_doc_repeats(&l->y, node, k)) {
            return yaml_doc_say(&l->y, key,
                                "a second setting '%.64s', expected one", name);
        }
        err = load_setting(l, key, fn, text, w);
    }
    return err;
}

/* --- vertices ----------------------------------------------------------- */

/* A new vertex at the end, named by 'name'. */
static int load_vertex(struct chain_load *l, const yaml_node_t *name,
                       enum chain_kind kind, struct chain_vertex **out)
{
    struct chain_vertex *v = &l->c->vertex[l->c->n_vertices];
    char *text = NULL;
    size_t taken;
    int err = chain_load_name(l, name, chain_graph_kind(kind), &text);

    if (err != 0) {
        return err;
    }
    if (chain_graph_find(l->c, text, &taken)) {
        v = &l->c->vertex[taken];
        yaml_doc_say(&l->y, name,
                     "a second '%s', expected another name than the %s's at "
                     "line %d",
                     text, chain_graph_kind(v->kind), v->line);
        free(text);
        return ERR_BAD_INPUT;
    }
    v->kind = kind;
    v->name = text;
    v->line = yaml_doc_line(name);
    v->column = yaml_doc_column(name);
    l->c->n_vertices++;
    *out = v;
    return 0;
}

/* The port of a source or sink; a file may be left out. */
static int load_port(struct chain_load *l, const yaml_node_t *node,
                     struct chain_vertex *v)
{
    struct yaml_doc_key keys[PORT_KINDS + 1] = {{0}};
    enum port_kind kinds[PORT_KINDS];
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    const yaml_node_t *name = NULL;
    struct yaml_names names = {0};
    const char *text;
    size_t n = 0;
    int n_given = 0;

    for (size_t k = 0; k < PORT_KINDS; k++) {
        const struct port_traits *t = &port_traits[k];
        if (v->kind == CHAIN_SOURCE ? t->gives : t->takes) {
            kinds[n] = (enum port_kind)k;
            keys[n++].name = t->word;
            yaml_names_add(&names, t->word);
        }
    }
    int err = yaml_doc_map(&l->y, node, v->name, keys, values);
    for (size_t k = 0; err == 0 && k < n; k++) {
        if (values[k] != NULL) {
            v->port = kinds[k];
            name = values[k];
            n_given++;
        }
    }
    if (err == 0 && n_given != 1) {
        err = yaml_doc_say(
            &l->y, node, "%s '%s' with %s port, expected one: %s",
            chain_graph_kind(v->kind), v->name,
            n_given == 0 ? "no" : "a second", yaml_names_text(&names));
    }
    if (err == 0) {
        err = yaml_doc_text(&l->y, name, port_traits[v->port].word, &text);
    }
    if (err != 0) {
        return err;
    }
    bool empty = yaml_doc_is_empty(name);
    if (empty && !port_traits[v->port].is_bare) {
        return 0;
    }
    v->file = strdup(empty ? "" : text);
    return v->file != NULL ? 0 : ERR_NO_MEM;
}

static int load_ports(struct chain_load *l, const yaml_node_t *node,
                      enum chain_kind kind, size_t n)
{
    const yaml_node_t *key;
    const yaml_node_t *value;
    struct chain_vertex *v;
    int err = 0;

    if (n == 0) {
        return yaml_doc_say(&l->y, node, "no %s, expected at least one",
                            chain_graph_kind(kind));
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        err = yaml_doc_entry(&l->y, node, k, &key, &value);
        if (err == 0) {
            err = load_vertex(l, key, kind, &v);
        }
        if (err == 0) {
            err = load_port(l, value, v);
        }
    }
    return err;
}

static int load_node(struct chain_load *l, const yaml_node_t *node)
{
    enum { NAME, FN, SET };
    static const struct yaml_doc_key keys[] = {[NAME] = {"name", true},
                                               [FN] = {"fn", true},
                                               [SET] = {"set", false},
                                               {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    struct yaml_names names = {0};
    struct chain_vertex *v = NULL;
    const char *fn = NULL;
    int err = yaml_doc_map(&l->y, node, "node", keys, values);

    if (err == 0) {
        err = load_vertex(l, values[NAME], CHAIN_NODE, &v);
    }
    if (err == 0) {
        err = yaml_doc_text(&l->y, values[FN], "fn", &fn);
    }
    if (err != 0) {
        return err;
    }
    v->fn = registry_find(fn);
    if (v->fn == NULL) {
        for (size_t k = 0; registry[k] != NULL; k++) {
            yaml_names_add(&names, registry[k]->csr->name);
        }
        return yaml_doc_say(&l->y, values[FN],
                            "no function '%.64s', expected one of: %s", fn,
                            yaml_names_text(&names));
    }
    return values[SET] != NULL ? chain_load_set(l, values[SET], v->fn, &v->set)
                               : 0;
}

int chain_load_vertices(struct chain_load *l, const yaml_node_t *sources,
                        const yaml_node_t *nodes, const yaml_node_t *sinks)
{
    size_t n_sources = 0;
    size_t n_nodes = 0;
    size_t n_sinks = 0;
    int err = yaml_doc_map_count(&l->y, sources, "sources", &n_sources);

    if (err == 0 && nodes != NULL) {
        err = yaml_doc_seq_count(&l->y, nodes, "nodes", &n_nodes);
    }
    if (err == 0) {
        err = yaml_doc_map_count(&l->y, sinks, "sinks", &n_sinks);
    }
    if (err != 0) {
        return err;
    }
    size_t n = n_sources + n_nodes + n_sinks;
    if (n > CHAIN_VERTICES_MAX) {
        return yaml_doc_say(&l->y, sources,
                            "%zu sources, nodes and sinks, expected at most "
                            "%d",
                            n, CHAIN_VERTICES_MAX);
    }
    l->c->vertex = calloc(n + 1, sizeof *l->c->vertex);
    if (l->c->vertex == NULL) {
        return ERR_NO_MEM;
    }
    err = load_ports(l, sources, CHAIN_SOURCE, n_sources);
    for (size_t k = 0; err == 0 && k < n_nodes; k++) {
        err = load_node(l, yaml_doc_item(&l->y, nodes, k));
    }
    return err != 0 ? err : load_ports(l, sinks, CHAIN_SINK, n_sinks);
}
