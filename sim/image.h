/*
 * image.h - what the shared object of a simulated image exports: one slot with
 * one function, Verilated, as a table of C calls.  sim.c loads it; image.cpp is
 * compiled into every image.
 *
 * Streams travel as frames: the bytes of one packet or one burst of samples.
 */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIM_ABI = 1, /* of this header: changed whenever it changes */
    /* Clocks without a beat moving after which a slot counts as hung. */
    SIM_HANG_CLOCKS = 4096,
    /* No frame is longer; a slot that goes on is no better than one that hangs.
     */
    SIM_FRAME_BYTES = 1 << 20,
};

struct sim_frame {
    uint8_t *data;
    uint32_t len, room; /* bytes; an output longer than 'room' is cut there */
    uint64_t user;      /* tuser; an output whose tuser changes in mid-frame
                           has SIM_USER_UNSTABLE set */
};

#define SIM_USER_UNSTABLE ((uint64_t)1 << 47)

/* Frames and random stalls of one run; see struct device_stalls. */
struct sim_job {
    const struct sim_frame *in;
    size_t n_in;
    struct sim_frame *out; /* data and room given; len and user are set */
    size_t n_out;          /* frames given, set by the run */
    size_t cap_out;
    bool overflow; /* set when more frames than cap_out came */
    uint32_t seed, in_permille, out_permille;
};

/* Called for each register: its name within the slot, words and bits a word. */
typedef void sim_list_fn(void *ctx, const char *name, uint32_t n_words,
                         uint32_t n_bits);

struct sim_image {
    uint32_t abi;
    uint32_t width_bits;
    const char *fn;
    bool faults; /* flip() and list() work */
    /* The only other symbol the loader has to trust. */
    void *(*create)(
        void); /* in reset, then clocked out of it; NULL: no memory */
    void (*destroy)(void *m);
    /* False when the slot does not acknowledge. */
    bool (*write)(void *m, uint8_t addr, uint32_t value);
    bool (*read)(void *m, uint8_t addr, uint32_t *value);
    /* False when the slot hangs or gives more frames than cap_out. */
    bool (*run)(void *m, struct sim_job *job);
    /* Inverts a bit of register 'name', word 'word'; false: no such. */
    bool (*flip)(void *m, const char *name, uint32_t word, uint32_t bit);
    void (*list)(void *m, sim_list_fn *fn, void *ctx);
};

/* The symbol: const struct sim_image sim_image. */

#endif
