/*
 * fft64_test.c - the transform against one in double precision, and blocks
 * whose bins are known; in both bodies.
 */
#include "tests/fn_check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fft64_csr.h"
#include "sdr/fn/fft64/fft64_block.h"

enum {
    UNITARY = 0x15,    /* SCALE: three stages halved, 1/8 */
    CLEAN_DB = 60,     /* of noise below the signal */
    ROOM = 512,        /* bytes of a packet */
    QUARTER = 1 << 13, /* of full scale */
};

#define TURN (2 * acos(-1.0))

static int bench_open(void **state)
{
    return bench_load(*state, "fft64");
}

/* What becomes of p; its bytes go to 'out' [ROOM]. */
static struct pkt run_pkt(struct body *b, struct pkt p, uint8_t *out)
{
    struct pkt y = {.data = out, .room_bytes = ROOM};
    struct fn_span in = {FN_PKT, &p, 1, 1, 0}, to = {FN_PKT, &y, 0, 1, 0};

    assert_int_equal(body_run(b, &in, &to), 0);
    assert_int_equal(to.n, 1);
    return y;
}

static void run_block(struct body *b, const struct iq16 x[FFT64_N],
                      struct iq16 y[FFT64_N])
{
    uint8_t in[ROOM], out[ROOM];
    struct pkt p = {.data = in,
                    .len_bytes = FFT64_BYTES,
                    .room_bytes = ROOM,
                    .in_port = 3,
                    .out_port = 4,
                    .mark = 0x5555,
                    .flags = PKT_ERROR};

    memcpy(in, x, FFT64_BYTES);
    struct pkt q = run_pkt(b, p, out);
    assert_int_equal(q.len_bytes, FFT64_BYTES);
    assert_int_equal(pkt_user(&q), pkt_user(&p));
    memcpy(y, out, FFT64_BYTES);
}

static void set(struct body *b, uint32_t halve, bool inverse)
{
    assert_int_equal(body_write(b, FFT64_SCALE, halve), 0);
    assert_int_equal(body_write(b, FFT64_DIRECTION, inverse), 0);
}

/* The definition; sign -1 is forward. */
static void dft(const struct iq16 x[FFT64_N], double complex y[FFT64_N],
                double sign, double scale)
{
    for (int k = 0; k < FFT64_N; k++) {
        y[k] = 0;
        for (int n = 0; n < FFT64_N; n++) {
            y[k] += (x[n].i + I * x[n].q) *
                    cexp(I * sign * TURN * (double)(k * n) / FFT64_N);
        }
        y[k] *= scale;
    }
}

static void random_block(struct rng *r, struct iq16 x[FFT64_N], uint32_t size)
{
    for (int k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){(int16_t)(rng_below(r, 2 * size) - size),
                             (int16_t)(rng_below(r, 2 * size) - size)};
    }
}

/* --- by definition ---------------------------------------------------------
 */

static void noise_is_far_below_the_signal(void **state)
{
    static const struct {
        uint32_t halve;
        double scale;
        uint32_t size;
    } row[] = {
        {UNITARY, 1.0 / 8, QUARTER}, /* as it is at reset */
        {0x2a, 1.0 / 8, QUARTER / 2},
        {0x3f, 1.0 / 64, 1 << 14},
        {0, 1, 300},
    };
    struct body *b = bench_body(state);
    struct rng r = {.state = 5};

    assert_int_equal(read_reg(b, FFT64_SCALE), UNITARY);
    for (size_t k = 0; k < 2 * CHECK_ROWS(row); k++) {
        double signal = 0, noise = 0, db;
        bool inverse = k % 2 != 0;
        set(b, row[k / 2].halve, inverse);
        for (int block = 0; block < 50; block++) {
            struct iq16 x[FFT64_N], y[FFT64_N];
            double complex want[FFT64_N];
            random_block(&r, x, row[k / 2].size);
            run_block(b, x, y);
            dft(x, want, inverse ? 1 : -1, row[k / 2].scale);
            for (int j = 0; j < FFT64_N; j++) {
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

/* A tone of each bin is 64 / 8 times as large there, and noise elsewhere. */
static void a_tone_is_in_its_bin(void **state)
{
    enum { SIZE = 3000 };
    struct body *b = bench_body(state);

    for (int k = 0; k < FFT64_N; k++) {
        struct iq16 x[FFT64_N], y[FFT64_N];
        for (int n = 0; n < FFT64_N; n++) {
            double at = TURN * (double)(k * n % FFT64_N) / FFT64_N;
            x[n] = (struct iq16){(int16_t)lround(SIZE * cos(at)),
                                 (int16_t)lround(SIZE * sin(at))};
        }
        run_block(b, x, y);
        for (int j = 0; j < FFT64_N; j++) {
            assert_in_range(y[j].i + 8, (j == k ? 8 * SIZE : 0),
                            (j == k ? 8 * SIZE : 0) + 16);
            assert_in_range(y[j].q + 8, 0, 16);
        }
    }
}

/*
 * As in 802.11: 52 carriers of 64-QAM, 12 dB below full scale, where what is
 * beyond it is cut off before; nothing is clipped, and all carriers come out.
 */
static void ofdm_is_not_clipped(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {.state = 7};

    for (int symbol = 0; symbol < 100; symbol++) {
        struct iq16 x[FFT64_N], y[FFT64_N];
        double complex carrier[FFT64_N] = {0}, t[FFT64_N];
        for (int k = 0; k < FFT64_N; k++) { /* mean power 42 */
            bool used = k > 0 && (k <= 26 || k >= FFT64_N - 26);
            double i = 2.0 * rng_below(&r, 8) - 7;
            double q = 2.0 * rng_below(&r, 8) - 7;
            carrier[k] = used ? i + I * q : 0;
        }
        for (int n = 0; n < FFT64_N; n++) {
            t[n] = 0;
            for (int k = 0; k < FFT64_N; k++) {
                t[n] += carrier[k] * cexp(I * TURN * (double)(k * n) / FFT64_N);
            }
            t[n] *= QUARTER / sqrt(42 * 52);
            x[n].i = (int16_t)lround(fmax(-32768, fmin(32767, creal(t[n]))));
            x[n].q = (int16_t)lround(fmax(-32768, fmin(32767, cimag(t[n]))));
        }
        run_block(b, x, y);
        for (int k = 0; k < FFT64_N; k++) {
            double complex want = carrier[k] * QUARTER * 8 / sqrt(42 * 52);
            assert_true(cabs(y[k].i + I * y[k].q - want) < 16);
        }
    }
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 0);
}

/* --- by hand ---------------------------------------------------------------
 */

/* x[0] alone: all bins are x[0], unscaled; x[1] alone: it turns with the bin.
 */
static void an_impulse_is_in_all_bins(void **state)
{
    struct body *b = bench_body(state);
    struct iq16 x[FFT64_N] = {{-1234, 567}}, y[FFT64_N];

    set(b, 0, false);
    run_block(b, x, y);
    for (int k = 0; k < FFT64_N; k++) {
        assert_int_equal(y[k].i, -1234);
        assert_int_equal(y[k].q, 567);
    }
    /* -j, -1 and j in the bins 16, 32, 48; (1 - j) 11585 / 16384 in bin 8. */
    x[0] = (struct iq16){0, 0};
    x[1] = (struct iq16){1000, 0};
    run_block(b, x, y);
    assert_memory_equal(&y[0], (&(struct iq16){1000, 0}), sizeof y[0]);
    assert_memory_equal(&y[16], (&(struct iq16){0, -1000}), sizeof y[0]);
    assert_memory_equal(&y[32], (&(struct iq16){-1000, 0}), sizeof y[0]);
    assert_memory_equal(&y[48], (&(struct iq16){0, 1000}), sizeof y[0]);
    assert_memory_equal(&y[8], (&(struct iq16){707, -707}), sizeof y[0]);
    set(b, 0, true);
    run_block(b, x, y);
    assert_memory_equal(&y[16], (&(struct iq16){0, 1000}), sizeof y[0]);
}

static void what_stays_is_in_bin_0(void **state)
{
    struct body *b = bench_body(state);
    struct iq16 x[FFT64_N], y[FFT64_N];

    for (int k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){4000, -4000};
    }
    set(b, UNITARY, false);
    run_block(b, x, y);
    assert_int_equal(y[0].i, 32000);
    assert_int_equal(y[0].q, -32000);
    for (int k = 1; k < FFT64_N; k++) {
        assert_int_equal(y[k].i, 0);
        assert_int_equal(y[k].q, 0);
    }
}

/*
 * Half a unit is rounded up: of 1 and 0 half the sum and half the difference
 * are 1, of 0 and 1 1 and 0, of 0 and -1 0 and 1.  Later stages add; place 0 is
 * added to bin 0 .. 63, and what is at place 32 after the first stage to the
 * odd bins.
 */
static void halves_are_rounded_up(void **state)
{
    static const struct {
        int16_t a, b, even, odd;
    } row[] = {{1, 0, 1, 1}, {0, 1, 1, 0},    {0, -1, 0, 1}, {-1, 0, 0, 0},
               {3, 2, 3, 1}, {-3, 0, -1, -1}, {2, 2, 2, 0},  {-2, 1, 0, -1}};
    struct body *b = bench_body(state);

    set(b, 1, false);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct iq16 x[FFT64_N] = {{row[k].a, 0}}, y[FFT64_N];
        x[32].i = row[k].b;
        run_block(b, x, y);
        for (int j = 0; j < FFT64_N; j++) {
            assert_int_equal(y[j].i, j % 2 == 0 ? row[k].even : row[k].odd);
            assert_int_equal(y[j].q, 0);
        }
    }
}

/*
 * Without halving, of 32767 everywhere: the first stage clips 32 sums, the
 * second 16, and so on to 1; their differences are 0.  Halved, nothing clips.
 * Half of 32767 - -32768 does, at places 32 to 63.
 */
static void what_is_clipped_is_counted(void **state)
{
    struct body *b = bench_body(state);
    struct iq16 x[FFT64_N], y[FFT64_N];

    for (int k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){INT16_MAX, k % 2 != 0 ? INT16_MAX : 0};
    }
    set(b, 0, false);
    run_block(b, x, y);
    assert_int_equal(y[0].i, INT16_MAX);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 32 + 16 + 8 + 4 + 2 + 1);
    set(b, 0x3f, false);
    run_block(b, x, y);
    assert_int_equal(y[0].i, INT16_MAX);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 63);
    for (int k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){k < 32 ? INT16_MAX : INT16_MIN, 0};
    }
    run_block(b, x, y);
    assert_int_equal(read_reg(b, FFT64_N_CLIPPED), 63 + 32);
}

/* --- there and back --------------------------------------------------------
 */

static void the_inverse_gives_back_what_was(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {.state = 6};
    int most = 0;

    for (int block = 0; block < 100; block++) {
        struct iq16 x[FFT64_N], y[FFT64_N];
        random_block(&r, x, QUARTER);
        set(b, UNITARY, block % 2 != 0);
        run_block(b, x, y);
        set(b, UNITARY, block % 2 == 0);
        run_block(b, y, y);
        for (int k = 0; k < FFT64_N; k++) {
            int e = abs(y[k].i - x[k].i) > abs(y[k].q - x[k].q)
                        ? abs(y[k].i - x[k].i)
                        : abs(y[k].q - x[k].q);
            most = e > most ? e : most;
        }
    }
    printf("  at most %d off\n", most);
    assert_in_range(most, 1, 16);
}

/* --- what is no block ------------------------------------------------------
 */

static void other_packets_pass(void **state)
{
    static const struct {
        uint32_t len;
        uint16_t flags;
        const char *verdict;
    } row[] = {
        {0, 0, "length"},
        {1, 0, "length"},
        {252, 0, "length"},
        {255, 0, "length"},
        {257, 0, "length"},
        {260, 0, "length"},
        {512, 0, "length"},
        {256, PKT_DROP, "done"},
        {256, PKT_PUNT, "done"},
        {12, PKT_PUNT, "done"},
        {300, PKT_DROP, "done"},
        {256, 0, "transformed"},
        {256, PKT_ERROR, "transformed"},
    };
    struct body *b = bench_body(state);
    const struct fn *fn = registry_find("fft64");
    uint32_t n_length = 0;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t in[ROOM], out[ROOM];
        for (size_t j = 0; j < ROOM; j++) {
            in[j] = (uint8_t)(j * 7 + k);
        }
        struct pkt p = {.data = in,
                        .len_bytes = row[k].len,
                        .room_bytes = ROOM,
                        .in_port = 7,
                        .mark = 0x1234,
                        .flags = row[k].flags};
        struct pkt y = run_pkt(b, p, out);
        assert_int_equal(y.len_bytes, row[k].len);
        assert_int_equal(pkt_user(&y), pkt_user(&p));
        assert_string_equal(fn->verdict(&y), row[k].verdict);
        assert_int_equal(memcmp(in, out, row[k].len) == 0,
                         strcmp(row[k].verdict, "transformed") != 0);
        n_length += strcmp(row[k].verdict, "length") == 0;
        assert_int_equal(read_reg(b, FFT64_N_LENGTH), n_length);
    }
    assert_int_equal(read_reg(b, FFT64_N_BLOCKS), 2);
}

#define ON(test, bench)                                                     \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             bench)
#define ON_ALL(test) \
    ON(test, &c), ON(test, &rtl[0]), ON(test, &rtl[1]), ON(test, &rtl[2])

int main(void)
{
    static struct bench c, rtl[3] = {
                               {.width_bits = 32},
                               {.width_bits = 64},
                               {.width_bits = 256},
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
