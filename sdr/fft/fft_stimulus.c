/*
 * fft_stimulus.c - blocks for tests: tones, random ones of any size, such as
 * clip everywhere; and packets that are no blocks.
 */
#include "sdr/fft/fft_block.h"
#include "sdr/fft/fft_packets.h"

uint32_t fft_stimulus_scale(struct rng *r, unsigned log2_n)
{
    static const uint32_t often[] = {0x55, 0x55, 0x7f, 0};
    uint32_t all = (1U << log2_n) - 1, any = rng_below(r, all + 1);
    uint32_t k = rng_below(r, 8);

    return k < 4 ? often[k] & all : any;
}

/* Of up to 'bits' bits, with sign; of 16 some are those at which sums clip. */
static int16_t some_part(struct rng *r, unsigned bits)
{
    static const int16_t ends[] = {INT16_MAX, INT16_MIN, -INT16_MAX, 0};
    uint32_t v = (uint32_t)rng_next(r);

    if (bits == 16 && (v & 3) == 0) {
        return ends[v >> 2 & 3];
    }
    return (int16_t)((int16_t)(v >> 16) >> (16 - bits));
}

/* Signs of I and Q that turn 'quarters' quarters a period of eight samples. */
static struct iq16 tone(unsigned k, unsigned quarters, int16_t size)
{
    unsigned at = k * quarters / 2 % 4;
    int16_t i = (at + 1) % 4 < 2 ? size : (int16_t)-size;

    return (struct iq16){i, at < 2 ? size : (int16_t)-size};
}

void fft_stimulus_packet(struct rng *r, struct pkt *p, unsigned log2_n)
{
    struct iq16 x[FFT_MAX + 8];
    uint32_t n = 1U << log2_n, bytes = n * (uint32_t)sizeof x[0];
    uint32_t kind = rng_below(r, 8), len = bytes;
    unsigned bits = kind < 2 ? 16 : 1 + rng_below(r, 16);
    unsigned quarters = rng_below(r, 8), at = rng_below(r, n);

    for (unsigned k = 0; k < n + 8; k++) {
        struct iq16 v = {some_part(r, bits), some_part(r, bits)};
        bool zero = kind == 7 && k != at; /* an impulse */
        x[k] = zero        ? (struct iq16){0, 0}
               : kind == 6 ? tone(k, quarters, (int16_t)(1 << (bits - 1)))
                           : v;
    }
    switch (rng_below(r, 12)) {
    case 0: len = rng_below(r, bytes + 33); break;
    case 1: len = bytes - 6 + rng_below(r, 12); break;
    case 2: len = rng_below(r, 16); break;
    default: break;
    }
    if (log2_n > 6 && rng_below(r, 2) == 0) { /* not all are long */
        len = rng_below(r, 64);
    }
    memcpy(p->data, x, len);
    p->len_bytes = len;
    p->wire_bytes = len;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_PUNT : 0;
}
