/*
 * repair_test.c - a node on the fabric whose slot errs, again and again: single
 * bits flip in any register at any item, bits stick, the slot hangs.  Nothing
 * wrong, lost or repeated leaves in checked mode, what is wrong is told right,
 * and the slot comes back unless it is broken.  REPAIR_FLIPS sets how many.
 */
#include "tests/fault/repair_check.h"

enum {
    FLIPS = 100, /* of all functions together */
    STUCK = 25,  /* one bit that sticks for so many flips, in each */
    WALK = 240,  /* bursts in which every word has been walked */
};

/* --- flips -------------------------------------------------------------------
 */

static void flip_registers(const char *fn, size_t n_flips, struct tally *t)
{
    struct regs *b = calloc(1, sizeof *b);
    struct chain_repair often = how;
    struct rng pick = {SEED};
    struct bed d;

    assert_non_null(b);
    list_registers(fn, b);
    often.forgive = 1; /* flips come often, and are no sign of a bad slot */
    bed_open(&d, fn, fn, CHAIN_TWIN_CHECKED, &often);
    for (size_t k = 0; k < n_flips; k++) {
        flip_one(&d, b, &pick, t);
    }
    t->loads += d.sticky.loads - 1;
    bed_close(&d);
    free(b);
}

static void flips_are_repaired_and_nothing_wrong_leaves(void **state)
{
    static const char *const fns[] = {"acl", "acl_cache", "bridge", "scale"};
    struct tally t = {.n = 0};
    uint64_t n = flips(FLIPS);

    (void)state;
    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        flip_registers(fns[f], n / CHECK_ROWS(fns), &t);
    }
    printf("%zu flips, %zu told: %zu transient, %zu state, %zu latched, %zu "
           "permanent; %llu reloads; 0 wrong, 0 lost, 0 repeated\n",
           t.n, t.told, t.transient, t.state, t.latched, t.permanent,
           (unsigned long long)t.loads);
    assert_true(t.transient > 0 && t.state > 0);
    assert_int_equal(t.condemned, 0);
    /* No flip stays, so none is permanent; 99% of them must be told so. */
    assert_true((t.told - t.permanent) * 100 >= t.told * 99);
}

/* --- bits that stick ---------------------------------------------------------
 */

static void bits_that_stick_are_permanent_and_condemned(void **state)
{
    static const char *const fns[] = {"acl", "acl_cache", "bridge", "scale"};
    size_t n = 0, right = 0;

    (void)state;
    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        struct rng r = {SEED};
        for (uint64_t k = 0; k < flips(FLIPS) / STUCK; k++) {
            struct tally t = {.n = 0};
            struct bed d;
            bed_open(&d, fns[f], fns[f], CHAIN_TWIN_CHECKED, &how);
            assert_true(come_up(&d));
            (void)said(&d);
            stick(&d, &r);
            for (int burst = 0; burst < WALK && t.condemned == 0; burst++) {
                step(&d);
                classify(&t, said(&d));
            }
            assert_nothing_wrong_left(&d);
            n++;
            right += t.permanent > 0 && t.condemned == 1;
            if (t.permanent == 0 || t.condemned == 0) {
                print_message("%s: part %u word %u mask 0x%x:\n%s", fns[f],
                              d.sticky.word.part, d.sticky.word.at,
                              d.sticky.mask, d.text);
            }
            /* It serves on in software, and stays there. */
            d.sticky.stuck = false;
            node_concretize(d.node, &d.sticky.device, "f", 0, SHADOW, false);
            step(&d);
            assert_int_equal(strstr(said(&d), "condemned") != NULL,
                             t.condemned == 1);
            assert_nothing_wrong_left(&d);
            bed_close(&d);
        }
    }
    printf("%zu bits stuck, %zu permanent and condemned\n", n, right);
    assert_true(right * 100 >= n * 99);
}

/* --- one by one --------------------------------------------------------------
 */

/* Runs until something is said of 'flip'; the report. */
static const char *after_flip(struct bed *d, const char *flip)
{
    assert_true(come_up(d));
    (void)said(d);
    assert_int_equal(device_flip(d->sticky.inner, 0, flip), 0);
    for (int k = 0; k < ENOUGH; k++) {
        step(d);
    }
    assert_true(come_up(d));
    return said(d);
}

static void each_kind_of_fault_goes_its_way(void **state)
{
    static const struct {
        const char *fn, *flip;
        const char *say[8]; /* in this order */
        int times;          /* it may take */
    } row[] = {
        {"acl",
         "csr.no_match_q[0]",
         {"\"class\":\"state\",\"register\":\"NO_MATCH\"", "\"scrub\"",
          "\"shadow\"", "\"return\""},
         1},
        /* The gate shuts: nothing comes until the slot is reset. */
        {"acl",
         "slot.common.control_q[0]",
         {"\"verdict\":\"hang\"", "\"class\":\"latched\"", "\"quarantine\"",
          "\"reload\"", "\"selftest\"", "\"shadow\"", "\"return\""},
         1},
        /* It waits for the verdict on a packet that has none. */
        {"bridge",
         "hold.told_q[0]",
         {"\"class\":\"latched\"", "\"quarantine\"", "\"reload\"",
          "\"selftest\"", "\"shadow\"", "\"return\""},
         1},
        /* The next packet sets it; a short one is left without a verdict. */
        {"bridge", "key.mid_q[0]", {"\"class\":\"transient\""}, 16},
        {"scale",
         "csr.gain_q[14]",
         {"\"class\":\"state\",\"register\":\"GAIN\"", "\"scrub\"",
          "\"shadow\"", "\"return\""},
         1},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct bed d;
        bed_open(&d, row[k].fn, row[k].fn, CHAIN_TWIN_CHECKED, &how);
        const char *text = after_flip(&d, row[k].flip);
        for (int j = 1; j < row[k].times && !strstr(text, row[k].say[0]); j++) {
            text = after_flip(&d, row[k].flip);
        }
        const char *at = text;
        for (size_t j = 0; row[k].say[j] != NULL; j++) {
            at = strstr(at, row[k].say[j]);
            if (at == NULL) {
                print_message("%s, no %s:\n%s", row[k].flip, row[k].say[j],
                              text);
            }
            assert_non_null(at);
        }
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

/* The hang timer says so: 64 clocks, and a frame of telemetry, behind the last
 * beat. */
static void a_hang_is_found_in_time(void **state)
{
    enum { LIMIT = 64, FRAME = TELEMETRY_BYTES + 2 * TELEMETRY_WORDS };
    struct bed d;

    (void)state;
    bed_open(&d, "bridge", "bridge", CHAIN_TWIN_CHECKED, &how);
    const char *text = after_flip(&d, "hold.told_q[0]");
    assert_non_null(strstr(text, "\"class\":\"latched\""));
    printf("hang found within %llu clocks, other bursts take up to %llu\n",
           (unsigned long long)d.sticky.hang_clocks,
           (unsigned long long)d.sticky.most_clocks);
    assert_true(d.sticky.hang_clocks > 0);
    assert_true(d.sticky.hang_clocks <= d.sticky.most_clocks + LIMIT + FRAME);
    assert_nothing_wrong_left(&d);
    bed_close(&d);
}

static void reloads_on_a_schedule_lose_nothing(void **state)
{
    static const enum chain_twin twins[] = {CHAIN_TWIN_OFF, CHAIN_TWIN_WATCHED,
                                            CHAIN_TWIN_CHECKED};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        struct chain_repair often = how;
        struct bed d;
        often.reload_every = 500;
        bed_open(&d, "bridge", "bridge", twins[k], &often);
        for (int burst = 0; burst < ENOUGH; burst++) {
            step(&d);
        }
        const char *text = said(&d);
        assert_true(d.sticky.loads >= 3);
        assert_non_null(strstr(text, "\"action\":\"reload\""));
        assert_null(strstr(text, "verdict"));
        assert_true(come_up(&d));
        node_reload(d.node);
        assert_true(come_up(&d));
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_fault_goes_its_way),
        cmocka_unit_test(a_hang_is_found_in_time),
        cmocka_unit_test(reloads_on_a_schedule_lose_nothing),
        cmocka_unit_test(bits_that_stick_are_permanent_and_condemned),
        cmocka_unit_test(flips_are_repaired_and_nothing_wrong_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
