/*
 * crc32c_sse42.c - CRC-32C by the instruction of SSE 4.2, which takes 8 bytes
 * in 3 clocks, but can begin with 8 others in each: so long stretches go in
 * three lanes of LANE bytes whose checks are joined afterwards.
 *
 * A check is linear: that of "a, then LANE bytes b" is that of "a, then LANE
 * zeros" XOR that of b.  Running LANE zeros behind a check is a product with a
 * constant, x^(8 LANE) modulo the polynomial; PCLMULQDQ multiplies, and the
 * crc32 instruction reduces (V. Gopal and others, "Fast CRC Computation for
 * iSCSI Polynomial Using CRC32 Instruction", Intel, 2011).
 */
#include "core/base/crc32c.h"

#if defined __x86_64__

#include <immintrin.h>
#include <string.h>

enum {
    LANE = 336,
    LANES = 3 * LANE, /* 1,008 of the 1,024 bytes of a full frame */
};

static inline uint64_t word_load(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t
shift(uint32_t crc, uint32_t constant)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)crc),
                                           _mm_cvtsi32_si128((int)constant), 0);

    return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t
run(uint32_t crc, const void *data, size_t n)
{
    /* x^(8 * 2 * LANE - 33) and x^(8 * LANE - 33), reflected: what the product
     * and the reduction add is 33 bits. */
    enum { TWO_LANES = 0, ONE_LANE = 1 };
    static const uint32_t behind[] = {0xcec3662e, 0xa60ce07b};
    const uint8_t *p = data;
    uint64_t a = ~crc;

    for (; n >= LANES; n -= LANES, p += LANES) {
        uint64_t b = 0, c = 0;
        for (size_t k = 0; k < LANE; k += 8) {
            a = _mm_crc32_u64(a, word_load(p + k));
            b = _mm_crc32_u64(b, word_load(p + LANE + k));
            c = _mm_crc32_u64(c, word_load(p + LANES - LANE + k));
        }
        a = shift((uint32_t)a, behind[TWO_LANES]) ^
            shift((uint32_t)b, behind[ONE_LANE]) ^ c;
    }
    for (; n >= 8; n -= 8, p += 8) {
        a = _mm_crc32_u64(a, word_load(p));
    }
    uint32_t end = (uint32_t)a;
    for (; n > 0; n--, p++) {
        end = _mm_crc32_u8(end, *p);
    }
    return ~end;
}

crc32c_fn *crc32c_sse42(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")
               ? run
               : NULL;
}

#else

crc32c_fn *crc32c_sse42(void)
{
    return NULL;
}

#endif
