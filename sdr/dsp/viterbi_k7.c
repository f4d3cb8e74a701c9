/*
 * viterbi_k7.c - add, compare, select over 32 butterflies, then trace back.
 *
 * A state holds the last six bits, the newest in bit 0.  States j and j + 32
 * lead to 2j and 2j + 1; both generators tap the newest and the oldest bit, so
 * the four branches of a butterfly carry one metric with two signs:
 *
 *      j      --(+b)--> 2j          j      --(-b)--> 2j + 1
 *      j + 32 --(-b)--> 2j          j + 32 --(+b)--> 2j + 1
 */
#include "sdr/dsp/viterbi_k7.h"

#include <assert.h>

enum {
    HALF = VITERBI_K7_STATES / 2,
    G_FIRST = 0x6d,  /* 133 octal with the newest bit in bit 0 */
    G_SECOND = 0x4f, /* 171 octal, the same way round */
    /*
     * Steps between two normalizations.  A step adds at most 254, states
     * differ by at most 6 * 2 * 254: 64 steps stay below 2^15.
     */
    NORMAL_STEPS = 64,
    START_LOW = -4096, /* start metric of the states that are not 0 */
};

static unsigned parity(unsigned x)
{
    x ^= x >> 4;
    x ^= x >> 2;
    x ^= x >> 1;
    return x & 1;
}

unsigned viterbi_k7_encode(unsigned state, const uint8_t *bits, size_t n,
                           uint8_t *coded)
{
    for (size_t k = 0; k < n; k++) {
        state = (state << 1 | bits[k]) & 0x7f;
        coded[2 * k] = (uint8_t)parity(state & G_FIRST);
        coded[2 * k + 1] = (uint8_t)parity(state & G_SECOND);
    }
    return state;
}

/* Signs of the two soft values in the metric of the branch j to 2j. */
struct signs {
    int16_t first[HALF];
    int16_t second[HALF];
};

static void signs_init(struct signs *s)
{
    for (unsigned j = 0; j < HALF; j++) {
        s->first[j] = parity((j << 1) & G_FIRST) ? 1 : -1;
        s->second[j] = parity((j << 1) & G_SECOND) ? 1 : -1;
    }
}

/* One trellis step; new metrics come out as evens [32], then odds [32]. */
static void step(const int16_t *restrict old, const struct signs *restrict s,
                 int16_t first, int16_t second, int16_t *restrict out,
                 uint8_t *restrict upper)
{
    for (int j = 0; j < HALF; j++) {
        int16_t b = (int16_t)(s->first[j] * first + s->second[j] * second);
        int16_t low_even = (int16_t)(old[j] + b);
        int16_t up_even = (int16_t)(old[j + HALF] - b);
        int16_t low_odd = (int16_t)(old[j] - b);
        int16_t up_odd = (int16_t)(old[j + HALF] + b);

        out[j] = (int16_t)(low_even > up_even ? low_even : up_even);
        out[j + HALF] = (int16_t)(low_odd > up_odd ? low_odd : up_odd);
        upper[j] = up_even > low_even;
        upper[j + HALF] = up_odd > low_odd;
    }
}

static void interleave(const int16_t *restrict x, int16_t *restrict y)
{
    for (size_t j = 0; j < HALF; j++) {
        y[2 * j] = x[j];
        y[2 * j + 1] = x[j + HALF];
    }
}

static void normalize(int16_t *metric)
{
    int16_t top = metric[0];

    for (int j = 1; j < VITERBI_K7_STATES; j++) {
        top = (int16_t)(metric[j] > top ? metric[j] : top);
    }
    for (int j = 0; j < VITERBI_K7_STATES; j++) {
        metric[j] = (int16_t)(metric[j] - top);
    }
}

static int16_t clamp_soft(int8_t x)
{
    return (int16_t)(x < -127 ? -127 : x);
}

void viterbi_k7_decode(struct viterbi_k7 *v, const int8_t *soft, size_t n,
                       uint8_t *bits)
{
    struct signs s;
    int16_t split[VITERBI_K7_STATES]; /* metrics, evens first */
    unsigned state = 0;

    assert(n >= 1 && n <= VITERBI_K7_BITS_MAX);
    signs_init(&s);
    v->metric[0] = 0;
    for (int j = 1; j < VITERBI_K7_STATES; j++) {
        v->metric[j] = START_LOW;
    }
    for (size_t k = 0; k < n; k++) {
        step(v->metric, &s, clamp_soft(soft[2 * k]),
             clamp_soft(soft[2 * k + 1]), split, v->upper[k]);
        interleave(split, v->metric);
        if (k % NORMAL_STEPS == NORMAL_STEPS - 1) {
            normalize(v->metric);
        }
    }
    for (size_t k = n; k-- > 0;) {
        bits[k] = state & 1;
        state = state >> 1 |
                (unsigned)v->upper[k][(state & 1) * HALF + (state >> 1)] << 5;
    }
}
