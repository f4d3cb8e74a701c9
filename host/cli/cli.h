/*
 * cli.h - the command line: a table of commands, one file a noun.
 */
#ifndef HOST_CLI_CLI_H
#define HOST_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A command gets the words after its own; returns 0 or a negative enum err. */
struct cli_cmd {
    const char *noun;
    const char *verb; /* NULL when the noun is the whole command */
    const char *args; /* "NAME --in FILE [--json]" */
    const char *help; /* one line */
    const char *more; /* options, one a line; NULL for none */
    int (*run)(const struct cli_cmd *cmd, int argc, char **argv);
};

enum { CLI_SET_MAX = 64 };

/* Options as commands share them; each command allows some. */
struct cli_opts {
    bool json;
    const char *in, *out, *body;
    const char *port_file[CLI_SET_MAX]; /* --in and --out of `run` */
    bool port_is_out[CLI_SET_MAX];
    size_t n_port_files;
    const char *set[CLI_SET_MAX]; /* K=V */
    size_t n_set;
    uint64_t count, seed;
    uint32_t width_bits;
    const char *name; /* the one word that is no option, or NULL */
};

/*
 * Reads "--KEY VALUE", "--KEY=VALUE" and "--json" into '*o', whose values are
 * defaults before.  'allowed' lists the keys: "in out json".  ERR_USAGE with
 * the message printed.
 */
int cli_opts_read(const struct cli_cmd *cmd, const char *allowed, int argc,
                  char **argv, struct cli_opts *o);

/* Says that 'cmd' is used in another way; returns ERR_USAGE. */
int cli_usage(const struct cli_cmd *cmd, const char *what);

/* Fails when results could not be written to stdout. ERR_IO, printed. */
int cli_flush(void);

int cli_run(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_list(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_show(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_trace(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_bench(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_packets(const struct cli_cmd *cmd, int argc, char **argv);
int cli_device_list(const struct cli_cmd *cmd, int argc, char **argv);
int cli_doctor(const struct cli_cmd *cmd, int argc, char **argv);

#endif
