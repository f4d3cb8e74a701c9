/*
 * bridge_window_test.c - tables are read while packets pass: whatever clock a
 * lookup falls into, it does not get into the words, nor they into it.
 */
#include "sim/sim_check.h"

#include <stdio.h>
#include <unistd.h>

#include "bridge_csr.h"
#include "core/pkt.h"
#include "sim/image.h"

enum { PHASES = 12, WORDS = 6, FIRST = 3 * 40 }; /* entries 40 and 41 */

/* What is written to, and read from, word 'k': no valid entry. */
static uint32_t word(uint32_t k)
{
    static const uint32_t used[] = {0xffffffff, 0xfff0ffff, 0x000fffff};

    return (0x9e3779b1 * (k + 1)) & used[k % 3];
}

static void write_words(struct sim *s)
{
    assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, FIRST), 0);
    for (uint32_t k = 0; k < WORDS; k++) {
        assert_int_equal(sim_write(s, CSR_WINDOW_DATA, word(k)), 0);
    }
}

/* Gives the slot a frame of 14 bytes from port 'in', a beat a clock. */
static void push_frame(struct sim *s, uint32_t width_bits, const uint8_t *d,
                       uint8_t in)
{
    void *model;
    const struct sim_image *image = sim_image_of(s, &model);
    uint32_t step = width_bits / 8;
    struct sim_beat beat, out;

    for (uint32_t at = 0; at < 14; at += step) {
        uint32_t n = 14 - at < step ? 14 - at : step;
        bool taken;
        beat = (struct sim_beat){.keep = (1u << n) - 1,
                                 .user = in,
                                 .last = at + step >= 14,
                                 .valid = true};
        memcpy(beat.data, d + at, n);
        image->look(model, &beat, true, &out, &taken);
        assert_true(taken);
        image->edge(model);
    }
    beat.valid = false;
    bool taken;
    image->look(model, &beat, true, &out, &taken);
}

static void words_are_right_in_every_clock_of_a_lookup(void **state)
{
    static const uint32_t widths[] = {32, 64};
    /* To and from stations, so that entries are read and one is written. */
    static const uint8_t frame[14] = {2, 0, 0, 0, 0, 9,    2,
                                      0, 0, 0, 0, 7, 0x88, 0xb5};

    (void)state;
    for (size_t w = 0; w < CHECK_ROWS(widths); w++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/bridge-w%u.so", image_dir(),
                       widths[w]);
        if (access(path, R_OK) != 0) {
            print_message("skipped: no image of bridge, %u bits\n", widths[w]);
            skip();
        }
        struct sim *s = open_slot("bridge", widths[w], false);
        void *model;
        const struct sim_image *image = sim_image_of(s, &model);
        write_words(s);
        for (int phase = 0; phase < PHASES; phase++) {
            uint32_t got[WORDS];
            assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, FIRST), 0);
            push_frame(s, widths[w], frame, (uint8_t)phase);
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
        assert_int_equal(read_reg(s, BRIDGE_N_LEARNED), 1);
        assert_int_equal(read_reg(s, BRIDGE_N_MOVED), PHASES - 1);
        assert_int_equal(read_reg(s, BRIDGE_N_FLOODED), PHASES);
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
