/*
 * lte_branch.h - the front end's LTE side: resamples a recording to the highest
 * multiple of 1.92 Msps that it fills, for a decoder, whose search is what
 * tells LTE from anything else.
 */
#ifndef HOST_RADIO_LTE_BRANCH_H
#define HOST_RADIO_LTE_BRANCH_H

#include "host/radio/decoder.h"

enum { LTE_BRANCH_RATE_HZ = 1920000 };

struct lte_branch;

/*
 * For a recording at 'rate_hz', at least 1.4 Msps; 'kernels', which may be
 * NULL, stay with the caller.  ERR_NO_MEM, ERR_IO.
 */
int lte_branch_open(double rate_hz, double centre_hz, struct kernels *kernels,
                    decoder_take *take, void *ctx, struct lte_branch **out);

/* Takes the next samples of the recording. ERR_DEVICE: the decoder died. */
int lte_branch_push(struct lte_branch *b, const float complex *x, size_t n);

/* The decoder, for decoder_fd() and decoder_take_now(); it stays the branch's.
 */
struct decoder *lte_branch_decoder(const struct lte_branch *b);

/* Ends the stream and the decoder; frees 'b', NULL is fine. ERR_DEVICE. */
int lte_branch_close(struct lte_branch *b);

#endif
