/* cli_run.c - `precast run`. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "host/chain/run.h"
#include "host/cli/cli.h"

/* True when a sink writes packets to stdout, which then is not for the page. */
static bool writes_stdout(const struct chain *c)
{
    for (size_t k = 0; k < c->n_vertices; k++) {
        if (c->vertex[k].kind == CHAIN_SINK &&
            strcmp(c->vertex[k].file, "-") == 0) {
            return true;
        }
    }
    return false;
}

int cli_run(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct chain_port_file ports[CLI_SET_MAX];
    struct chain *chain = NULL;
    int err = cli_opts_read(cmd, "in out json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no chain file");
    }
    for (size_t k = 0; k < o.n_port_files; k++) {
        ports[k] = (struct chain_port_file){o.port_file[k], o.port_is_out[k]};
    }
    err = chain_open(o.name, ports, o.n_port_files, &chain);
    if (err < 0) {
        return err;
    }
    struct report report = {writes_stdout(chain) ? stderr : stdout, o.json};
    err = chain_run(chain, &report, cli_stop(), isatty(STDERR_FILENO) == 1);
    chain_close(chain);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
