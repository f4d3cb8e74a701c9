/*
 * digest_clmul.c - sixteen words of a digest at a time, by PCLMULQDQ; see
 * digest.h.
 *
 * Words k, k+4, k+8 and k+12 stand at distances of 32 bits: side by side they
 * are one polynomial of 128 bits.  The sixteen are four of these, at distances
 * of eight bits, so 152 bits, of which the upper 24 overlap with the lowest of
 * the sixteen before.  Those are two products by x^192 and x^128 modulo the
 * polynomial from where they belong (V. Gopal and others, "Fast CRC Computation
 * for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009).
 */
#include "core/digest.h"

#if defined __x86_64__

#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul")))

/* x^n modulo x^32 + x^22 + x^2 + x + 1. */
enum { X64 = 0x01007009, X128 = 0x05070181, X192 = 0x002c6a5e };

enum { AT_ONCE = 16 };

static inline __m128i words_load(const uint8_t *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* What 64 bits are modulo the polynomial: x^32 is x^22 + x^2 + x + 1, and each
 * time what goes over has ten bits less. */
static inline uint32_t reduce(uint64_t v)
{
    for (int k = 0; k < 4; k++) {
        uint64_t up = v >> 32;
        v = (uint32_t)v ^ up ^ up << 1 ^ up << 2 ^ up << 22;
    }
    return (uint32_t)v;
}

/* The same of 128 bits. */
CLMUL static inline uint32_t reduce_128(__m128i v)
{
    const __m128i x64 = _mm_cvtsi32_si128(X64);

    v = _mm_xor_si128(_mm_move_epi64(v), _mm_clmulepi64_si128(v, x64, 0x01));
    v = _mm_xor_si128(_mm_move_epi64(v), _mm_clmulepi64_si128(v, x64, 0x01));
    return reduce((uint64_t)_mm_cvtsi128_si64(v));
}

CLMUL static uint32_t run(uint32_t s, const void *data, size_t n)
{
    const __m128i behind = _mm_set_epi64x(X192, X128);
    const uint8_t *at = data;
    __m128i sum = _mm_cvtsi32_si128((int)s);

    for (; n >= AT_ONCE; n -= AT_ONCE, at += 4 * AT_ONCE) {
        __m128i a = words_load(at), b = words_load(at + 16);
        __m128i c = words_load(at + 32), d = words_load(at + 48);
        __m128i ab = _mm_unpacklo_epi32(b, a), cd = _mm_unpacklo_epi32(d, c);
        __m128i w0 = _mm_unpacklo_epi64(cd, ab);
        __m128i w1 = _mm_unpackhi_epi64(cd, ab);
        ab = _mm_unpackhi_epi32(b, a);
        cd = _mm_unpackhi_epi32(d, c);
        __m128i w2 = _mm_unpacklo_epi64(cd, ab);
        __m128i w3 = _mm_unpackhi_epi64(cd, ab);
        __m128i over = _mm_xor_si128(_mm_xor_si128(_mm_srli_si128(w0, 16 - 3),
                                                   _mm_srli_si128(w1, 16 - 2)),
                                     _mm_srli_si128(w2, 16 - 1));
        __m128i all = _mm_xor_si128(
            _mm_xor_si128(_mm_slli_si128(w0, 3), _mm_slli_si128(w1, 2)),
            _mm_xor_si128(_mm_slli_si128(w2, 1), w3));
        sum = _mm_xor_si128(sum, over);
        sum = _mm_xor_si128(
            all, _mm_xor_si128(_mm_clmulepi64_si128(sum, behind, 0x00),
                               _mm_clmulepi64_si128(sum, behind, 0x11)));
    }
    return digest_words_portable(reduce_128(sum), at, n);
}

digest_words_fn *digest_words_clmul(void)
{
    return __builtin_cpu_supports("pclmul") ? run : NULL;
}

#else

digest_words_fn *digest_words_clmul(void)
{
    return NULL;
}

#endif
