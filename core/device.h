/*
 * device.h - the contract of a fabric one can talk to: slots, each with at most
 * one image loaded, each image the RTL body of one function.
 *
 * A device belongs to one thread.  Drivers implement struct device_ops; the
 * bodies that a device gives out are used through core/body.h.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "core/body.h"
#include "core/telemetry.h"

struct device;

/* What a slot counted by itself since its image was loaded. */
struct slot_counters {
    uint64_t cycles;
    uint32_t items_in;
    uint32_t items_out;
    uint32_t dropped;         /* given with the drop flag */
    uint32_t punted;          /* given with the punt flag */
    uint32_t stalls_in;       /* clocks in which a beat waited for the body */
    uint32_t stalls_out;      /* clocks in which a beat waited to leave */
    uint32_t sig_in, sig_out; /* digests of all items; see core/digest.h */
    uint32_t errors;          /* what the slot's guards saw: common.csr */
};

/*
 * Clocks without a beat moving inside that a slot may take, whatever it does,
 * beyond its function's still_clocks: far more than any body needs, and few
 * enough for a hang to stand in ERRORS 64 clocks after the last beat at its
 * ports.
 */
enum { DEVICE_HANG_CLOCKS = 48 };

/* What a slot reports by itself: see rtl/common.csr and core/telemetry.h. */
struct device_watch {
    uint32_t window_beats; /* a frame after so many; 0: none */
    uint32_t walk_words;   /* registers and table words a window, to 255 */
    uint32_t epoch;
    /* Without a beat moving, beyond the function's still_clocks; 0: as it is.
     */
    uint32_t hang_clocks;
};

/* Random stalls on both sides of a slot, for tests; {0} is full rate. */
struct device_stalls {
    uint32_t seed;
    uint32_t in_permille;  /* of clocks in which no beat is offered */
    uint32_t out_permille; /* of clocks in which no beat is taken */
};

struct device_config {
    uint32_t n_slots;
    uint32_t width_bits; /* of the streams */
    bool faults;         /* images in which faults can be injected */
    const char *images;  /* sim: their folder, below the usual one; or NULL */
    bool framed;         /* sim: all that goes in and out crosses a link */
    const char *path;    /* socket, serial: where it is; board: its image */
    uint32_t baud;       /* serial */
};

struct device_ops {
    const char *kind;
    int (*load)(struct device *d, uint32_t slot, const struct fn *fn,
                struct body **out);
    int (*counters)(struct device *d, uint32_t slot, struct slot_counters *out);
    int (*telemetry)(struct device *d, uint32_t slot, uint8_t *to, size_t room,
                     size_t *n); /* or NULL */
    int (*flip)(struct device *d, uint32_t slot, const char *where);
    int (*stalls)(struct device *d, const struct device_stalls *s);
    int (*run_line)(struct device *d, const uint32_t *slots, size_t n_slots,
                    const struct fn_span *in,
                    struct fn_span *out); /* or NULL */
    void (*close)(struct device *d);
};

struct device {
    const struct device_ops *ops;
    uint32_t n_slots;
};

/*
 * Loads the image of 'fn' into the empty 'slot'; '*out' is its body, at reset,
 * owned by the caller; body_close() unloads the slot.  ERR_MISSING without such
 * an image, ERR_DEVICE when the slot is not empty or the image is not what its
 * name says, ERR_NOT_FOUND without such a slot, ERR_CAPACITY when the slot
 * holds another function for good; the message has been printed.
 */
int device_load(struct device *d, uint32_t slot, const struct fn *fn,
                struct body **out);

/* ERR_NOT_FOUND when nothing is loaded there. */
int device_counters(struct device *d, uint32_t slot, struct slot_counters *out);

/* The same of a body that stands in a slot; for drivers. */
int body_counters(struct body *b, struct slot_counters *out);

/*
 * Tells the slot in which 'b' stands what to report; errors it has seen are
 * forgotten.  ERR_MISSING when it has
 * no telemetry; ERR_HANG, ERR_DEVICE.
 */
int body_watch(struct body *b, const struct device_watch *w);

/*
 * Holds the slot in which 'b' stands in reset for a moment: nothing is inside
 * then, its registers and counts are at reset, its tables as they were, and it
 * takes items.  ERR_HANG, ERR_DEVICE.
 */
int body_restart(struct body *b);

/*
 * What the slot in which 'b' stands has counted, as its next frame of telemetry
 * would say it; image, epoch and walk are not filled in.
 */
int body_telemetry(struct body *b, struct telemetry *out);

/*
 * Moves the telemetry that came since, at most 'room' bytes, to 'to'; '*n' says
 * how many.  As it came: frames one after the other, damaged if they were.
 * ERR_MISSING when the device has none.
 */
int device_telemetry(struct device *d, uint32_t slot, uint8_t *to, size_t room,
                     size_t *n);

/*
 * Inverts one bit of a register of the body in 'slot': "rule_q[7]", or
 * "mem[3][7]" for bit 7 of word 3, with a path before it for an inner module
 * ("csr.n_rules_q[0]").  ERR_DEVICE when nothing is loaded, ERR_NOT_FOUND when
 * there is no such bit, ERR_MISSING when the device cannot; the message has
 * been printed.
 */
int device_flip(struct device *d, uint32_t slot, const char *where);

/* For tests; see struct device_stalls.  ERR_MISSING when the device cannot. */
int device_stalls(struct device *d, const struct device_stalls *s);

/*
 * Runs 'in' through the bodies in 'slots', one after the other, without coming
 * back between: as body_run() of each on what the one before gave, with the out
 * port of packets at 0 between, and the same errors.  Dropped and punted
 * packets are among what comes.  Slots are loaded and different; what one gives
 * the next takes.  ERR_MISSING, before anything has run, when the device
 * cannot.
 */
int device_run_line(struct device *d, const uint32_t *slots, size_t n_slots,
                    const struct fn_span *in, struct fn_span *out);

/* Takes NULL; bodies must have been closed. */
void device_close(struct device *d);

#endif
