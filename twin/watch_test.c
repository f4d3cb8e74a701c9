/* watch_test.c - what the twin says of frames of telemetry, made by hand. */
#include "twin/watch.h"

#include <stdlib.h>
#include <string.h>

#include "core/registry.h"
#include "tests/check.h"

enum { EPOCH = 3, IMAGE = 0xabcd, N = 40, ROOM = 128 };

/* A twin, what goes in, and the frames that a slot would give for it. */
struct bed {
    struct body *c;
    struct twin_watch w;
    struct pkt in[N], out[N];
    uint8_t bytes[N][ROOM];
    uint8_t frames[4 * TELEMETRY_BYTES];
};

static struct fn_span items(struct pkt *p)
{
    return (struct fn_span){.type = FN_PKT, .items = p, .n = N, .cap = N};
}

/* Frames behind items 10, 20, 30 and 40, with no fault. */
static void frames_make(struct bed *d)
{
    struct twin_watch w;
    struct body *c;
    struct fn_span in = items(d->in), out = items(d->out);
    struct twin_verdict v;

    assert_int_equal(body_open_c(registry_find("acl"), &c), 0);
    twin_watch_begin(&w, c, 0, EPOCH);
    w.image = IMAGE;
    in.n = 10;
    for (uint32_t k = 0; k < 4; k++) {
        in.items = d->in + (size_t)k * 10;
        out.items = d->out + (size_t)k * 10;
        assert_int_equal(twin_watch_run(&w, &in, &out, NULL, 0, &v), 0);
        assert_int_equal(v.kind, TWIN_EQUAL);
        struct telemetry t = twin_watch_expect(&w, 0xf1000000 + k);
        telemetry_encode(&t, d->frames + (size_t)k * TELEMETRY_BYTES);
        w.windows++;
    }
    body_close(c);
}

static void bed_open(struct bed *d)
{
    struct rng r = {1};

    memset(d, 0, sizeof *d);
    for (size_t k = 0; k < N; k++) {
        d->in[k] = (struct pkt){.data = d->bytes[k], .room_bytes = ROOM};
        d->in[k].len_bytes = 20 + rng_below(&r, 80);
        for (size_t j = 0; j < d->in[k].len_bytes; j++) {
            d->bytes[k][j] = (uint8_t)rng_below(&r, 256);
        }
    }
    assert_int_equal(body_open_c(registry_find("acl"), &d->c), 0);
    twin_watch_begin(&d->w, d->c, 1000, EPOCH);
    frames_make(d);
}

/* The twin's word on 'n_bytes' of frames. */
static struct twin_verdict judge(struct bed *d, size_t n_bytes)
{
    struct fn_span in = items(d->in), out = items(d->out);
    struct twin_verdict v;

    assert_int_equal(twin_watch_run(&d->w, &in, &out, d->frames, n_bytes, &v),
                     0);
    assert_int_equal(out.n, N);
    body_close(d->c);
    return v;
}

static void assert_verdict(struct bed *d, size_t n_bytes, enum twin_kind kind,
                           uint64_t item, const char *text)
{
    struct twin_verdict v = judge(d, n_bytes);

    print_message("%s: %s\n", twin_kind_name(v.kind), v.text);
    assert_int_equal(v.kind, kind);
    assert_int_equal(v.first_item, item);
    assert_non_null(strstr(v.text, text));
}

static void frames_of_a_sound_slot_are_equal(void **state)
{
    struct bed d;

    (void)state;
    bed_open(&d);
    assert_verdict(&d, sizeof d.frames, TWIN_EQUAL, 40, "");
    assert_int_equal(d.w.windows, 4);
}

/* Frame k says 't' instead. */
static void frame_set(struct bed *d, size_t k, const struct telemetry *t)
{
    telemetry_encode(t, d->frames + k * TELEMETRY_BYTES);
}

static struct telemetry frame_get(const struct bed *d, size_t k)
{
    struct telemetry t;

    assert_null(
        telemetry_decode(d->frames + k * TELEMETRY_BYTES, TELEMETRY_BYTES, &t));
    return t;
}

static void each_field_has_its_verdict(void **state)
{
    static const struct {
        size_t word; /* of struct telemetry */
        uint32_t change;
        enum twin_kind kind;
        const char *stage, *text;
    } row[] = {
        {0, 1, TWIN_IMAGE, "", "image expected"},
        {1, 1, TWIN_IMAGE, "", "epoch expected 3 got 2"},
        {2, 4, TWIN_TELEMETRY, "", "window expected 2 got 6"},
        {4, 1, TWIN_DUPLICATED, "", "items out expected 20 got 21"},
        {4, 8, TWIN_DUPLICATED, "", "items out expected 20 got 28"},
        {4, 4, TWIN_LOST, "", "items out expected 20 got 16"},
        {5, 0x100, TWIN_LINK, "input", "items in expected 20"},
        {6, 0x100, TWIN_DIFFER, "output", "output expected"},
        {7, 1, TWIN_EQUAL, "", ""}, /* stalls */
        {8, 1, TWIN_EQUAL, "", ""},
        {9, 1, TWIN_EQUAL, "", ""}, /* clocks */
        {10, 1 << COMMON_ERRORS_HANG_SHIFT, TWIN_HANG, "", "errors 0x1"},
        {10, 1 << COMMON_ERRORS_WALK_SHIFT, TWIN_HANG, "", "errors 0x10"},
        {10, 1 << COMMON_ERRORS_VALID_SHIFT, TWIN_RESIDUAL, "", "errors 0x8"},
        {12, 1, TWIN_PARAMETER, "state", "NO_FLAGS to "},
        {13, 1, TWIN_DIFFER, "KEY", "stage KEY expected"},
        {14, 1, TWIN_DIFFER, "MATCH", "stage MATCH expected"},
        {15, 1, TWIN_EQUAL, "", ""}, /* acl has no third tap */
    };
    struct bed d;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        bed_open(&d);
        struct telemetry t = frame_get(&d, 1);
        ((uint32_t *)&t)[row[k].word] ^= row[k].change;
        frame_set(&d, 1, &t);
        struct twin_verdict v = judge(&d, sizeof d.frames);
        print_message("%zu: %s: %s\n", k, twin_kind_name(v.kind), v.text);
        assert_int_equal(v.kind, row[k].kind);
        assert_string_equal(v.stage, row[k].stage);
        assert_non_null(strstr(v.text, row[k].text));
        assert_int_equal(v.first_item, row[k].kind == TWIN_EQUAL ? 40 : 1020);
    }
}

/* What came in was other, so all behind it is: the function is not blamed. */
static void the_first_cause_is_named(void **state)
{
    struct bed d;

    (void)state;
    bed_open(&d);
    struct telemetry t = frame_get(&d, 2);
    t.sig_in ^= 1;
    t.sig_out ^= 1;
    t.tap[0] ^= 1;
    t.walk_sum ^= 1;
    frame_set(&d, 2, &t);
    assert_verdict(&d, sizeof d.frames, TWIN_LINK, 1030, "items in");
    bed_open(&d);
    t = frame_get(&d, 2);
    t.sig_out ^= 1;
    t.tap[1] ^= 1;
    t.walk_sum ^= 1;
    frame_set(&d, 2, &t);
    assert_verdict(&d, sizeof d.frames, TWIN_DIFFER, 1030, "stage MATCH");
}

static void items_that_nobody_sent_are_told(void **state)
{
    struct bed d;

    (void)state;
    bed_open(&d);
    struct telemetry t = frame_get(&d, 3);
    t.items_in = 41; /* 40 were sent */
    t.items_out = 41;
    frame_set(&d, 3, &t);
    assert_verdict(&d, sizeof d.frames, TWIN_LINK, 1030, "items in");
}

static void frames_that_are_damaged_missing_or_repeated_are_told(void **state)
{
    struct bed d;

    (void)state;
    bed_open(&d); /* cut */
    assert_verdict(&d, sizeof d.frames - 1, TWIN_TELEMETRY, 1030, "length");
    bed_open(&d); /* damaged */
    d.frames[TELEMETRY_BYTES + 9] ^= 4;
    assert_verdict(&d, sizeof d.frames, TWIN_TELEMETRY, 1010, "check");
    bed_open(&d); /* the second is missing */
    memmove(d.frames + TELEMETRY_BYTES, d.frames + 2L * TELEMETRY_BYTES,
            2L * TELEMETRY_BYTES);
    assert_verdict(&d, 3L * TELEMETRY_BYTES, TWIN_TELEMETRY, 1030,
                   "window expected 2 got 3");
    bed_open(&d); /* the first comes twice */
    memmove(d.frames + TELEMETRY_BYTES, d.frames, 3L * TELEMETRY_BYTES);
    assert_verdict(&d, sizeof d.frames, TWIN_TELEMETRY, 1010,
                   "window expected 2 got 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_a_sound_slot_are_equal),
        cmocka_unit_test(each_field_has_its_verdict),
        cmocka_unit_test(the_first_cause_is_named),
        cmocka_unit_test(items_that_nobody_sent_are_told),
        cmocka_unit_test(frames_that_are_damaged_missing_or_repeated_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
