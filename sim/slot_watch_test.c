/*
 * slot_watch_test.c - a word that does not come in time for slot_watch: the
 * frame of telemetry says so, the host finds its WINDOW_INDEX as it left it,
 * and the slot goes on.
 */
#include "sim/sim_check.h"

#include "acl_csr.h"
#include "core/telemetry.h"

enum {
    SAVE = 2, /* states of rtl/shell/slot_watch.v */
    INDEX = 3,
    READ = 4,
    FOUND = 3, /* WINDOW_INDEX of the host */
    CLOCKS_MOST = 4000,
};

struct search {
    const char *name;
    uint32_t at, found; /* number of the next register, of that one */
};

static void compare_name(void *ctx, const char *name, uint32_t n_words,
                         uint32_t n_bits)
{
    struct search *s = ctx;

    (void)n_words;
    (void)n_bits;
    if (strcmp(name, s->name) == 0) {
        s->found = s->at;
    }
    s->at++;
}

/* A register of slot_watch, a byte, where it lies. */
static uint8_t *watch_register(struct sim *s, const char *name)
{
    struct search search = {.name = name, .found = UINT32_MAX};
    struct sim_reg r;
    void *model;
    const struct sim_image *image = sim_image_of(s, &model);

    sim_list(s, compare_name, &search);
    assert_true(image->reg(model, search.found, &r));
    assert_true(r.n_words == 1 && r.n_bits <= 8);
    return r.data;
}

/* Packets through 's'; the time of the first access to a table is up when the
 * walk is in state 'st'. */
static void run_with_time_up(struct sim *s, uint8_t st)
{
    struct traffic t;
    void *model;
    const struct sim_image *image = sim_image_of(s, &model);
    const uint8_t *at = watch_register(s, "slot.watched.watch.st_q");
    const uint8_t *part = watch_register(s, "slot.watched.watch.part_q");
    uint8_t *waited = watch_register(s, "slot.watched.watch.wait_q");
    bool up = false;

    traffic_make(&t, 60);
    do {
        t.job.until++;
        assert_true(t.job.until < CLOCKS_MOST);
        assert_int_equal(sim_run(s, &t.job), 0);
        t.job.resume = true;
        if (!up && *at == st && *part == 0) {
            *waited = 0xff;
            image->settle(model);
            up = true;
        }
    } while (t.job.paused);
    assert_true(up);
    assert_int_equal(t.job.n_out, FRAMES);
}

static void a_late_word_leaves_the_window_where_it_was(void **state)
{
    static const uint8_t states[] = {SAVE, INDEX, READ};
    const uint32_t late = 1 << COMMON_ERRORS_WALK_SHIFT;
    uint8_t frames[64 * TELEMETRY_BYTES];
    struct telemetry told;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(states); k++) {
        struct sim *s = open_slot("acl", WIDTH, true);
        assert_int_equal(sim_write(s, ACL_N_RULES, 4), 0);
        assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, FOUND), 0);
        assert_int_equal(sim_write(s, COMMON_WALK, TELEMETRY_WALK_REGS), 0);
        assert_int_equal(sim_write(s, COMMON_WINDOW, 1), 0);
        run_with_time_up(s, states[k]);
        size_t n = sim_telemetry(s, frames, sizeof frames);
        assert_true(n >= 2 * TELEMETRY_BYTES && n % TELEMETRY_BYTES == 0);
        assert_null(telemetry_decode(frames, TELEMETRY_BYTES, &told));
        assert_int_equal(told.errors, 0); /* that was of the registers */
        assert_null(
            telemetry_decode(frames + TELEMETRY_BYTES, TELEMETRY_BYTES, &told));
        assert_int_equal(telemetry_part(told.walk_at), 0);
        assert_int_equal(told.errors, late);
        assert_int_equal(read_reg(s, COMMON_ERRORS), late);
        assert_int_equal(read_reg(s, CSR_WINDOW_INDEX), FOUND);
        sim_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_word_leaves_the_window_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
