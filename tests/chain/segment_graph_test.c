/*
 * segment_graph_test.c - graphs in which lines of nodes end, meet or branch
 * off: what is no line is not run as one, and what leaves by each way is what a
 * run in software gives.
 */
#include "tests/chain/segment_check.h"

enum { ITEMS = 3000 };

/* Graphs of sources i, j, k, access lists a to d, a bridge br and sinks x, y,
 * z.
 */
static const struct {
    const char *name;
    const char *links;
    const char *fabric; /* nodes on it: name and slot; with ' of fab1 */
    const char *lines;  /* "FIRST-LAST " of each, in the order they begin */
} rows[] = {
    {"all in a line", " i -> a, a -> b, b -> c, c -> x ", "a2 b1 c0", "a-c "},
    {"one in software between", " i -> a, a -> b, b -> c, c -> x ", "a0 c2",
     ""},
    {"one in software before", " i -> a, a -> b, b -> c, c -> x ", "b7 c2",
     "b-c "},
    {"a slot that the crossbar does not reach",
     " i -> a, a -> b, b -> c, c -> x ", "a0 b9 c2", ""},
    {"two devices", " i -> a, a -> b, b -> c, c -> x ", "a0 b1' c2'", "b-c "},
    {"a source joins", " i -> a, a -> b, j -> b, b -> c, c -> x ", "a0 b1 c2",
     "b-c "},
    {"two lines join", " i -> a, j -> b, a -> c, b -> c, c -> d, d -> x ",
     "a0 b1 c2 d3", "c-d "},
    {"side by side", " i -> a, a -> b, b -> x, j -> c, c -> d, d -> y ",
     "a3 b1 c2 d0", "a-b c-d "},
    {"links with ports", " i -> a, a.0 -> b, a -> c, b -> x, c -> y ",
     "a0 b1 c2", ""},
    {"one link with a port", " i -> a, a.0 -> b, b -> c, c -> x ", "a0 b1 c2",
     "b-c "},
    {"a port for what comes", " i -> a, a -> b.3, b -> c, c -> x ", "a0 b1 c2",
     "b-c "},
    {"a bridge at the end",
     " i -> a, a -> b, b -> br, br.1 -> x, br.2 -> y, br -> z ", "a0 b1 br2",
     "a-br "},
    {"a bridge in the middle",
     " i -> br.0, j -> br.1, k -> br.2, br.0 -> a, a -> b, b -> x, br.1 -> c, "
     "c -> y, br.2 -> z ",
     "a0 b1 c3 br2", "a-b "},
    {"a bridge with one way out", " i -> br, br -> a, a -> b, b -> x ",
     "br2 a0 b1", "a-b "},
};

static const char *const sinks[] = {"x", "y", "z"};

/* The rest of a chain file that moves 'fabric' to its slots. */
static void write_rest(const char *fabric, const char *twin, char *rest,
                       size_t n)
{
    size_t at = (size_t)snprintf(rest, n,
                                 "devices: { fab0: { kind: sim, slots: 12 }, "
                                 "fab1: { kind: sim } }\n"
                                 "twin: %s\nschedule:\n",
                                 twin);

    for (const char *c = fabric; *c != '\0';) {
        size_t name = strcspn(c, "0123456789");
        at += (size_t)snprintf(
            rest + at, n - at,
            "  - { at: 0, concretize: %.*s, device: fab%d/%c, shadow: 40 "
            "}\n",
            (int)name, c, c[name + 1] == '\'', c[name]);
        c += name + 1;
        c += *c == '\'';
        c += *c == ' ';
    }
}

/* True when a link of 'links' names 'name', with or without a port. */
static bool is_in(const char *links, const char *name)
{
    size_t len = strlen(name);

    for (const char *c = strstr(links, name); c != NULL;
         c = strstr(c + len, name)) {
        if (c[-1] == ' ' && strchr(". ,", c[len]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Writes and runs a graph; outputs are TAG-x.pcap and so on. */
static struct cli_result run_graph(const char *links, const char *tag,
                                   const char *rest)
{
    static const struct {
        const char *kind, *name, *entry;
    } parts[] = {
        {"sources", "i", "i: { pcap: p.pcap }"},
        {"sources", "j", "j: { pcap: p2.pcap }"},
        {"sources", "k", "k: { pcap: p3.pcap }"},
        {"nodes", "a", "- { name: a, fn: acl, set: { rules: p.rules } }"},
        {"nodes", "b", "- { name: b, fn: acl, set: { rules: b.rules } }"},
        {"nodes", "c", "- { name: c, fn: acl, set: { rules: c.rules } }"},
        {"nodes", "d", "- { name: d, fn: acl, set: { rules: d.rules } }"},
        {"nodes", "br", "- { name: br, fn: bridge, set: { entries: 256 } }"},
    };
    char text[8192];
    const char *kind = "";
    size_t at =
        (size_t)snprintf(text, sizeof text, "chain: t\nlinks: [%s]\n", links);

    for (size_t k = 0; k < CHECK_ROWS(parts); k++) {
        if (is_in(links, parts[k].name)) {
            bool first = strcmp(kind, parts[k].kind) != 0;
            kind = parts[k].kind;
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s  %s\n",
                                   first ? kind : "", first ? ":\n" : "",
                                   parts[k].entry);
        }
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "sinks:\n");
    for (size_t k = 0; k < CHECK_ROWS(sinks); k++) {
        if (is_in(links, sinks[k])) {
            at += (size_t)snprintf(text + at, sizeof text - at,
                                   "  %s: { pcap: %s-%s.pcap }\n", sinks[k],
                                   tag, sinks[k]);
        }
    }
    (void)snprintf(text + at, sizeof text - at, "%s", rest);
    cli_write_text(cli_path("graph.yaml"), text);
    return cli("run graph.yaml --json");
}

/* All that leaves is what leaves in software. */
static void check_sinks(const char *links)
{
    for (size_t k = 0; k < CHECK_ROWS(sinks); k++) {
        char a[32], b[32];
        (void)snprintf(a, sizeof a, "soft-%s.pcap", sinks[k]);
        (void)snprintf(b, sizeof b, "fab-%s.pcap", sinks[k]);
        if (is_in(links, sinks[k])) {
            assert_true(cli_same(cli_path(a), cli_path(b)));
        }
    }
}

static void check_lines(const char *json, const char *want)
{
    json_t *segments = cli_records(json, "segment");
    char got[128] = "";

    for (size_t k = 0; k < json_array_size(segments); k++) {
        const json_t *s = json_array_get(segments, k);
        size_t at = strlen(got);
        (void)snprintf(got + at, sizeof got - at, "%s-%s ", cli_str(s, "first"),
                       cli_str(s, "last"));
    }
    assert_string_equal(got, want);
    json_decref(segments);
}

static void graphs_on_the_fabric_are_the_software_run(void **state)
{
    static const char *const twins[] = {"off", "checked"};

    (void)state;
    line_input(ITEMS);
    cli_ok("gen packets --count 2000 --seed 5 --out p2.pcap");
    cli_ok("gen packets --count 1000 --seed 6 --out p3.pcap");
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        struct cli_result soft = run_graph(rows[k].links, "soft", "");
        print_message("%s\n%s", rows[k].name, soft.err);
        assert_int_equal(soft.status, 0);
        char *want = line_counts(soft.out);
        for (size_t t = 0; t < CHECK_ROWS(twins); t++) {
            char rest[1024];
            write_rest(rows[k].fabric, twins[t], rest, sizeof rest);
            struct cli_result r = run_graph(rows[k].links, "fab", rest);
            assert_string_equal(r.err, "");
            assert_int_equal(r.status, 0);
            check_lines(r.out, rows[k].lines);
            assert_int_equal(line_records(r.out, "verdict"), 0);
            char *got = line_counts(r.out);
            assert_string_equal(got, want);
            check_sinks(rows[k].links);
            free(got);
            cli_free(&r);
        }
        free(want);
        cli_free(&soft);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_on_the_fabric_are_the_software_run),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
