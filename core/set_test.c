/* set_test.c - settings from users as register writes. */
#include "core/body_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "scale_csr.h"
#include "tests/capture.h"
#include "tests/sanitize.h"

static void write_list_keeps_the_order_of_many_writes(void **state)
{
    struct write_list w = {0};

    (void)state;
    for (uint32_t k = 0; k < 1000; k++) {
        assert_int_equal(write_list_emit(&w, k, ~k), 0);
    }
    assert_int_equal(w.n, 1000);
    for (uint32_t k = 0; k < 1000; k++) {
        assert_int_equal(w.at[k].offset, k);
        assert_int_equal(w.at[k].value, ~k);
    }
    write_list_close(&w);
    assert_null(w.at);
    assert_int_equal(w.n, 0);
    write_list_close(&w);
}

static void write_list_stops_at_the_first_that_fails(void **state)
{
    struct body *scale = open_c("scale");
    struct write_list w = {0};

    (void)state;
    assert_int_equal(write_list_apply(&w, scale), 0);
    assert_int_equal(write_list_emit(&w, SCALE_GAIN, 1), 0);
    assert_int_equal(write_list_emit(&w, SCALE_GAIN, 2), 0);
    assert_int_equal(write_list_apply(&w, scale), 0);
    assert_int_equal(read_reg(scale, SCALE_GAIN), 2);
    assert_int_equal(write_list_emit(&w, 0x10, 3), 0); /* no such register */
    assert_int_equal(write_list_emit(&w, SCALE_GAIN, 4), 0);
    assert_int_equal(write_list_apply(&w, scale), ERR_NOT_FOUND);
    assert_int_equal(read_reg(scale, SCALE_GAIN), 2);
    write_list_close(&w);
    body_close(scale);
}

static void write_list_says_when_memory_ends(void **state)
{
    struct write_list w = {0};
    struct rlimit before, small;
    int err = 0;

    (void)state;
    if (SANITIZED) {
        print_message("skipped: a sanitizer needs its memory\n");
        skip();
    }
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)256 << 20;
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    while (err == 0 && w.n < (size_t)1 << 26) {
        err = write_list_emit(&w, 1, 2);
    }
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(err, ERR_NO_MEM);
    assert_int_equal(w.n, w.cap); /* what was collected is still there */
    assert_int_equal(w.at[w.n - 1].value, 2);
    write_list_close(&w);
}

static void fn_set_turns_a_setting_into_a_write(void **state)
{
    static const struct {
        const char *fn, *key, *value;
        uint32_t offset, written;
    } row[] = {
        {"scale", "gain", "0x8000", SCALE_GAIN, 0x8000},
        {"scale", "gain", "0", SCALE_GAIN, 0},
        {"scale", "gain", "65535", SCALE_GAIN, 0xffff},
        {"scale", "gain", "0xffff", SCALE_GAIN, 0xffff},
        {"acl", "no_match", "0", ACL_NO_MATCH, 0},
        {"acl", "no_match", "1", ACL_NO_MATCH, 1},
        {"acl", "no_flags", "0", ACL_NO_FLAGS, 0},
        {"acl", "no_flags", "1", ACL_NO_FLAGS, 1},
        {"acl", "default", "accept", ACL_NO_MATCH, 0},
        {"acl", "default", "drop", ACL_NO_MATCH, 1},
        {"acl", "flags", "match", ACL_NO_FLAGS, 0},
        {"acl", "flags", "ignore", ACL_NO_FLAGS, 1},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        print_message("%s %s = %s\n", row[k].fn, row[k].key, row[k].value);
        assert_int_equal(fn_set(registry_find(row[k].fn), row[k].key,
                                row[k].value, "--set", NULL, &w),
                         0);
        assert_int_equal(w.n, 1);
        assert_int_equal(w.at[0].offset, row[k].offset);
        assert_int_equal(w.at[0].value, row[k].written);
        write_list_close(&w);
    }
}

/* fn_set() that fails and writes nothing; its message is in 'c'. */
static int set_badly(const struct fn *fn, const char *key, const char *value,
                     const char *dir, struct capture *c)
{
    struct write_list w = {0};

    capture_begin(c);
    int err = fn_set(fn, key, value, "edge.yaml:4:12", dir, &w);
    capture_end(c);
    assert_int_equal(w.n, 0);
    write_list_close(&w);
    return err;
}

static void fn_set_says_what_it_expected(void **state)
{
    static const struct {
        const char *fn, *key, *value, *message;
    } row[] = {
        {"scale", "gain", "-1",
         "gain is '-1', expected a number from 0 to 0xffff\n"},
        {"scale", "gain", "", "gain is '', expected a number"},
        {"scale", "gain", "1.0", "gain is '1.0', expected a number"},
        {"scale", "gain", "4294967296", "gain is '4294967296', expected"},
        /* Beyond the field. */
        {"scale", "gain", "65536",
         "gain is '65536', expected a number from 0 to 0xffff\n"},
        {"scale", "gain", "0x10000", "gain is '0x10000', expected a number"},
        {"scale", "gain", "4294967295", "gain is '4294967295', expected"},
        {"acl", "no_match", "2",
         "no_match is '2', expected a number from 0 to 0x1\n"},
        {"acl", "no_flags", "2",
         "no_flags is '2', expected a number from 0 to 0x1\n"},
        {"acl", "no_flags", "0xffffffff", "no_flags is '0xffffffff', expected"},
        /* The key that fills a table says how much of it is in use. */
        {"acl", "n_rules", "1", "acl has no setting 'n_rules'"},
        {"scale", "volume", "1",
         "scale has no setting 'volume', expected gain\n"},
        {"scale", "GAIN", "1", "no setting 'GAIN'"}, /* lower case only */
        {"scale", "gai", "1", "no setting 'gai'"},
        {"scale", "gainx", "1", "no setting 'gainx'"},
        {"scale", "", "1", "no setting ''"},
        /* A count is restored by a blob, not set. */
        {"scale", "n_clipped", "1", "no setting 'n_clipped'"},
        {"acl", "window_index", "1", "no setting 'window_index'"},
        {"acl", "rule", "1",
         "acl has no setting 'rule', expected rules, default, flags, "
         "no_match, no_flags\n"},
        {"acl", "default", "maybe", "'maybe', expected accept or drop\n"},
        {"acl", "default", "Drop", "'Drop', expected accept or drop\n"},
        {"acl", "flags", "", "'', expected match or ignore\n"},
        {"acl", "no_match", "many", "no_match is 'many', expected a number"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct capture c;
        int err = set_badly(registry_find(row[k].fn), row[k].key, row[k].value,
                            NULL, &c);
        print_message("%s", c.text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_ptr_equal(strstr(c.text, "precast: edge.yaml:4:12: "), c.text);
        assert_non_null(strstr(c.text, row[k].message));
        /* One line, ended. */
        assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    }
}

static void fn_set_bounds_a_number_by_fields(void **state)
{
    static const struct csr_field low[] = {{"A", 0, 2, ""}, {"B", 3, 5, ""}};
    static const struct csr_field top[] = {{"A", 31, 31, ""}, {"B", 0, 0, ""}};
    static const struct csr_reg regs[] = {
        {"BARE", 0x80, CSR_RW, 0, UINT32_MAX, "", NULL, 0},
        {"LOW", 0x84, CSR_RW, 0, 0x3f, "", low, CHECK_ROWS(low)},
        {"TOP", 0x88, CSR_RW, 0, 0x80000001, "", top, CHECK_ROWS(top)},
        {"N_A", 0x8c, CSR_RW, 0, UINT32_MAX, "", NULL, 0},
        {"N_B", 0x90, CSR_RW, 0, UINT32_MAX, "", NULL, 0},
    };
    static const struct csr_table tables[] = {{"A", 10, 1, 0x8c, ""},
                                              {"B", 300, 1, 0x90, ""}};
    static const struct csr_layout layout = {
        .name = "some",
        .regs = regs,
        .n_regs = CHECK_ROWS(regs),
        .tables = tables,
        .n_tables = CHECK_ROWS(tables),
    };
    static const struct fn fn = {.csr = &layout};
    static const struct {
        const char *key;
        uint64_t max, bad;
        const char *expected;
    } row[] = {
        /* nothing bounds it */
        {"bare", UINT32_MAX, 0x100000000, "from 0 to 0xffffffff"},
        /* its highest field does */
        {"low", 0x3f, 0x40, "from 0 to 0x3f"},
        /* bits that no field has are not 0 */
        {"top", 0x80000001, 0x80000002, "with no bits but 0x80000001"},
        {"top", 0x80000000, 2, "with no bits but 0x80000001"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        struct capture c;
        char value[32], message[80];
        print_message("%s\n", row[k].key);
        (void)snprintf(value, sizeof value, "%" PRIu64, row[k].max); /* fits */
        assert_int_equal(fn_set(&fn, row[k].key, value, "--set", NULL, &w), 0);
        assert_int_equal(w.n, 1);
        assert_int_equal(w.at[0].offset, regs[k < 3 ? k : 2].offset);
        assert_int_equal(w.at[0].value, row[k].max);
        write_list_close(&w);

        (void)snprintf(value, sizeof value, "%" PRIu64, row[k].bad);
        (void)snprintf(message, sizeof message,
                       "%s is '%s', expected a number %s\n", row[k].key, value,
                       row[k].expected); /* fits */
        int err = set_badly(&fn, row[k].key, value, NULL, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, message));
    }
    for (size_t k = 0; k < CHECK_ROWS(tables); k++) {
        struct capture c;
        assert_int_equal(set_badly(&fn, k == 0 ? "n_a" : "n_b", "1", NULL, &c),
                         ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, "expected bare, low, top\n"));
    }
}

static void fn_set_names_the_file_that_it_cannot_use(void **state)
{
    char dir[] = "/tmp/set_test.XXXXXX";
    char path[64], longer[5000], message[128];
    const struct fn *acl = registry_find("acl");
    struct capture c;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a.rules", dir); /* fits */
    int err = set_badly(acl, "rules", "a.rules", dir, &c);
    assert_int_equal(err, ERR_BAD_INPUT);
    (void)snprintf(message, sizeof message,
                   "precast: %s: No such file or directory\n", path); /* fits */
    assert_string_equal(c.text, message);

    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite("# a\0b\n", 1, 6, f), 6);
    assert_int_equal(fclose(f), 0);
    err = set_badly(acl, "rules", "a.rules", dir, &c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(strstr(c.text, path));
    assert_non_null(strstr(c.text, ": is not text, expected a file of"));

    f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs("# rules\n\nnone\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    err = set_badly(acl, "rules", path, "/ignored", &c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(strstr(c.text, "a.rules:3: bad rule, expected "));

    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    err = set_badly(acl, "rules", longer, NULL, &c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_string_equal(c.text,
                        "precast: edge.yaml:4:12: file name too long\n");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void fn_set_reads_files_beside_the_chain_or_by_full_name(void **state)
{
    static const char rule[] =
        "@0.0.0.0/0\t0.0.0.0/0\t0 : 65535\t0 : 65535\t0x00/0x00\t"
        "0x0000/0x0000\tdrop\n";
    char dir[] = "/tmp/set_test.XXXXXX";
    char path[64];
    const struct fn *acl = registry_find("acl");
    const struct {
        const char *value, *dir;
    } row[] = {{"a.rules", dir}, {path, NULL}, {path, "/nowhere"}};

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a.rules", dir); /* fits */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(rule, f) >= 0);
    assert_int_equal(fclose(f), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        assert_int_equal(
            fn_set(acl, "rules", row[k].value, "--set", row[k].dir, &w), 0);
        /* Index and data for each of 8 words, and N_RULES. */
        assert_int_equal(w.n, 17);
        assert_int_equal(w.at[15].offset, CSR_WINDOW_DATA);
        assert_int_equal(w.at[15].value, 1); /* drop */
        assert_int_equal(w.at[16].offset, ACL_N_RULES);
        assert_int_equal(w.at[16].value, 1);
        write_list_close(&w);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void fn_set_offers_nothing_when_there_is_nothing(void **state)
{
    static const struct csr_layout layout = {.name = "bare"};
    static const struct fn fn = {.csr = &layout};
    struct capture c;

    (void)state;
    int err = set_badly(&fn, "gain", "1", NULL, &c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(
        strstr(c.text, "bare has no setting 'gain', expected none at all\n"));
}

static void fn_set_cuts_a_long_list_of_settings(void **state)
{
    static const struct csr_reg reg = {"A_REGISTER", 0x80, CSR_RW, 0,
                                       UINT32_MAX,   "",   NULL,   0};
    static const struct csr_layout layout = {
        .name = "long", .regs = &reg, .n_regs = 1};
    struct fn_key keys[60];
    struct fn fn = {.csr = &layout, .keys = keys};

    (void)state;
    /* 60 names of 9 letters and a comma are more than any line. */
    for (size_t n = 0; n <= CHECK_ROWS(keys); n++) {
        struct capture c;
        if (n > 0) {
            keys[n - 1] = (struct fn_key){.name = "long_name"};
        }
        fn.n_keys = n;
        int err = set_badly(&fn, "gain", "1", NULL, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, "long has no setting 'gain'"));
        assert_true(n > 40 || strstr(c.text, "a_register\n") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_list_keeps_the_order_of_many_writes),
        cmocka_unit_test(write_list_stops_at_the_first_that_fails),
        cmocka_unit_test(write_list_says_when_memory_ends),
        cmocka_unit_test(fn_set_turns_a_setting_into_a_write),
        cmocka_unit_test(fn_set_says_what_it_expected),
        cmocka_unit_test(fn_set_bounds_a_number_by_fields),
        cmocka_unit_test(fn_set_names_the_file_that_it_cannot_use),
        cmocka_unit_test(fn_set_reads_files_beside_the_chain_or_by_full_name),
        cmocka_unit_test(fn_set_offers_nothing_when_there_is_nothing),
        cmocka_unit_test(fn_set_cuts_a_long_list_of_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
