/* lte_ctrl_test.c - channels and assignments against the text of 36.211 and
 * 36.212, and sizes known from there. */
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

#include "core/base/rng.h"
#include "sdr/dsp/lte_dci.h"

static const uint8_t widths[6] = {6, 15, 25, 50, 75, 100};

static struct lte_layout layout(uint8_t prb, uint8_t ports)
{
    return (struct lte_layout){
        .pci = 301, .prb = prb, .ports = ports, .ng = 2, .tdd_config = -1};
}

static void cfi_words_are_those_of_the_table(void **state)
{
    static const char *const want[3] = {"01101101101101101101101101101101",
                                        "10110110110110110110110110110110",
                                        "11011011011011011011011011011011"};
    uint8_t bits[LTE_CFI_BITS];

    (void)state;
    for (unsigned cfi = 1; cfi <= 3; cfi++) {
        lte_cfi_bits(cfi, bits);
        for (size_t k = 0; k < LTE_CFI_BITS; k++) {
            assert_int_equal(bits[k], want[cfi - 1][k] - '0');
        }
    }
}

/*
 * 20 MHz, Ng 1: 13 PHICH groups of three quadruplets.  Symbol 0 has 200
 * groups, the others 300 (with four ports the second has 200).
 */
static void control_regions_have_their_sizes(void **state)
{
    static const struct {
        uint8_t ports, ng;
        bool extended, long_phich;
        unsigned cfi, n_pdcch, n_phich;
    } row[] = {
        {2, 2, false, false, 1, 200 - 4 - 39, 39},
        {2, 2, false, false, 2, 500 - 4 - 39, 39},
        {2, 2, false, false, 3, 800 - 4 - 39, 39},
        {1, 2, false, false, 2, 500 - 4 - 39, 39},
        {4, 2, false, false, 3, 700 - 4 - 39, 39},
        {2, 0, false, false, 3, 800 - 4 - 9, 9}, /* 100 / 48: 3 groups */
        {2, 3, false, true, 3, 800 - 4 - 75, 75},
        {2, 1, true, false, 3, 800 - 4 - 21, 21},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct lte_layout g = layout(100, row[k].ports);
        struct lte_control c;
        g.ng = row[k].ng;
        g.extended = row[k].extended;
        g.long_phich = row[k].long_phich;
        lte_control_at(&g, 0, row[k].cfi, 1, &c);
        assert_int_equal(c.n_pdcch, row[k].n_pdcch);
        assert_int_equal(c.n_phich, row[k].n_phich);
    }
}

static void put(uint8_t *owner, const uint16_t *re, size_t n, uint8_t who)
{
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(owner[re[k]], 0);
        owner[re[k]] = who;
    }
}

/* Every element of a control symbol belongs to one channel, or to reference
 * signals; the data begins behind them. */
static void channels_do_not_overlap_and_fill_the_subframe(void **state)
{
    static uint8_t owner[LTE_RE_MAX];
    static uint16_t re[LTE_RE_MAX];
    static const uint8_t ports[3] = {1, 2, 4};
    struct rng r = {1};

    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct lte_layout g = layout(widths[round % 6], ports[round % 3]);
        unsigned subframe = rng_below(&r, 10), cfi = 1 + rng_below(&r, 3);
        uint8_t prb[2][LTE_PRB_MAX];
        uint16_t pcfich[LTE_PCFICH_RE];
        struct lte_control c;
        unsigned first;
        g.pci = (uint16_t)rng_below(&r, 504);
        g.ng = (uint8_t)rng_below(&r, 4);
        g.extended = rng_below(&r, 2) != 0;
        g.long_phich = cfi == 3 && rng_below(&r, 2) != 0;
        memset(owner, 0, sizeof owner);
        lte_pcfich_at(&g, pcfich);
        put(owner, pcfich, LTE_PCFICH_RE, 1);
        lte_control_at(&g, subframe, cfi, 1, &c);
        put(owner, c.phich, 4 * c.n_phich, 2);
        put(owner, c.pdcch, 4 * c.n_pdcch, 3);
        for (unsigned k = 0; k < g.prb; k++) {
            prb[0][k] = prb[1][k] = (uint8_t)k;
        }
        unsigned n_control = lte_control_symbols(&g, cfi);
        size_t n = lte_pdsch_at(&g, subframe, n_control, prb, g.prb, re);
        put(owner, re, n, 4);
        size_t n_free = 0, n_crs = 0, n_sc = 12u * g.prb;
        for (unsigned l = 0; l < lte_layout_symbols(&g, subframe); l++) {
            for (unsigned port = 0; port < (l == 0 ? 2u : g.ports); port++) {
                /* Symbol 0 keeps the places of a second port in any case. */
                n_crs += lte_layout_crs(&g, port, l, &first) ? n_sc / 6 : 0;
                if (lte_layout_crs(&g, port, l, &first)) {
                    assert_int_equal(owner[l * n_sc + first], 0);
                }
            }
            /* So do the fourth symbol of the extended prefix, and REGs. */
            n_crs += l == 3 && g.extended && g.ports == 1 && n_control == 4
                         ? n_sc / 6
                         : 0;
        }
        for (size_t k = 0; k < lte_layout_symbols(&g, subframe) * n_sc; k++) {
            n_free += owner[k] == 0;
        }
        size_t sync = subframe % 5 == 0 ? 144 : 0;
        if (subframe == 0) { /* PBCH, whose symbols have reference signals of
                                the ports there are */
            sync += 4 * 72;
            for (unsigned l = 0; l < 4; l++) {
                unsigned at = lte_layout_slot_symbols(&g) + l;
                for (unsigned port = 0; port < g.ports; port++) {
                    sync -= lte_layout_crs(&g, port, at, &first) ? 12 : 0;
                }
            }
        }
        assert_int_equal(n_free, n_crs + sync);
    }
}

/* TS 36.211 Table 4.2-2: D, S and U as they stand there. */
static void tdd_configurations_are_those_of_the_table(void **state)
{
    static const char *const want[7] = {
        "DSUUUDSUUU", "DSUUDDSUUD", "DSUDDDSUDD", "DSUUUDDDDD",
        "DSUUDDDDDD", "DSUDDDDDDD", "DSUUUDSUUD"};

    (void)state;
    for (int config = 0; config < 7; config++) {
        struct lte_layout g = layout(50, 2);
        g.tdd = true;
        g.tdd_config = (int8_t)config;
        g.tdd_special = 7; /* DwPTS of 10 symbols */
        for (unsigned s = 0; s < 10; s++) {
            char c = want[config][s];
            assert_int_equal(lte_layout_symbols(&g, s), c == 'D'   ? 14
                                                        : c == 'S' ? 10
                                                                   : 0);
        }
        g.tdd_config = LTE_TDD_UNKNOWN;
        assert_int_equal(lte_layout_symbols(&g, 5), 14);
        assert_int_equal(lte_layout_symbols(&g, 1), 0);
    }
}

/* Sizes as other implementations list them, by bandwidth. */
static void dci_sizes_are_right(void **state)
{
    static const uint8_t fdd_1a[6] = {21, 22, 25, 27, 27, 28};
    static const uint8_t tdd_1a[6] = {23, 25, 27, 29, 30, 31};
    static const uint8_t size_1c[6] = {8, 10, 12, 13, 14, 15};

    (void)state;
    for (size_t k = 0; k < 6; k++) {
        struct lte_layout g = layout(widths[k], 2);
        assert_int_equal(lte_dci_size(&g, LTE_DCI_1A), fdd_1a[k]);
        assert_int_equal(lte_dci_size(&g, LTE_DCI_1C), size_1c[k]);
        g.tdd = true;
        assert_int_equal(lte_dci_size(&g, LTE_DCI_1A), tdd_1a[k]);
        assert_int_equal(lte_dci_size(&g, LTE_DCI_1C), size_1c[k]);
    }
}

/*
 * 100 PRB, blocks 0 to 7: indication 100 * 7.  1 0 0001010111100 00010 000 0 00
 * 01, which is MCS 2 and three blocks: 144 bits.
 */
static void a_message_made_by_hand_is_understood(void **state)
{
    struct lte_layout g = layout(100, 2);
    uint64_t bits = ((1u << 14 | 700u) << 5 | 2u) << 8 | 1u;
    struct lte_dci d;

    (void)state;
    assert_int_equal(lte_dci_unpack(&g, LTE_DCI_1A, bits, &d), LTE_DCI_OK);
    assert_false(d.distributed);
    assert_int_equal(d.first, 0);
    assert_int_equal(d.n, 8);
    assert_int_equal(d.mcs, 2);
    assert_int_equal(d.rv, 0);
    assert_int_equal(d.tbs, 144);
    assert_int_equal(lte_dci_pack(&g, &d), bits);
    /* Flag of format 0; MCS 31; resource indications that mean nothing. */
    assert_int_equal(lte_dci_unpack(&g, LTE_DCI_1A, bits ^ 1u << 27, &d),
                     LTE_DCI_OTHER);
    assert_int_equal(lte_dci_unpack(&g, LTE_DCI_1A, bits | 31u << 8, &d),
                     LTE_DCI_SIZE);
    assert_int_equal(lte_dci_unpack(&g, LTE_DCI_1A, bits | 0x1fffu << 13, &d),
                     LTE_DCI_RANGE);
    assert_int_equal(lte_dci_unpack(&g, LTE_DCI_1A,
                                    (bits & ~(0x1fffull << 13)) | 5050ull << 13,
                                    &d),
                     LTE_DCI_RANGE);
}

/* All messages there can be: refused, or in the grid and packed the same. */
static void no_message_points_outside_the_grid(void **state)
{
    (void)state;
    for (size_t k = 0; k < 12; k++) {
        struct lte_layout g = layout(widths[k / 2], 1);
        g.tdd = k % 2 != 0;
        for (int f = 0; f < 2; f++) {
            enum lte_dci_format format = f == 0 ? LTE_DCI_1A : LTE_DCI_1C;
            unsigned size = lte_dci_size(&g, format);
            struct rng r = {k};
            unsigned n_ok = 0;
            for (unsigned i = 0; i < 60000; i++) {
                uint8_t prb[2][LTE_PRB_MAX];
                uint64_t bits = rng_next(&r) >> (64 - size);
                struct lte_dci d;
                if (lte_dci_unpack(&g, format, bits, &d) != LTE_DCI_OK) {
                    continue;
                }
                n_ok++;
                lte_dci_prbs(&g, &d, prb); /* asserts that it fits */
                for (unsigned j = 0; j < d.n; j++) {
                    assert_true(prb[0][j] < g.prb && prb[1][j] < g.prb);
                }
                uint64_t again = lte_dci_pack(&g, &d);
                if (format == LTE_DCI_1C) {
                    assert_int_equal(again, bits);
                }
            }
            assert_true(n_ok > 100);
        }
    }
}

/*
 * 6.2.3.2 by its picture: numbers row by row, dummies in the last rows of
 * columns 2 and 4, read column by column; the second slot half a turn on.
 */
static void distributed_blocks_are_interleaved(void **state)
{
    static const struct {
        uint8_t prb;
        bool second;
        unsigned gap, unit, p;
    } row[] = {{6, false, 3, 6, 1},    {15, false, 8, 14, 2},
               {25, false, 12, 24, 2}, {50, false, 27, 46, 3},
               {50, true, 9, 18, 3},   {75, false, 32, 64, 4},
               {75, true, 16, 32, 4},  {100, false, 48, 96, 4},
               {100, true, 16, 32, 4}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct lte_layout g = layout(row[k].prb, 1);
        unsigned unit = row[k].unit, p = row[k].p;
        unsigned rows = (unit + 4 * p - 1) / (4 * p) * p;
        unsigned nulls = 4 * rows - unit, at = 0;
        int cell[25][4];
        unsigned place[LTE_PRB_MAX];
        int v = 0;
        for (unsigned i = 0; i < rows; i++) {
            for (unsigned c = 0; c < 4; c++) {
                bool null = c % 2 == 1 && i >= rows - nulls / 2;
                cell[i][c] = null ? -1 : v++;
            }
        }
        for (unsigned c = 0; c < 4; c++) {
            for (unsigned i = 0; i < rows; i++) {
                if (cell[i][c] >= 0) {
                    place[cell[i][c]] = at++;
                }
            }
        }
        for (unsigned n = 0; n < lte_dci_vrbs(&g, row[k].second); n++) {
            struct lte_dci d = {.distributed = true,
                                .second_gap = row[k].second,
                                .first = (uint8_t)n,
                                .n = 1};
            uint8_t prb[2][LTE_PRB_MAX];
            lte_dci_prbs(&g, &d, prb);
            for (unsigned slot = 0; slot < 2; slot++) {
                unsigned want = (place[n % unit] + slot * unit / 2) % unit;
                want += want < unit / 2 ? 0 : row[k].gap - unit / 2;
                assert_int_equal(prb[slot][0], want + n / unit * unit);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cfi_words_are_those_of_the_table),
        cmocka_unit_test(control_regions_have_their_sizes),
        cmocka_unit_test(channels_do_not_overlap_and_fill_the_subframe),
        cmocka_unit_test(tdd_configurations_are_those_of_the_table),
        cmocka_unit_test(dci_sizes_are_right),
        cmocka_unit_test(a_message_made_by_hand_is_understood),
        cmocka_unit_test(no_message_points_outside_the_grid),
        cmocka_unit_test(distributed_blocks_are_interleaved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
