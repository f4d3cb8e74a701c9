/*
 * pss_correlate.c - a packet of samples becomes where its half-frames have
 * primary synchronization signals (C body of pss_correlate.v).  The
 * correlations are those of pss_correlate_sizes.c.
 */
#include "pss_correlate_csr.h"

#include "core/digest.h"
#include "sdr/fn/pss_correlate/pss_correlate_block.h"

enum {
    PART = 240,     /* windows at a time */
    LEAD = 63,      /* samples of a window behind its first */
    PEAK_WORDS = 4, /* of the answer for each N_ID2 */
    /* In which a beat of 256 bits, 16 samples, is correlated, and the last
     * window comes to its places. */
    STILL_CLOCKS = 16 * 32 + 80,
};

/* Of one N_ID2, from the sums of all places. */
struct peak {
    uint32_t place, value;
    uint64_t total;
};

/* The sums of a block. */
struct sums {
    uint32_t at[PSS_CORRELATE_PERIOD_MAX][PSS_CORRELATE_IDS];
    struct peak peak[PSS_CORRELATE_IDS];
    uint32_t period, halves;
    uint32_t place, half; /* of the next window */
};

static void begin(struct sums *s, const struct pss_correlate_regs *regs)
{
    uint32_t period = regs->period & PSS_CORRELATE_PERIOD_SAMPLES_MASK;
    uint32_t halves = regs->fold & PSS_CORRELATE_FOLD_HALVES_MASK;

    s->period = period == 0                         ? 1
                : period > PSS_CORRELATE_PERIOD_MAX ? PSS_CORRELATE_PERIOD_MAX
                                                    : period;
    s->halves = halves == 0 ? 1 : halves;
    s->place = 0;
    s->half = 0;
    memset(s->peak, 0, sizeof s->peak);
}

/* Adds a window to its place; in the last half-frame the sums are whole. */
static void add(struct sums *s, const uint32_t size[PSS_CORRELATE_IDS],
                struct fn_taps *taps)
{
    uint32_t *at = s->at[s->place];
    bool whole = s->half + 1 == s->halves;
    uint32_t where = (uint32_t)whole << 31 | s->half << 22 | s->place;

    for (size_t id = 0; id < PSS_CORRELATE_IDS; id++) {
        struct peak *p = &s->peak[id];
        at[id] = size[id] + (s->half == 0 ? 0 : at[id]);
        digest_tap(taps, PSS_CORRELATE_TAP_SIZES, size[id]);
        digest_tap(taps, PSS_CORRELATE_TAP_SUMS, at[id] ^ where);
        if (whole) {
            p->total += at[id];
            if (at[id] > p->value) {
                p->value = at[id];
                p->place = s->place;
            }
        }
    }
    s->place++;
    if (s->place == s->period) {
        s->place = 0;
        s->half++;
    }
}

/* All windows of n samples, as far as they are wanted. */
static void add_all(struct sums *s, const uint8_t *x, size_t n,
                    struct fn_taps *taps)
{
    pss_correlate_sizes_fn *avx2 = pss_correlate_sizes_avx2();
    pss_correlate_sizes_fn *sizes =
        avx2 != NULL ? avx2 : pss_correlate_sizes_portable;
    size_t wanted = (size_t)s->period * s->halves;
    size_t there = n > LEAD ? n - LEAD : 0;
    uint32_t size[PART][PSS_CORRELATE_IDS];

    there = there < wanted ? there : wanted;
    for (size_t at = 0, part; at < there; at += part) {
        part = there - at < PART ? there - at : PART;
        sizes(x + PSS_CORRELATE_SAMPLE * at, part, size);
        for (size_t k = 0; k < part; k++) {
            add(s, size[k], taps);
        }
    }
}

static void put_word(uint8_t *to, uint32_t word, struct fn_taps *taps)
{
    for (unsigned k = 0; k < 4; k++) {
        to[k] = (uint8_t)(word >> 8 * k);
    }
    digest_tap(taps, PSS_CORRELATE_TAP_PEAKS, word);
}

static void put_answer(const struct sums *s, uint8_t *to, struct fn_taps *taps)
{
    for (size_t id = 0; id < PSS_CORRELATE_IDS; id++) {
        const struct peak *p = &s->peak[id];
        const uint32_t word[PEAK_WORDS] = {
            p->place, p->value, (uint32_t)p->total, (uint32_t)(p->total >> 32)};
        for (size_t k = 0; k < PEAK_WORDS; k++, to += 4) {
            put_word(to, word[k], taps);
        }
    }
}

/* 'y' is what 'x' becomes. */
static enum pss_correlate_fate find(const struct pss_correlate_regs *regs,
                                    const struct pkt *x, struct pkt *y,
                                    struct fn_taps *taps)
{
    struct sums s;
    struct pkt p = *x;
    enum pss_correlate_fate fate;

    if (y->data != NULL && y->data != x->data) {
        p.data = y->data;
        p.room_bytes = y->room_bytes;
    }
    begin(&s, regs);
    add_all(&s, x->data, x->len_bytes / PSS_CORRELATE_SAMPLE, taps);
    fate = s.half == s.halves ? PSS_CORRELATE_FOUND : PSS_CORRELATE_SHORT;
    p.len_bytes = 0;
    if (fate == PSS_CORRELATE_FOUND) {
        put_answer(&s, p.data, taps); /* shorter than the block was */
        p.len_bytes = PSS_CORRELATE_ANSWER;
    }
    p.mark = (uint16_t)fate;
    p.flags |= fate == PSS_CORRELATE_FOUND ? 0 : PKT_DROP;
    *y = p;
    return fate;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    struct pss_correlate_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        if (pkt_is_done(&x[k])) {
            digest_tap_bytes(taps, PSS_CORRELATE_TAP_SIZES, &x[k]);
            pkt_pass(&y[k], &x[k]);
        } else if (find(regs, &x[k], &y[k], taps) == PSS_CORRELATE_FOUND) {
            regs->n_blocks++;
        } else {
            regs->n_short++;
        }
    }
    out->n = in->n;
}

static void pss_correlate_run(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void pss_correlate_run_taps(struct fn_state *s, const struct fn_span *in,
                                   struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

/* In the order of enum pss_correlate_fate; then what came dropped or punted. */
static const char *const verdicts[] = {"found", "short", "done", NULL};

static const char *pss_correlate_verdict(const struct pkt *p)
{
    bool is_short = p->mark == PSS_CORRELATE_SHORT && p->len_bytes == 0 &&
                    (p->flags & PKT_DROP) != 0;

    return verdicts[!pkt_is_done(p) ? 0 : is_short ? 1 : 2];
}

const struct fn pss_correlate_fn = {
    .csr = &pss_correlate_csr,
    .summary = "Where half-frames have primary synchronization signals (LTE)",
    .run = pss_correlate_run,
    .run_taps = pss_correlate_run_taps,
    .still_clocks = STILL_CLOCKS,
    .verdict = pss_correlate_verdict,
    .verdicts = verdicts,
    .setup = pss_correlate_stimulus_setup,
    .packet = pss_correlate_stimulus_packet,
};
