/* cli_device.c - `precast device list` and `precast doctor`. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/json/json_line.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/cli/cli.h"

enum { WHY_BYTES = 1024 };

/* Tries image 'fn' at 'width_bits': 0, or an error and why it does not load. */
static int try_image(const struct fn *fn, uint32_t width_bits, bool faults,
                     char why[WHY_BYTES])
{
    struct device_config config = {
        .n_slots = 1, .width_bits = width_bits, .faults = faults};
    struct device *device = NULL;
    struct body *body = NULL;

    err_hold(why, WHY_BYTES);
    int err = driver_open("sim", &config, &device);
    if (err == 0) {
        err = device_load(device, 0, fn, &body);
    }
    err_release();
    body_close(body);
    device_close(device);
    return err;
}

static void say(bool json, const char *type, const char *name, bool ok,
                const char *detail)
{
    if (!json) {
        printf("%-8s %-24s %s\n", ok ? "ok" : "MISSING", name, detail);
        return;
    }
    json_t *o = json_pack("{ss, ss, sb, ss}", "type", type, "name", name, "ok",
                          (int)ok, "detail", detail);
    json_line(stdout, o, 0);
}

/* One line an image; ERR_MISSING when one does not load. */
static int list_images(bool json, const char *type)
{
    static const struct {
        uint32_t width_bits;
        bool faults;
    } kinds[] = {{32, false}, {64, false}, {64, true}};
    int err = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        if (!registry_has_rtl(registry[f]->csr->name)) {
            continue;
        }
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            char name[64], why[WHY_BYTES];
            int e = try_image(registry[f], kinds[k].width_bits, kinds[k].faults,
                              why);
            (void)snprintf(name, sizeof name, "sim %s %u bit%s",
                           registry[f]->csr->name, kinds[k].width_bits,
                           kinds[k].faults ? " faults" : ""); /* fits */
            say(json, type, name, e == 0, e == 0 ? "image loads" : why);
            err = e < 0 ? ERR_MISSING : err;
        }
    }
    return err;
}

int cli_device_list(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name != NULL) {
        return cli_usage(cmd, "one word too many");
    }
    err = list_images(o.json, "device");
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

int cli_doctor(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name != NULL) {
        return cli_usage(cmd, "one word too many");
    }
    err = list_images(o.json, "doctor");
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
