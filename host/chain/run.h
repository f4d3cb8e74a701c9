/* run.h - carries items from a chain's sources through its nodes to its sinks.
 */
#ifndef HOST_CHAIN_RUN_H
#define HOST_CHAIN_RUN_H

#include <signal.h>

#include "host/chain/report.h"

/*
 * Runs 'c' until its sources end, '*stop' becomes non-zero, or something fails;
 * in every case the sinks are closed and complete up to there, and the totals
 * are reported.  Errors of sources come after everything that could be read has
 * been processed.  With 'progress' a line on stderr counts packets.
 *
 * ERR_BAD_INPUT, ERR_IO, ERR_NO_MEM, ERR_MISSING, with the message printed.
 */
int chain_run(const struct chain *c, const struct report *report,
              const volatile sig_atomic_t *stop, bool progress);

#endif
