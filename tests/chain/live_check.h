/*
 * live_check.h - stations in network namespaces of their own, and chains that
 * run between them until they are interrupted.
 *
 * A station is a process that does what it is told; its kernel answers pings,
 * and it sends back what comes to port 7, by UDP or TCP (RFC 862).
 */
#ifndef TESTS_CHAIN_LIVE_CHECK_H
#define TESTS_CHAIN_LIVE_CHECK_H

#include "tests/cli_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/rng.h"

enum {
    PATIENCE_MS = 60000, /* what has not come then does not come */
    RETRY_MS = 100,
    ECHO_PORT = 7,
    N_PINGS = 20,
    N_UDP = 40,
    TCP_BYTES = 4 << 20,
};

enum order_kind { ORDER_SHELL, ORDER_PING, ORDER_UDP, ORDER_TCP };

struct order {
    enum order_kind kind;
    char text[512]; /* a command, or an address */
};

struct station {
    pid_t pid;
    int fd; /* orders to it, results from it */
};

/* --- in a station --- */

static inline int station_wait(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, ms);
}

static inline uint16_t checksum(const uint8_t *d, size_t n)
{
    uint32_t sum = 0;

    for (size_t k = 0; k < n; k += 2) { /* n is even here */
        sum += be16_load(d + k);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

/* One echo request of 'n' bytes; 0 when its answer came in time (RFC 792). */
static inline int ping_once(int fd, const struct sockaddr_in *to, uint16_t seq,
                            size_t n, int ms)
{
    uint8_t ask[1500] = {8};
    uint8_t got[2048];
    uint64_t end = clock_ns() + (uint64_t)ms * 1000000u;

    be16_store(ask + 4, (uint16_t)getpid());
    be16_store(ask + 6, seq);
    for (size_t k = 8; k < n; k++) {
        ask[k] = (uint8_t)(k * seq);
    }
    be16_store(ask + 2, checksum(ask, n));
    if (sendto(fd, ask, n, 0, (const struct sockaddr *)to, sizeof *to) < 0 &&
        errno != EHOSTUNREACH) {
        return errno;
    }
    while (clock_ns() < end) {
        if (station_wait(fd, (int)((end - clock_ns()) / 1000000) + 1) != 1) {
            return ETIMEDOUT;
        }
        ssize_t len = recv(fd, got, sizeof got, 0);
        size_t at = len > 0 ? (size_t)(got[0] & 15) * 4 : 0;
        if (len > 0 && (size_t)len == at + n && got[at] == 0 &&
            memcmp(got + at + 4, ask + 4, n - 4) == 0) {
            return 0;
        }
    }
    return ETIMEDOUT;
}

/* Until the first answer requests may be lost, then none is. */
static inline int ping(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    uint64_t end = clock_ns() + (uint64_t)PATIENCE_MS * 1000000u;
    uint16_t seq = 1;
    int err = fd < 0 ? errno : ETIMEDOUT;

    while (err == ETIMEDOUT && clock_ns() < end) {
        err = ping_once(fd, to, seq++, 64, RETRY_MS);
    }
    for (size_t k = 0; err == 0 && k < N_PINGS; k++) {
        err = ping_once(fd, to, seq++, 64 + k * 70, PATIENCE_MS);
    }
    (void)close(fd);
    return err;
}

/* Datagrams of many lengths come back whole: all checksums are right. */
static inline int udp(const struct sockaddr_in *to)
{
    struct sockaddr_in at = *to;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct rng r = {5};
    uint8_t ask[1472], got[1472];
    int err = 0;

    at.sin_port = htons(ECHO_PORT);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) < 0) {
        return errno;
    }
    for (size_t k = 0; err == 0 && k < N_UDP; k++) {
        size_t n = k == 0 ? 0 : k == 1 ? 1472 : rng_below(&r, 1473);
        for (size_t j = 0; j < n; j++) {
            ask[j] = (uint8_t)rng_next(&r);
        }
        err = send(fd, ask, n, 0) < 0              ? errno
              : station_wait(fd, PATIENCE_MS) != 1 ? ETIMEDOUT
              : recv(fd, got, sizeof got, 0) != (ssize_t)n ||
                      memcmp(ask, got, n) != 0
                  ? EBADMSG
                  : 0;
    }
    (void)close(fd);
    return err;
}

/* A stream comes back whole: the kernel has its segments cut for it. */
static inline int tcp(const struct sockaddr_in *to)
{
    struct sockaddr_in at = *to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    static uint8_t ask[TCP_BYTES], got[TCP_BYTES];
    size_t n_out = 0, n_in = 0;
    struct rng r = {6};

    at.sin_port = htons(ECHO_PORT);
    for (size_t k = 0; k < TCP_BYTES; k++) {
        ask[k] = (uint8_t)rng_next(&r);
    }
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) < 0) {
        return errno;
    }
    while (n_in < TCP_BYTES) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        p.events = n_out < TCP_BYTES ? POLLIN | POLLOUT : POLLIN;
        if (poll(&p, 1, PATIENCE_MS) != 1) {
            return ETIMEDOUT;
        }
        ssize_t n = (p.revents & POLLIN) == 0
                        ? 0
                        : recv(fd, got + n_in, TCP_BYTES - n_in, MSG_DONTWAIT);
        n_in += n > 0 ? (size_t)n : 0;
        n = (p.revents & POLLOUT) == 0
                ? 0
                : send(fd, ask + n_out, TCP_BYTES - n_out, MSG_DONTWAIT);
        n_out += n > 0 ? (size_t)n : 0;
    }
    (void)close(fd);
    return memcmp(ask, got, TCP_BYTES) == 0 ? 0 : EBADMSG;
}

static inline int obey(const struct order *o)
{
    struct sockaddr_in to = {.sin_family = AF_INET};

    if (o->kind == ORDER_SHELL) {
        return system(o->text);
    }
    (void)inet_pton(AF_INET, o->text, &to.sin_addr);
    return o->kind == ORDER_PING  ? ping(&to)
           : o->kind == ORDER_UDP ? udp(&to)
                                  : tcp(&to);
}

/* Sends what came back. */
static inline void echo(int fd)
{
    struct sockaddr_in from;
    socklen_t n_from = sizeof from;
    uint8_t bytes[1500];
    ssize_t n =
        recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &n_from);

    if (n >= 0) {
        (void)!sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from,
                      n_from);
    }
}

/* A process of its own serves one stream after the other. */
static inline void echo_streams(int fd)
{
    static char bytes[1 << 16];

    if (fork() != 0) {
        return;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int stream = accept(fd, NULL, NULL);
        ssize_t n;
        while ((n = recv(stream, bytes, sizeof bytes, 0)) > 0) {
            (void)!send(stream, bytes, (size_t)n, MSG_NOSIGNAL);
        }
        (void)close(stream);
    }
}

static inline void station_main(int fd)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(ECHO_PORT)};
    struct order o;
    int status = unshare(CLONE_NEWNET);
    int proc = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
    int udp_fd = socket(AF_INET, SOCK_DGRAM, 0);
    int tcp_fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)!write(proc, "1", 1); /* the kernel is quiet */
    status = status != 0 || bind(udp_fd, (struct sockaddr *)&at, sizeof at) ||
             bind(tcp_fd, (struct sockaddr *)&at, sizeof at) ||
             listen(tcp_fd, 4);
    echo_streams(tcp_fd);
    (void)!write(fd, &status, sizeof status);
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = udp_fd, .events = POLLIN}};
        (void)poll(p, 2, -1);
        if (p[1].revents != 0) {
            echo(udp_fd);
        }
        if (p[0].revents != 0) {
            if (read(fd, &o, sizeof o) != sizeof o) {
                _exit(0);
            }
            status = obey(&o);
            (void)!write(fd, &status, sizeof status);
        }
    }
}

/* --- outside --- */

/* False, with a message, when there may be no namespaces here. */
static inline bool station_open(struct station *s)
{
    int fd[2];
    int status = -1;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        (void)close(fd[0]);
        station_main(fd[1]);
    }
    (void)close(fd[1]);
    s->fd = fd[0];
    assert_int_equal(read(s->fd, &status, sizeof status), sizeof status);
    if (status != 0) {
        print_message("skipped: no network namespace for a station\n");
    }
    return status == 0;
}

static inline void station_close(struct station *s)
{
    assert_int_equal(close(s->fd), 0);
    assert_int_equal(kill(s->pid, SIGKILL), 0);
    assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
}

static inline int station_do(const struct station *s, enum order_kind kind,
                             const char *text)
{
    struct order o = {.kind = kind};
    int status = -1;

    (void)snprintf(o.text, sizeof o.text, "%s", text);
    assert_int_equal(write(s->fd, &o, sizeof o), sizeof o);
    assert_int_equal(read(s->fd, &status, sizeof status), sizeof status);
    return status;
}

static inline void station_shell(const struct station *s, const char *command)
{
    if (station_do(s, ORDER_SHELL, command) != 0) {
        fail_msg("%s", command);
    }
}

static inline void here(const char *command)
{
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

/* --- a chain that runs --- */

struct live {
    pid_t pid;
    int out; /* its stdout */
    char text[1 << 16];
    size_t n;
};

/* Reads what 'l' says until 'end' is in it, or it ends. */
static inline bool live_read(struct live *l, const char *end)
{
    while (strstr(l->text, end) == NULL) {
        if (station_wait(l->out, PATIENCE_MS) != 1) {
            fail_msg("nothing came behind: %s", l->text);
        }
        assert_true(l->n < sizeof l->text - 1);
        ssize_t n = read(l->out, l->text + l->n, sizeof l->text - 1 - l->n);
        if (n <= 0) {
            return false;
        }
        l->n += (size_t)n;
        l->text[l->n] = '\0';
    }
    return true;
}

/* Begins "precast run NAME ARGS"; it runs when this returns. */
static inline void live_open(struct live *l, const char *name, const char *args)
{
    const char *build = getenv("PRECAST_BUILD");
    char command[1024];
    int fd[2];

    *l = (struct live){.n = 0};
    (void)snprintf(command, sizeof command, "exec %s/precast run %s %s",
                   build != NULL ? build : "build", cli_path(name), args);
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    l->pid = fork();
    assert_true(l->pid >= 0);
    if (l->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(fd[1], STDOUT_FILENO);
        (void)execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    assert_int_equal(close(fd[1]), 0);
    l->out = fd[0];
    if (!live_read(l, "\n\n")) {
        fail_msg("it ended: %s", l->text);
    }
}

/* The process sleeps: it does not ask again and again for packets. */
static inline void live_sleeps(const struct live *l)
{
    uint64_t end = clock_ns() + (uint64_t)PATIENCE_MS * 1000000u;
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)l->pid);
    while (clock_ns() < end) {
        FILE *f = fopen(path, "r");
        char state = '?';
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
        (void)fclose(f);
        if (state == 'S') {
            return;
        }
        (void)sched_yield();
    }
    fail_msg("process %d never sleeps", (int)l->pid);
}

/* Interrupts it; its exit status. */
static inline int live_close(struct live *l, int number)
{
    int status = -1;

    assert_int_equal(kill(l->pid, number), 0);
    while (live_read(l, "\x01")) { /* to the end */
    }
    assert_int_equal(close(l->out), 0);
    assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
