/* flow_test.c - flows against a list of them that is searched from end to end.
 */
#include "net/table/flow.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum { N = 700, BULK_MAX = 257 };

/* The oracle. */
struct list {
    struct flow_key key[N];
    uint32_t number[N]; /* what its value is made of */
    size_t n;
};

static bool same(struct flow_key a, struct flow_key b)
{
    return a.addrs == b.addrs && a.rest == b.rest;
}

static int list_find(const struct list *l, struct flow_key key)
{
    for (size_t k = 0; k < l->n; k++) {
        if (same(l->key[k], key)) {
            return (int)k;
        }
    }
    return -1;
}

static void list_remove(struct list *l, size_t k)
{
    l->n--;
    l->key[k] = l->key[l->n];
    l->number[k] = l->number[l->n];
}

/* One of few flows: half of those looked up are there. */
static struct flow_key some_key(struct rng *r)
{
    return flow_key4(rng_below(r, 10), 0x0a000000 | rng_below(r, 5),
                     (uint16_t)rng_below(r, 5), (uint16_t)(rng_below(r, 2) * 9),
                     rng_below(r, 2), rng_below(r, 2) != 0 ? 6 : 17);
}

static void fill_value(const struct flow *t, void *value, uint32_t number)
{
    size_t n = t->slot_bytes - sizeof(struct flow_key);

    for (size_t k = 0; k < n; k++) {
        ((unsigned char *)value)[k] = (unsigned char)(number * 7 + k);
    }
}

static void check_value(const struct flow *t, const void *value,
                        uint32_t number)
{
    unsigned char want[FLOW_VALUE_MAX];

    fill_value(t, want, number);
    assert_memory_equal(value, want, t->slot_bytes - sizeof(struct flow_key));
}

static void check_all(const struct flow *t, const struct list *l)
{
    assert_int_equal(t->n, l->n);
    for (size_t k = 0; k < l->n; k++) {
        void *value = flow_find(t, l->key[k]);
        assert_non_null(value);
        check_value(t, value, l->number[k]);
    }
}

/* Bursts of every awkward length. */
static void check_bulk(const struct flow *t, const struct list *l,
                       struct rng *r)
{
    static const size_t sizes[] = {0, 1, 3, 31, 32, 33, 255, 256, 257};
    struct flow_key key[BULK_MAX];
    void *value[BULK_MAX + 1];

    for (size_t i = 0; i < CHECK_ROWS(sizes); i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            key[k] = some_key(r);
        }
        value[sizes[i]] = key; /* is left alone */
        flow_find_bulk(t, key, value, sizes[i]);
        assert_ptr_equal(value[sizes[i]], key);
        for (size_t k = 0; k < sizes[i]; k++) {
            int at = list_find(l, key[k]);
            assert_int_equal(value[k] != NULL, at >= 0);
            if (at >= 0) {
                check_value(t, value[k], l->number[at]);
            }
            assert_ptr_equal(flow_find(t, key[k]), value[k]);
        }
    }
}

static void add(struct flow *t, struct list *l, struct flow_key key,
                uint32_t number)
{
    static const unsigned char zeros[FLOW_VALUE_MAX];
    int at = list_find(l, key);
    void *value = NULL;
    int err = flow_add(t, key, &value);

    if (at < 0 && l->n == t->cap) {
        assert_int_equal(err, ERR_CAPACITY);
        return;
    }
    assert_int_equal(err, at < 0);
    if (at < 0) {
        assert_memory_equal(value, zeros,
                            t->slot_bytes - sizeof(struct flow_key));
        l->key[l->n] = key;
        l->number[l->n++] = number;
        fill_value(t, value, number);
    } else {
        check_value(t, value, l->number[at]);
    }
}

static void flows_equal_a_list_while_they_come_and_go(void **state)
{
    static const struct {
        uint32_t cap, value_bytes;
    } row[] = {{1, 4}, {5, 24}, {6, 0}, {7, 8}, {64, 24}, {300, 4}, {690, 240}};
    static struct list l;
    struct rng r = {.state = 1};
    struct flow t;

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        l.n = 0;
        assert_int_equal(flow_open(&t, row[i].cap, row[i].value_bytes, i), 0);
        for (uint32_t round = 0; round < 40; round++) {
            for (uint32_t k = 0; k < 200; k++) {
                add(&t, &l, some_key(&r), round * 200 + k);
            }
            check_all(&t, &l);
            check_bulk(&t, &l, &r);
            while (l.n > rng_below(&r, row[i].cap)) {
                size_t gone = rng_below(&r, (uint32_t)l.n);
                assert_int_equal(flow_remove(&t, l.key[gone]), 0);
                assert_int_equal(flow_remove(&t, l.key[gone]), ERR_NOT_FOUND);
                list_remove(&l, gone);
            }
            check_all(&t, &l);
        }
        flow_clear(&t, 5);
        l.n = 0;
        check_bulk(&t, &l, &r);
        assert_int_equal(t.n, 0);
        flow_close(&t);
    }
}

static void full_table_refuses_a_flow_and_loses_none(void **state)
{
    static struct list l;
    struct rng r = {.state = 2};
    struct flow t;
    void *value;

    (void)state;
    for (uint32_t cap = 1; cap <= N; cap = cap * 2 + 1) {
        l.n = 0;
        assert_int_equal(flow_open(&t, cap, 8, 3), 0);
        while (l.n < cap) {
            add(&t, &l, some_key(&r), (uint32_t)l.n);
        }
        struct flow_key one_more = flow_key4(77, 0, 0, 0, 0, 1);
        assert_int_equal(flow_add(&t, one_more, &value), ERR_CAPACITY);
        assert_null(flow_find(&t, one_more));
        check_all(&t, &l);
        assert_int_equal(flow_add(&t, l.key[0], &value), 0);
        assert_int_equal(flow_remove(&t, l.key[cap / 2]), 0);
        list_remove(&l, cap / 2);
        add(&t, &l, one_more, 5); /* there is room again */
        check_all(&t, &l);
        flow_close(&t);
    }
}

/* A factor of 0 makes a hash that does not depend on the other. */
static struct flow_key colliding(const struct flow *t, uint64_t k)
{
    return (struct flow_key){.addrs = t->seed[0], .rest = k};
}

static void flows_of_one_hash_are_told_apart(void **state)
{
    enum { SAME = 200 };
    static struct list l;
    struct rng r = {.state = 3};
    struct flow_at at = {.begun = false};
    struct flow_key key;
    struct flow t;
    void *value;
    uint64_t seen = 0;

    (void)state;
    l.n = 0;
    assert_int_equal(flow_open(&t, 600, 8, 3), 0);
    while (l.n < 300) {
        add(&t, &l, some_key(&r), (uint32_t)l.n);
    }
    for (uint32_t k = 0; k < SAME; k++) {
        add(&t, &l, colliding(&t, (k * 7) % SAME), k);
    }
    check_all(&t, &l);
    assert_null(flow_find(&t, colliding(&t, SAME)));
    for (size_t n = 0; flow_next(&t, &at, &key, &value); n++) {
        if (key.addrs == t.seed[0]) {
            assert_int_equal(key.rest, seen++); /* in the order of keys */
        }
    }
    assert_int_equal(seen, SAME);
    while (l.n > 0) {
        size_t gone = rng_below(&r, (uint32_t)l.n);
        assert_int_equal(flow_remove(&t, l.key[gone]), 0);
        list_remove(&l, gone);
        check_all(&t, &l);
    }
    flow_close(&t);
}

/* --- order -----------------------------------------------------------------
 */

static void check_equal(const struct flow *a, const struct flow *b)
{
    struct flow_at at[2] = {{.begun = false}, {.begun = false}};
    struct flow_key key[2];
    void *value[2];
    size_t n = 0;

    assert_int_equal(a->n, b->n);
    while (flow_next(a, &at[0], &key[0], &value[0])) {
        n++;
        assert_true(flow_next(b, &at[1], &key[1], &value[1]));
        assert_true(same(key[0], key[1]));
        assert_memory_equal(value[0], value[1],
                            a->slot_bytes - sizeof(struct flow_key));
    }
    assert_false(flow_next(b, &at[1], &key[1], &value[1]));
    assert_int_equal(n, a->n);
}

static void order_depends_on_contents_alone(void **state)
{
    static struct list l, other;
    struct rng r = {.state = 4};
    struct flow a, b;

    (void)state;
    l.n = other.n = 0;
    assert_int_equal(flow_open(&a, N, 24, 9), 0);
    assert_int_equal(flow_open(&b, 3 * N, 24, 9), 0);
    check_equal(&a, &b);
    while (l.n < N / 2) {
        add(&a, &l, some_key(&r), (uint32_t)l.n);
    }
    /* The other way round, and with some that go again. */
    for (size_t k = N / 2; k-- > 0;) {
        struct flow_key extra = some_key(&r);
        bool stays = list_find(&l, extra) >= 0;
        if (!stays) {
            add(&b, &other, extra, 1);
        }
        add(&b, &other, l.key[k], l.number[k]);
        if (!stays) {
            assert_int_equal(flow_remove(&b, extra), 0);
            list_remove(&other, (size_t)list_find(&other, extra));
        }
    }
    check_equal(&a, &b);
    flow_close(&a);
    flow_close(&b);
}

/* Every flow that is there all the time is listed once, and none after it was
 * removed. */
static void listing_goes_on_while_flows_are_removed(void **state)
{
    static struct list l;
    struct rng r = {.state = 5};
    struct flow_at at = {.begun = false};
    struct flow_key key;
    struct flow t;
    void *value;
    size_t left = 0, listed = 0;

    (void)state;
    l.n = 0;
    assert_int_equal(flow_open(&t, N, 4, 9), 0);
    while (l.n < N) {
        add(&t, &l, some_key(&r), (uint32_t)l.n);
    }
    while (flow_next(&t, &at, &key, &value)) {
        int k = list_find(&l, key);
        assert_true(k >= 0);
        check_value(&t, value, l.number[k]);
        list_remove(&l, (size_t)k);
        listed++;
        if (rng_below(&r, 2) != 0) {
            assert_int_equal(flow_remove(&t, key), 0);
        } else {
            left++;
        }
        if (l.n > 0 && rng_below(&r, 4) == 0) {
            assert_int_equal(flow_remove(&t, l.key[0]), 0);
            list_remove(&l, 0);
        }
    }
    assert_int_equal(l.n, 0);
    assert_int_equal(t.n, left);
    assert_true(listed > N / 2);
    flow_close(&t);
}

/* --- age -------------------------------------------------------------------
 */

struct ager {
    uint32_t now, n;
    uint64_t digest; /* of what was asked for, in order */
};

static bool keep_young(void *ctx, struct flow_key key, void *value)
{
    struct ager *a = ctx;
    uint32_t born;

    memcpy(&born, value, sizeof born);
    a->n++;
    a->digest = (a->digest ^ key.addrs ^ key.rest * 3) * 0x100000001b3;
    return a->now - born < 100;
}

static void put(struct flow *t, struct flow_key key, uint32_t now)
{
    void *value = NULL;

    if (flow_add(t, key, &value) >= 0) {
        memcpy(value, &now, sizeof now);
    }
}

static void a_round_asks_once_for_each_flow(void **state)
{
    struct rng r = {.state = 6};
    struct ager a = {.now = 150};
    struct flow t;
    uint32_t bucket = 0, removed = 0, old = 0;

    (void)state;
    assert_int_equal(flow_open(&t, N, 4, 9), 0);
    while (t.n < N) {
        uint32_t n = t.n, now = rng_below(&r, 150);
        void *value = NULL;
        assert_true(flow_add(&t, some_key(&r), &value) >= 0);
        if (t.n > n) {
            memcpy(value, &now, sizeof now);
            old += now <= 50;
        }
    }
    for (uint32_t k = 0; k < t.n_buckets; k++) {
        assert_int_equal(bucket, k);
        removed += flow_age(&t, &bucket, 1, keep_young, &a);
    }
    assert_int_equal(bucket, 0);
    assert_int_equal(a.n, N);
    assert_int_equal(removed, old);
    assert_int_equal(t.n, N - old);
    assert_true(old > N / 5);
    assert_int_equal(flow_age(&t, &bucket, t.n_buckets, keep_young, &a), 0);
    assert_int_equal(a.n, 2 * N - old);
    flow_close(&t);
}

/* The copy knows nothing of how its original came about. */
static void a_loaded_copy_goes_on_like_its_original(void **state)
{
    struct rng r = {.state = 7};
    struct ager a = {.now = 0}, b;
    struct flow_at at = {.begun = false};
    struct flow t, copy;
    struct flow_key key;
    void *value, *to;
    uint32_t bucket[2] = {0, 0}, removed = 0;

    (void)state;
    assert_int_equal(flow_open(&t, 400, 4, 9), 0);
    assert_int_equal(flow_open(&copy, 400, 4, 9), 0);
    for (; a.now < 2000; a.now++) {
        put(&t, some_key(&r), a.now);
        (void)flow_age(&t, &bucket[0], 2, keep_young, &a);
    }
    while (flow_next(&t, &at, &key, &value)) {
        assert_int_equal(flow_add(&copy, key, &to), 1);
        memcpy(to, value, 4);
    }
    b = a;
    bucket[1] = bucket[0];
    for (; a.now < 6000; a.now++, b.now++) {
        key = some_key(&r);
        /* Faster than they age: the tables are full at times. */
        for (int k = 0; k < 5; k++, key = some_key(&r)) {
            put(&t, key, a.now);
            put(&copy, key, b.now);
            assert_int_equal(t.n, copy.n);
        }
        removed += flow_age(&t, &bucket[0], 2, keep_young, &a);
        (void)flow_age(&copy, &bucket[1], 2, keep_young, &b);
        assert_true(a.digest == b.digest && a.n == b.n);
    }
    assert_true(removed > 1000);
    check_equal(&t, &copy);
    flow_close(&t);
    flow_close(&copy);
}

static void a_flow_takes_at_most_64_bytes(void **state)
{
    struct flow t;

    (void)state;
    assert_int_equal(flow_open(&t, 1000000, 24, 9), 0);
    assert_true(flow_bytes(&t) <= UINT64_C(64) * 1000000);
    assert_true(flow_bytes(&t) >= UINT64_C(40) * 1000000);
    flow_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_equal_a_list_while_they_come_and_go),
        cmocka_unit_test(full_table_refuses_a_flow_and_loses_none),
        cmocka_unit_test(flows_of_one_hash_are_told_apart),
        cmocka_unit_test(order_depends_on_contents_alone),
        cmocka_unit_test(listing_goes_on_while_flows_are_removed),
        cmocka_unit_test(a_round_asks_once_for_each_flow),
        cmocka_unit_test(a_loaded_copy_goes_on_like_its_original),
        cmocka_unit_test(a_flow_takes_at_most_64_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
