/* serial.h - a tty as a wire: raw bytes, 8 bits, no parity, no flow control. */
#ifndef DRIVERS_TRANSPORT_SERIAL_H
#define DRIVERS_TRANSPORT_SERIAL_H

#include "drivers/transport/transport.h"

/*
 * Opens the tty config->path at config->baud: 9600 to 4000000 of the usual
 * ones.  ERR_BAD_INPUT for another baud, ERR_DEVICE; printed.
 */
int serial_open(const struct transport_config *config, struct transport **out);

#endif
