/*
 * lte_chan.c - the filter's coefficients and its use.
 *
 * The delays it expects, in microseconds around the mean: most power within
 * +-0.5 (one path, or a small cell), the rest from -1.5 to 4.5 (hills, ETU).
 */
#include "sdr/fn/lte_rx/lte_chan.h"

#include <math.h>

enum {
    ROW = LTE_CHAN_N + LTE_N_SC, /* system and right-hand sides side by side */
};

static const double noise = 0.2;      /* to power of the channel */
static const double near_share = 0.7; /* of the power */
static const double near_s = 0.5e-6;
static const double far_early_s = -1.5e-6;
static const double far_late_s = 4.5e-6;

static double chan_sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* Correlation of the channel at subcarrier k with that at subcarrier i. */
static double complex chan_correlation(size_t k, size_t i)
{
    double apart_hz = 15e3 * (lte_sc_freq(k) - lte_sc_freq(i));
    double middle_s = (far_early_s + far_late_s) / 2;
    double near = chan_sinc(2 * near_s * apart_hz);
    double far = chan_sinc((far_late_s - far_early_s) * apart_hz);

    return near_share * near +
           (1 - near_share) * far * cexp(-2 * I * M_PI * apart_hz * middle_s);
}

/* Solves in place: a[24][24 of ROW] x = the remaining columns. */
static void chan_solve(double complex a[LTE_CHAN_N][ROW])
{
    /* The matrix is Hermitian and positive definite: no pivoting. */
    for (size_t p = 0; p < LTE_CHAN_N; p++) {
        double complex scale = 1 / a[p][p];
        for (size_t j = p; j < ROW; j++) {
            a[p][j] *= scale;
        }
        for (size_t i = 0; i < LTE_CHAN_N; i++) {
            double complex factor = i == p ? 0 : a[i][p];
            for (size_t j = p; j < ROW; j++) {
                a[i][j] -= factor * a[p][j];
            }
        }
    }
}

void lte_chan_init(struct lte_chan *c)
{
    for (size_t first = 0; first < 3; first++) {
        double complex a[LTE_CHAN_N][ROW];
        for (size_t i = 0; i < LTE_CHAN_N; i++) {
            for (size_t j = 0; j < ROW; j++) {
                size_t k = j < LTE_CHAN_N ? first + 3 * j : j - LTE_CHAN_N;
                a[i][j] = chan_correlation(first + 3 * i, k);
            }
            a[i][i] += noise;
        }
        chan_solve(a);
        for (size_t k = 0; k < LTE_N_SC; k++) {
            for (size_t i = 0; i < LTE_CHAN_N; i++) {
                double complex w = conj(a[i][LTE_CHAN_N + k]);
                c->w[first][k][i] = (float)creal(w) + I * (float)cimag(w);
            }
        }
    }
}

float lte_chan_estimate(const struct lte_chan *c, unsigned first,
                        const float complex p[LTE_CHAN_N],
                        float complex h[LTE_N_SC])
{
    float residue = 0;

    for (size_t k = 0; k < LTE_N_SC; k++) {
        h[k] = 0;
        for (size_t i = 0; i < LTE_CHAN_N; i++) {
            h[k] += c->w[first][k][i] * p[i];
        }
    }
    for (size_t i = 0; i < LTE_CHAN_N; i++) {
        float complex d = p[i] - h[first + 3 * i];
        residue += crealf(d) * crealf(d) + cimagf(d) * cimagf(d);
    }
    return residue / LTE_CHAN_N;
}
