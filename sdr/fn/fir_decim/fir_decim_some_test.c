/*
 * fir_decim_some_test.c - the samples that leave against sums in double
 * precision, which are exact here, one product at a time and eight.
 */
#include "sdr/fn/fir_decim/fir_decim_some.h"

#include <math.h>
#include <stdlib.h>

#include "tests/check.h"

enum {
    SAMPLE = sizeof(struct iq16),
    IN = 3000,
    OUT = 600,
    FILTERS = 3000,
};

static int16_t some_part(struct rng *r, unsigned bits)
{
    uint32_t v = (uint32_t)rng_next(r);

    if (bits == 16 && (v & 3) == 0) {
        return (v & 4) != 0 ? INT16_MIN : INT16_MAX;
    }
    return (int16_t)((int16_t)(v >> 16) >> (16 - bits));
}

static int16_t expected(double sum, uint32_t shift, bool *clipped)
{
    double y = floor(ldexp(sum, -(int)shift) + 0.5);

    if (shift == 0) {
        y = sum;
    }
    *clipped = *clipped || y > INT16_MAX || y < INT16_MIN;
    return (int16_t)fmax(INT16_MIN, fmin(INT16_MAX, y));
}

/* y[n] of x, by the definition; returns how many clip. */
static uint32_t oracle(const struct fir_decim_filter *f, const struct iq16 *x,
                       size_t n, struct iq16 *y)
{
    uint32_t n_clipped = 0;

    for (size_t k = 0; k < n; k++) {
        double i = 0, q = 0;
        bool clipped = false;
        for (size_t t = 0; t < f->n_taps; t++) {
            i += (double)f->tap[t] * x[k * f->decimation + t].i;
            q += (double)f->tap[t] * x[k * f->decimation + t].q;
        }
        y[k].i = expected(i, f->shift, &clipped);
        y[k].q = expected(q, f->shift, &clipped);
        n_clipped += clipped;
    }
    return n_clipped;
}

/* What the sizes of taps may add up to: in all, in a lane, or any. */
enum kind { NARROW, FITS, ANY, KINDS };

/* A filter of that kind, often with taps up to the last that fits. */
static void some_filter(struct rng *r, enum kind kind,
                        struct fir_decim_filter *f)
{
    unsigned bits = 1 + rng_below(r, 16);
    int32_t room[8], most;

    *f = (struct fir_decim_filter){
        .n_taps = 1 + rng_below(r, FIR_DECIM_TAPS),
        .decimation = 1 + rng_below(r, FIR_DECIM_MAX),
        .shift = rng_below(r, 8) == 0 ? rng_below(r, 32) : bits - 1};
    most = kind == NARROW
               ? (int32_t)((INT32_MAX - (1u << f->shift >> 1)) / 32768)
               : INT32_MAX / 32768;
    for (size_t l = 0; l < CHECK_ROWS(room); l++) {
        room[l] = most;
    }
    for (size_t k = 0; k < f->n_taps; k++) {
        int16_t h = some_part(r, bits);
        int32_t *left = &room[kind == NARROW ? 0 : k / 2 % CHECK_ROWS(room)];
        if (kind != ANY && abs(h) > *left) {
            h = (int16_t)(h < 0 ? -*left : *left);
        }
        *left -= abs(h);
        f->tap[k] = h;
    }
    fir_decim_fit(f);
    assert_true(kind != NARROW || f->narrow);
    assert_true(kind == ANY || f->fits);
}

static void what_fits_is_said_to_the_last_unit(void **state)
{
    static const struct {
        int16_t tap[19];
        size_t n_taps;
        uint32_t shift;
        bool fits, narrow;
    } row[] = {
        /* 65535 * 32768 is 2^31 - 32768; half of 2^15 fits, of 2^16 not */
        {{INT16_MAX, INT16_MIN}, 2, 15, true, true},
        {{INT16_MAX, INT16_MIN}, 2, 16, true, false},
        {{INT16_MIN, INT16_MIN}, 2, 0, false, false},
        {{INT16_MIN, INT16_MAX, 1}, 3, 0, true, false},
        {{[0] = INT16_MIN, [16] = INT16_MAX}, 17, 0, true, true},
        {{[0] = INT16_MIN, [16] = INT16_MAX, [17] = 1}, 18, 0, false, false},
        {{[0] = INT16_MIN, [16] = INT16_MAX, [18] = 1}, 19, 0, true, false},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct fir_decim_filter f = {
            .n_taps = row[k].n_taps, .decimation = 1, .shift = row[k].shift};
        memcpy(f.tap, row[k].tap, sizeof row[k].tap);
        fir_decim_fit(&f);
        print_message("row %zu\n", k);
        assert_int_equal(f.fits, row[k].fits);
        assert_int_equal(f.narrow, row[k].narrow);
    }
}

static void samples_are_those_of_the_definition(void **state)
{
    static struct iq16 x[IN], want[OUT], got[OUT];
    static uint8_t moved[IN * SAMPLE + 1];
    struct rng r = {5};
    uint32_t n_clipped = 0, n_whole = 0, n_wide = 0;

    (void)state;
    if (!fir_decim_has_avx2()) {
        print_message("AVX2 is not on this machine\n");
    }
    for (int k = 0; k < FILTERS; k++) {
        struct fir_decim_filter f;
        size_t n, most;
        unsigned bits = 1 + rng_below(&r, 16);
        uint32_t clipped;
        some_filter(&r, (enum kind)(k % KINDS), &f);
        most = (IN - f.n_taps) / f.decimation + 1;
        n = rng_below(&r, (uint32_t)(most < OUT ? most : OUT) + 1);
        for (size_t j = 0; j < IN; j++) {
            x[j] = (struct iq16){some_part(&r, bits), some_part(&r, bits)};
        }
        clipped = oracle(&f, x, n, want);
        assert_int_equal(
            fir_decim_some(&f, (const uint8_t *)x, n, (uint8_t *)got, NULL),
            clipped);
        assert_memory_equal(got, want, n * SAMPLE);
        n_clipped += clipped;
        n_whole += (uint32_t)n - clipped;
        if (!f.fits || !fir_decim_has_avx2()) {
            continue;
        }
        n_wide += !f.narrow;
        assert_int_equal(
            fir_decim_some_avx2(&f, (const uint8_t *)x, n, (uint8_t *)got),
            clipped);
        assert_memory_equal(got, want, n * SAMPLE);
        /* In its place, and not aligned. */
        memcpy(moved + 1, x, sizeof x);
        assert_int_equal(fir_decim_some_avx2(&f, moved + 1, n, moved + 1),
                         clipped);
        assert_memory_equal(moved + 1, want, n * SAMPLE);
        assert_memory_equal(moved + 1 + n * SAMPLE, x + n, (IN - n) * SAMPLE);
    }
    assert_true(n_clipped > FILTERS && n_whole > FILTERS);
    assert_true(n_wide > FILTERS / 10 || !fir_decim_has_avx2());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_said_to_the_last_unit),
        cmocka_unit_test(samples_are_those_of_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
