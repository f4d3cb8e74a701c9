/*
 * link_device_check.h - a device behind a link and the fabric that serves it,
 * in one process, for tests.
 */
#ifndef DRIVERS_LINK_LINK_DEVICE_CHECK_H
#define DRIVERS_LINK_LINK_DEVICE_CHECK_H

#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/link/fabric.h"
#include "drivers/link/link_device.h"
#include "drivers/link/link_port.h"
#include "drivers/link/record.h"
#include "drivers/sim/sim_device.h"
#include "drivers/transport/faulty.h"
#include "drivers/transport/memory.h"
#include "tests/check.h"

enum { SLOTS = 4 };

struct far {
    struct transport *near;       /* the host's end, until a device owns it */
    struct transport *damaged[2]; /* both ends, when the wire is faulty */
    struct device *sim;
    struct fabric *fabric;
    struct device *device;
};

static inline int far_step(void *ctx)
{
    struct far *f = ctx;

    return f->fabric != NULL ? fabric_step(f->fabric) : 0;
}

/* 'permille' of the chunks that cross the wire suffer a fault. */
static inline void far_open(struct far *f, uint32_t permille)
{
    struct device_config config = {.n_slots = SLOTS, .width_bits = 64};
    struct fabric_config fabric = {.width_bits = 64,
                                   .resend_us = permille > 0 ? 1000 : 0};
    struct link_device_config device = {
        .where = "test",
        .n_slots = SLOTS,
        .width_bits = 64,
        .resend_us = permille > 0 ? 1000 : 0,
    };
    struct memory_peer peer = {far_step, NULL, f};
    struct faulty_config faults[2] = {{1, permille}, {2, permille}};
    struct transport *other;

    *f = (struct far){0};
    assert_int_equal(memory_pair(1 << 17, &f->near, &other), 0);
    memory_attach(f->near, &peer);
    if (permille > 0) {
        assert_int_equal(faulty_open(f->near, &faults[0], &f->near), 0);
        assert_int_equal(faulty_open(other, &faults[1], &other), 0);
        f->damaged[0] = f->near;
        f->damaged[1] = other;
    }
    assert_int_equal(sim_device_open(&config, &f->sim), 0);
    fabric.device = f->sim;
    assert_int_equal(fabric_open(other, &fabric, &f->fabric), 0);
    device.transport = f->near;
    assert_int_equal(link_device_open(&device, &f->device), 0);
}

static inline void far_close(struct far *f)
{
    device_close(f->device);
    fabric_close(f->fabric);
    device_close(f->sim);
}

static inline struct body *far_load(struct far *f, uint32_t slot,
                                    const char *fn)
{
    struct body *b = NULL;

    assert_int_equal(device_load(f->device, slot, registry_find(fn), &b), 0);
    return b;
}

#endif
