/*
 * record_rtl_test.c - rtl/link against docs/LINK.md: packets, registers,
 * telemetry, what cannot be, and functions against their C bodies; the
 * Verilated fabric behind its byte port, driven by a host's end of the tests'
 * own.
 */
#include "tests/link/link_expect.h"

#include "common_csr.h"
#include "core/body.h"
#include "core/registry.h"
#include "fabric_csr.h"

static void hello_and_fabric_registers(void **state)
{
    struct host *h = board("echo-board64");

    (void)state;
    assert_int_equal(read_one(h, SELF, FABRIC_MAGIC, 0), 0x50434642);
    assert_int_equal(read_one(h, SELF, FABRIC_PROTOCOL, 0), 1);
    assert_int_equal(read_one(h, SELF, FABRIC_N_SLOTS, 0), 1);
    assert_int_equal(read_one(h, SELF, FABRIC_WIDTH, 0), 64);
    host_destroy(h);
}

/* --- packets through the echo ------------------------------------------- */

static void packets_come_back(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    struct rng rng = {7};
    uint8_t data[1514];

    for (int stall = 0; stall < 3; stall++) {
        h->board->stalls(h->model, 5, stall == 1 ? 300 : 0,
                         stall == 2 ? 300 : 0);
        for (uint32_t n = 0; n <= sizeof data; n += n < 70 ? 1 : 13) {
            uint64_t user = rng_next(&rng) >> 16;
            fill(&rng, data, n);
            put_packet(h, PKT, user, data, n);
            expect_packet(e, user, data, n);
        }
        expect_all(e, h);
        assert_int_equal(e->n_parts, 0);
    }
    assert_int_equal(h->n_resend_in, 0);
    assert_int_equal(h->n_bad_in, 0);
    expect_destroy(e);
    host_destroy(h);
}

static void long_packets_travel_in_parts(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    struct rng rng = {8};
    uint8_t data[9000];
    static const size_t most[] = {1500, 1, 7, 1024, 65, 9000};

    for (size_t k = 0; k < CHECK_ROWS(most); k++) {
        size_t n = most[k] < 8 ? 100 : sizeof data;
        fill(&rng, data, n);
        put_parts(h, k, data, n, most[k]);
        expect_packet(e, k, data, n);
    }
    expect_all(e, h);
    assert_true(e->n_parts >= 20);
    expect_destroy(e);
    host_destroy(h);
}

/* --- registers ------------------------------------------------------------ */

static void registers_are_written_and_read(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    uint32_t v[5] = {1, 2, 3, 4, 0xdeadbeef};

    put_write(h, 0, 0x80, v, 5);
    put_read(h, 0, 0x80, 1);
    expect_word(e, 0xdeadbeef);
    put_write(h, 0, 0xf4, v, 3); /* counts its writes */
    put_read(h, 0, 0xf4, 1);
    expect_word(e, 3);
    put_read(h, 0, 0xfc, 1000); /* counts its reads */
    for (uint32_t k = 0; k < 1000; k++) {
        expect_word(e, k);
    }
    put_read(h, 0, 0x80, 0);
    put_write(h, 0, 0x80, v, 0);
    put_read(h, 0, 0xfc, 1);
    expect_word(e, 1000);
    expect_all(e, h);
    assert_int_equal(e->n_events, 0);
    expect_destroy(e);
    host_destroy(h);
}

/* What is not possible is answered, and what follows still works. */
static void odd_records_are_answered(void **state)
{
    struct host *h = board(*state);
    struct record r;
    uint32_t v[3] = {1, 2, 3};
    uint8_t bytes[64] = {0x80, 0, 1, 0, 9, 9, 9};
    static const uint8_t want[][2] = {
        {EVENT, 3}, {READ, 1},  {EVENT, 2}, {READ, 2},  {EVENT, 2},
        {LOAD, 3},  {LOAD, 3},  {EVENT, 3}, {EVENT, 3}, {EVENT, 3},
        {EVENT, 3}, {EVENT, 3}, {EVENT, 2}, {READ, 0}};
    uint32_t value[] = {0x77, 0,   0x80, 0,     0xf0, 0,    0,
                        PKT,  PKT, READ, WRITE, 0,    0x20, 2};
    uint32_t at = h->n_got;

    (void)state;
    put_head(h, 0x77, 0, 20);
    put(h, bytes, 20);
    put_read(h, 1, 0x80, 2);
    put_write(h, 1, 0x80, v, 3);
    put_read(h, 0, 0xf0, 2);
    put_write(h, 0, 0xf0, v, 3);
    put_head(h, LOAD, 0, 13);
    put(h, "scale 64 iq16", 13);
    put_head(h, LOAD, 0, 1);
    put(h, "", 1);
    put_head(h, PKT, 0, 5);
    put(h, bytes, 5);
    put_packet(h, PKT, 0, bytes, 0);
    h->give[h->n_give - 9] = 3; /* of slot 3 */
    put_head(h, READ, 0, 3);
    put(h, bytes, 3);
    put_head(h, WRITE, 0, 3);
    put(h, bytes, 3);
    put_head(h, 0, 0, 0);
    put_head(h, WRITE, 0, 7); /* not a whole value: nothing happens */
    put(h, bytes, 7);
    put_write(h, 9, 0x20, v, 1);
    put_write(h, SELF, 0x20, v, 1); /* read only: nothing happens */
    v[0] = 2;
    put_write(h, 0, 0x84, v, 1);
    put_read(h, 0, 0x84, 1);
    host_settle(h);
    for (size_t k = 0; k < CHECK_ROWS(want); k++) {
        assert_true(next_record(h, &at, &r));
        assert_int_equal(r.op, want[k][0]);
        if (r.op == READ) {
            assert_int_equal(r.data[1], want[k][1]);
            assert_int_equal(r.n, 4 + 4 * le16_load(r.data + 2));
            assert_int_equal(le16_load(r.data + 2), k == 13 ? 1 : 2);
        } else {
            assert_int_equal(r.data[0], want[k][1]);
            assert_int_equal(r.n, r.op == LOAD ? 1 : 8);
        }
        if (r.op != LOAD) {
            assert_int_equal(le32_load(r.data + 4), value[k]);
        }
    }
    assert_int_equal(at, h->n_got);
    host_destroy(h);
}

/* A slot that hangs says so, and loses packets, but not its registers. */
static void hanging_slot_is_told(void **state)
{
    struct host *h = board(*state);
    uint32_t v = 1;
    uint8_t data[3000] = {0};
    struct record r;
    uint32_t at = h->n_got;

    put_packet(h, PKT, 5, data, 100);
    put_write(h, 0, 0xf8, &v, 1);
    put_packet(h, PKT, 5, data, sizeof data);
    put_write(h, 0, 0x88, &v, 1);
    put_read(h, 0, 0x88, 1);
    host_settle(h);
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, PKT);
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, EVENT);
    assert_int_equal(r.slot, 0);
    assert_int_equal(r.data[0], 1);
    assert_int_equal(le32_load(r.data + 4), 0xe0e0e0e0);
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, READ);
    assert_int_equal(r.data[1], 0);
    assert_int_equal(le32_load(r.data + 4), 1);
    assert_int_equal(at, h->n_got);

    host_hello(h); /* all is well again */
    put_packet(h, PKT, 5, data, 100);
    host_settle(h);
    at = 0;
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, PKT);
    assert_int_equal(at, h->n_got);
    host_destroy(h);
}

/* --- telemetry ---------------------------------------------------------------
 */

/* With full rings and without, no frame is cut, lost or out of order, and the
 * slot that gives them is not asked before they are gone. */
static void telemetry_goes_between_packets(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    struct rng rng = {17};
    uint8_t data[1514];

    for (int stall = 0; stall < 3; stall++) {
        h->board->stalls(h->model, 5, stall == 1 ? 300 : 0,
                         stall == 2 ? 300 : 0);
        for (uint32_t k = 0; k < 200; k++) {
            uint32_t v = rng_below(&rng, k % 40 == 0 ? 200 : 3);
            size_t n = rng_below(&rng, sizeof data);
            put_write(h, 0, GIVE_FRAMES, &v, 1);
            expect_frames(e, v);
            fill(&rng, data, n);
            put_packet(h, PKT, k, data, n);
            expect_packet(e, k, data, n);
            if (k % 8 == 0) {
                put_read(h, 0, GIVE_FRAMES, 1);
                expect_word(e, v);
            }
        }
        expect_all(e, h);
    }
    assert_int_equal(e->n_events, 0);
    expect_destroy(e);
    host_destroy(h);
}

/* Nothing waits for such a slot, but the order of what it says is kept. */
static void telemetry_of_a_hung_slot_goes_before_what_is_read(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    uint32_t v = 5;

    put_write(h, 0, 0xf8, &v, 1);
    put_write(h, 0, GIVE_FRAMES, &v, 1);
    put_read(h, 0, GIVE_FRAMES, 1);
    expect_frames(e, v);
    expect_word(e, v);
    expect_all(e, h);
    assert_int_equal(e->n_events, 1);
    expect_destroy(e);
    host_destroy(h);
}

/* Windows of the true slot, one due while the frame of the last one leaves. */
static void windows_that_ended_are_told_before_what_is_read(void **state)
{
    struct host *h = board("acl-board64");
    uint8_t data[60] = {0};
    uint32_t v = COMMON_CONTROL_ENABLE_MASK, window = 1;

    (void)state;
    put_write(h, 0, COMMON_CONTROL, &v, 1);
    put_write(h, 0, COMMON_WINDOW, &window, 1);
    for (uint32_t k = 1; k <= 50; k++) {
        struct record r, answer = {0};
        uint32_t at = h->n_got, n_frames = 0;
        for (uint32_t j = 0; j < 2 + k % 3; j++) {
            put_packet(h, PKT, 0, data, sizeof data);
        }
        put_read(h, 0, COMMON_WINDOWS, 1);
        host_settle(h);
        while (next_record(h, &at, &r)) {
            assert_true(r.op != TELEMETRY || answer.op == 0);
            answer = r.op == READ ? r : answer;
            if (r.op == TELEMETRY) {
                v = le32_load(r.data + 12); /* its number */
                n_frames++;
            }
        }
        assert_int_equal(answer.op, READ);
        assert_int_equal(le32_load(answer.data + 4), v);
        assert_true(n_frames >= 2); /* one was due while one left */
    }
    host_destroy(h);
}

/* --- against C bodies -------------------------------------------------------
 */

struct both {
    struct host *h;
    struct body *c;
};

static int write_both(void *ctx, uint32_t offset, uint32_t value)
{
    struct both *b = ctx;

    put_write(b->h, 0, (uint8_t)offset, &value, 1);
    return body_write(b->c, offset, value);
}

static void acl_answers_as_its_c_body(void **state)
{
    struct both b = {board("acl-board64"), NULL};
    const struct fn *fn = registry_find("acl");
    struct expect *e = expect_create();
    struct rng rng = {14};
    uint8_t data[2048], to[2048];
    uint32_t v = COMMON_CONTROL_ENABLE_MASK;

    (void)state;
    assert_int_equal(body_open_c(fn, &b.c), 0);
    put_write(b.h, 0, COMMON_CONTROL, &v, 1);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(fn->setup(&rng, write_both, &b), 0);
        for (int k = 0; k < 100; k++) {
            struct pkt in = {.data = data, .room_bytes = sizeof data};
            struct pkt out = {.data = to, .room_bytes = sizeof to};
            struct fn_span from = {FN_PKT, &in, 1, 1, 0};
            struct fn_span span = {FN_PKT, &out, 0, 1, 0};
            fn->packet(&rng, &in);
            put_packet(b.h, PKT, pkt_user(&in), data, in.len_bytes);
            assert_int_equal(body_run(b.c, &from, &span), 0);
            expect_packet(e, pkt_user(&out), out.data, out.len_bytes);
        }
        expect_all(e, b.h);
    }
    body_close(b.c);
    expect_destroy(e);
    host_destroy(b.h);
}

static void scale_answers_as_its_c_body(void **state)
{
    struct both b = {board("scale-board32"), NULL};
    const struct fn *fn = registry_find("scale");
    struct expect *e = expect_create();
    struct rng rng = {15};
    struct iq16 x[1000], y[1000];
    uint32_t v = COMMON_CONTROL_ENABLE_MASK;

    (void)state;
    assert_int_equal(body_open_c(fn, &b.c), 0);
    put_write(b.h, 0, COMMON_CONTROL, &v, 1);
    for (int k = 0; k < 60; k++) {
        size_t n = 1 + rng_below(&rng, 1000);
        struct fn_span in = {FN_IQ16, x, n, 1000, 0};
        struct fn_span out = {FN_IQ16, y, 0, 1000, 0};
        fill(&rng, (uint8_t *)x, n * sizeof *x);
        /* A gain in force from this burst on: no earlier, no later. */
        assert_int_equal(fn->setup(&rng, write_both, &b), 0);
        put_parts(b.h, 0, (const uint8_t *)x, n * sizeof *x, 1500);
        assert_int_equal(body_run(b.c, &in, &out), 0);
        expect_packet(e, 0, (const uint8_t *)y, n * sizeof *y);
    }
    expect_all(e, b.h);
    body_close(b.c);
    expect_destroy(e);
    host_destroy(b.h);
}

int main(void)
{
    static char echo64[] = "echo-board64", echo32[] = "echo-board32";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_and_fabric_registers),
        {"packets_come_back 64", packets_come_back, NULL, NULL, echo64},
        {"packets_come_back 32", packets_come_back, NULL, NULL, echo32},
        {"long_packets_travel_in_parts 64", long_packets_travel_in_parts, NULL,
         NULL, echo64},
        {"long_packets_travel_in_parts 32", long_packets_travel_in_parts, NULL,
         NULL, echo32},
        {"registers_are_written_and_read", registers_are_written_and_read, NULL,
         NULL, echo64},
        {"odd_records_are_answered", odd_records_are_answered, NULL, NULL,
         echo32},
        {"hanging_slot_is_told", hanging_slot_is_told, NULL, NULL, echo64},
        {"telemetry_goes_between_packets 64", telemetry_goes_between_packets,
         NULL, NULL, echo64},
        {"telemetry_goes_between_packets 32", telemetry_goes_between_packets,
         NULL, NULL, echo32},
        {"telemetry_of_a_hung_slot_goes_before_what_is_read",
         telemetry_of_a_hung_slot_goes_before_what_is_read, NULL, NULL, echo64},
        cmocka_unit_test(windows_that_ended_are_told_before_what_is_read),
        cmocka_unit_test(acl_answers_as_its_c_body),
        cmocka_unit_test(scale_answers_as_its_c_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
