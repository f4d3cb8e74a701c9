/*
 * acl_rate_test.c - where the RTL body holds its sender up: nowhere, with all
 * rules in use and whichever matches; but behind a write to a rule, for as long
 * as its bits are made.
 */
#include <stdio.h>

#include "acl_csr.h"
#include "net/fn/acl/acl_check.h"

enum {
    PACKETS = FN_BURST_PKT,
    RULES = ACL_RULE_DEPTH_RTL,
    MAKING = 32,
    IP_END = 34,    /* bytes of a frame */
    PORTS_END = 38, /* ... without options */
};

/* Rule k takes destination port k alone; packet k goes there. */
static void set_all(struct body *b)
{
    static char text[RULES * 80];
    size_t at = 0;

    for (int k = 0; k < RULES; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "@0.0.0.0/0 0.0.0.0/0 0 : 65535 %d : %d "
                               "0x06/0xff 0x0000/0x0000\n",
                               k, k); /* fits */
    }
    set_rules(b, text);
}

/* Clocks in which the sender waits, for a burst in which packet k, of 'len'
 * bytes, is for rule k. */
static uint32_t waits(struct bench *b, uint32_t len)
{
    static uint8_t from[PACKETS][FRAME_LEN + 10], to[PACKETS][FRAME_LEN + 10];
    static struct pkt x[PACKETS], y[PACKETS];
    struct fn_span in = {FN_PKT, x, PACKETS, PACKETS, 0};
    struct fn_span out = {FN_PKT, y, 0, PACKETS, 0};
    struct slot_counters before, after;

    for (size_t k = 0; k < PACKETS; k++) {
        struct packet p = {A, B, .proto = 6, .dport = (uint16_t)(k % RULES)};
        x[k] = packet_make(&p, from[k]);
        x[k].len_bytes = len;
        y[k] = (struct pkt){.data = to[k], .room_bytes = sizeof to[k]};
    }
    assert_int_equal(device_counters(b->device, 0, &before), 0);
    assert_int_equal(body_run(b->body, &in, &out), 0);
    assert_int_equal(device_counters(b->device, 0, &after), 0);
    assert_int_equal(after.errors, 0);
    for (size_t k = 0; k < PACKETS; k++) {
        /* Without ports a packet has port 0. */
        assert_int_equal(y[k].mark, len < IP_END      ? 0
                                    : len < PORTS_END ? 1
                                                      : k % RULES + 1);
    }
    return after.stalls_in - before.stalls_in;
}

static void all_rules_run_at_full_rate(void **state)
{
    set_all(bench_body(state));
    (void)waits(*state, FRAME_LEN); /* their bits are made */
    for (uint32_t len = 1; len < 64; len++) {
        assert_int_equal(waits(*state, len), 0);
    }
}

/* Each time a word is written; the first packet behind it is judged by it. */
static void a_write_holds_packets_up_while_bits_are_made(void **state)
{
    struct body *b = bench_body(state);

    set_all(b);
    (void)waits(*state, FRAME_LEN);
    for (uint32_t k = 0; k < RULES; k += 17) {
        assert_int_equal(
            body_write(b, ACL_WINDOW_INDEX,
                       csr_window(ACL_TABLE_RULE, k * ACL_RULE_WORDS + 5)),
            0);
        assert_int_equal(body_write(b, CSR_WINDOW_DATA, k * 0x10001), 0);
        uint32_t n = waits(*state, FRAME_LEN);
        assert_in_range(n, 1, MAKING);
        assert_int_equal(waits(*state, FRAME_LEN), 0);
    }
}

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 32}, {.width_bits = 64}, {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON(all_rules_run_at_full_rate, "rtl32", &bench[0]),
        ON(all_rules_run_at_full_rate, "rtl64", &bench[1]),
        ON(all_rules_run_at_full_rate, "rtl256", &bench[2]),
        ON(a_write_holds_packets_up_while_bits_are_made, "rtl64", &bench[1]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
