/*
 * watch.h - the twin of a slot that reports by itself: the C body runs on the
 * items that the device had, keeps the digests the slot keeps, and compares
 * each frame of telemetry at the very item it speaks of.
 */
#ifndef TWIN_WATCH_H
#define TWIN_WATCH_H

#include "core/telemetry.h"
#include "twin/twin.h"

struct twin_watch {
    struct body *c; /* the twin's body, of a function with taps; not owned */
    uint64_t item0; /* number, in its stream, of the first item the slot had */
    uint32_t image; /* BUILD of the slot; 0: that of the first frame */
    uint32_t epoch; /* what the frames must carry */
    uint64_t items; /* since then; as the members below */
    uint32_t windows; /* frames that came */
    uint32_t sig_in, sig_out;
    struct fn_taps taps;
    /*
     * When not NULL, the caller's: the digests before the first item of the
     * last burst, and behind each of its items; for twin_locate() of a slot
     * that stopped among them.  [trail_cap], more than the items of a burst.
     */
    struct fn_taps *trail;
    size_t trail_cap, n_trail;
};

/*
 * The slot was reset and has the state of 'c'; the next item of the stream is
 * 'item0'.  'c' must outlive the watch and be run by it alone.
 */
void twin_watch_begin(struct twin_watch *w, struct body *c, uint64_t item0,
                      uint32_t epoch);

/*
 * The same of a slot that has run since its reset, and says of itself 'now'
 * (body_telemetry()): what it counts from here on is compared.
 */
void twin_watch_join(struct twin_watch *w, struct body *c, uint64_t item0,
                     uint32_t epoch, const struct telemetry *now);

/* What the slot should report now, with what 'walk_at' says walked. */
struct telemetry twin_watch_expect(const struct twin_watch *w,
                                   uint32_t walk_at);

/*
 * Runs the C body on 'in', as body_run(), and compares the 'n_bytes' of
 * 'frames' that the device gave while it ran the same items.  '*v' is the first
 * that is wrong, or equal; the C body has run on all of 'in' either way.
 */
int twin_watch_run(struct twin_watch *w, const struct fn_span *in,
                   struct fn_span *out, const uint8_t *frames, size_t n_bytes,
                   struct twin_verdict *v);

/*
 * Compares what a slot reported with what it should have; both speak of the
 * same items.  'item' is the number, in its stream, of the next item.  What it
 * says about the order of causes: who got other items is not at fault, and of
 * several stages the first is.
 */
struct twin_verdict twin_compare_telemetry(const struct csr_layout *layout,
                                           const struct telemetry *want,
                                           const struct telemetry *got,
                                           uint64_t item);

#endif
