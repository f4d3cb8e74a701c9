/*
 * nat44_cache_test.c - entries and packets by hand, on the C body and on the
 * RTL body; then cache and nat44 together against nat44 alone.
 */
#include "net/fn/nat44_cache/nat44_cache_entry.h"

#include "core/base/err.h"
#include "core/fast.h"
#include "drivers/driver.h"
#include "net/fn/nat44/nat44_check.h"

enum { FLOWS = 100, ROUNDS = 30, PER_ROUND = 300, LONG = 2048 };

/* The body under test, and the C body that learns. */
struct bench {
    uint32_t width_bits; /* 0: the C body */
    struct device *device;
    struct body *body, *host;
};

static int bench_open(void **state)
{
    struct bench *b = *state;
    struct device_config config = {.n_slots = 1, .width_bits = b->width_bits};
    const struct fn *fn = registry_find("nat44_cache");
    int err = body_open_c(fn, &b->host);

    if (b->width_bits == 0) {
        return err < 0 ? err : body_open_c(fn, &b->body);
    }
    err = err < 0 ? err : driver_open("sim", &config, &b->device);
    if (err == 0) {
        err = device_load(b->device, 0, fn, &b->body);
    }
    return err == ERR_MISSING ? 0 : err;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    body_close(b->body);
    body_close(b->host);
    device_close(b->device);
    *b = (struct bench){.width_bits = b->width_bits};
    return 0;
}

/* The bench; skips the test without an image. */
static struct bench *bench_of(void **state)
{
    struct bench *b = *state;

    if (b->body == NULL) {
        print_message("skipped: no image of nat44_cache, %u bits\n",
                      b->width_bits);
        skip();
    }
    return b;
}

/* fn_emit: both get the write. */
static int bench_emit(void *ctx, uint32_t offset, uint32_t value)
{
    struct bench *b = ctx;

    assert_int_equal(body_write(b->host, offset, value), 0);
    return body_write(b->body, offset, value);
}

static void put_reg(struct bench *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(bench_emit(b, offset, value), 0);
}

static void use_all(struct bench *b)
{
    put_reg(b, NAT44_CACHE_INSIDE_PORTS, 0xf);
    put_reg(b, NAT44_CACHE_N_KEYS, 256);
    put_reg(b, NAT44_CACHE_N_ENDS, 256);
}

static struct entry entry_for(const struct packet *x, bool outside,
                              uint32_t addr, uint16_t port)
{
    struct net_flow4 f = {.sound = true,
                          .tcp = x->proto == NET_TCP,
                          .src = x->src,
                          .dst = x->dst,
                          .sport = x->sport,
                          .dport = x->dport};

    return nat44_entry_of(&f, outside, addr, port);
}

static void put_entry(struct bench *b, const struct entry *e, uint32_t way)
{
    assert_int_equal(
        nat44_entry_emit(e, nat44_entry_first(e) + way, bench_emit, b), 0);
}

/* Runs 'x' from 'port'; true when it was translated, to 'want', else it must
 * be punted and unchanged. */
static bool translates(struct bench *b, const struct packet *x, uint8_t port,
                       const struct packet *want)
{
    uint8_t d[ROOM], e[ROOM];
    struct pkt p = frame_make(x, d, port);
    struct pkt q = frame_make(want, e, port);

    struct pkt y = run_pkt(b->body, p);
    assert_int_equal(y.len_bytes, q.len_bytes);
    assert_int_equal(y.mark, 7);
    if ((y.flags & PKT_PUNT) != 0) {
        assert_int_equal(y.flags, PKT_PUNT);
        (void)frame_make(x, e, port);
        assert_memory_equal(y.data, e, y.len_bytes);
        return false;
    }
    assert_int_equal(y.flags, 0);
    assert_memory_equal(y.data, e, y.len_bytes);
    return true;
}

/* TCP and UDP, out and in, both ways of the hash, every kind of checksum. */
static void entries_translate(void **state)
{
    struct bench *b = bench_of(state);
    uint32_t n[2] = {0};

    use_all(b);
    for (uint32_t k = 0; k < 64; k++) {
        bool outside = (k & 1) != 0;
        struct packet x = (k & 2) != 0 ? TCP_OF(HOST_A, 5000, FAR, 80, ACK)
                                       : UDP_OF(HOST_A, 5000, FAR, 80);
        x.sport = (uint16_t)(x.sport + k);
        x.n_payload = (uint8_t)k;
        x.no_sum = k % 16 == 8;
        struct packet want = x;
        struct entry e =
            entry_for(&x, outside, POOL + k, (uint16_t)(40000 + k));
        if (outside) {
            want.dst = POOL + k;
            want.dport = (uint16_t)(40000 + k);
        } else {
            want.src = POOL + k;
            want.sport = (uint16_t)(40000 + k);
        }
        uint8_t port = outside ? OUT_PORT : IN_PORT;
        assert_false(translates(b, &x, port, &want));
        put_entry(b, &e, k / 4 % 2);
        assert_true(translates(b, &x, port, &want));
        assert_false(translates(b, &x, outside ? IN_PORT : OUT_PORT, &want));
        n[outside]++;
    }
    assert_int_equal(reg(b->body, NAT44_CACHE_N_OUT), n[0]);
    assert_int_equal(reg(b->body, NAT44_CACHE_N_IN), n[1]);
    assert_int_equal(reg(b->body, NAT44_CACHE_CACHE_MISSES), 128);
}

/* RFC 768: a UDP checksum that adds up to 0 is 0xffff. */
static void udp_sums_of_0(void **state)
{
    struct bench *b = bench_of(state);
    struct packet x = UDP_OF(HOST_A, 5000, FAR, 80), want = x;
    struct entry e = entry_for(&x, false, POOL, 40000);
    uint8_t d[ROOM];
    uint32_t met = 0;

    use_all(b);
    put_entry(b, &e, 0);
    want.src = POOL;
    want.sport = 40000;
    (void)frame_make(&want, d, 0);
    /* The data word that makes the translated sum 0, and those around it. */
    uint16_t word = be16_load(d + L4 + 8), sum = be16_load(d + L4 + 6);
    for (uint32_t k = 0; k < 5; k++) {
        struct pkt p = frame_make(&x, d, IN_PORT);
        be16_store(d + L4 + 8, (uint16_t)(word + sum + k - 2));
        be16_store(d + L4 + 6, 0);
        be16_store(d + L4 + 6, (uint16_t)~l4_sum(d + IP));
        struct pkt y = run_pkt(b->body, p);
        assert_int_equal(y.flags, 0);
        assert_int_equal(l4_sum(d + IP), 0xffff);
        assert_true(be16_load(d + L4 + 6) != 0);
        met += be16_load(d + L4 + 6) == 0xffff;
    }
    assert_true(met >= 1);
}

static void every_bit_of_the_key_is_compared(void **state)
{
    struct bench *b = bench_of(state);
    struct packet x = TCP_OF(HOST_A, 5000, FAR, 80, ACK), want = x;
    struct entry e = entry_for(&x, false, POOL, 40000);

    use_all(b);
    want.src = POOL;
    want.sport = 40000;
    for (uint32_t bit = 0; bit < 96 + 3; bit++) {
        struct entry other = e;
        uint32_t at = bit < 96 ? bit : bit + 29;
        other.word[at / 32] ^= 1u << at % 32;
        for (uint32_t way = 0; way < 2; way++) { /* of the packet's hash */
            assert_int_equal(nat44_entry_emit(&other,
                                              nat44_entry_first(&e) + way,
                                              bench_emit, b),
                             0);
        }
        assert_false(translates(b, &x, IN_PORT, &want));
    }
    put_entry(b, &e, 1);
    assert_true(translates(b, &x, IN_PORT, &want));
    put_reg(b, NAT44_CACHE_N_ENDS, nat44_entry_first(&e) + 1); /* not in use */
    assert_false(translates(b, &x, IN_PORT, &want));
    put_reg(b, NAT44_CACHE_N_ENDS, nat44_entry_first(&e) + 2);
    assert_true(translates(b, &x, IN_PORT, &want));
    put_reg(b, NAT44_CACHE_N_KEYS, nat44_entry_first(&e) + 1);
    assert_false(translates(b, &x, IN_PORT, &want));
}

/* What may change something in nat44, or is none of those. */
static void others_are_punted_as_they_came(void **state)
{
    struct bench *b = bench_of(state);
    struct packet x = TCP_OF(HOST_A, 5000, FAR, 80, ACK), want = x;
    struct entry e = entry_for(&x, false, POOL, 40000);
    static const uint8_t ends[] = {SYN, FIN, RST, SYN | ACK, 0xff};
    static const uint16_t fragments[] = {0x2000, 1, 0x1000, 0x3fff};
    uint8_t d[ROOM];
    uint32_t n = 0;

    use_all(b);
    put_entry(b, &e, 0);
    want.src = POOL;
    want.sport = 40000;
    assert_true(translates(b, &x, IN_PORT, &want));
    for (size_t k = 0; k < CHECK_ROWS(ends); k++, n++) {
        x.flags = ends[k];
        assert_false(translates(b, &x, IN_PORT, &want));
    }
    x.flags = ACK;
    for (size_t k = 0; k < CHECK_ROWS(fragments); k++, n++) {
        x.fragment = fragments[k];
        assert_false(translates(b, &x, IN_PORT, &want));
    }
    x.fragment = 0x4000; /* do not fragment */
    want.fragment = 0x4000;
    assert_true(translates(b, &x, IN_PORT, &want));
    x.proto = NET_ICMP;
    x.flags = 8;
    assert_false(translates(b, &x, IN_PORT, &x));
    x = want;
    x.src = HOST_A;
    x.sport = 5000;
    for (uint32_t bit = 0; bit < 8 * 20; bit++) { /* of the header */
        struct pkt p = frame_make(&x, d, IN_PORT);
        d[IP + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(run_pkt(b->body, p).flags, PKT_PUNT);
    }
    for (uint32_t cut = 1; cut <= 60; cut++) {
        struct pkt p = frame_make(&x, d, IN_PORT);
        p.len_bytes -= cut;
        assert_int_equal(run_pkt(b->body, p).flags, PKT_PUNT);
    }
    assert_int_equal(reg(b->body, NAT44_CACHE_CACHE_OTHERS), n + 1 + 160 + 60);
    struct pkt p = frame_make(&x, d, IN_PORT);
    p.flags = PKT_DROP;
    assert_int_equal(run_pkt(b->body, p).flags, PKT_DROP);
    assert_int_equal(be32_load(d + IP + 12), HOST_A);
}

/* An entry counts only when all of it is written. */
static void never_half_an_entry(void **state)
{
    struct bench *b = bench_of(state);
    struct packet x = TCP_OF(HOST_A, 5000, FAR, 80, ACK), y = x;
    struct packet want_x = x, want_y;
    struct write_list w = {0};

    use_all(b);
    y.src ^= 0x81; /* the same hash */
    want_y = y;
    want_x.src = POOL;
    want_x.sport = 40000;
    want_y.src = POOL + 9;
    want_y.sport = 1;
    struct entry e = entry_for(&x, false, POOL, 40000);
    struct entry f = entry_for(&y, false, POOL + 9, 1);
    assert_int_equal(nat44_entry_first(&e), nat44_entry_first(&f));
    put_entry(b, &e, 0);
    assert_int_equal(
        nat44_entry_emit(&f, nat44_entry_first(&f), write_list_emit, &w), 0);
    for (size_t k = 0; k < w.n; k++) {
        put_reg(b, w.at[k].offset, w.at[k].value);
        assert_int_equal(translates(b, &x, IN_PORT, &want_x), k == 0);
        assert_int_equal(translates(b, &y, IN_PORT, &want_y), k == w.n - 1);
    }
    write_list_close(&w);
}

/* --- with nat44 ----------------------------------------------------------- */

static void run_one(struct body *b, const struct pkt *x, struct pkt *y)
{
    struct fn_span in = {FN_PKT, &(struct pkt){0}, 1, 1, 0};
    struct fn_span out = {FN_PKT, y, 0, 1, 0};

    *(struct pkt *)in.items = *x;
    assert_int_equal(body_run(b, &in, &out), 0);
}

/* Through the cache and, when it is punted, through nat44; true for a hit. */
static bool run_both(struct bench *b, struct body *nat, const struct pkt *x,
                     struct pkt *y)
{
    static uint8_t bytes[LONG];
    struct pkt again;

    run_one(b->body, x, y);
    if (pkt_is_done(x) || (y->flags & PKT_PUNT) == 0) {
        return true;
    }
    assert_memory_equal(y->data, x->data, x->len_bytes);
    memcpy(bytes, y->data, y->len_bytes);
    again = *y;
    again.data = bytes;
    again.flags &= (uint16_t)~PKT_PUNT;
    run_one(nat, &again, y);
    assert_int_equal(
        b->body->fn->learn(body_c_state(b->host), x, y, NULL, bench_emit, b),
        0);
    return false;
}

static void assert_states(struct body *a, struct body *c)
{
    struct blob x, y;

    assert_int_equal(body_save(a, &x), 0);
    assert_int_equal(body_save(c, &y), 0);
    long at = blob_differs(&x, &y);
    if (at >= 0) {
        char name[64];
        blob_name(a->fn->csr, &x, (size_t)at, name, sizeof name);
        fail_msg("%s differs", name);
    }
    blob_close(&x);
    blob_close(&y);
}

/* Packets equal, and nat44 in the same state afterwards, word by word: what the
 * cache did it does not miss. */
static void the_cache_and_nat44_together_are_nat44(void **state)
{
    static uint8_t from[FLOWS][LONG], to[2][LONG];
    static struct pkt flow[FLOWS];
    struct bench *b = bench_of(state);
    struct body *alone, *nat;
    struct rng r = {3};
    uint32_t hits = 0, total = 0, tick;

    assert_int_equal(body_open_c(registry_find("nat44"), &alone), 0);
    assert_int_equal(body_open_c(registry_find("nat44"), &nat), 0);
    assert_ptr_equal(fast_find(nat->fn), b->body->fn);
    for (int round = 0; round < ROUNDS; round++) {
        struct write_list w = {0};
        if (round % 3 == 0) {
            assert_int_equal(nat->fn->setup(&r, write_list_emit, &w), 0);
        } else { /* the time goes on: a few are too old */
            assert_int_equal(body_read(nat, NAT44_TICK, &tick), 0);
            tick += rng_below(&r, 12);
            assert_int_equal(write_list_emit(&w, NAT44_TICK, tick), 0);
        }
        assert_int_equal(write_list_apply(&w, nat), 0);
        assert_int_equal(write_list_apply(&w, alone), 0);
        write_list_close(&w);
        assert_int_equal(fast_forget(b->body->fn, nat, bench_emit, b), 0);
        for (size_t k = 0; k < FLOWS && round % 3 == 0; k++) {
            flow[k] = (struct pkt){.data = from[k], .room_bytes = LONG};
            nat->fn->packet(&r, &flow[k]);
        }
        for (size_t k = 0; k < PER_ROUND; k++, total++) {
            struct pkt x = flow[rng_below(&r, FLOWS)];
            struct pkt want = {.data = to[0], .room_bytes = LONG};
            struct pkt y = {.data = to[1], .room_bytes = LONG};
            x.item = total;
            run_one(alone, &x, &want);
            hits += run_both(b, nat, &x, &y);
            assert_int_equal(pkt_user(&y), pkt_user(&want));
            assert_int_equal(y.len_bytes, want.len_bytes);
            assert_memory_equal(y.data, want.data, want.len_bytes);
        }
    }
    print_message("%u of %u packets by the cache\n", hits, total);
    assert_true(hits > total / 3 && hits < total);
    assert_int_equal(fast_add_counts(b->body, nat), 0);
    assert_states(nat, alone);
    body_close(nat);
    body_close(alone);
}

/* A test on each bench of the array 'bench'. */
#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2])

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64}};
    const struct CMUnitTest tests[] = {
        ON_EACH(entries_translate),
        ON_EACH(udp_sums_of_0),
        ON_EACH(every_bit_of_the_key_is_compared),
        ON_EACH(others_are_punted_as_they_came),
        ON_EACH(never_half_an_entry),
        ON_EACH(the_cache_and_nat44_together_are_nat44),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
