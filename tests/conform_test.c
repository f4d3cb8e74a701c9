/*
 * conform_test.c - every function with an RTL body: C body against RTL body,
 * with random stalls on both sides and at full rate.  A new function is covered
 * as soon as its folder is there.  CONFORM_BEATS sets how long.
 */
#include "tests/conform_check.h"

#include "core/base/text.h"

enum { BEATS = 1000000 }; /* a function, a width and a way of stalling */

static void bodies_agree_bit_for_bit(void **state)
{
    struct conform t = *(const struct conform *)*state;
    const char *env = getenv("CONFORM_BEATS");
    struct conform_counters counters;

    assert_true(env == NULL || parse_u64(env, UINT64_MAX, &t.beats));
    conform_check(&t, &counters);
}

int main(void)
{
    static const uint32_t widths[] = {32, 64, 256};
    static struct conform cases[256];
    static struct CMUnitTest tests[256];
    static char names[256][64];
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        for (size_t k = 0; k < 2 * CHECK_ROWS(widths) &&
                           registry_has_rtl(registry[f]->csr->name);
             k++) {
            cases[n] = (struct conform){.fn = registry[f],
                                        .width_bits = widths[k / 2],
                                        .stalls = k % 2 == 0,
                                        .beats = BEATS};
            (void)snprintf(names[n], sizeof names[n],
                           "%s_bodies_agree_at_%u_bits_%s",
                           registry[f]->csr->name, cases[n].width_bits,
                           cases[n].stalls ? "with_stalls" : "at_full_rate");
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func = bodies_agree_bit_for_bit,
                .initial_state = &cases[n],
            };
            n++;
        }
    }
    return _cmocka_run_group_tests("conform", tests, n, NULL, NULL);
}
