/*
 * resample_test.c - the resampler on tones: sample k of the output is the input
 * at the time k * in / out, for the rates that recordings have.
 */
#include "sdr/radio/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { TAIL = 256 }; /* what resample_flush() needs room for */

struct rates {
    double in_hz, out_hz;
};

static const struct rates rates[] = {
    {19.2e6, 20e6},   {30.72e6, 20e6}, {40e6, 20e6},   {20e6, 1.92e6},
    {19.2e6, 1.92e6}, {1.4e6, 1.92e6}, {1.92e6, 20e6},
};

/* A tone at 'freq_hz', that is exp(j 2 pi freq t), sampled at 'rate_hz'. */
static double complex tone(double freq_hz, double rate_hz, double k)
{
    double turns = freq_hz / rate_hz * k;
    double angle = 2 * M_PI * (turns - floor(turns));

    return cos(angle) + I * sin(angle);
}

static float complex *make_tone(double freq_hz, double rate_hz, size_t n)
{
    float complex *x = malloc((n + 1) * sizeof *x);

    assert_non_null(x);
    for (size_t k = 0; k < n; k++) {
        x[k] = (float complex)tone(freq_hz, rate_hz, (double)k);
    }
    return x;
}

/* Resamples x[n] in pieces of up to 'piece' samples, 0 for all at once. */
static float complex *resampled(const struct rates *r, const float complex *x,
                                size_t n, size_t piece, size_t *n_out)
{
    struct resample *q = NULL;
    struct rng rng = {piece};
    size_t at = 0, done = 0;

    assert_int_equal(resample_open(r->in_hz, r->out_hz, &q), 0);
    size_t room = resample_most(q, n) + resample_most(q, TAIL);
    /* Each push may want room for more than it makes. */
    float complex *y = calloc(room + resample_most(q, piece), sizeof *y);
    assert_non_null(y);
    while (at < n) {
        size_t part = piece == 0 ? n : 1 + rng_below(&rng, (uint32_t)piece);
        part = part < n - at ? part : n - at;
        size_t made = resample_push(q, x + at, part, y + done);
        assert_true(made <= resample_most(q, part));
        at += part;
        done += made;
    }
    done += resample_flush(q, y + done);
    resample_close(q);
    *n_out = done;
    return y;
}

static void equal_rates_copy(void **state)
{
    static const struct rates same = {20e6, 20e6};
    float complex *x = make_tone(1e6, same.in_hz, 5000);

    (void)state;
    for (size_t piece = 0; piece < 2000; piece += 999) {
        size_t n;
        float complex *y = resampled(&same, x, 5000, piece, &n);
        assert_int_equal(n, 5000);
        assert_memory_equal(y, x, 5000 * sizeof *x);
        free(y);
    }
    free(x);
}

/*
 * How much of the tone is in y[n], the first of which is number 'first', and by
 * what angle it is turned; what is not the tone is in '*rest'.
 */
static double complex correlate(const float complex *y, size_t n, size_t first,
                                double turns_a_sample, double *rest)
{
    double complex sum = 0;
    double power = 0;

    for (size_t k = 0; k < n; k++) {
        double complex z = (double complex)y[k];
        sum += z * conj(tone(turns_a_sample, 1, (double)(first + k)));
        power += creal(z * conj(z));
    }
    sum /= (double)n;
    *rest = power / (double)n - creal(sum * conj(sum));
    return sum;
}

/* The tone at 'part' of the lower rate comes out as it went in. */
static void check_tone(const struct rates *r, double part, size_t n)
{
    double freq_hz = part * fmin(r->in_hz, r->out_hz);
    double step = freq_hz / r->out_hz; /* turns an output sample */
    float complex *x = make_tone(freq_hz, r->in_hz, n);
    size_t n_out;
    float complex *y = resampled(r, x, n, 0, &n_out);
    size_t edge = n_out / 8;
    double rest;

    /* At the beginning and at the end, the frequency being the same. */
    for (size_t at = edge; at < n_out; at += 5 * edge) {
        double complex c = correlate(y + at, edge, at, step, &rest);
        double late = -carg(c) / (2 * M_PI * step); /* output samples */
        print_message("%g to %g Msps, tone %g MHz, sample %zu: late %.4f, "
                      "gain %.4f, rest %.1e\n",
                      r->in_hz / 1e6, r->out_hz / 1e6, freq_hz / 1e6, at, late,
                      cabs(c), rest);
        /* liquid's step is a float: 1e-7 of the sample number, resample.h. */
        assert_true(fabs(late) < 0.05 + 1e-7 * (double)at);
        assert_true(fabs(cabs(c) - 1) < 0.02);
        assert_true(rest < 1e-4);
    }
    free(x);
    free(y);
}

static void a_tone_keeps_its_frequency_and_phase(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rates); k++) {
        check_tone(&rates[k], 0.05, 20000);
        check_tone(&rates[k], -0.05, 20000);
        check_tone(&rates[k], 0.3, 20000);
    }
}

static void sample_numbers_hold_in_a_long_stream(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rates); k++) {
        check_tone(&rates[k], 0.1,
                   rates[k].out_hz > 2 * rates[k].in_hz ? 100000 : 1000000);
    }
}

/* What lies above the lower rate's band must not be folded into it. */
static void a_tone_outside_of_the_band_is_gone(void **state)
{
    static const struct {
        struct rates r;
        double freq_hz;
    } row[] = {
        {{40e6, 20e6}, 17e6},      {{30.72e6, 20e6}, -15e6},
        {{20e6, 1.92e6}, 1.5e6},   {{20e6, 1.92e6}, -7e6},
        {{19.2e6, 1.92e6}, 1.5e6}, {{19.2e6, 1.92e6}, 9e6},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        float complex *x = make_tone(row[k].freq_hz, row[k].r.in_hz, 20000);
        size_t n;
        float complex *y = resampled(&row[k].r, x, 20000, 0, &n);
        double power = 0;
        for (size_t j = n / 4; j < n / 2; j++) {
            power += (double)(crealf(y[j]) * crealf(y[j]) +
                              cimagf(y[j]) * cimagf(y[j]));
        }
        print_message("row %zu: %.1e\n", k, power / (double)(n / 4));
        assert_true(power / (double)(n / 4) < 1e-5); /* -50 dB */
        free(x);
        free(y);
    }
}

static void any_split_of_the_input_gives_the_same_output(void **state)
{
    enum { N = 30000 };
    static const size_t piece[] = {1, 2, 7, 1000, 1024, 1025, 5000};
    static float complex x[N];
    struct rng rng = {1};

    (void)state;
    for (size_t k = 0; k < N; k++) {
        x[k] = (float)rng_below(&rng, 2001) / 1000 - 1 +
               ((float)rng_below(&rng, 2001) / 1000 - 1) * I;
    }
    for (size_t k = 0; k < CHECK_ROWS(rates); k++) {
        size_t n;
        float complex *whole = resampled(&rates[k], x, N, 0, &n);
        for (size_t j = 0; j < CHECK_ROWS(piece); j++) {
            size_t n_split;
            float complex *split =
                resampled(&rates[k], x, N, piece[j], &n_split);
            print_message("rates %zu, pieces of %zu\n", k, piece[j]);
            assert_int_equal(n_split, n);
            assert_memory_equal(split, whole, n * sizeof *whole);
            free(split);
        }
        free(whole);
    }
}

static void the_output_is_as_long_as_the_input(void **state)
{
    static const size_t length[] = {0, 1, 2, 100, 1000, 4096, 30001};
    static const float complex zeros[30001] = {0};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rates); k++) {
        for (size_t j = 0; j < CHECK_ROWS(length); j++) {
            size_t n;
            float complex *y = resampled(&rates[k], zeros, length[j], 512, &n);
            double want =
                floor((double)length[j] * rates[k].out_hz / rates[k].in_hz);
            print_message("rates %zu, %zu samples: %zu for %.0f\n", k,
                          length[j], n, want);
            assert_true(fabs((double)n - want) <= 1);
            free(y);
        }
    }
}

static void resample_close_takes_null(void **state)
{
    (void)state;
    resample_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_rates_copy),
        cmocka_unit_test(a_tone_keeps_its_frequency_and_phase),
        cmocka_unit_test(sample_numbers_hold_in_a_long_stream),
        cmocka_unit_test(a_tone_outside_of_the_band_is_gone),
        cmocka_unit_test(any_split_of_the_input_gives_the_same_output),
        cmocka_unit_test(the_output_is_as_long_as_the_input),
        cmocka_unit_test(resample_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
