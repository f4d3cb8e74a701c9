/*
 * framed.h - the simulated fabric behind a link within this process: whatever a
 * chain does with it crosses docs/LINK.md both ways, as to a board.
 */
#ifndef DRIVERS_FRAMED_H
#define DRIVERS_FRAMED_H

#include "core/device.h"
#include "drivers/transport/transport.h"

/* Errors of the simulated device; ERR_NO_MEM. */
int framed_open(const struct device_config *config, struct device **out);

/* Devices at the other end of a wire, by config->path; see transport_open(). */
int framed_open_socket(const struct device_config *config, struct device **out);
int framed_open_serial(const struct device_config *config, struct device **out);

/* The simulated board config->path, a name in the folder of images. */
int framed_open_board(const struct device_config *config, struct device **out);

/* The wire to it; see board_open(). */
int framed_board(const char *name, struct transport **out);

#endif
