/* lte_sched.c - see lte_sched.h. */
#include "sdr/fn/lte_rx/lte_sched.h"

#include <string.h>

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_seq.h"

enum {
    CRC_BITS = 16,
    COMMON_BITS = LTE_COMMON_CCES * LTE_CCE_BITS,
    COMMON_REGS = LTE_COMMON_CCES * LTE_CCE_REGS,
};

/* A candidate of the common search space, TS 36.213 9.1.1. */
struct candidate {
    uint8_t first, n; /* control channel elements */
};

static const struct candidate candidates[LTE_SCHED_TRIES / 2] = {
    {0, 8}, {8, 8}, {0, 4}, {4, 4}, {8, 4}, {12, 4}};

static void descramble(float *soft, const uint8_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        soft[i] = c[i] ? -soft[i] : soft[i];
    }
}

unsigned lte_sched_cfi(struct lte_subframe *s)
{
    uint16_t re[LTE_PCFICH_RE];
    float soft[LTE_CFI_BITS];
    uint8_t c[LTE_CFI_BITS];
    unsigned best = 0;
    float best_sum = 0;

    lte_pcfich_at(&s->grid, re);
    lte_gold(lte_pcfich_scramble(&s->grid, s->subframe), c, sizeof c);
    if (!lte_subframe_soft(s, re, LTE_PCFICH_RE, soft)) {
        return 0;
    }
    descramble(soft, c, LTE_CFI_BITS);
    for (unsigned cfi = 1; cfi <= 3; cfi++) {
        float sum = 0;
        lte_cfi_bits(cfi, c);
        for (size_t k = 0; k < LTE_CFI_BITS; k++) {
            sum += c[k] ? -soft[k] : soft[k];
        }
        if (best == 0 || sum > best_sum) {
            best = cfi;
            best_sum = sum;
        }
    }
    return best;
}

/* soft[n] may hold a message of 'size' bits. */
static void sched_put(struct lte_viterbi *v, const float *soft, size_t n,
                      unsigned size)
{
    unsigned total = size + CRC_BITS;
    uint8_t order[3 * LTE_TBCC_MAX];
    float sum[3 * LTE_TBCC_MAX] = {0};

    lte_tbcc_order(total, order);
    for (size_t k = 0; k < n; k++) {
        sum[order[k % (3 * total)]] += soft[k];
    }
    lte_viterbi_put(v, sum, total);
}

/* The message of 'size' bits in a block, if it has the SI-RNTI. */
static bool sched_message(uint64_t block, unsigned size, uint64_t *message)
{
    *message = block >> CRC_BITS;
    return (lte_crc16(*message, size) ^ LTE_SI_RNTI) == (block & 0xffff);
}

/* Elements and soft bits of the assignment; false: it has no room. */
static bool sched_data(struct lte_subframe *s, unsigned n_control,
                       struct lte_sched *out)
{
    uint8_t prb[2][LTE_PRB_MAX];

    lte_dci_prbs(&s->grid, &out->dci, prb);
    size_t n = lte_pdsch_at(&s->grid, s->subframe, n_control, prb, out->dci.n,
                            out->re);
    n -= s->grid.ports > 1 ? n % 2 : 0;
    out->n = 2 * n;
    if (n == 0 || !lte_subframe_soft(s, out->re, n, out->soft)) {
        return false;
    }
    lte_gold(lte_pdsch_scramble(&s->grid, s->subframe, LTE_SI_RNTI),
             out->scramble, out->n);
    descramble(out->soft, out->scramble, out->n);
    return true;
}

/* Soft bits of the search space, soft[COMMON_BITS]; its elements. */
static size_t sched_search_space(struct lte_subframe *s, struct lte_sched *out,
                                 float *soft)
{
    size_t n = out->control.n_pdcch;

    n = n / LTE_CCE_REGS < LTE_COMMON_CCES ? n / LTE_CCE_REGS : LTE_COMMON_CCES;
    if (!lte_subframe_soft(s, out->control.pdcch, n * LTE_CCE_REGS * LTE_REG_RE,
                           soft)) {
        return 0;
    }
    lte_gold(lte_pdcch_scramble(&s->grid, s->subframe), out->scramble,
             n * LTE_CCE_BITS);
    descramble(soft, out->scramble, n * LTE_CCE_BITS);
    return n;
}

bool lte_sched_find(struct lte_subframe *s, unsigned cfi, unsigned phich_factor,
                    struct lte_sched *out, struct lte_sched_count *count)
{
    static const enum lte_dci_format formats[2] = {LTE_DCI_1A, LTE_DCI_1C};
    float soft[COMMON_BITS];

    lte_control_at(&s->grid, s->subframe, cfi, phich_factor, &out->control);
    size_t n_cce = sched_search_space(s, out, soft);
    for (size_t k = 0; k < LTE_SCHED_TRIES; k++) {
        const struct candidate *c = &candidates[k / 2];
        if ((size_t)c->first + c->n <= n_cce) {
            out->format[out->viterbi.n] = formats[k % 2];
            sched_put(&out->viterbi, soft + (size_t)LTE_CCE_BITS * c->first,
                      (size_t)LTE_CCE_BITS * c->n,
                      lte_dci_size(&s->grid, formats[k % 2]));
        }
    }
    size_t n_tries = lte_viterbi_run(&out->viterbi);
    for (size_t k = 0; k < n_tries; k++) {
        enum lte_dci_format format = out->format[k];
        uint64_t message;
        if (!sched_message(out->viterbi.bits[k], lte_dci_size(&s->grid, format),
                           &message)) {
            continue;
        }
        count->n_found++;
        if (lte_dci_unpack(&s->grid, format, message, &out->dci) ==
                LTE_DCI_OK &&
            sched_data(s, lte_control_symbols(&s->grid, cfi), out)) {
            return true;
        }
        count->n_refused++;
    }
    return false;
}
