/*
 * firewall_burst_test.c - the same traffic in bursts of any length, and saved
 * and loaded in its midst, gives the same; and whatever a state says is taken.
 */
#include <stdlib.h>

#include "net/fn/firewall/firewall_check.h"

enum { PACKETS = 20000, PERIOD = 500 };

static struct bench bench;

struct traffic {
    struct pkt pkt[PACKETS];
    uint8_t bytes[PACKETS][2 * ROOM];
};

/*
 * Runs all of 't' in bursts of 'burst'; in the midst, item 'move', the state
 * goes to another body.  The digest of what left, and the state at the end.
 */
static uint32_t run_all(const struct traffic *t, size_t burst, size_t move,
                        struct blob *end)
{
    struct body *b, *other;
    struct rng r = {3};
    struct write_list w = {0};
    struct blob blob;
    uint32_t digest = 0;

    assert_int_equal(body_open_c(registry_find("firewall"), &b), 0);
    assert_int_equal(b->fn->setup(&r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    set_reg(b, FIREWALL_MAX_NEW, 0);
    for (size_t k = 0, n; k < PACKETS; k += n) {
        static struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
        static uint8_t to[FN_BURST_PKT][2 * ROOM];
        size_t period = PERIOD - k % PERIOD;
        if (k % PERIOD == 0) {
            set_reg(b, FIREWALL_TICK,
                    read_reg(b, FIREWALL_TICK) + rng_below(&r, 100));
        }
        if (k == move) {
            assert_int_equal(body_open_c(b->fn, &other), 0);
            assert_int_equal(body_save(b, &blob), 0);
            assert_int_equal(body_load(other, &blob), 0);
            blob_close(&blob);
            body_close(b);
            b = other;
        }
        n = burst < period ? burst : period;
        n = k < move && k + n > move ? move - k : n;
        for (size_t j = 0; j < n; j++) {
            in[j] = t->pkt[k + j];
            out[j] = (struct pkt){.data = to[j], .room_bytes = 2 * ROOM};
        }
        struct fn_span x = {FN_PKT, in, n, FN_BURST_PKT, k};
        struct fn_span y = {FN_PKT, out, 0, FN_BURST_PKT, k};
        assert_int_equal(body_run(b, &x, &y), 0);
        for (size_t j = 0; j < n; j++) {
            digest = digest * 31 + (uint32_t)(pkt_user(&out[j]) * 0x9e3779b1);
            assert_memory_equal(to[j], in[j].data, in[j].len_bytes);
        }
    }
    assert_int_equal(body_save(b, end), 0);
    body_close(b);
    return digest;
}

static void bursts_of_any_length_and_moves_give_the_same(void **state)
{
    static const size_t bursts[] = {1, 3, 255, 256};
    struct traffic *t = calloc(1, sizeof *t);
    struct rng r = {11};
    struct blob first, end;

    (void)state;
    assert_non_null(t);
    for (size_t k = 0; k < PACKETS; k++) {
        t->pkt[k] = (struct pkt){.data = t->bytes[k], .room_bytes = 2 * ROOM};
        registry_find("firewall")->packet(&r, &t->pkt[k]);
    }
    uint32_t digest = run_all(t, 1, PACKETS, &first);
    assert_true(first.n > 100); /* with flows */
    for (size_t k = 0; k < CHECK_ROWS(bursts); k++) {
        for (size_t move = 257; move <= PACKETS + 257; move += PACKETS) {
            assert_int_equal(run_all(t, bursts[k], move, &end), digest);
            assert_int_equal(blob_differs(&first, &end), -1);
            blob_close(&end);
        }
    }
    blob_close(&first);
    free(t);
}

/* Whatever a state says: nothing crashes, and each packet comes out. */
static void any_state_is_taken(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {5};

    for (int k = 0; k < 300; k++) {
        uint8_t data[2 * ROOM];
        struct pkt p = {.data = data, .room_bytes = sizeof data};
        struct fn_span in = {FN_PKT, &p, 1, 1, 0}, out = in;
        struct pkt y = {.data = NULL};
        for (size_t j = 0; j < b->fn->csr->n_regs; j++) {
            set_reg(b, b->fn->csr->regs[j].offset,
                    rng_below(&r, 2) == 0 ? rng_below(&r, 300)
                                          : (uint32_t)rng_next(&r));
        }
        /* The index is made anew: not for a million entries each time. */
        set_reg(b, FIREWALL_N_FLOWS,
                k % 100 == 0 ? 0xffffffff : rng_below(&r, 300));
        for (uint32_t j = 0; j < 300; j++) {
            set_reg(b, FIREWALL_WINDOW_INDEX,
                    csr_window(rng_below(&r, 2), rng_below(&r, 2400)));
            set_reg(b, CSR_WINDOW_DATA,
                    rng_below(&r, 2) == 0 ? rng_below(&r, 16)
                                          : (uint32_t)rng_next(&r));
        }
        out.items = &y;
        for (int j = 0; j < 50; j++) {
            b->fn->packet(&r, &p);
            y.data = NULL;
            assert_int_equal(body_run(b, &in, &out), 0);
            assert_int_equal(out.n, 1);
        }
    }
}

#define ON(test)                                                            \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_of_any_length_and_moves_give_the_same),
        ON(any_state_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
