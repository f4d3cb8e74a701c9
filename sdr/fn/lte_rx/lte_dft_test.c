/*
 * lte_dft_test.c - transforms against their definition, in floating point and
 * by function fft128; symbols of several places at once.
 */
#include "sdr/fn/lte_rx/lte_dft.h"

#include <math.h>

#include "core/base/rng.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/lte_rx/lte_ofdm.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"

static float part(struct rng *r)
{
    return (float)((double)rng_below(r, 1U << 24) / (1U << 23) - 1);
}

/* Block k has tone 3 k, in noise of a tenth, at a level of its own. */
static void fill(struct lte_dft *d, struct rng *r)
{
    for (size_t k = 0; k < LTE_DFT_BLOCKS; k++) {
        float level = powf(10, 3 * part(r));
        for (size_t i = 0; i < LTE_FFT; i++) {
            double turn = 2 * M_PI * (double)(3 * k * i % LTE_FFT) / LTE_FFT;
            d->in[k][i] = level * (cf((float)cos(turn), (float)sin(turn)) +
                                   0.1f * cf(part(r), part(r)));
        }
    }
}

/* Power of what is not as defined, of that of block k, dB. */
static double error_db(const struct lte_dft *d, size_t k)
{
    double error = 0, power = 0;

    for (size_t bin = 0; bin < LTE_FFT; bin++) {
        double complex sum = 0;
        for (size_t i = 0; i < LTE_FFT; i++) {
            double turn = -2 * M_PI * (double)(bin * i % LTE_FFT) / LTE_FFT;
            sum += (double complex)d->in[k][i] * cexp(I * turn);
        }
        power += creal(sum * conj(sum));
        sum -= (double complex)d->out[k][bin];
        error += creal(sum * conj(sum));
    }
    return 10 * log10(error / power);
}

static void blocks_are_transformed_here_and_by_the_function(void **state)
{
    struct lte_dft *d = *state;
    struct lent *l = lent_open("fft128");
    struct rng r = {1};
    double worst[2] = {-1000, -1000};

    for (size_t by = 0; by < 2; by++) {
        d->kernel = by == 0 ? NULL : &l->kernel;
        fill(d, &r);
        lte_dft_run(d, LTE_DFT_BLOCKS);
        for (size_t k = 0; k < LTE_DFT_BLOCKS; k++) {
            worst[by] = fmax(worst[by], error_db(d, k));
        }
    }
    print_message("errors %.0f dB, by the function %.1f dB\n", worst[0],
                  worst[1]);
    assert_true(worst[0] < -120);
    assert_true(worst[1] < -55);
    assert_true(worst[1] > -100); /* it was asked */
    assert_int_equal(l->n_calls, 1);
    assert_int_equal(l->n_packets, LTE_DFT_BLOCKS);
    lent_close(l);
}

static void what_is_not_answered_is_done_here(void **state)
{
    struct lte_dft *d = *state;
    struct lent *l = lent_open("fft128");
    struct rng r = {2};

    d->kernel = &l->kernel;
    for (size_t k = 0; k < 2; k++) {
        l->cut = k == 0 ? 4 : 0; /* short answers; none */
        l->deaf = k == 1;
        fill(d, &r);
        lte_dft_run(d, 3);
        assert_true(error_db(d, 2) < -120);
    }
    assert_int_equal(l->n_calls, 2);
    lent_close(l);
}

/* Without power, or with what is no number, a block is 0 and others as ever. */
static void worthless_blocks_are_nothing(void **state)
{
    struct lte_dft *d = *state;
    struct lent *l = lent_open("fft128");
    struct rng r = {3};

    d->kernel = &l->kernel;
    fill(d, &r);
    memset(d->in[0], 0, sizeof d->in[0]);
    d->in[1][5] = NAN;
    d->in[2][5] = 1e30f;
    lte_dft_run(d, 4);
    for (size_t bin = 0; bin < LTE_FFT; bin++) {
        for (size_t k = 0; k < 3; k++) {
            assert_true(d->out[k][bin] == 0);
        }
    }
    assert_true(error_db(d, 3) < -55);
    lent_close(l);
}

/* Each as if it were alone; what lies outside is left as it is. */
static void symbols_at_once_are_those_one_by_one(void **state)
{
    static const double at[] = {1.5, 2, 900.25, -5, 1791, 1792, 1794.5, 70};
    static float complex x[1920];
    float complex y[CHECK_ROWS(at)][LTE_N_SC], one[1][LTE_N_SC];
    struct lte_iq iq = {x, CHECK_ROWS(x), 0};
    struct rng r = {4};
    struct lte_ofdm *o;

    (void)state;
    assert_int_equal(lte_ofdm_open(&o), 0);
    for (size_t k = 0; k < CHECK_ROWS(x); k++) {
        x[k] = cf(part(&r), part(&r));
    }
    memset(y, 0, sizeof y);
    /* The window begins two samples before; it ends at 1920 or before. */
    assert_int_equal(lte_ofdm_symbols(o, &iq, at, CHECK_ROWS(at), 777, y),
                     0xf6);
    for (size_t k = 0; k < CHECK_ROWS(at); k++) {
        memset(one, 0, sizeof one);
        assert_int_equal(lte_ofdm_symbols(o, &iq, at + k, 1, 777, one),
                         k != 0 && k != 3);
        assert_memory_equal(y[k], one, sizeof one);
    }
    lte_ofdm_close(o);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct lte_dft));
    return *state == NULL || lte_dft_open(*state) < 0;
}

static int teardown(void **state)
{
    lte_dft_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_transformed_here_and_by_the_function),
        cmocka_unit_test(what_is_not_answered_is_done_here),
        cmocka_unit_test(worthless_blocks_are_nothing),
        cmocka_unit_test(symbols_at_once_are_those_one_by_one),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
