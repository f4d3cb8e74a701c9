/*
 * fft_block.c - a block of 64 or 128 samples, one butterfly after the other.
 *
 * Radix 2^2, decimation in frequency (S. He, M. Torkelson, IPPS 1996):
 * place p of the block goes through the stages as sample p of the pipeline
 * does in rtl/dsp/fft_core.v.
 */
#include "sdr/fft/fft_block.h"

#include <string.h>

/* -> 16 bits; sets '*clipped' if it clips. */
static int16_t clip(int32_t y, bool *clipped)
{
    if (y > INT16_MAX || y < INT16_MIN) {
        *clipped = true;
        return y > 0 ? INT16_MAX : INT16_MIN;
    }
    return (int16_t)y;
}

/* Sum and difference of places; halved they are rounded half up. */
static struct iq16 settle(int32_t i, int32_t q, unsigned half, uint32_t *n)
{
    bool clipped = false;
    struct iq16 y = {clip((i + (int32_t)half) >> half, &clipped),
                     clip((q + (int32_t)half) >> half, &clipped)};

    *n += clipped;
    return y;
}

/*
 * Butterflies of places that are 'span' apart; in the second stage of a pair,
 * -j times the lower one where the first stage's gave a difference.
 */
static uint32_t butterflies(struct iq16 *x, unsigned n_all, unsigned span,
                            bool second, unsigned half)
{
    uint32_t n = 0;

    for (unsigned p = 0; p < n_all; p++) {
        if ((p & span) != 0) {
            continue;
        }
        struct iq16 a = x[p], b = x[p + span];
        if (second && (p & 2 * span) != 0) { /* -j (i + jq) = q - ji */
            x[p] = settle(a.i + b.q, a.q - b.i, half, &n);
            x[p + span] = settle(a.i - b.q, a.q + b.i, half, &n);
        } else {
            x[p] = settle(a.i + b.i, a.q + b.q, half, &n);
            x[p + span] = settle(a.i - b.i, a.q - b.q, half, &n);
        }
    }
    return n;
}

/* Times cos - j sin, Q2.14, rounded half up. */
static uint32_t turns(struct iq16 *x, unsigned log2_n, unsigned log2_step)
{
    const int16_t(*turn)[2] = log2_n == 6 ? fft_turn_64[0] : fft_turn_128[0];
    unsigned n_all = 1U << log2_n;
    uint32_t n = 0;

    for (unsigned p = 0; p < n_all; p++) {
        const int16_t *t = turn[(p << log2_step) % n_all];
        bool clipped = false;
        struct iq16 v = x[p];
        x[p].i = clip((v.i * t[0] + v.q * t[1] + (1 << 13)) >> 14, &clipped);
        x[p].q = clip((v.q * t[0] - v.i * t[1] + (1 << 13)) >> 14, &clipped);
        n += clipped;
    }
    return n;
}

static unsigned reversed(unsigned p, unsigned log2_n)
{
    unsigned y = 0;

    for (unsigned k = 0; k < log2_n; k++) {
        y = y << 1 | (p >> k & 1);
    }
    return y;
}

uint32_t fft_block(struct iq16 *x, unsigned log2_n, uint32_t halve,
                   struct iq16 seen[FFT_PAIRS][FFT_MAX])
{
    unsigned n_all = 1U << log2_n;
    size_t bytes = n_all * sizeof *x;
    uint32_t n = 0;
    struct iq16 y[FFT_MAX];

    for (unsigned stage = 0; stage < log2_n; stage++) {
        bool second = stage % 2 != 0;
        n += butterflies(x, n_all, n_all >> (stage + 1), second,
                         halve >> stage & 1);
        if (second && stage + 1 < log2_n) {
            n += turns(x, log2_n, stage - 1);
        }
        if (seen != NULL && second && stage / 2 < FFT_PAIRS - 1) {
            memcpy(seen[stage / 2], x, bytes);
        }
    }
    if (seen != NULL) {
        memcpy(seen[FFT_PAIRS - 1], x, bytes);
    }
    memcpy(y, x, bytes);
    for (unsigned p = 0; p < n_all; p++) {
        x[reversed(p, log2_n)] = y[p];
    }
    return n;
}
