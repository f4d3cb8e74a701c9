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

#include "sdr/dsp/cf.h"

enum {
    SMOOTH = 2,  /* subcarriers on either side that share the channel */
    N_CELLS = 3, /* looked for in each mode */
    N_HALVES = 16,
    N_ID_1 = LTE_N_CELLS / 3,
};

/* exp(-sss_min) N_ID_1 2: chance to pass by chance. */
static const float sss_min = 9;

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

/* The PSS of all half-frames: smoothed channel, weighted for a sum. */
struct sss_channel {
    uint32_t there; /* bit m */
    float complex h[N_HALVES][LTE_N_SYNC];
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
    float d[LTE_N_SYNC];

    t->n_id_2 = n_id_2;
    for (unsigned n = 0; n < 2 * N_ID_1; n++) {
        lte_sss(3 * (n / 2) + n_id_2, n % 2, d);
        for (size_t k = 0; k < LTE_N_SYNC; k++) {
            t->d[n % 2][k][n / 2] = d[k];
        }
    }
}

static float sss_energy(const float complex *y)
{
    float energy = 0;

    for (size_t k = 0; k < LTE_N_SYNC; k++) {
        energy += cf_norm(y[k + LTE_SYNC_K]);
    }
    return energy;
}

/* Smoothed channel from a PSS symbol y[72]; received energy is 1 then. */
static void sss_smooth(const float complex *y, const float complex *pss,
                       float complex *h)
{
    float energy = sss_energy(y);
    float scale = energy > 0 ? 1 / sqrtf(energy) : 0;

    for (int k = 0; k < LTE_N_SYNC; k++) {
        h[k] = 0;
        for (int j = k - SMOOTH; j <= k + SMOOTH; j++) {
            if (j >= 0 && j < LTE_N_SYNC) {
                h[k] += cf_mul_conj(y[j + LTE_SYNC_K], pss[j]) * scale;
            }
        }
    }
}

static void sss_channels(struct lte_ofdm *o, const struct lte_iq *iq,
                         const struct lte_sss_seed *seed, unsigned n_id_2,
                         struct sss_channel *c)
{
    double period = LTE_HALF_FRAME * lte_clock(iq, seed->cfo_hz);
    float complex pss[LTE_N_SYNC];
    float complex y[N_HALVES][LTE_N_SC];
    double at[N_HALVES];

    lte_pss(n_id_2, pss);
    for (size_t m = 0; m < N_HALVES; m++) {
        at[m] = seed->at + (double)m * period;
    }
    c->there = lte_ofdm_symbols(o, iq, at, N_HALVES, seed->cfo_hz, y);
    for (size_t m = 0; m < N_HALVES; m++) {
        if ((c->there >> m & 1) != 0) {
            sss_smooth(y[m], pss, c->h[m]);
        }
    }
}

/* Adds up all half-frames. */
static void sss_collect(struct lte_ofdm *o, const struct lte_iq *iq,
                        const struct lte_sss_seed *seed, double sss_to_pss,
                        const struct sss_channel *c, struct sss_sum *sum)
{
    double clock = lte_clock(iq, seed->cfo_hz);
    float complex y[N_HALVES][LTE_N_SC];
    double at[N_HALVES];

    memset(sum, 0, sizeof *sum);
    for (size_t m = 0; m < N_HALVES; m++) {
        at[m] = seed->at + ((double)m * LTE_HALF_FRAME - sss_to_pss) * clock;
    }
    uint32_t there =
        c->there & lte_ofdm_symbols(o, iq, at, N_HALVES, seed->cfo_hz, y);
    for (size_t m = 0; m < N_HALVES; m++) {
        const float complex *s = y[m];
        if ((there >> m & 1) == 0) {
            continue;
        }
        float energy = sss_energy(s);
        float scale = energy > 0 ? 1 / sqrtf(energy) : 0;
        for (size_t k = 0; k < LTE_N_SYNC; k++) {
            sum->z[m % 2][k] +=
                cf_mul_conj(s[k + LTE_SYNC_K], c->h[m][k]) * scale;
        }
    }
}

/* Adds z[62] times the sequences of one half to re[168] and im[168]. */
static void sss_products(const float d[LTE_N_SYNC][N_ID_1],
                         const float complex *z, float *restrict re,
                         float *restrict im)
{
    for (size_t k = 0; k < LTE_N_SYNC; k++) {
        const float *restrict row = d[k];
        float a = crealf(z[k]), b = cimagf(z[k]);
        for (size_t n = 0; n < N_ID_1; n++) {
            re[n] += a * row[n];
            im[n] += b * row[n];
        }
    }
}

static struct sss_fit sss_best(const struct lte_sss_table *t,
                               const struct sss_sum *sum)
{
    struct sss_fit best = {0};

    for (unsigned first = 0; first < 2; first++) {
        float re[N_ID_1] = {0};
        float im[N_ID_1] = {0};
        sss_products(t->d[first], sum->z[0], re, im);
        sss_products(t->d[1 - first], sum->z[1], re, im);
        for (unsigned n = 0; n < N_ID_1; n++) {
            if (cf_norm(cf(re[n], im[n])) > cf_norm(best.sum)) {
                best = (struct sss_fit){n, first, cf(re[n], im[n])};
            }
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
        sum->z[0][i] -= mean * t->d[fit->first][i][fit->n_id_1];
        sum->z[1][i] -= mean * t->d[1 - fit->first][i][fit->n_id_1];
    }
}

/* Sum of squares: what a sum of random signs has on average. */
static float sss_scatter(const struct sss_sum *sum)
{
    float total = 0;

    for (size_t i = 0; i < LTE_N_SYNC; i++) {
        total += cf_norm(sum->z[0][i]) + cf_norm(sum->z[1][i]);
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
    double clock = lte_clock(iq, seed->cfo_hz);
    struct sss_channel channel;
    struct sss_sum sum = {0};
    size_t n = 0;

    sss_channels(o, iq, seed, t->n_id_2, &channel);
    for (size_t j = 0; j < LTE_SSS_MAX; j++) {
        const struct sss_mode *mode = &sss_modes[j / N_CELLS];
        if (j % N_CELLS == 0) {
            sss_collect(o, iq, seed, mode->sss_to_pss, &channel, &sum);
        }
        float scatter = sss_scatter(&sum);
        struct sss_fit fit = sss_best(t, &sum);
        float evidence = scatter > 0 ? cf_norm(fit.sum) / scatter : 0;
        if (evidence > sss_min) {
            cand[n] = sss_cand(seed, mode, &fit, clock);
            cand[n].id.cell_id = (uint16_t)(3 * fit.n_id_1 + t->n_id_2);
            cand[n++].sss = evidence;
            sss_remove(t, &fit, &sum);
        }
    }
    return n;
}
