/* nr_rx_test.c - streams with generated cells through the whole receiver. */
#include "sdr/fn/nr_rx/nr_rx_check.h"

static void cells_of_all_kinds_come_out_with_their_mib(void **state)
{
    static const struct {
        unsigned cell_id, scs_khz, index;
        bool four, half_frame;
        uint16_t sfn;
        double delay, cfo_hz, step, snr_db;
    } row[] = {
        {0, 30, 0, false, false, 0, 100, 0, 0, 10},
        {1, 30, 1, false, true, 1023, 0, 7500, 0.25, 6},
        {1007, 30, 2, true, true, 512, 3.5, -22500, 0.5, 3},
        {334, 30, 3, true, true, 16, 1000, 100000, 0.9, 3},
        {335, 30, 4, false, true, 15, 77.25, -100000, 0.1, 0},
        {999, 30, 5, false, false, 978, 12000, 225000, 0.7, 3},
        {3, 30, 6, false, false, 2, 500, -232000, 0.33, 3},
        {700, 30, 7, false, true, 4, 12345, 60000, 0.6, 0},
        {500, 15, 0, true, false, 978, 100, 50000, 0.4, 10},
        {501, 15, 7, false, true, 6, 3000, -110000, 0, 3},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        static struct receiver r;
        struct gen_nr g = nr_cell;
        print_message("row %zu\n", k);
        g.cell_id = row[k].cell_id;
        g.scs_khz = row[k].scs_khz;
        g.blocks = (uint8_t)(1u << row[k].index);
        g.four = row[k].four;
        g.half_frame = row[k].half_frame;
        g.mib.sfn = row[k].sfn;
        g.mib.scs_common_30 = k % 2 == 0;
        g.mib.barred = k % 3 == 0;
        g.step = row[k].step;
        float complex *x =
            make_air(&g, row[k].delay, row[k].cfo_hz, row[k].snr_db);
        receiver_open(&r, 240000);
        assert_int_equal(body_write(r.body, NR_RX_SCS_KHZ, row[k].scs_khz), 0);
        give_stretch(&r, 0, x, AIR, 4096);
        assert_int_equal(r.n, 1);
        check_cell(&r, 0, &g, row[k].delay);
        assert_int_equal(r.rec[0].nr.ssb_index, row[k].index);
        assert_true(fabs(r.rec[0].nr.cfo_hz - row[k].cfo_hz) < 2000);
        assert_true(fabs(r.rec[0].nr.snr_db - row[k].snr_db) < 1.5);
        assert_int_equal(reg(&r, NR_RX_N_CELLS), 1);
        body_close(r.body);
        free(x);
    }
}

static void blocks_of_a_burst_make_one_cell(void **state)
{
    static struct receiver r;
    struct gen_nr g = nr_cell;

    (void)state;
    g.blocks = 0xff;
    float complex *x = make_air(&g, 50, 0, 10);
    receiver_open(&r, NARROW_HZ);
    give_stretch(&r, 0, x, AIR, 4096);
    assert_int_equal(r.n, 1);
    check_cell(&r, 0, &g, 50);
    assert_true(reg(&r, NR_RX_N_TRIED) >= 8);
    body_close(r.body);
    free(x);
}

/* Case B: the register says where blocks of 30 kHz stand. */
static void case_b_is_as_the_register_says(void **state)
{
    static struct receiver r;
    struct gen_nr g = nr_cell;

    (void)state;
    g.case_b = true;
    g.blocks = 0x24;
    float complex *x = make_air(&g, 400, 1000, 10);
    receiver_open(&r, NARROW_HZ);
    assert_int_equal(body_write(r.body, NR_RX_CASE_B, 1), 0);
    give_stretch(&r, 0, x, AIR, 4096);
    assert_int_equal(r.n, 1);
    check_cell(&r, 0, &g, 400);
    body_close(r.body);
    free(x);
}

static void bursts_of_any_length_give_the_same_cell(void **state)
{
    static const size_t burst[] = {4096, 1, 255, 256, 257};
    float complex *x = make_air(&nr_cell, 700, 3000, 5);
    static struct receiver first;

    (void)state;
    for (unsigned khz = 15; khz <= 30; khz += 15) {
        struct gen_nr g = nr_cell;
        g.scs_khz = khz;
        free(x);
        x = make_air(&g, 700, 3000, 5);
        for (size_t k = 0; k < CHECK_ROWS(burst); k++) {
            static struct receiver r;
            print_message("%u kHz, bursts of %zu\n", khz, burst[k]);
            receiver_open(&r, NARROW_HZ);
            assert_int_equal(body_write(r.body, NR_RX_SCS_KHZ, khz), 0);
            give_stretch(&r, 0, x, AIR, burst[k]);
            assert_int_equal(r.n, 1);
            check_cell(&r, 0, &g, 700);
            first = k == 0 ? r : first;
            assert_memory_equal(&r.rec[0], &first.rec[0], sizeof r.rec[0]);
            body_close(r.body);
        }
    }
    free(x);
}

static void two_cells_come_out_beside_each_other(void **state)
{
    static struct receiver r;
    struct gen_nr a = nr_cell, b = nr_cell;

    (void)state;
    a.loaded = false;
    b.loaded = false;
    b.cell_id = 501;
    b.blocks = 8;
    b.mib.sfn = 7;
    float complex *x = make_air(&a, 100, 0, 15);
    float complex *y = make_air(&b, 900, 2000, 15);
    for (size_t k = 0; k < AIR; k++) {
        x[k] += y[k] * 0.7f;
    }
    receiver_open(&r, NARROW_HZ);
    give_stretch(&r, 0, x, AIR, 4096);
    assert_int_equal(r.n, 2);
    check_cell(&r, 0, &b, 900); /* n_id_2 0 is looked for first */
    check_cell(&r, 1, &a, 100);
    body_close(r.body);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_all_kinds_come_out_with_their_mib),
        cmocka_unit_test(blocks_of_a_burst_make_one_cell),
        cmocka_unit_test(case_b_is_as_the_register_says),
        cmocka_unit_test(bursts_of_any_length_give_the_same_cell),
        cmocka_unit_test(two_cells_come_out_beside_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
