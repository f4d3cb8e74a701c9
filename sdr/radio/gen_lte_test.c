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

/* Subcarrier k of the 72 central ones, at a rate 'wide' times as high. */
static float complex wide_subcarrier(const float complex *x, size_t wide,
                                     size_t k)
{
    float complex sum = 0;

    for (size_t n = 0; n < LTE_FFT * wide; n++) {
        double turns =
            (double)lte_sc_freq(k) * (double)n / (double)(LTE_FFT * wide);
        sum += x[n] * lte_phasor(-turns);
    }
    return sum * sqrtf(LTE_N_SC) / (float)(LTE_FFT * wide);
}

static void a_wide_cell_has_the_narrow_one_in_its_middle(void **state)
{
    struct gen_lte narrow = cell(), wide = cell();
    float complex *x = calloc(LTE_FRAME, sizeof *x);
    float complex *y = calloc(16 * LTE_FRAME, sizeof *y);

    (void)state;
    assert_non_null(x);
    assert_non_null(y);
    narrow.mib.prb = wide.mib.prb = 100;
    narrow.ports = wide.ports = 4;
    narrow.gain[2] = wide.gain[2] = I;
    narrow.gain[3] = wide.gain[3] = -1;
    wide.fft = 2048;
    assert_int_equal(gen_lte_frame(&wide), 16 * LTE_FRAME);
    assert_int_equal(gen_lte_run(&narrow, 1, x), 0);
    assert_int_equal(gen_lte_run(&wide, 1, y), 0);
    for (unsigned i = 0; i < 20 * 7; i += 5) {
        size_t at = lte_symbol_at(false, i / 7, i % 7);
        for (size_t k = 0; k < LTE_N_SC; k++) {
            float complex a = subcarrier(x + at, k);
            float complex b = wide_subcarrier(y + 16 * at, 16, k);
            assert_true(cabsf(a - b) < 1e-3f);
        }
    }
    free(x);
    free(y);
}

static void tdd_is_silent_where_the_uplink_is(void **state)
{
    /* Table 4.2-2, by subframe. */
    static const char *const config[] = {
        "DSUUUDSUUU", "DSUUDDSUUD", "DSUDDDSUDD", "DSUUUDDDDD",
        "DSUUDDDDDD", "DSUDDDDDDD", "DSUUUDSUUD"};
    struct gen_lte g = cell();
    float complex *x = calloc(LTE_FRAME, sizeof *x);

    (void)state;
    assert_non_null(x);
    g.tdd = true;
    g.loaded = true;
    for (g.tdd_config = 0; g.tdd_config < 7; g.tdd_config++) {
        assert_int_equal(gen_lte_run(&g, 1, x), 0);
        for (unsigned sf = 0; sf < 10; sf++) {
            char what = config[g.tdd_config][sf];
            double first = 0, second = 0; /* halves of the subframe */
            for (size_t n = 0; n < LTE_SLOT; n++) {
                size_t at = 2 * sf * LTE_SLOT + n;
                first += (double)(crealf(x[at] * conjf(x[at])));
                second += (double)(crealf(x[at + LTE_SLOT] *
                                          conjf(x[at + LTE_SLOT])));
            }
            assert_int_equal(gen_lte_subframe(&g, sf), what);
            assert_int_equal(first > 0, what != 'U');
            /* DwPTS ends in the second half. */
            assert_int_equal(second > 0.5 * LTE_SLOT, what == 'D');
            assert_int_equal(second > 0, what != 'U');
        }
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
        cmocka_unit_test(a_wide_cell_has_the_narrow_one_in_its_middle),
        cmocka_unit_test(tdd_is_silent_where_the_uplink_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
