/* fix16_test.c - against the definition, at all levels. */
#include "sdr/dsp/fix16.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/rng.h"
#include "sdr/dsp/cf.h"
#include "tests/check.h"

enum { N = 200 };

static void blocks_are_rounded_to_the_scale_of_their_peak(void **state)
{
    (void)state;
    for (int e = -90; e <= 120; e++) {
        struct rng r = {(uint64_t)(e + 100)};
        float complex x[N];
        int16_t y[N][2];
        int peak = 0, exponent;
        for (size_t k = 0; k < N; k++) {
            float i = ldexpf((float)rng_below(&r, 1 << 20) - (1 << 19), e - 20);
            float q = ldexpf((float)rng_below(&r, 1 << 20) - (1 << 19), e - 20);
            x[k] = cf(i, q);
        }
        float gain = fix16(x, N, y);
        assert_true(frexpf(gain, &exponent) == 0.5f);
        for (size_t k = 0; k < N; k++) {
            double i = (double)crealf(x[k]) * (double)gain;
            double q = (double)cimagf(x[k]) * (double)gain;
            assert_true(fabs(y[k][0] - i) <= 0.5 && fabs(y[k][1] - q) <= 0.5);
            peak = abs(y[k][0]) > peak ? abs(y[k][0]) : peak;
            peak = abs(y[k][1]) > peak ? abs(y[k][1]) : peak;
        }
        assert_in_range(peak, 8192, 16384);
    }
}

static void what_is_no_number_is_nothing(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        float complex x[3] = {cf(bad[k], 1), cf(-0.25f, bad[k]), 0};
        int16_t y[3][2];
        float gain = fix16(x, 3, y);
        assert_float_equal(gain, 8192, 0);
        assert_int_equal(y[0][0], 0);
        assert_int_equal(y[0][1], 8192);
        assert_int_equal(y[1][0], -2048);
        assert_int_equal(y[1][1], 0);
        assert_int_equal(y[2][0], 0);
    }
}

static void extremes_and_silence_are_harmless(void **state)
{
    static const float level[] = {0, 1e-45f, 1e-31f, 1e-29f, 3.4e38f};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(level); k++) {
        float complex x[2] = {cf(level[k], -level[k]), cf(level[k] / 2, 0)};
        int16_t y[2][2];
        float gain = fix16(x, 2, y);
        assert_true(isfinite(gain) && gain > 0);
        if (level[k] < 1e-30f) {
            assert_int_equal(y[0][0], 0);
        } else {
            assert_in_range(y[0][0], 8192, 16384);
        }
        assert_int_equal(y[0][1], -y[0][0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_rounded_to_the_scale_of_their_peak),
        cmocka_unit_test(what_is_no_number_is_nothing),
        cmocka_unit_test(extremes_and_silence_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
