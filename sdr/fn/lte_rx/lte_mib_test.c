/*
 * lte_mib_test.c - generated cells, found and decoded again; what is no cell.
 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/fn/lte_rx/lte_mib.h"
#include "sdr/fn/lte_rx/lte_search.h"
#include "sdr/radio/gen_lte.h"

enum {
    N_FRAMES = 8,
    N_MAX = N_FRAMES * LTE_FRAME,
};

static const double carrier_hz = 2e9;

/* What a receiver does to a cell. */
struct path {
    size_t skipped; /* samples of the first frame that are lost */
    double cfo_hz;
    double snr_db; /* in a resource element */
};

/* Everything a test needs. */
struct bench {
    struct lte_search *search;
    struct lte_mib *mib;
    float complex x[N_MAX];
    float complex other[N_MAX]; /* a second cell */
    size_t n;
    struct lte_cand cand[LTE_SEARCH_MAX];
    struct lte_cell cell[LTE_SEARCH_MAX];
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    if (b == NULL || lte_search_open(&b->search) < 0) {
        return -1;
    }
    return lte_mib_open(&b->mib);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    lte_search_close(b->search);
    lte_mib_close(b->mib);
    free(b);
    return 0;
}

static double noise_gauss(struct rng *r)
{
    double u = ((double)(rng_next(r) >> 11) + 1) / 9007199254740993.0;
    double v = (double)(rng_next(r) >> 11) / 9007199254740992.0;

    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* White noise of 'power' a sample on top of b->x. */
static void add_noise(struct bench *b, double power, uint64_t seed)
{
    struct rng r = {.state = seed};
    float part = (float)sqrt(power / 2);

    for (size_t k = 0; k < b->n; k++) {
        b->x[k] += part * (float)noise_gauss(&r);
        b->x[k] += I * (part * (float)noise_gauss(&r));
    }
}

/* N_FRAMES of a cell as they are received, in b->x. */
static void receive(struct bench *b, const struct gen_lte *g,
                    const struct path *p, uint64_t seed)
{
    assert_int_equal(gen_lte_run(g, N_FRAMES, b->x), 0);
    b->n = N_MAX - p->skipped;
    memmove(b->x, b->x + p->skipped, b->n * sizeof b->x[0]);
    for (size_t k = 0; k < b->n; k++) {
        b->x[k] *= lte_phasor(p->cfo_hz * (double)k / LTE_RATE_HZ);
    }
    add_noise(b, 128.0 / 72 * pow(10, -p->snr_db / 10), seed);
}

static size_t search(struct bench *b, const struct lte_iq *iq,
                     double cfo_max_hz)
{
    struct lte_pss_range range = {-cfo_max_hz, cfo_max_hz};

    return lte_search_run(b->search, iq, &range, 1, 0, b->cand);
}

/* Cells in b->x; their number. */
static size_t scan(struct bench *b, double cfo_max_hz)
{
    struct lte_iq iq = {b->x, b->n, 0};
    size_t n_cand = search(b, &iq, cfo_max_hz);
    size_t n = 0;

    for (size_t k = 0; k < n_cand; k++) {
        n += lte_mib_decode(b->mib, &iq, &b->cand[k], &b->cell[n]) ? 1 : 0;
    }
    return n;
}

static const struct gen_lte plain = {
    .id = {.cell_id = 77},
    .ports = 1,
    .gain = {1, 1},
    .mib = {.prb = 50, .phich_resources = 2, .sfn = 100},
    .loaded = true,
    .seed = 5,
};

static void cells_come_back_as_they_were_sent(void **state)
{
    static const struct {
        struct gen_lte g;
        struct path p;
    } row[] = {
        {{.id = {0, false},
          .ports = 1,
          .gain = {1},
          .mib = {6, false, 2, 512, 0},
          .loaded = true,
          .seed = 1},
         {0, 0, 30}},
        {{.id = {1, false},
          .ports = 2,
          .gain = {1, -0.7f},
          .mib = {15, false, 0, 1021, 0},
          .loaded = true,
          .seed = 2},
         {4321, 1200, 20}},
        {{.id = {150, false},
          .ports = 2,
          .gain = {0.4f, 0.9f},
          .mib = {25, true, 3, 7, 0},
          .loaded = false,
          .seed = 3},
         {18000, -7300, 15}},
        {{.id = {301, false},
          .ports = 1,
          .gain = {-1},
          .mib = {75, false, 1, 900, 0},
          .loaded = true,
          .seed = 4},
         {9600, 9400, 10}},
        {{.id = {503, false},
          .ports = 1,
          .gain = {1},
          .mib = {100, false, 2, 333, 0},
          .loaded = true,
          .seed = 5},
         {777, -9900, 0}},
        {{.id = {222, false},
          .ports = 1,
          .gain = {1},
          .mib = {50, false, 2, 640, 0},
          .loaded = true,
          .seed = 6},
         {12345, 3100, -3}},
        {{.id = {64, true},
          .ports = 2,
          .gain = {1, 1},
          .mib = {50, false, 2, 1, 0},
          .loaded = true,
          .seed = 7},
         {15001, 500, 15}},
        {{.id = {7, false},
          .ports = 4,
          .gain = {1, I, -1, 0.5f},
          .mib = {100, false, 3, 13, 0},
          .loaded = true,
          .seed = 8},
         {6000, -1500, 12}},
        {{.id = {8, true},
          .ports = 4,
          .gain = {1, -I, 1, 1},
          .mib = {25, true, 2, 14, 0},
          .loaded = true,
          .seed = 9},
         {100, 200, 15}},
        {{.id = {99, false},
          .ports = 2,
          .gain = {1, 1},
          .mib = {50, false, 2, 56, 0},
          .loaded = true,
          .seed = 10,
          .tdd = true,
          .tdd_config = 1},
         {13000, 800, 15}},
        {{.id = {10, false},
          .ports = 1,
          .gain = {1},
          .mib = {6, false, 2, 131, 0},
          .loaded = false,
          .seed = 11,
          .tdd = true,
          .tdd_config = 0},
         {3000, 2700, 20}},
        {{.id = {356, true},
          .ports = 4,
          .gain = {1, 1, I, -I},
          .mib = {15, true, 1, 803, 0},
          .loaded = true,
          .seed = 12,
          .tdd = true,
          .tdd_config = 5},
         {19199, -3300, 14}},
    };
    struct bench *b = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct gen_lte *g = &row[k].g;
        unsigned lost = row[k].p.skipped > 0 ? 1 : 0;
        print_message("row %zu\n", k);
        receive(b, g, &row[k].p, 40 + k);
        assert_int_equal(scan(b, 10e3), 1);
        const struct lte_cell *c = &b->cell[0];
        assert_int_equal(c->pci, g->id.cell_id);
        assert_int_equal(c->ext_cp, g->id.extended);
        assert_int_equal(c->tdd, g->tdd);
        assert_int_equal(c->ports, g->ports);
        assert_int_equal(c->prb, g->mib.prb);
        assert_int_equal(c->phich_dur, g->mib.phich_extended);
        assert_int_equal(c->phich_ng, g->mib.phich_resources);
        assert_int_equal(c->sfn, (g->mib.sfn + lost) % 1024);
        assert_true(fabs(c->cfo_hz - row[k].p.cfo_hz) < 60);
        assert_true(fabs(c->frame_start - lost * (double)LTE_FRAME +
                         (double)row[k].p.skipped) < 0.6);
    }
}

static void a_cell_far_off_the_centre_is_found(void **state)
{
    static const struct path p = {5000, -128e3, 10};
    struct bench *b = *state;

    receive(b, &plain, &p, 9);
    assert_int_equal(scan(b, 150e3), 1);
    assert_true(fabs(b->cell[0].cfo_hz - p.cfo_hz) < 60);
    assert_int_equal(b->cell[0].sfn, 101);
}

static void two_cells_are_told_apart(void **state)
{
    static const struct path p = {3000, 700, 25};
    struct gen_lte g = plain;
    struct bench *b = *state;

    g.id.cell_id = 120; /* another n_id_2 */
    g.mib.sfn = 500;
    g.gain[0] = 0.7f;
    assert_int_equal(gen_lte_run(&g, N_FRAMES, b->other), 0);
    receive(b, &plain, &p, 10);
    for (size_t k = 0; k < b->n; k++) {
        b->x[k] += b->other[k];
    }
    assert_int_equal(scan(b, 10e3), 2);
    for (size_t k = 0; k < 2; k++) {
        bool is_other = b->cell[k].pci == 120;
        assert_true(is_other || b->cell[k].pci == 77);
        assert_int_equal(b->cell[k].sfn, is_other ? 500 : 101);
    }
}

static void a_single_frame_is_enough_when_it_is_clear(void **state)
{
    static const struct path p = {0, 100, 25};
    struct bench *b = *state;

    receive(b, &plain, &p, 11);
    b->n = LTE_FRAME;
    assert_int_equal(scan(b, 10e3), 1);
    assert_int_equal(b->cell[0].sfn, 100);
    assert_true(fabs(b->cell[0].frame_start) < 0.6);
}

static void spare_bits_need_a_second_mib(void **state)
{
    static const struct path p = {0, 100, 25};
    struct gen_lte g = plain;
    struct bench *b = *state;

    g.mib.spare = 0x155;
    receive(b, &g, &p, 12);
    assert_int_equal(scan(b, 10e3), 1);
    b->n = LTE_FRAME;
    assert_int_equal(scan(b, 10e3), 0);
}

static void a_mib_of_zeros_is_refused(void **state)
{
    static const struct path p = {0, 100, 25};
    struct gen_lte g = plain;
    struct bench *b = *state;

    g.mib = (struct lte_mib_fields){.prb = 6, .sfn = 0};
    receive(b, &g, &p, 13);
    b->n = 4 * LTE_FRAME;
    assert_int_equal(scan(b, 10e3), 0);
}

static void noise_and_silence_are_no_cells(void **state)
{
    struct bench *b = *state;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        memset(b->x, 0, sizeof b->x);
        b->n = N_MAX;
        add_noise(b, 1, seed);
        assert_int_equal(scan(b, 100e3), 0);
    }
    memset(b->x, 0, sizeof b->x);
    assert_int_equal(scan(b, 20e3), 0);
    for (size_t k = 0; k < N_MAX; k++) {
        b->x[k] = lte_phasor(0.0123 * (double)k);
    }
    assert_int_equal(scan(b, 20e3), 0);
}

static void samples_that_are_no_numbers_do_no_harm(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    static const struct path p = {2000, -400, 20};
    struct bench *b = *state;

    receive(b, &plain, &p, 14);
    for (size_t k = 0; k < b->n; k += 997) {
        b->x[k] = bad[k % CHECK_ROWS(bad)] + I * bad[k / 2 % CHECK_ROWS(bad)];
    }
    assert_int_equal(scan(b, 10e3), 1);
    assert_int_equal(b->cell[0].sfn, 101);
    for (size_t k = 0; k < b->n; k++) {
        b->x[k] = bad[k % CHECK_ROWS(bad)];
    }
    assert_int_equal(scan(b, 10e3), 0);
}

static void too_few_samples_give_no_cell(void **state)
{
    static const size_t n[] = {0, 1, 127, 128, 1024, 9599};
    static const struct path p = {0, 0, 20};
    struct bench *b = *state;

    receive(b, &plain, &p, 15);
    for (size_t k = 0; k < CHECK_ROWS(n); k++) {
        b->n = n[k];
        assert_int_equal(scan(b, 10e3), 0);
    }
}

static void a_clock_off_by_the_same_ratio_is_followed(void **state)
{
    /* 60 ppm: a sample in 16,667 is missing, 9 in all. */
    static const struct path p = {0, 60e-6 * 2e9, 15};
    struct bench *b = *state;
    size_t n = 0;

    receive(b, &plain, &p, 16);
    for (size_t k = 0; k < b->n; k++) {
        if (k % 16667 != 8000) {
            b->x[n++] = b->x[k];
        }
    }
    b->n = n;
    struct lte_iq iq = {b->x, b->n, carrier_hz};
    size_t n_cand = search(b, &iq, 150e3);
    assert_true(n_cand >= 1);
    assert_int_equal(b->cand[0].id.cell_id, 77);
    assert_true(lte_mib_decode(b->mib, &iq, &b->cand[0], &b->cell[0]));
    assert_int_equal(b->cell[0].sfn, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_come_back_as_they_were_sent),
        cmocka_unit_test(a_cell_far_off_the_centre_is_found),
        cmocka_unit_test(two_cells_are_told_apart),
        cmocka_unit_test(a_single_frame_is_enough_when_it_is_clear),
        cmocka_unit_test(spare_bits_need_a_second_mib),
        cmocka_unit_test(a_mib_of_zeros_is_refused),
        cmocka_unit_test(noise_and_silence_are_no_cells),
        cmocka_unit_test(samples_that_are_no_numbers_do_no_harm),
        cmocka_unit_test(too_few_samples_give_no_cell),
        cmocka_unit_test(a_clock_off_by_the_same_ratio_is_followed),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
