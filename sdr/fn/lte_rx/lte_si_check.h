/*
 * lte_si_check.h - generated cells with system information, for the tests of
 * its receiver.
 */
#ifndef SDR_FN_LTE_RX_LTE_SI_CHECK_H
#define SDR_FN_LTE_RX_LTE_SI_CHECK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/lte_seq.h"
#include "sdr/fn/lte_rx/lte_si.h"
#include "sdr/radio/gen_lte_wide.h"
#include "sdr/radio/impair.h"
#include "tests/check.h"

enum {
    MESSAGES = 8,
    FRAMES = 9,
};

/* SIB1 of two recordings: FDD and TDD 2; messages in windows of 40 and 20 ms,
 * the first every 160 ms. */
static const uint8_t sib1_fdd[] = {0x40, 0x51, 0x80, 0x03, 0x10, 0x24,
                                   0x04, 0x87, 0x87, 0x98, 0x14, 0x21,
                                   0x10, 0x81, 0x04, 0x4c, 0x23, 0xd4};
static const uint8_t sib1_tdd[] = {0x50, 0x51, 0x80, 0x01, 0x01, 0xc8,
                                   0x01, 0x16, 0x40, 0x18, 0x16, 0x50,
                                   0x10, 0x81, 0x2d, 0x20};
/* SIB5 of the first. */
static const uint8_t sib5[] = {0x00, 0x0c, 0x04, 0x03, 0x39,
                               0x0a, 0x52, 0x9a, 0xa8};

struct heard {
    struct lte_si_message m[MESSAGES];
    size_t n;
};

static inline void take(void *ctx, const struct lte_si_message *m)
{
    struct heard *h = ctx;

    assert_true(h->n < MESSAGES);
    h->m[h->n++] = *m;
}

/* One kind of cell. */
struct kind {
    const char *about;
    uint8_t prb, ports, ng, cfi;
    bool extended, long_phich, tdd;
    struct lte_dci dci;
    uint8_t aggregation, first_cce;
};

static inline unsigned factor_of(unsigned prb)
{
    return prb <= 6 ? 1 : prb <= 15 ? 2 : prb <= 25 ? 4 : prb <= 50 ? 8 : 16;
}

static inline struct gen_lte_wide cell_of(const struct kind *k)
{
    struct gen_lte_wide g = {
        .si = {.layout = {.pci = 301,
                          .prb = k->prb,
                          .ports = k->ports,
                          .ng = k->ng,
                          .extended = k->extended,
                          .long_phich = k->long_phich,
                          .tdd = k->tdd,
                          .tdd_config = k->tdd ? 2 : LTE_TDD_UNKNOWN,
                          .tdd_special = k->tdd ? 5 : 0},
               .cfi = k->cfi,
               .dci = k->dci,
               .aggregation = k->aggregation,
               .first_cce = k->first_cce,
               .sib1 = {sib1_fdd, sizeof sib1_fdd},
               .si = {{sib5, sizeof sib5}}},
        .factor = factor_of(k->prb),
        .gain = {1, I, 0.8f, -I},
        .sfn = 1020, /* 1024 begins a window */
        .loaded = true,
        .seed = 1,
    };

    if (k->tdd) {
        g.si.sib1 = (struct gen_lte_message){sib1_tdd, sizeof sib1_tdd};
    }
    return g;
}

static inline struct lte_cell known(const struct gen_lte_wide *g, double start)
{
    const struct lte_layout *l = &g->si.layout;

    return (struct lte_cell){
        .pci = l->pci,
        .tdd = l->tdd,
        .ext_cp = l->extended,
        .frame_start = start / g->factor,
        .prb = l->prb,
        .ports = l->ports,
        .phich_dur = l->long_phich ? 1 : 0,
        .phich_ng = l->ng,
        .sfn = (int)g->sfn,
    };
}

/* 'n_frames' of the cell behind 'delay' samples, in noise. */
static inline struct lte_samples air(const struct gen_lte_wide *g,
                                     size_t n_frames, size_t delay,
                                     double snr_db, float complex **own)
{
    size_t n = delay + n_frames * LTE_FRAME * g->factor;
    struct rng rng = {g->seed + 7};
    double re = (double)LTE_FFT * g->factor / (12.0 * g->si.layout.prb);

    *own = calloc(n, sizeof **own);
    assert_non_null(*own);
    assert_int_equal(gen_lte_wide_run(g, n_frames, *own + delay), 0);
    impair_noise(*own, n, impair_noise_power(re, snr_db), &rng);
    return (struct lte_samples){*own, n, g->factor};
}

/* The message is bytes[n], and zeros. */
static inline void check_bytes(const struct lte_si_message *m,
                               const uint8_t *bytes, size_t n)
{
    assert_true(m->n >= n);
    assert_memory_equal(m->bytes, bytes, n);
    for (size_t k = n; k < m->n; k++) {
        assert_int_equal(m->bytes[k], 0);
    }
}

/* clang-format off: a row each */
/* Two ports in 15 PRB, distributed; 25 PRB with all that can be extended. */
static const struct kind check_narrow = {
    "15 PRB", 15,    2,
    1,        3,     false,
    false,    false, {LTE_DCI_1A, true, false, 2, 8, 0, 0, false, 0},
    4,        4};
static const struct kind check_extended = {
    "25 PRB, extended prefix and PHICH",
    25,
    2,
    3,
    3,
    true,
    true,
    false,
    {LTE_DCI_1A, false, false, 3, 8, 0, 0, false, 0},
    8,
    0};
static const struct kind check_small = {
    "6 PRB", 6,     1,
    2,       2,     false,
    false,   false, {LTE_DCI_1A, false, false, 0, 6, 0, 0, false, 0},
    4,       0};
/* clang-format on */

#endif
