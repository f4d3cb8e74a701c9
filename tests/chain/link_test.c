/*
 * link_test.c - chains whose device is behind a link give the same packets as
 * software: within the process, and in a process of its own.
 */
#include "tests/cli_check.h"

static void write_chain(const char *name, const char *device)
{
    char text[2048];
    char file[64];
    int n = snprintf(text, sizeof text,
                     "chain: edge\n"
                     "sources: { in: { pcap: in.pcap } }\n"
                     "nodes:\n"
                     "  - { name: acl, fn: acl, set: { rules: in.rules } }\n"
                     "links: [ in -> acl, acl -> out ]\n"
                     "sinks: { out: { pcap: %s.pcap } }\n",
                     name);

    assert_true(n > 0);
    if (device != NULL) {
        (void)snprintf(
            text + n, sizeof text - (size_t)n,
            "devices: { fab0: %s }\n"
            "twin: checked\n"
            "schedule:\n"
            "  - { at: 500, concretize: acl, device: fab0/3, shadow: 500 }\n"
            "  - { at: 8000, virtualize: acl, shadow: 500 }\n",
            device); /* fits */
    }
    (void)snprintf(file, sizeof file, "%s.yaml", name); /* fits */
    cli_write_text(cli_path(file), text);
}

static int make_input(void **state)
{
    (void)state;
    cli_ok("gen packets --count 10000 --out in.pcap --seed 4");
    write_chain("software", NULL);
    cli_ok("run software.yaml");
    return 0;
}

/* Both moves went well, and nothing was lost on the way. */
static void assert_moves(const char *json)
{
    json_t *moves = cli_records(json, "move");

    assert_int_equal(json_array_size(moves), 2);
    for (size_t k = 0; k < 2; k++) {
        const json_t *m = json_array_get(moves, k);
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
        assert_int_equal(cli_int(m, "reordered"), 0);
    }
    json_decref(moves);
}

static void a_framed_device_gives_what_software_gives(void **state)
{
    (void)state;
    write_chain("framed", "{ kind: sim, link: framed }");
    struct cli_result r = cli("run framed.yaml --json");
    assert_string_equal(r.err, "");
    assert_int_equal(r.status, 0);
    assert_moves(r.out);
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("framed.pcap")));
}

static void a_fabric_in_another_process_gives_what_software_gives(void **state)
{
    (void)state;
    write_chain("socket", "{ kind: socket, path: fab.sock }");
    struct cli_result r = cli_shell(
        "mkfifo ready && { $PRECAST fabric --socket fab.sock >ready & } &&"
        " fabric=$! && read -r line <ready && $PRECAST run socket.yaml --json "
        "&&"
        " $PRECAST run socket.yaml --json >again.txt && kill $fabric &&"
        " wait $fabric && test ! -e fab.sock && grep -q move again.txt");
    assert_string_equal(r.err, "");
    assert_int_equal(r.status, 0);
    assert_moves(r.out);
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("socket.pcap")));
}

static void a_fabric_that_dies_in_the_run_costs_no_packet(void **state)
{
    (void)state;
    write_chain("killed", "{ kind: socket, path: killed.sock }");
    /* It dies when half of the packets have been given. */
    struct cli_result r = cli_shell(
        "mkfifo killed && { $PRECAST fabric --socket killed.sock >killed & } &&"
        " fabric=$! && read -r line <killed && size=$(stat -c %s in.pcap) &&"
        " { head -c $((size / 2)) in.pcap; kill -9 $fabric;"
        " tail -c +$((size / 2 + 1)) in.pcap; } |"
        " $PRECAST run killed.yaml --in in=- --json");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "killed.sock: the fabric is gone"));
    assert_int_equal(cli_lines(r.err), 1);
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("killed.pcap")));
}

static void a_fabric_of_another_width_costs_no_packet(void **state)
{
    (void)state;
    write_chain("narrow", "{ kind: socket, path: narrow.sock }");
    struct cli_result r = cli_shell(
        "mkfifo narrow && { $PRECAST fabric --socket narrow.sock --width 32"
        " --slots 4 >narrow & } && fabric=$! && read -r line <narrow &&"
        " { $PRECAST run narrow.yaml; kill $fabric; wait $fabric; }");
    assert_non_null(strstr(r.out, "no image 'acl w64' for a fabric 32 bits"));
    cli_free(&r);
    assert_true(cli_same(cli_path("software.pcap"), cli_path("narrow.pcap")));
}

static void a_fabric_that_is_not_there_is_said(void **state)
{
    (void)state;
    write_chain("none", "{ kind: socket, path: none.sock }");
    struct cli_result r = cli("run none.yaml");
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "none.sock: cannot connect"));
    cli_free(&r);
    write_chain("tty", "{ kind: serial, path: /dev/null, baud: 3000000 }");
    r = cli("run tty.yaml");
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "/dev/null: cannot be opened as a tty"));
    cli_free(&r);
}

static void wrong_words_to_a_fabric_have_status_2(void **state)
{
    static const char *const args[] = {
        "fabric",
        "fabric --socket",
        "fabric --socket x --slots 0",
        "fabric --socket x --slots 17",
        "fabric --socket x --width 48",
        "fabric --socket x y",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(args); k++) {
        struct cli_result r = cli(args[k]);
        assert_int_equal(r.status, 2);
        assert_int_equal(cli_lines(r.err), 1);
        cli_free(&r);
    }
}

static void a_fault_behind_a_link_is_refused(void **state)
{
    (void)state;
    write_chain("fault", "{ kind: sim, link: framed }");
    struct cli_result r = cli_shell(
        "echo '  - { at: 5000, fault: fab0/0, flip: \"csr.n_rules_q[7]\" }'"
        " >>fault.yaml && $PRECAST run fault.yaml");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "device 'fab0' is behind a link"));
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_framed_device_gives_what_software_gives),
        cmocka_unit_test(a_fabric_in_another_process_gives_what_software_gives),
        cmocka_unit_test(a_fabric_that_dies_in_the_run_costs_no_packet),
        cmocka_unit_test(a_fabric_of_another_width_costs_no_packet),
        cmocka_unit_test(a_fabric_that_is_not_there_is_said),
        cmocka_unit_test(wrong_words_to_a_fabric_have_status_2),
        cmocka_unit_test(a_fault_behind_a_link_is_refused),
    };

    return cmocka_run_group_tests(tests, make_input, cli_remove_dir);
}
