/*
 * lte_cancel_test.c - of a generated cell nothing stays; what it is not stays.
 */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sdr/fn/lte_rx/lte_cancel.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

enum { N_FRAMES = 4, N = (N_FRAMES + 1) * LTE_FRAME };

struct bench {
    struct lte_cancel *cancel;
    struct lte_chan chan;
    float complex x[N], rest[N], sent[N_FRAMES * LTE_FRAME];
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    *state = b;
    if (b == NULL || lte_cancel_open(&b->cancel) < 0) {
        return -1;
    }
    lte_chan_init(&b->chan);
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    lte_cancel_close(b->cancel);
    free(b);
    return 0;
}

/* Cancels 'g', received at 'delay' with 'cfo_hz', from b->x. */
static void cancel(struct bench *b, const struct gen_lte *g, double delay,
                   double cfo_hz)
{
    struct lte_iq iq = {b->rest, N, 0};
    struct lte_cand c = {
        .id = g->id, .tdd = g->tdd, .cfo_hz = cfo_hz, .start = delay};

    memcpy(b->rest, b->x, sizeof b->rest);
    lte_cancel_run(b->cancel, &b->chan, &iq, &c, g->ports, &g->mib, b->rest);
}

static double left_db(const struct bench *b, size_t first, size_t n)
{
    return 10 * log10(impair_power(b->rest + first, n) /
                      impair_power(b->x + first, n));
}

static void of_a_cell_without_data_nothing_stays(void **state)
{
    static const struct {
        struct gen_lte g;
        double delay, cfo_hz;
    } row[] = {
        {{.id = {7, false}, .ports = 1, .gain = {1}}, 0, 0},
        {{.id = {8, false}, .ports = 2, .gain = {1, I}}, 3000.4, 700},
        {{.id = {9, true}, .ports = 2, .gain = {0.3f, 1}}, 17.7, -9000},
        {{.id = {503, false}, .ports = 4, .gain = {1, I, -1, 1}}, 60, 150e3},
        {{.id = {10, false}, .ports = 1, .gain = {1}, .tdd = true}, 5, 30e3},
        {{.id = {11, true}, .ports = 2, .gain = {1, 1}, .tdd = true}, 8, 1},
    };
    struct bench *b = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct gen_lte g = row[k].g;
        g.mib = (struct lte_mib_fields){.prb = 25, .sfn = 1022};
        g.tdd_config = 2;
        assert_int_equal(gen_lte_run(&g, N_FRAMES, b->sent), 0);
        memset(b->x, 0, sizeof b->x);
        impair_place(b->sent, N_FRAMES * LTE_FRAME, row[k].delay, 0, b->x, N);
        impair_cfo(b->x, N, row[k].cfo_hz, LTE_RATE_HZ);
        cancel(b, &g, row[k].delay, row[k].cfo_hz);
        double db =
            left_db(b, (size_t)row[k].delay + 20, N_FRAMES * LTE_FRAME - 40);
        print_message("row %zu: %.1f dB\n", k, db);
        assert_true(db < -17);
    }
}

static void noise_stays_what_it_was(void **state)
{
    struct gen_lte g = {.id = {40, false}, .ports = 2, .mib = {.prb = 6}};
    struct bench *b = *state;
    struct rng r = {5};

    memset(b->x, 0, sizeof b->x);
    impair_noise(b->x, N, 1, &r);
    cancel(b, &g, 100, 0);
    /* A sixth of the subcarriers is fitted by a few numbers a subframe. */
    assert_true(left_db(b, 0, N) > -1.5);
    assert_true(left_db(b, 0, N) < 0.5);
}

static void a_wrong_cell_takes_little(void **state)
{
    struct gen_lte g = {.id = {40, false}, .ports = 1, .gain = {1}};
    struct bench *b = *state;

    g.mib.prb = 6;
    g.loaded = true;
    memset(b->x, 0, sizeof b->x);
    assert_int_equal(gen_lte_run(&g, N_FRAMES, b->x), 0);
    g.id.cell_id = 43;
    cancel(b, &g, 0, 0);
    assert_true(left_db(b, 0, N_FRAMES * LTE_FRAME) > -1.5);
}

static void a_cell_beside_the_samples_is_no_harm(void **state)
{
    static const double delay[] = {-5000, -19199.5, N - 1.0, 1e9};
    struct gen_lte g = {.id = {40, true}, .ports = 4, .mib = {.prb = 6}};
    struct bench *b = *state;
    struct rng r = {6};

    memset(b->x, 0, sizeof b->x);
    impair_noise(b->x, N, 1, &r);
    for (size_t k = 0; k < CHECK_ROWS(delay); k++) {
        cancel(b, &g, delay[k], 0);
        assert_true(left_db(b, 0, N) < 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_cell_without_data_nothing_stays),
        cmocka_unit_test(noise_stays_what_it_was),
        cmocka_unit_test(a_wrong_cell_takes_little),
        cmocka_unit_test(a_cell_beside_the_samples_is_no_harm),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
