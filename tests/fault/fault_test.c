/*
 * fault_test.c - single-bit faults in the Verilated body: the twin finds them,
 * and the chain carries on.
 */
#include "tests/cli_check.h"

#include "core/base/rng.h"
#include "sim/sim.h"

/* Rule 8 of the generated rules accepts; with this bit flipped it drops. */
#define ACTION_OF_RULE_8 "match.word[7].store.mem[7][0]"

static void make_input(const char *count)
{
    char args[128];

    (void)snprintf(args, sizeof args, "gen packets --count %s --out p.pcap",
                   count);
    cli_ok(args);
}

/* Runs the chain with 'flip' at item 'at', '' for none; output to out.pcap. */
static struct cli_result run_and(const char *more, const char *twin, int at,
                                 const char *flip)
{
    char text[2048], fault[300] = "";

    if (flip[0] != '\0') {
        (void)snprintf(fault, sizeof fault,
                       "  - { at: %d, fault: fab0/0, flip: \"%s\" }\n", at,
                       flip);
    }
    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: acl, fn: acl, set: { rules: p.rules, "
                   "default: drop } }\n"
                   "links: [ in -> acl, acl -> out ]\n"
                   "sinks: { out: { pcap: out.pcap } }\n"
                   "devices: { fab0: { kind: sim } }\n"
                   "twin: %s\n%s"
                   "schedule:\n"
                   "  - { at: 0, concretize: acl, device: fab0/0, shadow: 50 "
                   "}\n%s",
                   twin, more, fault);
    cli_write_text(cli_path("t.yaml"), text);
    return cli("run t.yaml --json");
}

static struct cli_result run_with(const char *twin, int at, const char *flip)
{
    return run_and("", twin, at, flip);
}

/* The output without any fault, in good.pcap. */
static void make_good(void)
{
    struct cli_result r = run_with("off", 0, "");

    assert_int_equal(r.status, 0);
    cli_free(&r);
    assert_int_equal(rename(cli_path("out.pcap"), cli_path("good.pcap")), 0);
}

static void without_the_twin_a_flip_changes_the_output(void **state)
{
    (void)state;
    make_input("5000");
    make_good();
    struct cli_result r = run_with("off", 1000, ACTION_OF_RULE_8);
    assert_int_equal(r.status, 0);
    assert_null(strstr(r.out, "verdict"));
    assert_false(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
    cli_free(&r);
}

static void the_twin_finds_the_flip_and_the_c_body_carries_on(void **state)
{
    static const struct {
        const char *twin;
        bool same; /* nothing wrong leaves */
    } row[] = {{"watched", false}, {"checked", true}};

    (void)state;
    make_input("5000");
    make_good();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r =
            run_and("repair: off\n", row[k].twin, 1000, ACTION_OF_RULE_8);
        json_t *verdicts = cli_records(r.out, "verdict");
        json_t *actions = cli_records(r.out, "action");
        json_t *nodes = cli_records(r.out, "node");
        assert_int_equal(r.status, 0);
        assert_int_equal(json_array_size(verdicts), 1);
        const json_t *v = json_array_get(verdicts, 0);
        assert_string_equal(cli_str(v, "verdict"), "differ");
        assert_string_equal(cli_str(v, "detail"), "drop expected 0 got 1");
        assert_true(cli_int(v, "first_item") >= 1000);
        assert_true(cli_int(v, "first_item") < 1200);
        const json_t *a = json_array_get(actions, 0);
        assert_string_equal(cli_str(a, "action"), "quarantine");
        /* Watched lets the wrong item go; from the next one on C serves. */
        assert_int_equal(cli_int(a, "at_item"),
                         cli_int(v, "first_item") + !row[k].same);
        assert_string_equal(cli_str(json_array_get(nodes, 0), "body"), "c");
        assert_int_equal(cli_int(json_array_get(nodes, 0), "in"), 5000);
        assert_int_equal(cli_same(cli_path("good.pcap"), cli_path("out.pcap")),
                         row[k].same);
        json_decref(verdicts);
        json_decref(actions);
        json_decref(nodes);
        cli_free(&r);
    }
}

static void the_twin_finds_the_flip_and_the_slot_is_repaired(void **state)
{
    static const char *const want[] = {"scrub", "shadow", "return"};

    (void)state;
    make_input("5000");
    make_good();
    struct cli_result r = run_and("telemetry: { window: 512, walk: 255 }\n",
                                  "checked", 1000, ACTION_OF_RULE_8);
    json_t *verdicts = cli_records(r.out, "verdict");
    json_t *actions = cli_records(r.out, "action");
    json_t *nodes = cli_records(r.out, "node");
    assert_int_equal(r.status, 0);
    assert_int_equal(json_array_size(verdicts), 1);
    const json_t *v = json_array_get(verdicts, 0);
    assert_string_equal(cli_str(v, "verdict"), "differ");
    assert_string_equal(cli_str(v, "stage"), "MATCH");
    assert_string_equal(cli_str(v, "class"), "state");
    assert_string_equal(cli_str(v, "register"), "RULE[7].7");
    assert_int_equal(json_array_size(actions), CHECK_ROWS(want));
    for (size_t k = 0; k < CHECK_ROWS(want); k++) {
        assert_string_equal(cli_str(json_array_get(actions, k), "action"),
                            want[k]);
    }
    assert_string_equal(cli_str(json_array_get(nodes, 0), "body"), "rtl");
    assert_true(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
    json_decref(verdicts);
    json_decref(actions);
    json_decref(nodes);
    cli_free(&r);
}

/* So it is when the slot reports nothing, as behind a small board. */
static void a_slot_without_telemetry_is_repaired(void **state)
{
    (void)state;
    make_input("5000");
    make_good();
    struct cli_result r = run_and("telemetry: { window: 0 }\n", "checked", 1000,
                                  ACTION_OF_RULE_8);
    json_t *verdicts = cli_records(r.out, "verdict");
    json_t *nodes = cli_records(r.out, "node");
    assert_int_equal(r.status, 0);
    assert_int_equal(json_array_size(verdicts), 1);
    const json_t *v = json_array_get(verdicts, 0);
    assert_string_equal(cli_str(v, "verdict"), "differ");
    assert_string_equal(cli_str(v, "class"), "state");
    assert_string_equal(cli_str(v, "register"), "RULE[7].7");
    assert_string_equal(cli_str(json_array_get(nodes, 0), "body"), "rtl");
    assert_true(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
    json_decref(verdicts);
    json_decref(nodes);
    cli_free(&r);
}

/* Faults that no packet is left to show are found by comparing registers. */
static void a_flip_after_the_last_packet_is_found_in_the_registers(void **state)
{
    static const struct {
        const char *flip, *detail;
    } row[] = {
        /* 14 rules are in use: 0b1110. */
        {"csr.n_rules_q[0]", "N_RULES expected 0xe got 0xf"},
        {"csr.n_rules_q[8]", "a table claims more than it holds"},
        {"csr.no_match_q[0]", "NO_MATCH expected 0x1 got 0x0"},
        /* Rule 1 is from 10.1.2.3: word 0 of entry 0. */
        {"match.word[0].store.mem[0][0]",
         "RULE[0].0 expected 0xa010203 got 0xa010202"},
        {"slot.common.control_q[0]", NULL}, /* no register of the function */
    };

    (void)state;
    make_input("2000");
    make_good();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = run_with("watched", 2000, row[k].flip);
        json_t *verdicts = cli_records(r.out, "verdict");
        assert_int_equal(r.status, 0);
        assert_int_equal(json_array_size(verdicts), row[k].detail != NULL);
        if (row[k].detail != NULL) {
            const json_t *v = json_array_get(verdicts, 0);
            assert_string_equal(cli_str(v, "verdict"), "parameter");
            assert_string_equal(cli_str(v, "detail"), row[k].detail);
        }
        assert_true(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
        json_decref(verdicts);
        cli_free(&r);
    }
}

struct bits {
    char name[512][128];
    uint32_t words[512], bits[512];
    size_t n;
};

static void collect(void *ctx, const char *name, uint32_t n_words,
                    uint32_t n_bits)
{
    struct bits *b = ctx;

    assert_true(b->n < CHECK_ROWS(b->name));
    (void)snprintf(b->name[b->n], sizeof b->name[0], "%s", name);
    b->words[b->n] = n_words;
    b->bits[b->n++] = n_bits;
}

/*
 * Two bits of every register there is, flipped at a random item: whatever that
 * does - nothing, wrong packets, lost ones, a hang - nothing wrong leaves.
 */
static void in_checked_mode_no_flip_of_any_register_gets_out(void **state)
{
    const char *images = getenv("PRECAST_IMAGES");
    char path[PATH_MAX];
    struct bits *b = calloc(1, sizeof *b);
    struct rng rng = {1};
    struct sim *sim = NULL;
    size_t found = 0;

    (void)state;
    assert_non_null(b);
    (void)snprintf(path, sizeof path, "%s/acl-w64-fault.so",
                   images != NULL ? images : "build/image");
    assert_int_equal(sim_open(path, "acl", 64, true, &sim), 0);
    sim_list(sim, collect, b);
    sim_close(sim);
    assert_true(b->n > 20);
    make_input("1000");
    make_good();
    for (size_t k = 0; k < 2 * b->n; k++) {
        size_t j = k / 2;
        char flip[200], word[16] = "";
        if (b->words[j] > 1) {
            (void)snprintf(word, sizeof word, "[%u]",
                           rng_below(&rng, b->words[j]));
        }
        (void)snprintf(flip, sizeof flip, "%s%s[%u]", b->name[j], word,
                       rng_below(&rng, b->bits[j]));
        struct cli_result r =
            run_with("checked", 100 + (int)rng_below(&rng, 400), flip);
        if (r.status != 0 ||
            !cli_same(cli_path("good.pcap"), cli_path("out.pcap"))) {
            printf("%s: status %d\n%s%s", flip, r.status, r.out, r.err);
        }
        assert_int_equal(r.status, 0);
        assert_true(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
        found += strstr(r.out, "\"verdict\"") != NULL;
        cli_free(&r);
    }
    printf("%zu flips of %zu registers: %zu seen by the twin, %zu masked\n",
           2 * b->n, b->n, found, 2 * b->n - found);
    assert_true(found > 0);
    free(b);
}

static void a_hang_without_a_twin_loses_no_packet(void **state)
{
    (void)state;
    make_input("1000");
    make_good();
    /* The slot's gate shuts: CONTROL.ENABLE falls. */
    struct cli_result r = run_with("off", 300, "slot.common.control_q[0]");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "\"verdict\":\"hang\""));
    assert_non_null(strstr(r.out, "quarantine"));
    assert_true(cli_same(cli_path("good.pcap"), cli_path("out.pcap")));
    cli_free(&r);
}

static void a_flip_of_nothing_is_refused_by_name(void **state)
{
    (void)state;
    make_input("1000");
    struct cli_result r = run_with("watched", 300, "nowhere_q[0]");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "no bit 'nowhere_q[0]'"));
    assert_non_null(strstr(r.err, "csr.n_rules_q[16]"));
    assert_int_equal(cli_lines(r.err), 1);
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_twin_a_flip_changes_the_output),
        cmocka_unit_test(the_twin_finds_the_flip_and_the_c_body_carries_on),
        cmocka_unit_test(the_twin_finds_the_flip_and_the_slot_is_repaired),
        cmocka_unit_test(a_slot_without_telemetry_is_repaired),
        cmocka_unit_test(
            a_flip_after_the_last_packet_is_found_in_the_registers),
        cmocka_unit_test(in_checked_mode_no_flip_of_any_register_gets_out),
        cmocka_unit_test(a_hang_without_a_twin_loses_no_packet),
        cmocka_unit_test(a_flip_of_nothing_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
