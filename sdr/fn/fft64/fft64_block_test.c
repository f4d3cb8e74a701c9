/*
 * fft64_block_test.c - the table of rotations against cos() and sin(), and
 * vectors against the portable loop, which the RTL body is compared with.
 */
#include "sdr/fn/fft64/fft64_block.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/check.h"

enum { UNITARY = 0x15 };

#define TURN (2 * acos(-1.0))

static void random_block(struct rng *r, struct iq16 x[FFT64_N], uint32_t size)
{
    for (int k = 0; k < FFT64_N; k++) {
        x[k] = (struct iq16){(int16_t)(rng_below(r, 2 * size) - size),
                             (int16_t)(rng_below(r, 2 * size) - size)};
    }
}

static void rotations_are_of_their_angles(void **state)
{
    (void)state;
    for (int p = 0; p < FFT64_N; p++) {
        double at = TURN * (p % 16) * (p / 32 + 2 * (p / 16 % 2)) / FFT64_N;
        long c = lround(cos(at) * (1 << 14)), s = lround(sin(at) * (1 << 14));
        assert_int_equal(fft64_turn[0][p][0], c);
        assert_int_equal(fft64_turn[0][p][1], s);
        assert_int_equal(fft64_turn[1][p][0], -s);
        assert_int_equal(fft64_turn[1][p][1], c);
    }
}

/* Those that clip are left alone; nearly all others are not. */
static void vectors_give_the_same(void **state)
{
    struct rng r = {.state = 8};
    uint32_t fast = 0, clipped = 0, left = 0;

    (void)state;
    if (!fft64_has_avx2()) {
        print_message("skipped: AVX2 is not on this machine\n");
        skip();
    }
    for (int k = 0; k < 20000; k++) {
        struct iq16 x[FFT64_N], want[FFT64_N], got[FFT64_N], none[FFT64_N];
        uint32_t halve = k % 4 == 0 ? UNITARY : rng_below(&r, FFT64_N);
        random_block(&r, x, 1U << (1 + rng_below(&r, 15)));
        memcpy(want, x, sizeof x);
        memset(none, 0x5a, sizeof none);
        memcpy(got, none, sizeof got);
        uint32_t n = fft64_block(want, halve, NULL);
        if (fft64_block_avx2(x, got, halve)) {
            assert_int_equal(n, 0);
            assert_memory_equal(got, want, sizeof got);
            fast++;
        } else {
            assert_memory_equal(got, none, sizeof got);
            clipped += n > 0;
            left += n == 0;
        }
    }
    printf("  %u at once, %u clipped, %u left\n", fast, clipped, left);
    assert_true(fast > 10000 && clipped > 1000 && left < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotations_are_of_their_angles),
        cmocka_unit_test(vectors_give_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
