/* lte_tb_test.c - CRC, code blocks and rate matching by hand and by the text of
 * the standard; the tail-biting code by its definition. */
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

#include "core/base/rng.h"
#include "sdr/dsp/lte_tb.h"
#include "sdr/dsp/lte_tbcc_check.h"

static void crcs_have_their_check_values(void **state)
{
    /* "123456789": CRC-24/LTE-A and CRC-24/LTE-B of the RevEng catalogue. */
    uint8_t bits[72 + LTE_CRC24];

    (void)state;
    for (size_t k = 0; k < 72; k++) {
        bits[k] = (uint8_t)("123456789"[k / 8] >> (7 - k % 8) & 1);
    }
    assert_int_equal(lte_crc24a(bits, 72), 0xcde703);
    assert_int_equal(lte_crc24b(bits, 72), 0x23ef52);
    lte_put_bits(bits + 72, LTE_CRC24, 0xcde703);
    assert_int_equal(lte_crc24a(bits, sizeof bits), 0);
}

static void code_blocks_are_those_of_the_standard(void **state)
{
    static const struct {
        unsigned tbs, n, n_minus, k_plus, k_minus, filler;
    } row[] = {
        {16, 1, 0, 40, 40, 0},        {17, 1, 0, 48, 48, 7},
        {144, 1, 0, 168, 168, 0},     {6120, 1, 0, 6144, 6144, 0},
        {6121, 2, 1, 3136, 3072, 15}, {75376, 13, 0, 5824, 5760, 0},
    };
    struct lte_segments s;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%u bits\n", row[k].tbs);
        assert_true(lte_segments_of(row[k].tbs, &s));
        assert_int_equal(s.n, row[k].n);
        assert_int_equal(s.n_minus, row[k].n_minus);
        assert_int_equal(s.k_plus, row[k].k_plus);
        assert_int_equal(s.k_minus, row[k].k_minus);
        assert_int_equal(s.filler, row[k].filler);
    }
    assert_false(lte_segments_of(0, &s));
    assert_false(lte_segments_of(100000, &s));
}

static void blocks_and_fillers_make_up_the_transport_block(void **state)
{
    struct lte_segments s;

    (void)state;
    for (unsigned tbs = 1; tbs <= 75376; tbs += 7) {
        unsigned b = tbs + 24;
        assert_true(lte_segments_of(tbs, &s));
        assert_true(s.n == 1 || (s.k_plus <= 6144 && b > 6144));
        unsigned sum = s.n_minus * s.k_minus + (s.n - s.n_minus) * s.k_plus;
        assert_int_equal(sum, b + s.filler + (s.n > 1 ? 24 * s.n : 0));
        assert_true(s.filler < 64);
        assert_int_equal(lte_turbo_size(s.k_minus), s.k_minus);
    }
}

/* 5.1.4.1 word by word: -1 is <NULL>. */
static size_t buffer_of(unsigned k, unsigned filler, int *w)
{
    static const int p[32] = {0,  16, 8,  24, 4,  20, 12, 28, 2,  18, 10,
                              26, 6,  22, 14, 30, 1,  17, 9,  25, 5,  21,
                              13, 29, 3,  19, 11, 27, 7,  23, 15, 31};
    int d = (int)k + 4, rows = (d + 31) / 32, total = 32 * rows;
    int nd = total - d;

    for (int stream = 0; stream < 3; stream++) {
        for (int j = 0; j < total; j++) {
            int pi = stream < 2 ? p[j / rows] + 32 * (j % rows)
                                : (p[j / rows] + 32 * (j % rows) + 1) % total;
            int bit = pi - nd;
            int v = bit < 0 || (stream < 2 && bit < (int)filler)
                        ? -1
                        : stream * d + bit;
            w[stream == 0 ? j : total + 2 * j + stream - 1] = v;
        }
    }
    return 3 * (size_t)total;
}

static void rate_matching_is_the_text_of_the_standard(void **state)
{
    static const struct {
        unsigned k, filler;
    } row[] = {{40, 0}, {48, 7}, {168, 0}, {528, 0}, {2240, 0}, {6144, 31}};
    static int w[LTE_RATE_MAX];
    struct lte_rate *r = calloc(1, sizeof *r);

    (void)state;
    assert_non_null(r);
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        size_t n = buffer_of(row[i].k, row[i].filler, w);
        size_t rows = n / 96;
        lte_rate_init(r, row[i].k, row[i].filler);
        for (unsigned rv = 0; rv < 4; rv++) {
            size_t at = rows * (2 * ((n + 8 * rows - 1) / (8 * rows)) * rv + 2);
            size_t mine = r->start[rv] % r->n;
            for (size_t k = 0; k < 2 * r->n; at++) {
                if (w[at % n] >= 0) {
                    assert_int_equal(r->order[(mine + k++) % r->n], w[at % n]);
                }
            }
        }
    }
    free(r);
}

/* K = 40: two rows; the first column sent is 8, then 24: bits 20, 4, 36. */
static void the_first_bits_of_version_0_are_known(void **state)
{
    struct lte_rate *r = calloc(1, sizeof *r);
    uint8_t coded[132] = {0}, sent[4];

    (void)state;
    assert_non_null(r);
    lte_rate_init(r, 40, 0);
    assert_int_equal(r->n, 132);
    coded[20] = 1;
    coded[36] = 1;
    lte_rate_match(r, 0, coded, sent, 4);
    assert_int_equal(sent[0], 1); /* bit 20 */
    assert_int_equal(sent[1], 0); /* 4 */
    assert_int_equal(sent[2], 1); /* 36 */
    assert_int_equal(sent[3], 0); /* 16 */
    free(r);
}

/* More bits than there are: they come again, and their values add up. */
static void what_was_sent_is_collected(void **state)
{
    struct lte_rate *r = calloc(1, sizeof *r);
    static uint8_t coded[3 * 172], sent[1200];
    static float soft[1200], sum[3 * 172];
    struct rng rng = {1};

    (void)state;
    assert_non_null(r);
    lte_rate_init(r, 168, 0);
    for (size_t k = 0; k < sizeof coded; k++) {
        coded[k] = (uint8_t)rng_below(&rng, 2);
    }
    for (unsigned rv = 0; rv < 4; rv++) {
        lte_rate_match(r, rv, coded, sent, sizeof sent);
        for (size_t k = 0; k < sizeof sent; k++) {
            soft[k] = sent[k] ? -1 : 1;
        }
        lte_rate_collect(r, rv, soft, sizeof sent, sum);
    }
    for (size_t k = 0; k < sizeof coded; k++) {
        float least = 4 * 2; /* 1200 bits are more than twice 516 */
        assert_true(coded[k] ? sum[k] <= -least : sum[k] >= least);
    }
    free(r);
}

/* Bit k of stream i: the taps of 133, 171, 165 on the bits up to k, in a ring.
 */
static void tail_biting_code_is_a_ring(void **state)
{
    static const unsigned generator[3] = {0133, 0171, 0165};
    struct rng rng = {2};

    (void)state;
    for (unsigned n = LTE_TBCC_MIN; n <= LTE_TBCC_MAX; n++) {
        uint64_t block = rng_next(&rng) >> (64 - n);
        uint8_t coded[3 * LTE_TBCC_MAX];
        lte_tbcc_encode(block, n, coded);
        for (unsigned i = 0; i < 3; i++) {
            for (unsigned k = 0; k < n; k++) {
                unsigned want = 0;
                for (unsigned tap = 0; tap < 7; tap++) {
                    unsigned at = (k + 7 * n - tap) % n; /* from the first */
                    want ^= (generator[i] >> (6 - tap) & 1) &
                            (unsigned)(block >> (n - 1 - at) & 1);
                }
                assert_int_equal(coded[i * n + k], want);
            }
        }
    }
}

/* Of a wrong sign in 15 bits, by chance, nothing is left, for all sizes that
 * are used. */
static void tail_biting_blocks_come_back(void **state)
{
    struct rng rng = {3};

    (void)state;
    for (unsigned n = 24; n <= LTE_TBCC_MAX; n++) {
        uint64_t block = rng_next(&rng) >> (64 - n);
        uint8_t coded[3 * LTE_TBCC_MAX], order[3 * LTE_TBCC_MAX];
        bool seen[3 * LTE_TBCC_MAX] = {false};
        float soft[3 * LTE_TBCC_MAX];
        lte_tbcc_encode(block, n, coded);
        lte_tbcc_order(n, order);
        for (unsigned k = 0; k < 3 * n; k++) {
            assert_false(seen[order[k]]);
            seen[order[k]] = true;
            soft[order[k]] = (coded[order[k]] ? -1.0f : 1.0f) *
                             (rng_below(&rng, 15) == 0 ? -0.5f : 1.0f);
        }
        assert_int_equal(tbcc_decode(soft, n), block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crcs_have_their_check_values),
        cmocka_unit_test(code_blocks_are_those_of_the_standard),
        cmocka_unit_test(blocks_and_fillers_make_up_the_transport_block),
        cmocka_unit_test(rate_matching_is_the_text_of_the_standard),
        cmocka_unit_test(the_first_bits_of_version_0_are_known),
        cmocka_unit_test(what_was_sent_is_collected),
        cmocka_unit_test(tail_biting_code_is_a_ring),
        cmocka_unit_test(tail_biting_blocks_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
