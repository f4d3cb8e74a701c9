/*
 * twin.h - the comparator of the digital twin: what a device gave against what
 * the C body gives for the same items.  Exact; there is no tolerance.
 *
 * It knows contracts only, no device and no function, so it compares any two
 * bodies.  Items are aligned by their number, never by a clock.
 */
#ifndef TWIN_TWIN_H
#define TWIN_TWIN_H

#include "core/body.h"

enum twin_kind {
    TWIN_EQUAL,
    TWIN_DIFFER,     /* an item has another value */
    TWIN_LOST,       /* an item is missing, those behind it have moved up */
    TWIN_DUPLICATED, /* an item came twice */
    TWIN_SWAPPED,    /* two neighbours changed places */
    TWIN_HANG,       /* the device stopped in mid-burst */
    TWIN_PARAMETER,  /* a register or table word has another value */
    TWIN_IMAGE,      /* another image, or another run of it, than the twin's */
    TWIN_TELEMETRY,  /* a frame of telemetry is damaged, missing or repeated */
    TWIN_LINK, /* what came in is not what was sent: the function is not to
                  blame */
    TWIN_INCOMPARABLE, /* not of the same function, input or moment */
    TWIN_RESIDUAL, /* the device's own digests differ, but no item and no word
                    */
};

/* Name of a kind as it stands in records: "differ". */
const char *twin_kind_name(enum twin_kind kind);

enum { TWIN_TEXT_MAX = 160 };

struct twin_verdict {
    enum twin_kind kind;
    uint64_t first_item; /* number of the first item that is wrong */
    size_t index;        /* the same within the span */
    /* "drop expected 0 got 1", "byte 17 expected 0x40 got 0x44", or the name of
     * a register; empty when equal. */
    char text[TWIN_TEXT_MAX];
    char stage[32]; /* where it first went wrong: a tap of the function,
                       "output", "state", "input"; empty if unknown */
    /* "transient", "state", "latched", "permanent"; NULL if unknown. */
    const char *fault_class;
    char reg[64]; /* the register or table word of TWIN_PARAMETER, if known */
};

/*
 * Compares what the twin and the device made of the same input, where
 * 'device_err' is what body_run() returned for the device.
 */
struct twin_verdict twin_compare(const struct fn_span *twin,
                                 const struct fn_span *device, int device_err);

/* Compares states of two bodies of one function at item 'item'. */
struct twin_verdict twin_compare_state(const struct csr_layout *layout,
                                       const struct blob *twin,
                                       const struct blob *device,
                                       uint64_t item);

#endif
