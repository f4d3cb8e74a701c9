/*
 * lte_sss.c - coherent SSS detection, 3GPP TS 36.211 6.11.2; the PSS of the
 * same half-frame is the channel estimate.
 *
 * Cells that share a PSS come out one after the other: the part of each is
 * taken out before the next is looked for.
 */
#include "sdr/fn/lte_rx/lte_sss.h"

#include <math.h>
#include <string.h>

enum {
    SMOOTH = 2,  /* subcarriers on either side that share the channel */
    N_CELLS = 3, /* looked for in each mode */
};

static const float sss_min = 0.15f; /* share of the amplitude that fits */

/* Where the symbols lie, 6.11 and 4.1-4.2, in samples. */
struct sss_mode {
    bool tdd, extended;
    double pss_from_start; /* of the frame to the PSS */
    double sss_to_pss;
};

static const struct sss_mode sss_modes[] = {
    {false, false, 832, 137},
    {false, true, 832, 160},
    {true, false, 2204, 412},
    {true, true, 2272, 480},
};

/* SSS with the channel's phase taken out, of even and odd half-frames. */
struct sss_sum {
    float complex z[2][LTE_N_SYNC];
};

/* What one sequence pair gives. */
struct sss_fit {
    unsigned n_id_1;
    unsigned first; /* half of the frame that the first half-frame is: 0, 1 */
    float complex sum;
};

void lte_sss_init(struct lte_sss_table *t, unsigned n_id_2)
{
    t->n_id_2 = n_id_2;
    for (unsigned n = 0; n < LTE_N_CELLS / 3; n++) {
        lte_sss(3 * n + n_id_2, 0, t->d[n][0]);
        lte_sss(3 * n + n_id_2, 1, t->d[n][1]);
    }
}

/* Smoothed channel from a PSS symbol y[72]; returns its power. */
static float sss_channel(const float complex *y, const float complex *pss,
                         float complex *h)
{
    float power = 0;

    for (int k = 0; k < LTE_N_SYNC; k++) {
        h[k] = 0;
        for (int j = k - SMOOTH; j <= k + SMOOTH; j++) {
            if (j >= 0 && j < LTE_N_SYNC) {
                h[k] += y[j + LTE_SYNC_K] * conjf(pss[j]);
            }
        }
        power += crealf(h[k] * conjf(h[k]));
    }
    return power;
}

/* Adds up all half-frames. */
static void sss_collect(struct lte_ofdm *o, const struct lte_iq *iq,
                        const struct lte_sss_seed *seed, double sss_to_pss,
                        const float complex *pss, struct sss_sum *sum)
{
    double clock = lte_clock(iq, seed->cfo_hz);

    memset(sum, 0, sizeof *sum);
    for (size_t m = 0; (double)m * LTE_HALF_FRAME < 1.01 * (double)iq->n; m++) {
        double at = seed->at + (double)m * LTE_HALF_FRAME * clock;
        float complex y[LTE_N_SC];
        float complex s[LTE_N_SC];
        float complex h[LTE_N_SYNC];
        if (!lte_ofdm_symbol(o, iq, at, seed->cfo_hz, y) ||
            !lte_ofdm_symbol(o, iq, at - sss_to_pss * clock, seed->cfo_hz, s)) {
            continue;
        }
        float power = sss_channel(y, pss, h);
        for (size_t k = 0; power > 0 && k < LTE_N_SYNC; k++) {
            sum->z[m % 2][k] += s[k + LTE_SYNC_K] * conjf(h[k]) / power;
        }
    }
}

static struct sss_fit sss_best(const struct lte_sss_table *t,
                               const struct sss_sum *sum)
{
    struct sss_fit best = {0};

    for (unsigned k = 0; k < 2 * (LTE_N_CELLS / 3); k++) {
        unsigned first = k % 2;
        const float *d0 = t->d[k / 2][first];
        const float *d1 = t->d[k / 2][1 - first];
        float complex v = 0;
        for (size_t i = 0; i < LTE_N_SYNC; i++) {
            v += sum->z[0][i] * d0[i] + sum->z[1][i] * d1[i];
        }
        if (cabsf(v) > cabsf(best.sum)) {
            best = (struct sss_fit){k / 2, first, v};
        }
    }
    return best;
}

/* Takes the part of 'fit' out. */
static void sss_remove(const struct lte_sss_table *t, const struct sss_fit *fit,
                       struct sss_sum *sum)
{
    float complex mean = fit->sum / (2.0f * LTE_N_SYNC);

    for (size_t i = 0; i < LTE_N_SYNC; i++) {
        sum->z[0][i] -= mean * t->d[fit->n_id_1][fit->first][i];
        sum->z[1][i] -= mean * t->d[fit->n_id_1][1 - fit->first][i];
    }
}

static float sss_amplitude(const struct sss_sum *sum)
{
    float total = 0;

    for (size_t i = 0; i < LTE_N_SYNC; i++) {
        total += cabsf(sum->z[0][i]) + cabsf(sum->z[1][i]);
    }
    return total;
}

static struct lte_cand sss_cand(const struct lte_sss_seed *seed,
                                const struct sss_mode *mode,
                                const struct sss_fit *fit, double clock)
{
    double back = mode->pss_from_start + fit->first * (double)LTE_HALF_FRAME;
    double turns = (double)cargf(fit->sum) / (2 * M_PI);

    return (struct lte_cand){
        .id = {.extended = mode->extended},
        .tdd = mode->tdd,
        .cfo_hz = seed->cfo_hz - turns * LTE_RATE_HZ / mode->sss_to_pss,
        .start = seed->at - back * clock,
        .pss = seed->z,
    };
}

size_t lte_sss_find(const struct lte_sss_table *t, struct lte_ofdm *o,
                    const struct lte_iq *iq, const struct lte_sss_seed *seed,
                    struct lte_cand cand[LTE_SSS_MAX])
{
    float complex pss[LTE_N_SYNC];
    double clock = lte_clock(iq, seed->cfo_hz);
    struct sss_sum sum = {0};
    size_t n = 0;

    lte_pss(t->n_id_2, pss);
    for (size_t j = 0; j < LTE_SSS_MAX; j++) {
        const struct sss_mode *mode = &sss_modes[j / N_CELLS];
        if (j % N_CELLS == 0) {
            sss_collect(o, iq, seed, mode->sss_to_pss, pss, &sum);
        }
        float amplitude = sss_amplitude(&sum);
        struct sss_fit fit = sss_best(t, &sum);
        float share = amplitude > 0 ? cabsf(fit.sum) / amplitude : 0;
        if (share > sss_min) {
            cand[n] = sss_cand(seed, mode, &fit, clock);
            cand[n].id.cell_id = (uint16_t)(3 * fit.n_id_1 + t->n_id_2);
            cand[n++].sss = share;
            sss_remove(t, &fit, &sum);
        }
    }
    return n;
}
