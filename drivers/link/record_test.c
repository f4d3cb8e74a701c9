/* record_test.c - records as bytes, in pieces, and ones that cannot be. */
#include "drivers/link/record.h"

#include <stdlib.h>

#include "core/base/bytes.h"
#include "core/fn.h"
#include "drivers/link/link_check.h"

enum { BYTES = 1 << 17 };

struct ends {
    struct link *host, *fabric;
};

static int ends_open(void **state)
{
    struct ends *e = *state;

    e->host = open_end(LINK_HOST, 1, BYTES);
    e->fabric = open_end(LINK_FABRIC, 0, BYTES);
    settle_both(e->host, e->fabric);
    return 0;
}

static int ends_close(void **state)
{
    const struct ends *e = *state;

    link_close(e->host);
    link_close(e->fabric);
    return 0;
}

/* A record of either end, its bytes on the pipe, and what is read from them. */
struct row {
    bool from_fabric;
    struct record record;
    const char *data;
    size_t n_data;
    size_t n_bytes;
    uint8_t bytes[20];
};

static const struct row rows[] = {
    {false,
     {.op = RECORD_PKT, .slot = 2, .user = 0x060504030201},
     "ab",
     2,
     12,
     {1, 2, 8, 0, 1, 2, 3, 4, 5, 6, 'a', 'b'}},
    {true,
     {.op = RECORD_PKT, .slot = 2, .user = 0x060504030201},
     "",
     0,
     10,
     {1, 2, 6, 0, 1, 2, 3, 4, 5, 6}},
    {false,
     {.op = RECORD_WRITE, .slot = 1, .address = 0x84},
     "\1\2\3\4\5\6\7\10",
     8,
     16,
     {3, 1, 12, 0, 0x84, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}},
    {false,
     {.op = RECORD_READ, .slot = 0, .address = 0xfc, .count = 0x102},
     "",
     0,
     8,
     {4, 0, 4, 0, 0xfc, 0, 2, 1}},
    {true,
     {.op = RECORD_READ, .address = 0xfc, .status = 2, .count = 1},
     "\0\0\0\0",
     4,
     12,
     {4, 0, 8, 0, 0xfc, 2, 1, 0, 0, 0, 0, 0}},
    {false,
     {.op = RECORD_LOAD, .slot = 7},
     "acl w64",
     7,
     11,
     {5, 7, 7, 0, 'a', 'c', 'l', ' ', 'w', '6', '4'}},
    {false, {.op = RECORD_LOAD, .slot = 7}, "\0", 1, 5, {5, 7, 1, 0, 0}},
    {true,
     {.op = RECORD_LOAD, .slot = 7, .status = 3},
     "no",
     2,
     7,
     {5, 7, 3, 0, 3, 'n', 'o'}},
    {true,
     {.op = RECORD_EVENT, .slot = 255, .code = 1, .value = 0x04030201},
     "",
     0,
     12,
     {6, 255, 8, 0, 1, 0, 0, 0, 1, 2, 3, 4}},
};

static void records_have_the_layout_of_the_protocol(void **state)
{
    const struct ends *e = *state;

    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        const struct row *w = &rows[k];
        struct link *from = w->from_fabric ? e->fabric : e->host;
        struct link *to = w->from_fabric ? e->host : e->fabric;
        struct record_out out;
        uint8_t got[32];
        record_begin(&out, w->from_fabric, &w->record, w->data, w->n_data);
        assert_true(record_push(&out, from));
        settle_both(e->host, e->fabric);
        assert_int_equal(link_read(to, got, sizeof got), w->n_bytes);
        assert_memory_equal(got, w->bytes, w->n_bytes);
    }
}

static void records_are_read_however_they_arrive(void **state)
{
    const struct ends *e = *state;

    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        const struct row *w = &rows[k];
        struct link *from = w->from_fabric ? e->fabric : e->host;
        struct link *to = w->from_fabric ? e->host : e->fabric;
        for (size_t step = 1; step <= w->n_bytes; step++) {
            struct record_in in = {.from_fabric = w->from_fabric};
            struct record r = {.op = RECORD_BAD};
            uint8_t data[16];
            size_t n = 0;
            int begun = 0;
            for (size_t at = 0; at < w->n_bytes; at += step) {
                size_t m = w->n_bytes - at < step ? w->n_bytes - at : step;
                assert_int_equal(link_write(from, w->bytes + at, m), m);
                settle_both(e->host, e->fabric);
                begun += record_next(&in, to, &r);
                n +=
                    begun ? record_data(&in, to, data + n, sizeof data - n) : 0;
            }
            assert_int_equal(begun, 1);
            assert_int_equal(r.op, w->record.op);
            assert_int_equal(r.slot, w->record.slot);
            assert_int_equal(r.address, w->record.address);
            assert_int_equal(r.status, w->record.status);
            assert_int_equal(r.count, w->record.count);
            assert_int_equal(r.code, w->record.code);
            assert_int_equal(r.value, w->record.value);
            assert_true(r.user == w->record.user);
            assert_int_equal(n, w->n_data);
            assert_int_equal(r.n_data, w->n_data);
            assert_memory_equal(data, w->data, n);
            assert_int_equal(link_readable(to), 0);
        }
    }
}

static void records_that_contradict_themselves_are_bad(void **state)
{
    static const struct {
        bool from_fabric;
        uint16_t n;
        uint8_t bytes[16];
    } bad[] = {
        {false, 4, {0, 0, 0, 0}},                /* no such op */
        {false, 6, {7, 1, 2, 0, 9, 9}},          /* no such op */
        {false, 4, {1, 0, 0, 0}},                /* no user */
        {false, 9, {1, 0, 5, 0, 1, 2, 3, 4, 5}}, /* half a user */
        {true, 9, {2, 0, 5, 0, 1, 2, 3, 4, 5}},  /* half a user */
        {false, 7, {3, 0, 3, 0, 1, 2, 3}},       /* no address */
        {false, 9, {3, 0, 5, 0, 1, 2, 3, 4, 5}}, /* a quarter of a value */
        {true, 8, {3, 0, 4, 0, 1, 2, 3, 4}},     /* a fabric that writes */
        {false, 12, {4, 0, 8, 0, 1, 0, 1, 0}},   /* values in a question */
        {true, 12, {4, 0, 8, 0, 1, 0, 2, 0}},    /* fewer than it says */
        {false, 4, {5, 0, 0, 0}},                /* loads what? */
        {true, 4, {5, 0, 0, 0}},                 /* no status */
        {false, 12, {6, 0, 8, 0, 1}},            /* a host has no events */
        {true, 11, {6, 0, 7, 0, 1}},             /* not whole */
        {true, 13, {6, 0, 9, 0, 1}},             /* more than that */
    };
    const struct ends *e = *state;

    for (size_t k = 0; k < CHECK_ROWS(bad); k++) {
        struct link *from = bad[k].from_fabric ? e->fabric : e->host;
        struct link *to = bad[k].from_fabric ? e->host : e->fabric;
        struct record_in in = {.from_fabric = bad[k].from_fabric};
        struct record r;
        assert_int_equal(link_write(from, bad[k].bytes, bad[k].n), bad[k].n);
        settle_both(e->host, e->fabric);
        assert_int_equal(record_next(&in, to, &r), 1);
        assert_int_equal(r.op, RECORD_BAD);
        assert_int_equal(r.raw_op, bad[k].bytes[0]);
        assert_int_equal(record_next(&in, to, &r), 0);
        assert_true(record_skip(&in, to));
        assert_int_equal(link_readable(to), 0);
        assert_int_equal(record_next(&in, to, &r), 0);
    }
}

/* Whatever bytes come, the reader takes them all and stays in bounds. */
static void random_bytes_do_no_harm(void **state)
{
    const struct ends *e = *state;
    struct record_in in = {.from_fabric = false};
    struct rng rng = {1};
    struct record r;
    uint8_t data[512];
    size_t left = 0;

    for (int turn = 0; turn < 20000; turn++) {
        size_t n = rng_below(&rng, sizeof data);
        for (size_t k = 0; k < n; k++) {
            uint64_t x = rng_next(&rng);
            data[k] = (uint8_t)(x % 4 != 0 ? x >> 8 & 7 : x >> 8);
        }
        (void)link_write(e->host, data, n);
        settle_both(e->host, e->fabric);
        do {
            if (record_next(&in, e->fabric, &r) == 1) {
                assert_int_equal(in.left, r.n_data);
                assert_true(r.n_data <= RECORD_LONGEST);
            }
            left = in.left;
            size_t m = record_data(&in, e->fabric, data,
                                   1 + rng_below(&rng, sizeof data));
            assert_int_equal(in.left + m, left);
            (void)(turn % 3 == 0 && record_skip(&in, e->fabric));
        } while (link_readable(e->fabric) > 0);
    }
}

static void the_longest_packet_goes_in_parts(void **state)
{
    const struct ends *e = *state;
    uint8_t *data = malloc(FN_PKT_BYTES);
    uint8_t *got = malloc(FN_PKT_BYTES);
    struct record r = {.op = RECORD_PKT, .slot = 9, .user = 5};
    struct record x = {.op = RECORD_BAD};
    struct record_in in = {.from_fabric = false};
    struct record_out out;
    size_t at = 0, parts = 0;
    bool sent = false;

    assert_true(data != NULL && got != NULL);
    for (size_t k = 0; k < FN_PKT_BYTES; k++) {
        data[k] = (uint8_t)(k ^ k >> 8);
    }
    record_begin(&out, false, &r, data, FN_PKT_BYTES);
    while (!sent || in.left > 0 || x.op != RECORD_PKT) {
        sent = sent || record_push(&out, e->host);
        (void)carry(e->host, e->fabric);
        if (in.left == 0 && record_next(&in, e->fabric, &x) == 1) {
            assert_int_equal(x.op, parts < 7 ? RECORD_PART : RECORD_PKT);
            assert_int_equal(x.n_data, RECORD_PART_BYTES);
            parts++;
        }
        at += record_data(&in, e->fabric, got + at, FN_PKT_BYTES - at);
        (void)carry(e->fabric, e->host);
    }
    assert_int_equal(parts, 8);
    assert_memory_equal(got, data, FN_PKT_BYTES);
    free(data);
    free(got);
}

int main(void)
{
    static struct ends ends;
#define WITH_ENDS(f) \
    cmocka_unit_test_prestate_setup_teardown(f, ends_open, ends_close, &ends)
    const struct CMUnitTest tests[] = {
        WITH_ENDS(records_have_the_layout_of_the_protocol),
        WITH_ENDS(records_are_read_however_they_arrive),
        WITH_ENDS(records_that_contradict_themselves_are_bad),
        WITH_ENDS(random_bytes_do_no_harm),
        WITH_ENDS(the_longest_packet_goes_in_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
