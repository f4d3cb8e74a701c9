/*
 * scale_test.c - gains worked out by hand, over the C body and over the RTL
 * body at both widths.
 *
 * y = x * gain / 2^14, rounded half up, clipped to -32768..32767.
 */
#include "tests/check.h"

#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "scale_csr.h"

enum { N_MAX = 64 };

/* One body and the device that it lives on, if any. */
struct bench {
    uint32_t width_bits; /* 0: the C body */
    struct device *device;
    struct body *body;
};

static int bench_open(void **state)
{
    struct bench *b = *state;
    struct device_config config = {.n_slots = 1, .width_bits = b->width_bits};
    const struct fn *scale = registry_find("scale");
    int err;

    b->device = NULL;
    b->body = NULL;
    if (b->width_bits == 0) {
        return body_open_c(scale, &b->body);
    }
    err = driver_open("sim", &config, &b->device);
    if (err == 0) {
        err = device_load(b->device, 0, scale, &b->body);
    }
    return err == ERR_MISSING ? 0 : err;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    body_close(b->body);
    device_close(b->device);
    return 0;
}

/* The body under test; skips the test without an image. */
static struct body *bench_body(void **state)
{
    struct bench *b = *state;

    if (b->body == NULL) {
        print_message("skipped: no image of scale, %u bits\n", b->width_bits);
        skip();
    }
    return b->body;
}

static uint32_t n_clipped(struct body *b)
{
    uint32_t n = 0;

    assert_int_equal(body_read(b, SCALE_N_CLIPPED, &n), 0);
    return n;
}

/* Scales 'n' samples; 'y' must hold N_MAX. */
static void scale_all(struct body *b, const struct iq16 *x, size_t n,
                      struct iq16 *y)
{
    struct iq16 copy[N_MAX];
    struct fn_span in = {FN_IQ16, copy, n, N_MAX, 0};
    struct fn_span out = {FN_IQ16, y, 0, N_MAX, 0};

    assert_true(n <= N_MAX);
    memcpy(copy, x, n * sizeof *x);
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, n);
}

static void scale_rounds_half_up_and_clips(void **state)
{
    static const struct {
        uint32_t gain; /* Q2.14 */
        struct iq16 x, y;
        uint32_t n_clipped;
    } row[] = {
        /* 1.0 changes nothing. */
        {0x4000, {0, 1}, {0, 1}, 0},
        {0x4000, {-1, 12345}, {-1, 12345}, 0},
        {0x4000, {INT16_MAX, INT16_MIN}, {INT16_MAX, INT16_MIN}, 0},
        /* 0: half a unit is less than one. */
        {0, {1, -1}, {0, 0}, 0},
        {0, {INT16_MAX, INT16_MIN}, {0, 0}, 0},
        /* 0.5: halves go up. */
        {0x2000, {1, -1}, {1, 0}, 0},          /* 0.5, -0.5 */
        {0x2000, {3, -3}, {2, -1}, 0},         /* 1.5, -1.5 */
        {0x2000, {2, -2}, {1, -1}, 0},         /* 1, -1 */
        {0x2000, {5, -32767}, {3, -16383}, 0}, /* 2.5, -16383.5 */
        {0x2000, {INT16_MAX, INT16_MIN}, {16384, -16384}, 0}, /* 16383.5 */
        /* Just below and above a half: x * 0x1fff / 2^14, x * 0x2001 / 2^14. */
        {0x1fff, {1, -1}, {0, 0}, 0},  /* 0.49994, -0.49994 */
        {0x2001, {1, -1}, {1, -1}, 0}, /* 0.50006, -0.50006 */
        /* The smallest gain: x / 16384. */
        {1, {8191, 8192}, {0, 1}, 0},            /* 0.49994, 0.5 */
        {1, {-8192, -8193}, {0, -1}, 0},         /* -0.5, -0.50006 */
        {1, {INT16_MAX, INT16_MIN}, {2, -2}, 0}, /* 1.99994, -2 */
        /* 2.0: the last that fits and the first that does not. */
        {0x8000, {16383, -16384}, {32766, INT16_MIN}, 0},
        {0x8000, {16384, 0}, {INT16_MAX, 0}, 1},              /* 32768 */
        {0x8000, {0, -16385}, {0, INT16_MIN}, 1},             /* -32770 */
        {0x8000, {16384, -16385}, {INT16_MAX, INT16_MIN}, 1}, /* one sample */
        /* 1 + 2^-14: -32768 becomes -32770. */
        {0x4001, {8191, 8192}, {8191, 8193}, 0},     /* 8191.49994, 8192.5 */
        {0x4001, {24575, 24576}, {24576, 24578}, 0}, /* 24576.49994, 24577.5 */
        {0x4001, {32766, 0}, {INT16_MAX, 0}, 1},     /* 32767.99988 */
        {0x4001, {0, INT16_MIN}, {0, INT16_MIN}, 1}, /* -32770 */
        {0x4001, {0, -32767}, {0, INT16_MIN}, 1},    /* -32768.99994: -32769 */
        {0x4001, {32765, -32766}, {32767, INT16_MIN}, 0}, /* -32767.99988 */
        /* The largest gain, 65535 / 16384. */
        {0xffff, {1, -1}, {4, -4}, 0},               /* 3.99994 */
        {0xffff, {8191, -8192}, {32764, -32767}, 0}, /* 32763.50006, -32767.5 */
        {0xffff, {8192, 0}, {INT16_MAX, 0}, 1},      /* 32767.5: 32768 */
        {0xffff, {0, -8193}, {0, INT16_MIN}, 1},     /* -32771.49994 */
        {0xffff, {INT16_MAX, INT16_MIN}, {INT16_MAX, INT16_MIN}, 1},
        {0xffff, {INT16_MIN, 0}, {INT16_MIN, 0}, 1},
        /* Bits beyond Q2.14 mean nothing. */
        {0x10000, {100, -100}, {0, 0}, 0},
        {0xffff4000, {100, -100}, {100, -100}, 0},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct iq16 y[N_MAX];
        uint32_t before = n_clipped(b);
        print_message("gain 0x%x, %d and %d\n", row[k].gain, row[k].x.i,
                      row[k].x.q);
        assert_int_equal(body_write(b, SCALE_GAIN, row[k].gain), 0);
        scale_all(b, &row[k].x, 1, y);
        assert_int_equal(y[0].i, row[k].y.i);
        assert_int_equal(y[0].q, row[k].y.q);
        assert_int_equal(n_clipped(b) - before, row[k].n_clipped);
    }
}

static void scale_begins_at_gain_one(void **state)
{
    static const struct iq16 x[] = {{1000, -1000}, {INT16_MIN, INT16_MAX}};
    struct body *b = bench_body(state);
    struct iq16 y[N_MAX];

    scale_all(b, x, 2, y);
    assert_memory_equal(x, y, sizeof x);
    assert_int_equal(n_clipped(b), 0);
}

static void scale_keeps_order_and_number_of_samples(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(body_write(b, SCALE_GAIN, 0x8000), 0);
    for (size_t n = 1; n <= 33; n++) {
        struct iq16 x[N_MAX], y[N_MAX];
        for (size_t k = 0; k < n; k++) {
            x[k] = (struct iq16){(int16_t)(100 * n + k), (int16_t)-k};
        }
        memset(y, 0x5a, sizeof y);
        scale_all(b, x, n, y);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(y[k].i, 2 * x[k].i);
            assert_int_equal(y[k].q, 2 * x[k].q);
        }
        assert_int_equal(y[n].i, 0x5a5a); /* none came behind the last */
    }
    assert_int_equal(n_clipped(b), 0);
}

static void scale_counts_no_sample_beyond_the_last(void **state)
{
    static const struct iq16 loud[] = {{INT16_MAX, 0}, {0, INT16_MIN}};
    static const struct iq16 soft[] = {{1, 1}, {2, 2}, {3, 3}};
    struct body *b = bench_body(state);
    struct iq16 y[N_MAX];

    assert_int_equal(body_write(b, SCALE_GAIN, 0x8000), 0);
    for (size_t n = 1; n <= 3; n += 2) {
        assert_int_equal(body_write(b, SCALE_N_CLIPPED, 0), 0);
        /* Both clip, and a wide beat still holds them... */
        scale_all(b, loud, 2, y);
        assert_int_equal(n_clipped(b), 2);
        /* ...when one that is only half full follows. */
        scale_all(b, soft, n, y);
        assert_int_equal(n_clipped(b), 2);
    }
}

static void scale_goes_on_counting_from_what_was_written(void **state)
{
    static const struct iq16 x[] = {
        {INT16_MAX, INT16_MAX}, {0, 0}, {INT16_MIN, 0}};
    struct body *b = bench_body(state);
    struct iq16 y[N_MAX];

    assert_int_equal(body_write(b, SCALE_GAIN, 0xffff), 0);
    assert_int_equal(body_write(b, SCALE_N_CLIPPED, 100), 0);
    scale_all(b, x, 3, y);
    assert_int_equal(n_clipped(b), 102);
    scale_all(b, x, 1, y);
    assert_int_equal(n_clipped(b), 103);
    assert_int_equal(body_write(b, SCALE_N_CLIPPED, UINT32_MAX), 0);
    scale_all(b, x, 3, y);
    assert_int_equal(n_clipped(b), 1); /* 2^32 - 1 + 2 */
}

static void scale_takes_a_burst_of_nothing(void **state)
{
    static const struct iq16 none[1] = {{1, 1}};
    struct body *b = bench_body(state);
    struct iq16 y[N_MAX];

    scale_all(b, none, 0, y);
    assert_int_equal(n_clipped(b), 0);
}

#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2])

int main(void)
{
    struct bench bench[] = {
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64}};
    const struct CMUnitTest tests[] = {
        ON_EACH(scale_rounds_half_up_and_clips),
        ON_EACH(scale_begins_at_gain_one),
        ON_EACH(scale_keeps_order_and_number_of_samples),
        ON_EACH(scale_counts_no_sample_beyond_the_last),
        ON_EACH(scale_goes_on_counting_from_what_was_written),
        ON_EACH(scale_takes_a_burst_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
