/* blob_test.c - the state of bodies saved as blobs; their words and names. */
#include "core/body_check.h"

#include <string.h>
#include <sys/resource.h>

#include "acl_cache_csr.h"
#include "acl_csr.h"
#include "core/base/err.h"
#include "scale_csr.h"
#include "tests/sanitize.h"

static void body_save_gives_registers_and_entries_in_use(void **state)
{
    struct body *acl = open_c("acl");
    struct blob blob;

    (void)state;
    write_two_rules(acl);
    write_word(acl, 2 * ACL_RULE_WORDS, 0xbad); /* beyond N_RULES */
    assert_int_equal(body_save(acl, &blob), 0);
    assert_int_equal(blob.layout, acl->fn->csr->version);
    assert_int_equal(blob.n, N_WORDS);
    assert_memory_equal(blob.words, two_rules, sizeof two_rules);
    blob_close(&blob);
    assert_null(blob.words);
    body_close(acl);
}

static void
body_save_of_a_function_without_tables_is_its_registers(void **state)
{
    struct body *scale = open_c("scale");
    struct blob blob;

    (void)state;
    assert_int_equal(body_write(scale, SCALE_N_CLIPPED, 5), 0);
    assert_int_equal(body_save(scale, &blob), 0);
    assert_int_equal(blob.n, 2);
    assert_int_equal(blob.words[0], 0x4000);
    assert_int_equal(blob.words[1], 5);
    blob_close(&blob);
    body_close(scale);
}

static void body_save_refuses_more_entries_than_there_can_be(void **state)
{
    static const uint32_t count[] = {257, 511, UINT32_MAX};
    struct body *cache = open_c("acl_cache");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(count); k++) {
        struct blob blob = {.n = UNCHANGED};
        assert_int_equal(body_write(cache, ACL_CACHE_N_ENTRIES, count[k]), 0);
        assert_int_equal(body_save(cache, &blob), ERR_CAPACITY);
        assert_int_equal(blob.n, UNCHANGED);
    }
    body_close(cache);
}

/* A body with millions of entries. */
static int endless_write_n(struct body *b, uint32_t offset,
                           const uint32_t *values, size_t n)
{
    (void)b;
    (void)offset;
    (void)values;
    (void)n;
    return 0;
}

static int endless_read_n(struct body *b, uint32_t offset, uint32_t *values,
                          size_t n)
{
    (void)b;
    (void)offset;
    for (size_t k = 0; k < n; k++) {
        values[k] = 1 << 24;
    }
    return 0;
}

static uint32_t endless_capacity(struct body *b, size_t table)
{
    (void)b;
    (void)table;
    return 1 << 24;
}

static void body_save_fails_when_memory_ends(void **state)
{
    static const struct body_ops ops = {
        .write_n = endless_write_n,
        .read_n = endless_read_n,
        .capacity = endless_capacity,
    };
    struct body body = {.ops = &ops, .fn = registry_find("acl")};
    struct blob blob = {.n = UNCHANGED};
    struct rlimit before, small;

    (void)state;
    if (SANITIZED) {
        print_message("skipped: a sanitizer needs its memory\n");
        skip();
    }
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)256 << 20; /* of 512 MB of state */
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    int err = body_save(&body, &blob);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(err, ERR_NO_MEM);
    assert_int_equal(blob.n, UNCHANGED);
}

static void blob_differs_finds_the_first_word(void **state)
{
    static const struct {
        uint32_t a[3], b[3];
        size_t n_a, n_b;
        long first;
    } row[] = {
        {{1, 2, 3}, {1, 2, 3}, 3, 3, -1},
        {{0}, {0}, 0, 0, -1},
        {{1, 2, 3}, {0, 2, 3}, 3, 3, 0},
        {{1, 2, 3}, {1, 0, 0}, 3, 3, 1},
        {{1, 2, 3}, {1, 2, 0x80000003}, 3, 3, 2},
        {{1, 2, 3}, {1, 2}, 3, 2, 2}, /* the shorter one ends */
        {{1, 2}, {1, 2, 3}, 2, 3, 2},
        {{0}, {1}, 0, 1, 0},
        {{1, 2, 3}, {0}, 3, 1, 0}, /* a value before the end */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t words[2][3];
        memcpy(words[0], row[k].a, sizeof row[k].a);
        memcpy(words[1], row[k].b, sizeof row[k].b);
        struct blob a = {.words = words[0], .n = row[k].n_a};
        struct blob b = {.words = words[1], .n = row[k].n_b};
        print_message("row %zu\n", k);
        assert_int_equal(blob_differs(&a, &b), row[k].first);
    }
}

static void blob_name_is_that_of_the_register_or_entry(void **state)
{
    static const struct {
        size_t k;
        const char *name;
    } row[] = {
        {0, "NO_MATCH"},   {1, "NO_FLAGS"},   {2, "N_RULES"},
        {3, "N_HITS"},     {4, "N_DROPS"},    {6, "RULE[0].0"},
        {13, "RULE[0].7"}, {14, "RULE[1].0"}, {21, "RULE[1].7"},
        {22, "word 22"}, /* beyond its end */
    };
    struct blob blob = blob_make(N_WORDS);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char name[32];
        blob_name(&acl_csr, &blob, row[k].k, name, sizeof name);
        assert_string_equal(name, row[k].name);
    }
    blob_close(&blob);
}

static void blob_name_is_cut_to_its_room(void **state)
{
    struct blob blob = blob_make(N_WORDS);
    char name[8] = "#######";

    (void)state;
    blob_name(&acl_csr, &blob, 0, name, 4);
    assert_memory_equal(name, "NO_\0###", 8);
    blob_name(&acl_csr, &blob, 13, name, 6);
    assert_memory_equal(name, "RULE[\0#", 8);
    blob_close(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_save_gives_registers_and_entries_in_use),
        cmocka_unit_test(
            body_save_of_a_function_without_tables_is_its_registers),
        cmocka_unit_test(body_save_refuses_more_entries_than_there_can_be),
        cmocka_unit_test(body_save_fails_when_memory_ends),
        cmocka_unit_test(blob_differs_finds_the_first_word),
        cmocka_unit_test(blob_name_is_that_of_the_register_or_entry),
        cmocka_unit_test(blob_name_is_cut_to_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
