/*
 * lte_viterbi_test.c - blocks of the control and broadcast channels come back,
 * as of a decoder in floating point; with function viterbi_tb all bits are the
 * same.
 */
#include "sdr/fn/lte_rx/lte_viterbi.h"

#include <math.h>

#include "core/base/rng.h"
#include "sdr/dsp/lte_tbcc_check.h"
#include "sdr/fn/wifi_rx/wifi_kernel_check.h"

struct bench {
    struct lte_viterbi v;
    uint64_t sent[LTE_VITERBI_BLOCKS], want[LTE_VITERBI_BLOCKS];
    float soft[3 * LTE_TBCC_MAX];
};

/* Of mean 0 and deviation 1, nearly normal. */
static float noise(struct rng *r)
{
    float sum = 0;

    for (int k = 0; k < 12; k++) {
        sum += (float)rng_below(r, 1U << 20) / (1U << 20);
    }
    return sum - 6;
}

/* n random bits at a level, coded, with noise. */
static uint64_t make(struct bench *b, unsigned n, float level, float sigma,
                     struct rng *r)
{
    uint64_t block = rng_next(r) >> (64 - n);
    uint8_t coded[3 * LTE_TBCC_MAX];

    lte_tbcc_encode(block, n, coded);
    for (unsigned k = 0; k < 3 * n; k++) {
        b->soft[k] = ((coded[k] ? -1.0f : 1.0f) + sigma * noise(r)) * level;
    }
    return block;
}

/* All sizes, in one call, at levels that are far apart. */
static void blocks_come_back_at_any_level(void **state)
{
    static const float level[] = {1e-20f, 1, 1e20f};
    struct bench *b = *state;
    struct rng r = {1};

    b->v.kernel = NULL;
    for (size_t l = 0; l < CHECK_ROWS(level); l++) {
        size_t n_blocks = 0;
        for (unsigned n = 24; n <= LTE_TBCC_MAX; n++) {
            b->sent[n_blocks++] = make(b, n, level[l], 0.5f, &r);
            lte_viterbi_put(&b->v, b->soft, n);
        }
        assert_int_equal(lte_viterbi_run(&b->v), n_blocks);
        assert_int_equal(b->v.n, 0);
        for (size_t k = 0; k < n_blocks; k++) {
            assert_true(b->v.bits[k] == b->sent[k]);
        }
    }
    assert_int_equal(lte_viterbi_run(&b->v), 0);
}

/* Where one in six MIBs is wrong, five bits cost nearly nothing; nor where a
 * third of the bits was not sent. */
static void as_many_are_right_as_with_floats(void **state)
{
    enum { BLOCKS = 2000, BITS = 40 };
    struct bench *b = *state;
    struct rng r = {2};

    b->v.kernel = NULL;
    for (unsigned sent = 2; sent <= 3; sent++) {
        unsigned ours = 0, theirs = 0;
        for (unsigned k = 0; k < BLOCKS; k++) {
            uint64_t want = make(b, BITS, 0.01f, sent == 3 ? 1.15f : 0.85f, &r);
            for (unsigned i = sent; i < 3; i++) {
                memset(b->soft + (size_t)i * BITS, 0, BITS * sizeof(float));
            }
            lte_viterbi_put(&b->v, b->soft, BITS);
            (void)lte_viterbi_run(&b->v);
            ours += b->v.bits[0] == want;
            theirs += tbcc_decode(b->soft, BITS) == want;
        }
        print_message("%u of 3 streams: %u of %d right, with floats %u\n", sent,
                      ours, BLOCKS, theirs);
        assert_in_range(theirs, BLOCKS / 2, BLOCKS * 95 / 100);
        assert_true(ours + BLOCKS / 100 >= theirs);
    }
}

/* Blocks that nobody coded, in which each decision counts. */
static void fill(struct bench *b, struct rng *r)
{
    for (size_t k = 0; k < LTE_VITERBI_BLOCKS; k++) {
        unsigned n =
            LTE_TBCC_MIN + rng_below(r, LTE_TBCC_MAX - LTE_TBCC_MIN + 1);
        (void)make(b, n, 1, 3, r);
        lte_viterbi_put(&b->v, b->soft, n);
    }
}

static void function_gives_the_same_bits(void **state)
{
    struct bench *b = *state;
    struct lent *l = lent_open("viterbi_tb");
    struct rng r = {3};

    for (size_t run = 0; run < 10; run++) {
        struct rng same = r;
        b->v.kernel = NULL;
        fill(b, &same);
        assert_int_equal(lte_viterbi_run(&b->v), LTE_VITERBI_BLOCKS);
        memcpy(b->want, b->v.bits, sizeof b->want);
        b->v.kernel = &l->kernel;
        fill(b, &r);
        assert_int_equal(lte_viterbi_run(&b->v), LTE_VITERBI_BLOCKS);
        assert_memory_equal(b->v.bits, b->want, sizeof b->want);
    }
    assert_int_equal(l->n_calls, 10);
    assert_int_equal(l->n_packets, 10 * LTE_VITERBI_BLOCKS);
    assert_int_equal(lte_viterbi_run(&b->v), 0); /* nobody is asked */
    assert_int_equal(l->n_calls, 10);
    lent_close(l);
}

static void what_is_not_answered_is_done_here(void **state)
{
    struct bench *b = *state;
    struct lent *l = lent_open("viterbi_tb");
    struct rng r = {4};

    b->v.kernel = &l->kernel;
    for (size_t k = 0; k < 2; k++) {
        l->cut = k == 0 ? 1 : 0; /* short answers; none */
        l->deaf = k == 1;
        memset(b->v.bits, 0xff, sizeof b->v.bits);
        b->sent[0] = make(b, 40, 1, 0, &r);
        lte_viterbi_put(&b->v, b->soft, 40);
        assert_int_equal(lte_viterbi_run(&b->v), 1);
        assert_true(b->v.bits[0] == b->sent[0]);
    }
    assert_int_equal(l->n_calls, 2);
    lent_close(l);
}

/* What a front end can give at worst: nothing, and what is no number. */
static void worthless_blocks_harm_nobody(void **state)
{
    static const float worst[] = {0, INFINITY, NAN, 3e38f};
    struct bench *b = *state;

    b->v.kernel = NULL;
    for (size_t k = 0; k < CHECK_ROWS(worst); k++) {
        for (size_t i = 0; i < CHECK_ROWS(b->soft); i++) {
            b->soft[i] = worst[k];
        }
        lte_viterbi_put(&b->v, b->soft, 40);
        for (size_t i = 0; i < 120; i++) {
            assert_in_range(b->v.soft[0][i] + 15, 0, 30);
        }
        assert_int_equal(lte_viterbi_run(&b->v), 1);
    }
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct bench));
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
        cmocka_unit_test(blocks_come_back_at_any_level),
        cmocka_unit_test(as_many_are_right_as_with_floats),
        cmocka_unit_test(function_gives_the_same_bits),
        cmocka_unit_test(what_is_not_answered_is_done_here),
        cmocka_unit_test(worthless_blocks_harm_nobody),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
