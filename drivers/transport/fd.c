/* fd.c - see fd.h. */
#include "drivers/transport/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"

struct fd_transport {
    struct transport transport;
    struct transport_ops ops; /* with the kind it was opened as */
    int fd;
    bool is_socket;
    bool gone;
};

static bool is_passing(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

/* The result of a read or write; 'end' when 0 bytes mean the end. */
static int fd_result(struct fd_transport *f, ssize_t n, bool end)
{
    if (n > 0 || (n == 0 && !end)) {
        return (int)n;
    }
    if (n < 0 && is_passing(errno)) {
        return 0;
    }
    f->gone = true;
    return ERR_DEVICE;
}

static int fd_read(struct transport *t, void *bytes, size_t cap)
{
    struct fd_transport *f = (struct fd_transport *)t;

    if (cap == 0) {
        return f->gone ? ERR_DEVICE : 0;
    }
    return fd_result(f, read(f->fd, bytes, cap), true);
}

static int fd_write(struct transport *t, const void *bytes, size_t n)
{
    struct fd_transport *f = (struct fd_transport *)t;

    if (f->gone || n == 0) {
        return f->gone ? ERR_DEVICE : 0;
    }
    /* A peer that left must not end this process by SIGPIPE. */
    return fd_result(f,
                     f->is_socket ? send(f->fd, bytes, n, MSG_NOSIGNAL)
                                  : write(f->fd, bytes, n),
                     false);
}

static int fd_wait(struct transport *t, bool to_write, uint32_t timeout_us)
{
    struct fd_transport *f = (struct fd_transport *)t;
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    struct timespec limit = {.tv_sec = timeout_us / 1000000,
                             .tv_nsec = (long)(timeout_us % 1000000) * 1000};

    if (f->gone) {
        return ERR_DEVICE;
    }
    if (to_write) {
        p.events |= POLLOUT;
    }
    return ppoll(&p, 1, &limit, NULL) > 0; /* a hang-up is for the next read */
}

static void fd_close(struct transport *t)
{
    struct fd_transport *f = (struct fd_transport *)t;

    (void)close(f->fd); /* what was not sent is lost either way */
    free(f);
}

int fd_open(int fd, const char *kind, struct transport **out)
{
    struct fd_transport *f = calloc(1, sizeof *f);
    int flags = fcntl(fd, F_GETFL);
    int type;
    socklen_t n = sizeof type;

    if (f == NULL || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        int err = f == NULL ? ERR_NO_MEM : ERR_IO;
        free(f);
        (void)close(fd); /* nothing was sent */
        return err;
    }
    f->ops = (struct transport_ops){
        .kind = kind,
        .read = fd_read,
        .write = fd_write,
        .wait = fd_wait,
        .close = fd_close,
    };
    f->transport.ops = &f->ops;
    f->fd = fd;
    f->is_socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
    *out = &f->transport;
    return 0;
}

int fd_of(const struct transport *t)
{
    return ((const struct fd_transport *)t)->fd;
}
