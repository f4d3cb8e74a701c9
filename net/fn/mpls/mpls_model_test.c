/*
 * mpls_model_test.c - random packets and tables against a model of its own: it
 * takes one label after the other out of the frame and puts others in, as the
 * standards tell it, and knows nothing of plans.
 */
#include <stdlib.h>

#include "core/base/rng.h"
#include "mpls_csr.h"
#include "net/fn/mpls/mpls_text.h"
#include "tests/fn_check.h"

enum { ROOM = 2048, BURSTS = 400, REACH = 3, SEED = 7 };

/* What the model works on. */
struct model {
    struct body *b;
    uint8_t d[ROOM];
    uint32_t len;
    uint32_t at; /* of the stack or IP */
    struct pkt p;
};

static uint32_t entry_word(struct body *b, uint32_t table, uint32_t word)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(table, word)),
                     0);
    return read_reg(b, CSR_WINDOW_DATA);
}

/* The tables as the body under test reads them. */
struct tables {
    uint32_t nhlfe[1024][8], ftn[16][4];
    uint32_t n_nhlfe, n_ftn, tc[64];
    bool drop, punt, pipe;
    uint32_t punted;
};

static void tables_read(struct body *b, struct tables *t)
{
    t->n_nhlfe = read_reg(b, MPLS_N_NHLFE);
    t->n_ftn = read_reg(b, MPLS_N_FTN);
    for (uint32_t k = 0; k < t->n_nhlfe * 8; k++) {
        t->nhlfe[k / 8][k % 8] = entry_word(b, MPLS_TABLE_NHLFE, k);
    }
    for (uint32_t k = 0; k < t->n_ftn * 4; k++) {
        t->ftn[k / 4][k % 4] = entry_word(b, MPLS_TABLE_FTN, k);
    }
    for (uint32_t k = 0; k < 64; k++) {
        t->tc[k] = read_reg(b, MPLS_DSCP0 + k / 8 * 4) >> k % 8 * 4 & 7;
    }
    t->drop = read_reg(b, MPLS_NO_FEC) != 0;
    t->punt = read_reg(b, MPLS_EXPIRED) != 0;
    t->pipe = read_reg(b, MPLS_NULLS) != 0;
    t->punted = read_reg(b, MPLS_PUNTED);
}

static uint32_t load(const uint8_t *d, uint32_t n)
{
    uint32_t v = 0;

    for (uint32_t k = 0; k < n; k++) {
        v = v << 8 | d[k];
    }
    return v;
}

static void store(uint8_t *d, uint32_t n, uint32_t v)
{
    for (uint32_t k = 0; k < n; k++) {
        d[k] = (uint8_t)(v >> 8 * (n - 1 - k));
    }
}

static bool has(const struct model *m, uint32_t n)
{
    return m->at + n <= m->len;
}

/* Takes the top label out. */
static void take(struct model *m)
{
    m->len -= 4;
    memmove(m->d + m->at, m->d + m->at + 4, m->len - m->at);
}

/* Puts a label on top. */
static void put(struct model *m, uint32_t label, uint32_t tc, uint32_t s,
                uint32_t ttl)
{
    memmove(m->d + m->at + 4, m->d + m->at, m->len - m->at);
    m->len += 4;
    store(m->d + m->at, 4, label * 4096 + tc * 512 + s * 256 + ttl);
}

/* Sum of two 16-bit numbers with the carry around. */
static uint32_t around(uint32_t a, uint32_t b)
{
    return a + b > 0xffff ? a + b - 0xffff : a + b;
}

static void set_ttl(struct model *m, uint32_t ttl)
{
    uint8_t *ip = m->d + m->at;

    if (ip[0] >> 4 == 6) {
        ip[7] = (uint8_t)ttl;
        return;
    }
    uint32_t was = load(ip + 8, 2);
    ip[8] = (uint8_t)ttl;
    uint32_t sum = around(around(load(ip + 10, 2) ^ 0xffff, was ^ 0xffff),
                          load(ip + 8, 2));
    store(ip + 10, 2, sum ^ 0xffff);
}

/* What is on top when all labels are gone; 0: nothing that is known. */
static uint32_t bare_type(const struct model *m)
{
    uint32_t version = m->d[m->at] >> 4;

    return !has(m, 12) ? 0 : version == 4 ? 0x0800 : version == 6 ? 0x86dd : 0;
}

static void set_type(struct model *m, uint32_t type)
{
    store(m->d + m->at - 2, 2, type);
}

static void send(struct model *m, const uint32_t *e)
{
    m->p.out_port = (uint8_t)(e[0] >> 16);
    if ((e[0] >> 8 & 1) != 0) {
        store(m->d, 2, e[5] & 0xffff);
        store(m->d + 2, 4, e[4]);
        store(m->d + 6, 2, e[5] >> 16);
        store(m->d + 8, 4, e[6]);
    }
}

/* Pushes label 'k' of entry 'e' on what has the TTL 'ttl'. */
static void put_out(struct model *m, const uint32_t *e, uint32_t k, uint32_t tc,
                    uint32_t s, uint32_t ttl)
{
    uint32_t w = e[1 + k];

    put(m, w % (1 << 20), (w >> 23 & 1) != 0 ? w >> 20 & 7 : tc, s,
        w >> 24 != 0 ? w >> 24 : ttl);
}

static const char *model_ip(struct model *m, const struct tables *t,
                            uint32_t type)
{
    const uint8_t *ip = m->d + m->at;
    bool six = type == 0x86dd;
    const uint32_t *e = NULL, *found = NULL;

    if (!has(m, 20) || ip[0] >> 4 != (six ? 6 : 4) ||
        (!six && (ip[0] & 15) < 5)) {
        return t->drop ? "other" : "pass";
    }
    for (uint32_t k = 0; found == NULL && k < t->n_ftn; k++) {
        const uint32_t *f = t->ftn[k];
        bool port = (f[2] >> 8 & 1) == 0 || (f[2] & 0xff) == m->p.in_port;
        bool version = (f[2] >> 9 & 1) == six;
        bool addr = six || (load(ip + 16, 4) & f[1]) == (f[0] & f[1]);
        found = port && version && addr ? f : NULL;
    }
    if (found == NULL) {
        return t->drop ? "other" : "pass";
    }
    e = found[3] < t->n_nhlfe ? t->nhlfe[found[3]] : NULL;
    if (e == NULL || (e[0] & 7) != 4) {
        return "unknown";
    }
    uint32_t ttl = six ? ip[7] : ip[8], n = e[0] >> 4 & 3;
    uint32_t dscp = six ? load(ip, 2) >> 6 & 63 : ip[1] >> 2;
    uint32_t len = six ? load(ip + 4, 2) + 40 : load(ip + 2, 2);
    if (ttl < 2) {
        return "ttl";
    }
    if ((e[7] & 0xffff) != 0 && len + n * 4 > (e[7] & 0xffff)) {
        return "too_big";
    }
    set_ttl(m, ttl - 1);
    for (uint32_t k = 0; k < n; k++) {
        put_out(m, e, k, t->tc[dscp], k == 0, ttl - 1);
    }
    set_type(m, n > 0 ? 0x8847 : type);
    send(m, e);
    return "push";
}

/* Entry 'e' takes the place of the top label, which is 'top' with 'ttl'. */
static const char *model_forward(struct model *m, const uint32_t *e,
                                 uint32_t top, uint32_t tc, uint32_t ttl)
{
    uint32_t n = e[0] >> 4 & 3, s = top >> 8 & 1;

    if (ttl < 2) {
        return "ttl";
    }
    take(m);
    if (n > 0) {
        uint32_t first = e[1] & 0xffffff;
        put_out(m, &(uint32_t[2]){0, first}[0], 0, tc, s, ttl - 1);
        for (uint32_t k = 1; k < n; k++) {
            put_out(m, e, k, tc, 0, ttl - 1);
        }
    } else if (s != 0) {
        uint32_t type = bare_type(m);
        if (type == 0) {
            return "bad";
        }
        set_type(m, type);
        if ((e[0] >> 6 & 1) == 0) {
            set_ttl(m, ttl - 1);
        }
    } else if (!has(m, 4)) {
        return "bad";
    } else if ((e[0] >> 6 & 1) == 0) {
        uint32_t below = load(m->d + m->at, 4);
        take(m);
        put(m, below >> 12, tc, below >> 8 & 1, ttl - 1);
    }
    send(m, e);
    return n > 0 ? "swap" : "pop";
}

static const char *model_stack(struct model *m, const struct tables *t)
{
    bool pipe = true; /* the LSP above left nothing */
    uint32_t ttl = 0, tc = 0;

    for (int k = 0; k < REACH; k++) {
        if (!has(m, 4)) {
            return "bad";
        }
        uint32_t top = load(m->d + m->at, 4), label = top >> 12;
        const uint32_t *e = label < t->n_nhlfe ? t->nhlfe[label] : NULL;
        ttl = pipe ? top & 255 : ttl;
        tc = pipe ? top >> 9 & 7 : tc;
        if (label == 0 || label == 2) {
            pipe = t->pipe;
        } else if (label < 16) {
            return (t->punted >> label & 1) != 0 ? "alert" : "reserved";
        } else if (e != NULL && (e[0] & 7) == 1) {
            return model_forward(m, e, top, tc, ttl);
        } else if (e != NULL && (e[0] & 7) == 3) {
            return "host";
        } else if (e == NULL || (e[0] & 7) != 2) {
            return "unknown";
        } else {
            pipe = (e[0] >> 6 & 1) != 0;
        }
        take(m);
        if ((top >> 8 & 1) != 0) {
            uint32_t type = bare_type(m);
            if (type == 0 || (label == 0 && type != 0x0800) ||
                (label == 2 && type != 0x86dd)) {
                return "bad";
            }
            set_type(m, type);
            if (!pipe) {
                set_ttl(m, ttl);
            }
            return "end";
        }
    }
    return "deep";
}

/* What becomes of 'm'; as it came when it does not go on. */
static const char *model_run(struct model *m, const struct tables *t)
{
    uint32_t type = 0;

    if ((m->p.flags & (PKT_DROP | PKT_PUNT)) != 0) {
        return "done";
    }
    for (m->at = 14; m->at <= 22; m->at += 4) {
        type = (m->p.flags & PKT_ERROR) == 0 && has(m, 0)
                   ? load(m->d + m->at - 2, 2)
                   : 0;
        if (type != 0x8100 && type != 0x88a8) {
            break;
        }
    }
    return type == 0x8847                     ? model_stack(m, t)
           : type == 0x0800 || type == 0x86dd ? model_ip(m, t, type)
                                              : (t->drop ? "other" : "pass");
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(*words, word) != 0) {
        words++;
    }
    return *words != NULL;
}

static void check_one(struct body *b, const struct tables *t,
                      const struct pkt *x, const struct pkt *y)
{
    static const char *const on[] = {"pass", "swap", "push", "pop",
                                     "end",  "done", NULL};
    static const char *const moved[] = {"swap", "push", "pop", "end", NULL};
    static const char *const punted[] = {"alert", "host", "deep", NULL};
    static struct model m;

    m = (struct model){.b = b, .len = x->len_bytes, .p = *x};
    memcpy(m.d, x->data, x->len_bytes);
    const char *fate = model_run(&m, t);
    /* What came dropped or punted has any mark. */
    const char *verdict = strcmp(fate, "done") == 0 ? fate : b->fn->verdict(y);
    uint16_t flags = x->flags;

    if (!is_one_of(fate, moved)) {
        m.len = x->len_bytes;
        memcpy(m.d, x->data, x->len_bytes);
    }
    if (is_one_of(fate, punted) || (strcmp(fate, "ttl") == 0 && t->punt)) {
        flags |= PKT_PUNT;
    } else if (!is_one_of(fate, on)) {
        flags |= PKT_DROP;
    }
    if (strcmp(fate, verdict) != 0 || m.len != y->len_bytes ||
        memcmp(m.d, y->data, m.len) != 0) {
        print_message("seed %d: %s with %u bytes, the model says %s, %u\n",
                      SEED, verdict, y->len_bytes, fate, m.len);
    }
    assert_string_equal(fate, verdict);
    assert_int_equal(m.len, y->len_bytes);
    assert_memory_equal(m.d, y->data, m.len);
    assert_int_equal(flags, y->flags);
    assert_int_equal(m.p.out_port, y->out_port);
}

static int open_c(void **state)
{
    return bench_load(*state, "mpls");
}

/* In place, or with room of its own, and with taps or without. */
static void packets_become_what_the_model_says(void **state)
{
    static uint8_t bytes[3][FN_BURST_PKT][ROOM];
    static struct pkt x[FN_BURST_PKT], y[FN_BURST_PKT], from[FN_BURST_PKT];
    static struct tables t;
    struct body *b = bench_body(state);
    struct rng r = {SEED};

    for (int burst = 0; burst < BURSTS; burst++) {
        struct write_list w = {0};
        bool here = burst % 2 != 0;
        assert_int_equal(b->fn->setup(&r, write_list_emit, &w), 0);
        assert_int_equal(write_list_apply(&w, b), 0);
        write_list_close(&w);
        tables_read(b, &t);
        for (size_t k = 0; k < FN_BURST_PKT; k++) {
            x[k] = (struct pkt){.data = bytes[0][k], .room_bytes = ROOM};
            b->fn->packet(&r, &x[k]);
            from[k] = x[k];
            from[k].data = memcpy(bytes[1][k], x[k].data, x[k].len_bytes);
            y[k] = (struct pkt){.data = here ? x[k].data : bytes[2][k],
                                .room_bytes = ROOM};
        }
        struct fn_span in = {FN_PKT, x, FN_BURST_PKT, FN_BURST_PKT, 0};
        struct fn_span out = {FN_PKT, y, 0, FN_BURST_PKT, 0};
        if (burst % 4 < 2) {
            assert_int_equal(body_run(b, &in, &out), 0);
        } else {
            struct fn_taps taps = {{0}};
            assert_int_equal(body_run_taps(b, &in, &out, &taps), 0);
        }
        assert_int_equal(out.n, FN_BURST_PKT);
        for (size_t k = 0; k < FN_BURST_PKT; k++) {
            check_one(b, &t, &from[k], &y[k]);
        }
    }
}

/* Frames of random bytes and lengths, in memory that ends where they end: with
 * sanitizers nothing beyond is read or written. */
static void any_bytes_stay_within_their_room(void **state)
{
    static const uint16_t types[] = {0x8847, 0x0800, 0x86dd, 0x8100};
    struct body *b = bench_body(state);
    struct rng r = {SEED};
    struct write_list w = {0};

    assert_int_equal(b->fn->setup(&r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    for (int k = 0; k < 20000; k++) {
        uint32_t len = rng_below(&r, 64), room = len + rng_below(&r, 13);
        uint8_t *d = malloc(room > 0 ? room : 1);
        assert_non_null(d);
        for (uint32_t j = 0; j < len; j++) {
            d[j] = (uint8_t)(j % 3 == 2 ? 0 : rng_next(&r));
        }
        for (uint32_t at = 12; at + 2 <= len && at <= 20; at += 4) {
            store(d + at, 2, types[rng_below(&r, 4)]);
        }
        struct pkt p = {.data = d, .len_bytes = len, .room_bytes = room};
        struct fn_span in = {FN_PKT, &p, 1, 1, 0}, out = in;
        out.n = 0;
        assert_int_equal(body_run(b, &in, &out), 0);
        assert_true(p.len_bytes <= room);
        free(d);
    }
}

/* Nothing is written beyond the room that there is. */
static void a_packet_without_room_for_its_labels_is_dropped(void **state)
{
    static const char *const text[2] = {
        "40 push 100,200,300 port 1\n16 swap 17,18,19 port 1\n",
        "any 0.0.0.0/0 40\n"};
    struct body *b = bench_body(state);
    struct write_list w = {0};
    uint8_t *d = calloc(1, 60);

    assert_non_null(d);
    assert_int_equal(
        mpls_parse_ilm(&(struct fn_text){"ilm", text[0]}, write_list_emit, &w),
        0);
    assert_int_equal(
        mpls_parse_ftn(&(struct fn_text){"ftn", text[1]}, write_list_emit, &w),
        0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    for (uint32_t len = 48; len <= 60; len++) {
        for (int labelled = 0; labelled < 2; labelled++) {
            uint32_t grows = labelled ? 8 : 12;
            store(d + 12, 2, labelled ? 0x8847 : 0x0800);
            store(d + 14, 4, labelled ? 16 * 4096 + 0x140 : 0x45000000);
            d[22] = 64;
            struct pkt p = {.data = d, .len_bytes = len, .room_bytes = 60};
            struct fn_span in = {FN_PKT, &p, 1, 1, 0}, out = in;
            out.n = 0;
            assert_int_equal(body_run(b, &in, &out), 0);
            bool fits = len + grows <= 60;
            assert_string_equal(b->fn->verdict(&p), !fits      ? "too_big"
                                                    : labelled ? "swap"
                                                               : "push");
            assert_int_equal(p.len_bytes, fits ? len + grows : len);
        }
    }
    free(d);
}

int main(void)
{
    static struct bench bench;
    const struct CMUnitTest tests[] = {
        {"packets_become_what_the_model_says",
         packets_become_what_the_model_says, open_c, bench_close, &bench},
        {"any_bytes_stay_within_their_room", any_bytes_stay_within_their_room,
         open_c, bench_close, &bench},
        {"a_packet_without_room_for_its_labels_is_dropped",
         a_packet_without_room_for_its_labels_is_dropped, open_c, bench_close,
         &bench},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
