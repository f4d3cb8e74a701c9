/*
 * fft_lanes_test.c - transforms against the definition's sum in double, and
 * correlations against those made sample by sample, for all variants.
 */
#include "sdr/dsp/fft_lanes.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { N_MATCH = 256, N_SUM = 200 };

struct bench {
    struct fft_lanes f;
    struct fft_value x[FFT_LANES_MAX], y[FFT_LANES_MAX];
    struct fft_value in[FFT_LANES_MAX], ref[FFT_LANES_MAX];
    float weight[N_SUM][FFT_LANES];
};

static int bench_open(void **state)
{
    size_t bytes = (sizeof(struct bench) + 63) / 64 * 64;

    *state = aligned_alloc(64, bytes);
    return *state == NULL ? -1 : 0;
}

static int bench_close(void **state)
{
    free(*state);
    return 0;
}

static float uniform(struct rng *r)
{
    return (float)rng_below(r, 2001) / 1000 - 1;
}

static void fill(struct fft_value *v, size_t n, struct rng *r)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t l = 0; l < FFT_LANES; l++) {
            v[k].re[l] = uniform(r);
            v[k].im[l] = uniform(r);
        }
    }
}

/* Sum of x[n] exp(sign 2 pi j n k / size) in lane l. */
static double complex sum_of(const struct fft_value *x, size_t size, size_t k,
                             size_t l, double sign)
{
    double complex sum = 0;

    for (size_t n = 0; n < size; n++) {
        double phase = sign * 2 * M_PI * (double)(n * k % size) / (double)size;
        sum += ((double)x[n].re[l] + I * (double)x[n].im[l]) * cexp(I * phase);
    }
    return sum;
}

static void transforms_are_what_the_definition_says(void **state)
{
    static const size_t size[] = {4, 8, 16, 128, 1024, 2048};
    struct bench *b = *state;
    struct rng r = {1};

    for (size_t i = 0; i < CHECK_ROWS(size); i++) {
        fft_lanes_init(&b->f, size[i]);
        fill(b->x, size[i], &r);
        for (size_t k = 0; k < size[i]; k++) {
            b->in[k] = b->x[k];
        }
        const struct fft_value *y = fft_lanes_run(&b->f, b->x, b->y);
        for (size_t k = 0; k < size[i]; k += 1 + size[i] / 37) {
            for (size_t l = 0; l < FFT_LANES; l++) {
                double complex want = sum_of(b->in, size[i], k, l, -1);
                double complex have =
                    (double)y[k].re[l] + I * (double)y[k].im[l];
                assert_true(cabs(want - have) < 1e-5 * (double)size[i]);
            }
        }
    }
}

static void check_match(struct bench *b, fft_lanes_matcher *match)
{
    struct rng r = {2};
    float sum[N_SUM];

    fft_lanes_init(&b->f, N_MATCH);
    fill(b->in, N_MATCH, &r);
    fill(b->ref, N_MATCH, &r);
    for (size_t m = 0; m < N_SUM; m++) {
        sum[m] = 5;
        for (size_t l = 0; l < FFT_LANES; l++) {
            b->weight[m][l] = (float)rng_below(&r, 3);
        }
    }
    match(&b->f, b->in, b->ref, (const float(*)[FFT_LANES])b->weight, sum,
          N_SUM);
    for (size_t k = 0; k < N_MATCH; k++) {
        for (size_t l = 0; l < FFT_LANES; l++) {
            double complex v =
                ((double)b->in[k].re[l] + I * (double)b->in[k].im[l]) *
                ((double)b->ref[k].re[l] + I * (double)b->ref[k].im[l]);
            b->x[k].re[l] = (float)creal(v);
            b->x[k].im[l] = (float)cimag(v);
        }
    }
    for (size_t m = 0; m < N_SUM; m += 7) {
        double want = 5;
        for (size_t l = 0; l < FFT_LANES; l++) {
            double a = cabs(sum_of(b->x, N_MATCH, m, l, 1));
            want += a * a * (double)b->weight[m][l];
        }
        assert_true(fabs((double)sum[m] - want) < 1e-4 * want);
    }
}

static void matches_add_up_weighted_powers_of_all_lanes(void **state)
{
    check_match(*state, fft_lanes_match_plain);
    check_match(*state, fft_lanes_match);
    if (fft_lanes_match_avx2() == NULL) {
        print_message("no AVX2 here\n");
        return;
    }
    check_match(*state, fft_lanes_match_avx2());
}

/* Of two neighbours together, each lane by itself. */
static void check_find(struct bench *b, fft_lanes_finder *find)
{
    static struct fft_found found[N_SUM * FFT_LANES];
    float complex ref[N_MATCH];
    struct rng r = {3};
    size_t n_want = 0;

    fft_lanes_init(&b->f, N_MATCH);
    fill(b->in, N_MATCH, &r);
    for (size_t k = 0; k < N_MATCH; k++) {
        ref[k] = uniform(&r) + I * uniform(&r);
        for (size_t l = 0; l < FFT_LANES; l++) {
            float complex v = (b->in[k].re[l] + I * b->in[k].im[l]) * ref[k];
            b->x[k].re[l] = crealf(v);
            b->x[k].im[l] = cimagf(v);
        }
    }
    for (size_t m = 0; m < N_SUM; m++) {
        for (size_t l = 0; l < FFT_LANES; l++) {
            b->weight[m][l] = m % 7 == 0 ? 300.0f : 1e9f;
        }
    }
    struct fft_query q = {b->in, ref, (const float(*)[FFT_LANES])b->weight,
                          N_SUM};
    size_t n = find(&b->f, &q, found, CHECK_ROWS(found));
    for (size_t m = 0; m < N_SUM; m += 7) {
        for (size_t l = 0; l < FFT_LANES; l++) {
            double a = cabs(sum_of(b->x, N_MATCH, m, l, 1));
            double c = cabs(sum_of(b->x, N_MATCH, m + 1, l, 1));
            if (a * a + c * c > 300) {
                assert_true(n_want < n);
                assert_int_equal(found[n_want].m, m);
                assert_int_equal(found[n_want].lane, l);
                assert_true(fabs((double)found[n_want].power - a * a - c * c) <
                            1e-3 * a * a + 0.1);
                n_want++;
            }
        }
    }
    assert_true(n_want > 10);
    assert_int_equal(n, n_want);
    assert_int_equal(find(&b->f, &q, found, 3), 3);
}

static void finds_are_powers_above_the_least_of_each_lane(void **state)
{
    check_find(*state, fft_lanes_find_plain);
    check_find(*state, fft_lanes_find);
    if (fft_lanes_find_avx2() == NULL) {
        print_message("no AVX2 here\n");
        return;
    }
    check_find(*state, fft_lanes_find_avx2());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_are_what_the_definition_says),
        cmocka_unit_test(matches_add_up_weighted_powers_of_all_lanes),
        cmocka_unit_test(finds_are_powers_above_the_least_of_each_lane),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
