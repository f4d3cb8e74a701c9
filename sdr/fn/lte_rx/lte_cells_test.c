/*
 * lte_cells_test.c - several generated cells at a time, cells under others, and
 * a stream in which they are followed.
 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/fn/lte_rx/lte_cells.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

enum {
    HOP = LTE_CELLS_WINDOW / 2,
    FRAMES = 40,
    STREAM = FRAMES * LTE_FRAME,
};

/* How a cell reaches the receiver. */
struct path {
    double db, delay, cfo_hz; /* delay in samples */
};

struct bench {
    struct lte_cells *cells;
    float complex x[STREAM], one[STREAM];
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    return b == NULL || lte_cells_open(&b->cells) < 0 ? -1 : 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    lte_cells_close(b->cells);
    free(b);
    return 0;
}

static struct gen_lte cell(uint16_t pci, unsigned ports, unsigned sfn)
{
    return (struct gen_lte){
        .id = {.cell_id = pci},
        .ports = ports,
        .gain = {1, I},
        .mib = {.prb = 50, .phich_resources = 2, .sfn = sfn},
        .loaded = true,
        .seed = pci,
    };
}

/* Adds 'n_frames' of 'g' to b->x[n]. */
static void add(struct bench *b, const struct gen_lte *g, const struct path *p,
                size_t n_frames, size_t n)
{
    float scale = (float)pow(10, p->db / 20);
    size_t len = n_frames * LTE_FRAME;

    assert_int_equal(gen_lte_run(g, n_frames, b->one), 0);
    impair_cfo(b->one, len, p->cfo_hz, LTE_RATE_HZ);
    for (size_t k = 0; k < len; k++) {
        b->one[k] *= scale;
    }
    impair_place(b->one, len, p->delay, 0, b->x, n);
}

/* Noise 'snr_db' below a resource element of a cell of 0 dB. */
static void noise(struct bench *b, size_t n, double snr_db)
{
    struct rng r = {4};

    impair_noise(b->x, n, 128.0 / 72 * pow(10, -snr_db / 10), &r);
}

static void run(struct bench *b, const float complex *x, size_t n)
{
    struct lte_iq iq = {x, n, 0};
    struct lte_cells_limits limits = {20e3, 65};

    lte_cells_run(b->cells, &iq, &limits);
}

static const struct lte_known *find(const struct bench *b, int pci)
{
    size_t n;
    const struct lte_known *k = lte_cells_known(b->cells, &n);

    for (; n > 0; n--, k++) {
        if (k->cell.pci == pci) {
            return k;
        }
    }
    return NULL;
}

/* The cell is known as it was sent along 'p'; its SFN from 'first' on. */
static void check(const struct bench *b, const struct gen_lte *g,
                  const struct path *p, size_t first)
{
    const struct lte_known *k = find(b, g->id.cell_id);

    print_message("cell %u\n", g->id.cell_id);
    assert_non_null(k);
    double frames =
        ((double)first + k->cell.frame_start - p->delay) / LTE_FRAME;
    assert_true(fabs(frames - round(frames)) * LTE_FRAME < 0.6);
    assert_true(k->cell.frame_start > -1 && k->cell.frame_start < LTE_FRAME);
    assert_int_equal(k->cell.sfn, (g->mib.sfn + lround(frames) + 1024) % 1024);
    assert_int_equal(k->cell.ports, (int)g->ports);
    assert_int_equal(k->cell.prb, (int)g->mib.prb);
    assert_int_equal(k->cell.tdd, g->tdd);
    assert_true(fabs(k->cell.cfo_hz - p->cfo_hz) < 50);
}

static size_t n_known(const struct bench *b)
{
    size_t n;

    (void)lte_cells_known(b->cells, &n);
    return n;
}

static void cells_of_one_root_and_time_are_all_found(void **state)
{
    struct gen_lte g[] = {cell(60, 2, 200), cell(63, 2, 201), cell(66, 1, 500)};
    static const struct path p[] = {
        {0, 7.4, 1000}, {-4, 3.9, 990}, {-8, 0.2, 1010}};
    struct bench *b = *state;

    memset(b->x, 0, sizeof b->x);
    for (size_t k = 0; k < 3; k++) {
        g[k].loaded = false;
        add(b, &g[k], &p[k], 8, HOP);
    }
    noise(b, HOP, 25);
    lte_cells_clear(b->cells);
    run(b, b->x, HOP);
    assert_int_equal(n_known(b), 3);
    for (size_t k = 0; k < 3; k++) {
        check(b, &g[k], &p[k], 0);
    }
}

static void a_cell_12_db_under_another_in_step_with_it_is_found(void **state)
{
    struct gen_lte g[] = {cell(121, 1, 300), cell(250, 1, 300)};
    static const struct path p[] = {{0, 2.5, 500}, {-12, 0.5, 510}};
    struct bench *b = *state;

    for (unsigned tdd = 0; tdd < 2; tdd++) {
        memset(b->x, 0, sizeof b->x);
        for (size_t k = 0; k < 2; k++) {
            g[k].tdd = tdd != 0;
            g[k].tdd_config = 1;
            g[k].loaded = false; /* data would hide it for good */
            add(b, &g[k], &p[k], 8, HOP);
        }
        noise(b, HOP, 25);
        lte_cells_clear(b->cells);
        run(b, b->x, HOP);
        assert_int_equal(n_known(b), 2);
        check(b, &g[0], &p[0], 0);
        check(b, &g[1], &p[1], 0);
    }
}

/* All of the stream: a window more each time. */
static void cells_are_followed_until_they_are_gone(void **state)
{
    struct gen_lte g[] = {cell(17, 2, 1010), cell(300, 1, 4)};
    static const struct path p[] = {{0, 5000, -3000}, {-3, 14000.5, -3020}};
    struct bench *b = *state;
    size_t first = 0;

    memset(b->x, 0, sizeof b->x);
    add(b, &g[0], &p[0], FRAMES - 1, STREAM);
    add(b, &g[1], &p[1], 16, STREAM);
    noise(b, STREAM, 15);
    lte_cells_clear(b->cells);
    for (size_t end = HOP; end <= STREAM; end += HOP) {
        if (end - first > LTE_CELLS_WINDOW) {
            first += HOP;
            lte_cells_move(b->cells, HOP);
        }
        run(b, b->x + first, end - first);
        check(b, &g[0], &p[0], first);
        assert_int_equal(find(b, 17)->n_windows, end / HOP);
        const struct lte_known *other = find(b, 300);
        assert_non_null(other);
        /* Its last frame ends at 167 ms. */
        assert_true(end > 2 * HOP || other->n_missed == 0);
        assert_true(end <= 4 * HOP || other->n_missed > 0);
    }
    assert_int_equal(n_known(b), 2);
}

static void a_cell_that_comes_later_is_found_under_a_known_one(void **state)
{
    struct gen_lte g[] = {cell(121, 1, 300), cell(250, 1, 700)};
    static const struct path p[] = {{0, 2.5, 500}, {-17, HOP + 0.5, 510}};
    struct bench *b = *state;

    memset(b->x, 0, sizeof b->x);
    for (size_t k = 0; k < 2; k++) {
        g[k].loaded = false;
        add(b, &g[k], &p[k], k == 0 ? 16 : 8, 2 * (size_t)HOP);
    }
    noise(b, 2 * (size_t)HOP, 25);
    lte_cells_clear(b->cells);
    run(b, b->x, HOP);
    assert_int_equal(n_known(b), 1);
    run(b, b->x, 2 * (size_t)HOP);
    assert_int_equal(n_known(b), 2);
    check(b, &g[0], &p[0], 0);
    const struct lte_known *k = find(b, 250);
    assert_non_null(k);
    assert_int_equal(k->n_windows, 1);
    assert_int_equal((k->cell.sfn + 8) % 1024, 700);
}

static void levels_are_those_that_were_sent(void **state)
{
    struct gen_lte g = cell(33, 1, 8);
    static const struct path p = {-6, 100, 0};
    struct bench *b = *state;

    memset(b->x, 0, sizeof b->x);
    add(b, &g, &p, 8, HOP);
    noise(b, HOP, 6);
    lte_cells_clear(b->cells);
    run(b, b->x, HOP);
    const struct lte_known *k = find(b, 33);
    assert_non_null(k);
    /* A resource element has power 1/72, less 6 dB, and SNR 0 dB; all 72 are
     * in use, so that of RSSI, half of which is noise, RSRP is 1 in 144. */
    assert_true(fabs((double)k->cell.rsrp_db - 10 * log10(1 / 72.0) + 6) < 0.5);
    assert_true(fabs((double)k->cell.snr_db) < 0.5);
    assert_true(fabs((double)k->cell.rsrq_db - 10 * log10(6 / 144.0)) < 0.5);
}

static void a_carrier_in_the_middle_does_no_harm(void **state)
{
    struct gen_lte g = cell(86, 2, 40);
    static const struct path p = {0, 3000, -8000};
    struct bench *b = *state;

    memset(b->x, 0, sizeof b->x);
    add(b, &g, &p, 8, HOP);
    noise(b, HOP, 3);
    for (size_t k = 0; k < HOP; k++) {
        b->x[k] += 10; /* 20 dB over the cell */
    }
    lte_cells_clear(b->cells);
    run(b, b->x, HOP);
    check(b, &g, &p, 0);
}

static void odd_input_gives_no_cell(void **state)
{
    static const float odd[] = {0, NAN, INFINITY, 3e38f, -1e30f};
    static const size_t n[] = {0, 1, 200, LTE_FRAME, LTE_CELLS_WINDOW};
    struct bench *b = *state;

    for (size_t k = 0; k < CHECK_ROWS(odd); k++) {
        for (size_t i = 0; i < LTE_CELLS_WINDOW; i++) {
            b->x[i] = i % 3 == 0 ? odd[k] : odd[(k + i) % CHECK_ROWS(odd)];
        }
        for (size_t i = 0; i < CHECK_ROWS(n); i++) {
            lte_cells_clear(b->cells);
            run(b, b->x, n[i]);
            assert_int_equal(n_known(b), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_one_root_and_time_are_all_found),
        cmocka_unit_test(a_cell_12_db_under_another_in_step_with_it_is_found),
        cmocka_unit_test(cells_are_followed_until_they_are_gone),
        cmocka_unit_test(a_cell_that_comes_later_is_found_under_a_known_one),
        cmocka_unit_test(levels_are_those_that_were_sent),
        cmocka_unit_test(a_carrier_in_the_middle_does_no_harm),
        cmocka_unit_test(odd_input_gives_no_cell),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
