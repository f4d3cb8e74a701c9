/* run_open.c - the begin and the end of a run; see run_in.h. */
#include <stdlib.h>

#include "core/base/err.h"
#include "drivers/driver.h"
#include "host/chain/chain_graph.h"
#include "host/chain/run_in.h"
#include "host/chain/segment.h"

bool run_source_ready(struct run *r, struct station *s, bool may_read)
{
    struct fn_span span = {
        .type = FN_PKT, .items = s->out, .cap = FN_BURST_PKT};
    int n;

    if (s->out_at < s->n_out) {
        return true;
    }
    if (s->ended || !may_read) {
        return false;
    }
    n = pcap_source_read(s->source, &span);
    s->n_out = span.n;
    s->out_at = 0;
    s->ended = n <= 0;
    r->err = n < 0 ? n : r->err;
    return n > 0;
}

/* An output that is an input would be destroyed before it is read. */
static int check_overwrite(const struct chain *c, const char *sink)
{
    char path[4096];

    for (size_t k = 0; k < c->n_vertices; k++) {
        const struct chain_vertex *v = &c->vertex[k];
        if (v->kind != CHAIN_SOURCE) {
            continue;
        }
        int err = chain_path(c, v, path, sizeof path);
        if (err < 0) {
            return err;
        }
        if (pcap_same_file(path, sink)) {
            return err_say(ERR_BAD_INPUT,
                           "%s: is the input of %s, expected another output",
                           sink, v->name);
        }
    }
    return 0;
}

/* '*link' is the link type of the sources before, -1 before the first. */
static int open_source(struct run *r, const struct chain_vertex *v,
                       struct station *s, const char *path, int *link)
{
    int err = pcap_source_open(path, 0, &s->source);

    if (err < 0) {
        return err;
    }
    if (*link != -1 && *link != pcap_source_link(s->source)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: %s has link type %d, expected that of the other "
                       "sources, %d",
                       path, v->name, pcap_source_link(s->source), *link);
    }
    *link = pcap_source_link(s->source);
    /* Nothing to read: say so before any output is truncated. */
    return run_source_ready(r, s, true) ? 0 : r->err;
}

static int open_station(struct run *r, size_t k, int *link)
{
    const struct chain_vertex *v = &r->c->vertex[k];
    struct station *s = &r->station[k];
    char path[4096];
    int err;

    if (v->kind == CHAIN_NODE) {
        err = node_open(v, r->c->twin, r->report, &s->node);
        err = err < 0 ? err : node_watch(s->node, &r->c->repair);
        return err == ERR_NO_MEM
                   ? err_say(err, "node %s: not enough memory", v->name)
                   : err;
    }
    err = chain_path(r->c, v, path, sizeof path);
    if (err < 0) {
        return err;
    }
    if (v->kind == CHAIN_SOURCE) {
        return open_source(r, v, s, path, link);
    }
    return pcap_sink_open(path, v->is_pcapng ? PCAP_NG : PCAP_CLASSIC, *link,
                          &s->sink);
}

/* All outputs can be written, and none is an input. */
static int check_sinks(const struct chain *c)
{
    char path[4096];
    int err = 0;

    for (size_t k = 0; err == 0 && k < c->n_vertices; k++) {
        if (c->vertex[k].kind == CHAIN_SINK) {
            err = chain_path(c, &c->vertex[k], path, sizeof path);
            err = err < 0 ? err : check_overwrite(c, path);
            err = err < 0 ? err : pcap_sink_check(path);
        }
    }
    return err;
}

/* Images in which faults can be injected are slower: only where one will be. */
static bool has_faults(const struct chain *c, size_t device)
{
    for (size_t k = 0; k < c->n_events; k++) {
        if (c->event[k].action == CHAIN_FAULT && c->event[k].device == device) {
            return true;
        }
    }
    return false;
}

static int open_devices(struct run *r)
{
    int err = 0;

    for (size_t k = 0; err == 0 && k < r->c->n_devices; k++) {
        const struct chain_device *d = &r->c->device[k];
        struct device_config config = {
            .n_slots = d->n_slots,
            .width_bits = d->width_bits,
            .faults = has_faults(r->c, k),
            .framed = d->framed,
            .path = d->path,
            .baud = d->baud,
        };
        err = driver_open(d->kind, &config, &r->device[k]);
    }
    return err;
}

/*
 * Memory for what a burst may become at each station.  A chain in which one
 * packet could become too many runs as long as it does not.
 */
static int open_inputs(struct run *r)
{
    size_t pool = (size_t)FLOOD_COPIES_MAX * FN_PKT_BYTES;
    uint32_t *ways = calloc(r->c->n_vertices + 1, sizeof *ways);
    size_t longest = 0;
    int total = ways == NULL ? ERR_NO_MEM : flood_ways(r->c, ways);
    int err = total < 0 ? total : flood_pool_open(&r->copies, pool);

    for (size_t k = 0; err == 0 && k < r->c->n_vertices; k++) {
        struct station *s = &r->station[k];
        s->cap_in = (size_t)ways[k] * FN_BURST_PKT;
        longest = s->cap_in > longest ? s->cap_in : longest;
        s->in = calloc(s->cap_in + 1, sizeof *s->in);
        err = s->in == NULL ? ERR_NO_MEM : 0;
    }
    free(ways);
    r->scratch = calloc(longest + 1, sizeof *r->scratch);
    if (err < 0 || r->scratch == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory", r->c->file);
    }
    r->burst_bytes = pool / (size_t)(total > 0 ? total : 1);
    if (r->burst_bytes > NODE_BURST_BYTES) {
        r->burst_bytes = NODE_BURST_BYTES;
    }
    return 0;
}

static void plan_lines(struct run *r)
{
    size_t next[CHAIN_VERTICES_MAX];

    segment_plan(r->c, next);
    for (size_t k = 0; k < r->c->n_vertices; k++) {
        r->station[k].next = next[k];
    }
}

int run_open(struct run *r)
{
    int link = -1;
    int err = open_devices(r);

    err = err < 0 ? err : open_inputs(r);
    for (int sinks = 0; sinks < 2; sinks++) {
        if (err == 0 && sinks == 1) {
            err = check_sinks(r->c);
        }
        for (size_t k = 0; err == 0 && k < r->c->n_vertices; k++) {
            if ((r->c->vertex[k].kind == CHAIN_SINK) == (sinks == 1)) {
                err = open_station(r, k, &link);
            }
        }
    }
    for (size_t k = 0; k < r->c->n_links; k++) {
        r->station[r->c->link[k].to].n_feeds++;
    }
    plan_lines(r);
    return err;
}

int run_close(struct run *r)
{
    int err = 0;

    for (size_t k = 0; k < r->c->n_vertices; k++) {
        struct station *s = &r->station[k];
        pcap_source_close(s->source);
        node_close(s->node);
        free(s->in);
        int sink_err = pcap_sink_close(s->sink);
        err = err < 0 ? err : sink_err;
    }
    for (size_t k = 0; k < r->c->n_devices; k++) {
        device_close(r->device[k]);
    }
    flood_pool_close(&r->copies);
    free(r->scratch);
    free(r->station);
    return err;
}
