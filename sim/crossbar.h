/*
 * crossbar.h - what the shared object of a simulated crossbar exports: the
 * module crossbar, Verilated, as a table of C calls that clock it together with
 * the slots plugged into it.  sim_chain.c loads it; crossbar.cpp is compiled
 * into every such image.
 */
#ifndef SIM_CROSSBAR_H
#define SIM_CROSSBAR_H

#include "sim/image.h"

enum {
    CROSSBAR_ABI = 1,       /* of this header: changed whenever it changes */
    CROSSBAR_SLOTS = 8,     /* places for slots */
    CROSSBAR_BITS_MAX = 64, /* widest streams there is an image for */
    CROSSBAR_HOST = 15, /* as a destination, and where a frame came out of */
};

/* A slot of the same width, plugged in for one run; image NULL: none. */
struct crossbar_slot {
    const struct sim_image *image;
    void *model;
};

/* Frames and random stalls of one run; see struct device_stalls. */
struct crossbar_job {
    const struct sim_frame *in;
    const uint8_t *entry; /* [n_in]: slot that the frame goes to first */
    size_t n_in;
    struct sim_frame *out; /* data and room given; len and user are set */
    uint8_t *from;         /* [cap_out], set: slot that the frame came out of */
    size_t n_out;          /* frames given, set by the run */
    size_t cap_out;
    bool overflow; /* set when more frames than cap_out came */
    uint32_t seed, in_permille, out_permille;
    uint64_t clocks; /* set: how many the run took */
    /* NULL, or a digest of the host's side of every clock, for tests: two runs
     * with the same digest gave and took the same beats in the same clocks. */
    uint64_t *trace;
};

struct crossbar_image {
    uint32_t abi;
    uint32_t width_bits;
    /* The only other symbol the loader has to trust. */
    void *(*create)(
        void); /* in reset, then clocked out of it; NULL: no memory */
    void (*destroy)(void *m);
    /*
     * Sends all frames and collects what comes until nothing is inside.  The
     * packets that leave slot k go to next[k]; routes must lead to the host and
     * through slots that are there.  False when nothing moves any more, or more
     * frames than cap_out come.
     */
    bool (*run)(void *m, const struct crossbar_slot slot[CROSSBAR_SLOTS],
                const uint8_t next[CROSSBAR_SLOTS], struct crossbar_job *job);
    /* n writes to a register of a slot that is part of the image; NULL when
     * none is. */
    bool (*write)(void *m, uint32_t slot, uint8_t addr, const uint32_t *values,
                  size_t n);
};

/* The symbol: const struct crossbar_image crossbar_image. */

#endif
