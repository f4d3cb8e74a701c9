/*
 * decoder.h - a machine that runs one receiver (a function from FN_CF32 to
 * FN_REC) on the samples it is sent and answers with records.
 *
 * Kernels that the receiver works with stay outside, where devices are: the
 * machine asks for what they make of its blocks.
 */
#ifndef HOST_RADIO_DECODER_H
#define HOST_RADIO_DECODER_H

#include <complex.h>

#include "core/body.h"
#include "host/radio/kernels.h"
#include "host/vm/machine.h"

/* Gets each record, checked: every field is in its range. */
typedef void decoder_take(void *ctx, const struct rec *rec);

struct decoder;

struct decoder_work {
    const char *name; /* of the process, behind "precast-" */
    const struct fn *fn;
    double rate_hz;        /* of its stream, when it is not fn->rate_hz; or 0 */
    struct write_list set; /* registers at start; stays with the caller */
    struct kernels *kernels; /* or NULL; stay with the caller */
    decoder_take *take;
    void *ctx;
};

/* Starts the machine; '*work' is copied. ERR_NO_MEM, ERR_IO, printed. */
int decoder_start(const struct decoder_work *work, struct decoder **out);

/*
 * Sends samples, the first of which is number 'item0' of the stream; a
 * number that is not next begins a new stretch.  ERR_DEVICE once
 * the machine has died, printed the first time.
 */
int decoder_send(struct decoder *d, uint64_t item0, const float complex *x,
                 size_t n);

/* A descriptor that is readable when records may have come; takes them.
 * ERR_DEVICE as above. */
int decoder_fd(const struct decoder *d);
int decoder_take_now(struct decoder *d);

/* Ends the machine after its last record. ERR_DEVICE; NULL is fine. */
int decoder_end(struct decoder *d);

#endif
