/*
 * run.c - see run.h.
 *
 * Packets of all sources are merged by time into bursts and numbered; a burst
 * is carried through the vertices in topological order.  What a vertex gets
 * from several others it takes in the order of those numbers, so results do not
 * depend on where bursts are cut.
 */
#include "host/chain/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "drivers/driver.h"
#include "host/chain/chain_graph.h"
#include "host/chain/flood.h"
#include "host/chain/segment.h"
#include "net/port/pcap_port.h"

enum { PROGRESS_BURSTS = 64 };

/* What runs at a vertex. */
struct station {
    struct pcap_source *source;
    struct pcap_sink *sink;
    struct node *node;
    size_t n_feeds; /* links into it */
    struct pkt *in; /* [cap_in], node, sink: this burst's input */
    size_t n_in, cap_in;
    struct pkt out[FN_BURST_PKT]; /* source: read; node: its output */
    size_t n_out, out_at;         /* source: held, and merged so far */
    bool ended;                   /* source: nothing more to read */
    size_t next;                  /* see segment_plan() */
    size_t n_line; /* nodes that ran as one from here, last time */
};

struct run {
    const struct chain *c;
    const struct report *report;
    struct station *station;                  /* [c->n_vertices] */
    struct device *device[CHAIN_DEVICES_MAX]; /* [c->n_devices] */
    struct report_items items;                /* in: from all sources */
    struct flood_pool copies;                 /* of this burst */
    struct pkt *scratch;                      /* as long as the longest input */
    size_t burst_bytes; /* most that one takes, so that all copies fit */
    size_t next_event;
    int err; /* of a source: reported, and returned at the end */
};

/* True when source station 's' has a packet to give; reads more when needed. */
static bool source_ready(struct run *r, struct station *s, bool may_read)
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

/* --- opening --- */

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
    return source_ready(r, s, true) ? 0 : r->err;
}

static int open_station(struct run *r, size_t k, int *link)
{
    const struct chain_vertex *v = &r->c->vertex[k];
    struct station *s = &r->station[k];
    char path[4096];
    int err;

    if (v->kind == CHAIN_NODE) {
        err = node_open(v, r->c->twin, r->report, &s->node);
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

/* Sources, nodes and devices first: a bad input must not cost an old output. */
static int open_all(struct run *r)
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

static int close_all(struct run *r)
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
        if (s->source == NULL) {
            continue;
        }
        if (!source_ready(r, s, first)) {
            if (!s->ended) {
                return NULL; /* reading on would take this burst's bytes away */
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

/* Gives 'p' to the vertex that 'l' leads to; with 'own', bytes of its own. */
static int give(struct run *r, const struct chain_link *l, const struct pkt *p,
                bool own)
{
    struct station *to = &r->station[l->to];
    struct pkt q = *p;

    if (to->n_in == to->cap_in || (own && !flood_copy(&r->copies, &q))) {
        return err_say(ERR_BAD_INPUT,
                       "%s: more than %d copies of a packet on the way to %s",
                       r->c->file, FLOOD_COPIES_MAX, r->c->vertex[l->to].name);
    }
    q.in_port = l->to_port != CHAIN_PORT_ANY ? (uint8_t)l->to_port : p->in_port;
    q.out_port = 0;
    q.flags &= (uint16_t)~PKT_FLOOD;
    to->in[to->n_in++] = q;
    return 0;
}

/*
 * A copy of 'p' for each link whose port is in the mark, and one for the link
 * without port if there are others in it.  The first copy keeps the bytes.
 */
static int flood(struct run *r, size_t from, const struct pkt *p, bool own)
{
    const struct chain_link *rest = NULL;
    uint32_t left = p->mark;
    size_t n = 0;
    int err = 0;

    for (size_t k = 0; err == 0 && k < r->c->n_links; k++) {
        const struct chain_link *l = &r->c->link[k];
        if (l->from != from) {
            continue;
        }
        if (l->from_port == CHAIN_PORT_ANY) {
            rest = l;
        } else if (l->from_port < FLOOD_PORTS &&
                   (p->mark >> l->from_port & 1) != 0) {
            left &= ~(1u << l->from_port);
            err = give(r, l, p, own || n > 0);
            n++;
        }
    }
    if (err == 0 && rest != NULL && left != 0) {
        err = give(r, rest, p, own || n > 0);
        n++;
    }
    r->items.dropped += n == 0; /* ports that lead nowhere */
    return err;
}

/*
 * Gives packet 'p', which leaves vertex 'from', to those that take it; with
 * 'own' its bytes will not stay as they are.
 */
static int route(struct run *r, size_t from, const struct pkt *p, bool own)
{
    const struct chain_link *best = NULL;

    if ((p->flags & PKT_DROP) != 0) {
        r->items.dropped++;
        return 0;
    }
    if ((p->flags & PKT_FLOOD) != 0) {
        return flood(r, from, p, own);
    }
    for (size_t k = 0; k < r->c->n_links; k++) {
        const struct chain_link *l = &r->c->link[k];
        if (l->from == from &&
            (l->from_port == p->out_port ||
             (l->from_port == CHAIN_PORT_ANY && best == NULL))) {
            best = l;
        }
    }
    if (best == NULL) {
        r->items.dropped++; /* a port that leads nowhere */
        return 0;
    }
    return give(r, best, p, own);
}

/* Takes up to 'max' packets from the sources; how many, or an error. */
static int take_burst(struct run *r, uint64_t max)
{
    int n = 0;
    size_t bytes = 0;

    r->copies.at = 0;
    while (n < FN_BURST_PKT && (uint64_t)n < max) {
        struct station *s = earliest(r, n == 0);
        if (s == NULL) {
            break;
        }
        struct pkt *p = &s->out[s->out_at];
        bytes += p->len_bytes + NODE_PKT_ROOM;
        if (bytes > r->burst_bytes) {
            break;
        }
        s->out_at++;
        p->item = r->items.in++;
        int err = route(r, (size_t)(s - r->station), p, false);
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
            err = route(r, last, &s->out[j], at < s->n_in);
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
        if (s->sink != NULL) {
            r->items.out += in.n;
            err = pcap_sink_write(s->sink, &in);
        } else {
            err = carry_node(r, k);
        }
        s->n_in = 0;
    }
    return err;
}

static int run_all(struct run *r, const volatile sig_atomic_t *stop,
                   bool progress)
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
        if (progress && bursts++ % PROGRESS_BURSTS == 0) {
            (void)fprintf(stderr, "\r%" PRIu64 " packets", r->items.in);
        }
    } while (err == 0 && n > 0 && !*stop);
    if (progress) {
        (void)fprintf(stderr, "\r%*s\r", 40, "");
    }
    return err;
}

int chain_run(const struct chain *c, const struct report *report,
              const volatile sig_atomic_t *stop, bool progress)
{
    struct run r = {.c = c, .report = report};
    uint64_t start = clock_ns();
    int err = ERR_NO_MEM;

    r.station = calloc(c->n_vertices, sizeof *r.station);
    if (r.station == NULL) {
        return err_say(err, "%s: not enough memory", c->file);
    }
    err = open_all(&r);
    if (err == 0) {
        report_chain(report, c);
        err = run_all(&r, stop, progress);
        for (size_t k = 0; k < c->n_vertices; k++) {
            if (r.station[k].node != NULL) {
                node_finish(r.station[k].node);
            }
        }
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
    int close_err = close_all(&r);
    err = err < 0 ? err : r.err;
    return err < 0 ? err : close_err;
}
