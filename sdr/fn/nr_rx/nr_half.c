/* nr_half.c - see nr_half.h.  Every other tap of a filter at half of the rate
 * is 0, but for the middle one, which is a half. */
#include "sdr/fn/nr_rx/nr_half.h"

#include <assert.h>
#include <string.h>

#include "sdr/dsp/decimate.h"

enum { SPAN = 2 * NR_HALF_SIDE };

void nr_half_begin(struct nr_half *h)
{
    float taps[SPAN + 1];

    decimate_taps(2, NR_HALF_SIDE, taps);
    for (size_t k = 0; k < NR_HALF_SIDE / 2; k++) {
        h->taps[k] = taps[NR_HALF_SIDE + 1 + 2 * k];
    }
    h->n = NR_HALF_SIDE;
    memset(h->line, 0, NR_HALF_SIDE * sizeof h->line[0]);
}

size_t nr_half_push(struct nr_half *h, const float complex *x, size_t n,
                    float complex *y)
{
    size_t made = 0, at = 0;

    assert(n <= NR_HALF_BLOCK);
    memcpy(h->line + h->n, x, n * sizeof *x);
    h->n += n;
    for (; at + SPAN < h->n; at += 2) {
        const float complex *middle = h->line + at + NR_HALF_SIDE;
        float complex sum = middle[0] * 0.5f;
        for (size_t k = 0; k < NR_HALF_SIDE / 2; k++) {
            sum += (middle[2 * k + 1] + middle[-(ptrdiff_t)(2 * k + 1)]) *
                   h->taps[k];
        }
        y[made++] = sum;
    }
    h->n -= at;
    memmove(h->line, h->line + at, h->n * sizeof h->line[0]);
    return made;
}
