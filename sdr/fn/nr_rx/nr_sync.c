/* nr_sync.c - see nr_sync.h. */
#include "sdr/fn/nr_rx/nr_sync.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"

enum {
    SMOOTH = 7, /* subcarriers on either side that a channel is averaged over */
    GROUP = 12, /* reference signals that the channel is flat over */
    N_GROUPS = NR_N_DMRS / GROUP,
    SECOND = 5, /* groups before those of the second symbol that has them */
    THIRD = 7,  /* and before those of the third */
    GROUP_SC = 4 * GROUP, /* subcarriers that a group covers */
};

/* Powers over the mean that noise has; see nr_sync_run(). */
static const float sss_min = 7.0f;
static const float dmrs_min = 1.55f;

void nr_sync_init(struct nr_sync *s)
{
    float d[NR_N_SYNC];

    fft_lanes_init(&s->fft, NR_FFT);
    for (size_t k = 0; k < NR_N_SC; k++) {
        double freq = (double)k - NR_N_SC / 2.0;
        s->advance[k] = lte_phasor(freq * NR_ADVANCE / NR_FFT);
    }
    for (unsigned cell_id = 0; cell_id < NR_N_CELLS; cell_id++) {
        nr_sss(cell_id, d);
        for (size_t k = 0; k < NR_N_SYNC; k++) {
            s->sss[cell_id % 3][k][cell_id / 3] = d[k];
        }
    }
}

/* What makes the block's mean power 1. */
static float scale_of(const float complex *x)
{
    float energy = 0;

    for (size_t n = 0; n < NR_BLOCK; n++) {
        energy += cf_norm(x[n]);
    }
    return energy > 0 ? sqrtf(NR_BLOCK / energy) : 0;
}

void nr_sync_symbols(struct nr_sync *s, const float complex *x,
                     const struct nr_ssb *b)
{
    float scale = scale_of(x + b->at) / NR_FFT;
    float complex turned[NR_FFT];

    nr_turn(-b->turns, turned);
    memset(s->work[0], 0, sizeof s->work[0]);
    for (size_t l = 0; l < NR_SYMBOLS; l++) {
        const float complex *symbol = x + b->at + l * NR_SYMBOL - NR_ADVANCE;
        for (size_t n = 0; n < NR_FFT; n++) {
            float complex v = cf_mul(symbol[n], turned[n]);
            s->work[0][n].re[l] = crealf(v);
            s->work[0][n].im[l] = cimagf(v);
        }
    }
    const struct fft_value *f = fft_lanes_run(&s->fft, s->work[0], s->work[1]);
    for (size_t l = 0; l < NR_SYMBOLS; l++) {
        double turns = b->turns * NR_ADVANCE - b->step * (double)l;
        float complex first = lte_phasor(turns) * scale;
        for (size_t k = 0; k < NR_N_SC; k++) {
            const struct fft_value *bin =
                &f[(k + NR_FFT - NR_N_SC / 2) % NR_FFT];
            s->y[l][k] = cf_mul(cf(bin->re[l], bin->im[l]),
                                cf_mul(first, s->advance[k]));
        }
    }
}

/* The channel by PSS, averaged over neighbours. */
static void channel_by_pss(const struct nr_sync *s, unsigned n_id_2,
                           float complex h[NR_N_SYNC])
{
    float complex sum[NR_N_SYNC + 1] = {0};
    float d[NR_N_SYNC];

    nr_pss(n_id_2, d);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        sum[k + 1] = sum[k] + s->y[0][NR_SYNC_K + k] * d[k];
    }
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        size_t from = k < SMOOTH ? 0 : k - SMOOTH;
        size_t to = k + SMOOTH + 1 < NR_N_SYNC ? k + SMOOTH + 1 : NR_N_SYNC;
        h[k] = (sum[to] - sum[from]) / (float)(to - from);
    }
}

/* The cell whose SSS is the clearest; its power over the mean of noise. */
static float find_sss(const struct nr_sync *s, struct nr_ssb *b)
{
    float re[NR_N_ID_1] = {0}, im[NR_N_ID_1] = {0};
    float complex h[NR_N_SYNC];
    float energy = 0, best = -1;

    channel_by_pss(s, b->n_id_2, h);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        float complex z = cf_mul_conj(s->y[2][NR_SYNC_K + k], h[k]);
        const float *d = s->sss[b->n_id_2][k];
        energy += cf_norm(z);
        for (size_t i = 0; i < NR_N_ID_1; i++) {
            re[i] += crealf(z) * d[i];
            im[i] += cimagf(z) * d[i];
        }
    }
    for (unsigned i = 0; i < NR_N_ID_1; i++) {
        float power = re[i] * re[i] + im[i] * im[i];
        if (power > best) {
            best = power;
            b->cell_id = 3 * i + b->n_id_2;
        }
    }
    return energy > 0 ? best / energy : 0;
}

/* Sums of groups of reference signals 'r', and their power over the mean. */
static float group(const struct nr_sync *s, const uint16_t at[NR_N_DMRS],
                   const float complex r[NR_N_DMRS],
                   float complex sum[N_GROUPS])
{
    float power = 0, energy = 0;

    for (size_t g = 0; g < N_GROUPS; g++) {
        sum[g] = 0;
        for (size_t j = g * GROUP; j < (g + 1) * GROUP; j++) {
            float complex v = s->y[at[j] / NR_N_SC][at[j] % NR_N_SC];
            sum[g] += cf_mul_conj(v, r[j]);
            energy += cf_norm(v);
        }
        power += cf_norm(sum[g]);
    }
    return energy > 0 ? power / energy : 0;
}

/* Sums of the SSS over what groups 1 to 3 of a symbol cover. */
static void group_sss(const struct nr_sync *s, const struct nr_ssb *b,
                      float complex sum[3])
{
    for (size_t k = 0; k < 3; k++) {
        sum[k] = 0;
    }
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        sum[(k + NR_SYNC_K) / GROUP_SC - 1] +=
            s->y[2][NR_SYNC_K + k] * s->sss[b->n_id_2][k][b->cell_id / 3];
    }
}

/*
 * Turns from symbol to symbol: exactly, but for a half, from symbol 1 to 3, and
 * roughly over the symbol between them.
 */
static double find_step(const struct nr_sync *s, const struct nr_ssb *b,
                        const float complex sum[N_GROUPS])
{
    const float complex *second = sum + SECOND, *third = sum + THIRD;
    float complex sss[3], one = 0, two = 0;

    group_sss(s, b, sss);
    for (size_t g = 0; g < SECOND; g++) {
        float complex middle = g == 0   ? second[0]
                               : g == 4 ? second[1]
                                        : sss[g - 1];
        two += cf_mul_conj(third[g], sum[g]);
        one += cf_mul_conj(middle, sum[g]) + cf_mul_conj(third[g], middle);
    }
    double step = (double)cargf(two) / (4 * M_PI);
    return crealf(cf_mul_conj(one, lte_phasor(step))) < 0 ? step + 0.5 : step;
}

/* The block whose reference signals are the clearest, and its step; their power
 * over the mean of noise. */
static float find_dmrs(const struct nr_sync *s, struct nr_ssb *b)
{
    uint16_t at[NR_N_DMRS];
    float best = 0;

    nr_dmrs_at(b->cell_id, at);
    for (unsigned index = 0; index < NR_N_INDEX; index++) {
        float complex r[NR_N_DMRS], sum[N_GROUPS];
        nr_dmrs(b->cell_id, index, r);
        float power = group(s, at, r, sum);
        if (power > best) {
            best = power;
            b->index = index;
            b->step = find_step(s, b, sum);
        }
    }
    return best;
}

bool nr_sync_run(struct nr_sync *s, const float complex *x, struct nr_ssb *b)
{
    b->step = 0;
    nr_sync_symbols(s, x, b);
    if (find_sss(s, b) < sss_min || find_dmrs(s, b) < dmrs_min) {
        return false;
    }
    nr_sync_symbols(s, x, b);
    return true;
}

void nr_sync_offset(struct nr_sync *s, const float complex *x,
                    float complex sent[NR_SYMBOLS][NR_N_SC], struct nr_ssb *b)
{
    float complex turn = 0;

    memset(s->work[0], 0, sizeof s->work[0]);
    for (size_t k = 0; k < NR_N_SC; k++) {
        struct fft_value *bin =
            &s->work[0][(k + NR_FFT - NR_N_SC / 2) % NR_FFT];
        for (size_t l = 0; l < NR_SYMBOLS; l++) {
            bin->re[l] = cimagf(sent[l][k]); /* exchanged: inverse */
            bin->im[l] = crealf(sent[l][k]);
        }
    }
    const struct fft_value *t = fft_lanes_run(&s->fft, s->work[0], s->work[1]);
    float scale = scale_of(x + b->at);
    for (size_t l = 0; l < NR_SYMBOLS; l++) {
        float complex half[2] = {0, 0};
        for (size_t n = 0; n < NR_FFT; n++) {
            float complex v = x[b->at + n + l * NR_SYMBOL] * scale;
            v = cf_mul(v, lte_phasor(-b->turns * (double)n));
            half[n / (NR_FFT / 2)] +=
                cf_mul_conj(v, cf(t[n].im[l], t[n].re[l]));
        }
        turn += cf_mul_conj(half[1], half[0]);
    }
    b->turns += (double)cargf(turn) / (2 * M_PI) / (NR_FFT / 2.0);
}
