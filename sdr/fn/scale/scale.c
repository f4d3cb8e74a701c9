/* scale.c - multiply IQ samples by a real gain (C body of scale.v). */
#include "scale_csr.h"

#include "core/digest.h"
#include "core/fn.h"

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

static inline void scale_each(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out, struct fn_taps *taps)
{
    struct scale_regs *regs = s->regs;
    const struct iq16 *x = in->items;
    struct iq16 *y = out->items;
    uint32_t gain = regs->gain & SCALE_GAIN_VALUE_MASK;

    for (size_t k = 0; k < in->n; k++) {
        bool clipped = false;
        int64_t i = scale_product(x[k].i, gain);
        int64_t q = scale_product(x[k].q, gain);

        digest_tap(taps, SCALE_TAP_PRODUCT, tap_word(i, q));
        y[k].i = scale_clip(i, &clipped);
        y[k].q = scale_clip(q, &clipped);
        regs->n_clipped += clipped;
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

/* Any gain: with full-scale random samples every second one clips a lot. */
static int scale_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    return emit(ctx, SCALE_GAIN, rng_below(r, 0x10000));
}

const struct fn scale_fn = {
    .csr = &scale_csr,
    .summary = "multiply IQ samples by a real gain",
    .run = scale_run,
    .run_taps = scale_run_taps,
    .full_rate_bits = 256,
    .setup = scale_stimulus_setup,
};
