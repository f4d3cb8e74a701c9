/* bench.c - see bench.h. */
#include "host/cli/bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/json/json_line.h"

void bench_print(const struct bench *b, const char *name, double value,
                 const char *unit)
{
    bench_print_ratio(b, name, value, unit, 0, NULL);
}

void bench_print_ratio(const struct bench *b, const char *name, double value,
                       const char *unit, double ratio, const char *peer)
{
    if (!b->json) {
        printf("%-28s %10.3f %s", name, value, unit);
        if (peer != NULL) {
            printf("  x%.3f of %s", ratio, peer);
        }
        (void)putchar('\n');
        return;
    }
    json_t *o =
        json_pack("{ss, sf, ss}", "bench", name, "value", value, "unit", unit);
    if (peer != NULL) {
        (void)json_object_set_new(o, "peer", json_string(peer));
        (void)json_object_set_new(o, "ratio", json_real(ratio));
    }
    json_line(stdout, o, 0);
}

void bench_fill(struct bench *b, const struct fn *fn)
{
    struct rng r = {1};

    for (size_t k = 0; k < FN_BURST_IQ; k++) {
        uint64_t bits = rng_next(&r);
        b->iq[0][k] = (struct iq16){(int16_t)bits, (int16_t)(bits >> 16)};
    }
    for (size_t k = 0; k < FN_BURST_PKT && fn->packet != NULL; k++) {
        b->pkt[0][k] =
            (struct pkt){.data = b->bytes[0][k], .room_bytes = BENCH_ROOM};
        fn->packet(&r, &b->pkt[0][k]);
    }
}

int bench_burst(struct bench *b, struct body *body)
{
    bool packets = body->fn->csr->in == FN_PKT;
    struct fn_span in = {.type = body->fn->csr->in};
    struct fn_span out = {.type = body->fn->csr->out};

    in.items = packets ? (void *)b->pkt[0] : (void *)b->iq[0];
    out.items = packets ? (void *)b->pkt[1] : (void *)b->iq[1];
    in.n = in.cap = out.cap = packets ? FN_BURST_PKT : FN_BURST_IQ;
    for (size_t k = 0; packets && k < FN_BURST_PKT; k++) {
        b->pkt[1][k] =
            (struct pkt){.data = b->bytes[1][k], .room_bytes = BENCH_ROOM};
    }
    return body_run(body, &in, &out);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* CPU time in ns of a call of 'work', over BENCH_RUN_NS of calls. */
static int run_once(int (*work)(void *ctx), void *ctx, double *ns, uint64_t *n)
{
    uint64_t start = clock_cpu_ns();

    *n = 0;
    do {
        int err = work(ctx);
        if (err < 0) {
            return err;
        }
        *n += 1;
    } while (clock_cpu_ns() - start < BENCH_RUN_NS);
    *ns = (double)(clock_cpu_ns() - start) / (double)*n;
    return 0;
}

int bench_median(int (*work)(void *ctx), void *ctx, double *ns, uint64_t *calls)
{
    double run[BENCH_RUNS];
    uint64_t total = 0, n;

    for (int k = 0; k < BENCH_RUNS; k++) {
        int err = run_once(work, ctx, &run[k], &n);
        if (err < 0) {
            return err;
        }
        total += n;
    }
    qsort(run, BENCH_RUNS, sizeof run[0], by_value);
    *ns = run[BENCH_RUNS / 2];
    if (calls != NULL) {
        *calls = total;
    }
    return 0;
}

int bench_turn(int (*work)(void *ctx), void *ctx, double *ns)
{
    uint64_t calls;

    return run_once(work, ctx, ns, &calls);
}

int bench_turns(int (*const *work)(void *ctx), size_t n, void *ctx,
                double (*ns)[BENCH_TURNS])
{
    int err = 0;

    for (size_t j = 0; j < BENCH_TURNS; j++) {
        for (size_t k = 0; err == 0 && k < n; k++) {
            err = bench_turn(work[k], ctx, &ns[k][j]);
        }
    }
    return err;
}

double bench_middle(const double x[BENCH_TURNS])
{
    double sorted[BENCH_TURNS];

    memcpy(sorted, x, sizeof sorted);
    qsort(sorted, BENCH_TURNS, sizeof sorted[0], by_value);
    return sorted[BENCH_TURNS / 2];
}

int bench_pair(int (*const work[2])(void *ctx), void *ctx, double ns[2],
               double *ratio)
{
    double run[2][BENCH_TURNS], ratios[BENCH_TURNS];
    int err = bench_turns(work, 2, ctx, run);

    if (err < 0) {
        return err;
    }
    for (size_t k = 0; k < BENCH_TURNS; k++) {
        ratios[k] = run[1][k] / run[0][k];
    }
    ns[0] = bench_middle(run[0]);
    ns[1] = bench_middle(run[1]);
    *ratio = bench_middle(ratios);
    return 0;
}

int bench_setup(const struct fn *fn, struct body *body)
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
