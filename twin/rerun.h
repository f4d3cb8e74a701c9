/* rerun.h - a recorded window run again, on any body of its function. */
#ifndef TWIN_RERUN_H
#define TWIN_RERUN_H

#include "twin/window.h"

/* Receives a burst as it went in and as it came out; negative to stop. */
typedef int twin_rerun_each(void *ctx, const struct fn_span *in,
                            const struct fn_span *out);

/*
 * Loads the window's state into 'b' and runs all its items and register writes,
 * those behind the last item, too.  Bursts end at each of the ascending items
 * cut[n_cuts], and where a write takes effect.  'each' may be NULL.
 *
 * What 'each' returned, if negative; ERR_CAPACITY when the state does not fit
 * the body; ERR_HANG, ERR_DEVICE from a device; ERR_NO_MEM.
 */
int twin_rerun(const struct twin_window *w, struct body *b, const uint64_t *cut,
               size_t n_cuts, twin_rerun_each *each, void *ctx);

#endif
