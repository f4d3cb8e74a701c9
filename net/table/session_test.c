/* session_test.c - entries and their index against a list that is searched from
 * end to end; a copy of the words alone goes on as its original. */
#include "net/table/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum { DEPTH = 300, WORDS = 11, STEPS = 20000 };

/* A function's state with one table, as session_open() wants it. */
struct bed {
    uint32_t words[DEPTH * WORDS];
    uint32_t count;
    struct fn_state state;
    struct session t;
};

static const struct csr_table table = {
    .name = "FLOW", .depth = DEPTH, .words = WORDS};
static const struct csr_layout layout = {.tables = &table, .n_tables = 1};

static struct bed *bed_open(uint32_t n_keys)
{
    struct bed *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->state.table[0] = b->words;
    assert_int_equal(
        session_open(&b->t, &b->state, &layout, 0, &b->count, n_keys), 0);
    session_prepare(&b->t, &b->state, 0);
    return b;
}

static void bed_close(struct bed *b)
{
    session_close(&b->t);
    free(b);
}

/* Other words and another count, as the host writes them. */
static void bed_write(struct bed *b, const struct bed *from, uint32_t seed)
{
    memcpy(b->words, from->words, sizeof b->words);
    b->count = from->count;
    b->state.wrote[0] = (struct fn_range){0, DEPTH * WORDS};
    session_prepare(&b->t, &b->state, seed);
    b->state.wrote[0] = (struct fn_range){UINT32_MAX, 0};
}

/* One of so few that half of them are there; second keys are never first. */
static struct flow_key some_key(uint32_t number, uint32_t k)
{
    return flow_key4(0x0a000000 + number, 0xc0000201, (uint16_t)(number * 7),
                     443, k, 6);
}

/* The entry with the key, found the long way. */
static uint32_t look(const struct bed *b, struct flow_key key)
{
    for (uint32_t k = 0; k < b->count; k++) {
        for (uint32_t i = 0; i < b->t.n_keys; i++) {
            struct flow_key is = session_key(&b->t, k, i);
            if (is.addrs == key.addrs && is.rest == key.rest) {
                return k;
            }
        }
    }
    return SESSION_NONE;
}

static void check_all(const struct bed *b)
{
    struct flow_key key[2 * DEPTH];
    uint32_t number[2 * DEPTH];

    for (uint32_t k = 0; k < 2 * DEPTH; k++) {
        key[k] = some_key(k, k % b->t.n_keys);
    }
    session_find_bulk(&b->t, key, number, 2 * DEPTH);
    for (uint32_t k = 0; k < 2 * DEPTH; k++) {
        assert_int_equal(number[k], look(b, key[k]));
        assert_int_equal(session_find(&b->t, key[k]), number[k]);
    }
}

/* Adds the flow if it is not there, else removes it. */
static void toggle(struct bed *b, uint32_t flow)
{
    struct flow_key key[2] = {some_key(flow, 0), some_key(flow, 1)};
    uint32_t at = session_find(&b->t, key[b->t.n_keys - 1]);
    uint32_t before = b->count;

    assert_int_equal(at, look(b, key[b->t.n_keys - 1]));
    if (at != SESSION_NONE) {
        session_remove(&b->t, at);
        assert_int_equal(b->count, before - 1);
        assert_int_equal(session_find(&b->t, key[0]), SESSION_NONE);
        return;
    }
    at = session_add(&b->t, key);
    if (before == DEPTH) {
        assert_int_equal(at, SESSION_NONE);
        return;
    }
    assert_int_equal(at, before);
    for (uint32_t k = b->t.n_keys * SESSION_KEY_WORDS; k < WORDS; k++) {
        assert_int_equal(session_entry(&b->t, at)[k], 0);
        session_entry(&b->t, at)[k] = flow * 16 + k;
    }
}

static void check_values(const struct bed *b)
{
    for (uint32_t n = 0; n < b->count; n++) {
        uint32_t flow = session_entry(&b->t, n)[0] - 0x0a000000;
        for (uint32_t k = b->t.n_keys * SESSION_KEY_WORDS; k < WORDS; k++) {
            assert_int_equal(session_entry(&b->t, n)[k], flow * 16 + k);
        }
    }
}

static void flows_come_and_go_as_in_a_list(void **state)
{
    struct rng r = {1};

    (void)state;
    for (uint32_t n_keys = 1; n_keys <= SESSION_KEYS_MAX; n_keys++) {
        struct bed *b = bed_open(n_keys);
        uint32_t most = 0;
        for (uint32_t k = 0; k < STEPS; k++) {
            /* At times many more come than go: the table gets full. */
            uint32_t flow = rng_below(&r, 2 * DEPTH);
            bool there = look(b, some_key(flow, 0)) != SESSION_NONE;
            if (!there || k % 4000 < 2000) {
                toggle(b, flow);
            }
            most = b->count > most ? b->count : most;
            if (k % 500 == 0) {
                check_all(b);
                check_values(b);
            }
        }
        assert_int_equal(most, DEPTH);
        bed_close(b);
    }
}

static void a_copy_goes_on_as_its_original(void **state)
{
    struct rng r = {2};

    (void)state;
    for (uint32_t n_keys = 1; n_keys <= SESSION_KEYS_MAX; n_keys++) {
        struct bed *a = bed_open(n_keys), *b = bed_open(n_keys);
        for (uint32_t k = 0; k < STEPS; k++) {
            uint32_t flow = rng_below(&r, 2 * DEPTH);
            toggle(a, flow);
            if (k % 1000 == 500) {
                bed_write(b, a, k); /* the seed changes nothing */
            } else if (k % 1000 > 500) {
                toggle(b, flow);
                assert_int_equal(b->count, a->count);
            }
            if (k % 1000 == 999) {
                check_all(b);
                assert_memory_equal(b->words, a->words,
                                    a->count * WORDS * sizeof *a->words);
            }
        }
        bed_close(a);
        bed_close(b);
    }
}

static void only_what_was_written_makes_the_index_anew(void **state)
{
    struct bed *b = bed_open(1);

    (void)state;
    toggle(b, 5);
    toggle(b, 6);
    toggle(b, 5);
    session_entry(&b->t, 0)[3] ^= 1; /* behind its back */
    session_prepare(&b->t, &b->state, 0);
    assert_int_equal(session_find(&b->t, some_key(6, 0)), 0);
    session_prepare(&b->t, &b->state, 1); /* the seed */
    assert_int_equal(session_find(&b->t, some_key(6, 0)), SESSION_NONE);
    b->count = 0;
    session_prepare(&b->t, &b->state, 1); /* the count */
    assert_int_equal(b->t.index.n, 0);
    b->count = DEPTH + 9; /* all of them */
    session_prepare(&b->t, &b->state, 1);
    assert_int_equal(session_add(&b->t, &(struct flow_key){.addrs = 1}),
                     SESSION_NONE);
    bed_close(b);
}

static void a_number_is_looked_up_again_when_it_moved(void **state)
{
    struct flow_key key[3];
    struct bed *b = bed_open(1);

    (void)state;
    for (uint32_t k = 0; k < 3; k++) {
        key[k] = some_key(k, 0);
        toggle(b, k);
    }
    session_remove(&b->t, 0); /* 2 goes there */
    assert_int_equal(session_again(&b->t, key[0], 0), SESSION_NONE);
    assert_int_equal(session_again(&b->t, key[1], 1), 1);
    assert_int_equal(session_again(&b->t, key[2], 2), 0);
    toggle(b, 0);
    assert_int_equal(session_again(&b->t, key[0], SESSION_NONE), 2);
    bed_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_come_and_go_as_in_a_list),
        cmocka_unit_test(a_copy_goes_on_as_its_original),
        cmocka_unit_test(only_what_was_written_makes_the_index_anew),
        cmocka_unit_test(a_number_is_looked_up_again_when_it_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
