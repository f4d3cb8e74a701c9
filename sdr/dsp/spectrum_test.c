/*
 * spectrum_test.c - tones and bands in noise, whose power is given by
 * construction.  A bin is rate / 512.
 */
#include "sdr/dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/radio/impair.h"
#include "tests/check.h"

enum { N = 1 << 18 };

static const double rate_hz = 20e6;

/* Power and frequencies of what stands in white noise of power 1. */
struct signal {
    double from_hz, to_hz;
    double power;
    unsigned n_tones; /* evenly over the band */
};

static float complex *make(const struct signal *s, size_t n_signals,
                           double noise)
{
    float complex *x = calloc(N, sizeof *x);
    struct rng rng = {1};

    assert_non_null(x);
    for (size_t j = 0; j < n_signals; j++) {
        for (unsigned t = 0; t < s[j].n_tones; t++) {
            double part = s[j].n_tones > 1 ? (double)t / (s[j].n_tones - 1) : 0;
            double f = s[j].from_hz + part * (s[j].to_hz - s[j].from_hz);
            double a = sqrt(s[j].power / s[j].n_tones);
            double phase = 2 * M_PI * rng_below(&rng, 1000) / 1000;
            double complex z = a * (cos(phase) + I * sin(phase));
            double complex step =
                cos(2 * M_PI * f / rate_hz) + I * sin(2 * M_PI * f / rate_hz);
            for (size_t k = 0; k < N; k++) {
                x[k] += (float complex)z;
                z *= step;
            }
        }
    }
    impair_noise(x, N, noise, &rng);
    return x;
}

/* Pushes x[N] in pieces; true when a band was found. */
static bool look(const float complex *x, size_t piece,
                 struct spectrum_band *band)
{
    struct spectrum *s = NULL;

    assert_int_equal(spectrum_open(rate_hz, &s), 0);
    for (size_t at = 0; at < N; at += piece) {
        spectrum_push(s, x + at, N - at < piece ? N - at : piece);
    }
    bool found = spectrum_strongest(s, band);
    spectrum_close(s);
    return found;
}

static void a_band_in_noise_is_found_where_it_is(void **state)
{
    static const struct {
        struct signal s;
        double snr_db;
        double snr_error_db;
    } row[] = {
        /* 20 dB over noise whose part in the band is 1/10: power 100 / 10. */
        {{-1e6, 1e6, 10, 200}, 20, 1.5},
        {{4e6, 6e6, 10, 200}, 20, 1.5},
        {{-9e6, -5e6, 20, 400}, 20, 1.5},
        {{-2e6, 7e6, 45, 900}, 20, 1.5},
        /* A tone, spread over three or four bins of 1/512 of the noise. */
        {{3e6, 3e6, 1, 1}, 22, 3},
        {{-7.77e6, -7.77e6, 1, 1}, 22, 3},
        {{0, 0, 1, 1}, 22, 3},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct signal *s = &row[k].s;
        float complex *x = make(s, 1, 1);
        double bin_hz = rate_hz / 512;
        struct spectrum_band b = {0};
        assert_true(look(x, 4096, &b));
        print_message("row %zu: %.0f Hz, %.0f Hz wide, %.1f dB\n", k,
                      b.offset_hz, b.bandwidth_hz, b.snr_db);
        assert_true(fabs(b.offset_hz - (s->from_hz + s->to_hz) / 2) <=
                    2 * bin_hz);
        assert_true(b.bandwidth_hz >= s->to_hz - s->from_hz);
        assert_true(b.bandwidth_hz <= s->to_hz - s->from_hz + 5 * bin_hz);
        assert_true(fabs(b.snr_db - row[k].snr_db) <= row[k].snr_error_db);
        free(x);
    }
}

static void the_strongest_of_two_bands_is_taken(void **state)
{
    static const struct signal both[] = {
        {-6e6, -5e6, 10, 100},
        {4e6, 6e6, 40, 200},
    };
    float complex *x = make(both, 2, 1);
    struct spectrum_band b = {0};

    (void)state;
    assert_true(look(x, 4096, &b));
    assert_true(fabs(b.offset_hz - 5e6) < 1e5);
    free(x);
}

static void noise_alone_has_no_band(void **state)
{
    float complex *x = make(NULL, 0, 1);
    struct spectrum_band b;

    (void)state;
    assert_false(look(x, 4096, &b));
    free(x);
}

static void silence_and_no_samples_have_no_band(void **state)
{
    float complex *x = make(NULL, 0, 0);
    struct spectrum *s = NULL;
    struct spectrum_band b;

    (void)state;
    assert_false(look(x, 4096, &b));
    assert_int_equal(spectrum_open(rate_hz, &s), 0);
    assert_false(spectrum_strongest(s, &b));
    spectrum_push(s, x, 511); /* less than a block */
    assert_false(spectrum_strongest(s, &b));
    spectrum_close(s);
    free(x);
}

static void any_split_of_the_samples_gives_the_same_band(void **state)
{
    static const struct signal s = {4e6, 6e6, 10, 200};
    static const size_t piece[] = {1, 511, 513, 10000};
    float complex *x = make(&s, 1, 1);
    struct spectrum_band whole;

    (void)state;
    assert_true(look(x, N, &whole));
    for (size_t k = 0; k < CHECK_ROWS(piece); k++) {
        struct spectrum_band b;
        assert_true(look(x, piece[k], &b));
        assert_memory_equal(&b, &whole, sizeof b);
    }
    free(x);
}

static void blocks_that_are_not_finite_are_left_out(void **state)
{
    static const struct signal s = {4e6, 6e6, 10, 200};
    float complex *x = make(&s, 1, 1);
    struct spectrum_band b = {0};

    (void)state;
    x[1000] = NAN;
    x[2000] = INFINITY;
    x[3000] = 1e30f;
    assert_true(look(x, 4096, &b));
    assert_true(isfinite(b.snr_db));
    assert_true(fabs(b.offset_hz - 5e6) < 1e5);
    free(x);
}

static void spectrum_close_takes_null(void **state)
{
    (void)state;
    spectrum_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_band_in_noise_is_found_where_it_is),
        cmocka_unit_test(the_strongest_of_two_bands_is_taken),
        cmocka_unit_test(noise_alone_has_no_band),
        cmocka_unit_test(silence_and_no_samples_have_no_band),
        cmocka_unit_test(any_split_of_the_samples_gives_the_same_band),
        cmocka_unit_test(blocks_that_are_not_finite_are_left_out),
        cmocka_unit_test(spectrum_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
