/*
 * lte_pss_seen_test.c - where function pss_correlate sees nothing, nothing is,
 * and where a signal is it sees one; also of levels that vary, and answers that
 * do not come.
 */
#include "sdr/fn/lte_rx/lte_pss_seen.h"

#include <math.h>

#include "core/base/rng.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

enum { N_FRAMES = 4, N = N_FRAMES * LTE_FRAME };

static const float hidden = 65; /* as HIDDEN_PSS of lte_rx */

struct bench {
    struct lte_pss_seen seen;
    struct lent *lent;
    float complex x[N], cell[N];
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    if (b != NULL) {
        b->lent = lent_open("pss_correlate");
        b->seen.kernel = &b->lent->kernel;
    }
    *state = b;
    return b == NULL ? -1 : 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    lent_close(b->lent);
    free(b);
    return 0;
}

static unsigned seen(struct bench *b, size_t n, double cfo_hz, float pss_min)
{
    struct lte_iq iq = {b->x, n, 2e9};

    return lte_pss_seen(&b->seen, &iq, cfo_hz, pss_min);
}

/* Noise of power 1 in b->x, every second slot of it 'louder' times as large. */
static void make_noise(struct bench *b, uint64_t seed, float louder)
{
    struct rng r = {seed};

    memset(b->x, 0, sizeof b->x);
    impair_noise(b->x, N, 1, &r);
    for (size_t k = 0; k < N; k++) {
        b->x[k] *= k / 960 % 2 == 0 ? 1 : louder;
    }
}

/* Adds cell 'pci', its resource elements 'snr_db' above noise of power 1. */
static void add_cell(struct bench *b, unsigned pci, double cfo_hz,
                     double snr_db)
{
    struct gen_lte g = {.id = {.cell_id = (uint16_t)pci},
                        .ports = 1,
                        .gain = {1},
                        .mib = {.prb = 6},
                        .loaded = true,
                        .seed = pci};
    double gain = sqrt(LTE_N_SC / (double)LTE_FFT * pow(10, snr_db / 10));

    assert_int_equal(gen_lte_run(&g, N_FRAMES, b->cell), 0);
    impair_cfo(b->cell, N, cfo_hz, LTE_RATE_HZ);
    for (size_t k = 0; k < N; k++) {
        b->x[k] += (float)gain * b->cell[k];
    }
}

static void noise_and_its_level_are_no_signal(void **state)
{
    struct bench *b = *state;

    for (uint64_t seed = 1; seed <= 50; seed++) {
        make_noise(b, seed, 10);
        assert_int_equal(seen(b, N, 0, hidden), 0);
    }
    assert_int_equal(b->lent->n_packets, 50);
    assert_int_equal(b->lent->longest, 2 * LTE_SEEN_BLOCK);
}

static void a_signal_is_seen_at_its_frequency(void **state)
{
    static const double cfo_hz[] = {0, -31e3, 96e3, -150e3};
    struct bench *b = *state;

    for (unsigned pci = 100; pci < 112; pci++) {
        double hz = cfo_hz[pci / 3 % 4];
        make_noise(b, pci, 1);
        add_cell(b, pci, hz, 0);
        assert_int_equal(seen(b, N, hz, hidden), 1U << pci % 3);
        assert_int_equal(seen(b, N, hz + 700, hidden), 1U << pci % 3);
    }
}

static void two_at_once_are_both_seen(void **state)
{
    struct bench *b = *state;

    make_noise(b, 7, 1);
    add_cell(b, 30, 5000, 3);
    add_cell(b, 41, 5000, 3);
    assert_int_equal(seen(b, N, 5000, hidden), 5);
}

static void without_an_answer_anything_may_be(void **state)
{
    struct bench *b = *state;

    make_noise(b, 1, 10);
    assert_int_equal(seen(b, 2 * LTE_SEEN_BLOCK - 1, 0, hidden), LTE_SEEN_ALL);
    assert_int_equal(seen(b, 0, 0, hidden), LTE_SEEN_ALL);
    assert_int_equal(b->lent->n_calls, 0);
    b->lent->deaf = true;
    assert_int_equal(seen(b, N, 0, hidden), LTE_SEEN_ALL);
    b->lent->deaf = false;
    b->lent->cut = 1;
    assert_int_equal(seen(b, N, 0, hidden), LTE_SEEN_ALL);
    b->seen.kernel = NULL;
    assert_int_equal(seen(b, N, 0, hidden), LTE_SEEN_ALL);
}

static void nothing_at_all_and_no_numbers_are_no_signal(void **state)
{
    struct bench *b = *state;

    memset(b->x, 0, sizeof b->x);
    assert_int_equal(seen(b, N, 0, hidden), 0);
    for (size_t k = 0; k < N; k++) {
        b->x[k] = k % 3 == 0 ? NAN : k % 3 == 1 ? INFINITY : 1e30f;
    }
    (void)seen(b, N, 0, hidden); /* whatever it is, without harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(noise_and_its_level_are_no_signal,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(a_signal_is_seen_at_its_frequency,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(two_at_once_are_both_seen, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(without_an_answer_anything_may_be,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(
            nothing_at_all_and_no_numbers_are_no_signal, bench_open,
            bench_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
