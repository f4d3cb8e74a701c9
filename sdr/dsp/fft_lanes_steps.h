/*
 * fft_lanes_steps.h - the passes of a transform, compiled once for each
 * instruction set: who includes this says how many lanes one register holds
 * (FFT_ROW) and for which set (FFT_TARGET).
 */
#include <stdbool.h>

#include "sdr/dsp/fft_lanes.h"

/* FFT_ROW lanes; arithmetic works on all of them. */
typedef float fft_row
    __attribute__((vector_size(FFT_ROW * sizeof(float)), may_alias));
/* What a comparison of such gives: -1 or 0. */
typedef int fft_rows __attribute__((vector_size(FFT_ROW * sizeof(int))));

#define ROW(array, at)    (*(fft_row *)((array) + (at)))
#define ROW_OF(array, at) (*(const fft_row *)((array) + (at)))

/* y = r turned by w, in the lanes from 'at' on. */
FFT_TARGET static inline void fft_turn(const fft_row *r, const fft_row *i,
                                       float complex w, struct fft_value *y,
                                       size_t at)
{
    ROW(y->re, at) = *r * crealf(w) - *i * cimagf(w);
    ROW(y->im, at) = *r * cimagf(w) + *i * crealf(w);
}

/* Four sums of one place: y[0], y[s], y[2s], y[3s], the last three turned. */
FFT_TARGET static inline void fft_butterfly4(const struct fft_value *x,
                                             size_t step,
                                             const float complex w[3],
                                             struct fft_value *y, size_t s)
{
    const struct fft_value *a = x, *b = x + step;
    const struct fft_value *c = x + 2 * step, *d = x + 3 * step;

    for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
        fft_row pr = ROW_OF(a->re, l) + ROW_OF(c->re, l);
        fft_row pi = ROW_OF(a->im, l) + ROW_OF(c->im, l);
        fft_row qr = ROW_OF(b->re, l) + ROW_OF(d->re, l);
        fft_row qi = ROW_OF(b->im, l) + ROW_OF(d->im, l);
        fft_row mr = ROW_OF(a->re, l) - ROW_OF(c->re, l);
        fft_row mi = ROW_OF(a->im, l) - ROW_OF(c->im, l);
        fft_row nr = ROW_OF(b->im, l) - ROW_OF(d->im, l); /* -j (b - d) */
        fft_row ni = ROW_OF(d->re, l) - ROW_OF(b->re, l);
        fft_row r1 = mr + nr, i1 = mi + ni;
        fft_row r2 = pr - qr, i2 = pi - qi;
        fft_row r3 = mr - nr, i3 = mi - ni;
        ROW(y[0].re, l) = pr + qr;
        ROW(y[0].im, l) = pi + qi;
        fft_turn(&r1, &i1, w[0], y + s, l);
        fft_turn(&r2, &i2, w[1], y + 2 * s, l);
        fft_turn(&r3, &i3, w[2], y + 3 * s, l);
    }
}

/* All passes; see fft_lanes_run(). */
FFT_TARGET static inline struct fft_value *
fft_passes(const struct fft_lanes *f, struct fft_value *x, struct fft_value *y)
{
    size_t s = 1;

    for (size_t n = f->n; n >= 4; n /= 4) {
        for (size_t p = 0; p < n / 4; p++) {
            const float complex w[3] = {f->w[p * s], f->w[2 * p * s],
                                        f->w[3 * p * s]};
            for (size_t q = 0; q < s; q++) {
                fft_butterfly4(x + q + s * p, s * (n / 4), w, y + q + 4 * s * p,
                               s);
            }
        }
        struct fft_value *swap = x;
        x = y;
        y = swap;
        s *= 4;
    }
    if (s == f->n) {
        return x;
    }
    for (size_t q = 0; q < s; q++) {
        for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
            fft_row ar = ROW_OF(x[q].re, l), br = ROW_OF(x[q + s].re, l);
            fft_row ai = ROW_OF(x[q].im, l), bi = ROW_OF(x[q + s].im, l);
            ROW(y[q].re, l) = ar + br;
            ROW(y[q].im, l) = ai + bi;
            ROW(y[q + s].re, l) = ar - br;
            ROW(y[q + s].im, l) = ai - bi;
        }
    }
    return y;
}

/* See fft_lanes_match(). */
FFT_TARGET static inline void fft_match(const struct fft_lanes *f,
                                        const struct fft_value *x,
                                        const struct fft_value *r,
                                        const float (*weight)[FFT_LANES],
                                        float *sum, size_t n_sum)
{
    struct fft_value a[FFT_LANES_MAX / 2], b[FFT_LANES_MAX / 2];

    for (size_t k = 0; k < f->n; k++) {
        for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
            fft_row xr = ROW_OF(x[k].re, l), xi = ROW_OF(x[k].im, l);
            fft_row rr = ROW_OF(r[k].re, l), ri = ROW_OF(r[k].im, l);
            ROW(a[k].im, l) = xr * rr - xi * ri; /* exchanged: inverse */
            ROW(a[k].re, l) = xr * ri + xi * rr;
        }
    }
    const struct fft_value *y = fft_passes(f, a, b);
    for (size_t m = 0; m < n_sum; m++) {
        fft_row total = {0};
        for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
            fft_row re = ROW_OF(y[m].re, l), im = ROW_OF(y[m].im, l);
            total += (re * re + im * im) * ROW_OF(weight[m], l);
        }
        for (size_t l = 0; l < FFT_ROW; l++) {
            sum[m] += total[l];
        }
    }
}

/* Powers of result y in the lanes from 'at' on. */
FFT_TARGET static inline fft_row fft_power(const struct fft_value *y, size_t at)
{
    fft_row re = ROW_OF(y->re, at), im = ROW_OF(y->im, at);

    return re * re + im * im;
}

/* Transforms the products of a query back; where they are: a or b. */
FFT_TARGET static inline const struct fft_value *
fft_products(const struct fft_lanes *f, const struct fft_query *q,
             struct fft_value *a, struct fft_value *b)
{
    for (size_t k = 0; k < f->n; k++) {
        const struct fft_value *x = &q->x[k];
        float rr = crealf(q->r[k]), ri = cimagf(q->r[k]);
        for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
            fft_row xr = ROW_OF(x->re, l), xi = ROW_OF(x->im, l);
            ROW(a[k].im, l) = xr * rr - xi * ri; /* exchanged: inverse */
            ROW(a[k].re, l) = xr * ri + xi * rr;
        }
    }
    return fft_passes(f, a, b);
}

/* Are there any of results y[n + 1] that fft_lanes_find() looks for? */
FFT_TARGET static inline bool fft_any(const struct fft_value *y,
                                      const float (*least)[FFT_LANES], size_t n)
{
    int any = 0;

    for (size_t l = 0; l < FFT_LANES; l += FFT_ROW) {
        fft_row here = fft_power(y, l);
        fft_rows above = {0};
        for (size_t m = 0; m < n; m++) {
            fft_row next = fft_power(y + m + 1, l);
            above |= here + next > ROW_OF(least[m], l);
            here = next;
        }
        for (size_t k = 0; k < FFT_ROW; k++) {
            any |= above[k];
        }
    }
    return any != 0;
}

/* See fft_lanes_find(). */
FFT_TARGET static inline size_t fft_find(const struct fft_lanes *f,
                                         const struct fft_query *q,
                                         struct fft_found *found, size_t cap)
{
    enum { AT_ONCE = 16 };
    struct fft_value a[FFT_LANES_MAX / 2], b[FFT_LANES_MAX / 2];
    const struct fft_value *y = fft_products(f, q, a, b);
    size_t n_found = 0;

    for (size_t at = 0; at < q->n; at += AT_ONCE) {
        size_t n = q->n - at < AT_ONCE ? q->n - at : AT_ONCE;
        if (!fft_any(y + at, q->least + at, n)) {
            continue;
        }
        for (size_t k = 0; k < n * FFT_LANES; k++) {
            size_t m = at + k / FFT_LANES, l = k % FFT_LANES;
            float re[2] = {y[m].re[l], y[m + 1].re[l]};
            float im[2] = {y[m].im[l], y[m + 1].im[l]};
            float both = (re[0] * re[0] + im[0] * im[0]) +
                         (re[1] * re[1] + im[1] * im[1]);
            if (both > q->least[m][l] && n_found < cap) {
                found[n_found++] =
                    (struct fft_found){(uint16_t)m, (uint16_t)l, both};
            }
        }
    }
    return n_found;
}
