/*
 * wifi_stf_test.c - the detector with function stf_detect: what it finds is
 * what the one in floating point finds, wherever the stream is cut, whether or
 * not it answers, and whatever it answers.
 */
#include "sdr/fn/wifi_rx/wifi_stf.h"

#include "core/base/bytes.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

enum { FRAMES = 24, LONG = 200000 };

/* Frames of all rates at any place, often without a gap; free it. */
static float complex *frames(uint64_t seed, double snr_db, size_t *n)
{
    float complex *x = calloc(LONG, sizeof *x);
    struct rng r = {seed};

    assert_non_null(x);
    *n = 0;
    for (int k = 0; k < FRAMES; k++) {
        static const unsigned mbps[] = {6, 9, 12, 18, 24, 36, 48, 54};
        struct air a = {.rng = {seed + (uint64_t)k}};
        air_open(&a, &(struct air_setting){.mbps = mbps[k % 8],
                                           .psdu_len = 14 + rng_below(&r, 100),
                                           .delay = rng_below(&r, 3) * 0.25 *
                                                    rng_below(&r, 4000),
                                           .cfo_hz = (k % 21 - 10) * 10e3,
                                           .snr_db = snr_db});
        assert_true(*n + a.n + 600 <= LONG);
        memcpy(x + *n, a.x, a.n * sizeof *x);
        *n += a.n;
        air_close(&a);
    }
    *n += 600; /* behind the last one */
    return x;
}

/* With 'lent', or without: NULL. */
static struct air_seen detect(struct lent *lent, const float complex *x,
                              size_t n, size_t part)
{
    struct air_seen seen = {.n = 0};
    struct wifi_detect *d = NULL;

    assert_int_equal(wifi_detect_open(&d), 0);
    if (lent != NULL) {
        wifi_detect_lend(d, &lent->kernel);
    }
    for (size_t k = 0; k < n; k += part) {
        wifi_detect_push(d, x + k, n - k < part ? n - k : part, air_see, &seen);
    }
    wifi_detect_flush(d, air_see, &seen);
    assert_int_equal(wifi_detect_counts(d)->dropped, 0);
    wifi_detect_close(d);
    return seen;
}

/* Starts may be between two samples. */
static void assert_same_starts(const struct air_seen *a,
                               const struct air_seen *b)
{
    assert_int_equal(a->n, b->n);
    assert_true(a->n <= CHECK_ROWS(a->d));
    for (size_t k = 0; k < a->n; k++) {
        assert_in_range(a->d[k].start_sample + 1, b->d[k].start_sample,
                        b->d[k].start_sample + 2);
    }
}

/* In noise a few frames of 400 are one detector's only: stf_detect_air_test. */
static void frames_are_found_where_floating_point_finds_them(void **state)
{
    struct lent *lent = lent_open("stf_detect");

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        size_t n;
        float complex *x = frames(seed, 25, &n);
        struct air_seen floats = detect(NULL, x, n, 4096);
        struct air_seen ours = detect(lent, x, n, 4096);
        assert_true(floats.n >= FRAMES - 1);
        assert_same_starts(&ours, &floats);
        free(x);
    }
    assert_true(lent->n_packets > 0);
    assert_int_equal(lent->longest, 4 * (WIFI_STF_LAP + WIFI_STF_NEW));
    lent_close(lent);
}

/* All that is reported is the same, also at levels far from 1. */
static void neither_cuts_nor_the_level_matter(void **state)
{
    static const size_t part[] = {1, 7, 64, 511, 512, 5000, LONG};
    static const float level[] = {1e-20f, 3e-5f, 1024, 1e15f};
    struct lent *lent = lent_open("stf_detect");
    size_t n;
    float complex *x = frames(3, 12, &n);
    struct air_seen first = detect(lent, x, n, 4096);

    (void)state;
    assert_true(first.n >= FRAMES - 1);
    for (size_t k = 0; k < CHECK_ROWS(part); k++) {
        struct air_seen seen = detect(lent, x, n, part[k]);
        assert_int_equal(seen.n, first.n);
        assert_memory_equal(seen.d, first.d, first.n * sizeof first.d[0]);
    }
    for (size_t k = 0; k < CHECK_ROWS(level); k++) {
        float complex *y = calloc(n, sizeof *y);
        assert_non_null(y);
        for (size_t j = 0; j < n; j++) {
            y[j] = x[j] * level[k];
        }
        struct air_seen seen = detect(lent, y, n, 4096);
        assert_same_starts(&seen, &first);
        free(y);
    }
    free(x);
    lent_close(lent);
}

/* A frame that ends the stream: the last block is a part. */
static void the_last_frame_is_found_by_the_flush(void **state)
{
    struct lent *lent = lent_open("stf_detect");

    (void)state;
    for (unsigned delay = 1000; delay < 1512; delay += 31) {
        struct air a = {.rng = {delay}};
        air_open(&a,
                 &(struct air_setting){
                     .mbps = 54, .psdu_len = 14, .delay = delay, .snr_db = 25});
        struct air_seen seen = detect(lent, a.x, a.n, 4096);
        assert_int_equal(seen.n, 1);
        assert_in_range(seen.d[0].start_sample, delay - 5, delay + 5);
        air_close(&a);
    }
    lent_close(lent);
}

static void without_an_answer_the_receiver_looks_itself(void **state)
{
    struct lent *lent = lent_open("stf_detect");
    size_t n;
    float complex *x = frames(4, 25, &n);
    struct air_seen floats = detect(NULL, x, n, 4096);

    (void)state;
    lent->deaf = true;
    struct air_seen ours = detect(lent, x, n, 4096);
    assert_true(lent->n_calls > 0);
    assert_same_starts(&ours, &floats);
    free(x);
    lent_close(lent);
}

/* A function that has lost its mind: lists of anything. */
static bool any_list(void *ctx, const struct fn_span *in, struct fn_span *out)
{
    static uint8_t bytes[WIFI_STF_BLOCKS][300];
    struct pkt *y = out->items;
    struct rng *r = ctx;

    for (size_t k = 0; k < in->n; k++) {
        for (size_t j = 0; j < sizeof bytes[k]; j++) {
            bytes[k][j] = (uint8_t)rng_next(r);
        }
        for (size_t j = 0; j + 12 <= sizeof bytes[k]; j += 12) {
            le32_store(bytes[k] + j, rng_below(r, 1000));
        }
        y[k] = (struct pkt){.data = bytes[k],
                            .len_bytes = rng_below(r, sizeof bytes[k] + 1)};
    }
    out->n = in->n;
    return true;
}

static void any_answer_is_harmless(void **state)
{
    struct rng r = {11};
    const struct fn_kernel kernel = {any_list, &r};
    struct wifi_detect *d = NULL;
    struct air_seen seen = {.n = 0};
    size_t n;
    float complex *x = frames(5, 25, &n);

    (void)state;
    assert_int_equal(wifi_detect_open(&d), 0);
    wifi_detect_lend(d, &kernel);
    for (int k = 0; k < 10; k++) {
        wifi_detect_push(d, x, n, air_see, &seen);
        wifi_detect_flush(d, air_see, &seen);
    }
    assert_true(wifi_detect_counts(d)->candidates > 1000);
    wifi_detect_close(d);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_found_where_floating_point_finds_them),
        cmocka_unit_test(neither_cuts_nor_the_level_matter),
        cmocka_unit_test(the_last_frame_is_found_by_the_flush),
        cmocka_unit_test(without_an_answer_the_receiver_looks_itself),
        cmocka_unit_test(any_answer_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
