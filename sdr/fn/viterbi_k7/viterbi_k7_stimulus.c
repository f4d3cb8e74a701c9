/*
 * viterbi_k7_stimulus.c - blocks for tests: coded ones with all degrees of
 * noise and erasures, and bytes that are none; lengths around the windows.
 */
#include "viterbi_k7_csr.h"

#include "sdr/dsp/viterbi_k7.h"
#include "sdr/fn/viterbi_k7/viterbi_k7_block.h"

enum {
    STEPS = 1000,                                 /* most of a block */
    SHORT = 24,                                   /* of most blocks */
    LIMIT_MIN = 200,                              /* steps */
    WHOLE = VITERBI_K7_WINDOW + VITERBI_K7_REACH, /* for a window */
    TWO = WHOLE + VITERBI_K7_WINDOW,              /* for a second one */
    TAIL = 6,
};

_Static_assert(TWO + 8 <= STEPS, "blocks fit");

/* Shorter than some blocks; any, next to nothing, nothing; and the most, by one
 * of the bits above those that count. */
static uint32_t some_limit(struct rng *r)
{
    uint32_t limit;

    switch (rng_below(r, 16)) {
    case 0: return rng_below(r, 0x10000);
    case 1: return rng_below(r, 16);
    case 2:
    case 3: return 0;
    case 4:
    case 5:
        limit = (uint32_t)VITERBI_K7_BLOCK_MAX << rng_below(r, 2);
        return limit | rng_below(r, 16);
    default: return LIMIT_MIN + rng_below(r, STEPS);
    }
}

int viterbi_k7_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    return emit(ctx, VITERBI_K7_LIMIT, some_limit(r));
}

/* Steps of a block: short, about where windows end, or any. */
static uint32_t some_steps(struct rng *r)
{
    static const uint32_t near[] = {VITERBI_K7_WINDOW, WHOLE, TWO};
    uint32_t n;

    switch (rng_below(r, 32)) {
    case 0: n = near[rng_below(r, 3)]; return n - 8 + rng_below(r, 16);
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
    p->flags |=
        rng_below(r, 8) == 0 ? 1U << (4 + rng_below(r, 11)) : 0; /* any */
}
