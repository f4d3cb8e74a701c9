/*
 * board.h - a simulated board (sim/board.h) as a wire: the fabric of rtl/,
 * behind the byte port that a board has, within this process.
 *
 * Time passes for the board only within the calls of this transport, so it is
 * never late; its clock and that of the host have nothing to do with each
 * other.
 */
#ifndef DRIVERS_TRANSPORT_BOARD_H
#define DRIVERS_TRANSPORT_BOARD_H

#include "drivers/transport/transport.h"
#include "sim/board.h"

/*
 * Loads the shared object config->path and clocks it out of reset.  ERR_MISSING
 * without such a file, ERR_DEVICE when it is no board for this program,
 * ERR_NO_MEM; printed.
 */
int board_open(const struct transport_config *config, struct transport **out);

/* What stands behind a transport of board_open(); '*model' is its first
 * argument. */
const struct sim_board *board_of(const struct transport *t, void **model);

#endif
