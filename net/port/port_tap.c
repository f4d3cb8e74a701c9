/*
 * port_tap.c - a TAP interface as a port: what the kernel sends there is
 * received, and what is sent comes in there (Linux
 * Documentation/networking/tuntap.rst).
 *
 * What the kernel dropped because nobody read stands in the interface's own
 * statistics (ip -s link) and is not counted here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "net/port/port_in.h"

enum { TAP_REST_BYTES = 1 << 16 }; /* of a packet that is no short one */

struct tap_port {
    struct port port;
    int fd;
    uint8_t rest[TAP_REST_BYTES];
};

/* A packet of 'n' bytes is in 'x', or, beyond what fits there, in t->rest. */
static bool tap_take(struct tap_port *t, struct fn_span *out, struct pkt *x,
                     size_t n)
{
    struct pkt short_one = *x;
    uint32_t index = pool_index(t->port.pool, x->data);

    if (n <= POOL_PKT_BYTES) {
        x->len_bytes = x->wire_bytes = (uint32_t)n;
        return true;
    }
    out->n--;
    x = port_room(&t->port, out, n);
    if (x != NULL) {
        memcpy(x->data, short_one.data, POOL_PKT_BYTES);
        memcpy(x->data + POOL_PKT_BYTES, t->rest, n - POOL_PKT_BYTES);
    }
    pool_give(t->port.pool, &index, 1);
    return x != NULL;
}

/* Reads one packet away for which there is no buffer. */
static ssize_t tap_skip(struct tap_port *t)
{
    return read(t->fd, t->rest, sizeof t->rest);
}

static int tap_receive(struct port *p, struct fn_span *out)
{
    struct tap_port *t = (struct tap_port *)p;
    uint64_t t_ns = clock_wall_ns();
    size_t n0 = out->n;
    ssize_t n = 1;

    for (size_t k = out->cap - n0; k > 0 && n > 0; k--) {
        struct pkt *x = port_room(p, out, POOL_PKT_BYTES);
        if (x == NULL) {
            n = tap_skip(t);
            p->counts.no_buffer -= n <= 0; /* there was none to lose */
            continue;
        }
        struct iovec iov[] = {{x->data, POOL_PKT_BYTES},
                              {t->rest, sizeof t->rest}};
        n = readv(t->fd, iov, 2);
        if (n <= 0) {
            uint32_t index = pool_index(p->pool, x->data);
            pool_give(p->pool, &index, 1);
            out->n--;
        } else if (tap_take(t, out, x, (size_t)n)) {
            ((struct pkt *)out->items)[out->n - 1].t_ns = t_ns;
        }
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        (void)port_fail(p, strerror(errno));
        return out->n > n0 ? (int)(out->n - n0) : ERR_DEVICE;
    }
    return (int)(out->n - n0);
}

static int tap_send(struct port *p, const struct fn_span *in)
{
    const struct tap_port *t = (const struct tap_port *)p;
    const struct pkt *x = in->items;

    for (size_t k = 0; k < in->n; k++) {
        ssize_t n = write(t->fd, x[k].data, x[k].len_bytes);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return (int)k;
        }
        p->counts.sent += n >= 0;
        p->counts.refused += n < 0; /* too short or long, or it is down */
    }
    return (int)in->n;
}

static int tap_fd(const struct port *p, bool room, short *events)
{
    *events = room ? POLLOUT : POLLIN;
    return ((const struct tap_port *)p)->fd;
}

static int tap_close(struct port *p)
{
    const struct tap_port *t = (const struct tap_port *)p;

    if (t->fd >= 0) {
        (void)close(t->fd); /* what was written is gone */
    }
    return 0;
}

/*
 * Nothing comes in or goes out while the interface is down.  Who may use it and
 * yet may not do this has been given one that is up.
 */
static void tap_up(struct ifreq *r)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, r) == 0) {
        r->ifr_flags = (short)(r->ifr_flags | IFF_UP);
        (void)ioctl(fd, SIOCSIFFLAGS, r);
    }
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
}

int port_tap_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = tap_receive,
                                        .send = tap_send,
                                        .fd = tap_fd,
                                        .close = tap_close};
    struct tap_port *t = port_new(config, sizeof *t, &ops);
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    size_t n = strlen(config->name);
    int err;

    if (t == NULL) {
        return ERR_NO_MEM;
    }
    t->fd = -1;
    if (n == 0 || n >= IF_NAMESIZE || strpbrk(config->name, "%/ ") != NULL) {
        err = err_say(ERR_BAD_INPUT,
                      "tap:%s: no name of an interface, expected 1 to %d bytes "
                      "without blanks, %% and /",
                      config->name, IF_NAMESIZE - 1);
        goto fail;
    }
    memcpy(r.ifr_name, config->name, n);
    t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->fd < 0) {
        err = port_say(&t->port, errno == ENOENT ? ERR_MISSING : ERR_IO,
                       "/dev/net/tun");
        goto fail;
    }
    if (ioctl(t->fd, TUNSETIFF, &r) < 0) {
        err = port_say(&t->port, ERR_IO,
                       errno == EINVAL ? "is there and no TAP, or in use"
                                       : "cannot be made");
        goto fail;
    }
    if (ioctl(t->fd, TUNSETOFFLOAD, 0) < 0) {
        err = port_say(&t->port, ERR_IO, "offloads cannot be switched off");
        goto fail;
    }
    tap_up(&r);
    port_settle(config->name);
    *out = &t->port;
    return 0;

fail:
    (void)port_close(&t->port); /* nothing was written */
    return err;
}
