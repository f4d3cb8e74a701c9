/*
 * log.h - two recorded runs against each other: the telemetry that slots gave,
 * and the digests of outputs, item by item (core/wire/record.h).
 */
#ifndef TWIN_LOG_H
#define TWIN_LOG_H

#include "core/wire/record.h"
#include "twin/watch.h"

struct twin_log;

/*
 * Reads 'path': a file of records or the folder of a history; of either the
 * last run counts.  A file that is cut is read up to there.  ERR_BAD_INPUT,
 * printed; ERR_NO_MEM.  twin_log_close() takes NULL.
 */
int twin_log_open(const char *path, struct twin_log **out);
void twin_log_close(struct twin_log *l);

struct twin_log_verdict {
    /* first_item is in the stream of 'node'; fault_class is what the device's
     * own twin recorded of it, a string of 'device', or NULL. */
    struct twin_verdict v;
    const char *node;            /* of 'device'; "" when it is about all */
    char set[WIRE_TEXT_MAX + 1]; /* parameters in force, as recorded */
    /* What differs: a frame, or the 4 bytes of a digest; the device's, and the
     * twin's. */
    uint8_t device[TELEMETRY_BYTES], twin[TELEMETRY_BYTES];
    size_t n_device, n_twin;
    size_t n_compared; /* frames and outputs that were equal */
};

/*
 * The first place where 'device' is not what 'twin' says.  Compared are frames
 * and outputs of the same node, function and items; TWIN_INCOMPARABLE when
 * there are none, or the input was another; TWIN_IMAGE when the frames are
 * those of another image or run of it.
 */
struct twin_log_verdict twin_log_compare(const struct twin_log *device,
                                         const struct twin_log *twin);

#endif
