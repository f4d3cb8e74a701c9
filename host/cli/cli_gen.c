/* cli_gen.c - `precast gen`: captures and recordings with known content. */
#include "core/base/err.h"
#include "host/cli/cli.h"
#include "net/port/gen_packets.h"

int cli_gen_packets(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.seed = 1};
    int err = cli_opts_read(cmd, "count out seed", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name != NULL) {
        return cli_usage(cmd, "one word too many");
    }
    if (o.out == NULL || o.count == 0) {
        return cli_usage(cmd,
                         o.out == NULL ? "no --out" : "no --count above 0");
    }
    return gen_packets(o.out, (uint32_t)o.count, o.seed);
}
