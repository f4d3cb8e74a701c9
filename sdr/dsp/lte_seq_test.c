/* lte_seq_test.c - sequences against values written out from TS 36.211. */
#include "tests/check.h"

#include <math.h>

#include "sdr/dsp/lte_seq.h"

/* The m-sequences of 6.11.2.1, as +1 and -1. */
static const int s_tilde[31] = {1,  1, 1,  1,  -1, 1,  1,  -1, 1, -1, -1,
                                1,  1, -1, -1, -1, -1, -1, 1,  1, 1,  -1,
                                -1, 1, -1, -1, -1, 1,  -1, 1,  -1};
static const int c_tilde[31] = {1, 1,  1,  1,  -1, 1,  -1, 1,  -1, -1, -1,
                                1, -1, -1, 1,  1,  1,  -1, -1, -1, -1, -1,
                                1, 1,  -1, -1, 1,  -1, 1,  1,  -1};

static void assert_close(float complex a, float complex b)
{
    assert_true(cabsf(a - b) < 1e-5f);
}

static void pss_is_a_zadoff_chu_sequence_without_its_middle(void **state)
{
    static const unsigned root[3] = {25, 29, 34};

    (void)state;
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        float complex d[LTE_N_SYNC];
        double u = root[n_id_2];
        lte_pss(n_id_2, d);
        assert_close(d[0], 1);
        assert_close(d[1], lte_phasor(-u * 1 * 2 / 126));
        assert_close(d[30], lte_phasor(-u * 30 * 31 / 126));
        assert_close(d[31], lte_phasor(-u * 32 * 33 / 126));
        for (size_t n = 0; n < 31; n++) {
            assert_close(d[n], d[61 - n]);
        }
    }
}

static void sss_has_the_shifts_of_table_6_11_2_1_1(void **state)
{
    static const struct {
        unsigned n_id_1, m0, m1;
    } row[] = {{0, 0, 1}, {29, 29, 30}, {30, 0, 2}, {166, 1, 8}, {167, 2, 9}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
            float d[2][LTE_N_SYNC];
            lte_sss(3 * row[k].n_id_1 + n_id_2, 0, d[0]);
            lte_sss(3 * row[k].n_id_1 + n_id_2, 1, d[1]);
            for (unsigned n = 0; n < 31; n++) {
                int c = c_tilde[(n + n_id_2) % 31];
                int s0 = s_tilde[(n + row[k].m0) % 31];
                int s1 = s_tilde[(n + row[k].m1) % 31];
                assert_int_equal((int)d[0][2 * n], s0 * c);
                assert_int_equal((int)d[1][2 * n], s1 * c);
            }
        }
    }
}

static void every_cell_has_its_own_sss(void **state)
{
    float d[LTE_N_CELLS / 3][LTE_N_SYNC];

    (void)state;
    for (unsigned n = 0; n < LTE_N_CELLS / 3; n++) {
        lte_sss(3 * n, 0, d[n]);
    }
    for (size_t a = 0; a < LTE_N_CELLS / 3; a++) {
        for (size_t b = 0; b < a; b++) {
            float sum = 0;
            for (size_t k = 0; k < LTE_N_SYNC; k++) {
                sum += d[a][k] * d[b][k];
            }
            assert_true(fabsf(sum) < 50);
        }
    }
}

static void gold_sequence_follows_its_two_recursions(void **state)
{
    enum { N = 1600 + 300 };
    uint8_t x1[N + 31] = {1};
    uint8_t x2[N + 31] = {0};
    uint8_t c[300];
    uint32_t c_init = 0x12345678;

    (void)state;
    for (size_t k = 0; k < 31; k++) {
        x2[k] = c_init >> k & 1;
    }
    for (size_t n = 0; n < N; n++) {
        x1[n + 31] = x1[n + 3] ^ x1[n];
        x2[n + 31] = x2[n + 3] ^ x2[n + 2] ^ x2[n + 1] ^ x2[n];
    }
    lte_gold(c_init, c, sizeof c);
    for (size_t n = 0; n < sizeof c; n++) {
        assert_int_equal(c[n], x1[n + 1600] ^ x2[n + 1600]);
    }
}

static void reference_signals_are_where_6_10_1_2_puts_them(void **state)
{
    static const struct {
        struct lte_id id;
        struct lte_pilot p;
        unsigned l, k;
    } row[] = {
        {{0, false}, {0, 0, false}, 0, 0},  {{0, false}, {0, 0, true}, 4, 3},
        {{0, false}, {1, 0, false}, 0, 3},  {{0, false}, {1, 1, true}, 4, 0},
        {{0, false}, {2, 0, false}, 1, 0},  {{0, false}, {2, 1, false}, 1, 3},
        {{0, false}, {3, 0, false}, 1, 3},  {{0, false}, {3, 1, false}, 1, 0},
        {{503, true}, {0, 0, false}, 0, 5}, {{503, true}, {0, 0, true}, 3, 2},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(lte_crs_symbol(&row[k].id, &row[k].p), row[k].l);
        assert_int_equal(lte_crs_first(&row[k].id, &row[k].p), row[k].k);
    }
}

static void symbols_fill_the_slot_with_either_prefix(void **state)
{
    (void)state;
    assert_int_equal(lte_symbol_at(false, 0, 0), 10);
    assert_int_equal(lte_symbol_at(false, 0, 6) + LTE_FFT, LTE_SLOT);
    assert_int_equal(lte_symbol_at(true, 3, 0), 3 * LTE_SLOT + 32);
    assert_int_equal(lte_symbol_at(true, 0, 5) + LTE_FFT, LTE_SLOT);
}

static void pbch_leaves_out_the_places_of_four_ports(void **state)
{
    uint16_t at[LTE_N_PBCH];
    struct lte_id normal = {4, false};
    struct lte_id extended = {4, true};

    (void)state;
    assert_int_equal(lte_pbch_at(&normal, at), 240);
    assert_int_equal(at[0], 0);
    assert_int_equal(at[1], 2); /* 1 is for reference signals: 4 mod 3 */
    assert_int_equal(at[239], 3 * 72 + 71);
    assert_int_equal(lte_pbch_at(&extended, at), 216);
    assert_int_equal(at[96 + 72], 3 * 72);
    assert_int_equal(at[96 + 73], 3 * 72 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pss_is_a_zadoff_chu_sequence_without_its_middle),
        cmocka_unit_test(sss_has_the_shifts_of_table_6_11_2_1_1),
        cmocka_unit_test(every_cell_has_its_own_sss),
        cmocka_unit_test(gold_sequence_follows_its_two_recursions),
        cmocka_unit_test(reference_signals_are_where_6_10_1_2_puts_them),
        cmocka_unit_test(symbols_fill_the_slot_with_either_prefix),
        cmocka_unit_test(pbch_leaves_out_the_places_of_four_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
