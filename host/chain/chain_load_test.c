/* chain_load_test.c - nodes, events and files of a chain. */
#include "core/fast.h"
#include "core/registry.h"
#include "host/chain/chain_load_check.h"

static void wrong_nodes_are_refused(void **state)
{
    static const struct bad row[] = {
        {TOP "nodes: { a: b }\nlinks: []\n", "4:8: nodes is a map, expected a"},
        {TOP "nodes: [ a ]\nlinks: []\n", "4:10: node is text, expected a map"},
        {TOP "nodes: [ { name: a } ]\nlinks: []\n",
         "4:10: node without a key 'fn'"},
        {TOP "nodes: [ { fn: acl } ]\nlinks: []\n",
         "4:10: node without a key 'name'"},
        {TOP "nodes: [ { name: a, fn: acl, x: 1 } ]\nlinks: []\n",
         "4:30: node has no key 'x', expected name, fn, set"},
        {TOP "nodes: [ { name: a, fn: acl, fn: acl } ]\nlinks: []\n",
         "4:30: a second key 'fn'"},
        {TOP "nodes: [ { name: a, fn: nothing } ]\nlinks: []\n",
         "4:25: no function 'nothing', expected one of: acl"},
        {TOP "nodes: [ { name: in, fn: acl } ]\nlinks: []\n",
         "4:18: a second 'in', expected another name than the source's at "
         "line 2"},
        {TOP "nodes:\n- &a { name: a, fn: acl }\n- *a\nlinks: []\n",
         "5:14: a second 'a'"},
        {"chain: c\nsources: { x: { pcap: i } }\nsinks: { x: { pcap: o } }\n"
         "links: []\n",
         "3:10: a second 'x', expected another name than the source's"},
        {TOP "nodes: [ { name: a, fn: acl, set: [ x ] } ]\nlinks: []\n",
         "4:35: set is a sequence, expected a map"},
        {TOP "nodes: [ { name: a, fn: acl, set: { xyz: 1 } } ]\nlinks: []\n",
         "4:37: acl has no setting 'xyz', expected "},
        {TOP "nodes: [ { name: a, fn: acl, set: { rules: none.x } } ]\n"
             "links: []\n",
         "/none.x: No such file or directory, expected a file"},
        {TOP "nodes: [ { name: a, fn: acl, set: { rules: . } } ]\nlinks: []\n",
         "c.yaml:4:37: rules: "},
        {TOP "nodes:\n- name: a\n  fn: acl\n  set:\n    no_match: many\n"
             "links: []\n",
         "8:5: no_match is 'many', expected a number"},
        {TOP "nodes: [ { name: a, fn: acl, set: { no_match: 2 } } ]\n"
             "links: []\n",
         "4:37: no_match is '2', expected a number from 0 to 0x1\n"},
        {TOP "nodes: [ { name: a, fn: acl, set: { no_flags: 7 } } ]\n"
             "links: []\n",
         "4:37: no_flags is '7', expected a number from 0 to 0x1\n"},
        {TOP "nodes: [ { name: a, fn: acl, set: { no_match: {} } } ]\n"
             "links: []\n",
         "4:47: no_match is a map, expected text"},
        {TOP "nodes: [ { name: a, fn: acl, set: { no_match: 1, no_match: 0 } }"
             " ]\nlinks: []\n",
         "4:50: a second setting 'no_match'"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

#define ON(event) TOP ACL FAB "schedule:\n- " event "\n"

static void wrong_events_are_refused(void **state)
{
    static const struct bad row[] = {
        {TOP ACL "schedule: {}\n", "6:11: schedule is a map, expected a seq"},
        {ON("now"), "8:3: no action, expected a map with one of: concretize, "
                    "virtualize, fault, set, reload"},
        {ON("{ at: 1 }"), "8:3: no action"},
        {ON("{ at: 1, reload: bcl }"), "8:20: no node 'bcl', expected one"},
        {ON("{ reload: acl }"), "8:3: reload without a key 'at'"},
        {TOP ACL "repair: yes\n", "6:9: repair is 'yes', expected one of: on"},
        {TOP ACL "self_test: 0\n", "6:12: self_test is '0', expected a numb"},
        {TOP ACL "forgive: 0\n", "6:10: forgive is '0', expected a number"},
        {TOP ACL "reload_every: 0\n", "6:15: reload_every is '0', expected"},
        {TOP ACL "telemetry: on\n", "6:12: telemetry is text, expected a map"},
        {TOP ACL "telemetry: { window: 65536 }\n", "6:22: window is '65536'"},
        {TOP ACL "telemetry: { walk: 256 }\n", "6:20: walk is '256', expec"},
        {ON("{ virtualize: acl }"), "8:3: virtualize without a key 'at'"},
        {ON("{ at: -1, virtualize: acl }"), "8:9: at is '-1', expected a numb"},
        {ON("{ at: soon, virtualize: acl }"), "8:9: at is 'soon', expected"},
        {ON("{ at: 18446744073709551616, virtualize: acl }"), "8:9: at is '1"},
        {ON("{ at: [], virtualize: acl }"), "8:9: at is a sequence"},
        {ON("{ at: 1, virtualize: acl, fault: fab0 }"),
         "8:29: virtualize has no key 'fault', expected at, virtualize, shad"},
        {ON("{ at: 1, virtualize: acl, at: 2 }"), "8:29: a second key 'at'"},
        {ON("{ at: 1, virtualize: bcl }"),
         "8:24: no node 'bcl', expected one of: acl"},
        {ON("{ at: 1, virtualize: in }"), "8:24: no node 'in', expected one"},
        {ON("{ at: 1, virtualize: acl, shadow: 0 }"),
         "8:37: shadow is '0', expected a number from 1 to 1000000000"},
        {ON("{ at: 1, virtualize: acl, shadow: 1000000001 }"), "8:37: shadow"},
        {ON("{ at: 1, concretize: acl }"), "8:3: concretize without a key "
                                           "'device'"},
        {ON("{ at: 1, concretize: x, device: fab0 }"), "8:24: no node 'x'"},
        {ON("{ at: 1, concretize: acl, device: fab }"),
         "8:37: no device 'fab', expected one of: fab0"},
        {ON("{ at: 1, concretize: acl, device: fab01/1 }"),
         "8:37: no device 'fab01', expected one of: fab0"},
        {ON("{ at: 1, concretize: acl, device: fab0/4 }"),
         "8:37: no slot '4' in device 'fab0', expected 0 to 3"},
        {ON("{ at: 1, concretize: acl, device: fab0/ }"), "8:37: no slot ''"},
        {ON("{ at: 1, concretize: acl, device: [] }"), "8:37: device is a seq"},
        {ON("{ at: 1, fault: fab0 }"), "8:3: fault without a key 'flip'"},
        {ON("{ at: 1, fault: x, flip: a }"), "8:19: no device 'x'"},
        {ON("{ at: 1, fault: fab0, flip: }"), "8:31: flip is empty, expected"},
        {ON("{ at: 1, set: { no_match: 1 } }"),
         "8:3: set without a key 'node'"},
        {ON("{ at: 1, set: x, node: acl }"), "8:17: set is text, expected a"},
        {ON("{ at: 1, set: { no_match: x }, node: acl }"),
         "8:19: no_match is 'x', expected a number"},
        {ON("{ at: 1, set: { no_flags: 7 }, node: acl }"),
         "8:19: no_flags is '7', expected a number from 0 to 0x1\n"},
        {TOP ACL "schedule: [ { at: 1, fault: f, flip: a } ]\n",
         "6:29: no device 'f', expected one of: none"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

/* Needs a function without RTL body or cache, which not every build has. */
static void a_function_without_rtl_stays_where_it_is(void **state)
{
    char text[512];
    size_t k = 0;

    while (registry[k] != NULL &&
           (fast_has_rtl(registry[k], true) || registry[k]->csr->in != FN_PKT ||
            registry[k]->csr->out != FN_PKT)) {
        k++;
    }
    const struct fn *fn = registry[k];
    if (fn == NULL) {
        skip();
        return;
    }
    (void)snprintf(text, sizeof text,
                   TOP "nodes: [ { name: a, fn: %s } ]\n"
                       "links: [ in -> a, a -> out ]\n" FAB
                       "schedule: [ { at: 1, concretize: a, device: fab0 } ]\n",
                   fn->csr->name);
    struct bad bad = {text, "7:34: 'a' cannot be moved"};
    assert_true(refuses(*state, &bad, NULL, 0));
}

static void wrong_files_are_refused(void **state)
{
    static const struct bad row[] = {
        {"chain: c\nsources: { in: { pcap: } }\nsinks: { out: { pcap: o } }\n"
         "links: [ in -> out ]\n",
         "2:12: source 'in' has no file, expected one here or with --in in="},
        {"chain: c\nsources: { in: { pcap: i } }\nsinks: { out: { pcapng: ~ } }"
         "\nlinks: [ in -> out ]\n",
         "3:10: sink 'out' has no file, expected one here or with --out out="},
        {"chain: c\nsources: { in: { pcap: i } }\nsinks:\n  a: { pcap: o }\n"
         "  b: { pcapng: ./o }\nlinks: [ in.1 -> a, in -> b ]\n",
         "5:3: sink 'b' has the file of 'a', expected another than "},
        {"chain: c\nsources: { a: { pcap: '-' }, b: { pcap: '-' } }\n"
         "sinks: { out: { pcap: o } }\nlinks: [ a -> out, b -> out ]\n",
         "2:30: source 'b' has the file of 'a'"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

static void wrong_files_on_the_command_line_are_refused(void **state)
{
    static const struct {
        const char *message;
        struct chain_port_file port[2];
        size_t n_ports;
    } row[] = {
        {"precast: --in: no source 'x', expected one of: in",
         {{"x=f", CHAIN_IN}, {"", CHAIN_IN}},
         1},
        {"precast: --in: no source 'out', expected",
         {{"out=f", CHAIN_IN}, {"", CHAIN_IN}},
         1},
        {"precast: --out: no sink 'acl', expected one of: out",
         {{"acl=f", CHAIN_OUT}, {"", CHAIN_IN}},
         1},
        {"precast: --in: 'in', expected PORT=FILE",
         {{"in", CHAIN_IN}, {"", CHAIN_IN}},
         1},
        {"precast: --in: '=f', expected PORT=FILE",
         {{"=f", CHAIN_IN}, {"", CHAIN_IN}},
         1},
        {"precast: --out: 'out=', expected PORT=FILE",
         {{"out=", CHAIN_OUT}, {"", CHAIN_IN}},
         1},
        {"precast: --in: a second file for 'in'",
         {{"in=a", CHAIN_IN}, {"in=b", CHAIN_IN}},
         2},
        {"precast: --port: a second file for 'in'",
         {{"in=a", CHAIN_IN}, {"in=tap:b", CHAIN_PORT}},
         2},
        {"precast: --port: no source or sink 'acl', expected one of: in, out",
         {{"acl=tap:t", CHAIN_PORT}, {"", CHAIN_IN}},
         1},
        {"precast: --port: 'in', expected PORT=KIND:NAME",
         {{"in", CHAIN_PORT}, {"", CHAIN_IN}},
         1},
        {"precast: --port: 'a.pcap' for source 'in', expected KIND:NAME with "
         "one of: pcap, tap, af_packet, af_xdp, ring, gen, null",
         {{"in=a.pcap", CHAIN_PORT}, {"", CHAIN_IN}},
         1},
        {"precast: --port: 'gen:' for sink 'out', expected KIND:NAME with one "
         "of: pcap, pcapng, tap",
         {{"out=gen:", CHAIN_PORT}, {"", CHAIN_IN}},
         1},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct bad bad = {TOP ACL, row[k].message};
        assert_true(refuses(*state, &bad, row[k].port, row[k].n_ports));
    }
}

static void unreadable_chain_files_are_refused(void **state)
{
    const struct fixture *f = *state;
    struct chain *c = NULL;

    assert_int_equal(chain_open(f->dir, NULL, 0, &c), ERR_BAD_INPUT);
    assert_int_equal(chain_open("/nonexistent/c", NULL, 0, &c), ERR_BAD_INPUT);
    assert_null(c);
}

static void a_chain_is_loaded_as_written(void **state)
{
    static const char text[] =
        "chain: edge\n"
        "sources: { in: { pcap: in.pcap } }\n"
        "nodes:\n"
        "  - { name: acl, fn: acl, set: { no_match: 0x1 } }\n"
        "links: [ in -> acl, acl -> out ]\n"
        "sinks: { out: { pcapng: out.pcapng } }\n"
        "devices: { fab0: { kind: sim, slots: 2, width: 32 }, b: { kind: sim "
        "} }\n"
        "twin: watched\n"
        "repair: off\nself_test: 9\nforgive: 10\nreload_every: 11\n"
        "telemetry: { window: 12, walk: 13 }\n"
        "schedule:\n"
        "  - { at: 1000, concretize: acl, device: fab0/1, shadow: 7 }\n"
        "  - { at: 5000, fault: b, flip: \"entry_q[7]\" }\n";
    const struct fixture *f = *state;
    struct chain *c = open_good(f, text, NULL, 0);

    assert_string_equal(c->name, "edge");
    assert_string_equal(c->file, f->file);
    assert_string_equal(c->dir, f->dir);
    assert_int_equal(c->twin, CHAIN_TWIN_WATCHED);
    assert_false(c->repair.on);
    assert_int_equal(c->repair.self_test, 9);
    assert_int_equal(c->repair.forgive, 10);
    assert_int_equal(c->repair.reload_every, 11);
    assert_int_equal(c->repair.window_beats, 12);
    assert_int_equal(c->repair.walk_words, 13);
    assert_int_equal(c->n_vertices, 3);
    assert_int_equal(c->vertex[0].kind, CHAIN_SOURCE);
    assert_string_equal(c->vertex[0].file, "in.pcap");
    assert_int_equal(c->vertex[0].line, 2);
    assert_int_equal(c->vertex[0].column, 12);
    assert_int_equal(c->vertex[1].kind, CHAIN_NODE);
    assert_ptr_equal(c->vertex[1].fn, registry_find("acl"));
    assert_int_equal(c->vertex[1].set.n, 1);
    assert_int_equal(c->vertex[1].set.at[0].offset, 0x80);
    assert_int_equal(c->vertex[1].set.at[0].value, 1);
    assert_int_equal(c->vertex[2].kind, CHAIN_SINK);
    assert_int_equal(c->vertex[2].port, PORT_PCAPNG);
    assert_int_equal(c->n_links, 2);
    assert_int_equal(c->link[1].from, 1);
    assert_int_equal(c->link[1].to, 2);
    assert_int_equal(c->link[1].from_port, CHAIN_PORT_ANY);
    assert_int_equal(c->link[1].to_port, CHAIN_PORT_ANY);
    assert_int_equal(c->n_devices, 2);
    assert_string_equal(c->device[0].kind, "sim");
    assert_int_equal(c->device[0].n_slots, 2);
    assert_int_equal(c->device[0].width_bits, 32);
    assert_int_equal(c->device[1].n_slots, 4);
    assert_int_equal(c->device[1].width_bits, 64);
    assert_int_equal(c->n_events, 2);
    assert_int_equal(c->event[0].action, CHAIN_CONCRETIZE);
    assert_int_equal(c->event[0].node, 1);
    assert_int_equal(c->event[0].device, 0);
    assert_int_equal(c->event[0].slot, 1);
    assert_int_equal(c->event[0].shadow, 7);
    assert_int_equal(c->event[1].action, CHAIN_FAULT);
    assert_int_equal(c->event[1].device, 1);
    assert_int_equal(c->event[1].slot, 0);
    assert_string_equal(c->event[1].flip, "entry_q[7]");
    assert_int_equal(c->event[1].line, 16);
    chain_close(c);
}

static void events_are_sorted_and_stable(void **state)
{
    static const char text[] =
        TOP ACL FAB "schedule:\n"
                    "- { at: 9, virtualize: acl }\n"
                    "- &again { at: 5, set: { no_match: 1 }, node: acl }\n"
                    "- { at: 5, set: { no_match: 0 }, node: acl }\n"
                    "- *again\n"
                    "- { concretize: acl, device: fab0, at: 0 }\n"
                    "- { at: 0xffffffffffffffff, virtualize: acl, shadow: 1 }\n"
                    "- { at: 5, set: { no_flags: 1 }, node: acl }\n";
    static const uint32_t value[] = {1, 0, 1, 1};
    static const uint32_t offset[] = {0x80, 0x80, 0x80, 0x84};
    struct chain *c = open_good(*state, text, NULL, 0);

    assert_int_equal(c->n_events, 7);
    assert_int_equal(c->event[0].at, 0);
    assert_int_equal(c->event[0].slot, 0);
    assert_int_equal(c->event[0].shadow, CHAIN_SHADOW_ITEMS);
    for (size_t k = 0; k < CHECK_ROWS(value); k++) {
        const struct chain_event *e = &c->event[k + 1];
        assert_int_equal(e->action, CHAIN_SET);
        assert_int_equal(e->at, 5);
        assert_int_equal(e->node, 1);
        assert_int_equal(e->set.n, 1);
        assert_int_equal(e->set.at[0].offset, offset[k]);
        assert_int_equal(e->set.at[0].value, value[k]);
    }
    assert_int_equal(c->event[5].at, 9);
    assert_int_equal(c->event[5].shadow, CHAIN_SHADOW_ITEMS);
    assert_int_equal(c->event[6].at, UINT64_MAX);
    assert_int_equal(c->event[6].shadow, 1);
    chain_close(c);
}

static void a_chain_needs_no_node(void **state)
{
    static const char *const nodes[] = {"", "nodes:\n", "nodes: []\n"};
    char text[256];

    for (size_t k = 0; k < CHECK_ROWS(nodes); k++) {
        (void)snprintf(text, sizeof text,
                       TOP "%slinks: [ in -> out ]\ndevices:\nschedule: ~\n",
                       nodes[k]);
        struct chain *c = open_good(*state, text, NULL, 0);
        assert_int_equal(c->n_vertices, 2);
        assert_int_equal(c->n_devices, 0);
        assert_int_equal(c->n_events, 0);
        chain_close(c);
    }
}

static void paths_start_at_the_file_but_for_the_command_line(void **state)
{
    static const char text[] =
        "chain: c\n"
        "sources: { a: { pcap: }, b: { pcap: b }, c: { pcap: /c } }\n"
        "sinks: { x: { pcap: '-' }, y: { pcapng: \"\" }, z: { pcap: d/z } }\n"
        "links: [ a -> x, b -> y, c -> z ]\n";
    static const struct chain_port_file ports[] = {
        {"a=a=1", CHAIN_IN}, {"y=y", CHAIN_OUT}, {"z=z", CHAIN_OUT}};
    const struct fixture *f = *state;
    struct chain *c = open_good(f, text, ports, CHECK_ROWS(ports));
    char joined[128];
    const char *const path[] = {"a=1", joined, "/c", "-", "y", "z"};
    char got[128];

    (void)snprintf(joined, sizeof joined, "%s/b", f->dir);
    for (size_t k = 0; k < CHECK_ROWS(path); k++) {
        assert_int_equal(chain_path(c, &c->vertex[k], got, sizeof got), 0);
        assert_string_equal(got, path[k]);
    }
    assert_int_equal(chain_path(c, &c->vertex[2], got, 2), ERR_BAD_INPUT);
    assert_int_equal(chain_path(c, &c->vertex[2], got, 3), 0);
    chain_close(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_nodes_are_refused),
        cmocka_unit_test(wrong_events_are_refused),
        cmocka_unit_test(a_function_without_rtl_stays_where_it_is),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(wrong_files_on_the_command_line_are_refused),
        cmocka_unit_test(unreadable_chain_files_are_refused),
        cmocka_unit_test(a_chain_is_loaded_as_written),
        cmocka_unit_test(events_are_sorted_and_stable),
        cmocka_unit_test(a_chain_needs_no_node),
        cmocka_unit_test(paths_start_at_the_file_but_for_the_command_line),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
