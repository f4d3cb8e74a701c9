/*
 * data_test.c - rules and captures that others made, in ../shared; skipped,
 * with a message, where they are not.
 */
#include "tests/cli_check.h"

#include <dirent.h>

/* Absolute path of ../shared/NAME, or NULL with a message. */
static const char *shared(const char *name)
{
    static char path[PATH_MAX + 256];
    char here[PATH_MAX];

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(path, sizeof path, "%s/../shared/%s", here, name);
    if (access(path, R_OK) != 0) {
        printf("skipped: ../shared/%s is not here\n", name);
        return NULL;
    }
    return path;
}

/* What the scorer says of "FN TABLE TRUTH", files in ../shared/data/net: every
 * line is right, and there are more than 10,000. */
static void score(const char *how, const char *fn, const char *table,
                  const char *truth)
{
    char args[5 * PATH_MAX], root[PATH_MAX];
    json_error_t error;

    (void)snprintf(root, sizeof root, "%s", shared(""));
    (void)snprintf(args, sizeof args,
                   "python3 %s/tools/score_net.py --precast $PRECAST %s %s "
                   "%s/data/net/%s %s/data/net/%s",
                   root, how, fn, root, table, root, truth);
    struct cli_result r = cli_shell(args);
    printf("%s %s: %s", table, how, r.out);
    assert_int_equal(r.status, 0);
    json_t *said = json_loads(r.out, 0, &error);
    assert_non_null(said);
    assert_true(cli_int(said, "true") > 10000);
    assert_int_equal(cli_int(said, "right"), cli_int(said, "true"));
    json_decref(said);
    cli_free(&r);
}

/* Every line of the trace has the right first match, by the scorer's word. */
static void acl_finds_the_first_match_of_every_trace_line(void **state)
{
    static const char *const sets[] = {"acl1_1000", "fw1_1000", "ipc1_1000",
                                       "acl1_10000"};

    (void)state;
    if (shared("data/net/acl") == NULL ||
        shared("tools/score_net.py") == NULL) {
        skip();
    }
    for (size_t k = 0; k < CHECK_ROWS(sets); k++) {
        char table[64], truth[64];
        (void)snprintf(table, sizeof table, "acl/%s.rules", sets[k]);
        (void)snprintf(truth, sizeof truth, "acl/%s.trace.tsv.gz", sets[k]);
        score("", "acl", table, truth);
        score("--limit-rules 256 --body rtl", "acl", table, truth);
    }
}

/* Of full Internet tables. */
static void router4_finds_the_next_hop_of_every_probe(void **state)
{
    (void)state;
    if (shared("data/net/rib") == NULL ||
        shared("tools/score_net.py") == NULL) {
        skip();
    }
    score("", "route4", "rib/ipv4_2024.txt.gz", "rib/ipv4_probes.txt.gz");
}

static void router6_finds_the_next_hop_of_every_probe(void **state)
{
    (void)state;
    if (shared("data/net/rib") == NULL ||
        shared("tools/score_net.py") == NULL) {
        skip();
    }
    score("", "route6", "rib/ipv6_2024.txt.gz", "rib/ipv6_probes.txt.gz");
}

/* A chain whose rules touch what captures hold; all on the fabric from item 0.
 */
static void write_chains(void)
{
    static const char head[] =
        "chain: t\n"
        "sources: { in: { pcap: p.pcap } }\n"
        "nodes:\n"
        "  - { name: acl, fn: acl, set: { rules: real.rules } }\n"
        "links: [ in -> acl, acl -> out ]\n"
        "sinks: { out: { pcap: out.pcap } }\n";
    char text[2048];

    cli_write_text(
        cli_path("real.rules"),
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 53 : 53 0x11/0xFF 0x0/0x0 drop\n"
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 1023 0x06/0xFF 0x200/0x1200\n"
        "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 0x0/0x0\n"
        "@192.168.0.0/16 0.0.0.0/0 0 : 65535 443 : 443 0x00/0x00 0x0/0x0 drop\n"
        "@0.0.0.0/0 224.0.0.0/4 0 : 65535 0 : 65535 0x00/0x00 0x0/0x0 drop\n"
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x01/0xFF 0x800/0xFF00 drop\n"
        "@0.0.0.0/0 0.0.0.0/0 1024 : 65535 0 : 65535 0x11/0xFF 0x0/0x0\n"
        "@0.0.0.0/0 0.0.0.0/0 0 : 0 0 : 0 0x00/0x00 0x0/0x0 drop\n");
    cli_write_text(cli_path("c.yaml"), head);
    (void)snprintf(text, sizeof text,
                   "%sdevices: { fab0: { kind: sim } }\nschedule:\n"
                   "  - { at: 0, concretize: acl, device: fab0, shadow: 1 }\n",
                   head);
    cli_write_text(cli_path("rtl.yaml"), text);
}

/* Runs 'pcap' through both bodies; 1 when packets came out on the fabric. */
static int compare_bodies(const char *pcap)
{
    char args[3 * PATH_MAX];
    struct cli_result c, rtl;
    int on_fabric;

    (void)snprintf(args, sizeof args,
                   "run c.yaml --json --in 'in=%s' "
                   "--out out=c.pcap",
                   pcap);
    c = cli(args);
    (void)snprintf(args, sizeof args,
                   "run rtl.yaml --json --in 'in=%s' "
                   "--out out=rtl.pcap",
                   pcap);
    rtl = cli(args);
    if (c.status != rtl.status || (c.status != 0 && c.status != 2)) {
        printf("%s: status %d and %d\n%s", pcap, c.status, rtl.status, rtl.err);
    }
    assert_true(c.status == 0 || c.status == 2);
    assert_int_equal(c.status, rtl.status);
    assert_string_equal(c.err, rtl.err);
    on_fabric = strstr(rtl.out, "\"body\":\"rtl\"") != NULL;
    if (strstr(c.out, "summary") != NULL) {
        json_t *a = cli_records(c.out, "node");
        json_t *b = cli_records(rtl.out, "node");
        static const char *const keys[] = {"in", "out", "dropped"};
        for (size_t k = 0; k < CHECK_ROWS(keys); k++) {
            assert_int_equal(cli_int(json_array_get(a, 0), keys[k]),
                             cli_int(json_array_get(b, 0), keys[k]));
        }
        json_decref(a);
        json_decref(b);
        assert_true(cli_same(cli_path("c.pcap"), cli_path("rtl.pcap")));
    }
    cli_free(&c);
    cli_free(&rtl);
    return on_fabric;
}

static void real_captures_leave_both_bodies_byte_identical(void **state)
{
    static const char *const folders[] = {"ndpi", "suricata", "tcpdump"};
    int n = 0, n_on_fabric = 0;

    (void)state;
    if (shared("data/net/pcap") == NULL) {
        skip();
    }
    write_chains();
    for (size_t k = 0; k < CHECK_ROWS(folders); k++) {
        char folder[PATH_MAX], path[2 * PATH_MAX];
        (void)snprintf(folder, sizeof folder, "data/net/pcap/%s", folders[k]);
        const char *dir = shared(folder);
        assert_non_null(dir);
        DIR *d = opendir(dir);
        assert_non_null(d);
        for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
            if (e->d_name[0] == '.') {
                continue;
            }
            (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
            n_on_fabric += compare_bodies(path);
            n++;
        }
        (void)closedir(d);
    }
    printf("%d captures, %d of them through the fabric to their end\n", n,
           n_on_fabric);
    assert_true(n_on_fabric * 10 > n * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acl_finds_the_first_match_of_every_trace_line),
        cmocka_unit_test(router4_finds_the_next_hop_of_every_probe),
        cmocka_unit_test(router6_finds_the_next_hop_of_every_probe),
        cmocka_unit_test(real_captures_leave_both_bodies_byte_identical),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
