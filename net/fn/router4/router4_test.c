/*
 * router4_test.c - the router against rules of its own: routes by a scan,
 * checksums by adding up, and ICMP errors by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/body.h"
#include "net/fn/router4/router4_text.h"
#include "router4_csr.h"
#include "tests/capture.h"
#include "tests/check.h"

enum { ROOM = 2048, IN = 4096 };

extern const struct fn router4_fn;

static uint8_t bytes[2][FN_BURST_PKT][ROOM];

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static struct body *open_with(const char *routes, const char *next,
                              const char *ports)
{
    struct body *b;

    assert_int_equal(body_open_c(&router4_fn, &b), 0);
    const struct fn_text r = {"r", routes}, n = {"n", next}, p = {"p", ports};
    assert_int_equal(router4_parse_routes(&r, put, b), 0);
    assert_int_equal(router4_parse_next(&n, put, b), 0);
    assert_int_equal(router4_parse_ports(&p, put, b), 0);
    return b;
}

static uint32_t reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

/* Sums 16-bit words one by one, with the carry. */
static uint16_t slow_sum(const uint8_t *d, size_t n)
{
    uint32_t s = 0;

    for (size_t k = 0; k < n; k++) {
        s += (uint32_t)d[k] << (k % 2 == 0 ? 8 : 0);
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)~s;
}

/* What tests say of a packet; the rest is as in any. */
struct packet {
    uint32_t src, dst;
    uint8_t ttl, proto;
    uint16_t len;      /* of IPv4 */
    uint16_t fragment; /* flags and offset */
    uint8_t first;     /* byte behind the header */
    uint8_t port;
};

static struct pkt make(const struct packet *x, uint8_t *d)
{
    uint8_t *ip = d + 14;

    memset(d, 0, ROOM);
    memcpy(d, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0", 14);
    for (uint32_t k = 20; k < x->len; k++) {
        ip[k] = (uint8_t)(k * 7);
    }
    ip[0] = 0x45;
    be16_store(ip + 2, x->len);
    be16_store(ip + 4, 0x1234);
    be16_store(ip + 6, x->fragment);
    ip[8] = x->ttl;
    ip[9] = x->proto;
    be32_store(ip + 12, x->src);
    be32_store(ip + 16, x->dst);
    be16_store(ip + 10, slow_sum(ip, 20));
    ip[20] = x->first;
    return (struct pkt){.data = d,
                        .len_bytes = 14u + x->len,
                        .room_bytes = ROOM,
                        .in_port = x->port,
                        .mark = 7};
}

/* Runs one packet; what came, its bytes in bytes[1][0]. */
static struct pkt run_pkt(struct body *b, struct pkt in)
{
    struct pkt out = {.data = bytes[1][0], .room_bytes = ROOM};
    struct fn_span from = {FN_PKT, &in, 1, 1, 0}, to = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &from, &to), 0);
    assert_int_equal(to.n, 1);
    return out;
}

static struct pkt run_one(struct body *b, struct packet x)
{
    return run_pkt(b, make(&x, bytes[0][0]));
}

#define A     0x0a000001u /* 10.0.0.1 */
#define UDP20 .ttl = 64, .proto = 17, .len = 40

static void packets_go_where_the_longest_prefix_says(void **state)
{
    static const struct {
        uint32_t dst;
        const char *fate;
        uint8_t port;
    } row[] = {
        {0x0a010203, "forward", 2}, {0x0a010303, "forward", 3},
        {0x0a0102ff, "forward", 4}, {0x0b000000, "no_route", 0},
        {0xe0000005, "punt", 0},    {0xe1000005, "martian", 0},
        {0x7f000001, "martian", 0}, {0xffffffff, "punt", 0},
        {0xc0000201, "punt", 0},    /* its own */
        {0x00000000, "martian", 0}, /* what port 0 has for none */
    };
    struct body *b = open_with("# four\n10.0.0.0/8 9\n10.1.2.0/24 2\n"
                               "10.1.3.7/24 3\n\n 10.1.2.255/32\t4\r\n",
                               "9 port 5\n", "1 192.0.2.1\n");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt y = run_one(b, (struct packet){A, row[k].dst, UDP20});
        assert_string_equal(router4_fn.verdict(&y), row[k].fate);
        assert_int_equal(y.out_port, row[k].port);
        if (strcmp(row[k].fate, "forward") == 0) {
            const uint8_t *ip = y.data + 14;
            assert_int_equal(ip[8], 63);
            assert_int_equal(slow_sum(ip, 20), 0); /* a right one adds to 0 */
            assert_int_equal(y.mark, 7);
            assert_memory_equal(ip + 12, bytes[0][0] + 26, 28);
        }
    }
    assert_int_equal(reg(b, ROUTER4_N_FORWARDED), 3);
    assert_int_equal(reg(b, ROUTER4_N_NO_ROUTE), 1);
    assert_int_equal(reg(b, ROUTER4_N_PUNTED), 3);
    assert_int_equal(reg(b, ROUTER4_N_MARTIAN), 3);
    body_close(b);
}

/* Each way a header can be wrong, and that it is counted. */
static void wrong_headers_are_dropped_and_counted(void **state)
{
    static const struct {
        const char *why;
        uint32_t at, value, cut;
    } row[] = {
        {"version 6", 14, 0x65, 0},
        {"header of 16 bytes", 14, 0x44, 0},
        {"header beyond the end", 14, 0x4f, 0},
        {"length below the header", 17, 19, 0},
        {"length beyond the frame", 17, 41, 0},
        {"checksum", 24, 0xff, 0},
        {"cut in the header", 0, 2, 30},
    };
    struct body *b = open_with("0.0.0.0/0 1\n", "", "");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct packet x = {A, A + 1, UDP20};
        struct pkt in = make(&x, bytes[0][0]);
        print_message("%s\n", row[k].why);
        in.data[row[k].at] = (uint8_t)row[k].value;
        in.len_bytes -= row[k].cut;
        struct pkt y = run_pkt(b, in);
        assert_string_equal(router4_fn.verdict(&y), "bad_header");
        assert_true((y.flags & PKT_DROP) != 0);
        assert_int_equal(reg(b, ROUTER4_N_BAD), k + 1);
    }
    body_close(b);
}

/* Checks an ICMP error in every byte; 'quote' bytes of 'was' are in it. */
static void check_error(const struct pkt *y, const uint8_t *was, uint32_t quote,
                        uint8_t type, uint8_t code, uint16_t more)
{
    const uint8_t *ip = y->data + 14;

    assert_string_equal(router4_fn.verdict(y), "icmp");
    assert_int_equal(y->flags, 0);
    assert_int_equal(y->len_bytes, 14 + 28 + quote);
    assert_int_equal(y->out_port, y->in_port);
    assert_memory_equal(y->data, was + 6, 6); /* back to who sent it */
    assert_memory_equal(y->data + 6, was, 6);
    assert_int_equal(ip[0], 0x45);
    assert_int_equal(ip[1], 0xc0);
    assert_int_equal(be16_load(ip + 2), 28 + quote);
    assert_int_equal(slow_sum(ip, 20), 0);
    assert_int_equal(ip[9], 1);
    assert_int_equal(be32_load(ip + 12), 0xc0000201);
    assert_memory_equal(ip + 16, was + 26, 4);
    assert_int_equal(slow_sum(ip + 20, 8 + quote), 0);
    assert_int_equal(ip[20], type);
    assert_int_equal(ip[21], code);
    assert_int_equal(be16_load(ip + 24), 0);
    assert_int_equal(be16_load(ip + 26), more);
    assert_memory_equal(ip + 28, was + 14, quote);
}

static void icmp_errors_say_why(void **state)
{
    struct body *b = open_with("10.0.0.0/8 1\n11.0.0.0/8 2\n",
                               "2 port 3 mtu 100\n", "0 192.0.2.1\n");
    const struct packet no_route = {A, 0x0c000001, UDP20};
    const struct packet old = {A, 0x0a000009, .ttl = 1, .proto = 17,
                               .len = 900};
    const struct packet big = {A, 0x0b000001, .ttl = 9, .proto = 6, .len = 101};
    struct pkt y = run_one(b, no_route);

    (void)state;
    check_error(&y, bytes[0][0], 40, 3, 0, 0);
    y = run_one(b, old); /* no more than 576 bytes */
    check_error(&y, bytes[0][0], 548, 11, 0, 0);
    y = run_one(b, big);
    check_error(&y, bytes[0][0], 101, 3, 4, 100);
    y = run_one(b, (struct packet){A, 0x0b000001, .ttl = 9, .len = 100});
    assert_int_equal(y.out_port, 3);
    assert_int_equal(reg(b, ROUTER4_N_ICMP), 3);
    body_close(b);
}

static void what_must_not_be_answered_is_not(void **state)
{
    static const struct {
        const char *why;
        struct packet x;
    } row[] = {
        {"an ICMP error",
         {A, 1u << 28, .ttl = 9, .proto = 1, .len = 40, .first = 3}},
        {"ICMP without a type", {A, 1u << 28, .ttl = 9, .proto = 1, .len = 20}},
        {"a later fragment", {A, 1u << 28, UDP20, .fragment = 1}},
        {"a port without address", {A, 1u << 28, UDP20, .port = 1}},
    };
    struct body *b = open_with("", "", "0 192.0.2.1\n");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        struct pkt y = run_one(b, row[k].x);
        assert_string_equal(router4_fn.verdict(&y), "no_route");
    }
    struct packet echo = {A,          1u << 28,  .ttl = 9,
                          .proto = 1, .len = 40, .first = 8};
    struct pkt y = run_one(b, echo);
    check_error(&y, bytes[0][0], 40, 3, 0, 0);
    struct pkt full = make(&row[2].x, bytes[0][0]); /* no room for an answer */
    full.data[20] = full.data[21] = 0;
    be16_store(full.data + 24, 0);
    be16_store(full.data + 24, slow_sum(full.data + 14, 20));
    struct pkt out = full;
    out.room_bytes = 14 + 28 + 27;
    struct fn_span from = {FN_PKT, &full, 1, 1, 0},
                   to = {FN_PKT, &out, 0, 1, 0};
    full.room_bytes = out.room_bytes;
    assert_int_equal(body_run(b, &from, &to), 0);
    assert_string_equal(router4_fn.verdict(&out), "no_route");
    body_close(b);
}

static void errors_are_limited_by_tick(void **state)
{
    struct body *b = open_with("", "", "0 192.0.2.1\n");
    const struct packet x = {A, 1u << 28, UDP20};

    (void)state;
    assert_int_equal(body_write(b, ROUTER4_ICMP_MAX, 2), 0);
    for (uint32_t tick = 5; tick < 8; tick++) {
        assert_int_equal(body_write(b, ROUTER4_TICK, tick), 0);
        for (int k = 0; k < 4; k++) {
            struct pkt y = run_one(b, x);
            assert_string_equal(router4_fn.verdict(&y),
                                k < 2 ? "icmp" : "no_route");
        }
    }
    body_close(b);
}

static void next_hops_give_addresses_and_share_flows(void **state)
{
    struct body *b = open_with("10.0.0.0/8 5\n11.0.0.0/8 9\n",
                               "5 group 1 4\n1 port 11\n2 port 12\n3 port 13\n"
                               "4 port 14\n9 port 2 mac 02:aa:bb:cc:dd:ee\n",
                               "2 192.0.2.1 02:11:22:33:44:55\n");
    uint32_t share[4] = {0};
    struct rng r = {.state = 3};

    (void)state;
    for (int k = 0; k < 4000; k++) {
        struct packet x = {A + rng_below(&r, 1000),
                           0x0a000000 + rng_below(&r, 1000), UDP20,
                           .first = (uint8_t)k};
        struct pkt y = run_one(b, x);
        uint8_t port = y.out_port;
        assert_true(port >= 11 && port <= 14);
        share[port - 11]++;
        x.ttl = 9; /* the same flow goes the same way */
        y = run_one(b, x);
        assert_int_equal(y.out_port, port);
    }
    for (int k = 0; k < 4; k++) {
        assert_true(share[k] > 850 && share[k] < 1150); /* 5 sigma: 137 */
    }
    struct pkt y = run_one(b, (struct packet){A, 0x0b000001, UDP20});
    assert_int_equal(y.out_port, 2);
    assert_memory_equal(y.data, "\x02\xaa\xbb\xcc\xdd\xee", 6);
    assert_memory_equal(y.data + 6, "\x02\x11\x22\x33\x44\x55", 6);
    body_close(b);
}

/* Next hops and ports may be written at any time, also out of use. */
static void next_hops_follow_every_write(void **state)
{
    static const struct {
        const char *next, *ports, *macs; /* NULL: as it was */
        uint8_t port;
    } row[] = {
        {"9 port 2 mac 02:00:00:00:00:0a", "2 192.0.2.1 02:00:00:00:00:0b",
         "\x02\0\0\0\0\x0a\x02\0\0\0\0\x0b", 2},
        {"9 port 3 mac 02:00:00:00:00:0c",
         "2 192.0.2.1 02:00:00:00:00:0b\n3 192.0.3.1 02:00:00:00:00:0d",
         "\x02\0\0\0\0\x0c\x02\0\0\0\0\x0d", 3},
        {NULL, "3 192.0.3.1 02:00:00:00:00:0e",
         "\x02\0\0\0\0\x0c\x02\0\0\0\0\x0e", 3},
        {NULL, "", "\x02\0\0\0\0\x0c\x02\0\0\0\0\x02", 3},
        {"9 port 2", "2 192.0.2.1 02:00:00:00:00:0b",
         "\x02\0\0\0\0\x01\x02\0\0\0\0\x0b", 2},
        {"9 port 2 mac 02:00:00:00:00:0a", NULL,
         "\x02\0\0\0\0\x0a\x02\0\0\0\0\x0b", 2},
        {"", NULL, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 9},
    };
    struct body *b = open_with("11.0.0.0/8 9\n", "", "");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text n = {"n", row[k].next}, p = {"p", row[k].ports};
        assert_int_equal(n.text == NULL ? 0 : router4_parse_next(&n, put, b),
                         0);
        assert_int_equal(p.text == NULL ? 0 : router4_parse_ports(&p, put, b),
                         0);
        struct pkt y = run_one(b, (struct packet){A, 0x0b000001, UDP20});
        assert_memory_equal(y.data, row[k].macs, 12);
        assert_int_equal(y.out_port, row[k].port);
        assert_int_equal(y.data[14 + 8], 63);
        assert_int_equal(slow_sum(y.data + 14, 20), 0);
    }
    body_close(b);
}

/* A checksum stays right at every value it can have. */
static void checksums_follow_the_time_to_live(void **state)
{
    struct body *b = open_with("11.0.0.0/8 9\n", "", "");

    (void)state;
    for (uint32_t id = 0; id < 0x10000; id++) {
        struct packet x = {A, 0x0b000001, UDP20};
        struct pkt in = make(&x, bytes[0][0]);
        be16_store(in.data + 14 + 4, (uint16_t)id);
        be16_store(in.data + 14 + 10, 0);
        be16_store(in.data + 14 + 10, slow_sum(in.data + 14, 20));
        struct pkt y = run_pkt(b, in);
        assert_int_equal(y.data[14 + 8], 63);
        assert_int_equal(slow_sum(y.data + 14, 20), 0);
    }
    body_close(b);
}

/* --- tables ----------------------------------------------------------------
 */

static uint32_t port_to(struct body *b, uint32_t dst)
{
    struct pkt y = run_one(b, (struct packet){A, dst, UDP20});

    return (y.flags & PKT_DROP) != 0 ? 0 : y.out_port;
}

static void set_route(struct body *b, uint32_t k, uint32_t prefix, uint32_t len,
                      uint32_t hop)
{
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(ROUTER4_TABLE_PREFIX, k)),
        0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, prefix), 0);
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(ROUTER4_TABLE_ROUTE, k)), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, hop << 8 | len), 0);
}

/* Routes come, change and go between packets; the last of equal ones counts. */
static void forwarding_follows_every_write(void **state)
{
    enum { ROUTES = 40 };
    uint32_t prefix[ROUTES] = {0}, len[ROUTES] = {0}, hop[ROUTES] = {0};
    struct body *b = open_with("", "", "");
    struct rng r = {.state = 12};

    (void)state;
    assert_int_equal(body_write(b, ROUTER4_N_ROUTES, ROUTES), 0);
    for (int round = 0; round < 3000; round++) {
        uint32_t k = rng_below(&r, ROUTES), n = ROUTES;
        prefix[k] = 0x0a000000 | rng_below(&r, 4) << 7;
        len[k] = 22 + rng_below(&r, 12); /* 33 is no length */
        hop[k] = rng_below(&r, 4) * 5;
        set_route(b, k, prefix[k], len[k], hop[k]);
        if (rng_below(&r, 8) == 0) {
            n = rng_below(&r, ROUTES + 1);
        }
        assert_int_equal(body_write(b, ROUTER4_N_ROUTES, n), 0);
        uint32_t dst = 0x0a000000 | rng_below(&r, 4) << 7 | rng_below(&r, 2);
        uint32_t want = 0, best = 0;
        for (uint32_t i = 0; i < n; i++) {
            bool holds = len[i] <= 32 && hop[i] != 0 &&
                         (prefix[i] ^ dst) >> (32 - len[i] % 32) % 32 == 0 &&
                         (len[i] < 32 || prefix[i] == dst);
            if (holds && len[i] >= best) {
                best = len[i];
                want = hop[i];
            }
        }
        assert_int_equal(port_to(b, dst), want);
    }
    body_close(b);
}

static void state_moves_to_another_body(void **state)
{
    struct body *b = open_with("10.0.0.0/8 1\n10.1.0.0/16 2\n10.2.0.0/30 3\n",
                               "3 port 33\n", "0 192.0.2.1\n");
    struct body *c = open_with("10.0.0.0/7 9\n", "", "");
    struct blob blob = {0};

    (void)state;
    assert_int_equal(port_to(b, 0x0a010000), 2);
    assert_int_equal(body_save(b, &blob), 0);
    assert_int_equal(port_to(c, 0x0b010000), 9);
    assert_int_equal(body_load(c, &blob), 0);
    assert_int_equal(port_to(c, 0x0a010000), 2);
    assert_int_equal(port_to(c, 0x0a020001), 33);
    assert_int_equal(port_to(c, 0x0b010000), 0);
    assert_int_equal(reg(c, ROUTER4_N_FORWARDED), 3);
    blob_close(&blob);
    body_close(b);
    body_close(c);
}

/* The same packets in bursts of any size give the same. */
static void bursts_of_any_size_are_alike(void **state)
{
    static const size_t sizes[] = {1, 3, 255, 256};
    static struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
    static uint64_t want[IN];
    uint32_t n_verdict[16] = {0};
    uint32_t counts[2] = {0};

    (void)state;
    for (size_t s = 0; s < CHECK_ROWS(sizes); s++) {
        struct rng r = {.state = 21};
        struct body *b;
        assert_int_equal(body_open_c(&router4_fn, &b), 0);
        assert_int_equal(router4_stimulus_setup(&r, put, b), 0);
        for (size_t done = 0; done < IN;) {
            size_t n = IN - done < sizes[s] ? IN - done : sizes[s];
            struct fn_span from = {FN_PKT, in, n, FN_BURST_PKT, done};
            struct fn_span to = {FN_PKT, out, 0, FN_BURST_PKT, 0};
            for (size_t k = 0; k < n; k++) {
                in[k] = (struct pkt){.data = bytes[0][k], .room_bytes = ROOM};
                router4_stimulus_packet(&r, &in[k]);
                out[k] = (struct pkt){.data = bytes[1][k], .room_bytes = ROOM};
            }
            assert_int_equal(body_run(b, &from, &to), 0);
            for (size_t k = 0; k < n; k++, done++) {
                uint64_t is = pkt_user(&out[k]) ^
                              (uint64_t)slow_sum(out[k].data, out[k].len_bytes)
                                  << 48;
                assert_true(s == 0 || is == want[done]);
                want[done] = is;
                for (int v = 0; s == 0 && router4_fn.verdicts[v] != NULL; v++) {
                    n_verdict[v] += strcmp(router4_fn.verdict(&out[k]),
                                           router4_fn.verdicts[v]) == 0;
                }
            }
        }
        counts[s > 0] = reg(b, ROUTER4_N_ICMP);
        assert_int_equal(counts[s > 0], counts[0]);
        body_close(b);
    }
    for (int v = 0; router4_fn.verdicts[v] != NULL; v++) {
        print_message("%s %u\n", router4_fn.verdicts[v], n_verdict[v]);
        assert_true(n_verdict[v] >= IN / 100);
    }
}

/* --- text ------------------------------------------------------------------
 */

static int refuse(void *ctx, uint32_t offset, uint32_t value)
{
    (void)offset;
    (void)value;
    ++*(int *)ctx;
    return 0;
}

static void bad_lines_are_named(void **state)
{
    static const struct {
        int (*parse)(const struct fn_text *t, fn_emit *emit, void *ctx);
        const char *text, *says;
    } row[] = {
        {router4_parse_routes, "10.0.0.0/8 1\n10.0.0/8 1\n",
         "t:2: bad route, expected PREFIX/LENGTH"},
        {router4_parse_routes, "10.0.0.0/33 1\n", "t:1: bad route"},
        {router4_parse_routes, "10.0.0.0/8 0\n", "t:1: bad route"},
        {router4_parse_routes, "10.0.0.0/8 32768\n", "t:1: bad route"},
        {router4_parse_routes, "10.0.0.0/8\n", "t:1: bad route"},
        {router4_parse_next, "1 port 256\n", "t:1: bad next hop"},
        {router4_parse_next, "1 port 2 mac 02:00\n",
         "t:1: bad next hop, expected mac like"},
        {router4_parse_next, "1 port 2 mtu 67\n",
         "t:1: bad next hop, expected mac like"},
        {router4_parse_next, "1 port 2 mtu\n",
         "t:1: bad next hop, expected mac like"},
        {router4_parse_next, "\n1 port 2\n1 port 3\n",
         "t:3: bad next hop, expected each next hop once"},
        {router4_parse_next, "7 group 32767 2\n", "t:1: bad next hop"},
        {router4_parse_ports, "0 192.0.2.1\n0 192.0.2.2\n",
         "t:2: bad port, expected each port once"},
        {router4_parse_ports, "0 192.0.2.256\n", "t:1: bad port"},
        {router4_parse_ports, "256 192.0.2.2\n", "t:1: bad port"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"t", row[k].text};
        struct capture c;
        int calls = 0;
        capture_begin(&c);
        int err = row[k].parse(&t, refuse, &calls);
        capture_end(&c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].says));
        assert_int_equal(calls, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_where_the_longest_prefix_says),
        cmocka_unit_test(wrong_headers_are_dropped_and_counted),
        cmocka_unit_test(icmp_errors_say_why),
        cmocka_unit_test(what_must_not_be_answered_is_not),
        cmocka_unit_test(errors_are_limited_by_tick),
        cmocka_unit_test(next_hops_give_addresses_and_share_flows),
        cmocka_unit_test(next_hops_follow_every_write),
        cmocka_unit_test(checksums_follow_the_time_to_live),
        cmocka_unit_test(forwarding_follows_every_write),
        cmocka_unit_test(state_moves_to_another_body),
        cmocka_unit_test(bursts_of_any_size_are_alike),
        cmocka_unit_test(bad_lines_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
