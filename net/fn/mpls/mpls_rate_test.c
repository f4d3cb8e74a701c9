/*
 * mpls_rate_test.c - where the RTL body holds its sender up: nowhere while
 * labels are swapped or popped, and for the beats that packets grow by when
 * they are pushed; on wide streams where packets of a beat are looked up.
 */
#include "net/fn/mpls/mpls_check.h"

enum { PACKETS = FN_BURST_PKT };

static const char ilm[] = "16 swap 17 port 1" MAC_TEXT "\n17 pop port 1 pipe\n"
                          "18 swap 19,20 port 1\n";

/* Clocks in which the sender waits, for a burst of frames of 'len' bytes with
 * the stack 'text'. */
static uint32_t waits(struct bench *b, const char *text, uint32_t len)
{
    static uint8_t to[PACKETS][FRAME_ROOM];
    static struct frame f;
    static struct pkt x[PACKETS], y[PACKETS];
    struct fn_span in = {FN_PKT, x, PACKETS, PACKETS, 0};
    struct fn_span out = {FN_PKT, y, 0, PACKETS, 0};
    struct slot_counters before, after;

    f = frame_make(text, macs_in);
    for (size_t k = 0; k < PACKETS; k++) {
        x[k] = (struct pkt){
            .data = f.bytes, .len_bytes = len, .room_bytes = FRAME_MAX};
        y[k] = (struct pkt){.data = to[k], .room_bytes = FRAME_ROOM};
    }
    assert_int_equal(device_counters(b->device, 0, &before), 0);
    assert_int_equal(body_run(b->body, &in, &out), 0);
    assert_int_equal(device_counters(b->device, 0, &after), 0);
    assert_int_equal(after.errors, 0);
    return after.stalls_in - before.stalls_in;
}

static void swap_and_pop_run_at_full_rate(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, "ilm", ilm);
    for (uint32_t len = 18; len < 63; len++) {
        assert_int_equal(waits(*state, "16/0/64s 4:9:9", len), 0);
    }
    for (uint32_t len = 30; len < 63; len++) {
        assert_int_equal(waits(*state, "17/0/64s 4:9:9", len), 0);
    }
    /* All that is looked up, of packets as short as they may be. */
    assert_int_equal(waits(*state, "0/0/64 0/0/64 16/0/64s", 26), 0);
}

/* Packets that are looked up are two clocks apart, or three; the first and what
 * is behind the last wait for none. */
static void wide_streams_wait_for_packets_of_a_beat_only(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, "ilm", ilm);
    for (uint32_t len = 33; len < 63; len++) {
        assert_int_equal(waits(*state, "16/0/64s 4:9:9", len), 0);
        assert_int_equal(waits(*state, "17/0/64s 4:9:9", len), 0);
    }
    assert_int_equal(waits(*state, "16/0/64s 4:9:9", 32), PACKETS - 2);
    assert_int_equal(waits(*state, "0/0/64 16/0/64s 4:9:9", 32), PACKETS - 2);
    assert_int_equal(waits(*state, "0/0/64 0/0/64 16/0/64s", 26),
                     2 * (PACKETS - 2));
    /* Nothing is looked up: there is no whole label. */
    assert_int_equal(waits(*state, "16/0/64s 4:9:9", 17), 0);
}

/* 56 bytes become 60: one beat more, or none; what waits first fits in. */
static void push_takes_the_beats_that_packets_grow_by(void **state)
{
    const struct bench *bench = *state;
    struct body *b = bench_body(state);
    uint32_t most = bench->width_bits == 256 ? 0 : PACKETS;

    set_text(b, "ilm", ilm);
    uint32_t n = waits(*state, "18/0/64s 4:9:9", 56);
    print_message("%u clocks for %d packets\n", n, PACKETS);
    assert_in_range(n, most < 32 ? 0 : most - 32, most);
}

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 32}, {.width_bits = 64}, {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON(swap_and_pop_run_at_full_rate, "rtl32", &bench[0]),
        ON(swap_and_pop_run_at_full_rate, "rtl64", &bench[1]),
        ON(push_takes_the_beats_that_packets_grow_by, "rtl32", &bench[0]),
        ON(push_takes_the_beats_that_packets_grow_by, "rtl64", &bench[1]),
        ON(wide_streams_wait_for_packets_of_a_beat_only, "rtl256", &bench[2]),
        ON(push_takes_the_beats_that_packets_grow_by, "rtl256", &bench[2]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
