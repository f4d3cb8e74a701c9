/*
 * fabric_test.c - the fabric's end by hand: records in, records out, and bytes
 * that no host would send.
 */
#include "drivers/link/link_device_check.h"

#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "core/base/bytes.h"
#include "drivers/link/link_check.h"

enum { ANSWER_MOST = 70000 };

/* A device whose slots are C bodies, which hang when told to. */
struct fake_body {
    struct body body;
    struct body *c;
    struct fake *fake;
};

struct fake {
    struct device device;
    bool hangs, reads_fail;
    int load_error;
    int n_open;
};

struct by_hand {
    struct fake fake;
    struct fabric *fabric;
    struct link_port port;
    struct record_in in;
    struct record record; /* the last answer */
    uint8_t data[ANSWER_MOST];
    size_t n_data;
};

static int fake_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                        size_t n)
{
    const struct fake_body *f = (struct fake_body *)b;

    return f->fake->reads_fail ? ERR_HANG
                               : body_write_n(f->c, offset, values, n);
}

static int fake_read_n(struct body *b, uint32_t offset, uint32_t *values,
                       size_t n)
{
    const struct fake_body *f = (struct fake_body *)b;

    return f->fake->reads_fail ? ERR_HANG
                               : body_read_n(f->c, offset, values, n);
}

/* Packets come back longer by one byte, so that copies show. */
static int fake_run(struct body *b, const struct fn_span *in,
                    struct fn_span *out)
{
    const struct fake_body *f = (struct fake_body *)b;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    out->n = f->fake->hangs ? 1 : in->n;
    for (size_t k = 0; k < out->n; k++) {
        assert_true(y[k].room_bytes > x[k].len_bytes);
        memcpy(y[k].data, x[k].data, x[k].len_bytes);
        y[k].data[x[k].len_bytes] = '!';
        y[k].len_bytes = x[k].len_bytes + 1;
        pkt_set_user(&y[k], pkt_user(&x[k]) + 1);
    }
    return f->fake->hangs ? ERR_HANG : 0;
}

static void fake_close(struct body *b)
{
    struct fake_body *f = (struct fake_body *)b;

    f->fake->n_open--;
    body_close(f->c);
    free(f);
}

static int fake_load(struct device *d, uint32_t slot, const struct fn *fn,
                     struct body **out)
{
    static const struct body_ops ops = {
        .kind = "rtl",
        .write_n = fake_write_n,
        .read_n = fake_read_n,
        .run = fake_run,
        .close = fake_close,
    };
    struct fake *fake = (struct fake *)d;
    struct fake_body *f = NULL;

    (void)slot;
    if (fake->load_error < 0) {
        return fake->load_error;
    }
    f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(body_open_c(fn, &f->c), 0);
    f->body = (struct body){.ops = &ops, .fn = fn};
    f->fake = fake;
    fake->n_open++;
    *out = &f->body;
    return 0;
}

static void turn(struct by_hand *h)
{
    assert_true(link_port_pump(&h->port) >= 0);
    assert_true(fabric_step(h->fabric) >= 0);
}

static int hand_open(void **state)
{
    static const struct device_ops ops = {.kind = "fake", .load = fake_load};
    struct by_hand *h = *state;
    struct fabric_config fabric = {.width_bits = 64};
    struct link_config link = {LINK_HOST, 1, 1 << 20, 1 << 20, 100000};
    struct transport *near, *far;

    *h = (struct by_hand){.in.from_fabric = true};
    h->fake.device = (struct device){&ops, 2};
    fabric.device = &h->fake.device;
    assert_int_equal(memory_pair(1 << 16, &near, &far), 0);
    assert_int_equal(fabric_open(far, &fabric, &h->fabric), 0);
    assert_int_equal(link_port_open(near, &link, &h->port), 0);
    while (!link_is_up(h->port.link)) {
        turn(h);
    }
    return 0;
}

static int hand_close(void **state)
{
    struct by_hand *h = *state;

    link_port_close(&h->port);
    fabric_close(h->fabric);
    assert_int_equal(h->fake.n_open, 0);
    return 0;
}

static void post(struct by_hand *h, const struct record *r, const void *data,
                 size_t n)
{
    struct record_out out;

    record_begin(&out, false, r, data, n);
    while (!record_push(&out, h->port.link)) {
        turn(h);
    }
}

/* The next answer, with its data. */
static enum record_op hear_answer(struct by_hand *h)
{
    h->n_data = 0;
    while (record_next(&h->in, h->port.link, &h->record) == 0) {
        turn(h);
    }
    while (h->in.left > 0) {
        h->n_data += record_data(&h->in, h->port.link, h->data + h->n_data,
                                 sizeof h->data - h->n_data);
        turn(h);
    }
    return h->record.op;
}

static uint8_t load(struct by_hand *h, uint8_t slot, const char *text)
{
    struct record r = {.op = RECORD_LOAD, .slot = slot};

    post(h, &r, text, strlen(text));
    assert_int_equal(hear_answer(h), RECORD_LOAD);
    assert_int_equal(h->record.slot, slot);
    return h->record.status;
}

static uint8_t read_one(struct by_hand *h, uint8_t slot, uint8_t address,
                        uint16_t count)
{
    struct record r = {
        .op = RECORD_READ, .slot = slot, .address = address, .count = count};

    post(h, &r, NULL, 0);
    assert_int_equal(hear_answer(h), RECORD_READ);
    assert_int_equal(h->record.address, address);
    assert_int_equal(h->n_data, 4 * h->record.count);
    return h->record.status;
}

static void assert_event(struct by_hand *h, uint8_t slot, uint8_t code,
                         uint32_t value)
{
    assert_int_equal(hear_answer(h), RECORD_EVENT);
    assert_int_equal(h->record.slot, slot);
    assert_int_equal(h->record.code, code);
    assert_int_equal(h->record.value, value);
}

static void a_load_is_answered_with_what_became_of_it(void **state)
{
    static const struct {
        const char *text;
        int err;
        uint8_t slot, status;
    } row[] = {
        {"acl w64", 0, 0, RECORD_DONE},
        {"scale w64", 0, 0, RECORD_DONE}, /* in place of it */
        {"acl w64", 0, 2, RECORD_NO_SLOT},
        {"acl w64", 0, 255, RECORD_NO_SLOT},
        {"acl w32", 0, 0, RECORD_IMPOSSIBLE},
        {"acl", 0, 0, RECORD_IMPOSSIBLE},
        {"acl w64 fault", 0, 0, RECORD_IMPOSSIBLE},
        {"nothing w64", 0, 0, RECORD_IMPOSSIBLE},
        {"acl w64", ERR_MISSING, 1, RECORD_IMPOSSIBLE},
        {"acl w64", ERR_DEVICE, 1, RECORD_NO_ANSWER},
    };
    struct by_hand *h = *state;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        h->fake.load_error = row[k].err;
        assert_int_equal(load(h, row[k].slot, row[k].text), row[k].status);
        assert_true((h->n_data > 0) == (row[k].status >= RECORD_NO_ANSWER));
    }
    assert_int_equal(h->fake.n_open, 1);
    struct record unload = {.op = RECORD_LOAD, .slot = 0};
    post(h, &unload, "", 1);
    assert_int_equal(hear_answer(h), RECORD_LOAD);
    assert_int_equal(h->record.status, RECORD_DONE);
    assert_int_equal(h->fake.n_open, 0);
}

static void
packets_come_back_in_order_and_before_what_was_asked_behind(void **state)
{
    struct by_hand *h = *state;
    struct record r = {.op = RECORD_PKT, .slot = 1};
    static uint8_t data[ANSWER_MOST];

    assert_int_equal(load(h, 1, "acl w64"), RECORD_DONE);
    for (size_t k = 0; k < 600; k++) { /* more than two bursts */
        r.user = k;
        post(h, &r, data, k);
    }
    r = (struct record){
        .op = RECORD_READ, .slot = 1, .address = ACL_NO_MATCH, .count = 3};
    post(h, &r, NULL, 0);
    for (size_t k = 0; k < 600; k++) {
        assert_int_equal(hear_answer(h), RECORD_PKT);
        assert_int_equal(h->record.slot, 1);
        assert_int_equal(h->record.user, k + 1);
        assert_int_equal(h->n_data, k + 1);
        assert_int_equal(h->data[k], '!');
    }
    assert_int_equal(hear_answer(h), RECORD_READ);
    assert_int_equal(h->n_data, 12);
}

static void the_longest_packet_passes_and_a_longer_one_is_told(void **state)
{
    struct by_hand *h = *state;
    struct record r = {.op = RECORD_PKT, .slot = 0};
    uint8_t *data = calloc(1, FN_PKT_BYTES + 1);
    size_t n = 0;

    assert_non_null(data);
    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    post(h, &r, data, FN_PKT_BYTES);
    do {
        (void)hear_answer(h);
        n += h->n_data;
    } while (h->record.op == RECORD_PART);
    assert_int_equal(h->record.op, RECORD_PKT);
    assert_int_equal(n, FN_PKT_BYTES + 1);
    post(h, &r, data, FN_PKT_BYTES + 1);
    assert_event(h, 0, RECORD_SKIPPED, RECORD_PKT);
    post(h, &r, data, 5);
    assert_int_equal(hear_answer(h), RECORD_PKT);
    assert_int_equal(h->n_data, 6);
    free(data);
}

static void registers_are_read_and_written_in_order(void **state)
{
    struct by_hand *h = *state;
    struct record w = {.op = RECORD_WRITE, .slot = 1, .address = ACL_N_HITS};
    uint8_t bytes[4 * 5000];

    assert_int_equal(load(h, 1, "acl w64"), RECORD_DONE);
    for (uint32_t k = 0; k < 5000; k++) { /* longer than it takes at once */
        le32_store(bytes + 4 * k, k);
    }
    post(h, &w, bytes, sizeof bytes);
    assert_int_equal(read_one(h, 1, ACL_N_HITS, 2), RECORD_DONE);
    assert_int_equal(le32_load(h->data), 4999);
    assert_int_equal(le32_load(h->data + 4), 4999);
    assert_int_equal(read_one(h, 1, ACL_N_HITS, 0), RECORD_DONE);
    assert_int_equal(read_one(h, 1, ACL_N_HITS, RECORD_VALUES_MAX),
                     RECORD_DONE);
}

static void what_does_not_answer_is_told(void **state)
{
    struct by_hand *h = *state;
    struct record w = {.op = RECORD_WRITE, .slot = 0, .address = ACL_NO_MATCH};
    static const uint8_t zero[4 * RECORD_VALUES_MAX];

    assert_int_equal(read_one(h, 0, ACL_NO_MATCH, 1), RECORD_NO_ANSWER);
    assert_int_equal(read_one(h, 2, ACL_NO_MATCH, 1), RECORD_NO_SLOT);
    assert_int_equal(read_one(h, 255, ACL_NO_MATCH, 1), RECORD_NO_SLOT);
    assert_int_equal(read_one(h, 0, 0, RECORD_VALUES_MAX + 1),
                     RECORD_IMPOSSIBLE);
    assert_int_equal(h->record.count, 0);
    post(h, &w, zero, 4);
    assert_event(h, 0, RECORD_NO_ACK, ACL_NO_MATCH);
    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    assert_int_equal(read_one(h, 0, 0x7c, 1), RECORD_NO_ANSWER);
    assert_memory_equal(h->data, zero, 4);
    h->fake.reads_fail = true;
    assert_int_equal(read_one(h, 0, ACL_NO_MATCH, 7), RECORD_NO_ANSWER);
    assert_memory_equal(h->data, zero, 28);
    post(h, &w, zero, 8);
    assert_event(h, 0, RECORD_NO_ACK, ACL_NO_MATCH);
}

static void a_slot_that_hangs_is_told_behind_its_last_packet(void **state)
{
    struct by_hand *h = *state;
    struct record r = {.op = RECORD_PKT, .slot = 0};

    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    h->fake.hangs = true;
    post(h, &r, "abc", 3);
    assert_int_equal(hear_answer(h), RECORD_PKT);
    assert_event(h, 0, RECORD_HANG, 0);
    h->fake.hangs = false;
    post(h, &r, "abc", 3); /* discarded: it hangs until it is loaded again */
    assert_int_equal(read_one(h, 0, ACL_NO_MATCH, 1), RECORD_DONE);
    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    post(h, &r, "abc", 3);
    assert_int_equal(hear_answer(h), RECORD_PKT);
}

static void records_that_cannot_be_are_skipped_and_told(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t n;
        uint8_t slot, op;
    } bad[] = {
        {{9, 3, 4, 0, 1, 2, 3, 4}, 8, 3, 9},
        {{0, 0, 0, 0}, 4, 0, 0},
        {{1, 1, 2, 0, 1, 2}, 6, 1, 1},
        {{3, 1, 6, 0, 1, 2, 3, 4, 5, 6}, 10, 1, 3},
        {{6, 1, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 12, 1, 6},
    };
    struct by_hand *h = *state;

    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        assert_int_equal(link_write(h->port.link, bad[k].bytes, bad[k].n),
                         bad[k].n);
        assert_event(h, bad[k].slot, RECORD_SKIPPED, bad[k].op);
    }
    struct record r = {.op = RECORD_LOAD, .slot = 0};
    static const char text[300] = "acl w64";
    post(h, &r, text, sizeof text);
    assert_event(h, 0, RECORD_SKIPPED, RECORD_LOAD);
    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
}

static void packets_for_an_empty_slot_are_discarded(void **state)
{
    struct by_hand *h = *state;
    struct record r = {.op = RECORD_PKT};

    for (int slot = 0; slot < 256; slot++) {
        r.slot = (uint8_t)slot;
        post(h, &r, "abc", 3);
    }
    assert_int_equal(read_one(h, 0, ACL_NO_MATCH, 1), RECORD_NO_ANSWER);
}

static void another_session_empties_all_slots(void **state)
{
    struct by_hand *h = *state;
    struct record r = {.op = RECORD_PKT, .slot = 1};

    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    assert_int_equal(load(h, 1, "acl w64"), RECORD_DONE);
    post(h, &r, "abc", 3);
    assert_int_equal(link_write(h->port.link, "\1\1\100", 3), 3); /* half a
                                                                   record */
    turn(h);
    link_restart(h->port.link);
    h->in = (struct record_in){.from_fabric = true};
    while (!link_is_up(h->port.link)) {
        turn(h);
    }
    assert_int_equal(h->fake.n_open, 0);
    assert_int_equal(load(h, 1, "acl w64"), RECORD_DONE);
    post(h, &r, "abc", 3);
    assert_int_equal(hear_answer(h), RECORD_PKT);
    assert_int_equal(h->n_data, 4);
}

/* A host that went mad can harm nobody but itself. */
static void random_records_do_no_harm(void **state)
{
    struct by_hand *h = *state;
    struct rng r = {5};
    uint8_t bytes[600];

    assert_int_equal(load(h, 0, "acl w64"), RECORD_DONE);
    for (int k = 0; k < 20000; k++) {
        size_t n = rng_below(&r, 500);
        uint32_t op = rng_below(&r, 9);
        bytes[0] = (uint8_t)op;
        bytes[1] = (uint8_t)rng_below(&r, 3);
        le16_store(bytes + 2, (uint16_t)n);
        for (size_t j = 0; j < n; j++) {
            bytes[4 + j] = (uint8_t)rng_next(&r);
        }
        if (op == RECORD_LOAD && rng_below(&r, 2) == 0) {
            memcpy(bytes + 4, "acl w64", 7);
            le16_store(bytes + 2, 7);
            n = 7;
        }
        (void)link_write(h->port.link, bytes, n + 4);
        turn(h);
        while (link_read(h->port.link, bytes, sizeof bytes) > 0) {
        }
    }
}

static void the_host_that_left_is_an_error(void **state)
{
    struct by_hand *h = *state;

    link_port_close(&h->port);
    int n = 0;
    for (int k = 0; k < 10 && n >= 0; k++) {
        n = fabric_step(h->fabric);
    }
    assert_int_equal(n, ERR_DEVICE);
    assert_int_equal(fabric_wait(h->fabric, 0), ERR_DEVICE);
}

static void fabric_close_takes_null(void **state)
{
    (void)state;
    fabric_close(NULL);
}

int main(void)
{
    static struct by_hand hand;
#define BY_HAND(f) \
    cmocka_unit_test_prestate_setup_teardown(f, hand_open, hand_close, &hand)
    const struct CMUnitTest tests[] = {
        BY_HAND(a_load_is_answered_with_what_became_of_it),
        BY_HAND(packets_come_back_in_order_and_before_what_was_asked_behind),
        BY_HAND(the_longest_packet_passes_and_a_longer_one_is_told),
        BY_HAND(registers_are_read_and_written_in_order),
        BY_HAND(what_does_not_answer_is_told),
        BY_HAND(a_slot_that_hangs_is_told_behind_its_last_packet),
        BY_HAND(records_that_cannot_be_are_skipped_and_told),
        BY_HAND(packets_for_an_empty_slot_are_discarded),
        BY_HAND(another_session_empties_all_slots),
        BY_HAND(random_records_do_no_harm),
        BY_HAND(the_host_that_left_is_an_error),
        cmocka_unit_test(fabric_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
