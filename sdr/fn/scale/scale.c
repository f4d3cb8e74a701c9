/* scale.c - multiply IQ samples by a real gain (C body of scale.v). */
#include "scale_csr.h"

#include "core/fn.h"

/* Q1.15 x Q2.14 -> Q1.15, rounded half up; sets '*clipped' if it clips. */
static int16_t scale_part(int16_t x, uint32_t gain, bool *clipped)
{
    int64_t y = ((int64_t)x * gain + (1 << 13)) >> 14;

    if (y > INT16_MAX || y < INT16_MIN) {
        *clipped = true;
        return y > 0 ? INT16_MAX : INT16_MIN;
    }
    return (int16_t)y;
}

static void scale_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    struct scale_regs *regs = s->regs;
    const struct iq16 *x = in->items;
    struct iq16 *y = out->items;
    uint32_t gain = regs->gain & SCALE_GAIN_VALUE_MASK;

    for (size_t k = 0; k < in->n; k++) {
        bool clipped = false;
        y[k].i = scale_part(x[k].i, gain, &clipped);
        y[k].q = scale_part(x[k].q, gain, &clipped);
        regs->n_clipped += clipped;
    }
    out->n = in->n;
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
    .full_rate_bits = 256,
    .setup = scale_stimulus_setup,
};
