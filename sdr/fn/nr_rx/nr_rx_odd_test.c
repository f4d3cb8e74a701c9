/* nr_rx_odd_test.c - streams that are cut, interrupted, noise, or no samples at
 * all. */
#include "sdr/fn/nr_rx/nr_rx_check.h"

static void a_new_stretch_reports_the_cell_again(void **state)
{
    static struct receiver r;
    uint64_t far = (uint64_t)1 << 40;
    float complex *x = make_air(&nr_cell, 0, 0, 10);

    (void)state;
    receiver_open(&r, NARROW_HZ);
    give_stretch(&r, 0, x, AIR, 4096);
    give_stretch(&r, far, x, AIR, 4096);
    give_stretch(&r, far + AIR, x, AIR, 4096); /* behind an end, too */
    assert_int_equal(r.n, 3);
    check_cell(&r, 0, &nr_cell, 0);
    check_cell(&r, 1, &nr_cell, (double)far);
    check_cell(&r, 2, &nr_cell, (double)(far + AIR));
    body_close(r.body);
    free(x);
}

/* A block that is cut off anywhere before its end is not there; a whole one at
 * the end of a stretch is. */
static void a_cut_recording_gives_a_cell_or_none(void **state)
{
    static const struct {
        size_t from, to;
        size_t cells;
    } row[] = {
        {0, 500, 0},        {0, 571, 0},     {0, 1100, 0},
        {0, 570 + 1078, 1}, {560, 30000, 1}, {900, 30000, 0},
        {30000, FRAME, 0},  {0, 1, 0},       {552, 552 + 1096, 1},
    };
    float complex *x = make_air(&nr_cell, 0, 0, 20);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        static struct receiver r;
        print_message("row %zu\n", k);
        receiver_open(&r, NARROW_HZ);
        give_stretch(&r, 0, x + row[k].from, row[k].to - row[k].from, 4096);
        assert_int_equal(r.n, row[k].cells);
        if (r.n > 0) {
            check_cell(&r, 0, &nr_cell, -(double)row[k].from);
        }
        body_close(r.body);
    }
    free(x);
}

/* Blocks are met sooner or later, whatever their period. */
static void long_periods_are_met_though_groups_are_skipped(void **state)
{
    static struct receiver r;
    struct gen_nr g = nr_cell;
    static float complex x[FRAME];
    uint64_t item = 0;

    (void)state;
    g.period = 16;
    receiver_open(&r, NARROW_HZ);
    for (unsigned f = 0; f < 48 && r.n == 0; f++) {
        if ((f + 12) % 16 == 0) { /* the first is skipped */
            assert_int_equal(gen_nr_run(&g, 1, x), 0);
        } else {
            memset(x, 0, sizeof x);
        }
        for (size_t at = 0; at < FRAME; at += 3840) {
            (void)give(&r, item, x + at, 3840);
            item += 3840;
        }
    }
    assert_int_equal(r.n, 1);
    body_close(r.body);
}

static void noise_silence_and_odd_values_give_no_cell(void **state)
{
    float complex *x = calloc(AIR, sizeof *x);
    struct rng rng = {3};

    (void)state;
    assert_non_null(x);
    for (int kind = 0; kind < 5; kind++) {
        static struct receiver r;
        print_message("kind %d\n", kind);
        if (kind == 1) {
            impair_noise(x, AIR, 1, &rng);
        }
        for (size_t k = 0; kind == 2 && k < AIR; k += 5000) {
            x[k] = k % 10000 == 0 ? NAN : 1e30f;
        }
        for (size_t k = 0; kind == 3 && k < AIR; k++) { /* clipped */
            x[k] = (crealf(x[k]) > 0 ? 1 : -1) + (cimagf(x[k]) > 0 ? I : -I);
        }
        for (size_t k = 0; kind == 4 && k < AIR; k++) {
            x[k] = 9e5f; /* as large as it may be, and constant */
        }
        receiver_open(&r, 240000);
        give_stretch(&r, 0, x, AIR, 4096);
        assert_int_equal(r.n, 0);
        assert_int_equal(reg(&r, NR_RX_N_GROUPS), 11);
        body_close(r.body);
    }
    free(x);
}

static void a_cell_among_odd_values_or_clipped_is_found(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        static struct receiver r;
        float complex *x = make_air(&nr_cell, 0, 0, 20);
        print_message("kind %d\n", kind);
        for (size_t k = 3000; kind == 0 && k < AIR; k++) {
            x[k] = k % 2 == 0 ? NAN : INFINITY;
        }
        for (size_t k = 0; kind == 1 && k < AIR; k++) {
            x[k] = (crealf(x[k]) > 0 ? 1 : -1) + (cimagf(x[k]) > 0 ? I : -I);
        }
        for (size_t k = 0; kind == 2 && k < AIR; k++) {
            x[k] *= 1e-18f;
        }
        receiver_open(&r, NARROW_HZ);
        give_stretch(&r, 0, x, AIR, 4096);
        assert_int_equal(r.n, 1);
        check_cell(&r, 0, &nr_cell, 0);
        body_close(r.body);
        free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_stretch_reports_the_cell_again),
        cmocka_unit_test(a_cut_recording_gives_a_cell_or_none),
        cmocka_unit_test(long_periods_are_met_though_groups_are_skipped),
        cmocka_unit_test(noise_silence_and_odd_values_give_no_cell),
        cmocka_unit_test(a_cell_among_odd_values_or_clipped_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
