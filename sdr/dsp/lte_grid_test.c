/*
 * lte_grid_test.c - places and values of what a cell always sends, against
 * numbers worked out by hand from 3GPP TS 36.211.
 */
#include "sdr/dsp/lte_grid.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "tests/check.h"

static struct lte_grid grid(uint16_t pci, bool extended, bool tdd,
                            unsigned ports)
{
    struct lte_id id = {pci, extended};
    struct lte_grid g;

    lte_grid_init(&g, &id, tdd, ports);
    return g;
}

/* Subcarriers in use in a port's symbol; bit k % 6 of '*places' is set. */
static size_t used(const float complex x[LTE_N_SC], unsigned *places)
{
    size_t n = 0;

    *places = 0;
    for (size_t k = 0; k < LTE_N_SC; k++) {
        if (x[k] != 0) {
            assert_true(fabsf(cf_norm(x[k]) - 1) < 1e-5f);
            *places |= 1u << k % 6;
            n++;
        }
    }
    return n;
}

static void synchronization_signals_lie_where_the_duplex_mode_says(void **state)
{
    /* Slot and symbol of PSS and SSS, 6.11.1.2 and 6.11.2.2. */
    static const struct {
        bool tdd, extended;
        unsigned pss[2], sss[2];
    } row[] = {{false, false, {0, 6}, {0, 5}},
               {false, true, {0, 5}, {0, 4}},
               {true, false, {2, 2}, {1, 6}},
               {true, true, {2, 2}, {1, 5}}};

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        struct lte_grid g = grid(31, row[i].extended, row[i].tdd, 1);
        unsigned n = 0;
        for (unsigned slot = 0; slot < LTE_GRID_SLOTS; slot++) {
            for (unsigned l = 0; l < lte_n_symbols(row[i].extended); l++) {
                struct lte_grid_symbol s;
                unsigned at[2] = {slot % 10, l};
                lte_grid_symbol(&g, slot, l, NULL, &s);
                bool pss = memcmp(at, row[i].pss, sizeof at) == 0;
                bool sss = memcmp(at, row[i].sss, sizeof at) == 0;
                assert_int_equal(s.has_sync, pss || sss);
                n += s.has_sync ? 1 : 0;
                for (size_t k = 0; s.has_sync && k < LTE_N_SYNC; k++) {
                    float complex want =
                        pss ? g.pss[k] : g.sss[slot >= 10 ? 1 : 0][k];
                    assert_true(s.sync[LTE_SYNC_K + k] == want);
                }
            }
        }
        assert_int_equal(n, 4);
    }
}

static void each_port_has_its_reference_signals(void **state)
{
    /* Cell 32 is shifted by 2; first symbol, second of the slot's, 6.10.1.2. */
    struct lte_grid g = grid(32, false, false, 4);
    static const struct {
        unsigned slot, l, places[LTE_GRID_PORTS];
    } row[] = {
        {0, 0, {1 << 2, 1 << 5, 0, 0}}, {0, 4, {1 << 5, 1 << 2, 0, 0}},
        {0, 1, {0, 0, 1 << 2, 1 << 5}}, {3, 1, {0, 0, 1 << 5, 1 << 2}},
        {7, 3, {0, 0, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        struct lte_grid_symbol s;
        bool any = false;
        lte_grid_symbol(&g, row[i].slot, row[i].l, NULL, &s);
        for (unsigned p = 0; p < LTE_GRID_PORTS; p++) {
            unsigned places;
            size_t n = used(s.port[p], &places);
            assert_int_equal(places, row[i].places[p]);
            assert_int_equal(n, places != 0 ? LTE_N_CRS : 0);
            any = any || n > 0;
        }
        assert_int_equal(s.has_crs, any);
    }
}

static void the_broadcast_channel_is_coded_in_space_and_frequency(void **state)
{
    static const unsigned ports[] = {1, 2, 4};
    struct lte_mib_fields mib = {.prb = 25, .phich_resources = 1, .sfn = 9};

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(ports); i++) {
        struct lte_grid g = grid(100, i == 1, false, ports[i]);
        float complex x[LTE_GRID_TTI][LTE_N_PBCH];
        struct lte_grid_symbol s[4];
        lte_grid_pbch(&g, &mib, x);
        for (unsigned l = 0; l < 4; l++) {
            lte_grid_symbol(&g, 1, l, x[1], &s[l]);
            assert_true(s[l].has_pbch);
        }
        for (size_t n = 0; n < g.n_pbch; n += 2) {
            const struct lte_grid_symbol *at = &s[g.pbch_at[n] / LTE_N_SC];
            size_t k0 = g.pbch_at[n] % LTE_N_SC;
            size_t k1 = g.pbch_at[n + 1] % LTE_N_SC;
            unsigned a = ports[i] == 4 ? (unsigned)(n / 2 % 2) : 0;
            const float complex *u = at->port[a];
            const float complex *v = at->port[a + (ports[i] == 4 ? 2 : 1)];
            float c = ports[i] == 1 ? 1 : sqrtf(0.5f);
            assert_true(cabsf(u[k0] - c * x[1][n]) < 1e-6f);
            assert_true(cabsf(u[k1] - c * x[1][n + 1]) < 1e-6f);
            if (ports[i] > 1) {
                assert_true(cabsf(v[k0] + c * conjf(x[1][n + 1])) < 1e-6f);
                assert_true(cabsf(v[k1] - c * conjf(x[1][n])) < 1e-6f);
            }
        }
    }
}

static void four_frames_carry_one_block(void **state)
{
    struct lte_grid g = grid(0, false, false, 1);
    struct lte_mib_fields mib = {.prb = 6, .sfn = 4};
    float complex x[LTE_GRID_TTI][LTE_N_PBCH];
    uint8_t coded[LTE_BCH_CODED], order[LTE_BCH_CODED], scramble[1920];

    (void)state;
    lte_grid_pbch(&g, &mib, x);
    mib.sfn = 7;
    lte_bch_encode(lte_mib_pack(&mib), 1, coded);
    lte_bch_order(order);
    lte_gold(0, scramble, sizeof scramble);
    for (size_t k = 0; k < sizeof scramble; k++) {
        float complex v = x[k / 480][k / 2 % 240];
        float part = k % 2 == 0 ? crealf(v) : cimagf(v);
        assert_int_equal(part < 0, coded[order[k % 120]] ^ scramble[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            synchronization_signals_lie_where_the_duplex_mode_says),
        cmocka_unit_test(each_port_has_its_reference_signals),
        cmocka_unit_test(the_broadcast_channel_is_coded_in_space_and_frequency),
        cmocka_unit_test(four_frames_carry_one_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
