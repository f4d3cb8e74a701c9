/*
 * wifi_branch.h - the front end's Wi-Fi side: resamples a recording to 20 Msps,
 * finds preambles, and sends the stretches around them to a decoder.
 */
#ifndef HOST_RADIO_WIFI_BRANCH_H
#define HOST_RADIO_WIFI_BRANCH_H

#include "host/radio/decoder.h"

enum { WIFI_BRANCH_RATE_HZ = 20000000 };

struct wifi_branch;

/* For a recording at 'rate_hz', at least 19.2 Msps. ERR_NO_MEM, ERR_IO. */
int wifi_branch_open(double rate_hz, decoder_take *take, void *ctx,
                     struct wifi_branch **out);

/* Takes the next samples of the recording. ERR_DEVICE: the decoder died. */
int wifi_branch_push(struct wifi_branch *b, const float complex *x, size_t n);

/* Ends the stream and the decoder; frees 'b', NULL is fine. ERR_DEVICE. */
int wifi_branch_close(struct wifi_branch *b);

#endif
