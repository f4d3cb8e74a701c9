/*
 * nat44_cache_chain_test.c - nat44 in a node that is moved onto the fabric, in
 * part, and back at random items, while its time goes on: it gives what nat44
 * alone gives, packet by packet, and ends with the same counts.
 */
#include "tests/report_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/registry.h"
#include "drivers/driver.h"
#include "host/chain/node.h"
#include "nat44_csr.h"

enum {
    BURSTS = 600,
    BURST = 40,
    FLOWS = 150,
    MOVES = 40,
    SHADOW = 20,
    ROOM = 2048,
};

struct moving {
    uint32_t width_bits;
    enum chain_twin twin;
};

struct bursts {
    uint8_t flow[FLOWS][ROOM];
    struct pkt flows[FLOWS];
    struct pkt pkt[4][BURST];
    uint8_t bytes[2][BURST][ROOM];
};

/* The same packets of few flows for both. */
static void fill(struct bursts *b, struct rng *r)
{
    for (size_t k = 0; k < BURST; k++) {
        const struct pkt *x = &b->flows[rng_below(r, FLOWS)];
        for (int i = 0; i < 2; i++) {
            b->pkt[i][k] = *x;
            b->pkt[i][k].data = b->bytes[i][k];
            memcpy(b->bytes[i][k], x->data, x->len_bytes);
        }
        b->pkt[2][k] = (struct pkt){.data = NULL}; /* in place */
    }
}

static void set_both(struct body *alone, struct node *node,
                     struct write_list *w)
{
    assert_int_equal(write_list_apply(w, alone), 0);
    node_set(node, w);
    write_list_close(w);
}

/* The function's setup, or only another TICK. */
static void change(struct rng *r, struct body *alone, struct node *node,
                   bool all)
{
    struct write_list w = {0};
    uint32_t tick;

    assert_int_equal(body_read(alone, NAT44_TICK, &tick), 0);
    if (all) {
        assert_int_equal(alone->fn->setup(r, write_list_emit, &w), 0);
    } else {
        assert_int_equal(write_list_emit(&w, NAT44_TICK, tick + 1), 0);
    }
    set_both(alone, node, &w);
}

static void assert_same(const struct fn_span *a, const struct fn_span *c)
{
    assert_int_equal(a->n, c->n);
    for (size_t k = 0; k < a->n; k++) {
        const struct pkt *x = (const struct pkt *)a->items + k;
        const struct pkt *y = (const struct pkt *)c->items + k;
        assert_int_equal(pkt_user(x), pkt_user(y));
        assert_int_equal(x->len_bytes, y->len_bytes);
        assert_memory_equal(x->data, y->data, x->len_bytes);
    }
}

static void some_flows(struct bursts *b, struct rng *r, const struct fn *fn)
{
    for (size_t k = 0; k < FLOWS; k++) {
        b->flows[k] = (struct pkt){.data = b->flow[k], .room_bytes = ROOM};
        fn->packet(r, &b->flows[k]);
    }
}

static void moves_in_part_change_nothing(void **state)
{
    const struct moving *m = *state;
    struct bursts *b = calloc(1, sizeof *b);
    const struct fn *fn = registry_find("nat44");
    struct device_config config = {.n_slots = 4, .width_bits = m->width_bits};
    struct chain_vertex v = {.kind = CHAIN_NODE, .name = "n", .fn = fn};
    struct report report = {.json = true};
    struct rng r = {m->width_bits + (uint64_t)m->twin};
    char *text = NULL;
    size_t n_text;
    struct body *alone;
    struct device *device;
    struct node *node;

    report.out = open_memstream(&text, &n_text);
    assert_true(b != NULL && report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &device), 0);
    assert_int_equal(body_open_c(fn, &alone), 0);
    assert_int_equal(node_open(&v, m->twin, &report, &node), 0);
    for (uint32_t k = 0; k < BURSTS; k++) {
        struct fn_span in = {FN_PKT, b->pkt[0], BURST, BURST, k * BURST};
        struct fn_span mine = {FN_PKT, b->pkt[1], BURST, BURST, k * BURST};
        struct fn_span want = {FN_PKT, b->pkt[2], 0, BURST, 0};
        struct fn_span got = {FN_PKT, b->pkt[3], 0, BURST, 0};
        uint32_t step = k % (BURSTS / MOVES);
        if (k % 150 == 0 || rng_below(&r, 12) == 0) {
            change(&r, alone, node, k % 150 == 0);
        }
        if (k % 150 == 0) {
            some_flows(b, &r, fn);
        }
        if (step == 3 && k / (BURSTS / MOVES) % 2 == 0) {
            node_concretize(node, device, "fab", rng_below(&r, 4), SHADOW,
                            true);
        } else if (step == 3) {
            node_virtualize(node, SHADOW);
        }
        fill(b, &r);
        assert_int_equal(body_run(alone, &in, &want), 0);
        assert_int_equal(node_run(node, &mine, &got), 0);
        assert_same(&want, &got);
    }
    node_finish(node);
    node_close(node);
    assert_int_equal(fclose(report.out), 0);
    assert_int_equal(count(text, "\"type\":\"move\""), MOVES);
    assert_int_equal(count(text, "\"refused\""), 0);
    assert_int_equal(count(text, "\"type\":\"verdict\""), 0);
    assert_int_equal(count(text, "\"image\":\"nat44_cache\""), MOVES);
    assert_same_counts(alone, text);
    free(text);
    body_close(alone);
    device_close(device);
    free(b);
}

int main(void)
{
    static struct moving way[] = {{32, CHAIN_TWIN_OFF},
                                  {64, CHAIN_TWIN_OFF},
                                  {64, CHAIN_TWIN_WATCHED},
                                  {64, CHAIN_TWIN_CHECKED}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(moves_in_part_change_nothing, &way[0]),
        cmocka_unit_test_prestate(moves_in_part_change_nothing, &way[1]),
        cmocka_unit_test_prestate(moves_in_part_change_nothing, &way[2]),
        cmocka_unit_test_prestate(moves_in_part_change_nothing, &way[3]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
