/*
 * body_test.c - the C body behind its registers, the state of bodies as blobs,
 * and settings as register writes.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/body.h"
#include "core/registry.h"
#include "scale_csr.h"
#include "tests/capture.h"

enum {
    UNCHANGED = 0x5a5a5a5a,
    RULE_WORDS_MAX = 65535 * 8, /* of the C body: acl.csr */
    N_REGS = 5,                 /* of acl in a blob: all but the window's */
};

static struct body *open_c(const char *name)
{
    const struct fn *fn = registry_find(name);
    struct body *b = NULL;

    assert_non_null(fn);
    assert_int_equal(body_open_c(fn, &b), 0);
    assert_non_null(b);
    return b;
}

static uint32_t read_reg(struct body *b, uint32_t offset)
{
    uint32_t value = UNCHANGED;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static void write_word(struct body *b, uint32_t index, uint32_t value)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, index), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, value), 0);
}

static uint32_t read_word(struct body *b, uint32_t index)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, index), 0);
    return read_reg(b, CSR_WINDOW_DATA);
}

/* --- registers and tables of the C body ----------------------------------- */

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
    for (uint32_t offset = ACL_NO_MATCH; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(body_write(acl, offset, 0xc0de0000 + offset), 0);
    }
    for (uint32_t offset = ACL_NO_MATCH; offset <= ACL_N_DROPS; offset += 4) {
        assert_int_equal(read_reg(acl, offset), 0xc0de0000 + offset);
    }
    body_close(acl);
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
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    print_message("skipped: a sanitizer stops at such a request\n");
    skip();
#endif
    assert_int_equal(body_open_c(&fn, &b), ERR_NO_MEM);
    assert_null(b);
}

static void body_close_takes_null(void **state)
{
    (void)state;
    body_close(NULL);
}

/* --- blobs ------------------------------------------------------------------
 */

/* State of acl with two rules: registers, the count, and two entries. */
static const uint32_t two_rules[] = {
    1,          0,          2,          7,          9, /* registers */
    2,                                                 /* rules */
    0x0a000000, 0xff000000, 0x0a010203, 0xffffffff,    /* addresses */
    0xffff0000, 0x00500050, 0x0000ff06, 1,             /* ports... */
    0xc0000200, 0xffffff00, 0x00000000, 0x00000000,    /* addresses */
    0x04000001, 0xffff0000, 0x02020000, 0,             /* ports... */
};

enum { N_WORDS = sizeof two_rules / sizeof two_rules[0] };

/* A body that takes 'capacity' entries and stops after 'calls' accesses. */
struct body_fake {
    struct body body;
    struct body *inner; /* serves the rest */
    uint32_t capacity;
    size_t calls;
    int err; /* of what comes then */
};

static int fake_write(struct body *b, uint32_t offset, uint32_t value)
{
    struct body_fake *f = (struct body_fake *)b;

    if (f->calls == 0) {
        return f->err;
    }
    f->calls--;
    return body_write(f->inner, offset, value);
}

static int fake_read(struct body *b, uint32_t offset, uint32_t *value)
{
    struct body_fake *f = (struct body_fake *)b;

    if (f->calls == 0) {
        return f->err;
    }
    f->calls--;
    return body_read(f->inner, offset, value);
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
        .write = fake_write,
        .read = fake_read,
        .capacity = fake_capacity,
    };

    *f = (struct body_fake){
        .body = {.ops = &ops, .fn = inner->fn},
        .inner = inner,
        .capacity = 65535,
        .calls = SIZE_MAX,
    };
}

/* The first 'n' words of two_rules, in storage that ends with them. */
static struct blob blob_make(size_t n)
{
    struct blob b = {.layout = acl_csr.version, .n = n};

    b.words = malloc(n > 0 ? n * sizeof *b.words : 1);
    assert_non_null(b.words);
    memcpy(b.words, two_rules,
           (n < N_WORDS ? n : (size_t)N_WORDS) * sizeof *b.words);
    return b;
}

/* Registers and two entries of acl, written one by one. */
static void write_two_rules(struct body *acl)
{
    for (uint32_t k = 0; k < N_REGS; k++) {
        assert_int_equal(body_write(acl, ACL_NO_MATCH + 4 * k, two_rules[k]),
                         0);
    }
    for (uint32_t k = 0; k < 2 * ACL_RULE_WORDS; k++) {
        write_word(acl, csr_window(ACL_TABLE_RULE, k),
                   two_rules[N_REGS + 1 + k]);
    }
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

static void body_save_refuses_more_entries_than_there_can_be(void **state)
{
    static const uint32_t count[] = {65536, 0x20000000, UINT32_MAX};
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(count); k++) {
        struct blob blob = {.n = UNCHANGED};
        assert_int_equal(body_write(acl, ACL_N_RULES, count[k]), 0);
        assert_int_equal(body_save(acl, &blob), ERR_CAPACITY);
        assert_int_equal(blob.n, UNCHANGED);
    }
    body_close(acl);
}

/* A body with millions of entries. */
static int endless_write(struct body *b, uint32_t offset, uint32_t value)
{
    (void)b;
    (void)offset;
    (void)value;
    return 0;
}

static int endless_read(struct body *b, uint32_t offset, uint32_t *value)
{
    (void)b;
    (void)offset;
    *value = 1 << 24;
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
        .write = endless_write,
        .read = endless_read,
        .capacity = endless_capacity,
    };
    struct body body = {.ops = &ops, .fn = registry_find("acl")};
    struct blob blob = {.n = UNCHANGED};
    struct rlimit before, small;

    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    print_message("skipped: a sanitizer needs its memory\n");
    skip();
#endif
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)256 << 20; /* of 512 MB of state */
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    int err = body_save(&body, &blob);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(err, ERR_NO_MEM);
    assert_int_equal(blob.n, UNCHANGED);
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

static void body_load_refuses_a_blob_whose_count_lies(void **state)
{
    static const uint32_t count[] = {
        0,          1,          3,
        65535,      0x20000002, /* times 8 words is 16 in 32 bits */
        0x20000000, 0x80000002, UINT32_MAX};
    struct body *acl = open_c("acl");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(count); k++) {
        struct blob blob = blob_make(N_WORDS);
        print_message("0x%x\n", count[k]);
        blob.words[N_REGS] = count[k];
        assert_int_equal(body_load(acl, &blob), ERR_BAD_INPUT);
        blob_close(&blob);
    }
    assert_untouched(acl);
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
    /* 5 registers; the count; 16 words by two accesses each. */
    static const size_t calls_save = 5 + 1 + 32;
    static const size_t calls_load = 5 + 32;
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

/* --- settings ---------------------------------------------------------------
 */

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
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    print_message("skipped: a sanitizer needs its memory\n");
    skip();
#endif
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
        {"scale", "gain", "4294967295", SCALE_GAIN, UINT32_MAX},
        {"acl", "no_match", "1", ACL_NO_MATCH, 1},
        {"acl", "n_rules", "16", ACL_N_RULES, 16},
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

/* fn_set() that fails; its message is in 'c'. */
static int set_badly(const struct fn *fn, const char *key, const char *value,
                     const char *dir, struct capture *c)
{
    struct write_list w = {0};

    capture_begin(c);
    int err = fn_set(fn, key, value, "edge.yaml:4:12", dir, &w);
    capture_end(c);
    write_list_close(&w);
    return err;
}

static void fn_set_says_what_it_expected(void **state)
{
    static const struct {
        const char *fn, *key, *value, *message;
    } row[] = {
        {"scale", "gain", "-1",
         "gain is '-1', expected a number from 0 to 0xffffffff"},
        {"scale", "gain", "", "gain is '', expected a number"},
        {"scale", "gain", "1.0", "gain is '1.0', expected a number"},
        {"scale", "gain", "4294967296", "gain is '4294967296', expected"},
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
         "no_match, no_flags, n_rules\n"},
        {"acl", "default", "maybe", "'maybe', expected accept or drop\n"},
        {"acl", "default", "Drop", "'Drop', expected accept or drop\n"},
        {"acl", "flags", "", "'', expected match or ignore\n"},
        {"acl", "n_rules", "many", "n_rules is 'many', expected a number"},
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

static void fn_set_names_the_file_that_it_cannot_use(void **state)
{
    char dir[] = "/tmp/body_test.XXXXXX";
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
    char dir[] = "/tmp/body_test.XXXXXX";
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
                                       "",           NULL, 0};
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
        cmocka_unit_test(body_begins_at_reset),
        cmocka_unit_test(body_reads_back_what_was_written),
        cmocka_unit_test(body_refuses_offsets_that_the_function_has_not),
        cmocka_unit_test(window_reaches_every_word_of_the_table),
        cmocka_unit_test(window_refuses_words_beyond_the_table),
        cmocka_unit_test(body_run_hands_the_burst_through),
        cmocka_unit_test(capacity_of_the_c_body_is_that_of_the_csr_file),
        cmocka_unit_test(body_open_fails_when_memory_ends),
        cmocka_unit_test(body_close_takes_null),
        cmocka_unit_test(body_save_gives_registers_and_entries_in_use),
        cmocka_unit_test(
            body_save_of_a_function_without_tables_is_its_registers),
        cmocka_unit_test(body_load_restores_what_was_saved),
        cmocka_unit_test(body_load_fills_a_whole_table),
        cmocka_unit_test(body_save_refuses_more_entries_than_there_can_be),
        cmocka_unit_test(body_save_fails_when_memory_ends),
        cmocka_unit_test(body_load_refuses_another_layout),
        cmocka_unit_test(body_load_refuses_a_blob_cut_anywhere),
        cmocka_unit_test(body_load_refuses_a_blob_whose_count_lies),
        cmocka_unit_test(body_load_refuses_what_does_not_fit),
        cmocka_unit_test(save_and_load_pass_on_what_the_device_says),
        cmocka_unit_test(blob_differs_finds_the_first_word),
        cmocka_unit_test(blob_name_is_that_of_the_register_or_entry),
        cmocka_unit_test(blob_name_is_cut_to_its_room),
        cmocka_unit_test(write_list_keeps_the_order_of_many_writes),
        cmocka_unit_test(write_list_stops_at_the_first_that_fails),
        cmocka_unit_test(write_list_says_when_memory_ends),
        cmocka_unit_test(fn_set_turns_a_setting_into_a_write),
        cmocka_unit_test(fn_set_says_what_it_expected),
        cmocka_unit_test(fn_set_names_the_file_that_it_cannot_use),
        cmocka_unit_test(fn_set_reads_files_beside_the_chain_or_by_full_name),
        cmocka_unit_test(fn_set_offers_nothing_when_there_is_nothing),
        cmocka_unit_test(fn_set_cuts_a_long_list_of_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
