/* iq_file_test.c - recordings, right and wrong; each test in its own folder. */
#include "sdr/radio/iq_file.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "tests/capture.h"
#include "tests/check.h"

struct folder {
    char path[64];
    char name[512]; /* of the last file that was named */
};

static void folder_open(struct folder *f)
{
    (void)snprintf(f->path, sizeof f->path, "/tmp/iq-XXXXXX"); /* fits */
    assert_non_null(mkdtemp(f->path));
}

static const char *in_folder(struct folder *f, const char *name)
{
    int n = snprintf(f->name, sizeof f->name, "%s/%s", f->path, name);

    assert_true(n > 0 && (size_t)n < sizeof f->name);
    return f->name;
}

static void folder_close(struct folder *f)
{
    DIR *dir = opendir(f->path);
    const struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(remove(in_folder(f, entry->d_name)), 0);
        }
    }
    (void)closedir(dir); /* only read from */
    assert_int_equal(rmdir(f->path), 0);
}

static void write_bytes(struct folder *f, const char *name, const void *data,
                        size_t n)
{
    FILE *file = fopen(in_folder(f, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void write_text(struct folder *f, const char *name, const char *text)
{
    write_bytes(f, name, text, strlen(text));
}

/* Opens a source that must open. */
static struct iq_source *open_good(const char *name, const char *format,
                                   double rate_hz)
{
    struct iq_source *s = NULL;

    assert_int_equal(iq_open(name, format, rate_hz, &s), 0);
    assert_non_null(s);
    return s;
}

/* Opening fails with one line that names the file; its text is in '*c'. */
static void check_bad(const char *name, const char *format, double rate_hz,
                      struct capture *c)
{
    struct iq_source *s = NULL;

    capture_begin(c);
    int err = iq_open(name, format, rate_hz, &s);
    capture_end(c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_null(s);
    assert_memory_equal(c->text, "precast: ", 9);
    assert_ptr_equal(strchr(c->text, '\n'), c->text + strlen(c->text) - 1);
}

static void check_samples(const float complex *x, const float complex *want,
                          size_t n)
{
    for (size_t k = 0; k < n; k++) {
        assert_float_equal(crealf(x[k]), crealf(want[k]), 1e-7f);
        assert_float_equal(cimagf(x[k]), cimagf(want[k]), 1e-7f);
    }
}

/* Two samples in each format. */
static const struct {
    const char *format;
    enum iq_format id;
    size_t bytes;
    const char *data; /* [2 * bytes] */
    float complex x[2];
} scale[] = {
    {"ci8", IQ_CI8, 2, "\x80\x7f\0\xff", {-1 + 127 / 128.f * I, -I / 128.f}},
    {"ci8_le",
     IQ_CI8,
     2,
     "\x40\x80\xc0\x01",
     {.5f - 1.f * I, -.5f + I / 128.f}},
    {"ci8_be",
     IQ_CI8,
     2,
     "\x40\x80\xc0\x01",
     {.5f - 1.f * I, -.5f + I / 128.f}},
    {"cu8", IQ_CU8, 2, "\0\xff\x7f\x80", {-1 + 1.f * I, (-1 + 1.f * I) / 255}},
    {"cu8_le", IQ_CU8, 2, "\xff\0\x80\x7f", {1 - 1.f * I, (1 - 1.f * I) / 255}},
    /* -32768, 32767; 256, -2 */
    {"ci16_le",
     IQ_CI16_LE,
     4,
     "\0\x80\xff\x7f\0\1\xfe\xff",
     {-1 + 32767 / 32768.f * I, 1 / 128.f - I / 16384.f}},
    /* 1, -2; 0.15625, -0: IEEE 754, lowest byte first */
    {"cf32_le",
     IQ_CF32_LE,
     8,
     "\0\0\x80\x3f\0\0\0\xc0\0\0\x20\x3e\0\0\0\x80",
     {1 - 2.f * I, .15625f}},
};

static void every_format_has_full_scale_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(scale); k++) {
        struct folder f;
        float complex x[3];
        print_message("row %zu\n", k);
        folder_open(&f);
        write_bytes(&f, "x.iq", scale[k].data, 2 * scale[k].bytes);
        struct iq_source *s = open_good(f.name, scale[k].format, 1e6);
        assert_int_equal(iq_info(s)->format, scale[k].id);
        assert_int_equal(iq_format_bytes(scale[k].id), scale[k].bytes);
        assert_int_equal(iq_info(s)->n_samples, 2);
        assert_true(iq_info(s)->rate_hz == 1e6);
        assert_true(iq_info(s)->centre_hz == 0);
        assert_int_equal(iq_read(s, x, 3), 2);
        check_samples(x, scale[k].x, 2);
        assert_int_equal(iq_read(s, x, 3), 0);
        assert_int_equal(iq_n_not_finite(s), 0);
        iq_close(s);
        folder_close(&f);
    }
}

static void unknown_formats_are_not_found(void **state)
{
    static const char *const text[] = {
        "",        "ci",   "ci8 ",    "CI8",     "ci8_l",   "ci8_lex",   "ci16",
        "ci16_be", "cf32", "cf32_be", "cf64_le", "rf32_le", "ci8_le_le",
    };
    static const enum iq_format all[] = {IQ_CI8, IQ_CU8, IQ_CI16_LE,
                                         IQ_CF32_LE};
    enum iq_format format;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(text); k++) {
        print_message("row %zu\n", k);
        assert_int_equal(iq_format_parse(text[k], &format), ERR_NOT_FOUND);
    }
    for (size_t k = 0; k < CHECK_ROWS(all); k++) {
        assert_int_equal(iq_format_parse(iq_format_name(all[k]), &format), 0);
        assert_int_equal(format, all[k]);
    }
}

/* A SigMF pair "a" of four samples of ci8: 0, 1, 2, 3 of 128. */
static void write_pair(struct folder *f, const char *meta)
{
    static const uint8_t data[] = {0, 0, 1, 0, 2, 0, 3, 0};

    write_bytes(f, "a.sigmf-data", data, sizeof data);
    write_text(f, "a.sigmf-meta", meta);
}

/* Parts of meta files. */
#define GLOBAL       "{\"global\": {"
#define TYPE         "\"core:datatype\": \"ci8\""
#define RATE         "\"core:sample_rate\": 1000000"
#define RATE_IS      ", \"core:sample_rate\": "
#define CHANNELS_ARE ", \"core:num_channels\": "
#define SPANS        ", \"annotations\": ["
#define SPAN(start, count) \
    "{\"core:sample_start\": " start ", \"core:sample_count\": " count "}"

static const char good_meta[] = GLOBAL TYPE RATE_IS
    "2.5e6" CHANNELS_ARE "1},\n \"captures\": "
    "[{\"core:frequency\": 2437000000}]" SPANS SPAN("1", "3") "]}\n";

static void a_sigmf_pair_opens_by_any_of_its_names(void **state)
{
    static const char *const name[] = {"a.sigmf-meta", "a.sigmf-data", "a"};
    struct folder f;

    (void)state;
    folder_open(&f);
    write_pair(&f, good_meta);
    for (size_t k = 0; k < CHECK_ROWS(name); k++) {
        float complex x[8];
        print_message("row %zu\n", k);
        struct iq_source *s = open_good(in_folder(&f, name[k]), NULL, 0);
        assert_int_equal(iq_info(s)->format, IQ_CI8);
        assert_true(iq_info(s)->rate_hz == 2.5e6);
        assert_true(iq_info(s)->centre_hz == 2437e6);
        assert_int_equal(iq_info(s)->n_samples, 4);
        assert_int_equal(iq_read(s, x, 8), 4);
        assert_true(x[3] == 3 / 128.0f);
        assert_int_equal(iq_read(s, x, 8), 0);
        iq_close(s);
    }
    folder_close(&f);
}

static void the_smallest_meta_file_is_enough(void **state)
{
    static const char *const meta[] = {
        GLOBAL TYPE "," RATE "}}",
        GLOBAL TYPE "," RATE "}, \"captures\": []}",
        GLOBAL TYPE "," RATE "}, \"captures\": 7, \"annotations\": \"x\"}",
        GLOBAL TYPE "," RATE "}" SPANS "7, {}, null]}",
        GLOBAL TYPE "," RATE "}" SPANS SPAN("-5", "90") "]}",
        GLOBAL TYPE "," RATE "}" SPANS SPAN("0", "-1") "]}",
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(meta); k++) {
        struct folder f;
        float complex x[8];
        print_message("row %zu\n", k);
        folder_open(&f);
        write_pair(&f, meta[k]);
        struct iq_source *s = open_good(in_folder(&f, "a"), NULL, 0);
        assert_true(iq_info(s)->rate_hz == 1e6);
        assert_true(iq_info(s)->centre_hz == 0);
        assert_int_equal(iq_read(s, x, 8), 4);
        assert_int_equal(iq_read(s, x, 8), 0);
        iq_close(s);
        folder_close(&f);
    }
}

static void a_meta_file_that_cannot_be_used_is_refused(void **state)
{
    static const struct {
        const char *meta;
        const char *text; /* part of the message */
    } row[] = {
        {"", "JSON"},
        {"{\"global\": {", "JSON"}, /* cut */
        {GLOBAL TYPE "," RATE "}", "JSON"},
        {"[]", "no \"global\""},
        {"{}", "no \"global\""},
        {"{\"global\": 7}", "no \"global\""},
        {GLOBAL RATE "}}", "core:datatype is 'missing'"},
        {GLOBAL "\"core:datatype\": 8," RATE "}}", "core:datatype"},
        {GLOBAL "\"core:datatype\": \"rf32_le\"," RATE "}}", "'rf32_le'"},
        {GLOBAL TYPE "}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "0}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "-1e6}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "1e300}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "\"1e6\"}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "null}}", "core:sample_rate"},
        {GLOBAL TYPE RATE_IS "NaN}}", "JSON"},
        {GLOBAL TYPE "," RATE CHANNELS_ARE "2}}", "core:num_channels"},
        {GLOBAL TYPE "," RATE CHANNELS_ARE "0}}", "core:num_channels"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct folder f;
        struct capture c;
        char where[600];
        print_message("row %zu\n", k);
        folder_open(&f);
        write_pair(&f, row[k].meta);
        check_bad(in_folder(&f, "a"), NULL, 0, &c);
        (void)snprintf(where, sizeof where, "precast: %s:1: ",
                       in_folder(&f, "a.sigmf-meta")); /* fits */
        assert_non_null(strstr(c.text, row[k].text));
        assert_memory_equal(c.text, where, strlen(where));
        folder_close(&f);
    }
}

static void half_a_pair_is_refused(void **state)
{
    struct folder f;
    struct capture c;

    (void)state;
    folder_open(&f);
    write_text(&f, "only.sigmf-data", "abcd");
    check_bad(f.name, NULL, 0, &c);
    assert_non_null(strstr(c.text, "only.sigmf-meta: No such file"));
    write_text(&f, "bare.sigmf-meta", good_meta);
    check_bad(f.name, NULL, 0, &c);
    assert_non_null(strstr(c.text, "bare.sigmf-data: No such file"));
    write_bytes(&f, "bare.sigmf-data", "", 0);
    check_bad(in_folder(&f, "bare"), NULL, 0, &c);
    assert_non_null(strstr(c.text, "bare.sigmf-data: no whole sample"));
    assert_int_equal(remove(in_folder(&f, "bare.sigmf-data")), 0);
    assert_int_equal(mkdir(f.name, 0700), 0);
    check_bad(in_folder(&f, "bare"), NULL, 0, &c);
    assert_non_null(strstr(c.text, "bare.sigmf-data: is a folder"));
    folder_close(&f);
}

static void a_raw_file_that_cannot_be_used_is_refused(void **state)
{
    static const struct {
        const char *name, *format;
        double rate_hz;
        const char *text; /* part of the message */
    } row[] = {
        {"good", NULL, 1e6, "format is 'missing'"},
        {"good", NULL, 0, "format is 'missing'"},
        {"good", "ci12", 1e6, "format is 'ci12'"},
        {"good", "ci8", 0, "without a rate"},
        {"good", "ci8", -1e6, "without a rate"},
        {"good", "ci8", (double)NAN, "without a rate"},
        {"good", "ci8", (double)INFINITY, "without a rate"},
        {"none", "ci8", 1e6, "No such file"},
        {"empty", "ci8", 1e6, "no whole sample"},
        {"good", "cf32_le", 1e6, "no whole sample"}, /* four bytes */
        {".", "ci8", 1e6, "is a folder"},
        {".", NULL, 0, "format is 'missing'"},
    };
    struct folder f;

    (void)state;
    folder_open(&f);
    write_text(&f, "good", "abcd");
    write_text(&f, "empty", "");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct capture c;
        print_message("row %zu\n", k);
        check_bad(in_folder(&f, row[k].name), row[k].format, row[k].rate_hz,
                  &c);
        assert_non_null(strstr(c.text, row[k].text));
    }
    folder_close(&f);
}

/* Reading gives 'n' samples, then one error with 'text', then the end. */
static void check_early_end(struct iq_source *s, int n, const char *text)
{
    struct capture c;
    float complex x[16];

    capture_begin(&c);
    int got = iq_read(s, x, 16);
    int err = iq_read(s, x, 16);
    int after = iq_read(s, x, 16);
    capture_end(&c);
    assert_int_equal(got, n);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_int_equal(after, 0);
    assert_non_null(strstr(c.text, text));
    assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    iq_close(s);
}

static void
a_file_that_ends_within_a_sample_is_an_error_at_its_end(void **state)
{
    struct folder f;

    (void)state;
    folder_open(&f);
    write_text(&f, "raw", "abcdefghijklmno"); /* 15 bytes */
    check_early_end(open_good(f.name, "ci8", 1e6), 7, "within sample 7");
    check_early_end(open_good(f.name, "ci16_le", 1e6), 3, "within sample 3");
    check_early_end(open_good(f.name, "cf32_le", 1e6), 1, "within sample 1");
    write_pair(&f, good_meta);
    write_text(&f, "a.sigmf-data", "abcdefghi");
    check_early_end(open_good(f.name, NULL, 0), 4, "within sample 4");
    folder_close(&f);
}

static void annotations_beyond_the_data_are_an_error_at_its_end(void **state)
{
    struct folder f;

    (void)state;
    folder_open(&f);
    write_pair(&f, GLOBAL TYPE
               "," RATE "}" SPANS SPAN("3", "2") "," SPAN("1", "1") "]}");
    check_early_end(open_good(in_folder(&f, "a"), NULL, 0), 4, "up to 5");
    folder_close(&f);
}

static void what_is_not_finite_is_zero_and_counted(void **state)
{
    const float data[7][2] = {
        {1, 2},         {NAN, 1},        {1, NAN}, {INFINITY, 0},
        {0, -INFINITY}, {NAN, INFINITY}, {3, 4},
    };
    const float complex want[7] = {1 + 2 * I, 0, 0, 0, 0, 0, 3 + 4 * I};
    struct folder f;
    float complex x[8];

    (void)state;
    folder_open(&f);
    write_bytes(&f, "x", data, sizeof data); /* of a little-endian machine */
    struct iq_source *s = open_good(f.name, "cf32_le", 1e6);
    assert_int_equal(iq_read(s, x, 3), 3);
    assert_int_equal(iq_n_not_finite(s), 2);
    assert_int_equal(iq_read(s, x + 3, 5), 4);
    assert_int_equal(iq_n_not_finite(s), 5);
    check_samples(x, want, 7);
    iq_close(s);
    folder_close(&f);
}

static void reads_of_any_length_give_the_same_samples(void **state)
{
    enum { N = 10000 };
    static uint8_t data[2 * N];
    static float complex x[N];
    struct folder f;

    (void)state;
    for (size_t k = 0; k < N; k++) {
        data[2 * k] = (uint8_t)k;
        data[2 * k + 1] = (uint8_t)(k >> 8);
    }
    folder_open(&f);
    write_bytes(&f, "x", data, sizeof data);
    for (size_t n = 1; n <= N; n = 3 * n + 1) { /* from 1 to 9841 */
        struct iq_source *s = open_good(f.name, "ci16_le", 1e6);
        size_t done = 0;
        int got;
        assert_int_equal(iq_info(s)->n_samples, N / 2);
        while ((got = iq_read(s, x + done, n)) > 0) {
            done += (size_t)got;
        }
        assert_int_equal(got, 0);
        assert_int_equal(done, N / 2);
        for (size_t k = 0; k < done; k++) {
            float i = (float)(int16_t)(2 * k) / 32768.0f;
            float q = (float)(int16_t)(2 * k + 1) / 32768.0f;
            assert_true(crealf(x[k]) == i && cimagf(x[k]) == q);
        }
        iq_close(s);
    }
    folder_close(&f);
}

static void iq_close_takes_null(void **state)
{
    (void)state;
    iq_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_has_full_scale_one),
        cmocka_unit_test(unknown_formats_are_not_found),
        cmocka_unit_test(a_sigmf_pair_opens_by_any_of_its_names),
        cmocka_unit_test(the_smallest_meta_file_is_enough),
        cmocka_unit_test(a_meta_file_that_cannot_be_used_is_refused),
        cmocka_unit_test(half_a_pair_is_refused),
        cmocka_unit_test(a_raw_file_that_cannot_be_used_is_refused),
        cmocka_unit_test(
            a_file_that_ends_within_a_sample_is_an_error_at_its_end),
        cmocka_unit_test(annotations_beyond_the_data_are_an_error_at_its_end),
        cmocka_unit_test(what_is_not_finite_is_zero_and_counted),
        cmocka_unit_test(reads_of_any_length_give_the_same_samples),
        cmocka_unit_test(iq_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
