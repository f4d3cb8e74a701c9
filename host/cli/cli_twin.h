/* cli_twin.h - `precast twin VERB`: a table of verbs, one file a verb. */
#ifndef HOST_CLI_CLI_TWIN_H
#define HOST_CLI_CLI_TWIN_H

#include "host/cli/cli.h"

extern const struct cli_cmd cli_twin_cmds[]; /* [cli_n_twin_cmds] */
extern const size_t cli_n_twin_cmds;

int cli_twin_fmu(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_describe(const struct cli_cmd *cmd, int argc, char **argv);

#endif
