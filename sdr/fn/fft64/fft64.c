/*
 * fft64.c - a packet that is a block of 64 samples becomes its transform (C
 * body of fft64.v).  All but the registers is in sdr/fft.
 */
#include "fft64_csr.h"

#include "sdr/fft/fft_packets.h"

enum {
    LOG2_N = 6,
    /* Behind a block's last sample: it enters the stages, and its bins are
     * gathered. */
    STILL_CLOCKS = 160,
};

_Static_assert((int)FFT64_TAP_WORDS == FFT_TAP_WORDS &&
                   (int)FFT64_TAP_FIRST == FFT_TAP_PAIRS &&
                   (int)FFT64_TAP_THIRD == FFT_TAP_PAIRS + 2,
               "the taps are those of fft_packets.h");

static void fft64_run_taps(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out, struct fn_taps *taps)
{
    struct fft64_regs *regs = s->regs;
    struct fft_blocks b = {
        .log2_n = LOG2_N,
        .halve = regs->scale & FFT64_SCALE_HALVE_MASK,
        .inverse = (regs->direction & FFT64_DIRECTION_INVERSE_MASK) != 0,
    };

    fft_blocks(&b, in, out, taps);
    regs->n_blocks += b.n_blocks;
    regs->n_length += b.n_length;
    regs->n_clipped += b.n_clipped;
}

static void fft64_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    fft64_run_taps(s, in, out, NULL);
}

static const char *fft64_verdict(const struct pkt *p)
{
    return fft_verdict(p, LOG2_N);
}

static int fft64_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, FFT64_SCALE, fft_stimulus_scale(r, LOG2_N));

    return err < 0 ? err : emit(ctx, FFT64_DIRECTION, rng_below(r, 2));
}

static void fft64_packet(struct rng *r, struct pkt *p)
{
    fft_stimulus_packet(r, p, LOG2_N);
}

const struct fn fft64_fn = {
    .csr = &fft64_csr,
    .summary = "64-point FFT of blocks of samples",
    .run = fft64_run,
    .run_taps = fft64_run_taps,
    .full_rate_bits = 32,
    .still_clocks = STILL_CLOCKS,
    .verdict = fft64_verdict,
    .verdicts = fft_verdicts,
    .setup = fft64_setup,
    .packet = fft64_packet,
};
