/*
 * board_watch_test.c - the telemetry of a simulated board, through rtl/link,
 * against the twin: at full rate, with random stalls and on a bad wire, every
 * frame is that of the C body, and none is missing; and what it costs on the
 * link.
 */
#include "common_csr.h"
#include "tests/conform_check.h"
#include "tests/link/board_check.h"
#include "tests/sanitize.h"
#include "twin/watch.h"

enum {
    BEATS = SANITIZED ? 20000 : 150000,
    BAD_BEATS = SANITIZED ? 10000 : 50000, /* on a bad wire */
    COST_WINDOWS = 40,
    EPOCH = 77,
    FRAMES = 1 << 16,
    GOOD_RESEND_US = 1000000, /* nothing is lost: nothing is late, either */
    BAD_RESEND_US = 1000,
    FRAME_EXTRA = 24, /* bytes of a frame of the link besides its payload */
};

struct bed {
    struct board_far far;
    struct device *device;
    struct body *c, *rtl;
    struct twin_watch watch;
    struct buffers *b;
    struct rng r;
    uint64_t beats;
    uint8_t frames[FRAMES];
};

struct kase {
    const char *fn, *board;
    uint32_t window, permille;
    bool stalls;
};

static struct bed *bed_open(const struct kase *k)
{
    const struct device_watch w = {
        .window_beats = k->window, .walk_words = 16, .epoch = EPOCH};
    const struct fn *fn = registry_find(k->fn);
    struct bed *d = calloc(1, sizeof *d);
    void *model;

    assert_non_null(d);
    d->b = malloc(sizeof *d->b);
    assert_non_null(d->b);
    d->r = (struct rng){SEED};
    board_far_open(&d->far, k->board, k->permille);
    const struct sim_board *b = board_of(d->far.board, &model);
    if (k->stalls) {
        b->stalls(model, SEED, 300, 300);
    }
    d->device = board_device(&d->far, 64,
                             k->permille > 0 ? BAD_RESEND_US : GOOD_RESEND_US);
    assert_int_equal(device_load(d->device, 0, fn, &d->rtl), 0);
    assert_int_equal(body_open_c(fn, &d->c), 0);
    setup_both(fn, &d->r, d->c, d->rtl);
    assert_int_equal(body_level(d->c, d->rtl), 0);
    assert_int_equal(body_watch(d->rtl, &w), 0);
    twin_watch_begin(&d->watch, d->c, 0, EPOCH);
    return d;
}

static void bed_close(struct bed *d)
{
    body_close(d->c);
    body_close(d->rtl);
    device_close(d->device);
    free(d->b);
    free(d);
}

/* A burst through both; the twin judges what the board has told by then. */
static void step(struct bed *d)
{
    const struct fn *fn = d->c->fn;
    struct fn_span in = span_of(d->b, 0, fn->csr->in),
                   c = span_of(d->b, 1, fn->csr->in),
                   rtl = span_of(d->b, 2, fn->csr->in);
    struct twin_verdict v;
    size_t n;

    d->beats += fill(fn, &d->r, 8, &in);
    in.item0 = d->watch.items;
    assert_int_equal(body_run(d->rtl, &in, &rtl), 0);
    assert_int_equal(
        device_telemetry(d->device, 0, d->frames, sizeof d->frames, &n), 0);
    assert_int_equal(n % TELEMETRY_BYTES, 0);
    assert_int_equal(twin_watch_run(&d->watch, &in, &c, d->frames, n, &v), 0);
    if (v.kind != TWIN_EQUAL) {
        print_message("item %llu: %s: %s\n", (unsigned long long)v.first_item,
                      twin_kind_name(v.kind), v.text);
    }
    assert_int_equal(v.kind, TWIN_EQUAL);
    assert_same(&c, &rtl);
}

static void frames_agree_with_the_twin(void **state)
{
    const struct kase *k = *state;
    struct bed *d = bed_open(k);
    uint32_t windows;

    while (d->beats < (k->permille > 0 ? BAD_BEATS : BEATS)) {
        step(d);
    }
    assert_int_equal(body_read(d->rtl, COMMON_WINDOWS, &windows), 0);
    assert_int_equal(windows, d->watch.windows);
    /* A window lasts until its packet ends and the frame before is gone. */
    assert_true(windows > d->beats / (k->window + 64) / 4);
    struct link_counters l = link_device_link(d->device);
    assert_int_equal(l.bad_payloads + l.gaps > 0, k->permille > 0);
    printf("  %u windows, %llu beats, %llu bad payloads, %llu gaps\n", windows,
           (unsigned long long)d->beats, (unsigned long long)l.bad_payloads,
           (unsigned long long)l.gaps);
    bed_close(d);
}

/* Bytes on the wire, both ways, of the same packets. */
static uint64_t wire_bytes(const char *fn, const char *board, uint32_t window,
                           uint32_t *windows)
{
    const struct kase k = {fn, board, window, 0, false};
    struct bed *d = bed_open(&k);
    struct link_counters a = link_device_link(d->device);

    while (d->beats < (uint64_t)COST_WINDOWS * TELEMETRY_WINDOW) {
        step(d);
    }
    struct link_counters z = link_device_link(d->device);
    *windows = d->watch.windows;
    bed_close(d);
    return z.bytes_in - a.bytes_in + z.bytes_out - a.bytes_out +
           FRAME_EXTRA *
               (z.frames_in - a.frames_in + z.frames_out - a.frames_out);
}

static void it_costs_a_hundredth_of_the_link(void **state)
{
    uint32_t windows;

    (void)state;
    uint64_t off = wire_bytes("acl", "acl-board64", 0, &windows);
    assert_int_equal(windows, 0);
    uint64_t on = wire_bytes("acl", "acl-board64", TELEMETRY_WINDOW, &windows);
    printf("  %u windows: %llu bytes on the link, %llu without\n", windows,
           (unsigned long long)on, (unsigned long long)off);
    assert_true(windows >= COST_WINDOWS / 2);
    assert_true(on > off);
    assert_true((on - off) * 100 <= off);
}

static void a_board_without_telemetry_says_so(void **state)
{
    const struct device_watch w = {.window_beats = 64};
    struct board_far far;
    struct body *rtl;

    (void)state;
    board_far_open(&far, "scale-board32", 0);
    struct device *d = board_device(&far, 32, GOOD_RESEND_US);
    assert_int_equal(device_load(d, 0, registry_find("scale"), &rtl), 0);
    assert_int_equal(body_watch(rtl, &w), ERR_MISSING);
    body_close(rtl);
    device_close(d);
}

int main(void)
{
    static struct kase kases[] = {
        {"acl", "acl-board64", TELEMETRY_WINDOW, 0, false},
        {"acl", "acl-board64", 64, 0, false},
        {"acl", "acl-board64", 64, 0, true},
        {"acl", "acl-board64", 64, 20, true},
        {"acl_cache", "acl_cache-board64", 64, 0, false},
        {"acl_cache", "acl_cache-board64", 1, 20, false},
    };
    static char names[CHECK_ROWS(kases)][64];
    struct CMUnitTest tests[CHECK_ROWS(kases) + 2];
    size_t n = 0;

    for (; n < CHECK_ROWS(kases); n++) {
        (void)snprintf(names[n], sizeof names[n],
                       "%s_frames_agree_window_%u_faults_%u%s", kases[n].fn,
                       kases[n].window, kases[n].permille,
                       kases[n].stalls ? "_stalls" : ""); /* fits */
        tests[n] = (struct CMUnitTest){.name = names[n],
                                       .test_func = frames_agree_with_the_twin,
                                       .initial_state = &kases[n]};
    }
    tests[n++] =
        (struct CMUnitTest)cmocka_unit_test(it_costs_a_hundredth_of_the_link);
    tests[n++] =
        (struct CMUnitTest)cmocka_unit_test(a_board_without_telemetry_says_so);
    return _cmocka_run_group_tests("board watch", tests, n, NULL, NULL);
}
