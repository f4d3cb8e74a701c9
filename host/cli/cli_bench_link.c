/*
 * cli_bench_link.c - see cli_bench_link.h.
 *
 * Throughput is that from one process to another over one socket, in packets of
 * 1,500 bytes: as records over the link, and bare, written packet by packet and
 * in pieces as large as the link's.  Rounds of all three alternate, and the
 * median counts, so that a busy machine is one for all.
 */
#include "host/cli/cli_bench_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "drivers/link/link_frame.h"
#include "drivers/link/link_port.h"
#include "drivers/link/record.h"
#include "drivers/transport/socket.h"

enum {
    PACKET = 1500,
    N_PACKETS = 100000, /* a round */
    ROUNDS = 7,
    BUFFER_BYTES = 1 << 18,
    WAIT_US = 100000,
    RESEND_US = 1000000,
    ROOM = 2048,
    BURSTS = 40, /* of FN_BURST_PKT packets, a round */
};

enum way { WAY_LINK, WAY_PACKETS, WAY_PIECES, WAYS };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double v[ROUNDS])
{
    qsort(v, ROUNDS, sizeof v[0], by_value);
    return v[ROUNDS / 2];
}

/* --- throughput ----------------------------------------------------------- */

/* Waits unless something moved; false when it is over. */
static bool go_on(struct link_port *p, int moved)
{
    if (moved == 0) {
        (void)link_port_wait(p, WAIT_US); /* the next pump tells */
    }
    return moved >= 0;
}

/* The child: takes all packets; its status says whether all came. */
static int take_link(struct transport *t)
{
    static uint8_t data[PACKET];
    struct link_config config = {LINK_FABRIC, 0, BUFFER_BYTES, BUFFER_BYTES,
                                 RESEND_US};
    struct link_port p;
    struct record_in in = {0};
    struct record r;
    size_t n = 0;
    int moved = link_port_open(t, &config, &p);

    while (moved >= 0) {
        moved = link_port_pump(&p);
        bool more = true;
        while (more) {
            if (in.left == 0 && record_next(&in, p.link, &r) > 0) {
                n++;
            }
            more = record_data(&in, p.link, data, sizeof data) > 0;
        }
        (void)go_on(&p, moved);
    }
    link_port_close(&p);
    return n == N_PACKETS;
}

static int take_raw(struct transport *t)
{
    static uint8_t data[LINK_PORT_BYTES];
    size_t n = 0;
    int got;

    while ((got = transport_read(t, data, sizeof data)) >= 0) {
        n += (size_t)got;
        if (n == (size_t)N_PACKETS * PACKET) {
            (void)transport_write(t, data, 1); /* the parent sees */
        }
        if (got == 0) {
            (void)transport_wait(t, false, WAIT_US); /* the next read tells */
        }
    }
    transport_close(t);
    return n == (size_t)N_PACKETS * PACKET;
}

/* Gives all packets and waits until they have been taken. */
static int give_link(struct transport *t, const uint8_t *packets,
                     struct link_counters *count)
{
    struct link_config config = {LINK_HOST, 1, BUFFER_BYTES, BUFFER_BYTES,
                                 RESEND_US};
    struct link_port p;
    struct record r = {.op = RECORD_PKT};
    struct record_out out = {0};
    int err = link_port_open(t, &config, &p);

    if (err < 0) {
        return err;
    }
    for (size_t n = 0; err >= 0 && n < N_PACKETS;) {
        while (n < N_PACKETS && record_push(&out, p.link)) {
            record_begin(&out, false, &r, packets + n % 32 * PACKET, PACKET);
            n++;
        }
        err = link_port_pump(&p);
        (void)go_on(&p, err);
    }
    while (err >= 0 &&
           (!record_push(&out, p.link) || link_unsettled(p.link) > 0)) {
        err = link_port_pump(&p);
        (void)go_on(&p, err);
    }
    *count = link_counted(p.link);
    link_port_close(&p);
    return err < 0 ? err : 0;
}

static int give_raw(struct transport *t, const uint8_t *packets, size_t piece)
{
    const size_t total = (size_t)N_PACKETS * PACKET;
    uint8_t end;
    int n = 0;

    for (size_t at = 0; n >= 0 && at < total; at += (size_t)n) {
        size_t left = piece - at % piece;
        n = transport_write(t, packets, left < total - at ? left : total - at);
        if (n == 0) {
            (void)transport_wait(t, true, WAIT_US); /* the next write tells */
        }
    }
    while (n >= 0 && (n = transport_read(t, &end, 1)) == 0) {
        (void)transport_wait(t, false, WAIT_US); /* the next read tells */
    }
    transport_close(t);
    return n < 0 ? n : 0;
}

/* Megabytes of packets a second, and what the link counted. */
static int throughput(enum way way, double *mbps, struct link_counters *count)
{
    static const size_t piece[WAYS] = {0, PACKET, LINK_PORT_BYTES};
    static uint8_t packets[LINK_PORT_BYTES];
    struct transport *near, *far;
    int status = -1;
    int err = socket_pair(&near, &far);

    if (err < 0) {
        return err;
    }
    pid_t pid = fork();
    if (pid == 0) {
        transport_close(near); /* or the child would never see the end */
        _exit(way == WAY_LINK ? take_link(far) : take_raw(far));
    }
    transport_close(far);
    uint64_t start = clock_ns();
    err = pid < 0           ? ERR_IO
          : way == WAY_LINK ? give_link(near, packets, count)
                            : give_raw(near, packets, piece[way]);
    double seconds = (double)(clock_ns() - start) * 1e-9;
    if (pid > 0 && (waitpid(pid, &status, 0) != pid || status != 1 << 8)) {
        err = err < 0 ? err : ERR_IO;
    }
    *mbps = (double)N_PACKETS * PACKET / seconds * 1e-6;
    return err;
}

static int bench_throughput(bench_figure *figure, void *ctx)
{
    double mbps[WAYS][ROUNDS];
    double of_packets[ROUNDS], of_pieces[ROUNDS];
    struct link_counters c = {0};

    for (int k = 0; k < ROUNDS; k++) {
        for (int w = 0; w < WAYS; w++) {
            int err = throughput((enum way)w, &mbps[w][k], &c);
            if (err < 0) {
                return err_say(err, "bench: the link broke");
            }
        }
        of_packets[k] = 100 * mbps[WAY_LINK][k] / mbps[WAY_PACKETS][k];
        of_pieces[k] = 100 * mbps[WAY_LINK][k] / mbps[WAY_PIECES][k];
    }
    /* On the wire: the frames, and what they carry; nothing was sent twice. */
    double wire = (double)(c.bytes_out + c.bytes_resent) +
                  (double)c.frames_out * (LINK_HEADER_BYTES + LINK_CHECK_BYTES);
    figure(ctx, "link.1500", median(mbps[WAY_LINK]), "MB/s");
    figure(ctx, "socket.1500", median(mbps[WAY_PACKETS]), "MB/s");
    figure(ctx, "socket.65536", median(mbps[WAY_PIECES]), "MB/s");
    figure(ctx, "link/socket.1500", median(of_packets), "%");
    figure(ctx, "link/socket.65536", median(of_pieces), "%");
    figure(ctx, "link.wire", 100.0 * N_PACKETS * PACKET / wire, "%");
    return 0;
}

/* --- processor time of framing -------------------------------------------- */

struct framing {
    struct device *device[2]; /* bare, framed */
    struct body *body[2];
    struct pkt pkt[2][FN_BURST_PKT];
    uint8_t bytes[2][FN_BURST_PKT][ROOM];
};

static int framing_open(struct framing *f, const struct fn *fn)
{
    struct device_config config = {.n_slots = 1, .width_bits = 64};
    struct rng r = {1};
    struct write_list w = {0};
    int err = fn->setup(&r, write_list_emit, &w);

    for (int k = 0; err == 0 && k < 2; k++) {
        config.framed = k == 1;
        err = driver_open("sim", &config, &f->device[k]);
        if (err == 0) {
            err = device_load(f->device[k], 0, fn, &f->body[k]);
        }
        if (err == 0) {
            err = write_list_apply(&w, f->body[k]);
        }
    }
    write_list_close(&w);
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        f->pkt[0][k] = (struct pkt){.data = f->bytes[0][k], .room_bytes = ROOM};
        fn->packet(&r, &f->pkt[0][k]);
    }
    return err;
}

/* CPU time of BURSTS bursts through a body. */
static int framing_run(struct framing *f, struct body *b, double *ns)
{
    uint64_t start = clock_cpu_ns();
    int err = 0;

    for (int n = 0; err == 0 && n < BURSTS; n++) {
        struct fn_span in = {FN_PKT, f->pkt[0], FN_BURST_PKT, FN_BURST_PKT, 0};
        struct fn_span out = {FN_PKT, f->pkt[1], 0, FN_BURST_PKT, 0};
        for (size_t k = 0; k < FN_BURST_PKT; k++) {
            f->pkt[1][k] =
                (struct pkt){.data = f->bytes[1][k], .room_bytes = ROOM};
        }
        err = body_run(b, &in, &out);
    }
    *ns = (double)(clock_cpu_ns() - start);
    return err;
}

static int bench_framing(bench_figure *figure, void *ctx)
{
    struct framing *f = calloc(1, sizeof *f);
    const struct fn *fn = registry_find("acl");
    double more[ROUNDS];
    int err = f == NULL ? ERR_NO_MEM : fn == NULL ? ERR_MISSING : 0;

    if (err == 0) {
        err = framing_open(f, fn);
    }
    for (int k = 0; err == 0 && k < ROUNDS; k++) {
        double bare = 1, framed = 1;
        err = framing_run(f, f->body[0], &bare);
        if (err == 0) {
            err = framing_run(f, f->body[1], &framed);
        }
        more[k] = 100 * (framed / bare - 1);
    }
    if (err == 0) {
        figure(ctx, "acl.framed.w64", median(more), "% more CPU");
    } else {
        err_say(err, "bench: acl behind a link does not run");
    }
    for (int k = 0; f != NULL && k < 2; k++) {
        body_close(f->body[k]);
        device_close(f->device[k]);
    }
    free(f);
    return err;
}

int bench_link(bench_figure *figure, void *ctx)
{
    int err = bench_throughput(figure, ctx);

    return err < 0 ? err : bench_framing(figure, ctx);
}
