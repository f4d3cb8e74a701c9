/*
 * cache_repair_test.c - a node whose slot holds a cache of its function, and
 * errs: single bits flip, bits of the state stick, the slot hangs.  In checked
 * mode nothing wrong, lost or repeated leaves, the slot comes back unless it is
 * broken, and the function's counters stay those of the C body alone.
 * REPAIR_FLIPS sets how many flips.
 */
#include "tests/fault/repair_check.h"

enum {
    FLIPS = 60,
    STUCK = 8,
    WARM = 20, /* bursts in which the cache learns */
    WALK = 300,
};

/* The function's counters, of node and cache together, are those of the C body
 * alone: the node is virtualized for that. */
static void assert_counts(struct bed *d)
{
    const struct csr_layout *l = d->fn->csr;

    (void)said(d);
    node_virtualize(d->node, ENOUGH * BURST / 2);
    for (int k = 0; k < ENOUGH; k++) {
        step(d);
    }
    assert_false(node_is_up(d->node));
    assert_null(strstr(said(d), "verdict"));
    for (size_t k = 0; k < l->n_regs; k++) {
        uint32_t want, got;
        if (l->regs[k].access == CSR_COUNT) {
            assert_int_equal(body_read(d->alone, l->regs[k].offset, &want), 0);
            assert_int_equal(
                body_read(node_c_body(d->node), l->regs[k].offset, &got), 0);
            assert_int_equal(got, want);
            assert_true(want > 0);
        }
    }
}

static void open_warm(struct bed *d, enum chain_twin twin,
                      const struct chain_repair *repair)
{
    bed_open(d, "acl", "acl_cache", twin, repair);
    assert_true(come_up(d));
    for (int k = 0; k < WARM; k++) {
        step(d);
    }
    assert_null(strstr(said(d), "verdict"));
}

static void each_kind_of_fault_goes_its_way(void **state)
{
    static const struct {
        const char *flip;
        const char *say[8]; /* in this order */
    } row[] = {
        {"csr.no_match_q[0]",
         {"\"class\":\"state\",\"register\":\"NO_MATCH\"", "\"scrub\"",
          "\"shadow\"", "\"return\""}},
        {"slot.common.control_q[0]",
         {"\"verdict\":\"hang\"", "\"class\":\"latched\"", "\"quarantine\"",
          "\"reload\"", "\"selftest\"", "\"shadow\"", "\"return\""}},
        /* The next packet sets it. */
        {"hold.mid_q[0]", {"\"class\":\"transient\""}},
        /* No packet shows it: only what the slot reports does. */
        {"csr.cache_misses_q[31]",
         {"\"verdict\":\"parameter\"", "\"stage\":\"state\"",
          "\"class\":\"state\",\"register\":\"CACHE_MISSES\"", "\"scrub\"",
          "\"return\""}},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct bed d;
        open_warm(&d, CHAIN_TWIN_CHECKED, &how);
        assert_int_equal(device_flip(d.sticky.inner, 0, row[k].flip), 0);
        for (int burst = 0; burst < ENOUGH; burst++) {
            step(&d);
        }
        assert_true(come_up(&d));
        const char *text = said(&d), *at = text;
        for (size_t j = 0; row[k].say[j] != NULL; j++) {
            at = strstr(at, row[k].say[j]);
            if (at == NULL) {
                print_message("%s, no %s:\n%s", row[k].flip, row[k].say[j],
                              text);
            }
            assert_non_null(at);
        }
        assert_counts(&d);
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

/* An entry that no packet asks for is read by the slot itself. */
static void an_entry_that_is_not_used_is_found(void **state)
{
    const struct csr_table *t = &registry_find("acl_cache")->csr->tables[0];
    struct words_at word = {0, 0};
    struct bed d;
    uint32_t value = 0;

    (void)state;
    open_warm(&d, CHAIN_TWIN_CHECKED, &how);
    while (value == 0) { /* of an entry that was learned */
        word.at = rng_below(&d.r, t->depth) * t->words + 3;
        value = words_value(node_c_body(d.node), &word);
    }
    /* A flip in memory. */
    d.sticky.word = word;
    d.sticky.mask = 1u << 14;
    d.sticky.value = ~value & d.sticky.mask;
    d.sticky.stuck = d.sticky.once = true;
    for (int burst = 0; burst < ENOUGH; burst++) {
        step(&d);
    }
    const char *text = said(&d);
    assert_non_null(strstr(text, "\"register\":\"ENTRY["));
    assert_non_null(strstr(text, "\"scrub\""));
    assert_true(come_up(&d));
    assert_counts(&d);
    assert_nothing_wrong_left(&d);
    bed_close(&d);
}

static void flips_are_repaired_and_nothing_wrong_leaves(void **state)
{
    struct regs *b = calloc(1, sizeof *b);
    struct chain_repair often = how;
    struct tally t = {.n = 0};
    struct rng pick = {SEED};
    struct bed d;

    (void)state;
    assert_non_null(b);
    list_registers("acl_cache", b);
    often.forgive = 1; /* flips come often, and are no sign of a bad slot */
    open_warm(&d, CHAIN_TWIN_CHECKED, &often);
    for (uint64_t k = 0; k < flips(FLIPS); k++) {
        flip_one(&d, b, &pick, &t);
    }
    printf("%zu flips, %zu told: %zu transient, %zu state, %zu latched, %zu "
           "permanent; %u reloads; 0 wrong, 0 lost, 0 repeated\n",
           t.n, t.told, t.transient, t.state, t.latched, t.permanent,
           d.sticky.loads - 1);
    assert_true(t.transient > 0 && t.state > 0 && t.latched > 0);
    assert_int_equal(t.permanent + t.condemned, 0);
    assert_counts(&d);
    assert_nothing_wrong_left(&d);
    bed_close(&d);
    free(b);
}

static void bits_that_stick_are_permanent_and_condemned(void **state)
{
    struct rng r = {SEED};

    (void)state;
    for (int k = 0; k < STUCK; k++) {
        struct tally t = {.n = 0};
        struct bed d;
        open_warm(&d, CHAIN_TWIN_CHECKED, &how);
        stick(&d, &r);
        for (int burst = 0; burst < WALK && t.condemned == 0; burst++) {
            step(&d);
            classify(&t, said(&d));
        }
        if (t.permanent == 0 || t.condemned == 0) {
            print_message("part %u word %u mask 0x%x:\n%s", d.sticky.word.part,
                          d.sticky.word.at, d.sticky.mask, d.text);
        }
        assert_true(t.permanent > 0);
        assert_int_equal(t.condemned, 1);
        /* It serves on in software, and stays there. */
        d.sticky.stuck = false;
        node_concretize(d.node, &d.sticky.device, "f", 0, SHADOW, true);
        step(&d);
        assert_non_null(strstr(said(&d), "condemned"));
        assert_counts(&d);
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

/* On a schedule, and by hand; without a twin the slot is loaded afresh. */
static void reloads_lose_nothing(void **state)
{
    static const enum chain_twin twins[] = {CHAIN_TWIN_OFF, CHAIN_TWIN_WATCHED,
                                            CHAIN_TWIN_CHECKED};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        struct chain_repair often = how;
        struct bed d;
        often.reload_every = 500;
        open_warm(&d, twins[k], &often);
        for (int burst = 0; burst < ENOUGH; burst++) {
            step(&d);
        }
        assert_true(come_up(&d));
        const char *text = said(&d);
        assert_true(d.sticky.loads >= 3);
        assert_non_null(strstr(text, "\"action\":\"reload\""));
        assert_null(strstr(text, "verdict"));
        node_reload(d.node);
        assert_true(come_up(&d));
        assert_counts(&d);
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_fault_goes_its_way),
        cmocka_unit_test(an_entry_that_is_not_used_is_found),
        cmocka_unit_test(reloads_lose_nothing),
        cmocka_unit_test(bits_that_stick_are_permanent_and_condemned),
        cmocka_unit_test(flips_are_repaired_and_nothing_wrong_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
