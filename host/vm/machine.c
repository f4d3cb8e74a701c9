/* machine.c - see machine.h. */
#include "host/vm/machine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/ring.h"

enum {
    RING_BYTES = 1 << 22,
    REPLY_BYTES = 4 * MACHINE_MESSAGE_BYTES, /* one at a time */
};

struct machine_port {
    struct ring *in, *out;
    struct ring *reply;
};

struct machine {
    struct machine_port port;
    struct machine_work work;
    pid_t pid;
    int pid_fd;
    bool dead; /* gone, and that has been told */
    uint8_t message[MACHINE_MESSAGE_BYTES];
};

/* --- inside the machine --- */

static void wait_for(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    (void)poll(&p, 1, -1); /* an early return costs one more look */
}

static uint32_t next_of(struct ring *r, void *data, size_t *n)
{
    uint32_t type;

    for (;;) {
        int got = ring_get(r, &type, data, MACHINE_MESSAGE_BYTES, n);
        if (got == 1) {
            return type;
        }
        if (got < 0) {
            _exit(err_exit_status(got));
        }
        wait_for(ring_data_fd(r));
    }
}

uint32_t machine_next(struct machine_port *p, void *data, size_t *n)
{
    return next_of(p->in, data, n);
}

void machine_answer(struct machine_port *p, uint32_t type, const void *data,
                    size_t n)
{
    for (;;) {
        int put = ring_put(p->out, type, data, n);
        if (put == 1) {
            return;
        }
        if (put < 0) {
            _exit(err_exit_status(put));
        }
        wait_for(ring_room_fd(p->out));
    }
}

uint32_t machine_ask(struct machine_port *p, uint32_t type, const void *data,
                     size_t n, void *reply, size_t *n_reply)
{
    machine_answer(p, type, data, n);
    return next_of(p->reply, reply, n_reply);
}

/* The child: never returns. */
static void run_child(struct machine *m, pid_t parent)
{
    char name[32];

    (void)snprintf(name, sizeof name, "precast-%s", m->work.name); /* fits */
    (void)prctl(PR_SET_NAME, name);               /* cannot fail */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* cannot fail */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);       /* cannot fail */
    if (getppid() != parent) {
        _exit(0); /* it died before PDEATHSIG was set */
    }
    (void)signal(SIGINT, SIG_IGN); /* the starter ends it, cleanly */
    _exit(err_exit_status(m->work.main(&m->port, m->work.arg)));
}

/* --- outside --- */

static void machine_free(struct machine *m)
{
    ring_destroy(m->port.in);
    ring_destroy(m->port.out);
    ring_destroy(m->port.reply);
    if (m->pid_fd >= 0) {
        (void)close(m->pid_fd); /* nothing was written */
    }
    free(m);
}

int machine_start(const struct machine_work *work, struct machine **out)
{
    struct machine *m = calloc(1, sizeof *m);
    pid_t parent = getpid();
    int err = ERR_NO_MEM;

    if (m == NULL) {
        return err_say(err, "machine %s: not enough memory", work->name);
    }
    m->pid_fd = -1;
    m->work = *work;
    err = ring_create(RING_BYTES, &m->port.in);
    if (err == 0) {
        err = ring_create(RING_BYTES, &m->port.out);
    }
    if (err == 0) {
        err = ring_create(REPLY_BYTES, &m->port.reply);
    }
    if (err < 0) {
        goto fail;
    }
    (void)fflush(NULL); /* or the child would write it again */
    m->pid = fork();
    if (m->pid == 0) {
        run_child(m, parent);
    }
    err = ERR_IO;
    if (m->pid < 0) {
        goto fail;
    }
    ring_keep(m->port.in); /* other machines have no business here */
    ring_keep(m->port.out);
    ring_keep(m->port.reply);
    m->pid_fd = (int)syscall(SYS_pidfd_open, m->pid, 0);
    if (m->pid_fd < 0) {
        (void)kill(m->pid, SIGKILL); /* it is ours, and alive or a zombie */
        (void)waitpid(m->pid, NULL, 0);
        goto fail;
    }
    *out = m;
    return 0;

fail:
    err_say(err, "machine %s: cannot be started: %s", work->name,
            strerror(errno));
    machine_free(m);
    return err;
}

/* Takes all answers there are; ERR_DEVICE when the ring is broken. */
static int collect(struct machine *m)
{
    uint32_t type;
    size_t n;
    int got;

    do {
        got = ring_get(m->port.out, &type, m->message, sizeof m->message, &n);
        if (got == 1) {
            m->work.take(m->work.ctx, type, m->message, n);
        }
    } while (got == 1);
    return got;
}

/* Waits until something happens; true while the machine lives. */
static bool wait_alive(struct machine *m, bool for_room)
{
    struct pollfd p[3] = {
        {.fd = m->pid_fd, .events = POLLIN},
        {.fd = ring_data_fd(m->port.out), .events = POLLIN},
        {.fd = ring_room_fd(m->port.in), .events = POLLIN},
    };

    (void)poll(p, for_room ? 3 : 2, -1); /* an early return is harmless */
    return (p[0].revents & POLLIN) == 0;
}

/* The machine is gone, or is sent away: reaps it and says why, once. */
static int bury(struct machine *m)
{
    int status = 0;

    if (m->dead) {
        return ERR_DEVICE;
    }
    m->dead = true;
    (void)kill(m->pid, SIGKILL); /* no harm to one that has died */
    if (waitpid(m->pid, &status, 0) == m->pid && WIFSIGNALED(status)) {
        return err_say(ERR_DEVICE,
                       "machine %s was killed by signal %d (%s); what it had "
                       "answered is kept",
                       m->work.name, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    }
    return err_say(ERR_DEVICE,
                   "machine %s ended with status %d; what it had answered is "
                   "kept",
                   m->work.name, WEXITSTATUS(status));
}

int machine_send(struct machine *m, uint32_t type, const void *data, size_t n)
{
    while (!m->dead) {
        int put = ring_put(m->port.in, type, data, n);
        if (put == 1) {
            return collect(m) < 0 ? bury(m) : 0;
        }
        bool alive = put == 0 && wait_alive(m, true);
        if (collect(m) < 0 || !alive) {
            return bury(m);
        }
    }
    return ERR_DEVICE;
}

void machine_reply(struct machine *m, uint32_t type, const void *data, size_t n)
{
    (void)ring_put(m->port.reply, type, data, n); /* no room: as it says */
}

int machine_fd(const struct machine *m)
{
    return ring_data_fd(m->port.out);
}

int machine_take(struct machine *m)
{
    return m->dead || collect(m) < 0 ? bury(m) : 0;
}

int machine_end(struct machine *m)
{
    int status = 0;
    int err = 0;

    if (m == NULL) {
        return 0;
    }
    err = machine_send(m, MACHINE_END, NULL, 0);
    while (err == 0 && wait_alive(m, false)) {
        err = collect(m) < 0 ? bury(m) : 0;
    }
    if (collect(m) < 0 && err == 0) {
        err = bury(m);
    }
    if (err == 0 && waitpid(m->pid, &status, 0) == m->pid && status != 0) {
        m->dead = true;
        err = err_say(
            ERR_DEVICE, "machine %s %s %d", m->work.name,
            WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    machine_free(m);
    return err;
}
