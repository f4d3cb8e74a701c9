/*
 * link_rtl_test.c - rtl/link against docs/LINK.md: the Verilated fabric behind
 * its byte port, driven by a host's end of the tests' own.
 *
 * LINK_FAULTS sets how many faults the campaign injects.
 */
#include "tests/link/link_host.h"

#include "common_csr.h"
#include "core/base/text.h"
#include "core/body.h"
#include "core/registry.h"
#include "fabric_csr.h"

static struct host *board(const char *name)
{
    struct host *h = host_create(name);

    if (h == NULL) {
        skip();
    }
    host_hello(h);
    return h;
}

/* The answer of one READ of one value. */
static uint32_t read_one(struct host *h, uint8_t slot, uint8_t addr,
                         uint8_t status)
{
    uint32_t at = h->n_got;
    struct record r;

    put_read(h, slot, addr, 1);
    host_settle(h);
    assert_true(next_record(h, &at, &r));
    assert_int_equal(r.op, READ);
    assert_int_equal(r.slot, slot);
    assert_int_equal(r.n, 8);
    assert_int_equal(r.data[0], addr);
    assert_int_equal(r.data[1], status);
    assert_int_equal(le16_load(r.data + 2), 1);
    assert_int_equal(at, h->n_got);
    return le32_load(r.data + 4);
}

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

static void fill(struct rng *rng, uint8_t *data, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        data[k] = (uint8_t)rng_next(rng);
    }
}

/* Gives 'n' bytes as one packet, in parts of up to 'most'. */
static void put_parts(struct host *h, uint64_t user, const uint8_t *data,
                      size_t n, size_t most)
{
    for (; n > most; data += most, n -= most) {
        put_packet(h, PART, user, data, most);
    }
    put_packet(h, PKT, user, data, n);
}

/* What is expected back: packets in order, answers in order. */
struct expect {
    uint8_t *bytes; /* of packets: user, length, data */
    size_t n_bytes, at_byte;
    uint32_t *value; /* of READ, 0xffffffff for whatever it is */
    size_t n_value, at_value;
    uint32_t at; /* in h->got */
    uint8_t part[16384];
    size_t n_part;
    size_t n_packets, n_parts, n_events;
    uint32_t event[64]; /* code << 24 | value */
};

static struct expect *expect_create(void)
{
    struct expect *e = calloc(1, sizeof *e);

    assert_non_null(e);
    e->bytes = malloc(PIPE);
    e->value = malloc(PIPE);
    assert_non_null(e->bytes);
    assert_non_null(e->value);
    return e;
}

static void expect_destroy(struct expect *e)
{
    free(e->bytes);
    free(e->value);
    free(e);
}

static void expect_packet(struct expect *e, uint64_t user, const uint8_t *data,
                          size_t n)
{
    uint8_t *p = e->bytes + e->n_bytes;

    assert_true(e->n_bytes + n + 10 < PIPE);
    le32_store(p, (uint32_t)user);
    le16_store(p + 4, (uint16_t)(user >> 32));
    le32_store(p + 6, (uint32_t)n);
    memcpy(p + 10, data, n);
    e->n_bytes += 10 + n;
}

static void expect_word(struct expect *e, uint32_t v)
{
    assert_true((e->n_value + 1) * 4 < PIPE);
    e->value[e->n_value++] = v;
}

static void take_packet(struct expect *e, const struct record *r)
{
    const uint8_t *want = e->bytes + e->at_byte;

    assert_true(r->n >= 6);
    assert_true(e->n_part + r->n < sizeof e->part);
    assert_memory_equal(r->data, want, 6);
    memcpy(e->part + e->n_part, r->data + 6, r->n - 6);
    e->n_part += r->n - 6;
    if (r->op == PART) {
        e->n_parts++;
        return;
    }
    assert_true(e->at_byte < e->n_bytes);
    assert_int_equal(e->n_part, le32_load(want + 6));
    assert_memory_equal(e->part, want + 10, e->n_part);
    e->at_byte += 10 + e->n_part;
    e->n_part = 0;
    e->n_packets++;
}

/* Works off the records that came; every one must be the next expected. */
static void expect_came(struct expect *e, struct host *h)
{
    struct record r;

    while (next_record(h, &e->at, &r)) {
        if (r.op == PKT || r.op == PART) {
            assert_int_equal(r.slot, 0);
            take_packet(e, &r);
        } else if (r.op == READ) {
            uint16_t count = le16_load(r.data + 2);
            assert_int_equal(r.n, 4 + 4 * count);
            for (size_t k = 0; k < count; k++) {
                uint32_t v = le32_load(r.data + 4 + 4 * k);
                assert_true(e->at_value < e->n_value);
                uint32_t want = e->value[e->at_value++];
                if (want != 0xffffffff) {
                    assert_int_equal(v, want);
                }
            }
        } else if (r.op == EVENT) {
            assert_int_equal(r.n, 8);
            assert_int_equal(r.data[1] | r.data[2] | r.data[3], 0);
            e->event[e->n_events++ % 64] =
                (uint32_t)r.data[0] << 24 | (le32_load(r.data + 4) & 0xffffff);
        } else {
            fail_msg("record of op %u", r.op);
        }
    }
}

static void expect_all(struct expect *e, struct host *h)
{
    uint64_t start = now(h);

    while (e->at_byte != e->n_bytes || e->at_value != e->n_value) {
        host_run(h, 500);
        expect_came(e, h);
        if (now(h) - start > 20000000) {
            fail_msg("no end: tail %u of %u, send %u, limit %u, got %u",
                     h->tail, h->n_give, h->send, h->limit, h->n_got);
        }
    }
    host_settle(h);
    expect_came(e, h);
    assert_int_equal(e->at, h->n_got);
    assert_int_equal(e->at_byte, e->n_bytes);
    assert_int_equal(e->at_value, e->n_value);
}

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
            uint32_t v[3] = {n, n, n};
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
        cmocka_unit_test(acl_answers_as_its_c_body),
        cmocka_unit_test(scale_answers_as_its_c_body),
        {"packets_stream_both_ways 64", packets_stream_both_ways, NULL, NULL,
         echo64},
        {"packets_stream_both_ways 32", packets_stream_both_ways, NULL, NULL,
         echo32},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
