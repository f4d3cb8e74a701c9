/*
 * link_device.h - a fabric at the other end of a link as a device
 * (docs/LINK.md).
 *
 * A write to a register is sent and not answered; when the fabric reports that
 * a slot did not take it, the next call for that slot fails.  A device that is
 * gone is gone: every later call fails at once with ERR_DEVICE.
 */
#ifndef DRIVERS_LINK_LINK_DEVICE_H
#define DRIVERS_LINK_LINK_DEVICE_H

#include "core/device.h"
#include "drivers/link/link.h"
#include "drivers/transport/transport.h"

struct link_device_config {
    struct transport *transport;
    const char *where;   /* for messages: "fab0.sock", copied */
    uint32_t n_slots;    /* that may be used */
    uint32_t width_bits; /* of the images asked for */
    bool faults;         /* of the images asked for */
    uint32_t hang_ms;    /* without progress for so long it fails; 0: 2000 */
    uint32_t resend_us;  /* of the link; 0: 100000 */
};

/*
 * Opens a session over config->transport, which the device owns from now on,
 * also on an error.  ERR_NO_MEM; ERR_DEVICE when no fabric answers, printed.
 */
int link_device_open(const struct link_device_config *config,
                     struct device **out);

/* What the link counted, for benches and tests. */
struct link_counters link_device_link(const struct device *d);

#endif
