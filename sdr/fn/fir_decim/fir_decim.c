/*
 * fir_decim.c - a packet that is a block of samples is filtered and decimated
 * (C body of fir_decim.v).
 */
#include "fir_decim_csr.h"

#include "core/digest.h"
#include "sdr/fn/fir_decim/fir_decim_some.h"

enum {
    SAMPLE = sizeof(struct iq16),
    LANES = 8, /* of 32 bits, each a pair of products */
    PART = 64, /* samples whose sums the tap sees at a time */
    /* Of 256 bits between two beats: eight samples with all taps. */
    STILL_CLOCKS = 8 * (FIR_DECIM_TAPS + 8),
};

/* What becomes of a block; its mark. */
enum fate { FILTERED, SHORT };

uint32_t fir_decim_some(const struct fir_decim_filter *f, const uint8_t *x,
                        size_t n, uint8_t *y, int64_t (*sums)[2])
{
    int64_t half = (int64_t)1 << f->shift >> 1;
    uint32_t n_clipped = 0;

    for (size_t k = 0; k < n; k++) {
        const uint8_t *from = x + k * f->decimation * SAMPLE;
        int64_t i = half, q = half;
        bool clipped = false;
        struct iq16 out;

        for (size_t t = 0; t < f->n_taps; t++) {
            struct iq16 s;
            memcpy(&s, from + t * SAMPLE, SAMPLE);
            i += (int32_t)f->tap[t] * s.i;
            q += (int32_t)f->tap[t] * s.q;
        }
        if (sums != NULL) {
            sums[k][0] = i;
            sums[k][1] = q;
        }
        out.i = fir_decim_part(i, f->shift, &clipped);
        out.q = fir_decim_part(q, f->shift, &clipped);
        memcpy(y + k * SAMPLE, &out, SAMPLE);
        n_clipped += clipped;
    }
    return n_clipped;
}

void fir_decim_fit(struct fir_decim_filter *f)
{
    int64_t half = (int64_t)1 << f->shift >> 1;
    int64_t lane[LANES] = {0}, all = 0; /* sizes of taps */

    f->fits = true;
    for (size_t t = 0; t < f->n_taps; t++) {
        int64_t size = f->tap[t] < 0 ? -f->tap[t] : f->tap[t];
        int64_t *l = &lane[t / 2 % LANES];
        *l += size;
        all += size;
        f->fits = f->fits && *l * -INT16_MIN <= INT32_MAX;
    }
    f->narrow = all * -INT16_MIN + half <= INT32_MAX;
}

int fir_decim_emit(const struct fir_decim_filter *f, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(FIR_DECIM_TABLE_TAP, 0));

    for (size_t t = 0; t < f->n_taps && err >= 0; t++) {
        err = emit(ctx, CSR_WINDOW_DATA, (uint16_t)f->tap[f->n_taps - 1 - t]);
    }
    err = err < 0 ? err : emit(ctx, FIR_DECIM_N_TAPS, (uint32_t)f->n_taps);
    err = err < 0
              ? err
              : emit(ctx, FIR_DECIM_DECIMATION, (uint32_t)f->decimation - 1);
    return err < 0 ? err : emit(ctx, FIR_DECIM_SHIFT, f->shift);
}

static void filter_of(const struct fn_state *s, struct fir_decim_filter *f)
{
    const struct fir_decim_regs *regs = s->regs;
    const uint32_t *word = s->table[FIR_DECIM_TABLE_TAP];
    uint32_t n = regs->n_taps & FIR_DECIM_N_TAPS_COUNT_MASK;

    memset(f, 0, sizeof *f);
    f->n_taps = n < FIR_DECIM_TAPS ? n : FIR_DECIM_TAPS;
    f->decimation = 1 + (regs->decimation & FIR_DECIM_DECIMATION_LESS_ONE_MASK);
    f->shift = regs->shift & FIR_DECIM_SHIFT_BITS_MASK;
    for (size_t t = 0; t < f->n_taps; t++) {
        f->tap[t] = (int16_t)word[f->n_taps - 1 - t];
    }
    fir_decim_fit(f);
}

/* As fir_decim_some(), and the tap sees the sums, 39 bits each. */
static uint32_t filter_taps(const struct fir_decim_filter *f, const uint8_t *x,
                            size_t n, uint8_t *y, struct fn_taps *taps)
{
    uint32_t n_clipped = 0;

    for (size_t at = 0, part; at < n; at += part) {
        int64_t sums[PART][2];
        part = n - at < PART ? n - at : PART;
        n_clipped += fir_decim_some(f, x + at * f->decimation * SAMPLE, part,
                                    y + at * SAMPLE, sums);
        for (size_t k = 0; k < 2 * part; k++) {
            uint64_t sum = (uint64_t)sums[k / 2][k % 2];
            digest_tap(taps, FIR_DECIM_TAP_SUM,
                       (uint32_t)sum ^ (uint32_t)(sum >> 32) << 25);
        }
    }
    return n_clipped;
}

/* 'y' is what 'x' becomes. */
static void filter(const struct fir_decim_filter *f,
                   struct fir_decim_regs *regs, const struct pkt *x,
                   struct pkt *y, struct fn_taps *taps)
{
    size_t n_in = x->len_bytes / SAMPLE;
    bool enough = f->n_taps > 0 && n_in >= f->n_taps;
    size_t n = enough ? (n_in - f->n_taps) / f->decimation + 1 : 0;
    struct pkt p = *x;

    if (y->data != NULL && y->data != x->data) {
        p.data = y->data;
        p.room_bytes = y->room_bytes;
    }
    if (taps != NULL) {
        regs->n_clipped += filter_taps(f, x->data, n, p.data, taps);
    } else if (f->fits && fir_decim_has_avx2()) {
        regs->n_clipped += fir_decim_some_avx2(f, x->data, n, p.data);
    } else {
        regs->n_clipped += fir_decim_some(f, x->data, n, p.data, NULL);
    }
    regs->n_odd += x->len_bytes % SAMPLE != 0;
    regs->n_filtered += enough;
    regs->n_short += !enough;
    p.len_bytes = (uint32_t)(n * SAMPLE);
    p.mark = enough ? FILTERED : SHORT;
    p.flags |= enough ? 0 : PKT_DROP;
    *y = p;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct fir_decim_filter f;

    filter_of(s, &f);
    for (size_t k = 0; k < in->n; k++) {
        if (pkt_is_done(&x[k])) {
            digest_tap_bytes(taps, FIR_DECIM_TAP_SUM, &x[k]);
            pkt_pass(&y[k], &x[k]);
        } else {
            filter(&f, s->regs, &x[k], &y[k], taps);
        }
    }
    out->n = in->n;
}

static void fir_decim_run(struct fn_state *s, const struct fn_span *in,
                          struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void fir_decim_run_taps(struct fn_state *s, const struct fn_span *in,
                               struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

/* In the order of enum fate; then what came dropped or punted. */
static const char *const verdicts[] = {"filtered", "short", "done", NULL};

static const char *fir_decim_verdict(const struct pkt *p)
{
    bool known = p->mark <= SHORT && pkt_is_done(p) == (p->mark == SHORT);

    return verdicts[known ? p->mark : SHORT + 1];
}

const struct fn fir_decim_fn = {
    .csr = &fir_decim_csr,
    .summary = "decimating FIR filter of blocks of samples",
    .run = fir_decim_run,
    .run_taps = fir_decim_run_taps,
    .still_clocks = STILL_CLOCKS,
    .verdict = fir_decim_verdict,
    .verdicts = verdicts,
    .setup = fir_decim_stimulus_setup,
    .packet = fir_decim_stimulus_packet,
};
