/*
 * decimator_test.c - the front end's decimator by function fir_decim, in its C
 * body: tones pass in time or are gone, wherever the stream is cut.
 */
#include "host/radio/decimator.h"

#include "fir_decim_csr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/registry.h"
#include "sdr/dsp/cf.h"
#include "sdr/dsp/decimate.h"
#include "tests/check.h"

enum { N = 20001, ROOM = N + DECIMATOR_OUT + 64, EDGE = 64 };

struct bed {
    struct kernels_plan plan;
    struct report report;
    bool deaf; /* the function drops all blocks */
    float complex x[N], y[ROOM], z[ROOM];
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    *state = b;
    if (b != NULL) {
        b->plan.fn[b->plan.n++] = registry_find(DECIMATOR_KERNEL);
        b->report.out = stderr;
    }
    return b == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* Random samples. */
static void fill(struct bed *b, uint64_t seed)
{
    struct rng r = {seed};

    for (size_t k = 0; k < N; k++) {
        b->x[k] = cf((float)rng_below(&r, 1 << 16) / (1 << 15) - 1,
                     (float)rng_below(&r, 1 << 16) / (1 << 15) - 1);
    }
}

/* The stream x[N] to 'y', pushed in random parts of up to 'part'; how many. */
static size_t decimated(struct bed *b, unsigned factor, uint32_t part,
                        float complex *y)
{
    struct kernels *k = NULL;
    struct decimator *d = NULL;
    struct rng r = {part};
    size_t n = 0;

    b->report.out = fopen("/dev/null", "w"); /* the node's totals */
    assert_non_null(b->report.out);
    assert_int_equal(kernels_open(&b->plan, &b->report, factor * 20e6, &k), 0);
    assert_int_equal(decimator_open(k, 0, factor * 20e6, factor, &d), 0);
    if (b->deaf) {
        struct write_list w = {0};
        assert_int_equal(write_list_emit(&w, FIR_DECIM_N_TAPS, 0), 0);
        kernels_set(k, 0, &w);
        write_list_close(&w);
    }
    for (size_t at = 0, now; at < N; at += now) {
        now = 1 + rng_below(&r, part);
        now = now < N - at ? now : N - at;
        n += decimator_push(d, b->x + at, now, y + n);
    }
    n += decimator_flush(d, y + n);
    decimator_close(d);
    assert_int_equal(kernels_close(k), 0);
    assert_int_equal(fclose(b->report.out), 0);
    assert_int_equal(n, (N + factor - 1) / factor);
    return n;
}

/* A tone of so many turns a sample. */
static double complex tone(double turns, double k)
{
    double angle = 2 * M_PI * (turns * k - floor(turns * k));

    return cos(angle) + I * sin(angle);
}

/* Error power of y[n] beside the tone it should be, or its power alone. */
static double error_db(const float complex *y, size_t n, double turns,
                       double level)
{
    double error = 0;

    for (size_t k = EDGE; k < n - EDGE; k++) {
        double complex e =
            (double complex)y[k] - level * tone(turns, (double)k);
        error += creal(e) * creal(e) + cimag(e) * cimag(e);
    }
    return 10 * log10(error / (double)(n - 2 * EDGE));
}

/* In parts of the rate that comes out: the tones of Wi-Fi are within 0.4375. */
static void tones_pass_in_time_and_others_do_not_fold(void **state)
{
    static const double pass[] = {0, 0.01, -0.2, 0.3, -0.4, 0.4375};
    static const double stop[] = {0.5625, -0.6, 0.75, 1, -1.4};
    struct bed *b = *state;

    for (unsigned factor = 2; factor <= DECIMATOR_MAX; factor++) {
        for (size_t k = 0; k < CHECK_ROWS(pass) + CHECK_ROWS(stop); k++) {
            bool passes = k < CHECK_ROWS(pass);
            double turns = passes ? pass[k] : stop[k - CHECK_ROWS(pass)];
            for (size_t j = 0; j < N; j++) {
                b->x[j] =
                    (float complex)(0.1 * tone(turns / factor, (double)j));
            }
            if (!passes && fabs(turns) > factor / 2.0) {
                continue; /* the input has no such tone */
            }
            size_t n = decimated(b, factor, DECIMATOR_PUSH, b->y);
            double got = error_db(b->y, n, turns, passes ? 0.1 : 0) + 20;
            print_message("by %u, %+.4f: %.1f dB\n", factor, turns, got);
            assert_true(got < (passes ? -57 : -59));
        }
    }
}

/* What 16 bits of samples and taps cost, beside sums of the taps as they are
 * designed. */
static void what_16_bits_cost_is_75_db_below(void **state)
{
    struct bed *b = *state;

    for (unsigned factor = 2; factor <= DECIMATOR_MAX; factor++) {
        unsigned half = decimate_half((1 - 2 * 0.445) / factor);
        double error = 0, power = 0;
        float tap[127];
        half = half < 63 ? half : 63;
        decimate_taps(factor, half, tap);
        fill(b, factor);
        size_t n = decimated(b, factor, DECIMATOR_PUSH, b->y);
        for (size_t k = EDGE; k < n - EDGE; k++) {
            const float complex *from = b->x + k * factor - half;
            double complex sum = 0;
            for (size_t t = 0; t <= 2 * half; t++) {
                sum += (double)tap[t] * (double complex)from[t];
            }
            double complex e = (double complex)b->y[k] - sum;
            error += creal(e) * creal(e) + cimag(e) * cimag(e);
            power += creal(sum) * creal(sum) + cimag(sum) * cimag(sum);
        }
        double got = 10 * log10(error / power);
        print_message("by %u: %.1f dB\n", factor, got);
        assert_true(got < -75);
    }
}

static void cuts_and_levels_do_not_matter(void **state)
{
    static const uint32_t part[] = {1, 7, 1000, 1024, 4096};
    struct bed *b = *state;

    fill(b, 9);
    size_t n = decimated(b, 3, DECIMATOR_PUSH, b->y);
    for (size_t k = 0; k < CHECK_ROWS(part); k++) {
        assert_int_equal(decimated(b, 3, part[k], b->z), n);
        assert_memory_equal(b->z, b->y, n * sizeof b->y[0]);
    }
    for (size_t k = 0; k < N; k++) {
        b->x[k] *= 0x1p-40f; /* a scale that blocks have, too */
    }
    assert_int_equal(decimated(b, 3, DECIMATOR_PUSH, b->z), n);
    for (size_t k = 0; k < n; k++) {
        b->z[k] *= 0x1p40f;
    }
    assert_memory_equal(b->z, b->y, n * sizeof b->y[0]);
}

static void blocks_without_an_answer_come_out_the_same(void **state)
{
    struct bed *b = *state;

    fill(b, 3);
    size_t n = decimated(b, 2, DECIMATOR_PUSH, b->y);
    b->deaf = true;
    assert_int_equal(decimated(b, 2, DECIMATOR_PUSH, b->z), n);
    assert_memory_equal(b->z, b->y, n * sizeof b->y[0]);
}

static void only_small_whole_factors_are_its_own(void **state)
{
    (void)state;
    assert_int_equal(decimator_factor(40e6, 20e6), 2);
    assert_int_equal(decimator_factor(60e6, 20e6), 3);
    assert_int_equal(decimator_factor(80e6, 20e6), 4);
    assert_int_equal(decimator_factor(100e6, 20e6), 0);
    assert_int_equal(decimator_factor(20e6, 20e6), 0);
    assert_int_equal(decimator_factor(30.72e6, 20e6), 0);
    assert_int_equal(decimator_factor(40.001e6, 20e6), 0);
    assert_int_equal(decimator_factor(19.2e6, 20e6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tones_pass_in_time_and_others_do_not_fold, setup, teardown),
        cmocka_unit_test_setup_teardown(what_16_bits_cost_is_75_db_below, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(cuts_and_levels_do_not_matter, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            blocks_without_an_answer_come_out_the_same, setup, teardown),
        cmocka_unit_test(only_small_whole_factors_are_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
