/* lte_fft_test.c - symbols against the sum that defines them. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/rng.h"
#include "sdr/fn/lte_rx/lte_fft.h"

enum { SPARE = 200 };

static void symbols_are_their_sums(void **state)
{
    struct lte_fft *f;
    struct rng r = {1};

    (void)state;
    assert_int_equal(lte_fft_open(&f), 0);
    for (unsigned factor = 1; factor <= LTE_FACTOR_MAX; factor++) {
        if (!lte_fft_factor_valid(factor)) {
            continue;
        }
        size_t n = 128 * factor, total = n + SPARE;
        unsigned prb = factor == 1 ? 6 : factor < 4 ? 15 : 25;
        float complex *x = calloc(total, sizeof *x);
        float complex y[LTE_SC_MAX];
        double at = 2.0 * factor + 60.3, cfo_hz = 1234.5;
        assert_non_null(x);
        for (size_t k = 0; k < total; k++) {
            x[k] = (float)rng_below(&r, 1000) - 500 +
                   I * ((float)rng_below(&r, 1000) - 500);
        }
        struct lte_samples s = {x, total, factor};
        lte_fft_set(f, factor);
        assert_true(lte_fft_symbol(f, &s, at, cfo_hz, prb, y));
        size_t first = (size_t)floor(at) - 2 * factor;
        double error = 0, power = 0;
        for (unsigned k = 0; k < 12 * prb; k += 7) {
            double freq = (double)k - 6 * prb + (k >= 6 * prb ? 1 : 0);
            double complex sum = 0;
            for (size_t m = first; m < first + n; m++) {
                double turns = cfo_hz / (1.92e6 * factor) * (double)m +
                               freq * ((double)m - at) / (double)n;
                sum += x[m] * cexp(-2 * I * M_PI * turns);
            }
            error += cabs(sum - y[k]) * cabs(sum - y[k]);
            power += cabs(sum) * cabs(sum);
        }
        assert_true(error < 1e-10 * power);
        assert_false(lte_fft_symbol(f, &s, 0, 0, prb, y));
        assert_false(lte_fft_symbol(f, &s, (double)total, 0, prb, y));
        assert_false(lte_fft_symbol(f, &s, NAN, 0, prb, y));
        free(x);
    }
    lte_fft_close(f);
}

static void factors_are_products_of_small_primes(void **state)
{
    static const unsigned not [] = {0, 7, 11, 13, 14, 17, 32};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(not ); k++) {
        assert_false(lte_fft_factor_valid(not [k]));
    }
    assert_true(lte_fft_factor_valid(1));
    assert_true(lte_fft_factor_valid(10));
    assert_true(lte_fft_factor_valid(16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_their_sums),
        cmocka_unit_test(factors_are_products_of_small_primes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
