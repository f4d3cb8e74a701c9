/* cli_run.c - `precast run`. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "host/chain/recorder.h"
#include "host/chain/run.h"
#include "host/cli/cli.h"
#include "twin/history.h"

/* True when a sink writes packets to stdout, which then is not for the page. */
static bool writes_stdout(const struct chain *c)
{
    for (size_t k = 0; k < c->n_vertices; k++) {
        if (c->vertex[k].kind == CHAIN_SINK &&
            port_traits[c->vertex[k].port].is_file &&
            strcmp(c->vertex[k].file, "-") == 0) {
            return true;
        }
    }
    return false;
}

/* What --history, --telemetry and --metrics ask for. */
static int open_recorder(const struct cli_cmd *cmd, const struct cli_opts *o,
                         const char *chain, struct recorder **out)
{
    double bytes = HISTORY_BYTES;
    int err = cli_opt_number(cmd, o, "history-bytes", HISTORY_BYTES_MIN, 1e15,
                             &bytes);

    return err < 0 ? err
                   : recorder_open(
                         &(struct recorder_config){
                             .history = cli_opt(o, "history"),
                             .history_bytes = (uint64_t)bytes,
                             .telemetry = cli_opt(o, "telemetry"),
                             .metrics = cli_opt(o, "metrics"),
                         },
                         chain, out);
}

int cli_run(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct chain_port_file ports[CLI_SET_MAX];
    struct chain *chain = NULL;
    int err = cli_opts_read(
        cmd, "in out port json history history-bytes telemetry metrics", argc,
        argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no chain file");
    }
    for (size_t k = 0; k < o.n_port_files; k++) {
        ports[k] = (struct chain_port_file){o.port_file[k], o.port_option[k]};
    }
    err = chain_open(o.name, ports, o.n_port_files, &chain);
    if (err < 0) {
        return err;
    }
    struct report report = {writes_stdout(chain) ? stderr : stdout, o.json,
                            NULL};
    err = open_recorder(cmd, &o, chain->name, &report.recorder);
    if (err == 0) {
        err = chain_run(chain, &report, cli_stop(), isatty(STDERR_FILENO) == 1);
    }
    int record_err = recorder_close(report.recorder);
    chain_close(chain);
    int flush_err = cli_flush();
    err = err < 0 ? err : record_err;
    return err < 0 ? err : flush_err;
}
