/*
 * sim_telemetry_test.c - frames of telemetry leave a simulated slot while the
 * next packets enter: what a report costs in clocks, by the slot's own counter;
 * that the host gets the frames that a slot gives which waits for each; and
 * that a reset cuts none of them.
 */
#include "sim/sim_check.h"

#include "core/telemetry.h"

enum {
    WALK = 16, /* words */
    ROUNDS = 60,
    LEN = 64, /* bytes of a packet */
    /*
     * Clocks of a report, rtl/shell/slot_watch.v: two for each access to the
     * register bus - the words that are walked, three for the place of the host
     * in the tables, those of the frame but header and check - and four to
     * begin and end.  A byte a clock leaves later.
     */
    REPORT_CLOCKS = 2 * (WALK + 3 + TELEMETRY_WORDS - 2) + 4,
};

static const char *const fns[] = {"acl", "acl_cache", "bridge", "scale"};

static uint32_t beats_of(uint32_t width_bits)
{
    return FRAMES * LEN * 8 / width_bits;
}

static struct sim *open_watched(const char *fn, uint32_t width_bits,
                                bool faults, uint32_t window)
{
    struct sim *s = open_slot(fn, width_bits, faults);

    assert_int_equal(sim_write(s, COMMON_WALK, WALK), 0);
    assert_int_equal(sim_write(s, COMMON_WINDOW, window), 0);
    return s;
}

/* The same packets once more; the frames of telemetry, at most 'most'. */
static size_t run_round(struct sim *s, struct telemetry *told, size_t most)
{
    uint8_t bytes[8 * TELEMETRY_BYTES];
    struct traffic t;
    size_t n;

    traffic_make(&t, LEN);
    assert_int_equal(sim_run(s, &t.job), 0);
    assert_int_equal(t.job.n_out, FRAMES);
    n = sim_telemetry(s, bytes, sizeof bytes);
    assert_int_equal(n % TELEMETRY_BYTES, 0); /* whole ones */
    n /= TELEMETRY_BYTES;
    assert_true(n <= most);
    for (size_t k = 0; k < n; k++) {
        assert_null(telemetry_decode(bytes + k * TELEMETRY_BYTES,
                                     TELEMETRY_BYTES, &told[k]));
    }
    return n;
}

/* Clocks of all rounds by CYCLES, with a report behind every second one. */
static uint32_t clocks_of(const char *fn, uint32_t width_bits, uint32_t window)
{
    struct sim *s = open_watched(fn, width_bits, false, window);
    uint32_t start = read_reg(s, COMMON_CYCLES_LO), clocks;
    struct telemetry told;
    uint32_t n = 0;

    for (uint32_t k = 0; k < ROUNDS; k++) {
        n += (uint32_t)run_round(s, &told, 1);
        assert_true(n == 0 || told.window == n);
    }
    clocks = read_reg(s, COMMON_CYCLES_LO) - start;
    assert_int_equal(n, window > 0 ? ROUNDS / 2 : 0);
    sim_close(s);
    return clocks;
}

static void a_report_takes_no_clock_to_leave(void **state)
{
    (void)state;
    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        for (uint32_t width = 32; width <= 64; width += 32) {
            uint32_t plain = clocks_of(fns[f], width, 0);
            uint32_t told = clocks_of(fns[f], width, 2 * beats_of(width));
            double each = (double)(told - plain) / (ROUNDS / 2);
            print_message("%s, %u bits: %.1f clocks a report\n", fns[f], width,
                          each);
            /* The rules of acl answer a clock later: one more a word. */
            int late = strcmp(fns[f], "acl") == 0 ? WALK : 0;
            assert_true(told > plain && each <= REPORT_CLOCKS + late);
        }
    }
}

/* Windows from such that end while the frame before leaves, to such that few
 * runs have one. */
static void frames_are_those_of_a_slot_that_waits(void **state)
{
    static const uint32_t windows[] = {1, 7, 20, 32, 50, 64, 100, 1000};
    struct telemetry want[8], got[8];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(windows) * CHECK_ROWS(fns); k++) {
        const char *fn = fns[k % CHECK_ROWS(fns)];
        uint32_t window = windows[k / CHECK_ROWS(fns)];
        struct sim *a = open_watched(fn, WIDTH, true, window);
        struct sim *b = open_watched(fn, WIDTH, false, window);
        uint32_t n_want = 0, n_got = 0;
        for (int round = 0; round < ROUNDS; round++) {
            size_t n = run_round(a, want, CHECK_ROWS(want));
            size_t m = run_round(b, got, CHECK_ROWS(got));
            n_want += (uint32_t)n;
            n_got += (uint32_t)m;
            /* A window lasts until the frame before is gone: a short one that
             * begins while the last of another run leaves is longer. */
            bool same = round == 0 || window > TELEMETRY_BYTES;
            assert_true(!same || m == n);
            for (size_t j = 0; same && j < n; j++) {
                got[j].cycles = want[j].cycles;
                assert_memory_equal(&got[j], &want[j], sizeof got[j]);
            }
            if (m > 0) {
                assert_int_equal(got[m - 1].window, n_got);
                assert_int_equal(got[m - 1].items_in, got[m - 1].items_out);
            }
        }
        assert_true(n_want > 0);
        assert_true(n_got <= n_want);
        sim_close(a);
        sim_close(b);
    }
}

static void a_reset_cuts_no_frame_that_was_told(void **state)
{
    const uint32_t reset =
        COMMON_CONTROL_ENABLE_MASK | COMMON_CONTROL_RESET_MASK
                                         << COMMON_CONTROL_RESET_SHIFT;
    struct sim *s = open_watched("acl", WIDTH, false, beats_of(WIDTH));
    struct telemetry told;

    (void)state;
    for (int k = 0; k < ROUNDS; k++) {
        assert_int_equal(run_round(s, &told, 1), 1);
        assert_int_equal(told.window, 1);
        assert_int_equal(sim_write(s, COMMON_CONTROL, reset), 0);
        assert_int_equal(
            sim_write(s, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK), 0);
    }
    sim_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_takes_no_clock_to_leave),
        cmocka_unit_test(frames_are_those_of_a_slot_that_waits),
        cmocka_unit_test(a_reset_cuts_no_frame_that_was_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
