/*
 * move_every_test.c - every function with an RTL body: moved onto the fabric
 * and back at random items while its items flow, it gives what the C body alone
 * gives, item by item, and ends in the same state.  A new function is covered
 * as soon as its folder is there.
 */
#include "tests/report_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/registry.h"
#include "drivers/driver.h"
#include "host/chain/node.h"

enum {
    ITEMS = 100000,
    MOVES = 1000,
    SHADOW = 20,
    ROOM = 2048, /* bytes of a packet */
};

struct moving {
    const struct fn *fn;
    uint32_t width_bits;
    enum chain_twin twin;
};

/* A burst for the C body alone and one for the node, and where each went. */
struct bursts {
    struct pkt pkt[4][FN_BURST_PKT];
    struct iq16 iq[4][FN_BURST_IQ];
    uint8_t bytes[2][FN_BURST_PKT][ROOM];
};

static struct fn_span span_of(struct bursts *b, int which, enum fn_type type)
{
    struct fn_span s = {.type = type, .items = b->iq[which]};

    s.cap = FN_BURST_IQ;
    if (type == FN_PKT) {
        s.items = b->pkt[which];
        s.cap = FN_BURST_PKT;
    }
    return s;
}

/* The same 'n' items in both inputs. */
static void fill(const struct fn *fn, struct rng *r, struct bursts *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (fn->csr->in == FN_PKT) {
            struct pkt *p = &b->pkt[0][k], *q = &b->pkt[1][k];
            *p = (struct pkt){.data = b->bytes[0][k], .room_bytes = ROOM};
            fn->packet(r, p);
            *q = *p;
            q->data = b->bytes[1][k];
            memcpy(q->data, p->data, p->len_bytes);
        } else {
            uint32_t bits = (uint32_t)rng_next(r);
            memcpy(&b->iq[0][k], &bits, sizeof bits);
            b->iq[1][k] = b->iq[0][k];
        }
    }
}

static void assert_same(const struct fn_span *a, const struct fn_span *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t k = 0; k < a->n; k++) {
        if (a->type == FN_PKT) {
            const struct pkt *x = (const struct pkt *)a->items + k;
            const struct pkt *y = (const struct pkt *)b->items + k;
            assert_int_equal(pkt_user(x), pkt_user(y));
            assert_int_equal(x->len_bytes, y->len_bytes);
            assert_memory_equal(x->data, y->data, x->len_bytes);
        } else {
            assert_memory_equal((const struct iq16 *)a->items + k,
                                (const struct iq16 *)b->items + k, 4);
        }
    }
}

/* Both get the writes of the function's own stimulus. */
static void set_both(const struct fn *fn, struct rng *r, struct body *alone,
                     struct node *node)
{
    struct write_list w = {0};

    assert_int_equal(fn->setup(r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, alone), 0);
    node_set(node, &w);
    write_list_close(&w);
}

static void moves_at_random_items_change_nothing(void **state)
{
    const struct moving *m = *state;
    struct bursts *b = calloc(1, sizeof *b);
    struct device_config config = {.n_slots = 4, .width_bits = m->width_bits};
    struct chain_vertex v = {.kind = CHAIN_NODE, .name = "n", .fn = m->fn};
    struct report report = {.json = true};
    struct rng r = {1}, when = {m->width_bits + (uint64_t)m->twin};
    char *text = NULL;
    size_t n_text;
    struct body *alone;
    struct device *device;
    struct node *node;
    uint64_t next = 0, item = 0;
    int moves = 0;

    report.out = open_memstream(&text, &n_text);
    assert_true(b != NULL && report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &device), 0);
    assert_int_equal(body_open_c(m->fn, &alone), 0);
    assert_int_equal(node_open(&v, m->twin, &report, &node), 0);
    set_both(m->fn, &r, alone, node);
    while (item < ITEMS) {
        struct fn_span in = span_of(b, 0, m->fn->csr->in);
        struct fn_span mine = span_of(b, 1, m->fn->csr->in);
        struct fn_span want = span_of(b, 2, m->fn->csr->out);
        struct fn_span got = span_of(b, 3, m->fn->csr->out);
        if (item == next && moves < MOVES) {
            if (moves % 2 == 0) {
                node_concretize(node, device, "fab", rng_below(&when, 4),
                                SHADOW, false);
            } else {
                node_virtualize(node, SHADOW);
            }
            moves++;
            /* The shadow of one move ends before the next begins. */
            next = (uint64_t)moves * (ITEMS / MOVES) +
                   rng_below(&when, ITEMS / MOVES - SHADOW - 1);
            if (moves % 100 == 0) {
                set_both(m->fn, &r, alone, node);
            }
        }
        in.n = (size_t)((moves < MOVES && next < ITEMS ? next : ITEMS) - item);
        in.n = in.n > 200 ? 200 : in.n;
        mine.n = in.n;
        in.item0 = mine.item0 = item;
        fill(m->fn, &r, b, in.n);
        for (size_t k = 0; k < in.n; k++) {
            b->pkt[2][k] = (struct pkt){.data = NULL}; /* in place */
        }
        assert_int_equal(body_run(alone, &in, &want), 0);
        assert_int_equal(node_run(node, &mine, &got), 0);
        assert_same(&want, &got);
        item += in.n;
    }
    node_finish(node);
    node_close(node);
    assert_int_equal(fclose(report.out), 0);
    if (count(text, "\"refused\"") > 0) {
        print_error("%s\n", strstr(text, "\"refused\"") - 300);
    }
    assert_int_equal(moves, MOVES);
    assert_int_equal(count(text, "\"type\":\"move\""), MOVES);
    assert_int_equal(count(text, "\"refused\""), 0);
    assert_int_equal(count(text, "\"type\":\"verdict\""), 0);
    assert_int_equal(count(text, "\"lost\":0,\"duplicated\":0"), MOVES);
    assert_same_counts(alone, text);
    free(text);
    body_close(alone);
    device_close(device);
    free(b);
}

int main(void)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    static struct moving cases[256];
    static struct CMUnitTest tests[256];
    static char names[256][80];
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        for (uint32_t w = 32;
             w <= 64 && registry_has_rtl(registry[f]->csr->name); w += 32) {
            for (int twin = 0; twin < 2; twin++) {
                cases[n] =
                    (struct moving){registry[f], w, (enum chain_twin)twin};
                (void)snprintf(names[n], sizeof names[n],
                               "%s_moves_1000_times_at_%u_bits_twin_%s",
                               registry[f]->csr->name, w, twins[twin]);
                tests[n] = (struct CMUnitTest){
                    .name = names[n],
                    .test_func = moves_at_random_items_change_nothing,
                    .initial_state = &cases[n],
                };
                n++;
            }
        }
    }
    return _cmocka_run_group_tests("move_every", tests, n, NULL, NULL);
}
