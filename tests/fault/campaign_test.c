/*
 * campaign_test.c - fault campaigns in short: every kind of fault on every
 * function with an RTL body.  The long ones are in `make nightly`.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/registry.h"
#include "host/campaign/campaign.h"
#include "host/campaign/interval.h"
#include "tests/check.h"

enum { N = 60, WINDOW = 64, WALK = 255 };

struct sums {
    uint64_t n, masked, detected, missed, escapes, stage_named, stage_right;
    uint64_t judged, judged_right;
    uint32_t parts, latency_p95;
    bool walk_is_late;
    volatile sig_atomic_t stop, *stop_behind; /* a row; NULL: go on */
};

static void add_row(void *ctx, const struct campaign_row *r)
{
    struct sums *s = ctx;

    printf("%s %s: %llu faults, %llu masked, %llu detected, %llu missed, stage "
           "%llu of %llu, stays %llu of %llu, 95%% within %u beats, %u of %u "
           "windows\n",
           r->faults, r->part, (unsigned long long)r->n,
           (unsigned long long)r->masked, (unsigned long long)r->detected,
           (unsigned long long)r->missed, (unsigned long long)r->stage_right,
           (unsigned long long)r->stage_named,
           (unsigned long long)r->judged_right, (unsigned long long)r->judged,
           r->latency_p95, r->windows_max, r->windows_bound);
    assert_int_equal(r->masked + r->detected + r->missed, r->n);
    s->parts++;
    s->n += r->n;
    s->masked += r->masked;
    s->detected += r->detected;
    s->missed += r->missed;
    s->stage_named += r->stage_named;
    s->stage_right += r->stage_right;
    s->judged += r->judged;
    s->judged_right += r->judged_right;
    s->latency_p95 =
        r->latency_p95 > s->latency_p95 ? r->latency_p95 : s->latency_p95;
    s->walk_is_late = s->walk_is_late || r->windows_max > r->windows_bound;
    if (s->stop_behind != NULL) {
        *s->stop_behind = 1;
    }
}

static void add_escape(void *ctx, const struct campaign_escape *e)
{
    struct sums *s = ctx;

    printf("escaped: %s %s %s at item %llu\n", e->faults, e->part, e->where,
           (unsigned long long)e->at);
    s->escapes++;
}

/* What the twin looks at. */
enum eyes { BLIND, FRAMES = 1, ITEMS = 2 };

static struct sums run_n(const struct fn *fn, const char *faults,
                         const char *part, int eyes, uint64_t n)
{
    struct campaign_config c = {.fn = fn,
                                .n = n,
                                .seed = 1,
                                .window_beats = (eyes & FRAMES) ? WINDOW : 0,
                                .items = (eyes & ITEMS) != 0,
                                .part = part};
    struct sums s = {0};
    struct campaign_sink to = {add_row, add_escape, &s};

    assert_int_equal(campaign_registers(&c, faults, &to), 0);
    assert_int_equal(s.escapes, s.missed);
    return s;
}

static struct sums run(const struct fn *fn, const char *faults,
                       const char *part, int eyes)
{
    return run_n(fn, faults, part, eyes, N);
}

/* Faults for the figures below: more of a body that is memory for the most
 * part, which masks most of them. */
static uint64_t enough(const struct fn *fn)
{
    static const char *const memory[] = {
        "acl",        "viterbi_k7", "viterbi_tb", "pss_correlate",
        "stf_detect", "balancer",   "dpi"};
    bool masks = false;

    for (size_t k = 0; k < CHECK_ROWS(memory); k++) {
        masks = masks || strcmp(fn->csr->name, memory[k]) == 0;
    }
    return masks ? 4 * N : N;
}

static void no_effective_fault_escapes_the_twin(void **state)
{
    static const char *const faults[] = {"seu", "stuck"};

    for (size_t k = 0; k < CHECK_ROWS(faults); k++) {
        uint64_t n = enough(*state);
        struct sums s = run_n(*state, faults[k], NULL, FRAMES | ITEMS, n);
        assert_int_equal(s.parts, 4);
        assert_int_equal(s.n, 4 * n);
        assert_int_equal(s.missed, 0);
        assert_true(s.detected > N);
        assert_true(s.masked > N / 2);
        assert_true(s.latency_p95 <= 256);
        assert_false(s.walk_is_late);
        assert_true(s.stage_right * 20 >= s.stage_named * 19);
        assert_int_equal(s.judged, s.detected);
        assert_true(s.judged_right * 100 >= s.judged * 99);
    }
}

static void telemetry_alone_sees_them_all(void **state)
{
    static const char *const faults[] = {"seu", "stuck"};

    for (size_t k = 0; k < CHECK_ROWS(faults); k++) {
        uint64_t n = N + enough(*state);
        struct sums s = run_n(*state, faults[k], "slot", FRAMES, n);
        assert_int_equal(s.missed, 0);
        assert_true(s.detected > N / 10);
    }
}

/* The campaign can fail: what it counts as detected it has from the twin. */
static void everything_escapes_a_twin_that_sees_nothing(void **state)
{
    struct sums s = run(*state, "seu", "state", BLIND);

    assert_int_equal(s.n, N);
    assert_int_equal(s.detected, 0);
    assert_true(s.missed > N / 2); /* most words that flip stay wrong */
}

static void the_same_seed_does_the_same(void **state)
{
    struct sums a = run(*state, "stuck", "function", FRAMES | ITEMS);
    struct sums b = run(*state, "stuck", "function", FRAMES | ITEMS);

    assert_memory_equal(&a, &b, sizeof a);
}

static void it_ends_when_told(void **state)
{
    struct sums s = {.stop = 0};
    struct campaign_config c = {.fn = *state,
                                .n = N,
                                .seed = 1,
                                .window_beats = WINDOW,
                                .items = true,
                                .stop = &s.stop};
    struct campaign_sink to = {add_row, add_escape, &s};

    s.stop_behind = &s.stop;
    assert_int_equal(campaign_registers(&c, "seu", &to), 0);
    assert_int_equal(s.parts, 1);
    assert_int_equal(s.n, N);
}

static void bounds_are_those_of_the_binomial_distribution(void **state)
{
    (void)state;
    /* None of n: (1 - p)^n = 0.05. */
    assert_true(fabs(interval_upper(0, 3000, 0.05) -
                     (1 - pow(0.05, 1 / 3000.0))) < 1e-9);
    assert_true(interval_upper(0, 2994, 0.05) > 0.001);
    assert_true(interval_upper(0, 2995, 0.05) < 0.001);
    /* 1 of 2: (1 - p)^2 + 2 p (1 - p) = 1 - p^2 = 0.05, and p^2 = ... */
    assert_true(fabs(interval_upper(1, 2, 0.05) - sqrt(0.95)) < 1e-9);
    assert_true(fabs(interval_lower(1, 2, 0.05) - (1 - sqrt(0.95))) < 1e-9);
    assert_true(interval_upper(7, 7, 0.05) == 1);
    assert_true(interval_lower(0, 7, 0.05) == 0);
    assert_true(interval_upper(0, 0, 0.05) == 1);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } claims[] = {
        {"no_effective_fault_escapes_the_twin",
         no_effective_fault_escapes_the_twin},
        {"everything_escapes_a_twin_that_sees_nothing",
         everything_escapes_a_twin_that_sees_nothing},
        {"telemetry_alone_sees_them_all", telemetry_alone_sees_them_all},
        {"the_same_seed_does_the_same", the_same_seed_does_the_same},
        {"it_ends_when_told", it_ends_when_told},
    };
    static struct CMUnitTest tests[256];
    static char names[256][80];
    size_t n = 0;

    tests[n++] = (struct CMUnitTest)cmocka_unit_test(
        bounds_are_those_of_the_binomial_distribution);
    for (size_t f = 0; registry[f] != NULL; f++) {
        for (size_t k = 0;
             registry_has_rtl(registry[f]->csr->name) && k < CHECK_ROWS(claims);
             k++) {
            (void)snprintf(names[n], sizeof names[n], "%s_%s",
                           registry[f]->csr->name, claims[k].name);
            tests[n] = (struct CMUnitTest){.name = names[n],
                                           .test_func = claims[k].test,
                                           .initial_state =
                                               (void *)(uintptr_t)registry[f]};
            n++;
        }
    }
    return _cmocka_run_group_tests("campaign", tests, n, NULL, NULL);
}
