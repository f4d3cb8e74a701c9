/* lte_rx_test.c - streams with a generated cell through the whole receiver. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/body.h"
#include "core/registry.h"
#include "lte_rx_csr.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"
#include "tests/check.h"

enum {
    WINDOW = 16 * LTE_FRAME, /* what the receiver works on */
    RECS = 16,
    NARROW_HZ = 5000, /* a narrow search is a fast one */
    WIDE_HZ = 150000,
};

static const struct gen_lte cell = {
    .id = {.cell_id = 137},
    .ports = 2,
    .gain = {1, I},
    .mib = {.prb = 50, .phich_resources = 2, .sfn = 1019},
    .loaded = true,
    .seed = 1,
};

/* 'n_frames' of the cell behind 'delay' samples without it, in noise. */
static float complex *make_air(size_t n_frames, size_t delay, size_t *n)
{
    struct rng rng = {2};
    float complex *x;

    *n = delay + n_frames * LTE_FRAME;
    x = calloc(*n + 1, sizeof *x);
    assert_non_null(x);
    assert_int_equal(gen_lte_run(&cell, n_frames, x + delay), 0);
    /* 128 / (72 P) = 10 dB in each resource element. */
    impair_noise(x, *n, 128.0 / 72 / 10, &rng);
    return x;
}

/* A receiver and the records it gave. */
struct receiver {
    struct body *body;
    struct rec rec[RECS];
    size_t n;
};

static void receiver_open(struct receiver *r, uint32_t cfo_max_hz)
{
    r->n = 0;
    assert_int_equal(body_open_c(registry_find("lte_rx"), &r->body), 0);
    assert_int_equal(body_write(r->body, LTE_RX_CFO_MAX_HZ, cfo_max_hz), 0);
}

static uint32_t reg(struct receiver *r, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(r->body, offset, &value), 0);
    return value;
}

/* Gives x[n]; how many records came. */
static size_t give(struct receiver *r, uint64_t item0, float complex *x,
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
static void give_stretch(struct receiver *r, uint64_t item0, float complex *x,
                         size_t n, size_t burst)
{
    for (size_t at = 0; at < n; at += burst) {
        (void)give(r, item0 + at, x + at, n - at < burst ? n - at : burst);
    }
    while (give(r, item0 + n, NULL, 0) > 0) {
    }
}

/* The only record is the cell, whose first frame is at 'start'. */
static void check_cell(const struct receiver *r, size_t k, uint64_t start)
{
    const struct rec_lte_cell *c = &r->rec[k].lte;

    assert_int_equal(r->rec[k].type, REC_LTE_CELL);
    assert_int_equal(c->cell_id, 137);
    assert_int_equal(c->is_tdd, 0);
    assert_int_equal(c->extended_cp, 0);
    assert_int_equal(c->has_mib, 1);
    assert_int_equal(c->ports, 2);
    assert_int_equal(c->prb, 50);
    assert_int_equal(c->extended_phich, 0);
    assert_int_equal(c->phich_sixths, 6);
    double frame = (c->frame_start_sample - (double)start) / LTE_FRAME;
    assert_true(fabs(frame - round(frame)) * LTE_FRAME < 1);
    assert_true(frame > -1 && frame < 40);
    assert_int_equal(c->sfn, (1019 + 1024 + (int)lround(frame)) % 1024);
    assert_true(fabs(c->cfo_hz) < 50);
    assert_float_equal(c->snr_db, 10, 4);
}

static void a_cell_comes_out_once_from_many_windows(void **state)
{
    static struct receiver r;
    size_t n;
    float complex *x = make_air(36, 5000, &n); /* four windows and a rest */

    (void)state;
    receiver_open(&r, NARROW_HZ);
    give_stretch(&r, 0, x, n, 4096);
    assert_int_equal(r.n, 1);
    check_cell(&r, 0, 5000);
    assert_int_equal(reg(&r, LTE_RX_N_WINDOWS), 5);
    assert_int_equal(reg(&r, LTE_RX_N_CELLS), 1);
    assert_true(reg(&r, LTE_RX_N_CANDIDATES) >= 1);
    body_close(r.body);
    free(x);
}

static void a_cell_is_reported_as_often_as_asked_for(void **state)
{
    static struct receiver r;
    size_t n;
    float complex *x = make_air(40, 5000, &n); /* five windows */

    (void)state;
    receiver_open(&r, NARROW_HZ);
    assert_int_equal(body_write(r.body, LTE_RX_REPORT_EVERY, 2), 0);
    give_stretch(&r, 0, x, n, 4096);
    assert_int_equal(r.n, 3);
    for (size_t k = 0; k < 3; k++) {
        check_cell(&r, k, 5000);
        assert_true(k == 0 || r.rec[k].lte.frame_start_sample >
                                  r.rec[k - 1].lte.frame_start_sample + 1e5);
    }
    assert_int_equal(reg(&r, LTE_RX_N_CELLS), 1);
    body_close(r.body);
    free(x);
}

static void bursts_of_any_length_give_the_same_cell(void **state)
{
    static const size_t burst[] = {100, 4095, 4096};
    size_t n;
    float complex *x = make_air(8, 700, &n);
    static struct receiver first;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(burst); k++) {
        static struct receiver r;
        print_message("bursts of %zu\n", burst[k]);
        receiver_open(&r, NARROW_HZ);
        give_stretch(&r, 0, x, n, burst[k]);
        assert_int_equal(r.n, 1);
        check_cell(&r, 0, 700);
        first = k == 0 ? r : first;
        assert_memory_equal(&r.rec[0], &first.rec[0], sizeof r.rec[0]);
        body_close(r.body);
    }
    free(x);
}

static void a_new_stretch_reports_the_cell_again(void **state)
{
    static struct receiver r;
    uint64_t far = (uint64_t)1 << 40;
    size_t n;
    float complex *x = make_air(16, 0, &n);

    (void)state;
    receiver_open(&r, NARROW_HZ);
    give_stretch(&r, 0, x, n, 4096);
    give_stretch(&r, far, x, n, 4096);
    assert_int_equal(r.n, 2);
    check_cell(&r, 0, 0);
    check_cell(&r, 1, far);
    body_close(r.body);
    free(x);
}

static void the_end_of_a_short_stretch_delivers_its_cell(void **state)
{
    static struct receiver r;
    size_t n;
    float complex *x = make_air(8, 300, &n); /* half a window */

    (void)state;
    receiver_open(&r, WIDE_HZ);
    give_stretch(&r, 0, x, n, 4096);
    assert_int_equal(r.n, 1);
    check_cell(&r, 0, 300);
    body_close(r.body);
    free(x);
}

static void less_than_a_frame_gives_nothing(void **state)
{
    static const size_t length[] = {0, 1, 4096, LTE_FRAME - 1};
    size_t n;
    float complex *x = make_air(1, 0, &n);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(length); k++) {
        static struct receiver r;
        print_message("row %zu\n", k);
        receiver_open(&r, NARROW_HZ);
        give_stretch(&r, 0, x, length[k], 4096);
        assert_int_equal(r.n, 0);
        assert_int_equal(reg(&r, LTE_RX_N_WINDOWS), 0);
        body_close(r.body);
    }
    free(x);
}

static void noise_silence_and_odd_values_give_no_cell(void **state)
{
    float complex *x = calloc(WINDOW, sizeof *x);
    struct rng rng = {3};

    (void)state;
    assert_non_null(x);
    for (int kind = 0; kind < 3; kind++) {
        static struct receiver r;
        print_message("kind %d\n", kind);
        if (kind == 1) {
            impair_noise(x, WINDOW, 1, &rng);
        }
        for (size_t k = 0; kind == 2 && k < WINDOW; k += 5000) {
            x[k] = k % 10000 == 0 ? NAN : 1e30f;
        }
        receiver_open(&r, NARROW_HZ);
        give_stretch(&r, 0, x, WINDOW, 4096);
        assert_int_equal(r.n, 0);
        assert_int_equal(reg(&r, LTE_RX_N_WINDOWS), 2);
        body_close(r.body);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_comes_out_once_from_many_windows),
        cmocka_unit_test(a_cell_is_reported_as_often_as_asked_for),
        cmocka_unit_test(bursts_of_any_length_give_the_same_cell),
        cmocka_unit_test(a_new_stretch_reports_the_cell_again),
        cmocka_unit_test(the_end_of_a_short_stretch_delivers_its_cell),
        cmocka_unit_test(less_than_a_frame_gives_nothing),
        cmocka_unit_test(noise_silence_and_odd_values_give_no_cell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
