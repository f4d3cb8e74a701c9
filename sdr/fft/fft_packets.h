/*
 * fft_packets.h - packets that are blocks become their transforms: what the
 * functions fft64 and fft128 are made of (C body of rtl/dsp/fft_block.v).
 */
#ifndef SDR_FFT_FFT_PACKETS_H
#define SDR_FFT_FFT_PACKETS_H

#include "core/fn.h"

/* Stages that a function has taps for, in the order of its .csr file. */
enum fft_tap { FFT_TAP_WORDS, FFT_TAP_PAIRS };

/* What is asked for, and what was done. */
struct fft_blocks {
    unsigned log2_n; /* of the samples of a block: 6, 7 */
    uint32_t halve;  /* a bit for each stage */
    bool inverse;
    uint32_t n_blocks, n_length, n_clipped; /* added to */
};

/* All packets of 'in' to 'out'; 'taps' may be NULL. */
void fft_blocks(struct fft_blocks *b, const struct fn_span *in,
                struct fn_span *out, struct fn_taps *taps);

/* Verdicts, and that of a packet. */
extern const char *const fft_verdicts[];
const char *fft_verdict(const struct pkt *p, unsigned log2_n);

/* Stimulus: SCALE, and a packet. */
uint32_t fft_stimulus_scale(struct rng *r, unsigned log2_n);
void fft_stimulus_packet(struct rng *r, struct pkt *p, unsigned log2_n);

#endif
