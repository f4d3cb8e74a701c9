/*
 * graph_test.c - how host/chain/run.c carries packets from sources through
 * nodes to sinks: merging, selecting ports, joining, counting.
 */
#include "tests/chain/graph_check.h"

static void sources_merge_by_time_and_ties_by_their_order(void **state)
{
    static const struct item a[] = {
        {10, 0, {0}}, {20, 0, {0}}, {20, 0, {0}}, {30, 0, {0}}, {50, 0, {0}}};
    static const struct item b[] = {{5, 0, {0}},  {20, 0, {0}}, {20, 0, {0}},
                                    {40, 0, {0}}, {50, 0, {0}}, {50, 0, {0}}};
    static const struct {
        uint64_t t_ns;
        uint8_t source;
        uint16_t seq;
    } want[] = {{5, 1, 0},  {10, 0, 0}, {20, 0, 1}, {20, 0, 2},
                {20, 1, 1}, {20, 1, 2}, {30, 0, 3}, {40, 1, 3},
                {50, 0, 4}, {50, 1, 4}, {50, 1, 5}};
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_items("a.pcap", DLT_EN10MB, 0, a, CHECK_ROWS(a));
    write_items("b.pcap", DLT_EN10MB, 1, b, CHECK_ROWS(b));
    graph_init(&g);
    add_file(&g, CHAIN_SOURCE, "a.pcap");
    add_file(&g, CHAIN_SOURCE, "b.pcap");
    size_t out = add_file(&g, CHAIN_SINK, "out.pcap");
    add_way(&g, 0, out);
    add_way(&g, 1, out);
    char *json = graph_run_well(&g);
    assert_summary(json, 11, 11, 0);
    assert_int_equal(read_items("out.pcap", got), CHECK_ROWS(want));
    for (size_t k = 0; k < CHECK_ROWS(want); k++) {
        assert_int_equal(got[k].t_ns, want[k].t_ns);
        assert_int_equal(got[k].data[SOURCE_AT], want[k].source);
        assert_int_equal(be16_load(got[k].data + SEQ_AT), want[k].seq);
    }
    free(json);
}

/*
 * Source 0 has a packet at every 2 ns, source 1 at every 3 ns, both for 1200
 * ns: 6 ns give 0:0 1:0 0:2 1:3 0:4.  Neither's bursts end where the other's
 * do.
 */
static void sources_merge_across_many_bursts(void **state)
{
    static const uint8_t source[] = {0, 1, 0, 1, 0};
    static const uint8_t t_ns[] = {0, 0, 2, 3, 4};
    static struct item item[ITEMS_MAX], got[ITEMS_MAX];
    struct graph g;

    (void)state;
    for (uint8_t s = 0; s < 2; s++) {
        for (size_t k = 0; k < 600; k++) {
            item[k].t_ns = (2u + s) * k;
        }
        write_items(s == 0 ? "a.pcap" : "b.pcap", DLT_EN10MB, s, item,
                    s == 0 ? 600 : 400);
    }
    graph_init(&g);
    add_file(&g, CHAIN_SOURCE, "a.pcap");
    add_file(&g, CHAIN_SOURCE, "b.pcap");
    size_t node = add_stamp(&g, "n", 1);
    size_t out = add_file(&g, CHAIN_SINK, "out.pcap");
    add_link(&g, 0, CHAIN_PORT_ANY, node, 3);
    add_link(&g, 1, CHAIN_PORT_ANY, node, 4);
    add_way(&g, node, out);
    char *json = graph_run_well(&g);
    assert_summary(json, 1000, 1000, 0);
    assert_int_equal(read_items("out.pcap", got), 1000);
    for (size_t k = 0; k < 1000; k++) {
        assert_int_equal(got[k].t_ns, k / 5 * 6 + t_ns[k % 5]);
        assert_int_equal(got[k].data[SOURCE_AT], source[k % 5]);
        assert_stamp(&got[k], 0, 1, 3 + source[k % 5], k);
    }
    free(json);
    graph_close(&g);
}

/*
 *            .0 -> a -> b --.1
 *   in -> x  .1 -> c -------.2-> j -> out
 *            .2 ------------.3
 */
static void join_graph(struct graph *g, char *out)
{
    graph_init(g);
    size_t in = add_file(g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(g, "x", &steer);
    size_t a = add_stamp(g, "a", 'a');
    size_t b = add_stamp(g, "b", 'b');
    size_t c = add_stamp(g, "c", 'c');
    size_t j = add_stamp(g, "j", 'j');
    size_t sink = add_file(g, CHAIN_SINK, out);
    add_way(g, in, x);
    add_link(g, x, 0, a, CHAIN_PORT_ANY);
    add_link(g, x, 1, c, CHAIN_PORT_ANY);
    add_link(g, x, 2, j, 3);
    add_way(g, a, b);
    add_link(g, b, CHAIN_PORT_ANY, j, 1);
    add_link(g, c, CHAIN_PORT_ANY, j, 2);
    add_way(g, j, sink);
}

static void join_keeps_the_order_of_source_items(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 1000, 3);
    join_graph(&g, "out.pcap");
    char *json = graph_run_well(&g);
    /* 0, 3 .. 999 are 334; 1, 4 .. 997 are 333; 2, 5 .. 998 are 333. */
    assert_node(json, "a", 334, 334, 0);
    assert_node(json, "b", 334, 334, 0);
    assert_node(json, "c", 333, 333, 0);
    assert_node(json, "j", 1000, 1000, 0);
    assert_summary(json, 1000, 1000, 0);
    assert_int_equal(read_items("out.pcap", got), 1000);
    for (size_t k = 0; k < 1000; k++) {
        assert_int_equal(be16_load(got[k].data + SEQ_AT), k);
        assert_int_equal(got[k].t_ns, 1000 * k);
        assert_int_equal(got[k].data[STOPS_AT], 3 - k % 3);
        if (k % 3 == 0) {
            assert_stamp(&got[k], 0, 'a', 0, k / 3);
            assert_stamp(&got[k], 1, 'b', 0, k / 3);
        } else if (k % 3 == 1) {
            assert_stamp(&got[k], 0, 'c', 0, k / 3);
        }
        assert_stamp(&got[k], 2 - k % 3, 'j', (uint8_t)(1 + k % 3), k);
    }
    free(json);
    graph_close(&g);
}

static void cuts_of_bursts_change_no_byte(void **state)
{
    static const uint64_t cuts[] = {0,   1,   2,   5,   255, 256,
                                    257, 300, 511, 777, 999, 1000};
    struct graph g;

    (void)state;
    write_row("in.pcap", 1000, 3);
    join_graph(&g, "whole.pcap");
    free(graph_run_well(&g));
    graph_close(&g);
    join_graph(&g, "cut.pcap");
    for (size_t k = 0; k < CHECK_ROWS(cuts); k++) {
        add_cut(&g, cuts[k], 1 + k % 5);
    }
    char *json = graph_run_well(&g);
    json_t *list = cli_records(json, "action");
    assert_int_equal(json_array_size(list), CHECK_ROWS(cuts));
    /* x, the first node, was told as all items before had left. */
    assert_int_equal(cli_int(json_array_get(list, 5), "at_item"), 256);
    assert_int_equal(cli_int(json_array_get(list, 10), "at_item"), 999);
    json_decref(list);
    assert_true(cli_same(cli_path("whole.pcap"), cli_path("cut.pcap")));
    free(json);
    graph_close(&g);
}

/* Links that name a port win over the one that does not, wherever it stands. */
static void links_select_ports_and_give_in_ports(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 600, 4);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(&g, "x", &steer);
    size_t a = add_stamp(&g, "a", 'a');
    size_t b = add_stamp(&g, "b", 'b');
    size_t rest = add_file(&g, CHAIN_SINK, "rest.pcap");
    size_t one = add_file(&g, CHAIN_SINK, "one.pcap");
    add_link(&g, in, CHAIN_PORT_ANY, x, 9);
    add_link(&g, x, 1, a, 7);
    add_way(&g, x, b); /* 0 and 3 */
    add_link(&g, x, 2, a, CHAIN_PORT_ANY);
    add_way(&g, a, one);
    add_way(&g, b, rest);
    char *json = graph_run_well(&g);
    assert_int_equal(read_items("one.pcap", got), 300);
    for (size_t k = 0; k < 300; k++) {
        assert_int_equal(be16_load(got[k].data + SEQ_AT),
                         k / 2 * 4 + 1 + k % 2);
        /* Without a port of its own a link leaves that of the one before. */
        assert_stamp(&got[k], 0, 'a', k % 2 == 0 ? 7 : 9, k);
    }
    assert_int_equal(read_items("rest.pcap", got), 300);
    for (size_t k = 0; k < 300; k++) {
        assert_int_equal(be16_load(got[k].data + SEQ_AT),
                         k / 2 * 4 + k % 2 * 3);
        assert_stamp(&got[k], 0, 'b', 9, k);
    }
    assert_summary(json, 600, 600, 0);
    free(json);
    graph_close(&g);
}

/* A port chosen by one node is not a choice at the next. */
static void out_port_is_cleared_on_arrival(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 100, 2);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t x = add_node(&g, "x", &steer);
    size_t a = add_stamp(&g, "a", 'a');
    size_t zero = add_file(&g, CHAIN_SINK, "zero.pcap");
    size_t one = add_file(&g, CHAIN_SINK, "one.pcap");
    add_way(&g, in, x);
    add_way(&g, x, a);
    add_link(&g, a, 1, one, CHAIN_PORT_ANY);
    add_link(&g, a, 0, zero, CHAIN_PORT_ANY);
    char *json = graph_run_well(&g);
    assert_int_equal(read_items("zero.pcap", got), 100);
    for (size_t k = 0; k < 100; k++) {
        assert_stamp(&got[k], 0, 'a', 0, k);
    }
    assert_summary(json, 100, 100, 0);
    free(json);
    graph_close(&g);
}

/*
 * 10 packets for each of the ports 0, 1, 2 and 255: the first leave, 1 and 2
 * lead nowhere, 255 is flagged.  A second node flags what comes for 0 from the
 * other source.
 */
static void what_leads_nowhere_and_what_is_flagged_is_counted(void **state)
{
    static struct item item[ITEMS_MAX], got[ITEMS_MAX];
    struct graph g;

    (void)state;
    for (size_t k = 0; k < 40; k++) {
        item[k].t_ns = k;
        item[k].port = k % 4 == 3 ? PORT_DROP : (uint8_t)(k % 4);
    }
    write_items("a.pcap", DLT_EN10MB, 0, item, 40);
    for (size_t k = 0; k < 5; k++) {
        item[k].port = PORT_DROP;
    }
    write_items("b.pcap", DLT_EN10MB, 1, item, 5);
    graph_init(&g);
    size_t a = add_file(&g, CHAIN_SOURCE, "a.pcap");
    size_t b = add_file(&g, CHAIN_SOURCE, "b.pcap");
    size_t x = add_node(&g, "x", &steer);
    size_t y = add_node(&g, "y", &steer);
    size_t out = add_file(&g, CHAIN_SINK, "out.pcap");
    add_way(&g, a, x);
    add_way(&g, b, y);
    add_link(&g, x, 0, y, CHAIN_PORT_ANY);
    add_way(&g, y, out);
    char *json = graph_run_well(&g);
    /* Leading nowhere is no verdict of the node: it gave the packet. */
    assert_node(json, "x", 40, 30, 10);
    assert_node(json, "y", 15, 10, 5);
    assert_summary(json, 45, 10, 35);
    assert_int_equal(read_items("out.pcap", got), 10);
    for (size_t k = 0; k < 10; k++) {
        assert_int_equal(got[k].data[SOURCE_AT], 0);
        assert_int_equal(be16_load(got[k].data + SEQ_AT), 4 * k);
    }
    free(json);
    graph_close(&g);
}

static void sources_of_two_link_types_are_refused(void **state)
{
    static const struct item item[] = {{1, 0, {0}}};
    struct graph g;

    (void)state;
    write_items("a.pcap", DLT_EN10MB, 0, item, 1);
    write_items("b.pcap", DLT_LINUX_SLL, 1, item, 1);
    write_row("out.pcap", 3, 1);
    write_row("old.pcap", 3, 1);
    graph_init(&g);
    size_t a = add_file(&g, CHAIN_SOURCE, "a.pcap");
    size_t b = add_file(&g, CHAIN_SOURCE, "b.pcap");
    size_t out = add_file(&g, CHAIN_SINK, "out.pcap");
    add_way(&g, a, out);
    add_way(&g, b, out);
    struct outcome o = graph_run(&g, 0);
    assert_int_equal(o.err, ERR_BAD_INPUT);
    /* LINKTYPE_LINUX_SLL is 113, LINKTYPE_ETHERNET 1. */
    assert_non_null(strstr(o.said.text,
                           "b.pcap: b.pcap has link type 113, expected that of "
                           "the other sources, 1\n"));
    assert_true(cli_same(cli_path("old.pcap"), cli_path("out.pcap")));
    free(o.json);
}

/*
 * Two captures with packets of about 200 kB: 20 of them fill a burst's bytes,
 * and a source's own memory long before that.  'first' has every second one.
 */
static void write_big(const char *both, const char *first, const char *second)
{
    static uint8_t data[200100];
    const char *const name[] = {both, first, second};
    struct pcap_sink *s[3];

    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(
            pcap_sink_open(cli_path(name[k]), PCAP_CLASSIC, DLT_EN10MB, &s[k]),
            0);
    }
    for (uint32_t k = 0; k < 60; k++) {
        uint32_t n = k % 10 == 9 ? 60 : 200000 + k;
        for (uint32_t j = 0; j < n; j++) {
            data[j] = (uint8_t)(j * 31 + (j >> 8) + k);
        }
        write_packet(s[0], k, data, n);
        write_packet(s[1 + k % 2], k, data, n);
    }
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(pcap_sink_close(s[k]), 0);
    }
}

/* The two captures joined by an acl that accepts; its moves if it moves. */
static void big_graph(struct graph *g, bool moves)
{
    const struct fn *acl = registry_find("acl");

    assert_non_null(acl);
    graph_init(g);
    add_file(g, CHAIN_SOURCE, "big0.pcap");
    add_file(g, CHAIN_SOURCE, "big1.pcap");
    size_t node = add_node(g, "acl", acl);
    size_t out = add_file(g, CHAIN_SINK, "out.pcap");
    add_way(g, 0, node);
    add_way(g, 1, node);
    add_way(g, node, out);
    if (moves) {
        g->d[0] = (struct chain_device){
            .name = "fab0", .kind = "sim", .n_slots = 1, .width_bits = 64};
        g->c.n_devices = 1;
        g->e[0] = (struct chain_event){
            .at = 3, .action = CHAIN_CONCRETIZE, .node = node, .shadow = 7};
        g->e[1] = (struct chain_event){
            .at = 50, .action = CHAIN_VIRTUALIZE, .node = node, .shadow = 5};
        g->c.n_events = 2;
    }
}

static void big_packets_pass_unharmed(void **state)
{
    struct graph g;

    (void)state;
    write_big("big.pcap", "big0.pcap", "big1.pcap");
    for (int moves = 0; moves < 2; moves++) {
        big_graph(&g, moves != 0);
        char *json = graph_run_well(&g);
        json_t *list = cli_records(json, "move");
        assert_int_equal(json_array_size(list), 2 * moves);
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *m = json_array_get(list, k);
            assert_null(json_object_get(m, "refused"));
            assert_int_equal(cli_int(m, "lost"), 0);
            assert_int_equal(cli_int(m, "at_item"), k == 0 ? 10 : 55);
        }
        json_decref(list);
        assert_summary(json, 60, 60, 0);
        assert_true(cli_same(cli_path("big.pcap"), cli_path("out.pcap")));
        free(json);
    }
}

static void event_beyond_the_end_never_came(void **state)
{
    struct graph g;

    (void)state;
    write_row("in.pcap", 300, 1);
    graph_init(&g);
    size_t in = add_file(&g, CHAIN_SOURCE, "in.pcap");
    size_t a = add_stamp(&g, "a", 'a');
    size_t out = add_file(&g, CHAIN_SINK, "out.pcap");
    add_way(&g, in, a);
    add_way(&g, a, out);
    add_cut(&g, 300, a); /* behind the last item: that is in time */
    add_cut(&g, 301, a);
    struct outcome o = graph_run(&g, 0);
    assert_int_equal(o.err, 0);
    assert_string_equal(o.said.text,
                        "precast: g.yaml:7:5: item 301 never came, the input "
                        "ended at 300\n");
    json_t *list = cli_records(o.json, "action");
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(cli_int(json_array_get(list, 0), "at_item"), 300);
    json_decref(list);
    assert_summary(o.json, 300, 300, 0);
    free(o.json);
    graph_close(&g);
}

/* A stop lets the burst in hand leave, and what is written is a whole file. */
static void stop_leaves_complete_sinks_and_totals(void **state)
{
    static struct item got[ITEMS_MAX];
    struct graph g;

    (void)state;
    write_row("in.pcap", 1000, 3);
    join_graph(&g, "out.pcap");
    add_cut(&g, 2000, 1); /* that it never came is the stop's doing */
    struct outcome o = graph_run(&g, 1);
    assert_int_equal(o.err, 0);
    assert_string_equal(o.said.text, "");
    assert_summary(o.json, 256, 256, 0);
    assert_int_equal(read_items("out.pcap", got), 256);
    free(o.json);
    graph_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_merge_by_time_and_ties_by_their_order),
        cmocka_unit_test(sources_merge_across_many_bursts),
        cmocka_unit_test(join_keeps_the_order_of_source_items),
        cmocka_unit_test(cuts_of_bursts_change_no_byte),
        cmocka_unit_test(links_select_ports_and_give_in_ports),
        cmocka_unit_test(out_port_is_cleared_on_arrival),
        cmocka_unit_test(what_leads_nowhere_and_what_is_flagged_is_counted),
        cmocka_unit_test(sources_of_two_link_types_are_refused),
        cmocka_unit_test(big_packets_pass_unharmed),
        cmocka_unit_test(event_beyond_the_end_never_came),
        cmocka_unit_test(stop_leaves_complete_sinks_and_totals),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
