/*
 * nft.c - `make bench-nft`: firewall and nat44 beside the kernel's nftables,
 * with the same rules, on the same packets of flows that are open already.
 *
 * Like is compared with like, all in turns on one core, in CPU time:
 *
 *   .body    the function on bursts in memory, into which each packet was
 *            copied; beside nftables alone: what a packet costs the kernel with
 *            the rules, less what it costs where it is forwarded without any.
 *   .routed  the function and router4; beside the kernel's forwarding with the
 *            rules, less what a packet costs that it drops as it comes in.
 *   .chain   a chain from a capture through both to nowhere; beside all that
 *            the kernel does for a packet that is written to a TAP.
 *   .whole   the function alone, beside the same.
 *
 * nft.capture is a chain without nodes: what .chain pays for its packets.
 * The kernel is spared what our functions do not do (nft_kernel.c), and flows
 * are UDP, for which conntrack looks at no sequence numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/registry.h"
#include "host/cli/bench.h"
#include "tests/bench/nft_chain.h"
#include "tests/bench/nft_kernel.h"

enum {
    CALL = 2048,      /* packets of a call of a work */
    ROOM = 2048 + 64, /* an odd number of cache lines */
    CHAIN_TIMES = 16, /* NFT_PACKETS in the chain's capture */
    DIR_BYTES = 32,
    OTHER_STATION = 0x77, /* whose packets the kernel drops as they come */
};

/* What is compared. */
struct way {
    const char *name, *rules; /* ours and theirs */
    const char *key[2], *value[2], *verdict;
    const char *set; /* the same in a chain */
};

struct work {
    struct bench bench;
    struct nft_chain chain;
    struct nft_kernel plain, ruled;
    struct body *body, *router;
    uint8_t (*frame)[NFT_FRAME]; /* [NFT_PACKETS] */
    uint8_t (*buffer)[ROOM];     /* [FN_BURST_PKT] */
    struct pkt pkt[FN_BURST_PKT];
    uint32_t next; /* of frame */
};

/* --- ours ------------------------------------------------------------------
 */

/* The next burst of packets comes in. */
static struct fn_span receive(struct work *w, uint8_t port)
{
    for (uint32_t k = 0; k < FN_BURST_PKT; k++) {
        memcpy(w->buffer[k], w->frame[w->next++ % NFT_PACKETS], NFT_FRAME);
        w->pkt[k] = (struct pkt){.data = w->buffer[k],
                                 .len_bytes = NFT_FRAME,
                                 .room_bytes = ROOM,
                                 .in_port = port};
    }
    return (struct fn_span){FN_PKT, w->pkt, FN_BURST_PKT, FN_BURST_PKT, 0};
}

static int run_body(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < CALL; k += FN_BURST_PKT) {
        struct fn_span s = receive(w, 0);
        err = body_run(w->body, &s, &s);
    }
    return err;
}

static int run_routed(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < CALL; k += FN_BURST_PKT) {
        struct fn_span s = receive(w, 0);
        err = body_run(w->body, &s, &s);
        err = err < 0 ? err : body_run(w->router, &s, &s);
    }
    return err;
}

/* --- theirs ----------------------------------------------------------------
 */

static int write_all(struct work *w, const struct nft_kernel *to)
{
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < CALL; k++) {
        err = nft_kernel_write(to, 0, w->frame[w->next++ % NFT_PACKETS]);
    }
    return err;
}

static int run_ruled(void *ctx)
{
    struct work *w = ctx;

    return write_all(w, &w->ruled);
}

static int run_plain(void *ctx)
{
    struct work *w = ctx;

    return write_all(w, &w->plain);
}

static int run_dropped(void *ctx)
{
    struct work *w = ctx;
    uint8_t packet[NFT_FRAME];
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < CALL; k++) {
        memcpy(packet, w->frame[w->next++ % NFT_PACKETS], NFT_FRAME);
        packet[5] = OTHER_STATION;
        err = nft_kernel_write(&w->plain, 0, packet);
    }
    return err;
}

/* --- flows -----------------------------------------------------------------
 */

/* One packet through our function; ERR_DIFFERS unless it passes. */
static int pass(struct work *w, uint8_t *packet, uint8_t port)
{
    struct pkt p = {.data = packet,
                    .len_bytes = NFT_FRAME,
                    .room_bytes = NFT_FRAME,
                    .in_port = port};
    struct fn_span s = {FN_PKT, &p, 1, 1, 0};
    int err = body_run(w->body, &s, &s);

    return err < 0 ? err : p.flags != 0 ? ERR_DIFFERS : 0;
}

/* Each flow goes out and is answered, at both. */
static int open_flows(struct work *w, uint32_t n)
{
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < n; k++) {
        uint8_t packet[NFT_FRAME], ours[NFT_FRAME];
        nft_packet(k, packet);
        memcpy(ours, packet, NFT_FRAME);
        err = nft_kernel_write(&w->ruled, 0, packet);
        err = err < 0 ? err : nft_kernel_read(&w->ruled, 0, packet);
        err = err < 0 ? err : pass(w, ours, 0);
        nft_answer(packet);
        nft_answer(ours);
        err = err < 0 ? err : nft_kernel_write(&w->ruled, 1, packet);
        err = err < 0 ? err : nft_kernel_read(&w->ruled, 1, packet);
        err = err < 0 ? err : pass(w, ours, 1);
        if (err < 0) {
            err = err_say(err, "flow %u does not pass", k);
        }
    }
    return err;
}

static void choose(struct work *w, uint32_t n)
{
    struct rng r = {.state = 3};

    for (uint32_t k = 0; k < NFT_PACKETS; k++) {
        nft_packet(rng_below(&r, n), w->frame[k]);
    }
}

/* Both sides really do it: a burst's verdicts, and what the kernel sent. */
static int check(struct work *w, const struct way *way)
{
    struct fn_span s = receive(w, 0);
    int64_t before = 0;
    int err = body_run(w->body, &s, &s);

    for (size_t k = 0; err == 0 && k < FN_BURST_PKT; k++) {
        const char *verdict = w->body->fn->verdict(&w->pkt[k]);
        if (strcmp(verdict, way->verdict) != 0) {
            err = err_say(ERR_DIFFERS, "%s: packet %zu is '%s'", way->name, k,
                          verdict);
        }
    }
    err = err < 0 ? err : body_run(w->router, &s, &s);
    for (size_t k = 0; err == 0 && k < FN_BURST_PKT; k++) {
        if (w->pkt[k].flags != 0 || w->pkt[k].out_port != 1) {
            err = err_say(ERR_DIFFERS, "packet %zu is not routed", k);
        }
    }
    err = err < 0 ? err : run_ruled(w); /* the queue is full */
    before = nft_kernel_passed(&w->ruled);
    err = err < 0 ? err : run_ruled(w);
    if (err == 0 && nft_kernel_passed(&w->ruled) - before != CALL) {
        err = err_say(ERR_DIFFERS, "%s: the kernel does not pass the packets",
                      way->name);
    }
    return err;
}

/* --- figures ---------------------------------------------------------------
 */

enum { RULED, PLAIN, DROPPED, BODY, ROUTED, WORKS };

/* Ours in ns beside what the kernel takes with the rules less 'less', [turn];
 * NULL: less nothing. */
static void print(const struct work *w, const char *name, const char *peer,
                  double (*ns)[BENCH_TURNS], const double *ours,
                  const double *less)
{
    double ratio[BENCH_TURNS];

    for (size_t k = 0; k < BENCH_TURNS; k++) {
        ratio[k] = (ns[RULED][k] - (less != NULL ? less[k] : 0)) / ours[k];
    }
    bench_print_ratio(&w->bench, name, 1e3 / bench_middle(ours), "Mpps",
                      bench_middle(ratio), peer);
    (void)fflush(stdout);
}

static int measure(struct work *w, const struct way *way, uint32_t n)
{
    static int (*const work[WORKS])(void *) = {
        [RULED] = run_ruled, [PLAIN] = run_plain,   [DROPPED] = run_dropped,
        [BODY] = run_body,   [ROUTED] = run_routed,
    };
    double ns[WORKS][BENCH_TURNS], chain[BENCH_TURNS];
    char name[4][64];
    static const char *const figure[] = {"body", "routed", "chain", "whole"};
    int err = bench_turns(work, WORKS, w, ns);

    for (size_t k = 0; err == 0 && k < WORKS; k++) {
        for (size_t j = 0; j < BENCH_TURNS; j++) {
            ns[k][j] /= CALL;
        }
    }
    for (size_t k = 0; err == 0 && k < BENCH_TURNS; k++) {
        err = nft_chain_run(&w->chain, &chain[k]);
    }
    if (err < 0) {
        return err;
    }
    for (size_t k = 0; k < sizeof figure / sizeof figure[0]; k++) {
        (void)snprintf(name[k], sizeof name[k], "nft.%s.%u.%s", way->name, n,
                       figure[k]); /* fits */
    }
    print(w, name[0], "nftables alone", ns, ns[BODY], ns[PLAIN]);
    print(w, name[1], "nftables and forwarding", ns, ns[ROUTED], ns[DROPPED]);
    print(w, name[2], "the kernel from TAP to TAP", ns, chain, NULL);
    print(w, name[3], "the kernel from TAP to TAP", ns, ns[BODY], NULL);
    (void)snprintf(name[0], sizeof name[0], "nft.%s.%u.kernel", way->name, n);
    bench_print(&w->bench, name[0], 1e3 / bench_middle(ns[RULED]), "Mpps");
    (void)snprintf(name[0], sizeof name[0], "nft.%s.%u.kernel.no_rules",
                   way->name, n);
    bench_print(&w->bench, name[0], 1e3 / bench_middle(ns[PLAIN]), "Mpps");
    (void)snprintf(name[0], sizeof name[0], "nft.%s.%u.kernel.dropped",
                   way->name, n);
    bench_print(&w->bench, name[0], 1e3 / bench_middle(ns[DROPPED]), "Mpps");
    return 0;
}

/* --- making them -----------------------------------------------------------
 */

static int open_body(const char *name, const char *const *key,
                     const char *const *value, size_t n, const char *dir,
                     struct body **body)
{
    const struct fn *fn = registry_find(name);
    struct write_list writes = {0};
    int err = body_open_c(fn, body);

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = fn_set(fn, key[k], value[k], name, dir, &writes);
    }
    err = err < 0 ? err : write_list_apply(&writes, *body);
    write_list_close(&writes);
    return err;
}

static int open_router(struct work *w)
{
    static const char *const key[] = {"routes", "next", "ports"};
    static const char *const file[] = {"routes.txt", "next.txt", "ports.txt"};

    return open_body("router4", key, file, 3, w->chain.dir, &w->router);
}

/* The chain of 'way', or without nodes. */
static int write_chain(struct work *w, const struct way *way)
{
    char nodes[512] = "";

    if (way != NULL) {
        (void)snprintf(nodes, sizeof nodes,
                       "nodes:\n"
                       "  - { name: n, fn: %s, set: { %s } }\n"
                       "  - { name: rt, fn: router4, set: { "
                       "routes: routes.txt, next: next.txt, "
                       "ports: ports.txt } }\n",
                       way->name, way->set); /* fits */
    }
    return nft_chain_write(&w->chain, nodes,
                           way != NULL ? "in -> n.0, n -> rt, rt.1 -> out"
                                       : "in -> out",
                           w->frame);
}

static int measure_capture(struct work *w)
{
    double ns[BENCH_TURNS];
    int err = 0;

    choose(w, 1000);
    err = write_chain(w, NULL);
    for (size_t k = 0; err == 0 && k < BENCH_TURNS; k++) {
        err = nft_chain_run(&w->chain, &ns[k]);
    }
    if (err == 0) {
        bench_print(&w->bench, "nft.capture", 1e3 / bench_middle(ns), "Mpps");
    }
    return err;
}

static int compare(struct work *w, const struct way *way, uint32_t n)
{
    int err = open_body(way->name, way->key, way->value,
                        way->key[1] != NULL ? 2 : 1, NULL, &w->body);

    if (err == 0 && !nft_kernel_open(&w->ruled, way->rules)) {
        err = err_say(ERR_MISSING, "%s: this kernel takes no such rules",
                      way->name);
    }
    err = err < 0 ? err : open_flows(w, n);
    choose(w, n);
    err = err < 0 ? err : write_chain(w, way);
    err = err < 0 ? err : check(w, way);
    err = err < 0 ? err : measure(w, way, n);
    err = err < 0 ? err : check(w, way);
    nft_kernel_close(&w->ruled);
    body_close(w->body);
    w->body = NULL;
    return err;
}

static int run(struct work *w)
{
    static const struct way way[] = {
        {.name = "firewall",
         .rules = "table ip t {\n"
                  " chain f {\n"
                  "  type filter hook forward priority 0; policy drop;\n"
                  "  ct state established,related accept\n"
                  "  iifname i0 ct state new accept\n"
                  " }\n"
                  "}\n",
         .key = {"inside"},
         .value = {"0"},
         .set = "inside: \"0\"",
         .verdict = "open"},
        {.name = "nat44",
         .rules = "table ip t {\n"
                  " chain n {\n"
                  "  type nat hook postrouting priority 100;\n"
                  "  oifname o0 snat to 192.0.2.16-192.0.2.31\n"
                  " }\n"
                  "}\n",
         .key = {"inside", "pool"},
         .value = {"0", "192.0.2.16/28"},
         .set = "inside: \"0\", pool: 192.0.2.16/28",
         .verdict = "forward"},
    };
    static const uint32_t flows[] = {1000, 100000};
    int err = open_router(w);

    err = err < 0 ? err : measure_capture(w);
    for (size_t k = 0; k < sizeof way / sizeof way[0]; k++) {
        for (size_t j = 0; err == 0 && j < sizeof flows / sizeof flows[0];
             j++) {
            err = compare(w, &way[k], flows[j]);
        }
    }
    return err;
}

/* bench-nft [--json] */
int main(int argc, char **argv)
{
    static struct work w;
    int err = 0;

    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    if (system("command -v nft ip >/dev/null") != 0 ||
        !nft_kernel_open(&w.plain, "")) {
        printf("skipped: takes root, iproute2, nftables, and a kernel with "
               "conntrack\n");
        return 0;
    }
    w.frame = calloc(NFT_PACKETS, sizeof *w.frame);
    w.buffer = calloc(FN_BURST_PKT, sizeof *w.buffer);
    if (w.frame == NULL || w.buffer == NULL) {
        err = err_say(ERR_NO_MEM, "bench-nft: not enough memory");
    } else {
        err = nft_chain_open(&w.chain);
        err = err < 0 ? err : run(&w);
        nft_chain_close(&w.chain);
    }
    nft_kernel_close(&w.plain);
    body_close(w.router);
    free(w.frame);
    free(w.buffer);
    return err_exit_status(err);
}
