/*
 * chain_graph.h - names and links of a chain while it is being loaded: which
 * links make sense, and the order in which data passes the vertices.
 *
 * Errors are ERR_BAD_INPUT, with the message printed.
 */
#ifndef HOST_CHAIN_CHAIN_GRAPH_H
#define HOST_CHAIN_CHAIN_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/yaml/yaml_doc.h"
#include "host/chain/chain.h"

enum {
    CHAIN_VERTICES_MAX = 256,
    CHAIN_LINKS_MAX = 1024,
    CHAIN_NAME_BYTES = 64, /* with the NUL */
};

/* Letters, digits, _ and -, not - first, shorter than CHAIN_NAME_BYTES. */
bool chain_graph_is_name(const char *text, size_t n);

/* "source", "node" or "sink". */
const char *chain_graph_kind(enum chain_kind kind);

/* False when no vertex is called 'name'. */
bool chain_graph_find(const struct chain *c, const char *name, size_t *v);

/* Adds the names of all vertices of one kind. */
void chain_graph_names(const struct chain *c, enum chain_kind kind,
                       struct yaml_names *names);

/*
 * Appends the link "A[.PORT] -> B[.PORT]" to c->link, which has room for it;
 * all vertices must be there.
 */
int chain_graph_link(struct chain *c, const char *text, int line, int column);

/*
 * Checks that every vertex is linked and nothing runs in a circle, and puts
 * the vertices in the order data takes: sources, nodes, sinks, and those that
 * could change places as they were.
 */
int chain_graph_sort(struct chain *c);

#endif
