/* nr_seq_test.c - sequences and places of NR blocks, worked out by hand. */
#include "sdr/dsp/nr_seq.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/lte_seq.h"
#include "tests/check.h"

static void pss_is_an_m_sequence_that_moves_by_43(void **state)
{
    /* x = 0110111, then x(i + 7) = x(i + 4) + x(i); 7.4.2.2. */
    static const float first[12] = {1, -1, -1, 1, -1, -1, -1, -1, 1, 1, -1, -1};
    float d[3][NR_N_SYNC];

    (void)state;
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        nr_pss(n_id_2, d[n_id_2]);
        for (size_t n = 0; n < NR_N_SYNC; n++) {
            assert_true(d[n_id_2][n] == d[0][(n + 43 * n_id_2) % NR_N_SYNC]);
        }
    }
    assert_memory_equal(d[0], first, sizeof first);
    for (size_t shift = 1; shift < NR_N_SYNC; shift++) {
        float sum = 0;
        for (size_t n = 0; n < NR_N_SYNC; n++) {
            sum += d[0][n] * d[0][(n + shift) % NR_N_SYNC];
        }
        assert_true(sum == -1); /* so long is its period, and no shorter */
    }
}

static void sss_of_cell_0_is_both_sequences_from_their_start(void **state)
{
    float d[NR_N_SYNC];

    (void)state;
    nr_sss(0, d);
    /* x0 has ones at 0, 7, 10, 13, 14; x1 at 0, 7, 13, 14. */
    for (size_t n = 0; n < 15; n++) {
        assert_true(d[n] == (n == 10 ? -1 : 1));
    }
}

static void no_two_cells_have_the_same_sss(void **state)
{
    static float d[NR_N_CELLS][NR_N_SYNC];

    (void)state;
    for (unsigned c = 0; c < NR_N_CELLS; c++) {
        nr_sss(c, d[c]);
    }
    for (unsigned a = 0; a < NR_N_CELLS; a += 7) {
        for (unsigned b = a + 1; b < NR_N_CELLS; b++) {
            float sum = 0;
            for (size_t n = 0; n < NR_N_SYNC; n++) {
                sum += d[a][n] * d[b][n];
            }
            assert_true(sum < 64 && sum > -64);
        }
    }
}

static void broadcast_and_its_reference_signals_fill_their_places(void **state)
{
    (void)state;
    for (unsigned cell_id = 0; cell_id < 8; cell_id++) {
        uint16_t dmrs[NR_N_DMRS], pbch[NR_N_PBCH];
        uint8_t used[NR_SYMBOLS * NR_N_SC] = {0};
        nr_dmrs_at(cell_id, dmrs);
        nr_pbch_at(cell_id, pbch);
        for (size_t k = 0; k < NR_N_DMRS; k++) {
            assert_int_equal(dmrs[k] % 4, cell_id % 4);
            used[dmrs[k]]++;
        }
        for (size_t k = 0; k < NR_N_PBCH; k++) {
            assert_true(k == 0 || pbch[k] > pbch[k - 1]);
            used[pbch[k]]++;
        }
        for (size_t at = 0; at < sizeof used; at++) {
            size_t l = at / NR_N_SC, k = at % NR_N_SC;
            bool is = l == 1 || l == 3 || (l == 2 && (k < 48 || k >= 192));
            assert_int_equal(used[at], is);
        }
    }
}

static void reference_signals_depend_on_cell_and_index(void **state)
{
    /* Cell 500, index 3: 4 * 126 << 11 | 4 << 6 | 0; 7.4.1.4.1. */
    float complex r[NR_N_DMRS];
    uint8_t c[2 * NR_N_DMRS];

    (void)state;
    nr_dmrs(500, 3, r);
    lte_gold(4 * 126 * 2048 + 4 * 64 + 0, c, sizeof c);
    for (size_t m = 0; m < NR_N_DMRS; m++) {
        assert_true(fabsf(crealf(r[m]) - (c[2 * m] ? -1 : 1) * 0.70710678f) <
                    1e-6f);
        assert_true(fabsf(cimagf(r[m]) -
                          (c[2 * m + 1] ? -1 : 1) * 0.70710678f) < 1e-6f);
    }
}

static void scrambling_goes_on_from_block_to_block(void **state)
{
    static uint8_t all[8 * NR_PBCH_BITS];

    (void)state;
    lte_gold(1007, all, sizeof all);
    for (unsigned v = 0; v < 8; v++) {
        uint8_t c[NR_PBCH_BITS];
        nr_pbch_scrambling(1007, v, c);
        assert_memory_equal(c, all + (size_t)v * NR_PBCH_BITS, sizeof c);
    }
}

static void turns_are_powers_of_one_phasor(void **state)
{
    float complex w[NR_FFT];

    (void)state;
    nr_turn(-0.0123, w);
    for (size_t n = 0; n < NR_FFT; n++) {
        assert_true(cabsf(w[n] - lte_phasor(-0.0123 * (double)n)) < 1e-5f);
    }
}

static void blocks_stand_where_the_standard_says(void **state)
{
    static const struct {
        unsigned scs_khz;
        bool case_b;
        unsigned index;
        size_t at;
    } row[] = {
        {30, false, 0, 22 + 2 * 274}, /* C: 2, 8 + 14 n */
        {30, false, 1, 22 + 8 * 274},
        {30, false, 7, 3 * 3840 + 22 + 8 * 274},
        {30, true, 0, 22 + 4 * 274}, /* B: 4, 8, 16, 20 + 28 n */
        {30, true, 2, 3840 + 22 + 2 * 274},
        {30, true, 3, 3840 + 22 + 6 * 274},
        {30, true, 5, 2 * 3840 + 22 + 8 * 274},
        {15, false, 0, 20 + 2 * 274}, /* A: 2, 8 + 14 n */
        {15, false, 3, 3840 + 20 + 8 * 274 + 2},
        {15, true, 3, 3840 + 20 + 8 * 274 + 2},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(
            nr_block_at(row[k].scs_khz, row[k].case_b, row[k].index),
            row[k].at);
    }
    assert_int_equal(nr_half_frame(30), 38400); /* 5 ms at 7.68 Msps */
    assert_int_equal(nr_half_frame(15), 19200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pss_is_an_m_sequence_that_moves_by_43),
        cmocka_unit_test(sss_of_cell_0_is_both_sequences_from_their_start),
        cmocka_unit_test(no_two_cells_have_the_same_sss),
        cmocka_unit_test(broadcast_and_its_reference_signals_fill_their_places),
        cmocka_unit_test(reference_signals_depend_on_cell_and_index),
        cmocka_unit_test(scrambling_goes_on_from_block_to_block),
        cmocka_unit_test(turns_are_powers_of_one_phasor),
        cmocka_unit_test(blocks_stand_where_the_standard_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
