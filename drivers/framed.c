/* framed.c - see framed.h. */
#include "drivers/framed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/image/image_store.h"
#include "drivers/link/fabric.h"
#include "drivers/link/link_device.h"
#include "drivers/sim/sim_device.h"
#include "drivers/transport/board.h"
#include "drivers/transport/memory.h"
#include "drivers/transport/transport.h"
#include "sim/image.h"

enum {
    WIRE_BYTES = 1 << 17,
    RESEND_US = 1000000,   /* nothing is ever lost here */
    BOARD_HANG_MS = 20000, /* a simulated board is slow */
};

/* What lives at the other end of the wire. */
struct framed {
    struct device *device;
    struct fabric *fabric;
};

static int framed_step(void *ctx)
{
    return fabric_step(((struct framed *)ctx)->fabric);
}

static void framed_close(void *ctx)
{
    struct framed *f = ctx;

    fabric_close(f->fabric);
    device_close(f->device);
    free(f);
}

int framed_open(const struct device_config *config, struct device **out)
{
    struct framed *f = calloc(1, sizeof *f);
    struct fabric_config far = {.width_bits = config->width_bits,
                                .faults = config->faults,
                                .resend_us = RESEND_US};
    struct link_device_config near = {.where = "framed sim",
                                      .n_slots = config->n_slots,
                                      .width_bits = config->width_bits,
                                      .faults = config->faults,
                                      .resend_us = RESEND_US};
    struct memory_peer peer = {framed_step, framed_close, f};
    struct transport *other;
    int err = f == NULL ? ERR_NO_MEM : sim_device_open(config, &f->device);

    if (err < 0) {
        free(f);
        return err;
    }
    err = memory_pair(WIRE_BYTES, &near.transport, &other);
    if (err < 0) {
        framed_close(f);
        return err_say(err, "device: not enough memory");
    }
    far.device = f->device;
    err = fabric_open(other, &far, &f->fabric);
    memory_attach(near.transport, &peer);
    if (err < 0) {
        transport_close(near.transport);
        return err_say(err, "device: not enough memory");
    }
    return link_device_open(&near, out);
}

static int open_wire(const char *kind, const struct device_config *config,
                     struct device **out)
{
    struct transport_config wire = {.path = config->path, .baud = config->baud};
    struct link_device_config near = {.where = config->path,
                                      .n_slots = config->n_slots,
                                      .width_bits = config->width_bits,
                                      .faults = config->faults};
    int err = transport_open(kind, &wire, &near.transport);

    return err < 0 ? err : link_device_open(&near, out);
}

int framed_open_socket(const struct device_config *config, struct device **out)
{
    return open_wire("socket", config, out);
}

int framed_open_serial(const struct device_config *config, struct device **out)
{
    return open_wire("serial", config, out);
}

/* "DIR/NAME.so"; a name is no path. */
static int board_path(const char *name, char path[IMAGE_PATH])
{
    struct image_store *images = NULL;
    bool is_name =
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
    int n;

    if (!is_name) {
        return err_say(
            ERR_BAD_INPUT,
            "image '%.64s' of a board, expected letters a-z, digits, "
            "_ and -",
            name);
    }
    int err = image_store_open(SIM_ABI, &images);
    if (err < 0) {
        return err;
    }
    n = snprintf(path, IMAGE_PATH, "%s/%s.so", image_store_dir(images), name);
    image_store_close(images);
    return n < IMAGE_PATH
               ? 0
               : err_say(ERR_MISSING, "%s: no such board, the path is too long",
                         name);
}

int framed_board(const char *name, struct transport **out)
{
    char path[IMAGE_PATH];
    struct transport_config wire = {.path = path};
    int err = board_path(name, path);

    return err < 0 ? err : transport_open("board", &wire, out);
}

int framed_open_board(const struct device_config *config, struct device **out)
{
    struct link_device_config near = {.where = config->path,
                                      .n_slots = config->n_slots,
                                      .hang_ms = BOARD_HANG_MS,
                                      .resend_us = RESEND_US};
    void *model;
    int err = framed_board(config->path, &near.transport);

    if (err < 0) {
        return err;
    }
    near.width_bits = board_of(near.transport, &model)->width_bits;
    return link_device_open(&near, out);
}
