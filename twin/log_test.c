/*
 * log_test.c - two recorded files of telemetry against each other: equal ones,
 * one that differs, and ones that are cut, repeated, out of order, or of
 * another boot or image.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/wire/file.h"
#include "tests/capture.h"
#include "twin/log.h"

enum { FRAMES = 6, ITEMS = 100 };

static char path[2][40] = {"/tmp/precast-log-a-XXXXXX",
                           "/tmp/precast-log-b-XXXXXX"};

static int make_paths(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        int fd = mkstemp(path[k]);
        if (fd < 0 || close(fd) < 0) {
            return -1;
        }
    }
    return 0;
}

static int remove_paths(void **state)
{
    (void)state;
    return unlink(path[0]) + unlink(path[1]);
}

/* What is done to a frame before it is written. */
struct fault {
    const char *why;
    int frame;                 /* which one; -1: every */
    uint32_t image, epoch, in; /* XOR */
    uint32_t tap, out, walk, errors;
    uint32_t window; /* added */
    size_t cut;      /* bytes that are missing at its end */
    uint32_t flip;   /* XOR into its byte 20, behind its check */
    int times;       /* how often it comes, less one */
    const char *fn;  /* function, if another */
    enum twin_kind kind;
    const char *stage, *text; /* a part of it */
    uint64_t first_item;
};

static void put(struct wire_writer *w, struct wire_record r)
{
    r.node = wire_text("acl");
    assert_int_equal(wire_put(w, &r), 0);
}

static void write_run(int which, const struct fault *f, bool append)
{
    struct wire_writer *w;

    assert_int_equal(wire_create(path[which], append, &w), 0);
    put(w, (struct wire_record){.type = WIRE_RUN});
    put(w, (struct wire_record){.type = WIRE_SET,
                                .text = wire_text("NO_MATCH=0x0 N_RULES=0x3")});
    put(w,
        (struct wire_record){.type = WIRE_IMAGE,
                             .fn = wire_text(f->fn != NULL ? f->fn : "acl")});
    for (int k = 0; k < FRAMES; k++) {
        bool hit = f->frame < 0 || f->frame == k;
        uint32_t n = (uint32_t)(k + 1);
        struct telemetry t = {
            .image = 0xabc ^ (hit ? f->image : 0),
            .epoch = 7 ^ (hit ? f->epoch : 0),
            .window = n + (hit ? f->window : 0),
            .items_in = ITEMS * n,
            .items_out = ITEMS * n,
            .sig_in = 0x1000 * n ^ (hit ? f->in : 0),
            .sig_out = 0x2000 * n ^ (hit ? f->out : 0),
            .errors = hit ? f->errors : 0,
            .walk_sum = 0x3000 * n ^ (hit ? f->walk : 0),
            .tap = {0x4000 * n ^ (hit ? f->tap : 0)},
        };
        uint8_t frame[TELEMETRY_BYTES];
        telemetry_encode(&t, frame);
        frame[20] ^= (uint8_t)(hit ? f->flip : 0);
        for (int j = 0; j <= (hit ? f->times : 0); j++) {
            put(w, (struct wire_record){
                       .type = WIRE_TELEMETRY,
                       .item = ITEMS * n,
                       .data = {frame, sizeof frame - (hit ? f->cut : 0)}});
        }
        if (k == 2) {
            put(w, (struct wire_record){.type = WIRE_SET,
                                        .item = ITEMS * n,
                                        .text = wire_text("NO_MATCH=0x1")});
        }
    }
    assert_int_equal(wire_close(w), 0);
}

static void write_log(int which, const struct fault *f)
{
    write_run(which, f, false);
}

static struct twin_log_verdict compare(char node[32])
{
    struct twin_log *a, *b;
    struct twin_log_verdict r;

    assert_int_equal(twin_log_open(path[0], &a), 0);
    assert_int_equal(twin_log_open(path[1], &b), 0);
    r = twin_log_compare(a, b);
    (void)snprintf(node, 32, "%s", r.node);
    r.node = node;
    twin_log_close(a);
    twin_log_close(b);
    return r;
}

static void each_fault_has_its_verdict(void **state)
{
    static const struct fault row[] = {
        {.why = "equal", .frame = 0, .kind = TWIN_EQUAL},
        {.why = "stage",
         .frame = 3,
         .tap = 1,
         .kind = TWIN_DIFFER,
         .stage = "KEY",
         .first_item = 400},
        {.why = "output",
         .frame = 4,
         .out = 1,
         .kind = TWIN_DIFFER,
         .stage = "output",
         .first_item = 500},
        {.why = "state",
         .frame = 1,
         .walk = 1,
         .kind = TWIN_PARAMETER,
         .stage = "state",
         .first_item = 200},
        {.why = "another input",
         .frame = 2,
         .in = 1,
         .kind = TWIN_INCOMPARABLE,
         .stage = "input",
         .first_item = 300},
        {.why = "another image",
         .frame = -1,
         .image = 1,
         .kind = TWIN_IMAGE,
         .first_item = 100},
        {.why = "another boot",
         .frame = 3,
         .epoch = 1,
         .kind = TWIN_IMAGE,
         .first_item = 400},
        {.why = "cut",
         .frame = 2,
         .cut = 5,
         .kind = TWIN_TELEMETRY,
         .text = "another length",
         .first_item = 300},
        {.why = "all of it cut",
         .frame = 2,
         .cut = TELEMETRY_BYTES,
         .kind = TWIN_TELEMETRY,
         .text = "no frame",
         .first_item = 300},
        {.why = "damaged",
         .frame = 5,
         .flip = 0x10,
         .kind = TWIN_TELEMETRY,
         .text = "check is wrong",
         .first_item = 600},
        {.why = "repeated",
         .frame = 2,
         .times = 1,
         .kind = TWIN_TELEMETRY,
         .text = "came again",
         .first_item = 300},
        {.why = "out of order",
         .frame = 3,
         .window = (uint32_t)-2,
         .kind = TWIN_TELEMETRY,
         .text = "came again",
         .first_item = 400},
        {.why = "one is missing",
         .frame = 3,
         .window = 1,
         .kind = TWIN_TELEMETRY,
         .text = "follows a gap",
         .first_item = 400},
        {.why = "a guard of the slot",
         .frame = 4,
         .errors = 2,
         .kind = TWIN_RESIDUAL,
         .first_item = 500},
        {.why = "another function",
         .frame = 0,
         .fn = "bridge",
         .kind = TWIN_INCOMPARABLE},
        {.why = "no function",
         .frame = 0,
         .fn = "none",
         .kind = TWIN_INCOMPARABLE},
    };

    (void)state;
    write_log(1, &row[0]);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char node[32];
        write_log(0, &row[k]);
        struct twin_log_verdict r = compare(node);
        print_message("%s: %s %s\n", row[k].why, twin_kind_name(r.v.kind),
                      r.v.text);
        assert_int_equal(r.v.kind, row[k].kind);
        if (row[k].stage != NULL) {
            assert_string_equal(r.v.stage, row[k].stage);
        }
        if (row[k].text != NULL) {
            assert_non_null(strstr(r.v.text, row[k].text));
        }
        if (row[k].first_item != 0) {
            assert_int_equal(r.v.first_item, row[k].first_item);
            assert_string_equal(r.node, "acl");
            assert_string_equal(r.set, row[k].first_item > 300
                                           ? "N_RULES=0x3 NO_MATCH=0x1"
                                           : "NO_MATCH=0x0 N_RULES=0x3");
        }
        if (k == 0) {
            assert_int_equal(r.n_compared, FRAMES);
        }
    }
}

static void a_cut_file_is_compared_as_far_as_it_goes(void **state)
{
    const struct fault none = {.frame = 0};
    char node[32];

    (void)state;
    write_log(0, &none);
    write_log(1, &none);
    assert_int_equal(truncate(path[0], 500), 0);
    struct twin_log_verdict r = compare(node);
    assert_int_equal(r.v.kind, TWIN_EQUAL);
    assert_true(r.n_compared > 1 && r.n_compared < FRAMES);
    assert_int_equal(truncate(path[0], 10), 0); /* nothing left */
    assert_int_equal(compare(node).v.kind, TWIN_INCOMPARABLE);
}

static void of_several_runs_in_a_file_the_last_counts(void **state)
{
    const struct fault none = {.frame = 0}, bad = {.frame = 1, .out = 1};
    char node[32];

    (void)state;
    write_log(1, &none);
    write_run(0, &bad, false);
    assert_int_equal(compare(node).v.kind, TWIN_DIFFER);
    write_run(0, &none, true);
    struct twin_log_verdict r = compare(node);
    assert_int_equal(r.v.kind, TWIN_EQUAL);
    assert_int_equal(r.n_compared, FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_verdict),
        cmocka_unit_test(of_several_runs_in_a_file_the_last_counts),
        cmocka_unit_test(a_cut_file_is_compared_as_far_as_it_goes),
    };

    return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
