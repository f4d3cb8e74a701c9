/*
 * viterbi_k7_stimulus.c - blocks for tests: coded ones with all degrees of
 * noise and erasures, and bytes that are none; lengths around the windows.
 */
#include "viterbi_k7_csr.h"

#include "sdr/dsp/viterbi_k7.h"
#include "sdr/fn/viterbi_k7/viterbi_k7_block.h"

enum {
    STEPS = 640,                                  /* most of a block */
    SHORT = 24,                                   /* of most blocks */
    LIMIT_MIN = 200,                              /* steps */
    WHOLE = VITERBI_K7_WINDOW + VITERBI_K7_REACH, /* for a window */
    TAIL = 6,
};

_Static_assert(WHOLE + 8 <= STEPS, "blocks fit");

int viterbi_k7_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t limit = LIMIT_MIN + rng_below(r, STEPS - LIMIT_MIN);

    if (rng_below(r, 16) == 0) { /* any, or next to nothing */
        limit = rng_below(r, rng_below(r, 2) == 0 ? 0x10000 : 16);
    }
    return emit(ctx, VITERBI_K7_LIMIT, limit);
}

/* Steps of a block: short, about where windows end, or any. */
static uint32_t some_steps(struct rng *r)
{
    uint32_t near = rng_below(r, 2) == 0 ? VITERBI_K7_WINDOW : WHOLE;

    switch (rng_below(r, 32)) {
    case 0: return near - 8 + rng_below(r, 16);
    case 1: return rng_below(r, STEPS - 1);
    default: return 1 + rng_below(r, SHORT);
    }
}

/* Soft values of n coded bits, of any size and with any noise. */
static void store_coded(struct rng *r, uint8_t *d, uint32_t n)
{
    uint32_t level = 1 + rng_below(r, 20);
    uint32_t noise = 1 + rng_below(r, 2 * level);
    uint32_t keep = rng_below(r, 4); /* of 4, less one */
    unsigned state = 0;

    for (uint32_t k = 0; k < n; k++) {
        uint8_t bit = k + TAIL < n ? (uint8_t)rng_below(r, 2) : 0;
        uint8_t coded[2];
        state = viterbi_k7_encode(state, &bit, 1, coded);
        for (uint32_t j = 0; j < 2; j++) {
            int x = (coded[j] ? 1 : -1) * (int)level +
                    (int)rng_below(r, 2 * noise + 1) - (int)noise;
            d[2 * k + j] = (uint8_t)(rng_below(r, 4) <= keep ? x : 0);
        }
    }
}

void viterbi_k7_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint8_t same[] = {0, 0x80, 0x7f, 0xf0, 0x0f};
    uint32_t n = some_steps(r);
    uint32_t len = 2 * n;

    switch (rng_below(r, 8)) {
    case 0: memset(p->data, same[rng_below(r, sizeof same)], len); break;
    case 1:
        for (uint32_t k = 0; k < len; k++) {
            p->data[k] = (uint8_t)rng_next(r);
        }
        break;
    default: store_coded(r, p->data, n);
    }
    if (rng_below(r, 16) == 0) {
        p->data[len++] = (uint8_t)rng_next(r);
    }
    p->len_bytes = rng_below(r, 32) == 0 ? 0 : len;
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_PUNT : 0;
}
