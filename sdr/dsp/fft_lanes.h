/*
 * fft_lanes.h - Fourier transforms of eight signals at a time: lane l of every
 * value belongs to signal l, so that any vector unit has its work cut out
 * (Stockham's order, radix 4).
 */
#ifndef SDR_DSP_FFT_LANES_H
#define SDR_DSP_FFT_LANES_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FFT_LANES = 8,
    FFT_LANES_MAX = 2048, /* points */
};

struct fft_value {
    _Alignas(FFT_LANES * sizeof(float)) float re[FFT_LANES];
    float im[FFT_LANES];
};

struct fft_lanes;

/* See fft_lanes_match(). */
typedef void fft_lanes_matcher(const struct fft_lanes *f,
                               const struct fft_value *x,
                               const struct fft_value *r,
                               const float (*weight)[FFT_LANES], float *sum,
                               size_t n_sum);

/* What fft_lanes_find() looks for. */
struct fft_query {
    const struct fft_value *x;       /* [points] */
    const float complex *r;          /* [points], the same in all lanes */
    const float (*least)[FFT_LANES]; /* [n] */
    size_t n;                        /* below the number of points */
};

/* A result of it. */
struct fft_found {
    uint16_t m, lane;
    float power;
};

typedef size_t fft_lanes_finder(const struct fft_lanes *f,
                                const struct fft_query *q,
                                struct fft_found *found, size_t cap);

struct fft_lanes {
    size_t n; /* points: a power of two, 4..FFT_LANES_MAX */
    fft_lanes_matcher *match;
    fft_lanes_finder *find;
    float complex w[FFT_LANES_MAX]; /* exp(-2 pi j k / n) */
};

void fft_lanes_init(struct fft_lanes *f, size_t n);

/*
 * Transforms x[n] without a factor and returns where the result is: x or y,
 * both of which are overwritten.  With 're' and 'im' exchanged before and
 * after, it is the inverse.
 */
struct fft_value *fft_lanes_run(const struct fft_lanes *f, struct fft_value *x,
                                struct fft_value *y);

/*
 * Correlations by fast convolution: transforms the products x[k] r[k] back and
 * adds the power of each result m < n_sum, weighted lane by lane, to sum[m].
 * Bin 0 may be anywhere in x and r.  At most 1,024 points.
 */
void fft_lanes_match(const struct fft_lanes *f, const struct fft_value *x,
                     const struct fft_value *r,
                     const float (*weight)[FFT_LANES], float *sum,
                     size_t n_sum);

/*
 * The same of each lane by itself: where the powers of results m and m + 1
 * together are more than least[m], m < n, that is found, by m, then lane.
 * Returns how many were; of more than 'cap' the first.
 */
size_t fft_lanes_find(const struct fft_lanes *f, const struct fft_query *q,
                      struct fft_found *found, size_t cap);

/* Variants; those by AVX2 and FMA are NULL where there are none. */
fft_lanes_matcher fft_lanes_match_plain;
fft_lanes_matcher *fft_lanes_match_avx2(void);
fft_lanes_finder fft_lanes_find_plain;
fft_lanes_finder *fft_lanes_find_avx2(void);

#endif
