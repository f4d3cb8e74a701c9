/*
 * stf_detect.c - a packet that is a block of samples becomes the list of the
 * short training fields in it (C body of stf_detect.v).  The arithmetic is
 * stf_detect_block.c's.
 */
#include "stf_detect_csr.h"

#include "core/base/bytes.h"
#include "core/digest.h"
#include "sdr/fn/stf_detect/stf_detect_block.h"

enum {
    SAMPLE = sizeof(struct iq16),
    CANDIDATE = STF_DETECT_WORDS * 4, /* bytes */
    /* Behind a block's last beat: its last groups, and the list. */
    STILL_CLOCKS = 160,
};

/* The words of the list; returns their bytes. */
static uint32_t store_list(const struct stf_detect_list *list, uint8_t *to)
{
    for (size_t k = 0; k < list->n; k++) {
        const struct stf_detect_candidate *c = &list->at[k];
        le32_store(to + k * CANDIDATE, c->end);
        le32_store(to + k * CANDIDATE + 4, c->n_windows << 16 | c->rho2);
        le32_store(to + k * CANDIDATE + 8,
                   (uint32_t)c->im << 16 | ((uint32_t)c->re & 0xffff));
    }
    return list->n * CANDIDATE;
}

/* 'y' is what 'x' becomes; returns its fate. */
static enum stf_detect_fate detect(struct stf_detect_regs *regs,
                                   const struct pkt *x, struct pkt *y,
                                   struct fn_taps *taps)
{
    const struct stf_detect_setting set = {
        .threshold = regs->threshold & STF_DETECT_THRESHOLD_RHO2_MASK,
        .veto = regs->veto & STF_DETECT_VETO_PART_MASK,
        .plateau = regs->plateau & STF_DETECT_PLATEAU_WINDOWS_MASK};
    struct stf_detect_list list;
    enum stf_detect_fate fate;
    struct pkt p = *x;

    if (y->data != NULL && y->data != x->data) {
        p.data = y->data;
        p.room_bytes = y->room_bytes;
    }
    stf_detect_block(x->data, x->len_bytes / SAMPLE, &set, &list, taps);
    fate = x->len_bytes % SAMPLE != 0 ? STF_DETECT_ODD
           : list.n > 0               ? STF_DETECT_FOUND
                                      : STF_DETECT_QUIET;
    regs->n_lost += list.n_lost;
    p.len_bytes = store_list(&list, p.data); /* shorter than the block */
    p.mark = (uint16_t)fate;
    p.flags |= fate == STF_DETECT_ODD ? PKT_DROP : 0;
    *y = p;
    return fate;
}

static inline void each(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out, struct fn_taps *taps)
{
    struct stf_detect_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    uint32_t n[STF_DETECT_FATES] = {0};

    for (size_t k = 0; k < in->n; k++) {
        if (pkt_is_done(&x[k])) {
            digest_tap_bytes(taps, STF_DETECT_TAP_GROUP, &x[k]);
            pkt_pass(&y[k], &x[k]);
        } else {
            n[detect(regs, &x[k], &y[k], taps)]++;
        }
    }
    regs->n_found += n[STF_DETECT_FOUND];
    regs->n_quiet += n[STF_DETECT_QUIET];
    regs->n_odd += n[STF_DETECT_ODD];
    out->n = in->n;
}

static void stf_detect_run(struct fn_state *s, const struct fn_span *in,
                           struct fn_span *out)
{
    each(s, in, out, NULL);
}

static void stf_detect_run_taps(struct fn_state *s, const struct fn_span *in,
                                struct fn_span *out, struct fn_taps *taps)
{
    each(s, in, out, taps);
}

/* In the order of enum stf_detect_fate; then what came dropped or punted. */
static const char *const verdicts[] = {"found", "quiet", "odd", "done", NULL};

static const char *stf_detect_verdict(const struct pkt *p)
{
    bool known = p->mark < STF_DETECT_FATES &&
                 pkt_is_done(p) == (p->mark == STF_DETECT_ODD);

    return verdicts[known ? p->mark : STF_DETECT_FATES];
}

const struct fn stf_detect_fn = {
    .csr = &stf_detect_csr,
    .summary = "short training fields of 802.11 in blocks of samples",
    .run = stf_detect_run,
    .run_taps = stf_detect_run_taps,
    .still_clocks = STILL_CLOCKS,
    .verdict = stf_detect_verdict,
    .verdicts = verdicts,
    .setup = stf_detect_stimulus_setup,
    .packet = stf_detect_stimulus_packet,
};
