/*
 * nat44_model_test.c - nat44 against a translator of lists that are searched
 * from end to end: it believes which port a new mapping got when that may be,
 * and makes every packet anew, checksums and all.  Then the same traffic in
 * bursts of other lengths, over a copy of the state, and packets of noise.
 */
#include "core/base/rng.h"
#include "net/fn/nat44/nat44_check.h"

enum {
    PACKETS = 40000,
    HOSTS = 6,
    INSIDE_PORTS = 60,
    MODEL_MAX = 4096,
    BLOCK = 64,
    BLOCKS = 1, /* of a host: fewer ports than it wants */
    T_TCP = 600,
    T_TRANS = 60,
    T_UDP = 80,
    T_ICMP = 20,
};

/* --- the model ------------------------------------------------------------ */

struct model_map {
    bool used;
    uint8_t proto;
    uint32_t in, out;
    uint16_t in_port, out_port;
    uint32_t seen;
    bool syn[2], fin[2], rst; /* by side, 1 the outside */
};

struct model {
    struct model_map map[MODEL_MAX];
    uint32_t tick;
};

static uint32_t life(const struct model_map *m)
{
    bool open = m->syn[0] && m->syn[1] && !(m->fin[0] && m->fin[1]) && !m->rst;

    return m->proto == NET_UDP    ? T_UDP
           : m->proto == NET_ICMP ? T_ICMP
           : open                 ? T_TCP
                                  : T_TRANS;
}

/* The live mapping with this end. */
static struct model_map *look(struct model *m, bool out, uint8_t proto,
                              uint32_t addr, uint16_t port)
{
    for (size_t k = 0; k < MODEL_MAX; k++) {
        struct model_map *x = &m->map[k];
        if (x->used && m->tick - x->seen > life(x)) {
            x->used = false;
        }
        if (x->used && x->proto == proto && (out ? x->out : x->in) == addr &&
            (out ? x->out_port : x->in_port) == port) {
            return x;
        }
    }
    return NULL;
}

static void touch(const struct model *m, struct model_map *x, bool outside,
                  uint8_t flags)
{
    if (x->proto == NET_TCP || !outside) {
        x->seen = m->tick;
    }
    if (x->proto != NET_TCP) {
        return;
    }
    if ((flags & SYN) != 0) {
        if ((x->fin[0] && x->fin[1]) || x->rst) {
            x->syn[0] = x->syn[1] = false;
        }
        x->fin[0] = x->fin[1] = x->rst = false;
        x->syn[outside] = true;
    }
    x->fin[outside] = x->fin[outside] || (flags & FIN) != 0;
    x->rst = x->rst || (flags & RST) != 0;
}

/* Believes a new mapping that 'y' shows: in the pool, nobody's, and in no block
 * of another host. */
static struct model_map *believe(struct model *m, const struct packet *x,
                                 const struct packet *y)
{
    assert_in_range(y->src, POOL, POOL + 1);
    assert_in_range(y->sport, 1024, 65535);
    assert_null(look(m, true, x->proto, y->src, y->sport));
    for (size_t k = 0; k < MODEL_MAX; k++) {
        const struct model_map *o = &m->map[k];
        if (o->used && m->tick - o->seen <= life(o) && o->in != x->src) {
            assert_false(o->out == y->src && (o->out_port - 1024) / BLOCK ==
                                                 (y->sport - 1024) / BLOCK);
        }
    }
    for (size_t k = 0; k < MODEL_MAX; k++) {
        if (!m->map[k].used) {
            m->map[k] = (struct model_map){.used = true,
                                           .proto = x->proto,
                                           .in = x->src,
                                           .in_port = x->sport,
                                           .out = y->src,
                                           .out_port = y->sport};
            return &m->map[k];
        }
    }
    fail_msg("the model is full");
    return NULL;
}

/* --- traffic -------------------------------------------------------------- */

/* A packet and the side it comes from. */
struct arrival {
    struct packet x;
    uint8_t port;
    uint32_t tick;
};

static struct arrival some_arrival(struct rng *r, uint32_t tick)
{
    static const uint8_t protocols[] = {NET_TCP, NET_TCP, NET_UDP, NET_ICMP};
    static const uint8_t flags[] = {SYN, ACK, ACK, ACK, SYN | ACK, FIN, RST};
    struct arrival a = {.tick = tick, .port = IN_PORT};

    a.x =
        (struct packet){.proto = protocols[rng_below(r, 4)],
                        .src = HOST_A + rng_below(r, HOSTS),
                        .sport = (uint16_t)(5000 + rng_below(r, INSIDE_PORTS)),
                        .dst = FAR + rng_below(r, 3),
                        .dport = 80,
                        .n_payload = (uint8_t)rng_below(r, 40),
                        .no_sum = rng_below(r, 4) == 0};
    a.x.flags = a.x.proto == NET_ICMP ? (uint8_t)(rng_below(r, 8) == 0 ? 0 : 8)
                                      : flags[rng_below(r, 7)];
    return a;
}

/* Comes back to a mapping of the model, or to one that was. */
static void turn(struct rng *r, struct model *m, struct arrival *a,
                 bool hairpin)
{
    const struct model_map *o = &m->map[rng_below(r, 200)];

    a->x.dst = o->out != 0 ? o->out : POOL;
    a->x.dport = o->out_port;
    if (o->proto != 0) {
        a->x.proto = o->proto;
    }
    if (!hairpin) {
        a->port = OUT_PORT;
        a->x.src = FAR;
        a->x.sport = 80;
    }
    if (a->x.proto == NET_ICMP) {
        a->x.sport = hairpin ? a->x.sport : o->out_port;
        a->x.flags = 0;
    } else if (a->x.flags == 8) {
        a->x.flags = ACK;
    }
}

/* Checks what became of one packet and has the model follow. */
static void follow(struct model *m, const struct arrival *a,
                   const struct pkt *out, uint32_t *n_fate)
{
    const struct packet *x = &a->x;
    bool outside = a->port == OUT_PORT, drop = (out->flags & PKT_DROP) != 0;
    bool hairpin = !outside && x->dst - POOL < 2;
    const char *verdict = registry_find("nat44")->verdict(out);
    struct packet want = *x;
    struct model_map *src = NULL, *dst = NULL;
    uint8_t d[ROOM];

    m->tick = a->tick;
    if (outside || hairpin) {
        dst = look(m, true, x->proto, x->dst,
                   x->proto == NET_ICMP ? x->sport : x->dport);
        if (dst == NULL || (hairpin && x->proto == NET_ICMP)) {
            assert_string_equal(verdict, "unmapped");
            n_fate[0]++;
            return;
        }
    }
    if (!outside) {
        bool may_make = x->proto == NET_ICMP
                            ? x->flags == 8
                            : (x->flags & RST) == 0 || x->proto == NET_UDP;
        src = look(m, false, x->proto, x->src, x->sport);
        if (src == NULL && !may_make) {
            assert_string_equal(verdict, "unmapped");
            n_fate[0]++;
            return;
        }
        if (src == NULL && drop) { /* it has 64 ports and wants 180 */
            assert_string_equal(verdict, "exhausted");
            n_fate[1]++;
            return;
        }
        if (src == NULL) {
            struct packet y = ends_of(out->data + IP);
            src = believe(m, x, &y);
            n_fate[2]++;
        }
        touch(m, src, false, x->flags);
        want.src = src->out;
        want.sport = src->out_port;
    }
    if (dst != NULL) {
        touch(m, dst, true, x->flags);
        want.dst = dst->in;
        want.dport = dst->in_port;
        want.sport = x->proto == NET_ICMP ? dst->in_port : want.sport;
    }
    assert_int_equal(out->flags, 0);
    uint32_t n = ip_make(&want, d);
    assert_int_equal(out->len_bytes, IP + n);
    assert_memory_equal(out->data + IP, d, n);
    n_fate[3 + (dst != NULL) + (hairpin)]++;
}

static struct body *open_nat(void)
{
    struct body *b = nat_open("192.0.2.16/31", "64 1");

    set(b, "tcp_ticks", "600");
    set(b, "trans_ticks", "60");
    set(b, "udp_ticks", "80");
    set(b, "icmp_ticks", "20");
    return b;
}

static void random_traffic_as_the_model_says(void **state)
{
    struct body *b = open_nat();
    struct model *m = calloc(1, sizeof *m);
    struct rng r = {5};
    uint32_t tick = UINT32_MAX - 1000, n_fate[6] = {0};
    uint8_t d[ROOM];

    (void)state;
    assert_non_null(m);
    for (uint32_t k = 0; k < PACKETS; k++) {
        tick += rng_below(&r, 32) == 0 ? rng_below(&r, 4) : 0;
        struct arrival a = some_arrival(&r, tick);
        uint32_t way = rng_below(&r, 16);
        if (way < 7) {
            turn(&r, m, &a, way == 0);
        }
        poke(b, NAT44_TICK, tick);
        struct pkt y = run_pkt(b, frame_make(&a.x, d, a.port));
        follow(m, &a, &y, n_fate);
    }
    print_message("unmapped %u, exhausted %u, new %u, out %u, in %u, hairpin "
                  "%u\n",
                  n_fate[0], n_fate[1], n_fate[2], n_fate[3], n_fate[4],
                  n_fate[5]);
    for (size_t k = 0; k < CHECK_ROWS(n_fate); k++) {
        assert_true(n_fate[k] > PACKETS / 200);
    }
    assert_int_equal(reg(b, NAT44_N_OUT), n_fate[3]);
    assert_int_equal(reg(b, NAT44_N_IN), n_fate[4]);
    assert_int_equal(reg(b, NAT44_N_HAIRPIN), n_fate[5]);
    assert_int_equal(reg(b, NAT44_N_NEW), n_fate[2]);
    free(m);
    body_close(b);
}

/* --- bursts, copies, noise ------------------------------------------------ */

enum { STREAM = 2048 };

struct stream {
    uint8_t in[STREAM][ROOM], out[2][STREAM][ROOM];
    struct pkt p[STREAM], y[2][STREAM];
};

static void fill(struct stream *s, uint64_t seed, bool noise)
{
    const struct fn *fn = registry_find("nat44");
    struct rng r = {seed};

    for (size_t k = 0; k < STREAM; k++) {
        s->p[k] = (struct pkt){.data = s->in[k], .room_bytes = ROOM};
        fn->packet(&r, &s->p[k]);
        for (uint32_t n = noise ? rng_below(&r, 4) : 0; n > 0; n--) {
            uint32_t at = rng_below(&r, 14 + 60 + 20);
            s->in[k][at] ^= (uint8_t)(1u << rng_below(&r, 8));
        }
        if (noise && rng_below(&r, 2) == 0 && s->p[k].len_bytes >= L4) {
            be16_store(s->in[k] + IP + 10, 0);
            be16_store(s->in[k] + IP + 10,
                       (uint16_t)~words_sum(0, s->in[k] + IP, 20));
        }
    }
}

static void setup(struct body *b, uint64_t seed)
{
    struct write_list w = {0};
    struct rng r = {seed};

    assert_int_equal(b->fn->setup(&r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

/* Packets from..to-1, in bursts of 'n', to output 'which'. */
static void run_stream(struct body *b, struct stream *s, int which, size_t from,
                       size_t to, size_t n)
{
    for (size_t k = from; k < to; k += n) {
        size_t some = n < to - k ? n : to - k;
        struct fn_span in = {FN_PKT, s->p + k, some, some, 0};
        struct fn_span out = {FN_PKT, s->y[which] + k, 0, some, 0};
        for (size_t i = 0; i < some; i++) {
            /* To the end of what was given: a write beyond is seen. */
            s->y[which][k + i] =
                (struct pkt){.data = s->out[which][k + i], .room_bytes = ROOM};
        }
        assert_int_equal(body_run(b, &in, &out), 0);
    }
}

static void assert_streams(const struct stream *s, size_t from)
{
    for (size_t k = from; k < STREAM; k++) {
        const struct pkt *a = &s->y[0][k], *c = &s->y[1][k];
        assert_int_equal(pkt_user(a), pkt_user(c));
        assert_int_equal(a->len_bytes, c->len_bytes);
        assert_memory_equal(a->data, c->data, a->len_bytes);
    }
}

static void assert_states(struct body *a, struct body *c)
{
    struct blob x, y;

    assert_int_equal(body_save(a, &x), 0);
    assert_int_equal(body_save(c, &y), 0);
    assert_int_equal(blob_differs(&x, &y), -1);
    blob_close(&x);
    blob_close(&y);
}

static void bursts_may_be_cut_anywhere(void **state)
{
    static const size_t lengths[] = {3, 100, 255, 256};
    struct stream *s = calloc(1, sizeof *s);

    (void)state;
    assert_non_null(s);
    for (size_t k = 0; k < CHECK_ROWS(lengths); k++) {
        struct body *a = open_nat(), *c = open_nat();
        fill(s, k, false);
        setup(a, k);
        setup(c, k);
        run_stream(a, s, 0, 0, STREAM, 1);
        run_stream(c, s, 1, 0, STREAM, lengths[k]);
        assert_streams(s, 0);
        assert_states(a, c);
        body_close(a);
        body_close(c);
    }
    free(s);
}

static void a_copy_goes_on_as_its_original(void **state)
{
    struct stream *s = calloc(1, sizeof *s);

    (void)state;
    assert_non_null(s);
    for (uint64_t k = 0; k < 8; k++) {
        struct body *a = open_nat(), *c = open_nat();
        struct blob blob;
        fill(s, 100 + k, false);
        setup(a, k);
        run_stream(a, s, 0, 0, STREAM / 2, 256);
        assert_int_equal(body_save(a, &blob), 0);
        assert_int_equal(body_load(c, &blob), 0);
        blob_close(&blob);
        run_stream(a, s, 0, STREAM / 2, STREAM, 256);
        run_stream(c, s, 1, STREAM / 2, STREAM, 257 - 2 * (size_t)k - 1);
        assert_streams(s, STREAM / 2);
        assert_states(a, c);
        body_close(a);
        body_close(c);
    }
    free(s);
}

/* Noise in headers and in the state: nothing is read or written that is not
 * there (sanitizers look), and each packet is counted once. */
static void noise_does_no_harm(void **state)
{
    struct stream *s = calloc(1, sizeof *s);
    struct rng r = {7};

    (void)state;
    assert_non_null(s);
    for (uint64_t k = 0; k < 20; k++) {
        struct body *b = open_nat();
        uint64_t n = 0, n_done = 0;
        fill(s, 200 + k, true);
        setup(b, k);
        for (uint32_t i = 0; i < (k % 2) * 400; i++) {
            static const uint32_t words[] = {128 * 10, 8 * 26, 4 * 8, 64 * 7};
            uint32_t t = rng_below(&r, 4);
            uint32_t at = csr_window(t, rng_below(&r, words[t]));
            poke(b, CSR_WINDOW_INDEX, at);
            poke(b, CSR_WINDOW_DATA,
                 rng_below(&r, 2) == 0 ? (uint32_t)rng_next(&r)
                                       : rng_below(&r, 4));
        }
        for (uint32_t i = 0; i < (k % 4 == 3 ? 5 : 0); i++) {
            poke(b, NAT44_N_MAPS + 4 * rng_below(&r, 16),
                 rng_below(&r, 2) == 0 ? (uint32_t)rng_next(&r)
                                       : rng_below(&r, 1000));
        }
        for (size_t i = 0; i < STREAM; i++) {
            n_done += pkt_is_done(&s->p[i]);
        }
        run_stream(b, s, 0, 0, STREAM, 200);
        for (uint32_t at = NAT44_N_OUT; at <= NAT44_N_PROTO; at += 4) {
            n += reg(b, at);
        }
        assert_int_equal(n, STREAM - n_done);
        body_close(b);
    }
    free(s);
}

/* The same of one packet a burst, in memory that ends where it does. */
static void nothing_behind_a_packet_is_touched(void **state)
{
    struct stream *s = calloc(1, sizeof *s);
    struct body *b = open_nat();

    (void)state;
    assert_non_null(s);
    for (uint64_t k = 0; k < 6; k++) {
        setup(b, k);
        fill(s, 300 + k, true);
        for (size_t i = 0; i < STREAM; i++) {
            struct pkt p = s->p[i], y = {.data = NULL};
            struct fn_span in = {FN_PKT, &p, 1, 1, 0};
            struct fn_span out = {FN_PKT, &y, 0, 1, 0};
            p.data = malloc(p.len_bytes + 1);
            assert_non_null(p.data);
            p.data[p.len_bytes] = 0x5a;
            memcpy(p.data, s->in[i], p.len_bytes);
            p.room_bytes = p.len_bytes;
            assert_int_equal(body_run(b, &in, &out), 0);
            assert_int_equal(p.data[p.len_bytes], 0x5a);
            assert_int_equal(y.len_bytes, p.len_bytes);
            free(p.data);
        }
    }
    free(s);
    body_close(b);
}

/* Every way a packet can go is 1% of the stimulus, or more. */
static void the_stimulus_has_all(void **state)
{
    static const uint32_t regs[] = {
        NAT44_N_OUT,      NAT44_N_IN,   NAT44_N_HAIRPIN,  NAT44_N_ERRORS,
        NAT44_N_PASSED,   NAT44_N_BAD,  NAT44_N_UNMAPPED, NAT44_N_NO_PORT,
        NAT44_N_FRAGMENT, NAT44_N_PROTO};
    struct stream *s = calloc(1, sizeof *s);
    struct body *b = open_nat();

    (void)state;
    assert_non_null(s);
    for (uint64_t k = 0; k < 8; k++) {
        setup(b, k);
        fill(s, k, false);
        run_stream(b, s, 0, 0, STREAM, 256);
    }
    for (size_t k = 0; k < CHECK_ROWS(regs); k++) {
        print_message("0x%x %.2f%%\n", regs[k],
                      reg(b, regs[k]) * 100.0 / (8 * STREAM));
        assert_true(reg(b, regs[k]) >= 8 * STREAM / 100);
    }
    free(s);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_traffic_as_the_model_says),
        cmocka_unit_test(bursts_may_be_cut_anywhere),
        cmocka_unit_test(a_copy_goes_on_as_its_original),
        cmocka_unit_test(noise_does_no_harm),
        cmocka_unit_test(nothing_behind_a_packet_is_touched),
        cmocka_unit_test(the_stimulus_has_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
