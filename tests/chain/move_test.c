/*
 * move_test.c - functions move to the fabric and back while packets flow, and
 * nothing is lost, repeated, reordered or changed.
 */
#include "tests/cli_check.h"

#include "core/base/rng.h"

/* The chain without devices and schedule, reading 'pcap', writing 'out'. */
static void write_chain(const char *name, const char *out, const char *rest)
{
    char text[1 << 16];

    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: acl, fn: acl, set: { rules: p.rules, "
                   "default: drop } }\n"
                   "links: [ in -> acl, acl -> out ]\n"
                   "sinks: { out: { pcap: %s } }\n%s",
                   out, rest);
    cli_write_text(cli_path(name), text);
}

static void run_in_software(const char *count)
{
    char args[128];

    (void)snprintf(args, sizeof args, "gen packets --count %s --out p.pcap",
                   count);
    cli_ok(args);
    write_chain("soft.yaml", "soft.pcap", "");
    cli_ok("run soft.yaml");
}

/* Every move happened, and by every count nothing is missing. */
static void assert_clean_moves(const char *json, size_t n_moves)
{
    json_t *moves = cli_records(json, "move");

    assert_int_equal(json_array_size(moves), n_moves);
    for (size_t k = 0; k < n_moves; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_null(json_object_get(m, "refused"));
        assert_string_equal(cli_str(m, "from"), k % 2 == 0 ? "c" : "rtl");
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
        /* With the twin off nobody knows, and nobody says. */
        if (json_object_get(m, "reordered") != NULL) {
            assert_int_equal(cli_int(m, "reordered"), 0);
        }
        /* The slot did see them: its own counters say so. */
        assert_true(cli_int(m, "slot_items_in") >= cli_int(m, "shadow_items"));
        assert_int_equal(cli_int(m, "slot_items_in"),
                         cli_int(m, "slot_items_out"));
        assert_true(cli_int(m, "slot_cycles") > cli_int(m, "slot_items_in"));
    }
    json_decref(moves);
}

static void five_moves_each_way_change_no_byte_of_100000_packets(void **state)
{
    char schedule[4096] = "devices: { fab0: { kind: sim } }\n"
                          "twin: watched\nschedule:\n";
    struct cli_result r;

    (void)state;
    run_in_software("100000");
    for (int k = 0; k < 5; k++) {
        size_t n = strlen(schedule);
        (void)snprintf(schedule + n, sizeof schedule - n,
                       "  - { at: %d, concretize: acl, device: fab0/0 }\n"
                       "  - { at: %d, virtualize: acl }\n",
                       1000 + k * 20000, 11000 + k * 20000);
    }
    write_chain("moves.yaml", "moves.pcap", schedule);
    r = cli("run moves.yaml --json");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    assert_clean_moves(r.out, 10);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("moves.pcap")));
    cli_free(&r);
}

/* The function's own counters at the end of a run, as one line. */
static char *counters(const char *json)
{
    json_t *nodes = cli_records(json, "node");
    char *text = json_dumps(
        json_object_get(json_array_get(nodes, 0), "counters"), JSON_COMPACT);

    assert_non_null(text);
    json_decref(nodes);
    return text;
}

/* Counters are state: wherever the node was and is, they count every item. */
static void counters_move_with_the_node(void **state)
{
    static const char *const twins[] = {"off", "watched", "checked"};
    struct cli_result r;

    (void)state;
    run_in_software("6000");
    r = cli("run soft.yaml --json");
    char *want = counters(r.out);
    assert_non_null(strstr(want, "\"N_HITS\":"));
    cli_free(&r);
    for (size_t k = 0; k < 2 * CHECK_ROWS(twins); k++) {
        char schedule[1024];
        (void)snprintf(
            schedule, sizeof schedule,
            "devices: { fab0: { kind: sim } }\ntwin: %s\nschedule:\n"
            "  - { at: 500, concretize: acl, device: fab0, shadow: 100 }\n"
            "  - { at: 2000, virtualize: acl, shadow: 100 }\n"
            "  - { at: 3000, concretize: acl, device: fab0/2, shadow: 100 }\n"
            "%s",
            twins[k / 2],
            k % 2 == 0 ? ""
                       : "  - { at: 5000, virtualize: acl, shadow: 100 }\n");
        write_chain("moves.yaml", "moves.pcap", schedule);
        r = cli("run moves.yaml --json");
        assert_int_equal(r.status, 0);
        assert_clean_moves(r.out, 3 + k % 2);
        char *got = counters(r.out);
        assert_string_equal(got, want);
        free(got);
        cli_free(&r);
    }
    free(want);
}

/* Moves at random items with short shadows, with the twin and without. */
static void moves_at_random_items_change_no_byte(void **state)
{
    static const struct {
        const char *twin;
        int width_bits;
    } row[] = {{"off", 64}, {"off", 32}, {"checked", 64}, {"watched", 32}};
    enum { MOVES = 60, STEP = 300 };

    (void)state;
    run_in_software("20000");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char schedule[1 << 14];
        struct rng rng = {k + 1};
        struct cli_result r;
        size_t n = (size_t)snprintf(
            schedule, sizeof schedule,
            "devices: { fab0: { kind: sim, width: %d } }\ntwin: %s\n"
            "schedule:\n",
            row[k].width_bits, row[k].twin);
        for (unsigned j = 0; j < MOVES; j++) {
            /* A shadow of 20 items ends before the next move begins. */
            unsigned at = j * STEP + rng_below(&rng, STEP - 30);
            n += (size_t)snprintf(
                schedule + n, sizeof schedule - n, "  - { at: %u, %s20 }\n", at,
                j % 2 == 0 ? "concretize: acl, device: fab0/1, shadow: "
                           : "virtualize: acl, shadow: ");
        }
        write_chain("moves.yaml", "moves.pcap", schedule);
        r = cli("run moves.yaml --json");
        assert_int_equal(r.status, 0);
        assert_clean_moves(r.out, MOVES);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("moves.pcap")));
        cli_free(&r);
    }
}

static void too_many_rules_are_refused_with_both_numbers(void **state)
{
    static char rules[300 * 96] = "";
    struct cli_result r;
    json_t *moves;

    (void)state;
    for (int k = 0; k < 300; k++) {
        size_t n = strlen(rules);
        (void)snprintf(rules + n, sizeof rules - n,
                       "@10.%d.%d.0/24\t0.0.0.0/0\t0 : 65535\t0 : 65535\t"
                       "0x00/0x00\t0x0000/0x0000\n",
                       k / 256, k % 256);
    }
    run_in_software("5000");
    cli_write_text(cli_path("many.rules"), rules);
    write_chain(
        "many.yaml", "many.pcap",
        "devices: { fab0: { kind: sim } }\n"
        "schedule:\n"
        "  - { at: 500, set: { rules: many.rules }, node: acl }\n"
        "  - { at: 1000, concretize: acl, device: fab0, cache: false }\n"
        "  - { at: 2000, set: { rules: p.rules }, node: acl }\n"
        "  - { at: 2000, concretize: acl, device: fab0, shadow: 100 }\n");
    r = cli("run many.yaml --json");
    assert_int_equal(r.status, 0);
    moves = cli_records(r.out, "move");
    assert_int_equal(json_array_size(moves), 2);
    const char *why = cli_str(json_array_get(moves, 0), "refused");
    assert_non_null(strstr(why, "300 entries"));
    assert_non_null(strstr(why, "holds 256"));
    assert_null(json_object_get(json_array_get(moves, 1), "refused"));
    json_decref(moves);
    json_t *node = cli_records(r.out, "node");
    assert_int_equal(cli_int(json_array_get(node, 0), "in"), 5000);
    json_decref(node);
    cli_free(&r);
}

/* New rules arrive while the node is on the fabric: the same at the same item.
 */
static void settings_take_effect_at_their_item_on_either_body(void **state)
{
    static const char *const twins[] = {"off", "watched"};
    const char *change = "  - { at: 2500, set: { default: accept, rules: "
                         "few.rules }, node: acl }\n";
    char schedule[1024];

    (void)state;
    run_in_software("5000");
    cli_write_text(cli_path("few.rules"),
                   "@10.1.0.0/16 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF "
                   "0x0000/0x0000 drop\n");
    (void)snprintf(schedule, sizeof schedule, "schedule:\n%s", change);
    write_chain("soft.yaml", "soft.pcap", schedule);
    cli_ok("run soft.yaml");
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        (void)snprintf(schedule, sizeof schedule,
                       "devices: { fab0: { kind: sim } }\ntwin: %s\nschedule:\n"
                       "  - { at: 1000, concretize: acl, device: fab0/3 }\n%s"
                       "  - { at: 4000, virtualize: acl, shadow: 7 }\n",
                       twins[k], change);
        write_chain("hard.yaml", "hard.pcap", schedule);
        struct cli_result r = cli("run hard.yaml --json");
        assert_int_equal(r.status, 0);
        assert_clean_moves(r.out, 2);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
        cli_free(&r);
    }
}

/* Rules that outgrow the image while on the fabric move the node home first. */
static void rules_that_outgrow_the_image_bring_the_node_home(void **state)
{
    static char rules[257 * 96] = "";
    char schedule[1024];

    (void)state;
    run_in_software("3000");
    for (int k = 0; k < 257; k++) {
        strcat(rules, "@10.1.0.0/16 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF "
                      "0x0000/0x0000 drop\n");
    }
    cli_write_text(cli_path("257.rules"), rules);
    (void)snprintf(schedule, sizeof schedule,
                   "devices: { fab0: { kind: sim } }\nschedule:\n%s"
                   "  - { at: 2000, set: { rules: 257.rules }, node: acl }\n",
                   "");
    write_chain("soft.yaml", "soft.pcap", schedule);
    cli_ok("run soft.yaml");
    (void)snprintf(
        schedule, sizeof schedule,
        "devices: { fab0: { kind: sim } }\nschedule:\n"
        "  - { at: 100, concretize: acl, device: fab0, shadow: 50 }\n"
        "  - { at: 2000, set: { rules: 257.rules }, node: acl }\n");
    write_chain("hard.yaml", "hard.pcap", schedule);
    struct cli_result r = cli("run hard.yaml --json");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "\"virtualize\""));
    assert_non_null(strstr(r.out, "\"body\":\"c\""));
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
    cli_free(&r);
}

/* Moves that cannot be are told, and the chain goes on. */
static void impossible_moves_are_refused_and_cost_nothing(void **state)
{
    (void)state;
    run_in_software("3000");
    write_chain("odd.yaml", "odd.pcap",
                "devices: { fab0: { kind: sim } }\nschedule:\n"
                "  - { at: 100, virtualize: acl }\n"
                "  - { at: 200, concretize: acl, device: fab0, shadow: 10 }\n"
                "  - { at: 300, concretize: acl, device: fab0/1 }\n"
                "  - { at: 2990, virtualize: acl }\n");
    struct cli_result r = cli("run odd.yaml --json");
    assert_int_equal(r.status, 0);
    json_t *moves = cli_records(r.out, "move");
    assert_int_equal(json_array_size(moves), 4);
    assert_string_equal(cli_str(json_array_get(moves, 0), "refused"),
                        "it is not on the fabric");
    assert_null(json_object_get(json_array_get(moves, 1), "refused"));
    assert_string_equal(cli_str(json_array_get(moves, 2), "refused"),
                        "it is on the fabric, or on its way");
    assert_string_equal(cli_str(json_array_get(moves, 3), "refused"),
                        "the input ended in the shadow run");
    json_decref(moves);
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("odd.pcap")));
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_moves_each_way_change_no_byte_of_100000_packets),
        cmocka_unit_test(counters_move_with_the_node),
        cmocka_unit_test(moves_at_random_items_change_no_byte),
        cmocka_unit_test(too_many_rules_are_refused_with_both_numbers),
        cmocka_unit_test(settings_take_effect_at_their_item_on_either_body),
        cmocka_unit_test(rules_that_outgrow_the_image_bring_the_node_home),
        cmocka_unit_test(impossible_moves_are_refused_and_cost_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
