/*
 * fft_lent.c - float blocks, and what fft64 and fft128 make of them.
 *
 * At reset every other stage halves, the first among them: inside, the energy
 * of a block is nowhere more than at its begin.  No part of a sample is ever
 * beyond the root of the block's energy, which is made FULL.
 */
#include "sdr/fft/fft_lent.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

static const float full = 32000; /* leaves room for what rounding adds */

/* To 16 bits; returns the gain, 0 for a block without power or sense. */
static float fix(const float complex *x, size_t n, struct iq16 *y)
{
    float energy = 0, gain = 0;

    for (size_t k = 0; k < n; k++) {
        energy += cf_norm(x[k]);
    }
    if (isnormal(energy)) {
        gain = full / sqrtf(energy);
    }
    for (size_t k = 0; k < n; k++) {
        y[k] = gain > 0 ? (struct iq16){(int16_t)lrintf(crealf(x[k]) * gain),
                                        (int16_t)lrintf(cimagf(x[k]) * gain)}
                        : (struct iq16){0, 0};
    }
    return gain;
}

static void unfix(const uint8_t *bytes, size_t n, float scale, float complex *y)
{
    for (size_t k = 0; k < n; k++) {
        struct iq16 x;
        memcpy(&x, bytes + k * sizeof x, sizeof x);
        y[k] = cf((float)x.i * scale, (float)x.q * scale);
    }
}

bool fft_lent(const struct fn_kernel *kernel, unsigned log2_n,
              const float complex *in, size_t n_blocks, float complex *out)
{
    struct iq16 fixed[FFT_LENT_SAMPLES];
    float gain[FFT_LENT_BLOCKS];
    struct pkt block[FFT_LENT_BLOCKS], answer[FFT_LENT_BLOCKS] = {{0}};
    struct fn_span x = {
        .type = FN_PKT, .items = block, .n = n_blocks, .cap = n_blocks};
    struct fn_span y = {.type = FN_PKT, .items = answer, .cap = n_blocks};
    size_t n = (size_t)1 << log2_n;
    uint32_t bytes = (uint32_t)(n * sizeof(struct iq16));
    float halved = (float)(1U << (log2_n + 1) / 2);

    assert(n_blocks <= FFT_LENT_BLOCKS && n_blocks * n <= FFT_LENT_SAMPLES);
    for (size_t k = 0; k < n_blocks; k++) {
        gain[k] = fix(in + k * n, n, fixed + k * n);
        block[k] = (struct pkt){.data = (uint8_t *)(fixed + k * n),
                                .len_bytes = bytes,
                                .room_bytes = bytes};
    }
    if (!kernel->run(kernel->ctx, &x, &y)) {
        return false;
    }
    for (size_t k = 0; k < n_blocks; k++) {
        if (answer[k].len_bytes != bytes) {
            return false;
        }
        unfix(answer[k].data, n, gain[k] > 0 ? halved / gain[k] : 0,
              out + k * n);
    }
    return true;
}
