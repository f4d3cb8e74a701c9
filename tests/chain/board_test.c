/*
 * board_test.c - chains whose device is a simulated board, the RTL of the link
 * included, give the same packets as software, moved to and fro.
 */
#include "tests/cli_check.h"

#include <unistd.h>

#include "core/base/rng.h"

enum { PACKETS = 6000, MOVES = 20, RULES = 300 };

static void write_chain(const char *name, const char *image, const char *rules)
{
    char text[8192];
    char file[64];
    struct rng r = {9};
    int n = snprintf(text, sizeof text,
                     "chain: edge\n"
                     "sources: { in: { pcap: in.pcap } }\n"
                     "nodes:\n"
                     "  - { name: acl, fn: acl, set: { rules: %s } }\n"
                     "links: [ in -> acl, acl -> out ]\n"
                     "sinks: { out: { pcap: %s.pcap } }\n",
                     rules, name);

    if (image != NULL) {
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "devices: { fab0: { kind: board, image: %s } }\n"
                      "twin: checked\n"
                      "schedule:\n",
                      image);
    }
    for (int k = 0; image != NULL && k < MOVES; k++) {
        uint64_t at = (uint64_t)(k * (PACKETS / MOVES)) +
                      rng_below(&r, PACKETS / MOVES / 2);
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "  - { at: %llu, %s: acl%s, shadow: 50 }\n",
                      (unsigned long long)at,
                      k % 2 == 0 ? "concretize" : "virtualize",
                      k % 2 == 0 ? ", device: fab0/0" : "");
    }
    assert_true((size_t)n < sizeof text);
    (void)snprintf(file, sizeof file, "%s.yaml", name); /* fits */
    cli_write_text(cli_path(file), text);
}

/* More rules than the image of acl holds. */
static void write_rules(void)
{
    static char text[RULES * 96];
    struct rng r = {2};
    size_t n = 0;

    for (int k = 0; k < RULES; k++) {
        unsigned port = rng_below(&r, 64) * 1000;
        n += (size_t)snprintf(
            text + n, sizeof text - n,
            "@10.%u.0.0/16 0.0.0.0/0 %u : %u 0 : 65535 0x%02x/0xFF "
            "0x0000/0x0000 %s\n",
            rng_below(&r, 8), port, port + 999, rng_below(&r, 2) == 0 ? 6 : 17,
            rng_below(&r, 2) == 0 ? "drop" : "accept");
    }
    cli_write_text(cli_path("many.rules"), text);
}

static int make_input(void **state)
{
    char args[96];

    (void)state;
    (void)snprintf(args, sizeof args,
                   "gen packets --count %d --out in.pcap --seed 4",
                   PACKETS); /* fits */
    cli_ok(args);
    write_rules();
    return 0;
}

/* Every move went well, and nothing was lost on the way. */
static void moved_like_software(const char *image, const char *rules)
{
    write_chain("software", NULL, rules);
    cli_ok("run software.yaml");
    write_chain("board", image, rules);
    struct cli_result r = cli("run board.yaml --json");
    assert_string_equal(r.err, "");
    assert_int_equal(r.status, 0);
    json_t *moves = cli_records(r.out, "move");
    assert_int_equal(json_array_size(moves), MOVES);
    for (size_t k = 0; k < MOVES; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
        assert_int_equal(cli_int(m, "reordered"), 0);
    }
    json_decref(moves);
    assert_null(strstr(r.out, "refused"));
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("board.pcap")));
}

static void have_board(const char *name)
{
    const char *dir = getenv("PRECAST_IMAGES");
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s.so",
                   dir != NULL ? dir : "build/image", name); /* cut: skipped */
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s\n", path);
        skip();
    }
}

static void acl_moves_to_a_board_and_back(void **state)
{
    (void)state;
    have_board("acl-board64");
    moved_like_software("acl-board64", "in.rules");
}

static void
a_board_with_a_cache_serves_a_function_that_does_not_fit(void **state)
{
    (void)state;
    have_board("acl_cache-board64");
    moved_like_software("acl_cache-board64", "many.rules");
}

static void another_function_is_refused(void **state)
{
    (void)state;
    have_board("scale-board32");
    write_chain("software", NULL, "in.rules");
    cli_ok("run software.yaml");
    write_chain("board", "scale-board32", "in.rules");
    struct cli_result r = cli("run board.yaml");
    assert_non_null(strstr(r.out, "refused: slot 0 has function"));
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("board.pcap")));
}

static void wrong_words_about_a_board_are_said(void **state)
{
    static const struct {
        const char *device, *said;
        int status;
    } cases[] = {
        {"{ kind: board }", "a device of kind board without an image", 2},
        {"{ kind: board, image: x, width: 64 }", "has no width", 2},
        {"{ kind: board, image: x, slots: 2 }", "has no slots", 2},
        {"{ kind: board, image: x, path: y }", "has no path", 2},
        {"{ kind: sim, image: x }", "a device of kind sim has no image", 2},
        {"{ kind: board, image: ../x }", "image '../x' of a board", 2},
        {"{ kind: board, image: none }", "none.so: no such board", 4},
    };
    char text[1024];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(cases); k++) {
        (void)snprintf(text, sizeof text,
                       "chain: edge\n"
                       "sources: { in: { pcap: in.pcap } }\n"
                       "nodes:\n"
                       "  - { name: acl, fn: acl }\n"
                       "links: [ in -> acl, acl -> out ]\n"
                       "sinks: { out: { pcap: out.pcap } }\n"
                       "devices: { fab0: %s }\n"
                       "schedule:\n"
                       "  - { at: 5, concretize: acl, device: fab0/0 }\n",
                       cases[k].device); /* fits */
        cli_write_text(cli_path("wrong.yaml"), text);
        struct cli_result r = cli("run wrong.yaml");
        if (strstr(r.err, cases[k].said) == NULL) {
            print_message("%s: %s\n", cases[k].device, r.err);
        }
        assert_non_null(strstr(r.err, cases[k].said));
        assert_int_equal(cli_lines(r.err), 1);
        assert_int_equal(r.status, cases[k].status);
        cli_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acl_moves_to_a_board_and_back),
        cmocka_unit_test(
            a_board_with_a_cache_serves_a_function_that_does_not_fit),
        cmocka_unit_test(another_function_is_refused),
        cmocka_unit_test(wrong_words_about_a_board_are_said),
    };

    return cmocka_run_group_tests(tests, make_input, cli_remove_dir);
}
