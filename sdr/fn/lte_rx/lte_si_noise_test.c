/*
 * lte_si_noise_test.c - what system information takes in noise and in pieces;
 * what cannot be.
 */
#include "sdr/fn/lte_rx/lte_si_check.h"

/* The first SIB1 of 20 starts in noise at 0 dB comes in 200 ms. */
static void at_0_db_sib1_takes_less_than_200_ms(void **state)
{
    struct lte_si_work *w;
    unsigned worst = 0;

    (void)state;
    assert_int_equal(lte_si_open(&w), 0);
    for (unsigned start = 0; start < 20; start++) {
        struct gen_lte_wide g =
            cell_of(start % 2 == 0 ? &check_narrow : &check_extended);
        struct lte_si *si = calloc(1, sizeof *si);
        struct heard h = {.n = 0};
        float complex *x;
        assert_non_null(si);
        g.sfn = 51 * start;
        g.seed = start;
        struct lte_samples s = air(&g, 20, 0, 0, &x);
        struct lte_cell cell = known(&g, 0);
        lte_si_run(w, si, &cell, &s, take, &h);
        assert_true(h.n > 0);
        assert_int_equal(h.m[0].kind, LTE_RRC_SIB1);
        check_bytes(&h.m[0], g.si.sib1.bytes, g.si.sib1.n);
        unsigned frames = (h.m[0].sfn + 1024 - g.sfn) % 1024;
        worst = frames > worst ? frames : worst;
        free(si);
        free(x);
    }
    print_message("at most %u ms\n", 10 * worst + 6);
    lte_si_close(w);
}

/* With so few resource blocks no single part is enough, with this seed. */
static void parts_of_a_block_are_put_together(void **state)
{
    struct gen_lte_wide g = cell_of(&check_extended);
    struct lte_si *si = calloc(1, sizeof *si);
    struct lte_si_work *w;
    struct heard h = {.n = 0};
    float complex *x;

    (void)state;
    assert_non_null(si);
    assert_int_equal(lte_si_open(&w), 0);
    /* Few resource blocks: each part is punctured; and a format whose version
     * follows from the time. */
    g.si.dci = (struct lte_dci){
        .format = LTE_DCI_1C, .distributed = true, .first = 4, .n = 2};
    g.sfn = 512;
    struct lte_samples s = air(&g, 8, 0, -3, &x);
    struct lte_cell cell = known(&g, 0);
    lte_si_run(w, si, &cell, &s, take, &h);
    assert_true(h.n > 0);
    check_bytes(&h.m[0], g.si.sib1.bytes, g.si.sib1.n);
    assert_true(h.m[0].sfn > 512); /* not by the first part */
    free(si);
    free(x);
    lte_si_close(w);
}

/* The cell's carrier and time need not be known exactly. */
static void carrier_and_time_are_followed(void **state)
{
    static const struct {
        double cfo_hz, late; /* samples at 1.92 Msps */
    } row[] = {{600, 0}, {-600, 0.9}, {400, -0.9}};
    struct lte_si_work *w;

    (void)state;
    assert_int_equal(lte_si_open(&w), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct gen_lte_wide g = cell_of(&check_extended);
        struct lte_si *si = calloc(1, sizeof *si);
        struct heard h = {.n = 0};
        float complex *x;
        assert_non_null(si);
        struct lte_samples s = air(&g, FRAMES, 100, 15, &x);
        struct lte_cell cell = known(&g, 100);
        impair_cfo(x, s.n, 30e3 + row[k].cfo_hz, 1.92e6 * g.factor);
        cell.cfo_hz = 30e3;
        cell.frame_start += row[k].late;
        lte_si_run(w, si, &cell, &s, take, &h);
        assert_int_equal(h.n, 2);
        assert_int_equal(h.m[0].sfn, 1020);
        check_bytes(&h.m[0], g.si.sib1.bytes, g.si.sib1.n);
        check_bytes(&h.m[1], sib5, sizeof sib5);
        free(si);
        free(x);
    }
    lte_si_close(w);
}

/* Runs in pieces of a stretch give what one run gives. */
static void a_stretch_may_come_in_pieces(void **state)
{
    struct gen_lte_wide g = cell_of(&check_extended);
    struct lte_si *si = calloc(1, sizeof *si);
    struct lte_si_work *w;
    struct heard h = {.n = 0};
    float complex *x;

    (void)state;
    assert_non_null(si);
    assert_int_equal(lte_si_open(&w), 0);
    struct lte_samples s = air(&g, FRAMES, 0, 15, &x);
    for (unsigned f = 0; f < FRAMES; f += 3) {
        size_t n = (size_t)LTE_FRAME * g.factor;
        struct lte_samples part = {x + f * n, 3 * n, g.factor};
        struct lte_cell cell = known(&g, 0);
        cell.frame_start = -(double)f * LTE_FRAME;
        lte_si_run(w, si, &cell, &part, take, &h);
    }
    assert_int_equal(h.n, 2);
    check_bytes(&h.m[0], g.si.sib1.bytes, g.si.sib1.n);
    check_bytes(&h.m[1], sib5, sizeof sib5);
    assert_int_equal(s.n, FRAMES * (size_t)LTE_FRAME * g.factor);
    free(si);
    free(x);
    lte_si_close(w);
}

/* Cells that cannot be, and rates too low for one, do nothing. */
static void what_cannot_be_is_left_alone(void **state)
{
    struct gen_lte_wide g = cell_of(&check_small);
    struct lte_si *si = calloc(1, sizeof *si);
    struct lte_cell good = known(&g, 0);
    struct lte_cell bad[9];
    struct lte_si_work *w;
    struct heard h = {.n = 0};
    float complex *x;

    (void)state;
    assert_non_null(si);
    assert_int_equal(lte_si_open(&w), 0);
    struct lte_samples s = air(&g, 4, 0, 20, &x);
    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        bad[k] = good;
    }
    bad[0].pci = 504;
    bad[1].prb = 7; /* an illegal bandwidth */
    bad[2].prb = 100;
    bad[3].ports = 3;
    bad[4].phich_ng = 4;
    bad[5].sfn = 1024;
    bad[6].cfo_hz = NAN;
    bad[7].frame_start = INFINITY;
    bad[8].pci = -1;
    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        lte_si_run(w, si, &bad[k], &s, take, &h);
        assert_int_equal(h.n, 0);
        assert_int_equal(si->n_subframes, 0);
    }
    lte_si_run(w, si, &good, &s, take, &h);
    assert_int_equal(h.n, 1);
    free(si);
    free(x);
    lte_si_close(w);
}

/* SIB1 whose scheduling list is longer than the message. */
static void a_sib1_that_lies_is_given_and_counted(void **state)
{
    struct gen_lte_wide g = cell_of(&check_small);
    struct lte_si *si = calloc(1, sizeof *si);
    uint8_t lie[15];
    struct lte_si_work *w;
    struct heard h = {.n = 0};
    float complex *x;

    (void)state;
    assert_non_null(si);
    assert_int_equal(lte_si_open(&w), 0);
    memset(lie, 0xff, sizeof lie);
    lie[0] = 0x40;
    g.si.sib1 = (struct gen_lte_message){lie, sizeof lie};
    struct lte_samples s = air(&g, 4, 0, 20, &x);
    struct lte_cell cell = known(&g, 0);
    lte_si_run(w, si, &cell, &s, take, &h);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.m[0].kind, LTE_RRC_REFUSED);
    assert_memory_equal(h.m[0].bytes, lie, sizeof lie);
    assert_true(si->n_rrc_refused > 0);
    assert_false(si->has_sib1);
    free(si);
    free(x);
    lte_si_close(w);
}

/* Noise, silence and odd values in the place of a cell. */
static void nothing_comes_from_nothing(void **state)
{
    struct gen_lte_wide g = cell_of(&check_narrow);
    struct lte_si *si = calloc(1, sizeof *si);
    struct lte_cell cell = known(&g, 0);
    struct lte_si_work *w;
    struct heard h = {.n = 0};
    struct rng rng = {5};
    float complex *x;

    (void)state;
    assert_non_null(si);
    assert_int_equal(lte_si_open(&w), 0);
    for (int what = 0; what < 3; what++) {
        struct lte_samples s = air(&g, 16, 0, 20, &x);
        memset(x, 0, s.n * sizeof *x);
        if (what > 0) {
            impair_noise(x, s.n, 1, &rng);
        }
        for (size_t k = 0; what == 2 && k < s.n; k += 700) {
            x[k] = k % 1400 == 0 ? NAN : INFINITY;
        }
        lte_si_run(w, si, &cell, &s, take, &h);
        assert_int_equal(h.n, 0);
        free(x);
    }
    free(si);
    lte_si_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_0_db_sib1_takes_less_than_200_ms),
        cmocka_unit_test(parts_of_a_block_are_put_together),
        cmocka_unit_test(carrier_and_time_are_followed),
        cmocka_unit_test(a_stretch_may_come_in_pieces),
        cmocka_unit_test(what_cannot_be_is_left_alone),
        cmocka_unit_test(a_sib1_that_lies_is_given_and_counted),
        cmocka_unit_test(nothing_comes_from_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
