/*
 * lpm4_test.c - lookups against a scan over the routes, and against the tables
 * of ../shared/data/net/rib, whose truth others made.
 */
#include "net/table/lpm4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum { N = 600, PROBES = 4000 };

/* The oracle: routes in a list, the longest that holds the address wins. */
struct list {
    struct lpm4_route route[N];
    size_t n;
};

static bool holds(struct lpm4_route r, uint32_t addr)
{
    return r.len == 0 || (r.prefix ^ addr) >> (32 - r.len) == 0;
}

static uint16_t scan(const struct list *l, uint32_t addr)
{
    int best = -1;

    for (size_t k = 0; k < l->n; k++) {
        if (holds(l->route[k], addr) &&
            (best < 0 || l->route[k].len > l->route[best].len)) {
            best = (int)k;
        }
    }
    return best < 0 ? 0 : l->route[best].hop;
}

static void list_set(struct list *l, struct lpm4_route r)
{
    for (size_t k = 0; k < l->n; k++) {
        if (l->route[k].len == r.len && holds(r, l->route[k].prefix)) {
            l->route[k].hop = r.hop;
            return;
        }
    }
    l->route[l->n++] = r;
}

/* A prefix among few places, so that prefixes hold each other; half of them
 * longer than 24 bits. */
static struct lpm4_route some(struct rng *r)
{
    struct lpm4_route x = {
        .prefix = rng_below(r, 4) << 30 | rng_below(r, 2) << 24 |
                  rng_below(r, 3) << 14 | rng_below(r, 1 << 10),
        .len = (uint8_t)(rng_below(r, 2) != 0 ? 25 + rng_below(r, 8)
                                              : rng_below(r, 25)),
        .hop = (uint16_t)(1 + rng_below(r, LPM4_HOP_MAX)),
    };
    return x;
}

static uint32_t some_address(struct rng *r)
{
    return some(r).prefix ^ rng_below(r, 300);
}

static void compare(const struct lpm4 *t, const struct list *l, struct rng *r)
{
    static uint32_t addr[PROBES];
    static uint16_t hop[3][PROBES];

    for (size_t k = 0; k < PROBES; k++) {
        addr[k] = some_address(r);
    }
    /* An odd number: the last ones do not fill a vector. */
    lpm4_find_scalar(t, addr, hop[0], PROBES - 1);
    lpm4_find_bulk(t, addr, hop[1], PROBES - 1);
    if (lpm4_has_avx512()) {
        lpm4_find_avx512(t, addr, hop[2], PROBES - 1);
    } else {
        memcpy(hop[2], hop[0], sizeof hop[0]);
    }
    for (size_t k = 0; k < PROBES - 1; k++) {
        assert_int_equal(hop[0][k], scan(l, addr[k]));
        assert_int_equal(hop[1][k], hop[0][k]);
        assert_int_equal(hop[2][k], hop[0][k]);
    }
}

static void lookups_equal_a_scan_while_routes_come_and_go(void **state)
{
    static struct list l;
    struct rng r = {.state = 4};
    struct lpm4 t;

    (void)state;
    assert_int_equal(lpm4_open(&t), 0);
    for (int round = 0; round < 30; round++) {
        for (int k = 0; k < 100 && l.n < N; k++) {
            struct lpm4_route x = some(&r);
            assert_int_equal(lpm4_set(&t, x), 0);
            list_set(&l, x);
        }
        compare(&t, &l, &r);
        while (l.n > (size_t)rng_below(&r, N)) {
            size_t gone = rng_below(&r, (uint32_t)l.n);
            assert_int_equal(lpm4_clear(&t, l.route[gone]), 0);
            assert_int_equal(lpm4_clear(&t, l.route[gone]), ERR_NOT_FOUND);
            l.route[gone] = l.route[--l.n];
        }
        compare(&t, &l, &r);
        assert_int_equal(t.n_routes, l.n);
    }
    while (l.n > 0) {
        assert_int_equal(lpm4_clear(&t, l.route[--l.n]), 0);
    }
    compare(&t, &l, &r);
    assert_int_equal(t.n_spare, t.n_groups); /* all were given back */
    lpm4_close(&t);
}

static void routes_can_be_listed_and_found(void **state)
{
    static struct list l;
    struct rng r = {.state = 5};
    struct lpm4_route x;
    struct lpm4 t;
    size_t at = 0, n = 0;

    (void)state;
    l.n = 0;
    assert_int_equal(lpm4_open(&t), 0);
    while (l.n < N) {
        x = some(&r);
        assert_int_equal(lpm4_set(&t, x), 0);
        list_set(&l, x);
    }
    for (size_t k = 0; k < N; k++) {
        assert_int_equal(lpm4_get(&t, l.route[k].prefix, l.route[k].len),
                         l.route[k].hop);
    }
    while (lpm4_next(&t, &at, &x)) {
        n++;
        assert_int_equal(lpm4_get(&t, x.prefix, x.len), x.hop);
    }
    assert_int_equal(n, N);
    assert_int_equal(lpm4_get(&t, 0xdeadbeef, 32), 0);
    lpm4_close(&t);
}

static void too_many_groups_are_refused_and_nothing_is_lost(void **state)
{
    struct lpm4 t;
    struct lpm4_route r = {.len = 25, .hop = 1};

    (void)state;
    assert_int_equal(lpm4_open(&t), 0);
    for (uint32_t k = 0; k < LPM4_GROUPS_MAX; k++) {
        r.prefix = k << 8;
        assert_int_equal(lpm4_set(&t, r), 0);
    }
    r.prefix = (uint32_t)LPM4_GROUPS_MAX << 8;
    assert_int_equal(lpm4_set(&t, r), ERR_CAPACITY);
    assert_int_equal(lpm4_find(&t, r.prefix), 0);
    assert_int_equal(t.n_routes, LPM4_GROUPS_MAX);
    r.prefix = 7 << 8;
    assert_int_equal(lpm4_clear(&t, r), 0);
    r.prefix = (uint32_t)LPM4_GROUPS_MAX << 8; /* there is room again */
    assert_int_equal(lpm4_set(&t, r), 0);
    assert_int_equal(lpm4_find(&t, r.prefix), 1);
    assert_int_equal(lpm4_find(&t, 7 << 8), 0);
    lpm4_close(&t);
}

/* --- what others made ------------------------------------------------------
 */

static FILE *zcat(const char *name)
{
    char command[512];

    (void)snprintf(command, sizeof command, "../shared/data/net/rib/%s", name);
    if (access(command, R_OK) != 0) {
        printf("skipped: %s is not here\n", command);
        return NULL;
    }
    (void)snprintf(command, sizeof command, "zcat ../shared/data/net/rib/%s",
                   name);
    return popen(command, "r");
}

static uint32_t address(const char *s, const char **end)
{
    uint32_t a = 0;
    char *next;

    for (int k = 0; k < 4; k++) {
        a = a << 8 | (uint32_t)strtoul(s, &next, 10);
        s = next + (k < 3);
    }
    *end = s;
    return a;
}

/* "PREFIX/LEN HOP", the hop missing where one is withdrawn. */
static struct lpm4_route route(const char *s)
{
    struct lpm4_route r;
    char *next;

    r.prefix = address(s, &s);
    r.len = (uint8_t)strtoul(s + 1, &next, 10);
    r.hop = (uint16_t)strtoul(next, NULL, 10);
    return r;
}

static struct lpm4 *full_table(void)
{
    static struct lpm4 t;
    char line[128];
    FILE *f = zcat("ipv4_2024.txt.gz");

    if (f == NULL) {
        return NULL;
    }
    assert_int_equal(lpm4_open(&t), 0);
    while (fgets(line, sizeof line, f) != NULL) {
        assert_int_equal(lpm4_set(&t, route(line)), 0);
    }
    assert_int_equal(pclose(f), 0);
    return &t;
}

static void full_table_answers_every_probe(void **state)
{
    struct lpm4 *t = full_table();
    FILE *f = t != NULL ? zcat("ipv4_probes.txt.gz") : NULL;
    char line[128];
    const char *end;
    size_t n = 0, rest;

    (void)state;
    if (f == NULL) {
        skip();
    }
    for (; fgets(line, sizeof line, f) != NULL; n++) {
        uint32_t a = address(line, &end);
        assert_int_equal(lpm4_find(t, a), strtoul(end, NULL, 10));
    }
    assert_int_equal(pclose(f), 0);
    assert_true(n >= 60000);
    assert_int_equal(t->n_routes, 901899);
    assert_true(lpm4_bytes(t, &rest) <= 40u << 20);
    lpm4_close(t);
}

static void full_table_follows_every_update(void **state)
{
    struct lpm4 *t = full_table();
    FILE *updates = t != NULL ? zcat("ipv4_updates_1.txt.gz") : NULL;
    FILE *truth = updates != NULL ? zcat("ipv4_updates_1_truth.txt.gz") : NULL;
    char line[128], update[128];
    unsigned long done = 0, after, n = 0;

    (void)state;
    if (truth == NULL) {
        skip();
    }
    while (fgets(line, sizeof line, truth) != NULL) {
        char *next;
        const char *end;
        after = strtoul(line, &next, 10);
        for (; done < after; done++) {
            assert_non_null(fgets(update, sizeof update, updates));
            struct lpm4_route r = route(update + 2);
            int err = update[0] == 'a' ? lpm4_set(t, r) : lpm4_clear(t, r);
            /* Some withdraw what is not there. */
            assert_true(err == 0 || (update[0] == 'w' && err == ERR_NOT_FOUND));
        }
        uint32_t a = address(next + 1, &end);
        assert_int_equal(lpm4_find(t, a), strtoul(end, NULL, 10));
        n++;
    }
    (void)pclose(updates); /* it may have more to say */
    assert_int_equal(pclose(truth), 0);
    assert_true(n > 1000);
    lpm4_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_equal_a_scan_while_routes_come_and_go),
        cmocka_unit_test(routes_can_be_listed_and_found),
        cmocka_unit_test(too_many_groups_are_refused_and_nothing_is_lost),
        cmocka_unit_test(full_table_answers_every_probe),
        cmocka_unit_test(full_table_follows_every_update),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
