/*
 * bench_ports.c - packets a second through a chain of ports alone, and from
 * port to port over each kind of wire, both ends on one core; CPU time.
 *
 * The wires are in a network namespace of a process of its own.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "host/chain/run.h"
#include "host/cli/bench.h"
#include "net/port/port.h"

enum {
    CHAIN_PACKETS = 4000000,
    WIRE_PACKETS = 256, /* on their way at once: less than any queue */
    WIRE_BYTES = 60,
    WIRE_MS = 1000, /* packets that have not come then are lost */
};

/* --- chains --------------------------------------------------------------- */

int bench_chain(const char *nodes, const char *links, double *mpps)
{
    const volatile sig_atomic_t stop = 0;
    struct report report = {.out = fopen("/dev/null", "w")};
    struct chain *c = NULL;
    char name[64], text[512];
    int fd = memfd_create("bench", MFD_CLOEXEC);
    int err = ERR_IO;

    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd); /* fits */
    (void)snprintf(text, sizeof text,
                   "chain: bench\n"
                   "sources: { in: { gen: 'count=%d,loop=256' } }\n"
                   "%slinks: [ %s ]\nsinks: { out: { null: } }\n",
                   CHAIN_PACKETS, nodes, links); /* fits */
    if (fd >= 0 && report.out != NULL &&
        write(fd, text, strlen(text)) == (ssize_t)strlen(text)) {
        err = chain_open(name, NULL, 0, &c);
    }
    if (err == 0) {
        uint64_t start = clock_cpu_ns();
        err = chain_run(c, &report, &stop, false);
        *mpps = CHAIN_PACKETS * 1e3 / (double)(clock_cpu_ns() - start);
    }
    chain_close(c);
    if (report.out != NULL) {
        (void)fclose(report.out); /* nobody reads it */
    }
    if (fd >= 0) {
        (void)close(fd); /* in memory */
    }
    return err;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int bench_chains(struct bench *b)
{
    static const struct {
        const char *name, *nodes, *links;
    } row[] = {
        {"chain.null", "", "in -> out"},
        {"chain.acl", "nodes: [ { name: n, fn: acl } ]\n", "in -> n, n -> out"},
        {"chain.bridge", "nodes: [ { name: n, fn: bridge } ]\n",
         "in -> n.0, n.1 -> out"},
    };
    int err = 0;

    for (size_t k = 0; err == 0 && k < sizeof row / sizeof row[0]; k++) {
        double mpps[BENCH_RUNS] = {0};
        for (int j = 0; err == 0 && j < BENCH_RUNS; j++) {
            err = bench_chain(row[k].nodes, row[k].links, &mpps[j]);
        }
        qsort(mpps, BENCH_RUNS, sizeof mpps[0], by_value);
        if (err == 0) {
            bench_print(b, row[k].name, mpps[BENCH_RUNS / 2], "Mpps");
        }
    }
    return err;
}

/* --- wires ---------------------------------------------------------------- */

struct wire {
    struct port *from, *to;
    struct pool *pool;
    struct pkt pkt[WIRE_PACKETS];
    uint8_t bytes[WIRE_BYTES];
};

/* All packets one way. */
static int carry(void *ctx)
{
    struct wire *w = ctx;
    struct pkt got[FN_BURST_PKT];
    struct fn_span out = {.type = FN_PKT, .items = w->pkt, .cap = WIRE_PACKETS};
    size_t n = 0;

    for (size_t at = 0; at < WIRE_PACKETS; at += FN_BURST_PKT) {
        out.items = w->pkt + at;
        out.n = FN_BURST_PKT;
        if (port_send(w->from, &out) != FN_BURST_PKT) {
            return err_say(ERR_IO, "fn bench: no room for a burst");
        }
    }
    while (n < WIRE_PACKETS) {
        struct fn_span in = {.type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
        struct pollfd p = {.fd = -1};
        int rc = port_receive(w->to, &in);
        if (rc < 0) {
            return rc;
        }
        for (size_t k = 0; k < in.n; k++) {
            uint32_t index = pool_index(w->pool, got[k].data);
            pool_give(w->pool, &index, 1);
        }
        n += in.n;
        p.fd = port_fd(w->to, false, &p.events);
        if (rc == 0 && n < WIRE_PACKETS && poll(&p, 1, WIRE_MS) == 0) {
            return err_say(ERR_IO, "fn bench: %zu of %d packets came", n,
                           WIRE_PACKETS);
        }
    }
    return 0;
}

struct wire_row {
    const char *figure;
    enum port_kind from, to;
    const char *from_name, *to_name;
};

static int bench_wire(struct bench *b, const struct wire_row *row)
{
    struct wire w = {.bytes = {2}};
    struct pkt one;
    struct fn_span none = {.type = FN_PKT, .items = &one, .cap = 1};
    double ns;
    int err =
        pool_create(2 * PORT_BUFFERS + 2 * WIRE_PACKETS, POOL_RUN, &w.pool);

    w.bytes[12] = 0x88; /* for experiments, 0x88b5 */
    w.bytes[13] = 0xb5;
    for (size_t k = 0; k < WIRE_PACKETS; k++) {
        w.pkt[k] = (struct pkt){.data = w.bytes, .len_bytes = WIRE_BYTES};
    }
    struct port_config from = {
        .kind = row->from, .name = row->from_name, .pool = w.pool};
    struct port_config to = {
        .kind = row->to, .name = row->to_name, .pool = w.pool};
    err = err < 0 ? err : port_open(&to, &w.to);
    err = err < 0 ? err : port_open(&from, &w.from);
    if (err == 0) {
        (void)port_receive(w.to, &none); /* ring: the two meet */
        (void)port_receive(w.from, &none);
        err = bench_median(carry, &w, &ns, NULL);
    }
    if (err == 0) {
        bench_print(b, row->figure, WIRE_PACKETS * 1e3 / ns, "Mpps");
    }
    (void)port_close(w.from); /* no captures */
    (void)port_close(w.to);
    pool_destroy(w.pool);
    return err;
}

/* In the process of its own: its exit status. */
static int bench_wires(struct bench *b)
{
    static const struct wire_row row[] = {
        {"ports.ring", PORT_RING, PORT_RING, "precast-bench-ring",
         "precast-bench-ring"},
        {"ports.tap.in", PORT_AF_PACKET, PORT_TAP, "t0", "t0"},
        {"ports.tap.out", PORT_TAP, PORT_AF_PACKET, "t0", "t0"},
        {"ports.af_packet", PORT_AF_PACKET, PORT_AF_PACKET, "v0", "v1"},
        {"ports.af_xdp", PORT_AF_XDP, PORT_AF_XDP, "v0", "v1"},
    };
    char dir[] = "/tmp/precast-bench-XXXXXX";
    int err = 0;

    if (unshare(CLONE_NEWNET) != 0 ||
        system("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
               "ip link add v0 type veth peer name v1 && ip link set v0 up && "
               "ip link set v1 up && ip tuntap add t0 mode tap && "
               "ip link set t0 up") != 0) {
        (void)err_say(0, "fn bench: ports.*: no network namespace, which takes "
                         "root and iproute2");
        return 0;
    }
    if (mkdtemp(dir) == NULL || chdir(dir) != 0) {
        return err_say(ERR_IO, "%s: %s", dir, strerror(errno));
    }
    for (size_t k = 0; err == 0 && k < sizeof row / sizeof row[0]; k++) {
        err = bench_wire(b, &row[k]);
        if (err == ERR_MISSING) {
            err = 0; /* said */
        }
    }
    (void)rmdir(dir); /* the socket is gone already */
    return err;
}

int bench_ports(struct bench *b)
{
    int status = 0;
    int err = bench_chains(b);

    if (err < 0) {
        return err;
    }
    (void)fflush(NULL); /* or the child would write it again */
    pid_t pid = fork();
    if (pid == 0) {
        err = bench_wires(b);
        (void)fflush(stdout); /* the parent asks for errors, too */
        _exit(err_exit_status(err));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        return err_say(ERR_DEVICE, "fn bench: ports failed");
    }
    return 0;
}
