/* link_port.h - a link on a transport: carries bytes between the two. */
#ifndef DRIVERS_LINK_LINK_PORT_H
#define DRIVERS_LINK_LINK_PORT_H

#include "drivers/link/link.h"
#include "drivers/transport/transport.h"

enum { LINK_PORT_BYTES = 1 << 16 }; /* carried at once */

struct link_port {
    struct link *link;           /* owned */
    struct transport *transport; /* owned */
    size_t at, n;                /* of 'out', waiting for room on the wire */
    uint8_t *out, *in;           /* [LINK_PORT_BYTES] */
};

/* Owns 't' from now on, also on an error.  ERR_NO_MEM. */
int link_port_open(struct transport *t, const struct link_config *config,
                   struct link_port *out);

/* Takes a zeroed one. */
void link_port_close(struct link_port *p);

/* Microseconds of the monotonic clock. */
uint64_t link_port_now(void);

/* Carries what can be carried now: 1 when anything was; ERR_DEVICE. */
int link_port_pump(struct link_port *p);

/* Waits for more to carry; as transport_wait(). */
int link_port_wait(struct link_port *p, uint32_t timeout_us);

#endif
