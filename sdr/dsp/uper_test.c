/* uper_test.c - fields of unaligned PER by hand (ITU-T X.691). */
#include "tests/check.h"

#include "sdr/dsp/uper.h"

static void fields_are_read_from_the_highest_bit_on(void **state)
{
    static const uint8_t bytes[] = {0xa5, 0x0f, 0x12, 0x34, 0x56, 0x78};
    struct uper u = {.bytes = bytes, .n = 8 * sizeof bytes};

    (void)state;
    assert_true(uper_flag(&u));
    assert_int_equal(uper_get(&u, 4), 4);
    assert_int_equal(uper_get(&u, 0), 0);
    assert_int_equal(uper_get(&u, 11), 0x50f);
    assert_int_equal(uper_get(&u, 32), 0x12345678);
    assert_false(u.failed);
    assert_false(uper_flag(&u)); /* behind the end */
    assert_true(u.failed);
}

static void what_cannot_be_is_zero_and_failed(void **state)
{
    static const uint8_t bytes[] = {0xff, 0xff};
    struct uper u = {.bytes = bytes, .n = 16};

    (void)state;
    assert_int_equal(uper_below(&u, 3, 8), 7);
    assert_false(u.failed);
    assert_int_equal(uper_below(&u, 3, 7), 0);
    assert_true(u.failed);
    u = (struct uper){.bytes = bytes, .n = 16};
    assert_int_equal(uper_small(&u), 0); /* more than 63 */
    assert_true(u.failed);
    u = (struct uper){.bytes = bytes, .n = 16};
    uper_skip(&u, 17);
    assert_true(u.failed);
    assert_int_equal(u.at, 16);
}

/* Lengths of 7 and of 14 bits; one of fragments. */
static void open_types_are_skipped_by_their_length(void **state)
{
    static const struct {
        uint8_t bytes[2];
        size_t at; /* 0: refused */
    } row[] = {{{0x00}, 8},           {{0x05}, 8 + 40},
               {{0x7f}, 8 + 8 * 127}, {{0x80, 0x80}, 16 + 8 * 128},
               {{0xc1}, 0},           {{0xbf, 0xff}, 0}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t bytes[200] = {row[k].bytes[0], row[k].bytes[1]};
        struct uper u = {.bytes = bytes, .n = 8 * sizeof bytes};
        print_message("row %zu\n", k);
        uper_skip_open(&u);
        assert_int_equal(u.failed, row[k].at == 0);
        assert_true(u.failed || u.at == row[k].at);
    }
}

/* 0 000010 101: of three places the first and the last are taken. */
static void additions_are_skipped_and_the_first_one_given(void **state)
{
    static const uint8_t both[] = {0x05, 0x40, 0x40, 0x80, 0x7f, 0xc0};
    static const uint8_t last[] = {0x04, 0x40, 0x7f, 0xc0};
    struct uper u = {.bytes = both, .n = 8 * sizeof both}, first;

    (void)state;
    uper_additions(&u, &first);
    assert_false(u.failed);
    assert_int_equal(u.at, 10 + 16 + 16);
    assert_int_equal(first.n - first.at, 8);
    assert_int_equal(uper_get(&first, 8), 0x02);
    assert_false(uper_flag(&first)); /* not what is behind it */
    assert_true(first.failed);
    u = (struct uper){.bytes = last, .n = 8 * sizeof last};
    uper_additions(&u, &first);
    assert_false(u.failed);
    assert_int_equal(u.at, 10 + 16);
    assert_int_equal(first.n, first.at);
    u = (struct uper){.bytes = both, .n = 8 * 4}; /* cut off */
    uper_additions(&u, &first);
    assert_true(u.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_from_the_highest_bit_on),
        cmocka_unit_test(what_cannot_be_is_zero_and_failed),
        cmocka_unit_test(open_types_are_skipped_by_their_length),
        cmocka_unit_test(additions_are_skipped_and_the_first_one_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
