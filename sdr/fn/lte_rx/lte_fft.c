/*
 * lte_fft.c - see lte_fft.h.  With n = 128 a + b and k = k1 + factor k2:
 * 'factor' points over a for each b, a turn by b k1, then 128 points over b,
 * which lte_dft does.
 */
#include "sdr/fn/lte_rx/lte_fft.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/fn/lte_rx/lte_dft.h"

_Static_assert((int)LTE_FACTOR_MAX <= (int)LTE_DFT_BLOCKS, "rows at once");

enum {
    COLUMNS = LTE_FFT,
    ADVANCE = 2, /* at 1.92 Msps: the window begins inside the prefix */
    RADIX_MAX = 5,
};

struct lte_fft {
    unsigned factor;
    unsigned row[LTE_FACTOR_MAX];                /* where k1 comes to lie */
    float complex turn[LTE_FACTOR_MAX][COLUMNS]; /* by row */
    float complex step[COLUMNS];                 /* of the carrier offset */
    struct lte_dft rows;
};

static unsigned fft_radix(unsigned length)
{
    return length % 2 == 0 ? 2 : length % 3 == 0 ? 3 : length % 5 == 0 ? 5 : 0;
}

bool lte_fft_factor_valid(unsigned factor)
{
    unsigned left = factor;

    while (left > 1 && fft_radix(left) != 0) {
        left /= fft_radix(left);
    }
    return factor >= 1 && factor <= LTE_FACTOR_MAX && left == 1;
}

/* The digits of 'row' read the other way: which k1 it holds in the end. */
static unsigned fft_k1(unsigned factor, unsigned row)
{
    unsigned k1 = 0, weight = 1;

    for (unsigned length = factor; length > 1;) {
        unsigned radix = fft_radix(length);
        length /= radix;
        k1 += row / length * weight;
        row %= length;
        weight *= radix;
    }
    return k1;
}

int lte_fft_open(struct lte_fft **out)
{
    struct lte_fft *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return ERR_NO_MEM;
    }
    if (lte_dft_open(&f->rows) < 0) {
        lte_fft_close(f);
        return ERR_NO_MEM;
    }
    *out = f;
    return 0;
}

void lte_fft_close(struct lte_fft *f)
{
    if (f != NULL) {
        lte_dft_close(&f->rows);
    }
    free(f);
}

void lte_fft_lend(struct lte_fft *f, const struct fn_kernel *kernel)
{
    f->rows.kernel = kernel;
}

void lte_fft_set(struct lte_fft *f, unsigned factor)
{
    assert(lte_fft_factor_valid(factor));
    if (f->factor == factor) {
        return;
    }
    f->factor = factor;
    for (unsigned r = 0; r < factor; r++) {
        unsigned k1 = fft_k1(factor, r);
        f->row[k1] = r;
        for (unsigned b = 0; b < COLUMNS; b++) {
            f->turn[r][b] = lte_phasor(-(double)(b * k1) / (COLUMNS * factor));
        }
    }
}

/* rows[radix] of what is 'apart': their sums with all turns, then by 'twist'.
 */
static void fft_butterfly(float complex *rows, size_t apart, unsigned radix,
                          const float complex *twist)
{
    float complex root[RADIX_MAX];

    for (unsigned i = 0; i < radix; i++) {
        root[i] = lte_phasor(-(double)i / radix);
    }
    for (unsigned b = 0; b < COLUMNS; b++) {
        float complex in[RADIX_MAX];
        for (unsigned i = 0; i < radix; i++) {
            in[i] = rows[i * apart + b];
        }
        for (unsigned q = 0; q < radix; q++) {
            float complex sum = in[0];
            for (unsigned i = 1; i < radix; i++) {
                sum += cf_mul(in[i], root[i * q % radix]);
            }
            rows[q * apart + b] = cf_mul(sum, twist[q]);
        }
    }
}

/* The same for radix 2. */
static void fft_butterfly2(float complex *restrict low,
                           float complex *restrict high, float complex twist)
{
    for (unsigned b = 0; b < COLUMNS; b++) {
        float complex u = low[b];
        float complex v = high[b];
        low[b] = u + v;
        high[b] = cf_mul(u - v, twist);
    }
}

/* 'factor' points over the rows, in place, digits reversed. */
static void fft_columns(struct lte_fft *f)
{
    for (unsigned length = f->factor; length > 1;) {
        unsigned radix = fft_radix(length);
        unsigned part = length / radix;
        for (unsigned base = 0; base < f->factor; base += length) {
            for (unsigned j = 0; j < part; j++) {
                float complex twist[RADIX_MAX];
                for (unsigned q = 0; q < radix; q++) {
                    twist[q] = lte_phasor(-(double)(j * q) / length);
                }
                if (radix == 2) {
                    fft_butterfly2(f->rows.in[base + j],
                                   f->rows.in[base + j + part], twist[1]);
                } else {
                    fft_butterfly(f->rows.in[base + j], (size_t)part * COLUMNS,
                                  radix, twist);
                }
            }
        }
        length = part;
    }
}

static float fft_clean(float part)
{
    return part > -1e6f && part < 1e6f ? part : 0;
}

/* 128 n samples, turned by 'turns' each, the first by 'turns' * first. */
static void fft_load(struct lte_fft *f, const float complex *x, double first,
                     double turns)
{
    for (unsigned b = 0; b < COLUMNS; b++) {
        f->step[b] = lte_phasor(turns * b);
    }
    for (unsigned a = 0; a < f->factor; a++) {
        float complex w = lte_phasor(turns * (first + (double)(a * COLUMNS)));
        for (unsigned b = 0; b < COLUMNS; b++) {
            float complex v = x[a * COLUMNS + b];
            f->rows.in[a][b] =
                cf_mul(cf(fft_clean(crealf(v)), fft_clean(cimagf(v))),
                       cf_mul(w, f->step[b]));
        }
    }
}

bool lte_fft_symbol(struct lte_fft *f, const struct lte_samples *s, double at,
                    double cfo_hz, unsigned prb, float complex *y)
{
    size_t n = (size_t)COLUMNS * f->factor;
    double first = floor(at) - (double)(ADVANCE * f->factor);
    int half = 6 * (int)prb;

    assert(s->factor == f->factor);
    if (!(first >= 0) || !(first + (double)n <= (double)s->n)) {
        return false;
    }
    fft_load(f, s->x + (size_t)first, first,
             -cfo_hz / (LTE_RATE_HZ * (double)f->factor));
    fft_columns(f);
    for (unsigned r = 0; r < f->factor; r++) {
        for (unsigned b = 0; b < COLUMNS; b++) {
            f->rows.in[r][b] = cf_mul(f->rows.in[r][b], f->turn[r][b]);
        }
    }
    lte_dft_run(&f->rows, f->factor);
    double slope = (at - first) / (double)n; /* turns each subcarrier */
    float complex step = lte_phasor(slope);
    float complex w = 0;
    for (int k = 0; k < 2 * half; k++) {
        int freq = k < half ? k - half : k - half + 1;
        size_t bin = freq < 0 ? n - (size_t)-freq : (size_t)freq;
        /* Begun anew now and then: errors do not pile up. */
        w = k % 64 == 0 || k == half ? lte_phasor(slope * freq)
                                     : cf_mul(w, step);
        y[k] = cf_mul(f->rows.out[f->row[bin % f->factor]][bin / f->factor], w);
    }
    return true;
}
