/*
 * router4_cache_test.c - entries and packets by hand, on the C body and on the
 * RTL body at both widths.
 */
#include "core/net_plain4.h"
#include "net/fn/router4_cache/router4_cache_entry.h"
#include "tests/fn_each.h"

enum { ROOM = 2048, FRAME = 14 + 0x73, MARK = 0xbeef, PORT = 7 };

/*
 * 192.168.0.1 to 192.168.0.199, 0x73 bytes, TTL 64, UDP: the header whose
 * checksum, 0xb861, is worked out in many textbooks.
 */
static const uint8_t known[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40,
                                0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8,
                                0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
static const uint32_t to = 0xc0a800c7;
static const uint32_t both_set[] = {0x33445566, 0xe0051122, 0x99aabbcc,
                                    0x00007788};

static int bench_open(void **state)
{
    return bench_load(*state, "router4_cache");
}

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

/* Entry 'number' of DEST for 'addr', whose next hop is entry 9. */
static void hold(struct body *b, uint32_t addr, uint32_t number, uint32_t mtu)
{
    const uint32_t dest[] = {addr, DEST_IN_USE | 9u << DEST_HOP_SHIFT | mtu};

    assert_int_equal(dest_emit(dest, number, put, b), 0);
}

static void begin(struct body *b, const uint32_t *hop)
{
    assert_int_equal(body_write(b, ROUTER4_CACHE_N_DEST, 512), 0);
    assert_int_equal(body_write(b, ROUTER4_CACHE_N_HOPS, 256), 0);
    assert_int_equal(hop_emit(hop, 9, put, b), 0);
    hold(b, to, dest_first(to), 0);
}

/* The known packet behind 'tags' VLAN tags. */
static struct pkt known_packet(uint8_t *d, uint32_t tags)
{
    memset(d, 0x5a, ROOM);
    d[0] = 2;
    for (uint32_t k = 0; k < tags; k++) {
        be16_store(d + 12 + (size_t)4 * k, k == 0 ? 0x88a8 : 0x8100);
    }
    be16_store(d + 12 + (size_t)4 * tags, 0x0800);
    memcpy(d + 14 + (size_t)4 * tags, known, sizeof known);
    return (struct pkt){.data = d,
                        .len_bytes = FRAME + 4 * tags,
                        .room_bytes = ROOM,
                        .in_port = 3,
                        .out_port = PORT,
                        .mark = MARK};
}

static struct pkt run_one(struct body *b, const struct pkt *x, uint8_t *bytes)
{
    struct pkt from = *x, y = {.data = bytes, .room_bytes = ROOM};
    struct fn_span in = {FN_PKT, &from, 1, 1, 0}, out = {FN_PKT, &y, 0, 1, 0};

    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(y.len_bytes, x->len_bytes);
    assert_int_equal(y.in_port, 3);
    assert_int_equal(y.mark, MARK);
    return y;
}

static void assert_punted(struct body *b, const struct pkt *x)
{
    uint8_t bytes[ROOM];
    struct pkt y = run_one(b, x, bytes);

    assert_int_equal(y.flags, x->flags | PKT_PUNT);
    assert_int_equal(y.out_port, PORT);
    assert_memory_equal(bytes, x->data, x->len_bytes);
}

static bool is_held(struct body *b)
{
    uint8_t d[ROOM], bytes[ROOM];
    struct pkt x = known_packet(d, 0), y = run_one(b, &x, bytes);

    assert_true(y.flags == 0 || y.flags == PKT_PUNT);
    return y.flags == 0;
}

static void assert_counts(struct body *b, uint32_t forwarded, uint32_t misses,
                          uint32_t others)
{
    assert_int_equal(read_reg(b, ROUTER4_CACHE_N_FORWARDED), forwarded);
    assert_int_equal(read_reg(b, ROUTER4_CACHE_CACHE_MISSES), misses);
    assert_int_equal(read_reg(b, ROUTER4_CACHE_CACHE_OTHERS), others);
}

static void a_hit_goes_where_the_entry_says(void **state)
{
    static const struct {
        uint32_t how; /* word 1 of the hop */
        const char *mac;
    } row[] = {
        {0xe0051122, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc"},
        {0xa0051122, "\x11\x22\x33\x44\x55\x66\x5a\x5a\x5a\x5a\x5a\x5a"},
        {0x60051122, "\x02\x5a\x5a\x5a\x5a\x5a\x77\x88\x99\xaa\xbb\xcc"},
        {0x00051122, "\x02\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a"},
    };
    struct body *b = bench_body(state);

    for (uint32_t k = 0; k < 3 * CHECK_ROWS(row); k++) {
        uint32_t hop[] = {both_set[0], row[k / 3].how, both_set[2],
                          both_set[3]};
        uint8_t d[ROOM], bytes[ROOM];
        struct pkt x = known_packet(d, k % 3), y;
        begin(b, hop);
        y = run_one(b, &x, bytes);
        assert_int_equal(y.flags, 0);
        assert_int_equal(y.out_port, 5);
        uint8_t *ip = d + 14 + (size_t)4 * (k % 3); /* by hand: */
        memcpy(d, row[k / 3].mac, 12);
        ip[8] = 0x3f;
        be16_store(ip + 10, 0xb961);
        assert_memory_equal(bytes, d, x.len_bytes);
    }
    assert_counts(b, 3 * CHECK_ROWS(row), 0, 0);
}

/* RFC 1624, section 3: ~(~HC + ~m + m'), and never from one zero to another. */
static void checksums_carry_as_rfc_1624_says(void **state)
{
    static const uint16_t row[][2] = {
        {0xb861, 0xb961}, {0xfefe, 0xfffe}, {0xfeff, 0x0000}, {0xff00, 0x0001},
        {0xfffe, 0x00ff}, {0xffff, 0x0100}, {0x0000, 0x0100}, {0x00ff, 0x01ff}};
    struct body *b = bench_body(state);

    begin(b, both_set);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t d[ROOM], bytes[ROOM];
        struct pkt x = known_packet(d, 0);
        be16_store(d + 14 + 10, row[k][0]);
        be16_store(d + 14 + 4, 0); /* the identification makes it right */
        be16_store(d + 14 + 4, ip4_checksum(d + 14, 20));
        assert_int_equal(run_one(b, &x, bytes).flags, 0);
        assert_int_equal(be16_load(bytes + 14 + 10), row[k][1]);
        assert_int_equal(ip4_sum(0, bytes + 14, 20), 0xffff);
    }
}

/* What is wrong with a packet, and with what checksum. */
struct change {
    const char *why;
    uint32_t at, value; /* 16 bits of the frame */
    bool sum;           /* the checksum is made right again */
    uint32_t len_bytes; /* 0: as it is */
    uint16_t flags;
};

static struct pkt changed_packet(const struct change *c, uint8_t *d)
{
    struct pkt x = known_packet(d, 0);

    be16_store(d + c->at, (uint16_t)c->value);
    if (c->sum) {
        be16_store(d + 24, 0);
        be16_store(d + 24, ip4_checksum(d + 14, 20));
    }
    x.len_bytes = c->len_bytes > 0 ? c->len_bytes : x.len_bytes;
    x.flags = c->flags;
    return x;
}

static void others_are_punted_as_they_came(void **state)
{
    static const struct change row[] = {
        {"ARP", 12, 0x0806, false, 0, 0},
        {"IPv6", 12, 0x86dd, false, 0, 0},
        {"no Ethernet", 12, 0x0800, false, 0, PKT_ERROR},
        {"version 5", 14, 0x5500, true, 0, 0},
        {"version 0", 14, 0x0500, true, 0, 0},
        {"4 words of header", 14, 0x4400, true, 0, 0},
        {"options", 14, 0x4600, true, 0, 0},
        {"total length 19", 16, 19, true, 0, 0},
        {"total length 0", 16, 0, true, 0, 0},
        {"a byte more than came", 16, 0x74, true, 0, 0},
        {"256 bytes more than came", 16, 0x173, true, 0, 0},
        {"cut by a byte", 12, 0x0800, false, FRAME - 1, 0},
        {"cut in the header", 12, 0x0800, false, 33, 0},
        {"cut in the type", 12, 0x0800, false, 13, 0},
        {"a byte", 12, 0x0800, false, 1, 0},
        {"checksum", 24, 0xb860, false, 0, 0},
        {"a bit of the identification", 18, 0x8000, false, 0, 0},
        {"a word of the source", 26, 0x0001, false, 0, 0},
        {"TTL 1", 22, 0x0111, true, 0, 0},
        {"TTL 0", 22, 0x0011, true, 0, 0},
        {"from 0.x", 26, 0x00a8, true, 0, 0},
        {"from 127.x", 26, 0x7fa8, true, 0, 0},
        {"from 224.x", 26, 0xe0a8, true, 0, 0},
        {"from 240.x", 26, 0xf0a8, true, 0, 0},
        {"from 255.x", 26, 0xffa8, true, 0, 0},
        {"to a group's MAC", 0, 0x035a, false, 0, 0},
    };
    static const struct change right[] = {
        {"as it is", 12, 0x0800, false, 0, 0},
        {"padded", 16, 20, true, 0, 0},
        {"TTL 2", 22, 0x0211, true, 0, 0},
        {"from 1.x", 26, 0x01a8, true, 0, 0},
        {"from 126.x", 26, 0x7ea8, true, 0, 0},
        {"from 128.x", 26, 0x80a8, true, 0, 0},
        {"from 223.x", 26, 0xdfa8, true, 0, 0},
    };
    struct body *b = bench_body(state);
    uint8_t d[ROOM], bytes[ROOM];

    begin(b, both_set);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt x = changed_packet(&row[k], d);
        print_message("%s\n", row[k].why);
        assert_punted(b, &x);
        assert_counts(b, 0, 0, (uint32_t)k + 1);
    }
    struct pkt x = known_packet(d, 3); /* three tags */
    assert_punted(b, &x);
    for (size_t k = 0; k < CHECK_ROWS(right); k++) {
        x = changed_packet(&right[k], d);
        print_message("%s\n", right[k].why);
        assert_int_equal(run_one(b, &x, bytes).flags, 0);
    }
    assert_counts(b, CHECK_ROWS(right), 0, CHECK_ROWS(row) + 1);
}

/* 1500 bytes of IPv4 are held until the last one is there, no more. */
static void long_packets_are_held_up_to_the_mtu_of_ethernet(void **state)
{
    static const struct change row[] = {
        {"1500", 16, 1500, true, 1514, 0},
        {"1500, cut", 16, 1500, true, 1513, 0},
        {"1501", 16, 1501, true, 1515, 0},
        {"1500, padded", 16, 1500, true, 2000, 0},
    };
    struct body *b = bench_body(state);
    uint8_t d[ROOM], bytes[ROOM];

    begin(b, both_set);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt x = changed_packet(&row[k], d);
        assert_int_equal(run_one(b, &x, bytes).flags,
                         k % 3 == 0 ? 0 : PKT_PUNT);
    }
}

static void what_is_done_passes(void **state)
{
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_DROP | PKT_MIRROR};
    struct body *b = bench_body(state);
    uint8_t d[ROOM], bytes[ROOM];

    begin(b, both_set);
    for (size_t k = 0; k < CHECK_ROWS(flags); k++) {
        struct pkt x = known_packet(d, 0);
        x.flags = flags[k];
        struct pkt y = run_one(b, &x, bytes);
        assert_int_equal(y.flags, flags[k]);
        assert_int_equal(y.out_port, PORT);
        assert_memory_equal(bytes, d, x.len_bytes);
    }
    assert_counts(b, 0, 0, 0);
}

static void every_bit_of_the_destination_counts(void **state)
{
    struct body *b = bench_body(state);

    begin(b, both_set);
    for (uint32_t bit = 0; bit < 32; bit++) {
        hold(b, to ^ 1u << bit, dest_first(to), 0); /* at the place of 'to' */
        assert_false(is_held(b));
        hold(b, to, dest_first(to) + 1, 0);
        assert_true(is_held(b));
        const uint32_t none[] = {to, 0};
        assert_int_equal(dest_emit(none, dest_first(to) + 1, put, b), 0);
    }
    assert_counts(b, 32, 32, 0);
}

/* Worked out by hand: x ^ x >> 7 ^ x >> 14 ^ x >> 21 ^ x >> 28, 8 bits. */
static void destinations_are_where_the_hash_says(void **state)
{
    static const uint32_t row[][2] = {
        {0, 0},
        {1, 2 * 1},
        {0x80, 2 * 0x81},
        {0x4000, 2 * 0x81},
        {0x100, 2 * 2},
        {0x80000000, 2 * 8},
        {0x00200000, 2 * 0x81},
        {0x10000000, 2 * 0x81},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(dest_first(row[k][0]), row[k][1]);
    }
}

static void lengths_above_the_mtu_are_missed(void **state)
{
    struct body *b = bench_body(state);

    begin(b, both_set);
    for (uint32_t way = 0; way < 2; way++) {
        hold(b, to, dest_first(to) + way, 0x72);
        hold(b, to, dest_first(to) + 1 - way, 0x0001);
        assert_false(is_held(b));
        hold(b, to, dest_first(to) + way, 0x73);
        assert_true(is_held(b));
        hold(b, to, dest_first(to) + way, 0x8000);
        assert_true(is_held(b));
    }
}

static void entries_beyond_the_counts_are_none(void **state)
{
    struct body *b = bench_body(state);
    uint32_t number = dest_first(to);
    const uint32_t row[][3] = {
        {0, 256, 0},   {number, 256, 0}, {number + 1, 256, 1}, {511, 256, 1},
        {512, 256, 1}, {513, 256, 1},    {1023, 256, 1},       {512, 0, 0},
        {512, 9, 0},   {512, 10, 1},     {512, 255, 1},        {512, 257, 1},
        {512, 511, 1}, {512, 256, 1},
    };

    begin(b, both_set);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(body_write(b, ROUTER4_CACHE_N_DEST, row[k][0]), 0);
        assert_int_equal(body_write(b, ROUTER4_CACHE_N_HOPS, row[k][1]), 0);
        assert_int_equal(is_held(b), row[k][2]);
    }
}

static void tables_read_back(void **state)
{
    struct body *b = bench_body(state);
    uint32_t words[2][1024];
    struct rng r = {3};

    for (size_t t = 0; t < 2; t++) {
        assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(t, 0)), 0);
        for (size_t k = 0; k < CHECK_ROWS(words[t]); k++) {
            words[t][k] = (uint32_t)rng_next(&r);
            assert_int_equal(body_write(b, CSR_WINDOW_DATA, words[t][k]), 0);
        }
    }
    for (size_t t = 0; t < 2; t++) {
        assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(t, 0)), 0);
        for (size_t k = 0; k < CHECK_ROWS(words[t]); k++) {
            assert_int_equal(read_reg(b, CSR_WINDOW_DATA), words[t][k]);
        }
    }
}

int main(void)
{
    static struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(a_hit_goes_where_the_entry_says),
        ON_EACH(checksums_carry_as_rfc_1624_says),
        ON_EACH(others_are_punted_as_they_came),
        ON_EACH(long_packets_are_held_up_to_the_mtu_of_ethernet),
        ON_EACH(what_is_done_passes),
        ON_EACH(every_bit_of_the_destination_counts),
        cmocka_unit_test(destinations_are_where_the_hash_says),
        ON_EACH(lengths_above_the_mtu_are_missed),
        ON_EACH(entries_beyond_the_counts_are_none),
        ON_EACH(tables_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
