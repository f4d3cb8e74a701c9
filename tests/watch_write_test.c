/*
 * watch_write_test.c - register and table writes on a slot's bus in the midst
 * of traffic, while the slot reports by itself: each report holds for one
 * moment, before or behind each write, and the twin agrees with it.  The
 * register bus is shared by both, and so is the place in the tables.
 */
#include "tests/conform_check.h"

#include "common_csr.h"
#include "drivers/sim/sim_device.h"
#include "twin/watch.h"

enum {
    ROUNDS = 200,
    FRAMES = 40,  /* a round: packets, or bursts of samples */
    SAMPLES = 37, /* most in a burst */
    PLACES = 6,   /* of writes in a round */
    WRITES = 1 << 16,
    REPORTS = 1 << 15, /* bytes */
};

struct bed {
    const struct fn *fn;
    struct device *device;
    struct body *c, *rtl;
    struct twin_watch watch;
    struct buffers *b;
    struct rng r;
    size_t first[FRAMES + 1]; /* item in which each frame begins */
    struct sim_frame in[FRAMES], out[FRAMES];
    struct sim_write write[WRITES];
    size_t n_write, n_done; /* done: in the C body, too */
    uint8_t report[REPORTS];
    size_t n_report, at_report; /* bytes */
    uint64_t reports, between;  /* between: two writes, or one and an item */
};

static void bed_open(struct bed *d, const struct fn *fn, uint32_t width)
{
    struct device_config config = {.n_slots = 1, .width_bits = width};
    struct device_watch w = {.window_beats = 24, .walk_words = 40};

    *d = (struct bed){.fn = fn, .r = {SEED}};
    d->b = malloc(sizeof *d->b);
    assert_non_null(d->b);
    assert_int_equal(driver_open("sim", &config, &d->device), 0);
    assert_int_equal(device_load(d->device, 0, fn, &d->rtl), 0);
    assert_int_equal(body_open_c(fn, &d->c), 0);
    setup_both(fn, &d->r, d->c, d->rtl);
    assert_int_equal(body_level(d->c, d->rtl), 0);
    assert_int_equal(body_watch(d->rtl, &w), 0);
    twin_watch_begin(&d->watch, d->c, 0, 0);
}

static void bed_close(struct bed *d)
{
    body_close(d->c);
    body_close(d->rtl);
    device_close(d->device);
    free(d->b);
}

static void make_frames(struct bed *d)
{
    struct fn_span in = span_of(d->b, 0, d->fn->csr->in);
    struct pkt *p = in.items;
    struct iq16 *x = in.items;

    for (size_t k = 0; k < FRAMES; k++) {
        size_t at = d->first[k];
        d->out[k] = (struct sim_frame){.data = d->b->bytes[2][k], .room = ROOM};
        if (in.type == FN_PKT) {
            d->fn->packet(&d->r, &p[k]);
            d->in[k] = (struct sim_frame){.data = p[k].data,
                                          .len = p[k].len_bytes,
                                          .user = pkt_user(&p[k])};
            d->first[k + 1] = at + 1;
            continue;
        }
        d->first[k + 1] = at + 1 + rng_below(&d->r, SAMPLES);
        for (size_t j = at; j < d->first[k + 1]; j++) {
            uint32_t bits = (uint32_t)rng_next(&d->r);
            memcpy(&x[j], &bits, sizeof bits);
        }
        d->in[k] = (struct sim_frame){
            .data = (uint8_t *)&x[at],
            .len = (uint32_t)((d->first[k + 1] - at) * sizeof *x)};
    }
}

static int add_write(void *ctx, uint32_t offset, uint32_t value)
{
    struct bed *d = ctx;

    assert_true(d->n_write < WRITES);
    d->write[d->n_write++] =
        (struct sim_write){.addr = (uint8_t)offset, .value = value};
    return 0;
}

/* The function's own settings, in front of a few random frames. */
static void make_writes(struct bed *d)
{
    size_t before = 0;

    d->n_write = d->n_done = 0;
    for (int k = 0; k < PLACES; k++) {
        size_t from = d->n_write;
        before += rng_below(&d->r, FRAMES / PLACES);
        assert_int_equal(d->fn->setup(&d->r, add_write, d), 0);
        for (size_t j = from; j < d->n_write; j++) {
            d->write[j].before = before;
        }
    }
}

/* Is the next report of this moment?  All but the state was the same before. */
static bool is_now(const struct bed *d)
{
    struct telemetry got, want;

    if (d->at_report == d->n_report) {
        return false;
    }
    assert_null(
        telemetry_decode(d->report + d->at_report, TELEMETRY_BYTES, &got));
    want = twin_watch_expect(&d->watch, got.walk_at);
    return got.items_in == want.items_in && got.walk_sum == want.walk_sum;
}

/* The next report against the twin as it is now. */
static void take_report(struct bed *d)
{
    struct fn_span none = span_of(d->b, 1, d->fn->csr->in), out = none;
    struct twin_verdict v;

    assert_int_equal(twin_watch_run(&d->watch, &none, &out,
                                    d->report + d->at_report, TELEMETRY_BYTES,
                                    &v),
                     0);
    if (v.kind != TWIN_EQUAL) {
        print_message("item %llu: %s: %s\n", (unsigned long long)v.first_item,
                      twin_kind_name(v.kind), v.text);
    }
    assert_int_equal(v.kind, TWIN_EQUAL);
    d->at_report += TELEMETRY_BYTES;
    d->reports++;
}

/* What stands before frame 'k': writes, and reports between them. */
static void catch_up(struct bed *d, size_t k)
{
    while (d->n_done < d->n_write && d->write[d->n_done].before == k) {
        const struct sim_write *w = &d->write[d->n_done++];
        while (is_now(d)) {
            take_report(d);
            d->between++;
        }
        assert_int_equal(body_write(d->c, w->addr, w->value), 0);
    }
    while (is_now(d)) {
        take_report(d);
    }
}

/* Frame 'k' through the C body; the slot gave the same. */
static void run_frame(struct bed *d, size_t k)
{
    struct fn_span in = span_of(d->b, 1, d->fn->csr->in);
    struct fn_span out = span_of(d->b, 1, d->fn->csr->in);
    const struct pkt *p = &d->b->pkt[1][k];
    struct twin_verdict v;
    size_t n = d->first[k + 1] - d->first[k];

    in.n = in.cap = n;
    in.item0 = d->watch.items;
    in.items = in.type == FN_PKT ? (void *)&d->b->pkt[0][k]
                                 : (void *)&d->b->iq[0][d->first[k]];
    out.items = in.type == FN_PKT ? (void *)&d->b->pkt[1][k] : out.items;
    assert_int_equal(twin_watch_run(&d->watch, &in, &out, NULL, 0, &v), 0);
    if (in.type == FN_PKT) {
        assert_int_equal(d->out[k].len, p->len_bytes);
        assert_int_equal(d->out[k].user, pkt_user(p));
        assert_memory_equal(d->out[k].data, p->data, p->len_bytes);
        return;
    }
    assert_int_equal(d->out[k].len, n * sizeof(struct iq16));
    assert_memory_equal(d->out[k].data, out.items, d->out[k].len);
}

static void run_round(struct bed *d, uint32_t seed)
{
    struct sim_job job = {.in = d->in,
                          .n_in = FRAMES,
                          .out = d->out,
                          .cap_out = FRAMES,
                          .seed = seed,
                          .in_permille = seed % 3 * 300,
                          .out_permille = seed / 3 % 3 * 300,
                          .write = d->write};

    make_frames(d);
    make_writes(d);
    job.n_write = d->n_write;
    assert_int_equal(sim_run(sim_device_slot(d->device, 0), &job), 0);
    assert_int_equal(job.n_out, FRAMES);
    assert_int_equal(device_telemetry(d->device, 0, d->report, sizeof d->report,
                                      &d->n_report),
                     0);
    assert_int_equal(d->n_report % TELEMETRY_BYTES, 0);
    d->at_report = 0;
    for (size_t k = 0; k < FRAMES; k++) {
        catch_up(d, k);
        run_frame(d, k);
    }
    catch_up(d, FRAMES);
    while (d->at_report < d->n_report) {
        take_report(d); /* of no moment that there was: says which */
    }
}

static void reports_hold_for_one_moment(void **state)
{
    struct bed *d = malloc(sizeof *d);

    assert_non_null(d);
    for (uint32_t width = 32; width <= 64; width += 32) {
        bed_open(d, *state, width);
        for (uint32_t k = 1; k <= ROUNDS; k++) {
            run_round(d, k);
        }
        print_message("%s, %u bits: %llu reports, %llu of them between "
                      "writes\n",
                      d->fn->csr->name, width, (unsigned long long)d->reports,
                      (unsigned long long)d->between);
        assert_true(d->reports > ROUNDS);
        /* One write alone goes before the report that waits for the bus. */
        assert_true(d->between > 0 || d->fn->csr->n_tables == 0);
        bed_close(d);
    }
    free(d);
}

int main(void)
{
    static struct CMUnitTest tests[256];
    static char names[256][80];
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        if (registry_has_rtl(registry[f]->csr->name)) {
            (void)snprintf(names[n], sizeof names[n],
                           "%s_reports_one_moment_among_writes",
                           registry[f]->csr->name);
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func = reports_hold_for_one_moment,
                .initial_state = (void *)(uintptr_t)registry[f],
            };
            n++;
        }
    }
    return _cmocka_run_group_tests("watch_write", tests, n, NULL, NULL);
}
