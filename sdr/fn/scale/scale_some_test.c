/*
 * scale_some_test.c - eight samples at a time give what one at a time gives,
 * which scale_test.c and the RTL body are compared with.
 */
#include "sdr/fn/scale/scale_some.h"

#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { N = 45 };

/* Every part that can clip or carry far, beside random ones. */
static int16_t some_part(struct rng *r)
{
    static const int16_t ends[] = {0,         1,      -1,     INT16_MAX,
                                   INT16_MIN, 0x3fff, 0x4000, -0x4000};
    uint32_t v = (uint32_t)rng_next(r);

    return (v & 1) != 0 ? ends[v >> 1 & 7] : (int16_t)(v >> 16);
}

static void both_ways_give_the_same(void **state)
{
    static const uint32_t gains[] = {0,      1,      0x2000, 0x3fff, 0x4000,
                                     0x4001, 0x7fff, 0x8000, 0xffff};
    struct rng r = {.state = 9};
    struct iq16 x[N], want[N], got[N];
    uint32_t want_words[N], got_words[N], clipped = 0;

    (void)state;
    if (!scale_has_avx2()) {
        print_message("skipped: AVX2 is not on this machine\n");
        skip();
    }
    for (size_t k = 0; k < 400 * CHECK_ROWS(gains); k++) {
        uint32_t gain = k % 2 != 0 ? rng_below(&r, 0x10000)
                                   : gains[k / 2 % CHECK_ROWS(gains)];
        size_t n = k % (N + 1);
        for (size_t j = 0; j < N; j++) {
            x[j] = got[j] = (struct iq16){some_part(&r), some_part(&r)};
        }
        uint32_t n_clipped = scale_some(x, want, n, gain, want_words);
        assert_int_equal(scale_some_avx2(x, got, n, gain, NULL), n_clipped);
        assert_memory_equal(got, want, n * sizeof got[0]);
        memcpy(got, x, sizeof got);
        assert_int_equal(scale_some_avx2(got, got, n, gain, got_words),
                         n_clipped);
        assert_memory_equal(got, want, n * sizeof got[0]);
        assert_memory_equal(got_words, want_words, n * sizeof got_words[0]);
        assert_memory_equal(got + n, x + n, (N - n) * sizeof got[0]);
        clipped += n_clipped;
    }
    assert_true(clipped > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_give_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
