/*
 * rig.h - one simulated slot whose registers can be read, changed and put back
 * in place, fed with a window.  Of an image with faults; one that also traces
 * is built by `make trace`.
 */
#ifndef HOST_BISECT_RIG_H
#define HOST_BISECT_RIG_H

#include "sim/sim.h"
#include "twin/replay.h"

/* A register of the slot: its name in the RTL below the slot, where it is. */
struct rig_reg {
    char name[160];
    struct sim_reg at;
    uint32_t number; /* in the image */
    size_t shot;     /* where a snapshot has it */
};

struct rig {
    struct body body; /* the slot, as other code takes bodies; first */
    struct sim *sim;
    const struct sim_image *image;
    void *model;
    uint32_t capacity[CSR_TABLES_MAX];
    const struct twin_window *w; /* not owned */
    struct rig_reg *reg;         /* [n_regs], memories last */
    size_t n_regs, cap_regs;
    size_t shot_bytes;  /* of all registers */
    struct sim_job job; /* the window, whole */
    size_t *first;      /* [job.n_in + 1] item in which each frame begins */
    struct fn_span in;  /* the items of the frames */
    struct sim_frame *in_frame, *out_frame, *expect;
    struct sim_write *write;
    uint8_t *bytes;  /* of out_frame */
    void *start;     /* mark: the window is about to begin */
    uint64_t clocks; /* that the last whole run took */
};

/*
 * Loads 'image', which has a '/', for window 'w', which outlives the rig.
 * ERR_MISSING, ERR_DEVICE, ERR_NO_MEM, printed.  rig_close() takes NULL.
 */
int rig_open(const char *image, const struct twin_window *w, struct rig **out);
void rig_close(struct rig *b);

/* Puts the slot where the window begins, with the device's digests. */
void rig_begin(struct rig *b);

/*
 * Goes back to a mark in mid-run, up to which all was as expected: what has
 * come of the frame that is under way then, too.
 */
void rig_back(struct rig *b, const void *mark);

/*
 * What has to come: 'out' as frames, and the frame that would follow if
 * 'follows'; the slot stops at the first beat that is something else.
 */
void rig_expect(struct rig *b, const struct fn_span *out, bool hung,
                const struct fn_span *follows);

/*
 * Runs up to clock 'until', 0 for the end; true when all was as expected until
 * then.
 */
bool rig_run(struct rig *b, bool resume, uint64_t until);

/* Digests as they stand now. */
struct twin_digests rig_digests(const struct rig *b);

/* Copies all registers to 'to', shot_bytes. */
void rig_shot(const struct rig *b, uint8_t *to);

/* True when the registers are what a snapshot has. */
bool rig_same(const struct rig *b, const uint8_t *shot);

/* Arms 'kind' of fault in one bit, 'after' clocks from now. */
void rig_arm(struct rig *b, const struct rig_reg *r, uint32_t word,
             uint32_t bit, enum sim_fault_kind kind, uint64_t after);

/* Inverts one bit; the logic follows. */
void rig_flip(struct rig *b, const struct rig_reg *r, uint32_t word,
              uint32_t bit);

/* The register of that name below the slot, or NULL. */
const struct rig_reg *rig_find(const struct rig *b, const char *name);

#endif
