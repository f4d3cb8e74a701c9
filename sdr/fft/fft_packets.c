/*
 * fft_packets.c - a packet that is a block of samples becomes its transform (C
 * body of rtl/dsp/fft_block.v).  The arithmetic is fft_block.c's.
 */
#include "sdr/fft/fft_packets.h"

#include "core/digest.h"
#include "sdr/fft/fft_block.h"

/* I for Q makes the forward transform the inverse one. */
static void swap_parts(struct iq16 *x, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        x[k] = (struct iq16){x[k].q, x[k].i};
    }
}

/* What the taps take of a block's stages. */
static void tap_block(struct fn_taps *taps, size_t n,
                      const struct iq16 seen[FFT_PAIRS][FFT_MAX])
{
    uint32_t words[FFT_MAX];

    for (int k = 0; k < FFT_PAIRS; k++) {
        memcpy(words, seen[k], n * sizeof words[0]);
        digest_tap_words(taps, FFT_TAP_PAIRS + k, words, n);
    }
}

/* The transform of the bytes 'from' goes 'to'. */
static void transform(struct fft_blocks *b, const uint8_t *from, uint8_t *to,
                      bool fast, struct fn_taps *taps)
{
    struct iq16 x[FFT_MAX], y[FFT_MAX], seen[FFT_PAIRS][FFT_MAX];
    size_t n = (size_t)1 << b->log2_n, bytes = n * sizeof x[0];

    memcpy(x, from, bytes);
    if (b->inverse) {
        swap_parts(x, n);
    }
    if (taps != NULL || !fast || !fft_block_avx2(x, y, b->log2_n, b->halve)) {
        memcpy(y, x, bytes);
        b->n_clipped +=
            fft_block(y, b->log2_n, b->halve, taps != NULL ? seen : NULL);
    }
    if (taps != NULL) {
        tap_block(taps, n, (const struct iq16(*)[FFT_MAX])seen);
    }
    if (b->inverse) {
        swap_parts(y, n);
    }
    memcpy(to, y, bytes);
}

static uint32_t bytes_of(unsigned log2_n)
{
    return (uint32_t)sizeof(struct iq16) << log2_n;
}

void fft_blocks(struct fft_blocks *b, const struct fn_span *in,
                struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    bool fast = fft_has_avx2();

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        digest_tap_bytes(taps, FFT_TAP_WORDS, &x[k]);
        if (done || x[k].len_bytes != bytes_of(b->log2_n)) {
            b->n_length += !done;
            pkt_pass(&y[k], &x[k]);
            continue;
        }
        struct pkt p = x[k];
        if (y[k].data != NULL && y[k].data != p.data) {
            p.data = y[k].data;
            p.room_bytes = y[k].room_bytes;
        }
        transform(b, x[k].data, p.data, fast, taps);
        b->n_blocks++;
        y[k] = p;
    }
    out->n = in->n;
}

const char *const fft_verdicts[] = {"transformed", "length", "done", NULL};

const char *fft_verdict(const struct pkt *p, unsigned log2_n)
{
    return fft_verdicts[pkt_is_done(p) ? 2 : p->len_bytes != bytes_of(log2_n)];
}
