/*
 * nr_block_test.c - the broadcast channel from symbols: what counts as a MIB,
 * and through which channels.
 */
#include "sdr/fn/nr_rx/nr_block.h"

#include <math.h>
#include <stdlib.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"
#include "tests/check.h"

enum { CELL = 610, INDEX = 5 };

struct air {
    struct nr_sync sync;
    struct nr_ssb ssb;
    float complex x[NR_BLOCK]; /* silence: no offset to make exact */
};

static int air_open(void **state)
{
    struct air *a = aligned_alloc(64, (sizeof *a + 63) / 64 * 64);

    *state = a;
    if (a != NULL) {
        nr_sync_init(&a->sync);
        for (size_t k = 0; k < NR_BLOCK; k++) {
            a->x[k] = 0;
        }
    }
    return a == NULL ? -1 : 0;
}

static int air_close(void **state)
{
    free(*state);
    return 0;
}

/* Fills the symbols with a block of a cell with 'mib', whose broadcast channel
 * has 'level', behind two paths, the second 'late' samples later with 'echo'.
 */
static void fill(struct air *a, unsigned cell_id, const struct nr_mib *mib,
                 float level, double late, float echo)
{
    struct nr_bch bch = {.half_frame = true};
    uint8_t e[NR_POLAR_E], c[NR_PBCH_BITS];
    uint16_t at[NR_N_PBCH], dmrs_at[NR_N_DMRS];
    float complex dmrs[NR_N_DMRS], *y = a->sync.y[0];
    float sss[NR_N_SYNC];

    a->ssb = (struct nr_ssb){
        .cell_id = cell_id, .n_id_2 = cell_id % 3, .index = INDEX};
    for (size_t k = 0; k < NR_SYMBOLS * NR_N_SC; k++) {
        y[k] = 0;
    }
    nr_sss(cell_id, sss);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        y[2 * NR_N_SC + NR_SYNC_K + k] = sss[k];
    }
    nr_dmrs(cell_id, INDEX, dmrs);
    nr_dmrs_at(cell_id, dmrs_at);
    for (size_t k = 0; k < NR_N_DMRS; k++) {
        y[dmrs_at[k]] = dmrs[k];
    }
    nr_mib_write(mib, &bch);
    nr_bch_encode(&bch, cell_id, e);
    nr_pbch_scrambling(cell_id, INDEX, c);
    nr_pbch_at(cell_id, at);
    for (size_t k = 0; k < NR_N_PBCH; k++) {
        y[at[k]] = cf(e[2 * k] == c[2 * k] ? level : -level,
                      e[2 * k + 1] == c[2 * k + 1] ? level : -level) *
                   (float)M_SQRT1_2;
    }
    for (size_t k = 0; k < NR_SYMBOLS * NR_N_SC; k++) {
        double turns = -((double)(k % NR_N_SC) - 120) * late / NR_FFT;
        y[k] = cf_mul(y[k], 1 + echo * lte_phasor(turns));
    }
}

static const struct nr_mib mib = {
    .sfn = 700, .k_ssb = 9, .dmrs_type_a_pos = 3, .pdcch_config_sib1 = 0x5a};

static void a_block_is_read_through_one_path_and_several(void **state)
{
    static const struct {
        double late;
        float echo;
    } row[] = {{0, 0}, {3.25, 0}, {4, 0.7f}, {9, 0.9f}, {1, -0.8f}};
    struct air *a = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct nr_block b;
        struct nr_mib got;
        print_message("row %zu\n", k);
        fill(a, CELL, &mib, 1, row[k].late, row[k].echo);
        assert_true(nr_block_read(&a->sync, a->x, &a->ssb, &b));
        nr_mib_read(&b.bch, &got);
        assert_int_equal(got.sfn, 700);
        assert_int_equal(got.pdcch_config_sib1, 0x5a);
        assert_int_equal(b.ssb_index, INDEX);
        assert_true(b.bch.half_frame);
        assert_true(row[k].echo != 0 || fabs(b.late) < 0.05);
        assert_true(b.snr_db > 15);
    }
}

/* Zeros are a code word, and their CRC is right. */
static void a_channel_without_symbols_is_no_mib(void **state)
{
    struct air *a = *state;
    struct nr_block b;

    for (unsigned cell_id = CELL; cell_id < CELL + 10; cell_id++) {
        fill(a, cell_id, &mib, 0, 0, 0);
        assert_false(nr_block_read(&a->sync, a->x, &a->ssb, &b));
    }
}

static void a_message_of_later_times_is_no_mib(void **state)
{
    struct air *a = *state;
    struct nr_mib later = mib;
    struct nr_block b;

    later.extension = true;
    fill(a, CELL, &later, 1, 0, 0);
    assert_false(nr_block_read(&a->sync, a->x, &a->ssb, &b));
}

static void another_index_or_cell_reads_nothing(void **state)
{
    struct air *a = *state;
    struct nr_block b;

    fill(a, CELL, &mib, 1, 0, 0);
    a->ssb.index = 6;
    assert_false(nr_block_read(&a->sync, a->x, &a->ssb, &b));
    a->ssb.index = INDEX;
    a->ssb.cell_id = CELL + 12; /* the same places */
    assert_false(nr_block_read(&a->sync, a->x, &a->ssb, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_read_through_one_path_and_several),
        cmocka_unit_test(a_channel_without_symbols_is_no_mib),
        cmocka_unit_test(a_message_of_later_times_is_no_mib),
        cmocka_unit_test(another_index_or_cell_reads_nothing),
    };

    return cmocka_run_group_tests(tests, air_open, air_close);
}
