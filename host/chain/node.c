/* node.c - a node's life and its bursts; see node.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/node_in.h"
#include "host/chain/recorder.h"

int node_open(const struct chain_vertex *v, enum chain_twin twin,
              const struct report *report, struct node **out)
{
    struct node *n = calloc(1, sizeof *n);
    int err = ERR_NO_MEM;

    if (n == NULL) {
        goto fail;
    }
    n->v = v;
    n->twin = twin;
    n->report = report;
    /* What a burst takes, from the device and from the cache's C body. */
    n->bytes_cap =
        2 * (NODE_BURST_BYTES + (size_t)FN_BURST_PKT * NODE_PKT_ROOM);
    n->bytes = malloc(n->bytes_cap);
    if (n->bytes == NULL) {
        goto fail;
    }
    err = body_open_c(v->fn, &n->c);
    if (err < 0) {
        goto fail;
    }
    err = write_list_apply(&v->set, n->c);
    if (err < 0) {
        goto fail;
    }
    recorder_set(report->recorder, v->name, v->fn, 0, &v->set);
    *out = n;
    return 0;

fail:
    node_close(n);
    return err;
}

void node_close(struct node *n)
{
    if (n != NULL) {
        node_unload(n);
        node_care_close(n->care);
        body_close(n->c);
        free(n->bytes);
        free(n);
    }
}

uint64_t node_items(const struct node *n)
{
    return n->items.in;
}

uint64_t node_dropped(const struct node *n)
{
    return n->items.dropped;
}

bool node_is_due(const struct node *n)
{
    return n->mode == NODE_RTL && n->repair.reload_every > 0 &&
           n->served >= n->repair.reload_every;
}

int node_run(struct node *n, const struct fn_span *in, struct fn_span *out)
{
    struct pkt *y = in->type == FN_PKT ? out->items : NULL;

    n->bytes_at = 0;
    if (node_is_due(n)) {
        node_reload(n);
    }
    for (size_t k = 0; y != NULL && k < in->n; k++) {
        y[k] = (struct pkt){.data = NULL}; /* edited in place */
    }
    out->type = n->v->fn->csr->out;
    for (size_t at = 0; at < in->n;) {
        struct fn_span part = node_rest(in, at);
        struct fn_span part_out = node_rest(out, at);
        bool shadow = n->mode == NODE_SHADOW_UP || n->mode == NODE_SHADOW_DOWN;
        if (shadow && part.n > n->shadow_left) {
            part.n = (size_t)n->shadow_left; /* the switch falls here */
        }
        part.item0 = n->items.in;
        int err = node_run_part(n, &part, &part_out);
        if (err < 0) {
            return err;
        }
        n->items.in += part.n;
        n->served += part.n;
        at += part.n;
    }
    out->n = in->n;
    for (size_t k = 0; y != NULL && k < out->n; k++) {
        n->items.dropped += (y[k].flags & PKT_DROP) != 0;
    }
    n->items.out = n->items.in - n->items.dropped;
    return 0;
}

bool node_is_up(const struct node *n)
{
    return n->mode == NODE_RTL;
}

/* Totals, and the function's own counters as the serving body has them. */
static void say_node(const struct node *n)
{
    const struct csr_layout *l = n->v->fn->csr;
    bool rtl = n->mode == NODE_RTL || n->mode == NODE_SHADOW_DOWN;
    struct body *b = rtl && n->cache == NULL ? n->rtl : n->c;
    const struct csr_layout *cache =
        n->mode == NODE_RTL && n->cache != NULL ? n->cache->fn->csr : NULL;
    uint32_t regs[256] = {0}, cache_regs[256] = {0};
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        err = body_read(b, l->regs[k].offset, &regs[k]);
        if (n->mode == NODE_RTL && l->regs[k].access == CSR_COUNT) {
            regs[k] += node_cache_count(n, l->regs[k].name);
        }
    }
    for (size_t k = 0; cache != NULL && k < cache->n_regs; k++) {
        cache_regs[k] = node_cache_count(n, cache->regs[k].name);
    }
    report_node(n->report, &(struct report_node){
                               .name = n->v->name,
                               .body = rtl ? "rtl" : "c",
                               .layout = l,
                               .items = &n->items,
                               .regs = err == 0 ? regs : NULL,
                               .cache = cache,
                               .cache_regs = cache_regs,
                           });
}

void node_finish(struct node *n)
{
    if (node_in_repair(n)) {
        report_action(n->report, n->v->name, repair_name(REPAIR_SHADOW),
                      n->items.in, 0, "the input ended in the shadow run");
    } else if (n->mode == NODE_SHADOW_UP || n->mode == NODE_SHADOW_DOWN) {
        node_say_move(n, n->mode == NODE_SHADOW_UP, n->items.in,
                      "the input ended in the shadow run");
    }
    if (n->mode == NODE_RTL && n->twin != CHAIN_TWIN_OFF &&
        !node_same_state(n, n->items.in)) {
        node_quarantine(n, n->items.in);
    }
    say_node(n);
}
