/*
 * fft64_block.c - a block of 64 samples, one butterfly after the other.
 *
 * Radix 2^2, decimation in frequency (S. He, M. Torkelson, IPPS 1996):
 * place p of the block goes through the stages as sample p of the pipeline
 * does in fft64_core.v.
 */
#include "sdr/fn/fft64/fft64_block.h"

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
static uint32_t butterflies(struct iq16 x[FFT64_N], unsigned span, bool second,
                            unsigned half)
{
    uint32_t n = 0;

    for (unsigned p = 0; p < FFT64_N; p++) {
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
static uint32_t turns(struct iq16 x[FFT64_N], unsigned log2_step)
{
    uint32_t n = 0;

    for (unsigned p = 0; p < FFT64_N; p++) {
        const int16_t *t = fft64_turn[0][(p << log2_step) % FFT64_N];
        bool clipped = false;
        struct iq16 v = x[p];
        x[p].i = clip((v.i * t[0] + v.q * t[1] + (1 << 13)) >> 14, &clipped);
        x[p].q = clip((v.q * t[0] - v.i * t[1] + (1 << 13)) >> 14, &clipped);
        n += clipped;
    }
    return n;
}

static unsigned reversed(unsigned p)
{
    p = (p & 0x15) << 1 | (p >> 1 & 0x15);   /* within pairs of bits, */
    return (p & 3) << 4 | (p & 12) | p >> 4; /* and pairs */
}

uint32_t fft64_block(struct iq16 x[FFT64_N], uint32_t halve,
                     struct iq16 seen[FFT64_PAIRS][FFT64_N])
{
    uint32_t n = 0;
    struct iq16 y[FFT64_N];

    for (unsigned pair = 0, span = FFT64_N / 2; pair < FFT64_PAIRS; pair++) {
        n += butterflies(x, span, false, halve >> (2 * pair) & 1);
        n += butterflies(x, span / 2, true, halve >> (2 * pair + 1) & 1);
        if (pair < FFT64_PAIRS - 1) {
            n += turns(x, 2 * pair);
        }
        if (seen != NULL) {
            memcpy(seen[pair], x, sizeof y);
        }
        span /= 4;
    }
    memcpy(y, x, sizeof y);
    for (unsigned p = 0; p < FFT64_N; p++) {
        x[reversed(p)] = y[p];
    }
    return n;
}
