/*
 * graph_check.h - what graph_test.c is made of: graphs built by hand, captures
 * that say where each packet has been, and the look at what came out.
 *
 * Two functions that exist here only make it visible: 'steer' lets a packet
 * leave by the port that its bytes name, 'stamp' writes into the packet by
 * which node and in which state it came by.
 */
#ifndef TESTS_CHAIN_GRAPH_CHECK_H
#define TESTS_CHAIN_GRAPH_CHECK_H

#include "tests/cli_check.h"

#include <pcap/dlt.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "host/chain/run.h"
#include "net/port/pcap_port.h"
#include "tests/capture.h"

/* The test's frames: what stands where. */
enum {
    PORT_AT = 14,   /* port that steer lets it leave by */
    SOURCE_AT = 15, /* which source it came from */
    SEQ_AT = 16,    /* 16 bits: its number there */
    STOPS_AT = 18,  /* nodes that stamped it */
    STAMP_AT = 20,  /* 4 bytes each: ID, in port, out port, items before it */
    FRAME_LEN = 60,
    PORT_DROP = 255, /* steer sets the drop flag instead */
    ITEMS_MAX = 2048,
};

/* A packet to write into a capture, or what a sink's capture holds. */
struct item {
    uint64_t t_ns;
    uint8_t port;
    uint8_t data[FRAME_LEN];
};

struct graph {
    struct chain c;
    struct chain_vertex v[8];
    struct chain_link l[24];
    struct chain_event e[16];
    struct chain_device d[1];
};

struct outcome {
    int err;
    char *json;          /* the report */
    struct capture said; /* on stderr */
};

/* --- functions --- */

static void steer_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    (void)s;
    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        y[k].out_port = y[k].data[PORT_AT];
        y[k].flags |= y[k].out_port == PORT_DROP ? PKT_DROP : 0;
    }
    out->n = in->n;
}

struct stamp_regs {
    uint32_t id, n_seen;
};

static void stamp_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    struct stamp_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        uint8_t *d = y[k].data;
        uint8_t *at = d + STAMP_AT + (size_t)4 * d[STOPS_AT]++;
        at[0] = (uint8_t)regs->id;
        at[1] = x[k].in_port;
        at[2] = x[k].out_port;
        at[3] = (uint8_t)regs->n_seen++;
    }
    out->n = in->n;
}

static const struct csr_layout steer_csr = {
    .name = "steer", .in = FN_PKT, .out = FN_PKT};
static const struct fn steer = {.csr = &steer_csr, .run = steer_run};

static const struct csr_reg stamp_csr_regs[] = {
    {"ID", 0x80, CSR_RW, 0, UINT32_MAX, "Of the node", NULL, 0},
    {"N_SEEN", 0x84, CSR_COUNT, 0, UINT32_MAX, "Packets stamped", NULL, 0},
};
static const struct csr_layout stamp_csr = {.name = "stamp",
                                            .in = FN_PKT,
                                            .out = FN_PKT,
                                            .regs = stamp_csr_regs,
                                            .n_regs = 2};
static const struct fn stamp = {.csr = &stamp_csr, .run = stamp_run};

/* --- graphs --- */

static void graph_init(struct graph *g)
{
    static char dir[512];

    (void)snprintf(dir, sizeof dir, "%s", cli_dir());
    *g = (struct graph){.c = {.name = "g", .file = "g.yaml", .dir = dir}};
    g->c.vertex = g->v;
    g->c.link = g->l;
    g->c.event = g->e;
    g->c.device = g->d;
}

/* Vertices are to be added in the order data takes. */
static size_t add_file(struct graph *g, enum chain_kind kind, char *file)
{
    g->v[g->c.n_vertices] =
        (struct chain_vertex){.kind = kind, .name = file, .file = file};
    return g->c.n_vertices++;
}

static size_t add_node(struct graph *g, char *name, const struct fn *fn)
{
    g->v[g->c.n_vertices] =
        (struct chain_vertex){.kind = CHAIN_NODE, .name = name, .fn = fn};
    return g->c.n_vertices++;
}

static size_t add_stamp(struct graph *g, char *name, uint8_t id)
{
    size_t k = add_node(g, name, &stamp);

    assert_int_equal(write_list_emit(&g->v[k].set, 0x80, id), 0);
    return k;
}

static void add_link(struct graph *g, size_t from, int from_port, size_t to,
                     int to_port)
{
    g->l[g->c.n_links++] = (struct chain_link){
        .from = from, .to = to, .from_port = from_port, .to_port = to_port};
}

/* A link for all ports. */
static void add_way(struct graph *g, size_t from, size_t to)
{
    add_link(g, from, CHAIN_PORT_ANY, to, CHAIN_PORT_ANY);
}

/* Cuts a burst before source item 'at', and changes nothing. */
static void add_cut(struct graph *g, uint64_t at, size_t node)
{
    g->e[g->c.n_events] = (struct chain_event){
        .at = at, .action = CHAIN_SET, .node = node, .line = 7, .column = 5};
    g->c.n_events++;
}

static struct outcome graph_run(const struct graph *g, sig_atomic_t stop_now)
{
    volatile sig_atomic_t stop = stop_now;
    struct report report = {.out = tmpfile(), .json = true};
    struct outcome o;
    long size;

    assert_non_null(report.out);
    capture_begin(&o.said);
    o.err = chain_run(&g->c, &report, &stop, false);
    capture_end(&o.said);
    size = ftell(report.out);
    assert_true(size >= 0);
    o.json = calloc(1, (size_t)size + 1);
    assert_non_null(o.json);
    rewind(report.out);
    assert_int_equal(fread(o.json, 1, (size_t)size, report.out), size);
    (void)fclose(report.out);
    return o;
}

/* As graph_run(), for a graph that runs through without a word. */
static char *graph_run_well(const struct graph *g)
{
    struct outcome o = graph_run(g, 0);

    assert_string_equal(o.said.text, "");
    assert_int_equal(o.err, 0);
    return o.json;
}

static void graph_close(struct graph *g)
{
    for (size_t k = 0; k < g->c.n_vertices; k++) {
        write_list_close(&g->v[k].set);
    }
}

static void assert_summary(const char *json, long long in, long long out,
                           long long dropped)
{
    json_t *list = cli_records(json, "summary");

    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(cli_int(json_array_get(list, 0), "items_in"), in);
    assert_int_equal(cli_int(json_array_get(list, 0), "items_out"), out);
    assert_int_equal(cli_int(json_array_get(list, 0), "dropped"), dropped);
    json_decref(list);
}

static void assert_node(const char *json, const char *name, long long in,
                        long long out, long long dropped)
{
    json_t *list = cli_records(json, "node");
    size_t n = 0;

    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *o = json_array_get(list, k);
        if (strcmp(cli_str(o, "name"), name) == 0) {
            assert_int_equal(cli_int(o, "in"), in);
            assert_int_equal(cli_int(o, "out"), out);
            assert_int_equal(cli_int(o, "dropped"), dropped);
            n++;
        }
    }
    assert_int_equal(n, 1);
    json_decref(list);
}

/* --- captures --- */

static void write_packet(struct pcap_sink *s, uint64_t t_ns, uint8_t *data,
                         uint32_t n)
{
    struct pkt p = {.data = data,
                    .len_bytes = n,
                    .room_bytes = n,
                    .wire_bytes = n,
                    .t_ns = t_ns};
    struct fn_span in = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};

    assert_int_equal(pcap_sink_write(s, &in), 0);
}

/* The capture of source number 'source': times and ports of 'item'. */
static void write_items(const char *file, int link, uint8_t source,
                        const struct item *item, size_t n)
{
    struct pcap_sink *s;

    assert_int_equal(pcap_sink_open(cli_path(file), PCAP_CLASSIC, link, &s), 0);
    for (size_t k = 0; k < n; k++) {
        uint8_t d[FRAME_LEN] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
        d[PORT_AT] = item[k].port;
        d[SOURCE_AT] = source;
        be16_store(d + SEQ_AT, (uint16_t)k);
        write_packet(s, item[k].t_ns, d, sizeof d);
    }
    assert_int_equal(pcap_sink_close(s), 0);
}

/* 'n' packets a microsecond apart, for 'ports' ports in turn. */
static void write_row(const char *file, size_t n, unsigned ports)
{
    static struct item item[ITEMS_MAX];

    for (size_t k = 0; k < n; k++) {
        item[k].t_ns = 1000 * k;
        item[k].port = (uint8_t)(k % ports);
    }
    write_items(file, DLT_EN10MB, 0, item, n);
}

/* Reads what a sink wrote to 'item'; how many. */
static size_t read_items(const char *file, struct item *item)
{
    struct pkt p[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = p, .cap = FN_BURST_PKT};
    struct pcap_source *s;
    size_t n = 0;

    assert_int_equal(pcap_source_open(cli_path(file), 0, &s), 0);
    while (pcap_source_read(s, &span) > 0) {
        for (size_t k = 0; k < span.n; k++) {
            assert_true(n < ITEMS_MAX);
            assert_int_equal(p[k].len_bytes, FRAME_LEN);
            memcpy(item[n].data, p[k].data, FRAME_LEN);
            item[n++].t_ns = p[k].t_ns;
        }
        span.n = 0;
    }
    pcap_source_close(s);
    return n;
}

static void assert_stamp(const struct item *x, size_t stop, uint8_t id,
                         uint8_t in_port, size_t seen)
{
    const uint8_t *at = x->data + STAMP_AT + 4 * stop;

    assert_true(stop < x->data[STOPS_AT]);
    assert_int_equal(at[0], id);
    assert_int_equal(at[1], in_port);
    assert_int_equal(at[2], 0); /* no node has set its out port yet */
    assert_int_equal(at[3], seen % 256);
}

#endif
