/* crc32c_test.c - both variants over the same bytes. */
#include "core/base/crc32c.h"

#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { LONGEST = 5000 };

static crc32c_fn *variant[2];
static size_t n_variants;

/* Bit by bit, as the polynomial is written. */
static uint32_t by_bits(const uint8_t *p, size_t n)
{
    uint32_t r = 0xffffffff;

    for (size_t k = 0; k < 8 * n; k++) {
        uint32_t out = (r ^ (uint32_t)p[k / 8] >> k % 8) & 1;
        r = r >> 1 ^ (out ? 0x82f63b78 : 0);
    }
    return ~r;
}

static void the_vectors_of_rfc_3720_come_out(void **state)
{
    static const uint8_t pdu[48] = {
        [0] = 0x01,  0xc0,        [16] = 0x14, [22] = 0x04,
        [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02,
    };
    uint8_t bytes[32];

    (void)state;
    for (size_t v = 0; v < n_variants; v++) {
        memset(bytes, 0, sizeof bytes);
        assert_int_equal(variant[v](0, bytes, 32), 0x8a9136aa);
        memset(bytes, 0xff, sizeof bytes);
        assert_int_equal(variant[v](0, bytes, 32), 0x62a8ab43);
        for (uint8_t k = 0; k < 32; k++) {
            bytes[k] = k;
        }
        assert_int_equal(variant[v](0, bytes, 32), 0x46dd794e);
        for (uint8_t k = 0; k < 32; k++) {
            bytes[k] = (uint8_t)(31 - k);
        }
        assert_int_equal(variant[v](0, bytes, 32), 0x113fdb5c);
        assert_int_equal(variant[v](0, pdu, 48), 0xd9963a56);
        assert_int_equal(variant[v](0, "123456789", 9), 0xe3069283);
    }
}

static void every_length_and_alignment_agrees_with_the_polynomial(void **state)
{
    static uint8_t bytes[LONGEST];
    struct rng r = {1};

    (void)state;
    for (size_t k = 0; k < LONGEST; k++) {
        bytes[k] = (uint8_t)rng_next(&r);
    }
    for (size_t n = 0; n < LONGEST - 8; n += n < 1100 ? 1 : 97) {
        size_t at = n % 8;
        uint32_t want = by_bits(bytes + at, n);
        for (size_t v = 0; v < n_variants; v++) {
            assert_int_equal(variant[v](0, bytes + at, n), want);
        }
    }
}

static void a_check_goes_on_behind_another(void **state)
{
    static uint8_t bytes[LONGEST];
    struct rng r = {2};

    (void)state;
    for (size_t k = 0; k < LONGEST; k++) {
        bytes[k] = (uint8_t)rng_next(&r);
    }
    for (size_t v = 0; v < n_variants; v++) {
        uint32_t want = variant[v](0, bytes, LONGEST);
        for (int turn = 0; turn < 1000; turn++) {
            size_t cut = rng_below(&r, LONGEST + 1);
            uint32_t crc = variant[v](0, bytes, cut);
            crc = variant[v](crc, bytes + cut, LONGEST - cut);
            assert_int_equal(crc, want);
        }
        assert_int_equal(variant[v](want, NULL, 0), want);
    }
}

static void the_best_variant_is_the_fast_one_where_there_is_one(void **state)
{
    (void)state;
    assert_true(crc32c_best() == variant[n_variants - 1]);
    if (n_variants == 1) {
        print_message("skipped: no SSE 4.2 on this machine\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_3720_come_out),
        cmocka_unit_test(every_length_and_alignment_agrees_with_the_polynomial),
        cmocka_unit_test(a_check_goes_on_behind_another),
        cmocka_unit_test(the_best_variant_is_the_fast_one_where_there_is_one),
    };

    variant[n_variants++] = crc32c_portable;
    if (crc32c_sse42() != NULL) {
        variant[n_variants++] = crc32c_sse42();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
