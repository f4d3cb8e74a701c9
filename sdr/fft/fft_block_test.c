/*
 * fft_block_test.c - the table of rotations against cos() and sin(), and
 * vectors against the portable loop, which the RTL body is compared with.
 */
#include "sdr/fft/fft_block.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/rng.h"
#include "tests/check.h"

enum { UNITARY = 0x55 }; /* or nearly */

#define TURN (2 * acos(-1.0))

static void random_block(struct rng *r, struct iq16 x[FFT_MAX], uint32_t size)
{
    for (int k = 0; k < FFT_MAX; k++) {
        x[k] = (struct iq16){(int16_t)(rng_below(r, 2 * size) - size),
                             (int16_t)(rng_below(r, 2 * size) - size)};
    }
}

static void check_turns(const int16_t (*t)[2], const int16_t (*back)[2], int n)
{
    for (int p = 0; p < n; p++) {
        int m = p % (n / 4), g = p / (n / 4);
        double at = TURN * m * (g / 2 + 2 * (g % 2)) / n;
        long c = lround(cos(at) * (1 << 14)), s = lround(sin(at) * (1 << 14));
        assert_int_equal(t[p][0], c);
        assert_int_equal(t[p][1], s);
        assert_int_equal(back[p][0], -s);
        assert_int_equal(back[p][1], c);
    }
}

static void rotations_are_of_their_angles(void **state)
{
    (void)state;
    check_turns(fft_turn_64[0], fft_turn_64[1], 64);
    check_turns(fft_turn_128[0], fft_turn_128[1], 128);
}

/* Those that clip are left alone; nearly all others are not. */
static void check_vectors(unsigned log2_n)
{
    size_t bytes = sizeof(struct iq16) << log2_n;
    struct rng r = {.state = 8};
    uint32_t fast = 0, clipped = 0, left = 0;

    for (int k = 0; k < 20000; k++) {
        struct iq16 x[FFT_MAX], want[FFT_MAX], got[FFT_MAX], none[FFT_MAX];
        uint32_t halve = k % 4 == 0 ? UNITARY : rng_below(&r, 1U << log2_n);
        random_block(&r, x, 1U << (1 + rng_below(&r, 15)));
        memcpy(want, x, sizeof x);
        memset(none, 0x5a, sizeof none);
        memcpy(got, none, sizeof got);
        uint32_t n = fft_block(want, log2_n, halve, NULL);
        if (fft_block_avx2(x, got, log2_n, halve)) {
            assert_int_equal(n, 0);
            assert_memory_equal(got, want, bytes);
            fast++;
        } else {
            assert_memory_equal(got, none, sizeof got);
            clipped += n > 0;
            left += n == 0;
        }
    }
    printf("  %u at once, %u clipped, %u left\n", fast, clipped, left);
    assert_true(fast > 9000 && clipped > 1000 && left < 200);
}

static void vectors_give_the_same(void **state)
{
    (void)state;
    if (!fft_has_avx2()) {
        print_message("skipped: AVX2 is not on this machine\n");
        skip();
    }
    check_vectors(6);
    check_vectors(7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotations_are_of_their_angles),
        cmocka_unit_test(vectors_give_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
