/*
 * lte_branch.h - the front end's LTE side: resamples a recording to 1.92 Msps,
 * looks for synchronization signals in each window, and sends the windows that
 * have some to a decoder.
 */
#ifndef HOST_RADIO_LTE_BRANCH_H
#define HOST_RADIO_LTE_BRANCH_H

#include "host/radio/decoder.h"

enum { LTE_BRANCH_RATE_HZ = 1920000 };

struct lte_branch;

/* For a recording at 'rate_hz', at least 1.4 Msps. ERR_NO_MEM, ERR_IO. */
int lte_branch_open(double rate_hz, double centre_hz, decoder_take *take,
                    void *ctx, struct lte_branch **out);

/* Takes the next samples of the recording. ERR_DEVICE: the decoder died. */
int lte_branch_push(struct lte_branch *b, const float complex *x, size_t n);

/* Ends the stream and the decoder; frees 'b', NULL is fine. ERR_DEVICE. */
int lte_branch_close(struct lte_branch *b);

#endif
