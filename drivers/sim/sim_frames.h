/*
 * sim_frames.h - a burst as the frames that enter and leave a simulated slot: a
 * packet is a frame, and so is a burst of samples.
 */
#ifndef DRIVERS_SIM_SIM_FRAMES_H
#define DRIVERS_SIM_SIM_FRAMES_H

#include "core/fn.h"
#include "sim/image.h"

struct sim_frames {
    struct sim_frame in[FN_BURST_PKT], out[FN_BURST_PKT];
};

/*
 * The frames of 'in', '*n_in' of them, and the room that 'out' has for those
 * that come; for how many.  The bytes are those of the spans.
 */
size_t sim_frames_of(struct sim_frames *f, const struct fn_span *in,
                     const struct fn_span *out, size_t *n_in);

/* The 'n' frames that came, as items in 'out'. */
void sim_frames_to(const struct sim_frames *f, size_t n,
                   const struct fn_span *in, struct fn_span *out);

#endif
