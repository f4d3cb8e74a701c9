/* chain_graph.c - see chain_graph.h. */
#include "host/chain/chain_graph.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"

/* One side of a link as written. */
struct graph_end {
    char name[CHAIN_NAME_BYTES];
    int port;
};

bool chain_graph_is_name(const char *text, size_t n)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    if (n == 0 || n >= CHAIN_NAME_BYTES || text[0] == '-') {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        if (memchr(set, text[k], sizeof set - 1) == NULL) {
            return false;
        }
    }
    return true;
}

const char *chain_graph_kind(enum chain_kind kind)
{
    static const char *const names[] = {
        [CHAIN_SOURCE] = "source",
        [CHAIN_NODE] = "node",
        [CHAIN_SINK] = "sink",
    };

    return names[kind];
}

bool chain_graph_find(const struct chain *c, const char *name, size_t *v)
{
    for (size_t k = 0; k < c->n_vertices; k++) {
        if (c->vertex[k].name != NULL && strcmp(c->vertex[k].name, name) == 0) {
            *v = k;
            return true;
        }
    }
    return false;
}

void chain_graph_names(const struct chain *c, enum chain_kind kind,
                       struct yaml_names *names)
{
    for (size_t k = 0; k < c->n_vertices; k++) {
        if (c->vertex[k].kind == kind) {
            yaml_names_add(names, c->vertex[k].name);
        }
    }
}

/* --- links -------------------------------------------------------------- */

/* "NAME" or "NAME.PORT" with blanks around it. */
static bool graph_parse_end(const char *text, size_t n, struct graph_end *end)
{
    uint32_t number = 0;

    while (n > 0 && text[0] == ' ') {
        text++;
        n--;
    }
    while (n > 0 && text[n - 1] == ' ') {
        n--;
    }
    const char *dot = n > 0 ? memchr(text, '.', n) : NULL;
    size_t n_name = dot != NULL ? (size_t)(dot - text) : n;
    if (!chain_graph_is_name(text, n_name)) {
        return false;
    }
    end->port = CHAIN_PORT_ANY;
    if (dot != NULL) {
        char port[8] = "";
        size_t n_port = n - n_name - 1;
        if (n_port >= sizeof port) {
            return false;
        }
        memcpy(port, dot + 1, n_port);
        if (!parse_u32(port, 0, UINT8_MAX, &number)) {
            return false;
        }
        end->port = (int)number;
    }
    memcpy(end->name, text, n_name);
    end->name[n_name] = '\0';
    return true;
}

static int graph_resolve(const struct chain *c, const char *name,
                         const struct chain_link *l, size_t *v)
{
    struct yaml_names names = {0};

    if (chain_graph_find(c, name, v)) {
        return 0;
    }
    for (enum chain_kind k = CHAIN_SOURCE; k <= CHAIN_SINK; k++) {
        chain_graph_names(c, k, &names);
    }
    return err_say(ERR_BAD_INPUT,
                   "%s:%d:%d: no source, node or sink '%s', expected one of: "
                   "%s",
                   c->file, l->line, l->column, name, yaml_names_text(&names));
}

/* What a vertex takes or gives. */
static enum fn_type graph_type(const struct chain_vertex *v, bool is_out)
{
    if (v->kind != CHAIN_NODE) {
        return FN_PKT;
    }
    return is_out ? v->fn->csr->out : v->fn->csr->in;
}

static const char *graph_type_name(enum fn_type type)
{
    return type == FN_PKT ? "packets" : "samples";
}

static int graph_check_link(const struct chain *c, const struct chain_link *l)
{
    const struct chain_vertex *from = &c->vertex[l->from];
    const struct chain_vertex *to = &c->vertex[l->to];
    enum fn_type gives = graph_type(from, true);
    enum fn_type takes = graph_type(to, false);

    if (from->kind == CHAIN_SINK) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: link out of sink '%s', expected a source or "
                       "node before ->",
                       c->file, l->line, l->column, from->name);
    }
    if (to->kind == CHAIN_SOURCE) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: link into source '%s', expected a node or "
                       "sink after ->",
                       c->file, l->line, l->column, to->name);
    }
    if (gives != takes) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: '%s' gives %s, expected %s, which '%s' takes",
                       c->file, l->line, l->column, from->name,
                       graph_type_name(gives), graph_type_name(takes),
                       to->name);
    }
    for (size_t k = 0; k < c->n_links; k++) {
        const struct chain_link *other = &c->link[k];
        if (other->from != l->from || other->from_port != l->from_port) {
            continue;
        }
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: second link from '%s' for %s, expected one; "
                       "the first is at line %d",
                       c->file, l->line, l->column, from->name,
                       l->from_port == CHAIN_PORT_ANY ? "all its ports"
                                                      : "the same port",
                       other->line);
    }
    return 0;
}

int chain_graph_link(struct chain *c, const char *text, int line, int column)
{
    struct chain_link l = {.line = line, .column = column};
    struct graph_end from;
    struct graph_end to;
    const char *arrow = strstr(text, "->");
    int err;

    if (arrow == NULL ||
        !graph_parse_end(text, (size_t)(arrow - text), &from) ||
        !graph_parse_end(arrow + 2, strlen(arrow + 2), &to)) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d:%d: link '%.128s', expected A[.PORT] -> "
                       "B[.PORT] with ports from 0 to 255",
                       c->file, line, column, text);
    }
    l.from_port = from.port;
    l.to_port = to.port;
    err = graph_resolve(c, from.name, &l, &l.from);
    if (err == 0) {
        err = graph_resolve(c, to.name, &l, &l.to);
    }
    if (err == 0) {
        err = graph_check_link(c, &l);
    }
    if (err != 0) {
        return err;
    }
    c->link[c->n_links++] = l;
    return 0;
}

/* --- order -------------------------------------------------------------- */

static int graph_check_linked(const struct chain *c, size_t v)
{
    const struct chain_vertex *x = &c->vertex[v];
    bool has_in = x->kind == CHAIN_SOURCE;
    bool has_out = x->kind == CHAIN_SINK;

    for (size_t k = 0; k < c->n_links; k++) {
        has_in = has_in || c->link[k].to == v;
        has_out = has_out || c->link[k].from == v;
    }
    if (has_in && has_out) {
        return 0;
    }
    return err_say(ERR_BAD_INPUT,
                   "%s:%d:%d: %s '%s' has no %s, expected a "
                   "link %s it",
                   c->file, x->line, x->column, chain_graph_kind(x->kind),
                   x->name, has_in ? "output" : "input",
                   has_in ? "from" : "to");
}

/*
 * Kahn's algorithm, the first of the ready vertices next.  'order' gets the
 * vertices that are behind no cycle; returns their number.
 */
static size_t graph_order(const struct chain *c, size_t *order, bool *done)
{
    size_t n_in[CHAIN_VERTICES_MAX] = {0}; /* links from vertices not done */

    for (size_t k = 0; k < c->n_links; k++) {
        n_in[c->link[k].to]++;
    }
    for (size_t n = 0; n < c->n_vertices; n++) {
        size_t v = 0;
        while (v < c->n_vertices && (done[v] || n_in[v] > 0)) {
            v++;
        }
        if (v == c->n_vertices) {
            return n;
        }
        done[v] = true;
        order[n] = v;
        for (size_t k = 0; k < c->n_links; k++) {
            n_in[c->link[k].to] -= c->link[k].from == v;
        }
    }
    return c->n_vertices;
}

/* First link into 'v' from a vertex that is not done; there is one. */
static size_t graph_back(const struct chain *c, const bool *done, size_t v)
{
    size_t k = 0;

    while (c->link[k].to != v || done[c->link[k].from]) {
        k++;
        assert(k < c->n_links);
    }
    return k;
}

/*
 * Every vertex that is not done has a link from another such one, so going
 * back n_vertices steps ends on a cycle.
 */
static int graph_say_cycle(const struct chain *c, const bool *done)
{
    char text[640] = "";
    size_t link[CHAIN_VERTICES_MAX]; /* the cycle's, against their direction */
    size_t n = 0;
    size_t last = 0; /* index in link[] of the last one in the file */
    size_t v = 0;

    while (done[v]) {
        v++;
    }
    for (size_t k = 0; k < c->n_vertices; k++) {
        v = c->link[graph_back(c, done, v)].from;
    }
    size_t start = v;
    do {
        link[n] = graph_back(c, done, v);
        last = link[n] > link[last] ? n : last;
        v = c->link[link[n]].from;
        n++;
    } while (v != start);

    const struct chain_link *closing = &c->link[link[last]];
    size_t len = 0;
    for (size_t k = 0; k < n; k++) {
        const char *name = c->vertex[c->link[link[(last + n - k) % n]].to].name;
        size_t room = sizeof text - len;
        int want = snprintf(text + len, room, "%s -> ", name);
        if (want < 0 || (size_t)want + sizeof "... -> " > room) {
            memcpy(text + len, "... -> ", sizeof "... -> ");
            break;
        }
        len += (size_t)want;
    }
    return err_say(ERR_BAD_INPUT,
                   "%s:%d:%d: link closes a cycle: %s%s, expected none",
                   c->file, closing->line, closing->column, text,
                   c->vertex[closing->to].name);
}

int chain_graph_sort(struct chain *c)
{
    struct chain_vertex old[CHAIN_VERTICES_MAX];
    size_t order[CHAIN_VERTICES_MAX] = {0}; /* new place -> old place */
    size_t place[CHAIN_VERTICES_MAX] = {0}; /* old place -> new place */
    bool done[CHAIN_VERTICES_MAX] = {false};

    assert(c->n_vertices <= CHAIN_VERTICES_MAX);
    for (size_t v = 0; v < c->n_vertices; v++) {
        int err = graph_check_linked(c, v);
        if (err != 0) {
            return err;
        }
    }
    if (graph_order(c, order, done) < c->n_vertices) {
        return graph_say_cycle(c, done);
    }
    memcpy(old, c->vertex, c->n_vertices * sizeof old[0]);
    for (size_t k = 0; k < c->n_vertices; k++) {
        c->vertex[k] = old[order[k]];
        place[order[k]] = k;
    }
    for (size_t k = 0; k < c->n_links; k++) {
        c->link[k].from = place[c->link[k].from];
        c->link[k].to = place[c->link[k].to];
    }
    return 0;
}
