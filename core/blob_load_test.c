/* blob_load_test.c - blobs loaded into bodies, and blobs that must not be. */
#include "core/body_check.h"

#include "acl_csr.h"
#include "core/base/err.h"
#include "scale_csr.h"

enum { AT_N_RULES = 2 }; /* its word in a blob of acl */

/* A body that takes 'capacity' entries and stops after 'calls' accesses. */
struct body_fake {
    struct body body;
    struct body *inner; /* serves the rest */
    uint32_t capacity;
    size_t calls;
    int err; /* of what comes then */
};

static int fake_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                        size_t n)
{
    struct body_fake *f = (struct body_fake *)b;

    if (f->calls == 0) {
        return f->err;
    }
    f->calls--;
    return body_write_n(f->inner, offset, values, n);
}

static int fake_read_n(struct body *b, uint32_t offset, uint32_t *values,
                       size_t n)
{
    struct body_fake *f = (struct body_fake *)b;

    if (f->calls == 0) {
        return f->err;
    }
    f->calls--;
    return body_read_n(f->inner, offset, values, n);
}

static uint32_t fake_capacity(struct body *b, size_t table)
{
    (void)table;
    return ((struct body_fake *)b)->capacity;
}

static void fake_init(struct body_fake *f, struct body *inner)
{
    static const struct body_ops ops = {
        .kind = "fake",
        .write_n = fake_write_n,
        .read_n = fake_read_n,
        .capacity = fake_capacity,
    };

    *f = (struct body_fake){
        .body = {.ops = &ops, .fn = inner->fn},
        .inner = inner,
        .capacity = 65535,
        .calls = SIZE_MAX,
    };
}

static void assert_untouched(struct body *acl)
{
    for (uint32_t offset = ACL_NO_MATCH; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(read_reg(acl, offset), 0);
    }
    for (uint32_t k = 0; k < 3 * ACL_RULE_WORDS; k++) {
        assert_int_equal(read_word(acl, k), 0);
    }
}

static void body_load_restores_what_was_saved(void **state)
{
    struct body *from = open_c("acl");
    struct body *to = open_c("acl");
    struct blob saved, again;

    (void)state;
    write_two_rules(from);
    assert_int_equal(body_save(from, &saved), 0);
    assert_int_equal(body_write(to, ACL_NO_FLAGS, 1), 0);
    assert_int_equal(body_load(to, &saved), 0);
    for (uint32_t k = 0; k < N_REGS; k++) {
        assert_int_equal(read_reg(to, ACL_NO_MATCH + 4 * k), two_rules[k]);
    }
    for (uint32_t k = 0; k < 2 * ACL_RULE_WORDS; k++) {
        assert_int_equal(read_word(to, k), two_rules[N_REGS + 1 + k]);
    }
    assert_int_equal(body_save(to, &again), 0);
    assert_int_equal(blob_differs(&saved, &again), -1);
    blob_close(&saved);
    blob_close(&again);
    body_close(from);
    body_close(to);
}

static void body_load_fills_a_whole_table(void **state)
{
    struct body *from = open_c("acl");
    struct body *to = open_c("acl");
    struct blob saved;

    (void)state;
    assert_int_equal(body_write(from, ACL_N_RULES, 65535), 0);
    write_word(from, RULE_WORDS_MAX - 1, 0x1234);
    assert_int_equal(body_save(from, &saved), 0);
    assert_int_equal(saved.n, N_REGS + 1 + RULE_WORDS_MAX);
    assert_int_equal(body_load(to, &saved), 0);
    assert_int_equal(read_word(to, RULE_WORDS_MAX - 1), 0x1234);
    blob_close(&saved);
    body_close(from);
    body_close(to);
}

static void body_load_refuses_another_layout(void **state)
{
    struct body *acl = open_c("acl");
    struct body *scale = open_c("scale");
    struct blob blob = blob_make(N_WORDS);
    struct blob other;

    (void)state;
    blob.layout++;
    assert_int_equal(body_load(acl, &blob), ERR_BAD_INPUT);
    assert_int_equal(body_save(scale, &other), 0);
    assert_int_equal(body_load(acl, &other), ERR_BAD_INPUT);
    blob.layout = acl_csr.version;
    assert_int_equal(body_load(scale, &blob), ERR_BAD_INPUT);
    assert_untouched(acl);
    assert_int_equal(read_reg(scale, SCALE_GAIN), 0x4000);
    blob_close(&blob);
    blob_close(&other);
    body_close(acl);
    body_close(scale);
}

static void body_load_refuses_a_blob_cut_anywhere(void **state)
{
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t n = 0; n <= N_WORDS + 9; n++) {
        struct blob blob = blob_make(n);
        for (size_t k = N_WORDS; k < n; k++) {
            blob.words[k] = 0; /* more than it says it has */
        }
        print_message("%zu words\n", n);
        if (n != N_WORDS) {
            assert_int_equal(body_load(acl, &blob), ERR_BAD_INPUT);
        }
        blob_close(&blob);
    }
    assert_untouched(acl);
    body_close(acl);
}

/* Where a count lies: bit 0 in the table, bit 1 in the register. */
static void body_load_refuses_a_blob_whose_count_lies(void **state)
{
    static const uint32_t count[] = {
        0,          1,          3,
        65535,      0x20000002, /* times 8 words is 16 in 32 bits */
        0x20000000, 0x80000002, UINT32_MAX};
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t k = 0; k < 3 * CHECK_ROWS(count); k++) {
        struct blob blob = blob_make(N_WORDS);
        size_t where = 1 + k % 3;
        print_message("0x%x at %zu\n", count[k / 3], where);
        if ((where & 1) != 0) {
            blob.words[N_REGS] = count[k / 3];
        }
        if ((where & 2) != 0) {
            blob.words[AT_N_RULES] = count[k / 3];
        }
        assert_int_equal(body_load(acl, &blob), ERR_BAD_INPUT);
        blob_close(&blob);
    }
    assert_untouched(acl);
    body_close(acl);
}

static void body_load_wants_the_count_of_the_register_in_the_table(void **state)
{
    struct body *acl = open_c("acl");

    (void)state;
    /* Whole blobs of 0 to 2 entries, with any register but the right one. */
    for (uint32_t n = 0; n <= 2; n++) {
        for (uint32_t n_rules = 0; n_rules <= 3; n_rules++) {
            struct blob blob = blob_make(N_REGS + 1 + n * ACL_RULE_WORDS);
            print_message("%u rules, N_RULES %u\n", n, n_rules);
            blob.words[AT_N_RULES] = n_rules;
            blob.words[N_REGS] = n;
            if (n_rules != n) {
                assert_int_equal(body_load(acl, &blob), ERR_BAD_INPUT);
            }
            blob_close(&blob);
        }
    }
    assert_untouched(acl);
    for (uint32_t n = 0; n <= 2; n++) {
        struct blob blob = blob_make(N_REGS + 1 + n * ACL_RULE_WORDS);
        blob.words[AT_N_RULES] = n;
        blob.words[N_REGS] = n;
        assert_int_equal(body_load(acl, &blob), 0);
        assert_int_equal(read_reg(acl, ACL_N_RULES), n);
        blob_close(&blob);
    }
    body_close(acl);
}

static void body_load_refuses_what_does_not_fit(void **state)
{
    struct body *acl = open_c("acl");
    struct blob blob = blob_make(N_WORDS);
    struct body_fake small;
    size_t table = UNCHANGED;
    uint32_t have = UNCHANGED;
    uint32_t hold = UNCHANGED;

    (void)state;
    fake_init(&small, acl);
    small.capacity = 1;
    assert_false(body_fits(&small.body, &blob, &table, &have, &hold));
    assert_int_equal(table, 0);
    assert_int_equal(have, 2);
    assert_int_equal(hold, 1);
    assert_int_equal(body_load(&small.body, &blob), ERR_CAPACITY);
    assert_untouched(acl);
    small.capacity = 2;
    assert_true(body_fits(&small.body, &blob, &table, &have, &hold));
    assert_int_equal(body_load(&small.body, &blob), 0);
    assert_int_equal(read_reg(acl, ACL_N_RULES), 2);
    blob_close(&blob);
    body_close(acl);
}

static void save_and_load_pass_on_what_the_device_says(void **state)
{
    /* 5 registers; the count; the window's index, and 16 words at once. */
    static const size_t calls_save = 5 + 1 + 2;
    static const size_t calls_load = 5 + 2;
    static const int errors[] = {ERR_DEVICE, ERR_HANG};
    struct body *acl = open_c("acl");
    struct blob blob = blob_make(N_WORDS);
    struct body_fake f;

    (void)state;
    assert_int_equal(body_load(acl, &blob), 0);
    for (size_t k = 0; k < CHECK_ROWS(errors); k++) {
        for (size_t calls = 0; calls <= calls_save; calls++) {
            struct blob out = {.n = UNCHANGED};
            fake_init(&f, acl);
            f.calls = calls;
            f.err = errors[k];
            int err = body_save(&f.body, &out);
            assert_int_equal(err, calls < calls_save ? errors[k] : 0);
            assert_int_equal(out.n, err < 0 ? UNCHANGED : N_WORDS);
            if (err == 0) {
                blob_close(&out);
            }
            f.calls = calls;
            assert_int_equal(body_load(&f.body, &blob),
                             calls < calls_load ? errors[k] : 0);
        }
    }
    blob_close(&blob);
    body_close(acl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_load_restores_what_was_saved),
        cmocka_unit_test(body_load_fills_a_whole_table),
        cmocka_unit_test(body_load_refuses_another_layout),
        cmocka_unit_test(body_load_refuses_a_blob_cut_anywhere),
        cmocka_unit_test(body_load_refuses_a_blob_whose_count_lies),
        cmocka_unit_test(
            body_load_wants_the_count_of_the_register_in_the_table),
        cmocka_unit_test(body_load_refuses_what_does_not_fit),
        cmocka_unit_test(save_and_load_pass_on_what_the_device_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
