/* nr_half_test.c - the low pass to half of the rate, tone by tone. */
#include "sdr/fn/nr_rx/nr_half.h"

#include <math.h>

#include "sdr/dsp/lte_seq.h"
#include "tests/check.h"

enum { N = 1000 };

/* Fills y[] with what a tone of 'turns' a sample becomes, pushed 'burst' by
 * burst; how many. */
static size_t tone(double turns, size_t burst, float complex *y)
{
    static struct nr_half h;
    float complex x[N];
    size_t n = 0;

    nr_half_begin(&h);
    for (size_t k = 0; k < N; k++) {
        x[k] = lte_phasor(turns * (double)k);
    }
    for (size_t at = 0; at < N; at += burst) {
        n += nr_half_push(&h, x + at, N - at < burst ? N - at : burst, y + n);
    }
    return n;
}

static void output_k_is_the_input_at_sample_2k(void **state)
{
    static const double turns[] = {0, 0.1, -0.15, 0.22, -0.22};
    float complex y[N / 2 + 1];

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(turns); i++) {
        size_t n = tone(turns[i], 333, y);
        assert_int_equal(n, (N - NR_HALF_SIDE + 1) / 2);
        for (size_t k = NR_HALF_SIDE / 2; k < n; k++) {
            float complex want = lte_phasor(turns[i] * 2 * (double)k);
            assert_true(cabsf(y[k] - want) < 0.02f);
        }
    }
}

static void what_would_fold_is_gone(void **state)
{
    static const double turns[] = {0.28, -0.3, 0.4, 0.5};
    float complex y[N / 2 + 1];

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(turns); i++) {
        size_t n = tone(turns[i], N, y);
        for (size_t k = NR_HALF_SIDE / 2; k < n; k++) {
            assert_true(cabsf(y[k]) < 2e-3f);
        }
    }
}

static void bursts_of_any_length_give_the_same(void **state)
{
    static const size_t burst[] = {1, 2, 3, 80, 81, 999};
    float complex y[N / 2 + 1], z[N / 2 + 1];
    size_t n = tone(0.123, N, y);

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(burst); i++) {
        assert_int_equal(tone(0.123, burst[i], z), n);
        assert_memory_equal(y, z, n * sizeof y[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_k_is_the_input_at_sample_2k),
        cmocka_unit_test(what_would_fold_is_gone),
        cmocka_unit_test(bursts_of_any_length_give_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
