/* err_test.c - exit status, and lines that are held. */
#include "core/base/err.h"

#include <string.h>

#include "tests/capture.h"
#include "tests/check.h"

static void every_code_has_its_exit_status(void **state)
{
    static const struct {
        int code, status;
    } row[] = {
        {0, 0},
        {7, 0},
        {ERR_DIFFERS, 1},
        {ERR_USAGE, 2},
        {ERR_BAD_INPUT, 2},
        {ERR_NOT_FOUND, 2},
        {ERR_CAPACITY, 2},
        {ERR_IO, 3},
        {ERR_NO_MEM, 3},
        {ERR_DEVICE, 3},
        {ERR_HANG, 3},
        {ERR_MISSING, 4},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(err_exit_status(row[k].code), row[k].status);
    }
}

static void one_line_is_held_and_others_are_printed(void **state)
{
    char text[32] = "before";
    struct capture c;

    (void)state;
    capture_begin(&c);
    int first = err_say(ERR_IO, "zero");
    err_hold(text, sizeof text);
    size_t n_empty = strlen(text);
    int second = err_say(ERR_DEVICE, "one %d", 1);
    (void)err_say(ERR_DEVICE, "two");
    err_release();
    (void)err_say(ERR_DEVICE, "three");
    capture_end(&c);
    assert_int_equal(first, ERR_IO);
    assert_int_equal(n_empty, 0);
    assert_int_equal(second, ERR_DEVICE);
    assert_string_equal(text, "one 1");
    assert_string_equal(c.text,
                        "precast: zero\nprecast: two\nprecast: three\n");
}

static void a_held_line_is_utf8_without_control_characters(void **state)
{
    static const struct {
        const char *line, *held;
    } row[] = {
        {"a\nb\tc\x7f", "a?b?c?"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9d\x84\x9e",
         "\xc3\xa4 \xe2\x82\xac \xf0\x9d\x84\x9e"},
        {"\xc3", "?"},                     /* cut short */
        {"\xe2\x82.", "??."},              /* cut short */
        {"\xa4\xff\xfe", "???"},           /* no first byte */
        {"\xc0\xaf\xe0\x80\xaf", "?????"}, /* longer than need be */
        {"\xed\xa0\x80", "???"},           /* half of a pair */
        {"\xf4\x90\x80\x80", "????"},      /* beyond Unicode */
        {"\xc2\x85", "??"},                /* a control character */
        {"0123456789abcde", "0123456789abcde"},
        {"0123456789abcdef", "0123456789abcde"},
        {"0123456789abcd\xc3\xa4", "0123456789abcd"}, /* not half of one */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[16];
        err_hold(text, sizeof text);
        (void)err_say(ERR_IO, "%s", row[k].line);
        err_release();
        assert_string_equal(text, row[k].held);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_exit_status),
        cmocka_unit_test(one_line_is_held_and_others_are_printed),
        cmocka_unit_test(a_held_line_is_utf8_without_control_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
