/*
 * firewall_cache_node_test.c - a node whose function has no RTL body is moved
 * onto the fabric, where its cache judges, and back, at random items while time
 * goes on: every packet and every count is what firewall alone gives.
 */
#include "net/fn/firewall_cache/firewall_cache_check.h"

#include "host/chain/node.h"
#include "tests/report_check.h"

enum { ITEMS = 40000, MOVES = 100, SHADOW = 20 };

struct moving {
    uint32_t width_bits;
    enum chain_twin twin;
};

/* A burst for firewall alone and one for the node, and where each went. */
struct bursts {
    struct pkt pkt[4][FN_BURST_PKT];
    uint8_t bytes[2][FN_BURST_PKT][ROOM];
};

static void fill(struct talk *t, struct bursts *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        b->pkt[0][k] = (struct pkt){.data = b->bytes[0][k], .room_bytes = ROOM};
        talk_next(t, &b->pkt[0][k]);
        b->pkt[1][k] = b->pkt[0][k];
        b->pkt[1][k].data = b->bytes[1][k];
        memcpy(b->bytes[1][k], b->bytes[0][k], ROOM);
        b->pkt[2][k] = (struct pkt){.data = NULL}; /* in place */
    }
}

static void set_both(const struct write_list *w, struct body *alone,
                     struct node *node)
{
    assert_int_equal(write_list_apply(w, alone), 0);
    node_set(node, w);
}

static void set_tick(uint32_t tick, struct body *alone, struct node *node)
{
    struct write_list w = {0};

    assert_int_equal(write_list_emit(&w, FIREWALL_TICK, tick), 0);
    set_both(&w, alone, node);
    write_list_close(&w);
}

static void assert_same(const struct fn_span *a, const struct fn_span *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t k = 0; k < a->n; k++) {
        const struct pkt *x = (const struct pkt *)a->items + k;
        const struct pkt *y = (const struct pkt *)b->items + k;
        assert_int_equal(pkt_user(x), pkt_user(y));
        assert_int_equal(x->len_bytes, y->len_bytes);
        assert_memory_equal(x->data, y->data, x->len_bytes);
    }
}

static void moves_of_firewall_change_nothing(void **state)
{
    const struct moving *m = *state;
    struct device_config config = {.n_slots = 2, .width_bits = m->width_bits};
    struct chain_vertex v = {
        .kind = CHAIN_NODE, .name = "n", .fn = registry_find("firewall")};
    struct bursts *b = calloc(1, sizeof *b);
    struct report report = {.json = true};
    struct write_list w = {0};
    struct rng r = {m->width_bits + (uint64_t)m->twin};
    struct talk t;
    uint32_t tick = 0xfffffff0;
    char *text = NULL;
    size_t n_text;
    struct body *alone;
    struct device *device;
    struct node *node;
    uint64_t item = 0, next_move = 10, next_tick = 50;
    int moves = 0;

    report.out = open_memstream(&text, &n_text);
    assert_true(b != NULL && report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &device), 0);
    assert_int_equal(body_open_c(v.fn, &alone), 0);
    assert_int_equal(node_open(&v, m->twin, &report, &node), 0);
    assert_int_equal(talk_setup(write_list_emit, &w), 0);
    set_both(&w, alone, node);
    write_list_close(&w);
    talk_begin(&t, 9);
    while (item < ITEMS) {
        uint64_t to = item + 1 + rng_below(&r, 200);
        if (item == next_tick) {
            tick = talk_tick(&r, tick);
            set_tick(tick, alone, node);
            next_tick += 300 + rng_below(&r, 900);
        }
        if (item == next_move && moves < MOVES) {
            if (moves % 2 == 0) {
                node_concretize(node, device, "fab", rng_below(&r, 2), SHADOW,
                                true);
            } else {
                node_virtualize(node, SHADOW);
            }
            moves++;
            next_move += SHADOW + 1 + rng_below(&r, 300);
        }
        to = to < next_tick ? to : next_tick;
        to = to < next_move || moves == MOVES ? to : next_move;
        struct fn_span in = {FN_PKT, b->pkt[0], (size_t)(to - item),
                             FN_BURST_PKT, item};
        struct fn_span mine = in, want = in, got = in;
        mine.items = b->pkt[1];
        want.items = b->pkt[2];
        got.items = b->pkt[3];
        fill(&t, b, in.n);
        assert_int_equal(body_run(alone, &in, &want), 0);
        assert_int_equal(node_run(node, &mine, &got), 0);
        assert_same(&want, &got);
        item = to;
    }
    node_finish(node);
    node_close(node);
    assert_int_equal(fclose(report.out), 0);
    assert_int_equal(count(text, "\"type\":\"move\""), MOVES);
    assert_int_equal(count(text, "\"image\":\"firewall_cache\""), MOVES);
    assert_int_equal(count(text, "\"refused\""), 0);
    assert_int_equal(count(text, "\"type\":\"verdict\""), 0);
    assert_same_counts(alone, text);
    free(text);
    body_close(alone);
    device_close(device);
    free(b);
}

/*
 * The time goes on and the cache forgets nothing: without a write of the
 * tables, what was held is judged in the next tick.
 */
static void a_tick_within_the_lease_leaves_the_cache_as_it_is(void **state)
{
    const struct moving *m = *state;
    struct device_config config = {.n_slots = 1, .width_bits = m->width_bits};
    struct chain_vertex v = {
        .kind = CHAIN_NODE, .name = "n", .fn = registry_find("firewall")};
    static const uint8_t flags[] = {SYN, SYN | ACK, ACK, ACK};
    struct report report = {.json = true};
    struct body *alone;
    struct device *device;
    struct node *node;
    char *text = NULL;
    size_t n_text;

    report.out = open_memstream(&text, &n_text);
    assert_non_null(report.out);
    assert_int_equal(driver_open("sim", &config, &device), 0);
    assert_int_equal(body_open_c(v.fn, &alone), 0);
    assert_int_equal(node_open(&v, m->twin, &report, &node), 0);
    struct write_list w = {0};
    assert_int_equal(talk_setup(write_list_emit, &w), 0);
    set_both(&w, alone, node);
    write_list_close(&w);
    node_concretize(node, device, "fab", 0, 4, true);
    for (uint32_t k = 0; k < 4 + 15; k++) {
        struct net_key4 key = {.has_ip = true,
                               .src = A,
                               .dst = B,
                               .sport = 1,
                               .dport = 2,
                               .proto = NET_TCP,
                               .flags = k < 4 ? flags[k] : ACK};
        uint8_t data[ROOM];
        struct pkt p, y;
        struct fn_span in = {FN_PKT, &p, 1, 1, k}, out = {FN_PKT, &y, 0, 1, k};
        if (k == 1) {
            key = turned(key);
        }
        p = packet_make(&key, 0, data);
        p.in_port = k == 1;
        set_tick(0xfffffff0 + (k < 4 ? 0 : k - 3), alone, node);
        assert_int_equal(node_run(node, &in, &out), 0);
        assert_int_equal(y.flags, 0);
    }
    node_finish(node);
    node_close(node);
    assert_int_equal(fclose(report.out), 0);
    /* 4 in the shadow run, learned there; none missed in the 15 ticks after. */
    if (strstr(text, "\"CACHE_MISSES\":0") == NULL) {
        fail_msg("%s", text);
    }
    free(text);
    body_close(alone);
    device_close(device);
}

int main(void)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    static struct moving cases[6];
    static struct CMUnitTest tests[12];
    static char names[12][80];
    size_t n = 0;

    for (size_t k = 0; k < CHECK_ROWS(cases); k++) {
        cases[k] =
            (struct moving){k % 2 == 0 ? 32 : 64, (enum chain_twin)(k / 2)};
        for (int j = 0; j < 2; j++, n++) {
            (void)snprintf(names[n], sizeof names[n], "%s_at_%u_bits_twin_%s",
                           j == 0 ? "moves_of_firewall_change_nothing"
                                  : "a_tick_within_the_lease_is_no_change",
                           cases[k].width_bits, twins[k / 2]);
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func =
                    j == 0 ? moves_of_firewall_change_nothing
                           : a_tick_within_the_lease_leaves_the_cache_as_it_is,
                .initial_state = &cases[k],
            };
        }
    }
    return _cmocka_run_group_tests("firewall_cache_node", tests, n, NULL, NULL);
}
