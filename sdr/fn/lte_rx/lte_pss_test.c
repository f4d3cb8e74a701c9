/*
 * lte_pss_test.c - peaks of generated cells: place, frequency, and what the
 * sample clock and noise do to them.
 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/fn/lte_rx/lte_pss.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

enum {
    N_FRAMES = 8,
    N = N_FRAMES * LTE_FRAME,
    PSS_AT = 832, /* of an FDD frame */
};

static const double carrier_hz = 2e9;

struct bench {
    struct lte_pss_search *search;
    float complex x[N], sent[N + LTE_FRAME];
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    return b == NULL || lte_pss_open(&b->search) < 0 ? -1 : 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    lte_pss_close(b->search);
    free(b);
    return 0;
}

/* Cell 'pci' in b->x, its first frame 'delay' samples late. */
static void receive(struct bench *b, unsigned pci, double delay, double cfo_hz,
                    double clock_ppm, double snr_db)
{
    struct gen_lte g = {.id = {.cell_id = (uint16_t)pci},
                        .ports = 1,
                        .gain = {1},
                        .mib = {.prb = 6},
                        .loaded = true,
                        .seed = pci};
    struct rng r = {pci};

    assert_int_equal(gen_lte_run(&g, N_FRAMES + 1, b->sent), 0);
    memset(b->x, 0, sizeof b->x);
    impair_place(b->sent, N + LTE_FRAME, delay, clock_ppm, b->x, N);
    impair_cfo(b->x, N, cfo_hz, LTE_RATE_HZ);
    impair_noise(b->x, N, 128.0 / 72 * pow(10, -snr_db / 10), &r);
}

/* The strongest peak of the root, refined; z is 0 without one. */
static struct lte_pss_peak best(struct bench *b, unsigned root, double from_hz,
                                double to_hz, double carrier)
{
    struct lte_iq iq = {b->x, N, carrier};
    struct lte_pss_range range = {from_hz, to_hz};
    struct lte_pss_peak peak[LTE_PSS_PEAKS] = {0};

    lte_pss_load(b->search, &iq);
    if (lte_pss_find(b->search, root, &range, peak) > 0) {
        lte_pss_refine(b->search, root, &peak[0]);
    }
    return peak[0];
}

static void peaks_are_at_the_sample_and_the_frequency(void **state)
{
    static const struct {
        unsigned pci;
        double delay, cfo_hz, from_hz, to_hz;
    } row[] = {
        {0, 0, 0, -20e3, 20e3},
        {1, 5001, 13.4e3, -20e3, 20e3},
        {2, 9599 - PSS_AT, -4.6e3, 0, 0},
        {302, 77, 149e3, 145e3, 150e3},
        {303, 1921 - PSS_AT, -199e3, -199e3, -199e3},
    };
    struct bench *b = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        receive(b, row[k].pci, row[k].delay, row[k].cfo_hz, 0, 3);
        struct lte_pss_peak p =
            best(b, row[k].pci % 3, row[k].from_hz, row[k].to_hz, 0);
        print_message("row %zu: %.0f, %.0f Hz, z %.1f\n", k, p.at, p.cfo_hz,
                      (double)p.z);
        assert_true(p.z > 50);
        double late = remainder(p.at - row[k].delay - PSS_AT, LTE_HALF_FRAME);
        assert_true(fabs(late) <= 1);
        assert_true(fabs(p.cfo_hz - row[k].cfo_hz) < 600);
    }
}

static void a_clock_tied_to_the_carrier_is_followed(void **state)
{
    struct bench *b = *state;

    for (int sign = -1; sign <= 1; sign += 2) {
        /* 75 ppm: 11 samples in 80 ms.  A crystal that is slow tunes too low:
         * the signal is above, and samples are too few. */
        receive(b, 5, 300, sign * 150e3, sign * 75, -3);
        double cfo_hz = sign * 150e3;
        float tied = best(b, 2, cfo_hz, cfo_hz, carrier_hz).z;
        float free_running = best(b, 2, cfo_hz, cfo_hz, 0).z;
        print_message("z %.1f, %.1f\n", (double)tied, (double)free_running);
        assert_true(tied > 2 * free_running);
    }
}

static void other_roots_and_noise_have_no_clear_peak(void **state)
{
    struct bench *b = *state;
    struct rng r = {8};

    receive(b, 4, 100, 0, 0, 0);
    assert_true(best(b, 1, 0, 0, 0).z > 80);
    assert_true(best(b, 0, 0, 0, 0).z < 15);
    assert_true(best(b, 2, 0, 0, 0).z < 15);
    memset(b->x, 0, sizeof b->x);
    assert_true(best(b, 0, -150e3, 150e3, 0).z == 0);
    impair_noise(b->x, N, 1, &r);
    for (unsigned root = 0; root < 3; root++) {
        assert_true(best(b, root, -150e3, 150e3, 0).z < 10);
    }
}

static void a_burst_counts_no_more_than_other_samples(void **state)
{
    struct bench *b = *state;

    receive(b, 4, 100, 0, 0, 0);
    for (size_t k = 30000; k < 31000; k++) {
        b->x[k] *= 30;
    }
    struct lte_pss_peak p = best(b, 1, 0, 0, 0);
    assert_true(p.z > 80);
    assert_true(fabs(p.at - 100 - PSS_AT) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_are_at_the_sample_and_the_frequency),
        cmocka_unit_test(a_clock_tied_to_the_carrier_is_followed),
        cmocka_unit_test(other_roots_and_noise_have_no_clear_peak),
        cmocka_unit_test(a_burst_counts_no_more_than_other_samples),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
