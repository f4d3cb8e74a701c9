/*
 * fft64.c - a packet that is a block of 64 samples becomes its transform (C
 * body of fft64.v).  The arithmetic is fft64_block.c's.
 */
#include "fft64_csr.h"

#include "core/digest.h"
#include "sdr/fn/fft64/fft64_block.h"

/* Behind a block's last sample: it enters the stages, and its bins are
 * gathered. */
enum { STILL_CLOCKS = 160 };

/* I for Q makes the forward transform the inverse one. */
static void swap_parts(struct iq16 x[FFT64_N])
{
    for (size_t k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){x[k].q, x[k].i};
    }
}

/* What the taps take of a block as it came, and of its stages. */
static void tap_block(struct fn_taps *taps, const struct iq16 x[FFT64_N],
                      const struct iq16 seen[FFT64_PAIRS][FFT64_N])
{
    static const int tap[FFT64_PAIRS] = {FFT64_TAP_FIRST, FFT64_TAP_SECOND,
                                         FFT64_TAP_THIRD};
    uint32_t words[FFT64_N];

    memcpy(words, x, sizeof words);
    digest_tap_words(taps, FFT64_TAP_BLOCK, words, FFT64_N);
    for (size_t k = 0; k < FFT64_PAIRS; k++) {
        memcpy(words, seen[k], sizeof words);
        digest_tap_words(taps, tap[k], words, FFT64_N);
    }
}

/* The transform of the bytes 'from' goes 'to'; returns the samples clipped. */
static uint32_t transform(const struct fft64_regs *regs, const uint8_t *from,
                          uint8_t *to, bool fast, struct fn_taps *taps)
{
    struct iq16 x[FFT64_N], y[FFT64_N], seen[FFT64_PAIRS][FFT64_N];
    uint32_t halve = regs->scale & FFT64_SCALE_HALVE_MASK;
    bool inverse = (regs->direction & FFT64_DIRECTION_INVERSE_MASK) != 0;
    uint32_t n = 0;

    memcpy(x, from, sizeof x);
    if (inverse) {
        swap_parts(x);
    }
    if (taps != NULL || !fast || !fft64_block_avx2(x, y, halve)) {
        memcpy(y, x, sizeof y);
        n = fft64_block(y, halve, taps != NULL ? seen : NULL);
    }
    if (taps != NULL) {
        tap_block(taps, x, (const struct iq16(*)[FFT64_N])seen);
    }
    if (inverse) {
        swap_parts(y);
    }
    memcpy(to, y, sizeof y);
    return n;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    struct fft64_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    bool fast = fft64_has_avx2();

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        if (done || x[k].len_bytes != FFT64_BYTES) {
            regs->n_length += !done;
            pkt_pass(&y[k], &x[k]);
            continue;
        }
        struct pkt p = x[k];
        if (y[k].data != NULL && y[k].data != p.data) {
            p.data = y[k].data;
            p.room_bytes = y[k].room_bytes;
        }
        regs->n_clipped += transform(regs, x[k].data, p.data, fast, taps);
        regs->n_blocks++;
        y[k] = p;
    }
    out->n = in->n;
}

static void fft64_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void fft64_run_taps(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

static const char *const verdicts[] = {"transformed", "length", "done", NULL};

static const char *fft64_verdict(const struct pkt *p)
{
    return verdicts[pkt_is_done(p) ? 2 : p->len_bytes != FFT64_BYTES];
}

const struct fn fft64_fn = {
    .csr = &fft64_csr,
    .summary = "64-point FFT of blocks of samples",
    .run = fft64_run,
    .run_taps = fft64_run_taps,
    .full_rate_bits = 32,
    .still_clocks = STILL_CLOCKS,
    .verdict = fft64_verdict,
    .verdicts = verdicts,
    .setup = fft64_stimulus_setup,
    .packet = fft64_stimulus_packet,
};
