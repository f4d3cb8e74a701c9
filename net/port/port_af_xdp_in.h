/* port_af_xdp_in.h - the inside of an AF_XDP port: port_af_xdp.c (packets) and
 * port_af_xdp_open.c (socket, rings, program). */
#ifndef NET_PORT_PORT_AF_XDP_IN_H
#define NET_PORT_PORT_AF_XDP_IN_H

#include "net/port/port_in.h"

enum {
    XDP_RING = 1024, /* entries of each of the four rings */
};

/* One ring: the kernel is at its other end. */
struct xdp_ring {
    uint32_t *producer, *consumer;
    void *entries; /* [XDP_RING] */
    void *map;
    size_t bytes;
};

enum { RING_FILL, RING_COMPLETION, RING_RX, RING_TX, RING_KINDS };

struct af_xdp_port {
    struct port port;
    int fd, map_fd, program_fd, link_fd;
    uint32_t queue;
    struct xdp_ring ring[RING_KINDS];
    uint32_t held; /* buffers that the kernel has to fill, or has filled */
};

/* Gives the kernel buffers to fill, as many as the pool has. */
void af_xdp_refill(struct af_xdp_port *x);

/* Socket, rings and program, as x->port.name says. */
int af_xdp_start(struct af_xdp_port *x);

#endif
