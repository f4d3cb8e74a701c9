/* fd.h - a transport over a file descriptor: a socket or a tty. */
#ifndef DRIVERS_TRANSPORT_FD_H
#define DRIVERS_TRANSPORT_FD_H

#include "drivers/transport/transport.h"

/*
 * Over 'fd', which the transport closes, also on an error.  'kind' is a name
 * for messages.  ERR_NO_MEM, ERR_IO.
 */
int fd_open(int fd, const char *kind, struct transport **out);

/* The descriptor, to poll with others; the transport's. */
int fd_of(const struct transport *t);

#endif
