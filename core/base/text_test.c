/* text_test.c - numbers and files from users, at their borders. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "tests/capture.h"
#include "tests/sanitize.h"

enum { UNCHANGED = 0x5a };

static void parse_u64_takes_decimal_and_hex_up_to_max(void **state)
{
    static const struct {
        const char *text;
        uint64_t max, value;
    } row[] = {
        {"0", 0, 0},
        {"0", UINT64_MAX, 0},
        {"7", 7, 7},
        {"0x0", 0, 0},
        {"0xff", 255, 255},
        {"0XFf", 255, 255},
        {"0x00000000000000000000001f", 31, 31},
        {"017", 17, 17}, /* not octal: 17, not 15 */
        {"09", 9, 9},    /* no octal number at all */
        {"00000000000000000000000000000", 0, 0},
        {"4294967296", UINT64_MAX, (uint64_t)1 << 32},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX}, /* 2^64 - 1 */
        {"0xffffffffffffffff", UINT64_MAX, UINT64_MAX},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint64_t value = UNCHANGED;
        print_message("'%s'\n", row[k].text);
        assert_true(parse_u64(row[k].text, row[k].max, &value));
        assert_true(value == row[k].value);
    }
}

static const char *const not_numbers[] = {
    "",     " ",     " 1",   "1 ",    "\t1",     "1\n", "+1",  "-1",
    "-0",   "--1",   "x",    "x1",    "ff",      "0x",  "0x ", "0x-1",
    "0x+1", "0x0x1", "0xg",  "0xfg",  "1.0",     "1,0", "1e3", "1k",
    "0b11", "0o17",  "1_00", "1\t2",  "1 2",     "1-",  "1x",  "\x80",
    "\xff", "1\xff", "inf",  "0x1p3", "\xd9\xa1" /* a digit, but not ASCII */
};

static void parse_u64_refuses_what_is_no_number(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(not_numbers); k++) {
        uint64_t value = UNCHANGED;
        print_message("row %zu\n", k); /* the text may be no UTF-8 */
        assert_false(parse_u64(not_numbers[k], UINT64_MAX, &value));
        assert_int_equal(value, UNCHANGED);
    }
}

static void parse_u64_refuses_what_is_too_large(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
    } row[] = {
        {"1", 0},
        {"8", 7},
        {"0x8", 7},
        {"18446744073709551615", UINT64_MAX - 1},
        {"18446744073709551616", UINT64_MAX}, /* 2^64 */
        {"0x10000000000000000", UINT64_MAX},  /* 2^64 */
        {"36893488147419103233", UINT64_MAX}, /* 2^65 + 1 */
        {"99999999999999999999999999999999", UINT64_MAX},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint64_t value = UNCHANGED;
        print_message("'%s'\n", row[k].text);
        assert_false(parse_u64(row[k].text, row[k].max, &value));
        assert_int_equal(value, UNCHANGED);
    }
}

static void parse_u32_keeps_to_min_and_max(void **state)
{
    static const struct {
        const char *text;
        uint32_t min, max;
        bool good;
        uint32_t value; /* UNCHANGED when not good */
    } row[] = {
        {"9", 10, 20, false, UNCHANGED},
        {"10", 10, 20, true, 10},
        {"20", 10, 20, true, 20},
        {"21", 10, 20, false, UNCHANGED},
        {"0xa", 10, 20, true, 10},
        {"0", 0, 0, true, 0},
        {"0", 1, UINT32_MAX, false, UNCHANGED},
        {"4294967295", 0, UINT32_MAX, true, UINT32_MAX}, /* 2^32 - 1 */
        {"0xffffffff", UINT32_MAX, UINT32_MAX, true, UINT32_MAX},
        {"4294967294", UINT32_MAX, UINT32_MAX, false, UNCHANGED},
        {"4294967296", 0, UINT32_MAX, false, UNCHANGED}, /* 2^32 */
        {"4294967311", 10, 20, false, UNCHANGED}, /* 2^32 + 15: no wrap */
        {"18446744073709551631", 10, 20, false, UNCHANGED}, /* 2^64 + 15 */
        {"15", 20, 10, false, UNCHANGED},                   /* empty range */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t value = UNCHANGED;
        print_message("'%s'\n", row[k].text);
        assert_int_equal(parse_u32(row[k].text, row[k].min, row[k].max, &value),
                         row[k].good);
        assert_int_equal(value, row[k].value);
    }
}

static void parse_u32_refuses_what_is_no_number(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(not_numbers); k++) {
        uint32_t value = UNCHANGED;
        assert_false(parse_u32(not_numbers[k], 0, UINT32_MAX, &value));
        assert_int_equal(value, UNCHANGED);
    }
}

/* --- files ---------------------------------------------------------------- */

/* A folder of the test's own, and the name of one file in it. */
struct place {
    char dir[64];
    char file[96];
};

static int place_make(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return -1;
    }
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/text_test.XXXXXX"); /* fits */
    *state = p;
    if (mkdtemp(p->dir) == NULL) {
        return -1;
    }
    (void)snprintf(p->file, sizeof p->file, "%s/file", p->dir); /* fits */
    return 0;
}

static int place_remove(void **state)
{
    struct place *p = *state;

    (void)unlink(p->file); /* not every test makes it */
    int err = rmdir(p->dir);
    free(p);
    return err;
}

static void place_write(const struct place *p, const char *bytes, size_t n)
{
    FILE *f = fopen(p->file, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void text_open_reads_files_of_any_length(void **state)
{
    /* The first buffer holds 65536 bytes. */
    static const size_t length[] = {0,     1,     65535,  65536,
                                    65537, 70000, 131072, 200001};
    const size_t longest = length[CHECK_ROWS(length) - 1];
    const struct place *p = *state;
    char *bytes = malloc(longest);

    assert_non_null(bytes);
    for (size_t k = 0; k < longest; k++) {
        bytes[k] = (char)('a' + k % 23);
    }
    for (size_t k = 0; k < CHECK_ROWS(length); k++) {
        struct text_file f;
        print_message("%zu bytes\n", length[k]);
        place_write(p, bytes, length[k]);
        assert_int_equal(text_open(p->file, &f), 0);
        assert_int_equal(f.n, length[k]);
        assert_memory_equal(f.text, bytes, length[k]);
        assert_int_equal(f.text[f.n], '\0');
        assert_ptr_equal(f.name, p->file);
        text_close(&f);
        assert_null(f.text);
    }
    free(bytes);
}

static void text_open_counts_bytes_beyond_a_nul(void **state)
{
    const struct place *p = *state;
    struct text_file f;

    place_write(p, "ab\0c", 4);
    assert_int_equal(text_open(p->file, &f), 0);
    assert_int_equal(f.n, 4);
    assert_memory_equal(f.text, "ab\0c", 5);
    text_close(&f);
}

/* Opens what cannot be read and expects a line that names it. */
static void assert_open_fails(const char *name, int expected, const char *why)
{
    struct text_file f = {.n = UNCHANGED};
    struct capture c;
    char line[256];

    capture_begin(&c);
    int err = text_open(name, &f);
    capture_end(&c);
    (void)snprintf(line, sizeof line, "precast: %s: %s\n", name,
                   why); /* fits */
    assert_int_equal(err, expected);
    assert_string_equal(c.text, line);
    assert_int_equal(f.n, UNCHANGED);
    assert_null(f.text);
}

static void text_open_names_a_file_that_is_missing(void **state)
{
    const struct place *p = *state;

    assert_open_fails(p->file, ERR_BAD_INPUT, "No such file or directory");
}

static void text_open_names_a_folder(void **state)
{
    const struct place *p = *state;

    assert_open_fails(p->dir, ERR_BAD_INPUT, "Is a directory");
}

static void text_open_says_when_memory_ends(void **state)
{
    struct rlimit before, small;

    (void)state;
    if (SANITIZED) {
        print_message("skipped: a sanitizer needs its memory\n");
        skip();
    }
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)256 << 20;
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    /* A file without end. */
    assert_open_fails("/dev/zero", ERR_NO_MEM, "not enough memory to read it");
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
}

static void text_close_takes_what_was_never_opened(void **state)
{
    struct text_file f = {0};

    (void)state;
    text_close(&f);
    assert_null(f.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_u64_takes_decimal_and_hex_up_to_max),
        cmocka_unit_test(parse_u64_refuses_what_is_no_number),
        cmocka_unit_test(parse_u64_refuses_what_is_too_large),
        cmocka_unit_test(parse_u32_keeps_to_min_and_max),
        cmocka_unit_test(parse_u32_refuses_what_is_no_number),
        cmocka_unit_test_setup_teardown(text_open_reads_files_of_any_length,
                                        place_make, place_remove),
        cmocka_unit_test_setup_teardown(text_open_counts_bytes_beyond_a_nul,
                                        place_make, place_remove),
        cmocka_unit_test_setup_teardown(text_open_names_a_file_that_is_missing,
                                        place_make, place_remove),
        cmocka_unit_test_setup_teardown(text_open_names_a_folder, place_make,
                                        place_remove),
        cmocka_unit_test(text_open_says_when_memory_ends),
        cmocka_unit_test(text_close_takes_what_was_never_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
