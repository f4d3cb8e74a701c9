/*
 * viterbi_k7.c - packets of soft values become packets of bits (C body of
 * viterbi_k7.v).  The decoder is sdr/dsp/viterbi_k7.h.
 */
#include "sdr/fn/viterbi_k7/viterbi_k7_block.h"

#include "viterbi_k7_csr.h"

#include "core/digest.h"
#include "sdr/dsp/viterbi_k7.h"

enum {
    PART = 256, /* steps whose decisions the tap sees at a time */
    WORD = 4,   /* bytes of a word of bits */
    /* That the RTL body takes to trace a window, and what is less than one. */
    WINDOW_CLOCKS = VITERBI_K7_WINDOW + VITERBI_K7_REACH,
    REST_CLOCKS = VITERBI_K7_WINDOW,
};

/* Soft values, and how many steps of them are decoded. */
struct block {
    const int8_t *soft;
    size_t n;
    enum viterbi_k7_fate fate;
};

static struct block block_of(const struct pkt *p, uint32_t limit)
{
    struct block b = {(const int8_t *)p->data, p->len_bytes / 2,
                      VITERBI_K7_DECODED};

    limit = limit < VITERBI_K7_BLOCK_MAX ? limit : VITERBI_K7_BLOCK_MAX;
    b.fate = p->len_bytes == 0       ? VITERBI_K7_EMPTY
             : p->len_bytes % 2 != 0 ? VITERBI_K7_ODD
             : b.n > limit           ? VITERBI_K7_LONG
                                     : VITERBI_K7_DECODED;
    b.n = b.n < limit ? b.n : limit;
    return b;
}

/* Digest of the decisions of all steps, each folded to a word. */
static uint32_t steps_digest(const struct block *b)
{
    uint8_t metric[VITERBI_K7_STATES];
    uint64_t decision[PART];
    uint32_t words[PART];
    uint32_t digest = 0;

    viterbi_k7_begin(metric);
    for (size_t at = 0, n; at < b->n; at += n) {
        n = b->n - at < PART ? b->n - at : PART;
        viterbi_k7_steps()(metric, b->soft + 2 * at, n, decision);
        for (size_t k = 0; k < n; k++) {
            uint32_t high = (uint32_t)(decision[k] >> 32);
            words[k] = (uint32_t)decision[k] ^ (high << 15 | high >> 17);
        }
        digest = digest_words(digest, words, n);
    }
    return digest;
}

/*
 * Digest of the words of n bits in the order in which they are traced, the last
 * of a window first; each takes its number, too.
 */
static uint32_t trace_digest(const uint8_t *bytes, size_t n)
{
    uint32_t digest = 0;
    size_t n_bytes = (n + 7) / 8;

    for (size_t at = 0, end; at < n; at = end) {
        bool rest = n - at < VITERBI_K7_WINDOW + VITERBI_K7_REACH;
        end = rest ? n : at + VITERBI_K7_WINDOW;
        for (size_t w = (end + 31) / 32; w-- > at / 32;) {
            uint8_t b[WORD] = {0};
            size_t k = w * WORD;
            memcpy(b, bytes + k, n_bytes - k < WORD ? n_bytes - k : WORD);
            digest = digest_word(digest,
                                 ((uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
                                  (uint32_t)b[1] << 8 | b[0]) ^
                                     (uint32_t)w);
        }
    }
    return digest;
}

/* 'y' is what 'x' becomes; returns its fate. */
static enum viterbi_k7_fate decode(struct viterbi_k7 *v, uint32_t limit,
                                   const struct pkt *x, struct pkt *y,
                                   struct fn_taps *taps)
{
    struct block b = block_of(x, limit);
    struct pkt p = *x;

    if (y->data != NULL && y->data != x->data) {
        p.data = y->data;
        p.room_bytes = y->room_bytes;
    }
    if (taps != NULL) {
        digest_tap(taps, VITERBI_K7_TAP_STEPS, steps_digest(&b));
    }
    if (b.n > 0) { /* may be in its place */
        viterbi_k7_decode_packed(v, b.soft, b.n, p.data);
    }
    if (taps != NULL) {
        digest_tap(taps, VITERBI_K7_TAP_TRACE, trace_digest(p.data, b.n));
    }
    p.len_bytes = (uint32_t)((b.n + 7) / 8);
    p.mark = (uint16_t)b.fate;
    p.flags |= b.fate == VITERBI_K7_DECODED ? 0 : PKT_DROP;
    *y = p;
    return b.fate;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    struct viterbi_k7_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    uint32_t n[VITERBI_K7_FATES] = {0};
    struct viterbi_k7 v;

    for (size_t k = 0; k < in->n; k++) {
        if (pkt_is_done(&x[k])) {
            pkt_pass(&y[k], &x[k]);
        } else {
            n[decode(&v, regs->limit & VITERBI_K7_LIMIT_STEPS_MASK, &x[k],
                     &y[k], taps)]++;
        }
    }
    regs->n_decoded += n[VITERBI_K7_DECODED];
    regs->n_odd += n[VITERBI_K7_ODD];
    regs->n_long += n[VITERBI_K7_LONG];
    regs->n_empty += n[VITERBI_K7_EMPTY];
    out->n = in->n;
}

static void viterbi_k7_run(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void viterbi_k7_run_taps(struct fn_state *s, const struct fn_span *in,
                                struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

/* In the order of enum viterbi_k7_fate; then what came dropped or punted. */
static const char *const verdicts[] = {"decoded", "odd",  "long",
                                       "empty",   "done", NULL};

static const char *viterbi_k7_verdict(const struct pkt *p)
{
    bool known = p->mark < VITERBI_K7_FATES &&
                 pkt_is_done(p) == (p->mark != VITERBI_K7_DECODED);

    return verdicts[known ? p->mark : VITERBI_K7_FATES];
}

const struct fn viterbi_k7_fn = {
    .csr = &viterbi_k7_csr,
    .summary = "Viterbi decoder of the rate-1/2 code 133, 171 (802.11)",
    .run = viterbi_k7_run,
    .run_taps = viterbi_k7_run_taps,
    /* Behind the last beat up to two windows may be left, and the rest. */
    .still_clocks = 2 * WINDOW_CLOCKS + REST_CLOCKS,
    .verdict = viterbi_k7_verdict,
    .verdicts = verdicts,
    .setup = viterbi_k7_stimulus_setup,
    .packet = viterbi_k7_stimulus_packet,
};
