/* lte_rx_si_test.c - system information out of the whole receiver: streams at a
 * multiple of 1.92 Msps. */
#include "sdr/fn/lte_rx/lte_si_check.h"

#include "core/body.h"
#include "core/registry.h"
#include "lte_rx_csr.h"

enum {
    RECS = 16,
    CAP = 3, /* records of one call */
};

struct receiver {
    struct body *body;
    struct rec rec[RECS];
    size_t n;
};

static void receiver_open(struct receiver *r, uint32_t factor)
{
    r->n = 0;
    assert_int_equal(body_open_c(registry_find("lte_rx"), &r->body), 0);
    assert_int_equal(body_write(r->body, LTE_RX_CFO_MAX_HZ, 5000), 0);
    assert_int_equal(body_write(r->body, LTE_RX_RATE_FACTOR, factor), 0);
}

static uint32_t reg(struct receiver *r, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(r->body, offset, &value), 0);
    return value;
}

static size_t give(struct receiver *r, uint64_t item0, float complex *x,
                   size_t n)
{
    struct fn_span in = {
        .type = FN_CF32, .items = x, .n = n, .cap = n, .item0 = item0};
    struct fn_span out = {.type = FN_REC, .items = r->rec + r->n, .cap = CAP};

    assert_true(r->n + CAP <= RECS);
    assert_int_equal(body_run(r->body, &in, &out), 0);
    r->n += out.n;
    return out.n;
}

static void give_stretch(struct receiver *r, uint64_t item0,
                         const struct lte_samples *s, float complex *x,
                         size_t burst)
{
    for (size_t at = 0; at < s->n; at += burst) {
        size_t n = s->n - at < burst ? s->n - at : burst;
        (void)give(r, item0 + at, x + at, n);
    }
    while (give(r, item0 + s->n, NULL, 0) > 0) {
    }
}

/* Of 25 PRB at four times the rate, from an odd sample on, in odd bursts. */
static void a_wide_stream_gives_the_cell_and_its_messages_once(void **state)
{
    static struct receiver r;
    struct gen_lte_wide g = cell_of(&check_extended);
    uint64_t item0 = 4000003;
    size_t delay = 2001; /* 501 at 1.92 Msps, counted from item0 / 4 */
    float complex *x;
    struct lte_samples s = air(&g, 20, delay, 15, &x);

    (void)state;
    receiver_open(&r, 4);
    give_stretch(&r, item0, &s, x, 1777);
    assert_int_equal(r.n, 3);
    const struct rec_lte_cell *c = &r.rec[0].lte;
    assert_int_equal(r.rec[0].type, REC_LTE_CELL);
    assert_int_equal(c->cell_id, 301);
    assert_int_equal(c->prb, 25);
    assert_true(c->n_sib1 >= sizeof sib1_fdd);
    assert_memory_equal(c->sib1, sib1_fdd, sizeof sib1_fdd);
    double frame =
        (c->frame_start_sample - (double)(item0 + delay) / 4) / 19200;
    assert_true(fabs(frame - round(frame)) * 19200 < 1);
    const struct rec_lte_si *si = &r.rec[1].si;
    assert_int_equal(r.rec[1].type, REC_LTE_SI);
    assert_memory_equal(si->bytes, sib1_fdd, sizeof sib1_fdd);
    assert_int_equal(si->sfn % 2, 0);
    assert_int_equal(si->subframe, 5);
    /* The frame it was in belongs to its SFN. */
    frame = (si->frame_start_sample - c->frame_start_sample) / 19200;
    assert_true(fabs(frame - round(frame)) * 19200 < 1);
    assert_int_equal((c->sfn + 1024 + lround(frame)) % 1024, si->sfn);
    si = &r.rec[2].si;
    assert_int_equal(r.rec[2].type, REC_LTE_SI);
    assert_memory_equal(si->bytes, sib5, sizeof sib5);
    assert_int_equal(si->sfn, 0);
    assert_int_equal(reg(&r, LTE_RX_N_SI), 2);
    assert_int_equal(reg(&r, LTE_RX_N_CELLS), 1);
    body_close(r.body);
    free(x);
}

/* At 1.92 Msps the MIB of 25 PRB is there, and nothing behind it. */
static void a_rate_below_the_band_gives_the_cell_alone(void **state)
{
    static struct receiver r;
    struct gen_lte_wide g = cell_of(&check_extended);
    float complex *x;
    struct lte_samples s = air(&g, 12, 0, 15, &x);

    (void)state;
    for (size_t k = 0; k < s.n / 4; k++) { /* crude, but it does */
        x[k] = (x[4 * k] + x[4 * k + 1] + x[4 * k + 2] + x[4 * k + 3]) / 4;
    }
    s.n /= 4;
    receiver_open(&r, 1);
    give_stretch(&r, 0, &s, x, 4096);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.rec[0].lte.cell_id, 301);
    assert_int_equal(r.rec[0].lte.n_sib1, 0);
    assert_int_equal(reg(&r, LTE_RX_N_SI), 0);
    body_close(r.body);
    free(x);
}

/* SIB1 begins after a window and a half: the cell comes again with it. */
static void a_late_sib1_brings_the_cell_again(void **state)
{
    enum { BEFORE = 24, AFTER = 10 };
    static struct receiver r;
    struct gen_lte_wide g = cell_of(&check_small);
    size_t n = (size_t)(BEFORE + AFTER) * LTE_FRAME;
    float complex *x = calloc(n, sizeof *x);
    struct rng rng = {3};

    (void)state;
    assert_non_null(x);
    g.sfn = 100;
    g.si.sib1.n = 0;
    assert_int_equal(gen_lte_wide_run(&g, BEFORE, x), 0);
    g.sfn += BEFORE;
    g.si.sib1 = (struct gen_lte_message){sib1_fdd, sizeof sib1_fdd};
    assert_int_equal(
        gen_lte_wide_run(&g, AFTER, x + (size_t)BEFORE * LTE_FRAME), 0);
    impair_noise(x, n, impair_noise_power(128.0 / 72, 15), &rng);
    struct lte_samples s = {x, n, 1};
    receiver_open(&r, 1);
    give_stretch(&r, 0, &s, x, 4096);
    size_t n_cells = 0;
    for (size_t k = 0; k < r.n; k++) {
        if (r.rec[k].type == REC_LTE_CELL) {
            assert_int_equal(r.rec[k].lte.n_sib1 > 0, n_cells > 0);
            n_cells++;
        }
    }
    assert_int_equal(n_cells, 2);
    assert_int_equal(reg(&r, LTE_RX_N_CELLS), 1);
    body_close(r.body);
    free(x);
}

/* Factors that cannot be count as 1. */
static void bad_factors_do_no_harm(void **state)
{
    static const uint32_t factor[] = {0, 7, 17, 0xffffffff};
    struct gen_lte_wide g = cell_of(&check_small);
    float complex *x;
    struct lte_samples s = air(&g, 8, 0, 15, &x);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(factor); k++) {
        static struct receiver r;
        receiver_open(&r, factor[k]);
        give_stretch(&r, 0, &s, x, 4096);
        assert_true(r.n > 0);
        assert_true(r.rec[0].lte.n_sib1 > 0);
        body_close(r.body);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_stream_gives_the_cell_and_its_messages_once),
        cmocka_unit_test(a_rate_below_the_band_gives_the_cell_alone),
        cmocka_unit_test(a_late_sib1_brings_the_cell_again),
        cmocka_unit_test(bad_factors_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
