/* gen_lte_test.c - power, repetition and known symbols of a generated cell. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

#include "sdr/radio/gen_lte.h"

static struct gen_lte cell(void)
{
    return (struct gen_lte){
        .id = {.cell_id = 31},
        .ports = 1,
        .gain = {1, 1},
        .mib = {.prb = 25, .phich_resources = 1, .sfn = 3},
    };
}

/* Subcarrier k of the symbol whose useful part begins at x[0]. */
static float complex subcarrier(const float complex *x, size_t k)
{
    float complex sum = 0;

    for (size_t n = 0; n < LTE_FFT; n++) {
        double turns = (double)lte_sc_freq(k) * (double)n / LTE_FFT;
        sum += x[n] * lte_phasor(-turns);
    }
    return sum * sqrtf(LTE_N_SC) / LTE_FFT;
}

static void symbols_carry_pss_and_sss_where_they_belong(void **state)
{
    struct gen_lte g = cell();
    float complex *x = calloc(LTE_FRAME, sizeof *x);
    float complex pss[LTE_N_SYNC];
    float sss[LTE_N_SYNC];

    (void)state;
    assert_non_null(x);
    assert_int_equal(gen_lte_run(&g, 1, x), 0);
    lte_pss(1, pss);
    lte_sss(31, 1, sss);
    for (size_t k = 0; k < LTE_N_SYNC; k++) {
        float complex p = subcarrier(x + 832, k + LTE_SYNC_K);
        float complex s = subcarrier(x + 9600 + 695, k + LTE_SYNC_K);
        assert_true(cabsf(p - pss[k]) < 1e-3f);
        assert_true(cabsf(s - sss[k]) < 1e-3f);
    }
    free(x);
}

static void each_symbol_begins_with_a_copy_of_its_end(void **state)
{
    struct gen_lte g = cell();
    float complex *x = calloc(LTE_FRAME, sizeof *x);

    (void)state;
    assert_non_null(x);
    g.loaded = true;
    assert_int_equal(gen_lte_run(&g, 1, x), 0);
    for (unsigned k = 0; k < 20 * 7; k++) {
        size_t at = lte_symbol_at(false, k / 7, k % 7);
        for (size_t n = at - 9; n < at; n++) {
            assert_true(cabsf(x[n] - x[n + LTE_FFT]) < 1e-6f);
        }
    }
    free(x);
}

static void a_loaded_cell_has_unit_power(void **state)
{
    struct gen_lte g = cell();
    float complex *x = calloc(2 * LTE_FRAME, sizeof *x);
    double power = 0;

    (void)state;
    assert_non_null(x);
    g.loaded = true;
    assert_int_equal(gen_lte_run(&g, 2, x), 0);
    for (size_t n = 0; n < 2 * LTE_FRAME; n++) {
        power += (double)crealf(x[n] * conjf(x[n])) / (2 * LTE_FRAME);
    }
    assert_true(fabs(power - 1) < 0.02);
    free(x);
}

static void the_same_seed_gives_the_same_samples(void **state)
{
    struct gen_lte g = cell();
    float complex *x = calloc(2 * LTE_FRAME, sizeof *x);

    (void)state;
    assert_non_null(x);
    g.loaded = true;
    g.seed = 99;
    assert_int_equal(gen_lte_run(&g, 1, x), 0);
    assert_int_equal(gen_lte_run(&g, 1, x + LTE_FRAME), 0);
    for (size_t n = 0; n < LTE_FRAME; n++) {
        assert_true(x[n] == x[n + LTE_FRAME]);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_carry_pss_and_sss_where_they_belong),
        cmocka_unit_test(each_symbol_begins_with_a_copy_of_its_end),
        cmocka_unit_test(a_loaded_cell_has_unit_power),
        cmocka_unit_test(the_same_seed_gives_the_same_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
