/* decimate_test.c - tones through every factor. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

#include "sdr/dsp/decimate.h"

enum { OUT = 4000, EDGE = 100 };

/* Power of the output less 'tone' at 'turns' an output, in dB. */
static double power_db(const float complex *y, size_t n, double turns,
                       double tone)
{
    double sum = 0;

    for (size_t k = EDGE; k + EDGE < n; k++) {
        double complex d = y[k] - tone * cexp(2 * I * M_PI * turns * (double)k);
        sum += creal(d) * creal(d) + cimag(d) * cimag(d);
    }
    return 10 * log10(sum / (double)(n - 2 * EDGE) + 1e-12);
}

static void tones_pass_in_time_and_others_do_not_fold(void **state)
{
    static const double passed[] = {0, 0.2, -0.38};
    static const double stopped[] = {0.62, -0.8, 1.3};
    static struct decimate d;

    (void)state;
    for (unsigned factor = 1; factor <= 16; factor++) {
        size_t n = (size_t)OUT * factor;
        float complex *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
        assert_non_null(x);
        assert_non_null(y);
        bool works = decimate_init(&d, factor);
        assert_int_equal(works, factor != 7 && factor != 11 && factor != 13 &&
                                    factor != 14);
        for (size_t t = 0; works && t < 6; t++) {
            double turns = t < 3 ? passed[t] : stopped[t - 3];
            size_t n_out = 0;
            if (fabs(turns) > factor / 2.0 || (t > 2 && factor == 1)) {
                continue;
            }
            (void)decimate_init(&d, factor);
            for (size_t k = 0; k < n; k++) {
                x[k] = (float complex)cexp(2 * I * M_PI * turns * (double)k /
                                           factor);
            }
            for (size_t at = 0, part; at < n; at += part) {
                part = 1 + at % 1000; /* any lengths */
                part = part < n - at ? part : n - at;
                n_out += decimate_push(&d, x + at, part, y + n_out);
            }
            assert_true(n_out > OUT - 50 && n_out <= OUT);
            double db = power_db(y, n_out, turns, t < 3 ? 1 : 0);
            assert_true(db < (t < 3 ? -40 : -58));
        }
        free(x);
        free(y);
    }
    assert_false(decimate_init(&d, 0));
    assert_false(decimate_init(&d, 32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_pass_in_time_and_others_do_not_fold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
