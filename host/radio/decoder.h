/*
 * decoder.h - a machine that runs one receiver (a function from FN_CF32 to
 * FN_REC) on the samples it is sent and answers with records.
 */
#ifndef HOST_RADIO_DECODER_H
#define HOST_RADIO_DECODER_H

#include <complex.h>

#include "core/body.h"
#include "host/vm/machine.h"

/* Gets each record, checked: every field is in its range. */
typedef void decoder_take(void *ctx, const struct rec *rec);

struct decoder;

struct decoder_work {
    const char *name; /* of the process, behind "precast-" */
    const struct fn *fn;
    struct write_list set; /* registers at start; stays with the caller */
    decoder_take *take;
    void *ctx;
};

/* Starts the machine; '*work' is copied. ERR_NO_MEM, ERR_IO, printed. */
int decoder_start(const struct decoder_work *work, struct decoder **out);

/*
 * Sends samples, the first of which is number 'item0' of the stream at
 * fn->rate_hz; a number that is not next begins a new stretch.  ERR_DEVICE once
 * the machine has died, printed the first time.
 */
int decoder_send(struct decoder *d, uint64_t item0, const float complex *x,
                 size_t n);

/* Ends the machine after its last record. ERR_DEVICE; NULL is fine. */
int decoder_end(struct decoder *d);

#endif
