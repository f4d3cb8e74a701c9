/* wifi_decode_test.c - frames through a channel, whole, broken and cut off. */
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

#include <liquid/liquid.h>

#include "sdr/dsp/cf.h"

struct rx {
    struct wifi_decoder *w;
    struct wifi_frame f;
};

static int setup(void **state)
{
    struct rx *rx = malloc(sizeof *rx);

    *state = rx;
    return rx == NULL || wifi_decode_open(&rx->w) < 0;
}

static int teardown(void **state)
{
    struct rx *rx = *state;

    wifi_decode_close(rx->w);
    free(rx);
    return 0;
}

/* Decodes exactly x[0 .. n - 1] from a copy, so that a sanitizer can watch. */
static int decode(struct rx *rx, const float complex *x, size_t n,
                  size_t *n_needed)
{
    float complex *copy = malloc((n + 1) * sizeof *copy);
    int got;

    assert_non_null(copy);
    memcpy(copy + 1, x, n * sizeof *copy);
    got = wifi_decode(rx->w, copy + 1, n, &rx->f, n_needed);
    free(copy);
    return got;
}

static void check_frame(const struct rx *rx, const struct air *a, unsigned mbps)
{
    assert_int_equal(rx->f.format, WIFI_NON_HT);
    assert_false(rx->f.header_only);
    assert_true(rx->f.fcs_ok);
    assert_int_equal(rx->f.rate_kbps, 1000 * mbps);
    assert_int_equal(rx->f.psdu_len, a->psdu_len);
    assert_memory_equal(rx->f.psdu, a->psdu, a->psdu_len);
}

static void every_rate_comes_back_through_offset_delay_and_noise(void **state)
{
    static const double snr_db[WIFI_PHY_RATES] = {4, 7, 7, 10, 13, 17, 21, 23};
    static const double cfo_hz[] = {-250e3, -31e3, 0, 250e3};
    struct rx *rx = *state;

    for (size_t k = 0; k < WIFI_PHY_RATES * CHECK_ROWS(cfo_hz); k++) {
        size_t rate = k / CHECK_ROWS(cfo_hz);
        struct air_setting s = {
            .mbps = wifi_phy_rate[rate].mbps,
            .psdu_len = 200 + 17 * k,
            .delay = WIFI_DECODE_LEAD - 40 + 0.3 + 2.5 * (double)k,
            .cfo_hz = cfo_hz[k % CHECK_ROWS(cfo_hz)],
            .clock_ppm = k % 2 == 0 ? 20 : -20,
            .snr_db = snr_db[rate],
            .rest = 10,
        };
        struct air a = {.rng = {k}};
        size_t needed = 0;

        air_open(&a, &s);
        assert_int_equal(decode(rx, a.x, a.n, &needed), WIFI_DECODE_FRAME);
        check_frame(rx, &a, s.mbps);
        assert_true(fabs((double)rx->f.start - s.delay) <= 4);
        assert_true(fabs((double)rx->f.cfo_hz - s.cfo_hz) < 4e3);
        assert_true(fabs((double)rx->f.snr_db - s.snr_db) < 2.5);
        air_close(&a);
    }
}

static void longest_frame_with_clocks_forty_ppm_apart_comes_back(void **state)
{
    static const double ppm[] = {-40, 40};
    struct rx *rx = *state;

    for (size_t k = 0; k < CHECK_ROWS(ppm); k++) {
        struct air_setting s = {.mbps = 6,
                                .psdu_len = WIFI_PHY_PSDU_MAX,
                                .delay = WIFI_DECODE_LEAD,
                                .clock_ppm = ppm[k],
                                .snr_db = 10,
                                .rest = 20};
        struct air a = {.rng = {k}};
        size_t needed = 0;

        air_open(&a, &s);
        assert_true(a.n <= WIFI_DECODE_MAX);
        assert_int_equal(decode(rx, a.x, a.n, &needed), WIFI_DECODE_FRAME);
        check_frame(rx, &a, 6);
        air_close(&a);
    }
}

static void detected_start_is_good_enough_to_decode(void **state)
{
    struct rx *rx = *state;

    for (size_t k = 0; k < 40; k++) {
        struct air_setting s = {.mbps = 6,
                                .psdu_len = 60,
                                .delay = 1000 + 0.7 * (double)k,
                                .cfo_hz = 5e3 * (double)k,
                                .snr_db = 4,
                                .rest = 100};
        struct air a = {.rng = {k}};
        struct air_seen seen = {.n = 0};
        struct wifi_detect *d = NULL;
        size_t needed = 0;
        size_t from;

        air_open(&a, &s);
        assert_int_equal(wifi_detect_open(&d), 0);
        wifi_detect_push(d, a.x, a.n, air_see, &seen);
        wifi_detect_close(d);
        assert_int_equal(seen.n, 1);
        from = (size_t)seen.d[0].start_sample - WIFI_DECODE_LEAD;
        assert_int_equal(decode(rx, a.x + from, a.n - from, &needed),
                         WIFI_DECODE_FRAME);
        check_frame(rx, &a, 6);
        air_close(&a);
    }
}

static void frame_cut_off_anywhere_asks_for_what_it_needs(void **state)
{
    struct rx *rx = *state;
    struct air a = {.rng = {7}};
    size_t needed = 0;
    size_t whole;

    air_open(&a, &(struct air_setting){.mbps = 24,
                                       .psdu_len = 300,
                                       .delay = WIFI_DECODE_LEAD,
                                       .snr_db = 30});
    whole = a.n;
    for (size_t n = 0; n < whole; n += 40) {
        assert_int_equal(decode(rx, a.x, n, &needed), WIFI_DECODE_MORE);
        assert_true(needed > n);
        assert_true(n < WIFI_DECODE_MIN ? needed == WIFI_DECODE_MIN
                                        : needed <= whole + 1);
    }
    assert_int_equal(decode(rx, a.x, whole - 4, &needed), WIFI_DECODE_MORE);
    assert_int_equal(decode(rx, a.x, whole, &needed), WIFI_DECODE_FRAME);
    check_frame(rx, &a, 24);
    air_close(&a);
}

static void claim_of_4095_bytes_is_not_believed_beyond_the_samples(void **state)
{
    struct rx *rx = *state;
    struct air a = {.rng = {8}};
    size_t needed = 0;

    air_open(&a, &(struct air_setting){.mbps = 6,
                                       .psdu_len = WIFI_PHY_PSDU_MAX,
                                       .delay = WIFI_DECODE_LEAD,
                                       .snr_db = 30});
    assert_int_equal(decode(rx, a.x, WIFI_DECODE_LEAD + 500, &needed),
                     WIFI_DECODE_MORE);
    assert_in_range(needed, WIFI_DECODE_LEAD + 560 - 8, WIFI_DECODE_LEAD + 568);
    assert_int_equal(decode(rx, a.x, needed, &needed), WIFI_DECODE_MORE);
    assert_in_range(needed, a.n - 8, WIFI_DECODE_MAX);
    air_close(&a);
}

static void wrong_fcs_is_reported_as_such(void **state)
{
    struct rx *rx = *state;
    struct air a = {.rng = {3}};
    size_t needed = 0;

    air_open(&a, &(struct air_setting){.mbps = 12,
                                       .psdu_len = 100,
                                       .delay = WIFI_DECODE_LEAD,
                                       .snr_db = 30});
    for (size_t k = 800; k < 1000; k++) {
        a.x[k] = -a.x[k];
    }
    assert_int_equal(decode(rx, a.x, a.n, &needed), WIFI_DECODE_FRAME);
    assert_false(rx->f.fcs_ok);
    assert_int_equal(rx->f.psdu_len, 100);
    air_close(&a);
}

/* Turns the data tones, not the pilots, of the symbol at 'x' by 90 degrees. */
static void rotate_symbol(float complex *x)
{
    float complex bins[OFDM20_FFT];
    float complex *body = x + OFDM20_CP;

    (void)fft_run(OFDM20_FFT, body, bins, LIQUID_FFT_FORWARD, 0);
    for (int k = 0; k < OFDM20_FFT; k++) {
        bool pilot = k == 7 || k == 21 || k == 43 || k == 57;

        bins[k] *= (pilot ? 1 : I) / OFDM20_FFT;
    }
    (void)fft_run(OFDM20_FFT, bins, body, LIQUID_FFT_BACKWARD, 0);
    memcpy(x, body + OFDM20_FFT - OFDM20_CP, OFDM20_CP * sizeof *x);
}

static void rotate(struct air *a, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) {
        rotate_symbol(a->x + WIFI_DECODE_LEAD + OFDM20_DATA_AT +
                      OFDM20_SYMBOL * k);
    }
}

static void rotated_symbols_after_l_sig_make_a_header_only(void **state)
{
    static const struct {
        size_t from, to;
        enum wifi_format format;
    } row[] = {{0, 2, WIFI_HT}, {1, 2, WIFI_VHT}};
    struct rx *rx = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct air a = {.rng = {2}};
        size_t needed = 0;

        air_open(&a, &(struct air_setting){.mbps = 6,
                                           .psdu_len = 100,
                                           .delay = WIFI_DECODE_LEAD,
                                           .snr_db = 15});
        rotate(&a, row[k].from, row[k].to);
        assert_int_equal(decode(rx, a.x, a.n, &needed), WIFI_DECODE_FRAME);
        assert_int_equal(rx->f.format, row[k].format);
        assert_true(rx->f.header_only);
        assert_false(rx->f.fcs_ok);
        assert_int_equal(rx->f.lsig_len, 100);
        assert_int_equal(rx->f.psdu_len, 0);
        air_close(&a);
    }
}

/* Overwrites samples from..to with one value and decodes what is left. */
static int spoilt(struct rx *rx, size_t from, size_t to, float value)
{
    struct air a = {.rng = {6}};
    size_t needed = 0;
    int got;

    air_open(&a, &(struct air_setting){.mbps = 54,
                                       .psdu_len = 1000,
                                       .delay = WIFI_DECODE_LEAD,
                                       .snr_db = 30});
    for (size_t k = from; k < to && k < a.n; k++) {
        a.x[k] = cf(value, value);
    }
    got = decode(rx, a.x, a.n, &needed);
    air_close(&a);
    return got;
}

static void bad_samples_anywhere_do_no_harm(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e-40f, 0};
    struct rx *rx = *state;

    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        assert_int_equal(spoilt(rx, 0, 100000, bad[k]), WIFI_DECODE_NONE);
        for (size_t at = 0; at < 2000; at += 50) {
            int got = spoilt(rx, at, at + 50, bad[k]);

            assert_true(got == WIFI_DECODE_NONE || got == WIFI_DECODE_FRAME ||
                        got == WIFI_DECODE_MORE);
        }
        if (spoilt(rx, 600, 700, bad[k]) == WIFI_DECODE_FRAME) {
            assert_true(isfinite(rx->f.evm_db));
            assert_true(isfinite(rx->f.cfo_hz));
        }
    }
}

static void noise_is_no_frame(void **state)
{
    enum { N = WIFI_DECODE_MIN + 2000 };
    struct rx *rx = *state;
    struct rng r = {11};
    float complex x[N];

    for (int k = 0; k < 300; k++) {
        size_t needed = 0;

        memset(x, 0, sizeof x);
        impair_noise(x, N, 1, &r);
        assert_int_equal(decode(rx, x, N, &needed), WIFI_DECODE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rate_comes_back_through_offset_delay_and_noise),
        cmocka_unit_test(longest_frame_with_clocks_forty_ppm_apart_comes_back),
        cmocka_unit_test(detected_start_is_good_enough_to_decode),
        cmocka_unit_test(frame_cut_off_anywhere_asks_for_what_it_needs),
        cmocka_unit_test(
            claim_of_4095_bytes_is_not_believed_beyond_the_samples),
        cmocka_unit_test(wrong_fcs_is_reported_as_such),
        cmocka_unit_test(rotated_symbols_after_l_sig_make_a_header_only),
        cmocka_unit_test(bad_samples_anywhere_do_no_harm),
        cmocka_unit_test(noise_is_no_frame),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
