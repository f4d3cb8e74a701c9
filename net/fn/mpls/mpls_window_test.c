/*
 * mpls_window_test.c - tables are read while packets pass: whatever clock a
 * lookup falls into, it does not get into the words, nor they into it.
 */
#include "sim/sim_check.h"

#include <stdio.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "mpls_csr.h"
#include "sim/image.h"

enum {
    PHASES = 14,
    WORDS = 16,
    FRAME = 26, /* three labels, of which two end here */
    OTHER = 40, /* entries 40 and 41 are read */
};

static uint32_t word(uint32_t k)
{
    return 0x9e3779b1 * (k + 1);
}

static void write_entry(struct sim *s, uint32_t label, uint32_t how,
                        uint32_t out)
{
    assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, label * MPLS_NHLFE_WORDS),
                     0);
    assert_int_equal(sim_write(s, CSR_WINDOW_DATA, how), 0);
    assert_int_equal(sim_write(s, CSR_WINDOW_DATA, out), 0);
}

static void write_tables(struct sim *s)
{
    assert_int_equal(sim_write(s, MPLS_N_NHLFE, 64), 0);
    write_entry(s, 17, 0x02, 0); /* pop */
    write_entry(s, 18, 0x02, 0);
    write_entry(s, 19, 0x11, 100); /* swap 100 */
    assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, OTHER * MPLS_NHLFE_WORDS),
                     0);
    for (uint32_t k = 0; k < WORDS; k++) {
        assert_int_equal(sim_write(s, CSR_WINDOW_DATA, word(k)), 0);
    }
}

/* Gives the slot a frame, a beat a clock. */
static void push_frame(struct sim *s, uint32_t width_bits)
{
    void *model;
    const struct sim_image *image = sim_image_of(s, &model);
    uint32_t step = width_bits / 8;
    uint8_t d[FRAME] = {0};
    struct sim_beat beat, out;
    bool taken;

    be16_store(d + 12, 0x8847);
    be32_store(d + 14, 17u << 12 | 64);
    be32_store(d + 18, 18u << 12 | 64);
    be32_store(d + 22, 19u << 12 | 0x100 | 64);
    for (uint32_t at = 0; at < FRAME; at += step) {
        uint32_t n = FRAME - at < step ? FRAME - at : step;
        beat = (struct sim_beat){
            .keep = (1u << n) - 1, .last = at + step >= FRAME, .valid = true};
        memcpy(beat.data, d + at, n);
        image->look(model, &beat, true, &out, &taken);
        assert_true(taken);
        image->edge(model);
    }
    beat.valid = false;
    image->look(model, &beat, true, &out, &taken);
}

static void words_are_right_in_every_clock_of_a_lookup(void **state)
{
    static const uint32_t widths[] = {32, 64};

    (void)state;
    for (size_t w = 0; w < CHECK_ROWS(widths); w++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/mpls-w%u.so", image_dir(),
                       widths[w]);
        if (access(path, R_OK) != 0) {
            print_message("skipped: no image of mpls, %u bits\n", widths[w]);
            skip();
        }
        struct sim *s = open_slot("mpls", widths[w], false);
        void *model;
        const struct sim_image *image = sim_image_of(s, &model);
        write_tables(s);
        for (int phase = 0; phase < PHASES; phase++) {
            uint32_t got[WORDS];
            assert_int_equal(
                sim_write(s, CSR_WINDOW_INDEX, OTHER * MPLS_NHLFE_WORDS), 0);
            push_frame(s, widths[w]);
            for (int k = 0; k < phase; k++) {
                image->edge(model);
            }
            assert_int_equal(sim_read_n(s, CSR_WINDOW_DATA, got, WORDS), 0);
            for (uint32_t k = 0; k < WORDS; k++) {
                assert_int_equal(got[k], word(k));
            }
            while (!image->idle(model)) {
                image->edge(model);
            }
        }
        assert_int_equal(read_reg(s, MPLS_N_SWAPPED), PHASES);
        sim_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_right_in_every_clock_of_a_lookup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
