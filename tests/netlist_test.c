/*
 * netlist_test.c - what synthesis makes of an RTL body against the C body: the
 * netlist of LUTs, flip-flops and block RAMs, run with the cell models of
 * yosys.  NETLIST_BEATS sets how long.
 */
#include "tests/conform_check.h"

#include <stdlib.h>
#include <time.h>

#include "core/base/text.h"

enum { BEATS = 20000 };

static double seconds(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void netlist_agrees_with_the_c_body(void **state)
{
    struct conform t = {.fn = registry_find("acl_cache"),
                        .width_bits = 32,
                        .stalls = true,
                        .beats = BEATS};
    const char *env = getenv("NETLIST_BEATS");
    const char *build = getenv("PRECAST_BUILD");
    char path[4096];
    struct conform_counters counters;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/netlist/image",
                   build != NULL ? build : "build"); /* cut: not there */
    assert_int_equal(setenv("PRECAST_IMAGES", path, 1), 0);
    assert_true(env == NULL || parse_u64(env, UINT64_MAX, &t.beats));
    double start = seconds();
    conform_check(&t, &counters);
    printf("  %.0f clocks/s, register accesses and C body included\n",
           (double)counters.slot.cycles / (seconds() - start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(netlist_agrees_with_the_c_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
