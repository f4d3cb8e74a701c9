/* lte_rrc_test.c - system information off the air, whose content another
 * decoder gave, and bits made by hand. */
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

#include "core/base/rng.h"
#include "sdr/dsp/lte_rrc.h"

enum { BYTES = 300 };

static size_t unhex(const char *text, uint8_t *bytes)
{
    size_t n = strlen(text) / 2;

    for (size_t k = 0; k < n; k++) {
        char two[3] = {text[2 * k], text[2 * k + 1], 0};
        bytes[k] = (uint8_t)strtoul(two, NULL, 16);
    }
    return n;
}

/* SIB1 of four cells on the air; content by another project's decoder. */
static void sib1_off_the_air_is_read(void **state)
{
    static const struct {
        const char *hex;
        unsigned mcc, mnc, tac, identity, band, n_si, window, tag;
        int q, tdd, special;
    } row[] = {
        {"48481803247c2bffd02810210081044c43250b900000", 206, 1, 0x247c,
         0x2bffd02, 3, 3, 20, 1, -66, -1, 0},
        {"4051800310240487879814211081044c23d4", 460, 1, 0x1024, 0x0487879, 3,
         3, 40, 20, -65, -1, 0},
        {"4051802318d21992631818211081044c25c3", 460, 11, 0x18d2, 0x1992631, 3,
         3, 40, 3, -64, -1, 0},
        {"70518001114110e4d0182359c4420411308d3e180000", 460, 0, 0x1141,
         0x10e4d01, 40, 3, 40, 3, -62, 2, 7},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t bytes[BYTES];
        struct lte_rrc m;
        size_t n = unhex(row[k].hex, bytes);
        print_message("row %zu\n", k);
        assert_int_equal(lte_rrc_read(bytes, n, &m), LTE_RRC_SIB1);
        const struct lte_sib1 *s = &m.sib1;
        const struct lte_plmn *p = &s->plmn[0];
        assert_int_equal(s->n_plmn, 1);
        assert_int_equal(p->mcc[0] * 100 + p->mcc[1] * 10 + p->mcc[2],
                         row[k].mcc);
        assert_int_equal(p->n_mnc, 2);
        assert_int_equal(p->mnc[0] * 10 + p->mnc[1], row[k].mnc);
        assert_false(p->reserved);
        assert_int_equal(s->tac, row[k].tac);
        assert_int_equal(s->cell_identity, row[k].identity);
        assert_false(s->barred);
        assert_int_equal(s->band, row[k].band);
        assert_int_equal(s->q_rx_lev_min, row[k].q);
        assert_int_equal(s->n_si, row[k].n_si);
        assert_int_equal(s->window_ms, row[k].window);
        assert_int_equal(s->value_tag, row[k].tag);
        assert_int_equal(s->tdd_config, row[k].tdd);
        assert_int_equal(s->tdd_special, row[k].special);
    }
}

/* The first row's list: SIB3 each 8 frames, SIB5 32, SIB6 and SIB7 64. */
static void the_schedule_is_read(void **state)
{
    uint8_t bytes[BYTES];
    struct lte_rrc m;
    size_t n = unhex("48481803247c2bffd02810210081044c43250b900000", bytes);

    (void)state;
    assert_int_equal(lte_rrc_read(bytes, n, &m), LTE_RRC_SIB1);
    const struct lte_si_entry *e = m.sib1.si;
    assert_int_equal(e[0].period, 8);
    assert_int_equal(e[0].n_sibs, 1);
    assert_int_equal(e[0].sib[0], 3);
    assert_int_equal(e[1].period, 32);
    assert_int_equal(e[1].sib[0], 5);
    assert_int_equal(e[2].period, 64);
    assert_int_equal(e[2].n_sibs, 2);
    assert_int_equal(e[2].sib[0], 6);
    assert_int_equal(e[2].sib[1], 7);
}

struct writer {
    uint8_t bytes[BYTES];
    size_t at;
};

static void w(struct writer *o, unsigned n, uint32_t value)
{
    for (unsigned k = 0; k < n; k++, o->at++) {
        o->bytes[o->at / 8] |=
            (uint8_t)((value >> (n - 1 - k) & 1) << (7 - o->at % 8));
    }
}

/* SIB3 with everything, SIB4 with two cells and a range, SIB5 with two
 * carriers, one of which has a cell, an addition, and a black list. */
static void neighbours_are_read(void **state)
{
    struct writer o = {.at = 0};
    struct lte_rrc m;

    (void)state;
    w(&o, 4, 0);     /* c1, systemInformation, r8, no extension */
    w(&o, 5, 3 - 1); /* three blocks */
    w(&o, 1 + 4, 1); /* SIB3, no additions: */
    w(&o, 1, 0);
    w(&o, 1 + 4, 16 + 4); /* speedState..., q-Hyst */
    w(&o, 18, 0x2aaaa);
    w(&o, 1 + 5, 32 + 7); /* s-NonIntraSearch */
    w(&o, 5 + 3, 0x55);
    w(&o, 4, 15);
    w(&o, 6 + 6 + 5 + 3, 0x12345);
    w(&o, 1 + 2 + 3 + 4, 0x155);
    w(&o, 1 + 4, 2); /* SIB4: */
    w(&o, 1 + 3, 7); /* cells, black list, closed group's range */
    w(&o, 4, 2 - 1);
    w(&o, 1 + 9 + 5, 301u << 5 | 15);
    w(&o, 1 + 9 + 5, 503u << 5 | 30);
    w(&o, 4, 2 - 1);
    w(&o, 1 + 9, 17);
    w(&o, 1 + 9, 512 + 18);
    w(&o, 4, 3);
    w(&o, 1 + 9, 44);
    w(&o, 1 + 4, 3); /* SIB5: */
    w(&o, 1 + 3, 2 - 1);
    w(&o, 1 + 6, 0); /* a carrier with nothing optional */
    w(&o, 16, 1650);
    w(&o, 6 + 3 + 5 + 5 + 3 + 1 + 2, 5u << 19 | 5u << 3);
    w(&o, 1 + 6, 64 + 63); /* one with all of it */
    w(&o, 16, 6300);
    w(&o, 6 + 6 + 3 + 4, 5u << 13);
    w(&o, 5 + 5, 9u << 5 | 3);
    w(&o, 3 + 1, 3u << 1 | 1); /* 50 PRB */
    w(&o, 3 + 2 + 5, 6u << 7 | 2u << 5 | 22);
    w(&o, 4, 0);
    w(&o, 9 + 5, 77u << 5 | 3);
    w(&o, 4, 0);
    w(&o, 1 + 9, 99);
    w(&o, 1 + 6, 0); /* one addition ... */
    w(&o, 1, 1);     /* ... present ... */
    w(&o, 8, 1);     /* ... of a byte */
    w(&o, 8, 0xaa);

    size_t n = (o.at + 7) / 8;
    assert_int_equal(lte_rrc_read(o.bytes, n, &m), LTE_RRC_SI);
    assert_int_equal(m.sibs.n_sibs, 3);
    assert_int_equal(m.sibs.sib[0], 3);
    assert_int_equal(m.sibs.sib[1], 4);
    assert_int_equal(m.sibs.sib[2], 5);
    assert_int_equal(m.sibs.n_carriers, 3);
    const struct lte_carrier *c = m.sibs.carrier;
    assert_false(c[0].has_earfcn);
    assert_int_equal(c[0].n_cells, 2);
    assert_int_equal(c[0].pci[0], 301);
    assert_int_equal(c[0].pci[1], 503);
    assert_int_equal(c[0].offset_db[0], 0);
    assert_int_equal(c[0].offset_db[1], 24);
    assert_true(c[1].has_earfcn);
    assert_int_equal(c[1].earfcn, 1650);
    assert_int_equal(c[1].n_cells, 0);
    assert_int_equal(c[1].prb, 100);
    assert_int_equal(c[1].q_rx_lev_min, -65);
    assert_int_equal(c[1].priority, -1);
    assert_int_equal(c[1].q_offset_db, 0);
    assert_int_equal(c[2].earfcn, 6300);
    assert_int_equal(c[2].n_cells, 1);
    assert_int_equal(c[2].pci[0], 77);
    assert_int_equal(c[2].offset_db[0], -18);
    assert_int_equal(c[2].prb, 50);
    assert_int_equal(c[2].q_rx_lev_min, -65);
    assert_int_equal(c[2].thresh_high, 9);
    assert_int_equal(c[2].thresh_low, 3);
    assert_int_equal(c[2].priority, 6);
    assert_int_equal(c[2].q_offset_db, 8);
    const struct lte_serving *own = &m.sibs.serving;
    assert_true(own->known);
    assert_int_equal(own->q_hyst_db, 4);
    assert_int_equal(own->s_non_intra, 7);
    assert_int_equal(own->thresh_low, 10);
    assert_int_equal(own->priority, 5);
    assert_int_equal(own->q_rx_lev_min, -66);
    /* A bit less and it is cut off. */
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(lte_rrc_read(o.bytes, k, &m), LTE_RRC_REFUSED);
        assert_int_equal(m.sibs.n_sibs, 0);
    }
}

/* SIB5 off the air: one carrier, EARFCN 1650 of band 3. */
static void sib5_off_the_air_is_read(void **state)
{
    uint8_t bytes[BYTES];
    struct lte_rrc m;
    size_t n = unhex("000c0403390a529aa8", bytes);

    (void)state;
    assert_int_equal(lte_rrc_read(bytes, n, &m), LTE_RRC_SI);
    assert_int_equal(m.sibs.n_sibs, 1);
    assert_int_equal(m.sibs.sib[0], 5);
    assert_int_equal(m.sibs.n_carriers, 1);
    const struct lte_carrier *c = &m.sibs.carrier[0];
    assert_int_equal(c->earfcn, 1650);
    assert_int_equal(c->q_rx_lev_min, -65); /* as its SIB1 says of the own */
    assert_int_equal(c->prb, 100);
    assert_int_equal(c->priority, 5);
    assert_int_equal(c->thresh_high, 9);
    assert_int_equal(c->thresh_low, 9);
    assert_int_equal(c->q_offset_db, 0);
    assert_false(m.sibs.serving.known);
}

static void a_sib1_that_is_cut_off_or_lies_is_refused(void **state)
{
    uint8_t bytes[BYTES];
    struct lte_rrc m;
    size_t n = unhex("4051800310240487879814211081044c23d4", bytes);

    (void)state;
    for (size_t k = 0; k < n - 1; k++) {
        assert_int_equal(lte_rrc_read(bytes, k, &m), LTE_RRC_REFUSED);
    }
    bytes[0] |= 0x03; /* eight PLMNs: six are possible */
    bytes[1] |= 0x80;
    assert_int_equal(lte_rrc_read(bytes, n, &m), LTE_RRC_REFUSED);
    (void)unhex("4051800310240487879814211081044c23d4", bytes);
    bytes[1] |= 0x20; /* a digit above 9 */
    bytes[1] |= 0x1c;
    assert_int_equal(lte_rrc_read(bytes, n, &m), LTE_RRC_REFUSED);
}

/* Noise, and a message with some bytes of noise: what is read is in range. */
static void noise_is_read_without_harm(void **state)
{
    static const char *const hex = "4051800310240487879814211081044c23d4";
    struct rng r = {1};
    unsigned seen[4] = {0};

    (void)state;
    for (unsigned round = 0; round < 100000; round++) {
        bool is_noise = round % 2 == 0;
        size_t n = is_noise ? rng_below(&r, 60) : strlen(hex) / 2;
        uint8_t *bytes = malloc(n + 1);
        struct lte_rrc m;
        assert_non_null(bytes);
        if (!is_noise) {
            (void)unhex(hex, bytes);
        }
        for (size_t k = 0; k < n; k++) {
            if (is_noise || rng_below(&r, 16) == 0) {
                bytes[k] = (uint8_t)rng_below(&r, 256);
            }
        }
        seen[lte_rrc_read(bytes, n, &m)]++;
        if (m.kind == LTE_RRC_SIB1) {
            assert_true(m.sib1.n_plmn >= 1 && m.sib1.n_plmn <= 6);
            assert_true(m.sib1.n_si >= 1 && m.sib1.n_si <= 32);
            assert_true(m.sib1.tdd_config < 7 && m.sib1.tdd_special < 9);
        }
        free(bytes);
    }
    for (size_t k = 0; k < 4; k++) {
        print_message("kind %zu: %u\n", k, seen[k]);
        assert_true(seen[k] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sib1_off_the_air_is_read),
        cmocka_unit_test(the_schedule_is_read),
        cmocka_unit_test(neighbours_are_read),
        cmocka_unit_test(sib5_off_the_air_is_read),
        cmocka_unit_test(a_sib1_that_is_cut_off_or_lies_is_refused),
        cmocka_unit_test(noise_is_read_without_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
