/*
 * hang_test.c - handshake registers of a slot that are stuck in mid-traffic:
 * how many clocks pass from the last beat that moved at the slot's ports until
 * ERRORS.HANG is set, and until its report is out, which the twin then judges.
 * All of it is simulated: the same clocks on every machine.
 */
#include "tests/conform_check.h"

#include "common_csr.h"
#include "drivers/sim/sim_device.h"
#include "twin/watch.h"

enum {
    GOAL_CLOCKS = 64, /* from the last beat to ERRORS.HANG */
    ITEMS = 96,       /* packets, or bursts of samples */
    SAMPLES = 40,     /* a burst */
    STILL = 1024,     /* clocks without a beat: whatever it is, it stopped */
    MOST = 1 << 15,   /* clocks of a run: some faults make it give for ever */
    TRIES = 20,       /* faults in each bit */
    CLOCKS = 600,     /* of traffic in which they strike */
    BEAT = 8,         /* bytes */
    REGS_MAX = 400,
    HANG = 1 << COMMON_ERRORS_HANG_SHIFT,
};

struct bed {
    const struct fn *fn;
    struct device *device;
    struct body *rtl, *c, *start; /* 'start' is what 'c' begins as */
    const struct sim_image *image;
    void *model, *mark;
    const uint8_t *errors; /* the register, in place */
    struct buffers *b;
    struct fn_span in;
    uint32_t len[ITEMS], n; /* bytes of each frame; how many frames */
    struct rng r;
    uint32_t reg[REGS_MAX]; /* of one bit, by their numbers in the image */
    char name[REGS_MAX][160];
    size_t n_regs;
    uint32_t n_listed;
};

struct tally {
    uint64_t tried, lost, hung;
    uint64_t most_hang, most_report; /* clocks */
};

static void add_reg(void *ctx, const char *name, uint32_t n_words,
                    uint32_t n_bits)
{
    struct bed *d = ctx;
    uint32_t number = d->n_listed++;
    struct sim_reg at;

    if (strcmp(name, "common.errors_q") == 0) {
        assert_true(d->image->reg(d->model, number, &at));
        d->errors = at.data;
    }
    if (n_words == 1 && n_bits == 1 &&
        (strncmp(name, "body.fn.", 8) == 0 ||
         strncmp(name, "edges.", 6) == 0)) {
        assert_true(d->n_regs < REGS_MAX);
        (void)snprintf(d->name[d->n_regs], sizeof d->name[0], "%s", name);
        d->reg[d->n_regs++] = number;
    }
}

/* The stimulus: packets, or samples in bursts. */
static void make_items(struct bed *d)
{
    struct pkt *p;

    d->in = span_of(d->b, 0, d->fn->csr->in);
    p = d->in.items;
    d->n = ITEMS;
    for (size_t k = 0; k < ITEMS; k++) {
        d->len[k] = SAMPLES * sizeof(struct iq16);
        if (d->in.type == FN_PKT) {
            d->fn->packet(&d->r, &p[k]);
            d->len[k] = p[k].len_bytes;
        }
    }
    d->in.n = ITEMS;
    if (d->in.type != FN_PKT) {
        (void)fill(d->fn, &d->r, BEAT, &d->in);
        d->in.n = (size_t)ITEMS * SAMPLES;
    }
}

static void bed_open(struct bed *d, const struct fn *fn)
{
    struct device_config config = {
        .n_slots = 1, .width_bits = 64, .faults = true};
    struct device_watch w = {.window_beats = UINT16_MAX,
                             .walk_words = 16,
                             .hang_clocks = DEVICE_HANG_CLOCKS};

    *d = (struct bed){.fn = fn, .r = {SEED}};
    d->b = calloc(1, sizeof *d->b);
    assert_non_null(d->b);
    assert_int_equal(driver_open("sim", &config, &d->device), 0);
    assert_int_equal(device_load(d->device, 0, fn, &d->rtl), 0);
    assert_int_equal(body_open_c(fn, &d->start), 0);
    assert_int_equal(body_open_c(fn, &d->c), 0);
    setup_both(fn, &d->r, d->start, d->rtl);
    assert_int_equal(body_level(d->start, d->rtl), 0);
    assert_int_equal(body_watch(d->rtl, &w), 0);
    make_items(d);
    d->image = sim_image_of(sim_device_slot(d->device, 0), &d->model);
    d->image->list(d->model, add_reg, d);
    assert_non_null(d->errors);
    d->mark = malloc(d->image->mark_bytes);
    assert_non_null(d->mark);
    d->image->mark(d->model, d->mark);
}

static void bed_close(struct bed *d)
{
    free(d->mark);
    free(d->b);
    body_close(d->c);
    body_close(d->start);
    body_close(d->rtl);
    device_close(d->device);
}

/* The beat at byte 'at' of frame 'k'. */
static struct sim_beat beat_of(const struct bed *d, size_t k, uint32_t at)
{
    const struct pkt *p = (const struct pkt *)d->in.items + k;
    const uint8_t *data = (const uint8_t *)d->in.items + k * d->len[0];
    uint32_t n = d->len[k] - at < BEAT ? d->len[k] - at : BEAT;
    struct sim_beat b = {
        .keep = (1u << n) - 1, .last = d->len[k] - at <= BEAT, .valid = true};

    if (d->in.type == FN_PKT) {
        data = p->data;
        b.user = pkt_user(p);
    }
    memcpy(b.data, data + at, n);
    return b;
}

/* Where a run ended; clocks from the last beat that moved. */
struct end {
    bool stopped;      /* it does not take what is offered */
    bool lost;         /* it took all, and not all came out */
    uint64_t hang;     /* to ERRORS.HANG, 0: never */
    uint64_t reported; /* to the last byte of the report */
    uint8_t frame[2 * TELEMETRY_BYTES];
    size_t n_frame;
};

/* All items, as fast as they are taken, with fault 'f' armed. */
static struct end run(struct bed *d, const struct sim_fault *f)
{
    const struct sim_image *image = d->image;
    struct end e = {.stopped = false};
    size_t k = 0, n_out = 0;
    uint32_t at = 0;
    uint64_t still = 0, begin;

    image->back(d->model, d->mark);
    assert_true(image->arm(d->model, f));
    for (uint32_t t = 0;
         t < MOST && still < STILL && e.hang == 0 && (k < d->n || n_out < d->n);
         t++) {
        struct sim_beat in = {.valid = false}, out;
        bool taken;
        if (k < d->n) {
            in = beat_of(d, k, at);
        }
        image->look(d->model, &in, true, &out, &taken);
        bool moved = (in.valid && taken) || out.valid;
        n_out += out.valid && out.last;
        if (in.valid && taken) {
            at = in.last ? 0 : at + BEAT;
            k += in.last;
        }
        image->edge(d->model);
        still = moved ? 0 : still + 1;
        e.hang = (*d->errors & HANG) != 0 ? still : 0;
    }
    e.stopped = still > 0 && k < d->n;
    e.lost = still > 0 && k == d->n && n_out < d->n && e.hang == 0;
    begin = image->clocks(d->model);
    while (e.hang > 0 && e.n_frame == 0 &&
           image->clocks(d->model) - begin < STILL) {
        image->edge(d->model);
        e.n_frame = image->telemetry(d->model, e.frame, sizeof e.frame);
    }
    e.reported = e.hang + (image->clocks(d->model) - begin);
    (void)image->arm(d->model, NULL); /* none: cannot fail */
    return e;
}

/* What the twin says of the report. */
static enum twin_kind judge(struct bed *d, const struct end *e)
{
    struct fn_span out = span_of(d->b, 1, d->in.type);
    struct twin_watch w;
    struct twin_verdict v;

    body_copy(d->start, d->c, true);
    twin_watch_begin(&w, d->c, 0, 0);
    assert_int_equal(twin_watch_run(&w, &d->in, &out, e->frame, e->n_frame, &v),
                     0);
    return v.kind;
}

static void stick(struct bed *d, const struct sim_fault *f, const char *name,
                  struct tally *t)
{
    struct end e = run(d, f);

    t->tried++;
    t->lost += e.lost; /* nothing is inside: counts tell, no timer */
    if (e.hang == 0) {
        if (e.stopped) {
            print_message("%s stuck at %d from clock %llu on\n", name,
                          f->kind == SIM_STUCK_1, (unsigned long long)f->after);
        }
        assert_false(e.stopped);
        return;
    }
    t->hung++;
    t->most_hang = e.hang > t->most_hang ? e.hang : t->most_hang;
    t->most_report = e.reported > t->most_report ? e.reported : t->most_report;
    assert_true(e.hang <= GOAL_CLOCKS);
    assert_int_equal(e.n_frame, TELEMETRY_BYTES);
    assert_int_equal(judge(d, &e), TWIN_HANG);
}

static void a_hang_is_told_within_64_clocks_and_a_report(void **state)
{
    const struct fn *fn = registry_find(*state);
    struct bed *d = malloc(sizeof *d);
    struct tally t = {0};
    struct end e;

    assert_non_null(d);
    bed_open(d, fn);
    e = run(d, NULL);
    assert_false(e.stopped || e.lost); /* without a fault it goes on */
    assert_int_equal(e.hang, 0);
    for (size_t k = 0; k < TRIES * d->n_regs; k++) {
        const struct sim_fault f = {.kind =
                                        k % 2 == 0 ? SIM_STUCK_0 : SIM_STUCK_1,
                                    .reg = d->reg[k / TRIES],
                                    .after = 1 + rng_below(&d->r, CLOCKS)};
        stick(d, &f, d->name[k / TRIES], &t);
    }
    print_message("%s: %llu stuck bits, %llu hang, %llu lose items; at most "
                  "%llu clocks to ERRORS.HANG, %llu to the end of the report\n",
                  fn->csr->name, (unsigned long long)t.tried,
                  (unsigned long long)t.hung, (unsigned long long)t.lost,
                  (unsigned long long)t.most_hang,
                  (unsigned long long)t.most_report);
    /* Samples wait for nothing: no bit makes their function stop. */
    assert_true(t.hung > 0 || fn->csr->in != FN_PKT);
    bed_close(d);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a_hang_of_acl_is_told", a_hang_is_told_within_64_clocks_and_a_report,
         NULL, NULL, "acl"},
        {"a_hang_of_acl_cache_is_told",
         a_hang_is_told_within_64_clocks_and_a_report, NULL, NULL, "acl_cache"},
        {"a_hang_of_bridge_is_told",
         a_hang_is_told_within_64_clocks_and_a_report, NULL, NULL, "bridge"},
        {"a_hang_of_scale_is_told",
         a_hang_is_told_within_64_clocks_and_a_report, NULL, NULL, "scale"},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
