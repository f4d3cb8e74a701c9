/*
 * fft64_stimulus.c - blocks for tests: tones, random ones of any size, such as
 * clip everywhere; and packets that are no blocks.
 */
#include "fft64_csr.h"

#include "sdr/fn/fft64/fft64_block.h"

int fft64_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t often[] = {0x15, 0x15, 0x3f, 0};
    uint32_t any = rng_below(r, FFT64_SCALE_HALVE_MASK + 1);
    uint32_t k = rng_below(r, 8);
    int err = emit(ctx, FFT64_SCALE, k < 4 ? often[k] : any);

    return err < 0 ? err : emit(ctx, FFT64_DIRECTION, rng_below(r, 2));
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

void fft64_stimulus_packet(struct rng *r, struct pkt *p)
{
    struct iq16 x[FFT64_N + 8];
    uint32_t kind = rng_below(r, 8), len = FFT64_BYTES;
    unsigned bits = kind < 2 ? 16 : 1 + rng_below(r, 16);
    unsigned quarters = rng_below(r, 8), at = rng_below(r, FFT64_N);

    for (unsigned k = 0; k < FFT64_N + 8; k++) {
        struct iq16 v = {some_part(r, bits), some_part(r, bits)};
        bool zero = kind == 7 && k != at; /* an impulse */
        x[k] = zero        ? (struct iq16){0, 0}
               : kind == 6 ? tone(k, quarters, (int16_t)(1 << (bits - 1)))
                           : v;
    }
    switch (rng_below(r, 12)) {
    case 0: len = rng_below(r, sizeof x + 1); break;
    case 1: len = FFT64_BYTES - 6 + rng_below(r, 12); break;
    case 2: len = rng_below(r, 16); break;
    default: break;
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
