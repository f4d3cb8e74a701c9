/*
 * chain_load.h - what the parts of loading a chain share.  The rest of the
 * program uses chain.h.
 *
 * All return ERR_BAD_INPUT, with the message printed, or ERR_NO_MEM.
 */
#ifndef HOST_CHAIN_CHAIN_LOAD_H
#define HOST_CHAIN_CHAIN_LOAD_H

#include <stddef.h>

#include "core/yaml/yaml_doc.h"
#include "host/chain/chain.h"

enum {
    CHAIN_EVENTS_MAX = 4096,
};

struct chain_load {
    struct yaml_doc y;
    struct chain *c; /* half built; its counts say how far */
};

/* A copy of the name at 'node' in '*name'. */
int chain_load_name(const struct chain_load *l, const yaml_node_t *node,
                    const char *what, char **name);

/* The writes of the map of settings at 'node' for function 'fn'. */
int chain_load_set(struct chain_load *l, const yaml_node_t *node,
                   const struct fn *fn, struct write_list *w);

/* All vertices, without links; 'nodes' may be NULL. */
int chain_load_vertices(struct chain_load *l, const yaml_node_t *sources,
                        const yaml_node_t *nodes, const yaml_node_t *sinks);

/* The map of devices at 'node'. */
int chain_load_devices(struct chain_load *l, const yaml_node_t *node);

/* Where the values of the chain's keys of repair are, NULL if left out. */
struct chain_load_repair {
    const yaml_node_t *repair, *self_test, *forgive, *reload_every, *telemetry;
};

/* What is done about slots that err: defaults, and what the file says. */
int chain_load_repair(struct chain_load *l, const struct chain_load_repair *at);

/* The list of events at 'node'; vertices and devices must be there. */
int chain_load_schedule(struct chain_load *l, const yaml_node_t *node);

/* The map of nodes and their units of time at 'node'; vertices must be there.
 */
int chain_load_tick(struct chain_load *l, const yaml_node_t *node);

/* Gives the files of the command line to the sources and sinks they name. */
int chain_load_port_files(struct chain *c, const struct chain_port_file *ports,
                          size_t n_ports);

/* Every source and sink has a file, and none is in the way of another. */
int chain_load_check_files(const struct chain *c);

#endif
