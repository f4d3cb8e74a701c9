/* rules4_cache_test.c - with a cache in front an index gives what it gives. */
#include "net/table/rules4_cache.h"

#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { RULES = 200, KEYS = 1000, PLENTY = 1 << 26 };

static struct rules4 *open_rules(struct rng *r)
{
    static struct rule4 rules[RULES];
    struct rules4 *t = NULL;

    for (size_t k = 0; k < RULES; k++) {
        rules[k] = (struct rule4){
            .src = rng_below(r, 8),
            .src_mask = 0xffffffff,
            .dst = rng_below(r, 8),
            .dst_mask = rng_below(r, 2) == 0 ? 0 : 0xffffffff,
            .sport = {0, (uint16_t)rng_below(r, 4)},
            .dport = {(uint16_t)rng_below(r, 4), 65535},
            .proto = (uint8_t)rng_below(r, 3),
            .proto_mask = 0xff,
            .flags = (uint8_t)rng_below(r, 3),
            .flags_mask = rng_below(r, 2) == 0 ? 0 : 0xff,
            .dscp = (uint8_t)rng_below(r, 3),
            .dscp_mask = rng_below(r, 2) == 0 ? 0 : 0x3f,
        };
    }
    assert_int_equal(rules4_open(&t, rules, RULES, PLENTY), 0);
    return t;
}

/* Keys that are alike in all but one field are among them. */
static struct net_key4 some_key(struct rng *r)
{
    return (struct net_key4){
        .has_ip = true,
        .has_flags = rng_below(r, 2) == 0,
        .src = rng_below(r, 8),
        .dst = rng_below(r, 8),
        .sport = (uint16_t)rng_below(r, 4),
        .dport = (uint16_t)rng_below(r, 4),
        .proto = (uint8_t)rng_below(r, 3),
        .flags = (uint8_t)rng_below(r, 3),
        .dscp = (uint8_t)rng_below(r, 3),
    };
}

/* Each in turn, in calls of 'n' keys. */
static void compare(struct rules4_cache *c, const struct rules4 *t,
                    const struct net_key4 *key, size_t n)
{
    static uint32_t rule[KEYS];

    for (size_t k = 0; k < KEYS; k += n) {
        rules4_cache_find_bulk(c, key + k, rule + k, n);
    }
    for (size_t k = 0; k < KEYS; k++) {
        assert_int_equal(rule[k], rules4_find(t, &key[k]));
    }
}

static void cache_gives_what_the_index_gives(void **state)
{
    static const size_t calls[] = {1, 10, 250, 500, KEYS};
    static struct net_key4 key[KEYS];
    struct rng r = {.state = 12};
    struct rules4 *t = open_rules(&r);
    struct rules4_cache *c = NULL;

    (void)state;
    assert_int_equal(rules4_cache_open(&c, t), 0);
    for (size_t i = 0; i < 100; i++) {
        for (size_t k = 0; k < KEYS; k++) {
            key[k] = some_key(&r);
            /* In some rounds none comes again: more than it has room for. */
            if (i % 4 == 3) {
                key[k].src = (uint32_t)rng_next(&r);
            }
        }
        compare(c, t, key, calls[i % CHECK_ROWS(calls)]);
        compare(c, t, key, calls[i % CHECK_ROWS(calls)]);
    }
    rules4_cache_close(c);
    rules4_close(t);
}

/* One flow after the other until all lines were taken more than once. */
static void cache_forgets_the_oldest(void **state)
{
    enum { FLOWS = 6 << RULES4_CACHE_LOG2 };
    struct rng r = {.state = 13};
    struct rules4 *t = open_rules(&r);
    struct rules4_cache *c = NULL;

    (void)state;
    assert_int_equal(rules4_cache_open(&c, t), 0);
    for (uint32_t k = 0; k < 2 * FLOWS; k++) {
        struct net_key4 key = {.has_ip = true,
                               .src = k % 8,
                               .dst = k % FLOWS,
                               .proto = (uint8_t)(k % 3)};
        struct net_key4 twice[] = {key, key, key};
        uint32_t rule[3], want = rules4_find(t, &key);
        rules4_cache_find_bulk(c, twice, rule, 3);
        assert_int_equal(rule[0], want);
        assert_int_equal(rule[1], want);
        assert_int_equal(rule[2], want);
    }
    rules4_cache_close(c);
    rules4_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_gives_what_the_index_gives),
        cmocka_unit_test(cache_forgets_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
