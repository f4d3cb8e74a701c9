/*
 * wifi_viterbi_test.c - long blocks are cut and come out as the decoder of
 * whole blocks gives them; with function viterbi_k7 all bits are the same.
 */
#include "sdr/fn/wifi_rx/wifi_viterbi.h"

#include "core/base/rng.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"

enum { STEPS_MAX = 100000, TAIL = 6 };

struct block {
    struct wifi_viterbi v;
    uint8_t sent[STEPS_MAX], got[STEPS_MAX], want[STEPS_MAX];
    uint8_t coded[2 * STEPS_MAX];
    int8_t soft[2 * STEPS_MAX], copy[2 * STEPS_MAX];
};

/* n random bits, coded; of every 'hard' coded bits one is wrong or unknown. */
static void fill(struct block *b, size_t n, uint32_t hard, struct rng *r)
{
    for (size_t k = 0; k < n; k++) {
        b->sent[k] = k + TAIL < n ? (uint8_t)rng_below(r, 2) : 0;
    }
    (void)viterbi_k7_encode(0, b->sent, n, b->coded);
    for (size_t k = 0; k < 2 * n; k++) {
        int size = 1 + (int)rng_below(r, 15);
        bool bad = hard > 0 && rng_below(r, hard) == 0;
        int x = b->coded[k] != 0 ? size : -size;
        b->soft[k] = (int8_t)(!bad ? x : size % 2 == 0 ? 0 : -x / 4);
    }
    memcpy(b->copy, b->soft, 2 * n);
}

/* Around the longest part, and some that are cut often. */
static const size_t lengths[] = {1,     24,    16383, 16384, 16385, 16000,
                                 16192, 16400, 32000, 32782, 48000, STEPS_MAX};

static void long_blocks_come_out_as_whole_ones_do(void **state)
{
    struct block *b = *state;
    struct rng r = {1};

    for (size_t k = 0; k < CHECK_ROWS(lengths); k++) {
        for (uint32_t hard = 0; hard <= 24; hard += 12) {
            size_t n = lengths[k];
            fill(b, n, hard, &r);
            viterbi_k7_decode(&b->v.decoder, b->soft, n, b->want);
            b->v.kernel = NULL;
            wifi_viterbi_decode(&b->v, b->soft, n, b->got);
            assert_memory_equal(b->got, b->want, n);
            assert_memory_equal(b->soft, b->copy, 2 * n);
            if (hard == 0 && n > TAIL) {
                assert_memory_equal(b->got, b->sent, n);
            }
        }
    }
}

/* Also of blocks that nobody coded, in which each decision counts. */
static void function_gives_the_same_bits(void **state)
{
    struct block *b = *state;
    struct lent *l = lent_open("viterbi_k7");
    struct rng r = {2};

    for (size_t k = 0; k < CHECK_ROWS(lengths); k++) {
        size_t n = lengths[k];
        for (size_t j = 0; j < 2 * n; j++) {
            b->soft[j] = (int8_t)((int)rng_below(&r, 31) - 15);
        }
        b->v.kernel = NULL;
        wifi_viterbi_decode(&b->v, b->soft, n, b->want);
        b->v.kernel = &l->kernel;
        l->n_calls = l->longest = 0;
        wifi_viterbi_decode(&b->v, b->soft, n, b->got);
        assert_memory_equal(b->got, b->want, n);
        assert_true(l->longest <= (size_t)2 * WIFI_VITERBI_STEPS);
        assert_int_equal(l->n_calls,
                         n <= WIFI_VITERBI_STEPS ? 1 : (n + 15999) / 16000);
    }
    lent_close(l);
}

static void what_is_not_answered_is_done_here(void **state)
{
    struct block *b = *state;
    struct lent *l = lent_open("viterbi_k7");
    struct rng r = {3};

    fill(b, 1000, 0, &r);
    b->v.kernel = &l->kernel;
    l->cut = 1;
    wifi_viterbi_decode(&b->v, b->soft, 1000, b->got);
    assert_memory_equal(b->got, b->sent, 1000);
    l->cut = 0;
    l->deaf = true;
    memset(b->got, 2, 1000);
    wifi_viterbi_decode(&b->v, b->soft, 1000, b->got);
    assert_memory_equal(b->got, b->sent, 1000);
    assert_int_equal(l->n_calls, 2);
    lent_close(l);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct block));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_blocks_come_out_as_whole_ones_do),
        cmocka_unit_test(function_gives_the_same_bits),
        cmocka_unit_test(what_is_not_answered_is_done_here),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
