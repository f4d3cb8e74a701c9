/*
 * campaign.h - many faults in the RTL body of one function, one at a time, and
 * what its twin says of each.
 *
 * A fault is effective when it changes an item, a register or table word that
 * can be read, or makes the slot hang: found by comparing with a sound slot,
 * not by asking the twin.  An effective one is detected or missed; every other
 * one is masked.
 */
#ifndef HOST_CAMPAIGN_CAMPAIGN_H
#define HOST_CAMPAIGN_CAMPAIGN_H

#include <signal.h>

#include "core/fn.h"

struct campaign_config {
    const struct fn *fn;
    uint64_t n;         /* faults of each kind and part, at most */
    uint64_t effective; /* ... and as many effective ones; 0: any number */
    uint64_t seed;
    uint32_t window_beats; /* of telemetry; 0: none */
    bool items;            /* the twin compares items, else counts them */
    uint32_t settings;     /* of a self-test of a mutant, each with traffic */
    const char *part;      /* the only one that faults strike; NULL: each */
    bool progress;         /* a line on stderr counts faults */
    /* Once it is not 0, what was done until then is all; NULL: nobody asks. */
    const volatile sig_atomic_t *stop;
};

/* Faults of one kind in one part of the slot. */
struct campaign_row {
    const char *faults; /* "seu", "stuck", "logic", "config", "bits" */
    const char *part;   /* as regs.h has them; of bits "lut", "routing",
                           "contention" */
    uint64_t n, masked, detected, missed;
    uint64_t hang;         /* of the effective ones: the slot stopped */
    uint64_t noticed;      /* of the masked ones: the twin spoke up */
    uint64_t equivalent;   /* of the masked ones: shown to change nothing */
    uint64_t stage_named;  /* of the detected ones: the twin named a stage */
    uint64_t stage_right;  /* ... and it is the fault's */
    uint64_t judged;       /* ... it was asked whether the fault stays */
    uint64_t judged_right; /* ... and had it right: flips go, stuck bits stay */
    uint64_t visible;      /* of the detected ones: an item was wrong */
    uint32_t latency_p50;  /* of these, beats from the end of the first wrong */
    uint32_t latency_p95;  /* item to the verdict */
    uint32_t
        windows_max; /* windows until the verdict, of those never visible */
    uint32_t windows_bound; /* one walk and one report */
};

/* A fault that changed something and that the twin did not see. */
struct campaign_escape {
    const char *faults, *part;
    char where[128]; /* a bit as sim_flip() takes it, or a mutant */
    uint64_t at;     /* item behind which it struck */
};

struct campaign_sink {
    void (*row)(void *ctx, const struct campaign_row *row);
    void (*escape)(void *ctx, const struct campaign_escape *escape);
    void *ctx;
};

/*
 * Flips and stuck bits of registers: 'faults' is "seu" or "stuck", a row for
 * each part.  Needs the images with faults.  Errors of devices, printed;
 * ERR_DIFFERS when bodies differ without a fault.
 */
int campaign_registers(const struct campaign_config *c, const char *faults,
                       const struct campaign_sink *to);

/*
 * Mutants of the logic ("logic"), of LUTs ("config") or of a bitstream
 * ("bits"), each with a self-test from its reset on: a row for each part that
 * has some. One that is proved equal is masked; any other one that nothing
 * tells from the function is missed.  Needs the image of mutants and the proofs
 * beside it, which `make mutants` and `make mutants-bits` make; ERR_MISSING
 * without the image, printed; without proofs nothing is proved.  ERR_DIFFERS
 * when one is proved equal and is not.
 */
int campaign_mutants(const struct campaign_config *c, const char *faults,
                     const struct campaign_sink *to);

#endif
