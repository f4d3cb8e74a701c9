/*
 * fft_packets_test.c - the functions fft64 and fft128: the transform against
 * one in double precision, and blocks whose bins are known; in both bodies.
 */
#include "tests/block_check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fft128_csr.h"
#include "fft64_csr.h"
#include "sdr/fft/fft_block.h"

enum {
    CLEAN_DB = 60,     /* of noise below the signal */
    ROOM = 1024,       /* bytes of a packet */
    QUARTER = 1 << 13, /* of full scale */
};

#define TURN (2 * acos(-1.0))

/* One body of one of the functions. */
struct fft {
    struct bench bench;
    const char *name;
    int n;            /* samples of a block */
    uint32_t unitary; /* SCALE at reset: 8 / n */
};

_Static_assert((int)FFT64_SCALE == (int)FFT128_SCALE &&
                   (int)FFT64_N_CLIPPED == (int)FFT128_N_CLIPPED,
               "both have the same registers");

static int fft_open(void **state)
{
    struct fft *f = *state;

    return bench_load(&f->bench, f->name);
}

static uint32_t bytes_of(const struct fft *f)
{
    return (uint32_t)f->n * (uint32_t)sizeof(struct iq16);
}

static void run_block(const struct fft *f, const struct iq16 *x, struct iq16 *y)
{
    memcpy(block_in, x, bytes_of(f));
    struct pkt q = block_run(f->bench.body, bytes_of(f), PKT_ERROR);
    assert_int_equal(q.len_bytes, bytes_of(f));
    assert_int_equal(q.mark, BLOCK_MARK);
    assert_int_equal(q.flags, PKT_ERROR);
    memcpy(y, block_out, bytes_of(f));
}

static void set(struct body *b, uint32_t halve, bool inverse)
{
    assert_int_equal(body_write(b, FFT64_SCALE, halve), 0);
    assert_int_equal(body_write(b, FFT64_DIRECTION, inverse), 0);
}

/* The definition; sign -1 is forward. */
static void dft(const struct iq16 *x, double complex *y, int size, double sign,
                double scale)
{
    for (int k = 0; k < size; k++) {
        y[k] = 0;
        for (int n = 0; n < size; n++) {
            y[k] += (x[n].i + I * x[n].q) *
                    cexp(I * sign * TURN * (double)(k * n) / size);
        }
        y[k] *= scale;
    }
}

static void random_block(struct rng *r, struct iq16 x[FFT_MAX], uint32_t size)
{
    for (int k = 0; k < FFT_MAX; k++) {
        x[k] = (struct iq16){(int16_t)(rng_below(r, 2 * size) - size),
                             (int16_t)(rng_below(r, 2 * size) - size)};
    }
}

/* --- by definition -------------------------------------------------------- */

static void noise_is_far_below_the_signal(void **state)
{
    const struct fft *f = *state;
    const struct {
        uint32_t halve;
        double scale;
        uint32_t size;
    } row[] = {
        {f->unitary, 8.0 / f->n, QUARTER}, /* as it is at reset */
        {0x2a, 1.0 / 8, QUARTER / 2},
        {(uint32_t)f->n - 1, 1.0 / f->n, 1 << 14},
        {0, 1, 300},
    };
    struct body *b = bench_body(state);
    struct rng r = {.state = 5};

    assert_int_equal(read_reg(b, FFT64_SCALE), f->unitary);
    for (size_t k = 0; k < 2 * CHECK_ROWS(row); k++) {
        double signal = 0, noise = 0, db;
        bool inverse = k % 2 != 0;
        set(b, row[k / 2].halve, inverse);
        for (int block = 0; block < 50; block++) {
            struct iq16 x[FFT_MAX], y[FFT_MAX];
            double complex want[FFT_MAX];
            random_block(&r, x, row[k / 2].size);
            run_block(f, x, y);
            dft(x, want, f->n, inverse ? 1 : -1, row[k / 2].scale);
            for (int j = 0; j < f->n; j++) {
                double e = cabs(y[j].i + I * y[j].q - want[j]);
                signal += cabs(want[j]) * cabs(want[j]);
                noise += e * e;
            }
        }
        db = 10 * log10(signal / noise);
        printf("  SCALE %02x %s: noise is %.1f dB below\n",
               (unsigned)row[k / 2].halve, inverse ? "inverse" : "forward", db);
        assert_true(db > CLEAN_DB);
    }
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 0);
    assert_int_equal(read_reg(b, FFT64_N_BLOCKS), 50 * 2 * CHECK_ROWS(row));
}

/* A tone of each bin is 8 times as large there, and noise elsewhere. */
static void a_tone_is_in_its_bin(void **state)
{
    const struct fft *f = *state;
    enum { SIZE = 3000 };
    (void)bench_body(state); /* or skips */

    for (int k = 0; k < f->n; k++) {
        struct iq16 x[FFT_MAX], y[FFT_MAX];
        for (int n = 0; n < f->n; n++) {
            double at = TURN * (double)(k * n % f->n) / f->n;
            x[n] = (struct iq16){(int16_t)lround(SIZE * cos(at)),
                                 (int16_t)lround(SIZE * sin(at))};
        }
        run_block(f, x, y);
        for (int j = 0; j < f->n; j++) {
            assert_in_range(y[j].i + 8, (j == k ? 8 * SIZE : 0),
                            (j == k ? 8 * SIZE : 0) + 16);
            assert_in_range(y[j].q + 8, 0, 16);
        }
    }
}

/*
 * As in 802.11, 52 carriers, and LTE, 72: of 64-QAM, 12 dB below full scale,
 * where what is beyond it is cut off before; nothing is clipped, and all
 * carriers come out.
 */
static void ofdm_is_not_clipped(void **state)
{
    const struct fft *f = *state;
    struct body *b = bench_body(state);
    struct rng r = {.state = 7};
    int half = f->n == 64 ? 26 : 36; /* of the carriers */
    double unit = QUARTER / sqrt(42.0 * 2 * half);

    for (int symbol = 0; symbol < 100; symbol++) {
        struct iq16 x[FFT_MAX], y[FFT_MAX];
        double complex carrier[FFT_MAX] = {0}, t[FFT_MAX];
        for (int k = 0; k < f->n; k++) { /* mean power 42 */
            bool used = k > 0 && (k <= half || k >= f->n - half);
            double i = 2.0 * rng_below(&r, 8) - 7;
            double q = 2.0 * rng_below(&r, 8) - 7;
            carrier[k] = used ? i + I * q : 0;
        }
        for (int n = 0; n < f->n; n++) {
            t[n] = 0;
            for (int k = 0; k < f->n; k++) {
                t[n] += carrier[k] * cexp(I * TURN * (double)(k * n) / f->n);
            }
            t[n] *= unit;
            x[n].i = (int16_t)lround(fmax(-32768, fmin(32767, creal(t[n]))));
            x[n].q = (int16_t)lround(fmax(-32768, fmin(32767, cimag(t[n]))));
        }
        run_block(f, x, y);
        for (int k = 0; k < f->n; k++) {
            double complex want = carrier[k] * unit * 8;
            assert_true(cabs(y[k].i + I * y[k].q - want) < 16);
        }
    }
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 0);
}

/* --- by hand -------------------------------------------------------------- */

/* x[0] alone: all bins are x[0], unscaled; x[1] alone: it turns with the bin.
 */
static void an_impulse_is_in_all_bins(void **state)
{
    const struct fft *f = *state;
    struct body *b = bench_body(state);
    struct iq16 x[FFT_MAX] = {{-1234, 567}}, y[FFT_MAX];

    set(b, 0, false);
    run_block(f, x, y);
    for (int k = 0; k < f->n; k++) {
        assert_int_equal(y[k].i, -1234);
        assert_int_equal(y[k].q, 567);
    }
    /* -j, -1 and j in bins at quarters; (1 - j) 11585 / 16384 at an eighth. */
    x[0] = (struct iq16){0, 0};
    x[1] = (struct iq16){1000, 0};
    run_block(f, x, y);
    assert_memory_equal(&y[0], (&(struct iq16){1000, 0}), sizeof y[0]);
    assert_memory_equal(&y[f->n / 4], (&(struct iq16){0, -1000}), sizeof y[0]);
    assert_memory_equal(&y[f->n / 2], (&(struct iq16){-1000, 0}), sizeof y[0]);
    assert_memory_equal(&y[f->n / 4 * 3], (&(struct iq16){0, 1000}),
                        sizeof y[0]);
    assert_memory_equal(&y[f->n / 8], (&(struct iq16){707, -707}), sizeof y[0]);
    set(b, 0, true);
    run_block(f, x, y);
    assert_memory_equal(&y[f->n / 4], (&(struct iq16){0, 1000}), sizeof y[0]);
}

static void what_stays_is_in_bin_0(void **state)
{
    const struct fft *f = *state;
    struct body *b = bench_body(state);
    struct iq16 x[FFT_MAX], y[FFT_MAX];

    for (int k = 0; k < f->n; k++) {
        x[k] = (struct iq16){4000, -4000};
    }
    set(b, f->unitary, false);
    run_block(f, x, y);
    assert_int_equal(y[0].i, 32000);
    assert_int_equal(y[0].q, -32000);
    for (int k = 1; k < f->n; k++) {
        assert_int_equal(y[k].i, 0);
        assert_int_equal(y[k].q, 0);
    }
}

/*
 * Half a unit is rounded up: of 1 and 0 half the sum and half the difference
 * are 1, of 0 and 1 1 and 0, of 0 and -1 0 and 1.  Later stages add; place 0 is
 * added to all bins, and what is at half of them after the first stage to the
 * odd bins.
 */
static void halves_are_rounded_up(void **state)
{
    const struct fft *f = *state;
    static const struct {
        int16_t a, b, even, odd;
    } row[] = {{1, 0, 1, 1}, {0, 1, 1, 0},    {0, -1, 0, 1}, {-1, 0, 0, 0},
               {3, 2, 3, 1}, {-3, 0, -1, -1}, {2, 2, 2, 0},  {-2, 1, 0, -1}};
    struct body *b = bench_body(state);

    set(b, 1, false);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct iq16 x[FFT_MAX] = {{row[k].a, 0}}, y[FFT_MAX];
        x[f->n / 2].i = row[k].b;
        run_block(f, x, y);
        for (int j = 0; j < f->n; j++) {
            assert_int_equal(y[j].i, j % 2 == 0 ? row[k].even : row[k].odd);
            assert_int_equal(y[j].q, 0);
        }
    }
}

/*
 * Without halving, of 32767 everywhere: the first stage clips sums of half a
 * block, the second of a quarter, and so on to 1, all but one together; their
 * differences are 0.  Halved, nothing clips.  Half of 32767 - -32768 does, at
 * the upper half of the places.
 */
static void what_is_clipped_is_counted(void **state)
{
    const struct fft *f = *state;
    struct body *b = bench_body(state);
    struct iq16 x[FFT_MAX], y[FFT_MAX];
    uint32_t n_clipped = (uint32_t)f->n - 1;

    for (int k = 0; k < f->n; k++) {
        x[k] = (struct iq16){INT16_MAX, k % 2 != 0 ? INT16_MAX : 0};
    }
    set(b, 0, false);
    run_block(f, x, y);
    assert_int_equal(y[0].i, INT16_MAX);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), n_clipped);
    set(b, n_clipped, false); /* all stages */
    run_block(f, x, y);
    assert_int_equal(y[0].i, INT16_MAX);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), n_clipped);
    for (int k = 0; k < f->n; k++) {
        x[k] = (struct iq16){k < f->n / 2 ? INT16_MAX : INT16_MIN, 0};
    }
    run_block(f, x, y);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED),
                     n_clipped + n_clipped / 2 + 1);
}

/* --- there and back ------------------------------------------------------- */

static void the_inverse_gives_back_what_was(void **state)
{
    const struct fft *f = *state;
    struct body *b = bench_body(state);
    struct rng r = {.state = 6};
    int most = 0;

    for (int block = 0; block < 100; block++) {
        struct iq16 x[FFT_MAX], y[FFT_MAX];
        random_block(&r, x, QUARTER);
        set(b, f->unitary, block % 2 != 0);
        run_block(f, x, y);
        set(b, 0x15, block % 2 == 0); /* 1/8 of n / (n / 8) */
        run_block(f, y, y);
        for (int k = 0; k < f->n; k++) {
            int e = abs(y[k].i - x[k].i) > abs(y[k].q - x[k].q)
                        ? abs(y[k].i - x[k].i)
                        : abs(y[k].q - x[k].q);
            most = e > most ? e : most;
        }
    }
    printf("  at most %d off\n", most);
    assert_in_range(most, 1, f->n / 4);
}

/* --- what is no block ----------------------------------------------------- */

static void other_packets_pass(void **state)
{
    const struct fft *f = *state;
    const struct {
        int more; /* bytes than a block */
        uint16_t flags;
        const char *verdict;
    } row[] = {
        {-(int)bytes_of(f), 0, "length"},
        {1 - (int)bytes_of(f), 0, "length"},
        {-4, 0, "length"},
        {-1, 0, "length"},
        {1, 0, "length"},
        {4, 0, "length"},
        {ROOM / 2, 0, "length"},
        {0, PKT_DROP, "done"},
        {0, PKT_PUNT, "done"},
        {-100, PKT_PUNT, "done"},
        {44, PKT_DROP, "done"},
        {0, 0, "transformed"},
        {0, PKT_ERROR, "transformed"},
    };
    struct body *b = bench_body(state);
    const struct fn *fn = registry_find(f->name);
    uint32_t n_length = 0;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t len = (uint32_t)((int)bytes_of(f) + row[k].more);
        for (size_t j = 0; j < ROOM; j++) {
            block_in[j] = (uint8_t)(j * 7 + k);
        }
        struct pkt y = block_run(b, len, row[k].flags);
        assert_int_equal(y.len_bytes, len);
        assert_int_equal(y.mark, BLOCK_MARK);
        assert_int_equal(y.flags, row[k].flags);
        assert_string_equal(fn->verdict(&y), row[k].verdict);
        assert_int_equal(memcmp(block_in, block_out, len) == 0,
                         strcmp(row[k].verdict, "transformed") != 0);
        n_length += strcmp(row[k].verdict, "length") == 0;
        assert_int_equal(read_reg(b, FFT64_N_LENGTH), n_length);
    }
    assert_int_equal(read_reg(b, FFT64_N_BLOCKS), 2);
}

#define ON(test, fft) \
    cmocka_unit_test_prestate_setup_teardown(test, fft_open, bench_close, fft)
#define ON_ALL(test)                                             \
    ON(test, &all[0]), ON(test, &all[1]), ON(test, &all[2]),     \
        ON(test, &all[3]), ON(test, &all[4]), ON(test, &all[5]), \
        ON(test, &all[6]), ON(test, &all[7])

int main(void)
{
    static struct fft all[] = {
        {{.width_bits = 0}, "fft64", 64, 0x15},
        {{.width_bits = 32}, "fft64", 64, 0x15},
        {{.width_bits = 64}, "fft64", 64, 0x15},
        {{.width_bits = 256}, "fft64", 64, 0x15},
        {{.width_bits = 0}, "fft128", 128, 0x55},
        {{.width_bits = 32}, "fft128", 128, 0x55},
        {{.width_bits = 64}, "fft128", 128, 0x55},
        {{.width_bits = 256}, "fft128", 128, 0x55},
    };
    const struct CMUnitTest tests[] = {
        ON_ALL(noise_is_far_below_the_signal),
        ON_ALL(a_tone_is_in_its_bin),
        ON_ALL(ofdm_is_not_clipped),
        ON_ALL(an_impulse_is_in_all_bins),
        ON_ALL(what_stays_is_in_bin_0),
        ON_ALL(halves_are_rounded_up),
        ON_ALL(what_is_clipped_is_counted),
        ON_ALL(the_inverse_gives_back_what_was),
        ON_ALL(other_packets_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
