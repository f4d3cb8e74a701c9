/*
 * viterbi_tb.c - packets of soft values become packets of bits (C body of
 * viterbi_tb.v).  The decoder is sdr/dsp/viterbi_tb.c.
 */
#include "sdr/fn/viterbi_tb/viterbi_tb_block.h"

#include "viterbi_tb_csr.h"

#include "core/digest.h"

enum {
    /* In which the RTL body goes forwards: twice the longest block, or nearly,
     * and the reach; or back. */
    STILL_CLOCKS =
        2 * VITERBI_TB_BITS_MAX + VITERBI_TB_REACH + VITERBI_TB_KEPT_MAX + 64,
};

/* Bits of a block, or 0 when it is none. */
static size_t bits_of(const struct pkt *p)
{
    size_t n = p->len_bytes / VITERBI_TB_CODED;

    return p->len_bytes % VITERBI_TB_CODED == 0 && n <= VITERBI_TB_BITS_MAX ? n
                                                                            : 0;
}

/* As in rtl/dsp/viterbi_steps.v. */
static uint32_t folded(uint64_t decision)
{
    uint32_t high = (uint32_t)(decision >> 32);

    return (uint32_t)decision ^ (high << 15 | high >> 17);
}

/* Digest of the decisions of all steps. */
static uint32_t steps_digest(const uint64_t *decision, size_t n)
{
    uint32_t digest = 0;

    for (size_t t = 0; t < n; t++) {
        digest = digest_word(digest, folded(decision[t]));
    }
    return digest;
}

/* Digest of the words of n bits, the last first; each takes its number. */
static uint32_t trace_digest(const uint32_t *word, size_t n)
{
    uint32_t digest = 0;

    for (size_t w = (n + 31) / 32; w-- > 0;) {
        digest = digest_word(digest, word[w] ^ (uint32_t)w);
    }
    return digest;
}

/* 'y' is what 'x' becomes. */
static enum viterbi_tb_fate decode(const struct pkt *x, struct pkt *y,
                                   struct fn_taps *taps)
{
    struct pkt p = *x;
    size_t n = bits_of(x);
    uint32_t word[VITERBI_TB_WORDS] = {0};
    uint64_t decision[VITERBI_TB_STEPS_MAX];

    if (y->data != NULL && y->data != x->data) {
        p.data = y->data;
        p.room_bytes = y->room_bytes;
    }
    if (n > 0) {
        size_t n_steps = viterbi_tb_decode((const int8_t *)x->data, n, word,
                                           taps != NULL ? decision : NULL);
        if (taps != NULL) {
            digest_tap(taps, VITERBI_TB_TAP_STEPS,
                       steps_digest(decision, n_steps));
        }
        digest_tap(taps, VITERBI_TB_TAP_TRACE, trace_digest(word, n));
    }
    p.len_bytes = (uint32_t)((n + 7) / 8);
    for (size_t k = 0; k < p.len_bytes; k++) {
        p.data[k] = (uint8_t)(word[k / 4] >> 8 * (k % 4));
    }
    p.mark = n > 0 ? VITERBI_TB_DECODED : VITERBI_TB_LENGTH;
    p.flags |= n > 0 ? 0 : PKT_DROP;
    *y = p;
    return p.mark;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    struct viterbi_tb_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        if (pkt_is_done(&x[k])) {
            digest_tap_bytes(taps, VITERBI_TB_TAP_STEPS, &x[k]);
            pkt_pass(&y[k], &x[k]);
        } else if (decode(&x[k], &y[k], taps) == VITERBI_TB_DECODED) {
            regs->n_decoded++;
        } else {
            regs->n_length++;
        }
    }
    out->n = in->n;
}

static void viterbi_tb_run(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void viterbi_tb_run_taps(struct fn_state *s, const struct fn_span *in,
                                struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

/* In the order of enum viterbi_tb_fate; then what came dropped or punted. */
static const char *const verdicts[] = {"decoded", "length", "done", NULL};

static const char *viterbi_tb_verdict(const struct pkt *p)
{
    bool length = p->mark == VITERBI_TB_LENGTH && p->len_bytes == 0 &&
                  (p->flags & PKT_DROP) != 0;

    return verdicts[!pkt_is_done(p) ? 0 : length ? 1 : 2];
}

const struct fn viterbi_tb_fn = {
    .csr = &viterbi_tb_csr,
    .summary = "Viterbi decoder of the tail-biting code of LTE (rate 1/3)",
    .run = viterbi_tb_run,
    .run_taps = viterbi_tb_run_taps,
    .still_clocks = STILL_CLOCKS,
    .verdict = viterbi_tb_verdict,
    .verdicts = verdicts,
    .setup = viterbi_tb_stimulus_setup,
    .packet = viterbi_tb_stimulus_packet,
};
