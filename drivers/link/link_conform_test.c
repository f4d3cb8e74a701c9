/*
 * link_conform_test.c - the same cases over every kind of wire: what goes in at
 * one end comes out at the other, once and in order.
 */
#include "drivers/link/link_check.h"

#include <stdio.h>

#include "core/base/bytes.h"
#include "drivers/link/link_port.h"
#include "drivers/link/record.h"
#include "drivers/transport/transport_check.h"

enum {
    BYTES = 1 << 15,
    SIZE_MOST = 70000,
    N_WRITES = 20000,
    PRESSURE = 1 << 22,     /* bytes each way */
    PATIENCE_US = 20000000, /* what has not moved then is stuck */
};

struct wire {
    const struct wire_kind *kind;
    struct link_port end[2]; /* host, fabric */
    uint64_t moved_us;
};

static struct pattern pattern;

static struct link *host_of(struct wire *w)
{
    return w->end[0].link;
}

static struct link *fabric_of(struct wire *w)
{
    return w->end[1].link;
}

/* Both ends carry what they can. */
static void pump(struct wire *w)
{
    int moved = 0;

    for (int k = 0; k < 2; k++) {
        int n = link_port_pump(&w->end[k]);
        assert_true(n >= 0);
        moved += n;
    }
    w->moved_us = moved > 0 ? link_port_now() : w->moved_us;
    assert_true(link_port_now() - w->moved_us < PATIENCE_US);
}

static int wire_open(void **state)
{
    struct wire *w = *state;
    struct transport *end[2];
    struct link_config config = {
        .session = 1, .rx_bytes = BYTES, .tx_bytes = BYTES, .resend_us = 500};

    w->kind->open(end);
    for (int k = 0; k < 2; k++) {
        config.role = k == 0 ? LINK_HOST : LINK_FABRIC;
        assert_int_equal(link_port_open(end[k], &config, &w->end[k]), 0);
    }
    w->moved_us = link_port_now();
    while (!link_is_up(host_of(w))) {
        pump(w);
    }
    assert_true(link_take_restart(fabric_of(w)));
    return 0;
}

static int wire_close(void **state)
{
    struct wire *w = *state;

    link_port_close(&w->end[0]);
    link_port_close(&w->end[1]);
    return 0;
}

/* --- records -------------------------------------------------------------- */

/* Sends a packet of 'n' bytes of the pattern and checks that it comes. */
static void pass_packet(struct wire *w, struct record_in *in, size_t n)
{
    static uint8_t got[SIZE_MOST];
    struct record r = {.op = RECORD_PKT, .slot = (uint8_t)n, .user = n * 77};
    struct record_out out;
    struct record x = {.op = RECORD_BAD};
    size_t at = 0;
    bool sent = false, open = false;

    record_begin(&out, false, &r, pattern_at(&pattern, n), n);
    while (!sent || open || x.op != RECORD_PKT) {
        sent = sent || record_push(&out, host_of(w));
        pump(w);
        if (!open && record_next(in, fabric_of(w), &x) == 1) {
            open = true;
            assert_true(x.op == RECORD_PKT || x.op == RECORD_PART);
            assert_int_equal(x.slot, r.slot);
            assert_int_equal(x.user, r.user);
            assert_true(at + x.n_data <= n);
        }
        at += record_data(in, fabric_of(w), got + at, n - at);
        open = open && in->left > 0;
    }
    assert_int_equal(at, n);
    assert_memory_equal(got, pattern_at(&pattern, n), n);
}

static void packets_of_all_sizes_pass(void **state)
{
    struct wire *w = *state;
    struct record_in in = {0};

    for (size_t n = 1; n <= SIZE_MOST; n += n < 40     ? 1
                                            : n < 3000 ? 331
                                                       : 9571) {
        pass_packet(w, &in, n);
    }
    pass_packet(w, &in, SIZE_MOST);
    pass_packet(w, &in, 0);
}

/* Side effects are counted at the far end: each WRITE is one, in order. */
static void a_register_is_written_once_for_each_write(void **state)
{
    struct wire *w = *state;
    struct record r = {.op = RECORD_WRITE, .slot = 3, .address = 0x80};
    struct record_out out = {0};
    struct record_in in = {0};
    struct record x;
    uint8_t value[4], got[4];
    uint32_t given = 0, taken = 0;

    while (taken < N_WRITES) {
        while (given < N_WRITES && record_push(&out, host_of(w))) {
            le32_store(value, given++);
            record_begin(&out, false, &r, value, sizeof value);
            if (!record_push(&out, host_of(w))) {
                break; /* 'value' is still needed */
            }
        }
        (void)record_push(&out, host_of(w));
        pump(w);
        while (link_readable(fabric_of(w)) >= 12) {
            assert_int_equal(record_next(&in, fabric_of(w), &x), 1);
            assert_int_equal(x.op, RECORD_WRITE);
            assert_int_equal(x.address, 0x80);
            assert_int_equal(record_data(&in, fabric_of(w), got, 4), 4);
            assert_int_equal(le32_load(got), taken++);
        }
    }
    for (int k = 0; k < 100; k++) {
        pump(w);
    }
    assert_int_equal(link_readable(fabric_of(w)), 0); /* and none more */
}

/* --- bytes ---------------------------------------------------------------- */

/* Gives and takes at both ends at once, as much as there is room for. */
static void press(struct wire *w, uint64_t total)
{
    uint64_t given[2] = {0}, taken[2] = {0};
    struct rng r = {total};
    uint8_t got[5000];

    while (taken[0] < total || taken[1] < total) {
        for (int k = 0; k < 2; k++) {
            struct link *l = w->end[k].link;
            uint64_t left = total - given[k];
            given[k] += link_write(l, pattern_at(&pattern, given[k]),
                                   left < PATTERN ? left : PATTERN);
            size_t n = link_read(l, got, rng_below(&r, sizeof got));
            assert_memory_equal(got, pattern_at(&pattern, taken[k]), n);
            taken[k] += n;
        }
        pump(w);
    }
}

static void both_ways_are_full_at_once(void **state)
{
    struct wire *w = *state;

    press(w, PRESSURE);
    if (!w->kind->faulty) {
        assert_int_equal(link_counted(host_of(w)).hunts, 0);
        assert_int_equal(link_counted(fabric_of(w)).hunts, 0);
    }
}

static void garbage_on_the_wire_is_passed_over(void **state)
{
    struct wire *w = *state;
    struct rng r = {8};

    for (int k = 0; k < 50; k++) {
        uint8_t garbage[256];
        for (size_t j = 0; j < sizeof garbage; j++) {
            garbage[j] =
                rng_below(&r, 8) == 0 ? LINK_MAGIC : (uint8_t)rng_next(&r);
        }
        /* Both sides say nothing now, or what they say is damaged, too. */
        int n = transport_write(w->end[k % 2].transport, garbage,
                                1 + rng_below(&r, sizeof garbage));
        assert_true(n >= 0);
        press(w, 3000);
    }
    assert_true(link_counted(host_of(w)).hunts > 0);
    assert_true(link_counted(fabric_of(w)).hunts > 0);
}

static void a_session_begins_anew_at_any_time(void **state)
{
    struct wire *w = *state;

    for (int k = 0; k < 20; k++) { /* more often than there are numbers */
        press(w, 2000 + 10 * (uint64_t)k);
        (void)link_write(host_of(w), pattern_at(&pattern, 7), 3000);
        (void)link_write(fabric_of(w), pattern_at(&pattern, 9), 3000);
        pump(w);
        link_restart(host_of(w));
        while (!link_is_up(host_of(w)) || !link_take_restart(fabric_of(w))) {
            pump(w);
        }
        assert_int_equal(link_readable(host_of(w)), 0);
        assert_int_equal(link_unsettled(fabric_of(w)), 0);
    }
    press(w, 100000);
}

static void a_peer_that_vanishes_is_an_error(void **state)
{
    struct wire *w = *state;
    int n = 1;

    press(w, 1000);
    link_port_close(&w->end[1]);
    (void)link_write(host_of(w), "abc", 3);
    for (int k = 0; k < 1000 && n >= 0; k++) { /* what came before is read */
        n = link_port_pump(&w->end[0]);
    }
    assert_int_equal(n, ERR_DEVICE);
    assert_int_equal(link_port_pump(&w->end[0]), ERR_DEVICE);
    assert_int_equal(transport_wait(w->end[0].transport, true, 0), ERR_DEVICE);
    link_write(host_of(w), "abc", 3);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } cases[] = {
        {"packets_of_all_sizes_pass", packets_of_all_sizes_pass},
        {"a_register_is_written_once_for_each_write",
         a_register_is_written_once_for_each_write},
        {"both_ways_are_full_at_once", both_ways_are_full_at_once},
        {"garbage_on_the_wire_is_passed_over",
         garbage_on_the_wire_is_passed_over},
        {"a_session_begins_anew_at_any_time",
         a_session_begins_anew_at_any_time},
        {"a_peer_that_vanishes_is_an_error", a_peer_that_vanishes_is_an_error},
    };
    static struct CMUnitTest tests[CHECK_ROWS(cases) * CHECK_ROWS(wire_kinds)];
    static struct wire wires[CHECK_ROWS(wire_kinds)];
    static char names[CHECK_ROWS(tests)][80];
    size_t n = 0;

    pattern_fill(&pattern, 1);
    for (size_t k = 0; k < CHECK_ROWS(wire_kinds); k++) {
        wires[k].kind = &wire_kinds[k];
        for (size_t j = 0; j < CHECK_ROWS(cases); j++) {
            (void)snprintf(names[n], sizeof names[n], "%s_over_%s",
                           cases[j].name, wire_kinds[k].name);
            tests[n] = (struct CMUnitTest){names[n], cases[j].test, wire_open,
                                           wire_close, &wires[k]};
            n++;
        }
    }
    return _cmocka_run_group_tests("link", tests, n, NULL, NULL);
}
