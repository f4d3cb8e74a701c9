/* impair_test.c - power, delay, clock and offset come out as asked for. */
#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "sdr/radio/impair.h"

enum { N = 4000 };

static const double rate_hz = 1e6;

/* A tone of 0.11 cycles a sample from time t0 on, faded at both ends. */
static void burst(float complex x[N], double t0, double step)
{
    for (int k = 0; k < N; k++) {
        double t = (k - t0) * step;
        double inside = t > 500 && t < 3000 ? sin(M_PI * (t - 500) / 2500) : 0;

        x[k] = (float)inside *
               cf_polar((float)fmod(2 * M_PI * 0.11 * t, 2 * M_PI));
    }
}

static double distance(const float complex *a, const float complex *b)
{
    double sum = 0;

    for (int k = 0; k < N; k++) {
        sum += (double)cf_norm(a[k] - b[k]);
    }
    return sqrt(sum / N);
}

static void noise_has_the_power_asked_for_in_both_parts(void **state)
{
    float complex x[N] = {0};
    struct rng r = {1};
    double re = 0;

    (void)state;
    impair_noise(x, N, impair_noise_power(4, 3), &r);
    for (int k = 0; k < N; k++) {
        re += (double)(crealf(x[k]) * crealf(x[k])) / N;
    }
    assert_true(fabs(impair_power(x, N) - 2.005) < 0.15);
    assert_true(fabs(re - 1.0025) < 0.1);
}

static void same_seed_gives_the_same_noise(void **state)
{
    float complex x[16] = {0};
    float complex y[16] = {0};
    struct rng r = {77};
    struct rng s = {77};

    (void)state;
    impair_noise(x, 16, 1, &r);
    impair_noise(y, 16, 1, &s);
    assert_memory_equal(x, y, sizeof x);
}

static void whole_delay_copies_and_a_fraction_interpolates(void **state)
{
    static const double delay[] = {0, 3, 3.25, 100.5};
    static const double ppm[] = {0, 0, 0, 40};
    float complex x[N];
    float complex want[N];

    (void)state;
    burst(x, 0, 1);
    for (size_t k = 0; k < CHECK_ROWS(delay); k++) {
        float complex y[N] = {0};

        impair_place(x, N, delay[k], ppm[k], y, N);
        burst(want, delay[k], 1 + ppm[k] * 1e-6);
        assert_true(distance(y, want) < 1e-3);
    }
}

static void what_lies_outside_the_target_is_left_out(void **state)
{
    float complex x[N];
    float complex y[10] = {0};

    (void)state;
    burst(x, 0, 1);
    impair_place(x, N, 5.5, 0, y, 10);
    impair_place(x, N, 1e6, 0, y, 10);
    impair_place(x, 0, 3, 0, y, 10);
    assert_true(impair_power(y, 10) < 1e-6);
}

static void offset_moves_a_tone_up(void **state)
{
    float complex x[N];

    (void)state;
    for (int k = 0; k < N; k++) {
        x[k] = 1;
    }
    impair_cfo(x, N, rate_hz / 4, rate_hz);
    assert_true(cf_norm(x[1] - I) < 1e-6f);
    assert_true(cf_norm(x[N - 2] + 1) < 1e-6f);
}

/* Mean over many channels: what goes in comes out, spread by 'rms'. */
static void paths_fade_and_come_as_late_as_asked_for(void **state)
{
    enum { CHANNELS = 4000 };
    struct rng r = {3};
    double power[N] = {0}, sum = 0, mean = 0, spread = 0, first4 = 0;

    (void)state;
    for (int c = 0; c < CHANNELS; c++) {
        float complex x[N] = {1};
        impair_multipath(x, N, 2.5, &r);
        for (int k = 0; k < N; k++) {
            power[k] += (double)cf_norm(x[k]) / CHANNELS;
        }
        first4 += (double)(cf_norm(x[0]) * cf_norm(x[0])) / CHANNELS;
    }
    for (int k = 0; k < N; k++) {
        sum += power[k];
        mean += k * power[k];
    }
    mean /= sum;
    for (int k = 0; k < N; k++) {
        spread += (k - mean) * (k - mean) * power[k] / sum;
    }
    assert_true(sum > 0.95 && sum < 1.05);
    assert_true(sqrt(spread) > 2.3 && sqrt(spread) < 2.7);
    /* A Rayleigh path: the mean of the power squared is twice its square. */
    double ratio = first4 / (power[0] * power[0]);
    assert_true(ratio > 1.8 && ratio < 2.2);
}

/*
 * Power, mean delay and delay spread over many draws are those of TS 36.101,
 * tables B.2-1 (spread) and B.2.1-2 to -4.  At a rate at which no path falls
 * on a sample, interpolation blurs the spread, not the mean.
 */
static void profiles_have_the_delays_of_the_standard(void **state)
{
    static const struct {
        enum impair_profile_name name;
        double rate_hz, mean_ns, spread_ns; /* 0: not looked at */
    } row[] = {{IMPAIR_EPA, 1e8, 0, 45},
               {IMPAIR_EVA, 1e7, 254, 0},
               {IMPAIR_ETU, 1e7, 561, 0}};
    enum { DRAWS = 4000, LEN = 256, AT = 64 };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        double power = 0, first = 0, second = 0;
        struct rng r = {k + 1};
        for (int d = 0; d < DRAWS; d++) {
            float complex x[LEN] = {0};
            x[AT] = 1;
            assert_int_equal(
                impair_profile(x, LEN, row[k].name, row[k].rate_hz, &r), 0);
            for (int j = 0; j < LEN; j++) {
                double p = (double)cf_norm(x[j]);
                double ns = (j - AT) * 1e9 / row[k].rate_hz;
                power += p;
                first += p * ns;
                second += p * ns * ns;
            }
        }
        double mean = first / power;
        assert_true(fabs(power / DRAWS - 1) < 0.05);
        assert_true(row[k].mean_ns < 1 ||
                    fabs(mean / row[k].mean_ns - 1) < .06);
        assert_true(
            row[k].spread_ns < 1 ||
            fabs(sqrt(second / power - mean * mean) - row[k].spread_ns) < 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_the_power_asked_for_in_both_parts),
        cmocka_unit_test(same_seed_gives_the_same_noise),
        cmocka_unit_test(whole_delay_copies_and_a_fraction_interpolates),
        cmocka_unit_test(what_lies_outside_the_target_is_left_out),
        cmocka_unit_test(offset_moves_a_tone_up),
        cmocka_unit_test(paths_fade_and_come_as_late_as_asked_for),
        cmocka_unit_test(profiles_have_the_delays_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
