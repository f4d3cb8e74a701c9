/* cli_twin_fmu.c - `precast twin fmu`. */
#include <stdio.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/cli/cli_twin.h"
#include "host/cli/version.h"
#include "host/fmu/fmu.h"

int cli_twin_fmu(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    char name[80];
    int err = cli_opts_read(cmd, "out", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no function named");
    }
    const struct fn *fn = registry_find(o.name);
    if (fn == NULL) {
        return err_say(ERR_NOT_FOUND,
                       "no function '%s', expected one of `precast fn list`",
                       o.name);
    }
    (void)snprintf(name, sizeof name, "%s.fmu", fn->csr->name); /* fits */
    return fmu_export(fn, "precast " PRECAST_VERSION,
                      o.out != NULL ? o.out : name);
}
