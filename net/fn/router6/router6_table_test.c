/*
 * router6_table_test.c - the router's tables: routes by a scan, next hops and
 * groups, state that moves, bursts of any size, and their text.
 */
#include "net/fn/router6/router6_check.h"
#include "tests/capture.h"

enum { IN = 4096 };

static void next_hops_give_addresses(void **state)
{
    struct body *b =
        open_with("2001:db8::/32 9\n2001:db9::/32 7\n",
                  "9 port 2 mac 02:aa:bb:cc:dd:ee\n",
                  "2 2001:db8:ffff::1 02:11:22:33:44:55\n7 2001:db8::7\n");
    struct pkt y = run_one(b, (struct packet){A, "2001:db8::5", UDP40});

    (void)state;
    assert_int_equal(y.out_port, 2);
    assert_memory_equal(y.data, "\x02\xaa\xbb\xcc\xdd\xee", 6);
    assert_memory_equal(y.data + 6, "\x02\x11\x22\x33\x44\x55", 6);
    y = run_one(b, (struct packet){A, "2001:db9::5", UDP40});
    assert_int_equal(y.out_port, 7);
    assert_memory_equal(y.data, bytes[0][0], 12);
    assert_int_equal(body_write(b, ROUTER6_N_NEXT, 9), 0); /* 9 is beyond */
    y = run_one(b, (struct packet){A, "2001:db8::5", UDP40});
    assert_int_equal(y.out_port, 9);
    assert_memory_equal(y.data, bytes[0][0], 12);
    body_close(b);
}

/* The port that one packet leaves by. */
static uint8_t way_of(struct body *b, const struct pkt *in)
{
    struct pkt y = run_pkt(b, *in);

    assert_string_equal(router6_fn.verdict(&y), "forward");
    assert_true(y.out_port >= 11 && y.out_port <= 14);
    return (uint8_t)(y.out_port - 11);
}

/* What changes from flow to flow, one thing at a time: each alone spreads them
 * over the group, and all else leaves them where they are. */
static void groups_share_flows(void **state)
{
    static const struct {
        const char *what;
        uint32_t at, mask; /* bytes of the packet */
        struct packet x;
        bool spreads;
    } row[] = {
        {"source", 14 + 20, 0xfff, {A, A, UDP40}, true},
        {"upper half of the source", 14 + 12, 0xfff, {A, A, UDP40}, true},
        {"destination", 14 + 36, 0xfff, {A, A, UDP40}, true},
        {"flow label", 14, 0xfffff, {A, A, UDP40}, true},
        {"ports", 54, UINT32_MAX, {A, A, UDP40}, true},
        {"ports behind options",
         62,
         UINT32_MAX,
         {A, A, 9, 60, 48, .ext = {UDP, 0}},
         true},
        {"traffic class", 14, 0xff00000, {A, A, UDP40}, false},
        {"length of UDP and checksum", 58, UINT32_MAX, {A, A, UDP40}, false},
        {"of ICMPv6", 54, UINT32_MAX, {A, A, 9, ICMP6, 40, .ext = {0}}, false},
        {"ports in the first part",
         62,
         UINT32_MAX,
         {A, A, 9, 44, 48, .ext = {UDP, 0, 0, 1}},
         false},
        {"which part",
         54 + 2,
         0xfff80000,
         {A, A, 9, 44, 48, .ext = {UDP, 0, 0, 1}},
         false},
    };
    struct body *b = open_with("::/0 5\n",
                               "5 group 1 4\n1 port 11\n2 port 12\n3 port 13\n"
                               "4 port 14\n",
                               "");
    struct rng r = {.state = 3};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t share[4] = {0}, most = 0;
        for (int i = 0; i < 4000; i++) {
            struct pkt in = make(&row[k].x, bytes[0][0]);
            uint8_t *d = in.data + row[k].at;
            be32_store(d, (be32_load(d) & ~row[k].mask) |
                              ((uint32_t)rng_next(&r) & row[k].mask));
            uint8_t way = way_of(b, &in);
            share[way]++;
            in.data[14 + 7] = 200; /* the same flow goes the same way */
            assert_int_equal(way_of(b, &in), way);
        }
        print_message("%s: %u %u %u %u\n", row[k].what, share[0], share[1],
                      share[2], share[3]);
        for (int i = 0; i < 4; i++) {
            most = share[i] > most ? share[i] : most;
            assert_true(!row[k].spreads || /* 5 sigma: 137 */
                        (share[i] > 850 && share[i] < 1150));
        }
        assert_true(row[k].spreads || most == 4000);
    }
    body_close(b);
}

/* --- routes ------------------------------------------------------------------
 */

static uint32_t port_to(struct body *b, const char *dst)
{
    struct pkt y = run_one(b, (struct packet){A, dst, UDP40});

    return (y.flags & PKT_DROP) != 0 ? 0 : y.out_port;
}

struct route {
    uint32_t prefix[4], len, hop;
};

static void set_words(struct body *b, size_t table, uint32_t word,
                      const uint32_t *w, size_t n)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(table, word)),
                     0);
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, w, n), 0);
}

/* Does the route hold the address?  Bit by bit. */
static bool holds(const struct route *r, const uint32_t addr[4])
{
    if (r->len > 128 || r->hop == 0) {
        return false;
    }
    for (uint32_t k = 0; k < r->len; k++) {
        if (((r->prefix[k / 32] ^ addr[k / 32]) >> (31 - k % 32) & 1) != 0) {
            return false;
        }
    }
    return true;
}

/* Few addresses, which differ at both ends and in the middle. */
static void some_addr(struct rng *r, uint32_t a[4])
{
    a[0] = 0x20010db8;
    a[1] = rng_below(r, 2) << 31 | rng_below(r, 2);
    a[2] = rng_below(r, 2) << 31;
    a[3] = rng_below(r, 4);
}

/* Routes come, change and go between packets; the last of equal ones counts. */
static void forwarding_follows_every_write(void **state)
{
    enum { ROUTES = 40 };
    static const uint8_t lens[] = {16, 32, 33, 48,  63,  64,  65,
                                   66, 96, 97, 126, 127, 128, 129};
    struct route t[ROUTES] = {{.len = 0}};
    struct body *b = open_with("", "", "");
    struct rng r = {.state = 12};
    uint32_t n_found = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        uint32_t k = rng_below(&r, ROUTES), n = ROUTES, dst[4];
        some_addr(&r, t[k].prefix);
        t[k].len = lens[rng_below(&r, sizeof lens)];
        t[k].hop = rng_below(&r, 4) * 5;
        uint32_t word = t[k].hop << 8 | t[k].len;
        set_words(b, ROUTER6_TABLE_PREFIX, 4 * k, t[k].prefix, 4);
        set_words(b, ROUTER6_TABLE_ROUTE, k, &word, 1);
        if (rng_below(&r, 4) == 0) { /* one word of an address */
            k = rng_below(&r, ROUTES);
            uint32_t w = rng_below(&r, 4), a[4];
            some_addr(&r, a);
            t[k].prefix[w] = a[w];
            set_words(b, ROUTER6_TABLE_PREFIX, 4 * k + w, &a[w], 1);
        }
        if (rng_below(&r, 8) == 0) {
            n = rng_below(&r, ROUTES + 1);
        }
        assert_int_equal(body_write(b, ROUTER6_N_ROUTES, n), 0);
        uint32_t want = 0, best = 0;
        some_addr(&r, dst);
        for (uint32_t i = 0; i < n; i++) {
            if (holds(&t[i], dst) && t[i].len >= best) {
                best = t[i].len;
                want = t[i].hop;
            }
        }
        struct packet x = {A, A, UDP40};
        struct pkt in = make(&x, bytes[0][0]);
        for (size_t i = 0; i < 4; i++) {
            be32_store(in.data + 14 + 24 + 4 * i, dst[i]);
        }
        struct pkt y = run_pkt(b, in);
        assert_int_equal((y.flags & PKT_DROP) != 0 ? 0 : y.out_port, want);
        n_found += want != 0 && best > 32;
    }
    assert_true(n_found > 1000);
    body_close(b);
}

/* The first word of an address, and the last. */
static void one_word_moves_a_route(void **state)
{
    const uint32_t first = 0x20010db9, last = 2;
    struct body *b = open_with("2001:db8::1/128 5\n", "", "");

    (void)state;
    assert_int_equal(port_to(b, "2001:db8::1"), 5);
    set_words(b, ROUTER6_TABLE_PREFIX, 3, &last, 1);
    assert_int_equal(port_to(b, "2001:db8::1"), 0);
    assert_int_equal(port_to(b, "2001:db8::2"), 5);
    set_words(b, ROUTER6_TABLE_PREFIX, 0, &first, 1);
    assert_int_equal(port_to(b, "2001:db8::2"), 0);
    assert_int_equal(port_to(b, "2001:db9::2"), 5);
    body_close(b);
}

/* The table to its last entry; more are refused. */
static void a_full_table_routes(void **state)
{
    enum { N = ROUTER6_PREFIX_DEPTH };
    size_t room = (size_t)N * 32 + 64, n = 0;
    char *text = malloc(room);
    struct capture c;

    (void)state;
    assert_non_null(text);
    for (uint32_t k = 0; k < N; k++) {
        n += (size_t)snprintf(text + n, room - n, "2001:%x:%x::/48 %u\n",
                              k >> 16, k & 0xffff, 1 + k % 255);
    }
    struct body *b = open_with(text, "", "");
    assert_int_equal(reg(b, ROUTER6_N_ROUTES), N);
    assert_int_equal(port_to(b, "2001:3:ffff::1"), 1 + (N - 1) % 255);
    assert_int_equal(port_to(b, "2001:1:2::1"), 1 + 0x10002 % 255);
    assert_int_equal(port_to(b, "2001:4::1"), 0);
    (void)snprintf(text + n, room - n, "2002::/16 1\n");
    const struct fn_text t = {"t", text};
    capture_begin(&c);
    int err = router6_parse_routes(&t, put, b);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(strstr(c.text, "t:262145: bad route, expected at most"));
    body_close(b);
    free(text);
}

static void state_moves_to_another_body(void **state)
{
    struct body *b = open_with("2001:db8::/32 1\n2001:db8:1::/48 2\n"
                               "2001:db8:2::4/126 3\n",
                               "3 port 33\n", "0 2001:db8:ffff::1\n");
    struct body *c = open_with("2001:db8::/31 9\n", "", "");
    struct blob blob = {0};

    (void)state;
    assert_int_equal(port_to(b, "2001:db8:1::"), 2);
    assert_int_equal(body_save(b, &blob), 0);
    assert_int_equal(port_to(c, "2001:db9::"), 9);
    assert_int_equal(body_load(c, &blob), 0);
    assert_int_equal(port_to(c, "2001:db8:1::"), 2);
    assert_int_equal(port_to(c, "2001:db8:2::7"), 33);
    assert_int_equal(port_to(c, "2001:db8:2::8"), 1);
    assert_int_equal(port_to(c, "2001:db9::"), 0);
    assert_int_equal(reg(c, ROUTER6_N_FORWARDED), 4);
    blob_close(&blob);
    body_close(b);
    body_close(c);
}

/* --- bursts ------------------------------------------------------------------
 */

/* Runs 'n' packets of stimulus as one burst; what came is in 'out'. */
static void run_burst(struct body *b, struct rng *r, struct pkt *out, size_t n)
{
    static struct pkt in[FN_BURST_PKT];
    struct fn_span from = {FN_PKT, in, n, FN_BURST_PKT, 0};
    struct fn_span to = {FN_PKT, out, 0, FN_BURST_PKT, 0};

    for (size_t k = 0; k < n; k++) {
        in[k] = (struct pkt){.data = bytes[0][k], .room_bytes = ROOM};
        router6_stimulus_packet(r, &in[k]);
        out[k] = (struct pkt){.data = bytes[1][k], .room_bytes = ROOM};
    }
    assert_int_equal(body_run(b, &from, &to), 0);
    assert_int_equal(to.n, n);
}

/* The same packets in bursts of any size give the same. */
static void bursts_of_any_size_are_alike(void **state)
{
    static const size_t sizes[] = {1, 3, 255, 256};
    static struct pkt out[FN_BURST_PKT];
    static struct {
        uint64_t user;
        uint32_t len;
        uint8_t data[256];
    } want[IN];
    uint32_t n_verdict[16] = {0}, n_icmp = 0;

    (void)state;
    for (size_t s = 0; s < CHECK_ROWS(sizes); s++) {
        struct rng r = {.state = 21};
        struct body *b;
        assert_int_equal(body_open_c(&router6_fn, &b), 0);
        assert_int_equal(router6_stimulus_setup(&r, put, b), 0);
        for (size_t done = 0; done < IN;) {
            size_t n = IN - done < sizes[s] ? IN - done : sizes[s];
            run_burst(b, &r, out, n);
            for (size_t k = 0; k < n; k++, done++) {
                uint32_t len = out[k].len_bytes;
                assert_true(len <= sizeof want[0].data);
                if (s == 0) {
                    want[done].user = pkt_user(&out[k]);
                    want[done].len = len;
                    memcpy(want[done].data, out[k].data, len);
                }
                assert_int_equal(want[done].user, pkt_user(&out[k]));
                assert_int_equal(want[done].len, len);
                assert_memory_equal(want[done].data, out[k].data, len);
                for (int v = 0; s == 0 && router6_fn.verdicts[v] != NULL; v++) {
                    n_verdict[v] += strcmp(router6_fn.verdict(&out[k]),
                                           router6_fn.verdicts[v]) == 0;
                }
            }
        }
        n_icmp = s == 0 ? reg(b, ROUTER6_N_ICMP) : n_icmp;
        assert_int_equal(reg(b, ROUTER6_N_ICMP), n_icmp);
        body_close(b);
    }
    for (int v = 0; router6_fn.verdicts[v] != NULL; v++) {
        print_message("%s %u\n", router6_fn.verdicts[v], n_verdict[v]);
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
        {router6_parse_routes, "2001::/16 1\n2001:/16 1\n",
         "t:2: bad route, expected PREFIX/LENGTH"},
        {router6_parse_routes, "2001::/129 1\n", "t:1: bad route"},
        {router6_parse_routes, "2001::/16 0\n", "t:1: bad route"},
        {router6_parse_routes, "2001::/16 32768\n", "t:1: bad route"},
        {router6_parse_routes, "2001::/16\n", "t:1: bad route"},
        {router6_parse_routes, "2001:: 1\n", "t:1: bad route"},
        {router6_parse_routes, "10.0.0.0/8 1\n", "t:1: bad route"},
        {router6_parse_routes, "2001::5::/48 1\n", "t:1: bad route"},
        {router6_parse_next, "1 port 256\n", "t:1: bad next hop"},
        {router6_parse_next, "1 port 2 mac 02:00\n",
         "t:1: bad next hop, expected mac like"},
        {router6_parse_next, "1 port 2 mtu 1279\n", "mtu from 1280 to 65535"},
        {router6_parse_next, "\n1 port 2\n1 port 3\n",
         "t:3: bad next hop, expected each next hop once"},
        {router6_parse_next, "7 group 32767 2\n", "t:1: bad next hop"},
        {router6_parse_ports, "0 2001::1\n0 2001::2\n",
         "t:2: bad port, expected each port once"},
        {router6_parse_ports, "0 192.0.2.1\n",
         "t:1: bad port, expected PORT ADDRESS [MAC] like 0 2001:db8::1"},
        {router6_parse_ports, "256 2001::1\n", "t:1: bad port"},
        {router6_parse_ports, "0 2001::1 02:00\n", "t:1: bad port"},
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
        cmocka_unit_test(next_hops_give_addresses),
        cmocka_unit_test(groups_share_flows),
        cmocka_unit_test(forwarding_follows_every_write),
        cmocka_unit_test(one_word_moves_a_route),
        cmocka_unit_test(a_full_table_routes),
        cmocka_unit_test(state_moves_to_another_body),
        cmocka_unit_test(bursts_of_any_size_are_alike),
        cmocka_unit_test(bad_lines_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
