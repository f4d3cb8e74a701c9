/*
 * sib_random.h - messages of system information by chance: SIB2 to SIB7 with
 * all that is optional, extension markers with additions of no known release,
 * and values over all their range (3GPP TS 36.331 6.3.1).
 */
#ifndef TESTS_RADIO_SIB_RANDOM_H
#define TESTS_RADIO_SIB_RANDOM_H

#include "tests/radio/sib_write.h"

static inline void sib_rach(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_groups = sib_flag(o);

    uint32_t all = sib_any(o, 4, 16);
    if (has_groups) {
        bool more = sib_mark(o);
        (void)sib_any(o, 4, all < 15 ? all + 1 : 15);
        sib_bits(o, 2 + 3);
        sib_additions(o, more);
    }
    sib_bits(o, 2 + 4);
    (void)sib_any(o, 4, 11);
    sib_bits(o, 3 + 3 + 3);
    sib_additions(o, is_extended);
}

static inline void sib_uplink(struct sib_writer *o)
{
    sib_bits(o, 2 + 1); /* PUSCH */
    (void)sib_any(o, 7, 99);
    sib_bits(o, 1 + 1);
    (void)sib_any(o, 5, 30);
    sib_bits(o, 1 + 3);
    (void)sib_any(o, 2, 3); /* PUCCH */
    (void)sib_any(o, 7, 99);
    sib_bits(o, 3 + 11);
    if (sib_flag(o)) { /* SRS */
        sib_bits(o, 1 + 3 + 4 + 1);
    }
    (void)sib_any(o, 8, 151); /* power */
    sib_bits(o, 3 + 5);
    (void)sib_any(o, 2, 3);
    (void)sib_any(o, 2, 3);
    sib_bits(o, 2);
    (void)sib_any(o, 2, 3);
    (void)sib_any(o, 2, 3);
    sib_bits(o, 3);
    sib_bits(o, 1); /* cyclic prefix */
}

static inline void sib_timers(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);

    sib_bits(o, 3 + 3);
    (void)sib_any(o, 3, 7);
    sib_bits(o, 3);
    (void)sib_any(o, 3, 7);
    sib_bits(o, 3);
    sib_additions(o, is_extended);
}

static inline void sib_2(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_barring = sib_flag(o);
    bool has_mbsfn = sib_flag(o);

    if (has_barring) {
        bool first = sib_flag(o);
        bool second = sib_flag(o);
        sib_bits(o, 1);
        sib_bits(o, 12u * ((unsigned)first + (unsigned)second));
    }
    bool radio_is_extended = sib_mark(o);
    sib_rach(o);
    sib_bits(o, 2 + 2 + 3);
    (void)sib_any(o, 10, 838); /* PRACH */
    sib_bits(o, 6 + 1 + 4);
    (void)sib_any(o, 7, 95);
    (void)sib_any(o, 7, 111); /* PDSCH */
    sib_bits(o, 2);
    sib_uplink(o);
    sib_additions(o, radio_is_extended);
    sib_timers(o);
    bool has_earfcn = sib_flag(o);
    bool has_prb = sib_flag(o);
    sib_bits(o, has_earfcn ? 16 : 0);
    if (has_prb) {
        (void)sib_any(o, 3, 6);
    }
    sib_bits(o, 5);
    if (has_mbsfn) {
        for (uint32_t n = sib_count(o, 3); n > 0; n--) {
            (void)sib_any(o, 3, 6);
            sib_bits(o, 3);
            sib_bits(o, sib_flag(o) ? 24 : 6);
        }
    }
    sib_bits(o, 3);
    sib_additions(o, is_extended);
}

static inline void sib_3(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_speed = sib_flag(o);

    sib_bits(o, 4);
    if (has_speed) {
        (void)sib_any(o, 3, 6); /* two of eight values are spare */
        (void)sib_any(o, 3, 6);
        (void)sib_any(o, 4, 16);
        (void)sib_any(o, 4, 16);
        sib_bits(o, 2 + 2);
    }
    sib_bits(o, sib_flag(o) ? 5 : 0);
    sib_bits(o, 5 + 3);
    bool has_p_max = sib_flag(o);
    bool has_search = sib_flag(o);
    bool has_bandwidth = sib_flag(o);
    bool has_factors = sib_flag(o);
    (void)sib_any(o, 6, 49);
    if (has_p_max) {
        (void)sib_any(o, 6, 64);
    }
    sib_bits(o, has_search ? 5 : 0);
    if (has_bandwidth) {
        (void)sib_any(o, 3, 6);
    }
    sib_bits(o, 1 + 2 + 3);
    sib_bits(o, has_factors ? 4 : 0);
    sib_additions(o, is_extended);
}

static inline void sib_cells(struct sib_writer *o, bool extensible)
{
    for (uint32_t n = sib_count(o, 4); n > 0; n--) {
        bool is_extended = extensible && sib_mark(o);
        (void)sib_any(o, 9, 504);
        (void)sib_any(o, 5, 31);
        sib_additions(o, is_extended);
    }
}

static inline void sib_range(struct sib_writer *o)
{
    bool has_range = sib_flag(o);

    (void)sib_any(o, 9, 504);
    sib_bits(o, has_range ? 4 : 0);
}

static inline void sib_ranges(struct sib_writer *o)
{
    for (uint32_t n = sib_count(o, 4); n > 0; n--) {
        sib_range(o);
    }
}

static inline void sib_4(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_cells = sib_flag(o);
    bool has_black = sib_flag(o);
    bool has_group = sib_flag(o);

    if (has_cells) {
        sib_cells(o, true);
    }
    if (has_black) {
        sib_ranges(o);
    }
    if (has_group) {
        sib_range(o);
    }
    sib_additions(o, is_extended);
}

static inline void sib_carrier(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_p_max = sib_flag(o);
    bool has_factors = sib_flag(o);
    bool has_priority = sib_flag(o);
    bool has_offset = sib_flag(o);
    bool has_cells = sib_flag(o);
    bool has_black = sib_flag(o);

    sib_bits(o, 16);
    (void)sib_any(o, 6, 49);
    if (has_p_max) {
        (void)sib_any(o, 6, 64);
    }
    sib_bits(o, 3);
    sib_bits(o, has_factors ? 4 : 0);
    sib_bits(o, 5 + 5);
    (void)sib_any(o, 3, 6);
    sib_bits(o, 1);
    sib_bits(o, has_priority ? 3 : 0);
    sib_bits(o, 2);
    if (has_offset) {
        (void)sib_any(o, 5, 31);
    }
    if (has_cells) {
        sib_cells(o, false);
    }
    if (has_black) {
        sib_ranges(o);
    }
    sib_additions(o, is_extended);
}

static inline void sib_5(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);

    for (uint32_t n = sib_count(o, 3); n > 0; n--) {
        sib_carrier(o);
    }
    sib_additions(o, is_extended);
}

/* The one addition of a known meaning, thresholds of quality, among others. */
static inline void sib_quality(struct sib_writer *o, bool is_extended)
{
    if (is_extended) {
        unsigned more = rng_below(&o->r, 32);
        bool has_quality = rng_below(&o->r, 2) == 0;
        sib_put(o, 7, more);
        sib_put(o, 1, has_quality);
        for (unsigned k = 0; k < more; k++) {
            sib_put(o, 1, k >= 25);
        }
        if (has_quality) {
            bool has_thresholds = rng_below(&o->r, 2) == 0;
            sib_put(o, 8, has_thresholds ? 2 : 1);
            sib_put(o, 1, has_thresholds);
            sib_bits(o, has_thresholds ? 10 : 0);
            sib_put(o, has_thresholds ? 5 : 7, 0);
        }
        for (unsigned k = 25; k < more; k++) {
            sib_open(o, 1);
        }
    }
}

static inline void sib_utra(struct sib_writer *o, bool is_fdd)
{
    for (uint32_t n = sib_count(o, 4); n > 0; n--) {
        bool is_extended = sib_mark(o);
        bool has_priority = sib_flag(o);
        sib_bits(o, 14);
        sib_bits(o, has_priority ? 3 : 0);
        sib_bits(o, 5 + 5);
        (void)sib_any(o, 6, 48);
        (void)sib_any(o, 7, 84);
        if (is_fdd) {
            (void)sib_any(o, 5, 25);
            sib_quality(o, is_extended);
        } else {
            sib_additions(o, is_extended);
        }
    }
}

static inline void sib_6(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_fdd = sib_flag(o);
    bool has_tdd = sib_flag(o);
    bool has_factors = sib_flag(o);

    if (has_fdd) {
        sib_utra(o, true);
    }
    if (has_tdd) {
        sib_utra(o, false);
    }
    sib_bits(o, 3);
    sib_bits(o, has_factors ? 4 : 0);
    sib_additions(o, is_extended);
}

static inline void sib_group(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);

    (void)sib_any(o, 10, 1024);
    sib_bits(o, 1);
    switch (sib_any(o, 2, 3)) {
    case 0: sib_bits(o, 10 * sib_any(o, 5, 32)); break;
    case 1: sib_bits(o, 3 + 5); break;
    default: sib_bits(o, 8 * sib_count(o, 4)); break;
    }
    bool has_priority = sib_flag(o);
    bool has_p_max = sib_flag(o);
    sib_bits(o, has_priority ? 3 : 0);
    sib_bits(o, 8);
    (void)sib_any(o, 6, 46);
    if (has_p_max) {
        (void)sib_any(o, 6, 40);
    }
    sib_bits(o, 5 + 5);
    sib_additions(o, is_extended);
}

static inline void sib_7(struct sib_writer *o)
{
    bool is_extended = sib_mark(o);
    bool has_factors = sib_flag(o);
    bool has_groups = sib_flag(o);

    sib_bits(o, 3);
    sib_bits(o, has_factors ? 4 : 0);
    if (has_groups) {
        for (uint32_t n = sib_count(o, 4); n > 0; n--) {
            sib_group(o);
        }
    }
    sib_additions(o, is_extended);
}

/* A message of one to three blocks in o->bytes; its length. */
static inline size_t sib_random(struct sib_writer *o)
{
    static void (*const block[6])(struct sib_writer *) = {sib_2, sib_3, sib_4,
                                                          sib_5, sib_6, sib_7};
    do {
        unsigned n = 1 + rng_below(&o->r, 3), first = rng_below(&o->r, 6);
        memset(o->bytes, 0, sizeof o->bytes);
        o->at = 0;
        sib_put(o, 4, 0); /* c1, systemInformation, r8, no extension */
        sib_put(o, 5, n - 1);
        for (unsigned k = 0; k < n; k++) {
            sib_put(o, 5, (first + k) % 6);
            block[(first + k) % 6](o);
        }
    } while (o->at > 8 * (size_t)REC_SI_MAX);
    return (o->at + 7) / 8;
}

#endif
