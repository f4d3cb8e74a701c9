/* chain_load_port_test.c - ports and ticks of chain files. */
#include "host/chain/chain_load_check.h"

#define BR                                                          \
    "nodes: [ { name: br, fn: bridge }, { name: acl, fn: acl } ]\n" \
    "links: [ in -> br, br -> acl, acl -> out ]\n"
#define END "sinks: { out: { null: } }\nlinks: [ in -> out ]\n"

static void kinds_and_names_are_kept(void **state)
{
    static const char text[] =
        "chain: c\n"
        "sources: { a: { tap: tap0 }, b: { af_packet: eth0 },\n"
        "           c: { af_xdp: 'eth1:3' }, d: { ring: r/s },\n"
        "           e: { gen: 'count=3' }, f: { gen: }, g: { null: } }\n"
        "sinks: { z: { tap: tap0 }, y: { null: }, x: { pcapng: o } }\n"
        "links: [ a -> z, b -> z, c -> z, d -> z, e -> y, f -> y, g -> x ]\n";
    static const struct chain_port_file ports[] = {
        {"f=pcap:in.pcap", CHAIN_PORT},
        {"x=ring:q", CHAIN_PORT},
        {"g=h", CHAIN_IN}};
    static const struct {
        enum port_kind kind;
        const char *path;
    } want[] = {
        {PORT_TAP, "tap0"}, {PORT_AF_PACKET, "eth0"}, {PORT_AF_XDP, "eth1:3"},
        {PORT_RING, "r/s"}, {PORT_GEN, "count=3"},    {PORT_PCAP, "in.pcap"},
        {PORT_PCAP, "h"},   {PORT_TAP, "tap0"},       {PORT_NULL, ""},
        {PORT_RING, "q"},
    };
    struct chain *c = open_good(*state, text, ports, CHECK_ROWS(ports));
    char path[128];

    assert_int_equal(c->n_vertices, CHECK_ROWS(want));
    for (size_t k = 0; k < CHECK_ROWS(want); k++) {
        assert_int_equal(c->vertex[k].port, want[k].kind);
        assert_int_equal(chain_path(c, &c->vertex[k], path, sizeof path), 0);
        assert_string_equal(path, want[k].path);
    }
    chain_close(c);
}

static void wrong_ports_are_refused(void **state)
{
    static const struct bad row[] = {
        {"chain: c\nsources: { in: { tap: t, null: } }\n" END,
         "2:16: source 'in' with a second port, expected one: pcap, tap, "
         "af_packet, af_xdp, ring, gen, null"},
        {"chain: c\nsources: { in: { tun: t } }\n" END,
         "2:18: in has no key 'tun', expected pcap, tap, af_packet, af_xdp, "
         "ring, gen, null"},
        {"chain: c\nsources: { in: { tap: } }\n" END,
         "2:12: source 'in' has no name, expected one behind tap"},
        {"chain: c\nsources: { in: { tap: [] } }\n" END,
         "2:23: tap is a sequence, expected text"},
        {"chain: c\nsources: { in: { null: } }\n"
         "sinks: { out: { gen: } }\nlinks: [ in -> out ]\n",
         "3:17: out has no key 'gen', expected pcap, pcapng, tap, af_packet"},
        {"chain: c\nsources: { in: { tap: t }, b: { tap: t } }\n"
         "sinks: { out: { null: } }\nlinks: [ in -> out, b -> out ]\n",
         "2:28: source 'b' has the port of 'in', expected another than tap:t"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

/* TICK of the bridge is at 0x88 (bridge.csr). */
static void tick_names_node_and_unit(void **state)
{
    struct chain *c = open_good(*state, TOP BR "tick: { br: 250 }\n", NULL, 0);

    assert_int_equal(c->n_ticks, 1);
    assert_string_equal(c->vertex[c->tick[0].node].name, "br");
    assert_int_equal(c->tick[0].offset, 0x88);
    assert_int_equal(c->tick[0].every_ms, 250);
    chain_close(c);
}

static void wrong_ticks_are_refused(void **state)
{
    static const struct bad row[] = {
        {TOP BR "tick: [ br ]\n", "6:7: tick is a sequence, expected a map"},
        {TOP BR "tick: { acl: 1 }\n",
         "6:9: no node 'acl' with a register TICK, expected one of: br"},
        {TOP BR "tick: { in: 1 }\n", "6:9: no node 'in' with a register TICK"},
        {TOP BR "tick: { br: 0 }\n",
         "6:13: br is '0', expected a number from 1"},
        {TOP BR "tick: { br: 1s }\n", "6:13: br is '1s', expected a number"},
        {TOP BR "tick: { br: 1, br: 2 }\n", "6:16: a second time"},
        {TOP ACL "tick: { acl: 1 }\n",
         "6:9: no node 'acl' with a register TICK, expected one of: none"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(kinds_and_names_are_kept),
        T(wrong_ports_are_refused),
        T(tick_names_node_and_unit),
        T(wrong_ticks_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
