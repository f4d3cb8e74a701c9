/* cli_kernels.h - options that put blocks of receivers on a fabric. */
#ifndef HOST_CLI_CLI_KERNELS_H
#define HOST_CLI_CLI_KERNELS_H

#include "host/cli/cli.h"
#include "host/radio/kernels.h"

/*
 * What --fabric, --device, --twin, --flip, --body and --width ask for; nothing
 * without --fabric.  Loads each image once, to see that it can be had.
 * ERR_USAGE, ERR_MISSING and other errors of devices, with the message printed.
 */
int cli_kernels(const struct cli_opts *o, struct kernels_plan *plan);

#endif
