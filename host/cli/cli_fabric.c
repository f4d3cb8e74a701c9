/* cli_fabric.c - `precast fabric`: a simulated fabric in a process of its own.
 */
#include <stdio.h>

#include "core/base/err.h"
#include "drivers/driver.h"
#include "drivers/link/fabric.h"
#include "host/cli/cli.h"

enum {
    SLOTS = 4, /* unless said otherwise */
    SLOTS_MAX = 16,
    WIDTH_BITS = 64,
};

static bool should_stop(void *ctx)
{
    const volatile sig_atomic_t *const *stop = ctx;

    return **stop != 0;
}

int cli_fabric(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.width_bits = WIDTH_BITS};
    struct device_config config = {0};
    struct fabric_config fabric = {0};
    struct device *device = NULL;
    struct socket_listener *listener = NULL;
    double slots = SLOTS;
    int err = cli_opts_read(cmd, "socket slots width", argc, argv, &o);

    if (err == 0) {
        err = cli_opt_number(cmd, &o, "slots", 1, SLOTS_MAX, &slots);
    }
    if (err < 0) {
        return err;
    }
    const char *path = cli_opt(&o, "socket");
    if (o.name != NULL || path == NULL) {
        return cli_usage(cmd, path == NULL ? "no --socket" : "a word too many");
    }
    config.n_slots = (uint32_t)slots;
    config.width_bits = fabric.width_bits = o.width_bits;
    const volatile sig_atomic_t *stop = cli_stop();
    err = driver_open("sim", &config, &device);
    if (err == 0) {
        err = socket_listen(path, &listener);
    }
    if (err == 0) {
        printf("serving %u slots, %u bits wide, at %s\n", config.n_slots,
               config.width_bits, path);
        err = cli_flush(); /* whoever starts this waits for the line */
    }
    if (err == 0) {
        fabric.device = device;
        err = fabric_serve(listener, &fabric, should_stop, &stop);
    }
    socket_unlisten(listener);
    device_close(device);
    return err;
}
