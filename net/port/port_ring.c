/*
 * port_ring.c - two precast processes on one machine as each other's port: a
 * ring of messages (core/base/ring.h) each way, a message a packet, the other
 * side woken once a burst.
 *
 *   message: 8 bytes t_ns, 4 bytes wire_bytes, 2 bytes flags, packet
 *            little-endian; type RING_PACKET
 *
 * The one that comes first listens at a Unix socket.  It makes the rings when
 * the other one connects, and hands over their descriptors.  Each has a pool of
 * its own, which the other cannot reach: packets are copied in and out.  When
 * one side closes the socket, what is in the rings is the last.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/ring.h"
#include "net/port/port_in.h"

enum {
    RING_BYTES = 1 << 21, /* each way */
    RING_PACKET = 1,
    RING_HEADER_BYTES = 14,
    RING_OFFER_FDS = 2 * RING_FDS, /* from who listens, to it */
    RING_TRIES = 8,
};

_Static_assert(FN_PKT_BYTES + RING_HEADER_BYTES + 8 <= RING_BYTES / 2,
               "a message holds any packet");

struct ring_port {
    struct port port;
    int listen_fd;         /* -1 at who connects */
    int peer_fd;           /* -1 until the other side is there */
    struct ring *in, *out; /* NULL until then */
    int wait_fd[2];        /* epoll: something to receive, room to send */
    bool gone;             /* the other side is */
    uint8_t message[RING_HEADER_BYTES + FN_PKT_BYTES];
};

static int watch(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data = {.fd = fd}};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : ERR_IO;
}

/* 'fd' wakes who waits to receive and who waits for room. */
static int watch_both(const struct ring_port *r, int fd)
{
    int err = watch(r->wait_fd[0], fd);

    return err < 0 ? err : watch(r->wait_fd[1], fd);
}

/* Both rings are there. */
static int ring_begin(const struct ring_port *r)
{
    int err = watch(r->wait_fd[0], ring_data_fd(r->in));

    return err < 0 ? err : watch(r->wait_fd[1], ring_room_fd(r->out));
}

static int send_fds(int fd, const int *fds)
{
    char byte = 'r';
    struct iovec iov = {&byte, 1};
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE(RING_OFFER_FDS * sizeof(int))] = {0};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(RING_OFFER_FDS * sizeof(int));
    memcpy(CMSG_DATA(c), fds, RING_OFFER_FDS * sizeof(int));
    return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : ERR_DEVICE;
}

/* 1 with fds[RING_OFFER_FDS] filled in, 0 when nothing came yet. */
static int receive_fds(int fd, int *fds)
{
    char byte;
    struct iovec iov = {&byte, 1};
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE(RING_OFFER_FDS * sizeof(int))] = {0};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c == NULL || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len != CMSG_LEN(RING_OFFER_FDS * sizeof(int))) {
        return ERR_DEVICE;
    }
    memcpy(fds, CMSG_DATA(c), RING_OFFER_FDS * sizeof(int));
    return 1;
}

static void stop_listening(struct ring_port *r)
{
    if (r->listen_fd >= 0) {
        (void)unlink(r->port.name); /* gone already is as well */
        (void)close(r->listen_fd);  /* nothing was written */
        r->listen_fd = -1;
    }
}

/* Who listens: somebody connects, and gets the rings. */
static int ring_accept(struct ring_port *r)
{
    int fds[RING_OFFER_FDS];
    int err;

    r->peer_fd = accept4(r->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (r->peer_fd < 0) {
        return 0; /* nobody yet */
    }
    stop_listening(r);
    err = watch_both(r, r->peer_fd);
    err = err < 0 ? err : ring_create(RING_BYTES, &r->out);
    err = err < 0 ? err : ring_create(RING_BYTES, &r->in);
    if (err == 0) {
        ring_fds(r->out, fds);
        ring_fds(r->in, fds + RING_FDS);
        err = send_fds(r->peer_fd, fds);
    }
    err = err < 0 ? err : ring_begin(r);
    return err < 0 ? port_fail(&r->port, "no memory for its rings") : 0;
}

/* Who connects: the rings come. */
static int ring_take_offer(struct ring_port *r)
{
    int fds[RING_OFFER_FDS];
    int got = receive_fds(r->peer_fd, fds);

    if (got == 0) {
        return 0;
    }
    if (got < 0 || ring_join(fds, &r->in) < 0 ||
        ring_join(fds + RING_FDS, &r->out) < 0 || ring_begin(r) < 0) {
        return port_fail(&r->port, "the other side has no rings for us");
    }
    return 0;
}

/* Looks whether the other side has come, or has gone. */
static int ring_step(struct ring_port *r)
{
    char byte;

    if (r->port.failed) {
        return ERR_DEVICE;
    }
    if (r->in == NULL) {
        return r->peer_fd < 0 ? ring_accept(r) : ring_take_offer(r);
    }
    if (!r->gone && recv(r->peer_fd, &byte, 1, MSG_DONTWAIT) == 0) {
        r->gone = true;
    }
    return 0;
}

static int ring_receive(struct port *p, struct fn_span *out)
{
    struct ring_port *r = (struct ring_port *)p;
    size_t n0 = out->n;
    size_t n = 0;
    uint32_t type = RING_PACKET;
    int got = 1;
    int err = ring_step(r);

    if (err < 0 || r->in == NULL) {
        return err;
    }
    for (size_t k = out->cap - n0, bytes = 0;
         k > 0 && PORT_READ_BYTES - bytes >= FN_PKT_BYTES; k--, bytes += n) {
        got = ring_next(r->in, &type, r->message, sizeof r->message, &n);
        if (got <= 0 || type != RING_PACKET || n < RING_HEADER_BYTES) {
            break;
        }
        struct pkt *x = port_room(p, out, n - RING_HEADER_BYTES);
        if (x != NULL) {
            memcpy(x->data, r->message + RING_HEADER_BYTES, x->len_bytes);
            x->t_ns = (uint64_t)le32_load(r->message + 4) << 32 |
                      le32_load(r->message);
            x->wire_bytes = le32_load(r->message + 8);
            x->flags = le16_load(r->message + 12) & PKT_ERROR;
        }
    }
    if (out->n > n0) {
        ring_release(r->in);
    }
    if (got < 0 ||
        (got == 1 && (type != RING_PACKET || n < RING_HEADER_BYTES))) {
        (void)port_fail(p, "the other side has broken the ring");
    }
    if (got == 0 && r->gone) {
        p->ended = true;
    }
    return out->n > n0 ? (int)(out->n - n0) : p->failed ? ERR_DEVICE : 0;
}

static int ring_send(struct port *p, const struct fn_span *in)
{
    struct ring_port *r = (struct ring_port *)p;
    const struct pkt *x = in->items;
    size_t k = 0;
    int put = 1;
    int err = ring_step(r);

    if (err < 0 || r->out == NULL) {
        return err;
    }
    if (r->gone) {
        p->counts.refused += in->n; /* nobody is there */
        return (int)in->n;
    }
    for (; k < in->n; k++) {
        uint32_t len = x[k].len_bytes;
        if (len > FN_PKT_BYTES) {
            p->counts.refused++;
            continue;
        }
        le32_store(r->message, (uint32_t)x[k].t_ns);
        le32_store(r->message + 4, (uint32_t)(x[k].t_ns >> 32));
        le32_store(r->message + 8, x[k].wire_bytes);
        le16_store(r->message + 12, x[k].flags);
        memcpy(r->message + RING_HEADER_BYTES, x[k].data, len);
        put =
            ring_add(r->out, RING_PACKET, r->message, RING_HEADER_BYTES + len);
        if (put != 1) {
            break;
        }
        p->counts.sent++;
    }
    if (k > 0) {
        ring_flush(r->out);
    }
    return put < 0 ? port_fail(p, "the other side has broken the ring")
                   : (int)k;
}

static int ring_fd(const struct port *p, bool room, short *events)
{
    *events = POLLIN;
    return ((const struct ring_port *)p)->wait_fd[room];
}

static int ring_close(struct port *p)
{
    struct ring_port *r = (struct ring_port *)p;
    const int fd[] = {r->peer_fd, r->wait_fd[0], r->wait_fd[1]};

    stop_listening(r);
    for (size_t k = 0; k < sizeof fd / sizeof fd[0]; k++) {
        if (fd[k] >= 0) {
            (void)close(fd[k]); /* the rings hold what was sent */
        }
    }
    ring_destroy(r->in);
    ring_destroy(r->out);
    return 0;
}

/*
 * Listens at 'at', unless somebody is quicker: ERR_NOT_FOUND.  The socket gets
 * its name when it listens, so that who finds it can connect.
 */
static int ring_listen(struct ring_port *r, const struct sockaddr_un *at)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    int n = snprintf(own.sun_path, sizeof own.sun_path, "%s.%d", at->sun_path,
                     (int)getpid());
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (n < 0 || (size_t)n >= sizeof own.sun_path) {
        errno = ENAMETOOLONG;
    } else if (fd >= 0 &&
               bind(fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
               listen(fd, 1) == 0 && link(own.sun_path, at->sun_path) == 0) {
        (void)unlink(own.sun_path); /* it has the other name */
        r->listen_fd = fd;
        return 0;
    }
    int why = errno;
    (void)unlink(own.sun_path); /* may not be there */
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
    errno = why;
    return why == EEXIST ? ERR_NOT_FOUND : ERR_IO;
}

/*
 * Connects to who listens, else listens; a socket that nobody serves any more
 * is removed.
 */
static int ring_meet(struct ring_port *r, const struct sockaddr_un *at)
{
    int err = ERR_NOT_FOUND;

    for (int k = 0; err == ERR_NOT_FOUND && k < RING_TRIES; k++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) {
            return ERR_IO;
        }
        if (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0) {
            r->peer_fd = fd;
            return 0;
        }
        int why = errno;
        (void)close(fd); /* nothing was written */
        errno = why;
        if (why == ECONNREFUSED) {
            (void)unlink(at->sun_path); /* who served it has died */
        } else if (why != ENOENT) {
            return ERR_IO;
        }
        err = ring_listen(r, at);
    }
    return err;
}

int port_ring_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = ring_receive,
                                        .send = ring_send,
                                        .fd = ring_fd,
                                        .close = ring_close};
    struct ring_port *r = port_new(config, sizeof *r, &ops);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(config->name);
    int err;

    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->listen_fd = r->peer_fd = -1;
    r->wait_fd[0] = epoll_create1(EPOLL_CLOEXEC);
    r->wait_fd[1] = epoll_create1(EPOLL_CLOEXEC);
    if (n == 0 || n >= sizeof at.sun_path) {
        err = err_say(ERR_BAD_INPUT,
                      "ring:%s: no path of a socket, expected 1 to %zu bytes",
                      config->name, sizeof at.sun_path - 1);
        goto fail;
    }
    memcpy(at.sun_path, config->name, n);
    /* Until the rings are there, the socket wakes both who wait. */
    if (r->wait_fd[0] < 0 || r->wait_fd[1] < 0 || ring_meet(r, &at) < 0 ||
        watch_both(r, r->peer_fd >= 0 ? r->peer_fd : r->listen_fd) < 0) {
        err = port_say(&r->port, ERR_IO, "socket");
        goto fail;
    }
    *out = &r->port;
    return 0;

fail:
    (void)port_close(&r->port); /* nothing was written */
    return err;
}
