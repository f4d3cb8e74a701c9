/*
 * bench.h - what the benches share: one burst of a function's stimulus, the
 * median of several runs, and how figures are printed.
 */
#ifndef HOST_CLI_BENCH_H
#define HOST_CLI_BENCH_H

#include "core/body.h"

enum {
    BENCH_ROOM = 2048,                /* bytes of a packet */
    BENCH_RUNS = 7,                   /* the median of so many is printed */
    BENCH_TURNS = 2 * BENCH_RUNS + 1, /* ... where several take turns */
    BENCH_RUN_NS = 50000000,          /* at least so long each */
};

struct bench {
    bool json;
    struct iq16 iq[2][FN_BURST_IQ];
    struct pkt pkt[2][FN_BURST_PKT];
    uint8_t bytes[2][FN_BURST_PKT][BENCH_ROOM];
};

/* A figure that stands alone, and one that is RATIO of another, the peer. */
void bench_print(const struct bench *b, const char *name, double value,
                 const char *unit);
void bench_print_ratio(const struct bench *b, const char *name, double value,
                       const char *unit, double ratio, const char *peer);

/* The function's own stimulus, the same every time: settings and a burst. */
int bench_setup(const struct fn *fn, struct body *body);
void bench_fill(struct bench *b, const struct fn *fn);

/* Runs the burst through; the input is as it was. */
int bench_burst(struct bench *b, struct body *body);

/*
 * Median CPU time in ns of a call of 'work'; '*calls' is how many there were in
 * all, and may be NULL.  Stops at the first that fails.
 */
int bench_median(int (*work)(void *ctx), void *ctx, double *ns,
                 uint64_t *calls);

/* The same of one turn, of at least BENCH_RUN_NS, and no median. */
int bench_turn(int (*work)(void *ctx), void *ctx, double *ns);

/*
 * The same for each of 'work' [n], one after the other, so that what else the
 * machine does hits all: ns[k][j] is of work k in turn j.
 */
int bench_turns(int (*const *work)(void *ctx), size_t n, void *ctx,
                double (*ns)[BENCH_TURNS]);

double bench_middle(const double x[BENCH_TURNS]);

/* Two in turns: medians, and in '*ratio' that of ns[1] / ns[0]. */
int bench_pair(int (*const work[2])(void *ctx), void *ctx, double ns[2],
               double *ratio);

/* The fabric around 'fn': shim, swaps, state; see bench_fabric.c. */
int bench_fabric(struct bench *b, const struct fn *fn);

/* The twin of 'fn', which has an RTL body; see bench_twin.c. */
int bench_twin(struct bench *b, const struct fn *fn);

/* Packets a CPU second, in millions, of one run of a chain: port in is a
 * generator, out is null, 'nodes' and 'links' stand as in a chain's file. */
int bench_chain(const char *nodes, const char *links, double *mpps);

/* Chains of ports alone, and each kind of wire; see bench_ports.c. */
int bench_ports(struct bench *b);

/* What telemetry and history cost; see bench_history.c. */
int bench_history(struct bench *b);

#endif
