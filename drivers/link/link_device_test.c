/*
 * link_device_test.c - functions in slots behind a link give what their C
 * bodies give, on a good wire and on a bad one.
 */
#include "drivers/link/link_device_check.h"

#include <stdlib.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "scale_csr.h"
#include "tests/capture.h"
#include "tests/sanitize.h"

enum {
    ROOM = 2048,
    N_PACKETS = SANITIZED ? 5000 : 20000,
    N_BURSTS_IQ = SANITIZED ? 5 : 25,
    PERMILLE = 20,
};

struct buffers {
    struct iq16 iq[3][FN_BURST_IQ];
    struct pkt pkt[3][FN_BURST_PKT];
    uint8_t bytes[3][FN_BURST_PKT][ROOM];
};

static struct fn_span span_of(struct buffers *b, int k, enum fn_type type)
{
    bool packets = type == FN_PKT;

    for (size_t j = 0; packets && j < FN_BURST_PKT; j++) {
        b->pkt[k][j] = (struct pkt){.data = b->bytes[k][j], .room_bytes = ROOM};
    }
    return (struct fn_span){
        .type = type,
        .items = packets ? (void *)b->pkt[k] : (void *)b->iq[k],
        .cap = packets ? FN_BURST_PKT : FN_BURST_IQ,
    };
}

static void fill(struct buffers *b, const struct fn *fn, struct rng *r,
                 struct fn_span *in)
{
    in->n = 1 + rng_below(r, (uint32_t)in->cap);
    for (size_t k = 0; k < in->n; k++) {
        uint64_t bits = rng_next(r);
        if (in->type == FN_PKT) {
            fn->packet(r, &b->pkt[0][k]);
            b->pkt[0][k].t_ns = bits;
        } else {
            b->iq[0][k] = (struct iq16){(int16_t)bits, (int16_t)(bits >> 16)};
        }
    }
}

static void assert_same(const struct fn_span *a, const struct fn_span *b)
{
    assert_int_equal(a->n, b->n);
    if (a->type != FN_PKT) {
        assert_memory_equal(a->items, b->items, a->n * sizeof(struct iq16));
        return;
    }
    for (size_t k = 0; k < a->n; k++) {
        const struct pkt *x = (const struct pkt *)a->items + k;
        const struct pkt *y = (const struct pkt *)b->items + k;
        assert_int_equal(x->len_bytes, y->len_bytes);
        assert_int_equal(pkt_user(x), pkt_user(y));
        assert_int_equal(x->t_ns, y->t_ns);
        assert_memory_equal(x->data, y->data, x->len_bytes);
    }
}

static void setup_both(const struct fn *fn, struct body *c, struct body *rtl)
{
    struct write_list w = {0};
    struct rng r = {7};

    assert_int_equal(fn->setup(&r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, c), 0);
    assert_int_equal(write_list_apply(&w, rtl), 0);
    write_list_close(&w);
}

static void assert_same_state(struct body *c, struct body *rtl)
{
    struct blob x, y;

    assert_int_equal(body_save(c, &x), 0);
    assert_int_equal(body_save(rtl, &y), 0);
    assert_int_equal(blob_differs(&x, &y), -1);
    blob_close(&x);
    blob_close(&y);
}

/* The same items through the C body and through the slot of 'f'. */
static void compare(struct far *f, const char *name, size_t n_items)
{
    const struct fn *fn = registry_find(name);
    struct buffers *b = calloc(1, sizeof *b);
    struct body *rtl = far_load(f, 1, name);
    struct body *c = NULL;
    struct slot_counters counted;
    struct rng r = {3};
    size_t items = 0;

    assert_non_null(b);
    assert_int_equal(body_open_c(fn, &c), 0);
    setup_both(fn, c, rtl);
    while (items < n_items) {
        struct fn_span in = span_of(b, 0, fn->csr->in);
        struct fn_span out_c = span_of(b, 1, fn->csr->out);
        struct fn_span out_rtl = span_of(b, 2, fn->csr->out);
        fill(b, fn, &r, &in);
        items += in.n;
        assert_int_equal(body_run(rtl, &in, &out_rtl), 0);
        assert_int_equal(body_run(c, &in, &out_c), 0);
        assert_same(&out_c, &out_rtl);
    }
    assert_same_state(c, rtl);
    assert_int_equal(device_counters(f->device, 1, &counted), 0);
    assert_int_equal(counted.items_in, items);
    assert_int_equal(counted.items_out, items);
    body_close(rtl);
    body_close(c);
    free(b);
}

static void a_function_behind_a_link_is_its_c_body(void **state)
{
    struct far f;

    (void)state;
    far_open(&f, 0);
    compare(&f, "acl", N_PACKETS);
    compare(&f, "scale", (size_t)N_BURSTS_IQ * FN_BURST_IQ);
    struct link_counters host = link_device_link(f.device);
    struct link_counters fabric = fabric_link(f.fabric);
    /* On a good wire nothing is found wrong and nothing is sent twice. */
    assert_int_equal(host.hunts + host.bad_payloads + host.gaps, 0);
    assert_int_equal(fabric.hunts + fabric.bad_payloads + fabric.gaps, 0);
    far_close(&f);
}

static void a_function_behind_a_bad_wire_is_its_c_body(void **state)
{
    struct far f;

    (void)state;
    far_open(&f, PERMILLE);
    compare(&f, "acl", N_PACKETS);
    compare(&f, "scale", (size_t)N_BURSTS_IQ * FN_BURST_IQ);
    struct link_counters host = link_device_link(f.device);
    struct link_counters fabric = fabric_link(f.fabric);
    assert_true(host.hunts > 0 && fabric.hunts > 0);
    assert_true(host.bad_payloads > 0 && fabric.bad_payloads > 0);
    assert_true(host.bytes_resent > 0 && fabric.bytes_resent > 0);
    for (int k = 0; k < 2; k++) {
        struct faulty_counters c = faulty_counted(f.damaged[k]);
        for (int j = 0; j < FAULTY_KINDS; j++) {
            print_message("%s %llu\n", faulty_names[j],
                          (unsigned long long)c.injected[j]);
            assert_true(SANITIZED || c.injected[j] > 0);
        }
    }
    far_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_behind_a_link_is_its_c_body),
        cmocka_unit_test(a_function_behind_a_bad_wire_is_its_c_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
