/*
 * replay.h - runs a window again: on the C body, which says what it should have
 * come to, and on a device, which says whether it still fails.
 */
#ifndef TWIN_REPLAY_H
#define TWIN_REPLAY_H

#include "twin/twin.h"
#include "twin/window.h"

/* What a body made of a window. */
struct twin_made {
    struct fn_span out; /* owned with its bytes */
    int err;            /* of body_run(); the rest is of what came until then */
    struct twin_digests digests;
    bool has_digests; /* of a slot that has them, and of functions with taps */
    struct blob end;  /* n = 0 when it could not be read */
};

/*
 * Runs 'w' on 'b': resets it, loads the start state, gives it items and writes.
 * A C body keeps the digests 'from' on; a slot's are from 0 on.  ERR_NO_MEM,
 * and errors of a body that cannot be made to begin; a device that then fails
 * is a result.  twin_made_close() frees it and takes {0}.
 */
int twin_make(struct body *b, const struct twin_window *w,
              const struct twin_digests *from, struct twin_made *out);
void twin_made_close(struct twin_made *m);

/*
 * Compares two results: items first, then digests, then state.  v.stage is the
 * first that went wrong, by the digests: "input", a tap, "output", "state".
 */
struct twin_verdict twin_judge(const struct csr_layout *layout,
                               const struct twin_made *want,
                               const struct twin_made *got);

/* What the window tells of the device, as twin_judge() takes it; not owned. */
struct twin_made twin_window_made(const struct twin_window *w);

/*
 * Runs the C body twice; '*v' is equal when both came to the same.  The twin
 * that does not agree with itself accuses nobody.
 */
int twin_self_check(const struct twin_window *w, struct twin_verdict *v);

/*
 * Runs 'w' on 'device' and compares with the C body.  Equal: a fault that the
 * window shows was transient.  Anything else: it is still there, permanent.
 */
int twin_replay(struct body *device, const struct twin_window *w,
                struct twin_verdict *v);

#endif
