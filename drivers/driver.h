/* driver.h - opens a device by its kind. */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include "core/device.h"

/*
 * Kinds: "sim", the Verilated fabric; "socket" and "serial", a fabric at the
 * other end of a wire; "board", a Verilated board behind its byte port.
 * ERR_NOT_FOUND for another; errors of the driver, with the message printed.
 * device_close() closes it.
 */
int driver_open(const char *kind, const struct device_config *config,
                struct device **out);

#endif
