/* record_test.c - records to CBOR and back, and input that lies. */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/telemetry.h"
#include "core/wire/cbor.h"
#include "core/wire/items.h"
#include "core/wire/record.h"

enum { BYTES_MAX = WIRE_HEAD_MAX + 256 };

/* All of a record in 'to'. */
static size_t encode(const struct wire_record *r, uint8_t to[BYTES_MAX])
{
    size_t n = wire_encode(r, to);

    assert_true(n + r->data.n <= BYTES_MAX);
    if (r->data.n > 0) {
        memcpy(to + n, r->data.at, r->data.n);
    }
    return n + r->data.n;
}

static struct wire_record verdict(void)
{
    static const uint8_t data[] = {0xde, 0xad};

    return (struct wire_record){
        .type = WIRE_VERDICT,
        .t_ns = 1700000000123456789u,
        .node = wire_text("acl"),
        .device = wire_text("fab0/0"),
        .item = 4096,
        .kind = wire_text("differ"),
        .text = wire_text("byte 17 expected 0x40 got 0x44"),
        .stage = wire_text("output"),
        .data = {data, sizeof data},
    };
}

/* RFC 8949 appendix A, and the keys of docs/twin.cddl, by hand. */
static void a_record_is_this_cbor(void **state)
{
    static const uint8_t want[] = {
        0xa5, 0x01, 0x04,                   /* 5 pairs; type: action */
        0x03, 0x62, 'n',  '0',              /* node */
        0x05, 0x1a, 0x00, 0x0f, 0x42, 0x40, /* item: 1000000 */
        0x07, 0x65, 's',  'c',  'r',  'u',
        'b',  0x13, 0x42, 0x01, 0x02, /* data */
    };
    static const uint8_t data[] = {1, 2};
    struct wire_record r = {.type = WIRE_ACTION,
                            .node = wire_text("n0"),
                            .item = 1000000,
                            .kind = wire_text("scrub"),
                            .data = {data, 2}};
    uint8_t got[BYTES_MAX];

    (void)state;
    assert_int_equal(encode(&r, got), sizeof want);
    assert_memory_equal(got, want, sizeof want);
}

static void a_record_comes_back_as_it_went(void **state)
{
    struct wire_record r = verdict(), back;
    uint8_t bytes[BYTES_MAX];
    size_t n = encode(&r, bytes);

    (void)state;
    assert_null(wire_decode(bytes, n, &back));
    assert_int_equal(back.type, WIRE_VERDICT);
    assert_int_equal(back.t_ns, r.t_ns);
    assert_int_equal(back.item, 4096);
    assert_true(wire_is(back.node, "acl"));
    assert_true(wire_is(back.device, "fab0/0"));
    assert_true(wire_is(back.kind, "differ"));
    assert_true(wire_is(back.stage, "output"));
    assert_true(wire_is(back.reg, ""));
    assert_int_equal(back.data.n, 2);
    assert_memory_equal(back.data.at, r.data.at, 2);
}

static bool within(const void *p, size_t n, const uint8_t *from, size_t len)
{
    const uint8_t *at = p;

    return n == 0 || (at >= from && n <= len && at - from <= (long)(len - n));
}

/* Decodes a copy of exactly 'n' bytes, so that a sanitizer sees each read. */
static bool decodes(const uint8_t *from, size_t n)
{
    uint8_t *copy = malloc(n + (n == 0));
    struct wire_record r;

    assert_non_null(copy);
    memcpy(copy, from, n);
    bool good = wire_decode(copy, n, &r) == NULL;
    if (good) {
        assert_true(within(r.node.at, r.node.n, copy, n));
        assert_true(within(r.text.at, r.text.n, copy, n));
        assert_true(within(r.data.at, r.data.n, copy, n));
        json_t *o = wire_json(&r);
        char *text = json_dumps(o, JSON_COMPACT);
        assert_non_null(text); /* no text is such that JSON refuses it */
        free(text);
        json_decref(o);
    }
    free(copy);
    return good;
}

static void a_cut_record_is_refused_at_every_length(void **state)
{
    struct wire_record r = verdict();
    uint8_t bytes[BYTES_MAX];
    size_t n = encode(&r, bytes);

    (void)state;
    assert_true(decodes(bytes, n));
    for (size_t k = 0; k < n; k++) {
        assert_false(decodes(bytes, k));
    }
    bytes[n] = 0;
    assert_false(decodes(bytes, n + 1)); /* and one that goes on */
}

static void no_byte_value_anywhere_does_harm(void **state)
{
    struct wire_record r = verdict();
    uint8_t bytes[BYTES_MAX];
    size_t n = encode(&r, bytes);
    size_t refused = 0;

    (void)state;
    for (size_t k = 0; k < n; k++) {
        uint8_t was = bytes[k];
        for (int v = 0; v < 256; v++) {
            bytes[k] = (uint8_t)v;
            refused += !decodes(bytes, n);
        }
        bytes[k] = was;
    }
    assert_true(refused > 0);
    struct rng g = {.state = 5};
    for (int k = 0; k < 200000; k++) {
        for (size_t j = 0; j < 16; j++) {
            bytes[j] = (uint8_t)rng_next(&g);
        }
        bytes[0] = (uint8_t)(0xa0 | (bytes[0] & 7)); /* at least a map */
        (void)decodes(bytes, rng_below(&g, 17));
    }
}

static void lying_lengths_are_refused(void **state)
{
    static const struct {
        const char *why;
        uint8_t bytes[16];
        size_t n;
    } row[] = {
        {"2^64 - 1 pairs",
         {0xbb, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1},
         11},
        {"a text of 2^64 - 1 bytes",
         {0xa2, 1, 1, 3, 0x7b, 255, 255, 255, 255, 255, 255, 255, 255, 'a'},
         14},
        {"a text one longer than the record", {0xa2, 1, 1, 3, 0x62, 'a'}, 6},
        {"a map of unknown length", {0xbf, 1, 1, 0xff}, 4},
        {"a number that is not the shortest", {0xa1, 1, 0x18, 1}, 4},
        {"a key that comes twice", {0xa2, 1, 1, 1, 1}, 5},
        {"keys that do not ascend", {0xa2, 2, 1, 1, 1}, 5},
        {"a text where a number is due", {0xa1, 1, 0x61, 'a'}, 4},
        {"a number where a text is due", {0xa2, 1, 1, 3, 1}, 5},
        {"a control character", {0xa2, 1, 1, 3, 0x61, 7}, 6},
        {"half a character", {0xa2, 1, 1, 3, 0x61, 0xc3}, 6},
        {"an array under an unknown key", {0xa2, 1, 1, 0x18, 99, 0x80}, 6},
        {"no type", {0xa1, 2, 1}, 3},
        {"an unknown type", {0xa1, 1, 0x18, 77}, 4},
        {"nothing", {0}, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        assert_false(decodes(row[k].bytes, row[k].n));
    }
    static const uint8_t newer[] = {0xa2, 1, 1, 0x18, 99, 0x61, 'x'};
    assert_true(decodes(newer, sizeof newer)); /* of a newer writer */
}

static void
telemetry_takes_at_most_128_bytes_and_1_percent_of_the_link(void **state)
{
    struct telemetry t = {.image = UINT32_MAX, .window = 1000000};
    uint8_t frame[TELEMETRY_BYTES], bytes[BYTES_MAX];
    struct wire_record r = {.type = WIRE_TELEMETRY,
                            .t_ns = UINT64_MAX / 2,
                            .node = wire_text("acl"),
                            .device = wire_text("fab0/0"),
                            .item = 1u << 31,
                            .data = {frame, sizeof frame}};

    (void)state;
    telemetry_encode(&t, frame);
    assert_true(encode(&r, bytes) <= 128);
    /* On the narrowest link, 32 bits a beat; windows are longer, not shorter.
     */
    assert_true(TELEMETRY_BYTES * 100 <= TELEMETRY_WINDOW * 4);
}

static void packets_and_samples_come_back(void **state)
{
    uint8_t a[] = {1, 2, 3}, b[] = {4};
    struct pkt p[] = {
        {.data = a, .len_bytes = 3, .wire_bytes = 90, .t_ns = 1ull << 40},
        {.data = b, .len_bytes = 1, .mark = 77, .flags = PKT_DROP},
        {.data = b, .len_bytes = 0},
    };
    struct iq16 x[] = {{-1, 2}, {INT16_MIN, INT16_MAX}}, y[2];
    struct fn_span pkts = {.type = FN_PKT, .items = p, .n = 3};
    struct fn_span iq = {.type = FN_IQ16, .items = x, .n = 2};
    uint8_t data[256];
    struct pkt q[4];
    struct wire_bytes d = {data, wire_items_bytes(&pkts)};

    (void)state;
    wire_items_put(&pkts, data);
    assert_true(wire_items_get(data, d.n, FN_PKT, 3, q));
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(pkt_user(&q[k]), pkt_user(&p[k]));
        assert_int_equal(q[k].len_bytes, p[k].len_bytes);
        assert_int_equal(q[k].wire_bytes, p[k].wire_bytes);
        assert_int_equal(q[k].t_ns, p[k].t_ns);
        assert_memory_equal(q[k].data, p[k].data, p[k].len_bytes);
    }
    struct fn_span back = {.type = FN_PKT, .items = q, .n = 3};
    assert_int_equal(wire_digest(&back), wire_digest(&pkts));
    q[2].mark ^= 1;
    assert_int_not_equal(wire_digest(&back), wire_digest(&pkts));
    for (size_t n = 0; n < d.n; n++) { /* cut at every byte */
        assert_false(wire_items_get(data, n, FN_PKT, 3, q));
    }
    assert_false(wire_items_get(data, d.n, FN_PKT, 2, q));
    assert_false(wire_items_get(data, d.n, FN_PKT, 4, q));
    data[20] = data[23] = 0xff; /* a length that lies */
    assert_false(wire_items_get(data, d.n, FN_PKT, 3, q));

    d.n = wire_items_bytes(&iq);
    wire_items_put(&iq, data);
    assert_true(wire_items_get(data, d.n, FN_IQ16, 2, y));
    assert_memory_equal(x, y, sizeof x);
    assert_false(wire_items_get(data, d.n, FN_IQ16, 3, y));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_this_cbor),
        cmocka_unit_test(a_record_comes_back_as_it_went),
        cmocka_unit_test(a_cut_record_is_refused_at_every_length),
        cmocka_unit_test(no_byte_value_anywhere_does_harm),
        cmocka_unit_test(lying_lengths_are_refused),
        cmocka_unit_test(
            telemetry_takes_at_most_128_bytes_and_1_percent_of_the_link),
        cmocka_unit_test(packets_and_samples_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
