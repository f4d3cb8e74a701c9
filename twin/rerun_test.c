/* rerun_test.c - recorded items run again from any moment, bit for bit. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/registry.h"
#include "core/wire/items.h"
#include "tests/capture.h"
#include "twin/history.h"
#include "twin/history_read.h"
#include "twin/rerun.h"

static char dir[] = "/tmp/precast-replay-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct wire_record record(enum wire_type type, uint64_t item)
{
    return (struct wire_record){.type = type,
                                .t_ns = 1700000000000000000 + item,
                                .node = wire_text("acl"),
                                .item = item};
}

struct rig {
    struct history *h;
    const struct fn *fn;
    struct body *c;
    struct rng r;
    uint8_t bytes[FN_BURST_PKT][2048];
    struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
};

static void put_state(struct rig *g, uint64_t item)
{
    struct blob b = {0};
    static uint8_t data[1 << 20];

    assert_int_equal(body_save(g->c, &b), 0);
    assert_true(4 * b.n <= sizeof data);
    wire_words_put(b.words, b.n, data);
    struct wire_record r = record(WIRE_CHECKPOINT, item);
    r.fn = wire_text(g->fn->csr->name);
    r.layout = b.layout;
    r.data = (struct wire_bytes){data, 4 * b.n};
    assert_int_equal(history_put(g->h, &r), 0);
    blob_close(&b);
}

/* A burst of the function's stimulus, through the body and the history. */
static void put_burst(struct rig *g, uint64_t item, size_t n)
{
    static uint8_t data[FN_BURST_PKT * 2100];
    struct fn_span in = {.type = FN_PKT, .items = g->in, .n = n, .item0 = item};
    struct fn_span out = {.type = FN_PKT, .items = g->out, .cap = n};

    for (size_t k = 0; k < n; k++) {
        g->in[k] =
            (struct pkt){.data = g->bytes[k], .room_bytes = sizeof g->bytes[k]};
        g->fn->packet(&g->r, &g->in[k]);
        g->out[k] = (struct pkt){.data = NULL}; /* in place */
    }
    struct wire_record r = record(WIRE_INPUT, item);
    r.count = n;
    r.data = (struct wire_bytes){data, wire_items_bytes(&in)};
    wire_items_put(&in, data);
    assert_int_equal(history_put(g->h, &r), 0);
    assert_int_equal(body_run(g->c, &in, &out), 0);
    r = record(WIRE_OUTPUT, item);
    r.count = n;
    r.digest = wire_digest(&out);
    assert_int_equal(history_put(g->h, &r), 0);
}

static void put_write(struct rig *g, uint64_t item, uint32_t offset,
                      uint32_t value)
{
    uint32_t pair[2] = {offset, value};
    uint8_t data[8];
    struct wire_record r = record(WIRE_SET, item);

    wire_words_put(pair, 2, data);
    r.fn = (struct wire_text){"acl", 3};
    r.data = (struct wire_bytes){data, 8};
    assert_int_equal(history_put(g->h, &r), 0);
    assert_int_equal(body_write(g->c, offset, value), 0);
}

struct check {
    const struct history_window *h;
    size_t equal, differ;
};

static int check_burst(void *ctx, const struct fn_span *in,
                       const struct fn_span *out)
{
    struct check *c = ctx;

    for (size_t k = 0; k < c->h->n_marks; k++) {
        const struct history_mark *m = &c->h->mark[k];
        if (m->item == in->item0 && m->n == in->n) {
            c->equal += m->digest == wire_digest(out);
            c->differ += m->digest != wire_digest(out);
        }
    }
    return 0;
}

static void any_moment_runs_again_bit_for_bit(void **state)
{
    struct rig *g = calloc(1, sizeof *g);
    uint32_t no_match = 0x80; /* NO_MATCH of acl */
    struct capture c;

    (void)state;
    assert_non_null(g);
    assert_int_equal(
        history_open(&(struct history_config){.dir = dir,
                                              .raw_bytes = HISTORY_BYTES_MIN,
                                              .chain = "t"},
                     &g->h),
        0);
    g->fn = registry_find("acl");
    g->r = (struct rng){1};
    assert_int_equal(body_open_c(g->fn, &g->c), 0);
    struct write_list w = {0};
    assert_int_equal(g->fn->setup(&g->r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, g->c), 0);
    write_list_close(&w);
    for (uint64_t k = 0; k < 40; k++) {
        if (k % 4 == 0) {
            put_state(g, 100 + k * 50);
        }
        put_burst(g, 100 + k * 50, 50);
        put_write(g, 150 + k * 50, no_match, (uint32_t)k % 2);
    }
    assert_int_equal(history_close(g->h), 0);
    for (uint64_t from = 100; from < 2100; from += 37) {
        struct history_window h;
        struct body *b;
        uint64_t cut[64];
        uint64_t to = from + 400 < 2100 ? from + 400 : 2100;
        assert_int_equal(history_window(dir, "acl", from, to, &h), 0);
        assert_true(h.w.in.item0 <= from && from - h.w.in.item0 < 200);
        assert_int_equal(h.w.in.item0 + h.w.in.n, to);
        for (size_t k = 0; k < h.n_marks; k++) {
            cut[k] = h.mark[k].item + h.mark[k].n;
        }
        struct check check = {.h = &h};
        const struct twin_rerun how = {.cut = cut,
                                       .n_cuts = h.n_marks,
                                       .each = check_burst,
                                       .ctx = &check};
        assert_int_equal(body_open_c(g->fn, &b), 0);
        assert_int_equal(body_load(b, &h.w.start), 0);
        assert_int_equal(twin_rerun(&h.w, b, &how), 0);
        assert_int_equal(check.differ, 0);
        assert_true(check.equal >= (to - h.w.in.item0) / 50);
        body_close(b);
        /* One bit of one packet, and it is noticed: the check can fail. */
        ((struct pkt *)h.w.in.items)[0].in_port ^= 1;
        check = (struct check){.h = &h};
        assert_int_equal(body_open_c(g->fn, &b), 0);
        assert_int_equal(body_load(b, &h.w.start), 0);
        assert_int_equal(twin_rerun(&h.w, b, &how), 0);
        assert_int_equal(check.differ, 1);
        body_close(b);
        history_window_close(&h);
    }
    struct history_window h;
    capture_begin(&c);
    int before = history_window(dir, "acl", 99, 200, &h);
    int behind = history_window(dir, "acl", 2200, 2300, &h);
    int other = history_window(dir, "router", 100, 200, &h);
    capture_end(&c);
    assert_int_equal(before, ERR_NOT_FOUND);
    assert_int_equal(behind, ERR_NOT_FOUND);
    assert_int_equal(other, ERR_NOT_FOUND);
    body_close(g->c);
    free(g);
}

/* Records whose checks are right and whose contents lie. */
static void lying_records_are_refused(void **state)
{
    static const struct {
        const char *why, *fn;
        uint32_t layout; /* XOR */
        size_t state_cut, items_cut;
        uint64_t count;
        int err;
    } row[] = {
        {"all is well", "acl", 0, 0, 0, 1, 0},
        {"an unknown function", "none", 0, 0, 0, 1, ERR_BAD_INPUT},
        {"another layout", "acl", 1, 0, 0, 1, ERR_BAD_INPUT},
        {"half a word of state", "acl", 0, 2, 0, 1, ERR_BAD_INPUT},
        {"more items than bytes", "acl", 0, 0, 0, 2, ERR_BAD_INPUT},
        {"2^60 items", "acl", 0, 0, 0, 1ull << 60, ERR_BAD_INPUT},
        {"an item that is cut", "acl", 0, 0, 1, 1, ERR_BAD_INPUT},
    };
    const struct fn *fn = registry_find("acl");
    uint8_t state_data[4096], items[256], bytes[64] = {0};
    struct pkt p = {.data = bytes, .len_bytes = sizeof bytes};
    struct fn_span in = {.type = FN_PKT, .items = &p, .n = 1};
    struct body *b;
    struct blob blob;

    (void)state;
    assert_int_equal(body_open_c(fn, &b), 0);
    assert_int_equal(body_save(b, &blob), 0);
    assert_true(4 * blob.n <= sizeof state_data);
    wire_words_put(blob.words, blob.n, state_data);
    wire_items_put(&in, items);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct history *h;
        struct history_window w;
        struct capture c;
        struct wire_record r = record(WIRE_CHECKPOINT, 0);
        print_message("%s\n", row[k].why);
        assert_int_equal(
            history_open(&(struct history_config){.dir = dir, .chain = "t"},
                         &h),
            0);
        r.fn = wire_text(row[k].fn);
        r.layout = fn->csr->version ^ row[k].layout;
        r.data = (struct wire_bytes){state_data, 4 * blob.n - row[k].state_cut};
        assert_int_equal(history_put(h, &r), 0);
        r = record(WIRE_INPUT, 0);
        r.count = row[k].count;
        r.data = (struct wire_bytes){items,
                                     wire_items_bytes(&in) - row[k].items_cut};
        assert_int_equal(history_put(h, &r), 0);
        assert_int_equal(history_close(h), 0);
        capture_begin(&c);
        int err = history_window(dir, "acl", 0, 1, &w);
        capture_end(&c);
        assert_int_equal(err, row[k].err);
        if (err == 0) {
            history_window_close(&w);
        }
    }
    blob_close(&blob);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_moment_runs_again_bit_for_bit),
        cmocka_unit_test(lying_records_are_refused),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
