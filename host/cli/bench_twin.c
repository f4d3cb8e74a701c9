/*
 * bench_twin.c - what the twin costs: beside a Verilated device, and of its
 * digests alone on the C body.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/driver.h"
#include "host/chain/node.h"
#include "host/cli/bench.h"
#include "twin/watch.h"

enum { WALK = 16, WIDTH = 64 }; /* the defaults */

/* The function in a slot, without and with a twin; and C bodies alone. */
struct bed {
    struct bench *bench;
    const struct fn *fn;
    struct device *device[2];
    struct node *node[2];
    struct body *c[2];
    struct twin_watch watch;
};

static struct fn_span burst_in(struct bench *b, const struct fn *fn)
{
    bool packets = fn->csr->in == FN_PKT;
    struct fn_span in = {.type = fn->csr->in};

    in.items = packets ? (void *)b->pkt[0] : (void *)b->iq[0];
    in.n = in.cap = packets ? FN_BURST_PKT : FN_BURST_IQ;
    return in;
}

static struct fn_span burst_out(struct bench *b, const struct fn *fn)
{
    bool packets = fn->csr->out == FN_PKT;
    struct fn_span out = {.type = fn->csr->out};

    out.items = packets ? (void *)b->pkt[1] : (void *)b->iq[1];
    out.cap = packets ? FN_BURST_PKT : FN_BURST_IQ;
    for (size_t k = 0; packets && k < FN_BURST_PKT; k++) {
        b->pkt[1][k] =
            (struct pkt){.data = b->bytes[1][k], .room_bytes = BENCH_ROOM};
    }
    return out;
}

static int run_node(struct bed *d, int k)
{
    struct fn_span in = burst_in(d->bench, d->fn);
    struct fn_span out = burst_out(d->bench, d->fn);

    return node_run(d->node[k], &in, &out);
}

static int run_alone(void *ctx)
{
    return run_node(ctx, 0);
}

static int run_watched(void *ctx)
{
    return run_node(ctx, 1);
}

static int run_plain(void *ctx)
{
    struct bed *d = ctx;

    return bench_burst(d->bench, d->c[0]);
}

static int run_digests(void *ctx)
{
    struct bed *d = ctx;
    struct fn_span in = burst_in(d->bench, d->fn);
    struct fn_span out = burst_out(d->bench, d->fn);
    struct twin_verdict v;

    in.item0 = d->watch.items;
    return twin_watch_run(&d->watch, &in, &out, NULL, 0, &v);
}

/* Both nodes in slots of their own, behind their shadow runs. */
static int open_nodes(struct bed *d, const struct chain_vertex *v,
                      const struct report *report)
{
    static const enum chain_twin twins[2] = {CHAIN_TWIN_OFF,
                                             CHAIN_TWIN_CHECKED};
    static const struct chain_repair how = {.on = true,
                                            .self_test = 1,
                                            .forgive = 1,
                                            .window_beats = TELEMETRY_WINDOW,
                                            .walk_words = WALK};
    struct device_config config = {.n_slots = 1, .width_bits = WIDTH};
    int err = 0;

    for (int k = 0; err == 0 && k < 2; k++) {
        struct device *device;
        uint32_t slot;
        err = driver_open("sim", &config, &d->device[k]);
        err = err < 0 ? err : node_open(v, twins[k], report, &d->node[k]);
        err = err < 0 ? err : node_watch(d->node[k], &how);
        if (err == 0) {
            node_concretize(d->node[k], d->device[k], "bench", 0, 1, false);
            err = run_node(d, k);
        }
        if (err == 0 && !node_is_stable_on(d->node[k], &device, &slot)) {
            err =
                err_say(ERR_DEVICE, "%s: the bodies differ", d->fn->csr->name);
        }
    }
    return err;
}

static int open_bodies(struct bed *d)
{
    int err = body_open_c(d->fn, &d->c[0]);

    err = err < 0 ? err : body_open_c(d->fn, &d->c[1]);
    err = err < 0 ? err : bench_setup(d->fn, d->c[0]);
    err = err < 0 ? err : bench_setup(d->fn, d->c[1]);
    if (err == 0) {
        twin_watch_begin(&d->watch, d->c[1], 0, 0);
    }
    return err;
}

/* Bytes of the burst. */
static double burst_bytes(const struct bed *d)
{
    double bytes = 0;

    if (d->fn->csr->in != FN_PKT) {
        return FN_BURST_IQ * sizeof(struct iq16);
    }
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        bytes += d->bench->pkt[0][k].len_bytes;
    }
    return bytes;
}

int bench_twin(struct bench *b, const struct fn *fn)
{
    struct bed d = {.bench = b, .fn = fn};
    struct chain_vertex v = {.kind = CHAIN_NODE, .name = "bench", .fn = fn};
    struct report report = {.json = true, .out = fopen("/dev/null", "w")};
    struct rng r = {1};
    double ns[2] = {0}, ratio = 0;
    char name[80], peer[80];
    int err = report.out == NULL
                  ? err_say(ERR_IO, "/dev/null: cannot be opened")
                  : fn->setup(&r, write_list_emit, &v.set);

    err = err < 0 ? err : open_nodes(&d, &v, &report);
    err = err < 0 ? err : open_bodies(&d);
    err = err < 0
              ? err
              : bench_pair((int (*const[2])(void *)){run_alone, run_watched},
                           &d, ns, &ratio);
    if (err == 0) {
        (void)snprintf(name, sizeof name, "%s.twin", fn->csr->name); /* fits */
        (void)snprintf(peer, sizeof peer, "%s without a twin",
                       fn->csr->name); /* fits */
        bench_print_ratio(b, name, ns[1] / 1e3, "us/burst", ratio, peer);
        err = bench_pair((int (*const[2])(void *)){run_plain, run_digests}, &d,
                         ns, &ratio);
    }
    if (err == 0) {
        (void)snprintf(name, sizeof name, "%s.digests", fn->csr->name);
        (void)snprintf(peer, sizeof peer, "%s.c", fn->csr->name); /* fits */
        bench_print_ratio(b, name, (ns[1] - ns[0]) / burst_bytes(&d), "ns/byte",
                          ratio, peer);
    }
    for (int k = 0; k < 2; k++) {
        node_close(d.node[k]);
        device_close(d.device[k]);
        body_close(d.c[k]);
    }
    write_list_close(&v.set);
    if (report.out != NULL) {
        (void)fclose(report.out); /* it holds nothing */
    }
    return err;
}
