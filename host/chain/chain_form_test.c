/* yaml_doc_test.c - files that are no YAML or not of a chain's form. */
#include "host/chain/chain_load_check.h"

static void bad_yaml_is_refused(void **state)
{
    static const struct bad row[] = {
        {"", "c.yaml:1:1: no YAML document"},
        {"# nothing\n", "c.yaml:1:1: no YAML document"},
        {"---\n", "c.yaml:2:1: chain file is empty, expected a map"},
        {"chain: c\nlinks: [ a\n", "c.yaml:3:1: not a YAML file: did not find"},
        {TOP ACL "---\nchain: d\n", "c.yaml:7:1: a second document"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

static void wrong_keys_and_types_are_refused(void **state)
{
    static const struct bad row[] = {
        {"[ a ]\n", "1:1: chain file is a sequence, expected a map"},
        {"a\n", "1:1: chain file is text, expected a map"},
        {"chain: c\nnode: []\n",
         "2:1: chain file has no key 'node', expected chain, sources, nodes, "
         "links, sinks, devices, twin, schedule"},
        {"chain: c\nchain: d\n", "2:1: a second key 'chain'"},
        {"{ ? [ a ] : b }\n", "1:5: this key is a sequence, expected text"},
        {"sources: { in: { pcap: i } }\n", "1:1: chain file without a key "
                                           "'chain'"},
        {"chain: c\nlinks: []\nsinks: {}\n", "1:1: chain file without a key "
                                             "'sources'"},
        {"chain: c\nsources: {}\nsinks: {}\n", "1:1: chain file without a key "
                                               "'links'"},
        {"chain: c\nsources: {}\nlinks: []\n", "1:1: chain file without a key "
                                               "'sinks'"},
        {"chain: c\nsources: {}\nlinks: []\nsinks: {}\n",
         "2:10: no source, expected at least one"},
        {"chain: c\nsources: { a: { pcap: i } }\nlinks: []\nsinks:\n",
         "4:7: no sink, expected at least one"},
        {"chain: [ c ]\nsources: {}\nlinks: []\nsinks: {}\n",
         "1:8: chain is a sequence, expected text"},
        {"chain: a b\nsources: {}\nlinks: []\nsinks: {}\n",
         "1:8: chain is 'a b', expected a name"},
        {"chain: c\nsources: [ in ]\nlinks: []\nsinks: {}\n",
         "2:10: sources is a sequence, expected a map"},
        {"chain: c\nsources: { in: x }\nlinks: []\nsinks: {}\n",
         "2:16: in is text, expected a map"},
        {"chain: c\nsources: { in: }\nlinks: []\nsinks: {}\n",
         "2:16: in is empty, expected a map"},
        {"chain: c\nsources: { in: { pcapng: x } }\nlinks: []\nsinks: {}\n",
         "2:18: in has no key 'pcapng', expected pcap"},
        {"chain: c\nsources: { in: { pcap: [] } }\nlinks: []\nsinks: {}\n",
         "2:24: pcap is a sequence, expected text"},
        {"chain: c\nsources: { a.b: { pcap: x } }\nlinks: []\nsinks: {}\n",
         "2:12: source is 'a.b', expected a name"},
        {"chain: c\nsources: { in: { pcap: i } }\nlinks: []\n"
         "sinks: { out: {} }\n",
         "4:15: sink 'out' with no port, expected one: pcap, pcapng, tap"},
        {"chain: c\nsources: { in: { pcap: i } }\nlinks: []\n"
         "sinks: { out: { pcap: a, pcapng: b } }\n",
         "4:15: sink 'out' with a second port"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

static void wrong_twins_and_devices_are_refused(void **state)
{
    static const struct bad row[] = {
        {TOP ACL "twin: on\n", "6:7: twin is 'on', expected one of: off, "},
        {TOP ACL "twin: [ off ]\n", "6:7: twin is a sequence"},
        {TOP ACL "devices: []\n", "6:10: devices is a sequence, expected a"},
        {TOP ACL "devices: { d: { slots: 1 } }\n", "6:15: d without a key"},
        {TOP ACL "devices: { d: { kind: usb } }\n", "6:23: kind is 'usb', "
                                                    "expected one of: sim, "
                                                    "socket, serial"},
        {TOP ACL "devices: { d: { kind: sim, link: usb } }\n",
         "6:34: link is 'usb', expected direct or framed"},
        {TOP ACL "devices: { d: { kind: socket } }\n",
         "6:23: a device of kind socket without a path"},
        {TOP ACL "devices: { d: { kind: sim, path: x } }\n",
         "6:34: a device of kind sim has no path"},
        {TOP ACL "devices: { d: { kind: socket, path: x, baud: 9600 } }\n",
         "6:46: a device of kind socket has no baud"},
        {TOP ACL "devices: { d: { kind: serial, path: x, link: framed } }\n",
         "6:46: a device of kind serial has no link"},
        {TOP ACL "devices: { d: { kind: serial, path: x, baud: 1 } }\n",
         "6:46: baud is '1', expected a number from 9600 to 4000000"},
        {TOP ACL "devices: { d: { kind: sim, slots: 17 } }\n",
         "6:35: slots is '17', expected a number from 1 to 16"},
        {TOP ACL "devices: { d: { kind: sim, width: 48 } }\n",
         "6:35: width is 48, expected 32, 64 or 256"},
        {TOP ACL "devices: { d: { kind: sim, size: 1 } }\n",
         "6:28: d has no key 'size', expected kind, slots, width, "
         "link, path, baud"},
        {TOP ACL "devices: { d: { kind: sim }, d: { kind: sim } }\n",
         "6:30: a second device 'd'"},
        {TOP ACL "devices: { a/b: { kind: sim } }\n", "6:12: device is 'a/b'"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(refuses(*state, &row[k], NULL, 0));
    }
}

/* 'before', then 'n' times 'text' with the number of the time for its #. */
static char *repeat(const char *before, const char *text, size_t n)
{
    size_t room = strlen(before) + n * (strlen(text) + 8) + 1;
    char *all = malloc(room);

    assert_non_null(all);
    size_t at = (size_t)snprintf(all, room, "%s", before);
    for (size_t k = 0; k < n; k++) {
        for (const char *t = text; *t != '\0'; t++) {
            at += (size_t)(*t == '#' ? snprintf(all + at, room - at, "%zu", k)
                                     : snprintf(all + at, room - at, "%c", *t));
        }
    }
    return all;
}

static void excess_is_refused(void **state)
{
    static const struct {
        const char *before;
        const char *text; /* repeated, # is a number */
        size_t n;
        const char *message;
    } row[] = {
        {"", "x ", 200000, "c.yaml:1:1: longer than a chain file may be"},
        {"links: []\nsources: {}\nsinks: {}\nchain: ", "x", 64,
         "4:8: chain is 'xxx"},
        {"chain: c\nsinks: {}\nlinks: []\nsources:\n", "  s#: { pcap: f }\n",
         257, "5:3: 257 sources, nodes and sinks, expected at most 256"},
        {"chain: c\nsinks: {a: {pcap: f}}\nlinks: []\nsources:\n",
         "  s#: { pcap: f }\n", 256, "5:3: 257 sources, nodes and sinks"},
        {TOP "links:\n", "- in.# -> out\n", 257, "261:3: link 'in.256 -> o"},
        {TOP "links:\n", "- in -> out\n", 1025, "5:1: 1025 links, expected"},
        {TOP ACL "devices:\n", "  d#: { kind: sim }\n", 65, "7:3: 65 devices"},
        {TOP ACL "schedule:\n", "- { at: 1 }\n", 4097, "7:1: 4097 events"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char *text = repeat(row[k].before, row[k].text, row[k].n);
        struct bad bad = {.text = text, .message = row[k].message};
        bool refused = refuses(*state, &bad, NULL, 0);
        free(text);
        assert_true(refused);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_yaml_is_refused),
        cmocka_unit_test(wrong_keys_and_types_are_refused),
        cmocka_unit_test(wrong_twins_and_devices_are_refused),
        cmocka_unit_test(excess_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
