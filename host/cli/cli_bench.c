/*
 * cli_bench.c - `precast fn bench`: speed of each body of each function on its
 * own stimulus, CPU time of one core.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/cli/cli.h"

enum {
    ROOM = 2048,       /* bytes of a packet */
    RUNS = 7,          /* the median of so many is printed */
    RUN_NS = 50000000, /* at least so long each */
};

struct bench {
    bool json;
    struct iq16 iq[2][FN_BURST_IQ];
    struct pkt pkt[2][FN_BURST_PKT];
    uint8_t bytes[2][FN_BURST_PKT][ROOM];
};

static void print_figure(bool json, const char *name, double value,
                         const char *unit)
{
    if (!json) {
        printf("%-20s %10.3f %s\n", name, value, unit);
        return;
    }
    json_t *o =
        json_pack("{ss, sf, ss}", "bench", name, "value", value, "unit", unit);
    (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
    (void)putchar('\n');
    json_decref(o);
}

static void fill(struct bench *b, const struct fn *fn, struct rng *r)
{
    for (size_t k = 0; k < FN_BURST_IQ; k++) {
        uint64_t bits = rng_next(r);
        b->iq[0][k] = (struct iq16){(int16_t)bits, (int16_t)(bits >> 16)};
    }
    for (size_t k = 0; k < FN_BURST_PKT && fn->packet != NULL; k++) {
        b->pkt[0][k] = (struct pkt){.data = b->bytes[0][k], .room_bytes = ROOM};
        fn->packet(r, &b->pkt[0][k]);
    }
}

static int run_burst(struct bench *b, struct body *body)
{
    bool packets = body->fn->csr->in == FN_PKT;
    struct fn_span in = {.type = body->fn->csr->in};
    struct fn_span out = {.type = body->fn->csr->out};

    in.items = packets ? (void *)b->pkt[0] : (void *)b->iq[0];
    out.items = packets ? (void *)b->pkt[1] : (void *)b->iq[1];
    in.n = in.cap = out.cap = packets ? FN_BURST_PKT : FN_BURST_IQ;
    for (size_t k = 0; packets && k < FN_BURST_PKT; k++) {
        b->pkt[1][k] = (struct pkt){.data = b->bytes[1][k], .room_bytes = ROOM};
    }
    return body_run(body, &in, &out);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median time of a burst in ns; '*bursts' is how many ran in all. */
static int measure(struct bench *b, struct body *body, double *burst_ns,
                   uint64_t *bursts)
{
    double ns[RUNS];

    *bursts = 0;
    for (int k = 0; k < RUNS; k++) {
        uint64_t start = clock_cpu_ns();
        uint64_t n = 0;
        do {
            int err = run_burst(b, body);
            if (err < 0) {
                return err_say(err, "%s: the body failed", body->fn->csr->name);
            }
            n++;
        } while (clock_cpu_ns() - start < RUN_NS);
        ns[k] = (double)(clock_cpu_ns() - start) / (double)n;
        *bursts += n;
    }
    qsort(ns, RUNS, sizeof ns[0], by_value);
    *burst_ns = ns[RUNS / 2];
    return 0;
}

static int setup(const struct fn *fn, struct body *body)
{
    struct rng r = {1};
    struct write_list w = {0};
    int err = fn->setup(&r, write_list_emit, &w);

    if (err == 0) {
        err = write_list_apply(&w, body);
    }
    write_list_close(&w);
    return err;
}

static int bench_c(struct bench *b, const struct fn *fn)
{
    bool packets = fn->csr->in == FN_PKT;
    struct body *body = NULL;
    double burst_ns = 1;
    uint64_t bursts;
    int err = body_open_c(fn, &body);

    if (err == 0) {
        err = setup(fn, body);
    }
    if (err == 0) {
        err = measure(b, body, &burst_ns, &bursts);
    }
    if (err == 0) {
        double items = packets ? FN_BURST_PKT : FN_BURST_IQ;
        char name[80];
        (void)snprintf(name, sizeof name, "%s.c", fn->csr->name); /* fits */
        print_figure(b->json, name, items * 1e3 / burst_ns,
                     packets ? "Mpps" : "Msps");
    }
    body_close(body);
    return err;
}

static int bench_rtl(struct bench *b, const struct fn *fn, uint32_t width_bits)
{
    struct device_config config = {.n_slots = 1, .width_bits = width_bits};
    struct device *device = NULL;
    struct body *body = NULL;
    struct slot_counters before = {0}, after = {0};
    double burst_ns = 1;
    uint64_t bursts;
    int err = driver_open("sim", &config, &device);

    if (err == 0) {
        err = device_load(device, 0, fn, &body);
    }
    if (err == 0) {
        err = setup(fn, body);
    }
    if (err == 0) {
        err = device_counters(device, 0, &before);
    }
    if (err == 0) {
        err = measure(b, body, &burst_ns, &bursts);
    }
    if (err == 0) {
        err = device_counters(device, 0, &after);
    }
    if (err == 0) {
        double cycles = (double)(after.cycles - before.cycles) / (double)bursts;
        char name[80];
        (void)snprintf(name, sizeof name, "%s.rtl.w%u", fn->csr->name,
                       width_bits); /* fits */
        print_figure(b->json, name, cycles * 1e3 / burst_ns, "Mcycle/s");
    }
    body_close(body);
    device_close(device);
    return err;
}

int cli_fn_bench(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct bench *b = NULL;
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name != NULL && registry_find(o.name) == NULL) {
        return err_say(ERR_NOT_FOUND,
                       "no function '%s', expected one of `precast fn list`",
                       o.name);
    }
    b = calloc(1, sizeof *b);
    if (b == NULL) {
        return err_say(ERR_NO_MEM, "fn bench: not enough memory");
    }
    b->json = o.json;
    for (size_t f = 0; err == 0 && registry[f] != NULL; f++) {
        const struct fn *fn = registry[f];
        struct rng r = {1};
        if (fn->setup == NULL ||
            (o.name != NULL && strcmp(o.name, fn->csr->name) != 0)) {
            continue; /* receivers have no stimulus */
        }
        fill(b, fn, &r);
        err = bench_c(b, fn);
        for (uint32_t w = 32;
             err == 0 && w <= 64 && registry_has_rtl(fn->csr->name); w += 32) {
            err = bench_rtl(b, fn, w);
        }
    }
    free(b);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
