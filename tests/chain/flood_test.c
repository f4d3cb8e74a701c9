/*
 * flood_test.c - one packet becomes several: who gets a copy, in which order,
 * and that none sees what happens to another.
 */
#include "tests/chain/graph_check.h"

/* Floods to the ports in the byte at PORT_AT. */
static void spray_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    (void)s;
    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        y[k].mark = y[k].data[PORT_AT];
        y[k].flags |= PKT_FLOOD;
    }
    out->n = in->n;
}

static const struct csr_layout spray_csr = {
    .name = "spray", .in = FN_PKT, .out = FN_PKT};
static const struct fn spray = {.csr = &spray_csr, .run = spray_run};

/*
 *             .0 -> a -> out0
 *   in -> x   .1 -> b -> out1
 *             -> c -> out2
 */
static void each_copy_has_bytes_of_its_own(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 800, 8);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(&g, "x", &spray);
    size_t a = add_stamp(&g, "a", 'a');
    size_t b = add_stamp(&g, "b", 'b');
    size_t c = add_stamp(&g, "c", 'c');
    add_way(&g, in, x);
    add_link(&g, x, CHAIN_PORT_ANY, c, CHAIN_PORT_ANY);
    add_link(&g, x, 0, a, 4);
    add_link(&g, x, 1, b, 5);
    add_way(&g, a, add_file(&g, CHAIN_SINK, "out0.pcap"));
    add_way(&g, b, add_file(&g, CHAIN_SINK, "out1.pcap"));
    add_way(&g, c, add_file(&g, CHAIN_SINK, "out2.pcap"));
    char *json = graph_run_well(&g);
    /* Of 0..7, four have bit 0, four have bit 1, four have bit 2. */
    assert_node(json, "a", 400, 400, 0);
    assert_node(json, "b", 400, 400, 0);
    assert_node(json, "c", 400, 400, 0);
    assert_summary(json, 800, 1200, 100); /* 0 leads nowhere */
    for (uint8_t out = 0; out < 3; out++) {
        static char *const names[] = {"out0.pcap", "out1.pcap", "out2.pcap"};
        size_t n = 0;
        assert_int_equal(read_items(names[out], got), 400);
        for (size_t k = 0; k < 800; k++) {
            if ((k % 8 >> out & 1) == 0) {
                continue;
            }
            assert_int_equal(be16_load(got[n].data + SEQ_AT), k);
            assert_int_equal(got[n].data[STOPS_AT], 1);
            assert_stamp(&got[n], 0, (uint8_t)('a' + out),
                         (uint8_t)(out < 2 ? 4 + out : 0), n);
            n++;
        }
    }
    free(json);
    graph_close(&g);
}

/*
 * Six copies of every packet meet again: more than a burst holds.
 *
 *   in -> x .0 .. .5 -> j -> y .0 -> k -> out
 */
static void copies_that_meet_stay_in_order(void **state)
{
    enum { COPIES = 6, PACKETS = 300 };
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", PACKETS, 128);
    for (int cut = 0; cut < 2; cut++) {
        graph_init(&g);
        size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
        size_t x = add_node(&g, "x", &spray);
        size_t j = add_stamp(&g, "j", 'j');
        size_t k = add_stamp(&g, "k", 'k');
        add_way(&g, in, x);
        for (int port = 0; port < COPIES; port++) {
            add_link(&g, x, COPIES - 1 - port, j, COPIES - 1 - port);
        }
        add_way(&g, j, k);
        add_way(&g, k, add_file(&g, CHAIN_SINK, cut ? "b.pcap" : "a.pcap"));
        if (cut) {
            add_cut(&g, 10, j);
            add_cut(&g, 11, j);
            add_cut(&g, 200, j);
        }
        free(graph_run_well(&g));
        graph_close(&g);
    }
    assert_true(cli_same(cli_path("a.pcap"), cli_path("b.pcap")));
    /* Packet k has a copy for each of the lowest six bits of k % 128, in the
     * order of the links: the highest port first. */
    size_t n_got = read_items("a.pcap", got), n = 0;
    for (size_t k = 0; k < PACKETS; k++) {
        for (unsigned port = COPIES; port-- > 0;) {
            if ((k % 128 >> port & 1) == 0) {
                continue;
            }
            assert_true(n < n_got);
            assert_int_equal(be16_load(got[n].data + SEQ_AT), k);
            assert_int_equal(got[n].data[STOPS_AT], 2);
            assert_stamp(&got[n], 0, 'j', (uint8_t)port, n);
            assert_stamp(&got[n], 1, 'k', (uint8_t)port, n);
            n++;
        }
    }
    assert_int_equal(n, n_got);
    assert_true(n > 2 * FN_BURST_PKT);
}

/* Two floods one behind the other: 4 copies become 16. */
static void copies_of_copies_are_complete(void **state)
{
    enum { PACKETS = 100 };
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", PACKETS, 16);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(&g, "x", &spray);
    size_t y = add_node(&g, "y", &spray);
    size_t j = add_stamp(&g, "j", 'j');
    add_way(&g, in, x);
    for (int port = 0; port < 4; port++) {
        add_link(&g, x, port, y, CHAIN_PORT_ANY);
        add_link(&g, y, port, j, port);
    }
    add_way(&g, j, add_file(&g, CHAIN_SINK, "out.pcap"));
    char *json = graph_run_well(&g);
    size_t n_got = read_items("out.pcap", got), n = 0;
    for (size_t k = 0; k < PACKETS; k++) {
        unsigned mark = k % 16;
        for (unsigned pair = 0; pair < 16; pair++) {
            if ((mark >> pair / 4 & 1) == 0 || (mark >> pair % 4 & 1) == 0) {
                continue;
            }
            assert_true(n < n_got);
            assert_int_equal(be16_load(got[n].data + SEQ_AT), k);
            assert_stamp(&got[n], 0, 'j', (uint8_t)(pair % 4), n);
            n++;
        }
    }
    assert_int_equal(n, n_got);
    free(json);
    graph_close(&g);
}

/* All that others do not select, once, however many ports that are. */
static void link_without_port_gets_one_copy(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 256, 256);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(&g, "x", &spray);
    add_way(&g, in, x);
    add_way(&g, x, add_file(&g, CHAIN_SINK, "out.pcap"));
    char *json = graph_run_well(&g);
    assert_summary(json, 256, 255, 1);
    assert_int_equal(read_items("out.pcap", got), 255);
    for (size_t k = 0; k < 255; k++) {
        assert_int_equal(be16_load(got[k].data + SEQ_AT), k + 1);
    }
    free(json);
    graph_close(&g);
}

/* A chain in which one packet can become 1024. */
static void wide_graph(struct graph *g)
{
    static char *const names[] = {"a", "b", "c", "d", "e", "f"};

    graph_init(g);
    size_t from = add_file(g, CHAIN_SOURCE, "in.pcap");
    for (size_t k = 0; k < CHECK_ROWS(names); k++) {
        size_t to = add_node(g, names[k], &spray);
        if (k == 0) {
            add_way(g, from, to);
        }
        for (int port = 0; k > 0 && port < 4; port++) {
            add_link(g, from, port, to, CHAIN_PORT_ANY);
        }
        from = to;
    }
    add_way(g, from, add_file(g, CHAIN_SINK, "out.pcap"));
}

static void too_many_copies_are_an_error(void **state)
{
    static struct item item[FN_BURST_PKT];
    struct graph g;

    (void)state;
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        item[k] = (struct item){.t_ns = k, .port = 15};
    }
    write_items("in.pcap", DLT_EN10MB, 0, item, FN_BURST_PKT);
    wide_graph(&g);
    struct outcome o = graph_run(&g, 0);
    assert_int_equal(o.err, ERR_BAD_INPUT);
    assert_non_null(
        strstr(o.said.text, "more than 256 copies of a packet on the way to "));
    free(o.json);
    graph_close(&g);
}

static void copies_that_could_be_but_are_not_do_no_harm(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 1000, 2);
    wide_graph(&g);
    char *json = graph_run_well(&g);
    assert_summary(json, 1000, 500, 500);
    assert_int_equal(read_items("out.pcap", got), 500);
    free(json);
    graph_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_copy_has_bytes_of_its_own),
        cmocka_unit_test(copies_that_meet_stay_in_order),
        cmocka_unit_test(copies_of_copies_are_complete),
        cmocka_unit_test(link_without_port_gets_one_copy),
        cmocka_unit_test(too_many_copies_are_an_error),
        cmocka_unit_test(copies_that_could_be_but_are_not_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
