/* socket.c - see socket.h. */
#include "drivers/transport/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/err.h"
#include "drivers/transport/fd.h"

enum { BACKLOG = 4 };

struct address {
    int family;
    socklen_t n;
    union {
        struct sockaddr any;
        struct sockaddr_un unix_path;
        struct sockaddr_storage room;
    } at;
};

struct socket_listener {
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* "" for TCP */
};

static int find_tcp(const char *path, const char *colon, struct address *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[256];
    int n = snprintf(host, sizeof host, "%.*s", (int)(colon - path), path);

    if (n < 0 || (size_t)n >= sizeof host ||
        getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        return err_say(ERR_BAD_INPUT,
                       "'%s' is no address, expected HOST:PORT or a path",
                       path);
    }
    out->family = found->ai_family;
    out->n = found->ai_addrlen;
    memcpy(&out->at, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static int find(const char *path, struct address *out)
{
    const char *colon = strrchr(path, ':');
    struct sockaddr_un *u = &out->at.unix_path;

    *out = (struct address){.family = AF_UNIX, .n = sizeof *u};
    if (colon != NULL && strchr(path, '/') == NULL) {
        return find_tcp(path, colon, out);
    }
    if (path[0] == '\0' || strlen(path) >= sizeof u->sun_path) {
        return err_say(ERR_BAD_INPUT,
                       "'%s' is no path of a socket, expected 1 to %zu bytes",
                       path, sizeof u->sun_path - 1);
    }
    u->sun_family = AF_UNIX;
    memcpy(u->sun_path, path, strlen(path) + 1);
    return 0;
}

/* Packets in a link are batched by their sender: nothing waits for more. */
static void hurry(int fd, int family)
{
    int one = 1;

    if (family != AF_UNIX) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
                         sizeof one); /* only slower without */
    }
}

int socket_open(const struct transport_config *config, struct transport **out)
{
    struct address a;
    int err = find(config->path, &a);
    int fd;

    if (err < 0) {
        return err;
    }
    fd = socket(a.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, &a.at.any, a.n) != 0) {
        int number = errno;
        if (fd >= 0) {
            (void)close(fd); /* nothing was sent */
        }
        return err_say(ERR_DEVICE, "%s: cannot connect: %s", config->path,
                       strerror(number));
    }
    hurry(fd, a.family);
    return fd_open(fd, "socket", out);
}

int socket_pair(struct transport **a, struct transport **b)
{
    int fd[2];
    struct transport *first = NULL;
    int err;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0) {
        return ERR_IO;
    }
    err = fd_open(fd[0], "socket", &first);
    if (err < 0) {
        (void)close(fd[1]); /* nothing was sent */
        return err;
    }
    err = fd_open(fd[1], "socket", b);
    if (err < 0) {
        transport_close(first);
        return err;
    }
    *a = first;
    return 0;
}

/* A socket file that refuses connections was left by one who died. */
static void remove_dead(const struct address *a)
{
    struct stat s;
    int fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && stat(a->at.unix_path.sun_path, &s) == 0 &&
        S_ISSOCK(s.st_mode) && connect(fd, &a->at.any, a->n) != 0 &&
        errno == ECONNREFUSED) {
        (void)unlink(a->at.unix_path.sun_path); /* bind() tells */
    }
    if (fd >= 0) {
        (void)close(fd); /* nothing was sent */
    }
}

int socket_listen(const char *path, struct socket_listener **out)
{
    struct socket_listener *l = calloc(1, sizeof *l);
    struct address a;
    int one = 1;
    int err = find(path, &a);

    if (err < 0 || l == NULL) {
        free(l);
        return err < 0 ? err
                       : err_say(ERR_NO_MEM, "%s: not enough memory", path);
    }
    if (a.family == AF_UNIX) {
        remove_dead(&a);
    }
    l->fd = socket(a.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd >= 0 && a.family != AF_UNIX) {
        (void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one,
                         sizeof one); /* bind() tells */
    }
    if (l->fd < 0 || bind(l->fd, &a.at.any, a.n) != 0) {
        err = err_say(ERR_IO, "%s: cannot listen: %s", path, strerror(errno));
        socket_unlisten(l);
        return err;
    }
    if (a.family == AF_UNIX) {
        memcpy(l->path, a.at.unix_path.sun_path, sizeof l->path);
    }
    if (listen(l->fd, BACKLOG) != 0) {
        err = err_say(ERR_IO, "%s: cannot listen: %s", path, strerror(errno));
        socket_unlisten(l);
        return err;
    }
    *out = l;
    return 0;
}

void socket_unlisten(struct socket_listener *l)
{
    if (l == NULL) {
        return;
    }
    if (l->fd >= 0) {
        (void)close(l->fd); /* nothing was sent */
    }
    if (l->path[0] != '\0') {
        (void)unlink(l->path); /* gone already is as well */
    }
    free(l);
}

int socket_accept(struct socket_listener *l, uint32_t timeout_us,
                  struct transport **out)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    struct timespec limit = {.tv_sec = timeout_us / 1000000,
                             .tv_nsec = (long)(timeout_us % 1000000) * 1000};
    int fd;

    if (ppoll(&p, 1, &limit, NULL) <= 0) {
        return 0;
    }
    fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return errno == EINTR || errno == ECONNABORTED || errno == EAGAIN
                   ? 0
                   : ERR_IO;
    }
    hurry(fd, l->path[0] != '\0' ? AF_UNIX : AF_INET);
    int err = fd_open(fd, "socket", out);
    return err < 0 ? err : 1;
}
