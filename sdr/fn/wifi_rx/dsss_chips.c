/*
 * dsss_chips.c - interpolation, least squares, equalizer.
 *
 * Half chip number h of those loaded lies h - DSSS_TAPS / 2 half chips behind
 * the first chip's middle; it is [h % 2][h / 2].
 */
#include "sdr/fn/wifi_rx/dsss_chips.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

enum {
    L = DSSS_TAPS,
    BACK = DSSS_FILTER / 2 - 1, /* samples before the place */
    RENEW = 32, /* samples after which the carrier's turn is computed anew */
    PART = 16,  /* chips made at once */
};

_Static_assert(L % 4 == 0, "the first tap is on the chips' grid");

static const float loading = 1e-4f; /* of the power: the band has empty parts */

void dsss_chips_init(struct dsss_chips *c)
{
    for (int f = 0; f <= DSSS_FRACTIONS; f++) {
        double sum = 0;
        for (int k = 0; k < DSSS_FILTER; k++) {
            double t = k - BACK - (double)f / DSSS_FRACTIONS;
            double window = 0.5 + 0.5 * cos(M_PI * t / (BACK + 1));
            double tap = fabs(t) < 1e-9        ? 1
                         : fabs(t) >= BACK + 1 ? 0
                                               : sin(M_PI * t) / (M_PI * t);
            c->filter[f][k] = (float)(tap * window);
            sum += tap * window;
        }
        for (int k = 0; k < DSSS_FILTER; k++) {
            c->filter[f][k] /= (float)sum;
        }
    }
}

static double first_half(const struct dsss_place *p)
{
    return p->at - p->chip * (L / 4.0);
}

void dsss_chips_span(const struct dsss_place *p, size_t n, long *first,
                     long *end)
{
    double from = first_half(p);

    *first = (long)floor(from) - BACK;
    *end = (long)floor(from + p->chip * ((double)n + L / 2.0)) + 1 +
           DSSS_FILTER - BACK;
}

/* x[first .. end - 1] without its carrier offset. */
static void turn_back(struct dsss_chips *c, const float complex *x,
                      const struct dsss_place *p, long first, long end)
{
    float complex step = cf_polar(-p->cfo);

    for (long k = first; k < end; k += RENEW) {
        double phase = (double)p->cfo * ((double)k - p->zero);
        float complex turn = cf_polar((float)-fmod(phase, 2 * M_PI));
        for (long j = k; j < k + RENEW && j < end; j++) {
            float complex y = cf_mul(x[j], turn);
            c->turned_re[j - first] = crealf(y);
            c->turned_im[j - first] = cimagf(y);
            turn = cf_mul(turn, step);
        }
    }
}

static float filtered(const float *restrict x, const float *restrict filter)
{
    float part[4] = {0};

    for (size_t k = 0; k < DSSS_FILTER; k += 4) {
        for (size_t j = 0; j < 4; j++) {
            part[j] += x[k + j] * filter[k + j];
        }
    }
    return (part[0] + part[1]) + (part[2] + part[3]);
}

void dsss_chips_load(struct dsss_chips *c, const float complex *x,
                     const struct dsss_place *p, size_t n)
{
    double at = first_half(p), step = p->chip / 2;
    long first, end;

    dsss_chips_span(p, n, &first, &end);
    turn_back(c, x, p, first, end);
    at -= (double)(first + BACK);
    for (size_t h = 0; h < 2 * n + L; h++) {
        double t = at + (double)h * step;
        size_t whole = (size_t)t;
        size_t f = (size_t)((t - (double)whole) * DSSS_FRACTIONS + 0.5);
        c->re[h % 2][h / 2] = filtered(c->turned_re + whole, c->filter[f]);
        c->im[h % 2][h / 2] = filtered(c->turned_im + whole, c->filter[f]);
    }
}

static float complex loaded(const struct dsss_chips *c, size_t h)
{
    return cf(c->re[h % 2][h / 2], c->im[h % 2][h / 2]);
}

/* sum over the chips k of conj(y[2 k + i]) y[2 k + j] */
static float complex product(const struct dsss_chips *c, size_t i, size_t j,
                             size_t n)
{
    const float *a_re = c->re[i % 2] + i / 2, *a_im = c->im[i % 2] + i / 2;
    const float *b_re = c->re[j % 2] + j / 2, *b_im = c->im[j % 2] + j / 2;
    float re[4] = {0}, im[4] = {0};

    for (size_t k = 0; k + 4 <= n; k += 4) {
        for (size_t m = 0; m < 4; m++) {
            re[m] += a_re[k + m] * b_re[k + m] + a_im[k + m] * b_im[k + m];
            im[m] += a_re[k + m] * b_im[k + m] - a_im[k + m] * b_re[k + m];
        }
    }
    return cf((re[0] + re[1]) + (re[2] + re[3]),
              (im[0] + im[1]) + (im[2] + im[3]));
}

/*
 * r[i][j], j <= i: covariance of the half chips over the chips.  Two rows are
 * summed; two further down and to the right a value differs only by the ends.
 */
static void covariance(const struct dsss_chips *c, size_t n,
                       float complex r[L][L])
{
    for (size_t i = 0; i < L; i++) {
        for (size_t j = 0; j <= i && j < 2; j++) {
            r[i][j] = product(c, i, j, n);
        }
        for (size_t j = 2; j <= i; j++) {
            r[i][j] = r[i - 2][j - 2] +
                      cf_mul_conj(loaded(c, 2 * n + j - 2),
                                  loaded(c, 2 * n + i - 2)) -
                      cf_mul_conj(loaded(c, j - 2), loaded(c, i - 2));
        }
    }
}

/* Solves r w = b in place, r by its lower triangle (Cholesky); false: r is not
 * positive definite. */
static bool solve(float complex r[L][L], float complex *b)
{
    for (size_t j = 0; j < L; j++) {
        float d = crealf(r[j][j]);
        for (size_t k = 0; k < j; k++) {
            d -= cf_norm(r[j][k]);
        }
        if (!(d > 0)) {
            return false;
        }
        float scale = 1 / sqrtf(d);
        r[j][j] = scale;
        for (size_t i = j + 1; i < L; i++) {
            float complex sum = r[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= cf_mul_conj(r[i][k], r[j][k]);
            }
            r[i][j] = sum * scale;
        }
    }
    for (size_t i = 0; i < L; i++) {
        for (size_t k = 0; k < i; k++) {
            b[i] -= cf_mul(r[i][k], b[k]);
        }
        b[i] *= crealf(r[i][i]);
    }
    for (size_t i = L; i-- > 0;) {
        for (size_t k = i + 1; k < L; k++) {
            b[i] -= cf_mul_conj(b[k], r[k][i]);
        }
        b[i] *= crealf(r[i][i]);
    }
    return true;
}

float dsss_chips_learn(struct dsss_chips *c, const float complex *sent,
                       size_t n)
{
    float complex r[L][L], p[L], w[L];
    float power = 0, trace = 0, left;

    n -= n % 4;
    covariance(c, n, r);
    for (size_t i = 0; i < L; i++) {
        p[i] = 0;
        for (size_t k = 0; k < n; k++) {
            p[i] += cf_mul_conj(sent[k], loaded(c, 2 * k + i));
        }
        trace += crealf(r[i][i]);
    }
    for (size_t i = 0; i < L; i++) {
        r[i][i] += loading * trace / L;
        w[i] = p[i];
    }
    for (size_t k = 0; k < n; k++) {
        power += cf_norm(sent[k]);
    }
    if (!solve(r, w)) {
        return 1;
    }
    left = power;
    for (size_t i = 0; i < L; i++) {
        left -= crealf(cf_mul_conj(w[i], p[i]));
    }
    if (!(left > 0 && left < power)) { /* not finite, or too good */
        left = left <= 0 ? 0 : power;
    }
    memcpy(c->tap, w, sizeof w);
    return left / power;
}

/* Adds to sums[PART] a tap times half chips. */
static void add_tap(float complex tap, const float *restrict re,
                    const float *restrict im, float *restrict sum_re,
                    float *restrict sum_im)
{
    float a = crealf(tap), b = cimagf(tap);

    for (size_t k = 0; k < PART; k++) {
        sum_re[k] += a * re[k] - b * im[k];
        sum_im[k] += a * im[k] + b * re[k];
    }
}

void dsss_chips_make(const struct dsss_chips *c, size_t from, size_t n,
                     bool half, float complex *z)
{
    for (size_t at = 0; at < n; at += PART) {
        float re[PART] = {0}, im[PART] = {0};
        size_t part = n - at < PART ? n - at : PART;
        for (size_t i = 0; i < L; i++) {
            size_t h = i + half;
            add_tap(c->tap[i], c->re[h % 2] + h / 2 + from + at,
                    c->im[h % 2] + h / 2 + from + at, re, im);
        }
        for (size_t k = 0; k < part; k++) {
            z[at + k] = cf(re[k], im[k]);
        }
    }
}
