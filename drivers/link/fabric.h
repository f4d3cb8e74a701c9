/*
 * fabric.h - the fabric's end of a link in software (docs/LINK.md): serves the
 * slots of a device that is here to a host that is elsewhere.
 *
 * Records are worked off in order.  A slot that hangs takes nothing more until
 * it is loaded again; its packets are discarded, its registers still asked.
 */
#ifndef DRIVERS_LINK_FABRIC_H
#define DRIVERS_LINK_FABRIC_H

#include "core/device.h"
#include "drivers/link/link.h"
#include "drivers/transport/socket.h"
#include "drivers/transport/transport.h"

struct fabric;

struct fabric_config {
    struct device *device; /* the slots, all empty; the caller's */
    uint32_t width_bits;   /* of the images it can load */
    bool faults;           /* of the images it can load */
    uint32_t resend_us;    /* of the link; 0: 100000 */
};

/*
 * Waits for a host on 't', which it owns, also on an error.  ERR_NO_MEM.
 * fabric_close() unloads all slots and takes NULL.
 */
int fabric_open(struct transport *t, const struct fabric_config *config,
                struct fabric **out);
void fabric_close(struct fabric *f);

/* Does what can be done now: 1 when that was anything; ERR_DEVICE. */
int fabric_step(struct fabric *f);

/* Waits until there may be more to do; as transport_wait(). */
int fabric_wait(struct fabric *f, uint32_t timeout_us);

struct link_counters fabric_link(const struct fabric *f);

/*
 * Serves one host after another until should_stop(ctx), which is asked at least
 * ten times a second.  ERR_NO_MEM, ERR_IO.
 */
int fabric_serve(struct socket_listener *l, const struct fabric_config *config,
                 bool (*should_stop)(void *ctx), void *ctx);

#endif
