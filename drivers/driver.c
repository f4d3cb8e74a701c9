/* driver.c - the table of drivers. */
#include "drivers/driver.h"

#include <string.h>

#include "core/base/err.h"
#include "drivers/framed.h"
#include "drivers/sim/sim_device.h"

static int open_sim(const struct device_config *config, struct device **out)
{
    return config->framed ? framed_open(config, out)
                          : sim_device_open(config, out);
}

int driver_open(const char *kind, const struct device_config *config,
                struct device **out)
{
    static const struct {
        const char *kind;
        int (*open)(const struct device_config *config, struct device **out);
    } drivers[] = {
        {"sim", open_sim},
        {"socket", framed_open_socket},
        {"serial", framed_open_serial},
        {"board", framed_open_board},
    };

    for (size_t k = 0; k < sizeof drivers / sizeof drivers[0]; k++) {
        if (strcmp(drivers[k].kind, kind) == 0) {
            return drivers[k].open(config, out);
        }
    }
    return err_say(ERR_NOT_FOUND,
                   "no device of kind '%s', expected one of: sim, socket, "
                   "serial, board",
                   kind);
}
