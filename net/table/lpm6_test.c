/*
 * lpm6_test.c - lookups against a scan over the routes, and against the table
 * of ../shared/data/net/rib, whose truth others made.
 */
#include "net/table/lpm6.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"
#include "tests/sanitize.h"

enum { N = 600, PROBES = 2000, FIXED_NODES = 256 + 8192, FULL = 160147 };

/* The oracle: routes in a list, the longest that holds the address wins.  It
 * sees addresses as 128 bits, one by one. */
struct list {
    struct lpm6_route route[N];
    size_t n;
};

static bool bit(struct lpm6_addr a, int k)
{
    return ((k < 64 ? a.hi >> (63 - k) : a.lo >> (127 - k)) & 1) != 0;
}

static bool holds(struct lpm6_route r, struct lpm6_addr a)
{
    for (int k = 0; k < r.len; k++) {
        if (bit(r.prefix, k) != bit(a, k)) {
            return false;
        }
    }
    return true;
}

static uint16_t scan(const struct list *l, struct lpm6_addr a)
{
    int best = -1;

    for (size_t k = 0; k < l->n; k++) {
        if ((best < 0 || l->route[k].len > l->route[best].len) &&
            holds(l->route[k], a)) {
            best = (int)k;
        }
    }
    return best < 0 ? 0 : l->route[best].hop;
}

static void list_set(struct list *l, struct lpm6_route r)
{
    for (size_t k = 0; k < l->n; k++) {
        if (l->route[k].len == r.len && holds(r, l->route[k].prefix)) {
            l->route[k].hop = r.hop;
            return;
        }
    }
    l->route[l->n++] = r;
}

static struct lpm6_addr flip(struct lpm6_addr a, uint32_t k)
{
    a.hi ^= k < 64 ? 1ull << (63 - k) : 0;
    a.lo ^= k < 64 ? 0 : 1ull << (127 - k);
    return a;
}

/* One of few places, two of them in 2000::/3, or next to it by one bit or two:
 * what is near holds one another, at every length. */
static struct lpm6_addr some_address(struct rng *r)
{
    struct rng place = {.state = rng_below(r, 3)};
    bool wide = place.state > 0;
    struct lpm6_addr a = {.hi = rng_next(&place), .lo = rng_next(&place)};

    a.hi = wide ? a.hi >> 3 | 1ull << 61 : a.hi;

    for (uint32_t k = rng_below(r, 3); k > 0; k--) {
        a = flip(a, rng_below(r, 128));
    }
    return a;
}

static struct lpm6_route some(struct rng *r)
{
    return (struct lpm6_route){
        .prefix = some_address(r),
        .len = (uint8_t)rng_below(r, 129),
        .hop = (uint16_t)(1 + rng_below(r, LPM6_HOP_MAX)),
    };
}

static void compare(const struct lpm6 *t, const struct list *l, struct rng *r)
{
    static struct lpm6_addr addr[PROBES];
    static uint16_t hop[3][PROBES];
    size_t n = PROBES - rng_below(r, 64); /* the last do not fill a vector */

    for (size_t k = 0; k < n; k++) {
        addr[k] = some_address(r);
    }
    lpm6_find_scalar(t, addr, hop[0], n);
    lpm6_find_bulk(t, addr, hop[1], n);
    if (lpm6_has_avx512()) {
        lpm6_find_avx512(t, addr, hop[2], n);
    } else {
        memcpy(hop[2], hop[0], sizeof hop[0]);
    }
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(lpm6_find(t, addr[k]), scan(l, addr[k]));
        assert_int_equal(hop[0][k], scan(l, addr[k]));
        assert_int_equal(hop[1][k], hop[0][k]);
        assert_int_equal(hop[2][k], hop[0][k]);
    }
}

static uint32_t n_used(const struct lpm6 *t)
{
    return t->n_nodes - t->n_spare;
}

static void assert_empty(const struct lpm6 *t)
{
    bool empty = true;

    assert_int_equal(n_used(t), FIXED_NODES); /* all others were given back */
    for (size_t k = 0; k < (size_t)FIXED_NODES * 256; k++) {
        empty = empty && ((t->entry[k] & LPM6_NODE) != 0 || t->entry[k] == 0);
    }
    assert_true(empty);
}

static void lookups_equal_a_scan_while_routes_come_and_go(void **state)
{
    static struct list l;
    struct rng r = {.state = 6};
    struct lpm6 t;

    (void)state;
    assert_int_equal(lpm6_open(&t), 0);
    for (int round = 0; round < 30; round++) {
        for (int k = 0; k < 100 && l.n < N; k++) {
            struct lpm6_route x = some(&r);
            assert_int_equal(lpm6_set(&t, x), 0);
            list_set(&l, x);
        }
        compare(&t, &l, &r);
        while (l.n > (size_t)rng_below(&r, N)) {
            size_t gone = rng_below(&r, (uint32_t)l.n);
            assert_int_equal(lpm6_clear(&t, l.route[gone]), 0);
            assert_int_equal(lpm6_clear(&t, l.route[gone]), ERR_NOT_FOUND);
            l.route[gone] = l.route[--l.n];
        }
        compare(&t, &l, &r);
        assert_int_equal(t.n_routes, l.n);
    }
    while (l.n > 0) {
        assert_int_equal(lpm6_clear(&t, l.route[--l.n]), 0);
    }
    compare(&t, &l, &r);
    assert_empty(&t);
    lpm6_close(&t);
}

/* All lengths over one address, each with the next shorter one around it. */
static void every_length_shows_when_the_longer_ones_go(void **state)
{
    struct lpm6_route r = {.prefix = {0x20010db8c0ffee11, 0x123456789abcdef0}};
    struct lpm6 t;

    (void)state;
    assert_int_equal(lpm6_open(&t), 0);
    for (int len = 128; len >= 0; len--) {
        r.len = (uint8_t)len;
        r.hop = (uint16_t)(1 + len);
        assert_int_equal(lpm6_set(&t, r), 0);
        assert_int_equal(lpm6_find(&t, r.prefix), 129);
    }
    for (int len = 128; len >= 0; len--) {
        r.len = (uint8_t)len;
        assert_int_equal(lpm6_find(&t, r.prefix), 1 + len);
        if (len > 0) {
            struct lpm6_addr beside = flip(r.prefix, (uint32_t)len - 1);
            assert_int_equal(lpm6_find(&t, beside), len);
        }
        assert_int_equal(lpm6_clear(&t, r), 0);
    }
    assert_int_equal(lpm6_find(&t, r.prefix), 0);
    assert_empty(&t);
    lpm6_close(&t);
}

static void routes_can_be_listed_and_found(void **state)
{
    static struct list l;
    struct rng r = {.state = 5};
    struct lpm6_route x;
    struct lpm6 t;
    size_t at = 0, n = 0;

    (void)state;
    assert_int_equal(lpm6_open(&t), 0);
    while (l.n < N) {
        x = some(&r);
        assert_int_equal(lpm6_set(&t, x), 0);
        list_set(&l, x);
    }
    for (size_t k = 0; k < N; k++) {
        assert_int_equal(lpm6_get(&t, l.route[k].prefix, l.route[k].len),
                         l.route[k].hop);
    }
    while (lpm6_next(&t, &at, &x)) {
        n++;
        assert_true(holds(x, x.prefix));
        assert_int_equal(lpm6_get(&t, x.prefix, x.len), x.hop);
    }
    assert_int_equal(n, N);
    assert_int_equal(lpm6_get(&t, (struct lpm6_addr){0xdead, 0xbeef}, 128), 0);
    lpm6_close(&t);
}

static void too_many_nodes_are_refused_and_nothing_is_lost(void **state)
{
    const struct lpm6_route first = {{0x20010db8ull << 32, 0}, 48, 1};
    const struct lpm6_route other = {{0x20010db9ull << 32, 0}, 48, 2};
    const struct lpm6_route wide = {{0x20010db9ull << 32, 0}, 32, 3};
    const struct lpm6_route near = {{0x20010db8ffull << 24, 0}, 40, 4};
    struct lpm6 t;

    (void)state;
    assert_int_equal(lpm6_open(&t), 0);
    t.nodes_max = FIXED_NODES + 4; /* 'first' takes 3, 'other' 2 more */
    assert_int_equal(lpm6_set(&t, first), 0);
    assert_int_equal(n_used(&t), FIXED_NODES + 3);
    assert_int_equal(lpm6_set(&t, other), ERR_CAPACITY);
    assert_int_equal(n_used(&t), FIXED_NODES + 3);
    assert_int_equal(lpm6_find(&t, other.prefix), 0);
    assert_int_equal(lpm6_get(&t, other.prefix, 48), 0);
    assert_int_equal(t.n_routes, 1);
    assert_int_equal(lpm6_set(&t, wide), 0); /* in a node that is there */
    assert_int_equal(lpm6_set(&t, near), 0);
    assert_int_equal(lpm6_find(&t, other.prefix), 3);
    assert_int_equal(lpm6_find(&t, first.prefix), 1);
    assert_int_equal(lpm6_find(&t, near.prefix), 4);
    assert_int_equal(lpm6_clear(&t, first), 0);
    assert_int_equal(n_used(&t), FIXED_NODES + 2); /* 'near' needs them */
    assert_int_equal(lpm6_set(&t, other), 0);      /* there is room again */
    assert_int_equal(lpm6_find(&t, other.prefix), 2);
    lpm6_close(&t);
}

/* The table when the system gives no more memory. */
static void without_memory_the_table_is_as_it_was(void **state)
{
    struct rlimit before, small;
    struct lpm6_route r = {.len = 64, .hop = 1};
    struct lpm6 t;
    int err = 0;

    (void)state;
    if (SANITIZED) {
        printf("skipped: a sanitizer ends the program instead\n");
        skip();
    }
    assert_int_equal(lpm6_open(&t), 0);
    assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
    small = before;
    small.rlim_cur = 64 << 20;
    assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);
    while (err == 0) {
        r.prefix.hi += 1ull << 40;
        err = lpm6_set(&t, r);
    }
    assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
    assert_int_equal(err, ERR_NO_MEM);
    assert_int_equal(t.n_routes, (r.prefix.hi >> 40) - 1);
    assert_int_equal(lpm6_find(&t, r.prefix), 0);
    assert_int_equal(lpm6_get(&t, r.prefix, 64), 0);
    for (uint32_t k = 0; k < t.n_routes; k++) {
        r.prefix.hi = (k + 1ull) << 40;
        assert_int_equal(lpm6_find(&t, r.prefix), 1);
    }
    r.prefix.hi += 1ull << 40;
    assert_int_equal(lpm6_set(&t, r), 0); /* now there is some */
    lpm6_close(&t);
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

/* "ADDRESS", then what is not of it. */
static struct lpm6_addr address(char *s, char **end)
{
    struct lpm6_addr a = {.hi = 0};
    uint8_t byte[16];

    *end = s + strcspn(s, "/ ");
    char stop = **end;
    **end = '\0';
    assert_int_equal(inet_pton(AF_INET6, s, byte), 1);
    **end = stop;
    for (int k = 0; k < 8; k++) {
        a.hi = a.hi << 8 | byte[k];
        a.lo = a.lo << 8 | byte[8 + k];
    }
    return a;
}

/* "PREFIX/LEN HOP"; all routes [FULL], NULL when they are not here. */
static struct lpm6_route *full_table(void)
{
    FILE *f = zcat("ipv6_2024.txt.gz");
    char line[128], *end;
    size_t n = 0;

    if (f == NULL) {
        return NULL;
    }
    struct lpm6_route *r = calloc(FULL, sizeof *r);
    assert_non_null(r);
    while (fgets(line, sizeof line, f) != NULL) {
        assert_true(n < FULL);
        r[n].prefix = address(line, &end);
        r[n].len = (uint8_t)strtoul(end + 1, &end, 10);
        r[n++].hop = (uint16_t)strtoul(end, NULL, 10);
    }
    assert_int_equal(pclose(f), 0);
    assert_int_equal(n, FULL);
    return r;
}

static void full_table_answers_every_probe(void **state)
{
    struct lpm6_route *r = full_table();
    FILE *f = r != NULL ? zcat("ipv6_probes.txt.gz") : NULL;
    char line[128], *end;
    struct lpm6 t;
    size_t n = 0, rest;

    (void)state;
    if (f == NULL) {
        free(r);
        skip();
    }
    assert_int_equal(lpm6_open(&t), 0);
    for (size_t k = 0; k < FULL; k++) {
        assert_int_equal(lpm6_set(&t, r[k]), 0);
    }
    for (; fgets(line, sizeof line, f) != NULL; n++) {
        struct lpm6_addr a = address(line, &end);
        uint16_t hop[2], truth = (uint16_t)strtoul(end, NULL, 10);
        lpm6_find_scalar(&t, &a, &hop[0], 1);
        lpm6_find_bulk(&t, &a, &hop[1], 1);
        assert_int_equal(lpm6_find(&t, a), truth);
        assert_int_equal(hop[0], truth);
        assert_int_equal(hop[1], truth);
    }
    assert_int_equal(pclose(f), 0);
    assert_true(n >= 60000);
    assert_int_equal(t.n_routes, FULL);
    assert_true(lpm6_bytes(&t, &rest) <= 64u << 20);
    lpm6_close(&t);
    free(r);
}

/* A table does not remember routes that are gone: where one half of the full
 * table went, it says what the other half alone does. */
static void full_table_goes_as_it_came(void **state)
{
    struct lpm6_route *r = full_table();
    struct rng rng = {.state = 7};
    struct lpm6 t, half;

    (void)state;
    if (r == NULL) {
        skip();
    }
    assert_int_equal(lpm6_open(&t), 0);
    assert_int_equal(lpm6_open(&half), 0);
    for (uint32_t k = FULL; k > 1; k--) { /* in any order */
        uint32_t other = rng_below(&rng, k);
        struct lpm6_route x = r[k - 1];
        r[k - 1] = r[other];
        r[other] = x;
    }
    for (size_t k = 0; k < FULL; k++) {
        assert_int_equal(lpm6_set(&t, r[k]), 0);
    }
    for (size_t k = FULL; k > FULL / 2; k--) {
        assert_int_equal(lpm6_clear(&t, r[k - 1]), 0);
        assert_int_equal(lpm6_set(&half, r[FULL - k]), 0);
    }
    assert_int_equal(half.n_routes, t.n_routes + 1); /* FULL is odd */
    assert_int_equal(lpm6_clear(&half, r[FULL / 2]), 0);
    assert_int_equal(n_used(&t), n_used(&half));
    for (size_t k = 0; k < FULL; k++) {
        struct lpm6_addr a = r[k].prefix;
        assert_int_equal(lpm6_find(&t, a), lpm6_find(&half, a));
        a.lo |= rng_next(&rng);
        a.hi |= r[k].len < 64 ? rng_next(&rng) >> r[k].len : 0;
        assert_int_equal(lpm6_find(&t, a), lpm6_find(&half, a));
    }
    for (size_t k = 0; k < FULL / 2; k++) {
        assert_int_equal(lpm6_clear(&t, r[k]), 0);
        assert_int_equal(lpm6_clear(&half, r[FULL / 2 - 1 - k]), 0);
    }
    assert_empty(&t);
    assert_empty(&half);
    lpm6_close(&t);
    lpm6_close(&half);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_equal_a_scan_while_routes_come_and_go),
        cmocka_unit_test(every_length_shows_when_the_longer_ones_go),
        cmocka_unit_test(routes_can_be_listed_and_found),
        cmocka_unit_test(too_many_nodes_are_refused_and_nothing_is_lost),
        cmocka_unit_test(without_memory_the_table_is_as_it_was),
        cmocka_unit_test(full_table_answers_every_probe),
        cmocka_unit_test(full_table_goes_as_it_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
