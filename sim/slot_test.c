/* slot_test.c - what the slot around a function does: gate, reset, guards. */
#include "sim/sim_check.h"

#include "core/base/err.h"

enum {
    ENABLE = COMMON_CONTROL_ENABLE_MASK,
    QUIESCE = COMMON_CONTROL_QUIESCE_MASK << COMMON_CONTROL_QUIESCE_SHIFT,
    RESET = COMMON_CONTROL_RESET_MASK << COMMON_CONTROL_RESET_SHIFT,
    IDLE = COMMON_STATUS_IDLE_MASK,
    QUIESCED = COMMON_STATUS_QUIESCED_MASK << COMMON_STATUS_QUIESCED_SHIFT,
    HUNG = COMMON_STATUS_HUNG_MASK << COMMON_STATUS_HUNG_SHIFT,
    HANG = 1 << COMMON_ERRORS_HANG_SHIFT,
    EXTRA = 1 << COMMON_ERRORS_EXTRA_SHIFT,
    KEEP = 1 << COMMON_ERRORS_KEEP_SHIFT,
    VALID = 1 << COMMON_ERRORS_VALID_SHIFT,
    USER = 1 << COMMON_ERRORS_USER_SHIFT,
};

static void control(struct sim *s, uint32_t value)
{
    assert_int_equal(sim_write(s, COMMON_CONTROL, value), 0);
}

static void assert_runs(struct sim *s)
{
    struct traffic t;

    traffic_make(&t, 60);
    assert_int_equal(sim_run(s, &t.job), 0);
    assert_int_equal(t.job.n_out, FRAMES);
}

static void quiesce_holds_items_back_and_says_so(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    assert_int_equal(read_reg(s, COMMON_STATUS), IDLE);
    control(s, ENABLE | QUIESCE);
    assert_int_equal(read_reg(s, COMMON_STATUS), IDLE | QUIESCED);
    traffic_make(&t, 60);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG); /* nothing is taken */
    assert_int_equal(t.job.n_out, 0);
    assert_int_equal(read_reg(s, COMMON_ITEMS_IN), 0);
    assert_int_equal(read_reg(s, COMMON_STATUS), IDLE | QUIESCED);
    control(s, ENABLE);
    assert_runs(s);
    assert_int_equal(read_reg(s, COMMON_ITEMS_IN), FRAMES);
    assert_int_equal(read_reg(s, COMMON_ERRORS), 0);
    sim_close(s);
}

static void reset_takes_everything_back_to_the_start(void **state)
{
    static const uint32_t zero[] = {
        COMMON_ITEMS_IN, COMMON_ITEMS_OUT, COMMON_DROPPED,
        COMMON_PUNTED,   COMMON_STALLS_IN, COMMON_STALLS_OUT,
        COMMON_SIG_IN,   COMMON_SIG_OUT,   COMMON_CYCLES_HI,
    };
    struct sim *s = open_slot("acl", WIDTH, false);

    (void)state;
    assert_runs(s);
    assert_int_not_equal(read_reg(s, COMMON_SIG_OUT), 0);
    assert_int_equal(sim_write(s, 0x80, 1), 0);
    control(s, ENABLE | RESET);
    control(s, ENABLE);
    for (size_t k = 0; k < CHECK_ROWS(zero); k++) {
        assert_int_equal(read_reg(s, zero[k]), 0);
    }
    assert_int_equal(read_reg(s, 0x80), 0);
    assert_runs(s);
    sim_close(s);
}

static void the_slot_says_what_it_is(void **state)
{
    static const uint32_t widths[] = {32, 64, 256};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(widths); k++) {
        struct sim *s = open_slot("acl", widths[k], false);
        uint32_t caps = read_reg(s, COMMON_CAPS);
        assert_int_equal(caps & COMMON_CAPS_WIDTH_MASK, widths[k]);
        assert_int_equal(caps >> COMMON_CAPS_PKT_IN_SHIFT & 3, 3);
        assert_int_equal(caps >> COMMON_CAPS_ABI_SHIFT & 15, 3);
        assert_int_not_equal(read_reg(s, COMMON_BUILD), 0);
        sim_close(s);
    }
    struct sim *s = open_slot("scale", 64, false);
    assert_int_equal(read_reg(s, COMMON_CAPS) >> COMMON_CAPS_PKT_IN_SHIFT & 3,
                     0);
    sim_close(s);
}

/* A verdict too many waits for a packet for ever. */
static void a_hang_is_told_and_ends_with_a_reset(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct traffic t;

    (void)state;
    assert_int_equal(sim_write(s, COMMON_HANG_LIMIT, 100), 0);
    traffic_make(&t, 60);
    assert_int_equal(sim_flip(s, "hold.told_q[0]"), 0);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(read_reg(s, COMMON_STATUS) & HUNG, HUNG);
    assert_int_equal(read_reg(s, COMMON_ERRORS), HANG);
    /* What comes now is taken, and goes nowhere. */
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(t.job.n_out, 0);
    assert_int_equal(read_reg(s, COMMON_ITEMS_IN), FRAMES);
    control(s, ENABLE | RESET);
    control(s, ENABLE);
    assert_int_equal(read_reg(s, COMMON_STATUS), IDLE);
    assert_int_equal(read_reg(s, COMMON_ERRORS), HANG); /* until written */
    assert_int_equal(sim_write(s, COMMON_ERRORS, 0), 0);
    assert_int_equal(read_reg(s, COMMON_ERRORS), 0);
    assert_runs(s);
    sim_close(s);
}

/* Pointers that jump make the last frame come out once more. */
static void repeat_last_frame(struct sim *s)
{
    assert_int_equal(sim_flip(s, "hold.data.wr_q[3]"), 0); /* 8 beats */
    assert_int_equal(sim_flip(s, "hold.told_q[0]"), 0);    /* 1 verdict */
    (void)read_reg(s, COMMON_STATUS); /* clocks: what depends on them follows */
}

static void the_guards_see_what_a_body_must_not_do(void **state)
{
    struct sim *s = open_slot("acl_cache", WIDTH, true);
    struct sim_job none = {.n_in = 0};
    struct traffic t;

    (void)state;
    assert_runs(s);
    repeat_last_frame(s);
    traffic_make(&t, 60);
    none.out = t.out;
    none.cap_out = FRAMES;
    assert_int_equal(sim_run(s, &none), 0);
    assert_int_equal(none.n_out, 1);
    assert_int_equal(read_reg(s, COMMON_ERRORS), EXTRA);

    /* The same with a byte missing in the second of its beats. */
    assert_int_equal(sim_write(s, COMMON_ERRORS, 0), 0);
    control(s, ENABLE | RESET);
    control(s, ENABLE);
    assert_runs(s);
    assert_int_equal(sim_flip(s, "hold.data.store.mem[1][64]"), 0);
    repeat_last_frame(s);
    assert_int_equal(sim_run(s, &none), 0);
    assert_int_equal(read_reg(s, COMMON_ERRORS), EXTRA | KEEP);
    sim_close(s);
}

/* A tuser whose bit flips between a packet's first beat and its last. */
static void a_tuser_that_changes_in_mid_packet_is_noticed(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct sim_beat in = {.keep = 0xff, .valid = true}, out;
    void *m;
    const struct sim_image *image = sim_image_of(s, &m);
    bool taken, first = false;

    (void)state;
    for (int k = 0; k < 40 && !first; k++) { /* up to the first beat out */
        image->look(m, &in, false, &out, &taken);
        first = out.valid;
        image->edge(m);
    }
    assert_true(first);
    image->look(m, &in, true, &out, &taken); /* it leaves as it is */
    image->edge(m);
    assert_int_equal(sim_flip(s, "slot.edges.out_skid.out_q[90]"), 0);
    image->look(m, &in, true, &out, &taken); /* the second does not */
    assert_true(out.valid && !out.last);
    image->edge(m);
    assert_int_equal(read_reg(s, COMMON_ERRORS), USER);
    sim_close(s);
}

/* A beat that waits and is taken back. */
static void a_beat_taken_back_is_noticed(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct sim_beat in = {.keep = 0xff, .last = true, .valid = true}, out;
    void *m;
    const struct sim_image *image = sim_image_of(s, &m);
    bool taken;

    (void)state;
    for (int k = 0; k < 40; k++) { /* nobody takes what comes out */
        image->look(m, &in, false, &out, &taken);
        image->edge(m);
    }
    in.valid = false;
    image->look(m, &in, false, &out, &taken);
    image->edge(m);
    assert_int_equal(read_reg(s, COMMON_ERRORS), 0);
    assert_int_equal(sim_flip(s, "hold.out_full_q[0]"), 0);
    image->edge(m);
    image->edge(m);
    assert_int_equal(read_reg(s, COMMON_ERRORS), VALID);
    sim_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiesce_holds_items_back_and_says_so),
        cmocka_unit_test(reset_takes_everything_back_to_the_start),
        cmocka_unit_test(the_slot_says_what_it_is),
        cmocka_unit_test(a_hang_is_told_and_ends_with_a_reset),
        cmocka_unit_test(the_guards_see_what_a_body_must_not_do),
        cmocka_unit_test(a_tuser_that_changes_in_mid_packet_is_noticed),
        cmocka_unit_test(a_beat_taken_back_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
