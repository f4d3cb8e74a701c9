/*
 * viterbi_tb.c - a block goes round and round: after some laps the
 * metrics of its states are those of a block that has no beginning.
 *
 *      lap 0 (1, ..)         kept           reach
 *   |------------------|------------------|-------->
 *   all states equal    the bits           <-------- traced from state 0
 *
 * All generators tap the newest and the oldest bit, as in sdr/dsp/viterbi_k7.c,
 * so that a butterfly has two costs.  Metrics only grow, at most by 45 a step,
 * of which there are 320 at most.
 */
#include "sdr/dsp/viterbi_tb.h"

#include <string.h>

enum {
    HALF = VITERBI_TB_STATES / 2,
    SOFT_MAX = 15,
    LAG = 6, /* bits of a state */
};

/* 133, 171 and 165 octal with the newest bit in bit 6. */
static const unsigned generator[VITERBI_TB_CODED] = {0133, 0171, 0165};

/* What is coded from state 2 j to j, a row for each bit: all ones or 0. */
struct signs {
    int16_t row[VITERBI_TB_CODED][HALF];
};

static void signs_init(struct signs *s)
{
    for (unsigned k = 0; k < VITERBI_TB_CODED; k++) {
        for (unsigned j = 0; j < HALF; j++) {
            s->row[k][j] = (int16_t)-__builtin_parity(2 * j & generator[k]);
        }
    }
}

/*
 * A step, to out[]; less[s] is 1 when the way into s comes from a state whose
 * oldest bit is 1.  What is coded from 2 j + 1 to j, and from 2 j to j + HALF,
 * is wrong where the other is right.  As loops that a compiler makes vectors
 * of: a bit more that is 1 makes a butterfly's cost less by its soft value.
 */
static void step(const struct signs *s, const int8_t *soft,
                 const int16_t *restrict metric, int16_t *restrict out,
                 uint8_t *restrict less)
{
    int16_t x[VITERBI_TB_CODED];
    int16_t zeros = 0, all = 0; /* cost of three zeros; of all that is wrong */

    for (unsigned k = 0; k < VITERBI_TB_CODED; k++) {
        int v = soft[k] < -SOFT_MAX ? -SOFT_MAX : soft[k];
        x[k] = (int16_t)(v > SOFT_MAX ? SOFT_MAX : v);
        zeros = (int16_t)(zeros + (x[k] > 0 ? x[k] : 0));
        all = (int16_t)(all + (x[k] > 0 ? x[k] : -x[k]));
    }
    for (size_t j = 0; j < HALF; j++) {
        int16_t c = (int16_t)(zeros - (s->row[0][j] & x[0]) -
                              (s->row[1][j] & x[1]) - (s->row[2][j] & x[2]));
        int16_t not_c = (int16_t)(all - c);
        int16_t even = (int16_t)(metric[2 * j] + c);
        int16_t odd = (int16_t)(metric[2 * j + 1] + not_c);
        int16_t even_up = (int16_t)(metric[2 * j] + not_c);
        int16_t odd_up = (int16_t)(metric[2 * j + 1] + c);

        out[j] = odd < even ? odd : even;
        out[j + HALF] = odd_up < even_up ? odd_up : even_up;
        less[j] = odd < even;
        less[j + HALF] = odd_up < even_up;
    }
}

/* Bit s is less[s]: by one product each, bytes' lowest bits become a byte. */
static uint64_t decision_of(const uint8_t less[VITERBI_TB_STATES])
{
    uint64_t decision = 0;

    for (size_t k = 0; k < VITERBI_TB_STATES / 8; k++) {
        uint64_t part;
        memcpy(&part, less + 8 * k, sizeof part);
        decision |= (part * 0x0102040810204080 >> 56) << 8 * k;
    }
    return decision;
}

/*
 * A way takes the decision of its lowest six bits, the state after step k, at
 * the bottom, which is bit k - 6.
 */
static void trace(const uint64_t *decision, size_t n,
                  uint32_t word[VITERBI_TB_WORDS])
{
    uint64_t way = 0;

    memset(word, 0, VITERBI_TB_WORDS * sizeof *word);
    for (size_t k = n + VITERBI_TB_REACH; k-- > LAG;) {
        uint32_t bit = (uint32_t)(decision[k] >> (way % 64) & 1);
        way = way << 1 | bit;
        if (k - LAG < n) {
            word[(k - LAG) / 32] |= bit << (k - LAG) % 32;
        }
    }
}

size_t viterbi_tb_decode(const int8_t *soft, size_t n,
                         uint32_t word[VITERBI_TB_WORDS],
                         uint64_t decision[VITERBI_TB_STEPS_MAX])
{
    size_t lead = (VITERBI_TB_LEAD + n - 1) / n * n;
    size_t n_steps = lead + n + VITERBI_TB_REACH;
    int16_t metric[2][VITERBI_TB_STATES] = {{0}};
    uint64_t kept[VITERBI_TB_KEPT_MAX];
    struct signs signs;

    signs_init(&signs);
    for (size_t t = 0; t < n_steps; t++) {
        uint8_t less[VITERBI_TB_STATES];
        step(&signs, soft + VITERBI_TB_CODED * (t % n), metric[t % 2],
             metric[(t + 1) % 2], less);
        if (t >= lead) {
            kept[t - lead] = decision_of(less);
        }
        if (decision != NULL) {
            decision[t] = decision_of(less);
        }
    }
    trace(kept, n, word);
    return n_steps;
}
