/* chain_load_tick.c - which nodes of a chain get the time, and how often. */
#include "host/chain/chain_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/chain_graph.h"

enum { TICK_MS_MAX = 86400000 }; /* a day */

/* The offset of the register that 'fn' takes the time from; false: none. */
static bool tick_register(const struct fn *fn, uint32_t *offset)
{
    const struct csr_layout *l = fn->csr;

    for (size_t k = 0; k < l->n_regs; k++) {
        if (strcmp(l->regs[k].name, "TICK") == 0 &&
            l->regs[k].access == CSR_RW) {
            *offset = l->regs[k].offset;
            return true;
        }
    }
    return false;
}

/* "NODE: MS" */
static int load_tick(struct chain_load *l, const yaml_node_t *key,
                     const yaml_node_t *value, struct chain_tick *t)
{
    struct yaml_names names = {0};
    const struct chain *c = l->c;
    const char *name;
    int err = yaml_doc_text(&l->y, key, "tick", &name);

    if (err != 0) {
        return err;
    }
    if (chain_graph_find(c, name, &t->node) &&
        c->vertex[t->node].kind == CHAIN_NODE &&
        tick_register(c->vertex[t->node].fn, &t->offset)) {
        return yaml_doc_u64(&l->y, value, name, 1, TICK_MS_MAX, &t->every_ms);
    }
    for (size_t k = 0; k < c->n_vertices; k++) {
        if (c->vertex[k].kind == CHAIN_NODE &&
            tick_register(c->vertex[k].fn, &t->offset)) {
            yaml_names_add(&names, c->vertex[k].name);
        }
    }
    return yaml_doc_say(&l->y, key,
                        "no node '%.64s' with a register TICK, expected one "
                        "of: %s",
                        name, yaml_names_text(&names));
}

int chain_load_tick(struct chain_load *l, const yaml_node_t *node)
{
    const yaml_node_t *key, *value;
    size_t n = 0;
    int err = yaml_doc_map_count(&l->y, node, "tick", &n);

    if (err != 0) {
        return err;
    }
    l->c->tick = calloc(n + 1, sizeof *l->c->tick);
    err = l->c->tick == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < n; k++) {
        err = yaml_doc_entry(&l->y, node, k, &key, &value);
        if (err == 0 && yaml_doc_repeats(&l->y, node, k)) {
            err = yaml_doc_say(&l->y, key, "a second time, expected one");
        }
        if (err == 0) {
            err = load_tick(l, key, value, &l->c->tick[k]);
            l->c->n_ticks = k + 1;
        }
    }
    return err;
}
