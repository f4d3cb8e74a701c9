/* digest_test.c - digests against values worked out by hand. */
#include "core/digest.h"

#include "tests/check.h"

static void a_word_moves_the_digest_by_eight_bits(void **state)
{
    static const struct {
        uint32_t s, word, want;
    } row[] = {
        {0, 0, 0},
        {0, 0x12345678, 0x12345678},
        {0x00000001, 0, 0x00000100},
        /* Bit 31 comes back at 7, 8, 9 and 29. */
        {0x80000000, 0, 1u << 7 | 1u << 8 | 1u << 9 | 1u << 29},
        {0x01000000, 0, 1u << 0 | 1u << 1 | 1u << 2 | 1u << 22},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(digest_word(row[k].s, row[k].word), row[k].want);
    }
}

/* One step at a time, as a shift register does it. */
static uint32_t slow_word(uint32_t s, uint32_t word)
{
    for (int k = 0; k < 8; k++) {
        s = s << 1 ^ ((s >> 31) != 0 ? 0x00400007u : 0);
    }
    return s ^ word;
}

static void eight_steps_at_once_are_eight_steps(void **state)
{
    struct rng r = {1};

    (void)state;
    for (int k = 0; k < 1000; k++) {
        uint32_t s = (uint32_t)rng_next(&r), w = (uint32_t)rng_next(&r);
        assert_int_equal(digest_word(s, w), slow_word(s, w));
    }
}

static void a_packet_ends_with_its_metadata_and_length(void **state)
{
    static const struct {
        uint32_t len;
        uint16_t flags;
        uint32_t want;
    } row[] = {
        {0, 0, 0x00020001},
        {1, 0, 0x00020001 ^ 0x11},
        {2, 0, 0x00020001 ^ 0x2211 ^ 1u << 30},
        {3, 0, 0x00020001 ^ 0x332211 ^ 2u << 30},
        {4, 1, 0x00020001 ^ 0x44332211 ^ 3u << 30 ^ 1u << 11},
    };
    uint8_t data[8] = {0x11, 0x22, 0x33, 0x44, 0x55};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt p = {.data = data,
                        .len_bytes = row[k].len,
                        .in_port = 1,
                        .mark = 2,
                        .flags = row[k].flags};
        assert_int_equal(digest_pkt(0, &p), row[k].want);
    }
    struct pkt five = {.data = data, .len_bytes = 5};
    assert_int_equal(digest_pkt(0, &five), digest_word(0x44332211, 0x55));
}

static void any_bit_of_a_packet_changes_the_digest(void **state)
{
    uint8_t data[64] = {0};
    struct pkt p = {.data = data, .len_bytes = 61};
    uint32_t good = digest_pkt(7, &p);

    (void)state;
    for (size_t bit = 0; bit < 61 * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(digest_pkt(7, &p), good);
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (int bit = 0; bit < 48; bit++) {
        pkt_set_user(&p, 1ull << bit);
        assert_int_not_equal(digest_pkt(7, &p), good);
    }
    pkt_set_user(&p, 0);
    p.len_bytes = 62; /* one more byte, of value 0 */
    assert_int_not_equal(digest_pkt(7, &p), good);
}

/* Not tuser, and nothing that stands behind them. */
static void a_tap_sees_the_bytes_of_a_packet(void **state)
{
    uint8_t data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    static const struct {
        uint32_t len, words[3], n;
    } row[] = {{0, {0}, 1},
               {3, {0x030201}, 1},
               {4, {0x04030201}, 1},
               {5, {0x04030201, 0x05}, 2},
               {11, {0x04030201, 0x08070605, 0x0b0a09}, 3}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt p = {.data = data, .len_bytes = row[k].len, .mark = 9};
        struct fn_taps taps = {.digest = {7, 8}};
        digest_tap_bytes(&taps, 1, &p);
        assert_int_equal(taps.digest[0], 7);
        assert_int_equal(taps.digest[1],
                         digest_words(8, row[k].words, row[k].n));
        digest_tap_bytes(NULL, 1, &p); /* nobody asks */
    }
}

/* Any number of words, from any address, each way there is. */
static void many_words_equal_one_after_the_other(void **state)
{
    digest_words_fn *const ways[] = {digest_words, digest_words_portable,
                                     digest_words_clmul()};
    struct rng r = {.state = 7};
    uint8_t data[4 * 200 + 3];

    (void)state;
    if (ways[2] == NULL) {
        print_message("not on this machine: PCLMULQDQ\n");
    }
    for (size_t n = 0; n <= 200; n++) {
        for (size_t from = 0; from < 4; from++) {
            uint32_t s = (uint32_t)rng_next(&r), want = s;
            for (size_t k = 0; k < sizeof data; k++) {
                data[k] = (uint8_t)rng_next(&r);
            }
            for (size_t k = 0; k < n; k++) {
                uint32_t word;
                memcpy(&word, data + from + 4 * k, 4);
                want = slow_word(want, word);
            }
            for (size_t k = 0; k < CHECK_ROWS(ways) && ways[k] != NULL; k++) {
                assert_int_equal(ways[k](s, data + from, n), want);
            }
        }
    }
}

/* Of any length, of more words than are put together at once, too. */
static void a_span_is_its_packets_one_after_the_other(void **state)
{
    static uint8_t data[FN_BURST_PKT][4000];
    static struct pkt p[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = p};
    struct rng r = {.state = 5};
    uint32_t want = 3;

    (void)state;
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        for (size_t j = 0; j < sizeof data[k]; j++) {
            data[k][j] = (uint8_t)rng_next(&r);
        }
        p[k] = (struct pkt){.data = data[k],
                            .len_bytes = rng_below(&r, k % 4 < 3 ? 130 : 4001),
                            .mark = (uint16_t)rng_next(&r)};
        want = digest_pkt(want, &p[k]);
        span.n = k + 1;
        assert_int_equal(digest_span(3, &span), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_words_equal_one_after_the_other),
        cmocka_unit_test(a_span_is_its_packets_one_after_the_other),
        cmocka_unit_test(a_word_moves_the_digest_by_eight_bits),
        cmocka_unit_test(eight_steps_at_once_are_eight_steps),
        cmocka_unit_test(a_packet_ends_with_its_metadata_and_length),
        cmocka_unit_test(any_bit_of_a_packet_changes_the_digest),
        cmocka_unit_test(a_tap_sees_the_bytes_of_a_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
