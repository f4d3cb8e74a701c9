/*
 * repair.h - what is done about a slot that the twin does not agree with, as a
 * state machine: events in, and out the state, which names what to do next.
 * It does nothing itself and knows no device.
 *
 *   RUN -differs-> SUSPECT -clean replay-> RUN            a transient
 *                   |-a word of the state differs-> SCRUB -> SHADOW
 *                   '-reproduces, hangs-> QUARANTINE -> RELOAD -> SELFTEST
 *                                           ^     -> SHADOW -> RETURN -> RUN
 *                                           '- failed, from any of them
 *
 * What fails three times within so many items is CONDEMNED.
 */
#ifndef TWIN_REPAIR_H
#define TWIN_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REPAIR_FAILURES = 3, /* condemn */
    /* No chain of steps that are done at once is longer. */
    REPAIR_STEPS_MAX = 5 * REPAIR_FAILURES,
};

enum repair_state {
    REPAIR_RUN,        /* the slot serves */
    REPAIR_SUSPECT,    /* replay the burst, compare the states */
    REPAIR_SCRUB,      /* write the words that differ, read them back */
    REPAIR_QUARANTINE, /* empty the slot; the C body serves */
    REPAIR_RELOAD,     /* load the image */
    REPAIR_SELFTEST,   /* run the stored stimulus, load the state */
    REPAIR_SHADOW,     /* run both, compare, let the C body's output leave */
    REPAIR_RETURN,     /* switch to the slot */
    REPAIR_CONDEMNED,  /* the C body serves for good */
    REPAIR_STATES,
};

enum repair_event {
    REPAIR_DIFFERS, /* the twin does not agree with the slot */
    REPAIR_DOUBT,   /* ... nor with itself */
    REPAIR_CLEAN,   /* the replay is right, and so is the state */
    REPAIR_WORD,    /* a word of the state differs */
    REPAIR_AGAIN,   /* the replay is wrong, too, or the slot hangs */
    REPAIR_DONE,    /* what the state asks for is done */
    REPAIR_FAILED,  /* ... cannot be done */
    REPAIR_REFRESH, /* load it again, though nothing is wrong */
    REPAIR_EVENTS,
};

/* One for a slot; {.forgive = N} is a good one that runs. */
struct repair {
    enum repair_state state;
    uint64_t forgive;  /* items without a failure after which none counts */
    uint64_t clean;    /* items since the last */
    uint32_t failures; /* that count */
};

/* Name of a state as it stands in records: "scrub", "selftest". */
const char *repair_name(enum repair_state state);

/*
 * Takes an event that can be in this state (see repair_takes()); the new state.
 */
enum repair_state repair_step(struct repair *r, enum repair_event event);

/* True when 'event' can be in 'state'. */
bool repair_takes(enum repair_state state, enum repair_event event);

/* So many items more went through the slot and were right. */
void repair_count(struct repair *r, uint64_t n_items);

#endif
