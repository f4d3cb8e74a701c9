/*
 * cli_bench.c - `precast fn bench`: speed of each body of each function on its
 * own stimulus, CPU time of one core.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/cli/bench.h"
#include "host/cli/cli.h"
#include "host/cli/cli_bench_board.h"
#include "host/cli/cli_bench_link.h"

struct burst {
    struct bench *bench;
    struct body *body;
};

static int run_burst(void *ctx)
{
    struct burst *b = ctx;
    int err = bench_burst(b->bench, b->body);

    return err < 0 ? err_say(err, "%s: the body failed", b->body->fn->csr->name)
                   : 0;
}

static void print_link_figure(void *ctx, const char *name, double value,
                              const char *unit)
{
    bench_print(ctx, name, value, unit);
}

static int bench_c(struct bench *b, const struct fn *fn)
{
    bool packets = fn->csr->in == FN_PKT;
    struct body *body = NULL;
    double burst_ns = 1;
    uint64_t bursts;
    int err = body_open_c(fn, &body);

    if (err == 0) {
        err = bench_setup(fn, body);
    }
    if (err == 0) {
        err = bench_median(run_burst, &(struct burst){b, body}, &burst_ns,
                           &bursts);
    }
    if (err == 0) {
        double items = packets ? FN_BURST_PKT : FN_BURST_IQ;
        char name[80];
        (void)snprintf(name, sizeof name, "%s.c", fn->csr->name); /* fits */
        bench_print(b, name, items * 1e3 / burst_ns, packets ? "Mpps" : "Msps");
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
        err = bench_setup(fn, body);
    }
    if (err == 0) {
        err = device_counters(device, 0, &before);
    }
    if (err == 0) {
        err = bench_median(run_burst, &(struct burst){b, body}, &burst_ns,
                           &bursts);
    }
    if (err == 0) {
        err = device_counters(device, 0, &after);
    }
    if (err == 0) {
        double cycles = (double)(after.cycles - before.cycles) / (double)bursts;
        char name[80];
        (void)snprintf(name, sizeof name, "%s.rtl.w%u", fn->csr->name,
                       width_bits); /* fits */
        bench_print(b, name, cycles * 1e3 / burst_ns, "Mcycle/s");
    }
    body_close(body);
    device_close(device);
    return err;
}

int cli_fn_bench(const struct cli_cmd *cmd, int argc, char **argv)
{
    static const uint32_t widths[] = {32, 64, 256};
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
        if (fn->setup == NULL ||
            (o.name != NULL && strcmp(o.name, fn->csr->name) != 0)) {
            continue; /* receivers have no stimulus */
        }
        bench_fill(b, fn);
        err = bench_c(b, fn);
        if (err == 0 && registry_has_rtl(fn->csr->name)) {
            for (size_t k = 0; err == 0 && k < sizeof widths / sizeof widths[0];
                 k++) {
                err = bench_rtl(b, fn, widths[k]);
            }
            err = err < 0 ? err : bench_fabric(b, fn);
            err = err < 0 ? err : bench_twin(b, fn);
        }
    }
    if (err == 0 && o.name == NULL) {
        err = bench_link(print_link_figure, b);
        err = err < 0 ? err : bench_board(print_link_figure, b);
        err = err < 0 ? err : bench_ports(b);
        err = err < 0 ? err : bench_history(b);
    }
    free(b);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
