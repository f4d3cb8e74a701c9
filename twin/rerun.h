/* rerun.h - a recorded window run again, on any body of its function. */
#ifndef TWIN_RERUN_H
#define TWIN_RERUN_H

#include "twin/window.h"

enum { TWIN_RERUN_ROOM = 64 }; /* bytes that a packet may grow by */

/* Receives a burst as it went in and as it came out; negative to stop. */
typedef int twin_rerun_each(void *ctx, const struct fn_span *in,
                            const struct fn_span *out);

struct twin_rerun {
    const uint64_t *cut; /* [n_cuts] ascending items at which bursts end, too */
    size_t n_cuts;
    twin_rerun_each *each; /* or NULL */
    void *ctx;
    struct twin_digests *digests; /* of a C body: advanced; or NULL */
};

/*
 * Runs all items and register writes of the window, those behind the last item,
 * too, on 'b', which has the state 'start' of the window (body_load()).  Bursts
 * end where a write takes effect.
 *
 * What 'each' returned, if negative; ERR_HANG, ERR_DEVICE from a device, when
 * 'each' has had what came until then; ERR_NO_MEM.
 */
int twin_rerun(const struct twin_window *w, struct body *b,
               const struct twin_rerun *how);

#endif
