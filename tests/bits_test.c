/*
 * bits_test.c - what is flashed is what was tested: the bits of a board, turned
 * back into LUTs and flip-flops and run behind the board's pins, against the C
 * body.  `make bit BOARD=up5k` makes them.
 */
#include "tests/link/board_check.h"

#include "fabric_csr.h"
#include "tests/conform_check.h"

enum { BEATS = 2000, RESEND_US = 60000000 }; /* a simulated second is long */

static void the_bits_of_up5k_agree_with_the_c_body(void **state)
{
    struct conform t = {.fn = registry_find("acl_cache"),
                        .width_bits = 32,
                        .short_run = true,
                        .beats = BEATS};
    struct conform_counters counters;
    struct board_far f;

    (void)state;
    print_message("`make bit BOARD=up5k` makes what this test runs\n");
    board_far_open(&f, "acl_cache-up5k-bits", 0);
    struct device *d = board_device(&f, 32, RESEND_US);
    conform_device(&t, d, &counters);
    struct link_counters l = link_device_link(d);
    assert_int_equal(l.hunts + l.bad_payloads + l.gaps + l.repeats, 0);
    device_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_of_up5k_agree_with_the_c_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
