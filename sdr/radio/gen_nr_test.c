/* gen_nr_test.c - what a generated cell sends, symbol by symbol. */
#include "sdr/radio/gen_nr.h"

#include <math.h>
#include <stdlib.h>

#include "sdr/dsp/lte_seq.h"
#include "sdr/radio/impair.h"
#include "tests/check.h"

static struct gen_nr cell_of(unsigned scs_khz)
{
    return (struct gen_nr){
        .cell_id = 302,
        .scs_khz = scs_khz,
        .blocks = 1 << 3,
        .period = 2,
        .mib = {.sfn = 1023, .k_ssb = 30, .dmrs_type_a_pos = 2},
        .seed = 5,
    };
}

static float complex *run(const struct gen_nr *g, size_t n_frames)
{
    float complex *x = calloc(n_frames * gen_nr_frame(g), sizeof *x);

    assert_non_null(x);
    assert_int_equal(gen_nr_run(g, n_frames, x), 0);
    return x;
}

/* Subcarrier k of the symbol whose useful part is at x[0]; 1 for one of QPSK.
 */
static float complex bin(const float complex *x, size_t k)
{
    double complex sum = 0;

    for (size_t n = 0; n < NR_FFT; n++) {
        double turns = -((double)k - NR_N_SC / 2) * (double)n / NR_FFT;
        sum += x[n] * lte_phasor(turns);
    }
    return (float complex)(sum * sqrt(NR_N_SC) / NR_FFT);
}

static void assert_near(float complex have, float complex want)
{
    assert_true(cabsf(have - want) < 1e-3f);
}

static void a_block_stands_in_its_half_frame_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned khz = 15; khz <= 30; khz += 15) {
        struct gen_nr g = cell_of(khz);
        g.half_frame = khz == 15;
        size_t half = g.half_frame ? nr_half_frame(khz) : 0;
        size_t at = half + nr_block_at(khz, false, 3);
        float complex *x = run(&g, 3);
        for (size_t n = 0; n < 3 * gen_nr_frame(&g); n++) {
            size_t in = n % (2 * gen_nr_frame(&g)); /* of two frames */
            bool is_sent =
                in + NR_PREFIX >= at && in < at + 3 * NR_SYMBOL + NR_FFT;
            assert_true(is_sent || x[n] == 0);
        }
        for (size_t l = 0; l < NR_SYMBOLS; l++) { /* prefixes */
            for (size_t n = 0; n < NR_PREFIX; n++) {
                const float complex *s = x + at + l * NR_SYMBOL;
                assert_true(s[n - NR_PREFIX] == s[NR_FFT - NR_PREFIX + n]);
            }
        }
        free(x);
    }
}

static void symbols_carry_what_the_standard_says(void **state)
{
    struct gen_nr g = cell_of(30);
    float complex *x = run(&g, 1);
    const float complex *block = x + nr_block_at(30, false, 3);
    float pss[NR_N_SYNC], sss[NR_N_SYNC];
    float complex dmrs[NR_N_DMRS];
    uint16_t at[NR_N_DMRS];

    (void)state;
    nr_pss(302 % 3, pss);
    nr_sss(302, sss);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        assert_near(bin(block, 56 + k), pss[k]);
        assert_near(bin(block + 2 * NR_SYMBOL, 56 + k), sss[k]);
    }
    assert_near(bin(block, 55), 0);
    assert_near(bin(block, 183), 0);
    assert_near(bin(block + 2 * NR_SYMBOL, 55), 0);
    nr_dmrs(302, 3, dmrs);
    nr_dmrs_at(302, at);
    for (size_t m = 0; m < NR_N_DMRS; m++) {
        assert_near(bin(block + at[m] / NR_N_SC * NR_SYMBOL, at[m] % NR_N_SC),
                    dmrs[m]);
    }
    free(x);
}

/* Bits of the broadcast channel, hard, as the decoder wants them. */
static bool read_block(const float complex *block, unsigned v,
                       struct nr_bch *bch)
{
    uint16_t at[NR_N_PBCH];
    uint8_t c[NR_PBCH_BITS];
    float llr[NR_PBCH_BITS];

    nr_pbch_at(302, at);
    nr_pbch_scrambling(302, v, c);
    for (size_t k = 0; k < NR_N_PBCH; k++) {
        float complex s =
            bin(block + at[k] / NR_N_SC * NR_SYMBOL, at[k] % NR_N_SC);
        llr[2 * k] = c[2 * k] ? -crealf(s) : crealf(s);
        llr[2 * k + 1] = c[2 * k + 1] ? -cimagf(s) : cimagf(s);
    }
    return nr_bch_decode(llr, 302, bch);
}

static void the_frame_number_runs_from_block_to_block(void **state)
{
    struct gen_nr g = cell_of(30);
    float complex *x = run(&g, 5);

    (void)state;
    for (size_t f = 0; f < 5; f += 2) {
        struct nr_bch bch;
        struct nr_mib mib;
        const float complex *frame = x + f * gen_nr_frame(&g);
        assert_true(read_block(frame + nr_block_at(30, false, 3), 3, &bch));
        nr_mib_read(&bch, &mib);
        assert_int_equal(mib.sfn, (1023 + f) % 1024);
        assert_int_equal(mib.k_ssb, 30);
        assert_false(bch.half_frame);
    }
    free(x);
}

static void a_load_has_the_power_that_is_told(void **state)
{
    struct gen_nr g = cell_of(15);

    (void)state;
    g.loaded = true;
    float complex *x = run(&g, 2);
    /* 240 subcarriers of 1/240 everywhere but in the PSS's symbol. */
    double power = impair_power(x, 2 * gen_nr_frame(&g));
    assert_true(fabs(power - 1) < 0.01);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_stands_in_its_half_frame_and_nothing_else),
        cmocka_unit_test(symbols_carry_what_the_standard_says),
        cmocka_unit_test(the_frame_number_runs_from_block_to_block),
        cmocka_unit_test(a_load_has_the_power_that_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
