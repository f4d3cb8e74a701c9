/*
 * write_test.c - register writes in the midst of traffic, for every function
 * with an RTL body: put on the slot's bus while earlier items are still inside
 * and later ones wait, a write takes effect between two items, as in the C
 * body.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "common_csr.h"
#include "core/body.h"
#include "core/registry.h"
#include "sim/sim.h"

enum {
    ROUNDS = 300,
    FRAMES = 40,  /* a round: packets, or bursts of samples */
    SAMPLES = 37, /* most in a burst */
    PLACES = 4,   /* of writes in a round */
    WRITES = 1 << 16,
    ROOM = 2048,
};

struct traffic {
    struct pkt pkt[2][FRAMES];
    struct iq16 iq[2][FRAMES][SAMPLES];
    uint8_t bytes[3][FRAMES][ROOM];
    size_t n_iq[FRAMES];
    struct sim_frame in[FRAMES], out[FRAMES];
    struct sim_write write[WRITES];
    size_t n_write;
};

static void fill(struct traffic *t, const struct fn *fn, struct rng *r)
{
    for (size_t k = 0; k < FRAMES; k++) {
        struct pkt *p = &t->pkt[0][k];
        *p = (struct pkt){.data = t->bytes[0][k], .room_bytes = ROOM};
        t->out[k] = (struct sim_frame){.data = t->bytes[2][k], .room = ROOM};
        if (fn->csr->in == FN_PKT) {
            fn->packet(r, p);
            t->in[k] = (struct sim_frame){.data = t->bytes[1][k],
                                          .len = p->len_bytes,
                                          .user = pkt_user(p)};
            memcpy(t->bytes[1][k], p->data, p->len_bytes);
            continue;
        }
        t->n_iq[k] = 1 + rng_below(r, SAMPLES);
        for (size_t j = 0; j < t->n_iq[k]; j++) {
            uint32_t bits = (uint32_t)rng_next(r);
            memcpy(&t->iq[0][k][j], &bits, sizeof bits);
        }
        t->in[k] = (struct sim_frame){
            .data = (uint8_t *)t->iq[0][k],
            .len = (uint32_t)(t->n_iq[k] * sizeof(struct iq16))};
    }
}

/* Frame k through the C body; its bytes in '*data', how many. */
static uint32_t run_c(struct body *c, struct traffic *t, size_t k,
                      const uint8_t **data, uint64_t *user)
{
    struct fn_span in = {.type = c->fn->csr->in, .n = 1, .cap = 1};
    struct fn_span out = {.cap = 1};

    if (in.type == FN_PKT) {
        in.items = &t->pkt[0][k];
        out.items = &t->pkt[1][k];
        t->pkt[1][k] = (struct pkt){.data = NULL};
        assert_int_equal(body_run(c, &in, &out), 0);
        *data = t->pkt[1][k].data;
        *user = pkt_user(&t->pkt[1][k]);
        return t->pkt[1][k].len_bytes;
    }
    in.items = t->iq[0][k];
    out.items = t->iq[1][k];
    in.n = in.cap = out.cap = t->n_iq[k];
    assert_int_equal(body_run(c, &in, &out), 0);
    *data = (const uint8_t *)t->iq[1][k];
    *user = 0;
    return (uint32_t)(out.n * sizeof(struct iq16));
}

static int add_write(void *ctx, uint32_t offset, uint32_t value)
{
    struct traffic *t = ctx;

    assert_true(t->n_write < WRITES);
    t->write[t->n_write++] =
        (struct sim_write){.addr = (uint8_t)offset, .value = value};
    return 0;
}

/* The function's own settings, in front of a few random frames. */
static void add_writes(struct traffic *t, const struct fn *fn, struct rng *r)
{
    size_t before = 0;

    t->n_write = 0;
    for (int k = 0; k < PLACES; k++) {
        size_t from = t->n_write;
        before += rng_below(r, FRAMES / PLACES);
        assert_int_equal(fn->setup(r, add_write, t), 0);
        for (size_t j = from; j < t->n_write; j++) {
            t->write[j].before = before;
        }
    }
}

static void check_round(struct traffic *t, struct body *c, struct sim *s,
                        uint32_t seed)
{
    struct sim_job job = {
        .in = t->in,
        .n_in = FRAMES,
        .out = t->out,
        .cap_out = FRAMES,
        .seed = seed,
        .in_permille = seed % 3 * 300,
        .out_permille = seed / 3 % 3 * 300,
        .write = t->write,
        .n_write = t->n_write,
    };
    size_t done = 0;

    assert_int_equal(sim_run(s, &job), 0);
    assert_int_equal(job.n_out, FRAMES);
    for (size_t k = 0; k < FRAMES; k++) {
        const uint8_t *data;
        uint64_t user;
        while (done < t->n_write && t->write[done].before <= k) {
            assert_int_equal(
                body_write(c, t->write[done].addr, t->write[done].value), 0);
            done++;
        }
        uint32_t len = run_c(c, t, k, &data, &user);
        assert_int_equal(t->out[k].len, len);
        assert_memory_equal(t->out[k].data, data, len);
        assert_int_equal(t->out[k].user, user);
    }
    assert_int_equal(done, t->n_write);
}

static void writes_take_effect_between_two_items(void **state)
{
    const struct fn *fn = *state;
    const char *images = getenv("PRECAST_IMAGES");
    struct traffic *t = calloc(1, sizeof *t);
    struct rng r = {7};
    char path[4096];
    struct body *c;
    struct sim *s;

    assert_non_null(t);
    for (uint32_t w = 32; w <= 64; w += 32) {
        (void)snprintf(path, sizeof path, "%s/%s-w%u.so",
                       images != NULL ? images : "build/image", fn->csr->name,
                       w); /* fits */
        assert_int_equal(sim_open(path, fn->csr->name, w, false, &s), 0);
        assert_int_equal(
            sim_write(s, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK), 0);
        assert_int_equal(body_open_c(fn, &c), 0);
        for (uint32_t k = 1; k <= ROUNDS; k++) {
            fill(t, fn, &r);
            add_writes(t, fn, &r);
            check_round(t, c, s, k);
        }
        body_close(c);
        sim_close(s);
    }
    free(t);
}

int main(void)
{
    static struct CMUnitTest tests[256];
    static char names[256][80];
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        if (registry_has_rtl(registry[f]->csr->name)) {
            (void)snprintf(names[n], sizeof names[n],
                           "%s_takes_writes_between_two_items",
                           registry[f]->csr->name);
            tests[n] = (struct CMUnitTest){
                .name = names[n],
                .test_func = writes_take_effect_between_two_items,
                .initial_state = (void *)(uintptr_t)registry[f],
            };
            n++;
        }
    }
    return _cmocka_run_group_tests("write", tests, n, NULL, NULL);
}
