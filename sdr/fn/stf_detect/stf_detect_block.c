/*
 * stf_detect_block.c - the arithmetic of stf_detect, a group of samples at a
 * time; bit for bit what stf_detect_front.v, stf_detect_sums.v,
 * stf_detect_ratio.v and the end of stf_detect.v do.
 */
#include "sdr/fn/stf_detect/stf_detect_block.h"

#include "stf_detect_csr.h"

#include "core/digest.h"

enum {
    GROUP = STF_DETECT_GROUP,
    PAST = 16,        /* samples before the group */
    BITS = 4,         /* of a mantissa, beside its sign */
    MANTISSA = 15,    /* the largest */
    JUDGED_BITS = 12, /* of the energy of a window, as it is judged */
    WINDOWS_MAX = 255,
};

/* What is known of a block up to a group. */
struct progress {
    int32_t i[PAST + GROUP], q[PAST + GROUP]; /* mantissas, the group's last */
    uint32_t exponent[3];                     /* the group's first */
    int64_t term[STF_DETECT_WINDOW][STF_DETECT_SUMS]; /* of each group */
    int64_t sum[STF_DETECT_SUMS];                     /* over the window */
    int64_t energy[2]; /* of the last windows, the last first */
    uint32_t at;       /* number of the group */
    uint32_t best;     /* of the candidate that is followed; 0: none */
    uint32_t n_windows;
    struct stf_detect_candidate candidate;
};

/* A window as it is judged: its sums to one scale. */
struct window {
    uint32_t energy;    /* of both ends of the lag, 12 bits */
    int32_t re16, im16; /* at most half the energy */
    int32_t re8, im8;   /* at most the energy */
};

static uint32_t bit_length(uint64_t x)
{
    return x == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(x);
}

static int32_t mantissa(int32_t part, uint32_t exponent)
{
    int32_t m = (part + (1 << exponent >> 1)) >> exponent;

    return m > MANTISSA ? MANTISSA : m;
}

/* The group's mantissas behind those before it, and their exponent. */
static void take_group(struct progress *p, const uint8_t *bytes)
{
    int16_t part[GROUP][2];
    unsigned all = 0;
    uint32_t e;

    memcpy(part, bytes, sizeof part);
    for (size_t k = 0; k < GROUP; k++) {
        for (size_t j = 0; j < 2; j++) {
            all |= (unsigned)(part[k][j] ^ part[k][j] >> 15);
        }
    }
    e = bit_length(all);
    e = e > BITS ? e - BITS : 0;
    memmove(p->i, p->i + GROUP, PAST * sizeof p->i[0]);
    memmove(p->q, p->q + GROUP, PAST * sizeof p->q[0]);
    memmove(p->exponent + 1, p->exponent, 2 * sizeof p->exponent[0]);
    for (size_t k = 0; k < GROUP; k++) {
        p->i[PAST + k] = mantissa(part[k][0], e);
        p->q[PAST + k] = mantissa(part[k][1], e);
    }
    p->exponent[0] = e;
}

/* Sums of x[n] conj(x[n - lag]) over the group, of mantissas. */
static void correlate(const struct progress *p, size_t lag, int32_t *re,
                      int32_t *im)
{
    const int32_t *i = p->i + PAST, *q = p->q + PAST;
    int32_t sum_re = 0, sum_im = 0;

    for (size_t k = 0; k < GROUP; k++) {
        sum_re += i[k] * (i - lag)[k] + q[k] * (q - lag)[k];
        sum_im += q[k] * (i - lag)[k] - i[k] * (q - lag)[k];
    }
    *re = sum_re;
    *im = sum_im;
}

/* The group's sums; the window moves on by it. */
static void add_group(struct progress *p, struct fn_taps *taps)
{
    static const uint8_t back[STF_DETECT_SUMS] = {0, 2, 2, 1, 1}; /* groups */
    int64_t *old = p->term[p->at % STF_DETECT_WINDOW];
    int32_t sum[STF_DETECT_SUMS], zero;

    p->energy[1] = p->energy[0];
    p->energy[0] = p->sum[0];
    correlate(p, 0, &sum[0], &zero);
    correlate(p, 16, &sum[1], &sum[2]);
    correlate(p, 8, &sum[3], &sum[4]);
    for (size_t v = 0; v < STF_DETECT_SUMS; v++) {
        uint32_t shift = p->exponent[0] + p->exponent[back[v]];
        int64_t term = (int64_t)sum[v] * ((int64_t)1 << shift);
        digest_tap(taps, STF_DETECT_TAP_GROUP,
                   ((uint32_t)sum[v] & 0xffff) | shift << 16);
        p->sum[v] += term - old[v];
        old[v] = term;
    }
}

static void scale_window(const struct progress *p, struct window *w,
                         struct fn_taps *taps)
{
    int64_t energy = p->sum[0] + p->energy[1];
    uint32_t length = bit_length((uint64_t)energy);
    uint32_t shift = length > JUDGED_BITS ? length - JUDGED_BITS : 0;
    int32_t r[STF_DETECT_SUMS];

    r[0] = (int32_t)(energy >> shift);
    for (size_t v = 1; v < STF_DETECT_SUMS; v++) {
        r[v] = (int32_t)(p->sum[v] >> shift);
    }
    for (size_t v = 0; v < STF_DETECT_SUMS; v++) {
        digest_tap(taps, STF_DETECT_TAP_WINDOW,
                   ((uint32_t)r[v] & 0xffff) | shift << 16);
    }
    *w = (struct window){(uint32_t)r[0], r[1], r[2], r[3], r[4]};
}

/* 4 (re^2 + im^2) / energy^2 in 1/1024, rounded down. */
static uint32_t rho2(int32_t re, int32_t im, uint32_t energy)
{
    uint32_t power = 4 * (uint32_t)(re * re + im * im); /* below 2^28 */
    uint32_t by = energy * energy;

    if (power >= by) {
        return by == 0 ? 0 : STF_DETECT_RHO_MAX;
    }
    return (uint32_t)(((uint64_t)power << 10) / by);
}

/* The candidate that was followed, if there was one, is over. */
static void end_candidate(struct progress *p,
                          const struct stf_detect_setting *set,
                          struct stf_detect_list *list)
{
    if (p->best > 0 && p->n_windows >= set->plateau) {
        p->candidate.n_windows = p->n_windows;
        if (list->n < STF_DETECT_LIST) {
            list->at[list->n++] = p->candidate;
        } else {
            list->n_lost++;
        }
    }
    p->best = 0;
    p->n_windows = 0;
}

static void judge(struct progress *p, const struct stf_detect_setting *set,
                  struct stf_detect_list *list, struct fn_taps *taps)
{
    uint32_t end = (p->at + 1) * GROUP;
    uint32_t rho16, rho8;
    struct window w;

    scale_window(p, &w, taps);
    rho16 = rho2(w.re16, w.im16, w.energy);
    rho8 = rho2(w.re8, w.im8, w.energy);
    digest_tap(taps, STF_DETECT_TAP_RHO, rho8 << 16 | rho16);
    if (p->at < STF_DETECT_FIRST) {
        return;
    }
    if (rho16 > set->threshold && rho8 * 16 < rho16 * set->veto) {
        p->n_windows += p->n_windows < WINDOWS_MAX;
        if (rho16 > p->best) {
            p->best = rho16;
            p->candidate = (struct stf_detect_candidate){
                .end = end, .rho2 = rho16, .re = w.re16, .im = w.im16};
        }
    }
    if (p->best > 0 && end >= p->candidate.end + STF_DETECT_SETTLE * GROUP) {
        end_candidate(p, set, list);
    }
}

void stf_detect_block(const uint8_t *bytes, size_t n,
                      const struct stf_detect_setting *set,
                      struct stf_detect_list *list, struct fn_taps *taps)
{
    struct progress p = {.at = 0};

    *list = (struct stf_detect_list){.n = 0};
    for (; p.at < n / GROUP; p.at++) {
        take_group(&p, bytes + (size_t)p.at * GROUP * sizeof(struct iq16));
        add_group(&p, taps);
        judge(&p, set, list, taps);
    }
    end_candidate(&p, set, list);
}
