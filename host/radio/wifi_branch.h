/*
 * wifi_branch.h - the front end's Wi-Fi side: resamples a recording to 20 Msps,
 * finds preambles (OFDM, and 802.11b), and sends the stretches around them to a
 * decoder.  With stf_detect among the kernels all is sent: the decoder has
 * that.
 */
#ifndef HOST_RADIO_WIFI_BRANCH_H
#define HOST_RADIO_WIFI_BRANCH_H

#include "host/radio/decoder.h"

enum { WIFI_BRANCH_RATE_HZ = 20000000 };

struct wifi_branch;

/*
 * For a recording at 'rate_hz', at least 19.2 Msps; 'kernels', which may be
 * NULL, stay with the caller.  ERR_NO_MEM, ERR_IO.
 */
int wifi_branch_open(double rate_hz, struct kernels *kernels,
                     decoder_take *take, void *ctx, struct wifi_branch **out);

/* Takes the next samples of the recording. ERR_DEVICE: the decoder died. */
int wifi_branch_push(struct wifi_branch *b, const float complex *x, size_t n);

/* The decoder, for decoder_fd() and decoder_take_now(); it stays the branch's.
 */
struct decoder *wifi_branch_decoder(const struct wifi_branch *b);

/* Ends the stream and the decoder; frees 'b', NULL is fine. ERR_DEVICE. */
int wifi_branch_close(struct wifi_branch *b);

#endif
