/*
 * router4_cache_learn_test.c - partial offload: what the cache learns from
 * router4, and both together against router4 alone over random routes and
 * packets, on each body.
 */
#include "core/fast.h"
#include "core/net_ip4.h"
#include "core/net_text.h"
#include "net/fn/router4_cache/router4_cache_entry.h"
#include "router4_csr.h"
#include "tests/fn_each.h"

enum { ROOM = 2048, SEED = 3, A = 0x0a010203, B = 0xc0a80909 };

/* The cache on the bench, a C body that sees the same writes, and router4. */
struct pair {
    struct body *fast, *host, *slow;
};

static int bench_open(void **state)
{
    return bench_load(*state, "router4_cache");
}

static int tell(void *ctx, uint32_t offset, uint32_t value)
{
    struct pair *p = ctx;
    int err = body_write(p->host, offset, value);

    return err < 0 ? err : body_write(p->fast, offset, value);
}

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static struct pair pair_open(void **state)
{
    struct pair p = {.fast = bench_body(state)};

    assert_int_equal(body_open_c(registry_find("router4_cache"), &p.host), 0);
    assert_int_equal(body_open_c(registry_find("router4"), &p.slow), 0);
    assert_ptr_equal(fast_find(p.slow->fn), p.host->fn);
    return p;
}

static void pair_close(struct pair *p)
{
    body_close(p->host);
    body_close(p->slow);
}

/* Runs 'x', whose bytes stay, as a burst of one. */
static void run_one(struct body *b, const struct pkt *x, struct pkt *y)
{
    struct pkt from = *x;
    struct fn_span in = {FN_PKT, &from, 1, 1, 0}, out = {FN_PKT, y, 0, 1, 0};

    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
}

/* 'in' through router4; how many writes the cache wants, which it then has. */
static size_t learn(struct pair *p, const struct pkt *in, struct pkt *out)
{
    struct write_list w = {0};
    struct fn_reason why;
    size_t n;

    run_one(p->slow, in, out);
    p->slow->fn->reason(body_c_state(p->slow), in, &why);
    assert_int_equal(p->host->fn->learn(body_c_state(p->host), in, out, &why,
                                        write_list_emit, &w),
                     0);
    n = w.n;
    for (size_t k = 0; k < w.n; k++) {
        assert_int_equal(tell(p, w.at[k].offset, w.at[k].value), 0);
    }
    write_list_close(&w);
    return n;
}

/* --- by hand --- */

static void set_table(struct body *b, size_t table, const uint32_t *w,
                      uint32_t n)
{
    assert_int_equal(net_emit_words(table, w, n, put, b), 0);
}

/* 10/8 by next hop 1, 11/8 by 2, 12/8 by group 3 of both, 13/8 by 4 without an
 * entry; port 5 has MAC and address. */
static void set_routes(struct body *b)
{
    static const uint32_t prefix[] = {10u << 24, 11u << 24, 12u << 24,
                                      13u << 24};
    static const uint32_t route[] = {1 << 8 | 8, 2 << 8 | 8, 3 << 8 | 8,
                                     4 << 8 | 8};
    static const uint32_t next[] = {
        0,          0,          0, 0x33445566,   0xa0051122, 100,
        0xddeeff00, 0x2006bbcc, 0, 2u << 16 | 1, 1u << 30,   0};
    static const uint32_t port[6 * 3] = {
        [15] = 0xc0000205, [16] = 0x99aabbcc, [17] = 0x80007788};

    set_table(b, ROUTER4_TABLE_PREFIX, prefix, CHECK_ROWS(prefix));
    set_table(b, ROUTER4_TABLE_ROUTE, route, CHECK_ROWS(route));
    set_table(b, ROUTER4_TABLE_NEXT, next, CHECK_ROWS(next));
    set_table(b, ROUTER4_TABLE_PORT, port, CHECK_ROWS(port));
    assert_int_equal(body_write(b, ROUTER4_N_ROUTES, 4), 0);
    assert_int_equal(body_write(b, ROUTER4_N_NEXT, 4), 0);
    assert_int_equal(body_write(b, ROUTER4_N_PORTS, 6), 0);
}

static struct pkt packet_to(uint32_t dst, uint32_t total, uint8_t ttl,
                            uint8_t *d)
{
    uint8_t *ip = d + 14;

    memset(d, 0x22, ROOM);
    be16_store(d + 12, 0x0800);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    be16_store(ip + IP4_LENGTH, (uint16_t)total);
    ip[IP4_TTL] = ttl;
    ip[IP4_PROTO] = 17;
    be32_store(ip + IP4_SRC, A);
    be32_store(ip + IP4_DST, dst);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, 20));
    return (struct pkt){
        .data = d, .len_bytes = 14 + total, .room_bytes = ROOM, .mark = 1};
}

static void learn_takes_what_every_packet_to_a_destination_gets(void **state)
{
    static const struct {
        const char *why;
        uint32_t dst, total, ttl;
        size_t writes;
    } row[] = {
        {"next hop 1", 10u << 24 | 1, 60, 64, 5 + 5},
        {"known", 10u << 24 | 1, 60, 64, 0},
        {"next hop 1 again", 10u << 24 | 2, 60, 64, 5},
        {"too long", 10u << 24 | 3, 101, 64, 0},
        {"as long as may be", 10u << 24 | 3, 100, 64, 5},
        {"next hop 2", 11u << 24, 1500, 64, 5 + 5},
        {"a group", 12u << 24, 60, 64, 0},
        {"only a port", 13u << 24, 60, 64, 5 + 5},
        {"no route", 14u << 24, 60, 64, 0},
        {"too old", 10u << 24 | 4, 60, 1, 0},
        {"1501 bytes", 11u << 24 | 1, 1501, 64, 0},
        {"the router's own", 0xc0000205, 60, 64, 0},
        {"to all", 0xffffffff, 60, 64, 0},
        {"loopback", 0x7f000001, 60, 64, 0},
    };
    struct pair p = pair_open(state);
    uint8_t d[2][ROOM];

    set_routes(p.slow);
    struct pkt x = packet_to(10u << 24 | 1, 60, 64, d[0]);
    struct pkt y = {.data = d[1], .room_bytes = ROOM};
    assert_int_equal(learn(&p, &x, &y), 0); /* no entries in use */
    assert_int_equal(fast_forget(p.host->fn, p.slow, tell, &p), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        x = packet_to(row[k].dst, row[k].total, (uint8_t)row[k].ttl, d[0]);
        y = (struct pkt){.data = d[1], .room_bytes = ROOM};
        assert_int_equal(learn(&p, &x, &y), row[k].writes);
        run_one(p.fast, &x, &y);
        assert_int_equal((y.flags & PKT_PUNT) == 0,
                         row[k].writes > 0 || k == 1);
    }
    x = packet_to(10u << 24 | 1, 101, 64, d[0]); /* above its MTU */
    run_one(p.fast, &x, &y);
    assert_int_equal(y.flags, PKT_PUNT);
    /* Without an entry for a next hop it is not learned. */
    assert_int_equal(tell(&p, ROUTER4_CACHE_N_HOPS, 3), 0);
    assert_int_equal(body_write(p.slow, ROUTER4_N_NEXT, 1), 0);
    x = packet_to(10u << 24 | 9, 60, 64, d[0]); /* now without MAC and MTU */
    assert_int_equal(learn(&p, &x, &y), 0);
    pair_close(&p);
}

static void a_destination_is_empty_while_it_is_written(void **state)
{
    struct pair p = pair_open(state);
    struct write_list w = {0};
    uint8_t d[2][ROOM];
    struct pkt x = packet_to(0, 60, 64, d[0]); /* as an empty entry has it */
    struct pkt y = {.data = d[1], .room_bytes = ROOM};
    const uint32_t old[] = {B, DEST_IN_USE}, new[] = {0, DEST_IN_USE};

    assert_int_equal(fast_forget(p.host->fn, p.slow, tell, &p), 0);
    assert_int_equal(dest_emit(old, 0, tell, &p), 0);
    assert_int_equal(dest_emit(new, 0, write_list_emit, &w), 0);
    for (size_t k = 0; k < w.n; k++) {
        run_one(p.fast, &x, &y);
        assert_int_equal(y.flags, PKT_PUNT);
        assert_int_equal(tell(&p, w.at[k].offset, w.at[k].value), 0);
    }
    run_one(p.fast, &x, &y);
    assert_int_equal(y.flags, 0);
    write_list_close(&w);
    pair_close(&p);
}

/* --- at random --- */

/* What a run of both has been through. */
struct tally {
    uint32_t hits, total, learned;
};

/*
 * A packet through the cache and, where it is punted, through router4: what
 * router4 alone makes of it.  What was learned is there at once.
 */
static void run_both(struct pair *p, struct body *alone, const struct pkt *x,
                     struct tally *t)
{
    static uint8_t bytes[3][ROOM];
    struct pkt want = {.data = bytes[0], .room_bytes = ROOM};
    struct pkt y = {.data = bytes[1], .room_bytes = ROOM};
    struct pkt z = {.data = bytes[2], .room_bytes = ROOM};
    bool hit;

    run_one(alone, x, &want);
    run_one(p->fast, x, &y);
    hit = pkt_is_done(x) || (y.flags & PKT_PUNT) == 0;
    if (!hit) {
        y.flags &= (uint16_t)~PKT_PUNT; /* it is as it came */
        assert_int_equal(pkt_user(&y), pkt_user(x));
        assert_int_equal(y.len_bytes, x->len_bytes);
        assert_memory_equal(y.data, x->data, x->len_bytes);
        y = (struct pkt){.data = bytes[1], .room_bytes = ROOM};
        if (learn(p, x, &y) > 0) {
            t->learned++;
            run_one(p->host, x, &z); /* counts nothing that is compared */
            assert_int_equal(z.flags & PKT_PUNT, 0);
        }
    }
    assert_int_equal(pkt_user(&y), pkt_user(&want));
    assert_int_equal(y.len_bytes, want.len_bytes);
    assert_memory_equal(y.data, want.data, want.len_bytes);
    t->hits += hit;
    t->total++;
}

static void both_get(struct body *a, struct body *b, const struct write_list *w)
{
    assert_int_equal(write_list_apply(w, a), 0);
    assert_int_equal(write_list_apply(w, b), 0);
}

/* Flows of router4's stimulus, damaged ones among them, and of the cache's. */
static void some_flow(struct rng *r, const struct pair *p, struct pkt *flow)
{
    const struct fn *from = rng_below(r, 8) > 0 ? p->slow->fn : p->host->fn;

    from->packet(r, flow);
}

static void the_cache_and_router4_together_are_router4(void **state)
{
    enum { ROUNDS = 40, PACKETS = 600, FLOWS = 120 };
    static uint8_t bytes[FLOWS][ROOM];
    struct pair p = pair_open(state);
    struct body *alone;
    struct rng r = {SEED};
    struct tally t = {0};

    print_message("seed %d\n", SEED);
    assert_int_equal(body_open_c(p.slow->fn, &alone), 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct write_list w = {0};
        struct pkt flow[FLOWS];
        assert_int_equal(p.slow->fn->setup(&r, write_list_emit, &w), 0);
        both_get(alone, p.slow, &w);
        write_list_close(&w);
        assert_int_equal(fast_forget(p.host->fn, p.slow, tell, &p), 0);
        for (size_t k = 0; k < FLOWS; k++) {
            flow[k] = (struct pkt){.data = bytes[k], .room_bytes = ROOM};
            some_flow(&r, &p, &flow[k]);
        }
        for (size_t k = 0; k < PACKETS; k++) {
            struct pkt x = flow[rng_below(&r, FLOWS)];
            x.item = t.total;
            run_both(&p, alone, &x, &t);
        }
    }
    print_message("%u of %u packets forwarded by the cache, %u learned\n",
                  t.hits, t.total, t.learned);
    assert_true(t.hits > t.total / 4 && t.hits < t.total);
    assert_int_equal(fast_add_counts(p.fast, p.slow), 0);
    for (size_t k = 0; k < alone->fn->csr->n_regs; k++) {
        const struct csr_reg *reg = &alone->fn->csr->regs[k];
        if (reg->access == CSR_COUNT) {
            assert_int_equal(read_reg(p.slow, reg->offset),
                             read_reg(alone, reg->offset));
        }
    }
    body_close(alone);
    pair_close(&p);
}

/* 128 destinations by plain next hops, of which no three share a hash. */
static void what_can_be_learned_is_punted_once(void **state)
{
    enum { DESTS = 128, PACKETS = 4000 };
    struct pair p = pair_open(state);
    struct rng r = {SEED};
    uint32_t punted[DESTS] = {0}, known = 0;
    uint8_t d[2][ROOM];

    set_routes(p.slow);
    assert_int_equal(fast_forget(p.host->fn, p.slow, tell, &p), 0);
    for (uint32_t k = 0; k < PACKETS; k++) {
        uint32_t at = rng_below(&r, DESTS), total = 20 + rng_below(&r, 81);
        struct pkt x = packet_to((10 + at % 2) << 24 | at, total,
                                 (uint8_t)(2 + rng_below(&r, 254)), d[0]);
        struct pkt y = {.data = d[1], .room_bytes = ROOM};
        x.item = k;
        run_one(p.fast, &x, &y);
        if ((y.flags & PKT_PUNT) != 0) {
            punted[at]++;
            (void)learn(&p, &x, &y);
        }
    }
    for (uint32_t k = 0; k < DESTS; k++) {
        assert_int_equal(punted[k], 1);
        known += punted[k];
    }
    assert_int_equal(read_reg(p.fast, ROUTER4_CACHE_CACHE_MISSES), known);
    assert_int_equal(read_reg(p.fast, ROUTER4_CACHE_N_FORWARDED),
                     PACKETS - known);
    pair_close(&p);
}

int main(void)
{
    static struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(learn_takes_what_every_packet_to_a_destination_gets),
        ON_EACH(a_destination_is_empty_while_it_is_written),
        ON_EACH(the_cache_and_router4_together_are_router4),
        ON_EACH(what_can_be_learned_is_punted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
