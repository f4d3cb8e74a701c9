/* scale.c - multiply IQ samples by a real gain (C body of scale.v). */
#include "scale_csr.h"

#include "core/digest.h"
#include "core/fn.h"
#include "sdr/fn/scale/scale_some.h"

enum { TAP_WORDS = 256 }; /* at a time */

/* Q1.15 x Q2.14 -> Q4.29, with what rounds it half up. */
static int64_t scale_product(int16_t x, uint32_t gain)
{
    return (int64_t)x * gain + (1 << 13);
}

/* -> Q1.15; sets '*clipped' if it clips. */
static int16_t scale_clip(int64_t product, bool *clipped)
{
    int64_t y = product >> 14;

    if (y > INT16_MAX || y < INT16_MIN) {
        *clipped = true;
        return y > 0 ? INT16_MAX : INT16_MIN;
    }
    return (int16_t)y;
}

/* What the tap takes: both products, 33 bits each, folded to a word. */
static uint32_t tap_word(int64_t i, int64_t q)
{
    uint32_t high = (uint32_t)(q >> 1);

    return (uint32_t)(i >> 1) ^ (high << 16 | high >> 16) ^
           (uint32_t)(q & 1) << 1 ^ (uint32_t)(i & 1);
}

uint32_t scale_some(const struct iq16 *x, struct iq16 *y, size_t n,
                    uint32_t gain, uint32_t *words)
{
    uint32_t n_clipped = 0;

    for (size_t k = 0; k < n; k++) {
        bool clipped = false;
        int64_t i = scale_product(x[k].i, gain);
        int64_t q = scale_product(x[k].q, gain);

        if (words != NULL) {
            words[k] = tap_word(i, q);
        }
        y[k].i = scale_clip(i, &clipped);
        y[k].q = scale_clip(q, &clipped);
        n_clipped += clipped;
    }
    return n_clipped;
}

static inline void scale_each(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out, struct fn_taps *taps)
{
    struct scale_regs *regs = s->regs;
    const struct iq16 *x = in->items;
    struct iq16 *y = out->items;
    uint32_t gain = regs->gain & SCALE_GAIN_VALUE_MASK;
    uint32_t words[TAP_WORDS];
    bool fast = scale_has_avx2();

    for (size_t at = 0, n = 0; at < in->n; at += n) {
        n = in->n - at < TAP_WORDS ? in->n - at : TAP_WORDS;
        regs->n_clipped += (fast ? scale_some_avx2 : scale_some)(
            x + at, y + at, n, gain, taps != NULL ? words : NULL);
        digest_tap_words(taps, SCALE_TAP_PRODUCT, words, n);
    }
    out->n = in->n;
}

static void scale_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    scale_each(s, in, out, NULL);
}

static void scale_run_taps(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out, struct fn_taps *taps)
{
    scale_each(s, in, out, taps);
}

/*
 * Any gain: with full-scale random samples every second one clips a lot.  Some
 * are those at which bits carry far.
 */
static int scale_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t ends[] = {0,      1,      0x3fff, 0x4000,
                                    0x7fff, 0x8000, 0xfffe, 0xffff};
    uint32_t gain = rng_below(r, 0x10000);

    return emit(ctx, SCALE_GAIN, rng_below(r, 4) == 0 ? ends[gain % 8] : gain);
}

const struct fn scale_fn = {
    .csr = &scale_csr,
    .summary = "multiply IQ samples by a real gain",
    .run = scale_run,
    .run_taps = scale_run_taps,
    .full_rate_bits = 256,
    .setup = scale_stimulus_setup,
};
