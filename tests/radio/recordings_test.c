/*
 * recordings_test.c - recordings of other people's radios, in ../shared: what a
 * scan finds is what is in them.  Skipped, with a message, where they are not.
 */
#include "tests/cli_check.h"

/* The scorer's totals over ../shared/data/FOLDER; skips without it. */
static json_t *score(const char *folder)
{
    char args[4 * PATH_MAX], here[PATH_MAX];
    json_error_t error;

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(args, sizeof args, "%s/../shared/data/%s", here, folder);
    if (access(args, R_OK) != 0) {
        print_message("skipped: ../shared/data/%s is not here\n", folder);
        skip();
    }
    (void)snprintf(args, sizeof args,
                   "python3 %s/../shared/tools/score_scan.py --json --precast "
                   "$PRECAST %s/../shared/data/%s",
                   here, here, folder);
    struct cli_result r = cli_shell(args);
    print_message("%s: %s", folder, r.out);
    assert_int_equal(r.status, 0);
    json_t *said = json_loads(r.out, 0, &error);
    assert_non_null(said);
    cli_free(&r);
    return said;
}

static void every_frame_and_header_of_wifi_is_found_and_no_other(void **state)
{
    (void)state;
    json_t *said = score("wifi");
    assert_true(cli_int(said, "wifi_true") > 400);
    assert_int_equal(cli_int(said, "wifi_found"), cli_int(said, "wifi_true"));
    assert_int_equal(cli_int(said, "head_found"), cli_int(said, "head_true"));
    assert_int_equal(cli_int(said, "wifi_false"), 0);
    assert_int_equal(cli_int(said, "neg_false"), 0);
    assert_int_equal(cli_int(said, "lte_false"), 0);
    assert_int_equal(cli_int(said, "failed"), 0);
    json_decref(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_and_header_of_wifi_is_found_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
