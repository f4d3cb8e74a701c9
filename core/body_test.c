/* body_test.c - the C body behind its registers, and its window. */
#include "core/body_check.h"

#include "acl_csr.h"
#include "core/base/err.h"
#include "scale_csr.h"
#include "tests/sanitize.h"

static void body_begins_at_reset(void **state)
{
    struct body *scale = open_c("scale");
    struct body *acl = open_c("acl");

    (void)state;
    assert_int_equal(read_reg(scale, SCALE_GAIN), 0x4000);
    assert_int_equal(read_reg(scale, SCALE_N_CLIPPED), 0);
    for (uint32_t offset = ACL_NO_MATCH; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(read_reg(acl, offset), 0);
    }
    assert_int_equal(read_reg(acl, CSR_WINDOW_INDEX), 0);
    assert_int_equal(read_word(acl, 0), 0);
    assert_int_equal(read_word(acl, RULE_WORDS_MAX - 1), 0);
    body_close(scale);
    body_close(acl);
}

static void body_reads_back_what_was_written(void **state)
{
    struct body *acl = open_c("acl");

    (void)state;
    for (uint32_t offset = ACL_N_HITS; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(body_write(acl, offset, 0xc0de0000 + offset), 0);
    }
    for (uint32_t offset = ACL_N_HITS; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(read_reg(acl, offset), 0xc0de0000 + offset);
    }
    body_close(acl);
}

static void body_keeps_the_bits_that_fields_name(void **state)
{
    static const struct {
        const char *fn;
        uint32_t offset, kept;
    } row[] = {
        {"acl", ACL_NO_MATCH, 1},
        {"acl", ACL_N_RULES, 0xffff},
        {"acl", ACL_N_HITS, UINT32_MAX},
        {"acl", CSR_WINDOW_INDEX, 0xf00fffff},
        {"scale", SCALE_GAIN, 0xffff},
        {"bridge", 0x90, 0x0fff0fff}, /* PVID0 */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        static const uint32_t value[] = {UINT32_MAX, 0xa5a5a5a5, 0x5a5a5a5a, 0};
        struct body *b = open_c(row[k].fn);
        print_message("%s 0x%x\n", row[k].fn, row[k].offset);
        for (size_t j = 0; j < CHECK_ROWS(value); j++) {
            assert_int_equal(body_write(b, row[k].offset, value[j]), 0);
            assert_int_equal(read_reg(b, row[k].offset),
                             value[j] & row[k].kept);
        }
        body_close(b);
    }
}

static void body_refuses_offsets_that_the_function_has_not(void **state)
{
    static const struct {
        const char *fn;
        uint32_t offset;
    } row[] = {
        {"scale", 0},     {"scale", 0x7c},  {"scale", 0x81},
        {"scale", 0x88},  {"scale", 0xf8},  {"scale", 0xfc}, /* no table */
        {"scale", 0x180}, {"acl", 0x10},    {"acl", 0x7f},
        {"acl", 0x94},    {"acl", 0xf4},    {"acl", 0xf9},
        {"acl", 0x100},   {"acl", 0x10080}, {"acl", UINT32_MAX},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct body *b = open_c(row[k].fn);
        uint32_t value = UNCHANGED;
        print_message("%s 0x%x\n", row[k].fn, row[k].offset);
        assert_int_equal(body_write(b, row[k].offset, 1), ERR_NOT_FOUND);
        assert_int_equal(body_read(b, row[k].offset, &value), ERR_NOT_FOUND);
        assert_int_equal(value, UNCHANGED);
        body_close(b);
    }
}

static void window_reaches_every_word_of_the_table(void **state)
{
    static const uint32_t at[] = {
        0, 1, 7, 8, 0xffff, 0x10000, 70001, 524000, RULE_WORDS_MAX - 1};
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(at); k++) {
        write_word(acl, at[k], 0xabcd0000 + at[k]);
    }
    for (size_t k = 0; k < CHECK_ROWS(at); k++) {
        assert_int_equal(read_word(acl, at[k]), 0xabcd0000 + at[k]);
    }
    assert_int_equal(read_word(acl, 2), 0); /* a neighbour */
    assert_int_equal(read_word(acl, RULE_WORDS_MAX - 2), 0);
    body_close(acl);
}

static void window_refuses_words_beyond_the_table(void **state)
{
    static const uint32_t index[] = {
        RULE_WORDS_MAX, RULE_WORDS_MAX + 1, 0x0fffffff, /* of table 0 */
        0x10000000,     0xf0000000,         0xffffffff, /* of other tables */
    };
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(index); k++) {
        uint32_t value = UNCHANGED;
        print_message("0x%x\n", index[k]);
        assert_int_equal(body_write(acl, CSR_WINDOW_INDEX, index[k]), 0);
        assert_int_equal(body_write(acl, CSR_WINDOW_DATA, 1), ERR_NOT_FOUND);
        assert_int_equal(body_read(acl, CSR_WINDOW_DATA, &value),
                         ERR_NOT_FOUND);
        assert_int_equal(value, UNCHANGED);
    }
    body_close(acl);
}

static void body_run_hands_the_burst_through(void **state)
{
    struct body *scale = open_c("scale");
    struct iq16 x[3] = {{1, -1}, {100, -100}, {32767, -32768}};
    struct iq16 y[4] = {{0}};
    struct fn_span in = {FN_IQ16, x, 3, 3, 77};
    struct fn_span out = {FN_PKT, y, 0, 4, 0};

    (void)state;
    assert_int_equal(body_run(scale, &in, &out), 0); /* at gain 1.0 */
    assert_int_equal(out.type, FN_IQ16);
    assert_int_equal(out.n, 3);
    assert_int_equal(out.item0, 77);
    assert_memory_equal(x, y, sizeof x);
    in.n = 0;
    assert_int_equal(body_run(scale, &in, &out), 0);
    assert_int_equal(out.n, 0);
    body_close(scale);
}

static void capacity_of_the_c_body_is_that_of_the_csr_file(void **state)
{
    struct body *acl = open_c("acl");

    (void)state;
    assert_int_equal(body_capacity(acl, ACL_TABLE_RULE), 65535);
    body_close(acl);
}

static void body_open_fails_when_memory_ends(void **state)
{
    static const struct csr_table table = {"HUGE", UINT32_MAX, UINT32_MAX, 0x80,
                                           "beyond any memory"};
    static const struct csr_layout layout = {
        .name = "huge", .tables = &table, .n_tables = 1};
    static const struct fn fn = {.csr = &layout};
    struct body *b = NULL;

    (void)state;
    if (SANITIZED) {
        print_message("skipped: a sanitizer stops at such a request\n");
        skip();
    }
    assert_int_equal(body_open_c(&fn, &b), ERR_NO_MEM);
    assert_null(b);
}

static void body_close_takes_null(void **state)
{
    (void)state;
    body_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_begins_at_reset),
        cmocka_unit_test(body_reads_back_what_was_written),
        cmocka_unit_test(body_keeps_the_bits_that_fields_name),
        cmocka_unit_test(body_refuses_offsets_that_the_function_has_not),
        cmocka_unit_test(window_reaches_every_word_of_the_table),
        cmocka_unit_test(window_refuses_words_beyond_the_table),
        cmocka_unit_test(body_run_hands_the_burst_through),
        cmocka_unit_test(capacity_of_the_c_body_is_that_of_the_csr_file),
        cmocka_unit_test(body_open_fails_when_memory_ends),
        cmocka_unit_test(body_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
