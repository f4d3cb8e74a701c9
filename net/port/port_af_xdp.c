/*
 * port_af_xdp.c - a queue of an interface as a port, by an AF_XDP socket (Linux
 * Documentation/networking/af_xdp.rst), and an XDP program of six instructions
 * that sends what comes by that queue there; the kernel sees none of it.
 *
 * Copy mode behind the generic (SKB) hook, which every interface has.  The
 * socket's memory is that of the pool: buffers come in from the kernel without
 * another copy.  The kernel's interface is used as it is: the four rings, and
 * four calls of bpf(2).
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "net/port/port_af_xdp_in.h"

enum { XDP_KICKS = 64 }; /* calls a burst takes: the kernel sends 32 in one */

_Static_assert(2 * XDP_RING <= PORT_BUFFERS, "what it keeps is accounted for");
_Static_assert(POOL_HEAD_BYTES == 256, "XDP_PACKET_HEADROOM");

/* --- rings --- */

/* Entries for us to take: of RING_COMPLETION and RING_RX. */
static uint32_t ring_filled(const struct xdp_ring *r)
{
    return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - *r->consumer;
}

/* Room for us to fill: of RING_FILL and RING_TX. */
static uint32_t ring_room(const struct xdp_ring *r)
{
    return XDP_RING -
           (*r->producer - __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE));
}

/* Entry k behind 'at' of a ring of addresses, or of descriptors. */
static uint64_t *address(const struct xdp_ring *r, uint32_t at)
{
    return (uint64_t *)r->entries + (at & (XDP_RING - 1));
}

static struct xdp_desc *desc(const struct xdp_ring *r, uint32_t at)
{
    return (struct xdp_desc *)r->entries + (at & (XDP_RING - 1));
}

void af_xdp_refill(struct af_xdp_port *x)
{
    const struct xdp_ring *r = &x->ring[RING_FILL];
    uint32_t index[FN_BURST_PKT];
    uint32_t at = *r->producer;
    size_t n = 1;

    while (n > 0 && x->held < XDP_RING) {
        n = XDP_RING - x->held;
        n = pool_take(x->port.pool, index, n < FN_BURST_PKT ? n : FN_BURST_PKT);
        for (size_t k = 0; k < n; k++) {
            *address(r, at++) = (uint64_t)index[k] * POOL_BUFFER_BYTES;
        }
        x->held += (uint32_t)n;
    }
    __atomic_store_n(r->producer, at, __ATOMIC_RELEASE);
}

/* What has been sent is the pool's again. */
static void reclaim(struct af_xdp_port *x)
{
    const struct xdp_ring *r = &x->ring[RING_COMPLETION];
    uint32_t n = ring_filled(r);
    uint32_t at = *r->consumer;

    for (uint32_t k = 0; k < n; k++) {
        uint32_t index = (uint32_t)(*address(r, at + k) / POOL_BUFFER_BYTES);
        pool_give(x->port.pool, &index, 1);
    }
    __atomic_store_n(r->consumer, at + n, __ATOMIC_RELEASE);
}

/* Has the kernel send what is in RING_TX, a few packets a call. */
static void kick(const struct af_xdp_port *x)
{
    const struct xdp_ring *r = &x->ring[RING_TX];

    for (int k = 0; k < XDP_KICKS && ring_room(r) < XDP_RING; k++) {
        if (sendto(x->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
            errno != EAGAIN && errno != EBUSY && errno != ENOBUFS) {
            return; /* the interface is down: they wait */
        }
    }
}

/* --- packets --- */

/*
 * Nothing came: is the interface still there?  Down is no error.  The kernel
 * wakes nobody for that, so it is noticed at the next look.
 */
static int check_alive(struct af_xdp_port *x)
{
    int error = 0;
    socklen_t n = sizeof error;

    (void)getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    return error == 0 ? 0 : port_fail(&x->port, "the interface is gone");
}

static int af_xdp_receive(struct port *p, struct fn_span *out)
{
    struct af_xdp_port *x = (struct af_xdp_port *)p;
    const struct xdp_ring *r = &x->ring[RING_RX];
    uint32_t n = ring_filled(r);
    uint32_t at = *r->consumer;
    uint64_t t_ns = clock_wall_ns();
    struct pkt *y = (struct pkt *)out->items + out->n;

    n = n < out->cap - out->n ? n : (uint32_t)(out->cap - out->n);
    for (uint32_t k = 0; k < n; k++) {
        const struct xdp_desc *d = desc(r, at + k);
        y[k] = (struct pkt){
            .data = pool_memory(p->pool) + d->addr,
            .len_bytes = d->len,
            .room_bytes = POOL_BUFFER_BYTES -
                          (uint32_t)(d->addr & (POOL_BUFFER_BYTES - 1)),
            .wire_bytes = d->len,
            .t_ns = t_ns,
        };
    }
    __atomic_store_n(r->consumer, at + n, __ATOMIC_RELEASE);
    x->held -= n;
    out->n += n;
    kick(x); /* what an earlier send left */
    af_xdp_refill(x);
    return n > 0 ? (int)n : check_alive(x);
}

static int af_xdp_send(struct port *p, const struct fn_span *in)
{
    struct af_xdp_port *x = (struct af_xdp_port *)p;
    const struct xdp_ring *r = &x->ring[RING_TX];
    const struct pkt *y = in->items;
    uint32_t at = *r->producer;
    size_t k = 0;

    reclaim(x);
    for (uint32_t room = ring_room(r); k < in->n && room > 0; k++) {
        uint32_t index;
        if (y[k].len_bytes < ETH_HLEN ||
            y[k].len_bytes > POOL_BUFFER_BYTES - POOL_HEAD_BYTES) {
            p->counts.refused++;
            continue;
        }
        if (pool_take(p->pool, &index, 1) == 0) {
            break;
        }
        memcpy(pool_data(p->pool, index), y[k].data, y[k].len_bytes);
        *desc(r, at++) = (struct xdp_desc){
            .addr = (uint64_t)index * POOL_BUFFER_BYTES + POOL_HEAD_BYTES,
            .len = y[k].len_bytes};
        p->counts.sent++;
        room--;
    }
    __atomic_store_n(r->producer, at, __ATOMIC_RELEASE);
    kick(x);
    return (int)k;
}

static int af_xdp_fd(const struct port *p, bool room, short *events)
{
    *events = room ? POLLOUT : POLLIN;
    return ((const struct af_xdp_port *)p)->fd;
}

static void af_xdp_count(struct port *p)
{
    struct xdp_statistics s = {0};
    socklen_t n = sizeof s;

    /* Since it was opened. */
    if (getsockopt(((struct af_xdp_port *)p)->fd, SOL_XDP, XDP_STATISTICS, &s,
                   &n) == 0) {
        p->counts.kernel_dropped = s.rx_dropped + s.rx_ring_full;
        p->counts.no_buffer = s.rx_fill_ring_empty_descs;
    }
}

static int af_xdp_close(struct port *p)
{
    struct af_xdp_port *x = (struct af_xdp_port *)p;
    const int fd[] = {x->link_fd, x->fd, x->program_fd, x->map_fd};

    for (size_t k = 0; k < RING_KINDS; k++) {
        if (x->ring[k].map != NULL) {
            (void)munmap(x->ring[k].map, x->ring[k].bytes);
        }
    }
    for (size_t k = 0; k < sizeof fd / sizeof fd[0]; k++) {
        if (fd[k] >= 0) {
            (void)close(fd[k]); /* the first takes the program away */
        }
    }
    return 0;
}

int port_af_xdp_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = af_xdp_receive,
                                        .send = af_xdp_send,
                                        .fd = af_xdp_fd,
                                        .count = af_xdp_count,
                                        .close = af_xdp_close};
    struct af_xdp_port *x = port_new(config, sizeof *x, &ops);

    if (x == NULL) {
        return ERR_NO_MEM;
    }
    x->fd = x->map_fd = x->program_fd = x->link_fd = -1;
    int err = af_xdp_start(x);
    if (err < 0) {
        (void)port_close(&x->port); /* nothing was written */
        return err;
    }
    *out = &x->port;
    return 0;
}
