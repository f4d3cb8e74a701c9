/*
 * fn_check.h - one body of a function, C or in a simulated slot, for the tests
 * of functions: opened before a test, closed after it.
 */
#ifndef TESTS_FN_CHECK_H
#define TESTS_FN_CHECK_H

#include "tests/check.h"

#include <stdbool.h>

#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "drivers/driver.h"

/* One body, and the device that it lives on. */
struct bench {
    uint32_t width_bits; /* 0: the C body */
    bool at_once;        /* steps follow each other without a pause */
    struct device *device;
    struct body *body; /* NULL: there is no image */
};

/* A body of function 'name' at reset; b->width_bits is given. */
static inline int bench_load(struct bench *b, const char *name)
{
    struct device_config config = {.n_slots = 1, .width_bits = b->width_bits};
    const struct fn *fn = registry_find(name);
    int err;

    b->device = NULL;
    b->body = NULL;
    if (b->width_bits == 0) {
        return body_open_c(fn, &b->body);
    }
    err = driver_open("sim", &config, &b->device);
    if (err == 0) {
        err = device_load(b->device, 0, fn, &b->body);
    }
    return err == ERR_MISSING ? 0 : err;
}

static inline int bench_close(void **state)
{
    struct bench *b = *state;

    body_close(b->body);
    device_close(b->device);
    return 0;
}

/* The body under test; skips the test without an image. */
static inline struct body *bench_body(void **state)
{
    struct bench *b = *state;

    if (b->body == NULL) {
        print_message("skipped: no image, %u bits\n", b->width_bits);
        skip();
    }
    return b->body;
}

static inline uint32_t read_reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

#endif
