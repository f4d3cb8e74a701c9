/*
 * fabric_lte_test.c - `precast scan --fabric` with the blocks of the LTE
 * receiver: cells and messages are those that software gives, also when the
 * functions move or a slot errs while the recording is read.
 */
#include "tests/radio/fabric_check.h"

/* SIB1 of a cell on the air, and a SIB5 of it. */
#define SI                                          \
    " --sib1 4051800310240487879814211081044c23d4 " \
    "--si 000c0403390a529aa8"

/* One, two and four ports, both prefixes, TDD, weak cells, one under another,
 * and bands of 1, 4 and 16 times 128 points. */
static const char *const recordings[] = {
    "--cell 1 --snr 0 --cfo -31000",
    "--cell 150 --ports 2 --channel etu --snr 6 --cfo 8000 --count 17",
    "--cell 503 --ports 4 --prb 100 --tdd 1 --cp extended --snr 5",
    "--cell 42 --also 43:-3:5000:200,45:-6:2000:-300 --snr 20 --count 12",
    "--cell 10 --sfn 15 --snr 20 --count 16" SI,
    "--cell 271 --ports 2 --prb 25 --sfn 1022 --cfo 24000 --snr 12" SI,
    "--cell 503 --ports 2 --prb 100 --sfn 30 --snr 15 --count 6" SI,
};

/* The function at work answered all it was asked, 'n' blocks at least. */
static void assert_served(const char *json, const char *name, long long n)
{
    json_t *o = node(json, name);

    assert_string_equal(cli_str(o, "body"), "rtl");
    assert_true(cli_int(o, "in") >= n);
    assert_int_equal(cli_int(o, "out"), cli_int(o, "in"));
    assert_int_equal(cli_int(o, "dropped"), 0);
    json_decref(o);
}

static void
cells_are_those_of_software_with_each_and_all_on_fabric(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(recordings); k++) {
        char args[512];
        (void)snprintf(args, sizeof args, "gen lte --out w %s", recordings[k]);
        cli_ok(args);
        struct cli_result soft = scan("w", "soft", "");
        struct cli_result one = scan("w", "one", "--fabric viterbi_tb");
        struct cli_result c = scan("w", "c", "--fabric fft128 --body c");
        struct cli_result rtl =
            scan("w", "rtl", "--fabric fft128 --width 32 --twin off");
        struct cli_result both =
            scan("w", "both", "--fabric fft128,viterbi_tb --twin checked");
        assert_same(&soft, "soft", &one, "one");
        assert_same(&c, "c", &rtl, "rtl");
        assert_same(&c, "c", &both, "both");
        assert_true(count(both.out, "lte_cell") > 0);
        assert_int_equal(moves(one.out), 1);
        assert_int_equal(moves(c.out), 0);
        assert_int_equal(moves(rtl.out), 1);
        assert_int_equal(moves(both.out), 2);
        assert_int_equal(count(both.out, "verdict"), 0);
        assert_served(both.out, "viterbi_tb", 20);
        assert_served(both.out, "fft128", 300);
        json_t *n = node(both.out, "fft128");
        assert_int_equal(cli_int(json_object_get(n, "counters"), "N_CLIPPED"),
                         0);
        json_decref(n);
        cli_free(&soft);
        cli_free(&one);
        cli_free(&c);
        cli_free(&rtl);
        cli_free(&both);
    }
}

/* Recordings of other people's radios, and of none. */
static void shared_recordings_give_the_same_cells_on_fabric(void **state)
{
    glob_t g = {0};
    size_t n_cells = 0;

    (void)state;
    shared_recordings("lte", "*", &g);
    for (size_t k = 0; k < g.gl_pathc; k++) {
        struct cli_result soft = scan(g.gl_pathv[k], "soft", "");
        struct cli_result one =
            scan(g.gl_pathv[k], "one", "--fabric viterbi_tb --twin checked");
        struct cli_result c =
            scan(g.gl_pathv[k], "c", "--fabric fft128 --body c");
        struct cli_result both =
            scan(g.gl_pathv[k], "both", "--fabric viterbi_tb,fft128");
        struct cli_result seen =
            scan(g.gl_pathv[k], "seen", "--fabric pss_correlate --width 32");
        assert_same(&soft, "soft", &one, "one");
        assert_same(&soft, "soft", &seen, "seen");
        assert_same(&c, "c", &both, "both");
        assert_same_but_noise(soft.out, c.out, "lte_cell");
        assert_same_but_noise(soft.out, c.out, "lte_si");
        assert_int_equal(count(both.out, "verdict"), 0);
        n_cells += count(both.out, "lte_cell");
        cli_free(&seen);
        cli_free(&soft);
        cli_free(&one);
        cli_free(&c);
        cli_free(&both);
    }
    print_message("%zu recordings, %zu cells\n", (size_t)g.gl_pathc, n_cells);
    assert_true(n_cells > 44);
    globfree(&g);
}

/* For a second and a half: a cell, another one under it, and nothing more. */
static void a_search_is_spared_where_nothing_is_seen(void **state)
{
    (void)state;
    cli_ok("gen lte --out w --cell 42 --also 43:-3:5000:200 --snr 20 "
           "--cfo 5000 --count 150");
    struct cli_result soft = scan("w", "soft", "");
    struct cli_result c = scan("w", "c", "--fabric pss_correlate --body c");
    struct cli_result rtl = scan("w", "rtl",
                                 "--fabric pss_correlate --twin checked "
                                 "--flip 2000000:pss_correlate:csr.fold_q[1]");
    assert_same(&soft, "soft", &c, "c");
    assert_same(&soft, "soft", &rtl, "rtl");
    assert_int_equal(count(soft.out, "lte_cell"), 2);
    assert_int_equal(moves(c.out), 0);
    assert_int_equal(moves(rtl.out), 1);
    assert_int_equal(count(rtl.out, "verdict"), 1);
    assert_served(rtl.out, "pss_correlate", 16);
    cli_free(&soft);
    cli_free(&c);
    cli_free(&rtl);
}

/* A cell in the first 200 ms of 'w', another one in the rest. */
static void make_two_in_turn(void)
{
    struct cli_result r;

    cli_ok("gen lte --out w --cell 10 --sfn 15 --snr 20 --count 20" SI);
    cli_ok("gen lte --out next --cell 205 --snr 8 --ports 2 --count 20");
    r = cli_shell("cat next.sigmf-data >>w.sigmf-data");
    assert_int_equal(r.status, 0);
    cli_free(&r);
}

static void
functions_move_there_and_back_while_a_recording_is_read(void **state)
{
    (void)state;
    make_two_in_turn();
    struct cli_result c = scan("w", "c", "--fabric viterbi_tb,fft128 --body c");
    struct cli_result r = scan("w", "m",
                               "--twin checked --fabric "
                               "viterbi_tb@100000-500000,fft128@200000-400000");
    assert_int_equal(count(c.out, "lte_cell"), 2);
    assert_same(&c, "c", &r, "m");
    assert_int_equal(moves(r.out), 4);
    for (size_t k = 0; k < 2; k++) {
        json_t *n = node(r.out, k == 0 ? "viterbi_tb" : "fft128");
        assert_string_equal(cli_str(n, "body"), "c");
        json_decref(n);
    }
    cli_free(&c);
    cli_free(&r);
}

/* Of a function that has lost its way, and one that transforms the other way
 * round: in checked mode nothing else can be told from it, and without a twin
 * the second cell is not found. */
static void a_fault_in_a_slot_is_repaired_and_no_cell_changes(void **state)
{
    static const struct {
        const char *bit, *class;
    } row[] = {
        {"viterbi_tb:state_q[1]", "transient"},
        {"fft128:csr.direction_q[0]", "state"},
    };
    struct cli_result c, off;

    (void)state;
    make_two_in_turn();
    c = scan("w", "c", "--fabric viterbi_tb,fft128 --body c");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char how[256];
        (void)snprintf(how, sizeof how,
                       "--fabric viterbi_tb,fft128 --twin checked "
                       "--flip 200000:%s",
                       row[k].bit);
        struct cli_result r = scan("w", "f", how);
        assert_same(&c, "c", &r, "f");
        assert_int_equal(count(r.out, "fault"), 1);
        json_t *list = cli_records(r.out, "verdict");
        assert_true(json_array_size(list) >= 1);
        assert_string_equal(cli_str(json_array_get(list, 0), "class"),
                            row[k].class);
        json_decref(list);
        list = cli_records(r.out, "action");
        assert_true(json_array_size(list) >= 3);
        assert_string_equal(
            cli_str(json_array_get(list, json_array_size(list) - 1), "action"),
            "return");
        json_decref(list);
        cli_free(&r);
    }
    off = scan("w", "off",
               "--fabric viterbi_tb,fft128 --twin off "
               "--flip 200000:fft128:csr.direction_q[0]");
    assert_int_equal(count(c.out, "lte_cell"), 2);
    assert_int_equal(count(off.out, "lte_cell"), 1);
    cli_free(&off);
    cli_free(&c);
}

/* Both receivers at once, each with its own. */
static void wifi_and_lte_share_a_fabric(void **state)
{
    (void)state;
    cli_ok("gen mix --out w --cell 77 --count 6 --seed 4");
    struct cli_result c = scan("w", "c",
                               "--fabric viterbi_k7,fft64,viterbi_tb,fft128 "
                               "--body c");
    struct cli_result r =
        scan("w", "r", "--fabric viterbi_k7,fft64,viterbi_tb,fft128");
    assert_int_equal(moves(r.out), 4);
    assert_same_but_noise(c.out, r.out, "wifi_frame");
    assert_same_but_noise(c.out, r.out, "lte_cell");
    assert_int_equal(count(r.out, "lte_cell"), 1);
    assert_int_equal(count(r.out, "wifi_frame"), 6);
    assert_served(r.out, "viterbi_tb", 20);
    assert_served(r.out, "fft128", 300);
    cli_free(&c);
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            cells_are_those_of_software_with_each_and_all_on_fabric),
        cmocka_unit_test(shared_recordings_give_the_same_cells_on_fabric),
        cmocka_unit_test(a_search_is_spared_where_nothing_is_seen),
        cmocka_unit_test(
            functions_move_there_and_back_while_a_recording_is_read),
        cmocka_unit_test(a_fault_in_a_slot_is_repaired_and_no_cell_changes),
        cmocka_unit_test(wifi_and_lte_share_a_fabric),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
