/*
 * acl_cache_learn_test.c - partial offload: what the cache learns from acl, and
 * both together against acl alone over random rules, on each body.
 */
#include "net/fn/acl_cache/acl_cache_check.h"

/* Runs 'x' through 'b' in place of a burst of one. */
static void run_pkt(struct body *b, const struct pkt *x, struct pkt *y)
{
    struct fn_span in = {FN_PKT, &(struct pkt){0}, 1, 1, 0};
    struct fn_span out = {FN_PKT, y, 0, 1, 0};

    *(struct pkt *)in.items = *x;
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
}

static struct body *open_acl(void)
{
    struct body *acl = NULL;

    assert_int_equal(body_open_c(registry_find("acl"), &acl), 0);
    return acl;
}

/* What learn() wants written for 'out'; the number of writes. */
static size_t learn(struct bench *b, const struct net_key4 *key, uint64_t item,
                    uint16_t mark, uint16_t flags)
{
    uint8_t bytes[ROOM];
    struct pkt in = packet_make(key, bytes);
    struct pkt out = in;
    struct write_list w = {0};
    size_t n;

    in.item = item;
    out.mark = mark;
    out.flags = flags;
    assert_int_equal(
        b->body->fn->learn(&b->host, &in, &out, NULL, write_list_emit, &w), 0);
    n = w.n;
    for (size_t k = 0; k < w.n; k++) {
        set(b, w.at[k].offset, w.at[k].value);
    }
    write_list_close(&w);
    return n;
}

static void learn_makes_the_cache_say_what_acl_said(void **state)
{
    static const struct net_key4 arp = {.has_ip = false};
    struct bench *b = bench_of(state);

    assert_int_equal(learn(b, &syn, 0, 3, 0), 0); /* no entries in use */
    set(b, ACL_CACHE_N_ENTRIES, 256);
    assert_int_equal(learn(b, &arp, 0, 0, 0), 0);              /* has no key */
    assert_int_equal(learn(b, &syn, 0, ENTRY_RULE + 1, 0), 0); /* no room */
    assert_int_equal(learn(b, &syn, 0, 3, PKT_DROP), 7);
    assert_packet(b, &syn, 3, PKT_DROP);
    assert_int_equal(learn(b, &syn, 0, 3, PKT_DROP), 0); /* known */
    assert_int_equal(learn(b, &syn, 0, 3, 0), 7);
    assert_packet(b, &syn, 3, 0);
    assert_int_equal(learn(b, &syn, 0, ENTRY_RULE, 0), 7);
    assert_packet(b, &syn, ENTRY_RULE, 0);
    /* No rule: the default is the register's, whatever it was then. */
    assert_int_equal(learn(b, &syn, 0, 0, PKT_DROP), 7);
    assert_packet(b, &syn, 0, 0);
    set(b, ACL_CACHE_NO_MATCH, 1);
    assert_packet(b, &syn, 0, PKT_DROP);
    assert_int_equal(learn(b, &syn, 0, 3, 0), 7);
    assert_int_equal(learn(b, &syn, 0, 0, 0), 7);
    assert_packet(b, &syn, 0, PKT_DROP);
}

static void learn_takes_an_empty_way_before_one_in_use(void **state)
{
    /* Alike by the hash: bits 0 and 7 of the source. */
    struct net_key4 x = syn, y = syn, z = syn;
    struct bench *b = bench_of(state);
    uint32_t kept[2] = {0};

    x.src = A ^ 0x01;
    y.src = A ^ 0x80;
    z.src = A ^ 0x4000;
    set(b, ACL_CACHE_N_ENTRIES, 256);
    assert_int_equal(learn(b, &x, 0, 1, 0), 7);
    assert_int_equal(learn(b, &y, 0, 2, 0), 7);
    assert_packet(b, &x, 1, 0);
    assert_packet(b, &y, 2, 0);
    /* One of both goes, which one depends on the item. */
    for (uint64_t item = 0; item < 16; item++) {
        assert_int_equal(learn(b, &z, item, 3, 0), 7);
        assert_packet(b, &z, 3, 0);
        bool x_kept = run_one(b->body, &x, 0).mark == 1;
        bool y_kept = run_one(b->body, &y, 0).mark == 2;
        assert_true(x_kept != y_kept);
        kept[y_kept]++;
        (void)put(b, &x, 1, 0);
        (void)put(b, &y, 2, 1);
    }
    print_message("%u times x, %u times y\n", kept[0], kept[1]);
    assert_true(kept[0] >= 4 && kept[1] >= 4);
}

static void an_entry_is_empty_while_it_is_written(void **state)
{
    /* In the first pair word 3 has nothing but the result. */
    static const struct net_key4 row[][2] = {
        {KEY(A, B, 0, 0, 0, 0), KEY(A ^ 0x81, B, 0, 0, 0, 0)},
        {KEY(A, B, 1, 2, NET_TCP, 3), KEY(A ^ 0x81, B, 1, 2, NET_TCP, 3)},
    };
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct entry e = entry_of_key(&row[k][1], false);
        struct write_list w = {0};
        (void)put(b, &row[k][0], DROP | 1, 0);
        e.word[3] |= ACCEPT | 2;
        assert_int_equal(entry_emit(&e, entry_first(&e), write_list_emit, &w),
                         0);
        for (size_t j = 0; j < w.n; j++) {
            print_message("pair %zu, write %zu\n", k, j);
            set(b, w.at[j].offset, w.at[j].value);
            assert_int_equal(run_one(b->body, &row[k][0], 0).mark,
                             j == 0 ? 1 : UNTOUCHED);
            assert_int_equal(run_one(b->body, &row[k][1], 0).mark,
                             j == w.n - 1 ? 2 : UNTOUCHED);
        }
        write_list_close(&w);
    }
}

static void forget_empties_the_cache_and_copies_settings(void **state)
{
    struct bench *b = bench_of(state);
    struct body *acl = open_acl();
    struct write_list w = {0};

    assert_ptr_equal(fast_find(acl->fn), b->body->fn);
    assert_null(fast_find(b->body->fn));
    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, DROP | 1, 0);
    (void)put(b, &syn, DROP | 1, 1);
    assert_int_equal(body_write(acl, ACL_NO_MATCH, 5), 0);
    assert_int_equal(body_write(acl, ACL_NO_FLAGS, 3), 0);
    assert_int_equal(fast_forget(b->body->fn, acl, write_list_emit, &w), 0);
    for (size_t k = 0; k < w.n; k++) {
        set(b, w.at[k].offset, w.at[k].value);
        if (k < 3 || k + 5 > w.n) { /* from the first write on */
            assert_int_equal(run_one(b->body, &syn, 0).flags, PKT_PUNT);
        }
    }
    write_list_close(&w);
    assert_int_equal(read_reg(b->body, ACL_CACHE_NO_MATCH), 1);
    assert_int_equal(read_reg(b->body, ACL_CACHE_NO_FLAGS), 1);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_ENTRIES), 256);
    for (size_t k = 0; k < CHECK_ROWS(b->table); k++) {
        assert_int_equal(b->table[k], 0);
    }
    assert_packet(b, &syn, UNTOUCHED, PKT_PUNT);
    body_close(acl);
}

/* A packet through the cache and, where it is punted, through acl. */
static void run_both(struct bench *b, struct body *acl, const struct pkt *x,
                     struct pkt *y, bool *hit)
{
    run_pkt(b->body, x, y);
    *hit = pkt_is_done(x) || (y->flags & PKT_PUNT) == 0;
    if (!*hit) {
        struct pkt again = *y;
        uint8_t bytes[ROOM * 8];
        memcpy(bytes, y->data, y->len_bytes);
        again.data = bytes;
        again.flags &= (uint16_t)~PKT_PUNT;
        assert_int_equal(again.mark, x->mark);
        run_pkt(acl, &again, y);
        assert_int_equal(
            b->body->fn->learn(&b->host, x, y, NULL, bench_emit, b), 0);
    }
}

static void the_cache_and_acl_together_are_acl(void **state)
{
    enum { ROUNDS = 40, PACKETS = 200, FLOWS = 60 };
    static uint8_t bytes[FLOWS][2048], to[2][2048];
    struct bench *b = bench_of(state);
    struct body *alone = open_acl(), *acl = open_acl();
    struct rng r = {SEED};
    uint32_t hits = 0, total = 0;

    print_message("seed %d\n", SEED);
    for (int round = 0; round < ROUNDS; round++) {
        struct write_list w = {0};
        struct pkt flow[FLOWS];
        assert_int_equal(acl->fn->setup(&r, write_list_emit, &w), 0);
        assert_int_equal(write_list_apply(&w, acl), 0);
        assert_int_equal(write_list_apply(&w, alone), 0);
        write_list_close(&w);
        assert_int_equal(fast_forget(b->body->fn, acl, bench_emit, b), 0);
        for (size_t k = 0; k < FLOWS; k++) {
            flow[k] = (struct pkt){.data = bytes[k], .room_bytes = 2048};
            acl->fn->packet(&r, &flow[k]);
        }
        for (size_t k = 0; k < PACKETS; k++, total++) {
            struct pkt x = flow[rng_below(&r, FLOWS)];
            struct pkt want = {.data = to[0], .room_bytes = 2048};
            struct pkt y = {.data = to[1], .room_bytes = 2048};
            bool hit;
            x.item = total;
            run_pkt(alone, &x, &want);
            run_both(b, acl, &x, &y, &hit);
            hits += hit;
            assert_int_equal(pkt_user(&y), pkt_user(&want));
        }
    }
    print_message("%u of %u packets judged by the cache\n", hits, total);
    assert_true(hits > total / 2 && hits < total);
    assert_int_equal(fast_add_counts(b->body, acl), 0);
    assert_int_equal(read_reg(acl, ACL_N_HITS), read_reg(alone, ACL_N_HITS));
    assert_int_equal(read_reg(acl, ACL_N_DROPS), read_reg(alone, ACL_N_DROPS));
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_HITS), 0);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_DROPS), 0);
    body_close(acl);
    body_close(alone);
}

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64}};
    const struct CMUnitTest tests[] = {
        ON_EACH(learn_makes_the_cache_say_what_acl_said),
        ON_EACH(learn_takes_an_empty_way_before_one_in_use),
        ON_EACH(an_entry_is_empty_while_it_is_written),
        ON_EACH(forget_empties_the_cache_and_copies_settings),
        ON_EACH(the_cache_and_acl_together_are_acl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
