/*
 * watch_test.c - what a slot reports by itself, against the twin: every
 * function with an RTL body, at every width, with random stalls and at full
 * rate, while parameters change between items: settings of the function,
 * words of its tables, how often and how much is reported, and the epoch.  With
 * no fault there is no verdict; WATCH_BEATS sets for how many beats in all.
 */
#include "tests/conform_check.h"

#include "common_csr.h"
#include "core/base/text.h"
#include "twin/watch.h"

enum { BEATS = 7200000, FRAMES = 1 << 16 };

struct bed {
    struct device *device;
    struct body *c, *rtl;
    struct twin_watch watch;
    struct buffers *b;
    struct rng r;
    uint8_t frames[FRAMES];
    size_t n_frames;
    uint64_t settings, words, epochs; /* changes */
};

struct tally {
    uint64_t beats, frames, settings, words, epochs;
};

static struct tally total; /* of all cases */

/* What is reported from now on: often enough for many frames, and anew. */
static void watch_anew(struct bed *d)
{
    const struct device_watch w = {.window_beats = 1 + rng_below(&d->r, 128),
                                   .walk_words = rng_below(&d->r, 256),
                                   .epoch = (uint32_t)rng_next(&d->r),
                                   .hang_clocks = DEVICE_HANG_CLOCKS};

    assert_int_equal(body_watch(d->rtl, &w), 0);
    d->watch.epoch = w.epoch;
    d->epochs++;
}

static void bed_open(struct bed *d, const struct conform *t)
{
    struct device_config config = {
        .n_slots = 1, .width_bits = t->width_bits, .framed = t->framed};
    struct device_stalls stalls = {
        .seed = SEED, .in_permille = 300, .out_permille = 300};

    d->r = (struct rng){SEED};
    d->b = malloc(sizeof *d->b);
    assert_non_null(d->b);
    assert_int_equal(driver_open("sim", &config, &d->device), 0);
    assert_int_equal(device_load(d->device, 0, t->fn, &d->rtl), 0);
    if (t->stalls) {
        assert_int_equal(device_stalls(d->device, &stalls), 0);
    }
    assert_int_equal(body_open_c(t->fn, &d->c), 0);
    setup_both(t->fn, &d->r, d->c, d->rtl);
    assert_int_equal(body_level(d->c, d->rtl), 0);
    twin_watch_begin(&d->watch, d->c, 0, 0);
    watch_anew(d);
}

static void bed_close(struct bed *d)
{
    body_close(d->c);
    body_close(d->rtl);
    device_close(d->device);
    free(d->b);
}

/*
 * A word of table 't', of the entries that the slot has, becomes the same word
 * of another entry: through the window, in both bodies.
 */
static void copy_word(struct bed *d, const struct csr_layout *l, size_t t)
{
    const struct csr_table *table = &l->tables[t];
    uint32_t hold = body_capacity(d->rtl, t);
    uint32_t word = rng_below(&d->r, table->words), value;
    uint32_t from = rng_below(&d->r, hold) * table->words + word;
    uint32_t to = rng_below(&d->r, hold) * table->words + word;

    value = body_c_state(d->c)->table[t][from];
    for (size_t k = 0; k < 2; k++) {
        struct body *b = k == 0 ? d->c : d->rtl;
        assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(t, to)), 0);
        assert_int_equal(body_write(b, CSR_WINDOW_DATA, value), 0);
    }
    d->words++;
}

/* What may change before the next item. */
static void change(struct bed *d, const struct fn *fn)
{
    if (rng_below(&d->r, 2) == 0) {
        setup_both(fn, &d->r, d->c, d->rtl);
        d->settings++;
    }
    for (size_t t = 0; t < fn->csr->n_tables; t++) {
        if (rng_below(&d->r, 2) == 0) {
            copy_word(d, fn->csr, t);
        }
    }
    if (rng_below(&d->r, 8) == 0) {
        watch_anew(d);
    }
}

/* One burst through both; the verdict on the frames that came. */
static struct twin_verdict step(struct bed *d, const struct conform *t,
                                uint64_t *beats)
{
    enum fn_type type = t->fn->csr->in;
    struct fn_span in = span_of(d->b, 0, type), c = span_of(d->b, 1, type),
                   rtl = span_of(d->b, 2, type);
    struct twin_verdict v;

    *beats += fill(t->fn, &d->r, t->width_bits / 8, &in);
    in.item0 = d->watch.items;
    assert_int_equal(body_run(d->rtl, &in, &rtl), 0);
    assert_int_equal(device_telemetry(d->device, 0, d->frames, sizeof d->frames,
                                      &d->n_frames),
                     0);
    assert_int_equal(
        twin_watch_run(&d->watch, &in, &c, d->frames, d->n_frames, &v), 0);
    assert_same(&c, &rtl);
    return v;
}

static void frames_agree_with_the_twin(void **state)
{
    const struct conform *t = *state;
    struct bed *d = calloc(1, sizeof *d);
    uint64_t beats = 0;
    uint32_t windows;

    assert_non_null(d);
    bed_open(d, t);
    while (beats < t->beats) {
        change(d, t->fn);
        struct twin_verdict v = step(d, t, &beats);
        if (v.kind != TWIN_EQUAL) {
            print_message("item %llu: %s: %s\n",
                          (unsigned long long)v.first_item,
                          twin_kind_name(v.kind), v.text);
        }
        assert_int_equal(v.kind, TWIN_EQUAL);
    }
    assert_int_equal(body_read(d->rtl, COMMON_WINDOWS, &windows), 0);
    assert_int_equal(windows, d->watch.windows);
    /* A window lasts until its packet, or burst of samples, ends. */
    assert_true(windows > t->beats / 64 / 64);
    total.beats += beats;
    total.frames += windows;
    total.settings += d->settings;
    total.words += d->words;
    total.epochs += d->epochs;
    bed_close(d);
    free(d);
}

static void all_functions_took_part(void **state)
{
    (void)state;
    print_message(
        "%llu beats, %llu frames; changed: settings %llu times, "
        "table words %llu, epoch and window %llu\n",
        (unsigned long long)total.beats, (unsigned long long)total.frames,
        (unsigned long long)total.settings, (unsigned long long)total.words,
        (unsigned long long)total.epochs);
    assert_true(total.frames > 0 && total.words > 0);
}

int main(void)
{
    static const uint32_t widths[] = {32, 64, 256};
    static struct conform cases[256];
    static struct CMUnitTest tests[256];
    static char names[256][80];
    size_t n = 0;
    uint64_t beats = BEATS;
    const char *env = getenv("WATCH_BEATS");

    if (env != NULL && !parse_u64(env, UINT64_MAX, &beats)) {
        (void)fprintf(stderr, "WATCH_BEATS: expected a number\n");
        return 2;
    }
    for (size_t f = 0; registry[f] != NULL; f++) {
        for (size_t k = 0; k < 3 * CHECK_ROWS(widths) &&
                           registry_has_rtl(registry[f]->csr->name);
             k++) {
            static const char *const how[] = {"with_stalls", "at_full_rate",
                                              "over_a_link"};
            cases[n] = (struct conform){.fn = registry[f],
                                        .width_bits = widths[k / 3],
                                        .stalls = k % 3 == 0,
                                        .framed = k % 3 == 2};
            (void)snprintf(names[n], sizeof names[n],
                           "%s_frames_agree_with_the_twin_at_%u_bits_%s",
                           registry[f]->csr->name, cases[n].width_bits,
                           how[k % 3]);
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func = frames_agree_with_the_twin,
                .initial_state = &cases[n],
            };
            n++;
        }
    }
    for (size_t k = 0; k < n; k++) {
        cases[k].beats = beats / n + 1;
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(all_functions_took_part);
    return _cmocka_run_group_tests("watch", tests, n, NULL, NULL);
}
