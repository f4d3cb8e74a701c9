/*
 * mutants_test.c - what a self-test sees of mutants of scale, in short, and
 * that a proof that one is no mutant at all is not believed when the twin sees
 * it. `make mutants-bits FN=scale` makes what the last one needs.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/campaign/campaign.h"
#include "tests/check.h"

enum { N = 60, SETTINGS = 32 };

struct sums {
    uint64_t n, masked, detected, missed, equivalent, escapes;
    uint32_t rows;
    volatile sig_atomic_t stop, *stop_behind; /* a row; NULL: go on */
};

static void add_row(void *ctx, const struct campaign_row *r)
{
    struct sums *s = ctx;

    assert_int_equal(r->masked + r->detected + r->missed, r->n);
    assert_int_equal(r->masked, r->equivalent);
    s->rows++;
    s->n += r->n;
    s->masked += r->masked;
    s->detected += r->detected;
    s->missed += r->missed;
    s->equivalent += r->equivalent;
    if (s->stop_behind != NULL) {
        *s->stop_behind = 1;
    }
}

static void add_escape(void *ctx, const struct campaign_escape *e)
{
    struct sums *s = ctx;

    print_message("escaped: %s %s %s\n", e->faults, e->part, e->where);
    s->escapes++;
}

static struct campaign_config config_of(void)
{
    return (struct campaign_config){.fn = registry_find("scale"),
                                    .n = N,
                                    .seed = 1,
                                    .window_beats = 64,
                                    .settings = SETTINGS,
                                    .items = true};
}

static int run(const char *faults, struct sums *s)
{
    struct campaign_config c = config_of();
    struct campaign_sink to = {add_row, add_escape, s};

    *s = (struct sums){0};
    return campaign_mutants(&c, faults, &to);
}

/* Nearly all of those that are not proved to be none. */
static void check_kind(const char *faults)
{
    struct sums s;

    assert_int_equal(run(faults, &s), 0);
    assert_int_equal(s.n, N);
    assert_int_equal(s.escapes, s.missed);
    assert_true(s.equivalent > 0);
    assert_true(s.detected > N / 2);
    assert_true(s.detected * 100 >= (s.detected + s.missed) * 90);
}

static void mutants_of_the_logic_are_detected(void **state)
{
    (void)state;
    check_kind("logic");
}

static void it_ends_when_told(void **state)
{
    struct sums s = {.stop = 0};
    struct campaign_config c = config_of();
    struct campaign_sink to = {add_row, add_escape, &s};

    (void)state;
    c.stop = s.stop_behind = &s.stop;
    assert_int_equal(campaign_mutants(&c, "logic", &to), 0);
    assert_int_equal(s.rows, 1);
    assert_in_range(s.n, 1, N - 1);
    assert_int_equal(campaign_mutants(&c, "logic", &to), 0);
    assert_int_equal(s.rows, 1); /* told before it began */
}

/* A folder with the same images, and all mutants "proved" to be none. */
static void a_proof_that_is_wrong_is_found_out(void **state)
{
    static const char *const files[] = {"scale.yaml", "scale-w32.so"};
    const char *build = getenv("PRECAST_BUILD");
    char real[PATH_MAX], dir[] = "/tmp/precast-mutants-XXXXXX";
    char path[PATH_MAX + 64], from[PATH_MAX + 64], images[PATH_MAX];
    struct sums s;

    (void)state;
    assert_non_null(realpath(build != NULL ? build : "build", real));
    assert_non_null(mkdtemp(dir));
    static const char *const folders[] = {"image", "mutant", "mutant/logic",
                                          "mutant/logic/image"};
    for (size_t k = 0; k < CHECK_ROWS(folders); k++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, folders[k]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    for (size_t k = 0; k < CHECK_ROWS(files); k++) {
        (void)snprintf(from, sizeof from, "%s/mutant/logic/image/%s", real,
                       files[k]);
        (void)snprintf(path, sizeof path, "%s/mutant/logic/image/%s", dir,
                       files[k]);
        assert_int_equal(symlink(from, path), 0);
        (void)snprintf(from, sizeof from, "%s/image/%s", real, files[k]);
        (void)snprintf(path, sizeof path, "%s/image/%s", dir, files[k]);
        assert_int_equal(symlink(from, path), 0);
    }
    (void)snprintf(from, sizeof from, "%s/mutant/logic/scale.txt", real);
    (void)snprintf(path, sizeof path, "%s/mutant/logic/scale.txt", dir);
    assert_int_equal(symlink(from, path), 0);
    (void)snprintf(path, sizeof path, "%s/mutant/logic/scale.same", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int k = 1; k <= N; k++) {
        (void)fprintf(f, "%d same\n", k);
    }
    assert_int_equal(fclose(f), 0);

    const char *old = getenv("PRECAST_IMAGES");
    (void)snprintf(images, sizeof images, "%s", old != NULL ? old : "");
    (void)snprintf(path, sizeof path, "%s/image", dir);
    assert_int_equal(setenv("PRECAST_IMAGES", path, 1), 0);
    assert_int_equal(run("logic", &s), ERR_DIFFERS);
    assert_int_equal(old != NULL ? setenv("PRECAST_IMAGES", images, 1)
                                 : unsetenv("PRECAST_IMAGES"),
                     0);
    (void)snprintf(path, sizeof path, "rm -r %s", dir);
    assert_int_equal(system(path), 0);
}

static void wrong_bits_of_the_bitstream_are_detected(void **state)
{
    const char *build = getenv("PRECAST_BUILD");
    char path[PATH_MAX];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/mutant/bits/scale.same",
                   build != NULL ? build : "build");
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s, which `make mutants-bits FN=scale` "
                      "makes\n",
                      path);
        skip();
    }
    check_kind("bits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_of_the_logic_are_detected),
        cmocka_unit_test(it_ends_when_told),
        cmocka_unit_test(a_proof_that_is_wrong_is_found_out),
        cmocka_unit_test(wrong_bits_of_the_bitstream_are_detected),
    };

    return cmocka_run_group_tests_name("mutants", tests, NULL, NULL);
}
