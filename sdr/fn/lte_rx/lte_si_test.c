/*
 * lte_si_test.c - system information of generated cells of every kind, byte for
 * byte.
 */
#include "sdr/fn/lte_rx/lte_si_check.h"

enum {
    TDD_BIT = 110, /* of sib1_tdd, where its tdd-Config is */
};

/* clang-format off: a row each */
static const struct kind kinds[] = {
    {"6 PRB, one port",
     6,
     1,
     2,
     2,
     false,
     false,
     false,
     {LTE_DCI_1A, false, false, 0, 6, 0, 0, false, 0},
     4,
     0},
    {"6 PRB, four ports, 1C",
     6,
     4,
     0,
     3,
     false,
     false,
     false,
     {LTE_DCI_1C, true, false, 0, 6, 0, 0, false, 0},
     4,
     0},
    {"15 PRB, two ports",
     15,
     2,
     1,
     3,
     false,
     false,
     false,
     {LTE_DCI_1A, true, false, 2, 8, 0, 0, false, 0},
     4,
     4},
    {"25 PRB, extended prefix and PHICH",
     25,
     2,
     3,
     3,
     true,
     true,
     false,
     {LTE_DCI_1A, false, false, 3, 8, 0, 0, false, 0},
     8,
     0},
    {"25 PRB, four ports, 1C",
     25,
     4,
     2,
     2,
     false,
     false,
     false,
     {LTE_DCI_1C, true, false, 4, 12, 0, 0, false, 0},
     4,
     4},
    {"50 PRB, TDD, gap 2",
     50,
     2,
     2,
     2,
     false,
     false,
     true,
     {LTE_DCI_1A, true, true, 5, 9, 0, 0, false, 0},
     4,
     8},
    {"50 PRB, TDD, one port, 1C",
     50,
     1,
     1,
     3,
     false,
     true,
     true,
     {LTE_DCI_1C, true, false, 8, 12, 0, 0, false, 0},
     8,
     8},
    {"75 PRB, one port",
     75,
     1,
     2,
     1,
     false,
     false,
     false,
     {LTE_DCI_1A, false, false, 60, 15, 0, 0, false, 0},
     4,
     4},
    {"100 PRB, two ports, 1C, gap 2",
     100,
     2,
     2,
     2,
     false,
     false,
     false,
     {LTE_DCI_1C, true, true, 4, 16, 0, 0, false, 0},
     8,
     0},
    {"100 PRB, TDD, four ports, distributed",
     100,
     4,
     3,
     3,
     false,
     true,
     true,
     {LTE_DCI_1A, true, false, 90, 6, 0, 0, false, 0},
     4,
     0},
};
/* clang-format on */

static void cells_of_every_kind_come_back_byte_for_byte(void **state)
{
    struct lte_si_work *w;

    (void)state;
    assert_int_equal(lte_si_open(&w), 0);
    for (size_t i = 0; i < CHECK_ROWS(kinds); i++) {
        struct gen_lte_wide g = cell_of(&kinds[i]);
        struct lte_si *si = calloc(1, sizeof *si);
        struct heard h = {.n = 0};
        float complex *x;
        assert_non_null(si);
        print_message("%s\n", kinds[i].about);
        assert_true(gen_lte_si_valid(&g.si));
        struct lte_samples s = air(&g, FRAMES, 333, 15, &x);
        struct lte_cell cell = known(&g, 333);
        lte_si_run(w, si, &cell, &s, take, &h);
        assert_int_equal(h.n, 2);
        assert_int_equal(h.m[0].kind, LTE_RRC_SIB1);
        assert_int_equal(h.m[0].sfn, 1020);
        assert_int_equal(h.m[0].subframe, 5);
        assert_int_equal(h.m[0].pci, 301);
        check_bytes(&h.m[0], g.si.sib1.bytes, g.si.sib1.n);
        assert_int_equal(h.m[1].kind, LTE_RRC_SI);
        assert_int_equal(h.m[1].sfn, 0);
        assert_int_equal(h.m[1].subframe, 0);
        check_bytes(&h.m[1], sib5, sizeof sib5);
        assert_int_equal(si->n_dci_refused, 0);
        assert_int_equal(si->n_rrc_refused, 0);
        free(si);
        free(x);
    }
    lte_si_close(w);
}

/* TDD configurations 0 to 6: SIB1 with its three bits changed. */
static void every_tdd_configuration_is_followed(void **state)
{
    struct lte_si_work *w;

    (void)state;
    assert_int_equal(lte_si_open(&w), 0);
    for (unsigned config = 0; config < 7; config++) {
        struct gen_lte_wide g = cell_of(&kinds[5]);
        struct lte_si *si = calloc(1, sizeof *si);
        uint8_t sib1[sizeof sib1_tdd];
        struct heard h = {.n = 0};
        float complex *x;
        struct lte_rrc m;
        assert_non_null(si);
        print_message("configuration %u\n", config);
        memcpy(sib1, sib1_tdd, sizeof sib1);
        for (unsigned b = 0; b < 3; b++) {
            unsigned at = TDD_BIT + b;
            sib1[at / 8] &= (uint8_t) ~(0x80u >> at % 8);
            sib1[at / 8] |= (uint8_t)((config >> (2 - b) & 1) << (7 - at % 8));
        }
        assert_int_equal(lte_rrc_read(sib1, sizeof sib1, &m), LTE_RRC_SIB1);
        assert_int_equal(m.sib1.tdd_config, config);
        g.si.layout.tdd_config = (int8_t)config;
        g.si.sib1.bytes = sib1;
        struct lte_samples s = air(&g, FRAMES, 0, 15, &x);
        struct lte_cell cell = known(&g, 0);
        lte_si_run(w, si, &cell, &s, take, &h);
        assert_int_equal(h.n, 2);
        check_bytes(&h.m[0], sib1, sizeof sib1);
        check_bytes(&h.m[1], sib5, sizeof sib5);
        free(si);
        free(x);
    }
    lte_si_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_every_kind_come_back_byte_for_byte),
        cmocka_unit_test(every_tdd_configuration_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
