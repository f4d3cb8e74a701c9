/*
 * firewall_cache_learn_test.c - the cache and firewall together are firewall:
 * conversations through both, as a node runs them, and through firewall alone;
 * every packet, every count and the state at the end are the same.  With the C
 * body of a twin beside the slot, which sees all packets, and with one that is
 * only told.
 */
#include "net/fn/firewall_cache/firewall_cache_check.h"

enum { ITEMS = 60000, N_BURSTS = 4 };

struct pair {
    struct bench slot; /* the cache under test */
    bool twin;
};

static struct pair pairs[] = {
    {{.width_bits = 0}, true},   {{.width_bits = 0}, false},
    {{.width_bits = 32}, true},  {{.width_bits = 64}, false},
    {{.width_bits = 256}, true},
};

static int open_pair(void **state)
{
    struct pair *p = *state;

    return bench_load(&p->slot, "firewall_cache");
}

static int close_pair(void **state)
{
    void *slot = &((struct pair *)*state)->slot;

    return bench_close(&slot);
}

/* Bursts: the input, what firewall alone makes of it, what both do. */
struct bursts {
    struct pkt pkt[N_BURSTS][FN_BURST_PKT];
    uint8_t bytes[N_BURSTS][FN_BURST_PKT][ROOM];
};

static struct fn_span span_of(struct bursts *b, int which)
{
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        b->pkt[which][k] =
            (struct pkt){.data = b->bytes[which][k], .room_bytes = ROOM};
    }
    return (struct fn_span){FN_PKT, b->pkt[which], 0, FN_BURST_PKT, 0};
}

struct rig {
    struct body *alone, *slow, *known; /* 'known' is what learn() is given */
    struct body *slot;
    bool twin;
    struct bursts *b;
    uint64_t item, judged;
};

static void assert_same(const struct fn_span *x, const struct fn_span *y)
{
    assert_int_equal(x->n, y->n);
    for (size_t k = 0; k < x->n; k++) {
        const struct pkt *p = (const struct pkt *)x->items + k;
        const struct pkt *q = (const struct pkt *)y->items + k;
        assert_int_equal(pkt_user(p), pkt_user(q));
        assert_int_equal(p->len_bytes, q->len_bytes);
        assert_memory_equal(p->data, q->data, p->len_bytes);
    }
}

/* What the slot punted firewall judges, in order; 'w' is what it then has to
 * be told. */
static void judge(struct rig *g, const struct fn_span *in, struct fn_span *out,
                  struct write_list *w)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        struct fn_span one = {FN_PKT, &y[k], 1, 1, 0}, one_out = one;
        const struct fn_reason why = {.known = false};
        struct pkt came = x[k];
        size_t from = w->n;
        if ((y[k].flags & PKT_PUNT) == 0) {
            g->judged++;
            continue;
        }
        came.item = g->item + k;
        y[k].flags = x[k].flags;
        assert_int_equal(body_run(g->slow, &one, &one_out), 0);
        assert_int_equal(g->slot->fn->learn(body_c_state(g->known), &came,
                                            &y[k], &why, write_list_emit, w),
                         0);
        for (; from < w->n; from++) {
            assert_int_equal(
                body_write(g->known, w->at[from].offset, w->at[from].value), 0);
        }
    }
}

static void run_burst(struct rig *g, struct talk *t, size_t n)
{
    struct fn_span in = span_of(g->b, 0), want = span_of(g->b, 1),
                   got = span_of(g->b, 2), twin = span_of(g->b, 3);
    struct write_list w = {0};

    for (size_t k = 0; k < n; k++) {
        talk_next(t, &g->b->pkt[0][k]);
    }
    in.n = n;
    assert_int_equal(body_run(g->alone, &in, &want), 0);
    assert_int_equal(body_run(g->slot, &in, &got), 0);
    if (g->twin) {
        assert_int_equal(body_run(g->known, &in, &twin), 0);
        assert_same(&twin, &got);
    }
    judge(g, &in, &got, &w);
    assert_same(&want, &got);
    assert_int_equal(write_list_apply(&w, g->slot), 0);
    write_list_close(&w);
    g->item += n;
}

static void set_all(struct rig *g, const struct write_list *w)
{
    assert_int_equal(write_list_apply(w, g->alone), 0);
    assert_int_equal(write_list_apply(w, g->slow), 0);
}

static void forget(struct rig *g)
{
    struct write_list w = {0};

    assert_int_equal(fast_forget(g->slot->fn, g->slow, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, g->known), 0);
    assert_int_equal(write_list_apply(&w, g->slot), 0);
    write_list_close(&w);
}

static void tick_to(struct rig *g, uint32_t tick)
{
    assert_int_equal(body_write(g->alone, FIREWALL_TICK, tick), 0);
    assert_int_equal(body_write(g->slow, FIREWALL_TICK, tick), 0);
    assert_int_equal(body_write(g->known, FIREWALL_CACHE_TICK, tick), 0);
    assert_int_equal(body_write(g->slot, FIREWALL_CACHE_TICK, tick), 0);
}

static void the_cache_and_firewall_together_are_firewall(void **state)
{
    const struct pair *p = *state;
    struct rig g = {.slot = p->slot.body, .twin = p->twin};
    struct write_list w = {0};
    struct talk t;
    struct rng r = {17};
    uint32_t tick = 0xfffffff0;
    struct blob a, b;

    if (g.slot == NULL) {
        print_message("skipped: no image, %u bits\n", p->slot.width_bits);
        skip();
    }
    g.b = calloc(1, sizeof *g.b);
    assert_non_null(g.b);
    assert_int_equal(body_open_c(registry_find("firewall"), &g.alone), 0);
    assert_int_equal(body_open_c(registry_find("firewall"), &g.slow), 0);
    assert_int_equal(body_open_c(g.slot->fn, &g.known), 0);
    assert_int_equal(talk_setup(write_list_emit, &w), 0);
    set_all(&g, &w);
    write_list_close(&w);
    forget(&g);
    talk_begin(&t, 5);
    while (g.item < ITEMS) {
        static const size_t edges[] = {1, 3, 255, 256, 257 - 256};
        size_t n = rng_below(&r, 2) == 0 ? edges[rng_below(&r, 5)]
                                         : 1 + rng_below(&r, FN_BURST_PKT);
        if (rng_below(&r, 6) == 0) {
            tick = talk_tick(&r, tick);
            tick_to(&g, tick);
        }
        run_burst(&g, &t, n);
    }
    printf("  %llu of %llu packets judged\n", (unsigned long long)g.judged,
           (unsigned long long)g.item);
    assert_true(g.judged * 3 > g.item); /* the cache is of use */
    assert_int_equal(fast_add_counts(g.slot, g.slow), 0);
    assert_int_equal(body_save(g.alone, &a), 0);
    assert_int_equal(body_save(g.slow, &b), 0);
    assert_true(read_reg(g.alone, FIREWALL_N_EXPIRED) > 100);
    assert_true(read_reg(g.alone, FIREWALL_N_RELATED) > 10);
    assert_true(read_reg(g.alone, FIREWALL_N_FULL) > 10);
    assert_int_equal(blob_differs(&a, &b), -1);
    blob_close(&a);
    blob_close(&b);
    body_close(g.alone);
    body_close(g.slow);
    body_close(g.known);
    free(g.b);
}

/* --- learn() -------------------------------------------------------------- */

/* How many writes learn() wants for a packet of 'key' that firewall marked. */
static size_t learn(struct body *known, struct net_key4 key, uint16_t mark,
                    uint16_t flags)
{
    uint8_t data[ROOM];
    struct pkt in = packet_make(&key, 0, data), out = in;
    const struct fn_reason why = {.known = false};
    struct write_list w = {0};

    out.mark = mark;
    out.flags = flags;
    assert_int_equal(known->fn->learn(body_c_state(known), &in, &out, &why,
                                      write_list_emit, &w),
                     0);
    size_t n = w.n;
    assert_int_equal(write_list_apply(&w, known), 0);
    write_list_close(&w);
    return n;
}

static void only_what_is_open_is_learned_and_news_end_it(void **state)
{
    enum { LEARNED = 2 + 2 + 1 + 4, EMPTIED = 2 }; /* writes */
    struct body *b;
    struct net_key4 data = {.has_ip = true,
                            .src = A,
                            .dst = B,
                            .sport = 1,
                            .dport = 2,
                            .proto = NET_TCP,
                            .flags = ACK};
    struct net_key4 end = data, arp = {0};

    (void)state;
    end.flags = FIN | ACK;
    assert_int_equal(body_open_c(registry_find("firewall_cache"), &b), 0);
    assert_int_equal(learn(b, data, FATE_OPEN, 0), 0); /* none in use */
    assert_int_equal(body_write(b, FIREWALL_CACHE_N_ENTRIES, 256), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 1, PKT_DROP), 0);
    assert_int_equal(learn(b, data, 2 << 13, 0), 0); /* not open */
    assert_int_equal(learn(b, end, FATE_OPEN, 0), 0);
    assert_int_equal(learn(b, arp, FATE_OPEN, 0), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 5, 0), LEARNED);
    assert_int_equal(learn(b, data, FATE_OPEN | 5, 0), 0); /* known */
    assert_int_equal(learn(b, turned(data), FATE_OPEN | 5, 0), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 6, 0), LEARNED);
    assert_int_equal(body_write(b, FIREWALL_CACHE_TICK, 15), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 6, 0), 0);
    assert_int_equal(body_write(b, FIREWALL_CACHE_TICK, 16), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 6, 0), LEARNED);
    assert_int_equal(learn(b, end, 2 << 13, 0), EMPTIED);
    assert_int_equal(learn(b, end, 2 << 13, 0), 0);
    assert_int_equal(learn(b, data, FATE_OPEN | 6, 0), LEARNED);
    assert_int_equal(learn(b, data, 2 << 13, 0), EMPTIED); /* firewall says */
    body_close(b);
}

#define ON(where, pair)                                              \
    {                                                                \
        "the_cache_and_firewall_together_are_firewall_on_" where,    \
            the_cache_and_firewall_together_are_firewall, open_pair, \
            close_pair, pair                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON("c_twin", &pairs[0]),
        ON("c_alone", &pairs[1]),
        ON("rtl32_twin", &pairs[2]),
        ON("rtl64_alone", &pairs[3]),
        ON("rtl256_twin", &pairs[4]),
        cmocka_unit_test(only_what_is_open_is_learned_and_news_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
