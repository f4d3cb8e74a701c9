/*
 * link_rtl_test.c - rtl/link against docs/LINK.md: sessions, the pipe and
 * faults on the wire; the Verilated fabric behind its byte port, driven by a
 * host's end of the tests' own.
 *
 * LINK_FAULTS sets how many faults the campaign injects.
 */
#include "tests/link/link_expect.h"

#include "core/base/text.h"
#include "fabric_csr.h"

/* --- session ----------------------------------------------------------------
 */

static void fabric_is_silent_before_hello(void **state)
{
    struct host *h = host_create(*state);

    if (h == NULL) {
        skip();
    }
    h->open = true;
    h->limit = 100000;
    for (int k = 0; k < 16; k++) {
        h->session = (uint8_t)k;
        put_read(h, SELF, 0, 1);
        h->resend = true;
        host_run(h, 3 * RESEND_CLOCKS);
    }
    assert_int_equal(h->n_raw, 0);
    assert_int_equal(h->n_frames_in, 0);
    host_hello(h);
    assert_int_equal(read_one(h, SELF, FABRIC_MAGIC, 0), 0x50434642);
    host_destroy(h);
}

static void repeated_hello_changes_nothing(void **state)
{
    struct host *h = board(*state);
    uint32_t v = 77;
    uint64_t n = h->n_welcome;

    put_write(h, 0, 0x80, &v, 1);
    host_settle(h);
    host_say(h, HELLO, 0);
    host_say(h, HELLO, 0);
    host_run(h, 1000);
    assert_true(h->n_welcome > n);
    assert_int_equal(read_one(h, 0, 0x80, 0), 77);
    host_destroy(h);
}

/* In the middle of anything. */
static void new_session_begins_from_nothing(void **state)
{
    struct host *h = board(*state);
    struct rng rng = {9};
    uint8_t data[1500];
    uint32_t v = 1;

    fill(&rng, data, sizeof data);
    for (int k = 0; k < 60; k++) {
        for (uint32_t j = 0; j < 1 + rng_below(&rng, 20); j++) {
            put_packet(h, PKT, 1, data, 1 + rng_below(&rng, sizeof data));
        }
        put_write(h, 0, 0xf4, &v, 1);
        host_run(h, rng_below(&rng, 6000));
        host_hello(h);
        assert_int_equal(read_one(h, 0, 0xf4, 0), 0);
    }
    host_destroy(h);
}

/* --- pipe -------------------------------------------------------------------
 */

static void lost_acknowledgements_bring_bytes_again(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    struct rng rng = {10};
    uint8_t data[1500];

    for (int k = 0; k < 6; k++) {
        fill(&rng, data, sizeof data);
        put_packet(h, PKT, 1, data, sizeof data);
        expect_packet(e, 1, data, sizeof data);
    }
    host_run(h, 3000);
    h->mute = true;
    host_run(h, 6 * RESEND_CLOCKS);
    assert_true(h->n_repeat_in > 0);
    h->mute = false;
    expect_all(e, h);
    expect_destroy(e);
    host_destroy(h);
}

static void fabric_never_goes_beyond_the_limit(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();
    struct rng rng = {11};
    uint8_t data[1500];
    uint64_t n;

    for (uint32_t window = 1; window < 9000; window = window * 3 + 1) {
        h->window = window;
        h->hold = false;
        host_hello(h);
        expect_destroy(e);
        e = expect_create();
        h->hold = true;
        for (int k = 0; k < 9; k++) {
            fill(&rng, data, sizeof data);
            put_packet(h, PKT, 1, data, sizeof data);
            expect_packet(e, 1, data, sizeof data);
        }
        host_run(h, 40000);
        assert_int_equal(h->n_got, window);
        n = h->n_resend_in; /* it asks for more */
        host_run(h, 4 * RESEND_CLOCKS);
        assert_int_equal(h->n_got, window);
        assert_true(h->n_resend_in > n);
        if (window < 100) {
            continue; /* would take long */
        }
        h->hold = false;
        expect_all(e, h);
    }
    expect_destroy(e);
    host_destroy(h);
}

/* The fabric has sent 2,000 bytes that are not acknowledged, as far as the
 * limit, and has as many more. */
static void give_as_far_as_the_limit(struct host *h, struct expect *e)
{
    struct rng rng = {16};
    uint8_t data[1500];

    h->window = 2000;
    host_hello(h);
    h->hold = true;
    for (int k = 0; k < 4; k++) {
        fill(&rng, data, sizeof data);
        put_packet(h, PKT, 1, data, sizeof data);
        expect_packet(e, 1, data, sizeof data);
    }
    host_run(h, 40000);
    assert_int_equal(h->n_got, 2000);
    h->window = 4000;
    host_say(h, DATA, 0);
    h->mute = true;
    while (h->n_got < 4000) {
        host_step(h);
    }
}

static void acks_and_limits_that_cannot_be_do_not_count(void **state)
{
    /* From the last byte sent, which is where the limit is. */
    static const struct {
        uint32_t ack, limit;
    } row[] = {
        {1, 60000},    /* more than was sent */
        {2000, 60000}, /* as much as there is */
        {2096, 60000},
        {6000, 60000}, /* more */
        {0x10000, 60000},
        {500, 0}, /* a limit before it */
        {500, 499},
        {(uint32_t)-100, (uint32_t)-101},
        {0, (uint32_t)-1},        /* a limit that moves back */
        {(uint32_t)-2001, 60000}, /* an ack that does */
        {0, 0x80000000},
        {0, 0xf0000000}, /* a limit too far */
    };
    struct host *h = board(*state);
    struct expect *e = expect_create();

    give_as_far_as_the_limit(h, e);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint64_t n = h->n_repeat_in;
        print_message("ack %u, limit %u\n", row[k].ack, row[k].limit);
        h->n_out += frame_make(h->out + h->n_out, DATA, h->session, h->send,
                               4000 + row[k].ack, 4000 + row[k].limit, NULL, 0);
        host_run(h, 4 * RESEND_CLOCKS);
        assert_int_equal(h->n_got, 4000);
        assert_true(h->n_repeat_in > n); /* it waits for a right one */
    }
    h->mute = h->hold = false;
    h->window = 65536;
    expect_all(e, h);
    expect_destroy(e);
    host_destroy(h);
}

/* What was sent stays sent when the fabric goes back. */
static void an_ack_ends_the_repeating(void **state)
{
    struct host *h = board(*state);
    struct expect *e = expect_create();

    give_as_far_as_the_limit(h, e);
    uint64_t n = h->n_repeat_in;
    while (h->n_raw < HEADER) { /* of two frames it sends the first again */
        host_step(h);
    }
    assert_int_equal(h->n_repeat_in, n);
    h->mute = false;
    host_say(h, DATA, 0);
    host_run(h, 4 * RESEND_CLOCKS);
    assert_int_equal(h->n_repeat_in, n + 1);
    assert_int_equal(h->n_got, 4000);
    h->hold = false;
    h->window = 65536;
    expect_all(e, h);
    expect_destroy(e);
    host_destroy(h);
}

/* No byte that cannot be of a header hides one that follows. */
static void header_is_found_behind_anything(void **state)
{
    struct host *h = board(*state);
    struct rng rng = {12};
    uint8_t like[5] = {0xa5, 0, 0, 4, 0x01};

    like[1] = (uint8_t)(h->session << 4);
    like[4] = (uint8_t)(h->session << 4 | HELLO);
    for (int k = 0; k < 3000; k++) {
        uint32_t n = 1 + rng_below(&rng, 60);
        uint64_t welcome = h->n_welcome;
        uint8_t real[HEADER];
        assert_int_equal(h->n_out, h->at_out);
        (void)frame_make(real, HELLO, h->session, 0, 0, h->window, NULL, 0);
        for (uint32_t j = 0; j < n; j++) {
            /* Beginnings of headers, one in the other. */
            h->out[h->n_out++] =
                k % 3 == 0 ? (uint8_t)rng_next(&rng) : like[rng_below(&rng, 5)];
        }
        if (k % 3 == 2) { /* a true one, but for its last bytes */
            memcpy(h->out + h->n_out, real, HEADER);
            h->n_out += rng_below(&rng, HEADER);
        }
        memcpy(h->out + h->n_out, real, HEADER);
        h->n_out += HEADER;
        while (h->n_out != h->at_out) {
            host_step(h);
        }
        host_run(h, 100);
        assert_int_equal(h->n_welcome, welcome + 1);
    }
    host_destroy(h);
}

/* --- faults -----------------------------------------------------------------
 */

struct campaign {
    const char *board;
    struct faults f;
    uint32_t in_permille, out_permille;
};

static void wire_faults_are_healed(void **state)
{
    const struct campaign *c = *state;
    struct host *h = board(c->board);
    struct expect *e = expect_create();
    struct rng rng = {13};
    uint8_t data[4000];
    uint32_t n_writes = 0, n_reads = 0, goal = 4000;
    const char *env = getenv("LINK_FAULTS");
    uint64_t bytes = 0;

    if (env != NULL) {
        assert_true(parse_u32(env, 1, 1000000, &goal));
    }
    h->board->stalls(h->model, 3, c->in_permille, c->out_permille);
    h->up.f = h->down.f = c->f;
    h->up.rng.state = 101;
    h->down.rng.state = 102;
    while (h->up.n_faults + h->down.n_faults < goal) {
        for (uint32_t k = 0; k < 8; k++) {
            uint32_t n =
                1 + rng_below(&rng, rng_below(&rng, 4) == 0 ? 4000 : 200);
            uint64_t user = rng_next(&rng) >> 16;
            fill(&rng, data, n);
            put_parts(h, user, data, n, 1 + rng_below(&rng, 4000));
            expect_packet(e, user, data, n);
            uint32_t v[3] = {rng_below(&rng, 4), n, n};
            put_write(h, 0, GIVE_FRAMES, v, 1);
            expect_frames(e, v[0]);
            put_write(h, 0, 0xf4, v, 3);
            n_writes += 3;
            put_read(h, 0, 0xfc, (uint16_t)rng_below(&rng, 3));
            for (uint32_t j = 0; j < h->give[h->n_give - 2]; j++) {
                expect_word(e, n_reads++);
            }
            put_read(h, 0, 0xf4, 1);
            expect_word(e, n_writes);
        }
        uint32_t before = h->n_got;
        expect_all(e, h);
        bytes += h->n_got - before;
    }
    h->up.f = h->down.f = (struct faults){0};
    expect_all(e, h);
    print_message(
        "%s: %llu faults, %llu bytes back, %zu packets, %llu repeats, "
        "%llu RESENDs from it, %llu clocks; counted %u %u %u %u\n",
        c->board, (unsigned long long)(h->up.n_faults + h->down.n_faults),
        (unsigned long long)bytes, e->n_packets,
        (unsigned long long)h->n_repeat_in, (unsigned long long)h->n_resend_in,
        (unsigned long long)now(h), read_one(h, SELF, FABRIC_TAKEN, 0),
        read_one(h, SELF, FABRIC_BAD_HEADERS, 0),
        read_one(h, SELF, FABRIC_BAD_PAYLOADS, 0),
        read_one(h, SELF, FABRIC_RESENT, 0));
    assert_int_equal(e->n_events, 0);
    expect_destroy(e);
    host_destroy(h);
}

/* --- speed ------------------------------------------------------------------
 */

/* Bytes of 1,500-byte packets both ways, for each clock. */
static void packets_stream_both_ways(void **state)
{
    struct host *h = board(*state);
    uint8_t data[1500] = {0};
    uint64_t start;
    uint32_t from;

    for (int k = 0; k < 400; k++) {
        put_packet(h, PKT, 1, data, sizeof data);
    }
    h->step = 8;
    h->frame = strstr(*state, "32") != NULL ? PAYLOAD : PAYLOAD / 2;
    host_run(h, 20000);
    start = now(h);
    from = h->n_got;
    host_run(h, 300000);
    double each =
        (double)(h->n_got - from) / 1510 * 1500 / (double)(now(h) - start);
    print_message("%s: %.4f bytes of packets a clock, each way\n",
                  (const char *)*state, each);
    assert_int_equal(h->n_resend_in, 0);
    /* 2,048 bytes of receive buffer bound it at 64 bits, nothing at 32. */
    assert_true(each >= (strstr(*state, "32") != NULL ? 0.95 : 0.93));
    host_destroy(h);
}

int main(void)
{
    static char echo64[] = "echo-board64", echo32[] = "echo-board32";
    static struct campaign flips = {echo64, {.flip = 40}, 0, 0};
    static struct campaign bytes = {
        echo32, {.flip = 20, .drop = 20, .repeat = 20, .insert = 20}, 0, 0};
    static struct campaign frames = {echo64, {.cut = 30, .replay = 30}, 0, 0};
    static struct campaign all = {echo64,
                                  {.flip = 20,
                                   .drop = 20,
                                   .repeat = 20,
                                   .insert = 20,
                                   .cut = 20,
                                   .replay = 20},
                                  200,
                                  200};
    const struct CMUnitTest tests[] = {
        {"fabric_is_silent_before_hello", fabric_is_silent_before_hello, NULL,
         NULL, echo64},
        {"repeated_hello_changes_nothing", repeated_hello_changes_nothing, NULL,
         NULL, echo64},
        {"new_session_begins_from_nothing", new_session_begins_from_nothing,
         NULL, NULL, echo64},
        {"lost_acknowledgements_bring_bytes_again",
         lost_acknowledgements_bring_bytes_again, NULL, NULL, echo64},
        {"fabric_never_goes_beyond_the_limit",
         fabric_never_goes_beyond_the_limit, NULL, NULL, echo64},
        {"acks_and_limits_that_cannot_be_do_not_count",
         acks_and_limits_that_cannot_be_do_not_count, NULL, NULL, echo64},
        {"an_ack_ends_the_repeating", an_ack_ends_the_repeating, NULL, NULL,
         echo64},
        {"header_is_found_behind_anything", header_is_found_behind_anything,
         NULL, NULL, echo64},
        {"wire_faults_are_healed: flips", wire_faults_are_healed, NULL, NULL,
         &flips},
        {"wire_faults_are_healed: bytes", wire_faults_are_healed, NULL, NULL,
         &bytes},
        {"wire_faults_are_healed: frames", wire_faults_are_healed, NULL, NULL,
         &frames},
        {"wire_faults_are_healed: all, stalls", wire_faults_are_healed, NULL,
         NULL, &all},
        {"packets_stream_both_ways 64", packets_stream_both_ways, NULL, NULL,
         echo64},
        {"packets_stream_both_ways 32", packets_stream_both_ways, NULL, NULL,
         echo32},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
