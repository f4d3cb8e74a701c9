/*
 * firewall_cache_test.c - entries and packets by hand, on each body: what is
 * judged, what is punted, and what empties an entry.
 */
#include "net/fn/firewall_cache/firewall_cache_check.h"

enum { RULE = 77, LEASE = 4, TICK = 0xfffffff0 }; /* the last lease */

static struct bench bench[] = {{.width_bits = 0},
                               {.width_bits = 32},
                               {.width_bits = 64},
                               {.width_bits = 256}};

static const struct net_key4 tcp = {.has_ip = true,
                                    .src = A,
                                    .dst = B,
                                    .sport = 1000,
                                    .dport = 80,
                                    .proto = NET_TCP,
                                    .flags = ACK},
                             udp = {.has_ip = true,
                                    .src = A,
                                    .dst = B,
                                    .sport = 1000,
                                    .dport = 80,
                                    .proto = NET_UDP};

static int emit_to(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static void set(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

static int open_ready(void **state)
{
    struct bench *b = *state;
    int err = bench_load(b, "firewall_cache");

    if (err == 0 && b->body != NULL) {
        set(b->body, FIREWALL_CACHE_TICK, TICK);
        set(b->body, FIREWALL_CACHE_LEASE, LEASE);
        set(b->body, FIREWALL_CACHE_N_ENTRIES, FIREWALL_CACHE_ENTRY_DEPTH);
    }
    return err;
}

/* Puts 'key' into the way 'way' that its hash leads to. */
static uint32_t put(struct body *b, const struct net_key4 *key, uint32_t way,
                    uint32_t seen)
{
    struct entry e = held_of_key(key);

    e.word[3] |= ENTRY_HELD | RULE;
    assert_int_equal(held_emit(&e, seen, held_first(key) + way, emit_to, b), 0);
    return held_first(key) + way;
}

static uint32_t word_3(struct body *b, uint32_t number)
{
    set(b, CSR_WINDOW_INDEX,
        csr_window(FIREWALL_CACHE_TABLE_ENTRY,
                   number * FIREWALL_CACHE_ENTRY_WORDS + 3));
    return read_reg(b, CSR_WINDOW_DATA);
}

/* Runs packets of keys [n] in one burst; bit k: packet k was judged. */
static uint32_t run(struct body *b, const struct net_key4 *key, size_t n,
                    uint16_t fragment, uint16_t flags)
{
    uint8_t from[8][ROOM], to[8][ROOM];
    struct pkt x[8], y[8];
    struct fn_span in = {FN_PKT, x, n, 8, 0}, out = {FN_PKT, y, 0, 8, 0};
    uint32_t judged = 0;

    for (size_t k = 0; k < n; k++) {
        x[k] = packet_make(&key[k], fragment, from[k]);
        x[k].flags = flags;
        y[k] = (struct pkt){.data = to[k], .room_bytes = ROOM};
    }
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, n);
    for (size_t k = 0; k < n; k++) {
        bool done = flags != 0, hit = y[k].mark != UNTOUCHED;
        assert_memory_equal(to[k], from[k], LEN);
        assert_int_equal(y[k].mark, hit ? FATE_OPEN | RULE : UNTOUCHED);
        assert_int_equal(y[k].flags, done ? flags : hit ? 0 : PKT_PUNT);
        judged |= (uint32_t)hit << k;
    }
    return judged;
}

static bool hits(struct body *b, struct net_key4 key)
{
    return run(b, &key, 1, 0, 0) == 1;
}

static void a_flow_is_held_for_both_directions(void **state)
{
    struct body *b = bench_body(state);

    for (uint32_t way = 0; way < ENTRY_WAYS; way++) {
        uint32_t number = put(b, &tcp, way, TICK);
        assert_true(hits(b, tcp));
        assert_true(hits(b, turned(tcp)));
        assert_false(hits(b, udp));
        assert_int_equal(held_emit_empty(number, emit_to, b), 0);
        assert_false(hits(b, tcp));
    }
    put(b, &udp, 0, TICK);
    put(b, &tcp, 1, TICK);
    assert_true(hits(b, udp) && hits(b, turned(udp)) && hits(b, tcp));
    assert_int_equal(read_reg(b, FIREWALL_CACHE_N_OPEN), 2 * 2 + 3);
    assert_int_equal(read_reg(b, FIREWALL_CACHE_CACHE_MISSES), 2 * 2);
    /* Not from, to, by other ends. */
    struct net_key4 k = udp;
    k.src ^= 1u << 31;
    assert_false(hits(b, k));
    k = udp;
    k.dst ^= 1;
    assert_false(hits(b, k));
    k = udp;
    k.sport = udp.dport;
    k.dport = udp.sport;
    assert_false(hits(b, k));
    k.has_ip = false;
    assert_false(hits(b, k));
    assert_true(hits(b, udp)); /* all that emptied nothing */
    /* Equal addresses: the port tells which end is lower. */
    k = udp;
    k.dst = k.src;
    put(b, &k, 0, TICK);
    assert_true(hits(b, k) && hits(b, turned(k)));
}

/* With 2^4 ticks a lease, TICK 0xfffffff0 to 0xffffffff are one, 0 begins the
 * next. */
static void an_entry_counts_in_its_lease(void **state)
{
    struct body *b = bench_body(state);
    uint32_t number = put(b, &tcp, 0, 0xfffffff7);

    assert_true(hits(b, tcp));
    set(b, FIREWALL_CACHE_TICK, 0xffffffff);
    assert_true(hits(b, tcp));
    set(b, FIREWALL_CACHE_TICK, 0);
    assert_false(hits(b, tcp));
    set(b, FIREWALL_CACHE_TICK, 0xffffffef);
    assert_false(hits(b, tcp));
    set(b, FIREWALL_CACHE_LEASE, 5);
    assert_true(hits(b, tcp));
    set(b, FIREWALL_CACHE_LEASE, 0);
    assert_false(hits(b, tcp));
    set(b, FIREWALL_CACHE_TICK, 0xfffffff7);
    assert_true(hits(b, tcp));
    /* What is late is punted, and stays. */
    assert_int_equal(word_3(b, number),
                     (uint32_t)NET_TCP << 24 | ENTRY_HELD | RULE);
}

static void news_empty_the_entry_and_what_follows_is_punted(void **state)
{
    struct body *b = bench_body(state);

    for (uint32_t flags = 0; flags < 256; flags++) {
        bool quiet = (flags & (FIN | SYN | RST | ACK)) == ACK;
        struct net_key4 burst[] = {tcp, turned(tcp), tcp, udp};
        uint32_t way = flags & 1;
        uint32_t number = put(b, &tcp, way, TICK);
        put(b, &udp, !way, TICK);
        burst[1].flags = (uint8_t)flags;
        assert_int_equal(run(b, burst, 4, 0, 0), quiet ? 0xf : 0x9);
        assert_int_equal(word_3(b, number) != 0, quiet);
    }
    for (uint16_t fragment = 1; fragment != 0;
         fragment = (uint16_t)(fragment << 1)) {
        bool whole = fragment >= IP4_DONT_FRAGMENT;
        struct net_key4 k = udp;
        /* Later fragments have no ports to be known by. */
        k.sport = k.dport = fragment < 0x2000 ? 0 : k.sport;
        uint32_t number = put(b, &k, 0, TICK);
        assert_int_equal(run(b, &k, 1, fragment, 0), whole);
        assert_int_equal(word_3(b, number) != 0, whole);
    }
    /* An ICMP entry is never right. */
    struct net_key4 icmp = {
        .has_ip = true, .src = A, .dst = B, .proto = NET_ICMP};
    uint32_t number = put(b, &icmp, 0, TICK);
    assert_false(hits(b, icmp));
    assert_int_equal(word_3(b, number), 0);
}

static void what_is_done_passes_and_empties_nothing(void **state)
{
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_DROP | PKT_PUNT};
    struct body *b = bench_body(state);
    struct net_key4 burst[] = {tcp, tcp, tcp};

    put(b, &tcp, 0, TICK);
    burst[1].flags = FIN | ACK;
    for (size_t k = 0; k < CHECK_ROWS(flags); k++) {
        assert_int_equal(run(b, burst, 3, 0, flags[k]), 0);
    }
    assert_true(hits(b, tcp));
    assert_int_equal(read_reg(b, FIREWALL_CACHE_N_OPEN), 1);
    assert_int_equal(read_reg(b, FIREWALL_CACHE_CACHE_MISSES), 0);
}

static void entries_beyond_those_in_use_do_not_count(void **state)
{
    struct body *b = bench_body(state);
    uint32_t number = put(b, &tcp, 1, TICK);
    struct net_key4 end = tcp;

    end.flags = FIN | ACK;
    set(b, FIREWALL_CACHE_N_ENTRIES, number);
    assert_false(hits(b, tcp));
    assert_false(hits(b, end)); /* nor are they emptied */
    set(b, FIREWALL_CACHE_N_ENTRIES, number + 1);
    assert_true(hits(b, tcp));
    set(b, FIREWALL_CACHE_N_ENTRIES, 0xffffffff);
    assert_true(hits(b, tcp));
}

#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, open_ready, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2]), ON(test, "rtl256", &bench[3])

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH(a_flow_is_held_for_both_directions),
        ON_EACH(an_entry_counts_in_its_lease),
        ON_EACH(news_empty_the_entry_and_what_follows_is_punted),
        ON_EACH(what_is_done_passes_and_empties_nothing),
        ON_EACH(entries_beyond_those_in_use_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
