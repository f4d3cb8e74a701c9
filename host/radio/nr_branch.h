/*
 * nr_branch.h - the front end's NR side: resamples a recording to 7.68 Msps for
 * two decoders, which search blocks of 30 and of 15 kHz.
 */
#ifndef HOST_RADIO_NR_BRANCH_H
#define HOST_RADIO_NR_BRANCH_H

#include "host/radio/decoder.h"

enum {
    NR_BRANCH_RATE_HZ = 7680000,
    NR_BRANCH_LEAST_HZ = 3800000, /* of a recording */
    NR_BRANCH_DECODERS = 2,
};

struct nr_branch;

/* For a recording at 'rate_hz', at least NR_BRANCH_LEAST_HZ; below 7.6 Msps
 * blocks of 15 kHz are all that is looked for.  ERR_NO_MEM, ERR_IO. */
int nr_branch_open(double rate_hz, double centre_hz, decoder_take *take,
                   void *ctx, struct nr_branch **out);

/* Takes the next samples of the recording. ERR_DEVICE: a decoder died; the
 * other goes on. */
int nr_branch_push(struct nr_branch *b, const float complex *x, size_t n);

/* Decoder 'k' or NULL, for decoder_fd() and decoder_take_now(); it stays the
 * branch's. */
struct decoder *nr_branch_decoder(const struct nr_branch *b, size_t k);

/* Ends the stream and the decoders; frees 'b', NULL is fine. ERR_DEVICE. */
int nr_branch_close(struct nr_branch *b);

#endif
