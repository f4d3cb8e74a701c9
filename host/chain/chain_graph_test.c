/* chain_graph_test.c - links that make no sense, and the order of the rest. */
#include "host/chain/chain_load_check.h"

#define NODES "nodes: [ { name: a, fn: acl }, { name: b, fn: acl } ]\n"

static void wrong_links_are_refused(void **state)
{
    static const struct bad row[] = {
        {TOP "links: in -> out\n", "4:8: links is text, expected a sequence"},
        {TOP "links: [ [ in ] ]\n", "4:10: link is a sequence, expected text"},
        {TOP "links: [ in: out ]\n", "4:10: link is a map, expected text"},
        {TOP "links: [ in out ]\n", "4:10: link 'in out', expected A[.PORT] "},
        {TOP "links: [ in - > out ]\n", "4:10: link 'in - > out', expected"},
        {TOP "links: [ in -> ]\n", "4:10: link 'in ->', expected"},
        {TOP "links: [ \"-> out\" ]\n", "4:10: link '-> out', expected"},
        {TOP "links: [ in -> a -> out ]\n", "4:10: link 'in -> a -> out', "},
        {TOP "links: [ in.256 -> out ]\n", "4:10: link 'in.256 -> out', "},
        {TOP "links: [ in.-1 -> out ]\n", "4:10: link 'in.-1 -> out', "},
        {TOP "links: [ in. -> out ]\n", "4:10: link 'in. -> out', expected"},
        {TOP "links: [ in -> out.1.2 ]\n", "4:10: link 'in -> out.1.2', exp"},
        {TOP "links: [ in -> out.12345678 ]\n", "4:10: link 'in -> out.1234"},
        {TOP "links:\n- in -> x\n",
         "5:3: no source, node or sink 'x', expected "
         "one of: in, out"},
        {TOP "links:\n- in -> out\n- y -> out\n", "6:3: no source, node or"},
        {TOP "links: [ out -> out ]\n", "4:10: link out of sink 'out'"},
        {TOP "links: [ in -> in ]\n", "4:10: link into source 'in'"},
        {TOP NODES "links:\n- in -> a\n- a -> out\n- a -> b\n",
         "8:3: second link from 'a' for all its ports, expected one; the first "
         "is at line 7"},
        {TOP NODES "links:\n- in -> a\n- a.1 -> out\n- a.1 -> b\n",
         "8:3: second link from 'a' for the same port"},
        {TOP "nodes: [ { name: s, fn: scale } ]\nlinks: [ in -> s ]\n",
         "5:10: 'in' gives packets, expected samples, which 's' takes"},
        {TOP "nodes: [ { name: s, fn: scale } ]\nlinks: [ s -> out ]\n",
         "5:10: 's' gives samples, expected packets, which 'out' takes"},
        {TOP "links: []\n", "2:12: source 'in' has no output, expected a link "
                            "from it"},
        {TOP "nodes: [ { name: a, fn: acl } ]\nlinks: [ in -> a ]\n",
         "4:18: node 'a' has no output"},
        {TOP "nodes: [ { name: a, fn: acl } ]\n"
             "links: [ in -> out, a -> out ]\n",
         "4:18: node 'a' has no input, expected a link to it"},
        {TOP NODES "links: [ in -> a, a -> b, b -> a ]\n",
         "3:10: sink 'out' has no input"},
        {TOP NODES "links:\n- in -> out\n- b -> a\n- a -> b\n",
         "8:3: link closes a cycle: b -> a -> b"},
        {TOP NODES "links:\n- b -> a\n- in -> b\n- a.1 -> b.2\n- a -> out\n",
         "8:3: link closes a cycle: b -> a -> b"},
        {TOP NODES "links: [ in -> b, a -> a, a.1 -> b, b -> out ]\n",
         "5:19: link closes a cycle: a -> a"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

static void vertices_are_in_the_order_of_data(void **state)
{
    static const char text[] =
        "chain: c\n"
        "sinks: { o1: { pcap: a }, o2: { pcap: b } }\n"
        "nodes: [ { name: z, fn: acl }, { name: y, fn: acl }, { name: x, fn: "
        "acl } ]\n"
        "sources: { i1: { pcap: a }, i2: { pcap: a } }\n"
        "links: [ y->z, z.3 -> o1, z -> o2.255, i2 -> x.0, x -> y.1, i1->y ]\n";
    static const char *const order[] = {"i1", "i2", "x", "y", "z", "o1", "o2"};
    static const struct {
        size_t from, to;
        int from_port, to_port;
    } link[] = {{3, 4, -1, -1}, {4, 5, 3, -1}, {4, 6, -1, 255},
                {1, 2, -1, 0},  {2, 3, -1, 1}, {0, 3, -1, -1}};
    struct chain *c = open_good(*state, text, NULL, 0);

    assert_int_equal(c->n_vertices, CHECK_ROWS(order));
    for (size_t k = 0; k < CHECK_ROWS(order); k++) {
        assert_string_equal(c->vertex[k].name, order[k]);
    }
    assert_int_equal(c->n_links, CHECK_ROWS(link));
    for (size_t k = 0; k < CHECK_ROWS(link); k++) {
        assert_int_equal(c->link[k].from, link[k].from);
        assert_int_equal(c->link[k].to, link[k].to);
        assert_int_equal(c->link[k].from_port, link[k].from_port);
        assert_int_equal(c->link[k].to_port, link[k].to_port);
    }
    assert_int_equal(c->twin, CHAIN_TWIN_WATCHED); /* unless it says */
    chain_close(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_links_are_refused),
        cmocka_unit_test(vertices_are_in_the_order_of_data),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
