/*
 * balancer_rate_test.c - where the RTL body holds its sender up: nowhere up to
 * 64 bits; on wide streams where packets that are looked up would come less
 * than five clocks apart.
 */
#include "net/fn/balancer/balancer_check.h"

enum { PACKETS = FN_BURST_PKT, APART = 5, VIP = 0x0a090001 };

/* Clocks in which the sender waits for a burst of UDP packets to 'port', two
 * beats of 256 bits each. */
static uint32_t waits(struct bench *b, uint16_t port, const char *verdict)
{
    static uint8_t bytes[PACKETS][FRAME_MAX];
    static struct pkt in[PACKETS], out[PACKETS];
    struct slot_counters before, after;

    for (size_t k = 0; k < PACKETS; k++) {
        struct frame f = {VIP, port, (uint16_t)k, 1000, .udp = true};
        in[k] = frame_make(&f, bytes[k]);
    }
    assert_int_equal(device_counters(b->device, 0, &before), 0);
    run_packets(b->body, in, PACKETS, out);
    assert_int_equal(device_counters(b->device, 0, &after), 0);
    assert_int_equal(after.errors, 0);
    for (size_t k = 0; k < PACKETS; k++) {
        assert_string_equal(outcome_of(b->body, &in[k], &out[k]).verdict,
                            verdict);
    }
    return after.stalls_in - before.stalls_in;
}

static void only_lookups_on_wide_streams_wait(void **state)
{
    struct bench *bench = *state;
    struct body *b = bench_body(state);
    uint32_t beats = 42 * 8 / bench->width_bits + 1;

    set_text(b, "services",
             "service 0 udp 10.9.0.1 53\nbackend 0 02:00:00:00:02:00 3\n");
    set_text(b, "health", "0 up 0");
    set_text(b, "connections", "1024");
    assert_int_equal(waits(bench, 54, "other"), 0);
    /* The first key waits for none, and no beat waits behind the last. */
    uint32_t apart = beats < APART ? APART - beats : 0;
    assert_int_equal(waits(bench, 53, "new"), apart * (PACKETS - 2));
    assert_int_equal(waits(bench, 53, "known"), apart * (PACKETS - 2));
}

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 32}, {.width_bits = 64}, {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON(only_lookups_on_wide_streams_wait, "rtl32", &bench[0]),
        ON(only_lookups_on_wide_streams_wait, "rtl64", &bench[1]),
        ON(only_lookups_on_wide_streams_wait, "rtl256", &bench[2]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
