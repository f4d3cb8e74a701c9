/* rules4_test.c - the first rule that matches, against a scan over the rules.
 */
#include "net/table/rules4.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum { KEYS = 5000, PLENTY = 1 << 30 };

static uint32_t some_mask(struct rng *r)
{
    static const uint8_t lens[] = {0,  0,  1,  7,  8,  9, 15,
                                   16, 17, 23, 24, 31, 32};
    uint8_t len = lens[rng_below(r, sizeof lens)];

    return len == 0 ? 0 : 0xffffffffu << (32 - len);
}

/* One of few addresses, so that rules and keys meet. */
static uint32_t some_address(struct rng *r)
{
    return rng_below(r, 3) << 31 | rng_below(r, 3) << 16 |
           rng_below(r, 3) << 8 | rng_below(r, 4);
}

static void some_ports(struct rng *r, uint16_t *port)
{
    static const uint16_t ends[] = {0, 1, 80, 81, 1023, 1024, 65534, 65535};

    port[0] = ends[rng_below(r, CHECK_ROWS(ends))];
    port[1] = ends[rng_below(r, CHECK_ROWS(ends))];
}

static struct rule4 some_rule(struct rng *r)
{
    static const uint8_t masks[] = {0, 0xff, 0xff, 0x0f};
    static const uint8_t flags[] = {0, 0, 0, 0x02, 0x12, 0xff};
    static const uint8_t dscps[] = {0, 0, 0, 0x38, 0x01, 0x3f};
    struct rule4 x = {
        .src = some_address(r),
        .dst = some_address(r),
        .src_mask = some_mask(r),
        .dst_mask = some_mask(r),
        .proto = (uint8_t)rng_below(r, 20),
        .proto_mask = masks[rng_below(r, CHECK_ROWS(masks))],
        .flags = (uint8_t)rng_below(r, 256),
        .flags_mask = flags[rng_below(r, CHECK_ROWS(flags))],
        .dscp = (uint8_t)rng_below(r, 64),
        .dscp_mask = dscps[rng_below(r, CHECK_ROWS(dscps))],
    };

    some_ports(r, x.sport);
    some_ports(r, x.dport);
    return x;
}

static struct net_key4 some_key(struct rng *r)
{
    uint16_t ports[2];
    struct net_key4 k = {
        .has_ip = true,
        .has_flags = rng_below(r, 2) != 0,
        .src = some_address(r),
        .dst = some_address(r),
        .proto = (uint8_t)rng_below(r, 20),
        .flags = (uint8_t)rng_below(r, 256),
        .dscp = (uint8_t)rng_below(r, 64),
    };

    some_ports(r, ports);
    k.sport = ports[0];
    k.dport = ports[1];
    return k;
}

static uint32_t scan(const struct rule4 *x, size_t n, const struct net_key4 *k)
{
    for (size_t i = 0; i < n; i++, x++) {
        if (((k->src ^ x->src) & x->src_mask) == 0 &&
            ((k->dst ^ x->dst) & x->dst_mask) == 0 && k->sport >= x->sport[0] &&
            k->sport <= x->sport[1] && k->dport >= x->dport[0] &&
            k->dport <= x->dport[1] &&
            ((k->proto ^ x->proto) & x->proto_mask) == 0 &&
            ((k->dscp ^ x->dscp) & x->dscp_mask) == 0 &&
            (x->flags_mask == 0 ||
             (k->has_flags && ((k->flags ^ x->flags) & x->flags_mask) == 0))) {
            return (uint32_t)i + 1;
        }
    }
    return 0;
}

/* From none to more than one word of the summary has bits for. */
static void first_match_equals_a_scan(void **state)
{
    static const size_t sizes[] = {0,   1,    2,    63,   64,   65,   300,
                                   960, 1023, 1024, 1025, 4095, 4097, 6000};
    static struct rule4 rules[6000];
    static struct net_key4 keys[KEYS];
    static uint32_t bulk[3][KEYS];
    struct rng r = {.state = 44};
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(sizes); i++) {
        size_t n = sizes[i];
        struct rules4 *t = NULL;
        for (size_t k = 0; k < n; k++) {
            rules[k] = some_rule(&r);
            /* Most hold for few keys: the later ones are to be found, too. */
            if (k + 50 < n) {
                rules[k].src_mask = rules[k].dst_mask = 0xffffffff;
            }
        }
        assert_int_equal(rules4_open(&t, rules, n, PLENTY), 0);
        for (size_t k = 0; k < KEYS; k++) {
            keys[k] = some_key(&r);
        }
        /* An odd number: the last ones do not fill a vector. */
        rules4_find_scalar(t, keys, bulk[0], KEYS - 1);
        rules4_find_bulk(t, keys, bulk[1], KEYS - 1);
        if (rules4_has_avx512()) {
            rules4_find_avx512(t, keys, bulk[2], KEYS - 1);
        } else {
            memcpy(bulk[2], bulk[0], sizeof bulk[0]);
        }
        for (size_t k = 0; k < KEYS - 1; k++) {
            uint32_t want = scan(rules, n, &keys[k]);
            assert_int_equal(rules4_find(t, &keys[k]), want);
            assert_int_equal(bulk[0][k], want);
            assert_int_equal(bulk[1][k], want);
            assert_int_equal(bulk[2][k], want);
            found += want > 64;
            assert_true(n > 0 || rules4_bytes(t) <= RULES4_MIN_BYTES);
        }
        rules4_close(t);
    }
    assert_true(found > KEYS / 10);
}

static void what_cannot_be_indexed_is_refused(void **state)
{
    struct rng r = {.state = 45};
    static struct rule4 rules[2000];
    struct rules4 *t = NULL;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(rules); k++) {
        rules[k] = some_rule(&r);
        rules[k].src = (uint32_t)rng_next(&r);
        rules[k].src_mask = 0xffffffff;
    }
    /* About 4,000 rows of 264 bytes, and 4,000 groups of a KiB. */
    assert_int_equal(rules4_open(&t, rules, CHECK_ROWS(rules), 3 << 20),
                     ERR_CAPACITY);
    assert_int_equal(rules4_open(&t, rules, CHECK_ROWS(rules), PLENTY), 0);
    assert_true(rules4_bytes(t) > 3 << 20);
    rules4_close(t);
    rules[7].dst_mask = 0xff00ff00;
    assert_int_equal(rules4_open(&t, rules, CHECK_ROWS(rules), PLENTY),
                     ERR_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_match_equals_a_scan),
        cmocka_unit_test(what_cannot_be_indexed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
