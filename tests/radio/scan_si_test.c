/* scan_si_test.c - generated cells with system information through a scan. */
#include "tests/cli_check.h"

#include <math.h>

/* SIB1 of two cells on the air, FDD and TDD 2, and a SIB5 of the first. */
#define SIB1_FDD "4051800310240487879814211081044c23d4"
#define SIB1_TDD "5051800101c801164018165010812d20"
#define SIB5     "000c0403390a529aa8"

/* SIB2 and SIB3 of the first; SIB6 and SIB7 by hand: a carrier of UTRA, and
 * three of GERAN, equally spaced over the end of their numbers. */
#define SIB2                                                                  \
    "00801c31186fe1290c338496e2d000020078ee596aa13730a060c941f28bc2780a09dc2" \
    "a0100"
#define SIB67 "009101a7c6a8814a322940ff0a14ffc54080"

static void system_information_comes_back_byte_for_byte(void **state)
{
    static const struct {
        const char *how, *sib1, *si, *duplex;
    } row[] = {
        {"--cell 271 --ports 2 --prb 25 --sfn 1022 --cfo 24000 --snr 12",
         SIB1_FDD, SIB5, "fdd"},
        {"--cell 10 --prb 6 --sfn 15 --snr 20", SIB1_TDD, SIB5, "tdd"},
        {"--cell 503 --ports 2 --prb 100 --sfn 30 --snr 15 --count 6", SIB1_FDD,
         SIB5, "fdd"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[512];
        print_message("row %zu\n", k);
        (void)snprintf(args, sizeof args,
                       "gen lte --out s %s --sib1 %s --si %s", row[k].how,
                       row[k].sib1, row[k].si);
        cli_ok(args);
        struct cli_result r = cli("scan --json --pcap s.pcapng s");
        assert_int_equal(r.status, 0);
        json_t *cells = cli_records(r.out, "lte_cell");
        assert_int_equal(json_array_size(cells), 1);
        const json_t *cell = json_array_get(cells, 0);
        assert_string_equal(cli_str(cell, "duplex"), row[k].duplex);
        assert_memory_equal(cli_str(cell, "sib1_hex"), row[k].sib1,
                            strlen(row[k].sib1));
        const json_t *sib1 = json_object_get(cell, "sib1");
        assert_string_equal(cli_str(sib1, "mcc"), "460");
        assert_int_equal(cli_int(sib1, "tac"), k == 1 ? 0x1c8 : 0x1024);
        assert_int_equal(cli_int(sib1, "band"), k == 1 ? 38 : 3);
        json_t *si = cli_records(r.out, "lte_si");
        assert_int_equal(json_array_size(si), 2);
        assert_memory_equal(cli_str(json_array_get(si, 1), "hex"), row[k].si,
                            strlen(row[k].si));
        const json_t *content =
            json_object_get(json_array_get(si, 1), "content");
        const json_t *other =
            json_array_get(json_object_get(content, "neighbours"), 0);
        assert_int_equal(cli_int(other, "earfcn"), 1650);
        assert_int_equal(cli_int(other, "prb"), 100);
        assert_int_equal(cli_int(other, "priority"), 5);
        assert_int_equal(cli_int(other, "thresh_high_db"), 18);
        assert_int_equal(cli_int(other, "q_rx_lev_min_dbm"), -130);
        json_decref(si);
        json_decref(cells);
        cli_free(&r);
    }
    struct cli_result r = cli_shell("command -v tshark");
    int status = r.status;
    cli_free(&r);
    if (status != 0) {
        print_message("skipped: no tshark, package tshark\n");
        skip();
    }
    r = cli_shell("tshark -r s.pcapng -T fields -e _ws.col.Info 2>/dev/null");
    assert_string_equal(r.out, "MasterInformationBlock (SFN=7)\n"
                               "SystemInformationBlockType1\n"
                               "SystemInformation [ SIB5 ]\n");
    cli_free(&r);
    r = cli_shell("tshark -r s.pcapng -Y _ws.malformed 2>/dev/null");
    assert_string_equal(r.out, "");
    cli_free(&r);
}

static const json_t *under(const json_t *o, const char *path)
{
    char text[128], *rest = NULL;

    (void)snprintf(text, sizeof text, "%s", path);
    for (char *key = strtok_r(text, ".", &rest); key != NULL;
         key = strtok_r(NULL, ".", &rest)) {
        o = json_is_array(o) ? json_array_get(o, strtoul(key, NULL, 10))
                             : json_object_get(o, key);
    }
    return o;
}

static void what_phones_share_and_other_networks_are_told(void **state)
{
    static const struct {
        const char *si, *path;
        double value;
    } row[] = {
        {SIB2, "common.prach.root_sequence", 579},
        {SIB2, "common.rach.target_dbm", -104},
        {SIB2, "common.paging_frames", 128},
        {SIB2, "common.nb", 1},
        {SIB2, "common.reference_dbm", 15},
        {SIB2, "common.power.alpha", 0.7},
        {SIB2, "common.timers.t311_ms", 10000},
        {SIB2, "common.ul_prb", 25},
        {SIB2, "serving.priority", 6},
        {SIB67, "utra.fdd.0.arfcn", 10737},
        {SIB67, "utra.fdd.0.q_rx_lev_min_dbm", -115},
        {SIB67, "geran.groups.0.arfcns.0", 1020},
        {SIB67, "geran.groups.0.arfcns.2", 2},
        {SIB67, "geran.groups.0.q_rx_lev_min_dbm", -105},
    };
    const char *si = "";
    json_t *found = NULL;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].path);
        if (strcmp(row[k].si, si) != 0) {
            char args[512];
            si = row[k].si;
            (void)snprintf(args, sizeof args,
                           "gen lte --out t --prb 25 --ports 2 --sfn 1022 "
                           "--snr 20 --sib1 " SIB1_FDD " --si %s",
                           si);
            cli_ok(args);
            struct cli_result r = cli("scan --json t");
            assert_int_equal(r.status, 0);
            json_decref(found);
            found = cli_records(r.out, "lte_si");
            cli_free(&r);
            assert_int_equal(json_array_size(found), 2);
        }
        const json_t *content =
            json_object_get(json_array_get(found, 1), "content");
        const json_t *v = under(content, row[k].path);
        assert_true(json_is_number(v));
        assert_true(fabs(json_number_value(v) - row[k].value) < 1e-9);
    }
    json_decref(found);
}

static void bad_messages_are_refused_by_name(void **state)
{
    static const struct {
        const char *args, *said;
    } row[] = {
        {"--sib1 4", "--sib1: expected 1 to 277 bytes as hex"},
        {"--sib1 4x", "--sib1: 'x' is no hex digit"},
        {"--sib1 40 --si zz", "--si: 'z' is no hex digit"},
        {"--si 40", "--si without --sib1"},
        {"--sib1 40 --prb 7", "--prb"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char args[256];
        (void)snprintf(args, sizeof args, "gen lte --out n %s", row[k].args);
        struct cli_result r = cli(args);
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].said));
        cli_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_information_comes_back_byte_for_byte),
        cmocka_unit_test(what_phones_share_and_other_networks_are_told),
        cmocka_unit_test(bad_messages_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
