/*
 * bisect_test.c - faults put into a slot in mid-traffic, and what `precast twin
 * bisect` says of the windows that came of them: the stage, the register, and
 * whether the fault stays.
 *
 * BISECT_FAULTS is how many a function gets; FAULTS without it.
 */
#include "tests/conform_check.h"

#include "common_csr.h"
#include "core/base/text.h"
#include "drivers/sim/sim_device.h"
#include "host/bisect/bisect.h"
#include "tests/cli_check.h"

enum {
    FAULTS = 6,
    TRIES = 400, /* of faults that do nothing, for one that does */
    PACKETS = 24,
    SAMPLES = 300,
    NAMES_MAX = 400,
};

/* The device: a slot of an image with faults, and its registers. */
struct bench {
    const struct fn *fn;
    struct device *device;
    struct body *body, *c;
    const struct sim_image *image;
    void *model;
    struct {
        char name[160];
        uint32_t number; /* in the image */
        uint32_t n_words, n_bits;
    } reg[NAMES_MAX];
    size_t n_regs;
    uint32_t n_listed;
    struct buffers *b;
    struct rng r;
    char trace[600]; /* path of the image to study it with */
};

struct fault {
    char name[160]; /* in the image */
    uint32_t number, word, bit;
    bool stuck;
    uint64_t clock;
    char reg[224];  /* as device_flip() takes it */
    char state[64]; /* the word of the state it is in */
    const char *stage;
};

static void add_name(void *ctx, const char *name, uint32_t n_words,
                     uint32_t n_bits)
{
    struct bench *b = ctx;
    uint32_t number = b->n_listed++;

    if (strncmp(name, "body.fn.", 8) != 0 && strncmp(name, "edges.", 6) != 0) {
        return;
    }
    assert_true(b->n_regs < NAMES_MAX);
    (void)snprintf(b->reg[b->n_regs].name, sizeof b->reg[0].name, "%s", name);
    b->reg[b->n_regs].number = number;
    b->reg[b->n_regs].n_words = n_words;
    b->reg[b->n_regs++].n_bits = n_bits;
}

/*
 * Loads the slot anew.  What stands in memories that no item has written is in
 * no window, so a fault that shows it cannot be explained.
 */
static void load(struct bench *b)
{
    body_close(b->body);
    assert_int_equal(device_load(b->device, 0, b->fn, &b->body), 0);
    b->image = sim_image_of(sim_device_slot(b->device, 0), &b->model);
}

static struct bench *bench_open(const char *name)
{
    struct device_config config = {
        .n_slots = 1, .width_bits = 64, .faults = true};
    struct bench *b = calloc(1, sizeof *b);
    const char *build = getenv("PRECAST_BUILD");

    assert_non_null(b);
    b->b = calloc(1, sizeof *b->b);
    assert_non_null(b->b);
    b->fn = registry_find(name);
    b->r = (struct rng){SEED};
    (void)snprintf(b->trace, sizeof b->trace, "%s/trace/%s-w64.so",
                   build != NULL ? build : "build", name);
    assert_int_equal(driver_open("sim", &config, &b->device), 0);
    assert_int_equal(body_open_c(b->fn, &b->c), 0);
    load(b);
    b->image->list(b->model, add_name, b);
    return b;
}

static void bench_close(struct bench *b)
{
    body_close(b->c);
    body_close(b->body);
    device_close(b->device);
    free(b->b);
    free(b);
}

/* A window of stimulus, behind some traffic; without what the device makes. */
static void make_window(struct bench *b, struct twin_window *w)
{
    enum fn_type type = b->fn->csr->in;
    struct fn_span in = span_of(b->b, 0, type), out = span_of(b->b, 1, type);
    struct write_list list = {0};
    size_t n = type == FN_PKT ? PACKETS : SAMPLES;

    *w = (struct twin_window){.fn = b->fn};
    assert_int_equal(b->fn->setup(&b->r, write_list_emit, &list), 0);
    assert_int_equal(write_list_apply(&list, b->c), 0);
    write_list_close(&list);
    (void)fill(b->fn, &b->r, 8, &in);
    assert_int_equal(body_run(b->c, &in, &out), 0);
    assert_int_equal(body_save(b->c, &w->start), 0);
    do {
        in = span_of(b->b, 0, type);
        (void)fill(b->fn, &b->r, 8, &in);
    } while (in.n < n);
    in.n = n;
    in.item0 = 1000;
    assert_int_equal(twin_span_copy(&in, &w->in), 0);
    w->before.sig_in = 0; /* of a slot behind its reset */
    w->has_digests = true;
}

static void read_digests(struct bench *b, struct twin_digests *d)
{
    assert_int_equal(body_read(b->body, COMMON_SIG_IN, &d->sig_in), 0);
    assert_int_equal(body_read_n(b->body, COMMON_TAP_0, d->taps.digest, 1), 0);
    assert_int_equal(body_read_n(b->body, COMMON_TAP_1, d->taps.digest + 1, 1),
                     0);
    assert_int_equal(body_read_n(b->body, COMMON_TAP_2, d->taps.digest + 2, 1),
                     0);
    assert_int_equal(body_read_n(b->body, COMMON_TAP_3, d->taps.digest + 3, 1),
                     0);
}

/* Runs the window on the device, a bit inverted in mid-traffic, NULL for none,
 * and records what comes; the clocks it took, 0 when it does not even begin. */
static uint64_t record(struct bench *b, struct twin_window *w,
                       const struct sim_fault *flip)
{
    static struct sim_frame in[FN_BURST_PKT], out[FN_BURST_PKT];
    struct fn_span got = span_of(b->b, 2, w->in.type);
    struct sim_job job = {.in = in, .out = out};
    struct pkt *p = w->in.items, *q = got.items;

    twin_span_close(&w->out);
    blob_close(&w->end);
    w->end = (struct blob){0};
    if (body_restart(b->body) < 0 || body_load(b->body, &w->start) < 0) {
        return 0;
    }
    if (w->in.type == FN_PKT) {
        job.n_in = w->in.n;
        job.cap_out = FN_BURST_PKT;
        for (size_t k = 0; k < job.n_in; k++) {
            in[k] = (struct sim_frame){.data = p[k].data,
                                       .len = p[k].len_bytes,
                                       .user = pkt_user(&p[k])};
        }
        for (size_t k = 0; k < job.cap_out; k++) {
            out[k] = (struct sim_frame){.data = q[k].data, .room = ROOM};
        }
    } else {
        job.n_in = 1;
        job.cap_out = 1;
        in[0] = (struct sim_frame){.data = w->in.items,
                                   .len = (uint32_t)(w->in.n * 4)};
        out[0] = (struct sim_frame){.data = got.items, .room = SAMPLES * 4};
    }
    if (flip != NULL) {
        assert_true(b->image->arm(b->model, flip));
    }
    w->ended = b->image->run(b->model, &job) ? TWIN_ENDED
               : job.overflow                ? TWIN_ENDED_MORE
                                             : TWIN_ENDED_HUNG;
    if (flip != NULL) {
        (void)b->image->arm(b->model, NULL); /* it may not have come so far */
    }
    got.n = job.n_out;
    if (w->in.type != FN_PKT) {
        got.n = job.n_out > 0 ? out[0].len / 4 : 0;
    }
    for (size_t k = 0; w->in.type == FN_PKT && k < got.n; k++) {
        q[k].len_bytes = out[k].len;
        pkt_set_user(&q[k], out[k].user);
    }
    for (int k = 0; k < 64; k++) {
        b->image->edge(b->model); /* nobody reads a slot sooner */
    }
    got.item0 = w->in.item0;
    assert_int_equal(twin_span_copy(&got, &w->out), 0);
    read_digests(b, &w->after);
    if (body_save(b->body, &w->end) < 0) {
        w->end = (struct blob){0};
    }
    return job.clocks;
}

/* The bus by which the state is loaded: a bit stuck there spoils the window's
 * beginning, of which the window knows nothing. */
static bool is_bus(const char *reg)
{
    static const char *const names[] = {"csr.ack_q", "csr.load_q",
                                        "csr.rdata_q", "csr.window_index_q"};

    for (size_t k = 0; k < CHECK_ROWS(names); k++) {
        if (strncmp(reg, names[k], strlen(names[k])) == 0) {
            return true;
        }
    }
    return false;
}

/* A bit of a register drawn at random; where it is, in all ways of saying it.
 */
static void draw(struct bench *b, const struct twin_window *w, uint64_t clocks,
                 struct fault *f)
{
    size_t k = rng_below(&b->r, (uint32_t)b->n_regs);
    struct blob before, after, back;
    char index[20] = "";
    long at;

    *f = (struct fault){.number = b->reg[k].number,
                        .word = rng_below(&b->r, b->reg[k].n_words),
                        .bit = rng_below(&b->r, b->reg[k].n_bits),
                        .clock = rng_below(&b->r, (uint32_t)clocks),
                        .stuck = rng_below(&b->r, 4) == 0};
    (void)snprintf(f->name, sizeof f->name, "%s", b->reg[k].name);
    if (b->reg[k].n_words > 1) {
        (void)snprintf(index, sizeof index, "[%u]", f->word); /* fits */
    }
    bool in_body = strncmp(f->name, "body.fn.", 8) == 0;
    (void)snprintf(f->reg, sizeof f->reg, "%s%.160s%s[%u]",
                   in_body ? "" : "slot.", f->name + (in_body ? 8 : 0), index,
                   f->bit);
    f->stuck = f->stuck && !is_bus(f->reg);
    f->stage = bisect_stage(b->fn->csr, f->reg);
    /* Is it a bit of the state?  Then it comes back as it goes. */
    assert_int_equal(body_restart(b->body), 0);
    assert_int_equal(body_load(b->body, &w->start), 0);
    assert_int_equal(body_save(b->body, &before), 0);
    assert_true(b->image->flip(b->model, f->name, f->word, f->bit));
    if (body_save(b->body, &after) == 0) {
        at = blob_differs(&before, &after);
        assert_true(b->image->flip(b->model, f->name, f->word, f->bit));
        if (at >= 0 && body_save(b->body, &back) == 0) {
            char word[48];
            blob_name(b->fn->csr, &before, (size_t)at, word, sizeof word);
            if (blob_differs(&before, &back) < 0) {
                (void)snprintf(f->state, sizeof f->state, "%s[", word);
                f->stage = "state";
            }
            blob_close(&back);
        }
        blob_close(&after);
    }
    blob_close(&before);
}

/* Does the window show that anything is wrong? */
static struct twin_verdict judge(struct bench *b, const struct twin_window *w)
{
    struct twin_made want, got = twin_window_made(w);
    struct twin_verdict v;

    assert_int_equal(twin_make(b->c, w, &w->before, &want), 0);
    v = twin_judge(b->fn->csr, &want, &got);
    twin_made_close(&want);
    return v;
}

/* Draws faults until one does something; the window then shows it. */
static struct fault inject(struct bench *b, struct twin_window *w)
{
    struct fault f = {.word = 0};
    struct twin_verdict v;

    for (int k = 0; k < TRIES; k++) {
        uint64_t clocks;
        make_window(b, w);
        clocks = record(b, w, NULL);
        assert_int_equal(judge(b, w).kind, TWIN_EQUAL);
        draw(b, w, clocks, &f);
        load(b);
        struct sim_fault fault = {
            .reg = f.number, .word = f.word, .bit = f.bit};
        if (f.stuck) {
            fault.kind = rng_below(&b->r, 2) == 1 ? SIM_STUCK_1 : SIM_STUCK_0;
            assert_true(b->image->arm(b->model, &fault));
            clocks = record(b, w, NULL);
        } else {
            fault.after = f.clock;
            clocks = record(b, w, &fault);
        }
        v.kind = TWIN_EQUAL;
        if (clocks > 0) {
            v = judge(b, w);
        }
        if (v.kind != TWIN_EQUAL) {
            return f;
        }
        (void)b->image->arm(b->model, NULL);
        twin_window_close(w);
    }
    fail_msg("no fault does anything");
    return f;
}

struct tally {
    size_t n, stage, class, reg, found, over;
    double seconds;
};

static struct tally total; /* of all functions */

static void one_fault(struct bench *b, struct tally *t)
{
    const struct bisect_config config = {.image = b->trace, .budget_s = 20};
    struct bisect_result r;
    struct twin_window w;
    struct twin_verdict v = {.kind = TWIN_EQUAL};
    struct fault f = inject(b, &w);
    bool stage, class, reg = false;

    /* The same device, once more: what is stuck still is. */
    w.replayed = twin_replay(b->body, &w, &v) < 0 || v.kind != TWIN_EQUAL
                     ? TWIN_REPLAY_AGAIN
                     : TWIN_REPLAY_CLEAN;
    (void)b->image->arm(b->model, NULL);
    assert_int_equal(bisect(&w, &config, &r), 0);
    for (size_t k = 0; k < r.n_hits; k++) {
        reg = reg || strcmp(r.hit[k].reg, f.reg) == 0 ||
              (f.state[0] != '\0' &&
               strncmp(r.hit[k].word, f.state, strlen(f.state)) == 0);
    }
    stage = strcmp(r.stage, f.stage) == 0;
    class = strcmp(r.class, f.stuck ? "permanent" : "transient") == 0;
    if (!stage || !class || !reg) {
        print_message("%s: %s%s at %llu, %s: %s %s, %zu hits, best %s %s, %s "
                      "%s, %.1f s%s\n",
                      b->fn->csr->name, f.reg, f.stuck ? " stuck" : "",
                      (unsigned long long)f.clock, f.stage, r.stage, r.class,
                      r.n_hits, r.best.reg, r.best.word,
                      twin_kind_name(r.v.kind), r.v.text, r.seconds,
                      r.out_of_time ? ", out of time" : "");
    }
    t->n++;
    t->stage += stage;
    t->class += class;
    t->reg += reg;
    t->found += r.answer == BISECT_FOUND;
    t->over += r.out_of_time;
    t->seconds += r.seconds;
    bisect_close(&r);
    twin_window_close(&w);
}

static void print_tally(const char *name, const struct tally *t)
{
    print_message("%-9s %3zu faults: stage %5.1f%%, class %5.1f%%, register "
                  "among the explanations %5.1f%%, explained %5.1f%%, %.2f s "
                  "each, %zu out of time\n",
                  name, t->n, 100.0 * (double)t->stage / (double)t->n,
                  100.0 * (double)t->class / (double)t->n,
                  100.0 * (double)t->reg / (double)t->n,
                  100.0 * (double)t->found / (double)t->n,
                  t->seconds / (double)t->n, t->over);
}

static void faults_are_found(void **state)
{
    struct bench *b = bench_open(*state);
    struct tally t = {.n = 0};
    const char *env = getenv("BISECT_FAULTS");
    uint64_t n = FAULTS;

    assert_true(env == NULL || parse_u64(env, UINT32_MAX, &n));
    while (t.n < n) {
        one_fault(b, &t);
    }
    print_tally(*state, &t);
    total.n += t.n;
    total.stage += t.stage;
    total.class += t.class;
    total.reg += t.reg;
    total.found += t.found;
    total.over += t.over;
    total.seconds += t.seconds;
    bench_close(b);
}

static void stages_and_classes_are_right(void **state)
{
    (void)state;
    print_tally("all", &total);
    assert_true(total.n > 0);
    /* A few faults say less: one miss of 24 is 4%. */
    size_t goal = total.n >= 200 ? 95 : 80;
    assert_true(total.stage * 100 >= total.n * goal);
    assert_true(total.class * 100 >= total.n * 99);
    assert_true(total.reg * 100 >= total.n * (goal - 5));
}

static void a_window_without_a_fault_has_nothing_to_find(void **state)
{
    static const char *const names[] = {"acl", "acl_cache", "bridge", "scale"};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(names); k++) {
        struct bench *b = bench_open(names[k]);
        const struct bisect_config config = {.image = b->trace, .budget_s = 10};
        struct bisect_result r;
        struct twin_window w;
        make_window(b, &w);
        (void)record(b, &w, NULL);
        assert_int_equal(bisect(&w, &config, &r), 0);
        assert_int_equal(r.answer, BISECT_EQUAL);
        assert_int_equal(r.n_hits, 0);
        bisect_close(&r);
        twin_window_close(&w);
        bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_without_a_fault_has_nothing_to_find),
        {"faults_in_acl_are_found", faults_are_found, NULL, NULL, "acl"},
        {"faults_in_acl_cache_are_found", faults_are_found, NULL, NULL,
         "acl_cache"},
        {"faults_in_bridge_are_found", faults_are_found, NULL, NULL, "bridge"},
        {"faults_in_scale_are_found", faults_are_found, NULL, NULL, "scale"},
        cmocka_unit_test(stages_and_classes_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
