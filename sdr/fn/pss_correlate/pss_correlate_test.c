/*
 * pss_correlate_test.c - taps by the formula of the standard, correlations by
 * the definition in double precision, and blocks with signals at known places
 * in noise; in both bodies.
 */
#include "tests/block_check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>

#include "core/base/bytes.h"
#include "pss_correlate_csr.h"
#include "sdr/fn/pss_correlate/pss_correlate_block.h"

enum {
    PERIOD = 4800, /* a half-frame at 0.96 Msps */
    HALVES = 27,   /* of the longest block: 2^18 bytes */
    LEAD = 63,
    LONGEST = PERIOD * HALVES + LEAD, /* samples */
};

#define PI acos(-1.0)

/* What a block's answer says of an N_ID2. */
struct found {
    uint32_t place, value;
    uint64_t total;
};

static int bench_open(void **state)
{
    return bench_load(*state, "pss_correlate");
}

static void set(struct body *b, uint32_t period, uint32_t fold)
{
    assert_int_equal(body_write(b, PSS_CORRELATE_PERIOD, period), 0);
    assert_int_equal(body_write(b, PSS_CORRELATE_FOLD, fold), 0);
}

/* The answer to n samples of block_in. */
static void ask(struct body *b, uint32_t n, struct found f[3])
{
    struct pkt y = block_run(b, 2 * n, 0);

    assert_int_equal(y.len_bytes, PSS_CORRELATE_ANSWER);
    assert_int_equal(y.mark, PSS_CORRELATE_FOUND);
    assert_int_equal(y.flags, 0);
    for (size_t id = 0; id < 3; id++) {
        const uint8_t *x = y.data + 16 * id;
        f[id] = (struct found){le32_load(x), le32_load(x + 4),
                               (uint64_t)le32_load(x + 12) << 32 |
                                   le32_load(x + 8)};
    }
}

/* --- the standard --------------------------------------------------------- */

/* Sample n of 64 of the PSS: 36.211 6.11.1.1 on subcarriers -31..31. */
static double complex pss(unsigned id, int n)
{
    static const int root[3] = {25, 29, 34};
    double complex y = 0;

    for (int k = 0; k < 62; k++) {
        int m = k < 31 ? k : k + 1, at = k < 31 ? k - 31 : k - 30;
        y += cexp(-I * PI * root[id] * m * (m + 1) / 63) *
             cexp(2 * I * PI * at * n / 64);
    }
    return y;
}

static double scale_of_taps(void)
{
    double most = 0;

    for (int k = 0; k < 2 * 63; k++) {
        double complex v = pss((unsigned)k / 63, 1 + k % 63);
        most = fmax(most, fmax(fabs(creal(v)), fabs(cimag(v))));
    }
    return 127 / most;
}

static void taps_are_those_of_the_standard(void **state)
{
    double scale = scale_of_taps();

    (void)state;
    for (unsigned id = 0; id < 2; id++) {
        for (int j = 0; j < PSS_CORRELATE_PAIRS; j++) {
            double complex v = pss(id, 1 + j) * scale / (j == 31 ? 2 : 1);
            assert_true(cabs(pss(id, 1 + j) - pss(id, 63 - j)) < 1e-9);
            assert_int_equal(pss_correlate_taps[id][j][0], lround(creal(v)));
            assert_int_equal(pss_correlate_taps[id][j][1], lround(cimag(v)));
        }
    }
    for (int n = 0; n < 64; n++) {
        assert_true(cabs(pss(2, n) - conj(pss(1, n))) < 1e-9);
    }
}

/*
 * 7/8 a + 1/2 b is at most sqrt(7/8^2 + 1/2^2) = 1.0078 of the true size, and
 * where a = b, 0.9723; a alone is 0.9701 where both are equal, b = a / 4.
 */
static void sizes_are_near_the_true_ones(void **state)
{
    struct rng r = {.state = 3};
    double least = 2, most = 0;

    (void)state;
    for (int k = 0; k < 100000; k++) {
        int32_t re = (int32_t)rng_below(&r, 2000000) - 1000000;
        int32_t im = (int32_t)rng_below(&r, 2000000) - 1000000;
        double ratio = pss_correlate_size(re, im) / hypot(re, im);
        if (hypot(re, im) > 10000) {
            least = fmin(least, ratio);
            most = fmax(most, ratio);
        }
    }
    printf("  %.4f to %.4f of the true size\n", least, most);
    assert_true(least > 0.969 && most < 1.008);
    assert_int_equal(pss_correlate_size(0, 0), 0);
    assert_int_equal(pss_correlate_size(-800, 8), 800);
    assert_int_equal(pss_correlate_size(80, -80), 110); /* 80 - 10 + 40 */
}

static void vectors_give_the_same(void **state)
{
    enum { N = 1003 };
    static uint32_t a[N][PSS_CORRELATE_IDS], b[N][PSS_CORRELATE_IDS];
    struct rng r = {.state = 4};

    (void)state;
    if (pss_correlate_sizes_avx2() == NULL) {
        print_message("skipped: AVX2 is not on this machine\n");
        skip();
    }
    for (int kind = 0; kind < 3; kind++) {
        for (int k = 0; k < 2 * (N + LEAD); k++) {
            uint8_t v = (uint8_t)rng_next(&r);
            block_in[k] = kind == 0   ? v
                          : kind == 1 ? 0x80
                          : v < 128   ? 0x80
                                      : 0x7f;
        }
        pss_correlate_sizes_portable(block_in, N, a);
        pss_correlate_sizes_avx2()(block_in, N, b);
        assert_memory_equal(a, b, sizeof a);
    }
}

/* --- signals in noise ----------------------------------------------------- */

struct signal {
    unsigned id;
    uint32_t place;
    double snr_db; /* within its symbol */
    double cfo_hz;
};

/*
 * n samples of noise of 'sigma' a part, and in each half-frame the signals; as
 * they come from the converter, and exact.
 */
static void make(struct rng *r, const struct signal *s, size_t n_signals,
                 double sigma, uint32_t n, double complex *exact)
{
    static double complex symbol[3][64];

    for (unsigned k = 0; k < 3 * 64; k++) {
        symbol[k / 64][k % 64] = pss(k / 64, (int)(k % 64)) / sqrt(62);
    }
    for (uint32_t k = 0; k < n; k++) {
        double complex v = sigma * (block_gauss(r) + I * block_gauss(r));
        for (size_t j = 0; j < n_signals; j++) {
            uint32_t at = (k + PERIOD - s[j].place) % PERIOD;
            if (at < 64) {
                v += symbol[s[j].id][at] * sigma * sqrt(2) *
                     pow(10, s[j].snr_db / 20) *
                     cexp(2 * I * PI * s[j].cfo_hz * k / 960e3);
            }
        }
        exact[k] = v;
        block_in[2 * k] = (uint8_t)lround(fmax(-128, fmin(127, creal(v))));
        block_in[2 * k + 1] = (uint8_t)lround(fmax(-128, fmin(127, cimag(v))));
    }
}

/* Sums by the definition: true sizes of correlations with all 64 samples. */
static void by_definition(const double complex *x, uint32_t fold, unsigned id,
                          double *sum)
{
    double complex t[64];

    for (int n = 0; n < 64; n++) {
        t[n] = conj(pss(id, n));
    }
    for (uint32_t k = 0; k < PERIOD * fold; k++) {
        double complex c = 0;
        for (int n = 0; n < 64; n++) {
            c += x[k + (uint32_t)n] * t[n];
        }
        sum[k % PERIOD] = (k < PERIOD ? 0 : sum[k % PERIOD]) + cabs(c);
    }
}

/* Peak above the mean, in deviations of what a place without signal has. */
static double deviations(double value, double mean, double halves)
{
    return (value / mean - 1) / (sqrt(4 / PI - 1) / sqrt(halves));
}

/*
 * Three cells, one of each N_ID2, at -4 to -6 dB in eight half-frames: each is
 * where it was put, as far above the rest as by the definition, less 0.3 dB.
 */
static void signals_are_found_where_they_are(void **state)
{
    enum { FOLD = 8, N = PERIOD * FOLD + LEAD + 1 };
    static const struct signal s[] = {
        {0, 17, -4, 0}, {1, 4799, -5, 1500}, {2, 2400, -6, -1000}};
    static double complex x[N];
    static double sum[PERIOD];
    struct body *b = bench_body(state);
    struct rng r = {.state = 9};
    struct found f[3];

    make(&r, s, CHECK_ROWS(s), 20, N, x);
    set(b, PERIOD, FOLD);
    ask(b, N, f);
    for (unsigned id = 0; id < 3; id++) {
        double mean = (double)f[id].total / PERIOD;
        double ours = deviations(f[id].value, mean, FOLD);
        double total = 0, theirs;
        size_t most = 0;
        by_definition(x, FOLD, id, sum);
        for (size_t k = 0; k < PERIOD; k++) {
            total += sum[k];
            most = sum[k] > sum[most] ? k : most;
        }
        theirs = deviations(sum[most], total / PERIOD, FOLD);
        printf("  N_ID2 %u at %u: %.1f deviations, by definition %.1f\n", id,
               f[id].place, ours, theirs);
        assert_int_equal(f[id].place, s[id].place);
        assert_int_equal(most, s[id].place);
        assert_true(ours > 8);
        assert_true(20 * log10(ours / theirs) > -0.5);
    }
}

/* 27 half-frames are all that a packet holds: -15 dB. */
static void the_longest_block_finds_the_weakest(void **state)
{
    static const struct signal s[] = {{1, 1234, -15, 0}};
    static double complex x[LONGEST];
    struct body *b = bench_body(state);
    struct rng r = {.state = 10};
    struct found f[3];

    make(&r, s, 1, 30, LONGEST, x);
    set(b, PERIOD, HALVES);
    ask(b, LONGEST, f);
    assert_int_equal(f[1].place, 1234);
    for (unsigned id = 0; id < 3; id++) {
        double d =
            deviations(f[id].value, (double)f[id].total / PERIOD, HALVES);
        printf("  N_ID2 %u: %.1f deviations\n", id, d);
        assert_true(id == 1 ? d > 7 : d < 5.5);
    }
}

/* --- by hand -------------------------------------------------------------- */

/*
 * A sample of 100 at 32 of the first window meets twice the tap of the middle:
 * (-74, 72) of N_ID2 0, (50, -60) of 1, (50, 60) of 2.
 */
static void an_impulse_shows_the_taps(void **state)
{
    /* 7400 - 925 + 3600, 6000 - 750 + 2500. */
    static const uint32_t want[3] = {10075, 7750, 7750};
    struct body *b = bench_body(state);
    struct found f[3];

    memset(block_in, 0, 2 * LONGEST);
    block_in[2 * 32] = 100;
    set(b, 1, 1);
    ask(b, 64, f);
    for (size_t id = 0; id < 3; id++) {
        assert_int_equal(f[id].place, 0);
        assert_int_equal(f[id].value, want[id]);
        assert_int_equal(f[id].total, want[id]);
    }
}

/* The first of the places with the largest sum is told. */
static void of_equal_places_the_first_counts(void **state)
{
    struct body *b = bench_body(state);
    struct found f[3];

    memset(block_in, 0, 2 * LONGEST);
    block_in[2 * 40] = 50;
    block_in[2 * (40 + 100)] = (uint8_t)-50;
    set(b, 200, 1);
    ask(b, 200 + LEAD, f);
    for (size_t id = 0; id < 3; id++) {
        assert_in_range(f[id].place, 0, 39);
    }
    memset(block_in, 0, 2 * LONGEST);
    ask(b, 200 + LEAD, f);
    assert_int_equal(f[0].place, 0);
    assert_int_equal(f[0].value, 0);
    assert_int_equal(f[0].total, 0);
}

/* --- what is no block ----------------------------------------------------- */

static void too_few_samples_are_dropped(void **state)
{
    static const struct {
        uint32_t period, fold, len;
        bool found;
    } row[] = {
        {100, 2, 2 * 263, true},
        {100, 2, 2 * 263 - 1, false},
        {100, 2, 2 * 263 + 1, true},
        {100, 2, 4 * 263, true},
        {100, 2, 0, false},
        {100, 2, 1, false},
        {100, 2, 126, false},
        {0, 0, 2 * 64, true},
        {0, 0, 2 * 64 - 1, false},
        {0x1fff, 1, 2 * (5461 + 63), true},
        {5462, 1, 2 * (5461 + 62), false},
    };
    struct body *b = bench_body(state);
    const struct fn *fn = registry_find("pss_correlate");
    uint32_t n = 0;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        set(b, row[k].period, row[k].fold);
        memset(block_in, 1, row[k].len);
        struct pkt y = block_run(b, row[k].len, PKT_MIRROR);
        n += row[k].found;
        assert_int_equal(y.mark, row[k].found ? PSS_CORRELATE_FOUND
                                              : PSS_CORRELATE_SHORT);
        assert_int_equal(y.flags, PKT_MIRROR | (row[k].found ? 0 : PKT_DROP));
        assert_int_equal(y.len_bytes, row[k].found ? PSS_CORRELATE_ANSWER : 0);
        assert_string_equal(fn->verdict(&y), row[k].found ? "found" : "short");
        assert_int_equal(read_reg(b, PSS_CORRELATE_N_BLOCKS), n);
        assert_int_equal(read_reg(b, PSS_CORRELATE_N_SHORT), k + 1 - n);
    }
}

/* --- time ----------------------------------------------------------------- */

/* So 0.96 Msps take 30.72 MHz. */
static void a_window_takes_32_clocks(void **state)
{
    struct body *body = bench_body(state);
    uint64_t some, more;

    memset(block_in, 1, 2 * (PERIOD + LEAD));
    set(body, 1000, 1);
    some = block_clocks(*state, 2 * (1000 + LEAD));
    set(body, 2000, 1);
    more = block_clocks(*state, 2 * (2000 + LEAD));
    printf("  %llu clocks for 1000 windows, %llu for 2000\n",
           (unsigned long long)some, (unsigned long long)more);
    assert_in_range(more - some, 32000, 32010);
    assert_in_range(some, 32000, 32000 + LEAD * 2 + 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taps_are_those_of_the_standard),
        cmocka_unit_test(sizes_are_near_the_true_ones),
        cmocka_unit_test(vectors_give_the_same),
        BLOCK_ON(signals_are_found_where_they_are, C),
        BLOCK_ON(signals_are_found_where_they_are, RTL64),
        BLOCK_ON(the_longest_block_finds_the_weakest, C),
        BLOCK_ON(the_longest_block_finds_the_weakest, RTL32),
        BLOCK_ON_ALL(an_impulse_shows_the_taps),
        BLOCK_ON_ALL(of_equal_places_the_first_counts),
        BLOCK_ON_ALL(too_few_samples_are_dropped),
        BLOCK_ON_ALL(what_was_dropped_or_punted_passes),
        BLOCK_ON(a_window_takes_32_clocks, RTL32),
        BLOCK_ON(a_window_takes_32_clocks, RTL64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
