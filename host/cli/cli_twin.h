/* cli_twin.h - `precast twin VERB`: a table of verbs, one file a verb. */
#ifndef HOST_CLI_CLI_TWIN_H
#define HOST_CLI_CLI_TWIN_H

#include "core/wire/record.h"
#include "host/cli/cli.h"
#include "twin/history_read.h"

extern const struct cli_cmd cli_twin_cmds[]; /* [cli_n_twin_cmds] */
extern const size_t cli_n_twin_cmds;

/* --- cli_twin_print.c: what the verbs share --------------------------------
 */

/* One line, of JSON or for people; 'ctx' points to a bool: JSON. */
int cli_twin_record(void *ctx, const struct wire_record *r);

/* ns since 1970 as "2026-11-21T11:47:38.123456Z". */
void cli_twin_time(uint64_t t_ns, char text[40]);

/* The same back, or seconds since 1970 ("1700000000.5"); false if neither. */
bool cli_twin_parse_time(const char *text, uint64_t *t_ns);

/* "10s", "500ms", "2min" or "1h"; false if none of them. */
bool cli_twin_parse_span(const char *text, uint64_t *ns);

/*
 * The window that --node, --from and --to ask for; without them all that is
 * there.  '*b' tells its node.
 */
int cli_twin_window(const char *dir, const struct cli_opts *o,
                    struct history_bursts *b, struct history_window *out);

int cli_twin_compare(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_watch(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_replay(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_history(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_diff(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_at(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_whatif(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_fmu(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_describe(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_campaign(const struct cli_cmd *cmd, int argc, char **argv);
int cli_twin_bisect(const struct cli_cmd *cmd, int argc, char **argv);

#endif
