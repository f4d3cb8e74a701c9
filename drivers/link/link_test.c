/* link_test.c - each rule of docs/LINK.md about the pipe and its session. */
#include "drivers/link/link_check.h"

#include <stdlib.h>

#include "tests/sanitize.h"

enum {
    BYTES = 8192,
    SESSION = 5,
    WRAP = SANITIZED ? 1 << 26 : 0, /* bytes; 0: beyond 2^32 */
};

struct ends {
    struct link *host, *fabric;
};

static int ends_open(void **state)
{
    struct ends *e = *state;

    e->host = open_end(LINK_HOST, SESSION, BYTES);
    e->fabric = open_end(LINK_FABRIC, 0, BYTES);
    return 0;
}

static int ends_close(void **state)
{
    const struct ends *e = *state;

    link_close(e->host);
    link_close(e->fabric);
    return 0;
}

static void open_session(const struct ends *e)
{
    settle_both(e->host, e->fabric);
    assert_true(link_is_up(e->host));
    assert_true(link_take_restart(e->fabric));
}

static void give(struct link *l, const char *text)
{
    assert_int_equal(link_write(l, text, strlen(text)), strlen(text));
}

static void assert_reads(struct link *l, const char *text)
{
    char got[64];
    size_t n = link_read(l, got, sizeof got);

    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, n);
}

static void assert_silent(struct link *l)
{
    struct link_frame f;

    assert_false(hear(l, &f));
}

/* A DATA frame of the session, as the other end might say it. */
static struct link_frame data_at(uint32_t seq, uint16_t length)
{
    return (struct link_frame){.kind = LINK_DATA,
                               .session = SESSION,
                               .length = length,
                               .seq = seq,
                               .limit = BYTES};
}

/* --- sessions ------------------------------------------------------------- */

static void a_hello_and_a_welcome_open_a_session(void **state)
{
    const struct ends *e = *state;
    struct link_frame f;

    assert_silent(e->fabric); /* until it is spoken to */
    assert_int_equal(link_writable(e->host), 0);
    assert_int_equal(link_write(e->host, "x", 1), 0);
    assert_true(hear(e->host, &f));
    assert_int_equal(f.kind, LINK_HELLO);
    assert_int_equal(f.session, SESSION);
    assert_int_equal(f.length, 0);
    assert_int_equal(f.seq, 0);
    assert_int_equal(f.ack, 0);
    assert_int_equal(f.limit, BYTES);
    assert_silent(e->host);
    say(e->fabric, &f, NULL);
    assert_true(link_take_restart(e->fabric));
    assert_false(link_take_restart(e->fabric));
    assert_true(hear(e->fabric, &f));
    assert_int_equal(f.kind, LINK_WELCOME);
    assert_int_equal(f.session, SESSION);
    assert_int_equal(f.limit, BYTES);
    assert_false(link_is_up(e->host));
    say(e->host, &f, NULL);
    assert_true(link_is_up(e->host));
    assert_int_equal(link_writable(e->host), BYTES);
}

static void a_hello_is_repeated_until_a_welcome_comes(void **state)
{
    const struct ends *e = *state;
    struct link_frame f;

    assert_true(hear(e->host, &f));
    for (uint64_t k = 1; k < 4; k++) {
        link_tick(e->host, k * RESEND_US - 1);
        assert_silent(e->host);
        link_tick(e->host, k * RESEND_US);
        assert_true(hear(e->host, &f));
        assert_int_equal(f.kind, LINK_HELLO);
        assert_int_equal(f.session, SESSION);
    }
    say(e->fabric, &f, NULL);
    settle_both(e->host, e->fabric);
    assert_true(link_is_up(e->host));
    link_tick(e->host, 100 * RESEND_US);
    assert_silent(e->host);
}

static void a_hello_of_the_same_session_resets_nothing(void **state)
{
    const struct ends *e = *state;
    struct link_frame hello, f;

    assert_true(hear(e->host, &hello));
    say(e->fabric, &hello, NULL);
    settle_both(e->host, e->fabric);
    assert_true(link_take_restart(e->fabric));
    give(e->host, "abc");
    (void)carry(e->host, e->fabric);
    say(e->fabric, &hello, NULL);
    assert_false(link_take_restart(e->fabric));
    assert_true(hear(e->fabric, &f));
    assert_int_equal(f.kind, LINK_WELCOME);
    say(e->host, &f, NULL);
    assert_true(link_is_up(e->host));
    assert_reads(e->fabric, "abc");
}

static void a_hello_of_another_session_resets_the_fabric(void **state)
{
    const struct ends *e = *state;

    open_session(e);
    give(e->host, "old");
    give(e->fabric, "old");
    (void)carry(e->host, e->fabric);
    link_restart(e->host);
    assert_false(link_is_up(e->host));
    (void)carry(e->fabric, e->host); /* of the old one: discarded */
    settle_both(e->host, e->fabric);
    assert_true(link_take_restart(e->fabric));
    assert_int_equal(link_readable(e->fabric), 0);
    assert_int_equal(link_unsettled(e->fabric), 0);
    assert_int_equal(link_readable(e->host), 0);
    give(e->host, "new");
    give(e->fabric, "fresh");
    settle_both(e->host, e->fabric);
    assert_reads(e->fabric, "new");
    assert_reads(e->host, "fresh");
    assert_true(link_counted(e->host).strays > 0);
}

static void a_number_that_a_dead_host_used_is_not_used_again(void **state)
{
    const struct ends *e = *state;
    struct link *next = open_end(LINK_HOST, SESSION, BYTES);

    open_session(e);
    give(e->host, "old");
    settle_both(e->host, e->fabric);
    settle_both(next, e->fabric);
    assert_true(link_is_up(next));
    assert_true(link_take_restart(e->fabric));
    give(next, "new");
    settle_both(next, e->fabric);
    assert_reads(e->fabric, "new");
    link_close(next);
}

static void frames_of_another_session_or_role_are_discarded(void **state)
{
    const struct ends *e = *state;
    struct link_frame f = data_at(0, 3);

    open_session(e);
    f.session = SESSION + 1;
    say(e->fabric, &f, "abc");
    f.session = SESSION;
    f.kind = LINK_WELCOME;
    f.length = 0;
    say(e->fabric, &f, NULL);
    f.kind = LINK_HELLO;
    say(e->host, &f, NULL);
    assert_int_equal(link_counted(e->fabric).strays, 2);
    assert_int_equal(link_counted(e->host).strays, 1);
    assert_int_equal(link_readable(e->fabric), 0);
    assert_silent(e->fabric);
    assert_silent(e->host);
}

/* --- taking --------------------------------------------------------------- */

static void what_is_taken_is_acknowledged(void **state)
{
    const struct ends *e = *state;
    struct link_frame f;

    open_session(e);
    give(e->host, "abc");
    (void)carry(e->host, e->fabric);
    assert_int_equal(link_unsettled(e->host), 3);
    assert_true(hear(e->fabric, &f));
    assert_int_equal(f.kind, LINK_DATA);
    assert_int_equal(f.length, 0);
    assert_int_equal(f.ack, 3);
    assert_int_equal(f.limit, BYTES);
    say(e->host, &f, NULL);
    assert_int_equal(link_unsettled(e->host), 0);
    assert_silent(e->host);
    assert_silent(e->fabric);
    assert_reads(e->fabric, "abc");
}

static void a_repeat_is_discarded_and_acknowledged_again(void **state)
{
    const struct ends *e = *state;
    struct link_frame again = data_at(0, 3), f;

    open_session(e);
    for (int k = 0; k < 3; k++) {
        say(e->fabric, &again, "abc");
        assert_true(hear(e->fabric, &f));
        assert_int_equal(f.kind, LINK_DATA);
        assert_int_equal(f.ack, 3);
    }
    again.length = 0; /* nothing to discard, nothing to say */
    say(e->fabric, &again, NULL);
    assert_silent(e->fabric);
    assert_int_equal(link_counted(e->fabric).repeats, 3);
    assert_reads(e->fabric, "abc");
}

static void a_gap_is_answered_by_one_resend(void **state)
{
    const struct ends *e = *state;
    /* From where the receiver is: bytes missing before some, before none; far
     * away; one old byte and two new ones. */
    static const struct {
        uint32_t ahead;
        uint16_t length;
    } gap[] = {{1, 3}, {5, 0}, {0x80000000, 3}, {0xffffffff, 3}};
    struct link_frame f;

    open_session(e);
    for (uint32_t k = 0; k < CHECK_ROWS(gap); k++) {
        struct link_frame wrong = data_at(4 * k + gap[k].ahead, gap[k].length);
        struct link_frame right = data_at(4 * k, 4);
        say(e->fabric, &wrong, "abc");
        say(e->fabric, &wrong, "abc");
        assert_true(hear(e->fabric, &f));
        assert_int_equal(f.kind, LINK_RESEND);
        assert_int_equal(f.length, 0);
        assert_int_equal(f.ack, 4 * k);
        assert_silent(e->fabric);
        say(e->fabric, &right, "good"); /* one was taken: the next gap counts */
        assert_true(hear(e->fabric, &f));
        assert_int_equal(f.kind, LINK_DATA);
    }
    assert_int_equal(link_counted(e->fabric).gaps, 2 * CHECK_ROWS(gap));
}

static void a_resend_is_repeated_after_the_resend_time(void **state)
{
    const struct ends *e = *state;
    struct link_frame gap = data_at(1, 3), f;

    open_session(e);
    link_tick(e->fabric, 10);
    say(e->fabric, &gap, "abc");
    assert_true(hear(e->fabric, &f));
    link_tick(e->fabric, RESEND_US + 9);
    say(e->fabric, &gap, "abc");
    assert_silent(e->fabric);
    link_tick(e->fabric, RESEND_US + 10);
    say(e->fabric, &gap, "abc");
    assert_true(hear(e->fabric, &f));
    assert_int_equal(f.kind, LINK_RESEND);
}

static void a_wrong_payload_is_a_gap_and_its_header_counts(void **state)
{
    const struct ends *e = *state;
    struct link_frame f = data_at(0, 3);
    uint8_t bytes[LINK_FRAME_BYTES];

    open_session(e);
    give(e->fabric, "abc");
    assert_true(hear(e->fabric, &f));
    assert_int_equal(link_unsettled(e->fabric), 3);
    f = data_at(0, 3);
    f.ack = 3;
    f.limit = BYTES + 1;
    memcpy(bytes + LINK_HEADER_BYTES, "abc", 3);
    link_frame_seal(&f, crc32c_portable, bytes);
    bytes[LINK_HEADER_BYTES] ^= 1;
    link_wire_in(e->fabric, bytes, link_frame_bytes(3));
    assert_int_equal(link_unsettled(e->fabric), 0);
    assert_int_equal(link_readable(e->fabric), 0);
    assert_int_equal(link_counted(e->fabric).bad_payloads, 1);
    assert_true(hear(e->fabric, &f));
    assert_int_equal(f.kind, LINK_RESEND);
    assert_int_equal(f.ack, 0);
}

static void bytes_beyond_the_limit_are_not_taken(void **state)
{
    const struct ends *e = *state;
    static const uint8_t data[LINK_PAYLOAD_BYTES];
    struct link_frame f;

    open_session(e);
    for (uint32_t k = 0; k < BYTES / LINK_PAYLOAD_BYTES; k++) {
        f = data_at(k * LINK_PAYLOAD_BYTES, LINK_PAYLOAD_BYTES);
        say(e->fabric, &f, data);
    }
    assert_int_equal(link_readable(e->fabric), BYTES);
    f = data_at(BYTES, 1);
    say(e->fabric, &f, data);
    assert_int_equal(link_readable(e->fabric), BYTES);
    assert_int_equal(link_counted(e->fabric).gaps, 1);
}

static void acks_and_limits_that_cannot_be_are_not_believed(void **state)
{
    const struct ends *e = *state;
    static const struct {
        uint32_t ack, limit;
    } row[] = {
        {4, 2 * BYTES},          /* more than was sent */
        {4, 0x90000000},         /* and too far */
        {0xffffff00, 0},         /* both move back */
        {0xffffffff, 2 * BYTES}, /* the ack does */
        {3, BYTES - 1},          /* the limit does */
        {3, 2},                  /* before the ack */
        {3, 0x80000003},
        {0, 0x80000000} /* too far */
    };
    static const uint8_t zeros[BYTES];
    struct link_frame f;
    size_t n = 3;

    open_session(e);
    give(e->host, "abc");
    assert_true(hear(e->host, &f));
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("ack %u, limit %u\n", row[k].ack, row[k].limit);
        f = data_at(0, 0);
        f.ack = row[k].ack;
        f.limit = row[k].limit;
        say(e->host, &f, NULL);
        assert_int_equal(link_unsettled(e->host), 3);
    }
    link_tick(e->host, RESEND_US);
    assert_true(hear(e->host, &f)); /* it still sends, and the same */
    assert_int_equal(f.seq, 0);
    assert_int_equal(f.length, 3);
    assert_memory_equal(f.payload, "abc", 3);
    f = data_at(0, 0);
    f.ack = 3;
    say(e->host, &f, NULL);
    assert_int_equal(link_unsettled(e->host), 0);
    assert_int_equal(link_write(e->host, zeros, BYTES), BYTES);
    while (hear(e->host, &f)) {
        n += f.length;
    }
    assert_int_equal(n, BYTES); /* the limit is where it was */
}

/* --- giving --------------------------------------------------------------- */

static void a_resend_moves_the_sender_back(void **state)
{
    const struct ends *e = *state;
    struct link_frame f;

    open_session(e);
    give(e->host, "abc");
    assert_true(hear(e->host, &f));
    give(e->host, "def");
    assert_true(hear(e->host, &f));
    assert_int_equal(f.seq, 3);
    f = data_at(0, 0);
    f.kind = LINK_RESEND;
    f.ack = 2;
    say(e->host, &f, NULL);
    assert_true(hear(e->host, &f));
    assert_int_equal(f.seq, 2);
    assert_int_equal(f.length, 4);
    assert_memory_equal(f.payload, "cdef", 4);
    assert_int_equal(link_counted(e->host).bytes_resent, 4);
    assert_int_equal(link_counted(e->host).bytes_out, 6);
}

static void a_resend_is_heard_out_even_with_nothing_to_give(void **state)
{
    const struct ends *e = *state;
    struct link_frame f = data_at(0, 0);

    open_session(e);
    f.kind = LINK_RESEND;
    say(e->host, &f, NULL);
    assert_true(hear(e->host, &f));
    assert_int_equal(f.kind, LINK_DATA);
    assert_int_equal(f.length, 0);
    assert_silent(e->host);
}

static void what_is_not_acknowledged_is_sent_again_in_time(void **state)
{
    const struct ends *e = *state;
    struct link_frame f;

    open_session(e);
    link_tick(e->host, 100);
    give(e->host, "abc");
    assert_true(hear(e->host, &f));
    link_tick(e->host, 100 + RESEND_US - 1);
    assert_silent(e->host);
    link_tick(e->host, 100 + RESEND_US);
    assert_true(hear(e->host, &f));
    assert_int_equal(f.seq, 0);
    assert_int_equal(f.length, 3);
    say(e->fabric, &f, f.payload);
    settle_both(e->host, e->fabric);
    link_tick(e->host, 100 + 9 * RESEND_US);
    assert_silent(e->host);
    assert_reads(e->fabric, "abc");
}

static void a_sender_stays_below_the_limit(void **state)
{
    const struct ends *e = *state;
    static const uint8_t data[2 * BYTES];
    struct link *host = open_end(LINK_HOST, 1, 4 * BYTES);
    uint8_t got[BYTES / 2];

    settle_both(host, e->fabric);
    assert_int_equal(link_write(host, data, sizeof data), sizeof data);
    settle_both(host, e->fabric);
    assert_int_equal(link_readable(e->fabric), BYTES);
    assert_int_equal(link_read(e->fabric, got, BYTES / 2 - 1), BYTES / 2 - 1);
    assert_silent(e->fabric); /* less than half of the buffer is free */
    assert_int_equal(link_read(e->fabric, got, 1), 1);
    settle_both(host, e->fabric);
    assert_int_equal(link_readable(e->fabric), BYTES);
    assert_int_equal(link_counted(e->fabric).gaps, 0);
    link_close(host);
}

static void a_limit_that_is_lost_is_asked_for(void **state)
{
    const struct ends *e = *state;
    static const uint8_t data[BYTES];
    struct link_frame f;
    uint8_t got[BYTES];

    open_session(e);
    assert_int_equal(link_write(e->host, data, BYTES), BYTES);
    settle_both(e->host, e->fabric);
    assert_int_equal(link_write(e->host, "xyz", 3), 3);
    assert_silent(e->host); /* no room there, and nothing unacknowledged */
    assert_int_equal(link_read(e->fabric, got, BYTES), BYTES);
    assert_true(hear(e->fabric, &f)); /* the limit, lost */
    assert_silent(e->fabric);
    link_tick(e->host, RESEND_US);
    link_tick(e->fabric, RESEND_US);
    settle_both(e->host, e->fabric);
    assert_reads(e->fabric, "xyz");
}

static void the_wire_may_take_the_bytes_in_any_pieces(void **state)
{
    static uint8_t data[3000];

    (void)state;
    for (size_t cap = 1; cap < 2200; cap += cap < 40 ? 1 : 97) {
        struct ends e;
        void *p = &e;
        uint8_t bytes[2200], got[3000];
        size_t n;
        (void)ends_open(&p);
        settle_both(e.host, e.fabric);
        assert_int_equal(link_write(e.host, data, sizeof data), sizeof data);
        while ((n = link_wire_out(e.host, bytes, cap)) > 0) {
            assert_true(n <= cap);
            link_wire_in(e.fabric, bytes, n);
        }
        assert_int_equal(link_read(e.fabric, got, sizeof got), sizeof data);
        assert_memory_equal(got, data, sizeof data);
        assert_int_equal(link_counted(e.host).frames_out, 4); /* full ones */
        assert_int_equal(link_wire_out(e.host, bytes, 0), 0);
        (void)ends_close(&p);
    }
}

static void positions_go_on_beyond_32_bits(void **state)
{
    static struct pattern p;
    uint8_t wire[1 << 16], got[1 << 16];
    uint64_t total = WRAP > 0 ? WRAP : ((uint64_t)1 << 32) + (1 << 22);
    struct link *host = open_end(LINK_HOST, 1, 1 << 17);
    struct link *fabric = open_end(LINK_FABRIC, 0, 1 << 17);
    uint64_t given = 0, taken = 0;

    (void)state;
    pattern_fill(&p, 9);
    settle_both(host, fabric);
    while (taken < total) {
        size_t n = link_write(host, pattern_at(&p, given), PATTERN);
        given += n;
        link_wire_in(fabric, wire, link_wire_out(host, wire, sizeof wire));
        n = link_read(fabric, got, PATTERN);
        assert_true(memcmp(got, pattern_at(&p, taken), n) == 0);
        taken += n;
        link_wire_in(host, wire, link_wire_out(fabric, wire, sizeof wire));
    }
    assert_int_equal(link_counted(host).bytes_resent, 0);
    assert_int_equal(link_counted(fabric).gaps, 0);
    link_close(host);
    link_close(fabric);
}

static void link_close_takes_null(void **state)
{
    (void)state;
    link_close(NULL);
}

#define WITH_ENDS(f) \
    cmocka_unit_test_prestate_setup_teardown(f, ends_open, ends_close, &ends)

int main(void)
{
    static struct ends ends;
    const struct CMUnitTest tests[] = {
        WITH_ENDS(a_hello_and_a_welcome_open_a_session),
        WITH_ENDS(a_hello_is_repeated_until_a_welcome_comes),
        WITH_ENDS(a_hello_of_the_same_session_resets_nothing),
        WITH_ENDS(a_hello_of_another_session_resets_the_fabric),
        WITH_ENDS(a_number_that_a_dead_host_used_is_not_used_again),
        WITH_ENDS(frames_of_another_session_or_role_are_discarded),
        WITH_ENDS(what_is_taken_is_acknowledged),
        WITH_ENDS(a_repeat_is_discarded_and_acknowledged_again),
        WITH_ENDS(a_gap_is_answered_by_one_resend),
        WITH_ENDS(a_resend_is_repeated_after_the_resend_time),
        WITH_ENDS(a_wrong_payload_is_a_gap_and_its_header_counts),
        WITH_ENDS(bytes_beyond_the_limit_are_not_taken),
        WITH_ENDS(acks_and_limits_that_cannot_be_are_not_believed),
        WITH_ENDS(a_resend_moves_the_sender_back),
        WITH_ENDS(a_resend_is_heard_out_even_with_nothing_to_give),
        WITH_ENDS(what_is_not_acknowledged_is_sent_again_in_time),
        WITH_ENDS(a_sender_stays_below_the_limit),
        WITH_ENDS(a_limit_that_is_lost_is_asked_for),
        cmocka_unit_test(the_wire_may_take_the_bytes_in_any_pieces),
        cmocka_unit_test(positions_go_on_beyond_32_bits),
        cmocka_unit_test(link_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
