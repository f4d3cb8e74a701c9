/*
 * setup_test.c - the stimulus of every function: table entries that are not in
 * use are lost in a move (core/body.h), so settings that take some into use
 * write them, or have cleared them before.  A new function is covered as soon
 * as its folder is there.
 */
#include "tests/check.h"

#include <stdio.h>

#include "core/body.h"
#include "core/registry.h"

enum {
    SETUPS = 1000, /* for each function */
    PACKETS = 16,  /* behind each */
    ROOM = 2048,   /* bytes of a packet */
};

/* What packets leave in the tables counts, too. */
static void run_packets(struct body *b, struct rng *r)
{
    static uint8_t bytes[ROOM];

    for (int k = 0; b->fn->csr->in == FN_PKT && k < PACKETS; k++) {
        struct pkt x = {.data = bytes, .room_bytes = ROOM};
        struct pkt y = {.data = NULL}; /* in place */
        struct fn_span in = {FN_PKT, &x, 1, 1, 0};
        struct fn_span out = {.items = &y, .cap = 1};
        b->fn->packet(r, &x);
        assert_int_equal(body_run(b, &in, &out), 0);
    }
}

static void assert_same_state(struct body *kept, struct body *moved)
{
    struct blob a, b;
    char name[64] = "";

    assert_int_equal(body_save(kept, &a), 0);
    assert_int_equal(body_save(moved, &b), 0);
    if (blob_differs(&a, &b) >= 0) {
        blob_name(kept->fn->csr, &a, (size_t)blob_differs(&a, &b), name,
                  sizeof name);
    }
    assert_string_equal(name, ""); /* the word that was lost */
    blob_close(&a);
    blob_close(&b);
}

static void a_move_before_settings_changes_nothing(void **state)
{
    const struct fn *fn = *state;
    struct rng r = {1};
    struct body *kept;

    assert_int_equal(body_open_c(fn, &kept), 0);
    for (int k = 0; k < SETUPS; k++) {
        struct write_list w = {0};
        struct body *moved;
        struct blob blob;
        assert_int_equal(body_open_c(fn, &moved), 0);
        assert_int_equal(body_save(kept, &blob), 0);
        assert_int_equal(body_load(moved, &blob), 0);
        assert_int_equal(fn->setup(&r, write_list_emit, &w), 0);
        assert_int_equal(write_list_apply(&w, kept), 0);
        assert_int_equal(write_list_apply(&w, moved), 0);
        assert_same_state(kept, moved);
        write_list_close(&w);
        blob_close(&blob);
        body_close(moved);
        run_packets(kept, &r);
    }
    body_close(kept);
}

int main(void)
{
    static struct CMUnitTest tests[64];
    static char names[64][64];
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        if (registry_has_rtl(registry[f]->csr->name)) {
            (void)snprintf(names[n], sizeof names[n],
                           "%s_moved_before_settings",
                           registry[f]->csr->name); /* fits */
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func = a_move_before_settings_changes_nothing,
                .initial_state = (void *)(uintptr_t)registry[f],
            };
            n++;
        }
    }
    return _cmocka_run_group_tests("setup", tests, n, NULL, NULL);
}
