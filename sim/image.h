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
    SIM_ABI = 4, /* of this header: changed whenever it changes */
    /* Clocks without a beat moving after which a slot counts as hung whose own
     * hang timer says nothing; the same for one that does not acknowledge. */
    SIM_HANG_CLOCKS = 1 << 17,
    SIM_ACK_CLOCKS = 1 << 17,
    /* No frame is longer; a slot that goes on is no better than one that hangs.
     */
    SIM_FRAME_BYTES = 1 << 20,
    /* Telemetry that waits to be fetched; what comes beyond is lost. */
    SIM_TELEMETRY_BYTES = 1 << 18,
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
    /* Register writes in the midst of traffic: each is put on the bus when
     * frame 'before' is the next to be sent, while the ones before it may still
     * be inside.  In order of 'before'. */
    const struct sim_write {
        size_t before;
        uint8_t addr;
        uint32_t value;
    } * write;
    size_t n_write;
    /* What should come, n_expect frames, NULL when nobody asks: the run ends at
     * the first beat that is something else, and 'differs' is set.  A frame may
     * end with up to 'slack' bytes more. */
    const struct sim_frame *expect;
    size_t n_expect;
    uint32_t slack;
    bool differs;
    /* A run in pieces: it pauses before clock 'until', 0 for never, and goes on
     * with 'resume' and the same frames. */
    uint64_t until;
    bool resume, paused;
    uint64_t clocks; /* set: since the run began */
    size_t n_sent;   /* set: frames that are inside or gone */
};

enum sim_fault_kind { SIM_FLIP, SIM_STUCK_0, SIM_STUCK_1 };

/* A fault in one bit of a register, in an image with faults. */
struct sim_fault {
    enum sim_fault_kind kind;
    uint32_t reg; /* number of the register, in the order of list() from 0 */
    uint32_t word, bit;
    uint64_t after; /* clocks until it strikes; 0: at once */
};

/* A beat on a stream between slots, as it stands in one clock. */
struct sim_beat {
    uint8_t data[32]; /* the first width_bits / 8 count */
    uint32_t keep;
    uint64_t user;
    bool last, valid;
};

/* Called for each register: its name within the slot, words and bits a word. */
typedef void sim_list_fn(void *ctx, const char *name, uint32_t n_words,
                         uint32_t n_bits);

/* A register of a model with faults: its bytes, little-endian, in place. */
struct sim_reg {
    uint8_t *data; /* valid as long as the model */
    uint32_t n_words, n_bits;
    uint32_t stride; /* bytes from a word to the next */
};

struct sim_image {
    uint32_t abi;
    uint32_t width_bits;
    const char *fn;
    bool faults; /* flip() and list() work */
    /* The only other symbol the loader has to trust. */
    void *(*create)(
        void); /* in reset, then clocked out of it; NULL: no memory */
    void (*destroy)(void *m);
    /* n accesses to one register. False when the slot does not acknowledge. */
    bool (*write)(void *m, uint8_t addr, const uint32_t *values, size_t n);
    bool (*read)(void *m, uint8_t addr, uint32_t *values, size_t n);
    /* False when the slot hangs or gives more frames than cap_out. */
    bool (*run)(void *m, struct sim_job *job);
    /*
     * One clock among others.  look(): what the slot offers and whether it
     * takes, given what is offered to it and whether its output is taken,
     * before the edge; 'take' may be NULL.  edge(): the clock edge.
     */
    void (*look)(void *m, const struct sim_beat *in, bool out_taken,
                 struct sim_beat *out, bool *in_taken);
    void (*edge)(void *m);
    bool (*idle)(void *m);
    /*
     * Moves up to 'room' bytes of telemetry to 'to', as they came; a frame that
     * leaves comes whole.  In images without faults and mutants that takes no
     * clock.
     */
    size_t (*telemetry)(void *m, uint8_t *to, size_t room);
    /*
     * The bare model: 'n' beats, each in the first clock in which it is taken,
     * nothing else done and the output thrown away.
     */
    void (*bare)(void *m, const struct sim_beat *beat, size_t n);
    /* Inverts a bit of register 'name', word 'word'; false: no such. */
    bool (*flip)(void *m, const char *name, uint32_t word, uint32_t bit);
    void (*list)(void *m, sim_list_fn *fn, void *ctx);
    /* A register by its number in list(), from 0; false: no such. */
    bool (*reg)(void *m, uint32_t reg, struct sim_reg *out);
    /* Makes the logic follow registers that were written in place. */
    void (*settle)(void *m);
    /* The fault of this model from now on, NULL for none; a stuck bit stays so
     * in every clock.  False: no such bit. */
    bool (*arm)(void *m, const struct sim_fault *f);
    /*
     * All that a model is, in mark_bytes that the caller owns; back() makes
     * that of it or of another model of this image, without a fault, and with
     * no telemetry waiting.
     */
    size_t mark_bytes;
    void (*mark)(const void *m, void *to);
    void (*back)(void *m, const void *from);
    /* The first register from 'reg' on in which two models differ, or -1. */
    long (*differs)(const void *m, const void *other, uint32_t reg);
    /* Writes every clock to the FST file 'path' until NULL; false: the image
     * cannot, or the file. */
    bool (*trace)(void *m, const char *path);
    /* Of any image: clocks since it was created. */
    uint64_t (*clocks)(const void *m);
    /* An image of many mutants: which of 1..n_mutants it is from now on; 0, as
     * it is created: none. */
    uint32_t n_mutants;
    void (*mutate)(void *m, uint32_t mutant);
};

/* The symbol: const struct sim_image sim_image. */

#endif
