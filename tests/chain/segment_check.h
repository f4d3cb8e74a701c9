/*
 * segment_check.h - chains of access lists in a row, for the tests of lines on
 * the fabric: what a run in software gives, and what a run says.
 */
#ifndef TESTS_CHAIN_SEGMENT_CHECK_H
#define TESTS_CHAIN_SEGMENT_CHECK_H

#include "tests/cli_check.h"

enum { LINE_NODES_MAX = 4 };

/*
 * Makes p.pcap with 'items' packets and the rules of the nodes: p.rules of
 * 'a', b.rules and so on of the others.  Each drops some of what the ones
 * before leave, and counts hits that are no drops.
 */
static inline void line_input(int items)
{
    static const char *const rules[] = {
        "@0.0.0.0/1 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF 0x0000/0x0000 "
        "drop\n"
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 32767 0x00/0x00 0x0000/0x0000 "
        "accept\n",
        "@0.0.0.0/0 0.0.0.0/0 0 : 32767 0 : 65535 0x11/0xFF 0x0000/0x0000 "
        "drop\n"
        "@0.0.0.0/0 0.0.0.0/1 0 : 65535 0 : 65535 0x00/0x00 0x0000/0x0000 "
        "accept\n",
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 16383 0x00/0x00 0x0000/0x0000 "
        "drop\n"
        "@0.0.0.0/1 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 0x0000/0x0000 "
        "accept\n",
    };
    char text[64];

    (void)snprintf(text, sizeof text, "gen packets --count %d --out p.pcap",
                   items);
    cli_ok(text);
    for (size_t k = 0; k < CHECK_ROWS(rules); k++) {
        (void)snprintf(text, sizeof text, "%c.rules", (int)('b' + k));
        cli_write_text(cli_path(text), rules[k]);
    }
}

/* in -> a -> b ... -> out, 'n' access lists. */
static inline void line_write(const char *name, const char *out, size_t n,
                              const char *rest)
{
    char text[1 << 15];
    size_t at = (size_t)snprintf(text, sizeof text,
                                 "chain: t\n"
                                 "sources: { in: { pcap: p.pcap } }\n"
                                 "nodes:\n");

    assert_true(n <= LINE_NODES_MAX);
    for (size_t k = 0; k < n; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "  - { name: %c, fn: acl, set: { rules: "
                               "%c.rules } }\n",
                               (int)('a' + k), "pbcd"[k]);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "links: [ in -> a, ");
    for (size_t k = 1; k < n; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%c -> %c, ",
                               (int)('a' + k - 1), (int)('a' + k));
    }
    (void)snprintf(text + at, sizeof text - at,
                   "%c -> out ]\nsinks: { out: { pcap: %s } }\n%s",
                   (int)('a' + n - 1), out, rest);
    cli_write_text(cli_path(name), text);
}

static inline size_t line_records(const char *json, const char *type)
{
    json_t *list = cli_records(json, type);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

/* Everything that the run says of its nodes, bodies aside, as one line. */
static inline char *line_counts(const char *json)
{
    json_t *nodes = cli_records(json, "node");
    json_t *summary = cli_records(json, "summary");
    const json_t *s = json_array_get(summary, 0);

    for (size_t k = 0; k < json_array_size(nodes); k++) {
        (void)json_object_del(json_array_get(nodes, k), "body");
    }
    (void)json_array_append_new(nodes, json_integer(cli_int(s, "items_out")));
    (void)json_array_append_new(nodes, json_integer(cli_int(s, "dropped")));
    char *text = json_dumps(nodes, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(text);
    json_decref(nodes);
    json_decref(summary);
    return text;
}

/* The run in software: its output is soft.pcap, its report is returned. */
static inline char *line_in_software(size_t n, int items)
{
    line_input(items);
    line_write("soft.yaml", "soft.pcap", n, "");
    struct cli_result r = cli("run soft.yaml --json");
    assert_int_equal(r.status, 0);
    json_t *nodes = cli_records(r.out, "node");
    assert_int_equal(json_array_size(nodes), n);
    for (size_t k = 0; k < n; k++) {
        long long dropped = cli_int(json_array_get(nodes, k), "dropped");
        assert_in_range(dropped, items / 100, items / 2);
    }
    json_decref(nodes);
    free(r.err);
    return r.out;
}

#endif
