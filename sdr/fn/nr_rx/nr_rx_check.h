/* nr_rx_check.h - a receiver, what it is given, and what it should say. */
#ifndef SDR_FN_NR_RX_NR_RX_CHECK_H
#define SDR_FN_NR_RX_NR_RX_CHECK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/body.h"
#include "core/registry.h"
#include "nr_rx_csr.h"
#include "sdr/radio/gen_nr.h"
#include "sdr/radio/impair.h"
#include "tests/check.h"

enum {
    FRAME = 76800, /* samples at 7.68 Msps */
    AIR = 2 * FRAME,
    RECS = 16,
    NARROW_HZ = 15000, /* a narrow search is a fast one */
};

static const struct gen_nr nr_cell = {
    .cell_id = 500,
    .scs_khz = 30,
    .blocks = 1,
    .period = 2,
    .mib = {.sfn = 1019,
            .scs_common_30 = true,
            .k_ssb = 21,
            .dmrs_type_a_pos = 3,
            .pdcch_config_sib1 = 0xa5,
            .reselection = true},
    .loaded = true,
    .seed = 1,
};

/* A receiver and the records it gave. */
struct receiver {
    struct body *body;
    struct rec rec[RECS];
    size_t n;
};

static inline void receiver_open(struct receiver *r, uint32_t cfo_max_hz)
{
    r->n = 0;
    assert_int_equal(body_open_c(registry_find("nr_rx"), &r->body), 0);
    assert_int_equal(body_write(r->body, NR_RX_CFO_MAX_HZ, cfo_max_hz), 0);
}

static inline uint32_t reg(struct receiver *r, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(r->body, offset, &value), 0);
    return value;
}

/* Gives x[n]; how many records came. */
static inline size_t give(struct receiver *r, uint64_t item0, float complex *x,
                          size_t n)
{
    struct fn_span in = {
        .type = FN_CF32, .items = x, .n = n, .cap = n, .item0 = item0};
    struct fn_span out = {.type = FN_REC, .items = r->rec + r->n};

    out.cap = RECS - r->n;
    assert_true(out.cap > 0);
    assert_int_equal(body_run(r->body, &in, &out), 0);
    assert_true(out.n <= out.cap);
    r->n += out.n;
    return out.n;
}

/* Gives x[n] in bursts and ends the stretch. */
static inline void give_stretch(struct receiver *r, uint64_t item0,
                                float complex *x, size_t n, size_t burst)
{
    for (size_t at = 0; at < n; at += burst) {
        (void)give(r, item0 + at, x + at, n - at < burst ? n - at : burst);
    }
    while (give(r, item0 + n, NULL, 0) > 0) {
    }
}

/* 20 ms with 'g' from sample 'delay' on, turned by 'cfo_hz', in noise; at 15
 * kHz every other sample is made up. */
static inline float complex *make_air(const struct gen_nr *g, double delay,
                                      double cfo_hz, double snr_db)
{
    float complex *x = calloc(AIR, sizeof *x);
    float complex *y = calloc(AIR, sizeof *y);
    struct rng rng = {2};

    assert_true(x != NULL && y != NULL);
    assert_int_equal(gen_nr_run(g, 2, x), 0);
    if (g->scs_khz == 15) { /* twice the rate: a clock that is half as fast */
        impair_place(x, AIR / 2, delay, -0.5e6, y, AIR);
    } else {
        impair_place(x, AIR, delay, 0, y, AIR);
    }
    free(x);
    impair_cfo(y, AIR, cfo_hz, 7.68e6);
    impair_noise(
        y, AIR, 256.0 / 240 * (30.0 / g->scs_khz) / pow(10, snr_db / 10), &rng);
    return y;
}

/* Record k is 'g', whose first frame began at 'start'. */
static inline void check_cell(const struct receiver *r, size_t k,
                              const struct gen_nr *g, double start)
{
    const struct rec_nr_cell *c = &r->rec[k].nr;

    assert_true(k < r->n);
    assert_int_equal(r->rec[k].type, REC_NR_CELL);
    assert_int_equal(c->cell_id, g->cell_id);
    assert_int_equal(c->scs_khz, g->scs_khz);
    assert_int_equal(c->half_frame, g->half_frame);
    assert_int_equal(c->ssb_seen, g->blocks);
    assert_int_equal(g->blocks >> c->ssb_index & 1, 1);
    assert_int_equal(c->sfn, g->mib.sfn);
    assert_int_equal(c->scs_common_khz, g->mib.scs_common_30 ? 30 : 15);
    assert_int_equal(c->k_ssb, g->mib.k_ssb);
    assert_int_equal(c->dmrs_type_a_pos, g->mib.dmrs_type_a_pos);
    assert_int_equal(c->pdcch_config_sib1, g->mib.pdcch_config_sib1);
    assert_int_equal(c->barred, g->mib.barred);
    assert_int_equal(c->reselection, g->mib.reselection);
    assert_int_equal(c->mib[0] >> 1, g->mib.sfn >> 4);
    assert_true(fabs(c->frame_start_sample - start) < 0.5);
}

#endif
