/*
 * bisect.h - finds the one bit that explains what a device made of a window: a
 * bit of the state that was wrong from some item on, a register bit inverted in
 * one clock, or one that is stuck.  An explanation gives every item, digest and
 * state word that the device gave, or it is none.
 */
#ifndef HOST_BISECT_BISECT_H
#define HOST_BISECT_BISECT_H

#include "twin/replay.h"

struct bisect_config {
    const char *image; /* of the function, to simulate: see rig.h */
    const char *fst;   /* where the window goes with the best explanation, and
                          beside it, as NAME.golden.fst, without; or NULL */
    double budget_s;   /* for the search */
};

enum bisect_answer {
    BISECT_EQUAL,  /* the device did nothing wrong */
    BISECT_TWIN,   /* the C body does not agree with itself */
    BISECT_DESIGN, /* the RTL body does what the device did, or other wrong */
    BISECT_FOUND,  /* the device erred, and this is where */
    BISECT_NOT_FOUND, /* ... and no single bit explains how */
};

struct bisect_hit {
    char reg[224];  /* "rule_q[7]", as device_flip() takes it */
    char word[64];  /* the same as the function's state: "RULE[0].0[7]" */
    char stage[32]; /* a tap of the function, "input", "state", "output" */
    uint64_t first,
        last;       /* clocks of the window in which a flip explains all */
    bool permanent; /* stuck, or wrong from the first item on */
    bool value;     /* what a stuck bit is */
};

struct bisect_result {
    enum bisect_answer answer;
    struct twin_verdict v; /* of the device against the C body; or of the twin
                              or the RTL */
    const char *class;     /* "transient", "permanent", "unknown" */
    char stage[32]; /* of the likeliest explanation, else by the digests */
    struct bisect_hit best;
    struct bisect_hit *hit; /* [n_hits], owned */
    size_t n_hits;
    bool out_of_time; /* the budget ended the search */
    double seconds;
};

/*
 * ERR_NO_MEM, and ERR_MISSING, ERR_DEVICE of the image, ERR_BAD_INPUT of a
 * start state that does not fit, ERR_IO of the FST; printed.  bisect_close()
 * frees the result and takes {0}.
 */
int bisect(const struct twin_window *w, const struct bisect_config *c,
           struct bisect_result *out);
void bisect_close(struct bisect_result *r);

/*
 * The stage that register 'name', as device_flip() takes it, belongs to: the
 * first tap whose list has it, "state" for registers of the host and what makes
 * them count, "input" and "output" for the rest.
 */
const char *bisect_stage(const struct csr_layout *l, const char *name);

#endif
