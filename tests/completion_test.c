/*
 * completion_test.c - what bash offers behind a command line that is begun, by
 * host/cli/precast.bash.
 */
#include "tests/cli_check.h"

/* Skips without bash. */
static void need_bash(void)
{
    if (system("command -v bash >/dev/null") != 0) {
        print_message("skipped: no bash here\n");
        skip();
    }
}

/* The words that it offers for 'line', whose last word is begun or empty. */
static char *offered(const char *line)
{
    const char *build = getenv("PRECAST_BUILD");
    char command[512];

    (void)snprintf(command, sizeof command,
                   "bash -c 'source host/cli/precast.bash\n"
                   "COMP_WORDS=(%s/%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                   "_precast; echo \" ${COMPREPLY[*]} \"' >%s",
                   build != NULL ? build : "build", line, cli_path("offered"));
    assert_int_equal(system(command), 0);
    return cli_read(cli_path("offered"), NULL);
}

static void a_line_that_is_begun_goes_on(void **state)
{
    static const struct {
        const char *line, *has, *has_not;
    } row[] = {
        {"precast \"\"", " scan run fn gen ", " wifi "},
        {"precast tw", " twin ", " scan "},
        {"precast gen \"\"", " wifi lte nr mix packets ", " scan "},
        {"precast gen lte --", " --tdd ", " --mbps "},
        {"precast gen wifi --", " --mbps ", " --tdd "},
        {"precast gen wifi --gi \"\"", " short long ", " --out "},
        {"precast gen nr --scs \"\"", " 15 30 ", " --out "},
        {"precast gen lte --ports \"\"", " 1 2 4 ", " --out "},
        {"precast scan --", " --fabric ", " --port "},
        {"precast scan x --twin \"\"", " off watched checked ", " --json "},
        {"precast scan --fabric \"\"",
         " stf_detect fir_decim viterbi_tb fft128 pss_correlate ", " acl "},
        {"precast run x --", " --history-bytes ", " --fabric "},
        {"precast fn show b", " balancer bridge ", " acl "},
        {"precast twin campaign acl --faults \"\"", " stuck ", " --faults "},
        {"precast scan READ", " README.md ", " scan "},
    };

    (void)state;
    need_bash();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char *got = offered(row[k].line);
        if (strstr(got, row[k].has) == NULL ||
            strstr(got, row[k].has_not) != NULL) {
            fail_msg("%s: offered '%s', expected '%s', not '%s'", row[k].line,
                     got, row[k].has, row[k].has_not);
        }
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_is_begun_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
