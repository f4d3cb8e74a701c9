/*
 * cli.h - the command line: a table of commands, one file a noun.
 */
#ifndef HOST_CLI_CLI_H
#define HOST_CLI_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/chain/chain.h"

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
    bool csi;
    const char *in, *out, *body;
    const char *port_file[CLI_SET_MAX]; /* --in, --out, --port of `run` */
    enum chain_option port_option[CLI_SET_MAX];
    size_t n_port_files;
    const char *set[CLI_SET_MAX]; /* K=V */
    size_t n_set;
    uint64_t count, seed;
    uint32_t width_bits;
    /* Every other allowed key, as text: see cli_opt(). */
    const char *key[CLI_SET_MAX], *value[CLI_SET_MAX];
    size_t n_keys;
    size_t max_names; /* words that are no options; 0: one */
    size_t n_names;
    const char *names[CLI_SET_MAX];
    const char *name; /* the first of them, or NULL */
};

/*
 * Reads "--KEY VALUE", "--KEY=VALUE", "--json" and "--csi" into '*o', whose
 * values are defaults before.  'allowed' lists the keys: "in out json".
 * ERR_USAGE with the message printed.
 */
int cli_opts_read(const struct cli_cmd *cmd, const char *allowed, int argc,
                  char **argv, struct cli_opts *o);

/* The value given for 'key', one of those allowed, or NULL. */
const char *cli_opt(const struct cli_opts *o, const char *key);

/*
 * The number given for 'key', within [min, max]; '*value' is its default
 * before. ERR_USAGE, printed.
 */
int cli_opt_number(const struct cli_cmd *cmd, const struct cli_opts *o,
                   const char *key, double min, double max, double *value);

/* Says that 'cmd' is used in another way; returns ERR_USAGE. */
int cli_usage(const struct cli_cmd *cmd, const char *what);

/*
 * From now on Ctrl-C, SIGTERM and SIGHUP set what this points to, so that work
 * ends cleanly; a second one ends the program at once.
 */
const volatile sig_atomic_t *cli_stop(void);

/* Fails when results could not be written to stdout. ERR_IO, printed. */
int cli_flush(void);

int cli_scan(const struct cli_cmd *cmd, int argc, char **argv);
int cli_run(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_list(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_show(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_trace(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fn_bench(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_wifi(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_lte(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_nr(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_mix(const struct cli_cmd *cmd, int argc, char **argv);
int cli_gen_packets(const struct cli_cmd *cmd, int argc, char **argv);
int cli_image_list(const struct cli_cmd *cmd, int argc, char **argv);
int cli_image_check(const struct cli_cmd *cmd, int argc, char **argv);
int cli_device_list(const struct cli_cmd *cmd, int argc, char **argv);
int cli_fabric(const struct cli_cmd *cmd, int argc, char **argv);
int cli_doctor(const struct cli_cmd *cmd, int argc, char **argv);

#endif
