/*
 * fir_decim_stimulus.c - filters and blocks for tests: taps and samples of any
 * size, such as clip everywhere; blocks that are short, and bytes that are no
 * samples.
 */
#include "fir_decim_csr.h"

#include "sdr/fn/fir_decim/fir_decim_some.h"

enum {
    SAMPLES = 480, /* most of a block */
    TAPS = 8,      /* of most filters, or up to twice as many */
    SHORT = 32,    /* more, of most blocks, so that few samples leave */
};

/* Of up to 'bits' bits, with sign, or the largest ones. */
static int16_t some_part(struct rng *r, unsigned bits)
{
    uint32_t v = (uint32_t)rng_next(r);

    if (bits == 16 && (v & 3) == 0) {
        return (v & 4) != 0 ? INT16_MIN : INT16_MAX;
    }
    return bits == 0 ? 0 : (int16_t)((int16_t)(v >> 16) >> (16 - bits));
}

/* Of most filters few; any number, one, all. */
static uint32_t some_taps(struct rng *r)
{
    switch (rng_below(r, 16)) {
    case 0:
    case 1: return rng_below(r, FIR_DECIM_TAPS + 1);
    case 2:
    case 3: return 1;
    case 4: return FIR_DECIM_TAPS;
    default: return TAPS + rng_below(r, TAPS + 1);
    }
}

static uint32_t some_decimation(struct rng *r)
{
    switch (rng_below(r, 8)) {
    case 0: return rng_below(r, FIR_DECIM_MAX);
    case 1: return FIR_DECIM_MAX - 1;
    default: return TAPS / 2 + rng_below(r, TAPS);
    }
}

int fir_decim_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = some_taps(r), d = some_decimation(r);
    unsigned bits = rng_below(r, 4) == 0 ? 16 : 8 + rng_below(r, 8);
    uint32_t shift =
        rng_below(r, 4) == 0 ? rng_below(r, 32) : bits - 1 + rng_below(r, 4);
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(FIR_DECIM_TABLE_TAP, 0));

    for (uint32_t k = 0; k < FIR_DECIM_TAPS && err >= 0; k++) {
        uint32_t rest = (uint32_t)rng_next(r) << 16; /* which means nothing */
        err = emit(ctx, CSR_WINDOW_DATA, rest | (uint16_t)some_part(r, bits));
    }
    err = err < 0 ? err : emit(ctx, FIR_DECIM_N_TAPS, n);
    err = err < 0 ? err : emit(ctx, FIR_DECIM_DECIMATION, d);
    return err < 0 ? err : emit(ctx, FIR_DECIM_SHIFT, shift);
}

void fir_decim_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t kind = rng_below(r, 64);
    uint32_t n = kind == 0  ? rng_below(r, SAMPLES)
                 : kind < 4 ? 110 + rng_below(r, 32)
                            : TAPS + rng_below(r, SHORT);
    uint32_t len = n * sizeof(struct iq16);
    unsigned bits = rng_below(r, 4) == 0 ? 16 : rng_below(r, 17);
    struct iq16 x[SAMPLES];

    for (uint32_t k = 0; k < n; k++) {
        x[k] = (struct iq16){some_part(r, bits), some_part(r, bits)};
    }
    memcpy(p->data, x, len);
    if (rng_below(r, 12) == 0) {
        len -= len > 0 ? 1 + rng_below(r, 3) : 0;
    }
    p->len_bytes = len;
    p->wire_bytes = len;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_PUNT : 0;
    p->flags |=
        rng_below(r, 8) == 0 ? 1U << (4 + rng_below(r, 11)) : 0; /* any */
}
