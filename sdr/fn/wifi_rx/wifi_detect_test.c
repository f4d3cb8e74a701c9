/* wifi_detect_test.c - preambles are found, and nothing else is. */
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

#include "sdr/dsp/cf.h"

static struct air_seen detect(const float complex *x, size_t n, size_t part)
{
    struct wifi_detect *d = NULL;
    struct air_seen seen = {.n = 0};

    assert_int_equal(wifi_detect_open(&d), 0);
    for (size_t k = 0; k < n; k += part) {
        wifi_detect_push(d, x + k, n - k < part ? n - k : part, air_see, &seen);
    }
    assert_int_equal(wifi_detect_counts(d)->dropped, 0);
    wifi_detect_close(d);
    return seen;
}

static void preamble_is_found_once_with_its_start_and_offset(void **state)
{
    static const struct {
        double delay, cfo_hz, snr_db, cfo_error_hz;
    } row[] = {
        {1000, 0, 30, 500},      {1003, 200e3, 30, 500},
        {1777, -200e3, 30, 500}, {0, 0, 30, 500},
        {7, 50e3, 30, 500},      {5000.5, 10e3, 10, 3e3},
        {3000, -100e3, 3, 10e3}, {3000, 250e3, 3, 10e3},
        {4100, 123e3, 100, 500},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct air a = {.rng = {k}};
        struct air_seen seen;

        air_open(&a, &(struct air_setting){.mbps = 12,
                                           .psdu_len = 60,
                                           .delay = row[k].delay,
                                           .cfo_hz = row[k].cfo_hz,
                                           .snr_db = row[k].snr_db,
                                           .rest = 400});
        seen = detect(a.x, a.n, 1000);
        assert_int_equal(seen.n, 1);
        assert_true(fabs((double)seen.d[0].start_sample - row[k].delay) <= 5);
        assert_true(fabs((double)seen.d[0].cfo_hz - row[k].cfo_hz) <
                    row[k].cfo_error_hz);
        air_close(&a);
    }
}

static void size_of_the_pushes_does_not_matter(void **state)
{
    static const size_t part[] = {1, 7, 64, 4096, 100000};
    struct air a = {.rng = {9}};

    (void)state;
    air_open(&a, &(struct air_setting){.mbps = 6,
                                       .psdu_len = 100,
                                       .delay = 9001,
                                       .snr_db = 15,
                                       .rest = 9000});
    for (size_t k = 0; k < CHECK_ROWS(part); k++) {
        struct air_seen seen = detect(a.x, a.n, part[k]);

        assert_int_equal(seen.n, 1);
        assert_in_range(seen.d[0].start_sample, 9001 - 5, 9001 + 5);
    }
    air_close(&a);
}

static void frames_without_a_gap_are_all_found(void **state)
{
    struct air a = {.rng = {4}};
    struct air_seen seen;
    float complex *x;
    size_t n;

    (void)state;
    air_open(&a, &(struct air_setting){
                     .mbps = 54, .psdu_len = 14, .snr_db = 30, .rest = 0});
    n = a.n;
    x = calloc(20 * n, sizeof *x);
    assert_non_null(x);
    for (size_t k = 0; k < 20; k++) {
        memcpy(x + k * n, a.x, n * sizeof *x);
    }
    seen = detect(x, 20 * n, 500);
    /* The last one ends before the detector has seen enough. */
    assert_in_range(seen.n, 19, 20);
    for (size_t k = 0; k < 19; k++) {
        assert_in_range(seen.d[k].start_sample + 5, k * n, k * n + 10);
    }
    free(x);
    air_close(&a);
}

enum { LONG = 400000 };

static void noise_tones_and_silence_are_no_preamble(void **state)
{
    float complex *x = calloc(LONG, sizeof *x);
    struct rng r = {5};

    (void)state;
    assert_non_null(x);
    assert_int_equal(detect(x, LONG, 1000).n, 0);
    for (size_t k = 0; k < LONG; k++) {
        x[k] = 1;
    }
    impair_cfo(x, LONG, 1.25e6, OFDM20_RATE_HZ);
    assert_int_equal(detect(x, LONG, 1000).n, 0);
    memset(x, 0, LONG * sizeof *x);
    impair_noise(x, LONG, 1, &r);
    assert_int_equal(detect(x, LONG, 1000).n, 0);
    free(x);
}

static void preamble_after_bad_samples_is_found(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e-40f};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        struct air a = {.rng = {k}};
        struct air_seen seen;

        air_open(&a, &(struct air_setting){.mbps = 6,
                                           .psdu_len = 100,
                                           .delay = 3000,
                                           .snr_db = 20,
                                           .rest = 400});
        for (size_t j = 0; j < 2700; j++) {
            a.x[j] = cf(bad[k], j % 3 == 0 ? 0 : bad[k]);
        }
        seen = detect(a.x, a.n, 1000);
        assert_int_equal(seen.n, 1);
        assert_in_range(seen.d[0].start_sample, 3000 - 5, 3000 + 5);
        air_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preamble_is_found_once_with_its_start_and_offset),
        cmocka_unit_test(size_of_the_pushes_does_not_matter),
        cmocka_unit_test(frames_without_a_gap_are_all_found),
        cmocka_unit_test(noise_tones_and_silence_are_no_preamble),
        cmocka_unit_test(preamble_after_bad_samples_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
