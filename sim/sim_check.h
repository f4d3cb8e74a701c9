/*
 * sim_check.h - slots and frames for the tests of sim.
 *
 * PRECAST_IMAGES names the folder of images, "build/image" without it.
 */
#ifndef SIM_SIM_CHECK_H
#define SIM_SIM_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/bytes.h"
#include "sim/sim.h"
#include "tests/check.h"

enum {
    FRAMES = 4,
    ROOM = 96,
    WIDTH = 64, /* of the images with faults */
    UNCHANGED = 0x5a5a5a5a,
};

static inline const char *image_dir(void)
{
    const char *dir = getenv("PRECAST_IMAGES");

    return dir != NULL ? dir : "build/image";
}

/* The path of an image in image_dir(); valid until the next call. */
static inline const char *image_path(const char *fn, uint32_t width_bits,
                                     bool faults)
{
    static char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s-w%u%s.so", image_dir(), fn,
                     width_bits, faults ? "-fault" : "");

    assert_true(n > 0 && (size_t)n < sizeof path);
    return path;
}

/* A slot that takes input, as a driver would hand it out. */
static inline struct sim *open_slot(const char *fn, uint32_t width_bits,
                                    bool faults)
{
    struct sim *s = NULL;

    assert_int_equal(sim_open(image_path(fn, width_bits, faults), fn,
                              width_bits, faults, &s),
                     0);
    assert_non_null(s);
    assert_int_equal(sim_write(s, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK),
                     0);
    return s;
}

static inline uint32_t read_reg(struct sim *s, uint32_t offset)
{
    uint32_t value = UNCHANGED;

    assert_int_equal(sim_read(s, offset, &value), 0);
    return value;
}

static inline uint32_t read_word(struct sim *s, uint32_t index)
{
    assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, index), 0);
    return read_reg(s, CSR_WINDOW_DATA);
}

/* Frames of one run and room for what comes, with an edge behind it. */
struct traffic {
    struct sim_frame in[FRAMES], out[FRAMES];
    uint8_t from[FRAMES][ROOM], to[FRAMES][ROOM + 8];
    struct sim_job job;
};

/* FRAMES frames of 'len' bytes each. */
static inline void traffic_make(struct traffic *t, uint32_t len)
{
    memset(t, 0x5a, sizeof *t);
    for (size_t k = 0; k < FRAMES; k++) {
        memset(t->from[k], (int)k, ROOM);
        be16_store(t->from[k] + 12, 0x0800); /* IPv4, TCP */
        t->from[k][14] = 0x45;
        be16_store(t->from[k] + 16, 40);
        be16_store(t->from[k] + 20, 0);
        t->from[k][23] = 6;
        t->in[k] = (struct sim_frame){.data = t->from[k], .len = len};
        t->out[k] = (struct sim_frame){.data = t->to[k], .room = ROOM};
    }
    t->job = (struct sim_job){
        .in = t->in, .n_in = FRAMES, .out = t->out, .cap_out = FRAMES};
}

static inline void assert_inside_its_room(const struct traffic *t)
{
    assert_true(t->job.n_out <= FRAMES);
    for (size_t k = 0; k < FRAMES; k++) {
        for (size_t j = ROOM; j < sizeof t->to[k]; j++) {
            assert_int_equal(t->to[k][j], 0x5a);
        }
    }
    for (size_t k = 0; k < t->job.n_out; k++) {
        assert_true(t->out[k].len <= ROOM);
    }
}

#endif
