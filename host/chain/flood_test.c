/* flood_test.c - ways, copies and their order, by hand. */
#include "host/chain/flood.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

static void ways_multiply_behind_each_other(void **state)
{
    /* in -> a, a.0 and a.1 -> b, a.2 -> c, b -> c, c.0 and c.1 and c.2 -> out;
     * other -> c */
    struct chain_vertex v[] = {{.kind = CHAIN_SOURCE}, {.kind = CHAIN_SOURCE},
                               {.kind = CHAIN_NODE},   {.kind = CHAIN_NODE},
                               {.kind = CHAIN_NODE},   {.kind = CHAIN_SINK}};
    struct chain_link l[] = {
        {.from = 0, .to = 2}, {.from = 2, .to = 3}, {.from = 2, .to = 3},
        {.from = 2, .to = 4}, {.from = 3, .to = 4}, {.from = 4, .to = 5},
        {.from = 4, .to = 5}, {.from = 4, .to = 5}, {.from = 1, .to = 4}};
    const struct chain c = {.vertex = v,
                            .n_vertices = CHECK_ROWS(v),
                            .link = l,
                            .n_links = CHECK_ROWS(l)};
    uint32_t ways[CHECK_ROWS(v)];

    (void)state;
    /* From 'in': 1 + 2 + 1 + 2 + 3 * 3; 'other' makes 1 + 3 only. */
    assert_int_equal(flood_ways(&c, ways), 15);
    assert_int_equal(ways[2], 1);
    assert_int_equal(ways[3], 2);
    assert_int_equal(ways[4], 3);
    assert_int_equal(ways[5], 9);
}

static void ways_end_at_the_most(void **state)
{
    enum { NODES = 40, LINKS = 2 * NODES };
    struct chain_vertex v[NODES + 1] = {{.kind = CHAIN_SOURCE}};
    struct chain_link l[LINKS];
    uint32_t ways[NODES + 1];

    (void)state;
    for (size_t k = 0; k < LINKS; k++) {
        l[k] = (struct chain_link){.from = k / 2, .to = k / 2 + 1};
        v[k / 2 + 1].kind = CHAIN_NODE;
    }
    const struct chain c = {
        .vertex = v, .n_vertices = NODES + 1, .link = l, .n_links = LINKS};
    assert_int_equal(flood_ways(&c, ways), FLOOD_COPIES_MAX);
    assert_int_equal(ways[7], 128);
    assert_int_equal(ways[8], FLOOD_COPIES_MAX);
    assert_int_equal(ways[NODES], FLOOD_COPIES_MAX);
}

static void sort_keeps_the_order_of_equal_items(void **state)
{
    enum { N_MAX = 300 };
    static struct pkt p[N_MAX], scratch[N_MAX];
    struct rng r = {1};

    (void)state;
    for (size_t n = 0; n <= N_MAX; n += n < 20 ? 1 : 35) {
        for (size_t k = 0; k < n; k++) {
            p[k] = (struct pkt){.item = rng_below(&r, 10), .t_ns = k};
        }
        flood_sort(p, n, scratch);
        for (size_t k = 1; k < n; k++) {
            assert_true(
                p[k - 1].item < p[k].item ||
                (p[k - 1].item == p[k].item && p[k - 1].t_ns < p[k].t_ns));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_multiply_behind_each_other),
        cmocka_unit_test(ways_end_at_the_most),
        cmocka_unit_test(sort_keeps_the_order_of_equal_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
