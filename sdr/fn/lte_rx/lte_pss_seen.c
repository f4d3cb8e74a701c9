/* lte_pss_seen.c - see lte_pss_seen.h. */
#include "sdr/fn/lte_rx/lte_pss_seen.h"

#include <math.h>

#include "core/base/bytes.h"
#include "sdr/dsp/cf.h"

enum {
    ANSWER = 16, /* bytes for each N_ID2: place, its sum, all sums */
    N_IDS = 3,
    AROUND = 32,       /* samples on either side that make the level */
    TURN_AFRESH = 256, /* samples after which rounding is forgotten */
};

/* A level at which noise does not clip: parts have this deviation. */
static const float level = 28;
/* Mean size of noise, Rayleigh distributed, of mean power 1. */
static const double noise = 0.8862;

/* Turns the first samples back by 'cfo_hz' and halves their rate, into s->line;
 * false: there are too few. */
static bool to_line(struct lte_pss_seen *s, const struct lte_iq *iq,
                    double cfo_hz)
{
    float complex part[TURN_AFRESH];
    double turns = -cfo_hz / LTE_RATE_HZ;
    float complex step = lte_phasor(turns);
    size_t n = 0;

    if (!decimate_init(&s->low, LTE_SEEN_RATE)) {
        return false;
    }
    for (size_t at = 0; n < LTE_SEEN_BLOCK; at += TURN_AFRESH) {
        if (at + TURN_AFRESH > iq->n) {
            return false;
        }
        float complex w = lte_phasor(turns * (double)at);
        for (size_t k = 0; k < TURN_AFRESH; k++) {
            part[k] = cf_mul(iq->x[at + k], w);
            w = cf_mul(w, step);
        }
        n += decimate_push(&s->low, part, TURN_AFRESH, s->line + n);
    }
    return true;
}

static int8_t to_int8(float part)
{
    return (int8_t)lrintf(fminf(fmaxf(part, -127), 127));
}

/* Each sample is divided by the level around it: what is sent varies, and a
 * loud stretch has large correlations with anything. */
static void to_block(struct lte_pss_seen *s)
{
    double sum = 0;

    for (size_t k = 0; k < LTE_SEEN_BLOCK + AROUND; k++) {
        sum += k < LTE_SEEN_BLOCK ? (double)cf_norm(s->line[k]) : 0;
        sum -=
            k > 2 * AROUND ? (double)cf_norm(s->line[k - 2 * AROUND - 1]) : 0;
        if (k >= AROUND) {
            size_t at = k - AROUND;
            size_t first = at < AROUND ? 0 : at - AROUND;
            size_t end = k < LTE_SEEN_BLOCK ? k + 1 : LTE_SEEN_BLOCK;
            float scale =
                sum > 0 ? level * (float)sqrt(2 * (double)(end - first) / sum)
                        : 0;
            s->block[at][0] = to_int8(crealf(s->line[at]) * scale);
            s->block[at][1] = to_int8(cimagf(s->line[at]) * scale);
        }
    }
}

/* What a place has at least, in units of the mean of all, with a signal of
 * 'pss_min': half as far above it as such a one, for it may fade. */
static double least_peak(float pss_min)
{
    double n = (double)LTE_PSS_MAX / LTE_HALF_FRAME;
    double power = 1 + (double)pss_min / sqrt(n); /* in units of noise */

    return (1 + sqrt(power) / noise) / 2;
}

static bool is_peak(const uint8_t *answer, double least)
{
    double sum = le32_load(answer + 4);
    double all = le32_load(answer + 8) + 0x1p32 * le32_load(answer + 12);

    return sum * LTE_SEEN_PERIOD > all * least;
}

unsigned lte_pss_seen(struct lte_pss_seen *s, const struct lte_iq *iq,
                      double cfo_hz, float pss_min)
{
    struct pkt answer = {0};
    struct pkt block = {.data = (uint8_t *)s->block,
                        .len_bytes = sizeof s->block,
                        .room_bytes = sizeof s->block};
    struct fn_span in = {.type = FN_PKT, .items = &block, .n = 1, .cap = 1};
    struct fn_span out = {.type = FN_PKT, .items = &answer, .cap = 1};
    double least = least_peak(pss_min);
    unsigned seen = 0;

    if (s->kernel == NULL || !to_line(s, iq, cfo_hz)) {
        return LTE_SEEN_ALL;
    }
    to_block(s);
    if (!s->kernel->run(s->kernel->ctx, &in, &out) ||
        answer.len_bytes < N_IDS * ANSWER) {
        return LTE_SEEN_ALL;
    }
    for (unsigned k = 0; k < N_IDS; k++) {
        seen |= is_peak(answer.data + (size_t)k * ANSWER, least) ? 1U << k : 0;
    }
    return seen;
}
