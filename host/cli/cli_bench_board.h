/* cli_bench_board.h - how much of its byte port the RTL of the link uses. */
#ifndef HOST_CLI_CLI_BENCH_BOARD_H
#define HOST_CLI_CLI_BENCH_BOARD_H

#include "host/cli/cli_bench_link.h"

/*
 * Says nothing without the board that `make check` builds.  ERR_DEVICE,
 * ERR_NO_MEM; printed.
 */
int bench_board(bench_figure *figure, void *ctx);

#endif
