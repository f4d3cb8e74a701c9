/*
 * transport.h - wires: what carries bytes both ways and keeps no boundaries.
 *
 * A transport belongs to one thread.  None of its calls blocks but
 * transport_wait().  ERR_DEVICE means that the other end is gone, and all later
 * calls say so, too; bytes that came before it went are still read.
 */
#ifndef DRIVERS_TRANSPORT_TRANSPORT_H
#define DRIVERS_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRANSPORT_MOST = 1 << 20 }; /* bytes that one call takes */

struct transport;

struct transport_ops {
    const char *kind;
    int (*read)(struct transport *t, void *bytes, size_t cap);
    int (*write)(struct transport *t, const void *bytes, size_t n);
    int (*wait)(struct transport *t, bool to_write, uint32_t timeout_us);
    void (*close)(struct transport *t);
};

struct transport {
    const struct transport_ops *ops;
};

/* What a transport of transport_open() goes to. */
struct transport_config {
    const char *path; /* of a socket, a tty or a shared object, or HOST:PORT */
    uint32_t baud;    /* serial */
};

/*
 * Kinds: "socket", a Unix stream socket by its path, or TCP; "serial", a tty;
 * "board", a simulated board, the shared object of sim/board.h.
 * ERR_NOT_FOUND for another; errors of the kind, with the message printed.
 */
int transport_open(const char *kind, const struct transport_config *config,
                   struct transport **out);

/* Bytes read, at most 'cap'; 0 when there are none now. */
int transport_read(struct transport *t, void *bytes, size_t cap);

/* Bytes taken, of 'n'; 0 when there is no room now. */
int transport_write(struct transport *t, const void *bytes, size_t n);

/*
 * Waits until there may be something to read, or with 'to_write' room to write:
 * 1, or 0 after 'timeout_us'.
 */
int transport_wait(struct transport *t, bool to_write, uint32_t timeout_us);

/* Takes NULL. */
void transport_close(struct transport *t);

#endif
