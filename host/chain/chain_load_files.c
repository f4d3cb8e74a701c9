/* chain_load_files.c - which files the sources and sinks of a chain use. */
#include "host/chain/chain_load.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "host/chain/chain_graph.h"

enum { FILES_PATH_BYTES = 4096 };

int chain_path(const struct chain *c, const struct chain_vertex *v, char *path,
               size_t n)
{
    bool joined = port_traits[v->port].is_file && !v->file_is_cwd &&
                  v->file[0] != '/' && strcmp(v->file, "-") != 0;
    size_t n_dir = joined ? strlen(c->dir) + 1 : 0;

    if (n_dir + strlen(v->file) >= n) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: path of %s '%s' is too long, expected at "
                       "most %zu bytes",
                       c->file, v->line, v->column, chain_graph_kind(v->kind),
                       v->name, n - 1);
    }
    (void)snprintf(path, n, "%s%s%s", joined ? c->dir : "", joined ? "/" : "",
                   v->file);
    return 0;
}

/* The vertex that "NAME=" names, one of the kinds that 'p' is for. */
static int files_vertex(const struct chain *c, const struct chain_port_file *p,
                        const char *option, size_t n, size_t *v)
{
    struct yaml_names names = {0};
    char name[CHAIN_NAME_BYTES] = "";
    bool is_in = p->option != CHAIN_OUT;
    bool is_out = p->option != CHAIN_IN;

    if (n < sizeof name) {
        memcpy(name, p->text, n);
    }
    if (chain_graph_find(c, name, v) &&
        ((c->vertex[*v].kind == CHAIN_SOURCE && is_in) ||
         (c->vertex[*v].kind == CHAIN_SINK && is_out))) {
        return 0;
    }
    if (is_in) {
        chain_graph_names(c, CHAIN_SOURCE, &names);
    }
    if (is_out) {
        chain_graph_names(c, CHAIN_SINK, &names);
    }
    return err_say(ERR_BAD_INPUT, "%s: no %s '%.*s', expected one of: %s",
                   option,
                   p->option == CHAIN_IN    ? "source"
                   : p->option == CHAIN_OUT ? "sink"
                                            : "source or sink",
                   n < 64 ? (int)n : 64, p->text, yaml_names_text(&names));
}

/* The kind of port and its name that 'text' gives to 'v'. */
static int files_port(const struct chain_port_file *p, const char *text,
                      struct chain_vertex *v, const char **name)
{
    enum port_kind kind;
    struct yaml_names names = {0};

    *name = text;
    if (p->option != CHAIN_PORT) {
        if (!port_traits[v->port].is_file) {
            v->port = PORT_PCAP;
        }
        return 0;
    }
    if (port_parse(text, &kind, name) &&
        (v->kind == CHAIN_SOURCE ? port_traits[kind].gives
                                 : port_traits[kind].takes)) {
        v->port = kind;
        return 0;
    }
    for (size_t k = 0; k < PORT_KINDS; k++) {
        if (v->kind == CHAIN_SOURCE ? port_traits[k].gives
                                    : port_traits[k].takes) {
            yaml_names_add(&names, port_traits[k].word);
        }
    }
    return err_say(ERR_BAD_INPUT,
                   "--port: '%.128s' for %s '%s', expected KIND:NAME with one "
                   "of: %s",
                   text, chain_graph_kind(v->kind), v->name,
                   yaml_names_text(&names));
}

int chain_load_port_files(struct chain *c, const struct chain_port_file *ports,
                          size_t n_ports)
{
    static const char *const options[] = {
        [CHAIN_IN] = "--in", [CHAIN_OUT] = "--out", [CHAIN_PORT] = "--port"};

    for (size_t k = 0; k < n_ports; k++) {
        const struct chain_port_file *p = &ports[k];
        const char *option = options[p->option];
        const char *equals = strchr(p->text, '=');
        const char *name = NULL;
        size_t at;

        if (equals == NULL || equals == p->text || equals[1] == '\0') {
            return err_say(ERR_BAD_INPUT, "%s: '%.256s', expected PORT=%s",
                           option, p->text,
                           p->option == CHAIN_PORT ? "KIND:NAME" : "FILE");
        }
        int err = files_vertex(c, p, option, (size_t)(equals - p->text), &at);
        if (err < 0) {
            return err;
        }
        struct chain_vertex *v = &c->vertex[at];
        if (v->file_is_cwd) {
            return err_say(ERR_BAD_INPUT,
                           "%s: a second file for '%s', expected one", option,
                           v->name);
        }
        err = files_port(p, equals + 1, v, &name);
        if (err < 0) {
            return err;
        }
        free(v->file);
        v->file = strdup(name);
        v->file_is_cwd = true;
        if (v->file == NULL) {
            return ERR_NO_MEM;
        }
    }
    return 0;
}

/* The folder of 'path', with which it begins, in 'dir'. */
static void files_dir(const char *path, char *dir)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        memcpy(dir, ".", sizeof ".");
        return;
    }
    memcpy(dir, path, (size_t)(slash - path) + 1);
    dir[slash - path + 1] = '\0';
}

static const char *files_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* One file by two paths?  It need not exist yet; its folder must. */
static bool files_same(const char *a, const char *b)
{
    struct stat x;
    struct stat y;

    if (strcmp(a, b) == 0) {
        return true;
    }
    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0) {
        return false;
    }
    if (stat(a, &x) < 0 || stat(b, &y) < 0) {
        char dir[FILES_PATH_BYTES];
        if (strcmp(files_base(a), files_base(b)) != 0) {
            return false;
        }
        files_dir(a, dir);
        if (stat(dir, &x) < 0) {
            return false;
        }
        files_dir(b, dir);
        if (stat(dir, &y) < 0) {
            return false;
        }
    }
    return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Sources with one port: each packet would come to one of them. */
static int files_check_shared(const struct chain *c,
                              const struct chain_vertex *v,
                              const struct chain_vertex *w)
{
    if (v->kind != CHAIN_SOURCE || v->port != w->port ||
        !port_traits[v->port].is_wire || strcmp(v->file, w->file) != 0) {
        return 0;
    }
    return err_say(ERR_BAD_INPUT,
                   "%s:%d:%d: source '%s' has the port of '%s', expected "
                   "another than %s:%.256s",
                   c->file, w->line, w->column, w->name, v->name,
                   port_traits[v->port].word, w->file);
}

/* Sinks with one file, sources with one stdin; 'v' and 'w' are of one kind. */
static int files_check_pair(const struct chain *c, const struct chain_vertex *v,
                            const struct chain_vertex *w)
{
    char a[FILES_PATH_BYTES];
    char b[FILES_PATH_BYTES];

    if (!port_traits[v->port].is_file || !port_traits[w->port].is_file) {
        return files_check_shared(c, v, w);
    }
    int err = chain_path(c, v, a, sizeof a);
    if (err == 0) {
        err = chain_path(c, w, b, sizeof b);
    }
    if (err != 0) {
        return err;
    }
    if (v->kind == CHAIN_SINK ? files_same(a, b)
                              : strcmp(a, "-") == 0 && strcmp(b, "-") == 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: %s '%s' has the file of '%s', expected "
                       "another than '%.256s'",
                       c->file, w->line, w->column, chain_graph_kind(w->kind),
                       w->name, v->name, b);
    }
    return 0;
}

static int files_check(const struct chain *c, size_t v)
{
    const struct chain_vertex *x = &c->vertex[v];
    bool is_out = x->kind == CHAIN_SINK;
    int err = 0;

    if (x->kind == CHAIN_NODE) {
        return 0;
    }
    bool is_file = port_traits[x->port].is_file;
    if (x->file == NULL && !is_file) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: %s '%s' has no name, expected one behind %s",
                       c->file, x->line, x->column, chain_graph_kind(x->kind),
                       x->name, port_traits[x->port].word);
    }
    if (x->file == NULL) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: %s '%s' has no file, expected one here or "
                       "with %s %s=FILE",
                       c->file, x->line, x->column, chain_graph_kind(x->kind),
                       x->name, is_out ? "--out" : "--in", x->name);
    }
    if (is_file && !is_out && strcmp(x->file, "-") == 0 &&
        strcmp(c->file, "-") == 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: source '%s' is stdin, expected a file "
                       "because the chain came from there",
                       c->file, x->line, x->column, x->name);
    }
    for (size_t k = 0; err == 0 && k < v; k++) {
        if (c->vertex[k].kind == x->kind) {
            err = files_check_pair(c, &c->vertex[k], x);
        }
    }
    return err;
}

int chain_load_check_files(const struct chain *c)
{
    int err = 0;

    for (size_t v = 0; err == 0 && v < c->n_vertices; v++) {
        err = files_check(c, v);
    }
    return err;
}
