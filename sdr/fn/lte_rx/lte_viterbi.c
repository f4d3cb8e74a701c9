/* lte_viterbi.c - see lte_viterbi.h. */
#include "sdr/fn/lte_rx/lte_viterbi.h"

#include <assert.h>
#include <math.h>

#include "sdr/dsp/viterbi_tb.h"

enum { SOFT_MAX = 15 }; /* what is more counts as this */

_Static_assert((int)LTE_TBCC_MAX <= (int)VITERBI_TB_BITS_MAX, "blocks fit");

/* Mean size that soft values are given: in noise one of 20 is then cut. */
static const float level = 5;

void lte_viterbi_put(struct lte_viterbi *v, const float *soft, unsigned n)
{
    int8_t *to = v->soft[v->n];
    float total = 0, known = 0;

    assert(v->n < LTE_VITERBI_BLOCKS && n >= LTE_TBCC_MIN && n <= LTE_TBCC_MAX);
    for (unsigned k = 0; k < 3 * n; k++) {
        total += fabsf(soft[k]);
        known += soft[k] != 0 ? 1.0f : 0;
    }
    float scale = total > 0 ? -level * known / total : 0;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < n; k++) {
            float x = soft[i * n + k] * scale;
            x = x > -SOFT_MAX ? x : -SOFT_MAX;
            to[3 * k + i] = (int8_t)lrintf(x < SOFT_MAX ? x : SOFT_MAX);
        }
    }
    v->n_bits[v->n++] = n;
}

/* The first n of 'word', the first highest. */
static uint64_t turned(const uint32_t *word, unsigned n)
{
    uint64_t bits = 0;

    for (unsigned k = 0; k < n; k++) {
        bits = bits << 1 | (word[k / 32] >> k % 32 & 1);
    }
    return bits;
}

/* By the function, which packs bits; false when it does not answer. */
static bool ask(struct lte_viterbi *v)
{
    struct pkt block[LTE_VITERBI_BLOCKS], answer[LTE_VITERBI_BLOCKS] = {{0}};
    struct fn_span in = {
        .type = FN_PKT, .items = block, .n = v->n, .cap = v->n};
    struct fn_span out = {.type = FN_PKT, .items = answer, .cap = v->n};

    for (size_t k = 0; k < v->n; k++) {
        block[k] = (struct pkt){.data = (uint8_t *)v->soft[k],
                                .len_bytes = 3 * v->n_bits[k],
                                .room_bytes = 3 * v->n_bits[k]};
    }
    if (!v->kernel->run(v->kernel->ctx, &in, &out)) {
        return false;
    }
    for (size_t k = 0; k < v->n; k++) {
        uint32_t word[VITERBI_TB_WORDS] = {0};

        if (answer[k].len_bytes != (v->n_bits[k] + 7) / 8) {
            return false;
        }
        for (size_t i = 0; i < answer[k].len_bytes; i++) {
            word[i / 4] |= (uint32_t)answer[k].data[i] << 8 * (i % 4);
        }
        v->bits[k] = turned(word, v->n_bits[k]);
    }
    return true;
}

size_t lte_viterbi_run(struct lte_viterbi *v)
{
    size_t n = v->n;

    if (v->kernel == NULL || n == 0 || !ask(v)) {
        for (size_t k = 0; k < n; k++) {
            uint32_t word[VITERBI_TB_WORDS];
            (void)viterbi_tb_decode(v->soft[k], v->n_bits[k], word, NULL);
            v->bits[k] = turned(word, v->n_bits[k]);
        }
    }
    v->n = 0;
    return n;
}
