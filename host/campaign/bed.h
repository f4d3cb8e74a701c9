/*
 * bed.h - the place of a fault experiment: two slots with the same image and
 * the same input, of which one is made to fail, and the twin of that one.  What
 * the sound one does says what a fault changed, without asking the twin.
 */
#ifndef HOST_CAMPAIGN_BED_H
#define HOST_CAMPAIGN_BED_H

#include "core/device.h"
#include "host/campaign/last.h"
#include "sim/sim.h"

enum { BED_SOUND, BED_FAULTY };

enum { BED_ROOM = 8192, BED_PACKETS = 64, BED_FRAMES = 1 << 16 };

struct bed_config {
    const struct fn *fn;
    uint32_t width_bits;
    bool faults;           /* of the images; else the faulty slot's has ... */
    const char *images;    /* ... mutants, of this folder */
    uint32_t mutant;       /* of those: which the slot is; 0: none */
    uint32_t window_beats; /* of telemetry; 0: none */
    uint32_t burst;        /* most packets, or samples / 16, in a burst */
    uint32_t hang_limit;   /* clocks, beyond the function's still_clocks */
    bool items;            /* the twin compares items, else counts them */
    uint64_t seed;
};

struct bed {
    struct bed_config config;
    struct device *device[2];
    struct body *slot[2];
    struct sim *sim[2];
    struct body *c;
    struct twin_watch watch;
    struct rng rng;
    struct last last;
    struct rng rng_before; /* what the last burst began with */
    uint64_t item_before;
    int turn;            /* place for the next input */
    uint32_t n_settings; /* so far */
    uint64_t born; /* clock of the sound slot in which its CYCLES were 0 */
    struct bed_store *store; /* items and frames */
};

/* What one burst showed. */
struct bed_step {
    struct twin_verdict verdict; /* on the faulty slot */
    bool visible; /* an item is wrong, missing or too many, or it hangs */
    bool hang;
    bool failed;          /* that, or it gave more than it got */
    uint32_t beats;       /* of the burst, up to the verdict if there is one */
    uint32_t beats_after; /* ... of them behind the first wrong item */
    /* Frames of telemetry that the sound slot gave, from the fault on. */
    uint32_t windows;
    uint32_t windows_until; /* ... and of them up to the verdict's item */
};

/*
 * Both slots loaded and set up.  When the faulty slot does not take its
 * settings that is no error: '*refused' is set, nothing can be run, and '*v',
 * when not NULL, says so.  bed_close() takes a bed of zeros.  Errors of
 * devices, printed.
 */
int bed_open(struct bed *b, const struct bed_config *config, bool *refused);
void bed_close(struct bed *b);

/* New settings and tables from the function's stimulus, in all three bodies. */
int bed_setup(struct bed *b, bool *refused);

/*
 * One burst through all.  'fault', NULL for none, strikes the faulty slot at a
 * random clock of it.
 */
int bed_step(struct bed *b, const struct sim_fault *fault,
             struct bed_step *out);

/* The stage, as twin_locate(). */
void bed_locate(struct bed *b, struct twin_verdict *v);

/*
 * True when a register or table word of the slot does not read as the twin has
 * it, or does not answer.
 */
bool bed_reads_wrong(struct bed *b, int which);

/* Both slots are reset and made what the twin is.  '*refused': as bed_open().
 */
int bed_renew(struct bed *b, bool *refused);

/*
 * Both slots are reset and loaded with the state from before the last burst, to
 * which all goes back: the next burst brings the same items.  The fault that
 * was armed stays.  '*v': equal; or hang, when the faulty slot does not take
 * that; or differ, with the stage that is wrong before any item came.
 */
int bed_again(struct bed *b, struct twin_verdict *v);

/* The faulty slot is from now on what the sound one is. */
int bed_heal(struct bed *b);

#endif
