/*
 * vanish_test.c - a device that vanishes, hangs or answers garbage at any step
 * of a move or after it: the move is undone or completed, the node goes on in
 * software, and every item leaves once, in order and right.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/chain/node.h"

enum {
    ITEMS = 400,
    BURST = 20,
    UP = 40,    /* item at which the move begins */
    DOWN = 240, /* ... and that back */
    SHADOW = 60,
    ROOM = 2048,
    SEED = 3,
};

enum way { VANISHES, HANGS, LIES };

/* A device in front of a simulated one, which fails from call 'calls' on. */
struct flaky {
    struct device device;
    struct device *inner;
    enum way way;
    long calls; /* left; counts on below 0 */
    struct rng rng;
};

struct flaky_body {
    struct body body;
    struct body *inner;
    struct flaky *flaky;
};

/* The error of this call, 0 while the device is well. */
static int fails(struct flaky *f)
{
    bool ill = f->calls-- <= 0;

    return !ill                 ? 0
           : f->way == VANISHES ? ERR_DEVICE
           : f->way == HANGS    ? ERR_HANG
                                : 1;
}

static int flaky_write_n(struct body *b, uint32_t offset,
                         const uint32_t *values, size_t n)
{
    struct flaky_body *f = (struct flaky_body *)b;
    int err = fails(f->flaky);

    return err != 0 ? (err < 0 ? err : 0)
                    : body_write_n(f->inner, offset, values, n);
}

static int flaky_read_n(struct body *b, uint32_t offset, uint32_t *values,
                        size_t n)
{
    struct flaky_body *f = (struct flaky_body *)b;
    int err = fails(f->flaky);

    for (size_t k = 0; err > 0 && k < n; k++) {
        values[k] = (uint32_t)rng_next(&f->flaky->rng);
    }
    return err > 0   ? 0
           : err < 0 ? err
                     : body_read_n(f->inner, offset, values, n);
}

static int flaky_run(struct body *b, const struct fn_span *in,
                     struct fn_span *out)
{
    struct flaky_body *f = (struct flaky_body *)b;
    int err = fails(f->flaky);

    if (err < 0) {
        out->n = rng_below(&f->flaky->rng, 2); /* a little, or nothing */
        for (size_t k = 0; k < out->n; k++) {
            struct fn_span one = *in, one_out = *out;
            one.n = 1;
            (void)body_run(f->inner, &one, &one_out);
        }
        return err;
    }
    int inner = body_run(f->inner, in, out);
    for (size_t k = 0; err > 0 && k < out->n; k++) {
        struct pkt *p = (struct pkt *)out->items + k;
        pkt_set_user(p, rng_next(&f->flaky->rng));
        p->flags &= (uint16_t)~PKT_UNSTABLE;
    }
    if (err > 0 && rng_below(&f->flaky->rng, 2) == 0) {
        out->n = rng_below(&f->flaky->rng, (uint32_t)in->n + 1);
    }
    return inner;
}

static uint32_t flaky_capacity(struct body *b, size_t table)
{
    return body_capacity(((struct flaky_body *)b)->inner, table);
}

static void flaky_close(struct body *b)
{
    body_close(((struct flaky_body *)b)->inner);
    free(b);
}

static int flaky_load(struct device *d, uint32_t slot, const struct fn *fn,
                      struct body **out)
{
    static const struct body_ops ops = {
        .kind = "rtl",
        .write_n = flaky_write_n,
        .read_n = flaky_read_n,
        .run = flaky_run,
        .capacity = flaky_capacity,
        .close = flaky_close,
    };
    struct flaky *f = (struct flaky *)d;
    struct flaky_body *b = calloc(1, sizeof *b);
    int err = fails(f);

    assert_non_null(b);
    *b = (struct flaky_body){.body = {.ops = &ops, .fn = fn}, .flaky = f};
    err = err < 0 ? err_say(err, "the device is gone")
                  : device_load(f->inner, slot, fn, &b->inner);
    if (err < 0) {
        free(b);
        return err;
    }
    *out = &b->body;
    return 0;
}

static int flaky_counters(struct device *d, uint32_t slot,
                          struct slot_counters *out)
{
    struct flaky *f = (struct flaky *)d;
    int err = fails(f);

    return err < 0 ? err : device_counters(f->inner, slot, out);
}

/* --- runs ------------------------------------------------------------------
 */

struct packets {
    struct pkt in[2][BURST], out[2][BURST];
    uint8_t bytes[2][BURST][ROOM];
};

static void fill(struct packets *p, const struct fn *fn, struct rng *r,
                 uint64_t item, struct fn_span in[2])
{
    for (size_t k = 0; k < BURST; k++) {
        p->in[0][k] = (struct pkt){
            .data = p->bytes[0][k], .room_bytes = ROOM, .item = item + k};
        fn->packet(r, &p->in[0][k]);
        p->in[1][k] = p->in[0][k];
        p->in[1][k].data = p->bytes[1][k];
        memcpy(p->bytes[1][k], p->bytes[0][k], p->in[0][k].len_bytes);
        p->out[0][k] = (struct pkt){.data = NULL};
    }
    for (int j = 0; j < 2; j++) {
        in[j] = (struct fn_span){.type = FN_PKT,
                                 .items = p->in[j],
                                 .n = BURST,
                                 .cap = BURST,
                                 .item0 = item};
    }
}

/*
 * One run; the number of calls the device got while it was well, when 'calls'
 * is large enough for all of them.
 */
static long run(const struct fn *fn, enum chain_twin twin, enum way way,
                long calls)
{
    struct device_config config = {.n_slots = 1, .width_bits = 64};
    static const struct device_ops ops = {
        .kind = "flaky", .load = flaky_load, .counters = flaky_counters};
    struct flaky flaky = {
        .device = {&ops, 1}, .way = way, .calls = calls, .rng = {SEED}};
    struct chain_vertex v = {.kind = CHAIN_NODE, .name = "n", .fn = fn};
    struct packets *p = calloc(1, sizeof *p);
    struct report report = {.json = true};
    struct rng r = {SEED};
    char *text = NULL;
    size_t n_text;
    struct body *alone;
    struct node *node;

    report.out = open_memstream(&text, &n_text);
    assert_true(p != NULL && report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &flaky.inner), 0);
    assert_int_equal(body_open_c(fn, &alone), 0);
    assert_int_equal(fn->setup(&r, write_list_emit, &v.set), 0);
    assert_int_equal(write_list_apply(&v.set, alone), 0);
    assert_int_equal(node_open(&v, twin, &report, &node), 0);
    for (uint64_t item = 0; item < ITEMS; item += BURST) {
        struct fn_span in[2];
        struct fn_span want = {
            .type = FN_PKT, .items = p->out[0], .cap = BURST};
        struct fn_span got = {.type = FN_PKT, .items = p->out[1], .cap = BURST};
        if (item == UP) {
            node_concretize(node, &flaky.device, "f", 0, SHADOW, true);
        }
        if (item == DOWN) {
            node_virtualize(node, SHADOW);
        }
        fill(p, fn, &r, item, in);
        assert_int_equal(body_run(alone, &in[0], &want), 0);
        assert_int_equal(node_run(node, &in[1], &got), 0);
        assert_int_equal(got.n, BURST);
        for (size_t k = 0; k < BURST; k++) {
            const struct pkt *x = &p->out[0][k], *y = &p->out[1][k];
            /* What no twin watches, only a device that says so is caught. */
            if (way == LIES && twin != CHAIN_TWIN_CHECKED) {
                continue;
            }
            assert_int_equal(y->item, x->item);
            assert_int_equal(pkt_user(x), pkt_user(y));
            assert_int_equal(x->len_bytes, y->len_bytes);
            assert_memory_equal(x->data, y->data, x->len_bytes);
        }
    }
    node_finish(node);
    node_close(node);
    assert_int_equal(fclose(report.out), 0);
    if (flaky.calls < 0) {
        /* It was told, in one way or another, and not more than once a move. */
        assert_true(strstr(text, "\"refused\"") != NULL ||
                    strstr(text, "\"quarantine\"") != NULL ||
                    strstr(text, "\"lost\"") != NULL);
    }
    free(text);
    write_list_close(&v.set);
    body_close(alone);
    device_close(flaky.inner);
    free(p);
    return calls - flaky.calls;
}

static void at_every_call(enum way way)
{
    static const char *const fns[] = {"acl", "bridge"};

    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        const struct fn *fn = registry_find(fns[f]);
        for (int twin = 0; twin < 3; twin++) {
            long all = run(fn, (enum chain_twin)twin, way, 1 << 30);
            print_message("%s, twin %d: %ld calls\n", fns[f], twin, all);
            assert_true(all > 20);
            /* Without a twin a bridge's state goes with its device. */
            if (twin == CHAIN_TWIN_OFF && f == 1) {
                continue;
            }
            for (long calls = 0; calls <= all; calls++) {
                (void)run(fn, (enum chain_twin)twin, way, calls);
            }
        }
    }
}

static void a_device_that_vanishes_takes_nothing_with_it(void **state)
{
    (void)state;
    at_every_call(VANISHES);
}

static void a_device_that_hangs_takes_nothing_with_it(void **state)
{
    (void)state;
    at_every_call(HANGS);
}

static void a_device_that_lies_is_not_believed(void **state)
{
    (void)state;
    at_every_call(LIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_vanishes_takes_nothing_with_it),
        cmocka_unit_test(a_device_that_hangs_takes_nothing_with_it),
        cmocka_unit_test(a_device_that_lies_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
