/*
 * balancer_maglev_test.c - the lookup table: the example of the paper by hand,
 * the paper's pseudocode as it stands there, shares by weight, and how little
 * changes when a backend goes.
 */
#include "net/fn/balancer/balancer_maglev.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "net/fn/balancer/balancer_text.h"
#include "tests/check.h"

enum { M = BALANCER_PLACES };

/* Table 1 of the paper: permutations of 7 places, and both of its tables. */
static const struct maglev_backend example[] = {
    {3, 4, 1}, {0, 2, 1}, {3, 1, 1}};

static void table_1_of_the_paper_comes_out(void **state)
{
    static const uint8_t before[] = {1, 0, 1, 0, 2, 2, 0};
    static const uint8_t after[] = {0, 0, 0, 0, 2, 2, 2}; /* without B1 */
    uint8_t table[7];

    (void)state;
    maglev_fill(example, 3, 3, table, 7);
    assert_memory_equal(table, before, 7);
    maglev_fill(example, 3, 1, table, 7);
    assert_memory_equal(table, after, 7);
}

/* B0 has weight 2, B2 weight 1, and so a turn in each second round: 3; 0, 4; 1;
 * 5, 6; 2. */
static void weights_decide_who_has_a_turn(void **state)
{
    static const struct maglev_backend b[] = {{3, 4, 2}, {0, 2, 0}, {3, 1, 1}};
    static const uint8_t by_hand[] = {0, 0, 0, 0, 2, 0, 2};
    uint8_t table[7];

    (void)state;
    maglev_fill(b, 3, 3, table, 7);
    assert_memory_equal(table, by_hand, 7);
    maglev_fill(b, 2, 0, table, 7); /* nobody has a weight */
    for (size_t k = 0; k < 7; k++) {
        assert_int_equal(table[k], MAGLEV_NONE);
    }
}

/* Pseudocode 1 of the paper, with permutations written out. */
static void populate(const struct maglev_backend *b, size_t n, uint8_t *entry)
{
    static uint32_t permutation[MAGLEV_BACKENDS][M];
    uint32_t next[MAGLEV_BACKENDS] = {0};
    size_t filled = 0;

    for (size_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < M; j++) {
            permutation[i][j] = (b[i].offset + j * b[i].skip) % M;
        }
    }
    memset(entry, MAGLEV_NONE, M);
    while (true) {
        for (size_t i = 0; i < n; i++) {
            uint32_t c = permutation[i][next[i]];
            while (entry[c] != MAGLEV_NONE) {
                c = permutation[i][++next[i]];
            }
            entry[c] = (uint8_t)i;
            next[i]++;
            if (++filled == M) {
                return;
            }
        }
    }
}

static size_t backends_of(struct rng *r, uint32_t weight,
                          struct maglev_backend *b)
{
    size_t n = 1 + rng_below(r, BALANCER_BACKENDS);

    for (size_t k = 0; k < n; k++) {
        b[k] = maglev_named(rng_next(r) >> 16, M, 1 + rng_below(r, weight));
    }
    return n;
}

static void equal_weights_are_the_papers_pseudocode(void **state)
{
    struct rng r = {1};

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct maglev_backend b[MAGLEV_BACKENDS];
        uint8_t ours[M], theirs[M];
        size_t n = backends_of(&r, 1, b);
        maglev_fill(b, n, n, ours, M);
        populate(b, n, theirs);
        assert_memory_equal(ours, theirs, M);
    }
}

/*
 * After r rounds a backend had between r v / w - 1 and r v / w turns, and the
 * last round is cut: with n backends no count is off its share by more than 2 +
 * n v / sum.
 */
static void places_are_shared_by_weight(void **state)
{
    struct rng r = {2};

    (void)state;
    for (int round = 0; round < 500; round++) {
        struct maglev_backend b[MAGLEV_BACKENDS];
        uint8_t table[M];
        uint32_t count[MAGLEV_BACKENDS] = {0};
        double sum = 0;
        size_t n = backends_of(&r, round % 2 == 0 ? 255 : 3, b);
        maglev_fill(b, n, n, table, M);
        for (size_t p = 0; p < M; p++) {
            assert_true(table[p] < n);
            count[table[p]]++;
        }
        for (size_t k = 0; k < n; k++) {
            sum += b[k].weight;
        }
        for (size_t k = 0; k < n; k++) {
            double share = b[k].weight / sum;
            double off = count[k] > M * share ? count[k] - M * share
                                              : M * share - count[k];
            assert_true(off <= 2 + (double)n * share);
        }
    }
}

/* Permutations reach every place, whatever the name. */
static void names_give_permutations(void **state)
{

    (void)state;
    for (int round = 0; round < 1000; round++) {
        struct maglev_backend b =
            maglev_named(0x020000000000 + (uint32_t)round, M, 1);
        assert_true(b.offset < M && b.skip >= 1 && b.skip < M);
        bool seen[M] = {false};
        for (uint32_t k = 0; k < M; k++) {
            uint32_t at = (b.offset + k * b.skip) % M;
            assert_false(seen[at]);
            seen[at] = true;
        }
    }
}

/*
 * A backend of n goes, or comes back: its places must change; of those of the
 * others the paper counts how many do, too (5.3).  Mean and worst of 200 pools.
 */
static void few_other_places_change(void **state)
{
    static const size_t sizes[] = {2, 3, 5, 10, 20, 30};
    struct rng r = {4};

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        double sum = 0, worst = 0;
        for (int round = 0; round < 200; round++) {
            struct maglev_backend b[MAGLEV_BACKENDS];
            uint8_t with[M], without[M];
            size_t gone = rng_below(&r, (uint32_t)n), others = 0, moved = 0;
            for (size_t k = 0; k < n; k++) {
                b[k] = maglev_named(rng_next(&r) >> 16, M, 1);
            }
            maglev_fill(b, n, n, with, M);
            maglev_fill(b, n, gone, without, M);
            for (size_t p = 0; p < M; p++) {
                others += with[p] != gone;
                moved += with[p] != gone && with[p] != without[p];
                assert_int_not_equal(without[p], gone);
            }
            double part = (double)moved / (double)others;
            sum += part;
            worst = part > worst ? part : worst;
        }
        print_message(
            "%zu backends: %.2f%% of the others' places move, at most "
            "%.2f%%\n",
            n, 100 * sum / 200, 100 * worst);
        assert_true(sum / 200 < 0.05 && worst < 0.25);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_1_of_the_paper_comes_out),
        cmocka_unit_test(weights_decide_who_has_a_turn),
        cmocka_unit_test(equal_weights_are_the_papers_pseudocode),
        cmocka_unit_test(places_are_shared_by_weight),
        cmocka_unit_test(names_give_permutations),
        cmocka_unit_test(few_other_places_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
