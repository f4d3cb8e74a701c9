/*
 * viterbi_k7.c - add, compare, select over 32 butterflies, then trace back.
 *
 * Both generators tap the newest and the oldest bit, so the four branches of a
 * butterfly carry two costs, of a pair of bits and of its complement:
 *
 *      2j     --(c)--> j            2j     --(~c)--> j + 32
 *      2j + 1 --(~c)--> j           2j + 1 --(c)---> j + 32
 *
 * Of c and ~c, which are 30 together, one is at most 15: in a step no metric
 * grows by more.  Metrics differ by at most 120, since from 8 steps on every
 * two states are reached by ways from a common state that differ in no more
 * than 8 coded bits.  The least of them, taken off every 4 steps as it was 4
 * steps ago, leaves them below 120 + 8 * 15 = 240; a block's first 8 steps,
 * with VITERBI_K7_START, below 151 + 6 * 15.  So 8 bits do, and a sum that
 * would be beyond them is no minimum and may stop at 255.
 */
#include "sdr/dsp/viterbi_k7.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "sdr/dsp/viterbi_k7_steps.h"

enum {
    HALF = VITERBI_K7_STATES / 2,
    WORD = 64,       /* bits */
    G_FIRST = 0x6d,  /* 133 octal with the newest bit in bit 0 */
    G_SECOND = 0x4f, /* 171 octal, the same way round */
};

const uint8_t viterbi_k7_pair[HALF] = {
    0, 1, 0, 1, 3, 2, 3, 2, 3, 2, 3, 2, 0, 1, 0, 1,
    2, 3, 2, 3, 1, 0, 1, 0, 1, 0, 1, 0, 2, 3, 2, 3,
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

void viterbi_k7_begin(uint8_t metric[VITERBI_K7_STATES])
{
    memset(metric, VITERBI_K7_START, VITERBI_K7_STATES);
    metric[0] = 0;
}

/* --- forwards ---------------------------------------------------------------
 */

/* Costs of the pairs 00, 10, 01, 11 of first and second bit. */
static void cost_of(int8_t first, int8_t second, uint8_t *cost)
{
    int a = first > VITERBI_K7_SOFT_MAX    ? VITERBI_K7_SOFT_MAX
            : first < -VITERBI_K7_SOFT_MAX ? -VITERBI_K7_SOFT_MAX
                                           : first;
    int b = second > VITERBI_K7_SOFT_MAX    ? VITERBI_K7_SOFT_MAX
            : second < -VITERBI_K7_SOFT_MAX ? -VITERBI_K7_SOFT_MAX
                                            : second;

    for (int pair = 0; pair < 4; pair++) {
        int x = (pair & 1) != 0 ? -a : a;
        int y = (pair & 2) != 0 ? -b : b;
        cost[pair] = (uint8_t)((x > 0 ? x : 0) + (y > 0 ? y : 0));
    }
}

static uint8_t sum(uint8_t x, uint8_t y)
{
    unsigned z = (unsigned)x + y;

    return (uint8_t)(z > UINT8_MAX ? UINT8_MAX : z);
}

static uint64_t step(uint8_t *metric, const uint8_t *cost)
{
    uint8_t out[VITERBI_K7_STATES];
    uint64_t decision = 0;

    for (size_t j = 0; j < HALF; j++) {
        uint8_t c = cost[viterbi_k7_pair[j]];
        uint8_t not_c = cost[viterbi_k7_pair[j] ^ 3];
        uint8_t even = sum(metric[2 * j], c);
        uint8_t odd = sum(metric[2 * j + 1], not_c);
        uint8_t even_up = sum(metric[2 * j], not_c);
        uint8_t odd_up = sum(metric[2 * j + 1], c);

        out[j] = odd < even ? odd : even;
        out[j + HALF] = odd_up < even_up ? odd_up : even_up;
        decision |= (uint64_t)(odd < even) << j;
        decision |= (uint64_t)(odd_up < even_up) << (j + HALF);
    }
    memcpy(metric, out, sizeof out);
    return decision;
}

static uint8_t least(const uint8_t *metric)
{
    uint8_t x = metric[0];

    for (size_t s = 1; s < VITERBI_K7_STATES; s++) {
        x = metric[s] < x ? metric[s] : x;
    }
    return x;
}

void viterbi_k7_steps_portable(uint8_t metric[VITERBI_K7_STATES],
                               const int8_t *soft, size_t n, uint64_t *decision)
{
    uint8_t off = 0;

    for (size_t k = 0; k < n; k++) {
        uint8_t cost[4];
        off = k % VITERBI_K7_GROUP == 0 ? least(metric) : off;
        cost_of(soft[2 * k], soft[2 * k + 1], cost);
        decision[k] = step(metric, cost);
        for (size_t s = 0; k % VITERBI_K7_GROUP == VITERBI_K7_GROUP - 1 &&
                           s < VITERBI_K7_STATES;
             s++) {
            metric[s] = (uint8_t)(metric[s] - off);
        }
    }
}

viterbi_k7_steps_fn *viterbi_k7_steps(void)
{
    viterbi_k7_steps_fn *avx512 = viterbi_k7_steps_avx512();
    viterbi_k7_steps_fn *avx2 = viterbi_k7_steps_avx2();

    return avx512 != NULL ? avx512
           : avx2 != NULL ? avx2
                          : viterbi_k7_steps_portable;
}

/* --- backwards --------------------------------------------------------------
 * A way is a register that takes the decision of its lowest six bits, the state
 * after step k, at the bottom: so after the decisions from the last on down to
 * that of step 64 w + 6 it holds the bits 64 w to 64 w + 63.
 */

enum { LAG = 6 };

static inline uint64_t back(uint64_t way, uint64_t decision)
{
    return way << 1 | (decision >> (way % WORD) & 1);
}

/* Words of the first 'lanes' windows; decision[] reaches behind the last. */
static inline void trace_windows(const uint64_t *decision, size_t lanes,
                                 uint64_t *word)
{
    uint64_t way[VITERBI_K7_LANES] = {0};
    size_t k = VITERBI_K7_WINDOW + VITERBI_K7_REACH;

    while (k > VITERBI_K7_WINDOW + LAG) {
        k--;
        for (size_t l = 0; l < lanes; l++) {
            way[l] = back(way[l], decision[l * VITERBI_K7_WINDOW + k]);
        }
    }
    for (size_t w = VITERBI_K7_WINDOW / WORD; w-- > 0;) {
        while (k > w * WORD + LAG) {
            k--;
            for (size_t l = 0; l < lanes; l++) {
                way[l] = back(way[l], decision[l * VITERBI_K7_WINDOW + k]);
            }
        }
        for (size_t l = 0; l < lanes; l++) {
            word[l * VITERBI_K7_WINDOW / WORD + w] = way[l];
        }
    }
}

/* Words of all n bits that are left.  The last six are 0, as is the way before.
 */
static void trace_rest(const uint64_t *decision, size_t n, uint64_t *word)
{
    uint64_t way = 0;

    for (size_t w = (n + WORD - 1) / WORD; w-- > 0;) {
        while (n > w * WORD + LAG) {
            n--;
            way = back(way, decision[n]);
        }
        word[w] = way;
    }
}

/* Bits of a byte to bytes, the first lowest. */
static inline void spread(uint8_t byte, uint8_t *bits)
{
    /* Each of eight copies of the byte keeps a bit of its own. */
    uint64_t x = byte * 0x0101010101010101u & 0x8040201008040201u;

    x = htole64((x + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u);
    memcpy(bits, &x, sizeof x);
}

/* Puts out n bits of word[] as bit 'at' of the block, a multiple of 8, and on.
 */
static inline void put(const uint64_t *word, size_t n, size_t at, bool packed,
                       uint8_t *out)
{
    for (size_t k = 0; k < n; k += 8) {
        uint8_t byte = (uint8_t)(word[k / WORD] >> k % WORD);
        if (packed) {
            out[(at + k) / 8] = byte;
        } else if (k + 8 <= n) {
            spread(byte, out + at + k);
        } else {
            for (size_t b = 0; b < n - k; b++) {
                out[at + k + b] = byte >> b & 1;
            }
        }
    }
}

static inline void decode(struct viterbi_k7 *v, const int8_t *soft, size_t n,
                          bool packed, uint8_t *out)
{
    viterbi_k7_steps_fn *steps = viterbi_k7_steps();
    size_t at = 0;   /* the bit that decision[0] is of */
    size_t held = 0; /* decisions */

    assert(n >= 1);
    viterbi_k7_begin(v->metric);
    for (; n - at > VITERBI_K7_HELD; at += VITERBI_K7_HELD - VITERBI_K7_REACH) {
        steps(v->metric, soft + 2 * (at + held), VITERBI_K7_HELD - held,
              v->decision + held);
        trace_windows(v->decision, VITERBI_K7_LANES, v->word);
        put(v->word, VITERBI_K7_LANES * VITERBI_K7_WINDOW, at, packed, out);
        held = VITERBI_K7_REACH;
        memmove(v->decision, v->decision + VITERBI_K7_HELD - held,
                held * sizeof v->decision[0]);
    }
    steps(v->metric, soft + 2 * (at + held), n - at - held, v->decision + held);
    held = n - at;
    for (; n - at > VITERBI_K7_WINDOW + VITERBI_K7_REACH;
         at += VITERBI_K7_WINDOW) {
        trace_windows(v->decision + (held - (n - at)), 1, v->word);
        put(v->word, VITERBI_K7_WINDOW, at, packed, out);
    }
    trace_rest(v->decision + (held - (n - at)), n - at, v->word);
    put(v->word, n - at, at, packed, out);
}

void viterbi_k7_decode(struct viterbi_k7 *v, const int8_t *soft, size_t n,
                       uint8_t *bits)
{
    decode(v, soft, n, false, bits);
}

void viterbi_k7_decode_packed(struct viterbi_k7 *v, const int8_t *soft,
                              size_t n, uint8_t *bytes)
{
    decode(v, soft, n, true, bytes);
}
