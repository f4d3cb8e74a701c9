/*
 * run.c - see run.h.
 *
 * Packets of all sources are merged by time into bursts and numbered; a burst
 * is carried through the vertices in topological order.  What a vertex gets
 * from several others it takes in the order of those numbers, so results do not
 * depend on where bursts are cut.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "host/chain/run_in.h"
#include "host/chain/segment.h"

enum { PROGRESS_BURSTS = 64 };

/* --- schedule --- */

static int inject_fault(struct run *r, const struct chain_event *e)
{
    char device_name[96];
    int err = device_flip(r->device[e->device], e->slot, e->flip);

    if (err == ERR_DEVICE) {
        return 0; /* an empty slot has nothing to break; that has been said */
    }
    if (err == 0) {
        (void)snprintf(device_name, sizeof device_name, "%s/%u",
                       r->c->device[e->device].name, e->slot); /* fits */
        report_fault(r->report, r->items.in, device_name, e->flip);
    }
    return err;
}

static int do_event(struct run *r, const struct chain_event *e)
{
    switch (e->action) {
    case CHAIN_CONCRETIZE:
        node_concretize(r->station[e->node].node, r->device[e->device],
                        r->c->device[e->device].name, e->slot, e->shadow,
                        e->may_cache);
        return 0;
    case CHAIN_VIRTUALIZE:
        node_virtualize(r->station[e->node].node, e->shadow);
        return 0;
    case CHAIN_SET: node_set(r->station[e->node].node, &e->set); return 0;
    case CHAIN_FAULT: return inject_fault(r, e);
    case CHAIN_RELOAD: node_reload(r->station[e->node].node); return 0;
    }
    return 0;
}

/* --- items --- */

/* The source whose next packet is the earliest, or NULL: the burst is full. */
static struct station *earliest(struct run *r, bool first)
{
    struct station *best = NULL;

    for (size_t k = 0; k < r->c->n_vertices; k++) {
        struct station *s = &r->station[k];
        const struct chain_vertex *v = &r->c->vertex[k];
        if (v->kind != CHAIN_SOURCE) {
            continue;
        }
        bool is_wire = port_traits[v->port].is_wire;
        if (!run_source_ready(r, s, first)) {
            if (!s->ended && !is_wire) {
                return NULL; /* a burst ends where a read ends */
            }
            continue;
        }
        if (best == NULL ||
            s->out[s->out_at].t_ns < best->out[best->out_at].t_ns) {
            best = s;
        }
    }
    return best;
}

/* Takes up to 'max' packets from the sources; how many, or an error. */
static int take_burst(struct run *r, uint64_t max)
{
    int n = 0;
    size_t bytes = 0;

    pool_give(r->pool, r->held, r->n_held);
    r->n_held = 0;
    while (n < FN_BURST_PKT && (uint64_t)n < max) {
        struct station *s = earliest(r, n == 0);
        if (s == NULL) {
            break;
        }
        struct pkt *p = &s->out[s->out_at];
        bytes += p->len_bytes + NODE_PKT_ROOM;
        if (bytes > r->burst_bytes || (run_time_changes(r, p->t_ns) && n > 0)) {
            break;
        }
        run_write_time(r, p->t_ns);
        run_hold(r, pool_index(r->pool, p->data));
        s->out_at++;
        p->item = r->items.in++;
        int err = run_route(r, (size_t)(s - r->station), p, false);
        if (err < 0) {
            return err;
        }
        n++;
    }
    return n;
}

/* Packets of 'p' that a node takes at once. */
static size_t part_of(const struct pkt *p, size_t n)
{
    size_t k = 0;
    size_t bytes = 0;

    while (k < n && k < FN_BURST_PKT) {
        bytes += p[k].len_bytes + NODE_PKT_ROOM;
        if (bytes > NODE_BURST_BYTES) {
            break;
        }
        k++;
    }
    return k;
}

/*
 * Runs the node at vertex k, and those behind it that share the fabric with it;
 * '*last' is the vertex that 'out' leaves.
 */
static int run_nodes(struct run *r, size_t k, const struct fn_span *in,
                     struct fn_span *out, size_t *last)
{
    struct station *s = &r->station[k];
    struct segment line = {.n = 0};
    uint64_t item = ((const struct pkt *)in->items)->item;
    int err = ERR_MISSING;

    *last = k;
    for (size_t v = k;
         v != SEGMENT_NONE && segment_add(&line, r->station[v].node);
         v = r->station[v].next) {
        *last = v;
    }
    if (line.n > 1) {
        err = segment_run(&line, r->c->twin, in, out);
    }
    if (err != ERR_MISSING && line.n != s->n_line) {
        report_segment(r->report, r->c->vertex[k].name,
                       r->c->vertex[*last].name, line.n, item);
    }
    s->n_line = err == ERR_MISSING ? 0 : line.n;
    if (err == ERR_MISSING) {
        *last = k;
        err = node_run(s->node, in, out);
    }
    return err;
}

/* Runs what station 'k', a node, holds; its bytes stay until its next part. */
static int carry_node(struct run *r, size_t k)
{
    struct station *s = &r->station[k];
    size_t last = k;
    int err = 0;

    for (size_t at = 0; err == 0 && at < s->n_in;) {
        struct fn_span in = {
            .type = FN_PKT, .items = s->in + at, .cap = FN_BURST_PKT};
        struct fn_span out = {
            .type = FN_PKT, .items = s->out, .cap = FN_BURST_PKT};
        in.n = part_of(s->in + at, s->n_in - at);
        at += in.n;
        err = run_nodes(r, k, &in, &out, &last);
        for (size_t j = 0; err == 0 && j < out.n; j++) {
            err = run_route(r, last, &s->out[j], at < s->n_in);
        }
    }
    return err;
}

/* Carries what the stations hold through nodes and into sinks. */
static int carry_burst(struct run *r)
{
    int err = 0;

    for (size_t k = 0; err == 0 && k < r->c->n_vertices; k++) {
        struct station *s = &r->station[k];
        struct fn_span in = {
            .type = FN_PKT, .items = s->in, .n = s->n_in, .cap = s->cap_in};
        if (s->n_in == 0) {
            continue;
        }
        if (s->n_feeds > 1) {
            flood_sort(s->in, s->n_in, r->scratch);
        }
        if (r->c->vertex[k].kind == CHAIN_SINK) {
            err = run_send(r, k, &in);
        } else {
            err = carry_node(r, k);
        }
        s->n_in = 0;
    }
    return err;
}

static int run_all(struct run *r, bool progress)
{
    const struct chain *c = r->c;
    uint64_t bursts = 0;
    int n;
    int err = 0;

    do {
        uint64_t max = UINT64_MAX;
        while (r->next_event < c->n_events &&
               c->event[r->next_event].at <= r->items.in) {
            err = do_event(r, &c->event[r->next_event++]);
            if (err < 0) {
                return err;
            }
        }
        if (r->next_event < c->n_events) {
            max = c->event[r->next_event].at - r->items.in;
        }
        n = take_burst(r, max);
        err = n < 0 ? n : carry_burst(r);
        if (n == 0 && run_may_wait(r)) {
            run_wait(r);
            n = 1;
        }
        if (progress && bursts++ % PROGRESS_BURSTS == 0) {
            (void)fprintf(stderr, "\r%" PRIu64 " packets", r->items.in);
        }
    } while (err == 0 && n > 0 && !*r->stop);
    if (progress) {
        (void)fprintf(stderr, "\r%*s\r", 40, "");
    }
    return err;
}

int chain_run(const struct chain *c, const struct report *report,
              const volatile sig_atomic_t *stop, bool progress)
{
    struct run r = {.c = c, .report = report, .stop = stop};
    uint64_t start = clock_ns();
    int err = ERR_NO_MEM;

    r.station = calloc(c->n_vertices, sizeof *r.station);
    if (r.station == NULL) {
        return err_say(err, "%s: not enough memory", c->file);
    }
    err = run_open(&r);
    if (err == 0) {
        report_chain(report, c);
        err = run_all(&r, progress);
        for (size_t k = 0; k < c->n_vertices; k++) {
            if (r.station[k].node != NULL) {
                node_finish(r.station[k].node);
            }
        }
        run_report_ports(&r);
        report_summary(report, &r.items, (double)(clock_ns() - start) / 1e9);
    }
    if (err == 0 && r.next_event < c->n_events && !*stop) {
        (void)err_say(0,
                      "%s:%d:%d: item %" PRIu64
                      " never came, the input ended at %" PRIu64,
                      c->file, c->event[r.next_event].line,
                      c->event[r.next_event].column, c->event[r.next_event].at,
                      r.items.in);
    }
    if (*stop && r.items.in == 0) {
        err = 0; /* stopped before it began */
    }
    int close_err = run_close(&r);
    err = err < 0 ? err : r.err;
    return err < 0 ? err : close_err;
}
