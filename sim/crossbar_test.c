/*
 * crossbar_test.c - the crossbar with slots plugged in: every path, contention,
 * fairness, stalls, lines at once; and that slots clocked one by one behave as
 * slots that are Verilated with it.
 *
 * Most slots here are 'relays', which are C: a frame passes with a delay and
 * random stalls and its byte 1 counts the slots it has been through.
 */
#include "sim/sim_check.h"

#include <dlfcn.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/body.h"
#include "core/registry.h"
#include "sim/sim_chain.h"

enum { N_MAX = 400, LEN_MAX = 80, FIFO = 8, SETTLE = 64 };

/* --- relays ------------------------------------------------------------------
 */

struct relay {
    struct sim_beat fifo[FIFO];
    unsigned n;
    struct rng rng;
    unsigned stall_permille;
    bool takes, gives; /* in this clock */
    bool moves_in, moves_out;
    struct sim_beat in;
    bool mid;
};

static void relay_look(void *m, const struct sim_beat *in, bool out_taken,
                       struct sim_beat *out, bool *in_taken)
{
    struct relay *r = m;

    *out = r->fifo[0];
    out->valid = r->gives;
    *in_taken = r->takes;
    r->in = *in;
    r->moves_in = in->valid && r->takes;
    r->moves_out = r->gives && out_taken;
}

static void relay_edge(void *m)
{
    struct relay *r = m;

    if (r->moves_out) {
        r->n--;
        memmove(r->fifo, r->fifo + 1, r->n * sizeof r->fifo[0]);
    }
    if (r->moves_in) {
        r->in.data[1] = (uint8_t)(r->in.data[1] + !r->mid);
        r->mid = !r->in.last;
        r->fifo[r->n++] = r->in;
    }
    /* What is offered stays offered. */
    r->gives = r->n > 0 && ((r->gives && !r->moves_out) ||
                            rng_below(&r->rng, 1000) >= r->stall_permille);
    r->takes = r->n < FIFO && rng_below(&r->rng, 1000) >= r->stall_permille;
}

static bool relay_idle(void *m)
{
    return ((struct relay *)m)->n == 0;
}

static const struct sim_image relay_image = {
    .look = relay_look, .edge = relay_edge, .idle = relay_idle};

/* --- a run -------------------------------------------------------------------
 */

struct bench {
    struct sim_chain *chain;
    struct relay relay[CROSSBAR_SLOTS];
    struct crossbar_slot slot[CROSSBAR_SLOTS];
    uint8_t next[CROSSBAR_SLOTS];
    uint8_t from[N_MAX][LEN_MAX], to[N_MAX][LEN_MAX];
    struct sim_frame in[N_MAX], out[N_MAX];
    uint8_t entry[N_MAX], came[N_MAX];
    struct crossbar_job job;
    bool ok;
};

static struct bench *bench_open(uint32_t width_bits, unsigned stall_permille)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    assert_int_equal(sim_chain_open(image_dir(), width_bits, &b->chain), 0);
    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        b->relay[k].rng.state = k + 1;
        b->relay[k].stall_permille = stall_permille;
        b->slot[k] = (struct crossbar_slot){&relay_image, &b->relay[k]};
        b->next[k] = CROSSBAR_HOST;
    }
    return b;
}

static void bench_close(struct bench *b)
{
    sim_chain_close(b->chain);
    free(b);
}

/* Frame k: byte 0 its entry, byte 1 hops, bytes 2, 3 its number, then noise. */
static void add_frame(struct bench *b, uint8_t entry, uint32_t len,
                      struct rng *r)
{
    size_t k = b->job.n_in++;
    uint8_t *d = b->from[k];

    assert_true(k < N_MAX && len >= 4 && len <= LEN_MAX);
    for (uint32_t j = 0; j < len; j++) {
        d[j] = (uint8_t)rng_next(r);
    }
    d[0] = entry;
    d[1] = 0;
    be16_store(d + 2, (uint16_t)k);
    b->in[k] = (struct sim_frame){
        .data = d, .len = len, .user = rng_next(r) & 0x7fffffffffff};
    b->entry[k] = entry;
}

static void bench_run(struct bench *b)
{
    void *model;
    const struct crossbar_image *image = sim_chain_image_of(b->chain, &model);

    for (size_t k = 0; k < N_MAX; k++) {
        b->out[k] = (struct sim_frame){.data = b->to[k], .room = LEN_MAX};
    }
    b->job.in = b->in;
    b->job.entry = b->entry;
    b->job.out = b->out;
    b->job.from = b->came;
    b->job.cap_out = N_MAX;
    b->ok = image->run(model, b->slot, b->next, &b->job);
}

/* Every frame came once, whole, from the end of its line, each line in order.
 */
static void assert_all_came(const struct bench *b)
{
    long last[CROSSBAR_SLOTS];

    assert_true(b->ok);
    assert_int_equal(b->job.n_out, b->job.n_in);
    memset(last, -1, sizeof last);
    for (size_t k = 0; k < b->job.n_out; k++) {
        const struct sim_frame *y = &b->out[k];
        uint8_t entry = y->data[0];
        uint8_t hops = 1;
        uint8_t end = entry;
        assert_true(entry < CROSSBAR_SLOTS);
        for (; b->next[end] != CROSSBAR_HOST; end = b->next[end]) {
            hops++;
        }
        size_t n = be16_load(y->data + 2);
        const struct sim_frame *x = &b->in[n];
        assert_true((long)n > last[entry]);
        last[entry] = (long)n;
        assert_int_equal(b->came[k], end);
        assert_int_equal(y->data[1], hops);
        assert_int_equal(y->len, x->len);
        assert_memory_equal(y->data + 2, x->data + 2, x->len - 2);
        /* The out port is for the last slot to choose. */
        assert_int_equal(y->user,
                         hops == 1 ? x->user : x->user & ~UINT64_C(0xff00));
    }
}

static void every_slot_leads_to_every_slot(void **state)
{
    struct rng r = {1};

    (void)state;
    for (unsigned k = 0; k < 2 * CROSSBAR_SLOTS * CROSSBAR_SLOTS; k++) {
        uint8_t a = (uint8_t)(k / 2 / CROSSBAR_SLOTS);
        uint8_t b = (uint8_t)(k / 2 % CROSSBAR_SLOTS);
        struct bench *t = bench_open(k % 2 == 0 ? 32 : 64, 300);
        if (a != b) {
            t->next[a] = b;
        }
        for (size_t j = 0; j < 12; j++) {
            add_frame(t, a, 4 + (uint32_t)rng_below(&r, LEN_MAX - 4), &r);
        }
        bench_run(t);
        assert_all_came(t);
        bench_close(t);
    }
}

static void lines_at_once_share_the_crossbar(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng r = {seed};
        struct bench *t = bench_open(seed % 2 == 0 ? 32 : 64, 250);
        /* 0 -> 5 -> 2, 7 -> 1, 3 -> 6 -> 2 joins the first, 4 alone. */
        t->next[0] = 5;
        t->next[5] = 2;
        t->next[7] = 1;
        t->next[3] = 6;
        t->next[6] = 2;
        for (size_t j = 0; j < 200; j++) {
            static const uint8_t entries[] = {0, 7, 3, 4};
            add_frame(t, entries[rng_below(&r, 4)],
                      4 + (uint32_t)rng_below(&r, LEN_MAX - 4), &r);
        }
        t->job.seed = (uint32_t)seed;
        t->job.in_permille = seed % 3 == 0 ? 0 : 300;
        t->job.out_permille = seed % 5 == 0 ? 0 : 400;
        bench_run(t);
        assert_all_came(t);
        bench_close(t);
    }
}

/* Clocks that 100 frames of 10 beats take to go through 'n' slots. */
static uint64_t clocks_through(size_t n)
{
    struct rng r = {1};
    struct bench *t = bench_open(64, 0);

    for (size_t k = 0; k + 1 < n; k++) {
        t->next[k] = (uint8_t)(k + 1);
    }
    for (size_t j = 0; j < 100; j++) {
        add_frame(t, 0, 80, &r);
    }
    bench_run(t);
    assert_all_came(t);
    uint64_t clocks = t->job.clocks;
    bench_close(t);
    return clocks;
}

static void a_line_alone_moves_a_beat_a_clock(void **state)
{
    (void)state;
    uint64_t one = clocks_through(1);
    assert_in_range(one, 1000, 1010);
    for (size_t n = 2; n <= CROSSBAR_SLOTS; n++) {
        /* A relay's clock, the crossbar's, and one for the first turn. */
        assert_in_range(clocks_through(n), one + 1, one + 3 * (n - 1));
    }
}

/*
 * Two slots hold as much as they can while the host takes nothing; then
 * everything waits for one sink, and they come in turn.
 */
static void who_waits_for_one_sink_is_served_in_turn(void **state)
{
    struct rng r = {1};
    struct bench *t = bench_open(64, 0);
    size_t after[2] = {0, 0};

    (void)state;
    /* One-beat frames, four times as fast in as out. */
    for (size_t j = 0; j < 300; j++) {
        add_frame(t, (uint8_t)(j % 2), 8, &r);
    }
    t->job.seed = 3;
    t->job.out_permille = 800;
    bench_run(t);
    assert_all_came(t);
    for (size_t k = 20; k < 250; k++) {
        size_t who = t->came[k];
        assert_true(who < 2);
        after[who]++;
        after[!who] = 0;
        assert_true(after[who] <= 2);
    }
    bench_close(t);
}

/* Of two slots before one, the one that always has more does not keep the
 * other from it. */
static void a_full_line_leaves_room_for_a_thin_one(void **state)
{
    struct rng r = {1};
    struct bench *t = bench_open(64, 0);
    size_t last = 0;

    (void)state;
    t->next[0] = 2;
    t->next[1] = 2;
    for (size_t j = 0; j < 200; j++) {
        add_frame(t, j % 8 == 0, j % 8 == 0 ? 8 : 80, &r);
    }
    t->job.seed = 9;
    t->job.out_permille = 500;
    bench_run(t);
    assert_all_came(t);
    for (size_t k = 0; k < t->job.n_out; k++) {
        if (t->out[k].data[0] == 1) {
            /* No more than what stood before it and one packet's turn. */
            assert_true(k - last <= 12);
            last = k;
        }
    }
    bench_close(t);
}

static void a_slot_that_stops_is_a_hang(void **state)
{
    struct rng r = {1};
    struct bench *t = bench_open(64, 0);

    (void)state;
    t->next[0] = 1;
    t->relay[1].stall_permille = 1000;
    for (size_t j = 0; j < 5; j++) {
        add_frame(t, 0, 60, &r);
    }
    bench_run(t);
    assert_false(t->ok);
    assert_false(t->job.overflow);
    assert_int_equal(t->job.n_out, 0);
    /* The crossbar forgets what is inside, and goes on. */
    assert_int_equal(sim_chain_reset(t->chain), 0);
    for (size_t k = 0; k < 2; k++) {
        t->relay[k] = (struct relay){.rng = {1}};
    }
    bench_run(t);
    assert_all_came(t);
    bench_close(t);
}

static void too_many_frames_are_an_overflow(void **state)
{
    struct rng r = {1};
    struct bench *t = bench_open(32, 0);
    void *model;
    const struct crossbar_image *image = sim_chain_image_of(t->chain, &model);

    (void)state;
    for (size_t j = 0; j < 5; j++) {
        add_frame(t, 0, 60, &r);
    }
    bench_run(t);
    assert_all_came(t);
    t->job.cap_out = 4;
    assert_false(image->run(model, t->slot, t->next, &t->job));
    assert_true(t->job.overflow);
    assert_int_equal(t->job.n_out, 4);
    bench_close(t);
}

/* --- real slots
 * ---------------------------------------------------------------- */

/* Registers of acl for its stimulus; half of the rules for each slot. */
static void collect(struct write_list *w)
{
    struct rng r = {7};

    assert_int_equal(registry_find("acl")->setup(&r, write_list_emit, w), 0);
}

/* Packets of acl's stimulus. */
static void add_packets(struct bench *b, size_t n, uint8_t entry)
{
    static uint8_t bytes[N_MAX][2048];
    struct rng r = {5};

    for (size_t k = 0; k < n; k++) {
        struct pkt p = {.data = bytes[k], .room_bytes = 2048};
        registry_find("acl")->packet(&r, &p);
        b->in[k] = (struct sim_frame){
            .data = p.data, .len = p.len_bytes, .user = pkt_user(&p)};
        b->entry[k] = entry == 2 ? k % 2 : entry;
    }
    b->job.n_in = n;
}

static const struct crossbar_image *open_pair(uint32_t width_bits, void **lib,
                                              void **model)
{
    char path[600];
    const char *build = getenv("PRECAST_BUILD");

    (void)snprintf(path, sizeof path, "%s/test/image/crossbar_pair-w%u.so",
                   build != NULL ? build : "build", width_bits);
    *lib = dlopen(path[0] == '/' ? path : realpath(path, NULL),
                  RTLD_NOW | RTLD_LOCAL);
    assert_non_null(*lib);
    const struct crossbar_image *image = dlsym(*lib, "crossbar_image");
    assert_non_null(image);
    *model = image->create();
    assert_non_null(*model);
    return image;
}

/*
 * The same stimulus for two slots that are plugged in and for two that are
 * Verilated with the crossbar: the same beats in the same clocks.
 */
static void same_clocks_as_the_whole(uint32_t width_bits, uint8_t entry,
                                     uint8_t next0, uint32_t stalls)
{
    struct bench *t = bench_open(width_bits, 0);
    struct write_list w = {0};
    uint64_t trace[2] = {0, 0};
    uint64_t clocks[2];
    void *lib, *model;
    const struct crossbar_image *pair = open_pair(width_bits, &lib, &model);
    struct sim *slots[CROSSBAR_SLOTS] = {NULL};
    static const uint32_t enable = COMMON_CONTROL_ENABLE_MASK;
    static uint8_t room[2][N_MAX][2048];

    collect(&w);
    add_packets(t, 150, entry);
    t->next[0] = next0;
    t->job.in = t->in;
    t->job.entry = t->entry;
    t->job.out = t->out;
    t->job.from = t->came;
    t->job.cap_out = N_MAX;
    t->job.in_permille = t->job.out_permille = stalls;
    for (uint32_t k = 0; k < 2; k++) {
        slots[k] = open_slot("acl", width_bits, false);
        assert_true(pair->write(model, k, COMMON_CONTROL, &enable, 1));
        for (size_t j = k; j < w.n; j++) { /* not all of it for slot 1 */
            uint8_t addr = (uint8_t)w.at[j].offset;
            assert_int_equal(sim_write(slots[k], addr, w.at[j].value), 0);
            assert_true(pair->write(model, k, addr, &w.at[j].value, 1));
        }
        for (size_t j = 0; j < SETTLE; j++) { /* rules are made meanwhile */
            assert_int_equal(sim_write(slots[k], COMMON_CONTROL, enable), 0);
            assert_true(pair->write(model, k, COMMON_CONTROL, &enable, 1));
        }
    }
    for (size_t side = 0; side < 2; side++) {
        for (size_t k = 0; k < N_MAX; k++) {
            t->out[k] = (struct sim_frame){.data = room[side][k], .room = 2048};
        }
        t->job.seed = 77;
        t->job.trace = &trace[side];
        if (side == 0) {
            assert_int_equal(sim_chain_run(t->chain, slots, t->next, &t->job),
                             0);
        } else {
            assert_true(pair->run(model, t->slot, t->next, &t->job));
        }
        assert_int_equal(t->job.n_out, 150);
        clocks[side] = t->job.clocks;
    }
    assert_int_equal(clocks[0], clocks[1]);
    assert_true(trace[0] == trace[1]);
    assert_memory_equal(room[0], room[1], sizeof room[0]);
    sim_close(slots[0]);
    sim_close(slots[1]);
    write_list_close(&w);
    pair->destroy(model);
    (void)dlclose(lib);
    bench_close(t);
}

static void slots_plugged_in_keep_the_clocks_of_the_whole(void **state)
{
    (void)state;
    for (uint32_t width = 32; width <= 64; width += 32) {
        for (uint32_t stalls = 0; stalls <= 600; stalls += 300) {
            same_clocks_as_the_whole(width, 0, 1, stalls);
            same_clocks_as_the_whole(width, 2, CROSSBAR_HOST, stalls);
            same_clocks_as_the_whole(width, 2, 1, stalls);
        }
    }
}

static void routes_that_lead_nowhere_are_refused(void **state)
{
    struct bench *t = bench_open(64, 0);
    struct sim *slots[CROSSBAR_SLOTS] = {NULL};
    struct rng r = {1};

    (void)state;
    slots[0] = open_slot("acl", 64, false);
    slots[1] = open_slot("acl", 64, false);
    add_frame(t, 0, 60, &r);
    t->job.in = t->in;
    t->job.entry = t->entry;
    t->next[0] = 2; /* empty */
    assert_int_equal(sim_chain_run(t->chain, slots, t->next, &t->job),
                     ERR_NOT_FOUND);
    t->next[0] = 1; /* a circle */
    t->next[1] = 0;
    assert_int_equal(sim_chain_run(t->chain, slots, t->next, &t->job),
                     ERR_NOT_FOUND);
    t->next[0] = 9; /* neither slot nor host */
    assert_int_equal(sim_chain_run(t->chain, slots, t->next, &t->job),
                     ERR_NOT_FOUND);
    sim_close(slots[0]);
    sim_close(slots[1]);
    bench_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_leads_to_every_slot),
        cmocka_unit_test(lines_at_once_share_the_crossbar),
        cmocka_unit_test(a_line_alone_moves_a_beat_a_clock),
        cmocka_unit_test(who_waits_for_one_sink_is_served_in_turn),
        cmocka_unit_test(a_full_line_leaves_room_for_a_thin_one),
        cmocka_unit_test(a_slot_that_stops_is_a_hang),
        cmocka_unit_test(too_many_frames_are_an_overflow),
        cmocka_unit_test(slots_plugged_in_keep_the_clocks_of_the_whole),
        cmocka_unit_test(routes_that_lead_nowhere_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
