/* repair_test.c - the state machine of repair: every state with every event. */
#include "twin/repair.h"

#include <string.h>

#include "tests/check.h"

enum { NONE = -1, FORGIVE = 1000 };

/* Where each event leads, and whether it counts as a failure. */
static const struct {
    int to[REPAIR_EVENTS];
    bool fails[REPAIR_EVENTS];
} want[REPAIR_STATES] = {
    /* differs, doubt, clean, word, again, done, failed, refresh */
    [REPAIR_RUN] = {{REPAIR_SUSPECT, NONE, NONE, NONE, NONE, NONE, NONE,
                     REPAIR_RELOAD},
                    {0}},
    [REPAIR_SUSPECT] = {{NONE, REPAIR_RUN, REPAIR_RUN, REPAIR_SCRUB,
                         REPAIR_QUARANTINE, NONE, NONE, NONE},
                        {0, 0, 0, 1, 1, 0, 0, 0}},
    [REPAIR_SCRUB] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_SHADOW,
                       REPAIR_QUARANTINE, NONE},
                      {0, 0, 0, 0, 0, 0, 1, 0}},
    [REPAIR_QUARANTINE] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_RELOAD, NONE,
                            NONE},
                           {0}},
    [REPAIR_RELOAD] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_SELFTEST,
                        REPAIR_QUARANTINE, NONE},
                       {0, 0, 0, 0, 0, 0, 1, 0}},
    [REPAIR_SELFTEST] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_SHADOW,
                          REPAIR_QUARANTINE, NONE},
                         {0, 0, 0, 0, 0, 0, 1, 0}},
    [REPAIR_SHADOW] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_RETURN,
                        REPAIR_QUARANTINE, NONE},
                       {0, 0, 0, 0, 0, 0, 1, 0}},
    [REPAIR_RETURN] = {{NONE, NONE, NONE, NONE, NONE, REPAIR_RUN, NONE, NONE},
                       {0}},
    [REPAIR_CONDEMNED] = {{NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
                          {0}},
};

static void every_transition_leads_where_it_should(void **state)
{
    (void)state;
    for (int s = 0; s < REPAIR_STATES; s++) {
        for (int e = 0; e < REPAIR_EVENTS; e++) {
            struct repair r = {.state = (enum repair_state)s,
                               .forgive = FORGIVE};
            bool takes = repair_takes(r.state, (enum repair_event)e);
            assert_int_equal(takes, want[s].to[e] != NONE);
            if (takes) {
                assert_int_equal(repair_step(&r, (enum repair_event)e),
                                 want[s].to[e]);
                assert_int_equal(r.state, want[s].to[e]);
                assert_int_equal(r.failures, want[s].fails[e]);
            }
        }
    }
}

static void the_third_failure_condemns_whatever_it_is(void **state)
{
    (void)state;
    for (int s = 0; s < REPAIR_STATES; s++) {
        for (int e = 0; e < REPAIR_EVENTS; e++) {
            struct repair r = {.state = (enum repair_state)s,
                               .forgive = FORGIVE,
                               .failures = REPAIR_FAILURES - 1};
            if (want[s].to[e] != NONE) {
                assert_int_equal(repair_step(&r, (enum repair_event)e),
                                 want[s].fails[e]
                                     ? REPAIR_CONDEMNED
                                     : (enum repair_state)want[s].to[e]);
            }
        }
    }
}

/* A slot that never works: quarantined, loaded and tested until it is out. */
static void a_slot_that_never_works_ends(void **state)
{
    struct repair r = {.forgive = FORGIVE};
    int steps = 0;

    (void)state;
    (void)repair_step(&r, REPAIR_DIFFERS);
    (void)repair_step(&r, REPAIR_AGAIN);
    while (r.state != REPAIR_CONDEMNED) {
        enum repair_event e =
            r.state == REPAIR_SELFTEST ? REPAIR_FAILED : REPAIR_DONE;
        (void)repair_step(&r, e);
        steps++;
        assert_true(steps < REPAIR_STEPS_MAX);
    }
    assert_int_equal(steps, 6);
}

static void clean_items_are_forgiveness(void **state)
{
    struct repair r = {.forgive = FORGIVE};

    (void)state;
    for (int k = 0; k < 10; k++) {
        (void)repair_step(&r, REPAIR_DIFFERS);
        assert_int_equal(repair_step(&r, REPAIR_WORD), REPAIR_SCRUB);
        (void)repair_step(&r, REPAIR_DONE);
        (void)repair_step(&r, REPAIR_DONE);
        (void)repair_step(&r, REPAIR_DONE);
        repair_count(&r, FORGIVE - 1);
        assert_int_equal(r.failures, 1);
        repair_count(&r, 1);
        assert_int_equal(r.failures, 0);
    }
    /* ... but none when the next fault comes too soon. */
    for (int k = 0; k < REPAIR_FAILURES; k++) {
        (void)repair_step(&r, REPAIR_DIFFERS);
        if (repair_step(&r, REPAIR_WORD) == REPAIR_SCRUB) {
            (void)repair_step(&r, REPAIR_DONE);
            (void)repair_step(&r, REPAIR_DONE);
            (void)repair_step(&r, REPAIR_DONE);
            repair_count(&r, FORGIVE - 1);
        }
    }
    assert_int_equal(r.state, REPAIR_CONDEMNED);
}

static void every_state_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int s = 0; s < REPAIR_STATES; s++) {
        for (int t = 0; t < s; t++) {
            assert_string_not_equal(repair_name((enum repair_state)s),
                                    repair_name((enum repair_state)t));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transition_leads_where_it_should),
        cmocka_unit_test(the_third_failure_condemns_whatever_it_is),
        cmocka_unit_test(a_slot_that_never_works_ends),
        cmocka_unit_test(clean_items_are_forgiveness),
        cmocka_unit_test(every_state_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
