/*
 * dpdk_testpmd.c - mpls and bridge beside DPDK's testpmd in macswap mode: what
 * a core does in a second between ports that cost nothing.
 *
 * testpmd runs as it comes, on two net_null ports of 60-byte frames: nobody
 * writes them, and each goes through a burst of receive, a swap of the MAC
 * addresses and a burst of send.  Ours takes buffers from the pool, copies a
 * frame into each, as net_null does not, runs the function, and gives the
 * buffers back: mpls swaps a label and both MAC addresses, bridge looks two
 * stations up and learns.  The chains take what the generator made, of all
 * lengths, through the whole run loop.  All in CPU time, in turns.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge_csr.h"
#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/body.h"
#include "core/net_ip4.h"
#include "core/pool.h"
#include "core/registry.h"
#include "net/fn/mpls/mpls_text.h"
#include "tests/bench/dpdk.h"

enum {
    PATH = 64,
    FRAME = 60,          /* 64 with the FCS */
    STATIONS = 64,       /* and labels */
    LABEL = 16,          /* the first */
    CALL = 1 << 14,      /* packets of a call */
    TURN_MS = 100,       /* testpmd forwards so long */
    PATIENCE_MS = 60000, /* what it has not said then it will not say */
};

/* --- theirs ----------------------------------------------------------------
 */

struct testpmd {
    pid_t pid;
    int fd;
    char cpu[PATH]; /* where the CPU time of its core stands */
    char text[1 << 14];
    size_t n;
};

/* Reads on until 'end' has been said, behind what was read before. */
static int hear(struct testpmd *t, const char *end)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};

    t->n = 0;
    t->text[0] = '\0';
    while (strstr(t->text, end) == NULL) {
        if (t->n == sizeof t->text - 1 || poll(&p, 1, PATIENCE_MS) != 1) {
            return err_say(ERR_DEVICE, "testpmd does not say '%s'", end);
        }
        ssize_t n = read(t->fd, t->text + t->n, sizeof t->text - 1 - t->n);
        if (n <= 0) {
            return err_say(ERR_DEVICE, "testpmd ended: %s", t->text);
        }
        t->n += (size_t)n;
        t->text[t->n] = '\0';
    }
    return 0;
}

static int say(const struct testpmd *t, const char *line)
{
    return write(t->fd, line, strlen(line)) == (ssize_t)strlen(line)
               ? 0
               : ERR_DEVICE;
}

/* The thread that forwards; the others only wait for it. */
static int find_core(struct testpmd *t)
{
    char command[2 * PATH];

    (void)snprintf(command, sizeof command,
                   "grep -l rte-worker /proc/%d/task/*/comm", (int)t->pid);
    FILE *f = popen(command, "r");
    bool found = f != NULL && fscanf(f, "%40s", t->cpu) == 1;
    found = f != NULL && pclose(f) == 0 && found;
    char *name = found ? strstr(t->cpu, "comm") : NULL;
    if (name == NULL) {
        return err_say(ERR_DEVICE, "testpmd has no rte-worker");
    }
    memcpy(name, "schedstat", sizeof "schedstat"); /* fits */
    return 0;
}

static int open_testpmd(struct testpmd *t)
{
    t->pid = forkpty(&t->fd, NULL, NULL, NULL);
    if (t->pid == 0) {
        (void)execlp("dpdk-testpmd", "dpdk-testpmd", "--no-huge", "-m", "1024",
                     "--no-pci", "--no-telemetry", "--no-shconf",
                     "--log-level=error", "-l", "0,1",
                     "--vdev=net_null0,size=60", "--vdev=net_null1,size=60",
                     "--", "-i", "--forward-mode=macswap", "--nb-cores=1",
                     "--total-num-mbufs=8192", (char *)NULL);
        _exit(127);
    }
    if (t->pid < 0) {
        return err_say(ERR_DEVICE, "testpmd does not start");
    }
    int err = hear(t, "testpmd> ");
    return err < 0 ? err : find_core(t);
}

static void close_testpmd(const struct testpmd *t)
{
    if (t->pid > 0) {
        (void)kill(t->pid, SIGKILL); /* it has no state to save */
        (void)waitpid(t->pid, NULL, 0);
        (void)close(t->fd); /* a terminal */
    }
}

static double cpu_ns(const struct testpmd *t)
{
    FILE *f = fopen(t->cpu, "r");
    double ns = 0;

    if (f != NULL) {
        (void)!fscanf(f, "%lf", &ns);
        (void)fclose(f); /* read */
    }
    return ns;
}

/* CPU time in ns of each packet in one turn. */
static int run_theirs(struct testpmd *t, double *ns)
{
    static const char total[] = "Accumulated forward statistics";
    struct timespec turn = {.tv_nsec = TURN_MS * 1000000};
    double start = cpu_ns(t), packets = 0;
    int err = say(t, "start\n");

    (void)nanosleep(&turn, NULL); /* it may be shorter */
    err = err < 0 ? err : say(t, "stop\n");
    err = err < 0 ? err : hear(t, "Done.");
    if (err < 0) {
        return err;
    }
    *ns = cpu_ns(t) - start;
    const char *at = strstr(t->text, total);
    at = at != NULL ? strstr(at, "RX-packets: ") : NULL;
    if (at == NULL || sscanf(at, "RX-packets: %lf", &packets) != 1 ||
        packets < 1) {
        return err_say(ERR_DEVICE, "testpmd forwards nothing: %s", t->text);
    }
    *ns /= packets;
    return 0;
}

/* --- ours ------------------------------------------------------------------
 */

struct work {
    struct pool *pool;
    struct body *body;
    uint8_t frame[FN_BURST_PKT][FRAME];
    struct pkt pkt[FN_BURST_PKT];
};

static int run_ours(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < CALL; k += FN_BURST_PKT) {
        struct fn_span s = {FN_PKT, w->pkt, FN_BURST_PKT, FN_BURST_PKT, k};
        uint32_t index[FN_BURST_PKT];
        for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
            struct pkt p = {.len_bytes = FRAME, .wire_bytes = FRAME};
            if (!pool_pkt(w->pool, FRAME, &p)) {
                return ERR_NO_MEM;
            }
            memcpy(p.data, w->frame[j], FRAME);
            w->pkt[j] = p;
        }
        err = body_run(w->body, &s, &s);
        for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
            index[j] = pool_index(w->pool, w->pkt[j].data);
        }
        pool_give(w->pool, index, FN_BURST_PKT);
    }
    return err;
}

/* All of the last burst leave by port 1, and with 'type'. */
static int check(const struct work *w, const char *name, uint16_t type)
{
    for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
        if (w->pkt[j].flags != 0 || w->pkt[j].out_port != 1 ||
            be16_load(w->pkt[j].data + 12) != type) {
            return err_say(ERR_DIFFERS, "%s: packet %u does not go on", name,
                           j);
        }
    }
    return 0;
}

static void make_frame(uint8_t *d, uint16_t type, uint32_t to)
{
    memset(d, 0, FRAME);
    be16_store(d, 0x0200);
    be32_store(d + 2, to);
    be16_store(d + 6, 0x0200);
    be32_store(d + 8, 0x10000 + to);
    be16_store(d + 12, type);
}

/* Labels 16.. are swapped, and leave by port 1. */
static int set_mpls(struct work *w)
{
    struct write_list writes = {0};
    static char text[STATIONS * 80];
    size_t at = 0;

    for (uint32_t k = 0; k < STATIONS; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%u swap %u port 1 mac 02:00:00:00:01:%02x "
                               "02:00:00:00:00:01\n",
                               LABEL + k, 1000 + k, k); /* fits */
    }
    const struct fn_text t = {"ilm", text};
    int err = mpls_parse_ilm(&t, write_list_emit, &writes);
    err = err < 0 ? err : write_list_apply(&writes, w->body);
    write_list_close(&writes);
    for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
        uint8_t *d = w->frame[j], *ip = d + 18;
        make_frame(d, 0x8847, 1);
        be32_store(d + 14, (LABEL + j % STATIONS) << 12 | 1 << 8 | 64);
        ip[IP4_VERSION_IHL] = 0x45;
        be16_store(ip + IP4_LENGTH, FRAME - 18);
        ip[IP4_TTL] = 64;
        be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    }
    return err;
}

/* Stations are at port 1; those of port 0 send to them. */
static int set_bridge(struct work *w)
{
    int err = body_write(w->body, BRIDGE_N_FDB, 4096);

    for (uint32_t k = 0; err == 0 && k < STATIONS; k++) {
        uint8_t d[FRAME];
        struct pkt p = {.data = d, .len_bytes = FRAME, .in_port = 1};
        struct fn_span s = {FN_PKT, &p, 1, 1, 0};
        make_frame(d, 0x0800, 0);
        be32_store(d + 8, 1 + k);
        err = body_run(w->body, &s, &s);
    }
    for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
        make_frame(w->frame[j], 0x0800, 1 + j % STATIONS);
    }
    return err;
}

static int compare(struct dpdk *d, struct testpmd *t, struct work *w,
                   const char *name)
{
    double ours[BENCH_TURNS], theirs[BENCH_TURNS], ratio[BENCH_TURNS];
    bool is_mpls = strcmp(name, "mpls") == 0;
    char figure[64];
    int err = body_open_c(registry_find(name), &w->body);

    err = err < 0 ? err : is_mpls ? set_mpls(w) : set_bridge(w);
    err = err < 0 ? err : run_ours(w);
    err = err < 0 ? err : check(w, name, is_mpls ? 0x8847 : 0x0800);
    for (size_t k = 0; err == 0 && k < BENCH_TURNS; k++) {
        err = bench_turn(run_ours, w, &ours[k]);
        err = err < 0 ? err : run_theirs(t, &theirs[k]);
        ours[k] /= CALL;
        ratio[k] = theirs[k] / ours[k];
    }
    if (err == 0) {
        (void)snprintf(figure, sizeof figure, "testpmd.%s", name); /* fits */
        bench_print_ratio(&d->bench, figure, 1e3 / bench_middle(ours), "Mpps",
                          bench_middle(ratio), "testpmd macswap");
        bench_print(&d->bench, "testpmd.macswap", 1e3 / bench_middle(theirs),
                    "Mpps");
    }
    body_close(w->body);
    w->body = NULL;
    return err;
}

/* Whole chains from the generator, whose packets are of all lengths, to null.
 */
static int compare_chain(struct dpdk *d, struct testpmd *t, const char *figure,
                         const char *nodes, const char *links)
{
    double mpps[BENCH_TURNS], theirs, ratio[BENCH_TURNS];
    int err = 0;

    for (size_t k = 0; err == 0 && k < BENCH_TURNS; k++) {
        err = bench_chain(nodes, links, &mpps[k]);
        err = err < 0 ? err : run_theirs(t, &theirs);
        ratio[k] = mpps[k] * theirs / 1e3;
    }
    if (err == 0) {
        bench_print_ratio(&d->bench, figure, bench_middle(mpps), "Mpps",
                          bench_middle(ratio), "testpmd macswap");
    }
    return err;
}

int dpdk_testpmd(struct dpdk *d)
{
    static struct work w;
    static struct testpmd t;

    if (system("command -v dpdk-testpmd >/dev/null") != 0) {
        printf("skipped: testpmd.*: no dpdk-testpmd (Debian: dpdk)\n");
        return 0;
    }
    int err = pool_create(4 * FN_BURST_PKT, POOL_RUN, &w.pool);
    err = err < 0 ? err : open_testpmd(&t);
    err = err < 0 ? err : compare(d, &t, &w, "mpls");
    err = err < 0 ? err : compare(d, &t, &w, "bridge");
    err = err < 0 ? err
                  : compare_chain(d, &t, "testpmd.chain.null", "", "in -> out");
    err = err < 0 ? err
                  : compare_chain(d, &t, "testpmd.chain.bridge",
                                  "nodes: [ { name: n, fn: bridge } ]\n",
                                  "in -> n.0, n.1 -> out");
    close_testpmd(&t);
    pool_destroy(w.pool);
    return err;
}
