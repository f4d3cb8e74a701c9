/*
 * wifi_fft_test.c - the transform by function fft64 beside the definition of
 * the DFT, at all levels, and frames at the edge of what can be received.
 */
#include "sdr/fn/wifi_rx/wifi_fft.h"

#include "sdr/dsp/cf.h"
#include "sdr/fn/wifi_rx/wifi_front.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

enum { N = OFDM20_FFT };

struct bed {
    struct wifi_fft fft;
    struct lent *lent;
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    *state = b;
    if (b == NULL || wifi_fft_open(&b->fft) < 0) {
        return 1;
    }
    b->lent = lent_open("fft64");
    b->fft.kernel = &b->lent->kernel;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;

    wifi_fft_close(&b->fft);
    lent_close(b->lent);
    free(b);
    return 0;
}

static float any(struct rng *r)
{
    return (float)rng_below(r, 1 << 20) / (1 << 19) - 1;
}

/* Error power of y over the power of the DFT of x, decibels. */
static double error_db(const float complex *x, const float complex *y)
{
    double error = 0, power = 0;

    for (int k = 0; k < N; k++) {
        double complex sum = 0;
        for (int t = 0; t < N; t++) {
            sum += (double complex)x[t] * cexp(-2 * M_PI * I * k * t / N);
        }
        error += pow(cabs(sum - (double complex)y[k]), 2);
        power += pow(cabs(sum), 2);
    }
    return 10 * log10(error / power);
}

/* Noise, a tone, an impulse and a constant, from 1e-15 to 1e15. */
static void blocks_of_any_level_are_exact_to_60_db(void **state)
{
    struct bed *b = *state;
    struct wifi_fft *t = &b->fft;
    static float complex x[WIFI_FFT_BLOCKS][N];
    struct rng r = {1};
    double worst = -300;
    uint32_t n_clipped = 1;

    for (int power = -15; power <= 15; power++) {
        float level = powf(10, (float)power);
        for (int k = 0; k < WIFI_FFT_BLOCKS; k++) {
            uint32_t at = rng_below(&r, N);
            for (int n = 0; n < N; n++) {
                float phase = (float)(2 * M_PI / N) * (float)at * (float)n;
                float complex one = k % 4 == 0   ? cf(any(&r), any(&r))
                                    : k % 4 == 1 ? cf_polar(phase)
                                    : k % 4 == 2 ? (n == (int)at)
                                                 : 1;
                x[k][n] = t->in[k][n] = one * level;
            }
        }
        size_t n = 1 + rng_below(&r, WIFI_FFT_BLOCKS);
        assert_int_equal(wifi_fft_run(t, n), n);
        for (size_t k = 0; k < n; k++) {
            double e = error_db(x[k], t->out[k]);
            worst = e > worst ? e : worst;
        }
    }
    print_message("worst error %.1f dB\n", worst);
    assert_true(worst < -60);
    assert_int_equal(body_read(b->lent->body, 0x90, &n_clipped), 0);
    assert_int_equal(n_clipped, 0); /* N_CLIPPED of fft64 */
}

static void blocks_without_sense_become_zeros(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, 0, 4.55e-23f};
    struct bed *b = *state;
    struct wifi_fft *t = &b->fft;

    for (size_t k = 0; k < CHECK_ROWS(odd); k++) {
        memset(t->in, 0, sizeof t->in);
        t->in[0][5] = cf(odd[k], 1e-30f);
        t->in[1][7] = 1;
        assert_int_equal(wifi_fft_run(t, 2), 2);
        for (int j = 0; j < N; j++) {
            assert_true(crealf(t->out[0][j]) == 0 && cimagf(t->out[0][j]) == 0);
            assert_true(fabsf(cabsf(t->out[1][j]) - 1) < 1e-3f);
        }
    }
}

static void without_an_answer_the_first_block_is_done_here(void **state)
{
    struct bed *b = *state;
    struct wifi_fft *t = &b->fft;
    float complex x[N];
    struct rng r = {2};

    for (int way = 0; way < 3; way++) {
        for (int n = 0; n < N; n++) {
            x[n] = t->in[0][n] = cf(any(&r), any(&r));
        }
        b->lent->deaf = way == 1;
        b->lent->cut = way == 2 ? 4 : 0;
        size_t n = wifi_fft_run(t, 3);
        assert_int_equal(n, way == 0 ? 3 : 1);
        double e = error_db(x, t->out[0]);
        assert_true(way == 0 ? e > -90 : e < -110); /* 16 bits, or float */
    }
    b->lent->deaf = false;
    b->lent->cut = 0;
}

/* Two frames that begin alike, one behind the other. */
static void another_frame_is_transformed_anew(void **state)
{
    static struct air a, other;
    static struct wifi_front used, fresh;
    struct bed *b = *state;
    struct air_setting s = {.mbps = 6,
                            .psdu_len = 50,
                            .delay = WIFI_DECODE_LEAD,
                            .snr_db = 20,
                            .rest = 40};

    a.rng = (struct rng){1};
    other.rng = (struct rng){2};
    air_open(&a, &s);
    air_open(&other, &s);
    assert_int_equal(wifi_front_open(&used), 0);
    assert_int_equal(wifi_front_open(&fresh), 0);
    used.fft.kernel = fresh.fft.kernel = &b->lent->kernel;
    assert_true(wifi_front_acquire(&used, other.x, WIFI_DECODE_LEAD, 0));
    assert_true(wifi_front_acquire(&used, a.x, WIFI_DECODE_LEAD, 0));
    assert_true(wifi_front_acquire(&fresh, a.x, WIFI_DECODE_LEAD, 0));
    assert_int_equal(used.origin, fresh.origin);
    assert_memory_equal(used.channel.raw, fresh.channel.raw,
                        sizeof fresh.channel.raw);
    wifi_front_close(&used);
    wifi_front_close(&fresh);
    air_close(&a);
    air_close(&other);
}

/* Frames with a right FCS of those at a level where about half are lost. */
static size_t frames_ok(const struct fn_kernel *kernel, unsigned mbps,
                        double snr_db)
{
    struct wifi_decoder *w = NULL;
    static struct wifi_frame f;
    size_t ok = 0;

    assert_int_equal(wifi_decode_open(&w), 0);
    if (kernel != NULL) {
        wifi_decode_lend(w, WIFI_KERNEL_FFT, kernel);
    }
    for (uint64_t k = 0; k < 200; k++) {
        struct air_setting s = {.mbps = mbps,
                                .psdu_len = 200,
                                .delay = WIFI_DECODE_LEAD,
                                .cfo_hz = 1e3 * (double)k,
                                .snr_db = snr_db,
                                .rest = 40};
        static struct air a;
        size_t needed;

        a.rng = (struct rng){k};
        air_open(&a, &s);
        ok += wifi_decode(w, a.x, a.n, &f, &needed) == WIFI_DECODE_FRAME &&
              f.fcs_ok;
        air_close(&a);
    }
    wifi_decode_close(w);
    return ok;
}

static void sensitivity_is_that_of_floating_point(void **state)
{
    static const struct {
        unsigned mbps;
        double snr_db;
    } row[] = {{6, -0.5}, {24, 7.5}, {54, 16.5}};
    struct bed *b = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        size_t n = frames_ok(NULL, row[k].mbps, row[k].snr_db);
        size_t fixed = frames_ok(&b->lent->kernel, row[k].mbps, row[k].snr_db);
        print_message("%u Mbit/s: %zu and %zu of 200\n", row[k].mbps, n, fixed);
        assert_true(n > 40 && n < 190); /* so that noise would show */
        assert_true(fixed + 4 >= n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_level_are_exact_to_60_db),
        cmocka_unit_test(blocks_without_sense_become_zeros),
        cmocka_unit_test(without_an_answer_the_first_block_is_done_here),
        cmocka_unit_test(another_frame_is_transformed_anew),
        cmocka_unit_test(sensitivity_is_that_of_floating_point),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
