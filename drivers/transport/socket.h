/*
 * socket.h - a wire between two processes: a Unix stream socket by its path, or
 * TCP when the path has the form HOST:PORT and no slash.
 */
#ifndef DRIVERS_TRANSPORT_SOCKET_H
#define DRIVERS_TRANSPORT_SOCKET_H

#include "drivers/transport/transport.h"

/* Connects to config->path.  ERR_DEVICE, ERR_BAD_INPUT; printed. */
int socket_open(const struct transport_config *config, struct transport **out);

/* Two ends of one wire.  ERR_IO, ERR_NO_MEM. */
int socket_pair(struct transport **a, struct transport **b);

/* Waits for those who connect. */
struct socket_listener;

/*
 * Listens at 'path'; a socket file that nobody serves any more is replaced, and
 * removed by socket_unlisten(), which takes NULL.  ERR_IO, ERR_BAD_INPUT;
 * printed.
 */
int socket_listen(const char *path, struct socket_listener **out);
void socket_unlisten(struct socket_listener *l);

/* 1 with a transport in '*out', or 0 when none came in 'timeout_us'; ERR_IO. */
int socket_accept(struct socket_listener *l, uint32_t timeout_us,
                  struct transport **out);

#endif
