/* run_open.c - the begin and the end of a run; see run_in.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/driver.h"
#include "host/chain/chain_graph.h"
#include "host/chain/run_in.h"
#include "host/chain/segment.h"
#include "net/port/pcap_port.h"

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
    n = port_receive(s->port, &span);
    s->n_out = span.n;
    s->out_at = 0;
    s->ended = n < 0 || (n == 0 && port_ended(s->port));
    r->err = n < 0 ? n : r->err;
    return n > 0;
}

/* An output that is an input would be destroyed before it is read. */
static int check_overwrite(const struct chain *c, const char *sink)
{
    char path[4096];

    for (size_t k = 0; k < c->n_vertices; k++) {
        const struct chain_vertex *v = &c->vertex[k];
        if (v->kind != CHAIN_SOURCE || !port_traits[v->port].is_file) {
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
    struct port_config config = {
        .kind = v->port, .name = path, .pool = r->pool};
    int err = port_open(&config, &s->port);

    if (err < 0) {
        return err;
    }
    if (*link != -1 && *link != port_link(s->port)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: %s has link type %d, expected that of the other "
                       "sources, %d",
                       path, v->name, port_link(s->port), *link);
    }
    *link = port_link(s->port);
    r->is_live = r->is_live || port_traits[v->port].is_live;
    /* Nothing to read: say so before any output is truncated. */
    return !port_traits[v->port].is_file || run_source_ready(r, s, true)
               ? 0
               : r->err;
}

/* A wire that a source or sink before station 'k' has opened. */
static struct port *find_wire(const struct run *r, size_t k)
{
    const struct chain_vertex *v = &r->c->vertex[k];

    for (size_t j = 0; j < r->c->n_vertices; j++) {
        const struct chain_vertex *w = &r->c->vertex[j];
        if (j != k && w->kind != CHAIN_NODE && w->port == v->port &&
            port_traits[v->port].is_wire && strcmp(w->file, v->file) == 0 &&
            r->station[j].port != NULL) {
            return r->station[j].port;
        }
    }
    return NULL;
}

static int open_sink(struct run *r, size_t k, const char *path, int link)
{
    struct port_config config = {.kind = r->c->vertex[k].port,
                                 .name = path,
                                 .is_sink = true,
                                 .link = link,
                                 .pool = r->pool};
    struct station *s = &r->station[k];

    s->port = find_wire(r, k);
    s->port_is_other = s->port != NULL;
    return s->port_is_other ? 0 : port_open(&config, &s->port);
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
    return v->kind == CHAIN_SOURCE ? open_source(r, v, s, path, link)
                                   : open_sink(r, k, path, *link);
}

/* All outputs can be written, and none is an input. */
static int check_sinks(const struct chain *c)
{
    char path[4096];
    int err = 0;

    for (size_t k = 0; err == 0 && k < c->n_vertices; k++) {
        if (c->vertex[k].kind == CHAIN_SINK &&
            port_traits[c->vertex[k].port].is_file) {
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
 * Buffers for all that a burst and its copies may take, at most 'n_ways' of a
 * packet, for what sources have read ahead, and for what ports keep.  Runs are
 * for long packets, which fill more than two fifths of their buffers.  Between
 * runs that are held already, gaps stay that are too short for another.
 */
static int open_pool(struct run *r, size_t n_ways)
{
    size_t copies = (size_t)FLOOD_COPIES_MAX * FN_PKT_BYTES;
    size_t n_sources = 0, n_ports = 0;

    for (size_t k = 0; k < r->c->n_vertices; k++) {
        n_sources += r->c->vertex[k].kind == CHAIN_SOURCE;
        n_ports += r->c->vertex[k].kind != CHAIN_NODE &&
                   port_traits[r->c->vertex[k].port].is_wire;
    }
    r->burst_bytes = copies / (n_ways > 0 ? n_ways : 1);
    if (r->burst_bytes > NODE_BURST_BYTES) {
        r->burst_bytes = NODE_BURST_BYTES;
    }
    size_t held = PORT_READ_BYTES / POOL_BUFFER_BYTES * 5 / 2 +
                  (size_t)FN_BURST_PKT * POOL_RUN;
    size_t n_run = (n_ways + 1) * (r->burst_bytes / POOL_BUFFER_BYTES) * 5 / 2 +
                   n_sources * held + POOL_RUN;
    r->cap_held = (n_ways + 1) * FN_BURST_PKT;
    r->held = calloc(r->cap_held, sizeof *r->held);
    return r->held == NULL
               ? ERR_NO_MEM
               : pool_create((uint32_t)(r->cap_held + n_sources * FN_BURST_PKT +
                                        n_ports * PORT_BUFFERS),
                             (uint32_t)n_run, &r->pool);
}

/*
 * Memory for what a burst may become at each station.  A chain in which one
 * packet could become too many runs as long as it does not.
 */
static int open_inputs(struct run *r)
{
    uint32_t *ways = calloc(r->c->n_vertices + 1, sizeof *ways);
    size_t longest = 0;
    int total = ways == NULL ? ERR_NO_MEM : flood_ways(r->c, ways);
    int err = total < 0 ? total : open_pool(r, (size_t)total);

    for (size_t k = 0; err == 0 && k < r->c->n_vertices; k++) {
        struct station *s = &r->station[k];
        s->cap_in = (size_t)ways[k] * FN_BURST_PKT;
        longest = s->cap_in > longest ? s->cap_in : longest;
        s->in = calloc(s->cap_in + 1, sizeof *s->in);
        err = s->in == NULL ? ERR_NO_MEM : 0;
    }
    free(ways);
    r->scratch = calloc(longest + 1, sizeof *r->scratch);
    r->tick = calloc(r->c->n_ticks + 1, sizeof *r->tick);
    for (size_t k = 0; err == 0 && r->tick != NULL && k < r->c->n_ticks; k++) {
        err = write_list_emit(&r->tick[k], r->c->tick[k].offset, 0);
    }
    return err < 0 || r->scratch == NULL || r->tick == NULL
               ? err_say(ERR_NO_MEM, "%s: not enough memory", r->c->file)
               : 0;
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
        node_close(s->node);
        free(s->in);
        int port_err = s->port_is_other ? 0 : port_close(s->port);
        err = err < 0 ? err : port_err;
    }
    for (size_t k = 0; k < r->c->n_devices; k++) {
        device_close(r->device[k]);
    }
    for (size_t k = 0; r->tick != NULL && k < r->c->n_ticks; k++) {
        write_list_close(&r->tick[k]);
    }
    pool_destroy(r->pool);
    free(r->tick);
    free(r->held);
    free(r->scratch);
    free(r->station);
    return err;
}
